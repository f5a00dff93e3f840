//! Networks on a WebNN context: weights as constants, inputs and outputs as
//! tensors that are written from and read into the arena in place.

use super::stage::GONE;
use super::webnn_api::{Ml, MlContext, MlGraph, MlTensor, float32, object, property};
use super::webnn_graph;
use super::webnn_limits::SupportLimits;
use crate::arena::AllocationId;
use crate::platform::device::Inbox;
use crate::platform::failure::reason_of;
use crate::pool::{BufferSpec, BufferUsage, ResourceId};
use crate::session::Session;
use crate::session::request::{Binding, ModelId, Report, Sizes};
use crate::telemetry::capabilities::{Availability, WebNnCapability};
use crate::units::Bytes;
use crate::workload::network::{Network, first_refusal};
use js_sys::{Object, Promise, Uint8Array};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The device type that every implementation has.
const DEVICE: &str = "cpu";

pub(in crate::platform) struct WebNn {
    context: MlContext,
    tensor_limit: Bytes,
    graphs: BTreeMap<ModelId, MlGraph>,
    tensors: BTreeMap<ResourceId, MlTensor>,
    /// False once this context is replaced: what it still says is old news.
    current: Rc<Cell<bool>>,
}

impl WebNn {
    /// A context, if the browser has the interface, makes one, and it takes
    /// every operator that the networks are made of.
    pub(super) async fn open(inbox: &Inbox) -> (Option<Self>, WebNnCapability) {
        let Some(ml) = interface() else {
            let reason = Some("navigator.ml is undefined in this browser's workers".into());
            return (None, WebNnCapability { state: Availability::Absent, reason, ..Default::default() });
        };
        match Self::request(&ml, inbox).await {
            Ok((context, capability)) => (Some(context), capability),
            Err(reason) => {
                let reason = Some(reason);
                (None, WebNnCapability { state: Availability::Rejected, reason, ..Default::default() })
            }
        }
    }

    async fn request(ml: &Ml, inbox: &Inbox) -> Result<(Self, WebNnCapability), String> {
        let context = settle::<MlContext>(ml.create_context(&options(DEVICE))).await?;
        let limits = SupportLimits::of(&context).map_err(|error| reason_of(&error))?;
        if let Some(refusal) = first_refusal(&Network::KINDS, |operator, operand| limits.takes(operator, operand)) {
            return Err(refusal.to_string());
        }
        let capability = WebNnCapability {
            state: Availability::Ready,
            device: Some(DEVICE.into()),
            accelerated: property(&context, "accelerated").as_bool(),
            max_tensor_bytes: Some(limits.tensor_limit().get()),
            reason: None,
        };
        Ok((Self::new(context, limits.tensor_limit(), inbox), capability))
    }

    fn new(context: MlContext, tensor_limit: Bytes, inbox: &Inbox) -> Self {
        let current = Rc::new(Cell::new(true));
        listen(&context, inbox, &current);
        Self { context, tensor_limit, graphs: BTreeMap::new(), tensors: BTreeMap::new(), current }
    }

    pub(super) fn tensor_limit(&self) -> Bytes {
        self.tensor_limit
    }

    /// Ends the context as the browser would.
    pub(super) fn lose(&self) -> Result<(), String> {
        self.context.destroy_context().map_err(|error| reason_of(&error))
    }

    pub(super) async fn build(
        &mut self,
        model: ModelId,
        network: Network,
        sizes: &Sizes,
        weights: &[f32],
    ) -> Result<(), String> {
        let graph = webnn_graph::build(&self.context, network, sizes, weights).map_err(|error| reason_of(&error))?;
        let graph: MlGraph = settle(Ok(graph)).await?;
        self.graphs.insert(model, graph);
        Ok(())
    }

    pub(super) async fn run(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        inputs: &[Binding],
        outputs: &[Binding],
    ) -> Result<(), String> {
        let graph = self.graphs.get(&model).ok_or("the network was not built")?;
        for binding in inputs {
            if let Some(stage) = binding.stage {
                self.write(session, binding.tensor, stage)?;
            }
        }
        let named_inputs = self.named(inputs, webnn_graph::input_name)?;
        let named_outputs = self.named(outputs, webnn_graph::output_name)?;
        self.context.dispatch(graph, &named_inputs, &named_outputs).map_err(|error| reason_of(&error))?;
        for binding in outputs {
            if let Some(stage) = binding.stage {
                let view = session.with_payload(stage, view).ok_or(GONE)?;
                settle::<JsValue>(self.context.read_tensor(self.tensor(binding.tensor)?, &view)).await?;
            }
        }
        Ok(())
    }

    fn named(&self, bindings: &[Binding], name: fn(usize) -> &'static str) -> Result<Object, String> {
        let named = Object::new();
        for (index, binding) in bindings.iter().enumerate() {
            // Setting a property of a fresh plain object cannot fail.
            let _ = js_sys::Reflect::set(&named, &name(index).into(), self.tensor(binding.tensor)?);
        }
        Ok(named)
    }

    fn tensor(&self, tensor: ResourceId) -> Result<&MlTensor, String> {
        self.tensors.get(&tensor).ok_or_else(|| "the tensor was not created".into())
    }

    pub(super) fn write(&self, session: &Session<'_>, tensor: ResourceId, stage: AllocationId) -> Result<(), String> {
        let view = session.with_payload(stage, view).ok_or(GONE)?;
        self.context.write_tensor(self.tensor(tensor)?, &view).map_err(|error| reason_of(&error))
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        if let Some(graph) = self.graphs.remove(&model) {
            // Newer than some implementations; those free it when collected.
            let _ = graph.destroy_graph();
        }
    }

    pub(super) async fn create_tensor(&mut self, tensor: ResourceId, spec: &BufferSpec) -> Result<(), String> {
        let may = |usage| JsValue::from(spec.usage.contains(usage));
        let access = [("writable", may(BufferUsage::COPY_DST)), ("readable", may(BufferUsage::COPY_SRC))];
        let elements = u32::try_from(spec.size.get() / 4).map_err(|error| error.to_string())?;
        let created = settle(self.context.create_tensor(&float32(&[elements], &access))).await?;
        self.tensors.insert(tensor, created);
        Ok(())
    }

    pub(super) fn destroy_tensor(&mut self, tensor: ResourceId) {
        if let Some(tensor) = self.tensors.remove(&tensor) {
            tensor.destroy();
        }
    }
}

impl Drop for WebNn {
    fn drop(&mut self) {
        self.current.set(false);
        // One that is lost already has nothing to destroy.
        let _ = self.context.destroy_context();
    }
}

/// The same wish in the words of both drafts: the older one names a device type,
/// the newer one asks for acceleration or not. Each ignores the other's word.
fn options(device: &str) -> Object {
    object(&[("deviceType", device.into()), ("accelerated", (device != "cpu").into())])
}

/// Loss becomes a report. A draft without `lost` never tells.
fn listen(context: &MlContext, inbox: &Inbox, current: &Rc<Cell<bool>>) {
    let Ok(lost) = property(context, "lost").dyn_into::<Promise>() else { return };
    let (to, alive) = (inbox.clone(), Rc::clone(current));
    let told = Closure::once_into_js(move |info: JsValue| {
        if alive.replace(false) {
            let reason = property(&info, "message").as_string().filter(|message| !message.is_empty());
            to.put(Report::ContextLost { reason: reason.unwrap_or_else(|| "the browser gives no reason".into()) });
        }
    });
    // The promise never rejects; what `then` makes of it is not needed.
    let then: Result<js_sys::Function, _> = property(&lost, "then").dyn_into();
    let _ = then.map(|then| then.call1(&lost, &told));
}

/// A view of the arena's bytes themselves, for a call that copies them at once
/// or fills them before its promise settles. The session keeps the range until
/// then; growth of the memory leaves views of shared memory good.
fn view(bytes: &[u8]) -> Uint8Array {
    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), bytes.as_ptr() as u32, bytes.len() as u32)
}

fn interface() -> Option<Ml> {
    let ml = property(&property(&js_sys::global(), "navigator"), "ml");
    (!ml.is_undefined() && !ml.is_null()).then(|| ml.unchecked_into())
}

/// Awaits a promise that may not even have been made.
async fn settle<T: JsCast>(promise: Result<Promise, JsValue>) -> Result<T, String> {
    let promise = promise.map_err(|error| reason_of(&error))?;
    let value = JsFuture::from(promise).await.map_err(|error| reason_of(&error))?;
    Ok(value.unchecked_into())
}
