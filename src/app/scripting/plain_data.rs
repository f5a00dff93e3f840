//! What a script passes, as plain data. `JSON.stringify` would turn NaN, infinities,
//! functions and symbols into `null` or leave them out, and an object with no
//! properties of its own (a Map, URLSearchParams) into `{}`: what was meant would then
//! count as "not given". Here each is refused by its path and by what it is.

use js_sys::{Array, BigInt, Function, Object, Reflect};
use serde_json::{Map, Number, Value};
use std::fmt;
use wasm_bindgen::{JsCast, JsValue};

/// How deep an argument may be nested: limits by heap, category and tag need 4.
const DEPTH_MAX: usize = 16;
/// How many values an argument may hold in all.
const VALUES_MAX: usize = 10_000;

/// Why an argument is no plain data. `path` is `seed` or `heaps.device.max_bytes`, and
/// empty for the argument itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotPlain {
    /// A value that no setting takes: NaN, an infinity, a BigInt, a function, a symbol.
    Kind { path: String, kind: String },
    /// A getter or a proxy threw.
    Threw { path: String, reason: String },
    /// Nested deeper than [`DEPTH_MAX`], or in itself.
    Deep { path: String },
    /// More than [`VALUES_MAX`] values.
    Many,
}

impl fmt::Display for NotPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind { path, kind } => {
                write!(
                    f,
                    "{} is {kind}; numbers, texts, true, false, null, arrays and plain objects are taken",
                    named(path)
                )
            }
            Self::Threw { path, reason } => write!(f, "{} could not be read: {reason}", named(path)),
            Self::Deep { path } => write!(f, "{} is nested deeper than {DEPTH_MAX} levels", named(path)),
            Self::Many => write!(f, "the argument holds more than {VALUES_MAX} values"),
        }
    }
}

impl std::error::Error for NotPlain {}

fn named(path: &str) -> String {
    if path.is_empty() { "the argument".into() } else { format!("`{path}`") }
}

/// The argument as plain data; `undefined` is `null`, and an undefined property is absent.
///
/// # Errors
/// The first value that is no plain data.
pub(super) fn read(argument: &JsValue) -> Result<Value, NotPlain> {
    if argument.is_undefined() {
        return Ok(Value::Null);
    }
    Walk { values: 0 }.value(argument, "", 0)
}

/// A walk through one argument.
struct Walk {
    values: usize,
}

impl Walk {
    fn value(&mut self, value: &JsValue, path: &str, depth: usize) -> Result<Value, NotPlain> {
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(NotPlain::Many);
        }
        if depth > DEPTH_MAX {
            return Err(NotPlain::Deep { path: path.into() });
        }
        if value.is_null() {
            return Ok(Value::Null);
        }
        if let Some(is) = value.as_bool() {
            return Ok(Value::Bool(is));
        }
        if let Some(number) = value.as_f64() {
            return finite(number).ok_or_else(|| kind(path, not_finite(number).into()));
        }
        if let Some(text) = value.as_string() {
            return Ok(Value::String(text));
        }
        if Array::is_array(value) {
            return self.array(value.unchecked_ref(), path, depth);
        }
        match tag(value).as_str() {
            "Object" if value.is_object() => self.object(value.unchecked_ref(), path, depth),
            other => Err(kind(path, with_article(value, other))),
        }
    }

    fn array(&mut self, array: &Array, path: &str, depth: usize) -> Result<Value, NotPlain> {
        let length = array.length();
        if length as usize > VALUES_MAX {
            return Err(NotPlain::Many);
        }
        let item = |at| {
            let path = format!("{path}[{at}]");
            let item = Reflect::get_u32(array, at).map_err(|error| threw(&path, &error))?;
            self.value(&item, &path, depth + 1)
        };
        (0..length).map(item).collect::<Result<_, _>>().map(Value::Array)
    }

    fn object(&mut self, object: &Object, path: &str, depth: usize) -> Result<Value, NotPlain> {
        let mut map = Map::new();
        let names = Reflect::own_keys(object).map_err(|error| threw(path, &error))?;
        // Symbols are nobody's settings.
        for name in names.iter().filter_map(|name| name.as_string()) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let value = Reflect::get(object, &name.as_str().into()).map_err(|error| threw(&path, &error))?;
            if !value.is_undefined() {
                map.insert(name, self.value(&value, &path, depth + 1)?);
            }
        }
        Ok(Value::Object(map))
    }
}

/// A number as JSON has it; whole numbers stay whole. `None` for NaN and infinities.
fn finite(number: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        let whole = number as i64;
        return Some(u64::try_from(whole).map_or_else(|_| whole.into(), Value::from));
    }
    Number::from_f64(number).map(Value::Number)
}

/// As the language writes it.
const fn not_finite(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// `Map` of `[object Map]`, by the language's own `toString`: a value may have another.
fn tag(value: &JsValue) -> String {
    let own = Reflect::get(&Object::get_prototype_of(&Object::new()), &"toString".into());
    let text = own.and_then(|own| own.unchecked_into::<Function>().call0(value)).ok().and_then(|text| text.as_string());
    text.unwrap_or_default().trim_start_matches("[object ").trim_end_matches(']').to_owned()
}

fn with_article(value: &JsValue, tag: &str) -> String {
    if let Some(number) = value.dyn_ref::<BigInt>() {
        let digits = number.to_string(10).map_or_else(|_| String::new(), String::from);
        return format!("a BigInt ({}n)", clipped(&digits));
    }
    let name = if value.is_function() {
        "function"
    } else if value.is_symbol() {
        "symbol"
    } else {
        tag
    };
    let article = if name.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {}", clipped(name))
}

fn clipped(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn kind(path: &str, kind: String) -> NotPlain {
    NotPlain::Kind { path: path.into(), kind }
}

fn threw(path: &str, error: &JsValue) -> NotPlain {
    let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    NotPlain::Threw { path: path.into(), reason: clipped(&message.unwrap_or_else(|| "it threw no error".into())) }
}
