//! Every export is read back by another reader, `read_exports.py`, which recounts the
//! totals from the plain list of events and compares. Skipped where there is no Python.

use arenascope_formats::export::{ExportError, Target, losses, write};
use arenascope_trace::{
    Action, CannotTell, Collected, Event, Frame, Manifest, Run, Site, Space, SpaceId, Stacks, Stopped,
};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Numbers that are the same in every run of the tests.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Two spaces with addresses and one without, texts that try to be formulas and to end
/// theirs, frees of nothing, an id taken twice, and everything that can happen.
fn run(events: u64) -> Collected {
    let mut run = Collected { manifest: manifest(), has_begun: true, ..Collected::default() };
    let sites = sites(&mut run.stacks);
    let mut numbers = Numbers(7);
    let (mut time_us, mut next_id, mut slots) = (0, 1, Vec::new());
    for _ in 0..events {
        time_us += numbers.below(50);
        let site = sites[numbers.below(sites.len() as u64) as usize];
        let action = action(&mut numbers, &mut next_id, &mut slots);
        run.events.push(Event { time_us, thread: numbers.below(3) as u16, site, action });
    }
    run
}

fn manifest() -> Manifest {
    let mut manifest = Manifest::of("engine", "Arenascope");
    manifest.source.subject = Some("a \"game\", recorded".into());
    manifest.source.begun_ms = Some(1_700_000_000_000);
    for (label, has_addresses) in [("=Device, 0", true), ("Device 1", true), ("Heap", false)] {
        let capacity_bytes = (label == "Device 1").then_some(1 << 40);
        manifest.add_space(Space { label: label.into(), has_addresses, capacity_bytes, granule_bytes: 1 });
    }
    for label in ["Buffer", "@textures", "line\nend \"quoted\"", "Rest"] {
        manifest.category(label);
    }
    manifest.marker("level, loaded");
    manifest
}

fn sites(stacks: &mut Stacks) -> Vec<Site> {
    let mut frame =
        |function: &str, file: &str, line| stacks.intern(Frame { function: function.into(), file: file.into(), line });
    let [main, load, draw] = [frame("main", "main.rs", 3), frame("load<T>", "load.rs", 0), frame("-draw", "", 0)];
    [vec![], vec![main], vec![main, load], vec![main, load, draw], vec![main, draw]]
        .into_iter()
        .map(|frames| stacks.stack(frames))
        .collect()
}

/// The first space has segments of 1 MiB with slots of 64 KiB.
fn action(numbers: &mut Numbers, next_id: &mut u64, slots: &mut Vec<u64>) -> Action {
    let category = arenascope_trace::CategoryId(numbers.below(4) as u8);
    let segment = 0x7f00_0000_0000 + (numbers.below(64) << 20);
    match numbers.below(100) {
        0..3 => Action::Reserve { space: SpaceId(0), address: segment, bytes: 1 << 20 },
        3 => Action::Release { space: SpaceId(0), address: segment, bytes: 1 << 20 },
        4 => Action::Fail { space: SpaceId(1), bytes: 1 << 33, free_bytes: Some(4096) },
        5 => Action::Mark { marker: 0 },
        6 => Action::Lost { count: 3 },
        7 => Action::Free { id: u64::MAX - numbers.below(5) },
        8..10 if !slots.is_empty() => Action::FreeRequested { id: slots[0] },
        10..15 if !slots.is_empty() => {
            let id = slots[numbers.below(slots.len() as u64) as usize];
            Action::Resize { id, bytes: numbers.below(60_000) }
        }
        15..50 if !slots.is_empty() => {
            let slot = numbers.below(slots.len() as u64) as usize;
            Action::Free { id: slots.swap_remove(slot) }
        }
        _ => {
            // Now and then the id of something that lives.
            let id = if numbers.below(50) == 0 && !slots.is_empty() { slots.pop().unwrap() } else { *next_id };
            *next_id += 1;
            slots.push(id);
            let space = SpaceId(numbers.below(3) as u8);
            let address = match space.0 {
                0 => segment + (numbers.below(16) << 16),
                1 => id << 17,
                _ => 0,
            };
            Action::Allocate { id, space, address, bytes: 1 + numbers.below(60_000), category }
        }
    }
}

/// The events as the reader takes them: one a line, of words and numbers.
fn listed(run: &Collected) -> String {
    let mut text = String::new();
    for event in &run.events {
        let what = match event.action {
            Action::Allocate { id, space, address, bytes, category } => {
                format!("allocate {id} {} {address} {bytes} {}", space.0, category.0)
            }
            Action::Free { id } => format!("free {id}"),
            Action::FreeRequested { id } => format!("free_requested {id}"),
            Action::Resize { id, bytes } => format!("resize {id} {bytes}"),
            Action::Reserve { space, address, bytes } => format!("reserve {} {address} {bytes}", space.0),
            Action::Release { space, address, bytes } => format!("release {} {address} {bytes}", space.0),
            Action::Fail { space, bytes, .. } => format!("fail {} {bytes}", space.0),
            Action::Mark { marker } => format!("mark {marker}"),
            Action::Lost { count } => format!("lost {count}"),
        };
        writeln!(text, "{} {} {} {what}", event.time_us, event.thread, event.site.0).unwrap();
    }
    text
}

fn written(target: Target, run: &Collected) -> Vec<u8> {
    let mut out = Vec::new();
    write(target, run, &mut out).unwrap();
    out
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn check_by_python(name: &str, events: u64) {
    let (folder, run) = (folder(name), run(events));
    std::fs::write(folder.join("events.txt"), listed(&run)).unwrap();
    std::fs::write(folder.join("manifest.json"), run.manifest.to_text()).unwrap();
    for target in Target::ALL {
        std::fs::write(folder.join(target.key()), written(target, &run)).unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_exports.py");
    let python = std::env::var("ARENASCOPE_PYTHON").unwrap_or_else(|_| "python3".into());
    let Ok(output) = Command::new(&python).arg(script).arg(&folder).output() else {
        eprintln!("SKIPPED: there is no `{python}` here, so no other reader read the exports");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().filter(|line| line.starts_with("SKIPPED")).for_each(|line| eprintln!("{line}"));
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with("all as expected\n"), "{said}");
}

#[test]
fn another_reader_counts_the_same() {
    check_by_python("exports", 20_000);
}

#[test]
fn a_run_of_nothing_is_written_and_read() {
    check_by_python("exports-of-nothing", 0);
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let run = run(5_000);
    for target in Target::ALL {
        assert!(written(target, &run) == written(target, &run.clone()), "{target:?}");
    }
}

#[test]
fn what_cannot_be_written_says_why() {
    let mut run = Collected { manifest: Manifest::of("massif", "massif"), ..Collected::default() };
    run.manifest.lacks(CannotTell::Stacks, "massif's summary has none");
    for target in [Target::Speedscope, Target::Dhat, Target::Vma] {
        assert!(matches!(write(target, &run, &mut io::sink()), Err(ExportError::Cannot { .. })));
        let lost = losses(target, &run.manifest);
        assert!(lost.last().unwrap().contains("cannot be written"), "{lost:?}");
    }
    assert!(losses(Target::Dhat, &run.manifest).iter().any(|text| text.contains("massif's summary has none")));
    assert!(Target::ALL.iter().all(|target| !losses(*target, &run.manifest).is_empty()));
}

/// A run that somebody ends, and an output that is full.
struct Ended(Collected);

impl Run for Ended {
    fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    fn stacks(&self) -> &Stacks {
        &self.0.stacks
    }

    fn each(&self, take: &mut dyn FnMut(&Event) -> Result<(), Stopped>) -> Result<(), Stopped> {
        self.0.events.iter().take(100).try_for_each(take)?;
        Err(Stopped)
    }
}

struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_ends_a_writing_is_told_apart() {
    let run = run(5_000);
    for target in Target::ALL {
        assert!(matches!(write(target, &run, &mut Full), Err(ExportError::Write(_))), "{target:?}");
        let ended = Ended(run.clone());
        assert!(matches!(write(target, &ended, &mut io::sink()), Err(ExportError::Stopped(_))), "{target:?}");
    }
}

#[test]
fn hostile_numbers_are_written_without_a_panic() {
    let mut run = run(0);
    let extremes = [0, 1, u64::MAX / 2, u64::MAX];
    let event = |time_us, action| Event { time_us, thread: u16::MAX, site: Site(u32::MAX), action };
    for (id, bytes) in (0..).zip(extremes.into_iter().cycle().take(16)) {
        for (space, address) in [0, 1, 2, 255].into_iter().flat_map(|space| extremes.map(|address| (space, address))) {
            let (space, category) = (SpaceId(space), arenascope_trace::CategoryId(space));
            let id = if bytes == 1 { 3 } else { id };
            run.events.push(event(id, Action::Reserve { space, address, bytes }));
            run.events.push(event(id, Action::Allocate { id, space, address, bytes, category }));
            run.events.push(event(id, Action::Resize { id, bytes: address }));
            run.events.push(event(id, Action::Release { space, address: bytes, bytes: address }));
        }
    }
    run.events.push(event(u64::MAX, Action::Mark { marker: u32::MAX }));
    for target in Target::ALL {
        written(target, &run);
    }
}

/// Long runs go to Firefox with thinned counters: peak and end stay.
#[test]
fn a_long_run_keeps_its_peak_in_a_firefox_profile() {
    let run = run(1_300_000);
    let profile: serde_json::Value = serde_json::from_slice(&written(Target::FirefoxProfile, &run)).unwrap();
    assert!(profile["threads"][0].get("nativeAllocations").is_none_or(serde_json::Value::is_null));
    let deltas = profile["counters"][0]["samples"]["count"].as_array().unwrap();
    assert!(deltas.len() < 4 * 4096, "{}", deltas.len());
    let sums = deltas.iter().scan(0.0, |sum, delta| {
        *sum += delta.as_f64().unwrap();
        Some(*sum)
    });
    let (peak, end) = sums.fold((0.0_f64, 0.0), |(peak, _), sum| (peak.max(sum), sum));
    let totals = String::from_utf8(written(Target::CsvTotals, &run)).unwrap();
    // The header's third category has a line end in it.
    let lives = totals.split("\r\n").skip(1).filter(|line| !line.is_empty());
    let lives: Vec<f64> = lives.map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!((peak, end), (lives.iter().copied().fold(0.0, f64::max), *lives.last().unwrap()));
}
