//! Files in and out: a download, the text of a chosen or dropped file, the
//! clipboard.

use crate::platform::failure::reason_of;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Larger files are not read: no snapshot of the largest arena comes near.
const LARGEST_BYTES: f64 = (512_u64 << 20) as f64;

#[wasm_bindgen]
extern "C" {
    /// An `<input type="file">` or a `DataTransfer`: both hold files.
    type FileHolder;
    #[wasm_bindgen(method, getter)]
    fn files(this: &FileHolder) -> Option<js_sys::Object>;

    #[wasm_bindgen(extends = Blob)]
    type NamedFile;
    #[wasm_bindgen(method, getter)]
    fn name(this: &NamedFile) -> String;
}

/// Offers `text` as a file.
///
/// # Errors
/// The browser's reason.
pub fn download(name: &str, text: &str) -> Result<(), String> {
    offer(name, text).map_err(|error| format!("{name} was not saved: {}", reason_of(&error)))
}

fn offer(name: &str, text: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    // A string is copied on the way: a view of shared memory would be refused.
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // Safari reads the address after the click has returned.
    set_timeout(move || drop(Url::revoke_object_url(&url)), core::time::Duration::from_secs(10));
    Ok(())
}

/// The first file of a file input or of what was dropped.
pub fn first_of(holder: &JsValue) -> Option<JsValue> {
    let files = holder.unchecked_ref::<FileHolder>().files()?;
    js_sys::Reflect::get_u32(&files, 0).ok().filter(JsValue::is_object)
}

/// Name and text of a file.
///
/// # Errors
/// Too large, or the browser's reason.
pub async fn read(file: JsValue) -> Result<(String, String), String> {
    let file: NamedFile = file.unchecked_into();
    let name = file.name();
    if file.size() > LARGEST_BYTES {
        return Err(format!("{name} was not opened: {:.0} MiB, more than 512 MiB", file.size() / 1_048_576.0));
    }
    match JsFuture::from(file.text()).await {
        Ok(text) => Ok((name, text.as_string().unwrap_or_default())),
        Err(error) => Err(format!("{name} was not opened: {}", reason_of(&error))),
    }
}

/// Puts text on the clipboard.
///
/// # Errors
/// The browser's reason: a page without focus or permission may not.
pub async fn copy(text: String) -> Result<(), String> {
    let written = window().navigator().clipboard().write_text(&text);
    JsFuture::from(written).await.map(drop).map_err(|error| format!("nothing was copied: {}", reason_of(&error)))
}
