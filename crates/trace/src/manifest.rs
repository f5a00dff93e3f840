//! What a run is, as whoever recorded it declares.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Most address spaces of a run.
pub const SPACES_MAX: usize = 64;
/// Most categories of a run.
pub const CATEGORIES_MAX: usize = 16;
/// Most notes that are kept; more are counted by the last.
const NOTES_MAX: usize = 64;

/// What a run is: JSON in recordings, and what the page's panels ask.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Who recorded it, and how.
    pub source: Source,
    /// Where memory lies, at most [`SPACES_MAX`].
    pub spaces: Vec<Space>,
    /// What memory is for, at most [`CATEGORIES_MAX`].
    pub categories: Vec<Category>,
    /// Texts of [`super::Action::Mark`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<String>,
    /// What the source does not hold, each with its reason in the words of the format.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cannot_tell: BTreeMap<CannotTell, String>,
    /// What deserves a look, found by whoever knows more than the events tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What was noticed while it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Who recorded a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Key of the format: `pytorch_snapshot`; `engine` for our own.
    pub format: String,
    /// The format for people: `PyTorch CUDA snapshot`.
    pub label: String,
    /// The format's version, as the file writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The program that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// What was recorded: a command, a device, a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When it began, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_ms: Option<u64>,
}

/// An address space: an arena, a device heap, a wasm memory, a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// Its name for people: `CUDA device 0`.
    pub label: String,
    /// Whether its events say where: without addresses there is no map.
    pub has_addresses: bool,
    /// How much it can hold, bytes; `None` where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_bytes: Option<u64>,
    /// What addresses and sizes are multiples of, bytes; 1 where nobody said.
    pub granule_bytes: u64,
}

/// What memory is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// The name in files and scripts: letters, digits, `_`.
    pub key: String,
    /// The name for people.
    pub label: String,
    /// How it is drawn.
    pub colour: Colour,
}

/// A colour of the page's scale, by role: the theme says which it is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumCount,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Colour {
    /// The first of the six main hues.
    Hue1,
    /// The second.
    Hue2,
    /// The third.
    Hue3,
    /// The fourth.
    Hue4,
    /// The fifth.
    Hue5,
    /// The sixth.
    Hue6,
    /// Grey: what is left over, or unknown.
    Rest,
}

impl Colour {
    /// Every colour, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The colour of the category at a position: six hues in turn.
    pub const fn nth(position: usize) -> Self {
        Self::ALL[position % 6]
    }
}

/// What a source may not hold.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumCount,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CannotTell {
    /// Where memory lies: no map, no fragmentation.
    Addresses,
    /// When things happened: the axis counts operations.
    Times,
    /// Single allocations: totals only.
    Allocations,
    /// More than one moment.
    History,
    /// Everything: a sample of it was recorded.
    All,
    /// What was before or after: a window of a longer run.
    Outside,
    /// Who asked: no call stacks.
    Stacks,
    /// When memory is given back.
    Frees,
}

/// Something about the recorded program's memory that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Whose memory: a label, or what it is.
    pub what: String,
    /// How many objects.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// It lives, and nothing has used it since it was made.
    NeverUsed,
    /// It lives, and nothing has used it for long.
    Unused,
    /// Nobody destroyed it: the garbage collector found it, late and by chance.
    LeftToCollector,
    /// The same is made anew in every frame, or nearly.
    MadeEachFrame,
}

impl FindingKind {
    /// It in words, for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NeverUsed => "never used",
            Self::Unused => "unused for long",
            Self::LeftToCollector => "left to the garbage collector",
            Self::MadeEachFrame => "made anew in each frame",
        }
    }
}

/// Something noticed while a file was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// How bad it is.
    pub kind: NoteKind,
    /// It, in words, with its place in the file.
    pub text: String,
}

/// How bad a [`Note`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// The file contradicts itself: figures from here on are doubtful.
    Contradiction,
    /// Something is missing: an end that was cut off, frees of what nobody allocated.
    Missing,
    /// Worth knowing.
    Remark,
}

impl Manifest {
    /// Of a run in that format: key and name for people.
    pub fn of(format: &str, label: &str) -> Self {
        Self { source: Source { format: format.into(), label: label.into(), ..Source::default() }, ..Self::default() }
    }

    /// Adds an address space; the last one's number where there are [`SPACES_MAX`].
    pub fn add_space(&mut self, space: Space) -> super::SpaceId {
        if self.spaces.len() < SPACES_MAX {
            self.spaces.push(space);
        }
        super::SpaceId((self.spaces.len() - 1) as u8)
    }

    /// The category of that label, added where there is none. What does not fit into
    /// [`CATEGORIES_MAX`] is in the last, which is then called `Other`.
    pub fn category(&mut self, label: &str) -> super::CategoryId {
        let known = self.categories.iter().position(|category| category.label == label);
        let position = known.unwrap_or_else(|| {
            let position = self.categories.len();
            if position < CATEGORIES_MAX - 1 {
                let category = Category { key: key_of(label), label: label.into(), colour: Colour::nth(position) };
                self.categories.push(category);
                return position;
            }
            if position < CATEGORIES_MAX {
                let category = Category { key: "other".into(), label: "Other".into(), colour: Colour::Rest };
                self.categories.push(category);
            }
            CATEGORIES_MAX - 1
        });
        super::CategoryId(position as u8)
    }

    /// The number of a marker's text, added where there is none. O(markers).
    pub fn marker(&mut self, text: &str) -> u32 {
        let known = self.markers.iter().position(|marker| marker == text);
        known.unwrap_or_else(|| {
            self.markers.push(text.into());
            self.markers.len() - 1
        }) as u32
    }

    /// Says what the source does not hold, and why, in the words of the format.
    pub fn lacks(&mut self, what: CannotTell, why: &str) {
        self.cannot_tell.insert(what, why.into());
    }

    /// Notes something. Of very many only the first are kept, and that there are more.
    pub fn note(&mut self, kind: NoteKind, text: impl Into<String>) {
        match self.notes.len() {
            0..NOTES_MAX => self.notes.push(Note { kind, text: text.into() }),
            NOTES_MAX => self.notes.push(Note { kind, text: "and more of the kind, which are not listed".into() }),
            _ => {}
        }
    }

    /// As JSON text.
    pub fn to_text(&self) -> String {
        // Of plain fields: it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From JSON text; `None` where it is none.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

fn key_of(label: &str) -> String {
    let lower = label.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_one_by_label_and_the_rest_is_other() {
        let mut manifest = Manifest::of("test", "Test");
        assert_eq!(manifest.category("Stream 0"), manifest.category("Stream 0"));
        for stream in 0..40 {
            manifest.category(&format!("Stream {stream}"));
        }
        assert_eq!(manifest.categories.len(), CATEGORIES_MAX);
        assert_eq!(manifest.category("Stream 39").0, 15);
        assert_eq!(
            (manifest.categories[0].key.as_str(), manifest.categories[15].label.as_str()),
            ("stream_0", "Other")
        );
    }

    #[test]
    fn a_manifest_is_read_back() {
        let mut manifest = Manifest::of("heaptrack", "heaptrack");
        manifest.add_space(Space { label: "Heap".into(), granule_bytes: 1, ..Space::default() });
        manifest.lacks(CannotTell::Addresses, "heaptrack does not record addresses");
        (0..100).for_each(|line| manifest.note(NoteKind::Missing, format!("line {line}")));
        assert_eq!(manifest.notes.len(), 65);
        assert_eq!(Manifest::from_text(&manifest.to_text()), Some(manifest));
    }
}
