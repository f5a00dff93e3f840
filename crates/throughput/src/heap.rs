//! What takes part, and how it is run: every contestant through the same loop,
//! compiled for each, so that nothing but the allocator differs.

use arenascope_arena::ReserveError;
use arenascope_replay::{Operation, Recording, Slot};
use core::ops::Range;
use core::time::Duration;

/// The name of the reference.
pub const REFERENCE: &str = "talc";

/// Says how much time has gone since some fixed moment.
pub type Clock<'a> = dyn FnMut() -> Duration + 'a;

/// What allocates and frees during one lap.
pub trait Hands {
    /// What an allocation is freed by.
    type Handle: Copy;

    /// Takes `size` bytes, aligned to 16; `None` where the heap refuses.
    fn allocate(&mut self, size: u32) -> Option<Self::Handle>;

    /// Gives memory back, exactly once.
    fn free(&mut self, handle: Self::Handle);
}

impl<T: Hands> Hands for &mut T {
    type Handle = T::Handle;

    #[inline(always)]
    fn allocate(&mut self, size: u32) -> Option<T::Handle> {
        (**self).allocate(size)
    }

    #[inline(always)]
    fn free(&mut self, handle: T::Handle) {
        (**self).free(handle);
    }
}

/// An allocator over a range of fixed size. Everything is aligned to 16 bytes.
pub trait Heap {
    /// What an allocation is freed by.
    type Handle: Copy;
    /// What works with it: for most the heap itself, for a thread its pinned part.
    type Hands<'a>: Hands<Handle = Self::Handle>
    where
        Self: 'a;

    /// Begins a lap: what works with the heap until the lap ends.
    fn hands(&mut self) -> Self::Hands<'_>;

    /// Forgets every allocation: the heap is as new.
    fn clear(&mut self);

    /// One past the highest byte of an allocation of `size`, counted from the
    /// first byte that can be allocated.
    fn end(&self, handle: Self::Handle, size: u32) -> u64;
}

/// One run over some operations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lap {
    /// Time between the two looks at the clock.
    pub took: Duration,
    /// Allocations that the heap refused.
    pub failures: u64,
}

/// What a recording makes of a heap.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// Allocations that the heap refused.
    pub failures: u64,
    /// Most bytes live at once, as asked for.
    pub live_peak: u64,
    /// One past the highest byte ever taken.
    pub footprint: u64,
    /// Bytes live, as asked for, when an allocation was refused first.
    pub live_at_failure: Option<u64>,
}

impl Shape {
    /// Footprint ÷ peak of live bytes.
    pub fn ratio(&self) -> f64 {
        self.footprint as f64 / self.live_peak.max(1) as f64
    }
}

/// A heap of whatever kind. One virtual call a lap.
pub trait Contestant {
    /// Empties it, for a recording that needs `slots` places.
    fn clear(&mut self, slots: usize);

    /// Does the operations of `range`, between two looks at `clock`.
    fn run(&mut self, recording: &Recording, range: Range<usize>, clock: &mut Clock<'_>) -> Lap;

    /// Does the whole recording from an empty heap, looking at everything; ends
    /// at the first refusal if `until_failure`.
    fn look(&mut self, recording: &Recording, until_failure: bool) -> Shape;
}

/// A [`Heap`] with what is live in it.
struct HeapContestant<H: Heap> {
    heap: H,
    held: Vec<Option<H::Handle>>,
}

/// Lets `heap` take part.
fn enter<H: Heap + 'static>(heap: H) -> Box<dyn Contestant> {
    Box::new(HeapContestant { heap, held: Vec::new() })
}

/// A place among the contestants: who will sit there, and how to make them. The
/// heap itself may be made more than once, or not at all.
pub struct Seat {
    /// Its name in tables and files.
    pub name: &'static str,
    /// Whether it is a policy of this crate.
    pub is_ours: bool,
    make: Box<dyn Fn() -> Result<Box<dyn Contestant>, ReserveError>>,
}

impl Seat {
    /// A place for what `make` makes.
    pub fn new<H: Heap + 'static>(
        name: &'static str,
        is_ours: bool,
        make: impl Fn() -> Result<H, ReserveError> + 'static,
    ) -> Self {
        Self { name, is_ours, make: Box::new(move || make().map(enter)) }
    }

    /// The contestant, with memory of its own and nothing in it.
    ///
    /// # Errors
    /// [`ReserveError`] where there is no memory for its heap.
    pub fn make(&self) -> Result<Box<dyn Contestant>, ReserveError> {
        (self.make)()
    }
}

impl<H: Heap> Contestant for HeapContestant<H> {
    fn clear(&mut self, slots: usize) {
        self.heap.clear();
        self.held.clear();
        self.held.resize(slots, None);
    }

    fn run(&mut self, recording: &Recording, range: Range<usize>, clock: &mut Clock<'_>) -> Lap {
        let mut failures = 0;
        let begun = clock();
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
        Lap { took: clock().saturating_sub(begun), failures }
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
