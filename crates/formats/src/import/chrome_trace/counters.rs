//! All series of a file, as columns.

use super::event::Event;
use super::events::Instant;
use std::collections::HashMap;
use std::fmt::Write;

/// Most marks that are told, and most different texts of them.
const MARKS_MAX: usize = 4096;
const MARK_TEXTS_MAX: usize = 256;
/// Longest text of a mark, in letters.
const MARK_LETTERS_MAX: usize = 80;

/// A counter of a process.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) process: u32,
    pub(super) name: String,
    /// Its series, by their keys.
    series: HashMap<Box<str>, u32>,
}

/// A series of a counter.
#[derive(Debug)]
pub(super) struct Series {
    /// Position of its counter.
    pub(super) counter: u32,
    pub(super) key: Box<str>,
}

/// What a series was at some time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) at: Instant,
    pub(super) series: u32,
    pub(super) thread: u16,
    pub(super) value: f64,
}

/// An instant event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) at: Instant,
    pub(super) text: u32,
}

/// A process by its id, and the name that it gave itself.
#[derive(Debug, Default)]
pub(super) struct Process {
    pub(super) id: String,
    pub(super) name: String,
}

/// Everything that is kept of a file.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) counters: Vec<Counter>,
    pub(super) series: Vec<Series>,
    pub(super) samples: Vec<Sample>,
    pub(super) processes: Vec<Process>,
    pub(super) marks: Vec<Mark>,
    pub(super) mark_texts: Vec<String>,
    pub(super) marks_left_out: u64,
    /// Events that are neither counters nor instants nor names.
    pub(super) others: u64,
    /// Counters without a time or without a number.
    pub(super) broken: u64,
    numbers: HashMap<String, u32>,
    threads: HashMap<u64, u16>,
    process_numbers: HashMap<String, u32>,
    mark_numbers: HashMap<String, u32>,
    /// Where the name of a series is put together.
    scratch: String,
}

impl Counters {
    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Takes in an event.
    pub(super) fn take(&mut self, event: &Event) {
        match event.phase {
            b'C' => self.counter(event),
            b'i' | b'I' if event.name == "UpdateCounters" => self.counter(event),
            b'i' | b'I' => self.mark(event),
            b'B' | b'E' | b'X' if matches!(event.name.as_str(), "MinorGC" | "MajorGC") => self.collection(event),
            b'M' if event.name == "process_name" => {
                let process = self.process(&event.process);
                self.processes[process as usize].name.clone_from(&event.given_name);
            }
            b'M' => {}
            _ => self.others += 1,
        }
    }

    fn counter(&mut self, event: &Event) {
        let Some(at) = event.at.filter(|_| !event.series().is_empty()) else {
            self.broken += 1;
            return;
        };
        let thread = self.thread(event.thread);
        let counter = self.counter_named(&event.process, &event.name, &event.id);
        for (key, value) in event.series() {
            let series = self.series_of(counter, key);
            self.samples.push(Sample { at, series, thread, value: *value });
        }
    }

    /// A garbage collection of V8 says how much of the heap was used before and after: one
    /// series for each thread, as each has a heap.
    fn collection(&mut self, event: &Event) {
        let thread = self.thread(event.thread);
        for (key, value) in event.series() {
            let at = match key.as_str() {
                "usedHeapSizeBefore" => event.at,
                "usedHeapSizeAfter" => event.at.map(|at| at.after(event.length_us)),
                _ => continue,
            };
            let Some(at) = at else {
                self.broken += 1;
                continue;
            };
            let counter = self.counter_named(&event.process, "V8 heap of thread", &event.thread.to_string());
            let series = self.series_of(counter, "usedHeapSize");
            self.samples.push(Sample { at, series, thread, value: *value });
        }
    }

    fn counter_named(&mut self, process: &str, name: &str, id: &str) -> u32 {
        self.scratch.clear();
        // A string takes in whatever is written.
        let _ = write!(self.scratch, "{process}\0{name}\0{id}");
        if let Some(&known) = self.numbers.get(&self.scratch) {
            return known;
        }
        let process = self.process(process);
        let name = if id.is_empty() { name.into() } else { format!("{name} {id}") };
        let number = self.counters.len() as u32;
        self.counters.push(Counter { process, name, series: HashMap::new() });
        self.numbers.insert(self.scratch.clone(), number);
        number
    }

    fn series_of(&mut self, counter: u32, key: &str) -> u32 {
        let known = &mut self.counters[counter as usize].series;
        if let Some(&known) = known.get(key) {
            return known;
        }
        let number = self.series.len() as u32;
        known.insert(key.into(), number);
        self.series.push(Series { counter, key: key.into() });
        number
    }

    fn process(&mut self, id: &str) -> u32 {
        if let Some(&known) = self.process_numbers.get(id) {
            return known;
        }
        let number = self.processes.len() as u32;
        self.processes.push(Process { id: id.into(), ..Process::default() });
        self.process_numbers.insert(id.into(), number);
        number
    }

    fn thread(&mut self, id: u64) -> u16 {
        let next = self.threads.len().min(usize::from(u16::MAX)) as u16;
        // More threads than have a number are one.
        if next == u16::MAX { next } else { *self.threads.entry(id).or_insert(next) }
    }

    fn mark(&mut self, event: &Event) {
        let Some(at) = event.at else { return };
        let has_room = self.marks.len() < MARKS_MAX;
        let known = self.mark_numbers.get(&event.name).copied();
        let text = known.or_else(|| {
            (has_room && self.mark_texts.len() < MARK_TEXTS_MAX).then(|| {
                let number = self.mark_texts.len() as u32;
                self.mark_texts.push(event.name.chars().take(MARK_LETTERS_MAX).collect());
                self.mark_numbers.insert(event.name.clone(), number);
                number
            })
        });
        match text.filter(|_| has_room) {
            Some(text) => self.marks.push(Mark { at, text }),
            None => self.marks_left_out += 1,
        }
    }
}
