//! The page's one animation-frame loop. Everything that draws registers here,
//! so that the time it takes can be told, and nothing draws twice a frame.

use super::executor;
use crate::analysis::frames::percentile::Recent;
use crate::analysis::frames::scheduler::{Turn, Turns};
use crate::platform::clock::now_ms;
use leptos::prelude::on_cleanup;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// One animation frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// When it began, ms on the page's clock.
    pub now_ms: f64,
    /// Counts from 1.
    pub number: u64,
}

/// 95th percentiles of the last 240 frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timings {
    /// Between the starts of two frames, ms.
    pub frame_ms_p95: f64,
    /// In all that is registered here, and in tasks since the frame before, ms.
    pub script_ms_p95: f64,
}

type Draw = Rc<RefCell<dyn FnMut(&Frame)>>;

struct Loop {
    draws: RefCell<Vec<(u64, Draw)>>,
    next_id: Cell<u64>,
    number: Cell<u64>,
    last_ms: Cell<Option<f64>>,
    intervals: RefCell<Recent>,
    scripts: RefCell<Recent>,
    running: Cell<bool>,
    turns: Cell<Turns>,
}

thread_local! {
    static LOOP: Loop = const { Loop {
        draws: RefCell::new(Vec::new()),
        next_id: Cell::new(0),
        number: Cell::new(0),
        last_ms: Cell::new(None),
        intervals: RefCell::new(Recent::new()),
        scripts: RefCell::new(Recent::new()),
        running: Cell::new(false),
        turns: Cell::new(Turns::new()),
    } };
}

/// Calls `draw` on every frame for as long as the current reactive owner lives.
pub fn on_frame(draw: impl FnMut(&Frame) + 'static) {
    let id = LOOP.with(|frames| {
        let id = frames.next_id.replace(frames.next_id.get() + 1);
        frames.draws.borrow_mut().push((id, Rc::new(RefCell::new(draw))));
        id
    });
    on_cleanup(move || LOOP.with(|frames| frames.draws.borrow_mut().retain(|(other, _)| *other != id)));
}

/// Calls `work` at most once in `interval_ms`, from the page's frame loop, for
/// as long as the current owner lives; the first time at the next frame, then in
/// turn with others.
pub fn every(interval_ms: f64, mut work: impl FnMut(f64) + 'static) {
    let mut turn = Turn::new();
    on_frame(move |frame| {
        if takes_turn(&mut turn, frame.now_ms, interval_ms) {
            work(frame.now_ms);
        }
    });
}

/// True where what is done each `interval_ms` is due and has its turn in this frame:
/// texts and tables, whose effects cost as much again. The first time, at once.
pub fn takes_turn(turn: &mut Turn, now_ms: f64, interval_ms: f64) -> bool {
    LOOP.with(|frames| {
        let mut turns = frames.turns.get();
        let is_taken = turns.take(turn, now_ms, interval_ms);
        frames.turns.set(turns);
        is_taken
    })
}

/// What long work may take of this frame, ms: little while a run is recorded, whose panels
/// are brought up to date beside it, and next to nothing where that is in this frame.
pub fn share_ms(is_running: bool) -> f64 {
    match (is_running, LOOP.with(|frames| frames.turns.get().has_room())) {
        (false, _) => 4.0,
        (true, true) => 0.8,
        (true, false) => 0.1,
    }
}

/// Starts the loop. A second call does nothing.
pub fn start() {
    if !LOOP.with(|frames| frames.running.replace(true)) {
        request(Rc::new(RefCell::new(None)));
    }
}

/// How long frames take.
pub fn timings() -> Timings {
    LOOP.with(|frames| Timings {
        frame_ms_p95: frames.intervals.borrow().p95(),
        script_ms_p95: frames.scripts.borrow().p95(),
    })
}

type Callback = Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>;

/// Asks for the next frame; the callback owns itself and asks again.
fn request(callback: Callback) {
    let again = Rc::clone(&callback);
    *callback.borrow_mut() = Some(Closure::new(move |_| {
        LOOP.with(Loop::run);
        schedule(&again);
    }));
    schedule(&callback);
}

fn schedule(callback: &Callback) {
    if let (Some(window), Some(callback)) = (web_sys::window(), callback.borrow().as_ref()) {
        let _ = window.request_animation_frame(callback.as_ref().unchecked_ref());
    }
}

impl Loop {
    fn run(&self) {
        let begun = now_ms();
        if let Some(last) = self.last_ms.replace(Some(begun)) {
            self.intervals.borrow_mut().push(begun - last);
        }
        self.number.set(self.number.get() + 1);
        let frame = Frame { now_ms: begun, number: self.number.get() };
        let mut turns = self.turns.get();
        turns.begin_frame();
        self.turns.set(turns);
        // A copy: a callback may register or remove others.
        let draws: Vec<Draw> = self.draws.borrow().iter().map(|(_, draw)| Rc::clone(draw)).collect();
        for draw in draws {
            (draw.borrow_mut())(&frame);
        }
        // Effects run as tasks between the frames: they are part of the cost.
        self.scripts.borrow_mut().push(now_ms() - begun + executor::take_polled_ms());
    }
}
