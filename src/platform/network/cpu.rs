//! Networks on the CPU, where there is neither WebNN nor WebGPU: the reference
//! itself, on tensors in the worker's memory.

use super::stage::{GONE, floats};
use crate::arena::AllocationId;
use crate::pool::{BufferSpec, ResourceId};
use crate::session::Session;
use crate::session::request::{Binding, ModelId};
use crate::units::Bytes;
use crate::workload::network::Network;
use std::collections::BTreeMap;

#[derive(Default)]
pub(in crate::platform) struct CpuNetworks {
    weights: BTreeMap<ModelId, Vec<f32>>,
    tensors: BTreeMap<ResourceId, Vec<f32>>,
}

impl CpuNetworks {
    pub(super) fn build(&mut self, model: ModelId, weights: Vec<f32>) -> Result<(), String> {
        self.weights.insert(model, weights);
        Ok(())
    }

    pub(super) fn run(
        &mut self,
        session: &Session<'_>,
        (model, network): (ModelId, Network),
        inputs: &[Binding],
        outputs: &[Binding],
    ) -> Result<(), String> {
        for Binding { tensor, stage } in inputs {
            if let Some(stage) = *stage {
                self.write(session, *tensor, stage)?;
            }
        }
        let weights = self.weights.get(&model).ok_or("the network was not built")?;
        let counts = network.inputs();
        let fed: Vec<&[f32]> = (inputs.iter().zip(counts))
            .map(|(input, count)| self.numbers(input.tensor).get(..count as usize).unwrap_or_default())
            .collect();
        let results = network.forward(weights, &fed);
        for (Binding { tensor, stage }, result) in outputs.iter().zip(results) {
            let held = self.tensors.get_mut(tensor).ok_or("the tensor was not created")?;
            held.iter_mut().zip(&result).for_each(|(place, value)| *place = *value);
            if let Some(stage) = *stage {
                session.with_payload_mut(stage, |bytes| put(bytes, held)).ok_or(GONE)?;
            }
        }
        Ok(())
    }

    fn numbers(&self, tensor: ResourceId) -> &[f32] {
        self.tensors.get(&tensor).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        self.weights.remove(&model);
    }

    pub(super) fn create_tensor(&mut self, tensor: ResourceId, spec: &BufferSpec) -> Result<(), String> {
        let bytes = spec.size.to_usize().ok_or("the tensor exceeds the address space")?;
        self.tensors.insert(tensor, vec![0.0; bytes / 4]);
        Ok(())
    }

    pub(super) fn write(
        &mut self,
        session: &Session<'_>,
        tensor: ResourceId,
        stage: AllocationId,
    ) -> Result<(), String> {
        let contents = session.with_payload(stage, floats).ok_or(GONE)?;
        let held = self.tensors.get_mut(&tensor).ok_or("the tensor was not created")?;
        held.iter_mut().zip(contents).for_each(|(place, value)| *place = value);
        Ok(())
    }

    pub(super) fn destroy_tensor(&mut self, tensor: ResourceId) {
        self.tensors.remove(&tensor);
    }

    /// As large as a tensor of every WebGPU device.
    pub(super) const fn tensor_limit() -> Bytes {
        Bytes::mib(128)
    }
}

fn put(bytes: &mut [u8], values: &[f32]) {
    let places = bytes.chunks_exact_mut(4);
    places.zip(values).for_each(|(place, value)| place.copy_from_slice(&value.to_le_bytes()));
}
