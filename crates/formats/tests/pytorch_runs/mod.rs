//! Files from the script, and what is told of them.

use arenascope_formats::import::{self, ImportError};
use arenascope_trace::{Action, Collected};
use std::collections::{BTreeMap, HashMap};
use std::process::Command;

/// A file and its totals; `None` where there is no Python.
pub(crate) fn generated(arguments: &str) -> Option<(Vec<u8>, serde_json::Value)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pytorch_pickle.py");
    let name: String = arguments.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let path = std::env::temp_dir().join(format!("arenascope-pytorch-{}-{name}.pickle", std::process::id()));
    let output = Command::new("python3").arg(script).arg(&path).args(arguments.split_whitespace()).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    Some((bytes, serde_json::from_slice(&output.stdout).unwrap()))
}

pub(crate) fn read(bytes: &[u8]) -> Result<Collected, ImportError> {
    let mut run = Collected::default();
    import::read(bytes, &mut run).map(|_| run)
}

/// What happened in a space.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) peak: u64,
    pub(crate) live_bytes: u64,
    /// Sizes by address.
    pub(crate) live: BTreeMap<u64, u64>,
    held: BTreeMap<u64, u64>,
    /// Waiting for a stream at the end.
    pub(crate) pending: u64,
    pub(crate) allocations: u64,
    pub(crate) frees: u64,
    pub(crate) requests: u64,
    pub(crate) reserves: u64,
    pub(crate) releases: u64,
    pub(crate) failures: u64,
}

impl Replayed {
    pub(crate) fn held_bytes(&self) -> u64 {
        self.held.iter().map(|(start, end)| end - start).sum()
    }

    fn release(&mut self, from: u64, until: u64) {
        let over: Vec<_> = self.held.range(..until).filter(|(_, end)| **end > from).map(|(&a, &b)| (a, b)).collect();
        assert_eq!(over.iter().map(|(a, b)| b.min(&until) - a.max(&from)).sum::<u64>(), until - from);
        for (start, end) in over {
            self.held.remove(&start);
            if start < from {
                self.held.insert(start, from);
            }
            if until < end {
                self.held.insert(until, end);
            }
        }
    }
}

/// Replays a run that does not contradict itself, by space.
pub(crate) fn replayed(run: &Collected) -> Vec<Replayed> {
    let mut spaces: Vec<Replayed> = run.manifest.spaces.iter().map(|_| Replayed::default()).collect();
    let mut lives: HashMap<u64, (usize, u64, u64, bool)> = HashMap::new();
    for event in &run.events {
        let place = |space: arenascope_trace::SpaceId, address, bytes: u64| {
            let end = run.extents.offset_of(space, address + bytes - 1);
            assert_eq!(run.extents.offset_of(space, address).map(|offset| offset + bytes - 1), end);
            assert!(end.is_some());
        };
        match event.action {
            Action::Allocate { id, space, address, bytes, .. } => {
                place(space, address, bytes);
                let at = usize::from(space.0);
                assert!(lives.insert(id, (at, address, bytes, false)).is_none(), "an id lives twice");
                spaces[at].allocations += 1;
                assert!(spaces[at].live.insert(address, bytes).is_none(), "{address:#x} lives twice");
                spaces[at].live_bytes += bytes;
                spaces[at].peak = spaces[at].peak.max(spaces[at].live_bytes);
            }
            Action::Free { id } => {
                let (at, address, bytes, is_pending) = lives.remove(&id).expect("it lives");
                spaces[at].frees += 1;
                spaces[at].pending -= u64::from(is_pending);
                spaces[at].live.remove(&address);
                spaces[at].live_bytes -= bytes;
            }
            Action::FreeRequested { id } => {
                let (at, _, _, is_pending) = lives.get_mut(&id).expect("it lives");
                assert!(!*is_pending);
                *is_pending = true;
                spaces[*at].requests += 1;
                spaces[*at].pending += 1;
            }
            Action::Reserve { space, address, bytes } => {
                place(space, address, bytes);
                let at = usize::from(space.0);
                spaces[at].reserves += 1;
                let before = spaces[at].held.range(..address + bytes).next_back();
                assert!(before.is_none_or(|(_, &end)| end <= address), "segments overlap");
                spaces[at].held.insert(address, address + bytes);
            }
            Action::Release { space, address, bytes } => {
                let at = usize::from(space.0);
                spaces[at].releases += 1;
                spaces[at].release(address, address + bytes);
            }
            Action::Fail { space, free_bytes, .. } => {
                assert!(free_bytes.is_some());
                spaces[usize::from(space.0)].failures += 1;
            }
            Action::Mark { marker } => assert!((marker as usize) < run.manifest.markers.len()),
            Action::Resize { .. } | Action::Lost { .. } => panic!("not of this format"),
        }
    }
    spaces
}
