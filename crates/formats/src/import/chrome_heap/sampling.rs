//! `.heapprofile`: a tree of calls, each with the bytes that it allocated and that still
//! live, estimated from samples.

use super::super::json::{Json, Number};
use super::name::clipped;
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Action, CannotTell, Event, Frame, FrameId, NoteKind, Sink, Site, Space, SpaceId, Stacks};

/// A call of the tree; its caller is before it.
#[derive(Clone, Copy, Debug)]
struct Node {
    caller: Option<u32>,
    frame: Option<FrameId>,
    bytes: u64,
}

/// Everything that is kept of a file.
#[derive(Debug, Default)]
struct Profile {
    nodes: Vec<Node>,
    samples: u64,
    sample_bytes: u64,
}

pub(super) fn read(json: &mut Json<'_>, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut profile = Profile::default();
    let parsed = parse(json, &mut profile, sink.stacks());
    if profile.nodes.iter().all(|node| node.bytes == 0) {
        parsed?;
        return Err(ImportError::Empty {
            format: Format::ChromeHeap,
            why: "no call of its tree allocated anything".into(),
        });
    }
    match parsed {
        Err(error) if !json.is_cut() => return Err(error),
        Err(_) => {
            let text = format!("the file ends at {}: calls are missing", json.place());
            sink.manifest().note(NoteKind::Missing, text);
        }
        Ok(()) => compare(&profile, sink),
    }
    tell(&profile, sink)
}

fn parse(json: &mut Json<'_>, profile: &mut Profile, stacks: &mut Stacks) -> Result<(), ImportError> {
    json.begin_object()?;
    while let Some(key) = json.key()? {
        match key {
            "head" => tree(json, &mut profile.nodes, stacks)?,
            "samples" => samples(json, profile)?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

/// Where in the tree the file stands.
enum Level {
    /// Among the keys of a call.
    Call(u32),
    /// Among those that it calls.
    Calls(u32),
}

fn tree(json: &mut Json<'_>, nodes: &mut Vec<Node>, stacks: &mut Stacks) -> Result<(), ImportError> {
    let mut levels = Vec::new();
    begin(json, None, nodes, &mut levels)?;
    while let Some(level) = levels.last() {
        match *level {
            Level::Call(node) => match json.key()? {
                None => drop(levels.pop()),
                Some("callFrame") => nodes[node as usize].frame = frame(json, stacks)?,
                Some("selfSize") => nodes[node as usize].bytes = json.u64()?.unwrap_or(0),
                Some("children") => {
                    if json.begins_array()? {
                        levels.push(Level::Calls(node));
                    }
                }
                Some(_) => json.skip()?,
            },
            Level::Calls(caller) => {
                if json.next()? {
                    begin(json, Some(caller), nodes, &mut levels)?;
                } else {
                    levels.pop();
                }
            }
        }
    }
    Ok(())
}

fn begin(
    json: &mut Json<'_>,
    caller: Option<u32>,
    nodes: &mut Vec<Node>,
    levels: &mut Vec<Level>,
) -> Result<(), ImportError> {
    if json.begins_object()? {
        levels.push(Level::Call(nodes.len() as u32));
        nodes.push(Node { caller, frame: None, bytes: 0 });
    }
    Ok(())
}

/// A function; `None` of the root, which calls the outermost.
fn frame(json: &mut Json<'_>, stacks: &mut Stacks) -> Result<Option<FrameId>, ImportError> {
    let mut frame = Frame::default();
    if !json.begins_object()? {
        return Ok(None);
    }
    while let Some(key) = json.key()? {
        match key {
            "functionName" => frame.function = clipped(json.text()?.unwrap_or_default()),
            "url" => frame.file = clipped(json.text()?.unwrap_or_default()),
            // From 0; -1 of what is in no script.
            "lineNumber" => {
                let line = json.number()?.and_then(Number::to_i64).unwrap_or(-1);
                frame.line = line.saturating_add(1).clamp(0, i64::from(u32::MAX)) as u32;
            }
            _ => json.skip()?,
        }
    }
    if &*frame.function == "(root)" {
        return Ok(None);
    }
    if frame.function.is_empty() {
        frame.function = "(anonymous)".into();
    }
    Ok(Some(stacks.intern(frame)))
}

fn samples(json: &mut Json<'_>, profile: &mut Profile) -> Result<(), ImportError> {
    if !json.begins_array()? {
        return Ok(());
    }
    while json.next()? {
        profile.samples += 1;
        if !json.begins_object()? {
            continue;
        }
        while let Some(key) = json.key()? {
            match key {
                "size" => profile.sample_bytes = profile.sample_bytes.saturating_add(json.u64()?.unwrap_or(0)),
                _ => json.skip()?,
            }
        }
    }
    Ok(())
}

/// The samples are what the tree sums up, but for those that V8 took or lost while it wrote
/// them: its own files differ by a thousandth.
fn compare(profile: &Profile, sink: &mut dyn Sink) {
    let bytes = profile.nodes.iter().fold(0_u64, |sum, node| sum.saturating_add(node.bytes));
    if profile.samples > 0 && bytes.abs_diff(profile.sample_bytes) > bytes / 50 {
        let text =
            format!("its {} samples are of {} bytes, its calls of {bytes}", profile.samples, profile.sample_bytes);
        sink.manifest().note(NoteKind::Contradiction, text);
    }
}

fn tell(profile: &Profile, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let manifest = sink.manifest();
    manifest.source.subject = Some("a sampling heap profile".into());
    for (what, why) in [
        (CannotTell::All, "V8 takes samples: sizes are estimated from them"),
        (CannotTell::Allocations, "the profile holds totals by call"),
        (CannotTell::Addresses, "the profile has no addresses"),
        (CannotTell::Times, "the profile does not say when memory was allocated"),
        (CannotTell::History, "the profile is of one moment: of what still lived when it was taken"),
        (CannotTell::Frees, "only what still lived is in the profile"),
    ] {
        manifest.lacks(what, why);
    }
    let category = manifest.category("JavaScript heap");
    manifest.add_space(Space { label: "V8 heap".into(), granule_bytes: 1, ..Space::default() });
    sink.begin()?;
    let mut sites: Vec<Site> = Vec::with_capacity(profile.nodes.len());
    let mut time_us = 0;
    for (id, node) in (0..).zip(&profile.nodes) {
        let caller = node.caller.map_or(Site::NONE, |caller| sites[caller as usize]);
        let site = node.frame.map_or(caller, |frame| sink.stacks().child(caller, frame));
        sites.push(site);
        if node.bytes > 0 {
            let action = Action::Allocate { id, space: SpaceId(0), address: 0, bytes: node.bytes, category };
            sink.event(Event { time_us, thread: 0, site, action })?;
            time_us += 1;
        }
    }
    Ok(())
}
