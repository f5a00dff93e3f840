//! The throughput worker: waits for orders, measures, and listens in between.

use super::link;
use crate::platform::clock::now_ms;
use crate::platform::panic;
use crate::platform::throughput::{Asked, Measured, Message, Order, Progress};
use crate::recording::EventLog;
use crate::throughput::{Bench, BenchRow, Contest, RecordingEffort, recording_costs};
use core::time::Duration;
use gloo_timers::future::TimeoutFuture;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Work between two looks at the orders: short enough for a cancellation, long
/// enough that the pauses between do not matter.
const SLICE_MS: f64 = 40.0;

/// The newest order that nobody has taken.
type Orders = Rc<RefCell<Option<Order>>>;

/// Enters the throughput worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_throughput() {
    panic::listen(|reason| link::say(&Message::Failed { reason: reason.into() }));
    let orders = Orders::default();
    let measuring = Rc::new(RefCell::new(false));
    link::listen(move |order: Order| match order {
        // The run in progress looks for it.
        Order::Cancel => *orders.borrow_mut() = Some(order),
        Order::Measure { asked } => {
            // The page asks for one run at a time.
            if !measuring.replace(true) {
                orders.borrow_mut().take();
                let (orders, measuring) = (Rc::clone(&orders), Rc::clone(&measuring));
                wasm_bindgen_futures::spawn_local(async move {
                    let message = match asked {
                        Asked::Policies(bench) => measure(&bench, &orders).await,
                        Asked::Recording => measure_recording(&orders).await,
                    };
                    measuring.replace(false);
                    link::say(&message);
                });
            }
        }
    });
    link::say(&Message::Ready);
}

/// Measures until it is done or told to stop.
async fn measure(bench: &Bench, orders: &Orders) -> Message {
    let mut contest = bench.contest();
    loop {
        match work(&mut contest) {
            Ok(true) => {}
            Ok(false) => return Message::Done { measured: Measured::Policies(BenchRow::all(&contest)) },
            Err(error) => return Message::Failed { reason: error.to_string() },
        }
        let contestant = contest.contestant().unwrap_or_default().into();
        if !goes_on(Progress { part: contest.progress(), contestant }, orders).await {
            return Message::Cancelled;
        }
    }
}

/// Tells how far it is, and hears whether it was told to stop.
async fn goes_on(progress: Progress, orders: &Orders) -> bool {
    link::say(&Message::Progress { progress });
    TimeoutFuture::new(0).await;
    !matches!(orders.borrow_mut().take(), Some(Order::Cancel))
}

/// Measures what recording costs, into a log of its own.
async fn measure_recording(orders: &Orders) -> Message {
    let (log, mut begun) = (EventLog::default(), now_ms());
    let pause = async |part| {
        if now_ms() - begun < SLICE_MS {
            return true;
        }
        let goes_on = goes_on(Progress { part, contestant: String::new() }, orders).await;
        begun = now_ms();
        goes_on
    };
    match recording_costs(&log, RecordingEffort::PAGE, &mut clock, pause).await {
        Ok(Some(costs)) => Message::Done { measured: Measured::Recording(costs) },
        Ok(None) => Message::Cancelled,
        Err(error) => Message::Failed { reason: error.to_string() },
    }
}

fn clock() -> Duration {
    Duration::from_secs_f64(now_ms() / 1000.0)
}

/// One slice; false once all is done.
fn work(contest: &mut Contest) -> Result<bool, crate::arena::ReserveError> {
    let begun = now_ms();
    while now_ms() - begun < SLICE_MS {
        if !contest.step(&mut clock)? {
            return Ok(false);
        }
    }
    Ok(true)
}
