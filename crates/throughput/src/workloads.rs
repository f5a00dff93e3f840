//! What is replayed: made-up pairs on an aged heap, scenarios of the engine, and
//! heaps that are filled until they refuse.

use arenascope_replay::{Recorder, Recording};
use arenascope_units::Bytes;
use arenascope_workload::Workload;
use arenascope_workload::rng::Rng;
use arenascope_workload::scenario::ScenarioKind;
use arenascope_workload::step::Step;
use std::collections::BTreeMap;

const SEED: u64 = 42;

/// A recording by name.
#[derive(Debug)]
pub struct Case {
    /// For tables and files.
    pub name: String,
    /// The allocations and frees, in order.
    pub recording: Recording,
    /// Where the timed part begins: before it, the heap is filled and aged.
    pub timed_from: usize,
}

/// Sizes of 16 B to 1 KiB, and one in 16 up to 16 KiB; each doubling as likely.
fn size(rng: &mut Rng) -> u64 {
    u64::from(if rng.once_in(16) { rng.doubling(10, 14) } else { rng.doubling(4, 10) })
}

/// A writer that knows what is live, by the numbers of its allocations.
#[derive(Default)]
struct Writer {
    recorder: Recorder,
    live: Vec<u64>,
    next: u64,
}

impl Writer {
    fn allocate(&mut self, size: u64) {
        self.recorder.allocate(size).expect("few are live");
        self.live.push(self.next);
        self.next += 1;
    }

    fn free(&mut self, position: usize) {
        self.recorder.free(self.live.swap_remove(position));
    }
}

/// `live` allocations; `ageing` of them at random freed and replaced, one after
/// the other; then `pairs` more, which are timed. The timed part can be repeated:
/// it frees a slot and takes it again. No `live` is taken as one.
pub fn pairs(live: u32, ageing: u32, pairs: u32) -> Case {
    let live = live.max(1);
    let (mut rng, mut writer) = (Rng::new(SEED), Writer::default());
    for _ in 0..live {
        writer.allocate(size(&mut rng));
    }
    for _ in 0..ageing + pairs {
        writer.free(rng.below(live) as usize);
        writer.allocate(size(&mut rng));
    }
    let recording = writer.recorder.finish();
    let timed_from = recording.len() - 2 * pairs as usize;
    Case { name: format!("{live} live"), recording, timed_from }
}

/// What a scenario asks of the arena itself, in `frames` frames. Alignments are
/// left out: everyone aligns to 16 bytes.
pub fn scenario(kind: ScenarioKind, frames: u32) -> Case {
    let (mut recorder, mut numbers, mut next) = (Recorder::default(), BTreeMap::new(), 0);
    let mut workload = Workload::new(kind, SEED, Bytes::mib(256));
    for step in (0..frames).flat_map(|_| workload.next_frame()) {
        match step {
            Step::Allocate { slot, size, .. } => {
                recorder.allocate(size.get()).expect("few are live");
                numbers.insert(slot, next);
                next += 1;
            }
            Step::Free { slot } => {
                if let Some(number) = numbers.remove(&slot) {
                    recorder.free(number);
                }
            }
            _ => {}
        }
    }
    Case { name: kind.key().to_string(), recording: recorder.finish(), timed_from: 0 }
}

/// Two allocations for each free, until `total` bytes have been asked for and not
/// given back: more than any heap of that size holds.
pub fn filling(name: &str, total: Bytes, size: impl Fn(&mut Rng) -> u32) -> Case {
    let (mut rng, mut writer) = (Rng::new(SEED), Writer::default());
    let (mut sizes, mut live) = (Vec::new(), 0);
    while live < total.get() {
        let next = u64::from(size(&mut rng));
        sizes.push(next);
        writer.allocate(next);
        live += next;
        if rng.once_in(2) {
            let position = rng.below(writer.live.len() as u32) as usize;
            live -= sizes.swap_remove(position);
            writer.free(position);
        }
    }
    Case { name: name.to_string(), recording: writer.recorder.finish(), timed_from: 0 }
}
