use super::{ARENA, FORMAT, looks_like};
use crate::import::told::{cases, live_stacks, mutations, notes, refusal, run, survives, totals};
use arenascope_trace::{Action, CannotTell, NoteKind};
use proptest::prelude::*;

const SMALL: &str = "id,lower,upper,size\nb1,10,13,4\nb2,13,19,4\nb3,10,19,4\n";
const LAID_OUT: &str = "id,lower,upper,size,alignment,gaps,offset\na,0,4,64,1,,0\nb,2,6,32,1,3-4,64\nc,4,9,64,1,,0\n";

#[test]
fn it_is_known_by_its_columns() {
    for text in [SMALL, LAID_OUT, "\u{feff}size,BUFFER_ID,end,begin\r\n", "buffer,start,upper,size"] {
        assert!(looks_like(text.as_bytes()), "{text}");
    }
    for text in ["", "id,lower,size\n", "allocator,num_allocations,size,tid\n", "id;lower;upper;size\n", "\u{ff}"] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn lifetimes_are_half_open() {
    let run = run(SMALL);
    let figures = totals(&run);
    assert_eq!((figures.allocations, figures.frees, figures.peak, figures.peak_us, figures.live), (3, 3, 8, 0, 0));
    let told: Vec<_> =
        run.events.iter().map(|event| (event.time_us, matches!(event.action, Action::Free { .. }))).collect();
    assert_eq!(told, [(0, false), (0, false), (3, true), (3, false), (9, true), (9, true)]);
    assert!(run.extents.ranges().is_empty() && run.manifest.notes.is_empty());
    assert!(run.manifest.cannot_tell.contains_key(&CannotTell::Times));
    assert!(run.manifest.cannot_tell.contains_key(&CannotTell::Addresses));
    let mut open = run.clone();
    open.events.truncate(4);
    assert_eq!(live_stacks(&open), ["4 b2 :0", "4 b3 :0"]);
}

/// `end` is the last moment at which a buffer is alive.
#[test]
fn the_older_names_of_columns_are_read() {
    let older = SMALL.replace("lower,upper", "start,end").replace("13,4", "12,4").replace("19,4", "18,4");
    let events = |text: &str| run(text).events;
    assert_eq!(events(&older), events(SMALL));
}

#[test]
fn offsets_are_addresses() {
    let run = run(LAID_OUT);
    let space = &run.manifest.spaces[0];
    assert!(space.has_addresses && space.granule_bytes == 64);
    assert_eq!((run.extents.offset_of(ARENA, 95), run.extents.offset_of(ARENA, 96)), (Some(95), None));
    assert!(!run.manifest.cannot_tell.contains_key(&CannotTell::Addresses));
    assert!(notes(&run, NoteKind::Contradiction).is_empty());
    let gaps = "1 buffers have gaps, in which they are shown as alive; the first on line 3";
    assert_eq!(notes(&run, NoteKind::Remark), [gaps]);
}

#[test]
fn what_contradicts_itself_is_noted() {
    let overlapping = run(LAID_OUT.replace("3-4,64", ",32"));
    let text = "2 buffers lie where others do at the same time; the first are the buffers 1 and 2";
    assert_eq!(notes(&overlapping, NoteKind::Contradiction), [text]);
    let text = "id,lower,upper,size,offset\na,5,4,1,0\nb,3,3,1,0\nc,0,1,9,18446744073709551615\nd,-9223372036854775808,9223372036854775807,1,0\n";
    let odd = run(text);
    assert_eq!(totals(&odd).allocations, 1);
    assert_eq!(odd.events[1].time_us, u64::MAX);
    assert_eq!(odd.manifest.notes.len(), 3);
}

/// Counted by a script that sorts the moments; the files' names say what fits.
#[test]
fn samples_have_the_peaks_that_were_counted() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/minimalloc/");
    for (name, count, peak, peak_us) in [
        ("A.1048576", 154, 1_048_576, 966_656),
        ("C.1048576", 203, 1_039_360, 117_760),
        ("D.1048576", 213, 986_112, 205_824),
        ("F.1048576", 296, 1_048_576, 621_568),
        ("H.1048576", 316, 1_048_576, 712_704),
        ("input.12", 5, 12, 0),
    ] {
        let Ok(text) = std::fs::read(format!("{samples}{name}.csv")) else { return };
        let figures = totals(&run(text));
        assert_eq!(
            (figures.allocations, figures.peak, figures.peak_us, figures.live),
            (count, peak, peak_us, 0),
            "{name}"
        );
    }
}

#[test]
fn a_file_that_is_cut_keeps_what_it_has() {
    let cut = run(&SMALL[..SMALL.len() - 3]);
    assert_eq!(totals(&cut).allocations, 2);
    assert_eq!(notes(&cut, NoteKind::Missing), ["the file is cut in line 4: what comes before it is shown"]);
    assert_eq!(
        refusal("id,lower,upper,size\na,1,1,4\n"),
        "MiniMalloc CSV: it holds nothing: no buffer is alive at any time"
    );
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (text, message) in [
        (
            "id,lower,upper,size\na,0,1.5,4\n",
            "line 2, column 5: expected a decimal number that fits 64 bits, found `1.5,4`",
        ),
        (
            "id,lower,upper,size\na,0,1,-4\n",
            "line 2, column 7: expected a decimal number that fits 64 bits, found `-4`",
        ),
        (
            "id,lower,upper,size\na,0,1\n",
            "line 2, column 6: expected 4 fields, as the first line has, found the end of the line",
        ),
        (
            "id,lower,upper,size\na,0,1,4,5\n",
            "line 2, column 10: expected 4 fields, as the first line has, found the end of the line",
        ),
    ] {
        assert_eq!(refusal(text), format!("MiniMalloc CSV: {message}"));
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn mutated_files_end_in_an_error_at_worst(mutations in mutations()) {
        survives(FORMAT, LAID_OUT.as_bytes(), &mutations);
    }
}
