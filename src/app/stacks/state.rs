//! What the Stacks panel looks at, and what is counted for it: kept while other panels are
//! shown.

use crate::analysis::stacks::functions::FunctionId;
use crate::analysis::stacks::graph::Graph;
use crate::analysis::stacks::measure::Measure;
use crate::analysis::stacks::table::Order;
use crate::analysis::stacks::weighed::Direction;
use leptos::prelude::*;

/// The panel's state. Cheap to copy.
#[derive(Clone, Copy)]
pub struct StacksState {
    /// What widths stand for.
    pub measure: RwSignal<Measure>,
    /// From which end of the stacks the graph grows.
    pub direction: RwSignal<Direction>,
    /// What is searched for.
    pub search: RwSignal<String>,
    /// The order of the table.
    pub order: RwSignal<Order>,
    /// What the graph is asked to do once, at its next frame.
    pub request: RwSignal<Option<StacksRequest>>,
    /// The graph.
    pub graph: StoredValue<Graph, LocalStorage>,
}

/// Something for the graph to do, asked from outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StacksRequest {
    /// Fill the width with the frame that these functions lead to.
    Zoom(Vec<FunctionId>),
    /// Copy the stack of the frame that keys or pointer chose, or that fills the width.
    Copy,
}

impl StacksState {
    /// Live bytes from the root on; nothing counted.
    pub fn new() -> Self {
        Self {
            measure: RwSignal::default(),
            direction: RwSignal::default(),
            search: RwSignal::default(),
            order: RwSignal::default(),
            request: RwSignal::new(None),
            graph: StoredValue::new_local(Graph::default()),
        }
    }
}

impl Default for StacksState {
    fn default() -> Self {
        Self::new()
    }
}
