//! Whether the threads turn: their heartbeats, looked at from the page.

use super::Inner;
use crate::platform::failure::Thread;
use crate::platform::{clock, shared};
use crate::telemetry::heartbeat::{Finding, Heartbeat, MUTATORS, Watch};
use crate::telemetry::notice::{Level, Notice};
use std::rc::Rc;

/// Whose heart is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// The engine's or the recorder's.
    Thread(Thread),
    /// That of the mutator with this number on the board.
    Mutator(u32),
}

impl Who {
    /// The name that figures and map show.
    fn name(self) -> String {
        match self {
            Self::Thread(thread) => thread.name().into(),
            Self::Mutator(number) => format!("mutator {}", number + 1),
        }
    }

    /// What it means for the run.
    const fn meaning(self) -> &'static str {
        match self {
            Self::Thread(_) => "what waits for it waits on",
            Self::Mutator(_) => "the run goes on without it until it is back",
        }
    }
}

impl Inner {
    /// Looks from now on whether engine, recorder and mutators turn, and says where one does
    /// not.
    pub(super) fn watch(this: &Rc<Self>) {
        let inner = Rc::clone(this);
        let hearts = &shared::shared().heartbeats;
        wasm_bindgen_futures::spawn_local(async move {
            let threads = [(Thread::Engine, &hearts.engine), (Thread::Recorder, &hearts.recorder)];
            let threads = threads.map(|(thread, heart)| (Who::Thread(thread), heart));
            let mutators = (0..MUTATORS as u32).zip(&hearts.mutators);
            let mutators = mutators.map(|(number, heart)| (Who::Mutator(number), heart));
            let mut watched: Vec<_> = threads
                .into_iter()
                .chain(mutators)
                .map(|(who, heart)| (who, heart, Watch::new(heart.count())))
                .collect();
            let mut looked = clock::now_ms();
            loop {
                gloo_timers::future::TimeoutFuture::new(Watch::LOOK_MS).await;
                let now = clock::now_ms();
                let elapsed_ms = (now - core::mem::replace(&mut looked, now)) as u32;
                for (who, heart, watch) in &mut watched {
                    inner.look(*who, heart, watch, elapsed_ms);
                }
            }
        });
    }

    /// Whether there is such a thread: one that stopped is told of already.
    fn is_there(&self, who: Who) -> bool {
        match who {
            Who::Thread(thread) => self.worker(thread).borrow().is_some(),
            Who::Mutator(number) => self.mutators.borrow().iter().any(|mutator| mutator.number == Some(number)),
        }
    }

    fn look(&self, who: Who, heart: &Heartbeat, watch: &mut Watch, elapsed_ms: u32) {
        if !self.is_there(who) {
            // Whoever takes the place later is another.
            *watch = Watch::new(heart.count());
            return;
        }
        let name = who.name();
        match watch.look(heart.count(), elapsed_ms, is_visible()) {
            Some(Finding::Silent { silent_ms }) => self.tell(format!(
                "the {name} has not answered for {:.1} s: it is busy or stuck, and {}",
                f64::from(silent_ms) / 1000.0,
                who.meaning()
            )),
            Some(Finding::Back { silent_ms }) => {
                let text = format!("the {name} answers again, after {:.1} s", f64::from(silent_ms) / 1000.0);
                self.listener.notice(Notice { time_us: 0, level: Level::Info, text });
                self.listener.alert(None);
            }
            None => {}
        }
    }
}

/// Whether a person can see the page: timers of hidden ones are held back.
fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| !document.hidden())
}
