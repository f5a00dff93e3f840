//! The WebGPU executor: does what the session asks, in order, on one device.
//! Errors come back through error scopes and callbacks, as reports.

use super::formats::{mip_extent, texture_format};
use super::inbox::Inbox;
use super::refusal::Refusal;
use crate::platform::clock::now_ms;
use crate::platform::clock::since;
use crate::pool::{DeviceLimits, ResourceId, ResourceSpec, Serial, TextureDimension, TextureSpec};
use crate::session::request::Report;
use crate::telemetry::capabilities::{Availability, WebGpuCapability};
use crate::units::Bytes;
use gloo_timers::future::TimeoutFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A first request can fail while the browser's GPU process starts or restarts.
const ATTEMPTS: u32 = 4;
const ATTEMPT_PAUSE_MS: u32 = 75;
const WORKGROUP: u64 = 64;

/// One step of a linear congruential generator per word: cheap, and its result
/// depends on every bit of what was uploaded.
const SHADER: &str = "
@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
@compute @workgroup_size(64)
fn step(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < min(arrayLength(&source), arrayLength(&result))) {
        result[id.x] = source[id.x] * 1664525u + 1013904223u;
    }
}";

enum Resource {
    Buffer(wgpu::Buffer),
    Texture(wgpu::Texture, TextureSpec),
}

pub(in crate::platform) struct WebGpuDevice {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter: String,
    software: bool,
    pipeline: wgpu::ComputePipeline,
    encoder: Option<wgpu::CommandEncoder>,
    resources: BTreeMap<ResourceId, Resource>,
    inbox: Inbox,
    /// False once this device is replaced: what it still says is old news.
    current: Arc<AtomicBool>,
}

impl WebGpuDevice {
    pub(super) async fn open(inbox: &Inbox) -> Result<Self, Refusal> {
        if !has_gpu() {
            return Err(Refusal::Absent);
        }
        let mut reason = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                TimeoutFuture::new(ATTEMPT_PAUSE_MS << attempt).await;
            }
            match request().await {
                Ok((adapter, device, queue)) => return Ok(Self::new(&adapter, device, queue, inbox)),
                Err(why) => reason = why,
            }
        }
        Err(Refusal::Rejected(reason))
    }

    fn new(adapter: &wgpu::Adapter, device: wgpu::Device, queue: wgpu::Queue, inbox: &Inbox) -> Self {
        let current = Arc::new(AtomicBool::new(true));
        listen(&device, inbox, &current);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("arenascope step"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("arenascope step"),
            layout: None,
            module: &module,
            entry_point: Some("step"),
            compilation_options: Default::default(),
            cache: None,
        });
        let (adapter, software) = describe(&adapter.get_info(), &device);
        let inbox = inbox.clone();
        Self { device, queue, adapter, software, pipeline, encoder: None, resources: BTreeMap::new(), inbox, current }
    }

    pub(in crate::platform) fn device(&self) -> &wgpu::Device {
        &self.device
    }

    pub(in crate::platform) fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    pub(super) fn capability(&self) -> WebGpuCapability {
        WebGpuCapability {
            state: Availability::Ready,
            adapter: Some(self.adapter.clone()),
            software: Some(self.software),
            reason: None,
        }
    }

    pub(super) fn limits(&self) -> DeviceLimits {
        let limits = self.device.limits();
        DeviceLimits {
            max_buffer_size: Bytes::new(limits.max_buffer_size),
            max_texture_dimension_2d: limits.max_texture_dimension_2d,
            max_texture_dimension_3d: limits.max_texture_dimension_3d,
            max_texture_array_layers: limits.max_texture_array_layers,
        }
    }

    /// Creates inside two error scopes; their answers come later, and make one
    /// report: of the first error, with its kind, or of success.
    pub(super) fn create(&mut self, resource: ResourceId, spec: &ResourceSpec, label: &str) {
        let asked = now_ms();
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let created = match spec {
            ResourceSpec::Buffer(buffer) => Ok(Resource::Buffer(self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: buffer.size.get(),
                usage: wgpu::BufferUsages::from_bits_truncate(buffer.usage.bits()),
                mapped_at_creation: false,
            }))),
            ResourceSpec::Texture(texture) => self.create_texture(texture, label),
        };
        let answers = [("out of memory", memory.pop()), ("refused as invalid", validation.pop())];
        let object = match created {
            Ok(object) => object,
            Err(reason) => return self.inbox.put(Report::CreationFailed { resource, reason }),
        };
        self.resources.insert(resource, object);
        let (inbox, current) = (self.inbox.clone(), Arc::clone(&self.current));
        wasm_bindgen_futures::spawn_local(async move {
            let mut failure = None;
            for (kind, answer) in answers {
                let error = answer.await.map(|error| format!("{kind}: {error}"));
                failure = failure.or(error);
            }
            let report = match failure {
                Some(reason) => Report::CreationFailed { resource, reason },
                None => Report::Created { resource, took: since(asked) },
            };
            if current.load(Ordering::Relaxed) {
                inbox.put(report);
            }
        });
    }

    fn create_texture(&self, spec: &TextureSpec, label: &str) -> Result<Resource, String> {
        let format = texture_format(spec.format).ok_or_else(|| format!("no scenario uses {}", spec.format.key()))?;
        let dimension = match spec.dimension {
            TextureDimension::D2 => wgpu::TextureDimension::D2,
            TextureDimension::D3 => wgpu::TextureDimension::D3,
        };
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: wgpu::Extent3d {
                width: spec.width,
                height: spec.height,
                depth_or_array_layers: spec.depth_or_layers,
            },
            mip_level_count: spec.mips,
            sample_count: spec.samples,
            dimension,
            format,
            usage: wgpu::TextureUsages::from_bits_truncate(spec.usage.bits()),
            view_formats: &[],
        });
        Ok(Resource::Texture(texture, *spec))
    }

    /// `destroy()`: dropping alone frees nothing until garbage collection.
    pub(super) fn destroy(&mut self, resource: ResourceId) {
        match self.resources.remove(&resource) {
            Some(Resource::Buffer(buffer)) => buffer.destroy(),
            Some(Resource::Texture(texture, _)) => texture.destroy(),
            None => {}
        }
    }

    /// Writes straight from the arena: the view that `writeBuffer` gets is of
    /// the shared memory itself, and the browser makes the one copy.
    pub(super) fn write(&mut self, resource: ResourceId, bytes: &[u8]) {
        match self.resources.get(&resource) {
            Some(Resource::Buffer(buffer)) => {
                let whole_words = bytes.len() & !3;
                self.queue.write_buffer(buffer, 0, &bytes[..whole_words]);
            }
            Some(Resource::Texture(texture, spec)) => self.write_mips(texture, spec, bytes),
            None => {}
        }
    }

    fn write_mips(&self, texture: &wgpu::Texture, spec: &TextureSpec, bytes: &[u8]) {
        let mut rest = bytes;
        for mip_level in 0..spec.mips {
            let (width, height, bytes_per_row) = mip_extent(spec, mip_level);
            let Some((level, later)) = rest.split_at_checked((bytes_per_row * height) as usize) else { return };
            rest = later;
            self.queue.write_texture(
                wgpu::TexelCopyTextureInfo {
                    texture,
                    mip_level,
                    origin: wgpu::Origin3d::ZERO,
                    aspect: wgpu::TextureAspect::All,
                },
                level,
                wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(bytes_per_row),
                    rows_per_image: Some(height),
                },
                wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            );
        }
    }

    pub(super) fn dispatch(&mut self, input: ResourceId, output: ResourceId, bytes: u64) {
        let (Some(Resource::Buffer(source)), Some(Resource::Buffer(result))) =
            (self.resources.get(&input), self.resources.get(&output))
        else {
            return;
        };
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: source.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: result.as_entire_binding() },
            ],
        });
        let encoder = self.encoder.get_or_insert_with(|| self.device.create_command_encoder(&Default::default()));
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &group, &[]);
        let groups = (bytes / 4).div_ceil(WORKGROUP).clamp(1, 65_535);
        pass.dispatch_workgroups(groups as u32, 1, 1);
    }

    pub(super) fn submit(&mut self, serial: Serial) {
        self.queue.submit(self.encoder.take().map(wgpu::CommandEncoder::finish));
        let (inbox, current) = (self.inbox.clone(), Arc::clone(&self.current));
        self.queue.on_submitted_work_done(move || {
            if current.load(Ordering::Relaxed) {
                inbox.put(Report::Completed { serial });
            }
        });
    }

    pub(super) fn lose(&self) {
        self.device.destroy();
    }
}

impl Drop for WebGpuDevice {
    fn drop(&mut self) {
        self.current.store(false, Ordering::Relaxed);
        self.device.destroy();
    }
}

/// Loss and stray errors become reports.
fn listen(device: &wgpu::Device, inbox: &Inbox, current: &Arc<AtomicBool>) {
    let (to, alive) = (inbox.clone(), Arc::clone(current));
    device.set_device_lost_callback(move |reason, message| {
        if alive.swap(false, Ordering::Relaxed) {
            let reason = format!("{reason:?}: {message}");
            to.put(Report::DeviceLost { reason });
        }
    });
    let (to, alive) = (inbox.clone(), Arc::clone(current));
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        if alive.load(Ordering::Relaxed) {
            to.put(Report::GpuError { reason: error.to_string() });
        }
    }));
}

async fn request() -> Result<(wgpu::Adapter, wgpu::Device, wgpu::Queue), String> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = instance.request_adapter(&Default::default()).await.map_err(|error| why_no_adapter(&error))?;
    let descriptor = wgpu::DeviceDescriptor { label: Some("arenascope"), ..Default::default() };
    let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| error.to_string())?;
    Ok((adapter, device, queue))
}

/// wgpu lists the backends that it was not built with; the browser's part of
/// the answer is short.
fn why_no_adapter(error: &wgpu::RequestAdapterError) -> String {
    match error {
        wgpu::RequestAdapterError::NotFound { .. } => {
            "navigator.gpu.requestAdapter() gave no adapter: graphics acceleration may be off, or not trusted here"
                .into()
        }
        other => other.to_string(),
    }
}

fn has_gpu() -> bool {
    let navigator = js_sys::Reflect::get(&js_sys::global(), &"navigator".into());
    let gpu = navigator.and_then(|navigator| js_sys::Reflect::get(&navigator, &"gpu".into()));
    gpu.is_ok_and(|gpu| !gpu.is_undefined() && !gpu.is_null())
}

/// The adapter's name, and whether it computes on the CPU. wgpu passes on the
/// description only, which browsers leave empty; the device itself knows more.
fn describe(info: &wgpu::AdapterInfo, device: &wgpu::Device) -> (String, bool) {
    let known = device.as_webgpu().and_then(|device| js_sys::Reflect::get(device.as_ref(), &"adapterInfo".into()).ok());
    let word =
        |name: &str| known.as_ref().and_then(|known| js_sys::Reflect::get(known, &name.into()).ok()?.as_string());
    let words: Vec<String> = ["vendor", "architecture", "device", "description"]
        .into_iter()
        .filter_map(word)
        .filter(|word| !word.is_empty())
        .collect();
    let name = if words.is_empty() { "an adapter that the browser does not name".into() } else { words.join(" ") };
    let emulators = ["swiftshader", "llvmpipe", "lavapipe", "basic render driver"];
    let software = info.device_type == wgpu::DeviceType::Cpu
        || emulators.iter().any(|emulator| name.to_lowercase().contains(emulator));
    (name, software)
}
