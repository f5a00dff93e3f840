//! Where a scenario writes its steps down.

use super::network::Network;
use super::step::{Slot, Step};
use arenascope_pool::{BufferUsage, TextureSpec};
use arenascope_units::Bytes;
use arenascope_units::owner::Owner;

/// Steps of one frame, and the counter that names slots.
#[derive(Debug, Default)]
pub struct Script {
    steps: Vec<Step>,
    next_slot: u32,
}

impl Script {
    /// The steps written so far, oldest first; none remain.
    pub fn take(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    fn name(&mut self) -> Slot {
        self.next_slot += 1;
        Slot(self.next_slot)
    }

    /// [`Step::Allocate`] with the arena's natural alignment.
    pub fn allocate(&mut self, size: u32, owner: Owner) -> Slot {
        self.allocate_aligned(size, 16, owner)
    }

    /// [`Step::Allocate`] of `size` bytes; its name.
    pub fn allocate_aligned(&mut self, size: u32, align: u32, owner: Owner) -> Slot {
        let slot = self.name();
        self.steps.push(Step::Allocate { slot, size: Bytes::from(size), align: Bytes::from(align), owner });
        slot
    }

    /// Writes down [`Step::Free`].
    pub fn free(&mut self, slot: Slot) {
        self.steps.push(Step::Free { slot });
    }

    /// [`Step::AcquireBuffer`] of `size` bytes; its name.
    pub fn buffer(&mut self, size: u32, usage: BufferUsage, owner: Owner) -> Slot {
        let slot = self.name();
        self.steps.push(Step::AcquireBuffer { slot, size: Bytes::from(size), usage, owner });
        slot
    }

    /// [`Step::AcquireTexture`]; its name.
    pub fn texture(&mut self, spec: TextureSpec, owner: Owner) -> Slot {
        let slot = self.name();
        self.steps.push(Step::AcquireTexture { slot, spec, owner });
        slot
    }

    /// Writes down [`Step::Upload`].
    pub fn upload(&mut self, slot: Slot) {
        self.steps.push(Step::Upload { slot });
    }

    /// Writes down [`Step::Dispatch`].
    pub fn dispatch(&mut self, input: Slot, output: Slot) {
        self.steps.push(Step::Dispatch { input, output });
    }

    /// Writes down [`Step::Release`].
    pub fn release(&mut self, slot: Slot) {
        self.steps.push(Step::Release { slot });
    }

    /// [`Step::LoadModel`] with the weights of `seed`; its name.
    pub fn load_model(&mut self, network: impl Into<Network>, seed: u64) -> Slot {
        let (slot, shape) = (self.name(), network.into());
        self.steps.push(Step::LoadModel { slot, shape, seed });
        slot
    }

    /// Writes down [`Step::RunModel`] with the input of `seed`.
    pub fn run_model(&mut self, slot: Slot, seed: u64) {
        self.steps.push(Step::RunModel { slot, seed });
    }

    /// [`Step::Decode`]; the names of the grown keys and values.
    pub fn decode(&mut self, slot: Slot, seed: u64, past: Option<[Slot; 2]>, owner: Owner) -> [Slot; 2] {
        let present = [self.name(), self.name()];
        self.steps.push(Step::Decode { slot, seed, past, present, owner });
        present
    }

    /// Writes down [`Step::DropModel`].
    pub fn drop_model(&mut self, slot: Slot) {
        self.steps.push(Step::DropModel { slot });
    }

    /// [`Step::CreateTensor`] of `elements` numbers; its name.
    pub fn tensor(&mut self, elements: u32, owner: Owner) -> Slot {
        let slot = self.name();
        self.steps.push(Step::CreateTensor { slot, elements, owner });
        slot
    }

    /// Writes down [`Step::DropTensor`].
    pub fn drop_tensor(&mut self, slot: Slot) {
        self.steps.push(Step::DropTensor { slot });
    }
}
