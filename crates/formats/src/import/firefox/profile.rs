//! What is kept of a profile.

use super::tables::{Column, Tables};
use arenascope_trace::{Manifest, NoteKind};

/// Everything that is kept of a file.
#[derive(Debug, Default)]
pub(super) struct Profile {
    pub(super) meta: Meta,
    /// Tables of all threads, in newer versions.
    pub(super) shared: Tables,
    /// Threads with native allocations.
    pub(super) threads: Vec<Thread>,
    pub(super) counters: Vec<Counter>,
    /// Allocations of JavaScript objects, which are left out.
    pub(super) js_allocations: u64,
}

/// What `meta` says.
#[derive(Debug, Default)]
pub(super) struct Meta {
    pub(super) version: Option<u64>,
    pub(super) product: Option<String>,
    pub(super) platform: Option<String>,
    /// ms since 1970; what all times are relative to.
    pub(super) start_ms: Option<f64>,
}

/// A thread.
#[derive(Debug, Default)]
pub(super) struct Thread {
    pub(super) name: String,
    pub(super) process: String,
    pub(super) process_name: String,
    pub(super) native: Native,
    pub(super) tables: Tables,
}

/// Columns of `nativeAllocations`.
#[derive(Debug, Default)]
pub(super) struct Native {
    /// ms.
    pub(super) time: Vec<f64>,
    /// Bytes; below 0 of what was freed.
    pub(super) weight: Vec<i64>,
    pub(super) stack: Column,
    pub(super) address: Vec<u64>,
    pub(super) thread: Vec<u64>,
}

impl Native {
    /// Rows of which time and weight are there.
    pub(super) fn len(&self) -> usize {
        self.time.len().min(self.weight.len())
    }
}

/// A counter of memory: how much it changed at each time.
#[derive(Debug, Default)]
pub(super) struct Counter {
    pub(super) name: String,
    pub(super) category: String,
    pub(super) process: String,
    pub(super) time: Vec<f64>,
    pub(super) change: Vec<f64>,
}

impl Profile {
    pub(super) fn has_native(&self) -> bool {
        self.threads.iter().any(|thread| thread.native.len() > 0)
    }

    pub(super) fn has_counters(&self) -> bool {
        self.counters.iter().any(Counter::is_of_memory)
    }

    /// Who wrote it, and what of it is left out.
    pub(super) fn introduce(&self, manifest: &mut Manifest) {
        manifest.source.version = self.meta.version.map(|version| version.to_string());
        manifest.source.tool = Some("Firefox Profiler".into());
        manifest.source.subject.clone_from(&self.meta.product);
        manifest.source.host.clone_from(&self.meta.platform);
        if self.js_allocations > 0 {
            let text = format!("{} jsAllocations are left out: nobody says when they are freed", self.js_allocations);
            manifest.note(NoteKind::Remark, text);
        }
        let counters = self.counters.iter().filter(|counter| counter.is_of_memory()).count();
        if counters > 0 && self.has_native() {
            let text = format!("{counters} counters of memory are left out: they count what native allocations are of");
            manifest.note(NoteKind::Remark, text);
        }
    }

    /// When the run began, ms since 1970, if its first event was at `first_ms`.
    pub(super) fn begun_ms(&self, first_ms: f64) -> Option<u64> {
        // A cast takes what is too large or no number for the nearest that can be.
        self.meta.start_ms.map(|start| (start + first_ms) as u64).filter(|&begun| begun > 0)
    }
}

impl Counter {
    pub(super) fn is_of_memory(&self) -> bool {
        self.category == "Memory" && !self.time.is_empty() && !self.change.is_empty()
    }
}

/// µs from one time in ms to another; never negative, and never beyond some three hundred
/// years.
pub(super) fn micros(first_ms: f64, ms: f64) -> u64 {
    ((ms - first_ms) * 1000.0).clamp(0.0, 1e16) as u64
}
