//! What leaves the page: the snapshot document.
