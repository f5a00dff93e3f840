//! Small runs, written as text, against rules.

use super::*;
use crate::measure::PoolRequests;
use arenascope_trace::{Action, Collected, Event, Frame, Site, Space, SpaceId};

/// `a 1 tex load 64` allocates, `f 1` frees, `m warm` marks, `! 5` fails, `? 3` loses,
/// `gc 1` is the collector's free. One step a µs.
fn run(script: &str) -> Collected {
    let mut run = Collected::default();
    run.manifest.source.format = "probe".into();
    let space = run.manifest.add_space(Space {
        label: "Heap".into(),
        has_addresses: true,
        granule_bytes: 1,
        ..Space::default()
    });
    let mut address = 0;
    for (time_us, step) in (0..).zip(script.split(';').map(str::trim)) {
        let words: Vec<&str> = step.split_whitespace().collect();
        let site = |run: &mut Collected, name: &str| {
            let frame = run.stacks.intern(Frame { function: name.into(), ..Frame::default() });
            run.stacks.child(Site::NONE, frame)
        };
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let (site, action) = match words[0] {
            "a" => {
                let (category, site) = (run.manifest.category(words[2]), site(&mut run, words[3]));
                let (id, bytes) = (number(1), number(4));
                address += bytes;
                (site, Action::Allocate { id, space, address: address - bytes, bytes, category })
            }
            "f" => (Site::NONE, Action::Free { id: number(1) }),
            "gc" => (site(&mut run, "(left to the garbage collector)"), Action::Free { id: number(1) }),
            "r" => (Site::NONE, Action::Resize { id: number(1), bytes: number(2) }),
            "m" => (Site::NONE, Action::Mark { marker: run.manifest.marker(words[1]) }),
            "!" => (site(&mut run, "asker"), Action::Fail { space: SpaceId(0), bytes: number(1), free_bytes: None }),
            "?" => (Site::NONE, Action::Lost { count: number(1) }),
            other => panic!("{other}"),
        };
        run.events.push(Event { time_us, thread: 0, site, action });
    }
    run
}

fn evidence(run: &Collected) -> Evidence<'_> {
    Evidence { run, pools: None }
}

/// `holds` or what breaks each rule: `subject value>bound owner+bytes,…`.
fn judged(rules: &str, script: &str, earlier: &[&str]) -> Vec<String> {
    let rules: Rules = format!("version = 1\n{rules}").parse().unwrap();
    let (run, earlier) = (run(script), earlier.iter().map(|script| self::run(script)).collect::<Vec<_>>());
    let earlier: Vec<_> = earlier.iter().map(evidence).collect();
    let report = check(evidence(&run), &earlier, &rules).unwrap();
    let told = |verdict: &Verdict| {
        let figure = |figure: &Judged| {
            let sign = if figure.is_at_least { '<' } else { '>' };
            let culprits: Vec<_> = figure.culprits.iter().map(|it| format!("{}+{}", it.owner, it.bytes)).collect();
            format!("{} {}{sign}{} {}", figure.subject, figure.value, figure.bound, culprits.join(","))
        };
        if verdict.holds { "holds".into() } else { verdict.figures.iter().map(figure).collect::<Vec<_>>().join(" | ") }
    };
    report.verdicts.iter().map(told).collect()
}

fn one(rule: &str, script: &str) -> String {
    judged(&format!("[[rule]]\n{rule}"), script, &[]).remove(0)
}

const SCRIPT: &str =
    "a 1 Tex load 100; m warm; a 2 Buf draw 50; a 3 Tex leak 30; f 1; a 4 Tex leak 30; m end; f 2; r 4 40";

#[test]
fn a_peak_names_who_held_it_then() {
    assert_eq!(one("measure='peak'\nat_most='179 B'", SCRIPT), "all memory 180>179 load+100,draw+50,leak+30");
    assert_eq!(one("measure='peak'\nat_most='180 B'", SCRIPT), "holds");
    assert_eq!(one("measure='peak'\ncategory='tex'\nat_most='1 B'", SCRIPT), "category tex 130>1 load+100,leak+30");
    assert_eq!(one("measure='peak'\nowner='le*'\nat_most='1 B'", SCRIPT), "owner le* 70>1 leak+70");
    assert_eq!(one("measure='peak'\nstack='DRA'\nat_most='1 B'", SCRIPT), "stack with DRA 50>1 draw+50");
    assert_eq!(
        one("measure='peak'\neach='category'\nat_most='1 B'", SCRIPT),
        "Tex 130>1 load+100,leak+30 | Buf 50>1 draw+50"
    );
}

#[test]
fn growth_is_between_marks_and_kept_is_what_stays() {
    assert_eq!(
        one("measure='growth'\nfrom='warm'\nto='end'\neach='owner'\nat_most='50 B'", SCRIPT),
        "leak 60>50 leak+60"
    );
    assert_eq!(
        one("measure='growth'\nfrom='warm'\nto='end'\nat_most='9 B'", SCRIPT),
        "all memory 10>9 leak+60,draw+50"
    );
    assert_eq!(one("measure='growth'\nfrom='warm'\nat_most=0", SCRIPT), "holds");
    assert_eq!(one("measure='leaks'\nfrom='warm'\neach='owner'\nat_most='1 object'", SCRIPT), "leak 2>1 leak+70");
    assert_eq!(one("measure='end'\nat_most='69 B'", SCRIPT), "all memory 70>69 leak+70");
}

#[test]
fn marks_that_are_met_often_span_from_the_first_to_the_last() {
    let script = "m a; a 1 T x 5; m a; m b; a 2 T x 7; m b";
    assert_eq!(one("measure='growth'\nfrom='a'\nto='b'\nat_most='11 B'", script), "all memory 12>11 x+12");
    let rules: Rules = "version=1\n[[rule]]\nmeasure='growth'\nfrom='b'\nto='a'\nat_most=0".parse().unwrap();
    let run = run(script);
    let error = check(evidence(&run), &[], &rules).unwrap_err().to_string();
    assert_eq!(error, "line 2: the last mark `a` comes before the first `b`");
}

#[test]
fn counts_of_failures_losses_and_the_collector() {
    let script = "a 1 T x 5; a 2 T y 6; gc 2; ! 100; ! 50; ? 0; ? 4";
    assert_eq!(one("measure='failures'\nat_most='1 object'", script), "all memory 2>1 asker+150");
    assert_eq!(one("measure='events_lost'\nat_most=0", script), "all memory 5>0 ");
    assert_eq!(one("measure='left_to_collector'\neach='owner'\nat_most=0", script), "y 6>0 y+6");
}

#[test]
fn fragmentation_is_of_the_footprint_at_the_peak() {
    // Free: 10 and 30 of the first 100, so 1 − 30 ÷ 40.
    let script = "a 1 T x 10; a 2 T x 20; a 3 T x 30; a 4 T x 40; f 1; f 3; a 5 T x 100";
    let found = one("measure='fragmentation'\nat_most='24 %'", script);
    assert_eq!(found, "Heap 0.25>0.24 ");
}

#[test]
fn pools_are_judged_by_their_hits() {
    let rules: Rules = "version=1\n[[rule]]\nmeasure='pool_hits'\nat_least='90 %'".parse().unwrap();
    let run = run("a 1 T x 5");
    let with = |pools| check(Evidence { run: &run, pools }, &[], &rules);
    assert!(with(Some(PoolRequests { asked: 10, hits: 9 })).unwrap().verdicts[0].holds);
    assert!(!with(Some(PoolRequests { asked: 10, hits: 8 })).unwrap().verdicts[0].holds);
    assert!(matches!(with(None), Err(MeasureError::NoPools { .. })));
}

const BESIDE: &str = "[[rule]]\nmeasure='peak'\nworse_than_baseline_at_most='10 %'";

#[test]
fn beside_earlier_runs_both_allowance_and_chance_have_room() {
    // Mean 100 without spread: the allowance alone.
    let same = ["a 1 T x 100"; 3];
    assert_eq!(judged(BESIDE, "a 1 T x 110", &same), ["holds"]);
    assert_eq!(judged(BESIDE, "a 1 T x 111", &same), ["all memory 111>110 x+111"]);
    // Mean 100 with s = 10: t · s · √(4/3) = 80.4.
    let noisy = ["a 1 T x 90", "a 1 T x 100", "a 1 T x 110"];
    assert_eq!(judged(BESIDE, "a 1 T x 180", &noisy), ["holds"]);
    assert!(judged(BESIDE, "a 1 T x 181", &noisy)[0].starts_with("all memory 181>180.4"));
}

#[test]
fn few_earlier_runs_are_said_to_be_few() {
    let rules: Rules = format!("version=1\n{BESIDE}").parse().unwrap();
    let (now, before) = (run("a 1 T x 105"), run("a 1 T x 100"));
    let report = check(evidence(&now), &[evidence(&before)], &rules).unwrap();
    assert!(report.verdicts[0].holds && report.verdicts[0].figures[0].band.is_none());
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.warnings[0].starts_with("1 earlier run: too few"), "{:?}", report.warnings);
    assert!(matches!(check(evidence(&now), &[], &rules), Err(MeasureError::NoBaseline { line: 2, .. })));
}

#[test]
fn what_a_run_cannot_tell_is_no_zero() {
    let mut run = run("a 1 T x 5");
    run.manifest.lacks(arenascope_trace::CannotTell::Stacks, "it has none");
    let rules: Rules = "version=1\n[[rule]]\nmeasure='end'\neach='owner'\nat_most=0".parse().unwrap();
    assert!(matches!(check(evidence(&run), &[], &rules), Err(MeasureError::CannotTell { line: 2, .. })));
    let rules: Rules = "version=1\n[[rule]]\nmeasure='growth'\nfrom='warm'\nat_most=0".parse().unwrap();
    let error = check(evidence(&run), &[], &rules).unwrap_err().to_string();
    assert_eq!(error, "line 2: the run has no mark `warm`; it has none");
}

#[test]
fn a_rule_about_nobody_says_so() {
    let rules: Rules = "version=1\n[[rule]]\nmeasure='peak'\nowner='nobody'\nat_most=0".parse().unwrap();
    let run = run("a 1 T x 5");
    let report = check(evidence(&run), &[], &rules).unwrap();
    assert!(report.verdicts[0].holds && report.verdicts[0].is_of_nothing);
}
