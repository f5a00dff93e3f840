//! What is replayed: made-up pairs on an aged heap, scenarios of the engine,
//! recordings of other programs, and heaps that are filled until they refuse.

use arenascope::formats::alloc_trace::TraceReader;
use arenascope::replay::{Recorder, Recording};
use arenascope::units::Bytes;
use arenascope::workload::Workload;
use arenascope::workload::rng::Rng;
use arenascope::workload::scenario::ScenarioKind;
use arenascope::workload::step::Step;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

const SEED: u64 = 42;

/// A recording by name.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) recording: Recording,
    /// Where the timed part begins: before it, the heap is filled and aged.
    pub(crate) timed_from: usize,
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
/// it frees a slot and takes it again.
pub(crate) fn pairs(live: u32, ageing: u32, pairs: u32) -> Case {
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
pub(crate) fn scenario(kind: ScenarioKind, frames: u32) -> Case {
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
pub(crate) fn filling(name: &str, total: Bytes, size: impl Fn(&mut Rng) -> u32) -> Case {
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

/// Recordings of other programs, where there are any: `*.trace` in
/// `$ARENASCOPE_SAMPLES`, or beside the checkout.
pub(crate) fn samples() -> Vec<Case> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let folder = std::env::var_os("ARENASCOPE_SAMPLES").map_or(beside, PathBuf::from);
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "trace"))
        .filter_map(|path| load(path))
        .collect()
}

fn load(path: &Path) -> Option<Case> {
    let decoded = Recording::decode(TraceReader::new(BufReader::new(File::open(path).ok()?)));
    let name = path.file_name()?.to_string_lossy().into_owned();
    match decoded {
        Ok(recording) => Some(Case { name, recording, timed_from: 0 }),
        Err(error) => {
            eprintln!("{name}: {error}: left out");
            None
        }
    }
}
