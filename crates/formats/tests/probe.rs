//! A recording that the probe itself wrote: `examples/heap-walk` in Node, 720 steps and a
//! leak, saved by `session.save()`. The program's own count at the end was 126 blocks of
//! 149 504 B and one leak of 65 536 B, in a memory of 3 538 944 B; its two lists of blocks
//! have 1 536 B and 48 B.

use arenascope_formats::import::{self, Format};
use arenascope_trace::{Action, Collected, Run, Sink, Totals};
use std::collections::BTreeMap;

const BYTES: &[u8] = include_bytes!("data/probe-heap-walk.arenascope");

fn run() -> Collected {
    let mut run = Collected::default();
    assert_eq!(import::read(BYTES, &mut run).unwrap(), Format::Probe);
    run
}

#[test]
fn what_lives_at_the_end_is_what_the_program_says() {
    let run = run();
    let mut totals = Totals::default();
    *totals.manifest() = run.manifest.clone();
    run.each(&mut |event| totals.event(*event)).unwrap();
    assert_eq!((totals.all.bytes, totals.all.count), (149_504 + 65_536 + 1_536 + 48, 126 + 1 + 2));
    assert_eq!((totals.reserved.bytes, totals.unmatched, totals.failures), (3_538_944, 0, 0));
    assert_eq!(run.manifest.markers, ["leaked"]);
    let spaces: Vec<_> = run.manifest.spaces.iter().map(|space| (&*space.label, space.has_addresses)).collect();
    assert_eq!(spaces[3], ("Wasm memory 1: memory", true));
}

#[test]
fn no_block_ever_lies_over_another() {
    let (mut live, mut places) = (BTreeMap::new(), BTreeMap::<u64, u64>::new());
    let run = run();
    for event in &run.events {
        match event.action {
            Action::Allocate { id, address, bytes, .. } => {
                let before = places.range(..address + bytes).next_back();
                assert!(before.is_none_or(|(start, length)| start + length <= address), "{event:?} over {before:?}");
                places.insert(address, bytes);
                live.insert(id, address);
                assert!(run.extents.offset_of(arenascope_trace::SpaceId(3), address).is_some());
            }
            Action::Resize { id, bytes } => _ = places.insert(live[&id], bytes),
            Action::Free { id } => _ = live.remove(&id).map(|address| places.remove(&address)),
            _ => {}
        }
    }
    assert_eq!(live.len(), 129);
}
