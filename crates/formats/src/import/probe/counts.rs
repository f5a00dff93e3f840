//! What is noted of a recording at its end.

use arenascope_trace::{Manifest, NoteKind};

/// How often something was met, and of how many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) times: u64,
    pub(super) bytes: u64,
}

impl Count {
    pub(super) const fn add(&mut self, bytes: u64) {
        self.times += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What is alive now, and the most that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Apart {
    pub(super) count: u64,
    pub(super) bytes: u64,
    pub(super) peak_bytes: u64,
}

impl Apart {
    pub(super) fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.change(0, bytes);
    }

    pub(super) fn change(&mut self, before: u64, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(before).saturating_add(bytes);
        self.peak_bytes = self.peak_bytes.max(self.bytes);
    }
}

/// Everything that is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Records that did not arrive.
    pub(super) lost: u64,
    /// Of the realms' records, those that they know to have had no room.
    pub(super) known_lost: u64,
    /// Operations inside wasm memories for which a ring had no room.
    pub(super) heap_lost: u64,
    /// Creations that failed, and were told to no total.
    pub(super) retracted: Count,
    /// Creations that failed, which was known only after they were told.
    pub(super) retracted_late: Count,
    /// Objects that were left to the garbage collector.
    pub(super) collected: Count,
    /// What is an estimate.
    pub(super) estimated: Count,
    /// Canvases and transient textures.
    pub(super) apart: Apart,
    pub(super) external: u64,
    /// Ends that were found out by a snapshot or a successor.
    pub(super) frees_lost: u64,
    /// Ends of what was not told.
    pub(super) unmatched: u64,
    pub(super) heap_unmatched: u64,
    /// Addresses that no wasm memory has.
    pub(super) misplaced: u64,
    /// Ids that were told twice.
    pub(super) twice: u64,
    /// Batches that say to come before what came.
    pub(super) backwards: u64,
    /// Batches that came late or again.
    pub(super) late: u64,
    /// Batches whose records are not those that they say.
    pub(super) damaged: u64,
    /// Batches of realms for which there is no room.
    pub(super) realms_over: u64,
    /// The probe's own cost.
    pub(super) cost_events: u64,
    pub(super) cost_recording_us: u64,
    pub(super) cost_sending_us: u64,
    pub(super) cost_window_us: u64,
}

impl Counts {
    /// Notes all that was met.
    pub(super) fn note(&self, manifest: &mut Manifest) {
        self.note_losses(manifest);
        self.note_contradictions(manifest);
        self.note_remarks(manifest);
    }

    fn note_losses(&self, manifest: &mut Manifest) {
        let Self { lost, known_lost, heap_lost, frees_lost, unmatched, heap_unmatched, .. } = *self;
        let on_the_way = lost.saturating_sub(known_lost);
        let lost_text = format!(
            "{lost} records were lost: {} had no room in the probe, {on_the_way} did not arrive",
            lost.min(known_lost)
        );
        let lines = [
            (lost, lost_text),
            (heap_lost, format!("{heap_lost} operations inside wasm memories were lost: their rings were full")),
            (
                frees_lost,
                format!("{frees_lost} ends were lost, and found out later: by what took the place, or a snapshot"),
            ),
            (unmatched, format!("{unmatched} ends are of what was not told: its creation was lost, or was earlier")),
            (heap_unmatched, format!("{heap_unmatched} frees inside wasm memories are of what was allocated before")),
            (self.realms_over, format!("{} batches are of more realms than can be shown", self.realms_over)),
        ];
        lines.into_iter().filter(|(count, _)| *count > 0).for_each(|(_, text)| manifest.note(NoteKind::Missing, text));
    }

    fn note_contradictions(&self, manifest: &mut Manifest) {
        let Self { misplaced, twice, backwards, late, damaged, .. } = *self;
        let lines = [
            (misplaced, format!("{misplaced} allocations are at addresses that no wasm memory has; they are left out")),
            (twice, format!("{twice} creations have the id of something that lives; they are left out")),
            (backwards, format!("{backwards} batches say that fewer records came before them than did")),
            (late, format!("{late} batches came again, or behind later ones; they are left out")),
            (damaged, format!("{damaged} batches hold other records than they say")),
        ];
        let met = lines.into_iter().filter(|(count, _)| *count > 0);
        met.for_each(|(_, text)| manifest.note(NoteKind::Contradiction, text));
    }

    fn note_remarks(&self, manifest: &mut Manifest) {
        let Self { retracted, retracted_late, collected, estimated, apart, external, .. } = *self;
        let lines = [
            (
                collected.times,
                format!(
                    "{} objects of {} B were left to the garbage collector: nobody destroyed them",
                    collected.times, collected.bytes
                ),
            ),
            (
                retracted.times,
                format!("{} creations of {} B failed: they are in no total", retracted.times, retracted.bytes),
            ),
            (
                retracted_late.times,
                format!(
                    "{} creations of {} B failed, which was known only after they were shown",
                    retracted_late.times, retracted_late.bytes
                ),
            ),
            (
                estimated.times,
                format!(
                    "{} sizes, {} B in all, are estimates: of query sets, 8 B a query at least",
                    estimated.times, estimated.bytes
                ),
            ),
            (
                apart.count,
                format!(
                    "{} canvases and transient textures, {} B at most at once, are in no total: browsers keep them",
                    apart.count, apart.peak_bytes
                ),
            ),
            (
                external,
                format!("{external} external textures are counted as objects of 0 B: the video has their memory"),
            ),
            (self.cost_events, self.cost()),
        ];
        lines.into_iter().filter(|(count, _)| *count > 0).for_each(|(_, text)| manifest.note(NoteKind::Remark, text));
    }

    fn cost(&self) -> String {
        let each = self.cost_recording_us as f64 / self.cost_events.max(1) as f64;
        let spent = self.cost_recording_us.saturating_add(self.cost_sending_us) as f64;
        let share = 100.0 * spent / self.cost_window_us.max(1) as f64;
        format!("the probe took {each:.2} µs an event in the page, {share:.2} % of the time with what it sent")
    }
}
