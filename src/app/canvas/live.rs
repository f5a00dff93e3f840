//! Canvases that are drawn frame by frame: from the elements in the page to the state
//! between two frames, which pointer and keys act on.

use super::layer::Layer;
use super::stage::{Size, Stage};
use crate::app::frames::frame_loop::{Frame, on_frame};
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// What is drawn on the layers of one place.
pub(crate) trait LiveCanvas: 'static {
    /// Draws what changed. Called once a frame, while the place is to be seen.
    fn draw(&mut self, size: Size, frame: &Frame);
}

/// The elements of a place: what holds its `N` canvases, and these, the lowest first.
#[derive(Clone, Copy)]
pub(crate) struct CanvasNodes<const N: usize> {
    pub(crate) holder: NodeRef<html::Div>,
    canvases: [NodeRef<html::Canvas>; N],
}

impl<const N: usize> CanvasNodes<N> {
    /// Elements that are not in the page yet.
    pub(crate) fn new() -> Self {
        Self { holder: NodeRef::new(), canvases: core::array::from_fn(|_| NodeRef::new()) }
    }

    /// The uppermost canvas, which hears of pointer and keys.
    pub(crate) const fn top(&self) -> NodeRef<html::Canvas> {
        self.canvases[N - 1]
    }

    /// The canvases below it, in the page.
    pub(crate) fn below(&self) -> impl IntoView + use<N> {
        let canvas = |node_ref| view! { <canvas class="chart-layer" node_ref=node_ref aria-hidden="true"></canvas> };
        self.canvases.into_iter().take(N - 1).map(canvas).collect_view()
    }

    /// The place and its layers; `None` until all are in the page.
    fn found(&self) -> Option<(Stage, [Layer; N])> {
        let layer = |canvas: NodeRef<html::Canvas>| canvas.get_untracked().and_then(Layer::of);
        let layers = self.canvases.into_iter().map_while(layer).collect::<Vec<_>>().try_into().ok()?;
        Some((Stage::watch(self.holder.get_untracked()?.as_ref())?, layers))
    }
}

/// A canvas that draws itself, shared with those who hear of pointer and keys.
pub(crate) struct Live<T>(Rc<RefCell<Option<T>>>);

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: LiveCanvas> Live<T> {
    /// Makes it as soon as its canvases are in the page, and draws it on every frame for as
    /// long as the current owner lives.
    pub(crate) fn mount<const N: usize>(
        nodes: CanvasNodes<N>,
        make: impl FnOnce([Layer; N]) -> Option<T> + 'static,
    ) -> Self {
        let live = Self(Rc::default());
        let (drawn, mut stage, mut make) = (live.clone(), None, Some(make));
        on_frame(move |frame| {
            if stage.is_none()
                && let Some((found, layers)) = nodes.found()
                && let Some(make) = make.take()
            {
                stage = Some(found);
                drawn.0.replace(make(layers));
            }
            if let Some(size) = stage.as_ref().and_then(Stage::size) {
                drawn.with(|live| live.draw(size, frame));
            }
        });
        live
    }

    /// Acts on it; `None` before its first frame.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.borrow_mut().as_mut().map(act)
    }

    /// Acts on it with every event of an element.
    pub(crate) fn on<E, A: Fn(&mut T, &E) + 'static>(&self, act: A) -> impl Fn(E) + use<T, E, A> + 'static {
        let live = self.clone();
        move |event| {
            live.with(|live| act(live, &event));
        }
    }
}
