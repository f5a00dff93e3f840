//! Arguments of scripts: read, or refused in people's words, by name and with what they
//! may be.

use super::choice::Choice;
use core::fmt::Write;
use serde_json::Value;

/// Letters of a text that are repeated to who gave it.
const ECHO_LETTERS: usize = 60;

/// An argument that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{argument}` is {got}; allowed: {allowed}")]
pub struct ArgumentError {
    /// The argument's name, as the script wrote it, shortened.
    pub argument: String,
    /// What it was, in few words.
    pub got: String,
    /// What it may be.
    pub allowed: String,
}

/// The refusal of `value`.
pub fn refuse(name: &str, value: &Value, allowed: &str) -> ArgumentError {
    ArgumentError { argument: shortened(name), got: text_of(value), allowed: allowed.into() }
}

/// The refusal of an argument of a name that there is not.
pub(crate) fn unknown(name: &str, known: &str) -> ArgumentError {
    ArgumentError { argument: shortened(name), got: "unknown".into(), allowed: known.into() }
}

/// A value as people would name it: numbers and short texts as they are.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "nothing (null, undefined, or no number)".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("\"{}\"", shortened(text)),
        Value::Array(values) if values.is_empty() => "an empty list".into(),
        Value::Array(values) => format!("a list of {}", values.len()),
        Value::Object(object) => {
            let mut words = String::from("an object");
            for (at, name) in object.keys().take(3).enumerate() {
                // Writing to a text cannot fail.
                let _ = write!(words, "{} {}", if at == 0 { " with" } else { "," }, shortened(name));
            }
            words
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(ECHO_LETTERS) {
        Some((end, _)) => format!("{}… ({} letters)", &text[..end], text.chars().count()),
        None => text.into(),
    }
}

/// True or false.
pub(crate) fn switch(name: &str, value: &Value) -> Result<bool, ArgumentError> {
    value.as_bool().ok_or_else(|| refuse(name, value, "true, false"))
}

/// The choice of that key.
///
/// # Errors
/// What is no key of `choices`.
pub fn chosen<T>(
    name: &str,
    value: &Value,
    from_key: impl Fn(&str) -> Option<T>,
    choices: &[Choice],
) -> Result<T, ArgumentError> {
    let keys = || choices.iter().map(|choice| choice.key).collect::<Vec<_>>().join(", ");
    value.as_str().and_then(from_key).ok_or_else(|| refuse(name, value, &keys()))
}

/// A whole number in range, in steps from zero.
///
/// # Errors
/// What is none.
pub fn integer(name: &str, value: &Value, least: u64, most: u64, step: u64) -> Result<u64, ArgumentError> {
    // JavaScript has one number type: 42.0 is an integer too.
    let whole = value.as_u64().or_else(|| value.as_f64().filter(|v| v.fract() == 0.0 && *v >= 0.0).map(|v| v as u64));
    match whole {
        Some(number) if (least..=most).contains(&number) && number % step == 0 => Ok(number),
        _ => {
            let steps = if step == 1 { String::new() } else { format!(" in steps of {step}") };
            Err(refuse(name, value, &format!("an integer from {least} to {most}{steps}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_given_is_named_in_few_words() {
        let long = "x".repeat(1 << 20);
        let cases = [
            (json!(null), "nothing (null, undefined, or no number)"),
            (json!(1.5), "1.5"),
            (json!("1,024"), "\"1,024\""),
            (json!([]), "an empty list"),
            (json!([1, 2]), "a list of 2"),
            (json!({}), "an object"),
            (json!({"a": 1, "b": [2]}), "an object with a, b"),
        ];
        for (value, words) in cases {
            assert_eq!(refuse("seed", &value, "a number").got, words);
        }
        for error in [
            refuse("seed", &json!(long), "a number"),
            unknown(&long, "seed"),
            refuse("s", &json!({long.clone(): 1}), ""),
        ] {
            let words = error.to_string();
            assert!(words.len() < 250 && words.contains("(1048576 letters)"), "{}", words.len());
        }
    }
}
