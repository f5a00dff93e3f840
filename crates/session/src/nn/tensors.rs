//! Tensors on the neural-network device: acquired from a pool of their own,
//! paid for from creation to destruction, filled from stages in the arena.
//!
//! A tensor is flat: the pool's buffers stand for tensors of so many `f32`, and
//! graphs give them their shape. `COPY_DST` says that the host writes it,
//! `COPY_SRC` that the host reads it.

use crate::gpu::fill;
use crate::ledger::Range;
use crate::live::{Contents, HeldTensor, Live};
use crate::ranges::name;
use crate::request::{Binding, NnFailure, Request, RunId};
use crate::session::Session;
use arenascope_arena::AllocationId;
use arenascope_pool::{Acquired, BufferHandle, BufferSpec, BufferUsage, NextUse, ResourceId, ResourceSpec, Serial};
use arenascope_telemetry::notice::Level;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Owner};
use arenascope_workload::step::Slot;

/// Alignment of stages: a cache line.
const STAGE_ALIGN: Bytes = Bytes::new(64);
/// Filled by the host, read by graphs.
pub(crate) const WRITTEN: BufferUsage = BufferUsage::STORAGE.union(BufferUsage::COPY_DST);
/// Filled by graphs, read by the host.
pub(crate) const READ: BufferUsage = BufferUsage::STORAGE.union(BufferUsage::COPY_SRC);

impl Session<'_> {
    /// A tensor of at least so many numbers, or a counted and worded refusal.
    pub(crate) fn acquire_tensor(&mut self, elements: u32, usage: BufferUsage, owner: Owner) -> Option<BufferHandle> {
        let spec = BufferSpec::new(bytes_of(elements), usage).into();
        let who = (owner, self.run.time);
        let acquired = match self.run.nn.tensors.acquire(NextUse::CountAsFreed, &spec, who, &mut self.out) {
            Ok(acquired) => acquired,
            Err(error) => {
                self.nn_failed(format!("{} got no tensor: {error}", name(owner)));
                return None;
            }
        };
        let handle = acquired.handle();
        if let Acquired::Fresh { created, size, .. } = acquired {
            self.create_tensor(handle.resource(), created, size, owner)?;
        }
        Some(handle)
    }

    /// Pays for a fresh tensor and asks for its creation; where the budget
    /// refuses, idle ones make room, and where that does not help, the acquire
    /// is undone.
    fn create_tensor(&mut self, tensor: ResourceId, spec: ResourceSpec, size: Bytes, owner: Owner) -> Option<()> {
        if self.run.budget.tree.lacks_room(owner, Heap::Npu, size) {
            self.run.nn.tensors.reclaim(size, &mut self.out);
        }
        match self.pay(owner, Heap::Npu, size) {
            Ok(charge) => {
                self.run.nn.tensors.admit(tensor, spec, (charge, name(owner)), &mut self.out);
                Some(())
            }
            Err(error) => {
                self.run.nn.tensors.withdraw(tensor);
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    /// Gives a tensor back. It is reused once `last_use` is done.
    pub(crate) fn release_tensor(&mut self, handle: BufferHandle, owner: Owner, last_use: Serial) {
        let use_of = (owner, last_use, self.run.time);
        if let Err(error) = self.run.nn.tensors.release(handle, use_of, &mut self.out) {
            self.say(Level::Error, format!("a tensor of {} was not released: {error}", name(owner)));
        }
    }

    pub(crate) fn release_all(
        &mut self,
        handles: impl IntoIterator<Item = BufferHandle>,
        owner: Owner,
        last_use: Serial,
    ) {
        handles.into_iter().for_each(|handle| self.release_tensor(handle, owner, last_use));
    }

    /// Numbers in the tensor itself.
    pub(crate) fn tensor_size(&self, handle: BufferHandle) -> u32 {
        u32::try_from(self.run.nn.tensors.size_of(handle).get() / 4).unwrap_or(u32::MAX)
    }

    /// A stage as long as the tensor.
    pub(crate) fn stage_tensor(&mut self, handle: BufferHandle, owner: Owner) -> Option<Range> {
        self.take_range(self.run.nn.tensors.size_of(handle), STAGE_ALIGN, owner)
    }

    /// A stage of these numbers.
    pub(crate) fn stage_numbers(&mut self, values: &[f32], owner: Owner) -> Option<Range> {
        let stage = self.take_range(Bytes::from(values.len() * 4), STAGE_ALIGN, owner)?;
        self.write_numbers(stage.id, values);
        Some(stage)
    }

    /// These numbers at the start of a stage, zeros behind.
    pub(crate) fn write_numbers(&self, stage: AllocationId, values: &[f32]) {
        self.write(stage, |bytes| {
            let (numbers, rest) = bytes.split_at_mut((values.len() * 4).min(bytes.len()));
            for (place, value) in numbers.chunks_exact_mut(4).zip(values) {
                place.copy_from_slice(&value.to_le_bytes());
            }
            rest.fill(0);
        });
    }

    /// A tensor that outlives a run, filled from a seed.
    pub(crate) fn hold_tensor(&mut self, slot: Slot, elements: u32, owner: Owner) -> Option<()> {
        let contents = Contents::Seeded(self.devices.next_number());
        let held = HeldTensor { handle: None, elements, owner, contents };
        let handle = self.filled_tensor(&held)?;
        self.run.live.insert(slot, Live::Tensor(HeldTensor { handle: Some(handle), ..held }));
        Some(())
    }

    /// Acquires a tensor with the contents of `held`.
    pub(crate) fn filled_tensor(&mut self, held: &HeldTensor) -> Option<BufferHandle> {
        let owner = held.owner;
        let handle = self.acquire_tensor(held.elements, WRITTEN, owner)?;
        let Some(stage) = self.stage_tensor(handle, owner) else {
            self.release_tensor(handle, owner, Serial(0));
            return None;
        };
        match &held.contents {
            Contents::Seeded(seed) => self.write(stage.id, |bytes| fill_finite(bytes, *seed)),
            Contents::Numbers(numbers) => self.write_numbers(stage.id, numbers),
        }
        let write = self.next_use();
        let (tensor, id) = (handle.resource(), stage.id);
        self.out.request(Request::WriteTensor { write, tensor, stage: id });
        self.run.nn.stages.insert(write.0, stage);
        Some(handle)
    }

    /// The next run or write: a submission, to the pool of tensors.
    pub(crate) fn next_use(&mut self) -> RunId {
        let number = self.devices.next_number();
        self.run.nn.last_use = Serial(number);
        RunId(number)
    }

    pub(crate) fn drop_tensor(&mut self, slot: Slot) -> Option<()> {
        let HeldTensor { handle, owner, .. } = self.take_tensor(slot)?;
        self.release_all(handle, owner, self.run.nn.last_use);
        Some(())
    }

    /// Takes a held tensor out of the live things.
    pub(crate) fn take_tensor(&mut self, slot: Slot) -> Option<HeldTensor> {
        let Live::Tensor(_) = self.run.live.get(&slot)? else { return None };
        match self.run.live.remove(&slot) {
            Some(Live::Tensor(tensor)) => Some(tensor),
            _ => None,
        }
    }

    /// What the device holds of a tensor is worth nothing: it goes back, and is
    /// made anew when it is needed.
    pub(crate) fn forget_tensor(&mut self, slot: Slot) {
        let Some(Live::Tensor(held)) = self.run.live.get_mut(&slot) else { return };
        let (handle, owner) = (held.handle.take(), held.owner);
        self.release_all(handle, owner, self.run.nn.last_use);
    }

    /// Creates and fills anew the held tensors that the device does not have.
    pub(crate) fn rebuild_tensors(&mut self) {
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
    pub(crate) fn bindings(handles: &[BufferHandle], first_stage: &Range) -> Vec<Binding> {
        let stages = std::iter::once(Some(first_stage.id)).chain(std::iter::repeat(None));
        handles.iter().zip(stages).map(|(handle, stage)| Binding { tensor: handle.resource(), stage }).collect()
    }

    pub(crate) fn tensor_written(&mut self, write: RunId, result: Result<(), NnFailure>) {
        let Some(stage) = self.run.nn.stages.remove(&write.0) else { return };
        self.give_range_back(stage);
        self.run.nn.tensors.complete(Serial(write.0));
        if let Err(failure) = result {
            self.nn_failed(format!("a tensor was not filled: {failure}"));
        }
    }

    /// The device could not create a tensor: it counts as destroyed, its charge
    /// ends, and idle ones make room for the next. Who holds it gets another
    /// when it is needed.
    pub(crate) fn tensor_creation_failed(&mut self, tensor: ResourceId, reason: &str) {
        let Some((_, size)) = self.run.nn.tensors.fail(tensor, &mut self.out) else { return };
        for live in self.run.live.values_mut() {
            if let Live::Tensor(held) = live {
                held.handle.take_if(|handle| handle.resource() == tensor);
            }
        }
        let count = self.run.nn.tensors.trim_all_idle(&mut self.out);
        self.nn_failed(format!("a tensor of {size} was not created: {reason}; {count} idle tensors were destroyed"));
    }

    /// Counts and says what did not come about.
    pub(crate) fn nn_failed(&mut self, text: String) {
        self.run.nn.counters.failures += 1;
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
