//! Texts of the pickle, each kept once; the words of snapshots have fixed numbers.

use std::collections::HashMap;
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Most bytes of a text that are kept.
pub(super) const TEXT_MAX: usize = 1 << 13;
/// Most bytes of all texts together.
const TEXTS_MAX: usize = 1 << 26;

/// The words that snapshots are made of: keys first, then values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Word {
    Action,
    Addr,
    Address,
    AllocatorSettings,
    Arenascope,
    Blocks,
    Category,
    Device,
    DeviceFree,
    DeviceTraces,
    ExternalAnnotations,
    Filename,
    Frames,
    GranuleBytes,
    History,
    HostSegments,
    HostTraces,
    IsExpandable,
    Label,
    Line,
    Name,
    #[strum(serialize = "PYTORCH_CUDA_ALLOC_CONF")]
    PytorchCudaAllocConf,
    RealSize,
    RequestedSize,
    SegmentType,
    Segments,
    Size,
    Spaces,
    Stage,
    State,
    Stream,
    TimeUs,
    TotalSize,
    UserMetadata,
    Alloc,
    Free,
    FreeRequested,
    FreeCompleted,
    SegmentAlloc,
    SegmentFree,
    SegmentMap,
    SegmentUnmap,
    Oom,
    Snapshot,
    ActiveAllocated,
    ActivePendingFree,
    ActiveAwaitingFree,
    Inactive,
    Small,
    Large,
    /// What stands for a text where there are too many.
    #[strum(serialize = "…")]
    TooMany,
    /// No text.
    #[strum(serialize = "")]
    Unknown,
}

impl Word {
    fn of(id: TextId) -> Option<Self> {
        Self::VARIANTS.get(id.0 as usize).copied()
    }

    /// What the reader looks for in dictionaries; anything else is left out of them.
    fn is_key(self) -> bool {
        (self as usize) < Self::Alloc as usize
    }
}

/// A text: a position in [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TextId(pub(super) u32);

impl TextId {
    /// The word that it is; `None` for any other text.
    pub(super) fn word(self) -> Option<Word> {
        Word::of(self)
    }

    /// The key that it is.
    pub(super) fn key(self) -> Option<Word> {
        self.word().filter(|word| word.is_key())
    }
}

pub(super) struct Texts {
    by_text: HashMap<Box<str>, TextId>,
    all: Vec<Box<str>>,
    bytes: usize,
}

impl Texts {
    pub(super) fn new() -> Self {
        let mut texts = Self { by_text: HashMap::new(), all: Vec::new(), bytes: 0 };
        for &word in Word::VARIANTS {
            texts.add(word.into());
        }
        texts
    }

    /// The number of a text, added where it is new. O(its bytes).
    pub(super) fn intern(&mut self, bytes: &[u8]) -> TextId {
        let text = String::from_utf8_lossy(bytes);
        match self.by_text.get(&*text) {
            Some(&known) => known,
            None if self.bytes + text.len() > TEXTS_MAX => TextId(Word::TooMany as u32),
            None => self.add(&text),
        }
    }

    fn add(&mut self, text: &str) -> TextId {
        let id = TextId(self.all.len() as u32);
        self.by_text.insert(text.into(), id);
        self.all.push(text.into());
        self.bytes += 2 * text.len() + size_of::<(Box<str>, Box<str>, TextId)>();
        id
    }

    /// The number of no text.
    pub(super) const fn unknown(&self) -> TextId {
        TextId(Word::Unknown as u32)
    }

    pub(super) fn text(&self, id: TextId) -> &str {
        self.all.get(id.0 as usize).map_or("", |text| text)
    }
}
