//! Charts as pictures: in pixels, the canvases of a card, one above the other, on the card's
//! colour; in shapes, what the chart says of itself.

use super::drawings::Drawings;
use crate::app::browser::files;
use crate::app::theme::palette::Palette;
use crate::platform::failure::reason_of;
use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, Element, HtmlCanvasElement};

/// A way to take a chart elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A file of pixels, as on screen.
    SavePng,
    /// A file of shapes, where the chart is drawn in shapes.
    SaveSvg,
    /// The pixels, on the clipboard.
    CopyPng,
}

impl Way {
    /// Every way, in the order of the menu.
    pub(super) const ALL: [Self; 3] = [Self::SavePng, Self::SaveSvg, Self::CopyPng];

    /// The name for people.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::SavePng => "Save PNG",
            Self::SaveSvg => "Save SVG",
            Self::CopyPng => "Copy PNG",
        }
    }

    /// What it does.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::SavePng => "Save the chart as it is on screen, in pixels",
            Self::SaveSvg => "Save the chart in shapes, with title, legend and axes: it can be enlarged and edited",
            Self::CopyPng => "Put the chart on the clipboard, in pixels",
        }
    }
}

/// Takes the chart of a card elsewhere; answers with what was done.
///
/// # Errors
/// The browser's reason; a card without charts.
pub(super) async fn take(way: Way, card: &Element, title: &str, drawings: Drawings) -> Result<String, String> {
    let name = |end: &str| format!("{}.{end}", title.to_lowercase().replace(char::is_whitespace, "-"));
    let pixels = async || {
        let picture = painted(card).map_err(|error| reason_of(&error))?.ok_or("there is no chart in it")?;
        png(picture).await.map_err(|error| reason_of(&error))
    };
    let saved = |name: String, file: &Blob| files::download(&name, file).map(|()| format!("saved {name}"));
    match way {
        Way::SavePng => saved(name("png"), &pixels().await?),
        Way::SaveSvg => {
            let document = drawings.document(title).ok_or("nothing is drawn yet")?;
            saved(name("svg"), &files::text(&document, "image/svg+xml")?)
        }
        Way::CopyPng => files::copy_picture(&pixels().await?).await.map(|()| format!("copied {title}")),
    }
}

/// All charts of a card, as they lie on screen; `None` where it has none.
fn painted(card: &Element) -> Result<Option<HtmlCanvasElement>, JsValue> {
    let found = card.query_selector_all("canvas")?;
    let canvases: Vec<HtmlCanvasElement> =
        (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).filter(is_seen).collect();
    let boxes = canvases.iter().map(|canvas| canvas.get_bounding_client_rect());
    let Some([left, top, right, bottom]) = boxes.fold(None::<[f64; 4]>, |hull, of| {
        let [left, top, right, bottom] = [of.left(), of.top(), of.right(), of.bottom()];
        let hull = hull.unwrap_or([left, top, right, bottom]);
        Some([hull[0].min(left), hull[1].min(top), hull[2].max(right), hull[3].max(bottom)])
    }) else {
        return Ok(None);
    };
    let ratio = window().device_pixel_ratio();
    let picture: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    picture.set_width(((right - left) * ratio).ceil() as u32);
    picture.set_height(((bottom - top) * ratio).ceil() as u32);
    let context: CanvasRenderingContext2d =
        picture.get_context("2d")?.ok_or("the browser has no canvas left")?.unchecked_into();
    context.set_fill_style_str(&Palette::current().panel.to_string());
    context.fill_rect(0.0, 0.0, f64::from(picture.width()), f64::from(picture.height()));
    for canvas in &canvases {
        let of = canvas.get_bounding_client_rect();
        let place = [of.left() - left, of.top() - top, of.width(), of.height()].map(|css| css * ratio);
        context.draw_image_with_html_canvas_element_and_dw_and_dh(canvas, place[0], place[1], place[2], place[3])?;
    }
    Ok(Some(picture))
}

fn is_seen(canvas: &HtmlCanvasElement) -> bool {
    canvas.width() > 0 && canvas.height() > 0 && canvas.client_width() > 0
}

async fn png(picture: HtmlCanvasElement) -> Result<Blob, JsValue> {
    let made = Promise::new(&mut |resolve, reject| {
        let take = Closure::once_into_js(move |blob: JsValue| {
            // A picture that is too large for the browser is none.
            let _ =
                if blob.is_null() { reject.call1(&JsValue::NULL, &blob) } else { resolve.call1(&JsValue::NULL, &blob) };
        });
        // It calls back, with nothing where it could not.
        let _ = picture.to_blob(take.unchecked_ref());
    });
    JsFuture::from(made).await?.dyn_into()
}
