//! Two documents side by side, for scripts.

use crate::analysis::compare::align::Align;
use crate::analysis::compare::moment::Moment;
use crate::app::compare::asking;
use crate::app::compare::state::DocumentKey;
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use crate::session::config::{ArgumentError, integer, refuse};
use leptos::prelude::WithUntracked;
use serde_json::{Map, Value};

/// What a side may be.
const SIDE_FORMS: &str = "the number of a run, { run, at } or { snapshot }";
/// What options may be.
const OPTION_FORMS: &str = "{ align, at }";

/// Compares two documents; answers with the comparison as JSON text.
///
/// # Errors
/// Arguments that are none of those; a run or snapshot that is not open, a moment that a run
/// does not have.
pub(super) async fn compare(store: Store, first: Value, second: Value, options: Value) -> Result<String, String> {
    let (align, at) = read_options(&options).map_err(|error| error.to_string())?;
    let side = |value: &Value| read_side(value, &at).map_err(|error| error.to_string());
    let sides = [side(&first)?, side(&second)?];
    for (key, _) in &sides {
        check_open(store, *key)?;
    }
    asking::answer(store, sides, align).await.map(|comparison| comparison.to_text())
}

fn read_options(options: &Value) -> Result<(Align, String), ArgumentError> {
    let object = match options {
        Value::Null => return Ok((Align::Time, Moment::End.to_string())),
        Value::Object(object) if object.keys().all(|key| matches!(key.as_str(), "align" | "at")) => object,
        other => return Err(refuse("compare(…)", other, OPTION_FORMS)),
    };
    let align = match object.get("align") {
        None => Align::Time,
        Some(value) => {
            let found = value.as_str().and_then(Align::from_key);
            found.ok_or_else(|| refuse("align", value, "time, event, frame or marker"))?
        }
    };
    Ok((align, moment_of(object)?.unwrap_or_else(|| Moment::End.to_string())))
}

fn moment_of(object: &Map<String, Value>) -> Result<Option<String>, ArgumentError> {
    let Some(value) = object.get("at") else { return Ok(None) };
    let moment = value.as_str().and_then(|text| text.parse::<Moment>().ok());
    let moment = moment.ok_or_else(|| refuse("at", value, "end, 1.5s, event:1000, frame:12 or marker:TEXT"))?;
    Ok(Some(moment.to_string()))
}

fn read_side(value: &Value, at: &str) -> Result<(DocumentKey, String), ArgumentError> {
    let run = |value: &Value| {
        let number = integer("run", value, 0, 1 << 10, 1)?;
        RunSlot::from_number(number as usize).ok_or_else(|| refuse("run", value, "a number that runs() lists"))
    };
    match value {
        Value::Object(object) if object.contains_key("run") => {
            let moment = moment_of(object)?.unwrap_or_else(|| at.to_owned());
            Ok((DocumentKey::Run(run(&object["run"])?), moment))
        }
        Value::Object(object) if object.contains_key("snapshot") => {
            let number = integer("snapshot", &object["snapshot"], 1, 1 << 53, 1)?;
            Ok((DocumentKey::Snapshot(number), at.to_owned()))
        }
        Value::Number(_) => Ok((DocumentKey::Run(run(value)?), at.to_owned())),
        other => Err(refuse("compare(…)", other, SIDE_FORMS)),
    }
}

fn check_open(store: Store, key: DocumentKey) -> Result<(), String> {
    let is_open = match key {
        DocumentKey::Run(RunSlot::ENGINE) => true,
        DocumentKey::Run(slot) => store.runs.open.with_untracked(|open| open.iter().any(|run| run.slot == slot)),
        DocumentKey::Snapshot(number) => store.shelf.with_untracked(|shelf| shelf.get(number).is_some()),
    };
    match (is_open, key) {
        (true, _) => Ok(()),
        (false, DocumentKey::Run(_)) => Err("no run of that number is open: runs() lists them".into()),
        (false, DocumentKey::Snapshot(number)) => Err(format!("there is no snapshot no. {number} on this page")),
    }
}
