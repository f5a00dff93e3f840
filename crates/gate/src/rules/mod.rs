//! The rules of a file: TOML, one table for each rule.

mod amount;
mod document;
mod error;
mod filter;
mod measure;

pub use amount::{Amount, AmountError, Quantity};
pub use document::{KEYS, SCHEMA_VERSION};
pub use error::RulesError;
pub use filter::Filter;
pub(crate) use filter::matches;
pub use measure::{Each, Measure};

use std::str::FromStr;

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, for people.
    pub name: String,
    /// The line of the file where it begins, from 1.
    pub line: usize,
    /// What is measured.
    pub measure: Measure,
    /// Of whose memory.
    pub filter: Filter,
    /// Whether each owner, category or space is measured for itself.
    pub each: Option<Each>,
    /// The mark where a span begins; the run's start without one.
    pub from: Option<String>,
    /// The mark where it ends; the run's end without one.
    pub to: Option<String>,
    /// What is counted: bytes, objects or a share.
    pub quantity: Quantity,
    /// The most that it may be.
    pub at_most: Option<Amount>,
    /// The least that it may be.
    pub at_least: Option<Amount>,
    /// How much worse than the earlier runs it may be.
    pub worse_than_baseline: Option<Amount>,
}

impl Rule {
    /// True where it cannot be judged without earlier runs.
    pub const fn needs_baseline(&self) -> bool {
        self.worse_than_baseline.is_some()
    }
}

/// The rules of a file, in its order; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// One by one.
    pub rules: Vec<Rule>,
}

impl FromStr for Rules {
    type Err = RulesError;

    /// Reads the text of a rules file.
    ///
    /// ```
    /// use arenascope_gate::Rules;
    /// let rules: Rules = "version = 1\n[[rule]]\nmeasure = 'peak'\nat_most = '64 MiB'\n".parse().unwrap();
    /// assert_eq!(rules.rules[0].line, 2);
    /// let wrong = "version = 1\n[[rule]]\nmesure = 'peak'\n".parse::<Rules>().unwrap_err();
    /// assert_eq!(wrong.to_string(), "line 3: there is no key `mesure`; did you mean `measure`?");
    /// ```
    fn from_str(text: &str) -> Result<Self, RulesError> {
        document::read(text).map(|rules| Self { rules })
    }
}
