//! The moment of a run that is compared, as people write it: `end`, `1.5s`, `event:1000`,
//! `frame:12`, `marker:Level 2`, `marker:Level 2#3` for the third of that text.

use super::align::Landings;
use crate::numbers::text::count;
use arenascope_recording::Reader;
use arenascope_units::Micros;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A moment of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// After its last event.
    #[default]
    End,
    /// After all events up to that time since the run's start, µs.
    TimeUs(u64),
    /// After so many events.
    Event(u64),
    /// When that frame begins, counted from 1.
    Frame(u64),
    /// At a marker.
    Marker {
        /// Its text.
        text: String,
        /// The how manieth of that text, from 1.
        nth: u64,
    },
}

/// Why a text is no moment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no moment: end, 1.5s, 20ms, 300us, event:1000, frame:12, marker:TEXT or marker:TEXT#2 are")]
pub struct NoMoment {
    /// The text.
    pub text: String,
}

/// Why a run has no such moment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MomentError {
    /// It does not say when frames begin.
    #[error("{run} does not tell frames: no submissions and no marks of frames are in it")]
    NoFrames {
        /// The run's name.
        run: String,
    },
    /// It has fewer frames.
    #[error("{run} has {frames} frames, and frame {wanted} is asked for")]
    FewFrames {
        /// The run's name.
        run: String,
        /// How many it has.
        frames: u64,
        /// Which was asked for.
        wanted: u64,
    },
    /// It has no such marker.
    #[error("{run} has {found} markers `{text}`, and number {wanted} is asked for")]
    NoMarker {
        /// The run's name.
        run: String,
        /// The text.
        text: String,
        /// How many of that text it has.
        found: u64,
        /// Which was asked for.
        wanted: u64,
    },
}

/// Where a moment is in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landed {
    /// The number of events before it, as [`Reader`] counts.
    pub position: u64,
    /// Whether the run ends before the moment that was asked for, and its end is meant.
    pub is_cut: bool,
}

impl Moment {
    /// Where it is in a run of that name.
    ///
    /// # Errors
    /// [`MomentError`].
    pub fn in_run(&self, reader: &Reader<'_>, landings: &Landings, run: &str) -> Result<Landed, MomentError> {
        let range = reader.run();
        let exact = |position| Ok(Landed { position, is_cut: false });
        match self {
            Self::End => exact(range.end),
            Self::TimeUs(time_us) => {
                let position = reader.position_within(range.clone(), time_us.saturating_add(1));
                let last_us = range.end.checked_sub(1).and_then(|last| reader.time_us(last)).unwrap_or(0);
                Ok(Landed { position, is_cut: *time_us > last_us })
            }
            Self::Event(number) => {
                let position = range.start.saturating_add(*number);
                Ok(Landed { position: position.min(range.end), is_cut: position > range.end })
            }
            Self::Frame(number) => {
                let frames = &landings.frames;
                let run = || run.to_owned();
                if frames.is_empty() {
                    return Err(MomentError::NoFrames { run: run() });
                }
                let found = number.checked_sub(1).and_then(|at| frames.get(at as usize));
                let few = MomentError::FewFrames { run: run(), frames: frames.len() as u64, wanted: *number };
                found.copied().map_or(Err(few), exact)
            }
            Self::Marker { text, nth } => {
                let mut found = landings.markers.iter().filter(|marker| marker.text == *text);
                match found.clone().nth(nth.saturating_sub(1) as usize) {
                    Some(marker) => exact(marker.position),
                    None => {
                        let (text, found) = (text.clone(), found.by_ref().count() as u64);
                        Err(MomentError::NoMarker { run: run.to_owned(), text, found, wanted: *nth })
                    }
                }
            }
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("end"),
            Self::TimeUs(time_us) => write!(f, "{time_us}us"),
            Self::Event(number) => write!(f, "event:{number}"),
            Self::Frame(number) => write!(f, "frame:{number}"),
            Self::Marker { text, nth: 1 } => write!(f, "marker:{text}"),
            Self::Marker { text, nth } => write!(f, "marker:{text}#{nth}"),
        }
    }
}

impl Moment {
    /// It for people: `at the end`, `at 1.5 s`, `after 1 000 events`.
    pub fn words(&self) -> String {
        match self {
            Self::End => "at the end".into(),
            Self::TimeUs(time_us) => format!("at {}", Micros::new(*time_us)),
            Self::Event(number) => format!("after {} events", count(*number)),
            Self::Frame(number) => format!("at frame {}", count(*number)),
            Self::Marker { text, nth: 1 } => format!("at the marker {text}"),
            Self::Marker { text, nth } => format!("at the marker {text}, number {nth}"),
        }
    }
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let trimmed = text.trim();
        let numbered = |name: &str| trimmed.strip_prefix(name).map(str::trim);
        let found = if trimmed.eq_ignore_ascii_case("end") {
            Some(Self::End)
        } else if let Some(number) = numbered("event:") {
            number.parse().ok().map(Self::Event)
        } else if let Some(number) = numbered("frame:") {
            number.parse().ok().map(Self::Frame)
        } else if let Some(text) = numbered("marker:") {
            marker(text)
        } else {
            time_us(trimmed).map(Self::TimeUs)
        };
        found.ok_or_else(|| NoMoment { text: text.into() })
    }
}

fn marker(text: &str) -> Option<Moment> {
    let numbered = text.rsplit_once('#').and_then(|(text, nth)| Some((text, nth.parse().ok()?)));
    let (text, nth) = numbered.filter(|(_, nth)| *nth > 0).unwrap_or((text, 1));
    (!text.is_empty()).then(|| Moment::Marker { text: text.into(), nth })
}

/// A time with its unit, in µs.
fn time_us(text: &str) -> Option<u64> {
    let units = [("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6), ("min", 6e7)];
    let (number, scale) = units.into_iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))?;
    let number: f64 = number.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then(|| (number * scale).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let marker = |nth| Moment::Marker { text: "Level 2".into(), nth };
        let cases = [
            ("end", Moment::End),
            ("1.5s", Moment::TimeUs(1_500_000)),
            ("20 ms", Moment::TimeUs(20_000)),
            ("17µs", Moment::TimeUs(17)),
            ("event:1000", Moment::Event(1_000)),
            ("frame:12", Moment::Frame(12)),
            ("marker:Level 2", marker(1)),
            ("marker:Level 2#3", marker(3)),
        ];
        for (text, moment) in cases {
            assert_eq!(text.parse(), Ok(moment.clone()), "{text}");
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }

    #[test]
    fn what_is_no_moment_is_said_with_what_is() {
        for text in ["", "soon", "-1s", "1.5", "event:", "event:-1", "frame:x", "marker:", "NaNs", "infs"] {
            let error = text.parse::<Moment>().unwrap_err();
            assert!(error.to_string().contains("marker:TEXT"), "{error}");
        }
        // A # that no number follows belongs to the text.
        let text = Moment::Marker { text: "C#".into(), nth: 1 };
        assert_eq!("marker:C#".parse(), Ok(text));
    }
}
