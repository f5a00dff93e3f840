//! How long what an event opens or closes was open.

use super::filter::{is_given_back, lifetime_us};
use arenascope_recording::Reader;
use arenascope_telemetry::event::{Op, Role};

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// The event opens and closes nothing.
    None,
    /// It is still open.
    Open,
    /// It was open as long, µs.
    Closed(u64),
    /// Its other end is not kept.
    Unknown,
}

/// What was known at `until`: for an allocation, the time until its free; for a
/// resource that is taken, until it is given back; for what closes, see
/// [`lifetime_us`]. O(resizes), but for a destruction: O(uses).
pub fn life(reader: &Reader<'_>, index: u64, until: u64) -> Life {
    let Some(kind) = reader.kind(index) else { return Life::Unknown };
    let closes = matches!(kind.role(), Role::Ends(_)) || is_given_back(kind.op());
    match kind.role() {
        Role::Notes => Life::None,
        _ if closes => lifetime_us(reader, index).map_or(Life::Unknown, Life::Closed),
        _ => match closing(reader, index, until) {
            Some(end) => length(reader, index, end).map_or(Life::Unknown, Life::Closed),
            None => Life::Open,
        },
    }
}

/// As [`life`], where it is known.
pub fn life_us(reader: &Reader<'_>, index: u64, until: u64) -> Option<u64> {
    match life(reader, index, until) {
        Life::Closed(us) => Some(us),
        Life::None | Life::Open | Life::Unknown => None,
    }
}

/// The event before `until` that closes what an event opened or resized.
fn closing(reader: &Reader<'_>, index: u64, until: u64) -> Option<u64> {
    let mut at = reader.next(index).filter(|next| *next < until)?;
    while reader.kind(at).is_some_and(|kind| kind.op() == Op::ArenaResize) {
        at = reader.next(at).filter(|next| *next < until)?;
    }
    Some(at)
}

fn length(reader: &Reader<'_>, from: u64, to: u64) -> Option<u64> {
    Some(reader.time_us(to)?.saturating_sub(reader.time_us(from)?))
}
