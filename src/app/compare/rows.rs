//! Where rows of the tables lead to: an owner to its events, in the run that has more of it, at
//! the moment that was compared.

use super::showing;
use crate::analysis::compare::Comparison;
use crate::analysis::compare::change::When;
use crate::analysis::compare::sections::Section;
use crate::app::state::store::Store;

/// Where a row leads to.
#[derive(Clone)]
pub struct Target {
    store: Store,
    when: When,
    words: String,
}

impl Target {
    /// For the tooltip.
    pub fn hint(&self) -> &'static str {
        match self.when {
            When::Before => "Show its events in the older run, at that moment",
            When::After => "Show its events in the newer run, at that moment",
        }
    }

    /// Goes there.
    pub fn go(&self) {
        showing::show_events(self.store, self.when, self.words.clone());
    }
}

/// Where the rows of a section lead to: those of owners, where their run can be shown.
pub fn targets(comparison: &Comparison, section: &Section) -> Vec<Option<Target>> {
    if section.title != "Owners" {
        return Vec::new();
    }
    let store = Store::expect();
    let rows = comparison.owners.rows.iter().filter(|row| {
        // Of very many only some are shown.
        section.rows.iter().any(|shown| shown.first() == Some(&row.key.words()))
    });
    let target = |row: &crate::analysis::compare::table::Row<crate::analysis::compare::side::OwnerKey>| {
        let grew = row.amounts.bytes.difference() >= 0;
        let when = if grew { When::After } else { When::Before };
        showing::can_show(store, when).then(|| Target { store, when, words: row.key.owner.clone() })
    };
    rows.map(target).collect()
}
