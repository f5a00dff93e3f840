//! speedscope's JSON: two sampled profiles, of what call stacks hold at the end and of what
//! they allocated in all: <https://www.speedscope.app/file-format-schema.json>.

use super::by_site::{BySite, SiteSums};
use super::error::{ExportError, each};
use super::live::Live;
use arenascope_trace::{Frame, Run, Site, Stacks};
use serde_json::json;
use std::io::Write;

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";
/// A sum of a call stack.
type Weight = fn(&SiteSums) -> u64;

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let (manifest, stacks) = (run.manifest(), run.stacks());
    if stacks.is_empty() {
        return Err(ExportError::Cannot {
            why: "the run has no call stacks, and speedscope shows nothing else".into(),
        });
    }
    let (mut live, mut by_site) = (Live::default(), BySite::default());
    each(run, |event| {
        live.apply(event).for_each(|change| by_site.apply(&change, event.time_us));
        Ok(())
    })?;
    let sums = by_site.into_sorted();
    let name = manifest.source.subject.as_deref().unwrap_or(&manifest.source.label);
    write!(out, "{{\"$schema\":\"{SCHEMA}\",\"exporter\":\"Arenascope\",\"name\":{},", json!(name))?;
    out.write_all(b"\"activeProfileIndex\":0,\"shared\":{\"frames\":[\n")?;
    frames(stacks, out)?;
    out.write_all(b"]},\"profiles\":[\n")?;
    profile("Live at the end", stacks, &sums, |sums| sums.live_bytes, out)?;
    out.write_all(b",\n")?;
    profile("Allocated in all", stacks, &sums, |sums| sums.total_bytes, out)?;
    Ok(out.write_all(b"]}\n")?)
}

/// Every frame in the order of their numbers, and one for what has no stack.
fn frames(stacks: &Stacks, out: &mut dyn Write) -> Result<(), ExportError> {
    for frame in stacks.frames() {
        writeln!(out, "{},", shown(frame))?;
    }
    Ok(writeln!(out, "{}", json!({ "name": "(no call stack)" }))?)
}

fn shown(frame: &Frame) -> serde_json::Value {
    let mut shown = json!({ "name": frame.function });
    if !frame.file.is_empty() {
        shown["file"] = json!(frame.file);
    }
    if frame.line != 0 {
        shown["line"] = json!(frame.line);
    }
    shown
}

fn profile(
    name: &str,
    stacks: &Stacks,
    sums: &[(Site, SiteSums)],
    weight: Weight,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let weighed = || sums.iter().map(|(site, sums)| (*site, weight(sums))).filter(|(_, weight)| *weight != 0);
    let end = weighed().fold(0_u64, |sum, (_, weight)| sum.saturating_add(weight));
    write!(out, "{{\"type\":\"sampled\",\"name\":\"{name}\",\"unit\":\"bytes\",\"startValue\":0,\"endValue\":{end},")?;
    out.write_all(b"\"samples\":[")?;
    for (position, (site, _)) in weighed().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(out, "{comma}\n{}", json!(outermost_first(stacks, site)))?;
    }
    out.write_all(b"],\n\"weights\":[")?;
    for (position, (_, weight)) in weighed().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(out, "{comma}{weight}")?;
    }
    Ok(out.write_all(b"]}")?)
}

/// Numbers of the frames of a stack.
fn outermost_first(stacks: &Stacks, site: Site) -> Vec<u32> {
    let nodes = std::iter::successors(stacks.node(site), |(parent, _)| stacks.node(*parent));
    let mut frames: Vec<_> = nodes.map(|(_, frame)| frame.0).collect();
    if frames.is_empty() {
        frames.push(stacks.frames().len() as u32);
    }
    frames.reverse();
    frames
}
