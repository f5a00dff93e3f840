//! Turns dictionaries into records when a list takes them in.

use super::entry::{Action, Entry, NO_TIME, Pool};
use super::heap::{Heap, Kind};
use super::lists::{MIXED, blocks, entries, segments};
use super::segment::{Block, Segment, State};
use super::skipped::Skipped;
use super::trace_stacks::TraceStacks;
use super::value::Value;
use super::words::{Texts, Word};
use arenascope_trace::{FrameId, Site, Stacks};
use std::collections::HashMap;

/// Most frames of a stack; of longer ones the innermost are kept.
const STACK_MAX: usize = 1 << 12;
/// Most texts of marks that are told apart.
const MARKERS_MAX: usize = 1 << 12;
/// Most letters of such a text.
const MARKER_LETTERS: usize = 500;
/// Most names of categories that are told apart.
const NAMES_MAX: usize = 64;

/// What a dictionary is, by its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Frame,
    Entry,
    Annotation,
    Block,
    Segment,
    Other,
}

/// What the records have in common.
#[derive(Default)]
pub(super) struct Records {
    stacks: TraceStacks,
    /// Streams by their handles, numbered as they appear; the default stream is 0.
    streams: HashMap<i64, u16>,
    /// Names of categories that the file gives itself.
    pub(super) names: Vec<String>,
    /// Texts of marks.
    pub(super) markers: Vec<String>,
    by_marker: HashMap<String, u32>,
    pub(super) skipped: Skipped,
    scratch: Vec<FrameId>,
}

impl Records {
    /// How many streams there are beside the default one.
    pub(super) fn streams(&self) -> usize {
        self.streams.len()
    }

    pub(super) fn shape(heap: &Heap, value: Value) -> Shape {
        let Some(pairs) = heap.dict(value) else { return Shape::Other };
        let mut shape = Shape::Other;
        let (mut has_name, mut has_file, mut has_time) = (false, false, false);
        for (key, _) in pairs {
            match key {
                Word::Action => return Shape::Entry,
                Word::Blocks => return Shape::Segment,
                Word::State => shape = Shape::Block,
                Word::Name => has_name = true,
                Word::Filename => has_file = true,
                Word::TimeUs => has_time = true,
                _ => {}
            }
        }
        match shape {
            Shape::Other if has_name && has_file => Shape::Frame,
            Shape::Other if has_name && has_time => Shape::Annotation,
            shape => shape,
        }
    }

    /// A list takes in a value; what is a record becomes one.
    pub(super) fn take_in(
        &mut self,
        heap: &mut Heap,
        texts: &Texts,
        stacks: &mut Stacks,
        (list, value, at): (u32, Value, u64),
    ) {
        let value = heap.resolved(value);
        let taken = match Self::shape(heap, value) {
            Shape::Other => match heap.kind(list) {
                Some(Kind::List(_)) => return heap.push(list, value),
                _ => Err(MIXED),
            },
            Shape::Frame => {
                let frame = Value::Frame(self.frame(heap, texts, stacks, value));
                if let Value::Object(object) = value {
                    heap.settle(object, frame);
                }
                return heap.push(list, frame);
            }
            Shape::Entry | Shape::Annotation => match self.entry(heap, texts, stacks, value) {
                Some(entry) => entries(heap, list).map(|entries| entries.push(entry)),
                None => Err("entries of a trace without an address or a size were left out"),
            },
            Shape::Block => match self.block(heap, stacks, value) {
                Some(block) => blocks(heap, list).map(|blocks| blocks.push(block)),
                None => Err("blocks without a size or a state that is known were left out"),
            },
            Shape::Segment => match self.segment(heap, texts, stacks, value) {
                Some(segment) => segments(heap, list).map(|segments| segments.push(segment)),
                None => Err("segments without an address or a size were left out"),
            },
        };
        if let Err(reason) = taken {
            self.skipped.count(reason, || format!("before byte {at}"));
        }
        if let Value::Object(object) = value {
            heap.settle(object, Value::Opaque);
        }
    }

    fn frame(&mut self, heap: &Heap, texts: &Texts, stacks: &mut Stacks, value: Value) -> FrameId {
        let text = |key| match heap.field(value, key) {
            Some(Value::Text(text)) => text,
            _ => texts.unknown(),
        };
        let line = heap.field(value, Word::Line).and_then(Value::number).and_then(|line| u32::try_from(line).ok());
        self.stacks.frame(text(Word::Name), text(Word::Filename), line.unwrap_or(0), texts, stacks)
    }

    /// The site of what `frames` names; a list becomes the site for whoever refers to it.
    fn site(&mut self, heap: &mut Heap, stacks: &mut Stacks, of: Value, key: Word) -> Site {
        let object = match heap.field(of, key) {
            Some(Value::Stack(site)) => return site,
            Some(Value::Object(object)) => object,
            _ => return Site::NONE,
        };
        let Some(Kind::List(items)) = heap.kind(object) else { return Site::NONE };
        self.scratch.clear();
        self.scratch.extend(items.iter().take(STACK_MAX).filter_map(|item| match item {
            Value::Frame(frame) => Some(*frame),
            _ => None,
        }));
        let site = self.stacks.site(&self.scratch, stacks);
        heap.settle(object, Value::Stack(site));
        site
    }

    fn entry(&mut self, heap: &mut Heap, texts: &Texts, stacks: &mut Stacks, value: Value) -> Option<Entry> {
        let word = match heap.field(value, Word::Action) {
            Some(Value::Text(action)) => action.word(),
            _ => None,
        };
        let action = match word {
            Some(Word::Alloc) => Action::Alloc,
            Some(Word::FreeRequested) => Action::FreeRequested,
            Some(Word::FreeCompleted | Word::Free) => Action::FreeCompleted,
            Some(Word::SegmentAlloc | Word::SegmentMap) => Action::Reserve,
            Some(Word::SegmentFree | Word::SegmentUnmap) => Action::Release,
            Some(Word::Oom) => Action::OutOfMemory,
            _ => Action::Mark,
        };
        let (addr, size) = match action {
            Action::Mark => (u64::from(self.marker(heap, texts, value)), 0),
            Action::OutOfMemory => {
                let free = heap.field(value, Word::DeviceFree).and_then(Value::size);
                (free.unwrap_or(u64::MAX), heap.field(value, Word::Size)?.size()?)
            }
            _ => (heap.field(value, Word::Addr)?.address()?, heap.field(value, Word::Size)?.size()?),
        };
        let time_us = heap.field(value, Word::TimeUs).and_then(Value::number).unwrap_or(NO_TIME);
        let stream = self.stream(heap.field(value, Word::Stream));
        let pool = self.pool(heap.field(value, Word::Category), texts);
        let site = self.site(heap, stacks, value, Word::Frames);
        Some(Entry { addr, size, time_us, site, life: 0, stream, action, pool })
    }

    /// The text of a mark: the action of an entry with what the user said, the name of an
    /// annotation with its stage.
    fn marker(&mut self, heap: &Heap, texts: &Texts, value: Value) -> u32 {
        let text = |key| match heap.field(value, key) {
            Some(Value::Text(text)) => texts.text(text),
            _ => "",
        };
        let (what, more) = match text(Word::Action) {
            "" => (text(Word::Name), text(Word::Stage)),
            action => (action, text(Word::UserMetadata)),
        };
        let whole = if more.is_empty() { what.to_owned() } else { format!("{what}: {more}") };
        let whole: String = whole.chars().take(MARKER_LETTERS).collect();
        let is_known = self.by_marker.contains_key(&whole);
        let whole = if is_known || self.markers.len() < MARKERS_MAX { whole } else { "one of many marks".into() };
        if let Some(&known) = self.by_marker.get(&whole) {
            return known;
        }
        let marker = self.markers.len() as u32;
        self.by_marker.insert(whole.clone(), marker);
        self.markers.push(whole);
        marker
    }

    fn stream(&mut self, value: Option<Value>) -> u16 {
        match value.and_then(Value::number) {
            None | Some(0) => 0,
            Some(handle) => {
                let next = (self.streams.len() + 1).min(usize::from(u16::MAX)) as u16;
                match self.streams.get(&handle) {
                    Some(&known) => known,
                    None if next == u16::MAX => next,
                    None => {
                        self.streams.insert(handle, next);
                        next
                    }
                }
            }
        }
    }

    fn pool(&mut self, value: Option<Value>, texts: &Texts) -> Pool {
        let Some(Value::Text(text)) = value else { return Pool::BySize };
        match text.word() {
            Some(Word::Small) => Pool::Small,
            Some(Word::Large) => Pool::Large,
            _ => {
                let text = texts.text(text);
                let known = self.names.iter().position(|name| name == text);
                let Some(position) = known.or((self.names.len() < NAMES_MAX).then_some(self.names.len())) else {
                    return Pool::BySize;
                };
                if known.is_none() {
                    self.names.push(text.into());
                }
                Pool::Named(position as u8)
            }
        }
    }

    fn block(&mut self, heap: &mut Heap, stacks: &mut Stacks, value: Value) -> Option<Block> {
        let state = match heap.field(value, Word::State)? {
            Value::Text(state) => match state.word()? {
                Word::ActiveAllocated => State::Allocated,
                Word::ActivePendingFree | Word::ActiveAwaitingFree => State::PendingFree,
                Word::Inactive => State::Inactive,
                _ => return None,
            },
            _ => return None,
        };
        let size = heap.field(value, Word::Size)?.size()?;
        let address = heap.field(value, Word::Address).and_then(Value::address);
        // Before 2023 the holder is the first of the block's history.
        let holder = match heap.field(value, Word::History) {
            Some(Value::Object(history)) => match heap.kind(history) {
                Some(Kind::List(items)) => items.first().copied(),
                _ => None,
            },
            _ => None,
        };
        let requested = heap.field(value, Word::RequestedSize).and_then(Value::size);
        let real = holder.and_then(|holder| heap.field(holder, Word::RealSize)).and_then(Value::size);
        let requested = requested.or(real).unwrap_or(size);
        let site = match self.site(heap, stacks, value, Word::Frames) {
            Site::NONE => holder.map_or(Site::NONE, |holder| self.site(heap, stacks, holder, Word::Frames)),
            site => site,
        };
        Some(Block { address, size, requested, site, state })
    }

    fn segment(&mut self, heap: &mut Heap, texts: &Texts, stacks: &mut Stacks, value: Value) -> Option<Segment> {
        let address = heap.field(value, Word::Address)?.address()?;
        let blocks = match heap.field(value, Word::Blocks) {
            Some(Value::Object(list)) => match heap.kind_mut(list) {
                Some(Kind::Blocks(blocks)) => std::mem::take(blocks),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let size = match heap.field(value, Word::TotalSize) {
            Some(size) => size.size()?,
            None => blocks.iter().fold(0_u64, |sum, block| sum.saturating_add(block.size)),
        };
        let device = heap.field(value, Word::Device).and_then(Value::number).unwrap_or(0);
        let stream = self.stream(heap.field(value, Word::Stream));
        let pool = self.pool(heap.field(value, Word::SegmentType), texts);
        let site = self.site(heap, stacks, value, Word::Frames);
        Some(Segment { device, address, size, pool, stream, site, blocks })
    }
}
