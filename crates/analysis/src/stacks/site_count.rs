//! Sums by call stack, counted in slices: over what is alive, or over events.

use super::asked::Asked;
use super::birth::born_of;
use super::measure::Counted;
use super::sums::Sums;
use arenascope_recording::{Brief, Kind, Reader, State};
use arenascope_telemetry::event::Role;
use arenascope_units::owner::Heap;
use core::ops::Range;

/// Things or events between two looks at the clock.
const SLICE: u64 = 256;

/// Something alive: the event that it was last heard of in, and its bytes.
pub type Alive = (u64, u64);

/// What is alive in a state. O(alive), a nanosecond or two each.
pub fn alive_of(state: &State) -> Vec<Alive> {
    Heap::ALL.iter().flat_map(|heap| state.of(*heap)).map(|thing| (thing.event, thing.size_bytes)).collect()
}

/// A count on its way.
#[derive(Clone, Debug)]
pub struct SiteCount {
    asked: Asked,
    /// What is alive, for [`Counted::Live`].
    alive: Vec<Alive>,
    /// Things, or events, that are counted next.
    left: Range<u64>,
    /// How many there were.
    all: u64,
    /// By number of the site.
    sites: Vec<Account>,
}

/// What came from one stack so far.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// Bytes that came; less those that went where lives are counted.
    bytes: i128,
    /// Each change of bytes times when it was, µs.
    byte_micros: i128,
    count: u64,
}

impl SiteCount {
    /// Begins a count. `alive` matters to [`Counted::Live`] alone: what is alive at the
    /// moment that is asked for.
    pub fn new(asked: Asked, alive: Vec<Alive>) -> Self {
        let left = match asked.counted {
            Counted::Live => 0..alive.len() as u64,
            Counted::Allocated => asked.events.clone(),
            // What began in the span may end after it.
            Counted::Lived => asked.events.start..asked.position,
        };
        let all = left.end.saturating_sub(left.start);
        Self { asked, alive, left, all, sites: Vec::new() }
    }

    /// What it counts.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The part that is counted, from 0 to 1.
    pub fn part(&self) -> f64 {
        1.0 - self.left.end.saturating_sub(self.left.start) as f64 / self.all.max(1) as f64
    }

    /// Counts on while `has_time`, and a slice whether it has or not. True when all is
    /// counted. O(slice) between two looks.
    pub fn advance(&mut self, reader: &Reader<'_>, mut has_time: impl FnMut() -> bool) -> bool {
        loop {
            let end = self.left.end.min(self.left.start + SLICE);
            let slice = self.left.start..end.max(self.left.start);
            self.left.start = slice.end;
            match self.asked.counted {
                Counted::Live => self.count_alive(reader, slice),
                Counted::Allocated | Counted::Lived => reader.each(slice, |brief| self.count_event(reader, &brief)),
            }
            if self.left.is_empty() || !has_time() {
                return self.left.is_empty();
            }
        }
    }

    /// What was counted, by number of the site. O(sites).
    pub fn into_sums(self) -> (Asked, Vec<Sums>) {
        let now = i128::from(self.asked.now_us);
        let is_lived = self.asked.counted == Counted::Lived;
        let amount =
            |account: &Account| if is_lived { account.bytes * now - account.byte_micros } else { account.bytes };
        let sums = |account: &Account| Sums { amount: amount(account).try_into().unwrap_or(0), count: account.count };
        let sites = self.sites.iter().map(sums).collect();
        (self.asked, sites)
    }

    fn count_alive(&mut self, reader: &Reader<'_>, slice: Range<u64>) {
        for at in slice {
            let (event, bytes) = self.alive[at as usize];
            if let Some((_, born)) = born_of(reader, event).filter(|(_, born)| self.asked.has(*born)) {
                self.come(born.site(), 1, bytes, 0);
            }
        }
    }

    fn count_event(&mut self, reader: &Reader<'_>, brief: &Brief) {
        let Some(change) = change(reader, brief) else { return };
        let Some((born, kind)) = born_of(reader, brief.index).filter(|(_, kind)| self.asked.has(*kind)) else { return };
        let is_lived = self.asked.counted == Counted::Lived;
        // What is older than the span has no life in it; nor has what began unseen.
        if is_lived && !(self.asked.events.contains(&born) && is_beginning(reader, born, kind)) {
            return;
        }
        let time_us = if is_lived { reader.time_us(brief.index).unwrap_or(0) } else { 0 };
        match change {
            Change::Comes(count, bytes) => self.come(kind.site(), count, bytes, time_us),
            Change::Goes(bytes) if is_lived => self.go(kind.site(), bytes, time_us),
            Change::Goes(_) => {}
        }
    }

    fn come(&mut self, site: u32, count: u64, bytes: u64, time_us: u64) {
        let account = self.account(site);
        account.count += count;
        account.bytes += i128::from(bytes);
        account.byte_micros += i128::from(bytes) * i128::from(time_us);
    }

    fn go(&mut self, site: u32, bytes: u64, time_us: u64) {
        let account = self.account(site);
        account.bytes -= i128::from(bytes);
        account.byte_micros -= i128::from(bytes) * i128::from(time_us);
    }

    fn account(&mut self, site: u32) -> &mut Account {
        let place = site as usize;
        if place >= self.sites.len() {
            self.sites.resize(place + 1, Account::default());
        }
        &mut self.sites[place]
    }
}

/// Whether the first event that is kept of a life is the first of it.
fn is_beginning(reader: &Reader<'_>, born: u64, kind: Kind) -> bool {
    matches!(kind.role(), Role::Begins(_)) || reader.previous(born).is_none()
}

/// What an event changes of its thing.
enum Change {
    /// So many begin, and so many bytes come with them or with growth.
    Comes(u64, u64),
    /// So many bytes go.
    Goes(u64),
}

/// `None` where no bytes come or go. Runs that others recorded have no resets, which end
/// everything at once.
fn change(reader: &Reader<'_>, brief: &Brief) -> Option<Change> {
    let Brief { index, kind, size_bytes, before_bytes } = *brief;
    match (kind.role(), before_bytes) {
        (Role::Begins(_), _) | (Role::Changes(_), None) => Some(Change::Comes(1, size_bytes)),
        (Role::Changes(_), Some(_)) => {
            let before = reader.previous(index).and_then(|previous| reader.event(previous))?.size_bytes;
            let is_growth = before < size_bytes;
            Some(if is_growth { Change::Comes(0, size_bytes - before) } else { Change::Goes(before - size_bytes) })
        }
        (Role::Ends(_), Some(_)) => Some(Change::Goes(size_bytes)),
        // Of what nobody knew, nothing ends.
        (Role::Ends(_), None) | (Role::Notes, _) => None,
    }
}
