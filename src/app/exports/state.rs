//! The runs that are being written as files.

use crate::platform::writings::Writing;
use leptos::prelude::*;
use std::sync::Arc;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Going {
    /// How far it is, and the way to end it.
    pub writing: Writing,
    /// The run's name.
    pub run: Arc<str>,
    /// As what it is written.
    pub label: &'static str,
}

/// All of them. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Exports {
    /// In the order in which they were asked for, which is that of their turns.
    pub going: RwSignal<Vec<Going>>,
}

impl Exports {
    /// None.
    pub fn new() -> Self {
        Self { going: RwSignal::default() }
    }

    /// Another one; `None` where there are as many as can be.
    pub(super) fn begin(self, run: Arc<str>, label: &'static str) -> Option<Going> {
        let going = Going { writing: Writing::begin()?, run, label };
        self.going.update(|all| all.push(going.clone()));
        Some(going)
    }

    /// It is written, or is not. True where somebody ended it.
    pub(super) fn end(self, going: &Going) -> bool {
        let was_cancelled = going.writing.is_cancelled();
        self.going.update(|all| all.retain(|other| other != going));
        going.writing.end();
        was_cancelled
    }
}

impl Default for Exports {
    fn default() -> Self {
        Self::new()
    }
}
