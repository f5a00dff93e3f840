//! What takes part, and how it is run: every contestant through the same loop,
//! compiled for each, so that nothing but the allocator differs.

use arenascope::replay::{Operation, Recording, Slot};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Who takes memory and gives it back.
pub(crate) trait Hands {
    /// What an allocation is freed by.
    type Handle: Copy;

    /// Takes memory.
    fn allocate(&mut self, size: u32) -> Option<Self::Handle>;

    /// Gives memory back, exactly once.
    fn free(&mut self, handle: Self::Handle);
}

/// An allocator over a range of fixed size. Everything is aligned to 16 bytes.
pub(crate) trait Heap {
    /// What an allocation is freed by.
    type Handle: Copy;

    /// Who works with it, for a lap.
    type Hands<'a>: Hands<Handle = Self::Handle>
    where
        Self: 'a;

    /// Begins a lap.
    fn hands(&mut self) -> Self::Hands<'_>;

    /// Forgets every allocation.
    fn clear(&mut self);

    /// One past the highest byte of an allocation of `size`, counted from the
    /// first byte that can be allocated.
    fn end(&self, handle: Self::Handle, size: u32) -> u64;
}

/// One run over some operations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lap {
    pub(crate) took: Duration,
    pub(crate) failures: u64,
}

/// What a recording makes of a heap.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape {
    pub(crate) failures: u64,
    pub(crate) live_peak: u64,
    pub(crate) footprint: u64,
    /// Bytes live, as asked for, when an allocation was refused first.
    pub(crate) live_at_failure: Option<u64>,
}

impl Shape {
    /// Footprint ÷ peak of live bytes.
    pub(crate) fn ratio(&self) -> f64 {
        self.footprint as f64 / self.live_peak.max(1) as f64
    }
}

/// A heap by name. One virtual call a lap.
pub(crate) trait Contestant {
    /// Its name in tables and files.
    fn name(&self) -> &'static str;

    /// Whether it is a policy of this crate.
    fn is_ours(&self) -> bool;

    /// Empties it, for a recording that needs `slots` places.
    fn clear(&mut self, slots: usize);

    /// Does the operations of `range`, against the clock.
    fn run(&mut self, recording: &Recording, range: Range<usize>) -> Lap;

    /// Does the whole recording from an empty heap, looking at everything; ends
    /// at the first refusal if `until_failure`.
    fn look(&mut self, recording: &Recording, until_failure: bool) -> Shape;
}

/// A borrowed heap that needs no beginning works by itself.
impl<H: Hands> Hands for &mut H {
    type Handle = H::Handle;

    fn allocate(&mut self, size: u32) -> Option<H::Handle> {
        (**self).allocate(size)
    }

    fn free(&mut self, handle: H::Handle) {
        (**self).free(handle);
    }
}

/// A [`Heap`] with its name and what is live in it.
pub(crate) struct Entry<H: Heap> {
    pub(crate) name: &'static str,
    pub(crate) is_ours: bool,
    pub(crate) heap: H,
    pub(crate) held: Vec<Option<H::Handle>>,
}

impl<H: Heap + 'static> Entry<H> {
    pub(crate) fn boxed(name: &'static str, is_ours: bool, heap: H) -> Box<dyn Contestant> {
        Box::new(Self { name, is_ours, heap, held: Vec::new() })
    }
}

impl<H: Heap> Contestant for Entry<H> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_ours(&self) -> bool {
        self.is_ours
    }

    fn clear(&mut self, slots: usize) {
        self.heap.clear();
        self.held.clear();
        self.held.resize(slots, None);
    }

    fn run(&mut self, recording: &Recording, range: Range<usize>) -> Lap {
        let mut failures = 0;
        let begun = Instant::now();
        let mut hands = self.heap.hands();
        for operation in recording.operations(range) {
            match operation {
                Operation::Allocate { slot, size } => {
                    let handle = hands.allocate(size);
                    failures += u64::from(handle.is_none());
                    self.held[slot.index()] = handle;
                }
                Operation::Free { slot } => {
                    if let Some(handle) = self.held[slot.index()].take() {
                        hands.free(handle);
                    }
                }
            }
        }
        drop(hands);
        Lap { took: begun.elapsed(), failures }
    }

    fn look(&mut self, recording: &Recording, until_failure: bool) -> Shape {
        self.clear(recording.slot_count());
        let mut watch = Watch { sizes: vec![0; recording.slot_count()], live: 0, shape: Shape::default() };
        for operation in recording.operations(0..recording.len()) {
            match operation {
                Operation::Allocate { slot, size } => {
                    let handle = self.heap.hands().allocate(size);
                    watch.note_allocated(slot, size, handle.map(|handle| self.heap.end(handle, size)));
                    self.held[slot.index()] = handle;
                }
                Operation::Free { slot } => {
                    if let Some(handle) = self.held[slot.index()].take() {
                        self.heap.hands().free(handle);
                        watch.note_freed(slot);
                    }
                }
            }
            if until_failure && watch.shape.failures > 0 {
                break;
            }
        }
        watch.shape
    }
}

/// Figures as they grow.
struct Watch {
    sizes: Vec<u32>,
    live: u64,
    shape: Shape,
}

impl Watch {
    /// `end` of what was got; `None` for a refusal.
    fn note_allocated(&mut self, slot: Slot, size: u32, end: Option<u64>) {
        let Some(end) = end else {
            self.shape.failures += 1;
            self.shape.live_at_failure = self.shape.live_at_failure.or(Some(self.live));
            return;
        };
        self.sizes[slot.index()] = size;
        self.live += u64::from(size);
        self.shape.live_peak = self.shape.live_peak.max(self.live);
        self.shape.footprint = self.shape.footprint.max(end);
    }

    fn note_freed(&mut self, slot: Slot) {
        self.live -= u64::from(self.sizes[slot.index()]);
    }
}
