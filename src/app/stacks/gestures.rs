//! Pointer and keys on the graph: they point, zoom, step from frame to frame and copy.

use super::live::{Focus, LiveStacks};
use crate::analysis::stacks::functions::FunctionId;
use crate::analysis::stacks::steps::{Step, stepped};
use crate::analysis::stacks::text;
use crate::app::state::signals::put;
use web_sys::{KeyboardEvent, MouseEvent, PointerEvent};

/// How the keys are told to who does not see the graph.
pub(super) const KEYS_HELP: &str = "Arrows move to the frame above, below and to siblings, Home to the frame that fills \
     the width; Enter zooms into a frame, Escape or Backspace one step back; C copies its stack; slash or Control and F \
     search. The table below lists the same functions.";

impl LiveStacks {
    /// Points.
    pub(super) fn moved(&mut self, event: &PointerEvent) {
        self.pointed = Some((f64::from(event.offset_x()), f64::from(event.offset_y())));
        self.is_by_key = false;
    }

    /// The pointer is gone.
    pub(super) const fn leave(&mut self) {
        self.pointed = None;
    }

    /// The focus is elsewhere: the tooltip of its frame goes.
    pub(super) const fn blur(&mut self) {
        self.is_by_key = false;
    }

    /// Zooms into the frame that is pressed.
    pub(super) fn click(&mut self, event: &MouseEvent) {
        self.pointed = Some((f64::from(event.offset_x()), f64::from(event.offset_y())));
        let Some(frame) = self.pointed_block().and_then(|(_, block)| block.frame()) else { return };
        let route = self.with(|graph| graph.tree().map(|tree| tree.route(frame)));
        if let Some(route) = route {
            self.zoom_along(&route);
            self.focus = Some(Focus::of(route));
            self.find_focus();
        }
    }

    /// Acts on a key; what is there is said.
    pub(super) fn key(&mut self, event: &KeyboardEvent) {
        if event.alt_key() || event.meta_key() || event.ctrl_key() {
            return;
        }
        let is_done = match event.key().as_str() {
            "Enter" => self.zoom_in(),
            "Escape" | "Backspace" => self.zoom_out(),
            "c" | "C" => {
                self.copy();
                true
            }
            key => Step::of_key(key).is_some_and(|step| self.step(step)),
        };
        if is_done {
            event.prevent_default();
            event.stop_propagation();
        }
    }

    /// The first key shows where it is.
    fn step(&mut self, step: Step) -> bool {
        let from = self.focused_block().and_then(|(_, block)| block.frame());
        let route = self.with(|graph| {
            let (tree, layout) = (graph.tree()?, graph.layout()?);
            let to = from.map_or_else(|| layout.zoom(), |from| stepped(tree, layout, from, step));
            Some(tree.route(to))
        });
        route.map(|route| self.go_to(route)).is_some()
    }

    fn zoom_in(&mut self) -> bool {
        let route = self.focus.as_ref().map(|focus| focus.route.clone());
        let Some(route) = route.filter(|_| self.focused().is_some()) else { return false };
        self.zoom_along(&route);
        self.go_to(route);
        true
    }

    /// One step back: from a frame to the one above it, then the focus goes.
    fn zoom_out(&mut self) -> bool {
        let route = self.with(|graph| Some(graph.tree()?.route(graph.layout()?.zoom())));
        let Some(mut route) = route else { return false };
        if route.pop().is_none() {
            return self.focus.take().is_some();
        }
        self.zoom_along(&route);
        self.go_to(route);
        true
    }

    fn go_to(&mut self, route: Vec<FunctionId>) {
        (self.focus, self.pointed) = (Some(Focus::of(route)), None);
        self.find_focus();
        (self.is_by_key, self.must_reveal) = (true, true);
        if let Some(frame) = self.focused() {
            put(self.texts.spoken, self.with(|graph| text::told_of(graph, frame).line()));
        }
    }
}
