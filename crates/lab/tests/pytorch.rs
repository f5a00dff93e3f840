//! The model of PyTorch's caching allocator against a second one, which was written apart
//! from it: slow, by walks over lists, one list of pieces for each segment.

use arenascope_lab::{Block, HeapLoad, Job, Op, PyTorch, Row, RowSpec, Settings};
use core::time::Duration;
use proptest::prelude::*;
use std::sync::Arc;

const MIB: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    Taken(usize),
    /// Since that question to the pool.
    Free(u64),
    Unmapped,
}

#[derive(Clone, Debug)]
struct Segment {
    start: u64,
    end: u64,
    stream: u16,
    small: bool,
    grows: bool,
    pieces: Vec<(u64, Piece)>,
}

#[derive(Debug)]
struct Slow {
    settings: PyTorch,
    device: u64,
    segments: Vec<Segment>,
    /// Large, small.
    questions: [u64; 2],
}

impl Segment {
    fn page(&self) -> u64 {
        if self.small { 2 * MIB } else { 20 * MIB }
    }

    fn address(&self, piece: usize) -> u64 {
        self.start + self.pieces[..piece].iter().map(|piece| piece.0).sum::<u64>()
    }

    fn backed(&self) -> u64 {
        self.pieces.iter().filter(|piece| piece.1 != Piece::Unmapped).map(|piece| piece.0).sum()
    }

    /// Neighbours that are both free or both unmapped are one.
    fn tidy(&mut self, now: u64) {
        let mut tidied: Vec<(u64, Piece)> = Vec::new();
        for &(bytes, kind) in &self.pieces {
            match (tidied.last_mut(), kind) {
                (Some((sum, Piece::Unmapped)), Piece::Unmapped) => *sum += bytes,
                (Some((sum, last @ Piece::Free(_))), Piece::Free(_)) => {
                    *sum += bytes;
                    *last = Piece::Free(now);
                }
                _ => tidied.push((bytes, kind)),
            }
        }
        self.pieces = tidied;
    }
}

impl Slow {
    fn reserved(&self) -> u64 {
        self.segments.iter().map(Segment::backed).sum()
    }

    fn round(&self, bytes: u64) -> u64 {
        let divisions = u64::from(self.settings.roundup_power2_divisions);
        if divisions < 2 || bytes <= 512 * divisions {
            return bytes.max(1).div_ceil(512) * 512;
        }
        let mut floor = 1;
        while floor * 2 <= bytes {
            floor *= 2;
        }
        let mut size = floor;
        while size < bytes {
            size += floor / divisions;
        }
        size
    }

    fn allocate(&mut self, block: usize, bytes: u64, stream: u16) -> Option<u64> {
        let size = self.round(bytes);
        let small = size <= MIB;
        let (segment, piece) = self.reuse(size, stream, small).or_else(|| {
            self.collect();
            self.driver(size, stream, small).or_else(|| {
                let enough = self.drop_oversize(size, stream, small);
                enough.then(|| self.driver(size, stream, small)).flatten().or_else(|| {
                    self.drop_everything();
                    self.driver(size, stream, small)
                })
            })
        })?;
        let now = self.questions[usize::from(small)];
        let it = &mut self.segments[segment];
        let rest = it.pieces[piece].0 - size;
        let splits = if small || self.settings.expandable_segments {
            rest >= 512
        } else {
            rest > MIB && size < self.settings.max_split_size_bytes.unwrap_or(u64::MAX)
        };
        it.pieces[piece].1 = Piece::Taken(block);
        if splits {
            it.pieces[piece].0 = size;
            it.pieces.insert(piece + 1, (rest, Piece::Free(now)));
        }
        Some(it.address(piece))
    }

    fn free(&mut self, block: usize) {
        for segment in &mut self.segments {
            let now = self.questions[usize::from(segment.small)];
            for piece in &mut segment.pieces {
                if piece.1 == Piece::Taken(block) {
                    piece.1 = Piece::Free(now);
                    return segment.tidy(now);
                }
            }
        }
    }

    /// Free pieces of a pool and stream, the smallest first: size, address, segment, piece.
    fn pieces(&self, stream: u16, small: bool) -> Vec<(u64, u64, usize, usize)> {
        let mut found = Vec::new();
        for (at, segment) in self.segments.iter().enumerate().filter(|it| it.1.stream == stream && it.1.small == small)
        {
            for (number, piece) in segment.pieces.iter().enumerate() {
                if matches!(piece.1, Piece::Free(_)) {
                    found.push((piece.0, segment.address(number), at, number));
                }
            }
        }
        found.sort_unstable();
        found
    }

    fn reuse(&mut self, size: u64, stream: u16, small: bool) -> Option<(usize, usize)> {
        self.questions[usize::from(small)] += 1;
        let fitting: Vec<_> = self.pieces(stream, small).into_iter().filter(|it| it.0 >= size).collect();
        let mut chosen = *fitting.first()?;
        if self.settings.expandable_segments {
            let room = |it: &(u64, u64, usize, usize)| match self.segments[it.2].pieces.get(it.3 + 1) {
                Some((bytes, Piece::Unmapped)) => it.0 + bytes,
                _ => it.0,
            };
            for next in &fitting[1..] {
                if room(next) >= room(&chosen) {
                    break;
                }
                chosen = *next;
            }
        }
        let most = self.settings.max_split_size_bytes.unwrap_or(u64::MAX);
        let fits = if size < most { chosen.0 < most } else { chosen.0 < size + 20 * MIB };
        fits.then_some((chosen.2, chosen.3))
    }

    /// A free piece from the driver.
    fn driver(&mut self, size: u64, stream: u16, small: bool) -> Option<(usize, usize)> {
        if self.settings.expandable_segments {
            return self.grow(size, stream, small);
        }
        let bytes = match () {
            () if small => 2 * MIB,
            () if size < 10 * MIB => 20 * MIB,
            () => size.div_ceil(2 * MIB) * 2 * MIB,
        };
        if self.reserved() + bytes > self.device {
            return None;
        }
        let at = self.place(bytes, 512);
        self.segments.push(Segment {
            start: at,
            end: at + bytes,
            stream,
            small,
            grows: false,
            pieces: vec![(bytes, Piece::Free(0))],
        });
        Some((self.segments.len() - 1, 0))
    }

    fn place(&self, bytes: u64, step: u64) -> u64 {
        let mut ends: Vec<u64> = self.segments.iter().map(|it| it.end.div_ceil(step) * step).chain([0]).collect();
        ends.sort_unstable();
        let is_free = |at: u64| self.segments.iter().all(|it| it.end <= at || at + bytes <= it.start);
        ends.into_iter().find(|&at| is_free(at)).unwrap()
    }

    fn grow(&mut self, size: u64, stream: u16, small: bool) -> Option<(usize, usize)> {
        let (segment, mut piece) = self.room_to_grow(size, stream, small);
        let now = self.questions[usize::from(small)];
        loop {
            let (bytes, kind) = self.segments[segment].pieces[piece];
            if kind != Piece::Unmapped && bytes >= size {
                return Some((segment, piece));
            }
            let (target, wanted) = if kind == Piece::Unmapped { (piece, size) } else { (piece + 1, size - bytes) };
            let it = &self.segments[segment];
            let there = it.pieces[target].0;
            let mapped = wanted.min(there).div_ceil(it.page()) * it.page();
            if self.reserved() + mapped > self.device {
                return None;
            }
            let it = &mut self.segments[segment];
            let address = it.address(piece);
            it.pieces[target] = (mapped, Piece::Free(now));
            if there > mapped {
                it.pieces.insert(target + 1, (there - mapped, Piece::Unmapped));
            }
            // Also joins what is free in front of the first.
            it.tidy(now);
            piece = (0..it.pieces.len()).rev().find(|&at| it.address(at) <= address).unwrap();
        }
    }

    fn room_to_grow(&mut self, size: u64, stream: u16, small: bool) -> (usize, usize) {
        let mut starts: Vec<(u64, usize, usize)> = Vec::new();
        for (at, it) in self.segments.iter().enumerate().filter(|it| it.1.stream == stream && it.1.small == small) {
            for (number, piece) in it.pieces.iter().enumerate().filter(|(_, piece)| piece.1 == Piece::Unmapped) {
                let _ = piece;
                starts.push((it.address(number), at, number));
            }
        }
        starts.sort_unstable();
        for (_, at, number) in starts {
            let pieces = &self.segments[at].pieces;
            let is_open = |number: usize| !matches!(pieces[number].1, Piece::Taken(_));
            let first = if number > 0 && is_open(number - 1) { number - 1 } else { number };
            let open = (first..pieces.len()).take_while(|&number| is_open(number));
            if open.map(|number| pieces[number].0).sum::<u64>() >= size {
                return (at, first);
            }
        }
        let page = if small { 2 * MIB } else { 20 * MIB };
        let bytes = (self.device + self.device / 8).div_ceil(page) * page;
        let start = self.place(bytes, page);
        let pieces = vec![(bytes, Piece::Unmapped)];
        self.segments.push(Segment { start, end: start + bytes, stream, small, grows: true, pieces });
        (self.segments.len() - 1, 0)
    }

    fn collect(&mut self) {
        let threshold = (self.settings.garbage_collection_threshold * self.device as f64) as u64;
        if threshold == 0 || self.reserved() <= threshold {
            return;
        }
        let (target, mut got) = (self.reserved() - threshold, 0);
        while got < target {
            let age = |it: &Segment| match it.pieces[..] {
                [(_, Piece::Free(since))] if !it.small => Some(self.questions[0] - since),
                _ => None,
            };
            let ages: Vec<u64> = self.segments.iter().filter_map(age).collect();
            let mean = ages.iter().sum::<u64>() as f64 / ages.len() as f64;
            let goes: Vec<bool> =
                self.segments.iter().map(|it| age(it).is_some_and(|age| age as f64 >= mean)).collect();
            if !goes.contains(&true) {
                return;
            }
            let before = self.reserved();
            let mut goes = goes.into_iter();
            self.segments.retain(|_| !goes.next().unwrap());
            got += before - self.reserved();
        }
    }

    fn drop_oversize(&mut self, size: u64, stream: u16, small: bool) -> bool {
        let Some(most) = self.settings.max_split_size_bytes else { return false };
        if self.settings.expandable_segments {
            return false;
        }
        let target = size.max(most);
        let pieces = self.pieces(stream, small);
        let chosen: Vec<usize> = match pieces.iter().find(|it| it.0 >= target) {
            Some(one) => vec![one.2],
            None => {
                let mut sum = 0;
                let oversize = pieces.iter().rev().take_while(|it| it.0 >= most);
                let chosen = oversize.take_while(|it| {
                    let is_wanted = sum < target;
                    sum += it.0;
                    is_wanted
                });
                chosen.map(|it| it.2).collect()
            }
        };
        let freed: u64 = chosen.iter().map(|&at| self.segments[at].backed()).sum();
        let mut at = 0;
        self.segments.retain(|_| {
            at += 1;
            !chosen.contains(&(at - 1))
        });
        freed >= target
    }

    fn drop_everything(&mut self) {
        let untouched: Vec<u64> = self.segments.iter().filter(|it| it.backed() == 0).map(|it| it.start).collect();
        for it in self.segments.iter_mut().filter(|it| it.grows) {
            let (page, mut at, mut pieces) = (it.page(), it.start, Vec::new());
            for &(bytes, kind) in &it.pieces {
                let (from, until) = (at.div_ceil(page) * page, (at + bytes) / page * page);
                if matches!(kind, Piece::Free(_)) && from < until {
                    let now = self.questions[usize::from(it.small)];
                    pieces.push((from - at, Piece::Free(now)));
                    pieces.push((until - from, Piece::Unmapped));
                    pieces.push((at + bytes - until, Piece::Free(now)));
                } else {
                    pieces.push((bytes, kind));
                }
                at += bytes;
            }
            pieces.retain(|piece| piece.0 > 0);
            it.pieces = pieces;
            it.tidy(self.questions[usize::from(it.small)]);
        }
        // Addresses of which nothing was ever backed stay, as nobody asks for them.
        let stays = |it: &Segment| match it.pieces[..] {
            [(_, Piece::Free(_))] => false,
            [(_, Piece::Unmapped)] => untouched.contains(&it.start),
            _ => true,
        };
        self.segments.retain(stays);
    }
}

/// A life: bytes, stream, and after how many more operations it ends.
type Life = (u64, u16, u32);

fn heap_of(lives: &[Life]) -> HeapLoad {
    let mut heap = HeapLoad::default();
    let mut ends: Vec<(u32, u32)> = Vec::new();
    let (mut live, mut peak) = (0, 0);
    for (number, &(bytes, stream, life)) in lives.iter().enumerate() {
        let now = number as u32;
        ends.sort_unstable();
        while ends.first().is_some_and(|&(end, _)| end <= now) {
            let (_, block) = ends.remove(0);
            live -= heap.blocks[block as usize].bytes;
            heap.blocks[block as usize].died = heap.ops.len() as u32;
            heap.ops.push(Op::free(block));
        }
        let born = heap.ops.len() as u32;
        heap.blocks.push(Block { bytes, stream, born, died: Block::NEVER, ..Block::default() });
        heap.ops.push(Op::allocate(now));
        live += bytes;
        peak = u64::max(peak, live);
        ends.push((now + life, now));
    }
    heap.times_us = (0..heap.ops.len() as u64).collect();
    heap.bound_bytes = peak;
    heap
}

fn lives() -> impl Strategy<Value = Vec<Life>> {
    let size = prop_oneof![
        1..4_000_u64,
        4_000..MIB + 600,
        MIB..10 * MIB + 600,
        9 * MIB..70 * MIB,
        (0..7_u32).prop_map(|power| MIB << power),
    ];
    prop::collection::vec((size, 0..3_u16, 1..60_u32), 1..200)
}

fn settings() -> impl Strategy<Value = PyTorch> {
    let split = prop::option::of(prop_oneof![Just(20 * MIB), Just(32 * MIB), Just(64 * MIB)]);
    let divisions = prop_oneof![Just(0), Just(2), Just(4), Just(8)];
    let threshold = prop_oneof![Just(0.0), Just(0.5), Just(0.8)];
    (split, divisions, threshold, any::<bool>()).prop_map(|(split, divisions, threshold, expandable)| PyTorch {
        max_split_size_bytes: split,
        roundup_power2_divisions: divisions,
        garbage_collection_threshold: threshold,
        expandable_segments: expandable,
    })
}

fn modelled(heap: &Arc<HeapLoad>, pytorch: PyTorch, device: u64) -> Row {
    let settings = Settings { budget_bytes: Some(device), searches_smallest: false, ..Settings::default() };
    let mut job = Job::new(Arc::clone(heap), RowSpec::PyTorch(pytorch), settings);
    while !job.step(64, &mut || Duration::ZERO).is_finished {}
    job.finish()
}

/// Equal in every address and in the reserved bytes after every operation.
fn check(heap: HeapLoad, pytorch: PyTorch, device: u64) -> Row {
    let heap = Arc::new(heap);
    let row = modelled(&heap, pytorch, device);
    let mut slow = Slow { settings: pytorch, device, segments: Vec::new(), questions: [0; 2] };
    let mut held = row.held.iter().peekable();
    let mut reserved = 0;
    for (at, op) in heap.ops.iter().enumerate() {
        let (number, block) = (op.block(), &heap.blocks[op.block()]);
        if op.is_free() {
            slow.free(number);
        } else {
            let address = slow.allocate(number, block.bytes, block.stream).unwrap_or(Row::NOWHERE);
            assert_eq!(row.addresses[number], address, "operation {at}, {} bytes, {pytorch:?}", block.bytes);
        }
        while let Some(next) = held.next_if(|next| next.0 as usize <= at + 1) {
            reserved = next.1;
        }
        assert_eq!(reserved, slow.reserved(), "operation {at}, {pytorch:?}");
    }
    let figures = row.figures.unwrap();
    let moment = figures.at_peak;
    let waste = moment.waste;
    assert_eq!(
        moment.live_bytes + waste.external_bytes + waste.internal_bytes + waste.cached_bytes,
        moment.held_bytes,
        "{moment:?}"
    );
    assert_eq!((moment.held_bytes, moment.held_bytes <= device), (figures.peak_bytes, true));
    row
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_models_reserve_the_same_after_every_operation(lives in lives(), pytorch in settings(), device in 100..4_000_u64) {
        check(heap_of(&lives), pytorch, device * MIB);
    }
}

#[test]
fn what_is_known_of_pytorch_holds() {
    let check = |lives: &[Life], pytorch, peak: u64| {
        let row = check(heap_of(lives), pytorch, 1 << 34);
        assert_eq!(row.figures.unwrap().peak_bytes, peak, "{lives:?}");
    };
    let plain = PyTorch::default();
    let expandable = PyTorch { expandable_segments: true, ..plain };
    // One byte takes a segment of 2 MiB, a little more than 1 MiB one of 20 MiB.
    check(&[(1, 0, 9)], plain, 2 * MIB);
    check(&[(MIB + 1, 0, 9)], plain, 20 * MIB);
    check(&[(10 * MIB, 0, 9)], plain, 10 * MIB);
    check(&[(11 * MIB, 0, 9)], plain, 12 * MIB);
    // What one stream gave back, another cannot have.
    check(&[(30 * MIB, 0, 1), (30 * MIB, 0, 9)], plain, 30 * MIB);
    check(&[(30 * MIB, 0, 1), (30 * MIB, 1, 9)], plain, 60 * MIB);
    // A batch that grows a little each time: the cached segments are too small each time,
    // and grow where they may.
    let growing: Vec<Life> = (0..8).map(|step| (40 * MIB + 4 * MIB * step, 0, 1)).collect();
    check(&growing, plain, (0..8).map(|step| 40 * MIB + 4 * MIB * step).sum());
    check(&growing, expandable, 80 * MIB);
}
