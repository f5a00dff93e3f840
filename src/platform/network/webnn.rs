//! Networks on a WebNN context: weights as constants, inputs and outputs as
//! tensors that are written from and read into the arena in place.

use super::webnn_api::{Ml, MlContext, MlGraph, MlGraphBuilder, MlOperand, MlTensor, float32, object};
use super::{GONE, Io};
use crate::arena::AllocationId;
use crate::platform::failure::reason_of;
use crate::session::Session;
use crate::session::request::{ModelId, TensorId};
use crate::telemetry::capabilities::{Availability, WebNnCapability};
use crate::workload::mlp::MlpShape;
use js_sys::{Float32Array, Promise, Uint8Array};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The device that every implementation has.
const DEVICE: &str = "cpu";

pub(in crate::platform) struct WebNn {
    context: MlContext,
    graphs: BTreeMap<ModelId, MlGraph>,
    tensors: BTreeMap<TensorId, MlTensor>,
}

impl WebNn {
    /// A context, if the browser has the interface and makes one.
    pub(super) async fn open() -> (Option<Self>, WebNnCapability) {
        let Some(ml) = interface() else {
            let reason = Some("navigator.ml is undefined in this browser's workers".into());
            return (None, WebNnCapability { state: Availability::Absent, reason, ..Default::default() });
        };
        let options = object(&[("deviceType", DEVICE.into())]);
        match settle::<MlContext>(ml.create_context(&options)).await {
            Ok(context) => {
                let capability =
                    WebNnCapability { state: Availability::Ready, device: Some(DEVICE.into()), reason: None };
                (Some(Self { context, graphs: BTreeMap::new(), tensors: BTreeMap::new() }), capability)
            }
            Err(reason) => {
                let capability =
                    WebNnCapability { state: Availability::Rejected, reason: Some(reason), ..Default::default() };
                (None, capability)
            }
        }
    }

    pub(super) async fn build(&mut self, model: ModelId, shape: MlpShape, weights: &[f32]) -> Result<(), String> {
        let graph = self.graph(shape, weights).map_err(|error| reason_of(&error))?;
        let graph: MlGraph = settle(Ok(graph)).await?;
        self.graphs.insert(model, graph);
        Ok(())
    }

    /// output = relu(input · W₁ + b₁) · W₂ + b₂.
    fn graph(&self, shape: MlpShape, weights: &[f32]) -> Result<Promise, JsValue> {
        let MlpShape { inputs, hidden, outputs } = shape;
        let builder = MlGraphBuilder::new(&self.context)?;
        let mut rest = weights;
        let mut constant = |extents: [u32; 2]| -> Result<MlOperand, JsValue> {
            let (part, later) = rest.split_at((extents[0] * extents[1]) as usize);
            rest = later;
            // A copy outside the shared memory: constants are kept by the graph.
            builder.constant(&float32(&extents, &[]), &Float32Array::from(part))
        };
        let (first, first_bias) = (constant([inputs, hidden])?, constant([1, hidden])?);
        let (second, second_bias) = (constant([hidden, outputs])?, constant([1, outputs])?);
        let input = builder.input("input", &float32(&[1, inputs], &[]))?;
        let activated = builder.relu(&builder.add(&builder.matmul(&input, &first)?, &first_bias)?)?;
        let output = builder.add(&builder.matmul(&activated, &second)?, &second_bias)?;
        builder.build(&object(&[("output", output.into())]))
    }

    pub(super) async fn run(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        shape: MlpShape,
        io: Io,
    ) -> Result<(), String> {
        let graph = self.graphs.get(&model).ok_or("the network was not built")?;
        let input = self.tensor(&[1, shape.inputs], "writable").await?;
        let output = self.tensor(&[1, shape.outputs], "readable").await?;
        let ran = self.run_with(session, graph, &input, &output, io).await;
        input.destroy();
        output.destroy();
        ran
    }

    async fn run_with(
        &self,
        session: &Session<'_>,
        graph: &MlGraph,
        input: &MlTensor,
        output: &MlTensor,
        io: Io,
    ) -> Result<(), String> {
        self.write(session, input, io.input)?;
        let (inputs, outputs) = (object(&[("input", input.into())]), object(&[("output", output.into())]));
        self.context.dispatch(graph, &inputs, &outputs).map_err(|error| reason_of(&error))?;
        let view = session.with_payload(io.output, view).ok_or(GONE)?;
        settle::<JsValue>(self.context.read_tensor(output, &view)).await.map(drop)
    }

    fn write(&self, session: &Session<'_>, tensor: &MlTensor, stage: AllocationId) -> Result<(), String> {
        let view = session.with_payload(stage, view).ok_or(GONE)?;
        self.context.write_tensor(tensor, &view).map_err(|error| reason_of(&error))
    }

    async fn tensor(&self, shape: &[u32], access: &str) -> Result<MlTensor, String> {
        settle(self.context.create_tensor(&float32(shape, &[(access, JsValue::TRUE)]))).await
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        if let Some(graph) = self.graphs.remove(&model) {
            // Newer than some implementations; those free it when collected.
            let _ = graph.destroy_graph();
        }
    }

    pub(super) async fn create_tensor(
        &mut self,
        session: &Session<'_>,
        tensor: TensorId,
        elements: u32,
        stage: AllocationId,
    ) -> Result<(), String> {
        let created = self.tensor(&[1, elements], "writable").await?;
        self.write(session, &created, stage)?;
        self.tensors.insert(tensor, created);
        Ok(())
    }

    pub(super) fn drop_tensor(&mut self, tensor: TensorId) {
        if let Some(tensor) = self.tensors.remove(&tensor) {
            tensor.destroy();
        }
    }
}

/// A view of the arena's bytes themselves, for a call that copies them at once
/// or fills them before its promise settles. The session keeps the range until
/// then; growth of the memory leaves views of shared memory good.
fn view(bytes: &[u8]) -> Uint8Array {
    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), bytes.as_ptr() as u32, bytes.len() as u32)
}

fn interface() -> Option<Ml> {
    let navigator = js_sys::Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let ml = js_sys::Reflect::get(&navigator, &"ml".into()).ok()?;
    (!ml.is_undefined() && !ml.is_null()).then(|| ml.unchecked_into())
}

/// Awaits a promise that may not even have been made.
async fn settle<T: JsCast>(promise: Result<Promise, JsValue>) -> Result<T, String> {
    let promise = promise.map_err(|error| reason_of(&error))?;
    let value = JsFuture::from(promise).await.map_err(|error| reason_of(&error))?;
    Ok(value.unchecked_into())
}
