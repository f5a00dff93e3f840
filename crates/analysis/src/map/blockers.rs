//! "What blocks a request of this size?", asked of what is on the map: who is in the
//! way, in words, and where to mark it.

use super::blockers_search::{Blockers, blockers};
use super::ground::{Ground, Part};
use super::layout::MapLayout;
use super::scene::{Piece, Scene, What};
use super::text::what_text;
use crate::numbers::text::count;
use crate::numbers::typed::{self, NotAQuantity, Quantity};
use crate::run::names::Names;
use arenascope_units::Bytes;
use core::ops::Range;
use thiserror::Error;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Bytes of the request.
    pub size: Bytes,
    /// At which alignment, a power of two.
    pub align: Bytes,
}

/// Why text is no question.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoQuestion {
    /// Not a number with a unit of bytes.
    #[error("Not a size: {0}. For example 1.5 MiB")]
    NotASize(NotAQuantity),
    /// Nothing is asked for.
    #[error("A request of nothing is never blocked")]
    Zero,
}

/// What stands in the way of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// More than the arena can hold, were it empty.
    TooLarge {
        /// What it can hold at that alignment.
        most: Bytes,
    },
    /// It fits as things are.
    Fits {
        /// The addresses that it would be placed at.
        range: Range<u64>,
    },
    /// These would have to go.
    Blocked {
        /// The addresses that would be needed.
        range: Range<u64>,
        /// What is in the way, by address.
        pieces: Vec<Piece>,
        /// Bytes of all of them.
        cost: Bytes,
    },
}

/// Reads a size as people type it: `64 KiB`, `1.5m`, `4096`.
///
/// # Errors
/// Where it is none, or zero.
pub fn parse_size(text: &str) -> Result<Bytes, NoQuestion> {
    match typed::read(text, Quantity::Bytes) {
        Ok(0) => Err(NoQuestion::Zero),
        Ok(bytes) => Ok(Bytes::new(bytes)),
        Err(refusal) => Err(NoQuestion::NotASize(refusal)),
    }
}

/// Asks a scene: the stretch with the fewest bytes in the way, within one range of the ground;
/// of equals, the lowest on the line. Cached ranges count as in the way: no request gets them
/// while a thread holds them. O(pieces + ranges · log pieces).
pub fn ask(scene: &Scene, question: Question, ground: &Ground) -> Answer {
    let is_placed = |piece: &&Piece| matches!(piece.what, What::Used(_) | What::Cached);
    let placed: Vec<Piece> = scene.pieces().iter().filter(is_placed).copied().collect();
    let parts = ground.parts(scene);
    let found = parts.iter().filter_map(|part| cheapest(&placed, part, question));
    match found.min_by_key(|(_, found)| (found.cost_bytes, found.ranges.len())) {
        None => {
            let room = |part: &Part| part.room(question.align.get().max(part.align()));
            Answer::TooLarge { most: Bytes::new(parts.iter().map(room).max().unwrap_or(0)) }
        }
        Some((range, found)) if found.ranges.is_empty() => Answer::Fits { range },
        Some((range, Blockers { cost_bytes, ranges, .. })) => {
            Answer::Blocked { range, pieces: ranges, cost: Bytes::new(cost_bytes) }
        }
    }
}

/// The cheapest place within a range, on the line. Alignments are of addresses: places are
/// counted from as far before the range as its first address is from an aligned one.
fn cheapest(placed: &[Piece], part: &Part, question: Question) -> Option<(Range<u64>, Blockers<Piece>)> {
    let size = question.size.get().checked_next_multiple_of(part.granule)?;
    let align = question.align.get().max(part.align());
    let Range { start, end } = part.line;
    let first = placed.partition_point(|piece| piece.end_bytes() <= start);
    let last = placed.partition_point(|piece| piece.offset_bytes < end);
    let shift = part.address % align;
    let moved = |piece: &Piece| Piece { offset_bytes: piece.offset_bytes.saturating_sub(start) + shift, ..*piece };
    let inside: Vec<Piece> = placed.get(first..last)?.iter().map(moved).collect();
    let mut found = blockers(&inside, shift..end - start + shift, size, align)?;
    let back = |offset: u64| offset - shift + start;
    found.ranges.iter_mut().for_each(|piece| piece.offset_bytes = back(piece.offset_bytes));
    let at = back(found.offset_bytes);
    Some((at..at + size, found))
}

impl Answer {
    /// The answer in a sentence, in a run with these names.
    pub fn text(&self, names: &Names) -> String {
        match self {
            Self::TooLarge { most } if names.is_engine() => {
                format!("It would never fit: the empty arena has room for {most}.")
            }
            Self::TooLarge { most } => format!("It would never fit: the largest range has room for {most}."),
            Self::Fits { range } => format!("Nothing: it fits at {}.", names.address(range.start)),
            Self::Blocked { range, pieces, cost } => {
                let (ranges, at) = (pieces.len() as u64, names.address(range.start));
                let noun = if ranges == 1 { "range" } else { "ranges" };
                format!("{} {noun} of {cost} together, at the cheapest place: {at}.", count(ranges))
            }
        }
    }

    /// What is in the way, by address.
    pub fn pieces(&self) -> &[Piece] {
        match self {
            Self::Blocked { pieces, .. } => pieces,
            Self::TooLarge { .. } | Self::Fits { .. } => &[],
        }
    }

    /// The cells on screen with something in the way, each once, however many ranges share
    /// it; neighbours as one range of addresses.
    pub fn cells(&self, layout: &MapLayout) -> Vec<Range<u64>> {
        let (window, mut cells) = (layout.window(), Vec::<Range<u64>>::new());
        for piece in self.pieces() {
            let (from, to) = (piece.offset_bytes.max(window.start), piece.end_bytes().min(window.end));
            if from >= to {
                continue;
            }
            let (first, last) = (layout.cell_at(Bytes::new(from)), layout.cell_at(Bytes::new(to - 1)));
            match cells.last_mut() {
                Some(before) if first.start <= before.end => before.end = before.end.max(last.end),
                _ => cells.push(first.start..last.end),
            }
        }
        cells
    }

    /// The addresses that the request would take.
    pub fn range(&self) -> Option<Range<u64>> {
        match self {
            Self::TooLarge { .. } => None,
            Self::Fits { range } | Self::Blocked { range, .. } => Some(range.clone()),
        }
    }
}

/// A piece in the way: address, size, whose, in a run with these names.
pub fn line(piece: &Piece, names: &Names) -> [String; 3] {
    let at = names.address(piece.offset_bytes);
    let what = if piece.what == What::Cached { "cached".into() } else { what_text(&piece.what, names) };
    [at, Bytes::new(piece.size_bytes).to_string(), what]
}

#[cfg(test)]
mod tests {
    use super::super::scene::tests::{holder, scene};
    use super::*;
    use arenascope_trace::{Extents, Manifest, Space};
    use arenascope_units::owner::MemoryCategory;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_as_people_type_them() {
        let sizes =
            [("64", 64), (" 64 KiB ", 65_536), ("1.5m", 1_572_864), ("2 gb", 2 << 30), ("0.5 b", 1), ("4,096", 4096)];
        for (text, bytes) in sizes {
            assert_eq!(parse_size(text), Ok(Bytes::new(bytes)), "{text}");
        }
        for text in ["", "KiB", "-3", "1.2.3", "5 parsecs", "1e9"] {
            assert!(matches!(parse_size(text), Err(NoQuestion::NotASize(_))), "{text}");
        }
        assert_eq!(parse_size("0 MiB"), Err(NoQuestion::Zero));
    }

    #[test]
    fn the_answer_names_what_is_in_the_way() {
        let used = What::Used(holder(MemoryCategory::ECS, 1, 0));
        let scene = scene(&[
            (64, What::Metadata),
            (32, What::Free),
            (16, used),
            (64, What::Free),
            (32, What::Cached),
            (48, used),
        ]);
        let ask = |size| ask(&scene, Question { size: Bytes::new(size), align: Bytes::new(16) }, &Ground::default());
        assert_eq!(ask(60), Answer::Fits { range: 112..176 });
        assert_eq!(ask(112).pieces(), &scene.pieces()[2..3]);
        assert_eq!(ask(112).text(&Names::engine()), "1 range of 16 B together, at the cheapest place: 0x0000 0040.");
        assert_eq!(ask(144).text(&Names::engine()), "2 ranges of 48 B together, at the cheapest place: 0x0000 0040.");
        assert_eq!(ask(193), Answer::TooLarge { most: Bytes::new(192) });
        assert_eq!(line(&scene.pieces()[4], &Names::engine()), ["0x0000 00b0", "32 B", "cached"]);
    }

    /// Two ranges of 8 KiB, the first at an address that is 256 behind a page, with a granule of
    /// 512; in each 1 KiB is used, at the end of the first and in the middle of the second.
    fn two_ranges() -> (Scene, Ground) {
        let mut manifest = Manifest::of("test", "Test");
        let space = Space { has_addresses: true, granule_bytes: 512, ..Space::default() };
        let device = manifest.add_space(space);
        let mut extents = Extents::default();
        extents.add(device, 0x7f00_0000_0100, 8192);
        extents.add(device, 0x7f80_0000_0000, 8192);
        let second = extents.ranges()[1].offset;
        assert_eq!(second, 8192 + 4096);
        let used = What::Used(holder(MemoryCategory::ECS, 1, 0));
        let pieces = [(7168, What::Unused), (1024, used), (4096 + 4096, What::Unused), (1024, used)];
        (scene(&[&pieces[..], &[(3072 + 4096, What::Unused)]].concat()), Ground::of(&manifest, &extents))
    }

    #[test]
    fn a_request_lies_in_one_range_of_an_opened_run() {
        let (scene, ground) = two_ranges();
        let ask = |size, align| ask(&scene, Question { size: Bytes::new(size), align: Bytes::new(align) }, &ground);
        // Sizes are whole granules of the space, and so are places: the first is 256 behind
        // the range's beginning.
        assert_eq!(ask(6_500, 1), Answer::Fits { range: 256..256 + 6_656 });
        // The fold between the ranges and what lies beside it is 8 KiB long, and no place.
        assert_eq!(ask(8192, 512).pieces(), &scene.pieces()[3..4]);
        assert_eq!(ask(8193, 512), Answer::TooLarge { most: Bytes::new(8192) });
    }

    #[test]
    fn alignments_are_of_addresses() {
        let (scene, ground) = two_ranges();
        let question = Question { size: Bytes::new(512), align: Bytes::new(4096) };
        // 256 bytes behind a page begins the range: the next page is 4096 − 256 further.
        assert_eq!(ask(&scene, question, &ground), Answer::Fits { range: 3840..4352 });
        let alignments: Vec<u64> = ground.alignments().iter().map(|align| align.get()).collect();
        assert_eq!(alignments, [512, 4096, 1 << 16, 2 << 20]);
        assert_eq!(Ground::default().alignments().len(), 4);
        assert_eq!(ask(&scene, question, &Ground::of(&Manifest::default(), &Extents::default())).range(), None);
    }

    #[test]
    fn cells_in_the_way_are_those_on_screen_and_each_is_there_once() {
        let used = What::Used(holder(MemoryCategory::ECS, 1, 0));
        let scene = scene(&[(96, What::Free), (16, used), (64, What::Free), (32, used), (48, What::Free)]);
        let question = Question { size: Bytes::new(256), align: Bytes::new(16) };
        let answer = ask(&scene, question, &Ground::default());
        let cells = |start, cell, columns| {
            let (start, cell) = (Bytes::new(start), Bytes::new(cell));
            answer.cells(&MapLayout {
                capacity: Bytes::new(256),
                start,
                cell,
                columns,
                rows: 1,
                width_px: 8,
                height_px: 8,
            })
        };
        assert_eq!(cells(0, 32, 8), [96..128, 160..224]);
        // Both are in neighbouring cells.
        assert_eq!(cells(0, 64, 4), vec![64..256]);
        // Only the second is on screen, and but a part of it.
        assert_eq!(cells(192, 16, 4), vec![192..208]);
    }

    proptest! {
        #[test]
        fn no_place_is_cheaper(
            sizes in prop::collection::vec((1..9_u64, 0..3_u8), 1..40), wanted in 1..60_u64, align in 4..9_u32,
        ) {
            let kinds = [What::Free, What::Cached, What::Used(holder(MemoryCategory::ECS, 1, 0))];
            let pieces: Vec<_> = sizes.iter().map(|(granules, kind)| (granules * 16, kinds[usize::from(*kind)])).collect();
            let scene = scene(&pieces);
            let (size, align) = (wanted * 16, 1_u64 << align);
            let question = Question { size: Bytes::new(size), align: Bytes::new(align) };
            let answer = ask(&scene, question, &Ground::default());
            let cost_at = |start: u64| -> u64 {
                let taken = scene.pieces().iter().filter(|piece| piece.what != What::Free);
                taken.filter(|piece| piece.offset_bytes < start + size && start < piece.end_bytes()).map(|piece| piece.size_bytes).sum()
            };
            let capacity = scene.capacity().get();
            let starts = (0..capacity).step_by(align as usize).filter(|start| start + size <= capacity);
            let least = starts.map(cost_at).min();
            match (least, &answer) {
                (None, Answer::TooLarge { most }) => prop_assert!(most.get() < size),
                (Some(0), Answer::Fits { range }) => prop_assert_eq!(cost_at(range.start), 0),
                (Some(least), Answer::Blocked { range, cost, .. }) => {
                    prop_assert_eq!((cost.get(), cost_at(range.start)), (least, least));
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
