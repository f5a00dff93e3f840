//! Networks as compute passes on the WebGPU device, where there is no WebNN.

use super::{GONE, Io};
use crate::arena::AllocationId;
use crate::session::Session;
use crate::session::request::{ModelId, TensorId};
use crate::workload::mlp::MlpShape;
use futures_channel::oneshot;
use std::collections::BTreeMap;

/// One layer: every invocation sums one column.
const SHADER: &str = "
struct Layer { inputs: u32, outputs: u32, clamp: u32, first_weight: u32 }
@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(64)
fn run(@builtin(global_invocation_id) id: vec3<u32>) {
    let column = id.x;
    if (column >= layer.outputs) { return; }
    let matrix = layer.inputs * layer.outputs;
    var sum = weights[layer.first_weight + matrix + column];
    for (var row = 0u; row < layer.inputs; row++) {
        sum += values[row] * weights[layer.first_weight + row * layer.outputs + column];
    }
    result[column] = select(sum, max(sum, 0.0), layer.clamp == 1u);
}";

const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_DST);

pub(in crate::platform) struct WebGpuNetworks {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    models: BTreeMap<ModelId, Model>,
    tensors: BTreeMap<TensorId, wgpu::Buffer>,
}

struct Model {
    weights: wgpu::Buffer,
    layers: [wgpu::Buffer; 2],
}

impl WebGpuNetworks {
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("arenascope layer"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("arenascope layer"),
            layout: None,
            module: &module,
            entry_point: Some("run"),
            compilation_options: Default::default(),
            cache: None,
        });
        let (device, queue) = (device.clone(), queue.clone());
        Self { device, queue, pipeline, models: BTreeMap::new(), tensors: BTreeMap::new() }
    }

    fn buffer(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let label = Some(label);
        self.device.create_buffer(&wgpu::BufferDescriptor { label, size, usage, mapped_at_creation: false })
    }

    pub(super) fn build(&mut self, model: ModelId, shape: MlpShape, weights: &[f32]) -> Result<(), String> {
        let bytes: Vec<u8> = weights.iter().flat_map(|value| value.to_le_bytes()).collect();
        let buffer = self.buffer("nn/weights", bytes.len() as u64, STORAGE);
        self.queue.write_buffer(&buffer, 0, &bytes);
        let [first, first_bias, ..] = shape.parts();
        let second_weight = (first + first_bias) as u32;
        let layers =
            [[shape.inputs, shape.hidden, 1, 0], [shape.hidden, shape.outputs, 0, second_weight]].map(|layer| {
                let uniform = self.buffer("nn/layer", 16, wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST);
                let words: Vec<u8> = layer.iter().flat_map(|word| word.to_le_bytes()).collect();
                self.queue.write_buffer(&uniform, 0, &words);
                uniform
            });
        self.models.insert(model, Model { weights: buffer, layers });
        Ok(())
    }

    pub(super) async fn run(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        shape: MlpShape,
        io: Io,
    ) -> Result<(), String> {
        let model = self.models.get(&model).ok_or("the network was not built")?;
        let input = self.buffer("nn/input", shape.input_bytes().get(), STORAGE);
        let hidden = self.buffer("nn/hidden", u64::from(shape.hidden) * 4, STORAGE);
        let size = shape.output_bytes().get();
        let output = self.buffer("nn/output", size, STORAGE | wgpu::BufferUsages::COPY_SRC);
        let read_usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let readable = self.buffer("nn/read-back", size, read_usage);
        session.with_payload(io.input, |bytes| self.queue.write_buffer(&input, 0, bytes)).ok_or(GONE)?;

        let mut encoder = self.device.create_command_encoder(&Default::default());
        self.layer(&mut encoder, [&model.layers[0], &model.weights, &input, &hidden], shape.hidden);
        self.layer(&mut encoder, [&model.layers[1], &model.weights, &hidden, &output], shape.outputs);
        encoder.copy_buffer_to_buffer(&output, 0, &readable, 0, size);
        self.queue.submit([encoder.finish()]);
        let read = read_back(&readable, session, io.output).await;
        [input, hidden, output, readable].iter().for_each(wgpu::Buffer::destroy);
        read
    }

    fn layer(&self, encoder: &mut wgpu::CommandEncoder, buffers: [&wgpu::Buffer; 4], outputs: u32) {
        let entries: [wgpu::BindGroupEntry; 4] = core::array::from_fn(|binding| wgpu::BindGroupEntry {
            binding: binding as u32,
            resource: buffers[binding].as_entire_binding(),
        });
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(outputs.div_ceil(64), 1, 1);
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        if let Some(Model { weights, layers }) = self.models.remove(&model) {
            weights.destroy();
            layers.iter().for_each(wgpu::Buffer::destroy);
        }
    }

    pub(super) fn create_tensor(
        &mut self,
        session: &Session<'_>,
        tensor: TensorId,
        stage: AllocationId,
    ) -> Result<(), String> {
        let size = session.with_payload(stage, |bytes| bytes.len() as u64).ok_or(GONE)?;
        let buffer = self.buffer("nn/tensor", size, STORAGE);
        session.with_payload(stage, |bytes| self.queue.write_buffer(&buffer, 0, bytes));
        self.tensors.insert(tensor, buffer);
        Ok(())
    }

    pub(super) fn drop_tensor(&mut self, tensor: TensorId) {
        if let Some(buffer) = self.tensors.remove(&tensor) {
            buffer.destroy();
        }
    }
}

impl Drop for WebGpuNetworks {
    fn drop(&mut self) {
        let models: Vec<ModelId> = self.models.keys().copied().collect();
        models.into_iter().for_each(|model| self.drop_model(model));
        self.tensors.values().for_each(wgpu::Buffer::destroy);
    }
}

/// Maps a buffer and copies it into the arena.
async fn read_back(buffer: &wgpu::Buffer, session: &Session<'_>, output: AllocationId) -> Result<(), String> {
    let (sender, mapped) = oneshot::channel();
    buffer.slice(..).map_async(wgpu::MapMode::Read, move |result| {
        // Nobody listens where the device was lost in between.
        let _ = sender.send(result);
    });
    let lost = |_| "the device was lost while its result was read".to_owned();
    mapped.await.map_err(lost)?.map_err(|error| error.to_string())?;
    let range = buffer.slice(..).get_mapped_range().map_err(|error| error.to_string())?;
    session.with_payload_mut(output, |bytes| bytes.copy_from_slice(&range)).ok_or(GONE)?;
    drop(range);
    buffer.unmap();
    Ok(())
}
