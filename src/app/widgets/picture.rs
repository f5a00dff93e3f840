//! Charts as pictures: the canvases of a card, one above the other, on the card's colour.

use crate::app::browser::files;
use crate::app::theme::palette::Palette;
use crate::platform::failure::reason_of;
use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, Element, HtmlCanvasElement};

/// Saves the charts of the card that an element is in.
///
/// # Errors
/// The browser's reason; a card without charts.
pub(super) async fn save(card: Element) -> Result<String, String> {
    let title = card.get_attribute("aria-label").unwrap_or_else(|| "chart".into());
    let name = format!("{}.png", title.to_lowercase().replace(char::is_whitespace, "-"));
    let picture = painted(&card).map_err(|error| reason_of(&error))?.ok_or("there is no chart in it")?;
    files::download(&name, &png(picture).await.map_err(|error| reason_of(&error))?)?;
    Ok(name)
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
