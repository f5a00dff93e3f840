//! One event, as far as counters need it.

use super::super::json::{Json, Kind, Number};
use super::events::Instant;
use crate::import::error::ImportError;

/// Most series of one counter.
const SERIES_MAX: usize = 256;

/// An event; its texts are used again for the next.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub(super) name: String,
    /// `C` for a counter, `i` or `I` for an instant, `M` for a name.
    pub(super) phase: u8,
    pub(super) at: Option<Instant>,
    /// Of what has a length, µs.
    pub(super) length_us: f64,
    pub(super) process: String,
    pub(super) thread: u64,
    /// Tells counters of one name apart.
    pub(super) id: String,
    series: Vec<(String, f64)>,
    series_count: usize,
    /// `args.name`: of a process or a thread.
    pub(super) given_name: String,
}

impl Event {
    /// The series of a counter: its arguments that are numbers.
    pub(super) fn series(&self) -> &[(String, f64)] {
        &self.series[..self.series_count]
    }

    /// Reads the next one; what is no object is an event of nothing.
    pub(super) fn read(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        (self.phase, self.at, self.length_us, self.thread, self.series_count) = (0, None, 0.0, 0, 0);
        for text in [&mut self.name, &mut self.process, &mut self.id, &mut self.given_name] {
            text.clear();
        }
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            match key {
                "name" => put(&mut self.name, json.text()?),
                "ph" => self.phase = json.text()?.and_then(|phase| phase.bytes().next()).unwrap_or(0),
                "ts" => self.at = json.number()?.and_then(|ts| Instant::of(ts.to_f64())),
                "dur" => self.length_us = json.number()?.map_or(0.0, Number::to_f64),
                "pid" => read_id(json, &mut self.process)?,
                "tid" => self.thread = json.u64()?.unwrap_or(0),
                "id" => read_id(json, &mut self.id)?,
                "args" => self.read_arguments(json, true)?,
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    /// Arguments, and those within `data`, where DevTools puts them.
    fn read_arguments(&mut self, json: &mut Json<'_>, is_outer: bool) -> Result<(), ImportError> {
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            if is_outer && key == "data" {
                // No recursion beyond this one.
                self.read_arguments(json, false)?;
                continue;
            }
            if is_outer && key == "name" {
                put(&mut self.given_name, json.text()?);
                continue;
            }
            if self.series_count == SERIES_MAX {
                json.skip()?;
                continue;
            }
            if self.series_count == self.series.len() {
                self.series.push(Default::default());
            }
            put(&mut self.series[self.series_count].0, Some(key));
            if let Some(number) = json.number()? {
                self.series[self.series_count].1 = number.to_f64();
                self.series_count += 1;
            }
        }
        Ok(())
    }
}

/// A process or an id: some write numbers, some texts.
fn read_id(json: &mut Json<'_>, into: &mut String) -> Result<(), ImportError> {
    if json.kind()? == Kind::Text {
        put(into, json.text()?);
    } else if let Some(number) = json.number()? {
        *into = number.to_i64().map_or_else(|| number.to_f64().to_string(), |number| number.to_string());
    }
    Ok(())
}

fn put(into: &mut String, text: Option<&str>) {
    into.clear();
    into.push_str(text.unwrap_or_default());
}
