//! What a recording can be written as.

use arenascope::formats::export::Target;

/// What is written: another tool's format, or our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Our own recording, with everything.
    Own,
    /// Another tool's.
    Other(Target),
}

impl Goal {
    /// Every key, in the order of the help.
    pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
        [OWN_KEY].into_iter().chain(Target::ALL.map(Target::key))
    }

    /// The goal of that key.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        if key == OWN_KEY { Some(Self::Own) } else { Target::of_key(key).map(Self::Other) }
    }

    /// The end of a file's name, without the first dot.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Own => "arenascope",
            Self::Other(target) => target.extension(),
        }
    }
}

const OWN_KEY: &str = "arenascope";
