//! What lives in a space from event to event, and which segments it takes for all of it to
//! lie in one.

use super::invented::Invented;
use super::spans::Spans;
use arenascope_trace::{Action, CategoryId, Event, Manifest, Run, Site, SpaceId, Stopped};
use std::collections::{BTreeMap, HashMap};

/// How a space's reservations are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// As they are: each is released as it was reserved.
    Whole,
    /// As parts that are mapped and unmapped.
    Parts,
    /// Not at all: what lives does not lie in them.
    Always,
}

/// How a space is written.
pub(super) struct Plan {
    pub(super) space: SpaceId,
    pub(super) held: Held,
    /// Reservations that are there at the end, each by itself.
    whole: BTreeMap<u64, u64>,
    /// The same, joined where they touch.
    parts: Spans,
    /// Everything that lived.
    used: Spans,
}

impl Plan {
    /// Segments at the end, in order of address.
    pub(super) fn segments(&self) -> Vec<(u64, u64)> {
        match self.held {
            Held::Whole => self.whole.iter().map(|(&start, &end)| (start, end)).collect(),
            Held::Parts => self.parts.iter().collect(),
            Held::Always => self.used.iter().collect(),
        }
    }
}

/// An allocation that lives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub(super) address: u64,
    pub(super) bytes: u64,
    pub(super) site: Site,
    pub(super) category: CategoryId,
    pub(super) is_pending: bool,
}

/// What lives in a space.
pub(super) struct Memory {
    by_id: HashMap<u64, Live>,
    invented: Option<Invented>,
}

impl Memory {
    pub(super) fn new(space: SpaceId, manifest: &Manifest) -> Self {
        let has_addresses = manifest.spaces.get(usize::from(space.0)).is_some_and(|space| space.has_addresses);
        Self { by_id: HashMap::new(), invented: (!has_addresses).then(|| Invented::new(space.0)) }
    }

    /// Takes in an allocation of the space; `None` for one of no bytes, which lies nowhere.
    pub(super) fn take(&mut self, event: &Event) -> Option<Live> {
        let Action::Allocate { id, address, bytes, category, .. } = event.action else { return None };
        let address = self.invented.as_mut().map_or(address, |invented| invented.take(bytes));
        // What would end behind the last address is no range.
        let bytes = bytes.min(u64::MAX - address);
        if bytes == 0 {
            return None;
        }
        let live = Live { address, bytes, site: event.site, category, is_pending: false };
        self.by_id.insert(id, live);
        Some(live)
    }

    pub(super) fn request(&mut self, id: u64) -> Option<Live> {
        let live = self.by_id.get_mut(&id)?;
        live.is_pending = true;
        Some(*live)
    }

    pub(super) fn free(&mut self, id: u64) -> Option<Live> {
        let live = self.by_id.remove(&id)?;
        if let Some(invented) = &mut self.invented {
            invented.give_back(live.address, live.bytes);
        }
        Some(live)
    }

    /// Before and after.
    pub(super) fn resize(&mut self, id: u64, bytes: u64) -> Option<(Live, Live)> {
        let before = self.free(id)?;
        let address = self.invented.as_mut().map_or(before.address, |invented| invented.take(bytes));
        let after = Live { address, bytes: bytes.min(u64::MAX - address), is_pending: false, ..before };
        if after.bytes > 0 {
            self.by_id.insert(id, after);
        }
        Some((before, after))
    }

    /// What lives, by address; of what overlaps the first.
    pub(super) fn lives(&self) -> Vec<Live> {
        let mut lives: Vec<Live> = self.by_id.values().copied().collect();
        lives.sort_unstable_by_key(|live| (live.address, live.bytes));
        let mut next = 0;
        lives.retain(|live| {
            let is_behind = live.address >= next;
            if is_behind {
                next = live.address + live.bytes;
            }
            is_behind
        });
        lives
    }
}

/// Those that lie in a range, of some in order of address.
pub(super) fn within(lives: &[Live], from: u64, until: u64) -> &[Live] {
    let first = lives.partition_point(|live| live.address < from);
    let behind = lives.partition_point(|live| live.address + live.bytes <= until);
    &lives[first..behind.max(first)]
}

/// Looks at a space from its first event to its last.
struct Survey {
    plan: Plan,
    memory: Memory,
    /// Where something lives, by its end.
    lives: BTreeMap<(u64, u64), u64>,
    is_whole: bool,
    is_held: bool,
}

/// How each space is written.
pub(super) fn plan(run: &dyn Run) -> Result<Vec<Plan>, Stopped> {
    let mut surveys: Vec<Survey> =
        (0..run.manifest().spaces.len() as u8).map(|space| Survey::new(SpaceId(space), run.manifest())).collect();
    run.each(&mut |event| {
        surveys.iter_mut().for_each(|survey| survey.event(event));
        Ok(())
    })?;
    Ok(surveys.into_iter().map(Survey::plan).collect())
}

impl Survey {
    fn new(space: SpaceId, manifest: &Manifest) -> Self {
        let (whole, parts, used) = (BTreeMap::new(), Spans::default(), Spans::default());
        let plan = Plan { space, held: Held::Always, whole, parts, used };
        Self { plan, memory: Memory::new(space, manifest), lives: BTreeMap::new(), is_whole: true, is_held: true }
    }

    fn plan(self) -> Plan {
        let has_addresses = self.memory.invented.is_none();
        let held = match (has_addresses && self.is_held, self.is_whole) {
            (false, _) => Held::Always,
            (true, true) => Held::Whole,
            (true, false) => Held::Parts,
        };
        Plan { held, ..self.plan }
    }

    fn event(&mut self, event: &Event) {
        let is_here = |space| space == self.plan.space;
        match event.action {
            Action::Allocate { space, id, .. } if is_here(space) => {
                if let Some(live) = self.memory.take(event) {
                    self.lives(id, &live);
                }
            }
            Action::Free { id } => {
                if let Some(live) = self.memory.free(id) {
                    self.lives.remove(&(live.address, id));
                }
            }
            Action::Resize { id, bytes } => {
                if let Some((before, after)) = self.memory.resize(id, bytes) {
                    self.lives.remove(&(before.address, id));
                    if after.bytes > 0 {
                        self.lives(id, &after);
                    }
                }
            }
            Action::Reserve { space, address, bytes } if is_here(space) => self.reserve(address, bytes),
            Action::Release { space, address, bytes } if is_here(space) => self.release(address, bytes),
            _ => {}
        }
    }

    fn lives(&mut self, id: u64, live: &Live) {
        let end = live.address + live.bytes;
        self.lives.insert((live.address, id), end);
        self.plan.used.add(live.address, end);
        self.is_held &= self.plan.parts.holds(live.address, end);
        let within = self.plan.whole.range(..=live.address).next_back();
        self.is_whole &= within.is_some_and(|(_, &held_end)| end <= held_end);
    }

    fn reserve(&mut self, address: u64, bytes: u64) {
        let end = address.saturating_add(bytes);
        self.is_held &= !self.plan.parts.touches(address, end);
        self.plan.parts.add(address, end);
        self.is_whole &= self.plan.whole.insert(address, end).is_none();
    }

    fn release(&mut self, address: u64, bytes: u64) {
        let end = address.saturating_add(bytes);
        let last = self.lives.range(..(end, 0)).next_back();
        self.is_held &= last.is_none_or(|(_, &live_end)| live_end <= address);
        self.is_held &= self.plan.parts.holds(address, end);
        self.plan.parts.remove(address, end);
        self.is_whole &= self.plan.whole.remove(&address) == Some(end);
    }
}
