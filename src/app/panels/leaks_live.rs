//! What the Leaks panel shows, counted in slices: lifetimes follow the run, the
//! search for growth is of three moments.

use crate::analysis::leak_marks::{Holding, Mark, Marks, holdings};
use crate::analysis::leak_words::{self, FindingLine, HeldAt};
use crate::analysis::leaks::LeakSearch;
use crate::analysis::lifetime_grid::LifetimeGrid;
use crate::analysis::lifetimes::{Cell, Lifetimes};
use crate::analysis::turns::Turn;
use crate::app::frame::{on_frame, share_ms, takes_turn};
use crate::app::recording::Recording;
use crate::app::signals::put;
use crate::app::store::Store;
use crate::owner::{Heap, Owner};
use crate::platform::clock::now_ms;
use crate::recording::{Cursor, Reader};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Events counted between two looks at the clock.
const SLICE: u64 = 256;
/// Events of more than a few frames: a panel that has just been opened.
const BEHIND: u64 = 65_536;
/// The heat map and the tables change at most this often.
const SHOWN_MS: f64 = 500.0;
/// With the default marks, a run that goes on is searched again this often, and
/// never for more than a fifth of the time.
const SEARCHED_MS: f64 = 2_000.0;
const SEARCHED_SHARE: f64 = 5.0;

/// What a search found, and between which marks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) marks: Marks,
    /// Suspects first, then everybody else by growth.
    pub(super) lines: Vec<FindingLine>,
    /// What was looked at, in a sentence.
    pub(super) looked_at: String,
}

impl Verdict {
    /// Those who take and do not give back.
    pub(super) fn suspects(&self) -> impl Iterator<Item = &FindingLine> {
        self.lines.iter().filter(|line| line.is_suspect)
    }
}

/// What is drawn. Cheap to copy.
#[derive(Clone, Copy)]
pub struct LeaksLive {
    recording: Recording,
    /// What was counted outlives the panel.
    kept: StoredValue<Lifetimes>,
    counted: StoredValue<Counted, LocalStorage>,
    /// Whose lifetimes are shown.
    pub(super) heap: RwSignal<Heap>,
    /// Less than 2^this µs is temporary.
    pub(super) temporary: RwSignal<usize>,
    pub(super) grid: RwSignal<LifetimeGrid>,
    /// Who had temporary things: those, and all of theirs that ended.
    pub(super) owners: RwSignal<Vec<(Owner, Cell, Cell)>>,
    /// How far lifetimes are counted, from 0 to 1.
    pub(super) counting: RwSignal<Option<f64>>,
    /// Marks set by hand, in order; three of them are searched between.
    pub(super) marked: RwSignal<Vec<Mark>>,
    pub(super) verdict: RwSignal<Option<Verdict>>,
    /// How far the search is, from 0 to 1.
    pub(super) searching: RwSignal<Option<f64>>,
}

struct Counted {
    run_start: u64,
    lifetimes: Lifetimes,
    /// They were all counted in the frame before.
    is_all: bool,
    /// Where lifetimes were last shown, and of which choice.
    shown: Option<(u64, Heap, usize)>,
    turn: Turn,
    search: Option<LeakSearch>,
    /// What everybody held at the marks, as far as that was looked up.
    held: Vec<BTreeMap<(Heap, Owner), Holding>>,
    /// The third mark of the last search of the default marks.
    searched: Option<u64>,
    begun_ms: f64,
    /// When the next search of the default marks is due.
    due_ms: f64,
}

impl Counted {
    /// Goes on from what was counted before, where that was of this run.
    fn of_run(run_start: u64, before: Lifetimes) -> Self {
        let is_of_run = before.counted_to() > run_start;
        Self {
            run_start,
            lifetimes: if is_of_run { before } else { Lifetimes::since(run_start) },
            is_all: false,
            shown: None,
            turn: Turn::new(),
            search: None,
            held: Vec::new(),
            searched: None,
            begun_ms: f64::NEG_INFINITY,
            due_ms: f64::NEG_INFINITY,
        }
    }
}

impl LeaksLive {
    /// Counts on in each frame, for as long as the current owner lives.
    pub(super) fn follow(store: Store) -> Self {
        let recording = Recording::expect();
        let live = Self {
            recording,
            kept: store.lifetimes,
            counted: StoredValue::new_local(Counted::of_run(u64::MAX, Lifetimes::since(0))),
            heap: RwSignal::new(Heap::Arena),
            temporary: RwSignal::new(TEMPORARY[1].0),
            grid: RwSignal::default(),
            owners: RwSignal::default(),
            counting: RwSignal::default(),
            marked: store.leak_marks,
            verdict: RwSignal::default(),
            searching: RwSignal::default(),
        };
        on_cleanup(move || {
            let lifetimes = live.counted.try_with_value(|counted| counted.lifetimes.clone());
            lifetimes.into_iter().for_each(|lifetimes| live.kept.set_value(lifetimes));
        });
        on_frame(move |frame| {
            let is_running = store.running.get_untracked();
            recording.read(|reader, _| {
                live.counted.update_value(|counted| live.step(counted, reader, frame.now_ms, is_running))
            });
        });
        live
    }

    fn step(self, counted: &mut Counted, reader: &Reader<'_>, frame_ms: f64, is_running: bool) {
        let run_start = reader.log().run_start();
        if counted.run_start != run_start {
            *counted = Counted::of_run(run_start, self.kept.get_value());
            put(self.verdict, None);
            // Marks of another run mean nothing; the first look finds its own.
            if self.marked.with_untracked(|marks| marks.iter().any(|mark| mark.position < run_start)) {
                self.marked.set(Vec::new());
            }
        }
        // First what is seen: a frame that shows something counts little.
        self.show_lifetimes(counted, reader, frame_ms);
        let until_ms = now_ms() + share_ms(is_running);
        counted.is_all = false;
        while !counted.is_all && now_ms() < until_ms {
            counted.is_all = counted.lifetimes.advance(reader, u64::MAX, SLICE);
        }
        let is_behind = reader.events().end.saturating_sub(counted.lifetimes.counted_to()) > BEHIND;
        if counted.is_all {
            self.search_on(counted, reader, frame_ms, until_ms);
        } else if is_behind && counted.search.is_none() && self.verdict.with_untracked(Option::is_none) {
            // It comes after the counting: that is said from the start.
            put(self.searching, Some(0.0));
        }
    }

    fn show_lifetimes(self, counted: &mut Counted, reader: &Reader<'_>, frame_ms: f64) {
        let at = counted.lifetimes.counted_to();
        let (heap, temporary) = (self.heap.get_untracked(), self.temporary.get_untracked());
        let run = reader.run();
        let part = (at - run.start.min(at)) as f64 / (run.end - run.start).max(1) as f64;
        put(self.counting, (!counted.is_all).then(|| to_percent(part)));
        let is_other = counted.shown.is_none_or(|(_, of, below)| (of, below) != (heap, temporary));
        let is_newer = is_other || counted.shown.is_none_or(|(shown, ..)| shown != at);
        if is_other {
            counted.turn.hurry();
        }
        if is_newer && takes_turn(&mut counted.turn, frame_ms, SHOWN_MS) {
            counted.shown = Some((at, heap, temporary));
            put(self.grid, LifetimeGrid::of(counted.lifetimes.map(heap)));
            put(self.owners, counted.lifetimes.temporary(heap, temporary));
        }
    }

    /// Begins a search where one is due, and goes on with it.
    fn search_on(self, counted: &mut Counted, reader: &Reader<'_>, frame_ms: f64, until_ms: f64) {
        if counted.search.is_none() {
            counted.search = self.due(counted, reader, frame_ms).and_then(|marks| LeakSearch::new(reader, marks));
        }
        let Some(search) = &mut counted.search else { return put(self.searching, None) };
        let mut is_done = false;
        while !is_done && now_ms() < until_ms {
            is_done = search.advance(reader, SLICE);
        }
        // Only the first search of a run is long in coming.
        put(
            self.searching,
            (!is_done && self.verdict.with_untracked(Option::is_none)).then(|| to_percent(search.progress())),
        );
        if !is_done {
            return;
        }
        // One mark in a frame: each may look at everything that was alive.
        match search.marks().0.get(counted.held.len()) {
            Some(mark) => counted.held.push(held_at(reader, mark)),
            None => {
                put(self.verdict, Some(verdict(search, core::mem::take(&mut counted.held))));
                counted.search = None;
                counted.due_ms = frame_ms + SEARCHED_MS.max((frame_ms - counted.begun_ms) * SEARCHED_SHARE);
            }
        }
    }

    /// The marks to search between now; `None` where that is done already.
    fn due(self, counted: &mut Counted, reader: &Reader<'_>, frame_ms: f64) -> Option<Marks> {
        let by_hand = self.marked.with_untracked(|marks| marks.clone());
        if let [first, second, third] = by_hand[..] {
            let marks = Marks([first, second, third]);
            let is_known =
                self.verdict.with_untracked(|verdict| verdict.as_ref().is_some_and(|known| known.marks == marks));
            return (!is_known).then_some(marks);
        }
        let end = reader.run().end;
        let is_known = counted.searched == Some(end) && self.verdict.with_untracked(Option::is_some);
        if is_known || frame_ms < counted.due_ms {
            return None;
        }
        (counted.searched, counted.begun_ms) = (Some(end), frame_ms);
        Marks::of_run(reader, reader.run())
    }

    /// Takes the next mark: the moment that is looked at, or the newest. After the
    /// third, the first of three others.
    pub(super) fn mark(self, moment: Option<u64>) {
        let mark = self.recording.read(|reader, _| Mark::at(reader, moment.unwrap_or(reader.events().end)));
        let Some(mark) = mark else { return };
        self.marked.update(|marks| {
            if marks.len() >= 3 {
                marks.clear();
            }
            marks.push(mark);
            marks.sort_by_key(|mark| mark.position);
            marks.dedup();
        });
    }

    /// Back to the default marks.
    pub(super) fn unmark(self) {
        self.marked.set(Vec::new());
        self.counted.update_value(|counted| counted.due_ms = f64::NEG_INFINITY);
    }
}

/// What counts as temporary: less than 2^n µs.
pub(super) const TEMPORARY: [(usize, &str); 4] = [(10, "1 ms"), (14, "16 ms"), (17, "131 ms"), (20, "1 s")];

/// As it is said: to a whole per cent.
fn to_percent(part: f64) -> f64 {
    (part * 100.0).floor() / 100.0
}

fn held_at(reader: &Reader<'_>, mark: &Mark) -> BTreeMap<(Heap, Owner), Holding> {
    Cursor::new().seek(reader, mark.position).map(holdings).unwrap_or_default()
}

fn verdict(search: &LeakSearch, held: Vec<BTreeMap<(Heap, Owner), Holding>>) -> Verdict {
    let (findings, marks) = (search.findings(), *search.marks());
    let held: HeldAt = held.try_into().unwrap_or_default();
    Verdict {
        marks,
        looked_at: leak_words::looked_at(&marks, search.events(), findings.len()),
        lines: leak_words::lines(&findings, &held),
    }
}
