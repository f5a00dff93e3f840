//! The page as charts over time see it: the run that is shown, the moment, and the span of
//! time that is chosen for all panels.

use super::selected::Selected;
use crate::analysis::moment::figures::Past;
use crate::app::chart::source::{Samples, Source, TimeSource};
use crate::app::recordings::reader::Recording;
use crate::app::state::store::{EngineSlot, SharedMemory, Store};
use crate::telemetry::Shared;
use core::ops::Range;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;

/// The contexts that lead to what is shown. A chart may be on screen before the engine is up.
struct PageSource {
    memory: Option<SharedMemory>,
    engine: Option<EngineSlot>,
    store: Option<Store>,
    recording: Option<Recording>,
}

/// What charts read on this page, from the contexts of the current owner.
pub(crate) fn chart_source() -> Source {
    Rc::new(PageSource { memory: use_context(), engine: use_context(), store: use_context(), recording: use_context() })
}

impl PageSource {
    fn selected(&self) -> Option<Selected> {
        self.store.map(|store| store.selected)
    }
}

impl TimeSource for PageSource {
    /// The engine's, or those of an opened run: of a file always, of one that took the place
    /// of the engine's while one of its moments is shown.
    fn samples(&self) -> Option<Samples> {
        let is_moment = self.selected().is_some_and(|selected| !selected.clock.get_untracked().is_live());
        let is_file = self.store.is_some_and(|store| store.runs.is_file());
        let opened = self.recording.filter(|_| is_moment || is_file).and_then(Recording::opened_samples);
        opened.map(Samples::Opened).or_else(|| self.shared().map(|shared| Samples::Engine(&shared.samples)))
    }

    fn shared(&self) -> Option<&'static Shared> {
        let given = self.memory.map(|SharedMemory(shared)| shared);
        given.or_else(|| self.engine?.0.with_untracked(|engine| engine.as_ref().map(|engine| engine.shared())))
    }

    fn has_times(&self) -> bool {
        self.recording.is_none_or(|recording| recording.names_now().has_times())
    }

    fn told_us(&self) -> Option<u64> {
        self.store.map(Store::shown_us)
    }

    fn past(&self) -> Option<Arc<Past>> {
        self.store?.past.get_untracked()
    }

    fn chosen(&self) -> Option<Range<u64>> {
        self.selected()?.now.with_untracked(|selection| selection.time_us.clone())
    }

    fn choose(&self, span_us: Range<u64>) {
        if let Some(selected) = self.selected() {
            selected.adjust(|selection| selection.time_us = Some(span_us));
        }
    }

    fn settle(&self) {
        if let Some(selected) = self.selected() {
            selected.settle();
        }
    }

    fn let_go(&self) {
        if let Some(selected) = self.selected() {
            selected.select(|selection| selection.time_us = None);
        }
    }
}
