//! The part of WebNN that is used. It is not in web-sys.
//!
//! Source: Web Neural Network API, W3C Candidate Recommendation Draft.

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `navigator.ml`.
    pub(super) type Ml;
    #[wasm_bindgen(method, catch, js_name = createContext)]
    pub(super) fn create_context(this: &Ml, options: &Object) -> Result<Promise, JsValue>;

    /// A device and its queue.
    #[derive(Clone)]
    pub(super) type MlContext;
    #[wasm_bindgen(method, catch, js_name = createTensor)]
    pub(super) fn create_tensor(this: &MlContext, descriptor: &Object) -> Result<Promise, JsValue>;
    /// Copies at the call; takes views of shared memory.
    #[wasm_bindgen(method, catch, js_name = writeTensor)]
    pub(super) fn write_tensor(this: &MlContext, tensor: &MlTensor, data: &Object) -> Result<(), JsValue>;
    /// Writes into `data` before the promise settles; takes views of shared
    /// memory.
    #[wasm_bindgen(method, catch, js_name = readTensor)]
    pub(super) fn read_tensor(this: &MlContext, tensor: &MlTensor, data: &Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn dispatch(this: &MlContext, graph: &MlGraph, inputs: &Object, outputs: &Object)
    -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = opSupportLimits)]
    pub(super) fn op_support_limits(this: &MlContext) -> Result<Object, JsValue>;
    /// Ends it, as a loss would.
    #[wasm_bindgen(method, catch, js_name = destroy)]
    pub(super) fn destroy_context(this: &MlContext) -> Result<(), JsValue>;

    /// Bytes on the context's device.
    pub(super) type MlTensor;
    #[wasm_bindgen(method)]
    pub(super) fn destroy(this: &MlTensor);

    /// A built network.
    pub(super) type MlGraph;
    #[wasm_bindgen(method, catch, js_name = destroy)]
    pub(super) fn destroy_graph(this: &MlGraph) -> Result<(), JsValue>;

    /// A value within a network being built.
    pub(super) type MlOperand;

    /// Builds one network.
    #[wasm_bindgen(js_name = MLGraphBuilder)]
    pub(super) type MlGraphBuilder;
    #[wasm_bindgen(constructor, catch, js_class = "MLGraphBuilder")]
    pub(super) fn new(context: &MlContext) -> Result<MlGraphBuilder, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn input(this: &MlGraphBuilder, name: &str, descriptor: &Object) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn constant(this: &MlGraphBuilder, descriptor: &Object, data: &Object) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn matmul(this: &MlGraphBuilder, a: &MlOperand, b: &MlOperand) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn add(this: &MlGraphBuilder, a: &MlOperand, b: &MlOperand) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn relu(this: &MlGraphBuilder, value: &MlOperand) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn gemm(
        this: &MlGraphBuilder,
        a: &MlOperand,
        b: &MlOperand,
        options: &Object,
    ) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn conv2d(
        this: &MlGraphBuilder,
        input: &MlOperand,
        filter: &MlOperand,
        options: &Object,
    ) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch, js_name = maxPool2d)]
    pub(super) fn max_pool2d(this: &MlGraphBuilder, input: &MlOperand, options: &Object) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn softmax(this: &MlGraphBuilder, input: &MlOperand, axis: u32) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn concat(this: &MlGraphBuilder, inputs: &Array, axis: u32) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn slice(
        this: &MlGraphBuilder,
        input: &MlOperand,
        starts: &Array,
        sizes: &Array,
    ) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn reshape(this: &MlGraphBuilder, input: &MlOperand, shape: &Array) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn pad(
        this: &MlGraphBuilder,
        input: &MlOperand,
        before: &Array,
        behind: &Array,
    ) -> Result<MlOperand, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn build(this: &MlGraphBuilder, outputs: &Object) -> Result<Promise, JsValue>;
}

/// An object of the given properties.
pub(super) fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// A property of anything; undefined where it has none.
pub(super) fn property(of: &JsValue, name: &str) -> JsValue {
    // What is no object has no properties.
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Numbers for a call.
pub(super) fn extents(numbers: &[u32]) -> Array {
    numbers.iter().map(|&number| JsValue::from(number)).collect()
}

/// The descriptor of a `float32` operand or tensor.
pub(super) fn float32(shape: &[u32], more: &[(&str, JsValue)]) -> Object {
    let descriptor = object(more);
    let _ = Reflect::set(&descriptor, &"dataType".into(), &"float32".into());
    let _ = Reflect::set(&descriptor, &"shape".into(), &extents(shape));
    descriptor
}
