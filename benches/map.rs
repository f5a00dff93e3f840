//! What the arena map costs: a hover, a redraw of all cells, the question what blocks a
//! request, on as many ranges as an arena of 256 MiB can hold in the worst case and a
//! frame has time for. Cells are measured against a look-up per cell, in the same run.
//!
//! Prints plain lines. Without `--bench`, as under `cargo test --benches`, all of it
//! runs once, on few ranges.

use arenascope::analysis::map::blockers::{Question, ask};
use arenascope::analysis::map::cells::fill_cells;
use arenascope::analysis::map::colours::{ColourBy, Colouring};
use arenascope::analysis::map::ground::Ground;
use arenascope::analysis::map::layout::MapLayout;
use arenascope::analysis::map::scene::Scene;
use arenascope::analysis::map::text::reading;
use arenascope::analysis::map::window::MapWindow;
use arenascope::analysis::run::names::Names;
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::telemetry::map::{MapRange, MapState};
use arenascope::units::{Bytes, Micros};
use arenascope::workload::rng::Rng;
use std::hint::black_box;
use std::time::Instant;

const CAPACITY: u64 = 256 << 20;

fn main() {
    let is_full = std::env::args().any(|argument| argument == "--bench");
    let (ranges, rounds) = if is_full { (300_000, 50) } else { (3_000, 1) };
    let scene = scene(ranges);
    let whole = MapLayout::fit(scene.capacity(), 748, 284, 5).expect("room for a map");
    println!("{} ranges, {} cells", scene.pieces().len(), whole.cells());
    hover(&scene, &whole, rounds * 200);
    for levels in [0, 4, 20] {
        let window = MapWindow::ALL.zoomed(&whole, levels, Bytes::mib(100));
        cells(&scene, &window.layout(&whole), rounds);
    }
    for size in [Bytes::kib(64), Bytes::mib(4)] {
        let question = Question { size, align: Bytes::new(256) };
        let ms = fastest(rounds, || _ = black_box(ask(&scene, question, &Ground::default()))) * 1e3;
        println!("what blocks {size}: {ms:.3} ms");
    }
}

/// Used, cached and free ranges of random sizes.
fn scene(ranges: u64) -> Scene {
    let (mut rng, mut words, mut offset_bytes) = (Rng::new(7), Vec::new(), 0);
    let mean = CAPACITY / ranges;
    for _ in 0..ranges {
        let size_bytes = (u64::from(rng.below(2 * mean as u32 - 16)) + 16) / 16 * 16;
        let category = MemoryCategory::ALL[rng.below(6) as usize];
        let owner = Owner::new(category, Tag(rng.below(12) as u16));
        let state = match rng.below(4) {
            0 => MapState::Free,
            1 => MapState::Cached,
            _ => MapState::Used { owner, born_us: u64::from(rng.below(9_000_000)) },
        };
        words.extend(MapRange { offset_bytes, size_bytes, state }.to_words());
        offset_bytes += size_bytes;
    }
    Scene::from_words(&words, Micros::seconds(9))
}

/// The bar is 1 ms: from a place on screen to the words about it.
fn hover(scene: &Scene, layout: &MapLayout, places: u32) {
    let (mut rng, names) = (Rng::new(3), Names::engine());
    let mut times: Vec<f64> = (0..places)
        .map(|_| {
            let (x, y) = (f64::from(rng.below(748)), f64::from(rng.below(284)));
            let begun = Instant::now();
            let at = layout.offset_at(x, y);
            let words = at.and_then(|at| Some(reading(scene, layout, scene.at(at)?, at, &names)));
            black_box(words);
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    println!("hover: median {:.4} ms, p95 {:.4} ms, worst {:.4} ms (bar 1)", at(0.5), at(0.95), at(1.0));
}

fn cells(scene: &Scene, layout: &MapLayout, rounds: u32) {
    let (colouring, mut cells) = (Colouring::new(ColourBy::Category), Vec::new());
    let ours = fastest(rounds, || fill_cells(scene, layout, &colouring, &mut cells));
    let cell = layout.cell.get();
    let starts = || layout.window().step_by(cell as usize);
    let looked_up = fastest(rounds, || _ = black_box(starts().filter_map(|at| scene.at(Bytes::new(at))).count()));
    println!(
        "cells of {}: {:.3} ms exact; {:.2} x the time of one look-up per cell, which sees one byte of each",
        layout.cell,
        ours * 1e3,
        ours / looked_up
    );
}

/// Seconds of the fastest of some rounds.
fn fastest(rounds: u32, mut work: impl FnMut()) -> f64 {
    let time = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64()
    };
    (0..rounds).map(time).fold(f64::INFINITY, f64::min)
}
