//! What the graph does in a frame: bring the counts on, draw where something changed, mark
//! what is pointed at and where keys have gone.

use super::feed::StacksFeed;
use super::paint::{self, Place};
use super::state::{StacksRequest, StacksState};
use super::texts::{StacksTexts, TextClock};
use crate::analysis::stacks::functions::FunctionId;
use crate::analysis::stacks::graph::{Graph, Work};
use crate::analysis::stacks::layout::Block;
use crate::analysis::stacks::text;
use crate::analysis::stacks::tree::FrameNode;
use crate::app::browser::files;
use crate::app::canvas::keyed::KeyedLayer;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::live::LiveCanvas;
use crate::app::canvas::pixels::Pixels;
use crate::app::canvas::stage::Size;
use crate::app::engine::console;
use crate::app::frames::frame_loop::Frame;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::theme::palette::{self, Palette};
use leptos::html;
use leptos::prelude::*;

/// Height of a row, CSS pixels.
const ROW_PX: f64 = 18.0;

/// All that the frames show.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct FramesKey {
    version: u32,
    laid_out: u32,
    /// Which search there is, and how many functions match it.
    found: (u32, usize),
    place: Place,
    theme: u32,
}

/// What lies over the frames: rows and blocks.
#[derive(Clone, Copy, PartialEq)]
struct Marks {
    frames: FramesKey,
    pointed: Option<(usize, Block)>,
    focused: Option<(usize, Block)>,
}

/// The frame that keys have gone to: the way to it outlives the picture that it was in.
pub(super) struct Focus {
    /// The functions that lead to it.
    pub(super) route: Vec<FunctionId>,
    /// The picture that it was looked for in, and where it was.
    found: Option<(u32, Option<FrameNode>)>,
}

impl Focus {
    /// On the frame that functions lead to.
    pub(super) const fn of(route: Vec<FunctionId>) -> Self {
        Self { route, found: None }
    }
}

/// What the graph shows and says: found by the component, before there is a canvas.
pub(super) struct LiveContent {
    pub(super) store: Store,
    pub(super) feed: StacksFeed,
    pub(super) texts: StacksTexts,
    pub(super) scroller: NodeRef<html::Div>,
}

/// The graph between two frames.
pub(super) struct LiveStacks {
    pub(super) store: Store,
    pub(super) state: StacksState,
    pub(super) texts: StacksTexts,
    feed: StacksFeed,
    scroller: NodeRef<html::Div>,
    base: KeyedLayer<FramesKey>,
    over: KeyedLayer<Marks>,
    pixels: Option<Pixels>,
    pub(super) place: Option<Place>,
    /// Where the pointer is, CSS pixels.
    pub(super) pointed: Option<(f64, f64)>,
    /// The frame that keys have gone to.
    pub(super) focus: Option<Focus>,
    /// The focus was moved by a key: its tooltip is shown, and it is brought into view.
    pub(super) is_by_key: bool,
    pub(super) must_reveal: bool,
    pub(super) clock: TextClock,
}

impl LiveCanvas for LiveStacks {
    fn draw(&mut self, size: Size, frame: &Frame) {
        let px = size.px();
        self.take_request();
        let work = self.feed.follow(self.state, px.0);
        self.find_focus();
        let row_px = size.scaled(ROW_PX).max(1);
        self.reveal(row_px, size.ratio);
        let place = Place { px, row_px, scrolled_px: size.scaled(self.scrolled()), ratio: size.ratio };
        self.place = Some(place);
        self.draw_layers(place);
        self.say(frame, work, size.css);
    }
}

impl LiveStacks {
    /// A graph that nothing was drawn of.
    pub(super) fn new(content: LiveContent, [base, over]: [Layer; 2]) -> Self {
        let LiveContent { store, feed, texts, scroller } = content;
        Self {
            store,
            state: store.stacks,
            texts,
            feed,
            scroller,
            base: KeyedLayer::new(base),
            over: KeyedLayer::new(over),
            pixels: Pixels::new(),
            place: None,
            pointed: None,
            focus: None,
            is_by_key: false,
            must_reveal: false,
            clock: TextClock::default(),
        }
    }

    /// Reads the graph.
    pub(super) fn with<R>(&self, read: impl FnOnce(&Graph) -> R) -> R {
        self.state.graph.with_value(read)
    }

    /// Changes what the graph looks at.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut Graph) -> R) -> Option<R> {
        self.state.graph.try_update_value(change)
    }

    fn scrolled(&self) -> f64 {
        self.scroller.get_untracked().map_or(0.0, |scroller| f64::from(scroller.scroll_top()))
    }

    fn take_request(&mut self) {
        let Some(request) = self.state.request.get_untracked() else { return };
        self.state.request.set(None);
        match request {
            StacksRequest::Zoom(route) => self.zoom_along(&route),
            StacksRequest::Copy => self.copy(),
        }
    }

    /// Fills the width with the frame that functions lead to.
    pub(super) fn zoom_along(&mut self, route: &[FunctionId]) {
        self.update(|graph| graph.zoom_along(route));
        self.must_reveal = true;
    }

    /// Looks for the frame that keys have gone to, where the picture is another.
    pub(super) fn find_focus(&mut self) {
        let Some(Focus { route, found }) = &mut self.focus else { return };
        let version = self.state.graph.with_value(Graph::version);
        if found.is_none_or(|(of, _)| of != version) {
            let frame = self.state.graph.try_update_value(|graph| graph.frame_at(route)).flatten();
            *found = Some((version, frame));
        }
    }

    /// The frame that keys have gone to, where there still is one.
    pub(super) fn focused(&self) -> Option<FrameNode> {
        self.focus.as_ref()?.found?.1
    }

    /// The block under the pointer.
    pub(super) fn pointed_block(&self) -> Option<(usize, Block)> {
        let ((x, y), place) = (self.pointed?, self.place?);
        let row = place.row_at(y);
        self.with(|graph| {
            let block = graph.layout()?.at(row, (x * place.ratio).max(0.0) as u32)?;
            Some((row, *block))
        })
    }

    pub(super) fn focused_block(&self) -> Option<(usize, Block)> {
        let frame = self.focused()?;
        self.with(|graph| graph.layout()?.find(graph.tree()?, frame).map(|(row, block)| (row, *block)))
    }

    /// Copies the stack of what is focused, pointed at or zoomed into.
    pub(super) fn copy(&mut self) {
        let pointed = self.pointed_block().and_then(|(_, block)| block.frame());
        let chosen = self.focused().or(pointed);
        let text = self.with(|graph| {
            let frame = chosen.or_else(|| graph.layout().map(|layout| layout.zoom()))?;
            Some(text::stack_text(graph, frame))
        });
        let Some(text) = text else { return };
        let spoken = self.texts.spoken;
        console::spawn(self.store, async move {
            files::copy(text).await?;
            spoken.set("The stack is copied".into());
            Ok(())
        });
    }

    /// Brings the row that keys have gone to, or that fills the width, into view.
    fn reveal(&mut self, row_px: u32, ratio: f64) {
        if !core::mem::take(&mut self.must_reveal) {
            return;
        }
        let zoom = || self.with(|graph| Some(graph.tree()?.frame(graph.layout()?.zoom()).depth as usize));
        let Some(row) = self.focused_block().map(|(row, _)| row).or_else(zoom) else { return };
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let height = f64::from(row_px) / ratio;
        let (top, bottom) = (row as f64 * height, (row + 1) as f64 * height);
        let (seen, room) = (f64::from(scroller.scroll_top()), f64::from(scroller.client_height()));
        let to = if top < seen { top } else { seen.max(bottom - room) };
        scroller.set_scroll_top(to.ceil() as i32);
    }

    fn draw_layers(&mut self, place: Place) {
        let palette = Palette::current();
        let key = self.with(|graph| FramesKey {
            version: graph.version(),
            laid_out: graph.laid_out(),
            found: (graph.searches(), graph.found().functions()),
            place,
            theme: palette::number(),
        });
        if let Some(pixels) = &mut self.pixels {
            let graph = self.state.graph;
            self.base.draw_if(key, |layer, key, _| {
                graph.with_value(|graph| paint::draw(layer, pixels, graph, &key.place, &palette))
            });
        }
        let marks = Marks { frames: key, pointed: self.pointed_block(), focused: self.focused_block() };
        self.over.draw_if(marks, |layer, marks, _| {
            layer.clear(place.px);
            if let Some((row, block)) = marks.pointed {
                paint::outline(layer, block.x_px, row, &place, (palette.text, 1.0));
            }
            if let Some((row, block)) = marks.focused {
                paint::outline(layer, block.x_px, row, &place, (palette.accent, 2.0));
            }
        });
    }

    fn say(&mut self, frame: &Frame, work: Option<Work>, css: (f64, f64)) {
        let Some(place) = self.place else { return };
        let rows = self.with(|graph| graph.layout().map_or(0, |layout| layout.rows()));
        put(self.texts.height_px, rows as f64 * f64::from(place.row_px) / place.ratio);
        self.say_tip(&place, css);
        self.say_rest(frame, work);
    }
}
