//! A run as the query of an address, `?scenario=leak&seed=7`, and back.

use arenascope_session::config::{ArgumentError, RunConfig, integer};
use serde_json::Value;

/// The parameter that names the panel.
const TAB: &str = "tab";
/// The parameter that names a file to open, by its address; as often as there are files.
const OPEN: &str = "open";
/// The parameter that names a moment, µs since the run's start.
const AT: &str = "at_us";

/// The parameter that names a side of a comparison, twice.
const COMPARE: &str = "compare";
/// The parameter that names by what two runs are laid beside each other.
const ALIGN: &str = "align";

/// A year: no run is longer.
const MOMENT_MAX_US: u64 = 366 * 86_400 * 1_000_000;

/// What an address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The run; the default where the address says nothing usable.
    pub config: RunConfig,
    /// The panel's key, unchecked.
    pub tab: Option<String>,
    /// The moment, µs since the run's start.
    pub at_us: Option<u64>,
    /// Addresses of files to open, in the address's order, unchecked.
    pub open: Vec<String>,
    /// The two sides of a comparison, unchecked; fewer where the address has none.
    pub compare: Vec<String>,
    /// By what they are laid beside each other, unchecked.
    pub align: Option<String>,
    /// What could not be used, in the address's order.
    pub refused: Vec<ArgumentError>,
}

/// Reads decoded parameters. A parameter that cannot be used is refused alone:
/// the others count.
pub fn read(pairs: &[(String, String)]) -> Request {
    let mut request = Request {
        config: RunConfig::default(),
        tab: None,
        at_us: None,
        open: Vec::new(),
        compare: Vec::new(),
        align: None,
        refused: Vec::new(),
    };
    for (name, text) in pairs {
        if name == TAB {
            request.tab = Some(text.clone());
            continue;
        }
        if name == OPEN {
            request.open.push(text.clone());
            continue;
        }
        if name == COMPARE {
            request.compare.push(text.clone());
            continue;
        }
        if name == ALIGN {
            request.align = Some(text.clone());
            continue;
        }
        if name == AT {
            match integer(AT, &value_of(text), 0, MOMENT_MAX_US, 1) {
                Ok(time_us) => request.at_us = Some(time_us),
                Err(error) => request.refused.push(error),
            }
            continue;
        }
        let arguments = Value::Object([(name.clone(), value_of(text))].into_iter().collect());
        match request.config.with_arguments(&arguments) {
            Ok(config) => request.config = config,
            Err(error) => request.refused.push(error),
        }
    }
    request
}

/// The query of a run and a panel. Keys and numbers need no escapes.
pub fn write(config: &RunConfig, tab: &str) -> String {
    let pair = |name: &&str| format!("{name}={}", text_of(config, name));
    let run: Vec<String> = RunConfig::ARGUMENTS.iter().map(pair).collect();
    format!("?{}&{TAB}={tab}", run.join("&"))
}

/// What stands behind [`write()`] for files to open; `escaped` addresses.
pub fn write_open(escaped: &[String]) -> String {
    escaped.iter().map(|address| format!("&{OPEN}={address}")).collect()
}

/// What stands behind [`write()`] for a comparison; `escaped` sides.
pub fn write_compare(escaped: &[String; 2], align: &str) -> String {
    escaped.iter().map(|side| format!("&{COMPARE}={side}")).collect::<String>() + &format!("&{ALIGN}={align}")
}

/// As [`write()`], with a moment of the run.
pub fn write_moment(config: &RunConfig, tab: &str, time_us: u64) -> String {
    format!("{}&{AT}={time_us}", write(config, tab))
}

/// One argument of a run as text: a key as it is, others as in JSON. Empty
/// for an argument that does not exist.
pub fn text_of(config: &RunConfig, argument: &str) -> String {
    let value = serde_json::to_value(config).unwrap_or_default();
    match value.get(argument) {
        Some(Value::String(key)) => key.clone(),
        Some(number) => number.to_string(),
        None => String::new(),
    }
}

/// Text as the value of an argument: a number, or true or false, where it reads as
/// one, else a key.
pub fn value_of(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::Bytes;
    use arenascope_workload::scenario::ScenarioKind;

    fn pairs(query: &str) -> Vec<(String, String)> {
        let pairs = query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    #[test]
    fn a_link_reproduces_a_run() {
        let config = RunConfig {
            scenario: ScenarioKind::LevelStreaming,
            seed: 7,
            arena_bytes: Bytes::mib(64),
            speed: 0.25,
            guards: true,
            mutators: 3,
            ..RunConfig::default()
        };
        let query = write(&config, "arena");
        assert!(query.starts_with("?scenario=level-streaming&seed=7&policy="), "{query}");
        let request = read(&pairs(&query));
        let expected = Request {
            config: config.clone(),
            tab: Some("arena".into()),
            at_us: None,
            open: vec![],
            compare: vec![],
            align: None,
            refused: vec![],
        };
        assert_eq!(request, expected);
        let request = read(&pairs(&write_moment(&config, "arena", 12_345_678)));
        assert_eq!(request, Request { at_us: Some(12_345_678), ..expected.clone() });
        let sides = ["1@end", "2@event:7"].map(String::from);
        let request = read(&pairs(&(write(&config, "arena") + &write_compare(&sides, "frame"))));
        assert_eq!(request, Request { compare: sides.into(), align: Some("frame".into()), ..expected });
    }

    #[test]
    fn what_cannot_be_used_is_refused_alone() {
        let request = read(&pairs("scenario=chess&seed=9&sede=1&speed=99&at_us=soon"));
        assert_eq!(request.config, RunConfig { seed: 9, ..RunConfig::default() });
        let names: Vec<&str> = request.refused.iter().map(|error| error.argument.as_str()).collect();
        assert_eq!(names, ["scenario", "sede", "speed", "at_us"]);
    }

    #[test]
    fn text_and_back() {
        for (text, value) in
            [("7", Value::from(7)), ("0.5", Value::from(0.5)), ("leak", "leak".into()), ("", "".into())]
        {
            assert_eq!(value_of(text), value);
        }
        assert_eq!(value_of("null"), Value::from("null"));
        assert_eq!(text_of(&RunConfig::default(), "nothing"), "");
    }
}
