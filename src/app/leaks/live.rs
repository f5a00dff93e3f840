//! What the Leaks panel shows, counted in slices: lifetimes follow the run, the
//! search for growth is of three moments.

use super::{SLICE, told};
use crate::analysis::frames::scheduler::Turn;
use crate::analysis::leaks::growth_text::{self, FindingLine};
use crate::analysis::leaks::lifetime_grid::LifetimeGrid;
use crate::analysis::leaks::lifetimes::{Cell, Lifetimes};
use crate::analysis::leaks::marks::{Mark, Marks};
use crate::analysis::leaks::watch::{LeakWatch, Progress, Searched};
use crate::analysis::run::names::Names;
use crate::app::engine::console;
use crate::app::frames::frame_loop::{on_frame, share_ms, takes_turn};
use crate::app::recordings::reader::Recording;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::owner::{Heap, Owner};
use crate::platform::clock::now_ms;
use crate::recording::{Metric, Reader};
use crate::telemetry::notice::Level;
use leptos::prelude::*;

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
    /// Where the recording of the run began, where its beginning is not kept.
    kept_since_us: Option<u64>,
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
    store: Store,
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
    /// Events that made room before their lifetimes were counted.
    pub(super) missed: RwSignal<u64>,
    /// Marks set by hand, in order; three of them are searched between.
    pub(super) marked: RwSignal<Vec<Mark>>,
    pub(super) verdict: RwSignal<Option<Verdict>>,
    /// How far the search is, from 0 to 1.
    pub(super) searching: RwSignal<Option<f64>>,
    /// Of which part of the run the verdict speaks, where that is not all of it until now.
    pub(super) part: RwSignal<Option<String>>,
    /// The oldest event that is kept.
    pub(super) kept_from: RwSignal<u64>,
}

struct Counted {
    run_start: u64,
    lifetimes: Lifetimes,
    /// They were all counted in the frame before.
    is_all: bool,
    /// Where lifetimes were last shown, and of which choice.
    shown: Option<(u64, Heap, usize)>,
    turn: Turn,
    said: Turn,
    watch: LeakWatch,
    /// The end of the run when its marks were searched between last.
    searched: Option<u64>,
    /// Marks set by hand that were searched between, or are no longer kept.
    answered: Option<Marks>,
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
            said: Turn::new(),
            watch: LeakWatch::default(),
            searched: None,
            answered: None,
            begun_ms: f64::NEG_INFINITY,
            due_ms: f64::NEG_INFINITY,
        }
    }
}

/// The heap that lifetimes are shown of at first: of a file without addresses, the other one.
fn first_used(recording: Recording) -> Heap {
    let highest = recording.highest();
    let is_elsewhere = highest[Metric::ArenaBytes.index()] == 0 && highest[Metric::DeviceBytes.index()] > 0;
    if is_elsewhere && !recording.names_now().is_engine() { Heap::Device } else { Heap::Arena }
}

impl LeaksLive {
    /// Counts on in each frame, for as long as the current owner lives.
    pub(super) fn follow(store: Store) -> Self {
        let recording = Recording::expect();
        let live = Self {
            store,
            recording,
            kept: store.lifetimes,
            counted: StoredValue::new_local(Counted::of_run(u64::MAX, Lifetimes::since(0))),
            heap: RwSignal::new(first_used(recording)),
            temporary: RwSignal::new(TEMPORARY[1].0),
            grid: RwSignal::default(),
            owners: RwSignal::default(),
            counting: RwSignal::default(),
            missed: RwSignal::default(),
            marked: store.leak_marks,
            verdict: RwSignal::default(),
            searching: RwSignal::default(),
            part: RwSignal::default(),
            kept_from: RwSignal::default(),
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
        // Then the search, which is short, and what is left of the time for lifetimes.
        let until_ms = now_ms() + share_ms(is_running);
        self.search_on(counted, reader, frame_ms, until_ms);
        counted.is_all = false;
        while !counted.is_all && now_ms() < until_ms {
            counted.is_all = counted.lifetimes.advance(reader, u64::MAX, SLICE);
        }
        if takes_turn(&mut counted.said, frame_ms, SHOWN_MS) {
            self.say_part(reader);
        }
    }

    /// Says of which part of the run the verdict speaks.
    fn say_part(self, reader: &Reader<'_>) {
        let kept_from = reader.events().start;
        put(self.kept_from, kept_from);
        let newest_us = reader.run().end.checked_sub(1).and_then(|last| reader.time_us(last)).unwrap_or(0);
        let part = self.verdict.with_untracked(|verdict| {
            let verdict = verdict.as_ref()?;
            growth_text::part(&verdict.marks, verdict.kept_since_us, kept_from, newest_us)
        });
        put(self.part, part);
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
            put(self.missed, counted.lifetimes.missed());
            put(self.grid, LifetimeGrid::of(counted.lifetimes.map(heap)));
            put(self.owners, counted.lifetimes.temporary(heap, temporary));
        }
    }

    /// Begins a search where one is due, and goes on with it.
    fn search_on(self, counted: &mut Counted, reader: &Reader<'_>, frame_ms: f64, until_ms: f64) {
        if !counted.watch.is_searching() {
            self.begin_where_due(counted, reader, frame_ms);
        }
        match counted.watch.advance(reader, || now_ms() < until_ms) {
            Progress::Idle => put(self.searching, None),
            // Only the first search of a run is told of: others bring the verdict up to date.
            Progress::Searching(part) => {
                let is_first = self.verdict.with_untracked(Option::is_none);
                put(self.searching, is_first.then(|| to_percent(part)));
            }
            Progress::Done(searched) => {
                put(self.searching, None);
                let verdict = verdict(&searched, &self.recording.names_now());
                told::take(self.store, &verdict.lines);
                put(self.verdict, Some(verdict));
                counted.said.hurry();
                counted.due_ms = frame_ms + SEARCHED_MS.max((frame_ms - counted.begun_ms) * SEARCHED_SHARE);
            }
            Progress::Gone(gone) => {
                put(self.searching, None);
                put(self.verdict, None);
                console::note(self.store, Level::Warning, format!("leaks: {gone}; set new marks"), None);
            }
        }
    }

    /// Begins a search between marks set by hand that are new, or, without any, of the run
    /// where it went on.
    fn begin_where_due(self, counted: &mut Counted, reader: &Reader<'_>, frame_ms: f64) {
        let by_hand = self.marked.with_untracked(|marks| marks.clone());
        if let [first, second, third] = by_hand[..] {
            let marks = Marks([first, second, third]);
            if counted.answered.replace(marks) != Some(marks) {
                counted.watch.begin(reader, marks);
            }
            return;
        }
        counted.answered = None;
        let end = reader.run().end;
        if counted.searched != Some(end) && frame_ms >= counted.due_ms {
            (counted.searched, counted.begun_ms) = (Some(end), frame_ms);
            counted.watch.begin_of_run(reader);
        }
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
        self.counted.update_value(|counted| (counted.due_ms, counted.searched) = (f64::NEG_INFINITY, None));
    }
}

/// What counts as temporary: less than 2^n µs.
pub(super) const TEMPORARY: [(usize, &str); 4] = [(10, "1 ms"), (14, "16 ms"), (17, "131 ms"), (20, "1 s")];

/// As it is said: to a whole per cent.
fn to_percent(part: f64) -> f64 {
    (part * 100.0).floor() / 100.0
}

fn verdict(searched: &Searched, names: &Names) -> Verdict {
    let Searched { marks, events, findings, kept_since_us } = searched;
    Verdict {
        marks: *marks,
        looked_at: growth_text::looked_at(marks, *events, findings.len()),
        lines: growth_text::lines(findings, names),
        kept_since_us: *kept_since_us,
    }
}
