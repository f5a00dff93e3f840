//! Chrome's trace events: counters that stack categories and spaces, and instants. Opens in
//! `chrome://tracing` and Perfetto, and is how Tracy imports.

use super::error::{ExportError, each};
use super::live::{Change, Live};
use super::row::instant_of;
use super::totals::Totals;
use arenascope_trace::{Manifest, Run};
use serde_json::json;
use std::io::Write;

const PID: u32 = 1;

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let manifest = run.manifest();
    let counters = Counters::of(manifest);
    begin(manifest, out)?;
    let (mut live, mut totals) = (Live::default(), Totals::of(manifest));
    counters.live(0, &totals, out)?;
    each(run, |event| {
        if let Some(name) = instant_of(event, manifest) {
            let (ts, tid) = (event.time_us, event.thread);
            let instant = json!({ "ph": "i", "s": "g", "name": name, "pid": PID, "tid": tid, "ts": ts });
            write!(out, ",\n{instant}")?;
        }
        for change in live.apply(event) {
            totals.apply(&change);
            match change {
                Change::Reserved { .. } | Change::Released { .. } => counters.reserved(event.time_us, &totals, out)?,
                _ => counters.live(event.time_us, &totals, out)?,
            }
        }
        Ok(())
    })?;
    Ok(out.write_all(b"\n]}\n")?)
}

fn begin(manifest: &Manifest, out: &mut dyn Write) -> Result<(), ExportError> {
    let source = &manifest.source;
    let name = source.subject.as_deref().unwrap_or(&source.label);
    let process = json!({ "ph": "M", "name": "process_name", "pid": PID, "args": { "name": name } });
    let about = json!({ "source": source });
    Ok(write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[\n{process}")?)
}

/// The names of the counters' series, as JSON texts.
struct Counters {
    categories: Vec<String>,
    spaces: Vec<String>,
}

impl Counters {
    fn of(manifest: &Manifest) -> Self {
        let categories = manifest.categories.iter().map(|category| json!(category.label).to_string()).collect();
        let spaces = manifest.spaces.iter().map(|space| json!(space.label).to_string()).collect();
        Self { categories, spaces }
    }

    /// The total, which the categories add up to, and the share of each space where there
    /// are some.
    fn live(&self, time_us: u64, totals: &Totals, out: &mut dyn Write) -> Result<(), ExportError> {
        match self.categories.is_empty() {
            true => counter("Live bytes", time_us, &["\"bytes\"".into()], &[totals.live_bytes], out),
            false => counter("Live bytes", time_us, &self.categories, &totals.by_category, out),
        }?;
        if self.spaces.len() > 1 {
            counter("Live bytes by space", time_us, &self.spaces, &totals.by_space, out)?;
        }
        Ok(())
    }

    fn reserved(&self, time_us: u64, totals: &Totals, out: &mut dyn Write) -> Result<(), ExportError> {
        counter("Reserved bytes", time_us, &self.spaces, &totals.reserved, out)
    }
}

fn counter(name: &str, ts: u64, series: &[String], values: &[u64], out: &mut dyn Write) -> Result<(), ExportError> {
    write!(out, ",\n{{\"ph\":\"C\",\"name\":\"{name}\",\"pid\":{PID},\"ts\":{ts},\"args\":{{")?;
    for (position, (name, value)) in series.iter().zip(values).enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(out, "{comma}{name}:{value}")?;
    }
    Ok(out.write_all(b"}}")?)
}
