//! Frames in words: what a tooltip says, what is read out, and a stack as text.

use super::functions::FunctionId;
use super::graph::{Graph, Work};
use super::layout::{Block, What};
use super::measure::{Unit, share};
use super::sums::Sums;
use super::tree::FrameNode;
use super::weighed::Direction;
use crate::numbers::text::count;
use arenascope_trace::CannotTell;

/// What a tooltip says of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The function, or how many frames it stands for.
    pub name: String,
    /// `level.cpp:12`; empty where unknown.
    pub place: String,
    /// Figures: name, value, and the exact value.
    pub figures: Vec<(&'static str, String, String)>,
}

impl Told {
    /// In one line, for who does not see it.
    pub fn line(&self) -> String {
        let figures = self.figures.iter().map(|(name, value, _)| format!("{name} {value}"));
        let place = Some(self.place.clone()).filter(|place| !place.is_empty());
        let parts = core::iter::once(self.name.clone()).chain(place).chain(figures);
        parts.collect::<Vec<_>>().join(" · ")
    }
}

/// What the amounts of a graph are of.
pub fn unit(graph: &Graph) -> Unit {
    let lacks = |what| graph.tables().is_some_and(|tables| tables.manifest.cannot_tell.contains_key(&what));
    let measure = graph.tree().map(|tree| tree.measure()).unwrap_or_default();
    measure.unit(!lacks(CannotTell::Times))
}

/// The name of a frame: its function; of the root, that it is all.
pub fn name(graph: &Graph, frame: FrameNode) -> String {
    let (Some(tables), Some(tree)) = (graph.tables(), graph.tree()) else { return String::new() };
    if frame == FrameNode::ROOT {
        return "all".into();
    }
    graph.names().name(&tables.stacks, tree.frame(frame).function).to_owned()
}

/// File and line of a frame: `level.cpp:12`.
fn place(graph: &Graph, frame: FrameNode) -> String {
    let (Some(tables), Some(tree)) = (graph.tables(), graph.tree()) else { return String::new() };
    let shown = tree.frame(frame);
    let Some(known) = shown.frame.and_then(|frame| tables.stacks.frame(frame)) else { return String::new() };
    match (known.file.is_empty(), known.line) {
        (true, _) => String::new(),
        (false, 0) => known.file.to_string(),
        (false, _) if shown.has_several => format!("{}, several lines", known.file),
        (false, line) => format!("{}:{line}", known.file),
    }
}

/// What is said of a block.
pub fn told(graph: &Graph, block: &Block) -> Told {
    match block.what {
        What::Frame(frame) => told_of(graph, frame),
        What::More { frames, .. } => Told {
            name: more_text(frames),
            place: "each narrower than half a pixel: zoom in to see them".into(),
            figures: figures(graph, None, block.sums),
        },
    }
}

/// What is said of a frame.
pub fn told_of(graph: &Graph, frame: FrameNode) -> Told {
    let Some(tree) = graph.tree() else { return Told::default() };
    let shown = tree.frame(frame);
    // Only the first row of callers is what something comes from itself.
    let has_own = frame != FrameNode::ROOT && (graph.direction() == Some(Direction::Callees) || shown.depth == 1);
    let own = has_own.then_some(shown.own);
    Told { name: name(graph, frame), place: place(graph, frame), figures: figures(graph, own, shown.total) }
}

fn figures(graph: &Graph, own: Option<Sums>, total: Sums) -> Vec<(&'static str, String, String)> {
    let Some(tree) = graph.tree() else { return Vec::new() };
    let (unit, measure) = (unit(graph), tree.measure());
    let all = measure.weight(tree.frame(FrameNode::ROOT).total);
    let amount = |name, weight: u128| (name, unit.text(weight), unit.exact(weight));
    let own = own.map(|own| amount("own", measure.weight(own)));
    let weight = measure.weight(total);
    let part = share(weight, all);
    let part = ("share", part.to_string(), format!("{} of {}", unit.exact(weight), unit.exact(all)));
    let number = ("allocations", count(total.count), Unit::Allocations.exact(total.count.into()));
    // Where allocations are what is measured, they are the total.
    let number = (unit != Unit::Allocations).then_some(number);
    own.into_iter().chain([amount("total", weight), part]).chain(number).collect()
}

/// What is written on a block of frames that are too narrow.
pub fn more_text(frames: u32) -> String {
    format!("… {} more", count(frames.into()))
}

/// The stack of a frame as text, the innermost frame first, with what comes from it.
pub fn stack_text(graph: &Graph, frame: FrameNode) -> String {
    let Some(tree) = graph.tree() else { return String::new() };
    let mut path = tree.path(frame);
    path.pop();
    if graph.direction() == Some(Direction::Callers) {
        path.reverse();
    }
    let line = |frame: &FrameNode| match place(graph, *frame) {
        place if place.is_empty() => name(graph, *frame),
        place => format!("{} ({place})", name(graph, *frame)),
    };
    let figures = told_of(graph, frame).figures;
    let figures = figures.iter().map(|(name, value, exact)| match *name {
        "share" => format!("{name} {value}"),
        "allocations" => exact.clone(),
        _ => format!("{name} {value} ({exact})"),
    });
    let head = format!("{}: {}", tree.measure().label(), figures.collect::<Vec<_>>().join(", "));
    let lines = core::iter::once(head).chain(path.iter().map(line));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The way from all to the frame that fills the width: functions and names.
pub fn crumbs(graph: &Graph) -> Vec<(Vec<FunctionId>, String)> {
    let (Some(tree), Some(layout)) = (graph.tree(), graph.layout()) else { return Vec::new() };
    let path = tree.path(layout.zoom());
    path.iter().rev().map(|frame| (tree.route(*frame), name(graph, *frame))).collect()
}

/// The whole graph in a sentence, for who does not see it.
pub fn summary(graph: &Graph) -> String {
    let (Some(tree), Some(layout)) = (graph.tree(), graph.layout()) else { return "No call stacks yet".into() };
    let (unit, zoom) = (unit(graph), layout.zoom());
    let what = match graph.direction() {
        Some(Direction::Callers) => "Callers of those who allocate",
        _ => "Call stacks from the root",
    };
    let largest = tree.known_children(zoom).first();
    let largest = largest.map(|child| {
        let part = share(tree.weight(*child), tree.weight(zoom));
        format!("; the largest frame is {} with {part}", name(graph, *child))
    });
    let total = unit.text(tree.weight(zoom));
    let below = if zoom == FrameNode::ROOT { String::new() } else { format!(" below {}", name(graph, zoom)) };
    let measure = tree.measure().label();
    format!("{what}{below}, {measure}: {total} in {} rows{}", layout.rows(), largest.unwrap_or_default())
}

/// What a search found: how many functions, and their stacks' part of all.
pub fn found_text(graph: &Graph) -> Option<String> {
    let (search, tree) = (graph.found(), graph.tree()?);
    if search.is_empty() {
        return None;
    }
    let (weight, all) = (tree.measure().weight(search.sums()), tree.weight(FrameNode::ROOT));
    let functions = match search.functions() {
        0 => return Some("no function matches".into()),
        1 => "1 function".into(),
        functions => format!("{} functions", count(functions as u64)),
    };
    let unit = unit(graph);
    Some(format!("{functions}, on stacks with {} of all: {}", share(weight, all), unit.text(weight)))
}

/// What is being done, in words.
pub fn work_text(work: Work) -> String {
    let percent = |part: f64| (part * 100.0).floor();
    match work {
        Work::Gathering(part) => format!("gathering call stacks, {:.0} %", percent(part)),
        Work::Counting(part) => format!("counting, {:.0} %", percent(part)),
        Work::Adding => "adding up".into(),
        Work::Arranging => "arranging".into(),
    }
}
