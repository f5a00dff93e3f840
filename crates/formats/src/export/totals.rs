//! The sums that are drawn over time: what lives, by space and by category, and what is
//! reserved.

use super::live::Change;
use arenascope_trace::Manifest;

/// One sum over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Track {
    /// All that lives.
    Live,
    /// What lives in a space.
    Space(usize),
    /// What lives of a category.
    Category(usize),
    /// What a space has behind it.
    Reserved(usize),
}

impl Track {
    /// Every sum worth drawing: that of the only space would be that of all.
    pub(super) fn all(manifest: &Manifest) -> Vec<Self> {
        let spaces = 0..manifest.spaces.len();
        let by_space = spaces.clone().filter(|_| manifest.spaces.len() > 1).map(Self::Space);
        let by_category = (0..manifest.categories.len()).map(Self::Category);
        [Self::Live].into_iter().chain(by_space).chain(by_category).chain(spaces.map(Self::Reserved)).collect()
    }

    /// Its name for people.
    pub(super) fn label(self, manifest: &Manifest) -> String {
        match self {
            Self::Live => "Live bytes".into(),
            Self::Space(space) => format!("Live in {}", manifest.spaces[space].label),
            Self::Category(category) => format!("Live: {}", manifest.categories[category].label),
            Self::Reserved(space) => format!("Reserved in {}", manifest.spaces[space].label),
        }
    }

    /// Whether the change concerns it.
    pub(super) fn is_of(self, change: &Change) -> bool {
        match *change {
            Change::Began(block) | Change::Ended(block) | Change::Resized { block, .. } => match self {
                Self::Live => true,
                Self::Space(space) => space == usize::from(block.space.0),
                Self::Category(category) => category == usize::from(block.category.0),
                Self::Reserved(_) => false,
            },
            Change::Reserved { space, .. } | Change::Released { space, .. } => {
                self == Self::Reserved(usize::from(space.0))
            }
        }
    }
}

/// The sums now, bytes.
#[derive(Clone, Debug)]
pub(super) struct Totals {
    /// All that lives.
    pub(super) live_bytes: u64,
    /// What lives in each space.
    pub(super) by_space: Vec<u64>,
    /// What lives of each category.
    pub(super) by_category: Vec<u64>,
    /// What each space has behind it.
    pub(super) reserved: Vec<u64>,
}

impl Totals {
    /// Nothing yet, of the spaces and categories of a run.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let (spaces, categories) = (vec![0; manifest.spaces.len()], vec![0; manifest.categories.len()]);
        Self { live_bytes: 0, by_space: spaces.clone(), by_category: categories, reserved: spaces }
    }

    /// Takes in a change. O(1).
    pub(super) fn apply(&mut self, change: &Change) {
        match *change {
            Change::Began(block) => self.live(block.space.0, block.category.0, 0, block.bytes),
            Change::Ended(block) => self.live(block.space.0, block.category.0, block.bytes, 0),
            Change::Resized { block, from_bytes } => {
                self.live(block.space.0, block.category.0, from_bytes, block.bytes);
            }
            Change::Reserved { space, bytes, .. } => exchange(self.reserved.get_mut(usize::from(space.0)), 0, bytes),
            Change::Released { space, bytes, .. } => exchange(self.reserved.get_mut(usize::from(space.0)), bytes, 0),
        }
    }

    fn live(&mut self, space: u8, category: u8, less: u64, more: u64) {
        exchange(Some(&mut self.live_bytes), less, more);
        exchange(self.by_space.get_mut(usize::from(space)), less, more);
        exchange(self.by_category.get_mut(usize::from(category)), less, more);
    }

    /// One of them.
    pub(super) fn get(&self, track: Track) -> u64 {
        match track {
            Track::Live => self.live_bytes,
            Track::Space(space) => self.by_space[space],
            Track::Category(category) => self.by_category[category],
            Track::Reserved(space) => self.reserved[space],
        }
    }

    /// All that is reserved.
    pub(super) fn reserved_bytes(&self) -> u64 {
        self.reserved.iter().fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }
}

/// Sums of a file that contradicts itself stay within 64 bits.
fn exchange(sum: Option<&mut u64>, less: u64, more: u64) {
    if let Some(sum) = sum {
        *sum = sum.saturating_sub(less).saturating_add(more);
    }
}
