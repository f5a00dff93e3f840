//! A run as the query of an address, `?scenario=leak&seed=7`, and back.

use crate::session::config::{ArgumentError, RunConfig};
use serde_json::Value;

/// The parameter that names the panel.
const TAB: &str = "tab";

/// What an address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The run; the default where the address says nothing usable.
    pub config: RunConfig,
    /// The panel's key, unchecked.
    pub tab: Option<String>,
    /// What could not be used, in the address's order.
    pub refused: Vec<ArgumentError>,
}

/// Reads decoded parameters. A parameter that cannot be used is refused alone:
/// the others count.
pub fn read(pairs: &[(String, String)]) -> Request {
    let mut request = Request { config: RunConfig::default(), tab: None, refused: Vec::new() };
    for (name, text) in pairs {
        if name == TAB {
            request.tab = Some(text.clone());
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
    use crate::units::Bytes;
    use crate::workload::scenario::ScenarioKind;

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
        assert_eq!(request, Request { config, tab: Some("arena".into()), refused: vec![] });
    }

    #[test]
    fn what_cannot_be_used_is_refused_alone() {
        let request = read(&pairs("scenario=chess&seed=9&sede=1&speed=99"));
        assert_eq!(request.config, RunConfig { seed: 9, ..RunConfig::default() });
        let names: Vec<&str> = request.refused.iter().map(|error| error.argument.as_str()).collect();
        assert_eq!(names, ["scenario", "sede", "speed"]);
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
