//! Where things stand between two events: bytes by heap and category, counts by
//! operation, what is missing. Changes by one event at a time, by rules that need
//! no more than that event and, for a resize, the size before.

use super::kind::Kind;
use arenascope_telemetry::event::{Op, Role};
use arenascope_units::owner::{Heap, MemoryCategory};

/// The metrics that are of heaps: bytes of each, and ranges of the arena.
const OF_HEAPS: usize = 4;

/// A figure that changes with events, and is drawn against time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Bytes set aside in the arena.
    ArenaBytes,
    /// Live ranges of the arena.
    ArenaRanges,
    /// Bytes of buffers and textures that exist.
    DeviceBytes,
    /// Bytes charged on the neural-network device.
    NpuBytes,
    /// Bytes of a category on all heaps.
    Category(MemoryCategory),
    /// Bytes of address space with memory behind it: segments, blocks. Of runs that others
    /// recorded.
    ReservedBytes,
}

impl Metric {
    /// Every metric, in order: those of heaps, then one for each category that a run can
    /// declare, then what is reserved.
    pub const ALL: [Self; OF_HEAPS + MemoryCategory::MAX + 1] = {
        let mut all = [Self::ReservedBytes; OF_HEAPS + MemoryCategory::MAX + 1];
        all[0] = Self::ArenaBytes;
        (all[1], all[2], all[3]) = (Self::ArenaRanges, Self::DeviceBytes, Self::NpuBytes);
        let categories = MemoryCategory::every();
        let mut index = 0;
        while index < categories.len() {
            all[OF_HEAPS + index] = Self::Category(categories[index]);
            index += 1;
        }
        all
    };

    /// The metric of a category.
    pub const fn of(category: MemoryCategory) -> Self {
        Self::Category(category)
    }

    /// Position in [`Self::ALL`].
    #[inline]
    pub const fn index(self) -> usize {
        match self {
            Self::ArenaBytes => 0,
            Self::ArenaRanges => 1,
            Self::DeviceBytes => 2,
            Self::NpuBytes => 3,
            Self::Category(category) => OF_HEAPS + category.index(),
            Self::ReservedBytes => OF_HEAPS + MemoryCategory::MAX,
        }
    }
}

/// What is known to be missing or made up. All zero: every figure is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Events that a full ring lost.
    pub lost: u64,
    /// Ends that nobody saw, put in where something else took the place.
    pub inferred: u64,
    /// Events about something whose beginning is missing.
    pub unmatched: u64,
    /// Ends that did not fit what had begun, and were put right.
    pub corrected: u64,
}

impl Gaps {
    /// True where nothing is missing.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Sums and counts after some event of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Bytes by heap ([`Heap::ALL`]) and category ([`MemoryCategory::every`]).
    pub bytes: [[u64; MemoryCategory::MAX]; 3],
    /// Things alive, by heap.
    pub alive: [u64; 3],
    /// Bytes of address space with memory behind it, in a run that others recorded.
    pub reserved_bytes: u64,
    /// Events so far of this run, by operation ([`Op::ALL`]); under [`Op::Lost`],
    /// how many are missing.
    pub by_op: [u64; Op::ALL.len()],
    /// What is missing or made up in this run, so far.
    pub gaps: Gaps,
    /// The event with which this run began; 0 where the recording began later.
    pub run_start: u64,
    /// Where the arena's payload begins.
    pub payload_bytes: u64,
    /// The arena's size; 0 before the first run.
    pub capacity_bytes: u64,
    /// The budget's pressure, 0 the lowest.
    pub pressure: u8,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            bytes: [[0; MemoryCategory::MAX]; 3],
            alive: [0; 3],
            reserved_bytes: 0,
            by_op: [0; Op::ALL.len()],
            gaps: Gaps::default(),
            run_start: 0,
            payload_bytes: 0,
            capacity_bytes: 0,
            pressure: 0,
        }
    }
}

/// What an event says, as far as standings need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) index: u64,
    pub(super) kind: Kind,
    pub(super) offset: u64,
    pub(super) size: u64,
    /// The size before; `None` where the thing was not known.
    pub(super) before: Option<u64>,
}

/// What one event changes. Sums wrap: each end takes back what its beginning
/// added, so that nothing falls below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Of memory that somebody holds.
    Held(Held),
    /// Of so many bytes reserved more.
    Reserved(u64),
}

/// What an event changes of what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    heap: Heap,
    category: MemoryCategory,
    bytes: u64,
    count: u64,
}

impl Effect {
    /// Of an event about a thing that had `before` bytes; `None` where no thing
    /// begins, changes or ends alone.
    #[inline]
    pub(super) fn of(kind: Kind, size: u64, before: Option<u64>) -> Option<Self> {
        let (heap, bytes, count) = match (kind.role(), before) {
            (Role::Begins(heap), _) | (Role::Changes(heap), None) => (heap, size, 1),
            // What a reuse changes is the holder: the bytes stay where they are
            // charged. Ranges of the arena change their size, and what others say resizes.
            (Role::Changes(heap), Some(before)) if kind.resizes() => (heap, size.wrapping_sub(before), 0),
            (Role::Changes(heap), Some(_)) => (heap, 0, 0),
            (Role::Ends(heap), Some(_)) => (heap, size.wrapping_neg(), 1_u64.wrapping_neg()),
            // Of what nobody knew, nothing ends.
            (Role::Ends(heap), None) => (heap, 0, 0),
            (Role::Notes, _) => return Self::of_note(kind.op(), size),
        };
        Some(Self::Held(Held { heap, category: kind.owner().category, bytes, count }))
    }

    #[inline]
    const fn of_note(op: Op, size: u64) -> Option<Self> {
        match op {
            Op::Reserve => Some(Self::Reserved(size)),
            Op::Release => Some(Self::Reserved(size.wrapping_neg())),
            _ => None,
        }
    }

    /// The metrics that it changes.
    #[inline]
    pub(super) const fn metrics(self) -> [Option<Metric>; 3] {
        let Self::Held(held) = self else { return [Some(Metric::ReservedBytes), None, None] };
        let (bytes, count) = match held.heap {
            Heap::Arena => (Metric::ArenaBytes, Some(Metric::ArenaRanges)),
            Heap::Device => (Metric::DeviceBytes, None),
            Heap::Npu => (Metric::NpuBytes, None),
        };
        [Some(bytes), Some(Metric::of(held.category)), count]
    }

    /// The metric after it, by wrapping addition.
    #[inline]
    pub(super) fn on(self, metric: Metric) -> u64 {
        match (self, metric) {
            (Self::Held(held), metric) => held.on(metric),
            (Self::Reserved(bytes), Metric::ReservedBytes) => bytes,
            (Self::Reserved(_), _) => 0,
        }
    }
}

impl Held {
    #[inline]
    fn on(self, metric: Metric) -> u64 {
        let concerns = match metric {
            Metric::ArenaRanges if self.heap == Heap::Arena => return self.count,
            Metric::ArenaRanges | Metric::ReservedBytes => false,
            Metric::ArenaBytes => self.heap == Heap::Arena,
            Metric::DeviceBytes => self.heap == Heap::Device,
            Metric::NpuBytes => self.heap == Heap::Npu,
            Metric::Category(category) => category == self.category,
        };
        if concerns { self.bytes } else { 0 }
    }
}

impl Standing {
    /// Bytes of a heap, all categories.
    pub fn heap_bytes(&self, heap: Heap) -> u64 {
        self.bytes[heap.index()].iter().sum()
    }

    /// Bytes of a category, all heaps.
    pub fn category_bytes(&self, category: MemoryCategory) -> u64 {
        self.bytes.iter().map(|row| row[category.index()]).sum()
    }

    /// Events so far of one kind.
    pub const fn count(&self, op: Op) -> u64 {
        self.by_op[op.index()]
    }

    /// One of the figures that are drawn. O(1).
    pub fn metric(&self, metric: Metric) -> u64 {
        match metric {
            Metric::ArenaBytes => self.heap_bytes(Heap::Arena),
            Metric::ArenaRanges => self.alive[Heap::Arena.index()],
            Metric::DeviceBytes => self.heap_bytes(Heap::Device),
            Metric::NpuBytes => self.heap_bytes(Heap::Npu),
            Metric::Category(category) => self.category_bytes(category),
            Metric::ReservedBytes => self.reserved_bytes,
        }
    }

    /// Every figure that is drawn.
    pub(super) fn metrics(&self) -> [u64; Metric::ALL.len()] {
        Metric::ALL.map(|metric| self.metric(metric))
    }

    /// Takes in one event; returns what it changed, where that is not everything or
    /// nothing. O(1).
    #[inline]
    pub(super) fn apply(&mut self, said: Said) -> Option<Effect> {
        let Said { kind, size, before, .. } = said;
        let effect = Effect::of(kind, size, before);
        match effect {
            Some(effect) => self.change(effect),
            None => self.note(said),
        }
        if before.is_none() && matches!(kind.role(), Role::Changes(_) | Role::Ends(_)) {
            self.gaps.unmatched += 1;
        }
        self.count_in(kind, size);
        effect
    }

    const fn change(&mut self, effect: Effect) {
        let Held { heap, category, bytes, count } = match effect {
            Effect::Held(held) => held,
            Effect::Reserved(bytes) => {
                self.reserved_bytes = self.reserved_bytes.wrapping_add(bytes);
                return;
            }
        };
        let sum = &mut self.bytes[heap.index()][category.index()];
        *sum = sum.wrapping_add(bytes);
        self.alive[heap.index()] = self.alive[heap.index()].wrapping_add(count);
    }

    fn note(&mut self, said: Said) {
        match said.kind.op() {
            Op::ArenaReset => {
                self.bytes[Heap::Arena.index()] = [0; MemoryCategory::MAX];
                self.alive[Heap::Arena.index()] = 0;
            }
            Op::RunStart => {
                let (payload_bytes, capacity_bytes) = (said.offset, said.size);
                *self = Self { run_start: said.index, payload_bytes, capacity_bytes, ..Self::default() };
            }
            Op::PressureChange => self.pressure = said.kind.detail(),
            Op::Capacity => self.capacity_bytes = said.size,
            Op::Lost => self.gaps.lost += said.size,
            _ => {}
        }
    }

    const fn count_in(&mut self, kind: Kind, size: u64) {
        if kind.is_inferred() {
            self.gaps.inferred += 1;
            return;
        }
        if kind.is_corrected() {
            self.gaps.corrected += 1;
        }
        let count = match kind.op() {
            Op::Lost => size,
            _ => 1,
        };
        self.by_op[kind.op().index()] += count;
    }
}
