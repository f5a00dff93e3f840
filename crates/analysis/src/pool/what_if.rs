//! What a pool would have saved a page that has none: its creations and destructions of
//! buffers, answered by the pool of this crate under each of its modes.
//!
//! The pool is the one that the engine uses, driven by the recorded events. Two things the
//! recording does not hold, and the figures say so: which usage flags a buffer has (those of
//! one category count as the same), and when a page trims (here: sixty times a second).

use crate::run::names::Names;
use arenascope_pool::{
    Acquired, BufferHandle, BufferSpec, BufferUsage, Contents, DeviceLimits, NextUse, Pool, PoolConfig, PoolMode,
    ResourceSpec, Serial,
};
use arenascope_recording::Reader;
use arenascope_telemetry::event::{Event, Role};
use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::{Bytes, Micros};
use std::collections::HashMap;

/// Between two trims of the pool, as if each frame had one.
const FRAME_US: u64 = 16_667;
/// Trims after a pause: by then all that is old has gone, at 300 frames.
const TRIMS_MAX: u64 = 600;
/// Events between two looks whether there is time for more.
const EVENTS_PER_LOOK: u64 = 256;
/// Usages that stand for categories: each is of its own class in the pool.
const USAGES: [BufferUsage; 8] = [
    BufferUsage::VERTEX,
    BufferUsage::UNIFORM,
    BufferUsage::STORAGE,
    BufferUsage::COPY_DST,
    BufferUsage::INDEX,
    BufferUsage::INDIRECT,
    BufferUsage::COPY_SRC,
    BufferUsage::QUERY_RESOLVE,
];

/// What a mode would have made of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The mode of the pool.
    pub mode: PoolMode,
    /// Buffers that would have been created.
    pub creations: u64,
    /// Creations that would have been reuses.
    pub reuses: u64,
    /// The most that the pool would have held at once, bytes: in use and idle.
    pub peak_bytes: Bytes,
    /// What would lie idle at the end, bytes.
    pub idle_bytes: Bytes,
}

/// What the run did without a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bare {
    /// Buffers that it created.
    pub creations: u64,
    /// The most that lived at once, bytes.
    pub peak_bytes: Bytes,
    live_bytes: u64,
}

/// A pool of one mode, and what of the run is out.
struct Answering {
    pool: Pool,
    out: HashMap<u64, BufferHandle>,
}

/// Whether a category is of buffers, by its name.
fn is_of_buffers(names: &Names, category: MemoryCategory) -> bool {
    names.category(category).to_lowercase().contains("buffer")
}

/// Whether a run that another tool recorded has categories of buffers: those are what a pool
/// could serve.
pub fn has_buffers(names: &Names) -> bool {
    !names.is_engine() && names.categories().any(|category| is_of_buffers(names, category))
}

/// The run so far, under every mode.
pub struct PoolWhatIf {
    /// By category: the usage that stands for it; `None` of what is no buffer.
    usages: [Option<BufferUsage>; MemoryCategory::MAX],
    modes: Vec<(PoolMode, Answering)>,
    bare: Bare,
    run_start: u64,
    at: u64,
    trimmed_us: u64,
}

impl PoolWhatIf {
    /// Of the newest run that a reader sees, of which nothing is looked at yet. Buffers are
    /// what lies in categories that are called so.
    pub fn of(reader: &Reader<'_>, names: &Names) -> Self {
        let mut free = USAGES.into_iter().cycle();
        let mut usages = [None; MemoryCategory::MAX];
        for category in names.categories().filter(|category| is_of_buffers(names, *category)) {
            usages[category.index()] = free.next();
        }
        let answering = |mode| (mode, Answering::new(mode));
        let run_start = reader.run().start;
        Self {
            usages,
            modes: PoolMode::ALL.into_iter().map(answering).collect(),
            bare: Bare::default(),
            run_start,
            at: run_start,
            trimmed_us: 0,
        }
    }

    /// Whether it is of the run that a reader sees, with these names.
    pub fn is_of(&self, reader: &Reader<'_>, names: &Names) -> bool {
        let buffers = names.categories().filter(|category| is_of_buffers(names, *category));
        self.run_start == reader.run().start && buffers.count() == self.usages.iter().flatten().count()
    }

    /// Looks at events up to the end, or until there is no time left; true at the end.
    /// O(events × modes).
    pub fn advance(&mut self, reader: &Reader<'_>, mut is_late: impl FnMut() -> bool) -> bool {
        let end = reader.run().end;
        while self.at < end {
            if let Some(event) = reader.event(self.at) {
                self.take(&event);
            }
            self.at += 1;
            if self.at.is_multiple_of(EVENTS_PER_LOOK) && is_late() {
                return self.at >= end;
            }
        }
        true
    }

    fn take(&mut self, event: &Event) {
        self.trim_until(event.time_us);
        let Some(usage) = self.usages[event.owner.category.index()] else { return };
        match event.op.role() {
            Role::Begins(Heap::Device) => {
                self.bare.begin(event.size_bytes);
                self.modes.iter_mut().for_each(|(_, answering)| answering.acquire(event, usage));
            }
            Role::Ends(Heap::Device) => {
                self.bare.end(event.size_bytes);
                self.modes.iter_mut().for_each(|(_, answering)| answering.release(event));
            }
            _ => {}
        }
    }

    fn trim_until(&mut self, time_us: u64) {
        let frames = time_us.saturating_sub(self.trimmed_us) / FRAME_US;
        for _ in 0..frames.min(TRIMS_MAX) {
            self.modes.iter_mut().for_each(|(_, answering)| drop(answering.pool.trim(Micros::new(time_us))));
        }
        self.trimmed_us += frames * FRAME_US;
    }

    /// What the run did.
    pub const fn bare(&self) -> Bare {
        self.bare
    }

    /// What each mode would have made of it, in their order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.modes.iter().map(|(mode, answering)| answering.outcome(*mode)).collect()
    }
}

impl Bare {
    fn begin(&mut self, bytes: u64) {
        self.creations += 1;
        self.live_bytes = self.live_bytes.saturating_add(bytes);
        self.peak_bytes = self.peak_bytes.max(Bytes::new(self.live_bytes));
    }

    const fn end(&mut self, bytes: u64) {
        self.live_bytes = self.live_bytes.saturating_sub(bytes);
    }
}

impl Answering {
    fn new(mode: PoolMode) -> Self {
        let limits = DeviceLimits { max_buffer_size: Bytes::new(u64::MAX >> 1), ..DeviceLimits::default() };
        let config = PoolConfig { mode, limits, max_resources: u32::MAX >> 1, ..PoolConfig::default() };
        Self { pool: Pool::new(config), out: HashMap::new() }
    }

    fn acquire(&mut self, event: &Event, usage: BufferUsage) {
        let spec = ResourceSpec::Buffer(BufferSpec::new(Bytes::new(event.size_bytes), usage));
        let now = Micros::new(event.time_us);
        // What no device would create, the run did not get either.
        let Ok(acquired) = self.pool.acquire_for(NextUse::QueueWrite, &spec, Contents::Undefined, event.owner, now)
        else {
            return;
        };
        if let Acquired::Fresh { handle, .. } = acquired {
            // Confirmed once, at once.
            let _ = self.pool.confirm(handle.resource());
        }
        self.out.insert(event.id, acquired.handle());
    }

    fn release(&mut self, event: &Event) {
        if let Some(handle) = self.out.remove(&event.id) {
            // What the run destroyed, the GPU is done with by the run's own word.
            let _ = self.pool.release(handle, Serial(0), Micros::new(event.time_us));
        }
    }

    fn outcome(&self, mode: PoolMode) -> Outcome {
        let statistics = self.pool.statistics();
        Outcome {
            mode,
            creations: statistics.created.count,
            reuses: statistics.hits,
            peak_bytes: statistics.peaks.allocated,
            idle_bytes: statistics.idle.bytes,
        }
    }
}

/// The advice in a sentence: the mode with the most reuses, of several the one with the lowest
/// peak; `None` where none would have reused anything.
pub fn advice(bare: Bare, outcomes: &[Outcome]) -> Option<String> {
    let best = outcomes
        .iter()
        .filter(|outcome| outcome.reuses > 0)
        .max_by_key(|outcome| (outcome.reuses, core::cmp::Reverse(outcome.peak_bytes)))?;
    let share = 100.0 * best.reuses as f64 / bare.creations.max(1) as f64;
    let peak = match best.peak_bytes.cmp(&bare.peak_bytes) {
        core::cmp::Ordering::Less => format!("{} lower", bare.peak_bytes.saturating_sub(best.peak_bytes)),
        core::cmp::Ordering::Equal => "the same".into(),
        core::cmp::Ordering::Greater => format!("{} higher", best.peak_bytes.saturating_sub(bare.peak_bytes)),
    };
    Some(format!(
        "{share:.0} % of these {} creations of buffers could have been reuses, by {}; the peak would have been {peak}.",
        bare.creations,
        best.mode.label().to_lowercase(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::Op;
    use arenascope_trace::Manifest;

    fn names() -> Names {
        let mut manifest = Manifest::of("test", "Test");
        for label in ["Vertex and index buffers", "Textures", "Storage buffers"] {
            manifest.category(label);
        }
        Names::of(&manifest, [].into())
    }

    fn event(time_us: u64, op: Op, id: u64, category: usize, size_bytes: u64) -> Event {
        let owner = MemoryCategory::every()[category].into();
        Event { id, owner, size_bytes, ..Event::note(time_us, op) }
    }

    /// A log of so many rounds: a buffer, a texture and a storage buffer of the same size live
    /// for a while.
    fn log(rounds: u64) -> EventLog {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event::note(0, Op::RunStart));
        for round in 0..rounds {
            let time_us = 1_000 * (round + 1);
            for category in 0..3 {
                recorder.take(event(time_us, Op::Allocate, 3 * round + category, category as usize, 4_096));
            }
            if let Some(old) = round.checked_sub(2) {
                for category in 0..3 {
                    recorder.take(event(time_us + 500, Op::Free, 3 * old + category, category as usize, 4_096));
                }
            }
        }
        recorder.publish();
        log
    }

    #[test]
    fn a_pool_reuses_what_the_page_created_again_and_again() {
        let log = log(1_000);
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut what_if = PoolWhatIf::of(&reader, &names());
        assert!(has_buffers(&names()) && !has_buffers(&Names::engine()) && what_if.is_of(&reader, &names()));
        let mut looks = 0;
        while !what_if.advance(&reader, || {
            looks += 1;
            true
        }) {}
        assert!(looks > 10);
        assert_eq!((what_if.bare().creations, what_if.bare().peak_bytes), (2_000, Bytes::new(6 * 4_096)));
        for outcome in what_if.outcomes() {
            // Three of each kind are out at once, and never more. The buckets of ONNX Runtime
            // forget what lies idle when they are emptied, each now and then.
            match outcome.mode {
                PoolMode::OrtBuckets => {
                    assert_eq!(outcome.creations + outcome.reuses, 2_000);
                    assert!(outcome.reuses > 1_900, "{outcome:?}");
                }
                _ => assert_eq!((outcome.creations, outcome.reuses), (6, 1_994), "{outcome:?}"),
            }
            assert_eq!(outcome.peak_bytes, Bytes::new(6 * 4_096), "{outcome:?}");
        }
        let advice = advice(what_if.bare(), &what_if.outcomes()).unwrap();
        assert!(advice.starts_with("100 % of these 2000 creations") && advice.ends_with("the same."), "{advice}");
    }

    #[test]
    fn kinds_are_not_reused_for_one_another_and_textures_are_no_buffers() {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event::note(0, Op::RunStart));
        for (time_us, category) in [(1, 0), (2, 1), (3, 2)] {
            recorder.take(event(time_us, Op::Allocate, time_us, category, 4_096));
            recorder.take(event(time_us, Op::Free, time_us, category, 4_096));
        }
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut what_if = PoolWhatIf::of(&reader, &names());
        assert!(what_if.advance(&reader, || false));
        assert!(what_if.outcomes().iter().all(|outcome| (outcome.creations, outcome.reuses) == (2, 0)));
        assert_eq!(advice(what_if.bare(), &what_if.outcomes()), None);
    }

    #[test]
    fn after_a_pause_nothing_old_is_kept() {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event::note(0, Op::RunStart));
        recorder.take(event(1, Op::Allocate, 1, 0, 1 << 20));
        recorder.take(event(2, Op::Free, 1, 0, 1 << 20));
        recorder.take(event(3_600_000_000, Op::Allocate, 2, 2, 16));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut what_if = PoolWhatIf::of(&reader, &names());
        assert!(what_if.advance(&reader, || false));
        let idle = |mode| what_if.outcomes().into_iter().find(|outcome| outcome.mode == mode).unwrap().idle_bytes;
        assert_eq!((idle(PoolMode::CLASSES), idle(PoolMode::Tfjs)), (Bytes::ZERO, Bytes::mib(1)));
    }
}
