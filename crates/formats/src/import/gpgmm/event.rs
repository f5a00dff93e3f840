//! One event of a capture.

use super::super::chrome_trace::Instant;
use super::super::json::{Json, Kind, Number};
use crate::import::error::ImportError;

/// Deepest arguments that are looked into.
const DEPTH_MAX: u32 = 4;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Allocator,
    Heap,
    Allocation,
    CreateResource,
    CreateHeap,
}

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    New,
    State,
    Gone,
    Instant,
}

/// An event of a capture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) at: Instant,
    pub(super) subject: Subject,
    pub(super) phase: Phase,
    /// The object's address in the program: used again once it is gone.
    pub(super) id: u64,
    pub(super) thread: u64,
    pub(super) arguments: Arguments,
}

/// The arguments that say something of memory, wherever they stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arguments {
    pub(super) bytes: Option<u64>,
    /// 0 local, 1 not local.
    pub(super) segment: Option<u64>,
    pub(super) heap_offset: Option<u64>,
    pub(super) heap: Option<u64>,
    /// 1 default, 2 upload, 3 readback, 4 custom.
    pub(super) heap_type: Option<u64>,
    pub(super) dimension: Option<u64>,
    pub(super) width: Option<u64>,
    pub(super) height: Option<u64>,
    pub(super) depth: Option<u64>,
    pub(super) levels: Option<u64>,
    pub(super) format: Option<u64>,
    pub(super) samples: Option<u64>,
}

/// Reads the next event; `None` of one that says nothing of memory.
pub(super) fn read(json: &mut Json<'_>) -> Result<Option<Event>, ImportError> {
    if !json.begins_object()? {
        return Ok(None);
    }
    let (mut at, mut subject, mut phase, mut id, mut thread) = (None, None, None, 0, 0);
    let mut arguments = Arguments::default();
    while let Some(key) = json.key()? {
        match key {
            "name" => subject = json.text()?.and_then(subject_of),
            "ph" => phase = json.text()?.and_then(phase_of),
            "ts" => at = json.number()?.map(Number::to_f64).and_then(Instant::of),
            "id" => id = pointer(json)?.unwrap_or(0),
            "tid" => thread = json.u64()?.unwrap_or(0),
            "args" => arguments.read(json, 0)?,
            _ => json.skip()?,
        }
    }
    let event = (|| Some(Event { at: at?, subject: subject?, phase: phase?, id, thread, arguments }))();
    Ok(event)
}

fn subject_of(name: &str) -> Option<Subject> {
    Some(match name {
        "ResourceAllocator" => Subject::Allocator,
        "Heap" | "ResidencyHeap" => Subject::Heap,
        "ResourceAllocation" => Subject::Allocation,
        "ResourceAllocator.CreateResource" => Subject::CreateResource,
        "Heap.CreateHeap" => Subject::CreateHeap,
        _ => return None,
    })
}

fn phase_of(letter: &str) -> Option<Phase> {
    Some(match letter {
        "N" => Phase::New,
        "O" => Phase::State,
        "D" => Phase::Gone,
        "i" | "I" => Phase::Instant,
        _ => return None,
    })
}

/// `"0x234fcd8abe0"`, or a number.
fn pointer(json: &mut Json<'_>) -> Result<Option<u64>, ImportError> {
    if json.kind()? != Kind::Text {
        return json.u64();
    }
    let text = json.text()?.unwrap_or_default();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    Ok(digits.map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok()))
}

impl Arguments {
    fn read(&mut self, json: &mut Json<'_>, depth: u32) -> Result<(), ImportError> {
        if depth == DEPTH_MAX || !json.begins_object()? {
            return if depth == DEPTH_MAX { json.skip() } else { Ok(()) };
        }
        while let Some(key) = json.key()? {
            let into = match key {
                "Size" | "SizeInBytes" => &mut self.bytes,
                "HeapSegment" | "MemorySegmentGroup" => &mut self.segment,
                "HeapOffset" => &mut self.heap_offset,
                "HeapType" => &mut self.heap_type,
                "Dimension" => &mut self.dimension,
                "Width" => &mut self.width,
                "Height" => &mut self.height,
                "DepthOrArraySize" => &mut self.depth,
                "MipLevels" => &mut self.levels,
                "Format" => &mut self.format,
                "Count" => &mut self.samples,
                "ResourceHeap" => {
                    self.heap = reference(json)?;
                    continue;
                }
                "snapshot" | "allocationDescriptor" | "resourceDescriptor" | "SampleDesc" | "Heap" => {
                    self.read(json, depth + 1)?;
                    continue;
                }
                _ => {
                    json.skip()?;
                    continue;
                }
            };
            *into = json.u64()?;
        }
        Ok(())
    }
}

/// `{"id_ref": "0x…"}`
fn reference(json: &mut Json<'_>) -> Result<Option<u64>, ImportError> {
    let mut referred = None;
    if json.begins_object()? {
        while let Some(key) = json.key()? {
            match key {
                "id_ref" => referred = pointer(json)?,
                _ => json.skip()?,
            }
        }
    }
    Ok(referred)
}
