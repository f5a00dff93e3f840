//! The page's one reader of the recording: brought up to date once a frame,
//! before anything draws, so that all panels show the same moment. It reads the
//! shared memory in place and takes no lock.

use crate::analysis::recordings::event_index::EventIndex;
use crate::analysis::recordings::samples::RecordedSamples;
use crate::analysis::run::names::Names;
use crate::app::budget::limit_history;
use crate::app::engine::console;
use crate::app::frames::frame_loop::on_frame;
use crate::app::state::store::Store;
use crate::app::theme::palette;
use crate::platform::clock::now_ms;
use crate::platform::runs::RunSlot;
use crate::recording::{Cursor, EventLog, EventSeries, Metric, Reader, State, Tables};
use crate::telemetry::notice::Level;
use crate::telemetry::samples::SampleLog;
use core::time::Duration;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;

/// Blocks that the index takes in at most in a frame: a quarter of a million
/// events, a millisecond or two.
const BLOCKS_PER_FRAME: u64 = 1_024;
/// What the rows of an opened run may take of a frame, ms.
const SAMPLES_MS: f64 = 4.0;

/// Between two ends that are shown while a file is read, ms: each is a moment for all panels.
const FOLLOW_MS: f64 = 250.0;

/// Between two looks of a hidden page.
const HIDDEN_PACE: Duration = Duration::from_secs(1);

/// Caps to choose from, MiB.
pub const CAPS_MIB: [u64; 3] = [64, 256, 1024];

/// The recording, given as a context once the engine is up. Cheap to copy.
///
/// Its closures must not use it again: each holds it for as long as it runs.
#[derive(Clone, Copy)]
pub struct Recording {
    names: RwSignal<Arc<Names>>,
    page: StoredValue<Page, LocalStorage>,
    tables: RwSignal<Option<Arc<Tables>>>,
}

struct Page {
    /// Which run it is.
    slot: RunSlot,
    /// Which of the files that were opened there.
    opening: u64,
    reader: Reader<'static>,
    series: EventSeries,
    index: EventIndex,
    cursor: Cursor,
    /// Where the cursor is; `None` before its first seek.
    at: Option<u64>,
    run_start: u64,
    /// The run of a file whose end was shown, and, while it is read, which end that was.
    shown: Option<(u64, Option<u64>)>,
    /// When that was looked at.
    followed_ms: f64,
    /// The rows of a file's run.
    samples: Option<RecordedSamples>,
}

impl Recording {
    /// Follows the log of the run that is shown for as long as the current owner lives:
    /// nothing that the store looks at outlives its run, or what is kept of it.
    pub fn follow(store: Store) -> Self {
        let page = Page::of(store.runs.shown.get_untracked());
        let recording = Self { names: store.names, page: StoredValue::new_local(page), tables: RwSignal::new(None) };
        on_frame(move |_| recording.refresh(store));
        // A hidden page has no frames: without this it would hold every chunk that is
        // dropped meanwhile.
        let look = move || {
            if document().hidden() {
                recording.refresh(store);
            }
        };
        if let Ok(timer) = set_interval_with_handle(look, HIDDEN_PACE) {
            on_cleanup(move || timer.clear());
        }
        recording
    }

    /// The recording of the current context.
    ///
    /// # Panics
    /// Outside of the stage, which gives it.
    pub fn expect() -> Self {
        expect_context::<Self>()
    }

    /// What the recorder writes: its limits and its own figures.
    pub fn log(self) -> &'static EventLog {
        self.page.with_value(|page| page.reader.log())
    }

    /// What the events refer to, of a run that others recorded.
    pub const fn tables(self) -> RwSignal<Option<Arc<Tables>>> {
        self.tables
    }

    /// Bytes that the page holds beside the log.
    pub fn page_bytes(self) -> u64 {
        self.page.with_value(|page| page.series.bytes() + page.index.bytes())
    }

    /// Reads events, and the extremes of metrics over them, as of this frame.
    pub fn read<R>(self, read: impl FnOnce(&Reader<'static>, &EventSeries) -> R) -> R {
        self.page.with_value(|page| read(&page.reader, &page.series))
    }

    /// As [`Self::read`], with the index of times and counts.
    pub fn read_all<R>(self, read: impl FnOnce(&Reader<'static>, &EventSeries, &EventIndex) -> R) -> R {
        self.page.with_value(|page| read(&page.reader, &page.series, &page.index))
    }

    /// Reads what is alive at a position; `None` where the recording does not
    /// reach. Any number of panels may ask for the same position in one frame:
    /// only the first asks the recording.
    pub fn state_at<R>(self, position: u64, read: impl FnOnce(&Reader<'static>, &State) -> R) -> Option<R> {
        self.all_at(position, |reader, _, state| read(reader, state))
    }

    /// As [`Self::state_at`], with the extremes of metrics.
    pub fn all_at<R>(self, position: u64, read: impl FnOnce(&Reader<'static>, &EventSeries, &State) -> R) -> Option<R> {
        self.page.try_update_value(|page| {
            if page.at != Some(position) {
                page.cursor.seek(&page.reader, position)?;
                page.at = Some(position);
            }
            Some(read(&page.reader, &page.series, page.cursor.state()))
        })?
    }

    /// The highest value of each metric in the newest run.
    pub fn highest(self) -> [u64; Metric::ALL.len()] {
        self.read(|reader, series| {
            let run = reader.run();
            let all = series.sweep(reader, &[run.start, run.end]).into_iter().flatten().next();
            all.map_or([0; Metric::ALL.len()], |all| all.map(|extremes| extremes.high))
        })
    }

    /// What the run that is shown calls its categories, tags and heaps. Reactive.
    pub fn names(self) -> Arc<Names> {
        self.names.get()
    }

    /// The same of this moment, for what draws in each frame.
    pub fn names_now(self) -> Arc<Names> {
        self.names.get_untracked()
    }

    /// The rows of figures of an opened run; `None` where the newest run is the engine's.
    pub fn opened_samples(self) -> Option<Rc<SampleLog>> {
        self.page.with_value(|page| page.samples.as_ref().map(|samples| Rc::clone(samples.log())))
    }

    fn refresh(self, store: Store) {
        let slot = store.runs.shown.get_untracked();
        let (kept, is_new_run) = self.page.try_update_value(|page| page.refresh(slot)).unwrap_or_default();
        self.bring_tables();
        if is_new_run {
            limit_history::clear(store);
            store.selected.clear();
        }
        self.show_opened(store);
        if store.selected.moment.get_untracked().is_some_and(|moment| moment < kept) {
            store.selected.go_live();
            let text = "the moment that was shown is no longer kept: the oldest events made room; back to live";
            console::note(store, Level::Warning, text, None);
        }
    }
}

impl Recording {
    /// Tables are exchanged as a whole: the same ones are the same memory.
    fn bring_tables(self) {
        let new = self.log().tables();
        let is_same = self.tables.with_untracked(|old| match (old, &new) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        });
        if !is_same {
            self.name_run(new.as_deref());
            self.tables.set(new);
        }
    }

    /// Takes in what a run calls its categories and tags. A run without tables is our own.
    fn name_run(self, tables: Option<&Tables>) {
        let of_file = |tables: &Tables| {
            Names::of(&tables.manifest, tables.tags.clone().into()).at_addresses(&tables.manifest, &tables.extents)
        };
        let names = tables.map_or_else(Names::engine, of_file);
        if *self.names_now() != names {
            palette::show_categories(&names);
            self.names.set(Arc::new(names));
        }
    }

    /// The engine knows nothing of a file's run: its end is shown as a moment, once.
    fn show_opened(self, store: Store) {
        if store.opened.with_untracked(Option::is_none) {
            return;
        }
        if !self.log().is_opened() {
            if store.runs.shown.get_untracked() == RunSlot::ENGINE {
                store.opened.set(None);
            }
            return;
        }
        let is_growing = store.runs.is_growing();
        let moment = store.selected.moment.get_untracked();
        let end = self.page.try_update_value(|page| page.end_to_show(moment, is_growing));
        match end.flatten() {
            Some(end) if is_growing => store.selected.follow_to(end),
            Some(end) => {
                store.selected.settle();
                store.selected.set_moment(end);
            }
            // Nothing of a file is live: without a moment, its end is shown.
            None if moment.is_none() && !is_growing && store.runs.is_file() => {
                let end = self.read(|reader, _| reader.events().end);
                store.selected.set_moment(end);
            }
            None => {}
        }
    }
}

impl Page {
    /// Of a run, of which nothing is seen yet.
    fn of(slot: RunSlot) -> Self {
        Self {
            slot,
            opening: slot.openings(),
            reader: Reader::new(slot.log()),
            series: EventSeries::new(),
            index: EventIndex::new(),
            cursor: Cursor::new(),
            at: None,
            run_start: 0,
            shown: None,
            followed_ms: 0.0,
            samples: None,
        }
    }

    /// The end of a file's run, where that is to be shown as the moment: once it is read,
    /// and while it is, as long as nobody looks at another moment.
    fn end_to_show(&mut self, moment: Option<u64>, is_growing: bool) -> Option<u64> {
        let now_ms = now_ms();
        if is_growing && now_ms - self.followed_ms < FOLLOW_MS {
            return None;
        }
        self.followed_ms = now_ms;
        let end = self.reader.events().end;
        let run = (self.run_start, if is_growing { Some(end) } else { None });
        let is_followed = match self.shown {
            Some((start, Some(shown_end))) if start == self.run_start => moment == Some(shown_end),
            Some((start, None)) => start != self.run_start,
            _ => true,
        };
        let is_news = is_followed && end > self.run_start && self.shown != Some(run);
        self.shown = Some(run);
        is_news.then_some(end)
    }

    /// The oldest position that is kept, and whether a run began, of the run in a slot.
    fn refresh(&mut self, slot: RunSlot) -> (u64, bool) {
        let is_other = (self.slot, self.opening) != (slot, slot.openings());
        if is_other {
            *self = Self::of(slot);
        }
        self.reader.refresh();
        self.series.update(&self.reader);
        self.index.update(&self.reader, BLOCKS_PER_FRAME);
        let start = self.reader.log().run_start();
        self.make_samples();
        let is_new_run = core::mem::replace(&mut self.run_start, start) != start;
        (self.reader.events().start, is_other || is_new_run)
    }

    /// Of a file's run, which nobody samples.
    fn make_samples(&mut self) {
        if !self.reader.log().is_opened() {
            self.samples = None;
            return;
        }
        let reader = &self.reader;
        let samples = match self.samples.take().filter(|samples| samples.is_of(reader)) {
            Some(samples) => self.samples.insert(samples),
            None => self.samples.insert(RecordedSamples::of(reader, self.slot.number() as u64)),
        };
        let begun = now_ms();
        samples.advance(reader, &self.series, || now_ms() - begun >= SAMPLES_MS);
    }
}
