//! The table of events as the panel's components share it: what they show, and what
//! they can ask of it.

use crate::analysis::events::census::EventCensus;
use crate::analysis::events::copy::Copying;
use crate::analysis::events::query::within;
use crate::analysis::events::row_scroll::{RowScroll, row_after};
use crate::analysis::events::table::EventOrder;
use crate::analysis::events::view::{Answer, Asked, EventView, Row};
use crate::analysis::frames::scheduler::Turn;
use crate::analysis::moment::clock::Clock;
use crate::analysis::run::names::Names;
use crate::app::browser::files;
use crate::app::chart::view::View;
use crate::app::engine::console;
use crate::app::frames::frame_loop::{self, on_frame};
use crate::app::recordings::reader::Recording;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::platform::clock::now_ms;
use crate::recording::Reader;
use leptos::prelude::*;

/// Texts change at most this often while nothing is moved.
const TEXT_MS: f64 = 250.0;
/// What menus offer is looked for this often.
const CENSUS_MS: f64 = 1000.0;

/// The table. Cheap to copy.
#[derive(Clone, Copy)]
pub struct EventsTable {
    store: Store,
    view: View,
    recording: Recording,
    live: StoredValue<EventView, LocalStorage>,
    copying: StoredValue<Option<Copying>, LocalStorage>,
    /// What is known about the rows.
    pub(super) answer: RwSignal<Answer>,
    /// What occurs in the run.
    pub(super) census: RwSignal<EventCensus>,
    /// What was done last.
    pub(super) said: RwSignal<String>,
    /// The rows in view.
    pub(super) rows: RwSignal<Vec<Row>>,
    /// When rows were drawn last.
    drawn_ms: StoredValue<f64, LocalStorage>,
    turn: StoredValue<Turn, LocalStorage>,
    census_turn: StoredValue<Turn, LocalStorage>,
    moment: StoredValue<Option<u64>, LocalStorage>,
}

impl EventsTable {
    /// A table that is brought up to date each frame, for as long as the current
    /// owner lives.
    pub(super) fn follow(store: Store) -> Self {
        let table = Self {
            store,
            view: expect_context(),
            recording: Recording::expect(),
            live: StoredValue::new_local(EventView::new()),
            copying: StoredValue::new_local(None),
            answer: RwSignal::default(),
            census: RwSignal::default(),
            said: RwSignal::default(),
            rows: RwSignal::default(),
            drawn_ms: StoredValue::new_local(f64::NEG_INFINITY),
            turn: StoredValue::new_local(Turn::new()),
            census_turn: StoredValue::new_local(Turn::new()),
            moment: StoredValue::new_local(None),
        };
        on_frame(move |frame| table.step(frame.now_ms));
        table
    }

    fn step(self, frame_ms: f64) {
        self.follow_moment();
        let (order, asked) = (self.order(), self.asked());
        let clock = self.store.selected.clock.get_untracked();
        let paused_at = clock.position().filter(|_| clock.is_paused());
        let share_ms = frame_loop::share_ms(self.store.running.get_untracked());
        let names = self.recording.names_now();
        self.recording.read(|reader, _| {
            self.live.update_value(|live| {
                live.step(reader, asked, order, paused_at, share_ms, now_ms);
                let is_due = self.takes_turn(frame_ms);
                if self.follows_time() && (is_due || live.has_moved) {
                    live.to_newest(order.descends);
                }
                if core::mem::take(&mut live.has_moved) || is_due {
                    self.drawn_ms.set_value(frame_ms);
                    put(self.rows, live.rows(reader, &names));
                    put(self.answer, live.answer(reader));
                }
                if self.takes_census(frame_ms) {
                    self.census_of(reader);
                }
                self.copy_on(live, reader, &names);
            });
        });
    }

    fn takes_turn(self, frame_ms: f64) -> bool {
        self.turn.try_update_value(|turn| frame_loop::takes_turn(turn, frame_ms, TEXT_MS)).unwrap_or(false)
    }

    fn takes_census(self, frame_ms: f64) -> bool {
        self.census_turn.try_update_value(|turn| frame_loop::takes_turn(turn, frame_ms, CENSUS_MS)).unwrap_or(false)
    }

    fn census_of(self, reader: &Reader<'_>) {
        let mut census = self.census.get_untracked();
        census.update(reader);
        if self.census.with_untracked(|before| (&before.tags, &before.threads) != (&census.tags, &census.threads)) {
            self.census.set(census);
        }
    }

    /// Goes where another panel, undo or redo went.
    fn follow_moment(self) {
        let moment = self.store.selected.moment.get_untracked();
        if self.moment.get_value() == moment {
            return;
        }
        self.moment.set_value(moment);
        match moment.and_then(|position| position.checked_sub(1)) {
            Some(index) => {
                self.state_follows(false);
                self.live.update_value(|live| live.go_to(index));
            }
            None => self.state_follows(true),
        }
    }

    /// What is asked for; `None` where what is typed makes no sense: its field says
    /// so, and what was asked before stays.
    fn asked(self) -> Option<Asked> {
        let events = self.store.events;
        let filter = events.query.with_untracked(|query| query.filter(&self.recording.names_now())).ok()?;
        let selection = self.store.selected.now.get_untracked();
        if events.is_within_selection.get_untracked() && selection.is_narrowed() {
            Some(Asked { filter: within(filter, &selection), time_us: selection.time_us })
        } else {
            Some(Asked { filter, time_us: None })
        }
    }

    /// The order that is asked for.
    pub(super) fn order(self) -> EventOrder {
        self.store.events.order.get_untracked()
    }

    fn follows_time(self) -> bool {
        self.store.events.follows.get_untracked()
            && self.order().key.is_none()
            && self.store.selected.clock.get_untracked().is_live()
    }

    fn state_follows(self, follows: bool) {
        put(self.store.events.follows, follows);
    }

    /// Follows the newest event, or no longer.
    pub(super) fn toggle_following(self) {
        self.state_follows(!self.store.events.follows.get_untracked());
        self.live.update_value(|live| live.has_moved = true);
    }

    /// Sorts again, what came since included.
    pub(super) fn sort_again(self) {
        self.live.update_value(EventView::sort_again);
    }

    /// Scrolls; what is at the end follows from there on.
    pub(super) fn scroll(self, scroll: impl FnOnce(&mut RowScroll)) {
        self.live.update_value(|live| {
            scroll(&mut live.scroll);
            live.has_moved = true;
        });
        let is_at_newest =
            self.scrolled(|scroll| if self.order().descends { scroll.bar_px() == 0.0 } else { scroll.is_at_end() });
        self.state_follows(is_at_newest && self.store.selected.moment.get_untracked().is_none());
    }

    /// The view is so high now.
    pub(super) fn resize(self, view_px: f64) {
        self.live.update_value(|live| {
            let before = live.scroll;
            live.scroll.set_view(view_px);
            live.has_moved |= live.scroll != before;
        });
    }

    /// When its rows were drawn last: the scroll bar moves with them.
    pub(super) fn drawn_ms(self) -> f64 {
        self.drawn_ms.get_value()
    }

    /// Reads where it is scrolled to.
    pub(super) fn scrolled<T>(self, read: impl FnOnce(&RowScroll) -> T) -> T {
        self.live.with_value(|live| read(&live.scroll))
    }

    /// Picks an event, or all up to it: the page shows the moment after it.
    pub(super) fn pick(self, index: u64, extends: bool) {
        self.live.update_value(|live| live.pick(index, extends));
        self.state_follows(false);
        self.moment.set_value(Some(index + 1));
        self.store.selected.adjust(|selection| selection.set_clock(Clock::At(index + 1)));
        if let Some(time_us) = self.recording.read(|reader, _| reader.time_us(index)) {
            self.view.set_cursor(Some(time_us as f64));
            self.view.pinned.set(true);
        }
    }

    /// Brings a row that is cut by the head or by the view's end into view as a whole.
    pub(super) fn reveal(self, row: u64) {
        self.live.update_value(|live| live.reveal(row));
    }

    /// The keys were released: the steps so far are one to undo.
    pub(super) fn settle(self) {
        self.store.selected.settle();
    }

    /// Moves the picked row by a key; true where it was one of ours.
    pub(super) fn move_by_key(self, key: &str, extends: bool) -> bool {
        let target = self.recording.read(|reader, _| {
            self.live.with_value(|live| {
                let row = row_after(key, live.active_row(reader), live.count(), live.scroll.page())?;
                Some((row, *live.events(reader, row..row + 1).first()?))
            })
        });
        let Some((row, index)) = target else { return false };
        self.live.update_value(|live| live.scroll.show(row));
        self.pick(index, extends);
        true
    }

    /// Picks every row.
    pub(super) fn pick_all(self) {
        self.recording.read(|reader, _| {
            self.live.update_value(|live| {
                let end = |row: u64| live.events(reader, row..row + 1).first().copied();
                let Some((first, last)) = end(0).zip(live.count().checked_sub(1).and_then(end)) else { return };
                live.pick(first, false);
                live.pick(last, true);
            });
        });
        self.state_follows(false);
    }

    /// Copies the rows that are picked.
    pub(super) fn copy_picked(self) {
        let rows = self.recording.read(|reader, _| self.live.with_value(|live| live.picked_rows(reader)));
        match rows {
            Some(rows) => self.copying.set_value(Some(Copying::of(*rows.start()..*rows.end() + 1))),
            None => self.said.set("Nothing is selected".into()),
        }
    }

    /// Copies every row, up to a limit.
    pub(super) fn copy_all(self) {
        let rows = self.live.with_value(EventView::count);
        if rows > 0 {
            self.copying.set_value(Some(Copying::of(0..rows)));
        }
    }

    fn copy_on(self, live: &EventView, reader: &Reader<'_>, names: &Names) {
        let is_done = self
            .copying
            .try_update_value(|copying| copying.as_mut()?.advance(live, reader, names, now_ms).then_some(()));
        if is_done.flatten().is_none() {
            return;
        }
        if let Some(copying) = self.copying.try_update_value(Option::take).flatten() {
            let (text, words) = copying.finish();
            let said = self.said;
            console::spawn(self.store, async move {
                files::copy(text).await?;
                said.set(words);
                Ok(())
            });
        }
    }
}
