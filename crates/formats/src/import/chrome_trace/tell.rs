//! Tells the series of a file in order of time.

use super::counters::{Counter, Counters, Mark, Sample, Series};
use super::names::{has_unit, is_memory};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{
    Action, CATEGORIES_MAX, CannotTell, CategoryId, Event, Frame, Manifest, NoteKind, Sink, Site, Space, SpaceId,
    Stopped,
};
use std::collections::{BTreeSet, HashMap};

/// Most bytes that a counter is believed to say.
const BYTES_MAX: f64 = (1_u64 << 56) as f64;

/// Tells a whole file.
pub(super) fn tell(mut counters: Counters, sink: &mut dyn Sink) -> Result<(), ImportError> {
    if counters.is_empty() {
        let why = format!("no counters (\"ph\": \"C\") are among its events, {} others are", counters.others);
        return Err(ImportError::Empty { format: Format::ChromeTrace, why });
    }
    let told = choose(&counters, sink.manifest());
    introduce(&counters, sink.manifest());
    let places = places(&counters, &told, sink);
    counters.samples.retain(|sample| told[sample.series as usize]);
    counters.samples.sort_by_key(|sample| sample.at);
    counters.marks.sort_by_key(|mark| mark.at);
    sink.begin()?;
    Ok(Telling { places, last: vec![None; counters.series.len()], negative: 0, sink }.all(&counters)?)
}

/// Which series are told: those whose name says that they are of memory; all, where
/// there is none.
fn choose(counters: &Counters, manifest: &mut Manifest) -> Vec<bool> {
    let name = |series: &Series| counters.counters[series.counter as usize].name.as_str();
    let of_memory = |series: &Series| is_memory(name(series)) || is_memory(&series.key);
    let mut told: Vec<bool> = counters.series.iter().map(of_memory).collect();
    let others = told.iter().filter(|&&is_told| !is_told).count();
    if others == told.len() {
        told.fill(true);
        let text = format!("no name of its {others} series says that it counts bytes: all are shown, in whatever unit");
        manifest.note(NoteKind::Remark, text);
    } else if others > 0 {
        let text = format!("{others} series whose names say nothing of memory are left out");
        manifest.note(NoteKind::Remark, text);
    }
    let with_unit =
        |(series, is_told): &(&Series, &bool)| **is_told && (has_unit(name(series)) || has_unit(&series.key));
    let units = counters.series.iter().zip(&told).filter(with_unit).count();
    if units > 0 {
        let text = format!("the names of {units} series end with kB, MB or GB: their values are shown as written");
        manifest.note(NoteKind::Remark, text);
    }
    told
}

fn introduce(counters: &Counters, manifest: &mut Manifest) {
    manifest.lacks(CannotTell::Allocations, "counters of a trace are totals");
    manifest.lacks(CannotTell::Addresses, "counters of a trace say how much, not where");
    manifest.lacks(CannotTell::Stacks, "counters of a trace have names, no call stacks");
    manifest.lacks(CannotTell::Frees, "counters of a trace say what is left, not what was given back");
    let text = "the total is the sum of all series, even where one of them holds another";
    manifest.note(NoteKind::Remark, text);
    let remarks = [
        (counters.others, "other events (slices, flows, samples) are left out"),
        (counters.marks_left_out, "instant events are left out: there are more than can be marked"),
        (counters.broken, "counters have no time or no number, and are left out"),
    ];
    for (count, what) in remarks {
        if count > 0 {
            manifest.note(NoteKind::Remark, format!("{count} {what}"));
        }
    }
}

/// Where a series is told: its space, category and name as a stack.
type Place = (SpaceId, CategoryId, Site);

fn places(counters: &Counters, told: &[bool], sink: &mut dyn Sink) -> Vec<Place> {
    let of = |series: &Series| &counters.counters[series.counter as usize];
    let chosen = || counters.series.iter().zip(told).filter(|(_, is_told)| **is_told).map(|(series, _)| series);
    let names: BTreeSet<&str> = chosen().map(|series| of(series).name.as_str()).collect();
    let keys: BTreeSet<(&str, &str)> = chosen().map(|series| (&*of(series).name, &*series.key)).collect();
    let label = |counter: &Counter, key: &str| match (names.len(), keys.len()) {
        (1, _) => key.into(),
        (names, keys) if keys == names || keys >= CATEGORIES_MAX => counter.name.clone(),
        _ => format!("{}: {key}", counter.name),
    };
    let mut spaces = HashMap::new();
    let mut place = |(series, &is_told): (&Series, &bool)| {
        if !is_told {
            return Place::default();
        }
        let counter = of(series);
        let space = *spaces.entry(counter.process).or_insert_with(|| {
            let process = &counters.processes[counter.process as usize];
            let label = if process.name.is_empty() { format!("Process {}", process.id) } else { process.name.clone() };
            sink.manifest().add_space(Space { label, granule_bytes: 1, ..Space::default() })
        });
        let category = sink.manifest().category(&label(counter, &series.key));
        let frames = [&*counter.name, &*series.key];
        let frames = frames.map(|name| sink.stacks().intern(Frame { function: name.into(), ..Frame::default() }));
        (space, category, sink.stacks().stack(frames))
    };
    counters.series.iter().zip(told).map(&mut place).collect()
}

/// Tells samples and marks.
struct Telling<'s> {
    places: Vec<Place>,
    /// What each series was last.
    last: Vec<Option<u64>>,
    negative: u64,
    sink: &'s mut dyn Sink,
}

impl Telling<'_> {
    fn all(&mut self, counters: &Counters) -> Result<(), Stopped> {
        let Some(first) = counters.samples.first().map(|sample| sample.at) else { return Ok(()) };
        let first = counters.marks.first().map_or(first, |mark| mark.at.min(first));
        let mut marks = counters.marks.iter().peekable();
        for sample in &counters.samples {
            while let Some(mark) = marks.next_if(|mark| mark.at <= sample.at) {
                self.mark(counters, mark, mark.at.since(first))?;
            }
            self.sample(sample, sample.at.since(first))?;
        }
        for mark in marks {
            self.mark(counters, mark, mark.at.since(first))?;
        }
        if self.negative > 0 {
            let text = format!("{} values are below 0, and are taken for 0", self.negative);
            self.sink.manifest().note(NoteKind::Contradiction, text);
        }
        Ok(())
    }

    fn mark(&mut self, counters: &Counters, mark: &Mark, time_us: u64) -> Result<(), Stopped> {
        let marker = self.sink.manifest().marker(&counters.mark_texts[mark.text as usize]);
        self.sink.event(Event { time_us, thread: 0, site: Site::NONE, action: Action::Mark { marker } })
    }

    fn sample(&mut self, sample: &Sample, time_us: u64) -> Result<(), Stopped> {
        self.negative += u64::from(sample.value < 0.0);
        // What is no number becomes 0.
        let bytes = sample.value.clamp(0.0, BYTES_MAX).round() as u64;
        let (space, category, site) = self.places[sample.series as usize];
        let id = u64::from(sample.series);
        let action = match self.last[sample.series as usize].replace(bytes) {
            Some(last) if last == bytes => return Ok(()),
            Some(_) => Action::Resize { id, bytes },
            None => Action::Allocate { id, space, address: 0, bytes, category },
        };
        self.sink.event(Event { time_us, thread: sample.thread, site, action })
    }
}
