//! How the page came to be isolated, or did not, on a host that sends no headers for it:
//! `public/isolate.js` does it before the module is loaded, and leaves word of it.

use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// What `isolate.js` writes where its service worker adds the headers.
const ADDED: &str = "added";

fn told() -> Option<String> {
    document().document_element()?.get_attribute("data-isolation")
}

/// Why the service worker did not help; nothing where it did, or was not needed.
pub(super) fn why_not_added() -> Option<String> {
    told().filter(|told| told != ADDED)
}

/// Says on the console that a service worker adds the headers, where one does.
pub(super) fn tell(store: Store) {
    if told().as_deref() == Some(ADDED) {
        let text = "this host sends no headers that isolate the page: a service worker of this site adds them, for which the page \
                    was loaded twice";
        console::note(store, Level::Info, text, None);
    }
}
