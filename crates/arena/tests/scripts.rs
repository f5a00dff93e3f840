//! The arena's behaviour as scripts: what happens, step by step, and what is left.
//!
//! `alloc a 64 align 256`, `free a`, `reset`. A script starts on an empty arena of
//! 64 KiB, whose payload is granules 57 to 4096 (offset 912 to 65536). Each
//! step is audited. The outcome lists refused steps, then every range by offset.

use arenascope_arena::{AllocationId, Arena, PolicyKind, Range, RangeState, Region, Request};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;
use std::fmt::Write as _;

fn request(size: u64, align: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(3));
    Request { size: Bytes::new(size), align: Bytes::new(align), owner, now: Micros::new(9) }
}

fn arena(policy: PolicyKind) -> Arena {
    Arena::new(Region::reserve_pages(1).unwrap(), policy)
}

/// One arena, and the names that a script gave to its allocations.
struct Player {
    arena: Arena,
    names: BTreeMap<String, AllocationId>,
    log: String,
}

impl Player {
    fn step(&mut self, step: &str) {
        let refused = match step.split_whitespace().collect::<Vec<_>>()[..] {
            ["alloc", name, size] => self.allocate(name, size, "16"),
            ["alloc", name, size, "align", align] => self.allocate(name, size, align),
            ["free", name] => self.arena.deallocate(self.names[name]).err().map(|error| error.to_string()),
            ["reset"] => {
                self.arena.reset();
                None
            }
            _ => panic!("no such step: {step}"),
        };
        if let Some(error) = refused {
            writeln!(self.log, "{step}: {error}").unwrap();
        }
        assert_eq!(self.arena.audit(), Ok(()), "after {step}");
    }

    fn allocate(&mut self, name: &str, size: &str, align: &str) -> Option<String> {
        match self.arena.allocate(&request(size.parse().unwrap(), align.parse().unwrap())) {
            Ok(allocation) => {
                self.names.insert(name.to_owned(), allocation.id);
                None
            }
            Err(error) => Some(error.to_string()),
        }
    }

    fn outcome(mut self) -> String {
        for Range { offset, size, state } in self.arena.walk() {
            let name = match state {
                RangeState::Free => "free",
                RangeState::Cached => "cached",
                RangeState::Quarantined { .. } => "quarantined",
                RangeState::Used { id, .. } => self.names.iter().find(|(_, known)| **known == id).unwrap().0,
            };
            writeln!(self.log, "{name} {}+{}", offset.get(), size.get()).unwrap();
        }
        self.log
    }
}

fn play(policy: PolicyKind, script: &str) -> String {
    let mut player = Player { arena: arena(policy), names: BTreeMap::new(), log: String::new() };
    script.split(';').for_each(|step| player.step(step.trim()));
    player.outcome()
}

#[track_caller]
fn check(script: &str, outcome: Expect) {
    outcome.assert_eq(&play(PolicyKind::FirstFit, script));
}

#[track_caller]
fn check_seed(script: &str, outcome: Expect) {
    outcome.assert_eq(&play(PolicyKind::SeedCompat, script));
}

#[test]
fn allocations_follow_each_other() {
    check(
        "alloc a 64; alloc b 1; alloc c 17",
        expect![[r#"
            a 912+64
            b 976+16
            c 992+32
            free 1024+64512
        "#]],
    );
}

#[test]
fn the_pad_of_an_alignment_is_a_free_range() {
    check(
        "alloc a 64; alloc b 64 align 256",
        expect![[r#"
            a 912+64
            free 976+48
            b 1024+64
            free 1088+64448
        "#]],
    );
}

#[test]
fn the_pad_is_used_by_the_next_that_fits() {
    check(
        "alloc a 64 align 256; alloc b 48; alloc c 64",
        expect![[r#"
            b 912+48
            c 960+64
            a 1024+64
            free 1088+64448
        "#]],
    );
}

#[test]
fn free_joins_with_the_range_in_front() {
    check(
        "alloc a 64; alloc b 64; alloc c 64; free a; free b",
        expect![[r#"
            free 912+128
            c 1040+64
            free 1104+64432
        "#]],
    );
}

#[test]
fn free_joins_with_the_range_behind() {
    check(
        "alloc a 64; alloc b 64; alloc c 64; free b; free a",
        expect![[r#"
            free 912+128
            c 1040+64
            free 1104+64432
        "#]],
    );
}

#[test]
fn free_joins_with_both() {
    check(
        "alloc a 64; alloc b 64; alloc c 64; alloc d 64; free a; free c; free b",
        expect![[r#"
            free 912+192
            d 1104+64
            free 1168+64368
        "#]],
    );
}

#[test]
fn freeing_everything_leaves_one_range() {
    check(
        "alloc a 64; alloc b 64 align 4096; alloc c 1000; free b; free a; free c",
        expect![[r#"
            free 912+64624
        "#]],
    );
}

#[test]
fn first_fit_takes_the_lowest_address_not_the_best_size() {
    check(
        "alloc a 256; alloc b 16; alloc c 64; alloc d 16; free a; free c; alloc e 64",
        expect![[r#"
            e 912+64
            free 976+192
            b 1168+16
            free 1184+64
            d 1248+16
            free 1264+64272
        "#]],
    );
}

#[test]
fn a_hole_too_small_at_its_alignment_is_passed_over() {
    check(
        "alloc a 208; alloc b 16; free a; alloc c 192 align 128",
        expect![[r#"
            free 912+208
            b 1120+16
            free 1136+16
            c 1152+192
            free 1344+64192
        "#]],
    );
}

#[test]
fn the_exact_remainder_can_be_had() {
    check(
        "alloc a 64; alloc b 64560; alloc c 1; free b; alloc d 64560",
        expect![[r#"
            alloc c 1: out of memory: 1 B asked for, the largest of 0 free ranges has 0 B of 0 B
            a 912+64
            d 976+64560
        "#]],
    );
}

#[test]
fn a_refusal_says_what_is_free_and_changes_nothing() {
    check(
        "alloc a 32000; alloc b 16; alloc c 32000; free a; alloc d 64000",
        expect![[r#"
            alloc d 64000: out of memory: 62.5 KiB asked for, the largest of 2 free ranges has 31.2 KiB of 31.8 KiB
            free 912+32000
            b 32912+16
            c 32928+32000
            free 64928+608
        "#]],
    );
}

#[test]
fn layouts_that_make_no_sense() {
    check(
        "alloc a 0; alloc a 16 align 0; alloc a 16 align 48; alloc a 16 align 131072; alloc a 18446744073709551615",
        expect![[r#"
            alloc a 0: 0 bytes at alignment 16: the size is zero
            alloc a 16 align 0: 16 bytes at alignment 0: the alignment is not a power of two
            alloc a 16 align 48: 16 bytes at alignment 48: the alignment is not a power of two
            alloc a 16 align 131072: 16 bytes at alignment 131072: the alignment is above 64 KiB
            alloc a 18446744073709551615: 18446744073709551615 bytes at alignment 16: the size is larger than any arena
            free 912+64624
        "#]],
    );
}

#[test]
fn handles_end_with_their_allocation() {
    check(
        "alloc a 64; free a; free a; alloc b 64; free a; reset; free b",
        expect![[r#"
            free a: allocation 67108866 is freed already
            free a: handle of generation 1: its slot is at generation 2
            free b: handle of epoch 0: the arena is at epoch 1
            free 912+64624
        "#]],
    );
}

#[test]
fn nodes_run_out_before_memory() {
    let allocs: Vec<String> = (0..22).map(|index| format!("alloc n{index} 16")).collect();
    let script = allocs.join("; ");
    let outcome = play(PolicyKind::FirstFit, &script);
    expect!["alloc n20 16: out of nodes: 1 needed, 0 of 21 vacant"].assert_eq(outcome.lines().next().unwrap());
}

#[test]
fn the_seed_rounds_up_to_the_alignment() {
    check_seed(
        "alloc a 1 align 1024; alloc b 16",
        expect![[r#"
            b 912+16
            free 928+96
            a 1024+1024
            free 2048+63488
        "#]],
    );
}

#[test]
fn the_seed_keeps_a_small_remainder_in_the_block() {
    check_seed(
        "alloc a 128; alloc b 16; free a; alloc c 64; alloc d 16",
        expect![[r#"
            c 912+128
            b 1040+16
            d 1056+16
            free 1072+64464
        "#]],
    );
}

#[test]
fn the_seed_splits_a_large_remainder() {
    check_seed(
        "alloc a 144; alloc b 16; free a; alloc c 64; alloc d 16",
        expect![[r#"
            c 912+64
            d 976+80
            b 1056+16
            free 1072+64464
        "#]],
    );
}

#[test]
fn the_seed_never_gives_a_block_back_to_the_bump_pointer() {
    check_seed(
        "alloc a 64; alloc b 64; free b; free a; alloc c 256",
        expect![[r#"
            free 912+128
            c 1040+256
            free 1296+64240
        "#]],
    );
}

#[test]
fn the_seed_looks_at_a_remainder_last_until_a_free_sorts_the_list() {
    let start = "alloc a 256; alloc b 16; alloc c 256; alloc d 16; free a; free c; alloc e 128";
    check_seed(
        &format!("{start}; alloc f 128"),
        expect![[r#"
            e 912+128
            free 1040+128
            b 1168+16
            f 1184+128
            free 1312+128
            d 1440+16
            free 1456+64080
        "#]],
    );
    check_seed(
        &format!("{start}; free d; alloc f 128"),
        expect![[r#"
            e 912+128
            f 1040+128
            b 1168+16
            free 1184+272
            free 1456+64080
        "#]],
    );
}

#[test]
fn the_seed_joins_neighbours_on_free() {
    check_seed(
        "alloc a 64; alloc b 64; alloc c 64; alloc d 64; free a; free c; free b",
        expect![[r#"
            free 912+192
            d 1104+64
            free 1168+64368
        "#]],
    );
}

#[test]
fn the_seed_aligns_reused_blocks() {
    check_seed(
        "alloc a 112; alloc b 512; alloc c 16; free b; alloc d 256 align 256",
        expect![[r#"
            a 912+112
            d 1024+256
            free 1280+256
            c 1536+16
            free 1552+63984
        "#]],
    );
}

#[test]
fn the_seed_can_use_its_last_byte() {
    check_seed(
        "alloc a 64608; alloc b 16; alloc c 1; free b; alloc d 1; reset; alloc e 64",
        expect![[r#"
            alloc c 1: out of memory: 1 B asked for, the largest of 0 free ranges has 0 B of 0 B
            e 912+64
            free 976+64560
        "#]],
    );
}
