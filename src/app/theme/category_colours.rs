//! The colours of a run's categories: the theme's six hues and a grey, by role. A hue that
//! several categories have is lighter and darker in turn. Style sheets have them as
//! `--category-0` to `--category-15`, which are the engine's where nothing else is written.

use crate::analysis::chart::colour::Colour;
use crate::analysis::run::names::{CategoryShade, Names};
use crate::owner::MemoryCategory;
use crate::trace::Colour as Role;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// So much of the text's colour, or the ground's, is in a hue that comes again.
const MIXED: f64 = 0.4;

/// By category, in the order of [`MemoryCategory::every`].
pub(super) type Shades = [CategoryShade; MemoryCategory::MAX];

/// Those of a run with these names.
pub(super) fn shades(names: &Names) -> Shades {
    MemoryCategory::every().map(|category| names.shade(category))
}

/// The theme's property for a role.
pub(super) const fn hue(shade: CategoryShade) -> &'static str {
    match shade.colour {
        Role::Hue1 => "--ecs",
        Role::Hue2 => "--gpu-buffers",
        Role::Hue3 => "--gpu-textures",
        Role::Hue4 => "--npu-models",
        Role::Hue5 => "--npu-tensors",
        Role::Hue6 => "--temporary",
        Role::Rest => "--rest",
    }
}

/// What is mixed into a hue that comes again.
enum Mixed {
    Nothing,
    Text,
    Ground,
}

const fn mixed(shade: CategoryShade) -> Mixed {
    match shade.turn {
        0 => Mixed::Nothing,
        turn if turn % 2 == 1 => Mixed::Text,
        _ => Mixed::Ground,
    }
}

/// The colour of a category: its hue, with some of text or ground.
pub(super) fn shaded(shade: CategoryShade, hue: Colour, [text, ground]: [Colour; 2]) -> Colour {
    match mixed(shade) {
        Mixed::Nothing => hue,
        Mixed::Text => hue.mix(text, MIXED),
        Mixed::Ground => hue.mix(ground, MIXED),
    }
}

/// Gives the page's root the categories' properties. They follow the theme by themselves.
pub(super) fn write_properties(shades: &Shades) {
    let root = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok());
    let Some(style) = root.map(|root| root.style()) else { return };
    for (index, shade) in shades.iter().enumerate() {
        // A style that cannot be written leaves the engine's colours.
        drop(style.set_property(&format!("--category-{index}"), &value(*shade)));
    }
}

fn value(shade: CategoryShade) -> String {
    let (hue, percent) = (hue(shade), MIXED * 100.0);
    match mixed(shade) {
        Mixed::Nothing => format!("var({hue})"),
        Mixed::Text => format!("color-mix(in srgb, var(--text) {percent}%, var({hue}))"),
        Mixed::Ground => format!("color-mix(in srgb, var(--background) {percent}%, var({hue}))"),
    }
}
