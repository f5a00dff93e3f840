//! A report in words: for people, machines and the pages of other programs.

mod github;
mod json;
mod junit;
mod markdown;
mod sentence;
mod text;

pub use sentence::Sentence;

use crate::judge::Report;
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

/// What a report is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumCount, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// For people at a terminal.
    #[default]
    Text,
    /// Everything, for scripts.
    Json,
    /// JUnit XML, which every CI reads.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// For a comment or a job's summary.
    Markdown,
}

impl Format {
    /// Its name on the command line.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// Every name on the command line.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        Self::VARIANTS.iter().map(|format| format.key())
    }

    /// The report as this, with a line end. `rules` is the file of the rules, which
    /// annotations point to.
    pub fn write(self, report: &Report, rules: &str) -> String {
        match self {
            Self::Text => text::written(report),
            Self::Json => json::written(report),
            Self::Junit => junit::written(report),
            Self::Github => github::written(report, rules),
            Self::Markdown => markdown::written(report),
        }
    }
}

#[cfg(test)]
mod tests;
