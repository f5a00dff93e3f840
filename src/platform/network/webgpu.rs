//! Networks as compute passes on the WebGPU device, where there is no WebNN.

use super::stage::GONE;
use crate::arena::AllocationId;
use crate::pool::{BufferSpec, ResourceId};
use crate::session::Session;
use crate::session::request::{Binding, ModelId, Sizes};
use crate::units::Bytes;
use crate::workload::network::Network;
use crate::workload::network::passes::{Kernel, Pass, Place, Plan, SHADER, plan};
use futures_channel::oneshot;
use std::collections::BTreeMap;
use wgpu::BufferUsages;

const STORAGE: BufferUsages = BufferUsages::STORAGE.union(BufferUsages::COPY_DST).union(BufferUsages::COPY_SRC);
const WORKGROUP: u32 = 64;

pub(in crate::platform) struct WebGpuNetworks {
    device: wgpu::Device,
    queue: wgpu::Queue,
    layout: wgpu::BindGroupLayout,
    pipelines: BTreeMap<Kernel, wgpu::ComputePipeline>,
    models: BTreeMap<ModelId, Model>,
    tensors: BTreeMap<ResourceId, wgpu::Buffer>,
}

struct Model {
    plan: Plan,
    weights: wgpu::Buffer,
    /// The parameters of each pass.
    params: Vec<wgpu::Buffer>,
    scratch: Vec<wgpu::Buffer>,
    /// What the first output is copied to, so that the host can read it. One does:
    /// runs follow each other.
    read_back: wgpu::Buffer,
}

impl Model {
    fn buffers(&self) -> impl Iterator<Item = &wgpu::Buffer> {
        [&self.weights, &self.read_back].into_iter().chain(&self.params).chain(&self.scratch)
    }
}

impl WebGpuNetworks {
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let layout = bind_group_layout(device);
        let pipelines = pipelines(device, &layout);
        let (device, queue) = (device.clone(), queue.clone());
        Self { device, queue, layout, pipelines, models: BTreeMap::new(), tensors: BTreeMap::new() }
    }

    pub(super) fn tensor_limit(&self) -> Bytes {
        let limits = self.device.limits();
        Bytes::new(limits.max_storage_buffer_binding_size.min(limits.max_buffer_size))
    }

    fn buffer(&self, label: &str, size: u64, usage: BufferUsages) -> wgpu::Buffer {
        let label = Some(label);
        self.device.create_buffer(&wgpu::BufferDescriptor { label, size, usage, mapped_at_creation: false })
    }

    fn filled<T: Copy, const N: usize>(
        &self,
        label: &str,
        values: &[T],
        usage: BufferUsages,
        to_bytes: fn(T) -> [u8; N],
    ) -> wgpu::Buffer {
        let bytes: Vec<u8> = values.iter().flat_map(|&value| to_bytes(value)).collect();
        let buffer = self.buffer(label, bytes.len() as u64, usage);
        self.queue.write_buffer(&buffer, 0, &bytes);
        buffer
    }

    /// Creates no more than the session charges a graph: its constants, and the
    /// plan's [`Plan::own_bytes`].
    pub(super) fn build(
        &mut self,
        model: ModelId,
        network: Network,
        sizes: &Sizes,
        weights: &[f32],
    ) -> Result<(), String> {
        let plan = plan(network);
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let weights = self.filled("nn/weights", weights, STORAGE, f32::to_le_bytes);
        let params = plan.passes.iter().map(|pass| self.filled("nn/pass", &pass.params, uniform, u32::to_le_bytes));
        let params = params.collect();
        let scratch = plan.scratch.iter().map(|&count| self.buffer("nn/scratch", u64::from(count) * 4, STORAGE));
        let scratch = scratch.collect();
        let first_output = sizes.outputs.first().map_or(0, |&count| u64::from(count) * 4);
        let read_back = self.buffer("nn/read-back", first_output, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        self.models.insert(model, Model { plan, weights, params, scratch, read_back });
        Ok(())
    }

    pub(super) async fn run(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        inputs: &[Binding],
        outputs: &[Binding],
    ) -> Result<(), String> {
        for Binding { tensor, stage } in inputs {
            if let Some(stage) = *stage {
                self.write(session, *tensor, stage)?;
            }
        }
        let model = self.models.get(&model).ok_or("the network was not built")?;
        let buffers = Bound { model, inputs: self.bound(inputs)?, outputs: self.bound(outputs)? };
        let mut encoder = self.device.create_command_encoder(&Default::default());
        for &(input, output, bytes) in &model.plan.copies {
            encoder.copy_buffer_to_buffer(buffers.inputs[input], 0, buffers.outputs[output], 0, bytes);
        }
        for (pass, params) in model.plan.passes.iter().zip(&model.params) {
            self.pass(&mut encoder, pass, params, &buffers);
        }
        // Of the outputs the host reads the first.
        let read = outputs.first().and_then(|binding| binding.stage).zip(buffers.outputs.first());
        if let Some((_, output)) = read {
            encoder.copy_buffer_to_buffer(output, 0, &model.read_back, 0, output.size());
        }
        self.queue.submit([encoder.finish()]);
        match read {
            Some((stage, _)) => read_back(&model.read_back, session, stage).await,
            None => Ok(()),
        }
    }

    fn bound(&self, bindings: &[Binding]) -> Result<Vec<&wgpu::Buffer>, String> {
        let missing = || "the tensor was not created".to_owned();
        bindings.iter().map(|binding| self.tensors.get(&binding.tensor).ok_or_else(missing)).collect()
    }

    fn pass(&self, encoder: &mut wgpu::CommandEncoder, pass: &Pass, params: &wgpu::Buffer, buffers: &Bound<'_>) {
        let bound = std::iter::once(params).chain(pass.places.iter().map(|&place| buffers.at(place)));
        let entries: Vec<wgpu::BindGroupEntry> = bound
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.layout,
            entries: &entries,
        });
        let mut recorded = encoder.begin_compute_pass(&Default::default());
        recorded.set_pipeline(&self.pipelines[&pass.kernel]);
        recorded.set_bind_group(0, &group, &[]);
        recorded.dispatch_workgroups(pass.invocations.div_ceil(WORKGROUP), 1, 1);
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        if let Some(model) = self.models.remove(&model) {
            model.buffers().for_each(wgpu::Buffer::destroy);
        }
    }

    /// Creates inside two error scopes and awaits their answers, as WebNN's own
    /// creation is awaited.
    pub(super) async fn create_tensor(&mut self, tensor: ResourceId, spec: &BufferSpec) -> Result<(), String> {
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.buffer("nn/tensor", spec.size.get(), STORAGE);
        for answer in [memory.pop(), validation.pop()] {
            if let Some(error) = answer.await {
                buffer.destroy();
                return Err(error.to_string());
            }
        }
        self.tensors.insert(tensor, buffer);
        Ok(())
    }

    pub(super) fn write(&self, session: &Session<'_>, tensor: ResourceId, stage: AllocationId) -> Result<(), String> {
        let buffer = self.tensors.get(&tensor).ok_or("the tensor was not created")?;
        session.with_payload(stage, |bytes| self.queue.write_buffer(buffer, 0, bytes)).ok_or_else(|| GONE.into())
    }

    pub(super) fn destroy_tensor(&mut self, tensor: ResourceId) {
        if let Some(buffer) = self.tensors.remove(&tensor) {
            buffer.destroy();
        }
    }
}

impl Drop for WebGpuNetworks {
    fn drop(&mut self) {
        self.models.values().flat_map(Model::buffers).for_each(wgpu::Buffer::destroy);
        self.tensors.values().for_each(wgpu::Buffer::destroy);
    }
}

/// The buffers of one run.
struct Bound<'b> {
    model: &'b Model,
    inputs: Vec<&'b wgpu::Buffer>,
    outputs: Vec<&'b wgpu::Buffer>,
}

impl Bound<'_> {
    /// The session binds as many tensors as the plan names.
    fn at(&self, place: Place) -> &wgpu::Buffer {
        match place {
            Place::Weights => &self.model.weights,
            Place::Input(index) => self.inputs[index],
            Place::Output(index) => self.outputs[index],
            Place::Scratch(index) => &self.model.scratch[index],
        }
    }
}

/// Parameters, three things read, one written.
fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let read = wgpu::BufferBindingType::Storage { read_only: true };
    let written = wgpu::BufferBindingType::Storage { read_only: false };
    let types = [wgpu::BufferBindingType::Uniform, read, read, read, written];
    let entries: Vec<wgpu::BindGroupLayoutEntry> = (0..)
        .zip(types)
        .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some("nn/pass"), entries: &entries })
}

fn pipelines(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> BTreeMap<Kernel, wgpu::ComputePipeline> {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("nn/kernels"),
        source: wgpu::ShaderSource::Wgsl(SHADER.into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("nn/kernels"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    let pipeline = |kernel: Kernel| {
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.entry()),
            layout: Some(&layout),
            module: &module,
            entry_point: Some(kernel.entry()),
            compilation_options: Default::default(),
            cache: None,
        })
    };
    Kernel::ALL.into_iter().map(|kernel| (kernel, pipeline(kernel))).collect()
}

/// Maps a buffer, copies it into the arena and unmaps it, whatever comes of it.
async fn read_back(buffer: &wgpu::Buffer, session: &Session<'_>, output: AllocationId) -> Result<(), String> {
    let (sender, mapped) = oneshot::channel();
    buffer.slice(..).map_async(wgpu::MapMode::Read, move |result| {
        // Nobody listens where the device was lost in between.
        let _ = sender.send(result);
    });
    let lost = |_| "the device was lost while its result was read".to_owned();
    mapped.await.map_err(lost)?.map_err(|error| error.to_string())?;
    let copied = copy_mapped(buffer, session, output);
    buffer.unmap();
    copied
}

fn copy_mapped(buffer: &wgpu::Buffer, session: &Session<'_>, output: AllocationId) -> Result<(), String> {
    let range = buffer.slice(..).get_mapped_range().map_err(|error| error.to_string())?;
    session.with_payload_mut(output, |bytes| bytes.copy_from_slice(&range)).ok_or_else(|| GONE.into())
}
