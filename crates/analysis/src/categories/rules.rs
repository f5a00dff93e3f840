//! Rules that say which category an allocation is of, as text: one rule a line, the first
//! that holds wins.
//!
//! ```text
//! # what no rule is about keeps the category that the file gives it
//! stack contains conv2d and size > 1 MiB => Large convolutions
//! category is Stream 7 => Communication
//! space contains "device 1" => Second device
//! ```

use crate::numbers::quantity_range::{self, Quantity};
use arenascope_trace::CATEGORIES_MAX;
use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;
use thiserror::Error;

/// Most rules at once: more than categories would tell apart by far, and few enough that
/// each allocation is held against all.
pub const RULES_MAX: usize = 256;

/// What has to hold of an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A frame of its call stack has the text in its function or file, in any case.
    StackContains(Box<str>),
    /// The category that the file gives it has the text in its name, in any case.
    CategoryContains(Box<str>),
    /// That category has exactly this name.
    CategoryIs(Box<str>),
    /// Its address space has the text in its name, in any case.
    SpaceContains(Box<str>),
    /// Its address space has exactly this name.
    SpaceIs(Box<str>),
    /// It has so many bytes.
    Size(RangeInclusive<u64>),
}

/// A line: where all conditions hold, that category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// At least one.
    pub conditions: Vec<Condition>,
    /// The name of the category, for people.
    pub category: Box<str>,
}

/// Rules in order of precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct RulesError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub problem: Problem,
}

/// What a line can be refused for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// It names no category.
    #[error("no `=> category` at its end: for example `stack contains conv2d => Convolutions`")]
    NoCategory,
    /// A part of it is no condition.
    #[error("\"{text}\" is no condition: `stack contains …`, `category is …`, `space contains …` or `size > 1 MiB`")]
    NoCondition {
        /// The part.
        text: String,
    },
    /// A size that is none.
    #[error("{reason}")]
    Size {
        /// Why.
        reason: String,
    },
    /// There is nothing between quotes, or a quote is not closed.
    #[error("\"{text}\" is no text to look for")]
    NoText {
        /// What stands there.
        text: String,
    },
    /// Its category is one too many.
    #[error("\"{category}\" is one category too many: {CATEGORIES_MAX} are the most, one of them for the rest")]
    TooManyCategories {
        /// Which.
        category: Box<str>,
    },
    /// There are too many rules.
    #[error("more than {RULES_MAX} rules")]
    TooManyRules,
}

impl Rules {
    /// The rules in order of precedence.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.0.iter()
    }

    /// True where nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names of the categories, each once, in order.
    pub fn categories(&self) -> Vec<&str> {
        let mut categories: Vec<&str> = Vec::new();
        for rule in &self.0 {
            if !categories.contains(&&*rule.category) {
                categories.push(&rule.category);
            }
        }
        categories
    }

    fn add(&mut self, rule: Rule) -> Result<(), Problem> {
        if self.0.len() == RULES_MAX {
            return Err(Problem::TooManyRules);
        }
        let categories = self.categories();
        if categories.len() == CATEGORIES_MAX - 1 && !categories.contains(&&*rule.category) {
            return Err(Problem::TooManyCategories { category: rule.category });
        }
        self.0.push(rule);
        Ok(())
    }
}

impl FromStr for Rules {
    type Err = RulesError;

    /// Reads rules, one a line; empty lines and what follows a `#` at a line's begin say
    /// nothing.
    fn from_str(text: &str) -> Result<Self, RulesError> {
        let mut rules = Self::default();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let added = text.parse().and_then(|rule| rules.add(rule));
                added.map_err(|problem| RulesError { line, problem })?;
            }
        }
        Ok(rules)
    }
}

impl FromStr for Rule {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let (conditions, category) = split_unquoted(text, "=>").ok_or(Problem::NoCategory)?;
        let category = unquoted(category).map_err(|_| Problem::NoCategory)?;
        let (mut rest, mut parsed) = (conditions, Vec::new());
        while let Some((condition, others)) = split_unquoted(rest, " and ") {
            parsed.push(condition.parse()?);
            rest = others;
        }
        parsed.push(rest.parse()?);
        Ok(Self { conditions: parsed, category })
    }
}

impl FromStr for Condition {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let no_condition = || Problem::NoCondition { text: text.into() };
        let (subject, rest) = text.split_once(char::is_whitespace).ok_or_else(no_condition)?;
        if subject == "size" {
            return size(rest);
        }
        let (verb, what) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(no_condition)?;
        let make: fn(Box<str>) -> Self = match (subject, verb) {
            ("stack", "contains") => Self::StackContains,
            ("category", "contains") => Self::CategoryContains,
            ("category", "is") => Self::CategoryIs,
            ("space", "contains") => Self::SpaceContains,
            ("space", "is") => Self::SpaceIs,
            _ => return Err(no_condition()),
        };
        unquoted(what).map(make)
    }
}

fn size(text: &str) -> Result<Condition, Problem> {
    match quantity_range::parse(text, Quantity::Bytes) {
        Ok(Some(range)) => Ok(Condition::Size(range)),
        Ok(None) => Err(Problem::NoText { text: text.into() }),
        Err(reason) => Err(Problem::Size { reason }),
    }
}

/// What is before and after the first separator that is not in quotes.
fn split_unquoted<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    let mut is_quoted = false;
    text.char_indices().find_map(|(at, letter)| {
        is_quoted ^= letter == '"';
        let is_here = !is_quoted && text[at..].starts_with(separator);
        is_here.then(|| (&text[..at], &text[at + separator.len()..]))
    })
}

/// A text without the quotes around it.
fn unquoted(text: &str) -> Result<Box<str>, Problem> {
    let text = text.trim();
    let inner = text.strip_prefix('"').map_or(Some(text), |rest| rest.strip_suffix('"'));
    inner
        .filter(|inner| !inner.is_empty() && !inner.contains('"'))
        .map(Into::into)
        .ok_or_else(|| Problem::NoText { text: text.into() })
}

impl fmt::Display for Rules {
    /// As [`FromStr`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|rule| writeln!(f, "{rule}"))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, condition) in self.conditions.iter().enumerate() {
            write!(f, "{}{condition}", if position > 0 { " and " } else { "" })?;
        }
        write!(f, " => {}", Quoted(&self.category))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StackContains(text) => write!(f, "stack contains {}", Quoted(text)),
            Self::CategoryContains(text) => write!(f, "category contains {}", Quoted(text)),
            Self::CategoryIs(text) => write!(f, "category is {}", Quoted(text)),
            Self::SpaceContains(text) => write!(f, "space contains {}", Quoted(text)),
            Self::SpaceIs(text) => write!(f, "space is {}", Quoted(text)),
            Self::Size(range) => write!(f, "size {}", quantity_range::text(range, Quantity::Bytes)),
        }
    }
}

/// A text with quotes where it would be read as something else without.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        let is_plain = text.trim() == text && !text.contains("=>") && !text.contains(" and ");
        if is_plain { f.write_str(text) } else { write!(f, "\"{text}\"") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules_are_read_line_by_line() {
        let rules: Rules = "# comment\n\nstack contains conv2d and size > 1 MiB => Large convolutions\n\
            category is Stream 7 => \"This => that\"\nspace contains \" and \" => Large convolutions"
            .parse()
            .unwrap();
        let texts: Vec<_> = rules.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "stack contains conv2d and size >= 1048577 B => Large convolutions",
                "category is Stream 7 => \"This => that\"",
                "space contains \" and \" => Large convolutions",
            ]
        );
        assert_eq!(rules.categories(), ["Large convolutions", "This => that"]);
    }

    #[test]
    fn a_line_that_means_nothing_is_named() {
        let of = |text: &str| text.parse::<Rules>().unwrap_err().to_string();
        assert_eq!(of("\nstack contains x"), format!("line 2: {}", Problem::NoCategory));
        assert_eq!(of("stack contains x =>"), format!("line 1: {}", Problem::NoCategory));
        assert!(of("heap contains x => A").starts_with("line 1: \"heap contains x\" is no condition"));
        assert!(of("stack is x => A").contains("is no condition"));
        assert!(of("stack contains \"x => A").contains("=> category"));
        assert!(of("stack contains \"\" => A").contains("is no text to look for"));
        assert!(of("size big => A").contains("is no range"), "{}", of("size big => A"));
        assert!(of("size > 1 XB => A").starts_with("line 1: "));
        let many: String = (0..16).map(|number| format!("size {number} => C{number}\n")).collect();
        assert!(of(&many).starts_with("line 16: \"C15\" is one category too many"));
        let long = "size 1 => A\n".repeat(RULES_MAX + 1);
        assert_eq!(of(&long), format!("line {}: more than {RULES_MAX} rules", RULES_MAX + 1));
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let text = || "[a-zA-Z0-9_:<>(),. ]{0,12}[a-z]( and | => )?[a-z]".prop_map(Box::<str>::from);
        prop_oneof![
            text().prop_map(Condition::StackContains),
            text().prop_map(Condition::CategoryContains),
            text().prop_map(Condition::CategoryIs),
            text().prop_map(Condition::SpaceContains),
            text().prop_map(Condition::SpaceIs),
            (any::<u32>(), any::<u32>()).prop_map(|(a, b)| Condition::Size(u64::from(a.min(b))..=u64::from(a.max(b)))),
            any::<u32>().prop_map(|from| Condition::Size(u64::from(from)..=u64::MAX)),
        ]
    }

    proptest! {
        #[test]
        fn rules_are_read_back_as_they_are_written(
            conditions in prop::collection::vec(condition(), 1..4),
            category in "[A-Z][a-z =>]{0,8}[a-z]",
        ) {
            let rules = Rules(vec![Rule { conditions, category: category.into() }]);
            prop_assert_eq!(rules.to_string().parse::<Rules>(), Ok(rules));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = text.parse::<Rules>();
        }
    }
}
