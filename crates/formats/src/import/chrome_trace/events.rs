//! The list of events, in either of its forms, and their times.

use super::super::json::{Json, Kind};
use crate::import::error::ImportError;

/// Latest time that is told, µs: some three hundred years.
const TIME_MAX_US: f64 = 1e16;

/// Calls `take` before each event, which it reads or skips: of a bare list, or of
/// `{"traceEvents": […]}`.
pub(in crate::import) fn each_event(
    json: &mut Json<'_>,
    take: &mut dyn FnMut(&mut Json<'_>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    if json.kind()? == Kind::Array {
        return each(json, take);
    }
    json.begin_object()?;
    while let Some(key) = json.key()? {
        match key {
            "traceEvents" => each(json, take)?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn each(
    json: &mut Json<'_>,
    take: &mut dyn FnMut(&mut Json<'_>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    json.begin_array()?;
    while json.next()? {
        take(json)?;
    }
    Ok(())
}

/// A `ts`: µs since whenever.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::import) struct Instant(f64);

impl Instant {
    /// Of what is written; `None` where it is no time.
    pub(in crate::import) fn of(ts: f64) -> Option<Self> {
        ts.is_finite().then_some(Self(ts))
    }

    /// Some µs later; the same where they are no number.
    pub(in crate::import) fn after(self, us: f64) -> Self {
        Self::of(self.0 + us).unwrap_or(self)
    }

    /// µs since the first; never negative.
    pub(in crate::import) fn since(self, first: Self) -> u64 {
        (self.0 - first.0).clamp(0.0, TIME_MAX_US) as u64
    }
}

impl Eq for Instant {}

impl PartialOrd for Instant {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Instant {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
