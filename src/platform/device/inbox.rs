//! Where the browser's callbacks leave their reports. wgpu wants callbacks that
//! could move between threads; these never do, so the lock is never contended.

use crate::session::request::Report;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Reports waiting for the engine's next round. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::platform) struct Inbox {
    reports: Arc<Mutex<VecDeque<Report>>>,
}

impl Inbox {
    pub(in crate::platform) fn put(&self, report: Report) {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).push_back(report);
    }

    pub(in crate::platform) fn take(&self) -> Option<Report> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
