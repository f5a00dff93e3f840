//! Files in and out: a download, a chosen or dropped file, the clipboard.

use crate::platform::failure::reason_of;
use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

#[wasm_bindgen]
extern "C" {
    /// An `<input type="file">` or a `DataTransfer`: both hold files.
    type FileHolder;
    #[wasm_bindgen(method, getter)]
    fn files(this: &FileHolder) -> Option<js_sys::Object>;

    /// What is put on the clipboard: content by its type.
    #[wasm_bindgen(js_name = ClipboardItem)]
    type PictureItem;
    #[wasm_bindgen(constructor, catch, js_class = "ClipboardItem")]
    fn new(parts: &Object) -> Result<PictureItem, JsValue>;

    #[wasm_bindgen(extends = Blob)]
    type NamedFile;
    #[wasm_bindgen(method, getter)]
    fn name(this: &NamedFile) -> Option<String>;
}

/// Offers a file's content under a name.
///
/// # Errors
/// The browser's reason.
pub fn download(name: &str, blob: &Blob) -> Result<(), String> {
    offer(name, blob).map_err(|error| format!("{name} was not saved: {}", reason_of(&error)))
}

fn offer(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // Safari reads the address after the click has returned.
    set_timeout(move || drop(Url::revoke_object_url(&url)), core::time::Duration::from_secs(10));
    Ok(())
}

/// Every file of a file input or of what was dropped.
pub fn all_of(holder: &JsValue) -> Vec<JsValue> {
    let files = holder.unchecked_ref::<FileHolder>().files();
    files.map(|files| js_sys::Array::from(&files).to_vec()).unwrap_or_default()
}

/// What an address leads to, under the last part of its path.
///
/// # Errors
/// The browser's reason, or the server's status.
pub async fn fetched(address: &str) -> Result<(String, Blob), String> {
    let failed = |reason: String| format!("{address} could not be fetched: {reason}");
    let response = JsFuture::from(window().fetch_with_str(address)).await;
    let response: web_sys::Response = response.map_err(|error| failed(reason_of(&error)))?.unchecked_into();
    if !response.ok() {
        return Err(failed(format!("the server answered with status {}", response.status())));
    }
    let blob = response.blob().map_err(|error| failed(reason_of(&error)))?;
    let blob = JsFuture::from(blob).await.map_err(|error| failed(reason_of(&error)))?;
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("file");
    Ok((name.into(), blob.unchecked_into()))
}

/// Name and content of a file, which is not read yet.
pub fn named(file: JsValue) -> (String, Blob) {
    let file: NamedFile = file.unchecked_into();
    // A blob has none.
    (file.name().unwrap_or_else(|| "file".into()), file.into())
}

/// Puts text on the clipboard.
///
/// # Errors
/// The browser's reason: a page without focus or permission may not.
pub async fn copy(text: String) -> Result<(), String> {
    let written = window().navigator().clipboard().write_text(&text);
    JsFuture::from(written).await.map(drop).map_err(|error| format!("nothing was copied: {}", reason_of(&error)))
}

/// A text as the content of a file.
///
/// # Errors
/// The browser's reason.
pub fn text(text: &str, mime: &str) -> Result<Blob, String> {
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let made = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind);
    made.map_err(|error| reason_of(&error))
}

/// Puts a picture, a PNG, on the clipboard.
///
/// # Errors
/// The browser's reason: it takes no pictures, or a page without focus or permission may not.
pub async fn copy_picture(png: &Blob) -> Result<(), String> {
    let failed = |error: JsValue| format!("nothing was copied: {}", reason_of(&error));
    let parts = Object::new();
    Reflect::set(&parts, &"image/png".into(), png).map_err(failed)?;
    let item = PictureItem::new(&parts).map_err(failed)?;
    let written = window().navigator().clipboard().write(&Array::of1(&item));
    JsFuture::from(written).await.map(drop).map_err(failed)
}
