//! The documents worker: reads snapshots that the page hands over as files.

use super::link;
use crate::analysis::snapshots::compare::{self, SnapshotSummary};
use crate::platform::failure::reason_of;
use crate::platform::file_jobs::Message;
use crate::platform::panic;
use crate::units::Bytes;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Enters the documents worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_documents() {
    panic::listen(|reason| link::say(&Message::<()>::Failed { reason: reason.into() }));
    link::listen_to_values(|value| {
        let Ok(pair) = value.dyn_into::<Array>() else { return };
        let (Some(id), Ok(blob)) = (pair.get(0).as_f64(), pair.get(1).dyn_into::<Blob>()) else { return };
        wasm_bindgen_futures::spawn_local(async move {
            let result = read(&blob).await.map(Box::new);
            link::say(&Message::Read { id: id as u32, result });
        });
    });
    link::say(&Message::<()>::Ready);
}

async fn read(blob: &Blob) -> Result<SnapshotSummary, String> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|error| reason_of(&error))?;
    let source = Uint8Array::new(&buffer);
    let (length, mut bytes) = (source.length() as usize, Vec::new());
    // Asked for, not taken: a document that does not fit must not end the thread.
    bytes.try_reserve_exact(length).map_err(|_| format!("there is no memory for its {}", Bytes::from(length)))?;
    bytes.resize(length, 0);
    source.copy_to(&mut bytes);
    compare::read(&bytes).map_err(|error| error.to_string())
}
