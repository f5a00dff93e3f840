//! One level of the budget: its bounds and the words that keep them.
//!
//! A node knows neither its parent nor its children; a path of nodes is what
//! [`super::tree`] claims through.
//!
//! One word carries the truth: `claimed` is what is spoken for (charged or
//! reserved), and is what requests compete for. What is charged is kept once,
//! per heap, at the leaf ([`super::leaf`]), and summed for the levels above it:
//! three levels cost one addition to commit, not three.
//!
//! Sums stay exact because each word has one modification order, and a
//! reservation that changes threads does so through something that synchronises;
//! for that relaxed orderings would do. A release gives back the levels above
//! first, and releases with its own word; a claim acquires with it: so who finds
//! room in a category finds what made it in the total too.

use super::error::{Counter, Underflow};
use super::limits::Bounds;
use super::pressure::{begins_at, lasts_from, step_after, step_at};
use super::shortfall::Shortfall;
use super::sync::AtomicU64;
use super::sync::Ordering::{Acquire, Relaxed, Release, SeqCst};
use arenascope_units::Bytes;
use arenascope_units::pressure::Pressure;

/// Bit of the zone word that says: above `high`.
const ABOVE_HIGH: u64 = 1 << 8;

/// One level. Two cache lines, the first with all that a request needs.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Node {
    claimed: AtomicU64,
    max: AtomicU64,
    /// A claim that reaches this enters another zone.
    rise_at: AtomicU64,
    /// A release that comes below this enters another zone.
    fall_at: AtomicU64,
    min: AtomicU64,
    peak: AtomicU64,
    high: AtomicU64,
    /// The pressure's step, and [`ABOVE_HIGH`].
    zone: AtomicU64,
    priority: AtomicU64,
    failures: AtomicU64,
    high_events: AtomicU64,
    reclaimed: AtomicU64,
    /// What was claimed when `max` was last lowered below it; else 0.
    ceiling: AtomicU64,
    /// 1 where marks are watched.
    watched: AtomicU64,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Node>() == 128);

/// A node went from one step of pressure to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crossing {
    pub(super) from: Pressure,
    pub(super) to: Pressure,
    pub(super) claimed: Bytes,
    pub(super) limit: Bytes,
}

/// A node's own words; what is charged is the leaves' to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) claimed: Bytes,
    pub(super) peak: Bytes,
    pub(super) bounds: Bounds,
    pub(super) failures: u64,
    pub(super) high_events: u64,
    pub(super) reclaimed: Bytes,
    pub(super) ceiling: Bytes,
    pub(super) pressure: Pressure,
}

impl Node {
    /// An empty node within `bounds`; its marks count only where `watched`.
    pub(super) fn new(bounds: Bounds, watched: bool) -> Self {
        let zero = || AtomicU64::new(0);
        let node = Self {
            claimed: zero(),
            max: AtomicU64::new(bounds.max.get()),
            rise_at: AtomicU64::new(u64::MAX),
            fall_at: zero(),
            min: AtomicU64::new(bounds.min.get()),
            peak: zero(),
            high: AtomicU64::new(bounds.high.get()),
            zone: zero(),
            priority: AtomicU64::new(u64::from(bounds.priority)),
            failures: zero(),
            high_events: zero(),
            reclaimed: zero(),
            ceiling: zero(),
            watched: AtomicU64::new(u64::from(watched)),
        };
        node.store_marks(0);
        node
    }

    pub(super) fn claimed(&self) -> Bytes {
        Bytes::new(self.claimed.load(Relaxed))
    }

    /// The most it may hold.
    pub(super) fn limit(&self) -> Bytes {
        Bytes::new(self.max.load(Relaxed))
    }

    /// Whether marks count here.
    pub(super) fn is_watched(&self) -> bool {
        self.watched.load(Relaxed) != 0
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            min: Bytes::new(self.min.load(Relaxed)),
            high: Bytes::new(self.high.load(Relaxed)),
            max: self.limit(),
            priority: self.priority.load(Relaxed) as u8,
        }
    }

    /// Replaces the bounds; what lies above a lowered maximum stays.
    pub(super) fn set_bounds(&self, bounds: Bounds) -> Option<Crossing> {
        self.min.store(bounds.min.get(), Relaxed);
        self.high.store(bounds.high.get(), Relaxed);
        self.priority.store(u64::from(bounds.priority), Relaxed);
        self.max.store(bounds.max.get(), Relaxed);
        let claimed = self.claimed.load(Relaxed);
        self.ceiling.store(if claimed > bounds.max.get() { claimed } else { 0 }, Relaxed);
        self.store_marks(self.zone.load(SeqCst));
        self.settle_zone()
    }

    /// What is guaranteed and not used.
    pub(super) fn unmet(&self) -> u64 {
        self.min.load(Relaxed).saturating_sub(self.claimed.load(Relaxed))
    }

    /// Whether `size` more bytes would fit now beside `set_aside`.
    pub(super) fn has_room(&self, size: Bytes, set_aside: u64) -> bool {
        raised(self.claimed.load(Relaxed), size, self.limit().get().saturating_sub(set_aside)).is_some()
    }

    /// Speaks for `size` bytes and leaves `set_aside` of the limit alone, or
    /// says what is in the way. Returns what is claimed with them. Lock-free.
    #[inline]
    pub(super) fn claim(&self, size: Bytes, set_aside: u64) -> Result<u64, Shortfall> {
        let limit = self.max.load(Relaxed);
        let room = limit.saturating_sub(set_aside);
        match self.claimed.fetch_update(Acquire, Relaxed, |claimed| raised(claimed, size, room)) {
            Ok(before) => Ok(before + size.get()),
            Err(claimed) => Err(Shortfall {
                wanted: size,
                claimed: Bytes::new(claimed),
                limit: Bytes::new(limit),
                set_aside: Bytes::new(set_aside),
            }),
        }
    }

    /// Speaks for `size` bytes, whatever the limit; returns what is claimed with
    /// them, at most all that can be counted.
    pub(super) fn hold(&self, size: Bytes) -> u64 {
        let before = self.claimed.fetch_add(size.get(), Acquire);
        before.saturating_add(size.get())
    }

    /// Its step of pressure now.
    pub(super) fn pressure(&self) -> Pressure {
        pressure_of(self.zone.load(Relaxed))
    }

    /// Gives back what [`Self::claim`] took; returns what is left.
    #[inline]
    pub(super) fn unclaim(&self, size: Bytes) -> Result<u64, Underflow> {
        lower(&self.claimed, size, Counter::Claimed)
    }

    /// Remembers what is claimed now, at a commit, if it is the most so far.
    #[inline]
    pub(super) fn note_peak(&self) {
        let claimed = self.claimed.load(Relaxed);
        if claimed > self.peak.load(Relaxed) {
            self.peak.fetch_max(claimed, Relaxed);
        }
    }

    /// Counts one refused request.
    pub(super) fn note_failure(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    /// Counts bytes given back because another asked.
    pub(super) fn note_reclaimed(&self, bytes: Bytes) {
        self.reclaimed.fetch_add(bytes.get(), Relaxed);
    }

    /// Looks whether `claimed`, just written, is in another zone. Two loads
    /// where it is not, which is nearly always.
    #[inline]
    pub(super) fn note_zone(&self, claimed: u64) -> Option<Crossing> {
        if claimed < self.rise_at.load(Relaxed) && claimed >= self.fall_at.load(Relaxed) {
            return None;
        }
        self.settle_zone()
    }

    /// The figures of the node, each read by itself: the loads are several moments. Wait-free.
    pub(super) fn words(&self) -> Words {
        let load = |word: &AtomicU64| Bytes::new(word.load(Relaxed));
        Words {
            claimed: load(&self.claimed),
            peak: load(&self.peak),
            bounds: self.bounds(),
            failures: self.failures.load(Relaxed),
            high_events: self.high_events.load(Relaxed),
            reclaimed: load(&self.reclaimed),
            ceiling: load(&self.ceiling),
            pressure: pressure_of(self.zone.load(Relaxed)),
        }
    }

    /// Moves to the zone of what is claimed now, and looks again: another thread
    /// may have claimed meanwhile and found the exchange lost. Of threads that
    /// see the same crossing one wins and reports it.
    #[cold]
    fn settle_zone(&self) -> Option<Crossing> {
        if !self.is_watched() {
            return None;
        }
        let first = self.zone.load(SeqCst);
        let (mut zone, mut seen) = (first, (self.claimed(), self.limit()));
        loop {
            let (claimed, limit) = (self.claimed(), self.limit());
            let next = self.zone_after(zone, claimed, limit);
            if next == zone || self.zone.compare_exchange(zone, next, SeqCst, SeqCst).is_err() {
                break;
            }
            if next & !zone & ABOVE_HIGH != 0 {
                self.high_events.fetch_add(1, Relaxed);
            }
            self.store_marks(next);
            (zone, seen) = (next, (claimed, limit));
        }
        let (from, to, (claimed, limit)) = (pressure_of(first), pressure_of(zone), seen);
        (from != to).then_some(Crossing { from, to, claimed, limit })
    }

    fn zone_after(&self, zone: u64, claimed: Bytes, limit: Bytes) -> u64 {
        let above = if claimed.get() > self.high.load(Relaxed) { ABOVE_HIGH } else { 0 };
        step_after(pressure_of(zone), claimed, limit) as u64 | above
    }

    /// Stores the marks at which `zone` ends. Another thread may have moved on
    /// meanwhile and stored its own before us; so look again until the zone
    /// stood still: who moves it later stores later. (Sequentially consistent:
    /// our stores and our second look must not change places.)
    fn store_marks(&self, zone: u64) {
        if !self.is_watched() {
            return;
        }
        let mut zone = zone;
        loop {
            let (rise_at, fall_at) = self.marks(zone);
            self.rise_at.store(rise_at, SeqCst);
            self.fall_at.store(fall_at, SeqCst);
            let now = self.zone.load(SeqCst);
            if now == zone {
                return;
            }
            zone = now;
        }
    }

    /// The claim that enters a higher zone, and the one below which a lower one
    /// begins.
    fn marks(&self, zone: u64) -> (u64, u64) {
        let (limit, high) = (self.limit(), self.high.load(Relaxed));
        let (step, above) = (pressure_of(zone), zone & ABOVE_HIGH != 0);
        let next = match step {
            Pressure::Critical => u64::MAX,
            _ => begins_at(step_at(step as u64 + 1), limit),
        };
        let over = high.saturating_add(1);
        if above { (next, lasts_from(step, limit).max(over)) } else { (next.min(over), lasts_from(step, limit)) }
    }
}

fn pressure_of(zone: u64) -> Pressure {
    step_at(zone & (ABOVE_HIGH - 1))
}

/// `claimed` raised by `size`, if it stays within the limit. No request is
/// refused for zero bytes, not even after the limit was lowered.
#[inline]
fn raised(claimed: u64, size: Bytes, limit: u64) -> Option<u64> {
    let raised = claimed.checked_add(size.get())?;
    (raised <= limit || size.is_zero()).then_some(raised)
}

/// Lowers `word` and returns what is left, or leaves it and reports what was
/// wrong. One subtraction: the exchange that it takes to undo an underflow is
/// paid by underflows alone. Between the two a reader sees a word that wrapped;
/// it is a bug that brought us here, and the error says so.
#[inline]
pub(super) fn lower(word: &AtomicU64, size: Bytes, counter: Counter) -> Result<u64, Underflow> {
    let held = word.fetch_sub(size.get(), Release);
    match held.checked_sub(size.get()) {
        Some(left) => Ok(left),
        None => {
            word.fetch_add(size.get(), Relaxed);
            Err(Underflow { counter, held: Bytes::new(held), released: size })
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const fn bytes(count: u64) -> Bytes {
        Bytes::new(count)
    }

    fn node(max: u64) -> Node {
        Node::new(Bounds::wall(bytes(max)), true)
    }

    #[test]
    fn a_refusal_tells_the_figures_and_changes_nothing() {
        let node = node(100);
        assert_eq!(node.claim(bytes(60), 0), Ok(60));
        let before = node.words();
        let refusal = Shortfall { wanted: bytes(41), claimed: bytes(60), limit: bytes(100), set_aside: bytes(0) };
        assert_eq!(node.claim(bytes(41), 0), Err(refusal));
        assert_eq!(node.claim(bytes(31), 10), Err(Shortfall { wanted: bytes(31), set_aside: bytes(10), ..refusal }));
        assert_eq!(node.words(), before);
        assert_eq!(node.claim(bytes(30), 10), Ok(90));
    }

    #[test]
    fn an_underflow_is_reported_and_the_word_stays() {
        let node = node(100);
        node.claim(bytes(10), 0).unwrap();
        let before = node.words();
        let error = Underflow { counter: Counter::Claimed, held: bytes(10), released: bytes(11) };
        assert_eq!(node.unclaim(bytes(11)), Err(error));
        assert_eq!(node.words(), before);
    }

    #[test]
    fn zero_bytes_fit_even_above_a_lowered_limit() {
        let node = node(100);
        node.claim(bytes(80), 0).unwrap();
        node.set_bounds(Bounds::wall(bytes(50)));
        assert!(node.claim(bytes(1), 0).is_err());
        assert_eq!(node.claim(bytes(0), 0), Ok(80));
        assert_eq!(node.words().ceiling, bytes(80));
    }

    #[test]
    fn crossings_are_reported_once_each_way() {
        let node = Node::new(Bounds { min: bytes(0), high: bytes(75), max: bytes(100), priority: 0 }, true);
        let mut crossings = Vec::new();
        let mut go_to = |target: u64| {
            let held = node.claimed().get();
            let now = if target > held {
                node.claim(bytes(target - held), 0).unwrap()
            } else {
                node.unclaim(bytes(held - target)).unwrap()
            };
            crossings.extend(node.note_zone(now).map(|crossing| (target, crossing.from, crossing.to)));
        };
        use Pressure::{Critical, Elevated, High, Normal};
        [10, 70, 69, 71, 64, 76, 74, 76, 99, 90, 89, 0].into_iter().for_each(&mut go_to);
        let expected = [
            (70, Normal, Elevated),
            (64, Elevated, Normal),
            (76, Normal, Elevated),
            (99, Elevated, Critical),
            (89, Critical, High),
            (0, High, Normal),
        ];
        assert_eq!(crossings, expected);
        assert_eq!(node.words().high_events, 2, "above 75 twice");
    }

    #[test]
    fn an_unwatched_node_reports_nothing() {
        let node = Node::new(Bounds::wall(bytes(100)), false);
        let now = node.claim(bytes(100), 0).unwrap();
        assert_eq!((node.note_zone(now), node.words().pressure), (None, Pressure::Normal));
    }
}
