//! The page's one reader of the recording: brought up to date once a frame,
//! before anything draws, so that all panels show the same moment. It reads the
//! shared memory in place and takes no lock.

use super::frame::on_frame;
use super::link;
use super::store::Store;
use crate::analysis::event_index::EventIndex;
use crate::recording::{Cursor, EventLog, EventSeries, Reader, State};
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// Blocks that the index takes in at most in a frame: a quarter of a million
/// events, a millisecond or two.
const BLOCKS_PER_FRAME: u64 = 1_024;

/// Caps to choose from, MiB.
pub const CAPS_MIB: [u64; 3] = [64, 256, 1024];

/// The recording, given as a context once the engine is up. Cheap to copy.
///
/// Its closures must not use it again: each holds it for as long as it runs.
#[derive(Clone, Copy)]
pub struct Recording {
    log: &'static EventLog,
    page: StoredValue<Page, LocalStorage>,
}

struct Page {
    reader: Reader<'static>,
    series: EventSeries,
    index: EventIndex,
    cursor: Cursor,
    /// Where the cursor is; `None` before its first seek.
    at: Option<u64>,
    run_start: u64,
    /// The run of a file whose end was shown.
    shown: Option<u64>,
}

impl Recording {
    /// Follows the log for as long as the current owner lives: nothing that the
    /// store looks at outlives its run, or what is kept of it.
    pub fn follow(log: &'static EventLog, store: Store) -> Self {
        let reader = Reader::new(log);
        let (series, index) = (EventSeries::new(), EventIndex::new());
        let page = Page { reader, series, index, cursor: Cursor::new(), at: None, run_start: 0, shown: None };
        let recording = Self { log, page: StoredValue::new_local(page) };
        on_frame(move |_| recording.refresh(store));
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
    pub const fn log(self) -> &'static EventLog {
        self.log
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

    fn refresh(self, store: Store) {
        let (kept, is_new_run) = self.page.try_update_value(Page::refresh).unwrap_or_default();
        if is_new_run {
            store.selected.clear();
        }
        self.show_opened(store);
        if store.selected.moment.get_untracked().is_some_and(|moment| moment < kept) {
            store.selected.go_live();
            let text = "the moment that was shown is no longer kept: the oldest events made room; back to live";
            link::note(store, Level::Warning, text, None);
        }
    }
}

impl Recording {
    /// The engine knows nothing of a file's run: its end is shown as a moment, once.
    fn show_opened(self, store: Store) {
        if store.opened.with_untracked(Option::is_none) {
            return;
        }
        if !self.log.is_opened() {
            return store.opened.set(None);
        }
        let end = self.page.try_update_value(|page| {
            let is_shown = page.shown.replace(page.run_start) == Some(page.run_start);
            (!is_shown).then(|| page.reader.events().end)
        });
        if let Some(end) = end.flatten() {
            store.selected.set_moment(end);
        }
    }
}

impl Page {
    /// The oldest position that is kept, and whether a run began.
    fn refresh(&mut self) -> (u64, bool) {
        self.reader.refresh();
        self.series.update(&self.reader);
        self.index.update(&self.reader, BLOCKS_PER_FRAME);
        let start = self.reader.log().run_start();
        (self.reader.events().start, core::mem::replace(&mut self.run_start, start) != start)
    }
}
