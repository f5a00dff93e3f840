//! What the map's colours tell: category, age, size, tag or thread of what lives in
//! the arena, each with its legend.

use super::scene::{Holder, Piece, Scene, What};
use super::tag_colours::{TAGS, TagSlots};
use crate::run::names::Names;
use crate::selection::selected::Selection;
use arenascope_telemetry::event::THREADS;
use arenascope_units::owner::{MemoryCategory, Tag};
use arenascope_units::{Bytes, Micros};
use strum::{EnumCount, VariantArray};

/// Colours of live allocations in one legend, at most.
pub const SLOTS: usize = MemoryCategory::MAX;
/// Of what has no colour of its own, where tags or threads are told apart.
const OTHERS: usize = TAGS;
/// The kinds of cells that are not free.
pub const KINDS: usize = SLOTS + 3;
/// Threads with a colour of their own: the engine and the mutators.
const THREAD_SLOTS: usize = OTHERS;

/// Upper bounds of ages, ms; what is older is in the last step.
const AGES: [(u64, &str); 5] =
    [(17, "≤ 1 frame"), (100, "< 0.1 s"), (1_000, "< 1 s"), (10_000, "< 10 s"), (60_000, "< 1 min")];
const OLDEST: &str = "≥ 1 min";
/// Upper bounds of sizes, bytes; what is larger is in the last step.
const SIZES: [(u64, &str); 5] =
    [(256, "< 256 B"), (4 << 10, "< 4 KiB"), (64 << 10, "< 64 KiB"), (1 << 20, "< 1 MiB"), (16 << 20, "< 16 MiB")];
const LARGEST: &str = "≥ 16 MiB";
/// Steps of age and of size.
const STEPS: usize = AGES.len() + 1;

/// What live allocations are coloured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, VariantArray)]
pub enum ColourBy {
    /// What the memory is for.
    Category,
    /// How long it has lived.
    Age,
    /// How large it is.
    Size,
    /// Who asked for it.
    Tag,
    /// Which thread allocated it.
    Thread,
}

impl ColourBy {
    /// Every one, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Category => "Category",
            Self::Age => "Age",
            Self::Size => "Size",
            Self::Tag => "Tag",
            Self::Thread => "Thread",
        }
    }
}

/// How a kind is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shade {
    /// The colour of a category.
    Category(MemoryCategory),
    /// On a scale of light, 0 to 1.
    Scale(f64),
    /// One of nine colours that differ in hue.
    Hue(u8),
    /// What has no colour of its own.
    Other,
    /// Header and node table.
    Metadata,
    /// In caches and quarantine.
    Cached,
    /// Somebody's who is not asked for.
    Unselected,
    /// Free: the colour of the ground.
    Free,
}

/// What a cell mostly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Mostly free.
    Free,
    /// A live allocation of this slot of the legend.
    Holder(u8),
    /// The arena's own header and node table.
    Metadata,
    /// In a thread's cache, or held back by guards.
    Cached,
    /// A live allocation of an owner that is not selected.
    Unselected,
}

impl Kind {
    /// Its position among [`KINDS`]; `None` for free.
    pub const fn index(self) -> Option<usize> {
        match self {
            Self::Free => None,
            Self::Holder(slot) => Some(slot as usize),
            Self::Metadata => Some(SLOTS),
            Self::Cached => Some(SLOTS + 1),
            Self::Unselected => Some(SLOTS + 2),
        }
    }

    /// The kind at a position; free beyond the last.
    pub const fn of_index(index: usize) -> Self {
        match index {
            // Below 256: there are fewer slots.
            slot if slot < SLOTS => Self::Holder(slot as u8),
            SLOTS => Self::Metadata,
            _ if index == SLOTS + 1 => Self::Cached,
            _ if index == SLOTS + 2 => Self::Unselected,
            _ => Self::Free,
        }
    }
}

/// What a line of the legend chooses for all panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Memory of a category.
    Category(MemoryCategory),
    /// Memory of a tag.
    Tag(Tag),
}

impl Choice {
    /// Adds it to what is selected, or takes it away.
    pub fn toggle(self, selection: &mut Selection) {
        match self {
            Self::Category(category) => selection.toggle_category(category),
            Self::Tag(tag) => selection.toggle_tag(tag),
        }
    }

    /// Whether it is selected by name.
    pub fn is_in(self, selection: &Selection) -> bool {
        match self {
            Self::Category(category) => selection.categories.contains(&category),
            Self::Tag(tag) => selection.tags.contains(&tag),
        }
    }
}

/// One line of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    /// What it stands for.
    pub label: String,
    /// How it is painted.
    pub shade: Shade,
    /// Bytes of the whole arena that are so.
    pub bytes: Bytes,
    /// What it chooses; `None` where it is no owner.
    pub choice: Option<Choice>,
}

/// What colours tell, with what that needs to know.
#[derive(Clone, Debug)]
pub struct Colouring {
    /// What colours tell apart.
    pub by: ColourBy,
    /// Of whom; the rest is dimmed.
    pub selection: Selection,
    tags: TagSlots,
}

impl Colouring {
    /// By something, of everybody, before any tag was seen.
    pub fn new(by: ColourBy) -> Self {
        Self { by, selection: Selection::default(), tags: TagSlots::default() }
    }

    /// Gives tags their colours, which they keep. O(pieces); nothing to do where tags
    /// are not told.
    pub fn see(&mut self, scene: &Scene) {
        if self.by == ColourBy::Tag {
            self.tags.see(scene);
        }
    }

    /// What a piece counts as.
    pub fn kind(&self, piece: &Piece, now: Micros) -> Kind {
        match &piece.what {
            What::Metadata => Kind::Metadata,
            What::Cached => Kind::Cached,
            What::Free | What::Unused => Kind::Free,
            What::Used(holder) if !self.selection.has_owner(holder.owner) => Kind::Unselected,
            // Below 256: slots are few.
            What::Used(holder) => Kind::Holder(self.slot(holder, piece.size_bytes, now) as u8),
        }
    }

    fn slot(&self, holder: &Holder, size_bytes: u64, now: Micros) -> usize {
        match self.by {
            ColourBy::Category => holder.owner.category.index(),
            ColourBy::Age => step(&AGES, now.since(Micros::new(holder.born_us)).get() / 1_000),
            ColourBy::Size => step(&SIZES, size_bytes),
            ColourBy::Tag => self.tags.slot(holder.owner.tag).unwrap_or(OTHERS),
            ColourBy::Thread => holder.birth.map_or(OTHERS, |birth| usize::from(birth.thread).min(THREAD_SLOTS - 1)),
        }
    }

    /// The shade of a kind.
    pub fn shade(&self, kind: Kind) -> Shade {
        let slot = match kind {
            Kind::Free => return Shade::Free,
            Kind::Metadata => return Shade::Metadata,
            Kind::Cached => return Shade::Cached,
            Kind::Unselected => return Shade::Unselected,
            Kind::Holder(slot) => usize::from(slot),
        };
        match self.by {
            ColourBy::Category => MemoryCategory::from_index(slot).map_or(Shade::Other, Shade::Category),
            // What is young is bright, as is what is large.
            ColourBy::Age => Shade::Scale(1.0 - part(slot)),
            ColourBy::Size => Shade::Scale(part(slot)),
            ColourBy::Tag | ColourBy::Thread if slot < OTHERS => Shade::Hue(slot as u8),
            ColourBy::Tag | ColourBy::Thread => Shade::Other,
        }
    }

    /// The legend in a run with these names: every colour there may be, with the bytes of each, then cached,
    /// metadata and free. Tags and threads that have nothing and are not in use are
    /// left out. O(pieces).
    pub fn legend(&self, scene: &Scene, names: &Names) -> Vec<LegendEntry> {
        let (mut bytes, mut unused, mut is_recorded) = ([0_u64; KINDS], 0, false);
        for piece in scene.pieces() {
            is_recorded |= piece.what == What::Unused;
            match self.kind(piece, scene.now).index() {
                Some(kind) => bytes[kind] += piece.size_bytes,
                None => unused += piece.size_bytes,
            }
        }
        let slots = (0..SLOTS).filter_map(|slot| Some((Kind::of_index(slot), self.label(slot, bytes[slot], names)?)));
        let mut kinds: Vec<(Kind, String)> = slots.collect();
        if !self.selection.categories.is_empty() || !self.selection.tags.is_empty() {
            kinds.push((Kind::Unselected, "Not selected".into()));
        }
        if !is_recorded {
            kinds.push((Kind::Cached, "Cached".into()));
        }
        kinds.push((Kind::Metadata, "Metadata".into()));
        kinds.push((Kind::Free, if is_recorded { "Not used" } else { "Free" }.into()));
        let entry = |(kind, label): (Kind, String)| LegendEntry {
            label,
            shade: self.shade(kind),
            bytes: Bytes::new(kind.index().map_or(unused, |kind| bytes[kind])),
            choice: self.choice(kind),
        };
        kinds.into_iter().map(entry).collect()
    }

    fn choice(&self, kind: Kind) -> Option<Choice> {
        let Kind::Holder(slot) = kind else { return None };
        match self.by {
            ColourBy::Category => MemoryCategory::from_index(slot.into()).map(Choice::Category),
            ColourBy::Tag => self.tags.tag(slot.into()).map(Choice::Tag),
            ColourBy::Age | ColourBy::Size | ColourBy::Thread => None,
        }
    }

    /// What a slot stands for; `None` where it is not in the legend.
    fn label(&self, slot: usize, bytes: u64, names: &Names) -> Option<String> {
        match self.by {
            ColourBy::Category => names.categories().nth(slot).map(|category| names.category(category).into()),
            ColourBy::Age => (slot < STEPS).then(|| label_of(&AGES, slot, OLDEST)),
            ColourBy::Size => (slot < STEPS).then(|| label_of(&SIZES, slot, LARGEST)),
            ColourBy::Tag if slot == OTHERS => (bytes > 0).then(|| "Others".into()),
            ColourBy::Tag => self.tags.tag(slot).map(|tag| names.tag(tag).into()),
            ColourBy::Thread if slot == OTHERS => (bytes > 0).then(|| "Not recorded".into()),
            ColourBy::Thread => (slot == 0 || bytes > 0).then(|| thread_name(slot as u8)),
        }
    }
}

/// A thread as the page names it: `Engine`, `Mutator 3`.
pub fn thread_name(thread: u8) -> String {
    match thread {
        0 => "Engine".into(),
        thread if usize::from(thread) < THREADS => format!("Mutator {thread}"),
        thread => format!("Thread {thread}"),
    }
}

fn step(bounds: &[(u64, &str)], value: u64) -> usize {
    bounds.iter().take_while(|(bound, _)| value >= *bound).count()
}

fn label_of(bounds: &[(u64, &'static str)], slot: usize, last: &str) -> String {
    bounds.get(slot).map_or(last, |(_, label)| label).into()
}

fn part(slot: usize) -> f64 {
    slot as f64 / (STEPS - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::scene::Birth;
    use super::super::scene::tests::{holder, scene};
    use super::*;
    use arenascope_units::owner::MemoryCategory;

    fn mixed() -> Scene {
        let by = |thread| Some(Birth { event: 5, thread });
        let pieces = [
            (64, What::Metadata),
            (128, What::Used(Holder { birth: by(0), ..holder(MemoryCategory::ECS, 1, 0) })),
            (256, What::Used(Holder { birth: by(3), ..holder(MemoryCategory::TEMPORARY, 17, 1_990_000) })),
            (8192, What::Used(holder(MemoryCategory::ECS, 1, 1_500_000))),
            (32, What::Cached),
            (48, What::Free),
        ];
        let mut scene = scene(&pieces);
        scene.now = Micros::seconds(2);
        scene
    }

    fn legend(by: ColourBy) -> Vec<(String, u64)> {
        let mut colouring = Colouring::new(by);
        colouring.see(&mixed());
        let entries = colouring.legend(&mixed(), &Names::engine());
        let listed = entries.into_iter().filter(|entry| !entry.bytes.is_zero());
        listed.map(|entry| (entry.label, entry.bytes.get())).collect()
    }

    #[test]
    fn each_colouring_counts_every_byte_once() {
        let rest = [("Cached", 32), ("Metadata", 64), ("Free", 48)];
        let cases: [(ColourBy, &[(&str, u64)]); 5] = [
            (ColourBy::Category, &[("ECS", 8320), ("Temporary", 256)]),
            (ColourBy::Age, &[("≤ 1 frame", 256), ("< 1 s", 8192), ("< 10 s", 128)]),
            (ColourBy::Size, &[("< 256 B", 128), ("< 4 KiB", 256), ("< 64 KiB", 8192)]),
            (ColourBy::Tag, &[("ecs/entity", 8320), ("frame/scratch", 256)]),
            (ColourBy::Thread, &[("Engine", 128), ("Mutator 3", 256), ("Not recorded", 8192)]),
        ];
        for (by, expected) in cases {
            let expected: Vec<(String, u64)> =
                expected.iter().chain(&rest).map(|(label, bytes)| ((*label).to_owned(), *bytes)).collect();
            assert_eq!(legend(by), expected, "{by:?}");
        }
    }

    #[test]
    fn a_choice_dims_what_it_leaves_out() {
        let mut colouring = Colouring::new(ColourBy::Category);
        let choice = colouring.legend(&mixed(), &Names::engine())[0].choice.unwrap();
        assert_eq!(choice, Choice::Category(MemoryCategory::ECS));
        choice.toggle(&mut colouring.selection);
        assert!(choice.is_in(&colouring.selection));
        let of = |colouring: &Colouring, label| {
            colouring
                .legend(&mixed(), &Names::engine())
                .into_iter()
                .find(|entry| entry.label == label)
                .map(|entry| entry.bytes.get())
        };
        assert_eq!(["ECS", "Temporary", "Not selected"].map(|label| of(&colouring, label)), [8320, 0, 256].map(Some));
        choice.toggle(&mut colouring.selection);
        assert_eq!(["Temporary", "Not selected"].map(|label| of(&colouring, label)), [Some(256), None]);
    }

    #[test]
    fn a_past_moment_does_not_claim_to_know_caches() {
        let past = scene(&[(64, What::Metadata), (128, What::Unused)]);
        let entries = Colouring::new(ColourBy::Category).legend(&past, &Names::engine());
        let labels: Vec<&str> = entries.iter().map(|entry| entry.label.as_str()).collect();
        assert_eq!(labels[6..], ["Metadata", "Not used"]);
        assert_eq!(entries[7].bytes, Bytes::new(128));
    }

    #[test]
    fn kinds_and_positions_agree_and_scales_have_ends() {
        for index in 0..KINDS {
            assert_eq!(Kind::of_index(index).index(), Some(index));
        }
        assert_eq!((Kind::of_index(KINDS), Kind::Free.index()), (Kind::Free, None));
        let ages = Colouring::new(ColourBy::Age);
        assert_eq!(ages.shade(Kind::Holder(0)), Shade::Scale(1.0));
        assert_eq!(ages.shade(Kind::Holder(STEPS as u8 - 1)), Shade::Scale(0.0));
        assert_eq!([0, 255, 256, 1 << 40].map(|size| step(&SIZES, size)), [0, 0, 1, STEPS - 1]);
    }
}
