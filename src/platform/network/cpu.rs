//! Networks on the CPU, where there is neither WebNN nor WebGPU.

use super::{GONE, Io, floats};
use crate::arena::AllocationId;
use crate::session::Session;
use crate::session::request::{ModelId, TensorId};
use crate::workload::mlp::MlpShape;
use std::collections::BTreeMap;

#[derive(Default)]
pub(in crate::platform) struct CpuNetworks {
    models: BTreeMap<ModelId, Vec<f32>>,
    tensors: BTreeMap<TensorId, Vec<f32>>,
}

impl CpuNetworks {
    pub(super) fn build(&mut self, model: ModelId, weights: Vec<f32>) -> Result<(), String> {
        self.models.insert(model, weights);
        Ok(())
    }

    pub(super) fn run(&mut self, session: &Session<'_>, model: ModelId, shape: MlpShape, io: Io) -> Result<(), String> {
        let weights = self.models.get(&model).ok_or("the network was not built")?;
        let input = session.with_payload(io.input, floats).ok_or(GONE)?;
        let result = shape.forward(weights, &input);
        session
            .with_payload_mut(io.output, |bytes| {
                let places = bytes.chunks_exact_mut(4);
                places.zip(result).for_each(|(place, value)| place.copy_from_slice(&value.to_le_bytes()));
            })
            .ok_or_else(|| GONE.into())
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        self.models.remove(&model);
    }

    pub(super) fn create_tensor(
        &mut self,
        session: &Session<'_>,
        tensor: TensorId,
        stage: AllocationId,
    ) -> Result<(), String> {
        let contents = session.with_payload(stage, floats).ok_or(GONE)?;
        self.tensors.insert(tensor, contents);
        Ok(())
    }

    pub(super) fn drop_tensor(&mut self, tensor: TensorId) {
        self.tensors.remove(&tensor);
    }
}
