//! What a pickle holds, once it was run.

use super::entry::{Action, Entries};
use super::heap::Kind;
use super::machine::Machine;
use super::refusal::malformed;
use super::segment::Segment;
use super::skipped::Skipped;
use super::value::Value;
use super::words::Word;
use crate::import::error::ImportError;
use crate::import::format::Format;

/// A space as whoever exported it from here describes it.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) label: Option<String>,
    pub(super) granule_bytes: Option<u64>,
}

/// All of a file.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) protocol: u8,
    pub(super) segments: Vec<Segment>,
    /// Of each device by its number.
    pub(super) traces: Vec<Entries>,
    pub(super) host_segments: Vec<Segment>,
    pub(super) host_traces: Vec<Entries>,
    pub(super) annotations: Entries,
    /// `PYTORCH_CUDA_ALLOC_CONF`.
    pub(super) settings: Option<String>,
    pub(super) described: Vec<Described>,
    /// Whether there is more than the default stream.
    pub(super) has_streams: bool,
    /// Names of categories, by [`super::entry::Pool::Named`].
    pub(super) names: Vec<String>,
    /// Texts of marks.
    pub(super) markers: Vec<String>,
    pub(super) skipped: Skipped,
    /// Where the file ends too early.
    pub(super) cut_at: Option<u64>,
}

impl Snapshot {
    /// What is on top of the machine's stack.
    pub(super) fn of(mut machine: Machine<'_, '_>, cut_at: Option<u64>) -> Result<Self, ImportError> {
        let root = machine.stack.last().map_or(Value::None, |&root| machine.heap.resolved(root));
        let mut snapshot = Self { protocol: machine.protocol, cut_at, ..Self::default() };
        match root {
            Value::Object(object) if matches!(machine.heap.kind(object), Some(Kind::Dict(_))) => {
                snapshot.fill(&mut machine, root);
            }
            // As `memory_snapshot()` returns them: without traces.
            Value::Object(object) if matches!(machine.heap.kind(object), Some(Kind::Segments(_))) => {
                snapshot.segments = segments(&mut machine, Some(root));
            }
            _ if cut_at.is_some() => {}
            found => {
                return Err(malformed(
                    machine.at,
                    "a dictionary with `segments`, or a list of them",
                    format!("{found:?}"),
                ));
            }
        }
        snapshot.has_streams = machine.records.streams() > 0;
        snapshot.names = machine.records.names;
        snapshot.markers = machine.records.markers;
        snapshot.skipped = machine.records.skipped;
        if snapshot.is_empty() {
            let why = match cut_at {
                Some(at) => format!("it ends at byte {at}, before anything was complete"),
                None => "neither segments nor entries of a trace".into(),
            };
            return Err(ImportError::Empty { format: Format::PytorchSnapshot, why });
        }
        Ok(snapshot)
    }

    fn fill(&mut self, machine: &mut Machine<'_, '_>, root: Value) {
        let field = |machine: &Machine<'_, '_>, key| machine.heap.field(root, key);
        self.segments = segments(machine, field(machine, Word::Segments));
        self.traces = traces(machine, field(machine, Word::DeviceTraces));
        self.host_segments = segments(machine, field(machine, Word::HostSegments));
        self.host_traces = traces(machine, field(machine, Word::HostTraces));
        let annotations = traces(machine, field(machine, Word::ExternalAnnotations)).pop().unwrap_or_default();
        for entry in annotations.into_told() {
            // Of no device: nothing else could be placed.
            if entry.action == Action::Mark {
                self.annotations.push(entry);
            } else {
                let place = || "in `external_annotations`".into();
                machine.records.skipped.count("entries of a trace among the annotations were left out", place);
            }
        }
        let settings = field(machine, Word::AllocatorSettings);
        let settings = settings.and_then(|settings| machine.heap.field(settings, Word::PytorchCudaAllocConf));
        self.settings = text(machine, settings).filter(|text| !text.is_empty());
        let described = field(machine, Word::Arenascope).and_then(|of| machine.heap.field(of, Word::Spaces));
        if let Some(Value::Object(list)) = described
            && let Some(Kind::List(items)) = machine.heap.kind(list)
        {
            let described = items.iter().map(|&item| Described {
                label: text(machine, machine.heap.field(item, Word::Label)),
                granule_bytes: machine.heap.field(item, Word::GranuleBytes).and_then(Value::size),
            });
            self.described = described.take(arenascope_trace::SPACES_MAX).collect();
        }
    }

    fn is_empty(&self) -> bool {
        let has_entries = |traces: &[Entries]| traces.iter().any(|entries| entries.len() > 0);
        self.segments.is_empty()
            && self.host_segments.is_empty()
            && !has_entries(&self.traces)
            && !has_entries(&self.host_traces)
    }
}

fn text(machine: &Machine<'_, '_>, value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::Text(text)) => Some(machine.texts.text(text).into()),
        _ => None,
    }
}

fn segments(machine: &mut Machine<'_, '_>, value: Option<Value>) -> Vec<Segment> {
    let Some(Value::Object(list)) = value else { return Vec::new() };
    match machine.heap.kind_mut(list) {
        Some(Kind::Segments(segments)) => std::mem::take(segments),
        _ => Vec::new(),
    }
}

/// A list of traces, or one trace.
fn traces(machine: &mut Machine<'_, '_>, value: Option<Value>) -> Vec<Entries> {
    let Some(Value::Object(list)) = value else { return Vec::new() };
    let items = match machine.heap.kind_mut(list) {
        Some(Kind::Entries(entries)) => return vec![std::mem::take(entries)],
        Some(Kind::List(items)) => std::mem::take(items),
        _ => return Vec::new(),
    };
    let entries_of = |item| match item {
        Value::Object(list) => match machine.heap.kind_mut(list) {
            Some(Kind::Entries(entries)) => std::mem::take(entries),
            _ => Entries::default(),
        },
        _ => Entries::default(),
    };
    items.into_iter().map(entries_of).collect()
}
