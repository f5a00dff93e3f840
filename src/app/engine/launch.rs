//! The engine's launch, what it tells the page, and what the page tells it of the browser.

use super::console::note;
use super::rpc::call;
use crate::app::state::store::{Phase, Store};
use crate::platform::engine::{Engine, Listener};
use crate::platform::failure::StartError;
use crate::platform::memory;
use crate::session::command::Command;
use crate::telemetry::capabilities::Capabilities;
use crate::telemetry::notice::{Level, Notice};
use leptos::prelude::*;

/// The browser is asked this often what the page holds.
const MEMORY_EVERY_MS: u32 = 20_000;

struct ToStore(Store);

impl Listener for ToStore {
    fn notice(&self, notice: Notice) {
        note(self.0, notice.level, notice.text, Some(notice.time_us));
    }

    fn capabilities(&self, capabilities: Capabilities) {
        self.0.capabilities.set(capabilities);
    }

    fn failed(&self, error: StartError) {
        note(self.0, Level::Error, error.to_string(), None);
        self.0.running.set(false);
        self.0.phase.set(Phase::Failed(error));
    }

    fn alert(&self, text: Option<String>) {
        self.0.alert.set(text);
    }
}

/// Starts the engine and, once it is up, puts it into the store.
///
/// # Errors
/// Why there is no engine; the store's phase says it too.
pub async fn launch(store: Store) -> Result<(), StartError> {
    match Engine::launch(ToStore(store)).await {
        Ok(engine) => {
            store.capabilities.set(engine.capabilities());
            store.engine.0.set(Some(engine));
            store.phase.set(Phase::Ready);
            watch_browser_memory(store);
            if let Some(granted) = memory::granted_less() {
                let wanted = memory::WANTED;
                let text = format!(
                    "this browser grants {granted} of shared memory, not {wanted}: arena, recording and page share it"
                );
                note(store, Level::Warning, text, None);
            }
            Ok(())
        }
        Err(error) => {
            note(store, Level::Error, error.to_string(), None);
            store.phase.set(Phase::Failed(error.clone()));
            Err(error)
        }
    }
}

/// Starts a new engine where the one before stopped.
///
/// # Errors
/// Why there is none; the store's phase says it too.
pub async fn relaunch(store: Store) -> Result<(), String> {
    let Some(engine) = store.engine.0.get_untracked() else { return Err("the engine is not running".into()) };
    match engine.relaunch().await {
        Ok(()) => {
            store.capabilities.set(engine.capabilities());
            store.phase.set(Phase::Ready);
            note(store, Level::Info, "a new engine is ready", None);
            Ok(())
        }
        Err(error) => {
            store.phase.set(Phase::Failed(error.clone()));
            Err(error.to_string())
        }
    }
}

/// Asks the browser now and then what the page holds, and tells the engine.
/// Answers come seconds later, after a garbage collection, so it is rare; a
/// browser without the interface is asked once.
pub fn watch_browser_memory(store: Store) {
    leptos::task::spawn_local(async move {
        while let Some(bytes) = memory::measure().await {
            // An engine that stopped says so elsewhere.
            let _ = call(store, Command::NoteBrowserMemory { bytes: Some(bytes) }).await;
            gloo_timers::future::TimeoutFuture::new(MEMORY_EVERY_MS).await;
        }
    });
}
