//! Attaches pages, takes in what comes of them, and lets them go. A page that is loaded again
//! is attached again, as a run of its own.

use super::state::Connected;
use crate::app::engine::console;
use crate::app::frames::frame_loop::every;
use crate::app::runs::showing::{close, show};
use crate::app::runs::state::{OpenRun, Progress};
use crate::app::state::store::Store;
use crate::platform::attach::channel::{Announced, Announcements, News};
use crate::platform::attach::link::Link;
use crate::platform::attach::receiver::{Receiver, Told};
use crate::platform::attach::windows::{self, Greeting};
use crate::platform::failure::reason_of;
use crate::platform::runs::{RUNS_MAX, RunSlot};
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use js_sys::Uint8Array;
use leptos::prelude::*;

/// What is shown of an attached page is brought up to date so often where nothing comes.
const LOOK_MS: f64 = 500.0;
/// The name of what a probe records, for people.
const LABEL: &str = "Attached page";

/// Listens for pages, for as long as the page lives.
pub fn listen(store: Store) {
    let announcements = Announcements::listen(move |news| hear(store, news));
    if let Ok(announcements) = announcements {
        store.attach.announcements.set_value(Some(announcements));
    }
    windows::listen(move |greeting| greeted(store, &greeting));
    every(LOOK_MS, move |_| look(store));
}

/// Asks again which pages of this origin are there.
pub fn ask(store: Store) {
    store.attach.announcements.with_value(|announcements| announcements.iter().for_each(Announcements::ask));
}

/// A page came, or went.
pub(super) fn hear(store: Store, news: News) {
    match news {
        News::Hello(page) => {
            let is_again = was_attached(store, &page);
            store.attach.announced.update(|pages| match pages.iter_mut().find(|known| known.run == page.run) {
                Some(known) => *known = page.clone(),
                None => pages.push(page.clone()),
            });
            if is_again {
                console::spawn(store, async move { attach(store, &page) });
            }
        }
        News::Bye(run) => {
            store.attach.announced.update(|pages| pages.retain(|page| page.run != run));
            let slot = store.attach.links.with_value(|links| {
                links.iter().find(|(_, connected)| connected.link.run() == run).map(|(slot, _)| *slot)
            });
            if let Some(slot) = slot {
                gone(store, slot);
            }
        }
    }
}

/// Whether another load of that page was attached, and ended with it.
fn was_attached(store: Store, page: &Announced) -> bool {
    let is_new = store.attach.announced.with_untracked(|pages| pages.iter().all(|known| known.run != page.run));
    is_new && store.attach.known.with_value(|known| known.contains(&page.url)) && !store.attach.is_attached(&page.run)
}

/// Records a page from now on that announced itself.
///
/// # Errors
/// Where as many runs are open as can be, or the browser has no channels.
pub fn attach(store: Store, page: &Announced) -> Result<(), String> {
    if store.attach.is_attached(&page.run) {
        return Ok(());
    }
    let name = if page.title.is_empty() { page.url.clone() } else { page.title.clone() };
    let probe = store.attach.relayed.with_value(|relayed| relayed.get(&page.run).copied());
    let relay = store.attach.relay.with_value(Clone::clone).zip(probe);
    begin(store, &name, &page.url, |take| match relay {
        Some((relay, probe)) => Ok(Link::over_relay(&page.run, relay, probe, take)),
        None => Link::over_channel(&page.run, take).map_err(|error| reason_of(&error)),
    })
}

/// A window or frame that this page opened has a probe.
fn greeted(store: Store, greeting: &Greeting) {
    if store.attach.is_attached(&greeting.run) || store.attach.known.with_value(|known| known.contains(&greeting.run)) {
        return;
    }
    store.attach.known.update_value(|known| known.push(greeting.run.clone()));
    let name = store.attach.awaited.get_untracked().unwrap_or_else(|| greeting.origin.clone());
    store.attach.awaited.set(None);
    let begun = begin(store, &name, &greeting.origin, |take| {
        let port = greeting.accept().map_err(|error| reason_of(&error))?;
        Ok(Link::over_port(&greeting.run, port, take))
    });
    if let Err(reason) = begun {
        console::note(store, Level::Error, reason, None);
    }
}

/// A run for a page, and the link that `connect` makes of it.
fn begin(
    store: Store,
    name: &str,
    url: &str,
    connect: impl FnOnce(Box<dyn FnMut(Uint8Array)>) -> Result<Link, String>,
) -> Result<(), String> {
    let runs = store.runs;
    let slot = runs.vacant().ok_or_else(|| {
        format!("{name} was not attached: {} runs are open, which is the most; close one", RUNS_MAX - 1)
    })?;
    let receiver = receiver(store);
    receiver.begin(slot);
    let into = receiver.clone();
    let link = connect(Box::new(move |batch| into.take(slot, &batch)));
    let link =
        link.inspect_err(|_| receiver.end(slot)).map_err(|reason| format!("{name} was not attached: {reason}"))?;
    let connected = Connected { link, url: url.into(), received_bytes: 0, troubles: 0 };
    store.attach.links.update_value(|links| drop(links.insert(slot, connected)));
    runs.open.update(|open| {
        open.push(OpenRun { slot, name: name.into(), progress: Progress::Attached, regrouped: None });
    });
    show(store, slot);
    console::note(store, Level::Info, format!("attached {name}"), None);
    Ok(())
}

fn receiver(store: Store) -> Receiver {
    store.attach.receiver.update_value(|receiver| {
        receiver.get_or_insert_with(|| Receiver::new(move |told| take(store, told)));
    });
    store.attach.receiver.with_value(|receiver| receiver.clone().unwrap_or_else(|| Receiver::new(|_| {})))
}

/// What the worker says.
fn take(store: Store, told: Told) {
    match told {
        Told::Ready => {}
        Told::Taken { slot, bytes, trouble, is_last } => {
            let Some(slot) = RunSlot::from_number(slot) else { return };
            taken(store, slot, bytes, trouble);
            if is_last {
                gone(store, slot);
            }
        }
        Told::Failed { reason } => {
            let slots = store.attach.links.with_value(|links| links.keys().copied().collect::<Vec<_>>());
            for slot in slots {
                store.attach.links.update_value(|links| drop(links.remove(&slot)));
                store.runs.set_progress(slot, Progress::Whole(LABEL.into()));
            }
            let text = format!("the thread that records attached pages stopped: {reason}; what was received stays");
            console::note(store, Level::Error, text, None);
        }
    }
}

fn taken(store: Store, slot: RunSlot, bytes: u32, trouble: Option<String>) {
    let first_trouble = store.attach.links.try_update_value(|links| {
        let connected = links.get_mut(&slot)?;
        connected.received_bytes += u64::from(bytes);
        connected.link.taken(bytes);
        connected.troubles += u64::from(trouble.is_some());
        (connected.troubles == 1).then_some(trouble).flatten()
    });
    if let Some(reason) = first_trouble.flatten() {
        console::note(store, Level::Warning, format!("a part of what the page told was left out: {reason}"), None);
    }
}

/// What came is shown where nothing more comes.
fn look(store: Store) {
    let slots = store.attach.links.with_value(|links| links.keys().copied().collect::<Vec<_>>());
    if !slots.is_empty() {
        let receiver = receiver(store);
        slots.into_iter().for_each(|slot| receiver.look(slot));
    }
}

/// Lets the page go that is recorded into a slot; what was received of it stays. False where
/// none is.
pub fn stop(store: Store, slot: RunSlot) -> bool {
    let connected = store.attach.links.try_update_value(|links| links.remove(&slot)).flatten();
    let Some(connected) = connected else { return false };
    store.attach.known.update_value(|known| known.retain(|url| *url != connected.url));
    let text = format!("{} received of {}", Bytes::new(connected.received_bytes), connected.url);
    drop(connected);
    receiver(store).end(slot);
    store.runs.set_progress(slot, Progress::Whole(LABEL.into()));
    console::note(store, Level::Info, text, None);
    true
}

/// The page of a run went: it is attached again when it comes back. Both its farewell and
/// the end of its last batch say so, in either order, as they come by different ways.
fn gone(store: Store, slot: RunSlot) {
    let url = store.attach.links.with_value(|links| links.get(&slot).map(|connected| connected.url.clone()));
    if let Some(url) = url
        && stop(store, slot)
    {
        store.attach.known.update_value(|known| known.push(url));
        let text = "the attached page is gone: what was received stays; loaded again, it is attached again";
        console::note(store, Level::Warning, text, None);
    }
}

/// Lets a page go, and closes its run.
pub fn stop_and_close(store: Store, slot: RunSlot) {
    stop(store, slot);
    close(store, slot);
}
