//! The search for leaks over recordings made up event by event: a leak under swings, a
//! recording that drops its beginning while eight threads write, marks that go.

use arenascope_analysis::leaks::growth::{Cleared, Finding, Pattern};
use arenascope_analysis::leaks::marks::{Mark, Marks};
use arenascope_analysis::leaks::search::suspects;
use arenascope_analysis::leaks::search::{LeakSearch, STEPS};
use arenascope_analysis::leaks::watch::{LeakWatch, Progress, Searched};
use arenascope_analysis::recordings::flow::Counted;
use arenascope_analysis::recordings::flow_index::FlowIndex;
use arenascope_recording::{EventLog, Limits, Reader, Recorder, WhenFull};
use arenascope_telemetry::event::{Event, Op};
use arenascope_units::owner::{Heap, Owner};
use arenascope_workload::tags;

const SIZE: u64 = 64;

/// Takes and gives back as it is told, and writes it down.
struct Writer<'l> {
    recorder: Recorder<'l>,
    time_us: u64,
    next_id: u64,
}

impl<'l> Writer<'l> {
    fn new(log: &'l EventLog) -> Self {
        let mut recorder = Recorder::new(log);
        recorder.take(Event { size_bytes: 1 << 30, ..Event::note(0, Op::RunStart) });
        Self { recorder, time_us: 0, next_id: 1 }
    }

    fn take(&mut self, owner: Owner, thread: u8) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.say(Op::ArenaAllocate, owner, thread, id);
        id
    }

    fn give_back(&mut self, owner: Owner, thread: u8, id: u64) {
        self.say(Op::ArenaFree, owner, thread, id);
    }

    fn say(&mut self, op: Op, owner: Owner, thread: u8, id: u64) {
        // Places are used again long after what lay there is gone.
        let offset_bytes = id % (1 << 22) * SIZE;
        self.recorder.take(Event {
            owner,
            thread,
            id,
            offset_bytes,
            size_bytes: SIZE,
            ..Event::note(self.time_us, op)
        });
    }
}

fn reader(log: &EventLog) -> Reader<'_> {
    let mut reader = Reader::new(log);
    reader.refresh();
    reader
}

/// Generations of a hundred, of which `kept` stay for good, for so many seconds.
fn swings(log: &EventLog, kept: usize, seconds: u64) {
    let mut writer = Writer::new(log);
    while writer.time_us < seconds * 1_000_000 {
        let mut generation = Vec::new();
        for _ in 0..100 {
            writer.time_us += 1_000;
            generation.push(writer.take(tags::ENTITY, 0));
        }
        for id in generation.drain(kept..) {
            writer.time_us += 1_000;
            writer.give_back(tags::ENTITY, 0, id);
        }
    }
    writer.recorder.publish();
}

#[test]
fn a_leak_under_swings_is_found_and_swings_alone_are_not_accused() {
    for seconds in [20, 33, 60] {
        let leaking = EventLog::default();
        swings(&leaking, 1, seconds);
        let found = suspects(&reader(&leaking), reader(&leaking).run());
        let told: Vec<_> = found.iter().map(|finding| (finding.owner, finding.verdict)).collect();
        assert_eq!(told, [(tags::ENTITY, Ok(Pattern::UnderSwings))], "{seconds} s");
        // One of each generation, which takes 0.2 s.
        let per_second = found[0].bytes_per_second / SIZE as f64;
        assert!((4.5..5.5).contains(&per_second), "{per_second} in {seconds} s");

        let sound = EventLog::default();
        swings(&sound, 0, seconds);
        assert_eq!(suspects(&reader(&sound), reader(&sound).run()), [], "{seconds} s");
    }
}

/// Eight threads that take and give back at once, and one of them forgets one in 64.
fn flood(writer: &mut Writer<'_>, held: &mut [Vec<u64>; 8], events: u64) {
    let end = writer.recorder.figures().length + events;
    while writer.recorder.figures().length < end {
        writer.time_us += 100;
        for (thread, held) in held.iter_mut().enumerate() {
            let id = writer.take(tags::MUTATOR, thread as u8);
            held.push(id);
            if held.len() > 200 {
                let oldest = held.remove(0);
                writer.give_back(tags::MUTATOR, thread as u8, oldest);
            }
        }
        if writer.time_us.is_multiple_of(6_400) {
            writer.take(tags::FORGOTTEN, 0);
        }
    }
    writer.recorder.publish();
}

/// Searches in turns without time while `per_turn` events come in each.
fn search_beside(log: &EventLog, per_turn: u64, turns_most: usize) -> (Searched, usize, u64) {
    let mut writer = Writer::new(log);
    let mut held = Default::default();
    flood(&mut writer, &mut held, 600_000);
    let (mut watch, mut reader) = (LeakWatch::default(), Reader::new(log));
    reader.refresh();
    watch.begin_of_run(&reader);
    for turn in 1..=turns_most {
        flood(&mut writer, &mut held, per_turn);
        reader.refresh();
        match watch.advance(&reader, || false) {
            Progress::Done(searched) => return (searched, turn, reader.events().start),
            Progress::Searching(part) => assert!((0.0..1.0).contains(&part)),
            other => panic!("{other:?}"),
        }
    }
    panic!("no end after {turns_most} turns of {per_turn} events");
}

#[test]
fn a_search_ends_at_any_rate_while_the_beginning_is_dropped() {
    for per_turn in [0, 1_000, 16_384, 100_000, 400_000] {
        let log = EventLog::new(Limits { bytes: 4 << 20, when_full: WhenFull::DropOldest });
        let (searched, _, first) = search_beside(&log, per_turn, 2 * STEPS + 40);
        assert!(first > 0, "the beginning was dropped");
        assert!(searched.kept_since_us.is_some_and(|since_us| since_us <= searched.marks.0[0].time_us), "{searched:?}");
        let names: Vec<_> = searched.findings.iter().filter(|f| f.is_suspect()).map(|f| f.owner).collect();
        assert_eq!(names, [tags::FORGOTTEN], "{per_turn} events in a turn");
        for finding in &searched.findings {
            let [first, _, third] = finding.held_at.map(|held| held.bytes as i64);
            assert_eq!(
                third - first,
                finding.growth_bytes,
                "what is held at the marks is what came and went: {finding:?}"
            );
            assert!(first > 0, "{finding:?}");
        }
    }
}

#[test]
fn the_steps_of_a_search_do_not_grow_with_the_recording() {
    let mut turns = Vec::new();
    for bytes in [8 << 20, 32 << 20] {
        let log = EventLog::new(Limits { bytes, when_full: WhenFull::DropOldest });
        let mut writer = Writer::new(&log);
        flood(&mut writer, &mut Default::default(), bytes / 32);
        let reader = reader(&log);
        let mut flows = FlowIndex::new(Counted::Held);
        assert!(!flows.advance(&reader, 0, 2), "two chunks in one go, and no more");
        assert!(flows.advance(&reader, 0, usize::MAX));
        let mut search = LeakSearch::of_run(&reader, reader.run()).unwrap();
        let mut steps = 1;
        while !search.step(&reader, &flows).unwrap() {
            steps += 1;
            assert!(search.progress() < 1.0);
        }
        turns.push(steps);
        assert_eq!(search.progress(), 1.0);
    }
    assert_eq!(turns, [2 * STEPS, 2 * STEPS]);
}

#[test]
fn marks_that_are_gone_are_told_and_nothing_is_made_up() {
    let log = EventLog::new(Limits { bytes: 4 << 20, when_full: WhenFull::DropOldest });
    let mut writer = Writer::new(&log);
    let mut held = Default::default();
    flood(&mut writer, &mut held, 100_000);
    let mut reader = reader(&log);
    let marks = Marks::of_run(&reader, reader.run()).unwrap();
    let mut watch = LeakWatch::default();
    flood(&mut writer, &mut held, 1_000_000);
    reader.refresh();
    watch.begin(&reader, marks);
    let Progress::Gone(gone) = watch.advance(&reader, || true) else { panic!("the first mark made room") };
    assert_eq!((gone.time_us, gone.first), (marks.0[0].time_us, reader.events().start));
    assert!(gone.to_string().contains("no longer kept"));
    assert_eq!(watch.advance(&reader, || true), Progress::Idle);
}

/// The first and the last of what an owner did between three marks.
fn finding(log: &EventLog) -> Finding {
    let reader = reader(log);
    let mut search = LeakSearch::new(&reader, Marks::of_run(&reader, reader.run()).unwrap()).unwrap();
    search.finish(&reader, &FlowIndex::new(Counted::Held)).unwrap();
    search.findings().remove(0)
}

#[test]
fn what_fills_up_is_cleared_once_it_is_full() {
    let log = EventLog::default();
    let mut writer = Writer::new(&log);
    // Full after 5.5 of 10 s: the second mark lies at 6.25 s.
    for step in 0..1_000 {
        writer.time_us += 10_000;
        if step < 550 {
            writer.take(tags::WEIGHTS, 0);
        } else {
            let id = writer.take(tags::ENTITY, 0);
            writer.give_back(tags::ENTITY, 0, id);
        }
    }
    writer.recorder.publish();
    let found = finding(&log);
    assert_eq!((found.owner, found.heap, found.verdict), (tags::WEIGHTS, Heap::Arena, Err(Cleared::Slowed)));
}

#[test]
fn the_evidence_is_the_first_of_what_is_held() {
    let log = EventLog::default();
    let mut writer = Writer::new(&log);
    for step in 0..1_000 {
        writer.time_us += 10_000;
        let id = writer.take(tags::FORGOTTEN, 0);
        // Some of it comes back soon, the first after the first mark among it.
        if step % 50 == 0 {
            writer.give_back(tags::FORGOTTEN, 0, id);
        }
    }
    writer.recorder.publish();
    let reader = reader(&log);
    let found = finding(&log);
    assert_eq!(found.verdict, Ok(Pattern::Steady));
    let held = found.examples.iter().all(|index| reader.next(*index).is_none());
    assert!(held && found.examples.is_sorted() && found.examples.len() == 3, "{found:?}");
    assert_eq!(found.examples[0], reader.position_at(2_500_000), "{found:?}");
    assert_eq!(Mark::at(&reader, 0), None);
}

#[test]
fn lifetimes_pass_over_what_made_room_and_say_how_much() {
    use arenascope_analysis::leaks::lifetimes::Lifetimes;
    let log = EventLog::new(Limits { bytes: 4 << 20, when_full: WhenFull::DropOldest });
    let mut writer = Writer::new(&log);
    let mut held = Default::default();
    flood(&mut writer, &mut held, 50_000);
    let mut reader = reader(&log);
    let mut lifetimes = Lifetimes::since(0);
    assert!(!lifetimes.advance(&reader, u64::MAX, 1_000));
    flood(&mut writer, &mut held, 1_000_000);
    reader.refresh();
    let kept = reader.events();
    assert!(!lifetimes.advance(&reader, u64::MAX, 256), "there is more than a step");
    assert_eq!((lifetimes.missed(), lifetimes.counted_to()), (kept.start - 1_000, kept.start + 256));
    assert!(lifetimes.advance(&reader, u64::MAX, u64::MAX));
    let counted = lifetimes.map(Heap::Arena).total().count + lifetimes.map(Heap::Arena).unknown;
    let ends = kept.filter(|index| reader.kind(*index).is_some_and(|kind| kind.op() == Op::ArenaFree));
    assert!(counted >= ends.count() as u64);
}
