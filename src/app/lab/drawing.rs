//! Time × address of a row: a canvas that is zoomed by the wheel, dragged, and read.

use super::going::GoingLine;
use super::state::Drawn;
use crate::analysis::lab::drawing::{Drawing, NOTHING, Part};
use crate::analysis::numbers::text::count;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::live::{CanvasNodes, Live, LiveCanvas};
use crate::app::canvas::pixels::Pixels;
use crate::app::canvas::pointer::{capture, turned, zoom_factor};
use crate::app::canvas::stage::Size;
use crate::app::frames::frame_loop::Frame;
use crate::app::recordings::reader::Recording;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::theme::palette::{self, Palette};
use crate::app::widgets::card::Card;
use crate::lab::RowSpec;
use crate::units::Bytes;
use crate::units::owner::MemoryCategory;
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

/// By how much a key zooms, and moves.
const KEY_ZOOM: f64 = 0.7;
const KEY_PART: f64 = 0.1;

const KEYS_HELP: &str = "Arrows move by a tenth, plus and minus zoom, Home shows all. With Shift the wheel zooms addresses \
                         alone, with Alt operations alone.";

/// The card "Where it lies".
#[component]
pub fn DrawingCard() -> impl IntoView {
    let store = Store::expect();
    let content = move || {
        match store.lab.drawn.get() {
        Drawn::Nothing => ().into_any(),
        Drawn::Going(spec, going) => view! {
            <Card title="Where it lies"><p class="note">{spec.label()}</p><GoingLine what="Being placed" going/></Card>
        }
        .into_any(),
        Drawn::Failed(spec, reason) => view! {
            <Card title="Where it lies"><p class="note bad" role="alert">{format!("{}: {reason}", spec.label())}</p></Card>
        }
        .into_any(),
        Drawn::Done(spec, drawing) => view! { <Picture spec drawing/> }.into_any(),
    }
    };
    view! { {content} }
}

#[component]
fn Picture(spec: RowSpec, drawing: Arc<Drawing>) -> impl IntoView {
    let (operations, height) = (count(drawing.operations as u64), Bytes::new(drawing.height_bytes as u64));
    let blocks = count(drawing.blocks.len() as u64);
    let label = format!("{}: {blocks} blocks in {operations} operations, up to {height}", spec.label());
    view! {
        <Card title="Where it lies" class="lab-drawing">
            <p class="note">{label.clone()}</p>
            <Canvas drawing label/>
            <p class="note dim">"Across: the run's operations, in order. Upwards: addresses. The wheel zooms, a drag moves, a double click shows all."</p>
        </Card>
    }
}

#[component]
fn Canvas(drawing: Arc<Drawing>, label: String) -> impl IntoView {
    let (nodes, reading) = (CanvasNodes::new(), RwSignal::new(String::new()));
    let recording = Recording::expect();
    let name = move |category: u8| {
        let category = MemoryCategory::from_index(usize::from(category))?;
        Some(recording.names_now().category(category).to_owned())
    };
    let live = Live::mount(nodes, move |[layer]| {
        let (pixels, part) = (Pixels::new()?, drawing.whole());
        let (shown, size, held) = Default::default();
        Some(LiveDrawing { layer, pixels, drawing, part, shown, size, held, reading, name: Box::new(name) })
    });
    view! {
        <div class="lab-picture" node_ref=nodes.holder>
            <canvas
                node_ref=nodes.top()
                class="lab-canvas"
                tabindex="0"
                role="img"
                aria-label=format!("{label}. {KEYS_HELP}")
                on:wheel=live.on(LiveDrawing::wheel)
                on:pointerdown=live.on(LiveDrawing::down)
                on:pointermove=live.on(LiveDrawing::moved)
                on:pointerup=live.on(LiveDrawing::up)
                on:pointercancel=live.on(LiveDrawing::up)
                on:dblclick=live.on(|live, _: &web_sys::MouseEvent| live.part = live.drawing.whole())
                on:keydown=live.on(LiveDrawing::key)
            ></canvas>
        </div>
        <p class="map-readout">{move || reading.get()}</p>
    }
}

/// What a picture that is drawn already shows.
#[derive(Clone, Copy, PartialEq)]
struct Shown {
    part: Part,
    px: (u32, u32),
    palette: u32,
}

struct LiveDrawing {
    layer: Layer,
    pixels: Pixels,
    drawing: Arc<Drawing>,
    part: Part,
    shown: Option<Shown>,
    size: Option<Size>,
    /// Where a drag was last, CSS pixels.
    held: Option<(f64, f64)>,
    reading: RwSignal<String>,
    name: Box<dyn Fn(u8) -> Option<String>>,
}

impl LiveCanvas for LiveDrawing {
    fn draw(&mut self, size: Size, _: &Frame) {
        self.size = Some(size);
        let shown = Shown { part: self.part, px: size.px(), palette: palette::number() };
        if self.shown == Some(shown) || shown.px.0 == 0 || shown.px.1 == 0 {
            return;
        }
        self.shown = Some(shown);
        let (columns, rows) = shown.px;
        let picture = self.drawing.pixels(self.part, columns as usize, rows as usize);
        self.layer.clear(shown.px);
        let place = [0.0, 0.0, f64::from(columns), f64::from(rows)];
        // A canvas that the browser took away is drawn again with the next change.
        let _ = self.pixels.draw(&self.layer, shown.px, place, |bytes| fill(bytes, &picture, &Palette::current()));
        self.read_part();
    }
}

fn fill(bytes: &mut Vec<u8>, picture: &[u8], palette: &Palette) {
    bytes.reserve(4 * picture.len());
    for category in picture {
        let colour = match *category {
            NOTHING => palette.background,
            category => palette.categories.get(usize::from(category)).copied().unwrap_or(palette.other),
        };
        bytes.extend_from_slice(&[colour.red, colour.green, colour.blue, 0xff]);
    }
}

impl LiveDrawing {
    /// Operation and address at a place of the canvas, CSS pixels.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (width, height) = self.size?.css;
        let Part { across, up } = self.part;
        Some((across.0 + (across.1 - across.0) * x / width, up.1 - (up.1 - up.0) * y / height))
    }

    fn wheel(&mut self, event: &WheelEvent) {
        let Some(at) = self.at(f64::from(event.offset_x()), f64::from(event.offset_y())) else { return };
        event.prevent_default();
        let (across, down) = turned(event);
        let factor = zoom_factor(event, if down == 0.0 { across } else { down });
        let axes = (!event.shift_key(), !event.alt_key());
        self.part = self.part.zoomed(at, factor, axes, self.drawing.whole());
    }

    fn down(&mut self, event: &PointerEvent) {
        if event.button() == 0 {
            capture(event);
            self.held = Some((f64::from(event.offset_x()), f64::from(event.offset_y())));
        }
    }

    fn up(&mut self, _: &PointerEvent) {
        self.held = None;
    }

    fn moved(&mut self, event: &PointerEvent) {
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        if let (Some((from_x, from_y)), Some(size)) = (self.held, self.size) {
            let Part { across, up } = self.part;
            let by = ((from_x - x) / size.css.0 * (across.1 - across.0), (y - from_y) / size.css.1 * (up.1 - up.0));
            self.part = self.part.moved(by, self.drawing.whole());
            self.held = Some((x, y));
            return;
        }
        let Some((operation, address)) = self.at(x, y) else { return };
        let place =
            format!("operation {}, address {}", count(operation.max(0.0) as u64), Bytes::new(address.max(0.0) as u64));
        put(
            self.reading,
            match self.drawing.at(operation.floor(), address.floor()) {
                None => format!("{place}: nothing lies here"),
                Some(block) => {
                    let what = (self.name)(block.category).unwrap_or_else(|| "of no category".into());
                    let until = if block.died >= self.drawing.operations {
                        "to the end".into()
                    } else {
                        format!("to {}", count(block.died as u64))
                    };
                    format!(
                        "{place}: {what}, {} at {} from operation {} {until}",
                        Bytes::new(block.bytes as u64),
                        Bytes::new(block.address as u64),
                        count(block.born as u64)
                    )
                }
            },
        );
    }

    fn read_part(&self) {
        let Part { across, up } = self.part;
        put(
            self.reading,
            format!(
                "operations {} to {}, addresses {} to {}",
                count(across.0 as u64),
                count(across.1.ceil() as u64),
                Bytes::new(up.0 as u64),
                Bytes::new(up.1.ceil() as u64)
            ),
        );
    }

    fn key(&mut self, event: &KeyboardEvent) {
        let whole = self.drawing.whole();
        let Part { across, up } = self.part;
        let (wide, high) = (KEY_PART * (across.1 - across.0), KEY_PART * (up.1 - up.0));
        let middle = (f64::midpoint(across.0, across.1), f64::midpoint(up.0, up.1));
        self.part = match event.key().as_str() {
            "ArrowLeft" => self.part.moved((-wide, 0.0), whole),
            "ArrowRight" => self.part.moved((wide, 0.0), whole),
            "ArrowUp" => self.part.moved((0.0, high), whole),
            "ArrowDown" => self.part.moved((0.0, -high), whole),
            "+" | "=" => self.part.zoomed(middle, KEY_ZOOM, (true, true), whole),
            "-" => self.part.zoomed(middle, 1.0 / KEY_ZOOM, (true, true), whole),
            "Home" => whole,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
    }
}
