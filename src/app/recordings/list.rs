//! Recordings that outlive the page: those in the browser's storage, to be opened and
//! deleted; and the run in memory, to be put there.

use super::reader::Recording;
use crate::analysis::numbers::text::count;
use crate::analysis::recordings::list::{RecordingLine, lines};
use crate::app::engine::console;
use crate::app::engine::recordings;
use crate::app::frames::frame_loop;
use crate::app::state::place::Tab;
use crate::app::state::store::{Phase, Store};
use crate::app::widgets::card::Card;
use crate::session::command::Opened;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// The list is read this often while it is on screen: a run may be growing in it.
const LIST_MS: f64 = 2_000.0;

/// What the card knows. Cheap to copy.
#[derive(Clone, Copy)]
struct Shelf {
    store: Store,
    /// `None` before the browser has answered.
    lines: RwSignal<Option<Result<Vec<RecordingLine>, String>>>,
    /// What is being done, in words; one thing at a time.
    busy: RwSignal<Option<String>>,
    /// The name that is asked to be deleted, until that is said again.
    doomed: RwSignal<Option<String>>,
}

impl Shelf {
    /// Asks for the list, unless something is being done.
    fn refresh(self) {
        if self.busy.with_untracked(Option::is_some) || self.store.phase.with_untracked(|phase| *phase != Phase::Ready)
        {
            return;
        }
        leptos::task::spawn_local(async move {
            let listed = recordings::list(self.store).await.map(|text| lines(&text));
            // The panel may be gone by now.
            if self.lines.try_with_untracked(|old| old.as_ref() != Some(&listed)).unwrap_or(false) {
                self.lines.try_set(Some(listed));
            }
        });
    }

    /// Does something that takes a while, and says how it went.
    fn run(self, words: String, work: impl Future<Output = Result<String, String>> + 'static) {
        if self.busy.with_untracked(Option::is_some) {
            return;
        }
        self.busy.set(Some(words));
        self.doomed.set(None);
        let store = self.store;
        console::spawn(store, async move {
            let result = work.await;
            self.busy.try_set(None);
            if self.lines.try_with_untracked(|_| ()).is_some() {
                self.refresh();
            }
            console::note(store, Level::Info, result?, None);
            Ok(())
        });
    }

    fn save(self) {
        self.run("Writing the run to the browser's storage".into(), keep(self.store));
    }

    fn open(self, name: String) {
        let store = self.store;
        self.run(format!("Reading {name}"), async move {
            let opened: Opened =
                serde_json::from_str(&recordings::open(store, name).await?).map_err(|error| error.to_string())?;
            store.tab.set(Tab::Timeline);
            let damage = opened.damage.map(|damage| format!("; the rest cannot be read: {damage}")).unwrap_or_default();
            Ok(format!("opened {}: {} events{damage}", opened.name, count(opened.events)))
        });
    }

    /// The first time asks, the second does it.
    fn delete(self, name: String) {
        if self.doomed.with_untracked(|doomed| doomed.as_ref() != Some(&name)) {
            return self.doomed.set(Some(name));
        }
        let store = self.store;
        self.run(format!("Deleting {name}"), async move {
            recordings::delete(store, name.clone()).await?;
            Ok(format!("deleted {name} from the browser's storage"))
        });
    }
}

/// Writes what memory holds of the run that is shown into a file, and says how it went.
pub fn keep_run(store: Store) {
    console::spawn(store, async move {
        let said = keep(store).await?;
        console::note_to(store, Level::Info, said, None, Some(Tab::Snapshots));
        Ok(())
    });
}

async fn keep(store: Store) -> Result<String, String> {
    let saved = lines(&format!("[{}]", recordings::save(store).await?));
    let line = saved.into_iter().next().unwrap_or_default();
    Ok(format!("kept the run as {}: {} events, {}", line.name, count(line.events.unwrap_or(0)), line.size))
}

/// The card "Recordings in this browser".
#[component]
pub fn RecordingsCard() -> impl IntoView {
    let (store, recording) = (Store::expect(), Recording::expect());
    let shelf = Shelf { store, lines: RwSignal::new(None), busy: RwSignal::new(None), doomed: RwSignal::new(None) };
    frame_loop::every(LIST_MS, move |_| shelf.refresh());
    let has_run = Memo::new(move |_| {
        store.metrics.track();
        recording.log().figures().length > recording.log().run_start()
    });
    let tools = move || {
        view! {
            <span role="status">{shelf.busy}</span>
            <button
                type="button"
                class="button"
                title="Write what is kept of the newest run into the browser's storage, where it outlives the page"
                disabled=move || !has_run.get() || shelf.busy.with(Option::is_some)
                on:click=move |_| shelf.save()
            >
                "Keep this run"
            </button>
        }
    };
    let listed =
        move || shelf.lines.with(|lines| lines.as_ref().and_then(|lines| lines.clone().ok()).unwrap_or_default());
    let is_empty = Memo::new(move |_| shelf.lines.with(|lines| matches!(lines, Some(Ok(lines)) if lines.is_empty())));
    let refused = move || shelf.lines.with(|lines| lines.as_ref().and_then(|lines| lines.clone().err()));
    view! {
        <Card title="Recordings in this browser" class="recordings-card" scrolls=true figures=tools>
            {move || refused().map(|reason| view! { <p class="note bad" role="alert">{reason}</p> })}
            <Show when=move || is_empty.get()>
                <div class="empty">
                    <p>"Every event of a run, kept for another day, with time travel and all."</p>
                    <p class="dim">"Keep the run that is in memory, or choose “Keep as a file” under More before a start: then a run survives even a crash."</p>
                </div>
            </Show>
            <table class="table" class:hidden=move || listed().is_empty()>
                <thead>
                    <tr>
                        <th scope="col" title="When the run began">"Begun (UTC)"</th>
                        <th scope="col">"Run"</th>
                        <th class="number" scope="col" title="Time of the run at its newest event">"Length"</th>
                        <th scope="col">"Name"</th>
                        <th class="number" scope="col">"Size"</th>
                        <th><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody><For each=listed key=Clone::clone let(line)>{row(shelf, line)}</For></tbody>
            </table>
        </Card>
    }
}

fn row(shelf: Shelf, line: RecordingLine) -> impl IntoView {
    let name = StoredValue::new(line.name.clone());
    let is_busy = move || shelf.busy.with(Option::is_some);
    let is_doomed = move || shelf.doomed.with(|doomed| name.with_value(|name| doomed.as_ref() == Some(name)));
    let delete = move || if is_doomed() { "Really delete" } else { "Delete" };
    view! {
        <tr>
            <td class="mono">{line.begun}</td>
            <td>{line.run}</td>
            <td class="number">{line.length}</td>
            <td class="name-cell" title=line.name.clone()>{line.name.clone()}</td>
            <td class="number">{line.size}</td>
            <td class="row-tools">
                <button
                    type="button"
                    class="button"
                    aria-label=format!("Open {}", line.name)
                    title="Ends the run in progress and shows this one"
                    disabled=is_busy
                    on:click=move |_| shelf.open(name.get_value())
                >
                    "Open"
                </button>
                <button
                    type="button"
                    class="button"
                    class:bad=is_doomed
                    aria-label=move || format!("{} {}", delete(), name.get_value())
                    title="There is no way back: asks once more"
                    disabled=is_busy
                    on:click=move |_| shelf.delete(name.get_value())
                    on:blur=move |_| shelf.doomed.set(None)
                >
                    {delete}
                </button>
            </td>
        </tr>
    }
}
