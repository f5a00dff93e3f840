//! The theme's colours, read from the custom properties of the page's root: the
//! style sheet is their one owner.

use super::view::View;
use crate::analysis::colour::Colour;
use crate::analysis::plot::Paint;
use crate::owner::MemoryCategory;
use leptos::prelude::GetUntracked;
use std::cell::RefCell;
use std::rc::Rc;

/// The engine and the mutators.
const THREADS: usize = 9;

/// The colours of one theme.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    /// By category, in the order of [`MemoryCategory::ALL`].
    pub categories: [Colour; 6],
    /// By thread: the engine, then the mutators.
    pub threads: [Colour; THREADS],
    /// What has no colour of its own among them.
    pub other: Colour,
    /// The heat map's scale, from 0 to 100 %.
    pub heat: [Colour; 4],
    /// Behind the cards.
    pub background: Colour,
    /// Of a card.
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
    /// Well.
    pub good: Colour,
    /// To look at.
    pub warn: Colour,
    /// Failed.
    pub bad: Colour,
    /// The interface's font, as the canvas takes it.
    pub font_family: String,
}

/// A property that is missing or not a hexadecimal colour: visible on dark and
/// on light.
const UNKNOWN: Colour = Colour::new(0x80, 0x80, 0x80);

thread_local! {
    static CURRENT: RefCell<Option<(u32, Rc<Palette>)>> = const { RefCell::new(None) };
}

impl Palette {
    /// The colours of the current theme. Read from the page once per theme.
    pub fn current(view: View) -> Rc<Self> {
        let number = view.theme_number.get_untracked();
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
            Paint::Second => self.categories[MemoryCategory::NpuTensors.index()],
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
        Self {
            categories: MemoryCategory::ALL.map(|category| colour(property(category))),
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
            font_family: text("font-family").filter(|text| !text.is_empty()).unwrap_or_else(|| "sans-serif".into()),
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

const fn property(category: MemoryCategory) -> &'static str {
    match category {
        MemoryCategory::Ecs => "--ecs",
        MemoryCategory::GpuBuffers => "--gpu-buffers",
        MemoryCategory::GpuTextures => "--gpu-textures",
        MemoryCategory::NpuModels => "--npu-models",
        MemoryCategory::NpuTensors => "--npu-tensors",
        MemoryCategory::Temporary => "--temporary",
    }
}
