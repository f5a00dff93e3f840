//! A link to a moment: copied from the page, and followed where the address has one.

use crate::analysis::run::page_link;
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::telemetry::notice::Level;
use crate::units::Micros;
use leptos::prelude::*;

/// Copies the address of the run that is shown, its panel and its moment.
pub fn copy(store: Store) {
    let location = window().location();
    let base = format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    let config = store.applied.get_untracked().unwrap_or_else(|| store.chosen.get_untracked());
    let query = page_link::write_moment(&config, store.tab.get_untracked().key(), store.shown_us());
    console::spawn(store, async move {
        files::copy(format!("{base}{query}")).await?;
        console::note(store, Level::Info, "a link to this run, panel and moment was copied", None);
        Ok(())
    });
}

/// Says what the address asks for, and shows the moment once a run of these settings has
/// come so far.
pub fn follow(store: Store, recording: Recording) {
    if let Some(time_us) = store.link_moment_us.get_untracked() {
        let time = Micros::new(time_us);
        let text =
            format!("the link asks for the moment {time}: it is shown once a run has come so far; Start begins it");
        console::note(store, Level::Info, text, None);
    }
    Effect::new(move || {
        let Some(time_us) = store.link_moment_us.get() else { return };
        if store.metrics.with(|metrics| metrics.time_us) <= time_us {
            return;
        }
        store.link_moment_us.set(None);
        let position = recording.read(|reader, _| reader.position_at(time_us + 1));
        store.selected.set_moment(position);
        let text = format!(
            "the moment {} of the link is shown. The same settings ask for the same operations; when they come is this machine's pace",
            Micros::new(time_us)
        );
        console::note(store, Level::Info, text, Some(time_us));
    });
}
