//! What two runs have in common to be laid beside each other: time, the number of events,
//! frames, or markers of the same text.

use arenascope_recording::Reader;
use arenascope_telemetry::event::Op;
use core::ops::Range;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Most markers that are looked at: more are no landmarks.
const MARKERS_MAX: usize = 4_096;

/// By what two runs are laid beside each other.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, EnumCount, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Align {
    /// Time since the run's start.
    #[default]
    Time,
    /// The number of events before.
    Event,
    /// Frames: submissions to the GPU of our own runs, marks whose text says frame of others.
    Frame,
    /// Markers that both have, in order; what lies between two is spread evenly by events.
    Marker,
}

impl Align {
    /// Every way, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name on the command line and in scripts.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The way of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|align| align.key() == key)
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Time => "Time",
            Self::Event => "Event number",
            Self::Frame => "Frame",
            Self::Marker => "Marker",
        }
    }
}

/// A marker of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Its text.
    pub text: String,
    /// The number of events up to it, as [`Reader`] counts.
    pub position: u64,
}

/// Where in a run frames and markers are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landings {
    /// Where each frame begins, as [`Reader`] counts.
    pub frames: Vec<u64>,
    /// Markers, in order; frames are not among them.
    pub markers: Vec<Marked>,
    /// The range of events of the run.
    pub range: Range<u64>,
}

impl Landings {
    /// Of the newest run that a reader sees; `texts` are those of its markers. Chunks without
    /// any are passed over: O(chunks + events of those with marks).
    pub fn of(reader: &Reader<'_>, texts: &[String]) -> Self {
        let range = reader.run();
        let is_one = |op: Op| matches!(op, Op::Mark | Op::Submit);
        let mut landings = Self { range: range.clone(), ..Self::default() };
        for index in reader.scan(range, |kind| is_one(kind.op())) {
            let Some(event) = reader.event(index) else { continue };
            let text = usize::try_from(event.id).ok().and_then(|at| texts.get(at));
            match (event.op, text) {
                (Op::Submit, _) => landings.frames.push(index + 1),
                (_, Some(text)) if says_frame(text) => landings.frames.push(index + 1),
                (_, Some(text)) if landings.markers.len() < MARKERS_MAX => {
                    landings.markers.push(Marked { text: text.clone(), position: index + 1 });
                }
                _ => {}
            }
        }
        landings
    }
}

fn says_frame(text: &str) -> bool {
    text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("frame"))
}

/// The markers that both runs have, in the order of both: each of `before`'s is paired with the
/// next of that text that follows the pair before. O(markers · log markers).
pub fn common_markers<'m>(before: &'m Landings, after: &Landings) -> Vec<(&'m str, u64, u64)> {
    let mut of_text: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, marker) in after.markers.iter().enumerate() {
        of_text.entry(&marker.text).or_default().push(at);
    }
    let mut next = 0;
    let mut pairs = Vec::new();
    for marker in &before.markers {
        let Some(places) = of_text.get(marker.text.as_str()) else { continue };
        if let Some(&at) = places.get(places.partition_point(|at| *at < next)) {
            pairs.push((marker.text.as_str(), marker.position, after.markers[at].position));
            next = at + 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landings(texts: &[&str]) -> Landings {
        let marker = |(at, text): (u64, &&str)| Marked { text: (*text).into(), position: 10 * at };
        Landings { markers: (1..).zip(texts).map(marker).collect(), ..Landings::default() }
    }

    #[test]
    fn markers_are_paired_in_the_order_of_both() {
        let (before, after) =
            (landings(&["load", "play", "save", "play"]), landings(&["menu", "load", "play", "play"]));
        assert_eq!(common_markers(&before, &after), [("load", 10, 20), ("play", 20, 30), ("play", 40, 40)]);
        assert_eq!(common_markers(&before, &landings(&[])), []);
        let turned = landings(&["play", "load"]);
        assert_eq!(common_markers(&before, &turned), [("load", 10, 20)]);
    }

    #[test]
    fn every_way_has_a_name_and_back() {
        for align in Align::ALL {
            assert_eq!(Align::from_key(align.key()), Some(align));
        }
        assert_eq!(Align::from_key("moon"), None);
    }
}
