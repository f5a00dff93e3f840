//! The JSON Schema of rules files says what the reader of them does.

use arenascope_gate::{Each, KEYS, Measure, Rules, SCHEMA_VERSION};
use serde_json::Value;
use std::collections::BTreeSet;

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/memory-rules.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn keys_and_words_are_those_of_the_reader() {
    let schema = schema();
    let properties = &schema["$defs"]["rule"]["properties"];
    let keys: BTreeSet<_> = properties.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, KEYS.into_iter().collect());
    assert_eq!(words(&properties["measure"]["enum"]), Measure::keys().collect::<Vec<_>>());
    assert_eq!(words(&properties["each"]["enum"]), Each::keys().collect::<Vec<_>>());
    assert_eq!(schema["properties"]["version"]["const"], SCHEMA_VERSION);
}

#[test]
fn schema_and_reader_agree_on_files() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (rule, is_right) in [
        ("measure = 'peak'\nat_most = '64 MiB'", true),
        ("measure = 'peak'\nat_most = '1.5KiB'\nowner = 'a*'\nname = 'b'", true),
        ("measure = 'failures'\nat_most = 0", true),
        ("measure = 'leaks'\nfrom = 'a'\neach = 'owner'\nat_most = '3 objects'", true),
        ("measure = 'end'\nworse_than_baseline_at_most = '5 %'", true),
        ("measure = 'peak'", false),
        ("at_most = 0", false),
        ("measure = 'peek'\nat_most = 0", false),
        ("measure = 'peak'\natmost = 0", false),
        ("measure = 'peak'\nat_most = '64 MB'", false),
        ("measure = 'peak'\nat_most = 64", false),
        ("measure = 'end'\neach = 'all'\nat_most = 0", false),
    ] {
        let text = format!("version = 1\n[[rule]]\n{rule}");
        let value: Value = toml::from_str(&text).unwrap();
        assert_eq!((validator.is_valid(&value), text.parse::<Rules>().is_ok()), (is_right, is_right), "{rule}");
    }
}
