//! Networks and their tensors: weights, inputs and outputs pass through the
//! arena, and every result is held against the CPU reference.

use super::device::fill;
use super::engine::Session;
use super::host::name;
use super::live::{Held, Live, Model, Tensor};
use super::request::{ModelId, NnMode, Request, RunId, TensorId};
use super::run::PendingRun;
use crate::owner::{Heap, Owner};
use crate::telemetry::event::Op;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use crate::workload::mlp::{self, MlpShape};
use crate::workload::step::Slot;
use crate::workload::tags;

/// Alignment of stages: a cache line.
const STAGE_ALIGN: Bytes = Bytes::new(64);

impl Session<'_> {
    pub(super) fn load_model(&mut self, slot: Slot, shape: MlpShape, seed: u64) -> Option<()> {
        let charge = self.charge_npu(tags::WEIGHTS, shape.weight_bytes())?;
        let weights = shape.weights(seed);
        let stage = self.stage_floats(&weights, tags::WEIGHTS)?;
        let id = ModelId(self.next_number());
        self.emit(Op::NpuCharge, tags::WEIGHTS, id.0, 0, charge.bytes());
        self.requests.push_back(Request::BuildModel { model: id, shape, stage: stage.allocation.id });
        self.run.nn_stages.insert(id.0, stage);
        self.run.live.insert(slot, Live::Model(Model { id, shape, weights_seed: seed, weights, charge }));
        Some(())
    }

    pub(super) fn run_model(&mut self, slot: Slot, seed: u64) -> Option<()> {
        let Live::Model(model) = self.run.live.get(&slot)? else { return None };
        let (id, shape) = (model.id, model.shape);
        let tensor_bytes = shape.input_bytes().checked_add(shape.output_bytes())?;
        let charge = self.charge_npu(tags::ACTIVATIONS, tensor_bytes)?;
        let input = self.stage_floats(&shape.input(seed), tags::ACTIVATIONS)?;
        let Some(output) = self.take_range(shape.output_bytes(), STAGE_ALIGN, tags::ACTIVATIONS) else {
            self.give_range_back(input);
            return None;
        };
        let run = RunId(self.next_number());
        self.emit(Op::NpuCharge, tags::ACTIVATIONS, run.0, 0, charge.bytes());
        self.requests.push_back(Request::RunModel {
            run,
            model: id,
            shape,
            input: input.allocation.id,
            output: output.allocation.id,
        });
        self.run.nn_runs.insert(run, PendingRun { model: slot, shape, input_seed: seed, input, output, charge });
        Some(())
    }

    pub(super) fn drop_model(&mut self, slot: Slot) -> Option<()> {
        let Live::Model(model) = self.run.live.get(&slot)? else { return None };
        let (id, size) = (model.id, model.charge.bytes());
        self.requests.push_back(Request::DropModel { model: id });
        self.run.live.remove(&slot);
        self.emit(Op::NpuRelease, tags::WEIGHTS, id.0, 0, size);
        Some(())
    }

    pub(super) fn create_tensor(&mut self, slot: Slot, elements: u32, owner: Owner) -> Option<()> {
        let size = Bytes::new(u64::from(elements) * 4);
        let charge = self.charge_npu(owner, size)?;
        let stage = self.take_range(size, STAGE_ALIGN, owner)?;
        let id = TensorId(self.next_number());
        self.emit(Op::NpuCharge, owner, id.0, 0, charge.bytes());
        self.write(stage.allocation.id, |bytes| fill_finite(bytes, id.0));
        self.requests.push_back(Request::CreateTensor { tensor: id, elements, stage: stage.allocation.id });
        self.run.nn_stages.insert(id.0, stage);
        self.run.live.insert(slot, Live::Tensor(Tensor { id, elements, owner, charge }));
        Some(())
    }

    pub(super) fn drop_tensor(&mut self, slot: Slot) -> Option<()> {
        let Live::Tensor(tensor) = self.run.live.get(&slot)? else { return None };
        let (id, owner, size) = (tensor.id, tensor.owner, tensor.charge.bytes());
        self.requests.push_back(Request::DropTensor { tensor: id });
        self.run.live.remove(&slot);
        self.emit(Op::NpuRelease, owner, id.0, 0, size);
        Some(())
    }

    fn charge_npu(&mut self, owner: Owner, size: Bytes) -> Option<crate::budget::Charge> {
        match self.run.budget.allocate(owner.category, Heap::Npu, size) {
            Ok(charge) => Some(charge),
            Err(error) => {
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    fn stage_floats(&mut self, values: &[f32], owner: Owner) -> Option<Held> {
        let stage = self.take_range(Bytes::from(values.len() * 4), STAGE_ALIGN, owner)?;
        self.write(stage.allocation.id, |bytes| {
            for (place, value) in bytes.chunks_exact_mut(4).zip(values) {
                place.copy_from_slice(&value.to_le_bytes());
            }
        });
        Some(stage)
    }

    pub(super) fn model_built(&mut self, model: ModelId, result: Result<(), String>) {
        self.end_stage(model.0);
        if let Err(reason) = result {
            self.forget(|live| matches!(live, Live::Model(built) if built.id == model));
            self.say(Level::Error, format!("a network was not built: {reason}"));
        }
    }

    pub(super) fn tensor_created(&mut self, tensor: TensorId, result: Result<(), String>) {
        self.end_stage(tensor.0);
        if let Err(reason) = result {
            self.forget(|live| matches!(live, Live::Tensor(made) if made.id == tensor));
            self.say(Level::Error, format!("a tensor was not created: {reason}"));
        }
    }

    /// Drops what could not be made; nothing where the scenario dropped it before.
    fn forget(&mut self, is_it: impl Fn(&Live) -> bool) {
        let slot = self.run.live.iter().find_map(|(&slot, live)| is_it(live).then_some(slot));
        let gone = slot.and_then(|slot| self.run.live.remove(&slot));
        let (number, owner, size) = match gone {
            Some(Live::Model(model)) => (model.id.0, tags::WEIGHTS, model.charge.bytes()),
            Some(Live::Tensor(tensor)) => (tensor.id.0, tensor.owner, tensor.charge.bytes()),
            _ => return,
        };
        self.emit(Op::NpuRelease, owner, number, 0, size);
    }

    fn end_stage(&mut self, number: u64) {
        if let Some(stage) = self.run.nn_stages.remove(&number) {
            self.give_range_back(stage);
        }
    }

    pub(super) fn model_ran(&mut self, run: RunId, result: Result<(), String>) {
        let Some(PendingRun { model, shape, input_seed, input, output, charge }) = self.run.nn_runs.remove(&run) else {
            return;
        };
        match result {
            Ok(()) => self.check(model, shape, input_seed, &output),
            Err(reason) => self.say(Level::Error, format!("a network did not run: {reason}")),
        }
        self.give_range_back(input);
        self.give_range_back(output);
        self.emit(Op::NpuRelease, tags::ACTIVATIONS, run.0, 0, charge.bytes());
        drop(charge);
    }

    /// Holds a result against the reference.
    fn check(&mut self, slot: Slot, shape: MlpShape, input_seed: u64, output: &Held) {
        self.run.counters.nn_dispatches += 1;
        self.emit(Op::NnDispatch, output.owner, output.allocation.id.to_bits(), 0, shape.output_bytes());
        let Some(Live::Model(model)) = self.run.live.get(&slot) else { return };
        let reference = shape.forward(&model.weights, &shape.input(input_seed));
        let agrees = self.with_payload(output.allocation.id, |bytes| mlp::agrees(&floats(bytes), &reference));
        if agrees != Some(true) {
            self.run.counters.nn_mismatches += 1;
            self.say(Level::Error, format!("a result of {} differs from the CPU reference", name(output.owner)));
        }
    }

    /// After a device loss: networks and tensors that lived on it are built
    /// anew. A WebNN context has its own life.
    pub(super) fn rebuild_networks(&mut self) {
        if self.nn == NnMode::WebNn {
            return;
        }
        let mut models: Vec<(Slot, MlpShape, u64)> = Vec::new();
        let mut tensors: Vec<(Slot, u32, Owner)> = Vec::new();
        for (&slot, live) in &self.run.live {
            match live {
                Live::Model(model) => models.push((slot, model.shape, model.weights_seed)),
                Live::Tensor(tensor) => tensors.push((slot, tensor.elements, tensor.owner)),
                Live::Range(_) | Live::Resource(_) => {}
            }
        }
        for (slot, shape, seed) in models {
            self.drop_model(slot).and_then(|()| self.load_model(slot, shape, seed));
        }
        for (slot, elements, owner) in tensors {
            self.drop_tensor(slot).and_then(|()| self.create_tensor(slot, elements, owner));
        }
    }

    /// Lasting tensors alive, and their bytes.
    pub(super) fn tensors(&self) -> (u64, u64) {
        let lasting = self.run.live.values().filter_map(|live| match live {
            Live::Tensor(tensor) => Some((1, tensor.charge.bytes().get())),
            _ => None,
        });
        let running = self.run.nn_runs.values().map(|run| (2, run.charge.bytes().get()));
        lasting.chain(running).fold((0, 0), |(count, bytes), (more, size)| (count + more, bytes + size))
    }

    /// Bytes of weights kept only for the reference: the profiler's own.
    pub(super) fn reference_bytes(&self) -> u64 {
        let weights = self.run.live.values().filter_map(|live| match live {
            Live::Model(model) => Some(model.charge.bytes().get()),
            _ => None,
        });
        weights.sum()
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bits| f32::from_le_bytes(bits)).collect()
}

/// Contents of a tensor: as a stage's, but never a NaN or an infinity.
fn fill_finite(bytes: &mut [u8], seed: u64) {
    fill(bytes, seed);
    // Clears the lowest exponent bit of each number: no exponent is all ones.
    bytes.chunks_exact_mut(4).for_each(|number| number[2] &= 0x7f);
}
