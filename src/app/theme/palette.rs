//! The theme's colours, read from the custom properties of the page's root: the
//! style sheet is their one owner.

use super::category_colours as categories;
use crate::analysis::chart::colour::Colour;
use crate::analysis::chart::plot::Paint;
use crate::analysis::run::names::Names;
use crate::owner::MemoryCategory;
use leptos::prelude::{ArcRwSignal, GetUntracked, Track, Update};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The engine and the mutators.
const THREADS: usize = 9;

/// The colours of one theme.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    /// By category, in the order of [`MemoryCategory::every`].
    pub categories: [Colour; MemoryCategory::MAX],
    /// The second line of a chart.
    pub second: Colour,
    /// By thread: the engine, then the mutators.
    pub threads: [Colour; THREADS],
    /// What has no colour of its own among them.
    pub other: Colour,
    /// The heat map's scale, from 0 to 100 %.
    pub heat: [Colour; 4],
    /// Behind the cards.
    pub background: Colour,
    /// Background of a card.
    pub panel: Colour,
    /// Borders and grids.
    pub line: Colour,
    /// Text to read.
    pub text: Colour,
    /// Text of less weight.
    pub dim: Colour,
    /// Axis labels.
    pub faint: Colour,
    /// What is chosen; the main line.
    pub accent: Colour,
    /// For what is as it should be.
    pub good: Colour,
    /// For what is worth a look.
    pub warn: Colour,
    /// For what failed.
    pub bad: Colour,
    /// The interface's font, as the canvas takes it.
    pub font_family: String,
    /// The font of numbers, all letters of which are as wide.
    pub mono_family: String,
}

/// A property that is missing or not a hexadecimal colour: visible on dark and
/// on light.
const UNKNOWN: Colour = Colour::new(0x80, 0x80, 0x80);

thread_local! {
    static CURRENT: RefCell<Option<(u32, Rc<Palette>)>> = const { RefCell::new(None) };
    static NUMBER: ArcRwSignal<u32> = ArcRwSignal::new(0);
    static SHADES: Cell<categories::Shades> = Cell::new(categories::shades(&Names::engine()));
}

/// Grows whenever colours change: part of the key of all that is drawn in them.
pub fn number() -> u32 {
    NUMBER.with(ArcRwSignal::get_untracked)
}

/// What follows runs again whenever colours change.
pub fn track() {
    NUMBER.with(ArcRwSignal::track);
}

/// Gives the categories of a run their colours, on canvases and in style sheets.
pub fn show_categories(names: &Names) {
    let shades = categories::shades(names);
    SHADES.set(shades);
    categories::write_properties(&shades);
    renew();
}

/// Reads the colours anew: the theme has changed.
pub(super) fn renew() {
    NUMBER.with(|number| number.update(|number| *number += 1));
}

impl Palette {
    /// The colours of the current theme. Read from the page once per theme.
    pub fn current() -> Rc<Self> {
        let number = number();
        CURRENT.with_borrow_mut(|current| match current {
            Some((of, palette)) if *of == number => Rc::clone(palette),
            _ => {
                let palette = Rc::new(Self::read());
                *current = Some((number, Rc::clone(&palette)));
                palette
            }
        })
    }

    /// The colour of a shape.
    pub fn colour(&self, paint: Paint) -> Colour {
        match paint {
            Paint::Category(category) => self.categories[category.index()],
            Paint::First => self.accent,
            Paint::Second => self.second,
            Paint::Good => self.good,
            Paint::Dim => self.faint,
            Paint::Bad => self.bad,
            Paint::Thread(thread) => self.threads[usize::from(thread) % THREADS],
        }
    }

    fn read() -> Self {
        let style = root_style();
        let text = |name: &str| style.as_ref().and_then(|style| style.get_property_value(name).ok());
        let colour = |name: &str| text(name).and_then(|text| Colour::parse(&text)).unwrap_or(UNKNOWN);
        let family = |name, other: &str| text(name).filter(|text| !text.is_empty()).unwrap_or_else(|| other.into());
        Self {
            categories: SHADES.get().map(|shade| {
                categories::shaded(shade, colour(categories::hue(shade)), [colour("--text"), colour("--background")])
            }),
            second: colour("--npu-tensors"),
            threads: core::array::from_fn(|thread| colour(&format!("--thread-{thread}"))),
            other: colour("--other"),
            heat: core::array::from_fn(|stop| colour(&format!("--heat-{stop}"))),
            background: colour("--background"),
            panel: colour("--panel"),
            line: colour("--line"),
            text: colour("--text"),
            dim: colour("--dim"),
            faint: colour("--faint"),
            accent: colour("--accent"),
            good: colour("--good"),
            warn: colour("--warn"),
            bad: colour("--bad"),
            font_family: family("font-family", "sans-serif"),
            mono_family: family("--mono", "monospace"),
        }
    }
}

fn root_style() -> Option<web_sys::CssStyleDeclaration> {
    let window = web_sys::window()?;
    // The body's: custom properties are inherited from the root, the font is
    // the interface's.
    let body = window.document()?.body()?;
    window.get_computed_style(&body).ok().flatten()
}
