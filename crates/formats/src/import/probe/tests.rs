use super::writing::{Writer, buffer, file, hello, realm_end, record, text};
use super::{Class, Decoder, looks_like};
use crate::import::format::Format;
use crate::import::told::{Counting, cases, mutations, notes, refusal, run, survives, told, totals};
use arenascope_trace::{Action, CannotTell, Collected, NoteKind, Site, Totals};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::fmt::Write;

/// When the pages of the tests began.
const ORIGIN: u64 = 1_796_000_000_000_000;

/// Each event on a line: time, thread, what, and the innermost frame.
fn shown(run: &Collected) -> String {
    let mut lines = String::new();
    for event in &run.events {
        let name = run.stacks.frames_of(event.site).next().map_or("", |frame| &frame.function);
        let space = |space: arenascope_trace::SpaceId| &*run.manifest.spaces[usize::from(space.0)].label;
        let what = match event.action {
            Action::Allocate { id, space: of, address, bytes, category } => {
                let category = &run.manifest.categories[usize::from(category.0)].label;
                let place = if address > 0 { format!(" at {address}") } else { String::new() };
                format!("allocate {id}: {bytes} B, {category}, in {}{place}", space(of))
            }
            Action::Free { id } => format!("free {id}"),
            Action::FreeRequested { id } => format!("request to free {id}"),
            Action::Resize { id, bytes } => format!("resize {id} to {bytes} B"),
            Action::Reserve { space: of, address, bytes } => {
                format!("reserve {bytes} B from {address} in {}", space(of))
            }
            Action::Release { space: of, address, bytes } => {
                format!("release {bytes} B from {address} in {}", space(of))
            }
            Action::Fail { space: of, bytes, .. } => format!("fail: {bytes} B in {}", space(of)),
            Action::Mark { marker } => format!("mark: {}", run.manifest.markers[marker as usize]),
            Action::Lost { count } => format!("lost {count}"),
        };
        let name = if name.is_empty() { String::new() } else { format!(" · {name}") };
        writeln!(lines, "{} t{} {what}{name}", event.time_us, event.thread).unwrap();
    }
    lines
}

fn check(batches: &[Vec<u8>], expected: Expect) -> Collected {
    let run = run(file(batches));
    expected.assert_eq(&shown(&run));
    run
}

/// A page that said hello at its beginning.
fn page() -> Writer {
    let mut page = Writer::new(1);
    page.add(text(1, "https://a.test/")).add(hello(1, ORIGIN, 1, 0));
    page
}

/// The batch that `docs/probe-protocol.md` shows, and tells in words.
fn example() -> Vec<u8> {
    let page = include_str!("../../../../../docs/probe-protocol.md");
    let (_, hex) = page.split_once("```hex\n").unwrap();
    let (hex, _) = hex.split_once("```").unwrap();
    hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

#[test]
fn the_example_of_the_protocol_is_what_it_says() {
    let run = check(
        &[example()],
        expect![[r#"
        250 t0 allocate 1: 1024 B, Vertex and index buffers, in WebGPU devices · quads
        250 t0 allocate 2: 1024 B, Mapped shadows, in Host memory · quads
        270 t0 free 2
        300 t0 allocate 3: 5592404 B, Render targets, in WebGPU devices · unlabelled texture, rgba8unorm 1024 × 1024 × 1
        606 t0 free 1
    "#]],
    );
    assert_eq!(run.manifest.source.subject.as_deref(), Some("https://a.test/"));
    assert_eq!(
        (run.manifest.source.tool.as_deref(), run.manifest.source.host.as_deref()),
        (Some("probe 0.1.0"), Some("UA"))
    );
    assert_eq!(run.manifest.source.begun_ms, Some(ORIGIN / 1000 + 1));
    assert_eq!(notes(&run, NoteKind::Remark)[1], "device 1 of thread 0 is gpu");
    let frames: Vec<_> = run
        .stacks
        .frames_of(run.events[0].site)
        .map(|frame| format!("{} {}:{}", frame.function, frame.file, frame.line))
        .collect();
    assert_eq!(frames, ["quads :0", "at https://a.test/a.js:12"]);
}

#[test]
fn it_is_known_by_its_magic_packed_or_not() {
    let bytes = file(&[example()]);
    assert!(looks_like(&bytes) && Format::of(&bytes) == Some(Format::Probe));
    assert!(!looks_like(&example()) && !looks_like(b"ASPROBE"));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &bytes).unwrap();
    assert_eq!(run(packed.finish().unwrap()).events, run(bytes).events);
}

#[test]
fn realms_are_merged_by_the_time_of_their_clocks() {
    let (mut page, mut worker) = (page(), Writer::new(2));
    worker.add(text(1, "w.js")).add(hello(3, ORIGIN + 1000, 1, 0));
    page.after(500, buffer(1, 16, 0x20)).after(1000, buffer(2, 32, 0x40));
    worker.after(100, buffer(1, 64, 0x80)).after(1000, record(11, [1, 1]));
    page.after(1500, record(11, [1, 1]));
    // The worker's batch comes first.
    let run = check(
        &[worker.batch(), page.batch()],
        expect![[r#"
        500 t1 allocate 1: 16 B, Vertex and index buffers, in WebGPU devices · unlabelled buffer
        1100 t0 allocate 2: 64 B, Storage buffers, in WebGPU devices · unlabelled buffer
        1500 t1 allocate 3: 32 B, Uniform buffers, in WebGPU devices · unlabelled buffer
        2100 t0 free 2
        3000 t1 free 1
    "#]],
    );
    assert_eq!(notes(&run, NoteKind::Remark), ["thread 1 is the page https://a.test/", "thread 0 is the worker w.js"]);
    assert_eq!(run.manifest.source.subject.as_deref(), Some("https://a.test/"));
}

#[test]
fn what_is_missing_between_batches_is_lost_exactly() {
    let mut page = page();
    let first = page.add(buffer(1, 16, 0)).batch();
    let dropped = page.after(5, buffer(2, 16, 0)).add(buffer(3, 16, 0)).batch();
    page.records += 40;
    page.known_lost = 40;
    let last = page.after(5, buffer(4, 16, 0)).batch();
    assert!(!dropped.is_empty());
    let run = check(
        &[first, last.clone(), last],
        expect![[r#"
        0 t0 allocate 1: 16 B, Other buffers, in WebGPU devices · unlabelled buffer
        10 t0 lost 42
        10 t0 allocate 2: 16 B, Other buffers, in WebGPU devices · unlabelled buffer
    "#]],
    );
    assert_eq!(notes(&run, NoteKind::Missing), ["42 records were lost: 40 had no room in the probe, 2 did not arrive"]);
    assert_eq!(notes(&run, NoteKind::Contradiction), ["1 batches came again, or behind later ones; they are left out"]);
}

#[test]
fn a_snapshot_ends_what_it_does_not_tell() {
    let mut page = page();
    let first = page
        .add(buffer(1, 16, 0))
        .add(record(13, [1, 0, 8, 1]))
        .add(buffer(2, 32, 1))
        .add(record(13, [2, 0, 32, 1]))
        .batch();
    page.records += 9;
    page.is_anew = true;
    page.after(50, text(1, "https://a.test/")).add(hello(1, ORIGIN, 1, 0)).add(record(22, [2]));
    page.add(record(10, [2, 1, 32, 1, 1, 0, 0, 1])).add(record(10, [5, 1, 64, 1, 1, 0, 0, 1])).add(record(23, []));
    let run = check(
        &[first, page.batch()],
        expect![[r#"
        0 t0 allocate 1: 16 B, Other buffers, in WebGPU devices · unlabelled buffer
        0 t0 allocate 2: 8 B, Mapped shadows, in Host memory · unlabelled buffer
        0 t0 allocate 3: 32 B, Staging buffers, in WebGPU devices · unlabelled buffer
        0 t0 allocate 4: 32 B, Mapped shadows, in Host memory · unlabelled buffer
        50 t0 lost 9
        50 t0 allocate 5: 64 B, Staging buffers, in WebGPU devices · unlabelled buffer
        50 t0 free 2
        50 t0 free 1
        50 t0 free 4
    "#]],
    );
    assert!(notes(&run, NoteKind::Missing)[1].starts_with("2 ends were lost"), "{:?}", run.manifest.notes);
}

#[test]
fn a_creation_that_fails_is_in_no_total() {
    let mut page = page();
    page.add(text(2, "huge")).add(record(10, [1, 1, 1 << 40, 8, 1, 2, 0, 0])).add(record(13, [1, 0, 1 << 40, 3]));
    page.add(buffer(2, 16, 0x40))
        .add(record(11, [1, 3]))
        .add(record(21, [1, 1, 1, 1 << 40, 2]))
        .add(record(21, [1, 2, 0, 0, 2]));
    let run = check(
        &[page.batch()],
        expect![[r#"
        0 t0 allocate 1: 16 B, Uniform buffers, in WebGPU devices · unlabelled buffer
        0 t0 fail: 1099511627776 B in WebGPU devices · huge
        0 t0 mark: validation error: huge
    "#]],
    );
    let text = format!("1 creations of {} B failed: they are in no total", 1_u64 << 40);
    assert!(notes(&run, NoteKind::Remark).contains(&&*text), "{:?}", run.manifest.notes);
    assert_eq!(totals(&run).peak, 16);
}

#[test]
fn what_is_left_to_the_collector_is_told_apart() {
    let mut page = page();
    page.add(text(2, "shadow map")).add(record(10, [1, 1, 48, 0x80, 1, 2, 0, 0])).add(buffer(2, 16, 0));
    page.after(9, record(11, [1, 2])).add(record(11, [2, 1]));
    let run = check(
        &[page.batch()],
        expect![[r#"
        0 t0 allocate 1: 48 B, Storage buffers, in WebGPU devices · shadow map
        0 t0 allocate 2: 16 B, Other buffers, in WebGPU devices · unlabelled buffer
        9 t0 mark: left to the garbage collector: shadow map
        9 t0 free 1 · (left to the garbage collector)
        9 t0 free 2
    "#]],
    );
    let remark = "1 objects of 48 B were left to the garbage collector: nobody destroyed them";
    assert!(notes(&run, NoteKind::Remark).contains(&remark), "{:?}", run.manifest.notes);
}

#[test]
fn a_lost_device_ends_what_is_its_own_with_mappings() {
    let mut page = page();
    page.add(text(2, "gone")).add(record(8, [7, 1, 0, 0, 0]));
    page.add(record(10, [1, 1, 16, 2, 7, 0, 0, 0]))
        .add(record(13, [1, 0, 16, 2]))
        .add(record(10, [2, 9, 64, 0, 8, 0, 0, 0]));
    page.add(record(10, [3, 11, 1000, 0, 8, 0, 0, 0]));
    page.after(3, record(9, [7, 1, 2])).after(2, record(14, [1])).add(record(11, [1, 1]));
    let run = check(
        &[page.batch()],
        expect![[r#"
        0 t0 allocate 1: 16 B, Staging buffers, in WebGPU devices · unlabelled buffer
        0 t0 allocate 2: 16 B, Mapped shadows, in Host memory · unlabelled buffer
        0 t0 allocate 3: 64 B, Tensors, in WebNN · unlabelled tensor
        0 t0 allocate 4: 1000 B, Models, in WebNN · unlabelled graph
        3 t0 mark: device lost: gone
        3 t0 free 2
        3 t0 free 1
    "#]],
    );
    assert_eq!(totals(&run).live, 1064);
}

#[test]
fn what_is_apart_or_an_estimate_is_said_and_in_no_total() {
    let mut page = page();
    page.add(text(2, "bgra8unorm")).add(record(10, [1, 3, 8_294_400, 16, 1, 0, 0, 4, 2, 2, 1920, 1080, 1, 1, 1]));
    page.after(1, record(12, [1, 1_000]))
        .add(record(10, [2, 5, 32, 1, 1, 0, 0, 2, 4]))
        .add(record(10, [3, 4, 0, 0, 1, 0, 0, 0]));
    page.add(record(11, [1, 4]));
    let run = check(
        &[page.batch()],
        expect![[r#"
        0 t0 allocate 1: 0 B, Canvases, in WebGPU devices · unlabelled canvas, bgra8unorm 1920 × 1080 × 1
        1 t0 allocate 2: 32 B, Query sets, in WebGPU devices · unlabelled query set
        1 t0 allocate 3: 0 B, External textures, in WebGPU devices · unlabelled external texture
        1 t0 free 1
    "#]],
    );
    let remarks = notes(&run, NoteKind::Remark)[1..].join("\n");
    expect![[r#"
        1 sizes, 32 B in all, are estimates: of query sets, 8 B a query at least
        1 canvases and transient textures, 8294400 B at most at once, are in no total: browsers keep them
        1 external textures are counted as objects of 0 B: the video has their memory"#]]
    .assert_eq(&remarks);
}

#[test]
fn a_wasm_memory_that_tells_is_a_space_and_one_that_does_not_an_allocation() {
    let mut page = page();
    page.add(text(2, "physics"))
        .add(record(10, [1, 7, 65_536, 0, 0, 2, 0, 0]))
        .add(record(10, [2, 7, 131_072, 0, 0, 0, 0, 0]));
    page.after(1, record(26, [1, 0, 1024, 100, 0]))
        .add(record(26, [1, 1, 4096, 0, 0]))
        .add(record(28, [1, 0, 1024, 1024, 200, 0]));
    page.after(1, record(12, [1, 196_608]))
        .add(record(28, [1, 0, 1024, 100_000, 300, 0]))
        .add(record(27, [1, 0, 4096]));
    // The end of the one at 100 000 was lost; one without room; one of nobody; one that is nowhere.
    page.after(1, record(26, [1, 0, 100_200, 8, 0])).add(record(26, [1, 0, 0, 999, 0])).add(record(27, [1, 0, 64]));
    page.add(record(26, [1, 0, 1 << 50, 8, 0]))
        .add(record(29, [1, 12]))
        .after(1, record(12, [2, 262_144]))
        .add(record(11, [1, 2]));
    let run = check(
        &[page.batch()],
        expect![[r#"
        0 t0 reserve 65536 B from 0 in Wasm memory 1: physics
        0 t0 allocate 2: 131072 B, Wasm heaps, in Host memory · unlabelled wasm memory
        1 t0 allocate 3: 100 B, Wasm heaps, in Wasm memory 1: physics at 1024
        1 t0 allocate 4: 0 B, Wasm heaps, in Wasm memory 1: physics at 4096
        1 t0 resize 3 to 200 B
        2 t0 reserve 131072 B from 65536 in Wasm memory 1: physics
        2 t0 free 3
        2 t0 allocate 5: 300 B, Wasm heaps, in Wasm memory 1: physics at 100000
        2 t0 free 4
        3 t0 free 5
        3 t0 allocate 6: 8 B, Wasm heaps, in Wasm memory 1: physics at 100200
        3 t0 fail: 999 B in Wasm memory 1: physics
        3 t0 lost 12
        4 t0 resize 2 to 262144 B · unlabelled wasm memory
        4 t0 mark: left to the garbage collector: physics
        4 t0 free 6
        4 t0 release 196608 B from 0 in Wasm memory 1: physics
    "#]],
    );
    assert!(!run.manifest.cannot_tell.contains_key(&CannotTell::Addresses));
    let missing = notes(&run, NoteKind::Missing).join("\n");
    expect![[r#"
        12 operations inside wasm memories were lost: their rings were full
        1 ends were lost, and found out later: by what took the place, or a snapshot
        1 frees inside wasm memories are of what was allocated before"#]]
    .assert_eq(&missing);
}

#[test]
fn a_realm_that_goes_ends_all_of_its_own() {
    let (mut page, mut worker) = (page(), Writer::new(2));
    worker.add(hello(3, ORIGIN, 0, 0)).add(buffer(1, 64, 0)).add(buffer(2, 64, 0));
    page.add(buffer(1, 16, 0)).after(100, realm_end(2, 3)).add(realm_end(1, 4)).add(realm_end(99, 1));
    let run = run(file(&[page.batch(), worker.batch()]));
    assert_eq!((totals(&run).live, totals(&run).peak), (16, 144));
}

#[test]
fn what_comes_late_of_a_realm_that_is_gone_is_gone_as_well() {
    let (mut page, mut worker) = (page(), Writer::new(2));
    let (mut decoder, mut run) = (Decoder::live(), Collected::default());
    worker.add(hello(3, ORIGIN, 0, 0)).add(buffer(1, 64, 0));
    let mut feed = |batch: Vec<u8>| {
        decoder.feed(&batch, &mut run).unwrap();
        decoder.flush(&mut run).unwrap();
    };
    feed(worker.batch());
    let late = worker.after(50, buffer(2, 32, 0)).batch();
    feed(page.after(100, realm_end(2, 3)).batch());
    feed(late);
    // It is recorded again.
    worker.is_anew = true;
    feed(worker.after(100, buffer(3, 16, 0)).batch());
    decoder.finish(&mut run).unwrap();
    assert_eq!((totals(&run).live, totals(&run).peak), (16, 64));
    assert_eq!(notes(&run, NoteKind::Contradiction), ["1 batches came again, or behind later ones; they are left out"]);
}

#[test]
fn what_lives_knows_when_it_was_used() {
    let mut page = page();
    page.add(text(2, "used")).add(record(10, [1, 1, 16, 0, 1, 2, 0, 0])).add(buffer(2, 32, 0)).add(record(17, [1]));
    page.after(7, record(16, [1, 1]))
        .add(record(17, [3]))
        .add(record(18, [2, 1, 4, 0, 2, 1, 99]))
        .add(record(15, [2, 2]));
    let (mut decoder, mut run) = (Decoder::live(), Collected::default());
    decoder.feed(&page.batch(), &mut run).unwrap();
    assert!(run.events.is_empty(), "others may tell what was before");
    decoder.flush(&mut run).unwrap();
    let alive = decoder.alive();
    let told: Vec<_> = alive.iter().map(|it| (it.id, it.class, &*it.label, it.used_us, it.frames_unused)).collect();
    assert_eq!(told, [(1, Class::Buffer, "used", Some(7), 2), (2, Class::Buffer, "used", None, 3)]);
    let work = decoder.work();
    assert_eq!((work[1].calls, work[2].calls, work[2].bytes), (4, 1, 99));
}

#[test]
fn what_comes_live_is_told_when_it_is_old_enough() {
    let (mut page, mut run, mut decoder) = (page(), Collected::default(), Decoder::live());
    decoder.feed(&page.add(buffer(1, 16, 0)).batch(), &mut run).unwrap();
    decoder.feed(&page.after(200_000, buffer(2, 16, 0)).batch(), &mut run).unwrap();
    assert_eq!(run.events.len(), 0);
    decoder.feed(&page.after(200_000, buffer(3, 16, 0)).batch(), &mut run).unwrap();
    assert_eq!(run.events.len(), 1);
    // What is no batch is an error, and what follows is read again.
    assert!(decoder.feed(b"noise", &mut run).is_err());
    decoder.feed(&page.after(400_000, record(11, [1, 1])).batch(), &mut run).unwrap();
    assert_eq!(run.events.len(), 3);
    decoder.finish(&mut run).unwrap();
    assert_eq!((totals(&run).live, run.events.len()), (32, 4));
    // A page's memory that tells what is in it only later was an allocation until then.
    decoder.feed(&page.add(record(10, [9, 7, 65_536, 0, 0, 0, 0, 0])).batch(), &mut run).unwrap();
    decoder.flush(&mut run).unwrap();
    decoder.feed(&page.add(record(26, [9, 0, 1024, 5, 0])).batch(), &mut run).unwrap();
    decoder.flush(&mut run).unwrap();
    assert_eq!((totals(&run).live, run.events.len()), (37, 8));
}

#[test]
fn a_file_that_is_cut_is_good_up_to_there() {
    let mut page = page();
    let whole = [page.add(buffer(1, 16, 0)).batch(), page.add(buffer(2, 16, 0)).batch()];
    let bytes = file(&whole);
    let cut = run(&bytes[..bytes.len() - 1]);
    assert_eq!(totals(&cut).live, 16);
    let at = 8 + whole[0].len();
    let expected = format!("the file is cut in the batch at byte {at}: what comes before it is shown");
    assert_eq!(notes(&cut, NoteKind::Missing), [&*expected]);
    let mut broken = bytes.clone();
    broken[at] = b'X';
    let contradiction = &notes(&run(broken), NoteKind::Contradiction)[0].to_string();
    assert!(contradiction.contains(&format!("byte {at}: expected a batch (`ASPB`)")), "{contradiction}");
    assert_eq!(refusal(b"ASPROBE\0"), "Recording of a page: it holds nothing: there is no whole batch in it");
    let mut newer = bytes;
    newer[8 + 4] = 2;
    assert_eq!(refusal(newer), "Recording of a page: version 2 is not known: 1 are");
}

/// A step of a made-up page: what, which id, how much.
type Step = (u8, u64, u64);

/// Writes the steps in batches of some records; returns the live bytes of the totals.
fn written(steps: &[Step], per_batch: usize) -> (Vec<Vec<u8>>, u64) {
    let (mut page, mut batches) = (page(), Vec::new());
    let mut live = std::collections::BTreeMap::<u64, u64>::new();
    let mut shadows = std::collections::BTreeMap::<u64, u64>::new();
    let mut ids = 0;
    for (index, &(kind, pick, bytes)) in steps.iter().enumerate() {
        let picked = live.keys().nth(pick as usize % live.len().max(1)).copied();
        page.time_us += pick * 1000;
        match (kind, picked) {
            (0..=2, _) | (_, None) => {
                ids += 1;
                page.add(buffer(ids, bytes, pick));
                live.insert(ids, bytes);
            }
            (3, Some(id)) => {
                page.add(record(11, [id, 1 + pick % 2]));
                live.remove(&id);
                shadows.remove(&id);
            }
            (4, Some(id)) => {
                page.add(record(12, [id, bytes]));
                live.insert(id, bytes);
            }
            (5, Some(id)) => {
                page.add(record(13, [id, 0, bytes, 1]));
                shadows.insert(id, bytes);
            }
            (6, Some(id)) => {
                page.add(record(14, [id]));
                shadows.remove(&id);
            }
            _ => {
                page.add(record(17, [index as u64]));
            }
        }
        if (index + 1).is_multiple_of(per_batch) {
            batches.push(page.batch());
        }
    }
    batches.push(page.batch());
    (batches, live.values().sum::<u64>() + shadows.values().sum::<u64>())
}

proptest! {
    /// In whatever pieces it comes, live or as a file: the same events, and the bytes that a
    /// plain count has.
    #[test]
    fn live_and_whole_are_the_same_run(
        steps in prop::collection::vec((0_u8..8, 0_u64..40, 0_u64..10_000), 1..120),
        per_batch in 1_usize..9,
        piece in 1_usize..400,
    ) {
        let (batches, live) = written(&steps, per_batch);
        let bytes = file(&batches);
        let (read, whole) = told(&bytes);
        read.unwrap();
        let (mut decoder, mut pieces, mut figures) = (Decoder::live(), Collected::default(), Totals::default());
        for piece in bytes.chunks(piece) {
            decoder.feed(piece, &mut pieces).unwrap();
        }
        decoder.finish(&mut pieces).unwrap();
        prop_assert_eq!(&pieces.events, &whole.events);
        prop_assert_eq!(&pieces.manifest.notes, &whole.manifest.notes);
        pieces.events.iter().for_each(|event| arenascope_trace::Sink::event(&mut figures, *event).unwrap());
        prop_assert_eq!((figures.all.bytes, figures.unmatched), (live, 0));
    }
}

/// Of everything that there is, in two realms.
fn rich() -> Vec<u8> {
    let (mut page, mut worker) = (page(), Writer::new(2));
    page.add(record(2, [1, 1, 1, 3, 4])).add(record(3, [1, 0, 1])).add(record(8, [7, 1, 0, 0, 0]));
    page.add(record(10, [1, 1, 256, 0x48, 7, 1, 1, 0])).add(record(13, [1, 0, 256, 3])).after(5, record(14, [1]));
    page.add(record(10, [2, 2, 4096, 16, 7, 0, 0, 0, 1, 2, 32, 32, 1, 1, 1]))
        .add(record(16, [2, 1, 1]))
        .add(record(17, [1]));
    page.add(record(10, [3, 7, 65_536, 0, 0, 0, 0, 0]))
        .add(record(26, [3, 0, 1024, 64, 1]))
        .add(record(28, [3, 0, 1024, 2048, 128, 1]));
    let first = page.batch();
    page.records += 3;
    page.is_anew = true;
    page.after(100, hello(1, ORIGIN, 0, 1))
        .add(record(22, [1]))
        .add(record(10, [1, 1, 256, 0x48, 7, 0, 0, 1]))
        .add(record(23, []));
    page.add(record(11, [1, 3]))
        .add(record(20, [1]))
        .add(record(21, [7, 1, 0, 99, 0]))
        .add(record(9, [7, 2, 0]))
        .add(record(29, [3, 4]));
    worker
        .add(hello(3, ORIGIN + 50, 0, 2))
        .add(record(10, [1, 9, 64, 1, 4, 0, 0, 0]))
        .add(record(12, [1, 128]))
        .add(record(25, [0, 0, 2]));
    worker
        .add(record(18, [1, 5, 1, 64]))
        .add(record(24, [100, 5, 3, 2]))
        .after(60, record(11, [1, 2]))
        .add(realm_end(1, 1));
    file(&[first, worker.batch(), page.batch()])
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn mutated_files_end_in_an_error_at_worst(mutations in mutations()) {
        survives(Format::Probe, &rich(), &mutations);
    }

    /// The same bytes as live messages, some of them damaged.
    #[test]
    fn damaged_messages_end_in_an_error_at_worst(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        piece in 1_usize..300,
    ) {
        let mut bytes = rich();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (mut decoder, mut counting) = (Decoder::live(), Counting::default());
        for piece in bytes.chunks(piece) {
            let _ = decoder.feed(piece, &mut counting);
        }
        let _ = decoder.finish(&mut counting);
        prop_assert!(counting.events <= 4 * bytes.len() as u64 + 64);
    }
}

#[test]
fn stacks_without_a_name_are_those_of_the_wasm_function() {
    let mut page = page();
    page.add(text(2, "https://a.test/m.wasm:wasm-function[12]"))
        .add(record(2, [1, 0, 2, 0, 77]))
        .add(record(3, [1, 0, 1]));
    page.add(record(10, [1, 1, 16, 0, 1, 0, 1, 0]));
    let run = run(file(&[page.batch()]));
    let site = run.events[0].site;
    assert_ne!(site, Site::NONE);
    let frame = run.stacks.frames_of(site).next().unwrap();
    assert_eq!((&*frame.function, &*frame.file), ("wasm-function[12]", "https://a.test/m.wasm"));
}
