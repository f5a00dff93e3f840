//! What a run calls its own: categories, tags and heaps, for people and for scripts, and
//! the colours of its categories. A run of the engine has the engine's names; a run that
//! another tool recorded has those that its manifest declares.

use super::addresses::Addresses;
use arenascope_recording::Metric;
use arenascope_trace::{CannotTell, Colour, Extents, Manifest, Space};
use arenascope_units::owner::{Heap, MemoryCategory, Tag};
use arenascope_workload::tags;
use core::ops::Range;
use std::sync::Arc;

/// What is said of a tag that has no name.
const UNNAMED: &str = "?";

/// The names of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// By [`MemoryCategory::index`]: also of those that the run does not declare.
    categories: [CategoryName; MemoryCategory::MAX],
    /// How many of them the run declares: the first ones.
    declared: usize,
    /// By number.
    tags: Arc<[Box<str>]>,
    addresses: Addresses,
    heaps: [Box<str>; Heap::ALL.len()],
    /// Of the metrics that are of heaps, in the order of [`Metric::ALL`].
    metrics: [Box<str>; 4],
    is_engine: bool,
    has_times: bool,
}

/// How a category is drawn: a role, which the theme gives a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryShade {
    /// The role.
    pub colour: Colour,
    /// How many categories before it have the same hue: lighter or darker in turn.
    pub turn: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct CategoryName {
    key: Box<str>,
    label: Box<str>,
    colour: Colour,
}

impl Names {
    /// Those of the engine's own runs.
    pub fn engine() -> Self {
        let declared = MemoryCategory::ALL.map(|category| CategoryName {
            key: category.key().into(),
            label: category.label().into(),
            colour: Colour::nth(category.index()),
        });
        Self {
            categories: filled_up(declared.into()),
            declared: MemoryCategory::ALL.len(),
            tags: tags::names().iter().map(|name| Box::from(*name)).collect(),
            addresses: Addresses::default(),
            heaps: ["Arena", "GPU device", "NPU"].map(Box::from),
            metrics: ["Arena used", "Arena ranges", "GPU device", "NPU device"].map(Box::from),
            is_engine: true,
            has_times: true,
        }
    }

    /// Of a run that another tool recorded; `tags` are the names of its tags, by number.
    /// A manifest without categories is the engine's.
    pub fn of(manifest: &Manifest, tags: Arc<[Box<str>]>) -> Self {
        if manifest.categories.is_empty() {
            return Self::engine();
        }
        let declared = manifest.categories.iter().take(MemoryCategory::MAX).map(|category| CategoryName {
            key: category.key.as_str().into(),
            label: category.label.as_str().into(),
            colour: category.colour,
        });
        let categories = filled_up(declared.collect());
        let of_spaces = |has_addresses: bool, several: &str| label_of(&manifest.spaces, has_addresses, several);
        let [mapped, unmapped] = [of_spaces(true, "Memory"), of_spaces(false, "Device")];
        let used = format!("{mapped} used").into();
        let ranges = format!("{mapped} ranges").into();
        Self {
            categories,
            declared: manifest.categories.len().min(MemoryCategory::MAX),
            tags,
            addresses: Addresses::default(),
            metrics: [used, ranges, unmapped.clone(), "NPU".into()],
            heaps: [mapped, unmapped, "NPU".into()],
            is_engine: false,
            has_times: !manifest.cannot_tell.contains_key(&CannotTell::Times),
        }
    }

    /// Whether the run is one of the engine's own: only these have a budget, pools, limits
    /// and mutators.
    pub const fn is_engine(&self) -> bool {
        self.is_engine
    }

    /// Whether the run tells when things happened. Where it does not, its axis counts
    /// operations.
    pub const fn has_times(&self) -> bool {
        self.has_times
    }

    /// The categories of the run, in order.
    pub fn categories(&self) -> impl Iterator<Item = MemoryCategory> + use<> {
        MemoryCategory::every().into_iter().take(self.declared)
    }

    /// The name of a category for people.
    pub fn category(&self, category: MemoryCategory) -> &str {
        &self.categories[category.index()].label
    }

    /// Its name in menus' values, files and scripts.
    pub fn category_key(&self, category: MemoryCategory) -> &str {
        &self.categories[category.index()].key
    }

    /// The category of the run with that key.
    pub fn category_of_key(&self, key: &str) -> Option<MemoryCategory> {
        self.categories().find(|category| self.category_key(*category) == key)
    }

    /// How a category is drawn.
    pub fn shade(&self, category: MemoryCategory) -> CategoryShade {
        let (before, from_it) = self.categories.split_at(category.index());
        let colour = from_it.first().map_or(Colour::Rest, |it| it.colour);
        let alike = before.iter().filter(|other| other.colour == colour).count();
        CategoryShade { colour, turn: if colour == Colour::Rest { 0 } else { alike } }
    }

    /// The name of a tag; `?` for one that has none.
    pub fn tag(&self, tag: Tag) -> &str {
        self.tags.get(usize::from(tag.0)).map_or(UNNAMED, |name| name)
    }

    /// Tags with a name, in order.
    pub fn tags(&self) -> impl Iterator<Item = (Tag, &str)> {
        (0..u16::MAX).map(Tag).zip(self.tags.iter().map(|name| &**name))
    }

    /// The same with places that are told as addresses in these ranges.
    #[must_use]
    pub fn at_addresses(mut self, manifest: &Manifest, extents: &Extents) -> Self {
        let labels = manifest.spaces.iter().map(|space| space.label.as_str().into()).collect();
        let has_several = manifest.spaces.iter().filter(|space| space.has_addresses).count() > 1;
        self.addresses = Addresses::of(extents.clone(), labels, has_several);
        self
    }

    /// A place of the arena, or of the line of a run that others recorded, as an address:
    /// `0x0120 4000`, `CUDA device 0 0x7f00 0120 4000`.
    pub fn address(&self, offset: u64) -> String {
        self.addresses.place(offset)
    }

    /// As [`Self::address`], in one word where that is of our arena: `0x01204000`.
    pub fn place(&self, offset: u64) -> String {
        if self.addresses.are_ours() { format!("0x{offset:08x}") } else { self.address(offset) }
    }

    /// Addresses from the first up to, and without, the last: `0x0120 4000–0x0121 4000`.
    pub fn address_range(&self, range: Range<u64>) -> String {
        self.addresses.range(&range)
    }

    /// The name of a heap for people.
    pub fn heap(&self, heap: Heap) -> &str {
        &self.heaps[heap.index()]
    }

    /// The metrics of the run, in order: those of heaps, of a file what is
    /// reserved, then one for each category.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> + use<> {
        let (heaps, declared) = (self.metrics.len(), self.declared);
        let reserved = (!self.is_engine()).then_some(Metric::ReservedBytes);
        let categories = Metric::ALL.into_iter().skip(heaps).take(declared);
        Metric::ALL.into_iter().take(heaps).chain(reserved).chain(categories)
    }

    /// The name of a metric for people.
    pub fn metric(&self, metric: Metric) -> &str {
        match metric {
            Metric::Category(category) => self.category(category),
            Metric::ReservedBytes => "Reserved",
            of_heap => &self.metrics[of_heap.index()],
        }
    }
}

/// With generic names for the categories that a run does not declare.
fn filled_up(declared: Vec<CategoryName>) -> [CategoryName; MemoryCategory::MAX] {
    let mut declared = declared.into_iter();
    core::array::from_fn(|index| {
        declared.next().unwrap_or_else(|| CategoryName {
            key: format!("category_{index}").into(),
            label: format!("Category {index}").into(),
            colour: Colour::Rest,
        })
    })
}

/// The name of the only space with or without addresses; `several` where there is another
/// number of them.
fn label_of(spaces: &[Space], has_addresses: bool, several: &str) -> Box<str> {
    let mut like_it = spaces.iter().filter(|space| space.has_addresses == has_addresses);
    match (like_it.next(), like_it.next()) {
        (Some(only), None) => only.label.as_str().into(),
        _ => several.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(labels: &[&str]) -> Manifest {
        let mut manifest = Manifest::of("test", "Test");
        labels.iter().for_each(|label| {
            manifest.category(label);
        });
        manifest
    }

    #[test]
    fn the_engine_has_its_six_categories_and_the_tags_of_its_scenarios() {
        let names = Names::engine();
        for category in MemoryCategory::ALL {
            assert_eq!((names.category(category), names.category_key(category)), (category.label(), category.key()));
            assert_eq!(names.category_of_key(category.key()), Some(category));
        }
        assert!(names.categories().eq(MemoryCategory::ALL));
        assert_eq!(names.tag(tags::SCENE_MESH.tag), "scene/mesh");
        assert_eq!((names.tag(Tag::NONE), names.tag(Tag(999))), ("?", "?"));
        assert!(names.tags().all(|(tag, name)| tags::name(tag) == name) && names.tags().count() > 20);
        assert_eq!(names.metric(Metric::NpuBytes), "NPU device");
        assert_eq!(names.metrics().count(), 10);
    }

    #[test]
    fn another_tools_run_has_the_names_that_it_declares() {
        let labels: Vec<String> = (0..20).map(|stream| format!("Stream {stream}")).collect();
        let manifest = manifest(&labels.iter().map(String::as_str).collect::<Vec<_>>());
        let names = Names::of(&manifest, ["forward".into(), "backward".into()].into());
        assert_eq!(names.categories().count(), 16);
        let [first, last] = [0, 15].map(|index| MemoryCategory::every()[index]);
        assert_eq!((names.category(first), names.category(last)), ("Stream 0", "Other"));
        let shade = |index| names.shade(MemoryCategory::every()[index]);
        assert_eq!(shade(0), CategoryShade { colour: Colour::Hue1, turn: 0 });
        assert_eq!(shade(13), CategoryShade { colour: Colour::Hue2, turn: 2 });
        assert_eq!(shade(15), CategoryShade { colour: Colour::Rest, turn: 0 });
        assert_eq!(names.category_of_key("stream_3"), MemoryCategory::from_index(3));
        assert_eq!((names.tag(Tag(1)), names.tag(Tag(2))), ("backward", "?"));
    }

    #[test]
    fn what_a_run_does_not_declare_has_no_name_of_the_engines() {
        let names = Names::of(&manifest(&["heap"]), [].into());
        assert!(names.categories().eq([MemoryCategory::ECS]));
        assert_eq!(names.category(MemoryCategory::GPU_TEXTURES), "Category 2");
        assert_eq!(names.category_of_key("category_2"), None);
        assert_eq!(names.metrics().last(), Some(Metric::of(MemoryCategory::ECS)));
    }

    #[test]
    fn heaps_are_named_by_the_only_space_that_lies_in_them() {
        let mut manifest = manifest(&["heap"]);
        manifest.add_space(Space { label: "Heap".into(), has_addresses: true, ..Space::default() });
        for device in ["cuda:0", "cuda:1"] {
            manifest.add_space(Space { label: device.into(), ..Space::default() });
        }
        let names = Names::of(&manifest, [].into());
        assert_eq!(Heap::ALL.map(|heap| names.heap(heap)), ["Heap", "Device", "NPU"]);
        assert_eq!(names.metric(Metric::ArenaRanges), "Heap ranges");
    }

    #[test]
    fn a_manifest_without_categories_is_the_engines() {
        let names = Names::of(&Manifest::default(), ["x".into()].into());
        assert_eq!(names.category(MemoryCategory::ECS), "ECS");
    }
}
