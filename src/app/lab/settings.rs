//! What was typed, as the laboratory takes it.

use crate::analysis::numbers::typed::{self, Quantity};
use crate::app::state::store::Store;
use crate::lab::Settings;
use leptos::prelude::*;

/// Longest search of a packing, seconds.
const SECONDS_MAX: f64 = 3_600.0;

/// The budget, bytes; `None` for as much as it takes.
///
/// # Errors
/// What is wrong with it.
pub(super) fn budget(text: &str) -> Result<Option<u64>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match typed::read(text, Quantity::Bytes) {
        Ok(0) => Err("a budget of nothing serves nobody".into()),
        Ok(bytes) => Ok(Some(bytes)),
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// How long a packing is searched, seconds.
///
/// # Errors
/// What is wrong with it.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(seconds) if (0.0..=SECONDS_MAX).contains(&seconds) => Ok(seconds),
        _ => Err(format!("\"{text}\" is no time of 0 to {SECONDS_MAX} seconds")),
    }
}

/// Both, as typed.
///
/// # Errors
/// What is wrong with one of them.
pub(super) fn chosen(store: Store) -> Result<Settings, String> {
    let (budget_text, seconds_text) = (store.lab.budget.get_untracked(), store.lab.seconds.get_untracked());
    let (budget_bytes, packing_seconds) = (budget(&budget_text)?, seconds(&seconds_text)?);
    Ok(Settings { budget_bytes, packing_seconds, keeps_addresses: false, ..Settings::default() })
}
