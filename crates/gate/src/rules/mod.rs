//! The rules of a file: TOML, one table for each rule.

mod amount;
mod document;
mod error;
mod filter;
mod measure;
mod rule;

pub use amount::{Amount, AmountError, Quantity};
pub use document::{KEYS, SCHEMA_VERSION};
pub use error::RulesError;
pub use filter::Filter;
pub(crate) use filter::matches;
pub use measure::{Each, Measure};
pub use rule::Rule;

use std::str::FromStr;

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
