//! A place of the arena in words: what a hover on the map reads.

use super::colours::thread_name;
use super::layout::MapLayout;
use super::scene::{Piece, Scene, What};
use crate::numbers::text::count;
use crate::run::names::Names;
use arenascope_units::{Bytes, Micros};
use core::ops::Range;

/// An address of our arena as the page writes it: `0x0120 4000`.
pub fn address(offset: Bytes) -> String {
    let offset = offset.get();
    format!("0x{:04x} {:04x}", offset >> 16, offset & 0xffff)
}

/// A moment of the run, to the millisecond: `1.500 s`.
pub fn moment(time_us: u64) -> String {
    format!("{}.{:03} s", count(time_us / 1_000_000), time_us / 1_000 % 1_000)
}

/// Addresses, owner, size, age and thread of a piece at the moment `now`.
pub fn piece_text(piece: &Piece, now: Micros, names: &Names) -> String {
    let (at, size) = (names.address_range(piece.offset_bytes..piece.end_bytes()), Bytes::new(piece.size_bytes));
    let Some(holder) = piece.holder() else { return format!("{at} · {size} · {}", what_text(&piece.what, names)) };
    let (since, age) = (moment(holder.born_us), now.since(Micros::new(holder.born_us)));
    let by = holder.birth.map(|birth| format!(" by {}", thread_name(birth.thread))).unwrap_or_default();
    format!("{at} · {size} · {} · since {since} ({age}){by}", what_text(&piece.what, names))
}

/// What a piece is: `GPU buffers · frame/vertices`, `free`.
pub fn what_text(what: &What, names: &Names) -> String {
    match what {
        What::Free => "free".into(),
        What::Unused => "not used: free or cached".into(),
        What::Cached => "cached by a thread or held back by guards".into(),
        What::Metadata => "header and node table".into(),
        What::Used(holder) => format!("{} · {}", names.category(holder.owner.category), names.tag(holder.owner.tag)),
    }
}

/// What is read at an address of a piece: the piece, and how many share its cell.
pub fn reading(scene: &Scene, layout: &MapLayout, piece: &Piece, at: Bytes, names: &Names) -> String {
    let words = piece_text(piece, scene.now, names);
    match shared_by(scene, layout, at) {
        0 | 1 => words,
        pieces => format!("{words} · one of {} ranges in this cell", count(pieces)),
    }
}

/// Selected addresses in words: how much, and how much of it is in use.
pub fn selection_text(scene: &Scene, range: &Range<u64>, names: &Names) -> String {
    let size = Bytes::new(range.end.saturating_sub(range.start));
    let first = scene.first_behind(Bytes::new(range.start));
    let inside = scene.pieces()[first..].iter().take_while(|piece| piece.offset_bytes < range.end);
    let (mut allocations, mut bytes) = (0, 0);
    for piece in inside.filter(|piece| piece.holder().is_some()) {
        allocations += 1;
        bytes += piece.end_bytes().min(range.end) - piece.offset_bytes.max(range.start);
    }
    let (allocations, used) = (count(allocations), Bytes::new(bytes));
    format!("selected {} · {size} · {used} in {allocations} allocations", names.address_range(range.clone()))
}

/// A recorded moment in words: how much was used, when, and whether that is exact.
pub fn past_text(scene: &Scene) -> String {
    let used = scene.pieces().iter().filter(|piece| piece.holder().is_some());
    let used: Bytes = used.map(|piece| Bytes::new(piece.size_bytes)).sum();
    let words = format!("{used} of {} used at {}", scene.capacity(), moment(scene.now.get()));
    if scene.is_approximate { format!("{words}, about: events are missing") } else { words }
}

/// How many pieces have bytes in the cell of an address.
fn shared_by(scene: &Scene, layout: &MapLayout, at: Bytes) -> u64 {
    let cell = layout.cell.get();
    let first = layout.start.get() + at.saturating_sub(layout.start).get() / cell * cell;
    let last = Bytes::new((first + cell).min(layout.capacity.get()).saturating_sub(1));
    (scene.first_behind(last) + 1 - scene.first_behind(Bytes::new(first)).min(scene.first_behind(last))) as u64
}

#[cfg(test)]
mod tests {
    use super::super::scene::tests::scene;
    use super::super::scene::{Birth, Holder};
    use super::*;
    use arenascope_workload::tags;

    #[test]
    fn a_piece_reads_as_people_write_it() {
        let holder = Holder { owner: tags::VERTICES, born_us: 800_000, birth: None };
        let recorded = Holder { birth: Some(Birth { event: 7, thread: 2 }), ..holder };
        let cases = [
            (What::Free, "free"),
            (What::Unused, "not used: free or cached"),
            (What::Cached, "cached by a thread or held back by guards"),
            (What::Metadata, "header and node table"),
            (What::Used(holder), "GPU buffers · frame/vertices · since 0.800 s (1.2 s)"),
            (What::Used(recorded), "GPU buffers · frame/vertices · since 0.800 s (1.2 s) by Mutator 2"),
        ];
        for (what, words) in cases {
            let piece = Piece { offset_bytes: 0x0120_4000, size_bytes: 1 << 16, what };
            let expected = format!("0x0120 4000–0x0121 4000 · 64.0 KiB · {words}");
            assert_eq!(piece_text(&piece, Micros::seconds(2), &Names::engine()), expected);
        }
    }

    #[test]
    fn selected_addresses_are_counted_as_far_as_they_go() {
        let used = What::Used(Holder { owner: tags::VERTICES, born_us: 0, birth: None });
        let scene = scene(&[(64, What::Metadata), (64, used), (64, What::Free), (64, used)]);
        let words = selection_text(&scene, &(96..208), &Names::engine());
        assert_eq!(words, "selected 0x0000 0060–0x0000 00d0 · 112 B · 48 B in 2 allocations");
        assert_eq!(past_text(&scene), "128 B of 256 B used at 0.000 s");
        assert!(selection_text(&scene, &(0..16), &Names::engine()).ends_with("16 B · 0 B in 0 allocations"));
    }

    #[test]
    fn a_shared_cell_says_how_many_it_holds() {
        let scene = scene(&[(16, What::Metadata), (32, What::Free), (16, What::Cached), (64, What::Free)]);
        let near = MapLayout::fit(scene.capacity(), 100, 100, 3).unwrap();
        assert_eq!(near.cell.get(), 16);
        let reading =
            |layout, at| reading(&scene, layout, scene.at(Bytes::new(at)).unwrap(), Bytes::new(at), &Names::engine());
        assert_eq!(reading(&near, 20), "0x0000 0010–0x0000 0030 · 32 B · free");
        let far = MapLayout { cell: Bytes::new(64), columns: 1, rows: 2, ..near };
        assert!(reading(&far, 20).ends_with("free · one of 3 ranges in this cell"));
        assert!(reading(&far, 64).ends_with("64 B · free"));
    }
}
