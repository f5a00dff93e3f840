//! Runs made by hand: what became of each place, which run is the older, and what is said.

use crate::compare::align::Align;
use crate::compare::comparison::{Comparison, Input, compare};
use crate::compare::fate::Fate;
use crate::compare::moment::Moment;
use crate::compare::sections::sections;
use crate::compare::usage::{COLUMNS, Curve};
use crate::compare::{RunOf, SideError, Watch};
use crate::snapshots::compare::tests::example;
use arenascope_recording::{EventLog, Import, Reader};
use arenascope_trace::{Action, CategoryId, Event, Frame, Manifest, Sink, Site, Space, SpaceId};

/// A recording of what `tell` says, begun at that time.
struct Run {
    log: EventLog,
}

struct Telling<'i> {
    import: &'i mut dyn Sink,
    time_us: u64,
    sites: Vec<Site>,
}

impl Telling<'_> {
    fn take(&mut self, id: u64, site: usize, address: u64, bytes: u64) {
        let (space, category) = (SpaceId(0), CategoryId(0));
        self.tell(site, Action::Allocate { id, space, address, bytes, category });
    }

    fn free(&mut self, id: u64) {
        self.tell(0, Action::Free { id });
    }

    fn mark(&mut self, marker: u32) {
        self.tell(0, Action::Mark { marker });
    }

    fn tell(&mut self, site: usize, action: Action) {
        self.time_us += 1_000;
        let site = self.sites[site];
        self.import.event(Event { time_us: self.time_us, thread: 0, site, action }).unwrap();
    }
}

fn run(begun_ms: Option<u64>, tell: impl FnOnce(&mut Telling<'_>)) -> Run {
    let log = EventLog::default();
    let mut import = Import::new(&log, |_| true);
    let manifest = import.manifest();
    *manifest = Manifest::of("test", "Test");
    manifest.source.begun_ms = begun_ms;
    manifest.category("Heap");
    manifest.markers = ["load".into(), "play".into(), "frame".into()].into();
    manifest.add_space(Space { label: "Heap".into(), has_addresses: true, granule_bytes: 1, ..Space::default() });
    import.extent(SpaceId(0), 0x1000, 1 << 20);
    let site = |import: &mut dyn Sink, name: &str| {
        let frame = import.stacks().intern(Frame { function: name.into(), ..Frame::default() });
        import.stacks().stack([frame])
    };
    let sites = ["load_mesh", "load_sound"].map(|name| site(&mut import, name)).into();
    import.begin().unwrap();
    tell(&mut Telling { import: &mut import, time_us: 0, sites });
    import.finish();
    Run { log }
}

fn reader(run: &Run) -> Reader<'_> {
    let mut reader = Reader::new(&run.log);
    reader.refresh();
    reader
}

fn both(first: (&Run, u64, &str), second: (&Run, u64, &str), align: Align) -> Result<Comparison, SideError> {
    let readers = [reader(first.0), reader(second.0)];
    let input = |reader, run, moment: &str, name| {
        Input::Run(RunOf { reader, name, run, moment: moment.parse::<Moment>().unwrap() })
    };
    let one = input(&readers[0], first.1, first.2, "one");
    let other = input(&readers[1], second.1, second.2, "other");
    compare(&one, &other, align, &mut Watch::new(&mut |_| true))
}

fn counts(it: &Comparison) -> Vec<(Fate, u64, u64)> {
    let rows = it.places.get().unwrap().fates.iter();
    rows.map(|row| (row.fate, row.amounts.count.before, row.amounts.count.after)).collect()
}

#[test]
fn within_a_run_a_thing_is_known_by_its_birth() {
    let run = run(None, |run| {
        run.take(1, 0, 0x1000, 64);
        run.take(2, 0, 0x2000, 64);
        run.take(3, 1, 0x3000, 32);
        run.mark(0);
        // The same number, place and size: another thing all the same.
        run.free(1);
        run.take(1, 0, 0x1000, 64);
        run.tell(0, Action::Resize { id: 3, bytes: 48 });
        run.take(4, 1, 0x4000, 16);
    });
    let it = both((&run, 0, "marker:load"), (&run, 0, "end"), Align::Time).unwrap();
    assert!(it.is_one_run && !it.is_turned && it.warnings.is_empty(), "{:?}", it.warnings);
    let expected =
        [(Fate::Same, 1, 1), (Fate::Resized, 1, 1), (Fate::Moved, 0, 0), (Fate::New, 0, 2), (Fate::Gone, 1, 0)];
    assert_eq!(counts(&it), expected);
    // The later moment first: it is the same.
    let turned = both((&run, 0, "end"), (&run, 0, "marker:load"), Align::Time).unwrap();
    assert!(turned.is_turned);
    assert!((turned.places, turned.owners, turned.figures) == (it.places, it.owners, it.figures));
}

#[test]
fn between_runs_owner_and_size_stand_for_the_same() {
    let monday = run(Some(1_000), |run| {
        run.take(1, 0, 0x1000, 64);
        run.take(2, 0, 0x2000, 64);
        run.take(3, 1, 0x3000, 32);
    });
    let tuesday = run(Some(2_000), |run| {
        run.take(9, 0, 0x2000, 64);
        run.take(8, 0, 0x5000, 64);
        run.take(7, 0, 0x6000, 64);
    });
    let it = both((&tuesday, 0, "end"), (&monday, 1, "end"), Align::Time).unwrap();
    assert!(it.is_turned, "the older is before, whichever was given first");
    assert_eq!((it.before.name.as_str(), it.after.name.as_str()), ("other", "one"));
    let expected =
        [(Fate::Same, 1, 1), (Fate::Resized, 0, 0), (Fate::Moved, 1, 1), (Fate::New, 0, 1), (Fate::Gone, 1, 0)];
    assert_eq!(counts(&it), expected);
    let owners: Vec<_> = it.owners.rows.iter().map(|row| (row.key.words(), row.amounts.bytes.difference())).collect();
    assert_eq!(owners, [("Heap · load_mesh".to_owned(), 64), ("Heap · load_sound".to_owned(), -32)]);
    assert_eq!(it.headline(), "+32 B live (160 B → 192 B); most of all Heap · load_mesh: +64 B");
}

#[test]
fn what_a_run_does_not_have_is_said() {
    let short = run(None, |run| run.take(1, 0, 0x1000, 64));
    let long = run(None, |run| (1..40).for_each(|id| run.take(id, 0, 0x1000 * id, 64)));
    let it = both((&short, 0, "event:20"), (&long, 1, "event:20"), Align::Marker).unwrap();
    let said: Vec<String> = it.warnings.iter().map(ToString::to_string).collect();
    assert!(said[0].starts_with("one and other do not say when they were made"), "{said:?}");
    assert!(said[1].starts_with("one ends after"), "{said:?}");
    assert_eq!(said[2], "both have no marker in common; the charts are by time");
    let error = both((&short, 0, "frame:1"), (&long, 1, "end"), Align::Time).unwrap_err();
    assert!(error.to_string().starts_with("one does not tell frames"), "{error}");
    let error = both((&short, 0, "end"), (&long, 1, "marker:play#2"), Align::Time).unwrap_err();
    assert_eq!(error.to_string(), "other has 0 markers `play`, and number 2 is asked for");
}

#[test]
fn markers_and_frames_lay_runs_beside_each_other() {
    let slow = run(Some(1), |run| {
        (1..30).for_each(|id| run.take(id, 0, 0x1000 * id, 64));
        run.mark(0);
        run.mark(2);
        run.take(90, 1, 0xf_0000, 1 << 12);
        run.mark(1);
    });
    let fast = run(Some(2), |run| {
        run.take(1, 0, 0x1000, 64);
        run.mark(0);
        run.mark(2);
        run.take(90, 1, 0xf_0000, 1 << 12);
        run.mark(1);
    });
    let it = both((&slow, 0, "marker:load"), (&fast, 1, "marker:load"), Align::Marker).unwrap();
    let usage = it.usage.get().unwrap();
    assert_eq!((usage.marks.as_slice(), usage.end), (&["load".to_owned(), "play".to_owned()][..], 3));
    let [one, other] = [&usage.before, &usage.after].map(|curve| curve.as_ref().unwrap());
    // After a third of the axis both are at the same marker, whatever came before.
    let third = COLUMNS / 3;
    assert_eq!(one.columns[third].high_bytes, 29 * 64);
    assert_eq!(other.columns[third].high_bytes, 64);
    let last = |curve: &Curve| curve.columns.last().unwrap().high_bytes;
    assert_eq!(last(one) - last(other), 28 * 64);
    assert!((one.moment - other.moment).abs() < 0.01, "{} {}", one.moment, other.moment);
    let frames = both((&slow, 0, "frame:1"), (&fast, 1, "frame:1"), Align::Frame).unwrap();
    assert_eq!(frames.usage.get().unwrap().end, 1);
}

#[test]
fn snapshots_are_compared_by_what_they_hold() {
    let before = example();
    let mut after = example();
    after.created_at = "2026-01-03T03:04:05Z".into();
    after.arena.allocations.remove(0);
    after.pool.buffers[0].state = "in_use".into();
    let of = |document, run| Input::Snapshot { document, name: "snapshot", run };
    let it = compare(&of(&after, 0), &of(&before, 1), Align::Time, &mut Watch::new(&mut |_| true)).unwrap();
    assert!(it.is_turned && !it.is_same());
    assert_eq!(it.live().bytes.difference(), -64);
    assert!(it.usage.why().is_some() && it.lifetimes.why().is_some());
    let same = compare(&of(&before, 0), &of(&before, 1), Align::Time, &mut Watch::new(&mut |_| true)).unwrap();
    assert!(same.is_same());
    let said: Vec<String> = sections(&same, 10).iter().map(|section| section.said.clone()).collect();
    assert!(said.iter().filter(|said| said.starts_with("same")).count() >= 4, "{said:#?}");
}

#[test]
fn nobody_waits_for_a_comparison_that_is_cancelled() {
    let run = run(None, |run| (1..40).for_each(|id| run.take(id, 0, 0x1000 * id, 64)));
    let reader = reader(&run);
    let input = || Input::Run(RunOf { reader: &reader, name: "one", run: 0, moment: Moment::End });
    let cancelled = compare(&input(), &input(), Align::Time, &mut Watch::new(&mut |_| false));
    assert_eq!(cancelled.unwrap_err(), SideError::Stopped);
}
