//! What is wrong with a rules file, and where.

use super::amount::AmountError;
use thiserror::Error;

/// Why a text is no rules file. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RulesError {
    /// It is no TOML, or a value is of another type.
    #[error("line {line}: {message}")]
    Syntax {
        /// Where.
        line: usize,
        /// What the reader of TOML says.
        message: String,
    },
    /// Such a key there is not.
    #[error("line {line}: there is no key `{key}`{}", suggestion(.nearest))]
    UnknownKey {
        /// Where.
        line: usize,
        /// The key as it was written.
        key: String,
        /// The likeliest that there is.
        nearest: Option<&'static str>,
    },
    /// Such a word there is not.
    #[error("line {line}: `{word}` is no {what}{}; there are {known}", suggestion(.nearest))]
    UnknownWord {
        /// Where.
        line: usize,
        /// What it was to be: a measure, `each`.
        what: &'static str,
        /// The word as it was written.
        word: String,
        /// The likeliest that there is.
        nearest: Option<&'static str>,
        /// All of them.
        known: String,
    },
    /// An amount that cannot be read.
    #[error("line {line}: {error}")]
    Amount {
        /// Where.
        line: usize,
        /// Why.
        #[source]
        error: AmountError,
    },
    /// Parts of a rule that do not go together.
    #[error("line {line}: {why}")]
    Contradiction {
        /// Where the rule begins, or the key.
        line: usize,
        /// What does not go together.
        why: String,
    },
    /// A version of the format that this program does not know.
    #[error("line {line}: version {version} is not known; this program knows version 1")]
    Version {
        /// Where.
        line: usize,
        /// The file's.
        version: u32,
    },
}

fn suggestion(nearest: &Option<&'static str>) -> String {
    nearest.map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"))
}

/// The word of `known` that is nearest to `word`, where one is near: by the distance of
/// Jaro and Winkler, at least 0.7 alike.
pub(super) fn nearest(word: &str, known: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    let scored = known.into_iter().map(|other| (strsim::jaro_winkler(word, other), other));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(alike, _)| *alike >= 0.7).map(|(_, other)| other)
}
