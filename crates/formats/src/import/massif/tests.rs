use super::{FORMAT, looks_like};
use crate::import::told::{cases, live_stacks, mutations, notes, refusal, run, survives, told, totals};
use arenascope_trace::{CannotTell, Collected, NoteKind};
use proptest::prelude::*;

/// `valgrind --tool=massif --stacks=yes --time-unit=ms --threshold=5 --depth=8
/// --max-snapshots=20 ls -R /usr/share/zoneinfo`, by Valgrind 3.19.
const LS: &str = include_str!("../../../tests/data/massif-ls.out");
const SMALL: &str = "desc: (none)\ncmd: ./a b\ntime_unit: i\n#-----------\nsnapshot=0\n#-----------\ntime=10\n\
    mem_heap_B=100\nmem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree=detailed\n\
    n2: 90 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n n2: 60 0x1: inner (a.c:1)\n  \
    n0: 40 0x2: main (a.c:2)\n  n0: 15 0x3: other (a.c:3)\n n0: 30 in 2 places, all below massif's threshold (1.00%)\n\
    #-----------\nsnapshot=1\n#-----------\ntime=20\nmem_heap_B=70\nmem_heap_extra_B=20\nmem_stacks_B=5\nheap_tree=empty\n";

fn categories(run: &Collected) -> Vec<(String, u128)> {
    totals(run).categories.into_iter().collect()
}

#[test]
fn it_is_known_by_its_first_lines() {
    assert!(looks_like(LS.as_bytes()) && looks_like(SMALL.as_bytes()));
    for text in ["", "desc: x\n", "cmd: a\n", "description\ncmd: a\n"] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn things_add_up_to_what_each_snapshot_says() {
    let end = SMALL.find("#-----------\nsnapshot=1").unwrap();
    let first = run(&SMALL[..end]);
    assert_eq!(categories(&first), [("Heap, extra".into(), 8), ("Heap, useful".into(), 100)]);
    // 10 B are not in the tree, 30 B below the threshold, 5 B the inner's own.
    let expected = ["40 ", "40 inner a.c:1 < main a.c:2", "5 inner a.c:1", "15 inner a.c:1 < other a.c:3", "8 "];
    let mut stacks = live_stacks(&first);
    stacks.sort();
    let mut sorted = expected.map(String::from);
    sorted.sort();
    assert_eq!(stacks, sorted);
    let whole = run(SMALL);
    let figures = totals(&whole);
    assert_eq!((figures.peak, figures.peak_us, figures.live), (108, 10, 95));
    let expected = [("Heap, extra".into(), 20), ("Heap, useful".into(), 70), ("Stacks".into(), 5)];
    assert_eq!(categories(&whole), expected);
    assert_eq!(whole.manifest.source.subject.as_deref(), Some("./a b"));
    assert!(whole.manifest.cannot_tell[&CannotTell::Times].contains("instructions"));
    assert!(!whole.manifest.cannot_tell.contains_key(&CannotTell::Stacks));
}

/// Counted by a script that finds the snapshots with a regular expression.
#[test]
fn a_real_file_has_the_totals_that_were_counted() {
    let run = run(LS);
    let figures = totals(&run);
    assert_eq!((figures.peak, figures.peak_us, figures.live), (112_952, 673_000, 64_408));
    assert_eq!(
        categories(&run),
        [("Heap, extra".into(), 2313), ("Heap, useful".into(), 61_535), ("Stacks".into(), 560)]
    );
    assert!(!run.manifest.cannot_tell.contains_key(&CannotTell::Times));
    assert_eq!(notes(&run, NoteKind::Remark).len(), 1);
    assert!(notes(&run, NoteKind::Contradiction).is_empty());
    assert!(run.stacks.frames().iter().any(|frame| &*frame.function == "setlocale"));
}

/// What shrinks is told before what grows: the sum between is no peak.
#[test]
fn no_peak_is_told_that_no_snapshot_has() {
    let snapshot =
        |heap: u64, extra: u64| format!("snapshot=0\nmem_heap_B={heap}\nmem_heap_extra_B={extra}\nheap_tree=empty\n");
    let sizes = [(100, 1), (1, 100), (100, 1), (50, 51), (0, 101)];
    let snapshots: String = sizes.iter().map(|&(heap, extra)| snapshot(heap, extra)).collect();
    let run = run(format!("desc: a\ncmd: b\ntime_unit: i\n{snapshots}"));
    assert_eq!((totals(&run).peak, totals(&run).live), (101, 101));
    assert!(run.manifest.cannot_tell.contains_key(&CannotTell::Stacks));
}

#[test]
fn a_file_that_is_cut_keeps_what_it_has() {
    for (end, live) in [("n0: 40", 108), ("heap_tree=empty", 108), ("n0: 30", 108)] {
        let run = run(&SMALL[..SMALL.find(end).unwrap() + 4]);
        assert_eq!(totals(&run).live, live, "{end}");
        assert!(notes(&run, NoteKind::Missing)[0].starts_with("the file is cut in line "), "{end}");
    }
    assert_eq!(
        refusal("desc: a\ncmd: b\ntime_unit: i\n#----\nsnapshot=0\n"),
        "massif: it holds nothing: no `snapshot=`"
    );
}

#[test]
fn what_contradicts_itself_is_noted() {
    let text = SMALL.replace("mem_heap_B=100", "mem_heap_B=50").replace("time=20", "time=1");
    let run = run(text);
    assert_eq!((totals(&run).peak, totals(&run).live), (95, 95));
    assert_eq!(
        notes(&run, NoteKind::Contradiction),
        [
            "1 snapshots are earlier than the one before; the first on line 18",
            "1 snapshots have call stacks that add up to more than they say: these are left out; the first on line 5",
        ]
    );
    let huge = SMALL.replace("mem_heap_B=70", &format!("mem_heap_B={}", u64::MAX));
    assert_eq!(totals(&self::run(huge)).live, u128::from(u64::MAX) + 25);
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (from, to, message) in [
        (
            "mem_heap_B=70",
            "mem_heap_B=7x",
            "massif: line 21, column 12: expected a decimal number that fits 64 bits, found `7x`",
        ),
        (
            "  n0: 40",
            "    n0: 40",
            "massif: line 14, column 5: expected a node one deeper than the one before at most, found `n0: 40 0x2: main (a.c:2)`",
        ),
    ] {
        let (read, run) = told(SMALL.replace(from, to).as_bytes());
        assert_eq!(read.unwrap_err().to_string(), message);
        assert_eq!(run.events.is_empty(), from != "mem_heap_B=70");
    }
    let deep: String = (0..2000).map(|depth| format!("{}n1: 5 0x1: f (a.c:1)\n", " ".repeat(depth))).collect();
    let text = format!("{}{deep}", &SMALL[..SMALL.find("n2: 90").unwrap()]);
    assert!(refusal(text).contains("more than 1000 nodes below each other"));
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn mutated_files_end_in_an_error_at_worst(mutations in mutations()) {
        survives(FORMAT, SMALL.as_bytes(), &mutations);
    }
}
