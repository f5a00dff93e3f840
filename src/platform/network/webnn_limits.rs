//! What a context takes, as `opSupportLimits()` says: read once, before
//! anything is built.

use super::webnn_api::{MlContext, property};
use crate::units::Bytes;
use crate::workload::network::Operator;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

/// Tensors of a context that names no limit may be as large as those of every
/// WebGPU device.
const TENSOR_LIMIT: Bytes = Bytes::mib(128);

/// The answer of `opSupportLimits()`.
pub(super) struct SupportLimits(JsValue);

impl SupportLimits {
    pub(super) fn of(context: &MlContext) -> Result<Self, JsValue> {
        context.op_support_limits().map(|limits| Self(limits.into()))
    }

    /// Whether `operand` of `operator` may be `float32`.
    pub(super) fn takes(&self, operator: Operator, operand: &str) -> bool {
        let operand = property(&property(&self.0, operator.key()), operand);
        property(&operand, "dataTypes").dyn_into().is_ok_and(|types: Array| types.includes(&"float32".into(), 0))
    }

    /// `maxTensorByteLength`.
    pub(super) fn tensor_limit(&self) -> Bytes {
        property(&self.0, "maxTensorByteLength").as_f64().map_or(TENSOR_LIMIT, |bytes| Bytes::new(bytes as u64))
    }
}
