//! What is told to the sink, and when.

use super::class::{KINDS, Kind};
use super::counts::Counts;
use super::habits::Habits;
use super::survey::Key;
use arenascope_trace::{Action, CategoryId, Event, Frame, SPACES_MAX, Sink, Site, Space, SpaceId, Stopped};
use std::collections::HashMap;

/// Most texts of marks.
const MARKERS_MAX: usize = 4096;
/// What marks say whose text there is no room for.
const MARKERS_MORE: &str = "more marks";

/// The spaces that every recording has.
pub(super) const DEVICES: SpaceId = SpaceId(0);
pub(super) const WEBNN: SpaceId = SpaceId(1);
pub(super) const HOST: SpaceId = SpaceId(2);

/// What goes on from event to event.
#[derive(Debug, Default)]
pub(super) struct Voice {
    /// The beginning of the run, µs since 1970.
    base_us: u64,
    /// µs since then.
    pub(super) now_us: u64,
    last_id: u64,
    markers: HashMap<Box<str>, u32>,
    /// The categories that there is memory of.
    categories: [Option<CategoryId>; KINDS],
    /// The address spaces of wasm memories, and how far ranges of them were said.
    pub(super) spaces: HashMap<Key, (SpaceId, u64)>,
    pub(super) counts: Counts,
    pub(super) habits: Habits,
}

impl Voice {
    /// The run begins at `base_us`.
    pub(super) const fn begin(&mut self, base_us: u64) {
        self.base_us = base_us;
    }

    /// It is `time_us` since 1970; what comes late is told as of now.
    pub(super) fn set_time(&mut self, time_us: u64) {
        self.now_us = self.now_us.max(time_us.saturating_sub(self.base_us));
    }
}

/// What tells the sink of one realm.
pub(super) struct Out<'o> {
    pub(super) sink: &'o mut dyn Sink,
    pub(super) voice: &'o mut Voice,
    /// Position of the realm.
    pub(super) realm: usize,
}

impl Out<'_> {
    /// A number that nothing had.
    pub(super) const fn fresh_id(&mut self) -> u64 {
        self.voice.last_id += 1;
        self.voice.last_id
    }

    pub(super) fn event(&mut self, site: Site, action: Action) -> Result<(), Stopped> {
        let thread = u16::try_from(self.realm).unwrap_or(u16::MAX);
        self.sink.event(Event { time_us: self.voice.now_us, thread, site, action })
    }

    /// The category of a kind of memory, which the run declares from here on.
    pub(super) fn category(&mut self, kind: Kind) -> CategoryId {
        let sink = &mut *self.sink;
        *self.voice.categories[kind.index()].get_or_insert_with(|| sink.manifest().category(kind.label()))
    }

    pub(super) fn mark(&mut self, text: &str) -> Result<(), Stopped> {
        let text = if self.voice.markers.len() < MARKERS_MAX || self.voice.markers.contains_key(text) {
            text
        } else {
            MARKERS_MORE
        };
        let marker = match self.voice.markers.get(text) {
            Some(&marker) => marker,
            None => {
                let markers = &mut self.sink.manifest().markers;
                markers.push(text.into());
                let marker = markers.len() as u32 - 1;
                self.voice.markers.insert(text.into(), marker);
                marker
            }
        };
        self.event(Site::NONE, Action::Mark { marker })
    }

    /// The stack whose innermost function has that name, called by `parent`.
    pub(super) fn named(&mut self, parent: Site, function: &str) -> Site {
        let stacks = self.sink.stacks();
        let frame = stacks.intern(Frame { function: function.into(), ..Frame::default() });
        stacks.child(parent, frame)
    }

    /// The address space of a wasm memory; `None` where there is room for no more.
    pub(super) fn space_of(&mut self, memory: u64) -> Option<SpaceId> {
        let key = (self.realm, memory);
        if let Some((space, _)) = self.voice.spaces.get(&key) {
            return Some(*space);
        }
        let space = declare(self.sink, self.voice.spaces.len())?;
        self.voice.spaces.insert(key, (space, 0));
        Some(space)
    }

    /// Says that a wasm memory reaches to `end`.
    pub(super) fn reach(&mut self, memory: u64, end: u64) {
        if let Some((space, said)) = self.voice.spaces.get_mut(&(self.realm, memory))
            && end > *said
        {
            self.sink.extent(*space, *said, end - *said);
            *said = end;
        }
    }
}

/// Adds the space of the wasm memory that comes next; `None` where there is no room.
pub(super) fn declare(sink: &mut dyn Sink, before: usize) -> Option<SpaceId> {
    let manifest = sink.manifest();
    (manifest.spaces.len() < SPACES_MAX).then(|| {
        let label = format!("Wasm memory {}", before + 1);
        manifest.add_space(Space { label, has_addresses: true, capacity_bytes: None, granule_bytes: 1 })
    })
}
