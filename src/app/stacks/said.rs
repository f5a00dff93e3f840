//! What the graph says in a frame: the tooltip, the figures, the crumbs, the table.

use super::live::LiveStacks;
use super::paint::Place;
use super::texts::{RowText, SaidOf};
use super::tip::Tip;
use crate::analysis::numbers::text::count;
use crate::analysis::stacks::functions::FunctionId;
use crate::analysis::stacks::graph::{Graph, Work};
use crate::analysis::stacks::measure::share;
use crate::analysis::stacks::table::{Order, Row};
use crate::analysis::stacks::tree::FrameNode;
use crate::analysis::stacks::{text, why_none};
use crate::app::frames::frame_loop::Frame;
use crate::app::state::signals::put;
use leptos::prelude::*;

impl LiveStacks {
    /// The tooltip of what is pointed at, else of where a key went.
    pub(super) fn say_tip(&self, place: &Place, css: (f64, f64)) {
        let pointed = self.pointed.zip(self.pointed_block().map(|(_, block)| block));
        let by_key = || {
            let (row, block) = self.focused_block().filter(|_| self.is_by_key)?;
            let y = (place.top_px(row) + f64::from(place.row_px)) / place.ratio;
            Some(((f64::from(block.x_px.start) / place.ratio, y), block))
        };
        let told = pointed.or_else(by_key).map(|(at, block)| (at, self.with(|graph| text::told(graph, &block))));
        put(self.texts.tip, told.map(|(at, told)| Tip::beside(told, at, css)));
    }

    /// All else: where it changed, and at a pace that can be read.
    pub(super) fn say_rest(&mut self, frame: &Frame, work: Option<Work>) {
        let (search, order) = (self.state.search.get_untracked(), self.state.order.get_untracked());
        let of =
            self.with(|graph| SaidOf { version: graph.version(), laid_out: graph.laid_out(), search, order, work });
        if self.clock.of.as_ref() == Some(&of) {
            return;
        }
        let is_chosen = self.clock.of.as_ref().is_none_or(|said| (&said.search, said.order) != (&of.search, of.order));
        if is_chosen || work.is_none() {
            self.clock.pace.hurry_readings();
        }
        if !self.clock.pace.takes_readings(frame, true) {
            return;
        }
        self.clock.of = Some(of);
        put(self.texts.work, work.map(text::work_text));
        self.with(|graph| self.say_all(graph, order));
    }

    fn say_all(&self, graph: &Graph, order: Order) {
        put(self.texts.found, text::found_text(graph));
        put(self.texts.crumbs, text::crumbs(graph));
        put(self.texts.empty, why_none::of_graph(graph));
        put(self.texts.summary, text::summary(graph));
        put(self.texts.total, total(graph));
        let (rows, all) = graph.rows(order);
        put(self.texts.rows, (rows.into_iter().map(|row| row_text(graph, row)).collect(), all));
    }
}

fn total(graph: &Graph) -> (String, String) {
    let Some(tree) = graph.tree() else { return Default::default() };
    let (weight, unit) = (tree.weight(FrameNode::ROOT), text::unit(graph));
    (format!("{} in all", unit.text(weight)), unit.exact(weight))
}

fn row_text(graph: &Graph, row: Row) -> RowText {
    let function = FunctionId(row.function);
    let (names, unit) = (graph.names(), text::unit(graph));
    let of = |read: &dyn Fn() -> Option<String>| read().unwrap_or_default();
    let measure = graph.tree().map(|tree| tree.measure()).unwrap_or_default();
    let all = graph.tree().map_or(0, |tree| tree.weight(FrameNode::ROOT));
    let amount = |weight: u128| (unit.text(weight), unit.exact(weight));
    RowText {
        row,
        function: of(&|| Some(names.name(&graph.tables()?.stacks, function).to_owned())),
        file: of(&|| Some(names.file(&graph.tables()?.stacks, function).to_owned())),
        own: amount(measure.weight(row.own)),
        total: amount(measure.weight(row.total)),
        share: share(measure.weight(row.total), all).to_string(),
        count: count(row.total.count),
    }
}
