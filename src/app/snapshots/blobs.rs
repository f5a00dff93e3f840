//! The texts of the documents that the page keeps, as files that lie outside the module's
//! memory. What belongs to JavaScript stays on the page's thread, so they are no part of
//! the store: they are found by the number of their entry.

use std::cell::RefCell;
use std::collections::BTreeMap;
use web_sys::Blob;

thread_local! {
    static BLOBS: RefCell<BTreeMap<u64, Blob>> = const { RefCell::new(BTreeMap::new()) };
}

/// Keeps a document's text under its entry's number.
pub(super) fn keep(number: u64, blob: Blob) {
    BLOBS.with_borrow_mut(|blobs| blobs.insert(number, blob));
}

/// The text of that entry; `None` once it was let go.
pub(in crate::app) fn get(number: u64) -> Option<Blob> {
    BLOBS.with_borrow(|blobs| blobs.get(&number).cloned())
}

/// Lets the browser give the memory back.
pub(super) fn let_go(number: u64) {
    BLOBS.with_borrow_mut(|blobs| blobs.remove(&number));
}
