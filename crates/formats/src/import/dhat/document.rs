//! The document, without what is not shown.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Most frames of a call stack that are kept, the innermost: Valgrind writes 500 at most.
const FRAMES_MAX: usize = 1000;

/// All of a file that is of use.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) version: Option<u64>,
    pub(super) mode: Option<String>,
    pub(super) verb: Option<String>,
    pub(super) has_lifetimes: Option<bool>,
    /// What figures count, where it is not bytes, and blocks.
    pub(super) units: Option<String>,
    pub(super) events: Option<String>,
    pub(super) time_unit: Option<String>,
    pub(super) command: Option<String>,
    pub(super) time_peak: Option<u64>,
    pub(super) time_end: Option<u64>,
    pub(super) points: Vec<Point>,
    pub(super) frames: Vec<Box<str>>,
}

/// What one call stack took: bytes and blocks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Point {
    #[serde(rename = "tb")]
    pub(super) total: u64,
    #[serde(rename = "tbk")]
    pub(super) total_blocks: u64,
    #[serde(rename = "gb")]
    pub(super) peak: u64,
    #[serde(rename = "gbk")]
    pub(super) peak_blocks: u64,
    #[serde(rename = "eb")]
    pub(super) end: u64,
    #[serde(rename = "ebk")]
    pub(super) end_blocks: u64,
    /// Positions in the table, the innermost first.
    #[serde(rename = "fs", deserialize_with = "frames")]
    pub(super) frames: Box<[u32]>,
}

impl Point {
    pub(super) const fn figures(&self) -> [u64; 6] {
        [self.total, self.total_blocks, self.peak, self.peak_blocks, self.end, self.end_blocks]
    }
}

fn frames<'de, D: Deserializer<'de>>(source: D) -> Result<Box<[u32]>, D::Error> {
    let mut frames = Vec::new();
    source.deserialize_seq(each(|frame| {
        if frames.len() < FRAMES_MAX {
            frames.push(frame);
        }
    }))?;
    Ok(frames.into())
}

impl Document {
    /// Reads it; what was read before an error stays.
    pub(super) fn read<'de, D: Deserializer<'de>>(&mut self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `dhatFileVersion` and `pps`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "dhatFileVersion" => self.version = Some(map.next_value()?),
                "mode" => self.mode = Some(map.next_value()?),
                "verb" => self.verb = Some(map.next_value()?),
                "bklt" => self.has_lifetimes = Some(map.next_value()?),
                "bsu" => self.units = Some(map.next_value()?),
                "bksu" => self.events = Some(map.next_value()?),
                "tu" => self.time_unit = Some(map.next_value()?),
                "cmd" => self.command = Some(map.next_value()?),
                "tg" => self.time_peak = Some(map.next_value()?),
                "te" => self.time_end = Some(map.next_value()?),
                "pps" => map.next_value_seed(each(|point| self.points.push(point)))?,
                "ftbl" => map.next_value_seed(each(|frame| self.frames.push(frame)))?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// Hands over the elements of an array, one at a time.
struct Each<T, F> {
    take: F,
    element: PhantomData<T>,
}

const fn each<T, F: FnMut(T)>(take: F) -> Each<T, F> {
    Each { take, element: PhantomData }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            (self.take)(element);
        }
        Ok(())
    }
}
