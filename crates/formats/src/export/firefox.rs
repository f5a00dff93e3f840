//! Firefox Profiler's processed profile: a counter for each sum, and native allocations with
//! their call stacks. The format is a set of columns, which are kept until they are written:
//! of long runs only as much as the viewer can show.

use super::error::{ExportError, each};
use super::live::{Change, Live};
use super::thinned::{Sample, Thinned};
use super::totals::{Totals, Track};
use arenascope_trace::{Manifest, Run, Site, Stacks};
use fxprof_processed_profile::{
    CategoryHandle, Frame, FrameFlags, FrameInfo, ProcessHandle, Profile, ReferenceTimestamp, SamplingInterval,
    StackHandle, ThreadHandle, Timestamp,
};
use std::collections::HashMap;
use std::io::Write;

/// Most changes of which every one is written; of more, counters are thinned and there are
/// no native allocations.
pub(super) const CHANGES_MAX: u64 = 1 << 20;
/// Stretches of time that a thinned counter has.
const STRETCHES: u64 = 1 << 12;
const PID: u32 = 1;

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let manifest = run.manifest();
    let (changes, end_us) = size_of(run)?;
    let is_long = changes > CHANGES_MAX;
    let mut writer = Writer::of(manifest, if is_long { end_us / STRETCHES + 1 } else { 0 });
    let (mut live, mut totals) = (Live::default(), Totals::of(manifest));
    each(run, |event| {
        for change in live.apply(event) {
            totals.apply(&change);
            writer.count(event.time_us, &change, &totals);
            if !is_long {
                writer.allocate(run.stacks(), event.time_us, event.site, &change);
            }
        }
        Ok(())
    })?;
    let profile = writer.finish(manifest, end_us);
    serde_json::to_writer(out, &profile).map_err(|error| ExportError::Write(error.into()))
}

/// Number of changes, and when the last event was.
fn size_of(run: &dyn Run) -> Result<(u64, u64), ExportError> {
    let (mut live, mut changes, mut end_us) = (Live::default(), 0, 0);
    each(run, |event| {
        changes += live.apply(event).count() as u64;
        end_us = event.time_us;
        Ok(())
    })?;
    Ok((changes, end_us))
}

struct Writer {
    profile: Profile,
    process: ProcessHandle,
    thread: ThreadHandle,
    counters: Vec<(Track, Thinned)>,
    stacks: HashMap<Site, StackHandle>,
}

impl Writer {
    fn of(manifest: &Manifest, stretch_us: u64) -> Self {
        let name = manifest.source.subject.as_deref().unwrap_or(&manifest.source.label);
        let begun = ReferenceTimestamp::from_millis_since_unix_epoch(manifest.source.begun_ms.unwrap_or(0) as f64);
        let mut profile = Profile::new(name, begun, SamplingInterval::from_millis(1));
        let process = profile.add_process(name, PID, at(0));
        let thread = profile.add_thread(process, PID, at(0), true);
        // The profiler hides threads without samples.
        profile.add_initial_visible_thread(thread);
        let counters = Track::all(manifest).into_iter().map(|track| (track, Thinned::new(stretch_us))).collect();
        Self { profile, process, thread, counters, stacks: HashMap::new() }
    }

    fn count(&mut self, time_us: u64, change: &Change, totals: &Totals) {
        for (track, samples) in &mut self.counters {
            if track.is_of(change) {
                samples.push(Sample { time_us, bytes: totals.get(*track) });
            }
        }
    }

    /// An allocation is known by its number among all, which stays exact in the viewer; one
    /// that is resized is given back and taken again.
    fn allocate(&mut self, stacks: &Stacks, time_us: u64, site: Site, change: &Change) {
        match *change {
            Change::Began(block) => self.sample(stacks, time_us, block.site, block.ordinal, signed(block.bytes)),
            Change::Ended(block) => self.sample(stacks, time_us, site, block.ordinal, -signed(block.bytes)),
            Change::Resized { block, from_bytes } => {
                self.sample(stacks, time_us, site, block.ordinal, -signed(from_bytes));
                self.sample(stacks, time_us, block.site, block.ordinal, signed(block.bytes));
            }
            Change::Reserved { .. } | Change::Released { .. } => {}
        }
    }

    fn sample(&mut self, stacks: &Stacks, time_us: u64, site: Site, ordinal: u64, bytes: i64) {
        let stack = self.stack(stacks, site);
        self.profile.add_allocation_sample(self.thread, at(time_us), stack, ordinal + 1, bytes);
    }

    /// The stack of a site; those of its callers are made first.
    fn stack(&mut self, stacks: &Stacks, site: Site) -> Option<StackHandle> {
        let mut missing = Vec::new();
        let mut at = site;
        while let Some((parent, frame)) = stacks.node(at).filter(|_| !self.stacks.contains_key(&at)) {
            missing.push((at, parent, frame));
            at = parent;
        }
        for (site, parent, frame) in missing.into_iter().rev() {
            let frame = stacks.frame(frame).map(shown).unwrap_or_default();
            let label = Frame::Label(self.profile.intern_string(&frame));
            let category_pair = CategoryHandle::OTHER.into();
            let info = FrameInfo { frame: label, category_pair, flags: FrameFlags::empty() };
            let frame = self.profile.intern_frame(self.thread, info);
            let parent = self.stacks.get(&parent).copied();
            let stack = self.profile.intern_stack(self.thread, parent, frame);
            self.stacks.insert(site, stack);
        }
        self.stacks.get(&site).copied()
    }

    /// Counters are written as differences: the first sample carries the value itself.
    fn finish(mut self, manifest: &Manifest, end_us: u64) -> Profile {
        for (track, samples) in std::mem::take(&mut self.counters) {
            let label = track.label(manifest);
            let counter = self.profile.add_counter(self.process, &label, "Memory", &label);
            self.profile.add_counter_sample(counter, at(0), 0.0, 0);
            let mut before = 0;
            for sample in samples.into_samples() {
                let delta = (i128::from(sample.bytes) - i128::from(before)) as f64;
                self.profile.add_counter_sample(counter, at(sample.time_us), delta, 1);
                before = sample.bytes;
            }
        }
        self.profile.set_process_end_time(self.process, at(end_us));
        self.profile.set_thread_end_time(self.thread, at(end_us));
        self.profile
    }
}

fn at(time_us: u64) -> Timestamp {
    Timestamp::from_nanos_since_reference(time_us.saturating_mul(1000))
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn shown(frame: &arenascope_trace::Frame) -> String {
    match (&*frame.file, frame.line) {
        ("", _) => frame.function.to_string(),
        (file, 0) => format!("{} ({file})", frame.function),
        (file, line) => format!("{} ({file}:{line})", frame.function),
    }
}
