//! The tables of a run that others recorded as bytes: JSON for what is small, plain numbers
//! and texts for call stacks, of which there may be millions.
//!
//! | part | what |
//! |---|---|
//! | head | length 4, JSON: `manifest`, `tags`, `extents` |
//! | frames | number 4; of each: function and file, each length 4 and UTF-8; line 4 |
//! | stacks | number 4; of each: parent 4, frame 4; the first has the number 1 |

use crate::tables::Tables;
use arenascope_trace::{Extent, Extents, Frame, FrameId, Manifest, Site, SpaceId, Stacks};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Head {
    manifest: Manifest,
    tags: Vec<Box<str>>,
    extents: Vec<Extent>,
}

/// The tables as bytes. O(tables).
pub(super) fn bytes_of(tables: &Tables) -> Vec<u8> {
    let Tables { manifest, tags, stacks, extents } = tables;
    let head = Head { manifest: manifest.clone(), tags: tags.clone(), extents: extents.ranges().to_vec() };
    let mut bytes = Vec::new();
    // Of plain fields: it cannot fail.
    put_text(&mut bytes, &serde_json::to_string(&head).unwrap_or_default());
    put(&mut bytes, stacks.frames().len() as u32);
    for Frame { function, file, line } in stacks.frames() {
        put_text(&mut bytes, function);
        put_text(&mut bytes, file);
        put(&mut bytes, *line);
    }
    put(&mut bytes, stacks.nodes().len() as u32);
    for (parent, frame) in stacks.nodes() {
        put(&mut bytes, parent.0);
        put(&mut bytes, frame.0);
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(number.to_le_bytes());
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, text.len() as u32);
    bytes.extend(text.as_bytes());
}

/// The tables of bytes; `None` where they are none. Memory is taken for what is there, not
/// for what a number says.
pub(super) fn tables_of(mut bytes: &[u8]) -> Option<Tables> {
    let bytes = &mut bytes;
    let Head { manifest, tags, extents: ranges } = serde_json::from_str(text(bytes)?).ok()?;
    let mut stacks = Stacks::default();
    let frames = number(bytes)?;
    for at in 0..frames {
        let (function, file) = (text(bytes)?.into(), text(bytes)?.into());
        // Each once, or numbers would say others.
        (stacks.intern(Frame { function, file, line: number(bytes)? }) == FrameId(at)).then_some(())?;
    }
    for at in 1..=number(bytes)? {
        let (parent, frame) = (number(bytes)?, number(bytes)?);
        (parent < at && frame < frames).then_some(())?;
        (stacks.child(Site(parent), FrameId(frame)) == Site(at)).then_some(())?;
    }
    let mut extents = Extents::default();
    ranges.iter().for_each(|range| extents.add(SpaceId(range.space), range.address, range.bytes));
    let is_as_said = bytes.is_empty() && extents.ranges() == ranges;
    is_as_said.then_some(Tables { manifest, tags, stacks, extents })
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

fn text<'b>(bytes: &mut &'b [u8]) -> Option<&'b str> {
    let length = number(bytes)? as usize;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    core::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tables() -> Tables {
        let mut tables =
            Tables { manifest: Manifest::of("test", "Test"), tags: vec!["load".into()], ..Tables::default() };
        tables.extents.add(SpaceId(0), 0x7f00_0000_0000, 1 << 20);
        tables.extents.add(SpaceId(1), 16, 64);
        let frames = ["main", "load", "malloc"]
            .map(|name| tables.stacks.intern(Frame { function: name.into(), file: "a.rs".into(), line: 7 }));
        tables.stacks.stack(frames);
        tables.stacks.stack([frames[0], frames[2]]);
        tables
    }

    #[test]
    fn tables_are_read_back() {
        let read = tables_of(&bytes_of(&tables())).unwrap();
        let sites = |tables: &Tables| tables.stacks.nodes().collect::<Vec<_>>();
        assert_eq!((read.manifest, read.tags, read.extents), (tables().manifest, tables().tags, tables().extents));
        assert_eq!(
            (read.stacks.frames(), read.stacks.nodes().collect::<Vec<_>>()),
            (tables().stacks.frames(), sites(&tables()))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn damaged_tables_are_none_or_others(at: prop::sample::Index, byte: u8, cut in prop::option::of(any::<prop::sample::Index>())) {
            let mut bytes = bytes_of(&tables());
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            if let Some(tables) = tables_of(&bytes) {
                prop_assert!(tables.stacks.len() == 5);
            }
        }
    }
}
