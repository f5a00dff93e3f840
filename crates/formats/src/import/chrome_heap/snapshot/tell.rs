//! Tells the objects of a heap: in order of their ids, which is that of time.

use super::contents::Snapshot;
use super::meta::Meta;
use super::nodes::{Names, Node, is_named};
use super::trace::{Call, Function};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{
    Action, CannotTell, CategoryId, Event, Frame, FrameId, Manifest, NoteKind, Sink, Site, Space, SpaceId, Stacks,
};
use std::collections::HashMap;

/// Largest object that can be, and latest time, µs.
const BYTES_MAX: u64 = 1 << 56;
const TIME_MAX_US: u64 = 1 << 53;

pub(super) fn tell(mut snapshot: Snapshot, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let before = snapshot.nodes.len();
    snapshot.nodes.retain(|node| node.bytes <= BYTES_MAX);
    if snapshot.nodes.is_empty() {
        return Err(ImportError::Empty { format: Format::ChromeHeap, why: "no object of it has a size".into() });
    }
    if snapshot.nodes.len() < before {
        let text = format!("{} objects are larger than can be, and are left out", before - snapshot.nodes.len());
        sink.manifest().note(NoteKind::Contradiction, text);
    }
    let has_times = !snapshot.samples.is_empty();
    snapshot.nodes.sort_by_key(|node| node.id);
    introduce(&snapshot, has_times, sink.manifest());
    let categories = categories(&snapshot.meta, sink.manifest());
    sink.manifest().add_space(Space { label: "V8 heap".into(), granule_bytes: 1, ..Space::default() });
    sink.begin()?;
    let mut times = Times::of(&snapshot.samples);
    let mut sites = Sites::of(&snapshot, sink.stacks());
    for (id, node) in (0..).zip(&snapshot.nodes) {
        // Ids of V8 are its own, and may be there twice in a file that is damaged.
        let time_us = if has_times { times.of_id(node.id) } else { id };
        let site = sites.site(node, &snapshot, sink.stacks());
        let category = categories[usize::from(node.kind).min(categories.len() - 1)];
        let action = Action::Allocate { id, space: SpaceId(0), address: 0, bytes: node.bytes, category };
        sink.event(Event { time_us, thread: 0, site, action })?;
    }
    Ok(())
}

fn introduce(snapshot: &Snapshot, has_times: bool, manifest: &mut Manifest) {
    manifest.lacks(CannotTell::Addresses, "V8 gives objects ids, not addresses");
    if has_times {
        manifest.source.subject = Some("an allocation timeline".into());
        manifest.lacks(CannotTell::Frees, "objects that were collected before the end are not in the file");
    } else {
        manifest.source.subject = Some("a heap snapshot".into());
        manifest.lacks(CannotTell::History, "a snapshot is of one moment");
        manifest.lacks(CannotTell::Times, "a snapshot does not say when objects were allocated");
        manifest.lacks(CannotTell::Frees, "only what lives is in a snapshot");
    }
    if snapshot.trace.calls.is_empty() {
        manifest.lacks(CannotTell::Stacks, "allocation stacks were not recorded: the names are those of classes");
    } else {
        let traced = snapshot.nodes.iter().filter(|node| snapshot.trace.call(node.trace).is_some());
        let (count, bytes) =
            traced.fold((0_u64, 0_u64), |(count, bytes), node| (count + 1, bytes.saturating_add(node.bytes)));
        let text = format!(
            "{} allocations of {} bytes were recorded with their stacks; {count} objects of {bytes} bytes of them live",
            snapshot.trace.count, snapshot.trace.bytes,
        );
        manifest.note(NoteKind::Remark, text);
    }
}

/// A category for each type, and one for types that have no name.
fn categories(meta: &Meta, manifest: &mut Manifest) -> Vec<CategoryId> {
    let named = meta.node_types.iter().map(String::as_str).chain(["of no type"]);
    named.map(|kind| manifest.category(kind)).collect()
}

/// When ids were given, asked for in rising order.
struct Times<'s> {
    samples: std::iter::Peekable<std::slice::Iter<'s, (u64, u64)>>,
    first_us: u64,
    now_us: u64,
}

impl<'s> Times<'s> {
    fn of(samples: &'s [(u64, u64)]) -> Self {
        let first_us = samples.first().map_or(0, |&(first_us, _)| first_us);
        Self { samples: samples.iter().peekable(), first_us, now_us: 0 }
    }

    /// The time of the first sample by which that id was given; of the last, if by none.
    fn of_id(&mut self, id: u64) -> u64 {
        while let Some(&&(time_us, last_id)) = self.samples.peek() {
            self.now_us = self.now_us.max(time_us.saturating_sub(self.first_us).min(TIME_MAX_US));
            if last_id >= id {
                break;
            }
            self.samples.next();
        }
        self.now_us
    }
}

/// Sites of calls and classes.
struct Sites {
    calls: Vec<Site>,
    classes: HashMap<u32, FrameId>,
}

impl Sites {
    fn of(snapshot: &Snapshot, stacks: &mut Stacks) -> Self {
        let mut calls: Vec<Site> = Vec::with_capacity(snapshot.trace.calls.len());
        for &Call { caller, function } in &snapshot.trace.calls {
            let caller = caller.map_or(Site::NONE, |caller| calls[caller as usize]);
            let function = snapshot.trace.functions.get(function as usize);
            let frame = function.and_then(|function| described(function, &snapshot.names));
            calls.push(frame.map_or(caller, |frame| {
                let frame = stacks.intern(frame);
                stacks.child(caller, frame)
            }));
        }
        Self { calls, classes: HashMap::new() }
    }

    /// The calls that allocated an object, and its class as the innermost.
    fn site(&mut self, node: &Node, snapshot: &Snapshot, stacks: &mut Stacks) -> Site {
        let call = snapshot.trace.call(node.trace).map_or(Site::NONE, |call| self.calls[call as usize]);
        if !is_named(node.kind, &snapshot.meta) {
            return call;
        }
        let Some(class) = snapshot.names.get(node.name) else { return call };
        let named = || stacks.intern(Frame { function: class.into(), ..Frame::default() });
        let frame = *self.classes.entry(node.name).or_insert_with(named);
        stacks.child(call, frame)
    }
}

/// A function; `None` of the root, which calls the outermost.
fn described(function: &Function, names: &Names) -> Option<Frame> {
    let name = names.get(function.name).unwrap_or("(anonymous)");
    let file = names.get(function.script).unwrap_or_default();
    (name != "(root)").then(|| Frame { function: name.into(), file: file.into(), line: function.line })
}
