use crate::export::{Target, losses, write};
use crate::import;
use arenascope_trace::{Action, Collected, Event, Frame, Manifest, NoteKind, Site, Space, SpaceId};
use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

fn written(run: &Collected) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(Target::PytorchSnapshot, run, &mut bytes).unwrap();
    bytes
}

fn read(bytes: &[u8]) -> Collected {
    let mut run = Collected::default();
    import::read(bytes, &mut run).unwrap();
    run
}

/// What happens, with whatever two readers number differently in words.
fn in_words(run: &Collected) -> Vec<String> {
    let mut lives = HashMap::new();
    let category = |id: u8| &*run.manifest.categories[usize::from(id)].label;
    let events = run.events.iter().map(|event| {
        let action = match event.action {
            Action::Allocate { id, space, address, bytes, category: of } => {
                lives.insert(id, (space, address));
                format!("{space:?} allocates {address:#x} of {bytes} for {}", category(of.0))
            }
            Action::Free { id } => format!("frees {:?}", lives.remove(&id)),
            Action::FreeRequested { id } => format!("wants to free {:?}", lives.get(&id)),
            Action::Mark { marker } => format!("mark {}", run.manifest.markers[marker as usize]),
            other => format!("{other:?}"),
        };
        let frames =
            run.stacks.frames_of(event.site).map(|frame| format!("{}:{}:{}", frame.function, frame.file, frame.line));
        format!("{} {action} [{}]", event.time_us, frames.collect::<Vec<_>>().join(" "))
    });
    events.collect()
}

/// Says the first that differs, not all.
fn assert_same(left: &[String], right: &[String]) {
    if let Some((left, right)) = left.iter().zip(right).find(|(left, right)| left != right) {
        panic!("{left}\nis not\n{right}");
    }
    assert_eq!(left.len(), right.len());
}

/// Loads a file with Python, and checks what viewers rely on; `None` without Python.
fn checked_by_python(bytes: &[u8]) -> Option<String> {
    const SCRIPT: &str = r#"
import pickle, pickletools, sys
data = sys.stdin.buffer.read()
known = "PROTO EMPTY_DICT EMPTY_LIST MARK SETITEMS APPENDS MEMOIZE BINGET LONG_BINGET SHORT_BINUNICODE BINUNICODE " \
        "BININT BININT1 BININT2 LONG1 NEWTRUE NEWFALSE STOP"
names = {op.name for op, _, _ in pickletools.genops(data)}
assert names <= set(known.split()), names
whole = pickle.loads(data)
assert {"segments", "device_traces", "allocator_settings", "external_annotations"} <= set(whole), whole.keys()
state = {}
for seg in whole["segments"]:
    keys = "device address total_size allocated_size active_size requested_size stream segment_type is_expandable blocks frames"
    assert set(keys.split()) <= set(seg), seg.keys()
    address = seg["address"]
    for block in seg["blocks"]:
        assert block["address"] == address, (block, address)
        address += block["size"]
        if block["state"] != "inactive":
            state[seg["device"], block["address"]] = block["size"]
    assert address == seg["address"] + seg["total_size"], seg
# As the viewer does: every entry is taken back, from the last.
for device, trace in enumerate(whole["device_traces"]):
    held = {s["address"]: s["address"] + s["total_size"] for s in whole["segments"] if s["device"] == device}
    live = {a: s for (d, a), s in state.items() if d == device}
    for e in reversed(trace):
        end = e["addr"] + e["size"] if "addr" in e else 0
        if e["action"] == "free_completed":
            assert e["addr"] not in live
            live[e["addr"]] = e["size"]
        elif e["action"] == "free_requested":
            assert e["addr"] in live
        elif e["action"] == "alloc":
            assert live.pop(e["addr"]) == e["size"]
        elif e["action"] == "segment_free":
            held[e["addr"]] = end
        elif e["action"] == "segment_alloc":
            assert held.pop(e["addr"]) == end
        elif e["action"] in ("segment_map", "segment_unmap"):
            at = max(a for a in held if a <= e["addr"]) if e["action"] == "segment_map" else None
            if at is not None:
                until = held.pop(at)
                assert until >= end
                if at < e["addr"]: held[at] = e["addr"]
                if end < until: held[end] = until
            else:
                held[e["addr"]] = end
                for a in sorted(held):
                    while a in held and held[a] in held:
                        held[a] = held.pop(held[a])
        else:
            assert e["action"] in ("oom", "snapshot"), e
        if e["action"] == "free_completed":
            assert any(a <= e["addr"] and end <= b for a, b in held.items()), (e, held)
    assert not live, live
    if any("category" in e for e in trace):
        assert any(e.get("category") == "unknown" for t in whole["device_traces"] for e in t)
print(len(whole["segments"]), [len(trace) for trace in whole["device_traces"]], len(whole["external_annotations"]))
"#;
    let mut python = Command::new("python3");
    let python = python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = python.spawn().ok()?;
    child.stdin.take()?.write_all(bytes).ok()?;
    let output = child.wait_with_output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A run with all that there is, with addresses or without.
fn run(has_addresses: bool, reserves: bool) -> Collected {
    let mut run = Collected { manifest: Manifest::of("test", "Test"), ..Collected::default() };
    for label in ["Arena", "Heap"] {
        let space = Space { label: label.into(), has_addresses, capacity_bytes: Some(1 << 30), granule_bytes: 16 };
        run.manifest.add_space(space);
    }
    run.manifest.source.begun_ms = Some(1_700_000_000_000);
    let categories = ["Mesh", "Größe"].map(|label| run.manifest.category(label));
    let markers = ["snapshot", "frame 1", "step: START"].map(|text| run.manifest.marker(text));
    let frames = ["main", "load", "draw"]
        .map(|function| run.stacks.intern(Frame { function: function.into(), file: "a.rs".into(), line: 7 }));
    let sites = [run.stacks.stack([frames[0], frames[1]]), run.stacks.stack([frames[0], frames[2]]), Site::NONE];
    let mut time_us = 0;
    let mut tell = |site: usize, action| {
        run.events.push(Event { time_us, thread: 3, site: sites[site], action });
        time_us += 10;
    };
    let spaces = [SpaceId(0), SpaceId(1)];
    if reserves {
        tell(0, Action::Reserve { space: spaces[0], address: 1 << 50, bytes: 1 << 20 });
        tell(2, Action::Reserve { space: spaces[1], address: 1 << 41, bytes: 1 << 20 });
    }
    let base = |space: usize| if has_addresses { [1 << 50, 1 << 41][space] } else { 0 };
    let step = |at: u64| if has_addresses { at } else { 0 };
    for id in 0..3000_u64 {
        let space = (id % 2) as usize;
        let (bytes, category) = (16 + id % 100, categories[(id % 3 / 2) as usize]);
        let address = base(space) + step(id * 128);
        tell((id % 3) as usize, Action::Allocate { id, space: spaces[space], address, bytes, category });
        if id % 3 == 1 {
            tell(1, Action::FreeRequested { id: id - 1 });
        }
        if id % 5 == 4 {
            tell(2, Action::Free { id: id - 4 });
        }
    }
    tell(2, Action::Fail { space: spaces[1], bytes: 1 << 40, free_bytes: Some(5) });
    for marker in markers {
        tell(2, Action::Mark { marker });
    }
    run
}

#[test]
fn what_is_written_is_read_back() {
    let run = run(true, true);
    let bytes = written(&run);
    let again = read(&bytes);
    assert_same(&in_words(&again), &in_words(&run));
    assert_eq!(again.manifest.notes, []);
    assert_eq!(again.manifest.source.begun_ms, run.manifest.source.begun_ms);
    let labels = |run: &Collected| run.manifest.spaces.iter().map(|space| space.label.clone()).collect::<Vec<_>>();
    assert_eq!(labels(&again), labels(&run));
    let counted = checked_by_python(&bytes);
    assert!(counted.is_none_or(|counted| counted.starts_with("2 [")));
    // Once more: what was read back is written as it was.
    assert_same(&in_words(&read(&written(&again))), &in_words(&run));
}

#[test]
fn addresses_are_made_up_where_there_are_none() {
    let run = run(false, false);
    let bytes = written(&run);
    let again = read(&bytes);
    assert!(again.manifest.notes.iter().all(|note| note.kind == NoteKind::Remark), "{:?}", again.manifest.notes);
    let sizes = |run: &Collected| {
        let sizes = run.events.iter().filter_map(|event| match event.action {
            Action::Allocate { space, bytes, .. } => Some((space, bytes)),
            _ => None,
        });
        sizes.collect::<Vec<_>>()
    };
    assert_eq!(sizes(&again), sizes(&run));
    checked_by_python(&bytes);
    let lost = losses(Target::PytorchSnapshot, &run.manifest).join("\n");
    assert!(lost.contains("Arena: the addresses are made up") && lost.contains("threads"), "{lost}");
}

#[test]
fn segments_are_made_up_where_reservations_do_not_hold_what_lives() {
    checked_by_python(&written(&run(true, false)));
    let mut run = run(true, true);
    // A release under what lives, and a resize: a free and an allocation.
    run.events.push(Event {
        time_us: 1 << 30,
        thread: 0,
        site: Site::NONE,
        action: Action::Release { space: SpaceId(0), address: 1 << 50, bytes: 1 << 20 },
    });
    for (id, bytes) in [(1, 32), (1, 0), (1, 8), (99_999, 5)] {
        run.events.push(Event { time_us: 1 << 30, thread: 0, site: Site::NONE, action: Action::Resize { id, bytes } });
    }
    checked_by_python(&written(&run));
}

#[test]
fn what_was_read_is_written_as_it_was() {
    let small = include_bytes!("../../../tests/data/pytorch-small.pickle");
    let run = read(small);
    let bytes = written(&run);
    checked_by_python(&bytes);
    // The host has no segments in that file: what lives there gets one.
    let mut again = in_words(&read(&bytes));
    assert!(again.remove(0).contains("Reserve { space: SpaceId(2)"));
    assert_same(&again, &in_words(&run));
}

#[test]
fn parts_that_grow_and_shrink_are_mapped_and_unmapped() {
    let mut run = Collected::default();
    run.manifest.add_space(Space { label: "Grows".into(), has_addresses: true, granule_bytes: 1, ..Space::default() });
    let category = run.manifest.category("Heap");
    let space = SpaceId(0);
    let actions = [
        Action::Reserve { space, address: 4096, bytes: 4096 },
        Action::Reserve { space, address: 8192, bytes: 8192 },
        Action::Allocate { id: 1, space, address: 6000, bytes: 4000, category },
        Action::Release { space, address: 12288, bytes: 4096 },
        Action::Free { id: 1 },
        Action::Allocate { id: 2, space, address: 4096, bytes: 8192, category },
    ];
    run.events = actions.map(|action| Event { time_us: 0, thread: 0, site: Site::NONE, action }).to_vec();
    let bytes = written(&run);
    assert_eq!(checked_by_python(&bytes).as_deref().unwrap_or("1 [7] 0"), "1 [7] 0");
    assert_same(&in_words(&read(&bytes)), &in_words(&run));
}

#[test]
fn spaces_keep_their_numbers_where_nothing_lives_in_one() {
    let mut run = run(true, true);
    run.events.retain(|event| {
        let is_first = |space| space == SpaceId(0);
        match event.action {
            Action::Allocate { space, .. } | Action::Reserve { space, .. } => !is_first(space),
            Action::Free { id } | Action::FreeRequested { id } => id % 2 == 1,
            _ => true,
        }
    });
    let again = read(&written(&run));
    assert_eq!(again.manifest.spaces.len(), 2);
    let first = run.events[0].time_us;
    run.events.iter_mut().for_each(|event| event.time_us -= first);
    assert_same(&in_words(&again), &in_words(&run));
}

#[test]
fn a_run_without_spaces_cannot_be_written() {
    let error = write(Target::PytorchSnapshot, &Collected::default(), &mut Vec::new()).unwrap_err();
    assert!(error.to_string().starts_with("it cannot be written"));
}
