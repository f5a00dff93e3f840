//! A comparison in words: what grew and by how much, in a sentence.

use super::change::Change;
use super::comparison::Comparison;
use super::side::OwnerKey;

impl OwnerKey {
    /// It in one line: `GPU buffers · scene/mesh`.
    pub fn words(&self) -> String {
        match (self.category.as_str(), self.owner.as_str()) {
            (category, "") => category.into(),
            ("", owner) => owner.into(),
            (category, owner) => format!("{category} · {owner}"),
        }
    }
}

impl Comparison {
    /// What both are, and what grew or shrank most: for a headline.
    pub fn headline(&self) -> String {
        let live = self.live();
        if self.is_same() {
            return format!("Nothing differs: {} live in both", arenascope_units::Bytes::new(live.bytes.after));
        }
        let change = match live.bytes.difference() {
            0 => "The same number of bytes live".to_owned(),
            _ => format!("{} live ({})", live.bytes.bytes_text(), live.bytes.both_bytes()),
        };
        match self.most_changed() {
            Some((owner, bytes)) => format!("{change}; most of all {owner}: {}", bytes.bytes_text()),
            None => change,
        }
    }

    /// The owner of the largest change in the direction of the whole.
    fn most_changed(&self) -> Option<(String, Change)> {
        let grows = self.live().bytes.difference() >= 0;
        let row = if grows { self.owners.rows.first() } else { self.owners.rows.last() }?;
        let bytes = row.amounts.bytes;
        let goes_along = bytes.difference() != 0 && (bytes.difference() > 0) == grows;
        goes_along.then(|| (row.key.words(), bytes))
    }
}
