//! Nine colours for any number of tags: a tag keeps its colour for as long as it has
//! one, so that a map is not recoloured when ranks change.

use super::scene::Scene;
use arenascope_units::owner::Tag;
use std::collections::BTreeMap;

/// Tags with a colour of their own.
pub(super) const TAGS: usize = 9;

/// Which tag has which colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TagSlots {
    tags: [Option<Tag>; TAGS],
}

impl TagSlots {
    /// The slot of a tag; `None` where it has none of its own.
    pub(super) fn slot(&self, tag: Tag) -> Option<usize> {
        self.tags.iter().position(|slot| *slot == Some(tag))
    }

    /// The tag in a slot.
    pub(super) fn tag(&self, slot: usize) -> Option<Tag> {
        self.tags.get(slot).copied().flatten()
    }

    /// Gives the largest tags without a slot the free ones; where none is free, those
    /// of tags that hold nothing.
    pub(super) fn see(&mut self, scene: &Scene) {
        let mut bytes = BTreeMap::new();
        for piece in scene.pieces() {
            if let Some(holder) = piece.holder() {
                *bytes.entry(holder.owner.tag).or_insert(0) += piece.size_bytes;
            }
        }
        let new = bytes.iter().filter(|(tag, _)| self.slot(**tag).is_none());
        let mut new: Vec<(u64, Tag)> = new.map(|(tag, bytes)| (*bytes, *tag)).collect();
        new.sort_by_key(|(bytes, tag)| (core::cmp::Reverse(*bytes), *tag));
        for (_, tag) in new {
            let is_vacant = |slot: &Option<Tag>| slot.is_none();
            let holds_nothing = |slot: &Option<Tag>| slot.is_some_and(|tag| !bytes.contains_key(&tag));
            let vacant = self.tags.iter().position(is_vacant).or_else(|| self.tags.iter().position(holds_nothing));
            let Some(vacant) = vacant else { return };
            self.tags[vacant] = Some(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::What;
    use super::super::scene::tests::{holder, scene};
    use super::*;
    use arenascope_units::owner::MemoryCategory;

    fn of(tags: impl IntoIterator<Item = (u16, u64)>) -> Scene {
        let pieces: Vec<_> = tags
            .into_iter()
            .map(|(tag, granules)| (granules * 16, What::Used(holder(MemoryCategory::ECS, tag, 0))))
            .collect();
        scene(&pieces)
    }

    #[test]
    fn tags_keep_their_colours_when_ranks_change() {
        let mut slots = TagSlots::default();
        slots.see(&of([(4, 1), (7, 9), (2, 3)]));
        assert_eq!([7, 2, 4].map(|tag| slots.slot(Tag(tag))), [Some(0), Some(1), Some(2)]);
        slots.see(&of([(4, 90), (7, 1), (11, 50)]));
        assert_eq!([7, 2, 4, 11].map(|tag| slots.slot(Tag(tag))), [Some(0), Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn the_tenth_tag_waits_until_one_is_gone() {
        let mut slots = TagSlots::default();
        slots.see(&of((0..9).map(|tag| (tag, 20))));
        slots.see(&of((0..10).map(|tag| (tag, 20))));
        assert_eq!((slots.slot(Tag(9)), slots.tag(9)), (None, None));
        slots.see(&of((0..10).filter(|tag| *tag != 5).map(|tag| (tag, 20))));
        assert_eq!((slots.slot(Tag(9)), slots.slot(Tag(5)), slots.tag(5)), (Some(5), None, Some(Tag(9))));
    }
}
