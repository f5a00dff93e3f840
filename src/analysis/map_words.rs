//! One range of the arena in words: what a hover on the map reads.

use crate::telemetry::map::{MapRange, MapState};
use crate::units::{Bytes, Micros};
use crate::workload::tags;

/// An address as the page writes it: `0x0120 4000`.
pub fn address(offset: Bytes) -> String {
    let offset = offset.get();
    format!("0x{:04x} {:04x}", offset >> 16, offset & 0xffff)
}

/// Address, owner, size and age of a range at the moment `now`.
pub fn range_words(range: &MapRange, now: Micros) -> String {
    let (at, size) = (address(Bytes::new(range.offset_bytes)), Bytes::new(range.size_bytes));
    match range.state {
        MapState::Free => format!("{at} · free · {size}"),
        MapState::Cached => format!("{at} · cached · {size}"),
        MapState::Metadata => format!("{at} · header and node table · {size}"),
        MapState::Used { owner, born_us } => {
            let age = now.since(Micros::new(born_us));
            format!("{at} · {} · {} · {size} · {age} old", owner.category, tags::name(owner.tag))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reads_as_people_write_it() {
        let owner = tags::VERTICES;
        let cases = [
            (MapState::Free, "0x0120 4000 · free · 64.0 KiB"),
            (MapState::Cached, "0x0120 4000 · cached · 64.0 KiB"),
            (MapState::Metadata, "0x0120 4000 · header and node table · 64.0 KiB"),
            (
                MapState::Used { owner, born_us: 800_000 },
                "0x0120 4000 · GPU buffers · frame/vertices · 64.0 KiB · 1.2 s old",
            ),
        ];
        for (state, words) in cases {
            let range = MapRange { offset_bytes: 0x0120_4000, size_bytes: 1 << 16, state };
            assert_eq!(range_words(&range, Micros::seconds(2)), words);
        }
    }
}
