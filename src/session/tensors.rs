//! Tensors on the neural-network device: acquired from a pool of their own,
//! paid for from creation to destruction, filled from stages in the arena.
//!
//! A tensor is flat: the pool's buffers stand for tensors of so many `f32`, and
//! graphs give them their shape. `COPY_DST` says that the host writes it,
//! `COPY_SRC` that the host reads it.

use super::device::fill;
use super::engine::{NOBODY, Session};
use super::host::name;
use super::live::{Contents, Held, HeldTensor, Live};
use super::request::{Binding, NnFailure, Request, RunId};
use crate::arena::AllocationId;
use crate::owner::{Heap, Owner};
use crate::pool::{self, Acquired, BufferHandle, BufferSpec, BufferUsage, Eviction, ResourceId, ResourceSpec, Serial};
use crate::telemetry::event::Op;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use crate::workload::step::Slot;

/// Alignment of stages: a cache line.
const STAGE_ALIGN: Bytes = Bytes::new(64);
/// Filled by the host, read by graphs.
pub(super) const WRITTEN: BufferUsage = BufferUsage::STORAGE.union(BufferUsage::COPY_DST);
/// Filled by graphs, read by the host.
pub(super) const READ: BufferUsage = BufferUsage::STORAGE.union(BufferUsage::COPY_SRC);

impl Session<'_> {
    /// A tensor of at least so many numbers, or a counted and worded refusal.
    pub(super) fn acquire_tensor(&mut self, elements: u32, usage: BufferUsage, owner: Owner) -> Option<BufferHandle> {
        let spec = BufferSpec::new(bytes_of(elements), usage).into();
        let acquired = match self.run.tensors.acquire(&spec, pool::Contents::Undefined, owner, self.run.time) {
            Ok(acquired) => acquired,
            Err(error) => {
                self.nn_failed(format!("{} got no tensor: {error}", name(owner)));
                return None;
            }
        };
        let handle = acquired.handle();
        match acquired {
            Acquired::Reused { .. } => {
                let size = self.tensor_bytes(handle);
                self.emit(Op::TensorReuse, owner, handle.resource().number(), 0, size);
            }
            Acquired::Fresh { created: ResourceSpec::Buffer(created), size, .. } => {
                self.create_tensor(handle.resource(), created, size, owner)?;
            }
            // Only buffers are asked for.
            Acquired::Fresh { created: ResourceSpec::Texture(_), .. } => return None,
        }
        Some(handle)
    }

    /// Pays for a fresh tensor and asks for its creation; where the budget
    /// refuses, idle ones make room, and where that does not help, the acquire
    /// is undone.
    fn create_tensor(&mut self, tensor: ResourceId, spec: BufferSpec, size: Bytes, owner: Owner) -> Option<()> {
        if !self.run.budget.has_room(owner, Heap::Npu, size) {
            let evictions = self.run.tensors.reclaim(size);
            self.destroy_tensors(evictions);
        }
        match self.reserve(owner, Heap::Npu, size).and_then(|reservation| reservation.commit(size)) {
            Ok(charge) => {
                self.run.tensor_charges.insert(tensor, charge);
                let _ = self.run.tensors.confirm(tensor);
                self.emit(Op::TensorCreate, owner, tensor.number(), 0, size);
                self.requests.push_back(Request::CreateTensor { tensor, spec });
                Some(())
            }
            Err(error) => {
                // Nothing was asked of the device yet: the eviction is void.
                let _ = self.run.tensors.fail(tensor).map(|undone| undone.size);
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    /// Gives a tensor back. It is reused once `last_use` is done.
    pub(super) fn release_tensor(&mut self, handle: BufferHandle, owner: Owner, last_use: Serial) {
        let size = self.tensor_bytes(handle);
        match self.run.tensors.release(handle, last_use, self.run.time) {
            Ok(()) => self.emit(Op::TensorRelease, owner, handle.resource().number(), 0, size),
            Err(error) => self.say(Level::Error, format!("a tensor of {} was not released: {error}", name(owner))),
        }
    }

    pub(super) fn release_all(
        &mut self,
        handles: impl IntoIterator<Item = BufferHandle>,
        owner: Owner,
        last_use: Serial,
    ) {
        handles.into_iter().for_each(|handle| self.release_tensor(handle, owner, last_use));
    }

    /// Carries out what the pool decided: charges end, the device destroys.
    pub(super) fn destroy_tensors(&mut self, evictions: Vec<Eviction>) {
        for Eviction { resource, size, .. } in evictions {
            let owner = match self.run.tensor_charges.remove(&resource) {
                Some(charge) => Owner::new(charge.category(), NOBODY.tag),
                None => NOBODY,
            };
            self.emit(Op::TensorDestroy, owner, resource.number(), 0, size);
            self.requests.push_back(Request::DestroyTensor { tensor: resource });
        }
    }

    /// Bytes of the tensor itself, rounded to its class; zero for a stale
    /// handle.
    pub(super) fn tensor_bytes(&self, handle: BufferHandle) -> Bytes {
        self.run.tensors.lookup(handle).map_or(Bytes::ZERO, |info| info.size)
    }

    /// Numbers in the tensor itself.
    pub(super) fn tensor_size(&self, handle: BufferHandle) -> u32 {
        u32::try_from(self.tensor_bytes(handle).get() / 4).unwrap_or(u32::MAX)
    }

    /// A stage as long as the tensor.
    pub(super) fn stage_tensor(&mut self, handle: BufferHandle, owner: Owner) -> Option<Held> {
        self.take_range(self.tensor_bytes(handle), STAGE_ALIGN, owner)
    }

    /// A stage of these numbers.
    pub(super) fn stage_numbers(&mut self, values: &[f32], owner: Owner) -> Option<Held> {
        let stage = self.take_range(Bytes::from(values.len() * 4), STAGE_ALIGN, owner)?;
        self.write_numbers(stage.allocation.id, values);
        Some(stage)
    }

    /// These numbers at the start of a stage, zeros behind.
    pub(super) fn write_numbers(&self, stage: AllocationId, values: &[f32]) {
        self.write(stage, |bytes| {
            let (numbers, rest) = bytes.split_at_mut((values.len() * 4).min(bytes.len()));
            for (place, value) in numbers.chunks_exact_mut(4).zip(values) {
                place.copy_from_slice(&value.to_le_bytes());
            }
            rest.fill(0);
        });
    }

    /// A tensor that outlives a run, filled from a seed.
    pub(super) fn hold_tensor(&mut self, slot: Slot, elements: u32, owner: Owner) -> Option<()> {
        let contents = Contents::Seeded(self.next_number());
        let held = HeldTensor { handle: None, elements, owner, contents };
        let handle = self.filled_tensor(&held)?;
        self.run.live.insert(slot, Live::Tensor(HeldTensor { handle: Some(handle), ..held }));
        Some(())
    }

    /// Acquires a tensor with the contents of `held`.
    pub(super) fn filled_tensor(&mut self, held: &HeldTensor) -> Option<BufferHandle> {
        let owner = held.owner;
        let handle = self.acquire_tensor(held.elements, WRITTEN, owner)?;
        let Some(stage) = self.stage_tensor(handle, owner) else {
            self.release_tensor(handle, owner, Serial(0));
            return None;
        };
        match &held.contents {
            Contents::Seeded(seed) => self.write(stage.allocation.id, |bytes| fill_finite(bytes, *seed)),
            Contents::Numbers(numbers) => self.write_numbers(stage.allocation.id, numbers),
        }
        let write = self.next_use();
        let (tensor, id) = (handle.resource(), stage.allocation.id);
        self.requests.push_back(Request::WriteTensor { write, tensor, stage: id });
        self.run.nn_stages.insert(write.0, stage);
        Some(handle)
    }

    /// The next run or write: a submission, to the pool of tensors.
    pub(super) fn next_use(&mut self) -> RunId {
        let number = self.next_number();
        self.run.last_tensor_use = Serial(number);
        RunId(number)
    }

    pub(super) fn drop_tensor(&mut self, slot: Slot) -> Option<()> {
        let HeldTensor { handle, owner, .. } = self.take_tensor(slot)?;
        self.release_all(handle, owner, self.run.last_tensor_use);
        Some(())
    }

    /// Takes a held tensor out of the live things.
    pub(super) fn take_tensor(&mut self, slot: Slot) -> Option<HeldTensor> {
        let Live::Tensor(_) = self.run.live.get(&slot)? else { return None };
        match self.run.live.remove(&slot) {
            Some(Live::Tensor(tensor)) => Some(tensor),
            _ => None,
        }
    }

    /// What the device holds of a tensor is worth nothing: it goes back, and is
    /// made anew when it is needed.
    pub(super) fn forget_tensor(&mut self, slot: Slot) {
        let Some(Live::Tensor(held)) = self.run.live.get_mut(&slot) else { return };
        let (handle, owner) = (held.handle.take(), held.owner);
        self.release_all(handle, owner, self.run.last_tensor_use);
    }

    /// Creates and fills anew the held tensors that the device does not have.
    pub(super) fn rebuild_tensors(&mut self) {
        let gone: Vec<Slot> = (self.run.live.iter())
            .filter_map(|(&slot, live)| match live {
                Live::Tensor(HeldTensor { handle: None, .. }) => Some(slot),
                _ => None,
            })
            .collect();
        for slot in gone {
            if let Some(held) = self.take_tensor(slot) {
                let handle = self.filled_tensor(&held);
                self.run.live.insert(slot, Live::Tensor(HeldTensor { handle, ..held }));
            }
        }
    }

    /// What a graph is to be given.
    pub(super) fn bindings(handles: &[BufferHandle], first_stage: &Held) -> Vec<Binding> {
        let stages = std::iter::once(Some(first_stage.allocation.id)).chain(std::iter::repeat(None));
        handles.iter().zip(stages).map(|(handle, stage)| Binding { tensor: handle.resource(), stage }).collect()
    }

    pub(super) fn tensor_written(&mut self, write: RunId, result: Result<(), NnFailure>) {
        let Some(stage) = self.run.nn_stages.remove(&write.0) else { return };
        self.give_range_back(stage);
        self.run.tensors.complete(Serial(write.0));
        if let Err(failure) = result {
            self.nn_failed(format!("a tensor was not filled: {failure}"));
        }
    }

    /// The device could not create a tensor: it counts as destroyed, its charge
    /// ends, and idle ones make room for the next. Who holds it gets another
    /// when it is needed.
    pub(super) fn tensor_creation_failed(&mut self, tensor: ResourceId, reason: &str) {
        let Ok(undone) = self.run.tensors.fail(tensor) else { return };
        let size = undone.size;
        self.destroy_tensors(vec![undone]);
        for live in self.run.live.values_mut() {
            if let Live::Tensor(held) = live {
                held.handle.take_if(|handle| handle.resource() == tensor);
            }
        }
        let idle = self.run.tensors.trim_all_idle();
        let count = idle.len();
        self.destroy_tensors(idle);
        self.nn_failed(format!("a tensor of {size} was not created: {reason}; {count} idle tensors were destroyed"));
    }

    /// Counts and says what did not come about.
    pub(super) fn nn_failed(&mut self, text: String) {
        self.run.counters.nn_failures += 1;
        self.say(Level::Error, text);
    }
}

fn bytes_of(elements: u32) -> Bytes {
    Bytes::new(u64::from(elements) * 4)
}

/// Contents of a tensor: as a stage's, but never a NaN or an infinity.
fn fill_finite(bytes: &mut [u8], seed: u64) {
    fill(bytes, seed);
    // Clears the lowest exponent bit of each number: no exponent is all ones.
    bytes.chunks_exact_mut(4).for_each(|number| number[2] &= 0x7f);
}
