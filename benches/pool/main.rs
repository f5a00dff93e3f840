//! The pool's policies on the same sequences, and the price of an acquire:
//! `cargo bench --bench pool`.
//!
//! Prints tables and writes `bench/pool.json` into cargo's target folder.
//! Without `--bench`, as under `cargo test --benches`, all of it runs once,
//! shortened, and nothing is written.

mod drive;
mod sequences;
mod speed;
#[path = "../../src/bin/arenascope/command_line/table.rs"]
mod table;

use arenascope::pool::PoolMode;
use arenascope::units::Bytes;
use drive::Drive;
use sequences::all;
use serde::Serialize;
use speed::Speed;
use std::path::Path;
use table::Table;

/// One policy on one sequence. Field names are an interface: keep them.
#[derive(Serialize)]
struct Score {
    sequence: &'static str,
    mode: String,
    acquires: u64,
    hit_ratio: f64,
    peak_bytes: u64,
    waste_ratio: f64,
    creates: u64,
    destroys: u64,
    /// Misses of each eighth of the frames: a staircase shows here.
    misses_by_eighth: Vec<u64>,
}

/// Everything that was measured.
#[derive(Serialize)]
struct Document {
    format: &'static str,
    version: u32,
    scores: Vec<Score>,
    speed: Vec<Speed>,
}

fn main() {
    let is_full = std::env::args().any(|argument| argument == "--bench");
    let document = Document {
        format: "arenascope-bench-pool",
        version: 1,
        scores: compare(!is_full),
        speed: speed::measure(is_full),
    };
    if is_full {
        write(&document);
    }
}

fn compare(short: bool) -> Vec<Score> {
    let count = all(short).len();
    let mut scores = Vec::new();
    for index in 0..count {
        let first = scores.len();
        scores.extend(PoolMode::ALL.map(|mode| score(index, mode, short)));
        print(&scores[first..]);
    }
    scores
}

fn score(index: usize, mode: PoolMode, short: bool) -> Score {
    let mut sequence = all(short).swap_remove(index);
    let mut drive = Drive::new(mode);
    let misses = drive.run(&mut sequence);
    let stats = drive.statistics();
    Score {
        sequence: sequence.name,
        mode: mode.to_string(),
        acquires: stats.acquires,
        hit_ratio: stats.hit_ratio().map_or(0.0, |ratio| ratio.get()),
        peak_bytes: stats.peaks.allocated.get(),
        waste_ratio: stats.waste_ratio().map_or(0.0, |ratio| ratio.get()),
        creates: stats.created.count,
        destroys: stats.destroyed.total().count,
        misses_by_eighth: misses.chunks(misses.len().div_ceil(8)).map(|part| part.iter().sum()).collect(),
    }
}

fn print(scores: &[Score]) {
    println!("{}, {} acquires\n", scores[0].sequence, scores[0].acquires);
    let mut table = Table::new(&["", "hit ratio", "peak", "waste", "creates", "destroys", "misses by eighth"]);
    for score in scores {
        let eighths: Vec<String> = score.misses_by_eighth.iter().map(u64::to_string).collect();
        table.push(vec![
            score.mode.clone(),
            format!("{:.2} %", score.hit_ratio * 100.0),
            Bytes::new(score.peak_bytes).to_string(),
            format!("{:.1} %", score.waste_ratio * 100.0),
            score.creates.to_string(),
            score.destroys.to_string(),
            eighths.join(" "),
        ]);
    }
    println!("{table}");
}

/// Writes the document beside the build's own files.
fn write(document: &Document) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    let path = folder.join("pool.json");
    let text = serde_json::to_string_pretty(document).expect("numbers and strings");
    match std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, text)) {
        Ok(()) => println!("written: {}", path.display()),
        Err(error) => eprintln!("{}: {error}", path.display()),
    }
}
