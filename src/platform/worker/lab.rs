//! A thread of the laboratory: serves rows of runs that are open in the page. It reads the
//! recordings where they are, in the memory of all threads.

use super::link;
use crate::analysis::lab::drawing::{BLOCKS_MAX, numbers_of};
use crate::analysis::lab::summary::RunSummary;
use crate::analysis::lab::told;
use crate::lab::{HeapLoad, Job, Row, RowSpec, Settings, Workload};
use crate::platform::clock;
use crate::platform::file_jobs::Message;
use crate::platform::lab::{Answer, Asked, HeapOf, PARTS};
use crate::platform::panic;
use crate::platform::runs::RunSlot;
use crate::platform::writings::Writing;
use crate::recording::{Import, Reader, Retold};
use crate::workload::tags;
use core::time::Duration;
use js_sys::{Array, Float64Array};
use std::cell::RefCell;
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// Operations between two looks whether anybody still wants the row: some milliseconds.
const STEP_OPERATIONS: u64 = 1 << 14;

/// The run that was asked about last: rows of one run follow each other.
#[derive(Default)]
struct Known {
    run: Option<(usize, (u64, u64))>,
    summary: RunSummary,
    heaps: Vec<Arc<HeapLoad>>,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// Enters a thread of the laboratory; called by the worker's script.
#[wasm_bindgen]
pub fn enter_lab() {
    panic::listen(|reason| link::say(&Message::<()>::Failed { reason: reason.into() }));
    link::listen_to_values(|value| {
        let Ok(job) = value.dyn_into::<Array>() else { return };
        let (Some(id), Some(text), Some(with)) = (job.get(0).as_f64(), job.get(1).as_string(), job.get(2).as_f64())
        else {
            return;
        };
        let Some(going) = Writing::from_number(with as usize) else { return };
        let attach = |numbers: &[f64]| {
            // A copy: no view of shared memory can be posted.
            let copy = Float64Array::new_with_length(numbers.len() as u32);
            copy.copy_from(numbers);
            link::post(&Array::of2(&id.into(), &copy));
        };
        let result = serde_json::from_str(&text)
            .map_err(|error| error.to_string())
            .and_then(|asked| KNOWN.with_borrow_mut(|known| answer(known, asked, going, attach)));
        link::say(&Message::Read { id: id as u32, result });
    });
    link::say(&Message::<()>::Ready);
}

fn answer(known: &mut Known, asked: Asked, going: Writing, attach: impl Fn(&[f64])) -> Result<Answer, String> {
    let of = match &asked {
        Asked::Summary { of } | Asked::Row { of, .. } | Asked::Run { of, .. } => *of,
    };
    known.look_at(of)?;
    going.begin_reading(PARTS);
    match asked {
        Asked::Summary { .. } => Ok(Answer::Summary { summary: known.summary.clone() }),
        Asked::Row { spec, mut settings, is_drawn, .. } => {
            let heap = known.heap(of)?;
            settings.keeps_addresses = is_drawn;
            if is_drawn && heap.blocks.len() > BLOCKS_MAX {
                return Err(format!(
                    "{} blocks are more than are drawn at once, {BLOCKS_MAX}: open the row as a run",
                    heap.blocks.len()
                ));
            }
            let mut row = served(&heap, spec, settings, going);
            if is_drawn {
                attach(&numbers_of(&heap, &row));
            }
            row.addresses = Vec::new();
            row.held = Vec::new();
            Ok(Answer::Row { row: Box::new(row), operations: heap.ops.len() as u64 })
        }
        Asked::Run { spec, mut settings, into, .. } => {
            let heap = known.heap(of)?;
            (settings.keeps_addresses, settings.searches_smallest) = (true, false);
            let row = served(&heap, spec, settings, going);
            let into = RunSlot::from_number(into).ok_or("there is no such slot")?;
            let told = as_run(of, &heap, &row, into);
            if told.is_err() {
                into.close();
            }
            told.map(|events| Answer::Run { events })
        }
    }
}

impl Known {
    /// Takes a run in, unless it is the one of before.
    fn look_at(&mut self, of: HeapOf) -> Result<(), String> {
        if self.run == Some(of.run()) {
            return Ok(());
        }
        *self = Self::default();
        let workload = with_run(of, |run| Workload::of_run(run))?.map_err(|error| error.to_string())?;
        self.summary = RunSummary::of(&workload);
        self.heaps = workload.heaps.into_iter().map(Arc::new).collect();
        self.run = Some(of.run());
        Ok(())
    }

    fn heap(&self, of: HeapOf) -> Result<Arc<HeapLoad>, String> {
        self.heaps.get(of.heap).cloned().ok_or_else(|| "the run has no such heap any more".to_owned())
    }
}

fn with_run<T>(of: HeapOf, then: impl FnOnce(&dyn crate::trace::Run) -> T) -> Result<T, String> {
    let mut reader = Reader::new(of.slot().ok_or("there is no such run")?.log());
    reader.refresh();
    if reader.run().is_empty() {
        return Err("the run has no events yet".into());
    }
    Ok(then(&Retold::of(&reader, |tag| tags::name(tag).into())))
}

fn served(heap: &Arc<HeapLoad>, spec: RowSpec, settings: Settings, going: Writing) -> Row {
    let mut job = Job::new(Arc::clone(heap), spec, settings);
    let mut now = || Duration::from_secs_f64(clock::now_ms() / 1_000.0);
    loop {
        let progress = job.step(STEP_OPERATIONS, &mut now);
        let goes_on = going.note_events((progress.part * PARTS as f64) as u64);
        if progress.is_finished || !goes_on {
            return job.finish();
        }
    }
}

fn as_run(of: HeapOf, heap: &HeapLoad, row: &Row, into: RunSlot) -> Result<u64, String> {
    if !row.is_complete && row.figures.is_none() {
        return Err(row.unavailable.as_ref().map_or_else(|| "it was cancelled".to_owned(), ToString::to_string));
    }
    let mut sink = Import::new(into.log(), |events| into.note_events(events));
    with_run(of, |run| told::tell(run, heap, row, &mut sink))?.map_err(|error| error.to_string())?;
    Ok(sink.finish())
}
