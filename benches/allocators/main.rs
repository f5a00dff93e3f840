//! The arena's policies against public allocators, in one process: `make bench`.
//!
//! Prints tables and writes `bench/allocators.json` into cargo's target folder.
//! A word after `--` picks sections by name: pairs, replay, space,
//! together. Without
//! `--bench`, as under `cargo test --benches`, all of it runs once, quickly, and
//! nothing is written.

#[expect(unsafe_code, reason = "the peers hand out raw pointers; see the SAFETY comments")]
mod contestants;
mod results;
mod samples;
#[path = "../../src/bin/arenascope/command_line/table.rs"]
mod table;
#[expect(unsafe_code, reason = "shares a peer between threads; see the SAFETY comment")]
mod together;

use arenascope::throughput::{Case, Effort, Score, filling, pairs, scenario};
use arenascope::units::Bytes;
use arenascope::workload::rng::Rng;
use arenascope::workload::scenario::ScenarioKind;
use results::{Figures, Fullness, contest, fill};
use samples::samples;
use serde::Serialize;
use std::path::Path;
use table::Table;
use together::{Together, together};

/// Live allocations of the first section.
const LIVE: [u32; 4] = [100, 1_000, 10_000, 50_000];

/// The heap that is filled.
const FILLED: Bytes = Bytes::mib(64);

/// Everything that was measured. Field names are an interface: keep them.
#[derive(Serialize)]
struct Document {
    format: &'static str,
    version: u32,
    cores: usize,
    effort: Effort,
    pairs: Vec<Figures>,
    replay: Vec<Figures>,
    space: Vec<Fullness>,
    together: Vec<Together>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_full = arguments.iter().any(|argument| argument == "--bench");
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |section: &str| words.is_empty() || words.iter().any(|word| section.contains(word.as_str()));
    let effort = if is_full { Effort::FULL } else { Effort::SMOKE };
    let document = Document {
        format: "arenascope-bench-allocators",
        version: 1,
        cores: std::thread::available_parallelism().map_or(1, Into::into),
        effort,
        pairs: if wanted("pairs") { run_pairs(effort, is_full) } else { Vec::new() },
        replay: if wanted("replay") { run_replays(effort, is_full) } else { Vec::new() },
        space: if wanted("space") { run_space(is_full) } else { Vec::new() },
        together: if wanted("together") { run_together(is_full) } else { Vec::new() },
    };
    print_bars(&document);
    if is_full {
        write(&document);
    }
}

fn run_pairs(effort: Effort, is_full: bool) -> Vec<Figures> {
    println!("Random free and allocate on an aged heap, ns per operation\n");
    let lives = if is_full { &LIVE[..] } else { &LIVE[..1] };
    // Aged until everything has been replaced twice on average.
    let case = |&live: &u32| pairs(live, 2 * live.max(5_000), 20_000);
    lives.iter().map(|live| told(contest(case(live), effort, false))).collect()
}

fn run_replays(effort: Effort, is_full: bool) -> Vec<Figures> {
    println!("Whole recordings from an empty heap\n");
    let frames = if is_full { 1_200 } else { 60 };
    let made_up = [ScenarioKind::GameLoop, ScenarioKind::LevelStreaming, ScenarioKind::FragmentationStorm];
    let cases = samples().into_iter().chain(made_up.map(|kind| scenario(kind, frames)));
    cases.map(|case| told(contest(case, effort, true))).collect()
}

/// Prints one contest.
fn told(contest: Figures) -> Figures {
    let Figures { case, operations, .. } = &contest;
    let [capacity, peak] = [contest.capacity_bytes, contest.peak_live_bytes].map(Bytes::new);
    println!("{case}: {operations} operations a lap, peak {peak}, heap {capacity}");
    let fastest = contest.best(false, Score::minimum).map_or(f64::NAN, |(_, least)| least);
    let mut table = Table::new(&["", "median", "minimum", "÷ fastest peer", "failures", "footprint ratio"]);
    for score in &contest.scores {
        table.push(vec![
            score.contestant.to_string(),
            format!("{:.1}", score.median()),
            format!("{:.1}", score.minimum()),
            format!("{:.2}", score.minimum() / fastest),
            score.failures.to_string(),
            score.footprint_ratio.map_or(String::from("–"), |ratio| format!("{ratio:.3}")),
        ]);
    }
    println!("{table}");
    contest
}

fn run_space(is_full: bool) -> Vec<Fullness> {
    let total = if is_full { FILLED } else { Bytes::mib(1) };
    let mixed = |rng: &mut Rng| rng.doubling(8, 17);
    let small = |rng: &mut Rng| rng.doubling(4, 10);
    let over = Bytes::new(total.get() * 5 / 4);
    let cases: [Case; 2] = [filling("256 B–128 KiB", over, mixed), filling("16 B–1 KiB", over, small)];
    let rows = fill(&cases, total);
    println!("Utilisation at the first refusal, of {total}, two allocations for each free\n");
    let mut table = Table::new(&["", &cases[0].name, &cases[1].name]);
    for row in &rows {
        let parts = row.utilisation.iter().map(|part| format!("{:.1} %", part * 100.0));
        table.push([row.contestant.to_string()].into_iter().chain(parts).collect());
    }
    println!("{table}");
    rows
}

fn run_together(is_full: bool) -> Vec<Together> {
    println!("Millions of operations per second of all threads together\n");
    let rows = if is_full { together(9, 100_000) } else { together(1, 1_000) };
    let mut table = Table::new(&["", "1 thread", "2 threads", "4 threads", "2 ÷ 1"]);
    for row in &rows {
        let paces = row.mops.iter().map(|mops| format!("{mops:.1}"));
        let gain = format!("{:.2}", row.gain());
        table.push([row.contestant.to_string()].into_iter().chain(paces).chain([gain]).collect());
    }
    println!("{table}");
    rows
}

/// Our best against the best peer, in each contest.
fn print_bars(document: &Document) {
    println!("Our best ÷ the best peer\n");
    let mut table = Table::new(&["", "time", "ours", "peer", "footprint", "ours", "peer"]);
    for contest in document.pairs.iter().chain(&document.replay) {
        let time = bar(contest, Score::minimum);
        let space = bar(contest, |score| score.footprint_ratio.unwrap_or(f64::NAN));
        table.push([contest.case.clone()].into_iter().chain(time).chain(space).collect());
    }
    println!("{table}");
}

fn bar(contest: &Figures, figure: impl Fn(&Score) -> f64 + Copy) -> [String; 3] {
    match (contest.best(true, figure), contest.best(false, figure)) {
        (Some((ours, least)), Some((peer, other))) if (least / other).is_finite() => {
            [format!("{:.2}", least / other), ours.to_string(), peer.to_string()]
        }
        _ => ["–", "–", "–"].map(String::from),
    }
}

/// Writes the document beside the build's own files.
fn write(document: &Document) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    let path = folder.join("allocators.json");
    let text = serde_json::to_string_pretty(document).expect("numbers and strings");
    match std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, text)) {
        Ok(()) => println!("written: {}", path.display()),
        Err(error) => eprintln!("{}: {error}", path.display()),
    }
}
