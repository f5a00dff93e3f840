//! What safe calls could do to the threads' own words, if they were let. For Miri too.

use super::{arena, request};
use crate::thread_cache::pages::PAGE;
use crate::{AllocError, Arena, Patience, PolicyKind, Region, SharedArena};
use arenascope_units::Bytes;
use core::sync::atomic::Ordering::Relaxed;
use std::sync::Arc;

/// Miri takes long for each word; one in so many hits records too, which have eight.
const STEP: usize = if cfg!(miri) { 101 } else { 1 };

fn shared() -> Arc<SharedArena> {
    let arena = Arena::new(Region::reserve_pages(16).unwrap(), PolicyKind::FirstFit);
    Arc::new(SharedArena::with_patience(arena, Patience::NONE))
}

#[test]
fn a_stray_write_on_purpose_cannot_reach_the_links_of_a_page() {
    let shared = shared();
    let mut thread = shared.attach().unwrap();
    let ids = [(); 3].map(|()| thread.pin().unwrap().allocate(&request(64, 16)).unwrap());
    for taken in ids {
        thread.pin().unwrap().deallocate(taken.id).unwrap();
    }
    let page = ids[0].offset.get() / u64::from(PAGE) * u64::from(PAGE);
    let written = shared.with(|arena| {
        (page..page + u64::from(PAGE)).step_by(STEP).filter(|&at| arena.poke(Bytes::new(at), 0xff)).count()
    });
    assert_eq!(written.unwrap(), 0, "header, slots and records of the page");
    let again = [(); 3].map(|()| thread.pin().unwrap().allocate(&request(64, 16)).unwrap().offset);
    assert_eq!(again, [ids[2].offset, ids[1].offset, ids[0].offset], "the list is whole");
    assert_eq!(shared.with(|arena| arena.audit()).unwrap(), Ok(()));
}

#[test]
fn a_stray_write_reaches_the_payload_beside_the_pages() {
    let mut arena = arena(PolicyKind::FirstFit);
    let taken = arena.allocate(&request(64, 16)).unwrap();
    assert!(arena.poke(taken.offset, 7));
    assert_eq!(arena.payload(taken.id).unwrap()[0], 7);
}

/// A range of a page's size, at a page's place, that another thread frees and whose bytes
/// it needs for a page of records while the words are written.
#[test]
fn words_of_a_range_outlive_no_page_that_is_opened_there() {
    let shared = shared();
    let (mut owner, mut other) = (shared.attach().unwrap(), shared.attach().unwrap());
    let mut there = owner.pin().unwrap();
    let range = there.allocate(&request(u64::from(PAGE), u64::from(PAGE))).unwrap();
    // Nothing else is left for a page: all but the range is taken.
    while shared.allocate(&request(4096, 16)).is_ok() {}
    let mut here = other.pin().unwrap();
    let words = here.words(range.id).unwrap();
    assert_eq!(words.len(), PAGE as usize / 4);
    there.deallocate(range.id).unwrap();
    // Its own page is filled; then a second one is needed.
    let mut taken = 0;
    let end = loop {
        match there.allocate(&request(512, 16)) {
            Ok(_) => taken += 1,
            Err(refused) => break refused,
        }
        // Garbage in what was the range: links, were there any.
        words.iter().step_by(STEP).for_each(|word| word.store(u32::MAX, Relaxed));
    };
    assert!(matches!(end, AllocError::Contended(_)), "{end:?} after {taken}");
    drop(words);
    assert!(there.allocate(&request(512, 16)).is_ok(), "the range is a page now");
    drop((here, there));
    assert_eq!(shared.with(|arena| arena.audit()).unwrap(), Ok(()));
}
