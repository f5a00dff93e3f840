//! The laboratory, for scripts.

use crate::app::lab;
use crate::app::state::store::Store;
use crate::lab::{RowSpec, Settings};
use crate::platform::runs::RunSlot;
use crate::session::config::{ArgumentError, integer, refuse};
use leptos::prelude::{GetUntracked, WithUntracked};
use serde_json::{Map, Value};

/// What the argument may be.
const FORMS: &str = "{ run, heap, rows, budget_bytes, packing_seconds }";
const KEYS: [&str; 5] = ["run", "heap", "rows", "budget_bytes", "packing_seconds"];
/// Longest search of a packing, seconds.
const SECONDS_MAX: f64 = 3_600.0;

/// What is asked for.
struct Asked {
    slot: RunSlot,
    heap: Option<String>,
    rows: Vec<RowSpec>,
    settings: Settings,
}

/// Serves a run's requests again; answers with the rows as JSON text.
///
/// # Errors
/// Arguments that are none of those, a run that is not open or has no events, a heap that it
/// does not have.
pub(super) async fn lab(store: Store, argument: Value) -> Result<String, String> {
    let Asked { slot, heap, rows, settings } = read(store, &argument).map_err(|error| error.to_string())?;
    let is_open =
        slot == RunSlot::ENGINE || store.runs.open.with_untracked(|open| open.iter().any(|run| run.slot == slot));
    if !is_open {
        return Err("no run of that number is open: runs() lists them".into());
    }
    let answer = lab::answer(slot, heap, rows, settings).await?;
    serde_json::to_string(&answer).map_err(|error| error.to_string())
}

fn read(store: Store, argument: &Value) -> Result<Asked, ArgumentError> {
    let nothing = Map::new();
    let object = match argument {
        Value::Null => &nothing,
        Value::Object(object) if object.keys().all(|key| KEYS.contains(&key.as_str())) => object,
        other => return Err(refuse("lab(…)", other, FORMS)),
    };
    let slot = match object.get("run") {
        None => store.runs.shown.get_untracked(),
        Some(value) => {
            let number = integer("run", value, 0, 1 << 10, 1)?;
            RunSlot::from_number(number as usize).ok_or_else(|| refuse("run", value, "a number that runs() lists"))?
        }
    };
    let heap = match object.get("heap") {
        None => None,
        Some(Value::String(label)) => Some(label.clone()),
        Some(other) => return Err(refuse("heap", other, "the label of an address space")),
    };
    Ok(Asked { slot, heap, rows: rows(object.get("rows"))?, settings: settings(object)? })
}

fn rows(value: Option<&Value>) -> Result<Vec<RowSpec>, ArgumentError> {
    let Some(value) = value else { return Ok(RowSpec::all()) };
    let keys = value.as_array().and_then(|keys| keys.iter().map(|key| key.as_str().map(str::to_owned)).collect());
    let rows = keys.and_then(|keys: Vec<String>| lab::rows_of_keys(&keys).ok());
    rows.ok_or_else(|| {
        let known: Vec<String> = RowSpec::all().into_iter().map(RowSpec::key).collect();
        refuse("rows", value, &format!("an array of these: {}", known.join(", ")))
    })
}

fn settings(object: &Map<String, Value>) -> Result<Settings, ArgumentError> {
    let usual = Settings { keeps_addresses: false, ..Settings::default() };
    let budget_bytes = match object.get("budget_bytes") {
        None => None,
        Some(value) => Some(integer("budget_bytes", value, 1, 1 << 53, 1)?),
    };
    let packing_seconds = match object.get("packing_seconds") {
        None => usual.packing_seconds,
        Some(value) => {
            let seconds = value.as_f64().filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds));
            seconds.ok_or_else(|| refuse("packing_seconds", value, "seconds, 0 to 3600"))?
        }
    };
    Ok(Settings { budget_bytes, packing_seconds, ..usual })
}
