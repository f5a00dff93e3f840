//! Frames, blocks, search and table against stacks that are looked at one by one.

use super::super::asked::Asked;
use super::super::graph::{Graph, Wanted};
use super::super::layout::{Block, Layout, What};
use super::super::measure::Measure;
use super::super::site_count::alive_of;
use super::super::steps::{Step, stepped};
use super::super::sums::Sums;
use super::super::table::{Column, Order};
use super::super::text;
use super::super::tree::{FrameNode, Tree};
use super::super::weighed::Direction;
use super::model::{Lives, shown};
use super::run::{self, Script, recorded, scripts};
use crate::selection::selected::Selection;
use arenascope_recording::{Cursor, Reader};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The graph of a run at its end, brought up slice by slice.
fn graph(script: &Script, measure: Measure, direction: Direction, width_px: u32, search: &str) -> Graph {
    let (log, tables) = recorded(script);
    let mut reader = Reader::new(&log);
    reader.refresh();
    let mut graph = Graph::default();
    graph.of_tables(Some(&tables));
    graph.search(search);
    let asked = Asked::of(&reader, measure.counted(), &Selection::default());
    let wanted = Wanted { asked, measure, direction, width_px };
    let mut cursor = Cursor::new();
    for _ in 0..10_000 {
        if let Some(position) = graph.is_due(&reader, &wanted) {
            let alive = alive_of(cursor.seek(&reader, position).unwrap());
            graph.count(wanted.asked.clone(), alive);
        }
        if graph.advance(&reader, &wanted, || false).is_none() {
            assert_eq!(graph.is_due(&reader, &wanted), None);
            return graph;
        }
    }
    panic!("it never ends")
}

fn names(graph: &Graph, tree: &Tree, frame: FrameNode) -> Vec<String> {
    let path = tree.path(frame);
    path.iter().rev().skip(1).map(|frame| text::name(graph, *frame)).collect()
}

/// Every frame that has weight, by its names from the root on.
fn frames_of(graph: &mut Graph) -> BTreeMap<Vec<String>, Sums> {
    let mut found = BTreeMap::new();
    let mut left = vec![Vec::new()];
    while let Some(route) = left.pop() {
        let frame = graph.frame_at(&route).unwrap();
        // Its children are found by going one further.
        graph.frame_at(&[route.clone(), vec![super::super::functions::FunctionId(u32::MAX)]].concat());
        let tree = graph.tree().unwrap();
        found.insert(names(graph, tree, frame), tree.frame(frame).total);
        left.extend(tree.known_children(frame).iter().map(|child| tree.route(*child)));
    }
    found
}

/// The weights of stacks, of a measure, at the end of a run.
fn weights(script: &Script, measure: Measure) -> BTreeMap<u8, Sums> {
    let lives = Lives::of(script);
    let now_us = lives.moments().into_iter().max().unwrap_or(0);
    let mut at_end = now_us;
    run::happen(script, |time_us, _, _, _| at_end = at_end.max(time_us));
    lives.count(measure.counted(), at_end, &(0..u64::MAX))
}

fn measures() -> impl Strategy<Value = Measure> {
    prop::sample::select(&Measure::ALL[..])
}

fn directions() -> impl Strategy<Value = Direction> {
    prop::sample::select(&[Direction::Callees, Direction::Callers][..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn frames_have_what_their_stacks_have(script in scripts(), measure in measures(), direction in directions()) {
        let mut expected: BTreeMap<Vec<String>, Sums> = BTreeMap::from([(Vec::new(), Sums::default())]);
        for (stack, sums) in weights(&script, measure) {
            let names = shown(&script.stacks[usize::from(stack)], direction == Direction::Callers);
            for length in 0..=names.len() {
                *expected.entry(names[..length].to_vec()).or_default() += sums;
            }
        }
        expected.retain(|names, sums| names.is_empty() || measure.weight(*sums) > 0);
        let mut graph = graph(&script, measure, direction, 1_000, "");
        let mut found = frames_of(&mut graph);
        // Frames without weight are not shown, but what they have beside counts above.
        found.retain(|names, _| expected.contains_key(names));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn blocks_are_exact_parts_of_the_width(script in scripts(), measure in measures(), direction in directions(), width_px in 1..3_000_u32) {
        let mut graph = graph(&script, measure, direction, width_px, "");
        let _ = frames_of(&mut graph);
        let (tree, layout) = (graph.tree().unwrap(), graph.layout().unwrap());
        check(tree, layout, width_px)?;
    }

    #[test]
    fn a_stack_that_matches_twice_counts_once(script in scripts(), measure in measures(), direction in directions(), needle in prop::sample::select(&["a", "LOAD", "parse", "src/3", "nothing"][..])) {
        let graph = graph(&script, measure, direction, 100, needle);
        let files: BTreeMap<String, String> =
            (0..7).map(|function| run::frame(function, false)).map(|frame| (frame.function.into(), frame.file.into())).collect();
        let matches = |name: &String| {
            let file = files.get(name).cloned().unwrap_or_default();
            [name.to_lowercase(), file].iter().any(|text| text.contains(&needle.to_lowercase()))
        };
        let mut expected = Sums::default();
        for (stack, sums) in weights(&script, measure) {
            if shown(&script.stacks[usize::from(stack)], direction == Direction::Callers).iter().any(matches) {
                expected += sums;
            }
        }
        prop_assert_eq!(graph.found().sums(), expected);
    }

    #[test]
    fn the_table_counts_each_stack_once(script in scripts(), measure in measures(), direction in directions()) {
        let graph = graph(&script, measure, direction, 100, "");
        let mut expected: BTreeMap<String, (Sums, Sums)> = BTreeMap::new();
        for (stack, sums) in weights(&script, measure) {
            let names = shown(&script.stacks[usize::from(stack)], direction == Direction::Callers);
            let tip = if direction == Direction::Callers { names.first() } else { names.last() };
            expected.entry(tip.unwrap().clone()).or_default().0 += sums;
            for name in names.into_iter().collect::<BTreeSet<_>>() {
                expected.entry(name).or_default().1 += sums;
            }
        }
        expected.retain(|_, (_, total)| measure.weight(*total) > 0);
        for by in Column::ALL {
            let (rows, all) = graph.rows(Order { by, descends: true });
            prop_assert_eq!(all, expected.len());
            let weight = |own: Sums, total: Sums| match by {
                Column::Own => measure.weight(own),
                Column::Total | Column::Share => measure.weight(total),
                Column::Count => total.count.into(),
                Column::Function | Column::File => 0,
            };
            prop_assert!(rows.is_sorted_by(|one, other| weight(one.own, one.total) >= weight(other.own, other.total)));
            let tables = graph.tables().unwrap();
            let name = |function| graph.names().name(&tables.stacks, super::super::functions::FunctionId(function)).to_owned();
            let found: BTreeMap<String, (Sums, Sums)> = rows.iter().map(|row| (name(row.function), (row.own, row.total))).collect();
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn keys_reach_every_block_and_come_back(script in scripts(), direction in directions()) {
        let graph = graph(&script, Measure::Allocations, direction, 2_000, "");
        let (tree, layout) = (graph.tree().unwrap(), graph.layout().unwrap());
        let mut seen = BTreeSet::from([FrameNode::ROOT]);
        let mut left = vec![FrameNode::ROOT];
        while let Some(at) = left.pop() {
            for step in [Step::Down, Step::Right] {
                let next = stepped(tree, layout, at, step);
                if seen.insert(next) {
                    let back = if step == Step::Down { Step::Up } else { Step::Left };
                    prop_assert_eq!(stepped(tree, layout, next, back), at);
                    left.push(next);
                }
            }
        }
        let frames = (0..layout.rows()).flat_map(|row| layout.row(row)).filter(|block| matches!(block.what, What::Frame(_)));
        prop_assert_eq!(seen.len(), frames.count());
    }
}

/// Each block's edges are at the pixels nearest to its exact place; what is narrower than
/// half a pixel is in one block for each frame.
fn check(tree: &Tree, layout: &Layout, width_px: u32) -> Result<(), TestCaseError> {
    let (all, width) = (tree.weight(layout.zoom()), u128::from(width_px));
    let nearest = |weight: u128| ((weight * width) as f64 / all.max(1) as f64).round();
    let mut places = BTreeMap::from([(FrameNode::ROOT, 0)]);
    for row in 1..layout.rows() {
        let mut end = 0;
        for Block { what, x_px, sums, .. } in layout.row(row) {
            prop_assert!(end <= x_px.start && x_px.start <= x_px.end && x_px.end <= width_px);
            end = x_px.end;
            let (parent, weight) = match what {
                What::Frame(frame) => (tree.frame(*frame).parent, tree.weight(*frame)),
                What::More { below, .. } => (*below, tree.measure().weight(*sums)),
            };
            let children = tree.known_children(parent);
            let larger = match what {
                What::Frame(frame) => children.iter().take_while(|child| *child != frame).count(),
                What::More { frames, .. } => children.len() - *frames as usize,
            };
            let before: u128 = children[..larger].iter().map(|child| tree.weight(*child)).sum();
            let offset = places[&parent] + before;
            if let What::Frame(frame) = what {
                prop_assert!(weight * 2 * width >= all);
                places.insert(*frame, offset);
            } else {
                let narrow = &children[larger..];
                prop_assert!(narrow.iter().all(|child| tree.weight(*child) * 2 * width < all));
                prop_assert_eq!(narrow.iter().map(|child| tree.frame(*child).total).sum::<Sums>(), *sums);
            }
            // Half pixels may be rounded either way in floating point.
            prop_assert!((f64::from(x_px.start) - nearest(offset)).abs() <= 1.0);
            let exact = weight as f64 * f64::from(width_px) / all as f64;
            prop_assert!((f64::from(x_px.width()) - exact).abs() <= 1.0, "{} for {exact}", x_px.width());
            if x_px.width() > 0 {
                let at = [x_px.start, x_px.end - 1].map(|x_px| layout.at(row, x_px).map(|block| block.what));
                prop_assert_eq!(at, [Some(*what); 2]);
            }
        }
    }
    let laid_out = places.len();
    let wide = places
        .keys()
        .flat_map(|frame| tree.known_children(*frame))
        .filter(|child| tree.weight(**child) * 2 * width >= all);
    prop_assert_eq!(wide.count() + 1, laid_out);
    Ok(())
}

/// `count` functions below one, with so many bytes each.
fn wide(count: u8) -> Script {
    let stacks = vec![vec![(3, false), (4, false)], vec![(3, false), (5, true), (5, false), (0, false)], vec![]];
    let step = |slot: u8| {
        let bytes = if slot % 3 == 2 { 1 } else { 1_000 * u64::from(slot % 3 + 1) };
        (10, run::Step::Allocate { slot: slot % 12, stack: slot % 3, bytes, has_address: slot.is_multiple_of(2) })
    };
    Script { stacks, steps: (0..count).map(step).collect() }
}

#[test]
fn what_is_narrow_is_one_block_and_said() {
    let graph = graph(&wide(6), Measure::LiveBytes, Direction::Callees, 100, "parse");
    let (tree, layout) = (graph.tree().unwrap(), graph.layout().unwrap());
    let block = layout.row(1).last().unwrap();
    assert!(matches!(block.what, What::More { frames: 1, below: FrameNode::ROOT }));
    assert_eq!((block.sums, tree.weight(FrameNode::ROOT)), (Sums { amount: 2, count: 2 }, 6_002));
    assert_eq!(text::told(&graph, block).name, "… 1 more");
    assert_eq!(text::found_text(&graph).unwrap(), "1 function, on stacks with 66.6 % of all: 3.9 KiB");
}

#[test]
fn a_stack_is_told_innermost_first_in_both_directions() {
    let told = |direction, route: &[usize]| {
        let mut graph = graph(&wide(6), Measure::LiveBytes, direction, 4_000, "");
        let mut functions = Vec::new();
        for place in route {
            let frame = graph.frame_at(&functions).unwrap();
            let tree = graph.tree().unwrap();
            functions = tree.route(tree.known_children(frame)[*place]);
        }
        let frame = graph.frame_at(&functions).unwrap();
        text::stack_text(&graph, frame).replace(['\u{a0}', '\u{202f}'], " ")
    };
    let below = told(Direction::Callees, &[0, 0, 0]);
    let expected = "Live bytes: own 0 B (0 bytes), total 3.9 KiB (4 000 bytes), share 66.6 %, 2 allocations\n\
                    Parse (src/5.rs:10)\nParse (src/5.rs:20)\nmain (src/3.rs:10)\n";
    assert_eq!(below, expected);
    let above = told(Direction::Callers, &[0, 0]);
    assert!(above.ends_with("Parse (src/5.rs:10)\nParse (src/5.rs:20)\n"), "{above}");
}

#[test]
fn a_zoom_stays_where_the_moment_changes() {
    let mut graph = graph(&wide(9), Measure::LiveBytes, Direction::Callees, 800, "");
    let main = graph.tree().unwrap().known_children(FrameNode::ROOT)[0];
    graph.zoom_to(main);
    let route = graph.tree().unwrap().route(main);
    assert_eq!(graph.layout().map(|_| ()), None, "it is laid out with the next slice");
    assert_eq!(graph.frame_at(&route), Some(main));
    graph.zoom_along(&[]);
    assert_eq!(text::name(&graph, FrameNode::ROOT), "all");
}
