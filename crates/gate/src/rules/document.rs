//! The bridge between the file and the rules: which keys there are, and which go together.

use super::amount::{Amount, Quantity};
use super::error::{RulesError, nearest};
use super::filter::Filter;
use super::measure::{Each, Measure};
use super::rule::Rule;
use serde::Deserialize;
use toml::Spanned;

/// The version of the format that this program reads.
pub const SCHEMA_VERSION: u32 = 1;

/// Every key of a rule, in the order of the documentation.
pub const KEYS: [&str; 12] = [
    "name",
    "measure",
    "category",
    "space",
    "owner",
    "stack",
    "each",
    "from",
    "to",
    "at_most",
    "at_least",
    "worse_than_baseline_at_most",
];

const KEYS_OF_FILE: [&str; 2] = ["version", "rule"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: Spanned<u32>,
    #[serde(default)]
    rule: Vec<Spanned<RuleText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    name: Option<String>,
    measure: Spanned<String>,
    category: Option<String>,
    space: Option<String>,
    owner: Option<String>,
    stack: Option<String>,
    each: Option<Spanned<String>>,
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
    at_most: Option<Spanned<AmountText>>,
    at_least: Option<Spanned<AmountText>>,
    worse_than_baseline_at_most: Option<Spanned<AmountText>>,
}

/// `0` needs no unit, and so no quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum AmountText {
    Number(i64),
    Text(String),
}

/// The rules of a text.
pub(super) fn read(text: &str) -> Result<Vec<Rule>, RulesError> {
    let lines = Lines(text);
    let document: Document = toml::from_str(text).map_err(|error| lines.syntax(&error))?;
    let version = *document.version.get_ref();
    if version != SCHEMA_VERSION {
        return Err(RulesError::Version { line: lines.of(&document.version), version });
    }
    if document.rule.is_empty() {
        let why = "there is no rule: a [[rule]] with a measure and a bound is expected".into();
        return Err(RulesError::Contradiction { line: 1, why });
    }
    document.rule.iter().map(|rule| lines.rule(rule)).collect()
}

/// The text, to say lines of.
struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn at(&self, byte: usize) -> usize {
        1 + self.0.as_bytes()[..byte.min(self.0.len())].iter().filter(|byte| **byte == b'\n').count()
    }

    fn of<T>(&self, spanned: &Spanned<T>) -> usize {
        self.at(spanned.span().start)
    }

    fn syntax(&self, error: &toml::de::Error) -> RulesError {
        let line = self.at(error.span().map_or(0, |span| span.start));
        let message = error.message();
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        match unknown {
            Some(key) => {
                let known = KEYS.into_iter().chain(KEYS_OF_FILE);
                RulesError::UnknownKey { line, key: key.into(), nearest: nearest(key, known) }
            }
            None => RulesError::Syntax { line, message: message.trim().replace('\n', ", ") },
        }
    }

    fn rule(&self, spanned: &Spanned<RuleText>) -> Result<Rule, RulesError> {
        let (text, line) = (spanned.get_ref(), self.of(spanned));
        let measure = self.word(&text.measure, "measure", Measure::keys())?;
        let each = text.each.as_ref().map(|each| self.word(each, "word for `each`", Each::keys())).transpose()?;
        let at_most = self.amount(&text.at_most)?;
        let at_least = self.amount(&text.at_least)?;
        let worse_than_baseline = self.amount(&text.worse_than_baseline_at_most)?;
        let said = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.get_ref().clone());
        let mut rule = Rule {
            name: text.name.clone().unwrap_or_default(),
            line,
            measure,
            filter: Filter {
                category: text.category.clone(),
                space: text.space.clone(),
                owner: text.owner.clone(),
                stack: text.stack.clone(),
            },
            each,
            from: said(&text.from),
            to: said(&text.to),
            quantity: measure.quantities()[0],
            at_most,
            at_least,
            worse_than_baseline,
        };
        rule.quantity = quantity_of(&rule)?;
        consistent(&rule)?;
        if rule.name.is_empty() {
            rule.name = default_name(&rule);
        }
        Ok(rule)
    }

    fn word<T: std::str::FromStr>(
        &self,
        word: &Spanned<String>,
        what: &'static str,
        known: impl Iterator<Item = &'static str> + Clone,
    ) -> Result<T, RulesError> {
        word.get_ref().parse().map_err(|_| RulesError::UnknownWord {
            line: self.of(word),
            what,
            word: word.get_ref().clone(),
            nearest: nearest(word.get_ref(), known.clone()),
            known: known.collect::<Vec<_>>().join(", "),
        })
    }

    fn amount(&self, text: &Option<Spanned<AmountText>>) -> Result<Option<Amount>, RulesError> {
        let Some(spanned) = text else { return Ok(None) };
        let text = match spanned.get_ref() {
            AmountText::Number(number) => number.to_string(),
            AmountText::Text(text) => text.clone(),
        };
        Amount::parse(&text).map(Some).map_err(|error| RulesError::Amount { line: self.of(spanned), error })
    }
}

/// The one quantity that all bounds of a rule are of. A share of the earlier runs' value is
/// a bound of any.
fn quantity_of(rule: &Rule) -> Result<Quantity, RulesError> {
    let known = rule.measure.quantities();
    let relative = rule.worse_than_baseline.and_then(Amount::quantity).filter(|quantity| *quantity != Quantity::Share);
    let absolute = [rule.at_most, rule.at_least].map(|bound| bound.and_then(Amount::quantity));
    let mut quantities = absolute.into_iter().chain([relative]).flatten();
    let quantity = quantities.next().unwrap_or(known[0]);
    if let Some(other) = quantities.find(|other| *other != quantity) {
        let (one, other): (&str, &str) = (quantity.into(), other.into());
        return Err(contradiction(rule, format!("one bound is of {one}, another of {other}")));
    }
    if !known.contains(&quantity) {
        let (quantity, first): (&str, &str) = (quantity.into(), known[0].into());
        let why = format!("`{}` is counted in {first}, and the bound is of {quantity}", rule.measure.key());
        return Err(contradiction(rule, why));
    }
    Ok(quantity)
}

fn contradiction(rule: &Rule, why: String) -> RulesError {
    RulesError::Contradiction { line: rule.line, why }
}

fn consistent(rule: &Rule) -> Result<(), RulesError> {
    let key = rule.measure.key();
    let has_bound = rule.at_most.is_some() || rule.at_least.is_some() || rule.worse_than_baseline.is_some();
    let is_of_spaces = rule.measure == Measure::Fragmentation;
    let only_space = rule.filter.category.is_none() && rule.filter.owner.is_none() && rule.filter.stack.is_none();
    let why = if !has_bound {
        "the rule has no bound: at_most, at_least or worse_than_baseline_at_most".to_string()
    } else if (rule.from.is_some() && !matches!(rule.measure, Measure::Growth | Measure::Leaks))
        || (rule.to.is_some() && rule.measure != Measure::Growth)
    {
        format!("`{key}` is of the whole run: `from` belongs to growth and leaks, `to` to growth")
    } else if rule.measure == Measure::Leaks && rule.from.is_none() {
        "`leaks` needs `from`, the mark after which nothing may be kept; for all that is left use `end`".into()
    } else if rule.measure == Measure::Growth && rule.from.is_none() && rule.to.is_none() {
        "`growth` needs `from` or `to`, the marks between which memory may not grow".into()
    } else if is_of_spaces && !only_space {
        "`fragmentation` is of address spaces: only `space` chooses".into()
    } else if !is_of_spaces && !rule.measure.is_of_owners() && !rule.filter.is_all() {
        format!("`{key}` is of the whole run: nothing chooses")
    } else if rule.each.is_some() && (!rule.measure.is_of_owners() || rule.measure == Measure::Failures) {
        format!("`each` does not go with `{key}`")
    } else {
        return Ok(());
    };
    Err(contradiction(rule, why))
}

fn default_name(rule: &Rule) -> String {
    let each = rule.each.map_or(String::new(), |each| format!("each {} of ", each.key()));
    match (rule.measure.is_of_owners() || !rule.filter.is_all(), each.is_empty() && rule.filter.is_all()) {
        (true, false) => format!("{} of {each}{}", rule.measure.label(), rule.filter.label()),
        _ => rule.measure.label().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rules;

    fn error(rule: &str) -> String {
        format!("version = 1\n\n[[rule]]\n{rule}").parse::<Rules>().unwrap_err().to_string()
    }

    #[test]
    fn every_mistake_has_its_line_and_what_would_be_right() {
        for (rule, expected) in [
            (
                "measure = 'peek'\nat_most = '1 MiB'",
                "line 4: `peek` is no measure; did you mean `peak`?; there are peak",
            ),
            ("measure = 'peak'\natmost = '1 MiB'", "line 5: there is no key `atmost`; did you mean `at_most`?"),
            ("measure = 'peak'\nat_most = '1 MB'", "line 5: `MB` is no unit; did you mean `MiB`?"),
            ("measure = 'peak'\nat_most = 5", "line 5: `5` has no unit"),
            ("measure = 'peak'", "line 3: the rule has no bound"),
            ("measure = 'peak'\nat_most = '5 %'", "line 3: `peak` is counted in bytes, and the bound is of share"),
            ("measure = 'end'\nat_most = '5 B'\nat_least = '1 object'", "line 3: one bound is of bytes"),
            ("measure = 'leaks'\nat_most = 0", "line 3: `leaks` needs `from`"),
            ("measure = 'growth'\nat_most = 0", "line 3: `growth` needs `from` or `to`"),
            ("measure = 'peak'\nfrom = 'a'\nat_most = 0", "line 3: `peak` is of the whole run"),
            ("measure = 'events_lost'\nowner = 'a'\nat_most = 0", "line 3: `events_lost` is of the whole run"),
            ("measure = 'fragmentation'\nowner = 'a'\nat_most = '5 %'", "line 3: `fragmentation` is of address spaces"),
            ("measure = 'failures'\neach = 'owner'\nat_most = 0", "line 3: `each` does not go with `failures`"),
            (
                "measure = 'end'\neach = 'owners'\nat_most = 0",
                "line 5: `owners` is no word for `each`; did you mean `owner`?",
            ),
            ("measure = 'peak'\nat_most = [1]", "line 5: "),
            ("measure = ", "line 4: "),
        ] {
            let found = error(rule);
            assert!(found.starts_with(expected), "{rule}: {found}");
        }
        assert!("version = 2".parse::<Rules>().unwrap_err().to_string().starts_with("line 1: version 2 is not known"));
        assert!("version = 1".parse::<Rules>().unwrap_err().to_string().starts_with("line 1: there is no rule"));
    }

    #[test]
    fn a_rule_without_a_name_is_called_what_it_is() {
        let rules: Rules = "version = 1\n[[rule]]\nmeasure = 'growth'\nfrom = 'warm'\neach = 'owner'\nat_most = 0\n\
                            [[rule]]\nmeasure = 'events_lost'\nat_most = 0"
            .parse()
            .unwrap();
        let names: Vec<_> = rules.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["growth of each owner of all memory", "events lost"]);
    }
}
