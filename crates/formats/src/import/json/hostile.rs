//! What every reader of a JSON format must stand: files that were changed or cut.

use crate::import::error::ImportError;
use arenascope_trace::{Action, Collected, NoteKind};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::io::BufRead;

type Reader = fn(&mut dyn BufRead, &mut dyn arenascope_trace::Sink) -> Result<(), ImportError>;

/// A change to a file: what is done, where (of 65 536), and with which byte or how far.
#[derive(Clone, Copy, Debug)]
enum Change {
    Flip(u16, u8),
    Set(u16, u8),
    Insert(u16, u8),
    Cut(u16),
    Drop(u16, u8),
    Repeat(u16, u8),
}

fn change() -> impl Strategy<Value = Change> {
    // Letters that mean something in JSON are put in more often than others.
    let letter = prop_oneof![any::<u8>(), prop::sample::select(b"{}[],:\"\\-0123456789.eE \n".to_vec())];
    prop_oneof![
        (any::<u16>(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        (any::<u16>(), letter.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<u16>(), letter).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<u16>().prop_map(Change::Cut),
        (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Change::Drop(at, length)),
        (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: Change) {
    let position = |at: u16| usize::from(at) * bytes.len() / 65_536;
    let range = |at: u16, length: u8| position(at)..(position(at) + usize::from(length)).min(bytes.len());
    match change {
        Change::Flip(at, bits) => {
            let at = position(at);
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= bits);
        }
        Change::Set(at, to) => {
            let at = position(at);
            bytes.get_mut(at).into_iter().for_each(|byte| *byte = to);
        }
        Change::Insert(at, byte) => bytes.insert(position(at), byte),
        Change::Cut(at) => bytes.truncate(position(at)),
        Change::Drop(at, length) => drop(bytes.drain(range(at, length))),
        Change::Repeat(at, length) => {
            let (at, again) = (position(at), bytes[range(at, length)].to_vec());
            bytes.splice(at..at, again);
        }
    }
}

/// Changes a valid file in 10 000 ways, or in as many as `PROPTEST_CASES` says: its reader
/// must end, with events that hold together.
pub(in crate::import) fn check_mutations(valid: &[u8], read: Reader) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let changes = prop::collection::vec(change(), 1..6);
    let result = TestRunner::new(config).run(&changes, |changes| {
        let mut bytes = valid.to_vec();
        changes.into_iter().for_each(|change| apply(&mut bytes, change));
        let mut told = Collected::default();
        let read = read(&mut bytes.as_slice(), &mut told);
        check(&told, bytes.len(), read.is_ok());
        Ok(())
    });
    result.unwrap();
}

/// Cuts a valid file at up to 500 places: what is read says so, or it is an error.
pub(in crate::import) fn check_cuts(valid: &[u8], read: Reader) {
    let whole = valid.trim_ascii_end().len();
    let mut kept = 0;
    for length in (0..whole).step_by((whole / 500).max(1)) {
        let mut told = Collected::default();
        let read = read(&mut &valid[..length], &mut told);
        check(&told, length, read.is_ok());
        if read.is_ok() {
            kept += 1;
            let is_said = told.manifest.notes.iter().any(|note| note.kind == NoteKind::Missing);
            assert!(is_said && !told.events.is_empty(), "cut at {length}: {:?}", told.manifest.notes);
        }
    }
    assert!(kept > 0, "no cut file was read");
}

/// What holds of every run.
fn check(told: &Collected, length: usize, is_read: bool) {
    assert!(!is_read || told.has_begun, "no beginning");
    assert!(told.events.len() <= 8 * length + 64, "{} events of {length} bytes", told.events.len());
    assert!(told.stacks.bytes() <= 400 * length as u64 + 65_536, "{} bytes of stacks", told.stacks.bytes());
    let (mut time, spaces, categories) = (0, told.manifest.spaces.len(), told.manifest.categories.len());
    for event in &told.events {
        assert!(event.time_us >= time, "time runs backwards");
        time = event.time_us;
        assert!((event.site.0 as usize) < told.stacks.len());
        match event.action {
            Action::Allocate { space, address, category, .. } => {
                assert!(usize::from(category.0) < categories);
                check_place(told, space, address);
            }
            Action::Reserve { space, address, .. } | Action::Release { space, address, .. } => {
                check_place(told, space, address);
            }
            Action::Fail { space, .. } => assert!(usize::from(space.0) < spaces),
            Action::Mark { marker } => assert!((marker as usize) < told.manifest.markers.len()),
            _ => {}
        }
    }
}

fn check_place(told: &Collected, space: arenascope_trace::SpaceId, address: u64) {
    let place = told.manifest.spaces.get(usize::from(space.0)).expect("a space");
    if place.has_addresses {
        assert!(told.extents.offset_of(space, address).is_some(), "address {address} in no range of {space:?}");
    }
}
