//! Why the engine did not start, or stopped: each with its cause and its fix.

use core::fmt;
use wasm_bindgen::{JsCast, JsValue};

/// Why there is no engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The page may not share memory between threads.
    NotIsolated,
    /// The browser has no WebAssembly threads.
    NoThreads,
    /// A worker did not start.
    Worker {
        /// What the browser said, in its words.
        reason: String,
    },
    /// The worker started but did not report in time.
    Silent {
        /// How long it was waited for.
        waited_ms: u32,
    },
    /// The engine worker stopped in mid-run.
    Stopped {
        /// What it said last.
        reason: String,
    },
}

impl StartError {
    /// What happened, in one line.
    pub fn title(&self) -> &'static str {
        match self {
            Self::NotIsolated => "This page is not cross-origin isolated",
            Self::NoThreads => "This browser has no WebAssembly threads",
            Self::Worker { .. } => "The engine worker did not start",
            Self::Silent { .. } => "The engine worker does not answer",
            Self::Stopped { .. } => "The engine worker stopped",
        }
    }

    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::NotIsolated => {
                "Serve the page with the two headers `Cross-Origin-Opener-Policy: same-origin` and \
                 `Cross-Origin-Embedder-Policy: require-corp` over https or from localhost. `make serve` and \
                 `trunk serve` send them; `dist/_headers` names them for static hosts."
            }
            Self::NoThreads => {
                "Use a current Chromium, Firefox or Safari; WebAssembly threads came with Chrome 74, Firefox 79 and \
                 Safari 14.1."
            }
            Self::Worker { .. } => {
                "Reload the page. If it happens again, look for blocked requests in the browser's network panel: a \
                 content policy or an extension may forbid module workers."
            }
            Self::Silent { .. } => "Reload the page. A busy machine may need longer than usual for the first start.",
            Self::Stopped { .. } => {
                "The figures below are the last ones it published, and the recording can still be looked at. A new \
                 engine begins a run of its own with an empty arena; the memory of the old one stays taken until the \
                 page is reloaded."
            }
        }
    }
}

/// A thread of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    /// Runs the scenario.
    Engine,
    /// Keeps the recording.
    Recorder,
}

impl Thread {
    /// The name that people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Recorder => "recorder",
        }
    }
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// Its thread stopped, before or after it was asked.
    Stopped {
        /// Which thread ended.
        thread: Thread,
        /// What it said last, or what the browser says.
        reason: String,
    },
    /// It answered that it cannot, in words for people.
    Refused {
        /// What it said last.
        reason: String,
    },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped { thread, reason } => write!(f, "the {} has stopped: {reason}", thread.name()),
            Self::Refused { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for CallError {}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title())?;
        match self {
            Self::NotIsolated | Self::NoThreads => Ok(()),
            Self::Worker { reason } | Self::Stopped { reason } => write!(f, ": {reason}"),
            Self::Silent { waited_ms } => write!(f, ": nothing heard for {waited_ms} ms"),
        }
    }
}

impl std::error::Error for StartError {}

/// The text of a JavaScript exception.
pub fn reason_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
