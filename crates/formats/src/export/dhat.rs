//! Valgrind's DHAT, version 2, for its viewer `dh_view.html`: one program point for each
//! call stack, innermost frame first.

use super::by_site::{BySite, SiteSums};
use super::error::{ExportError, each};
use super::live::Live;
use super::totals::Totals;
use arenascope_trace::{CannotTell, Frame, Manifest, Run, Site, Stacks};
use serde_json::json;
use std::io::Write;

/// Blocks that live shorter count as short-lived, time units.
const SHORT_LIVED: u32 = 10;

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let stacks = run.stacks();
    if stacks.is_empty() {
        let why = "the run has no call stacks, and a DHAT profile is a tree of them".into();
        return Err(ExportError::Cannot { why });
    }
    let times = Times::of(run)?;
    let sums = sums(run, &times)?;
    head(run.manifest(), &times, out)?;
    for (position, (site, sums)) in sums.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(out, "{comma}\n{}", point(stacks, *site, sums))?;
    }
    out.write_all(b"],\n\"ftbl\":[\n\"[root]\",\n\"(no call stack)\"")?;
    for frame in stacks.frames() {
        write!(out, ",\n{}", json!(shown(frame)))?;
    }
    Ok(out.write_all(b"]}\n")?)
}

/// Where the run is at its most, and where it ends.
#[derive(Default)]
struct Times {
    /// The most that lives.
    peak_bytes: u64,
    /// Events until it does for the first time, that one included.
    peak_after: u64,
    peak_us: u64,
    end_us: u64,
}

impl Times {
    fn of(run: &dyn Run) -> Result<Self, ExportError> {
        let (mut live, mut totals) = (Live::default(), Totals::of(run.manifest()));
        let (mut times, mut events) = (Self::default(), 0);
        each(run, |event| {
            events += 1;
            live.apply(event).for_each(|change| totals.apply(&change));
            times.end_us = event.time_us;
            if totals.live_bytes > times.peak_bytes {
                (times.peak_bytes, times.peak_after, times.peak_us) = (totals.live_bytes, events, event.time_us);
            }
            Ok(())
        })?;
        Ok(times)
    }
}

fn sums(run: &dyn Run, times: &Times) -> Result<Vec<(Site, SiteSums)>, ExportError> {
    let (mut live, mut by_site) = (Live::default(), BySite::default());
    let mut events = 0;
    each(run, |event| {
        events += 1;
        live.apply(event).for_each(|change| by_site.apply(&change, event.time_us));
        if events == times.peak_after {
            by_site.set_peak();
        }
        Ok(())
    })?;
    by_site.finish(&live.into_blocks(), times.end_us);
    Ok(by_site.into_sorted())
}

fn head(manifest: &Manifest, times: &Times, out: &mut dyn Write) -> Result<(), ExportError> {
    let has_times = !manifest.cannot_tell.contains_key(&CannotTell::Times);
    let (unit, million) = if has_times { ("µs", "s") } else { ("operations", "million operations") };
    let command = json!(manifest.source.subject.as_deref().unwrap_or(&manifest.source.label));
    let (peak_us, end_us) = (times.peak_us, times.end_us);
    out.write_all(b"{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\",\"bklt\":true,\"bkacc\":false,")?;
    write!(out, "\"tu\":\"{unit}\",\"Mtu\":\"{million}\",\"tuth\":{SHORT_LIVED},\"cmd\":{command},\"pid\":0,")?;
    Ok(write!(out, "\"te\":{end_us},\"tg\":{peak_us},\n\"pps\":[")?)
}

fn point(stacks: &Stacks, site: Site, sums: &SiteSums) -> serde_json::Value {
    json!({
        "tb": sums.total_bytes, "tbk": sums.total_blocks, "tl": sums.lifetimes_us,
        "mb": sums.most_bytes, "mbk": sums.most_blocks,
        "gb": sums.peak_bytes, "gbk": sums.peak_blocks,
        "eb": sums.live_bytes, "ebk": sums.live_blocks,
        "fs": innermost_first(stacks, site),
    })
}

/// Numbers in the table of frames, where two stand before those of the run.
fn innermost_first(stacks: &Stacks, site: Site) -> Vec<u32> {
    let nodes = std::iter::successors(stacks.node(site), |(parent, _)| stacks.node(*parent));
    let frames: Vec<_> = nodes.map(|(_, frame)| frame.0.saturating_add(2)).collect();
    if frames.is_empty() { vec![1] } else { frames }
}

fn shown(frame: &Frame) -> String {
    match (&*frame.file, frame.line) {
        ("", _) => frame.function.to_string(),
        (file, 0) => format!("{} (in {file})", frame.function),
        (file, line) => format!("{} ({file}:{line})", frame.function),
    }
}
