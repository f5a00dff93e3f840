//! Pages of any origin, by the relay of the `arenascope serve` that served this page. The address
//! that it prints ends with the relay's token.

use super::connecting;
use super::state::RelayState;
use crate::app::browser::storage;
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::platform::attach::channel::News;
use crate::platform::attach::relay::{Relay, RelayNews};
use crate::platform::failure::reason_of;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use leptos::prelude::*;

const FRAGMENT: &str = "#relay=";
/// Under this name the tab remembers the token, for when it is loaded again.
const TOKEN: &str = "relay";
/// Hexadecimal digits of a token.
const TOKEN_DIGITS: usize = 32;

/// Connects to the relay that the address names, if it names one.
pub fn listen(store: Store) {
    let Some(token) = token(store) else { return };
    let address = address(&token);
    match Relay::connect(&format!("{address}&as=profiler"), move |news| hear(store, news)) {
        Ok(relay) => {
            storage::remember_in_tab(TOKEN, &token);
            store.attach.relay.set_value(Some(relay));
            store.attach.relay_state.set(RelayState::Connecting { address });
        }
        Err(error) => console::note(store, Level::Error, format!("the relay: {}", reason_of(&error)), None),
    }
}

/// The token of the address bar, or the one of this tab before it was loaded again.
fn token(store: Store) -> Option<String> {
    let hash = window().location().hash().unwrap_or_default();
    let Some(token) = hash.strip_prefix(FRAGMENT) else { return storage::recall_of_tab(TOKEN) };
    let is_token = token.len() == TOKEN_DIGITS && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_token {
        let text =
            "address: `#relay=` is followed by no token of a relay: open the address that `arenascope serve` printed";
        console::note(store, Level::Warning, text, None);
    }
    is_token.then(|| token.to_owned())
}

/// Where probes of other pages connect to.
fn address(token: &str) -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/relay?token={token}", location.host().unwrap_or_default())
}

fn hear(store: Store, news: RelayNews) {
    match news {
        RelayNews::Open => store.attach.relay_state.update(RelayState::open),
        RelayNews::Hello(probe, page) => {
            store.attach.relayed.update_value(|relayed| {
                relayed.insert(page.run.clone(), probe);
            });
            connecting::hear(store, News::Hello(page));
        }
        RelayNews::Bye(probe) => bye(store, probe),
        RelayNews::Lost { probe, batches, bytes } => {
            let bytes = Bytes::new(bytes);
            let text = format!(
                "{bytes} in {batches} batches of {} found no room in the relay: its events count as lost",
                name_of(store, probe)
            );
            console::note(store, Level::Warning, text, None);
        }
        RelayNews::Replaced => end(store, "another tab took this one's place at the relay of `arenascope serve`"),
        RelayNews::Closed => {
            storage::forget_of_tab(TOKEN);
            end(store, "the relay of `arenascope serve` is gone: start it again, and open the address that it prints");
        }
    }
}

/// The run of a connection, as long as it is there.
fn run_of(store: Store, probe: u32) -> Option<String> {
    store
        .attach
        .relayed
        .with_value(|relayed| relayed.iter().find(|(_, connection)| **connection == probe).map(|(run, _)| run.clone()))
}

fn name_of(store: Store, probe: u32) -> String {
    let run = run_of(store, probe);
    let url = store
        .attach
        .announced
        .with_untracked(|pages| pages.iter().find(|page| Some(&page.run) == run.as_ref()).map(|page| page.url.clone()));
    url.unwrap_or_else(|| format!("page {probe}"))
}

fn bye(store: Store, probe: u32) {
    if let Some(run) = run_of(store, probe) {
        store.attach.relayed.update_value(|relayed| {
            relayed.remove(&run);
        });
        connecting::hear(store, News::Bye(run));
    }
}

/// Nothing comes through the relay any more; what was received stays.
fn end(store: Store, why: &'static str) {
    if store.attach.relay_state.with_untracked(|state| *state == RelayState::None) {
        return;
    }
    store.attach.relay_state.set(RelayState::None);
    let probes = store.attach.relayed.with_value(|relayed| relayed.values().copied().collect::<Vec<_>>());
    probes.into_iter().for_each(|probe| bye(store, probe));
    // Dropped once it no longer calls this.
    console::spawn(store, async move {
        store.attach.relay.set_value(None);
        Ok(())
    });
    console::note(store, Level::Warning, why, None);
}
