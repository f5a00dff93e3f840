//! External fragmentation within the footprint of an address space, at the moment of its
//! peak: 1 − largest free range ÷ free bytes, as `arenascope-replay` defines it (Wilson et
//! al., "Dynamic Storage Allocation: A Survey and Critical Review", 1995, section 1).
//!
//! The footprint is the memory that is reserved at that moment, where the run tells of
//! reservations; else what lies between the lowest address and the highest end that were in
//! use up to then.

use arenascope_trace::{Action, Event, Run, SpaceId, Stopped};
use std::collections::{BTreeMap, HashMap};

/// The moment of a space's peak.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct AtPeak {
    pub(super) event: u64,
    pub(super) time_us: u64,
    pub(super) live_bytes: u64,
    /// 0 where nothing is free.
    pub(super) fragmentation: f64,
    pub(super) free_bytes: u64,
    pub(super) largest_free_bytes: u64,
}

#[derive(Default)]
struct Peak {
    live_bytes: u64,
    peak: AtPeak,
}

/// Fragmentation of every space with addresses and anything in it, by space. Two passes.
pub(super) fn at_peaks(run: &dyn Run) -> Result<BTreeMap<u8, AtPeak>, Stopped> {
    let mut peaks = peaks(run)?;
    let last = peaks.values().map(|peak| peak.event).max();
    let mut ranges = Ranges::default();
    let mut index = 0;
    let ended = run.each(&mut |event| {
        ranges.apply(event);
        for (space, peak) in peaks.iter_mut().filter(|(_, peak)| peak.event == index) {
            ranges.look(SpaceId(*space), peak);
        }
        index += 1;
        if Some(index - 1) == last { Err(Stopped) } else { Ok(()) }
    });
    // Nothing after the last peak is of interest; a run that was ended before it is.
    if ended.is_err() && last.is_none_or(|last| index <= last) {
        return Err(Stopped);
    }
    Ok(peaks)
}

fn peaks(run: &dyn Run) -> Result<BTreeMap<u8, AtPeak>, Stopped> {
    let has_addresses: Vec<bool> = run.manifest().spaces.iter().map(|space| space.has_addresses).collect();
    let mut peaks: BTreeMap<u8, Peak> = BTreeMap::new();
    let mut living: HashMap<u64, (u8, u64)> = HashMap::new();
    let mut index = 0;
    run.each(&mut |event| {
        let changed = match event.action {
            Action::Allocate { id, space, bytes, .. } => {
                if let Some((space, bytes)) = living.insert(id, (space.0, bytes)) {
                    peaks.entry(space).or_default().live_bytes -= bytes;
                }
                Some((space.0, 0, bytes))
            }
            Action::Free { id } => living.remove(&id).map(|(space, bytes)| (space, bytes, 0)),
            Action::Resize { id, bytes } => {
                living.get_mut(&id).map(|(space, before)| (*space, core::mem::replace(before, bytes), bytes))
            }
            _ => None,
        };
        if let Some((space, less, more)) = changed {
            let peak = peaks.entry(space).or_default();
            peak.live_bytes = peak.live_bytes - less + more;
            if peak.live_bytes > peak.peak.live_bytes {
                let (live_bytes, time_us) = (peak.live_bytes, event.time_us);
                peak.peak = AtPeak { event: index, time_us, live_bytes, ..AtPeak::default() };
            }
        }
        index += 1;
        Ok(())
    })?;
    let of_addresses = peaks
        .into_iter()
        .filter(|(space, peak)| has_addresses.get(usize::from(*space)) == Some(&true) && peak.peak.live_bytes > 0);
    Ok(of_addresses.map(|(space, peak)| (space, peak.peak)).collect())
}

/// What lies where.
#[derive(Default)]
struct Ranges {
    living: HashMap<u64, (u8, u64, u64)>,
    reserved: BTreeMap<(u8, u64), u64>,
    /// Lowest address and highest end so far, by space.
    extent: BTreeMap<u8, (u64, u64)>,
}

impl Ranges {
    fn apply(&mut self, event: &Event) {
        match event.action {
            Action::Allocate { id, space, address, bytes, .. } => {
                self.living.insert(id, (space.0, address, bytes));
                self.extend(space.0, address, bytes);
            }
            Action::Free { id } => drop(self.living.remove(&id)),
            Action::Resize { id, bytes } => {
                let Some((space, address, size)) = self.living.get_mut(&id) else { return };
                *size = bytes;
                let (space, address) = (*space, *address);
                self.extend(space, address, bytes);
            }
            Action::Reserve { space, address, bytes } => drop(self.reserved.insert((space.0, address), bytes)),
            Action::Release { space, address, .. } => drop(self.reserved.remove(&(space.0, address))),
            _ => {}
        }
    }

    fn extend(&mut self, space: u8, address: u64, bytes: u64) {
        let (from, end) = self.extent.entry(space).or_insert((address, address));
        (*from, *end) = ((*from).min(address), (*end).max(address.saturating_add(bytes)));
    }

    /// The free ranges of a space now. O(n log n) of what lives.
    fn look(&self, space: SpaceId, peak: &mut AtPeak) {
        let mut living: Vec<(u64, u64)> =
            self.living.values().filter(|(of, ..)| *of == space.0).map(|(_, at, bytes)| (*at, *bytes)).collect();
        living.sort_unstable();
        let reserved = self
            .reserved
            .range((space.0, 0)..=(space.0, u64::MAX))
            .map(|((_, at), bytes)| (*at, at.saturating_add(*bytes)));
        let mut footprint: Vec<(u64, u64)> = joined(reserved);
        if footprint.is_empty() {
            footprint.extend(self.extent.get(&space.0));
        }
        for free in free_ranges(&footprint, &living) {
            peak.free_bytes += free;
            peak.largest_free_bytes = peak.largest_free_bytes.max(free);
        }
        if peak.free_bytes > 0 {
            peak.fragmentation = 1.0 - peak.largest_free_bytes as f64 / peak.free_bytes as f64;
        }
    }
}

/// Ranges in order, those that touch as one.
fn joined(ranges: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (from, end) in ranges {
        match joined.last_mut() {
            Some(last) if last.1 >= from => last.1 = last.1.max(end),
            _ => joined.push((from, end)),
        }
    }
    joined
}

/// Lengths of what lies within the footprint and under nothing that lives; both in order.
fn free_ranges(footprint: &[(u64, u64)], living: &[(u64, u64)]) -> Vec<u64> {
    let mut free = Vec::new();
    let mut living = living.iter().peekable();
    // Up to where all is taken by what began before; ranges may overlap in files that err.
    let mut taken = 0;
    for &(from, end) in footprint {
        let mut at = from;
        while let Some(&(address, bytes)) = living.next_if(|(address, _)| *address < end) {
            at = at.max(taken);
            if address > at {
                free.push(address - at);
            }
            taken = taken.max(address.saturating_add(bytes));
        }
        at = at.max(taken);
        if at < end {
            free.push(end - at);
        }
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a map of single bytes.
        #[test]
        fn free_ranges_are_the_runs_of_free_bytes(
            live in prop::collection::vec((0_u64..60, 1_u64..9), 0..12),
            reserved in prop::collection::vec((0_u64..60, 1_u64..20), 0..4),
        ) {
            let mut live = live;
            live.sort_unstable();
            let mut ranges: Vec<_> = reserved.iter().map(|(at, bytes)| (*at, at + bytes)).collect();
            ranges.sort_unstable();
            let footprint = joined(ranges.iter().copied());
            let is_free = |byte: u64| ranges.iter().any(|(from, end)| (*from..*end).contains(&byte))
                && !live.iter().any(|(at, bytes)| (*at..at + bytes).contains(&byte));
            let mut runs = Vec::new();
            let mut length = 0;
            for byte in 0..100 {
                match is_free(byte) {
                    true => length += 1,
                    false if length > 0 => runs.push(core::mem::take(&mut length)),
                    false => {}
                }
            }
            prop_assert_eq!(free_ranges(&footprint, &live), runs);
        }
    }
}
