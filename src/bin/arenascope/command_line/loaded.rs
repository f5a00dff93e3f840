//! A recording in memory, as the gate and the state of a moment read it.

use super::failure::Failure;
use super::load::{Opened, log, retold};
use super::name::Name;
use arenascope::gate::{Evidence, PoolRequests};
use arenascope::recording::{EventLog, Reader};
use arenascope::telemetry::event::Op;
use arenascope::trace::Run;
use std::path::{Path, PathBuf};

/// A recording of any known tool.
pub(crate) struct Loaded {
    path: PathBuf,
    log: EventLog,
    /// What is wrong with the end of its file.
    pub(crate) damage: Option<String>,
}

impl Loaded {
    /// Reads a file. O(events); about 20 bytes of memory for each.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let log = log();
        let damage = Opened::new(path)?.load(&log)?;
        Ok(Self { path: path.into(), log, damage })
    }

    pub(crate) fn name(&self) -> Name {
        Name::of(&self.path)
    }

    /// The path as it was named.
    pub(crate) fn path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// A reader of all of it.
    pub(crate) fn reader(&self) -> Reader<'_> {
        let mut reader = Reader::new(&self.log);
        reader.refresh();
        reader
    }

    /// Does something with the run.
    pub(crate) fn with<T>(&self, look: impl FnOnce(Evidence<'_>) -> T) -> T {
        let reader = self.reader();
        let run = retold(&reader);
        look(evidence(&reader, &run))
    }
}

/// A run, with what its pools were asked where it tells that.
pub(crate) fn evidence<'r>(reader: &Reader<'_>, run: &'r dyn Run) -> Evidence<'r> {
    Evidence { run, pools: pool_requests(reader) }
}

fn pool_requests(reader: &Reader<'_>) -> Option<PoolRequests> {
    // Runs of other tools have no pools of ours.
    if reader.log().tables().is_some() {
        return None;
    }
    let standing = reader.standing(reader.run().end)?;
    let count = |op: Op| standing.by_op[op as usize];
    let hits = count(Op::PoolReuse) + count(Op::TensorReuse);
    Some(PoolRequests { asked: hits + count(Op::PoolCreate) + count(Op::TensorCreate), hits })
}
