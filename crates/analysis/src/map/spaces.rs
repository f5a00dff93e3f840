//! Where the address spaces of a run that others recorded lie on its line.

use arenascope_trace::{Extents, Manifest};
use arenascope_units::Bytes;
use core::ops::Range;

/// A space, and the part of the line from its first range to its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceRange {
    /// Its name.
    pub label: String,
    /// How many ranges it has, and of how many bytes: `12 ranges, 1.5 GiB; gaps between them are folded`.
    pub title: String,
    /// On the line.
    pub range: Range<u64>,
}

/// The spaces that have ranges, in the order of the manifest. O(ranges).
pub fn spaces(manifest: &Manifest, extents: &Extents) -> Vec<SpaceRange> {
    let space = |(number, space): (usize, &arenascope_trace::Space)| {
        let of_it = || extents.ranges().iter().filter(move |range| usize::from(range.space) == number);
        let start = of_it().map(|range| range.offset).min()?;
        let end = of_it().map(|range| range.offset.saturating_add(range.bytes)).max()?;
        let bytes = of_it().fold(0_u64, |sum, range| sum.saturating_add(range.bytes));
        let title = match of_it().count() {
            1 => format!("one range, {}", Bytes::new(bytes)),
            count => format!("{count} ranges, {}; gaps between them are folded", Bytes::new(bytes)),
        };
        Some(SpaceRange { label: space.label.clone(), title, range: start..end })
    };
    manifest.spaces.iter().enumerate().filter_map(space).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::{Space, SpaceId};

    #[test]
    fn a_space_is_from_its_first_range_to_its_last() {
        let mut manifest = Manifest::of("test", "Test");
        for label in ["device 0", "heap", "device 1"] {
            manifest.add_space(Space { label: label.into(), has_addresses: label != "heap", ..Space::default() });
        }
        let mut extents = Extents::default();
        extents.add(SpaceId(0), 1 << 40, 1 << 20);
        extents.add(SpaceId(0), 2 << 40, 1 << 20);
        extents.add(SpaceId(2), 1 << 40, 1 << 10);
        let found = spaces(&manifest, &extents);
        let labels: Vec<_> = found.iter().map(|space| (space.label.as_str(), space.title.as_str())).collect();
        let expected =
            [("device 0", "2 ranges, 2.0 MiB; gaps between them are folded"), ("device 1", "one range, 1.0 KiB")];
        assert_eq!(labels, expected);
        assert_eq!(extents.address_of(found[1].range.start), Some((SpaceId(2), 1 << 40)));
        assert!(found[0].range.end - found[0].range.start >= 2 << 20 && found[0].range.end <= found[1].range.start);
    }
}
