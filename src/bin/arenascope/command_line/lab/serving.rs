//! Serves rows side by side: each by one thread, as many at once as there are cores.

use crate::command_line::interruption::Interruption;
use crate::command_line::progress::Progress;
use arenascope::lab::{HeapLoad, Job, Row, RowSpec, Settings};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{io, thread};

/// Operations between two looks whether anybody still wants the row.
const STEP_OPERATIONS: u64 = 1 << 16;
/// Parts of a row, as progress counts.
const PARTS: u64 = 1_000;

/// Rows in the order asked for. After an interruption, those that were begun: the last ones
/// as far as they were.
pub(super) fn serve(heap: &Arc<HeapLoad>, specs: &[RowSpec], settings: Settings) -> Vec<Row> {
    let progress = Progress::new("serving", Some(specs.len() as u64 * PARTS));
    let all = All {
        heap,
        specs,
        settings,
        next: AtomicUsize::new(0),
        parts_done: AtomicU64::new(0),
        is_over: over_when_interrupted(),
        begun: Instant::now(),
        rows: Mutex::new(specs.iter().map(|_| None).collect()),
    };
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..cores.min(specs.len()) {
            scope.spawn(|| all.serve_next_ones(&progress));
        }
    });
    all.rows.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

struct All<'l> {
    heap: &'l Arc<HeapLoad>,
    specs: &'l [RowSpec],
    settings: Settings,
    next: AtomicUsize,
    parts_done: AtomicU64,
    is_over: Arc<AtomicBool>,
    begun: Instant,
    rows: Mutex<Vec<Option<Row>>>,
}

impl All<'_> {
    fn serve_next_ones(&self, progress: &Progress) {
        while !self.is_over.load(Ordering::Relaxed) {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&spec) = self.specs.get(at) else { return };
            let row = self.serve(spec, progress);
            self.rows.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(row);
        }
    }

    fn serve(&self, spec: RowSpec, progress: &Progress) -> Row {
        let mut job = Job::new(Arc::clone(self.heap), spec, self.settings);
        let mut parts_before = 0;
        loop {
            let now = job.step(STEP_OPERATIONS, &mut || self.begun.elapsed());
            // It may go back where there is more to do than was thought.
            let parts = ((now.part * PARTS as f64) as u64).max(parts_before);
            let done = self.parts_done.fetch_add(parts - parts_before, Ordering::Relaxed) + parts - parts_before;
            progress.show(done);
            parts_before = parts;
            if now.is_finished || self.is_over.load(Ordering::Relaxed) {
                return job.finish();
            }
        }
    }
}

/// True from when somebody wants the program to end.
fn over_when_interrupted() -> Arc<AtomicBool> {
    let is_over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_over);
    // Ends with the process. Without it, Ctrl-C ends the process as it does anywhere.
    thread::spawn(move || {
        let wait = async {
            Interruption::new()?.next().await;
            io::Result::Ok(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if runtime.and_then(|runtime| runtime.block_on(wait)).is_ok() {
            told.store(true, Ordering::Relaxed);
        }
    });
    is_over
}
