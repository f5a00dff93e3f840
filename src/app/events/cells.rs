//! What one row of the Events panel writes into its elements: texts and attributes that
//! changed, and tooltips only while the pointer is on it or it is the moment.

use crate::analysis::events::text::Outcome;
use crate::analysis::events::view::Row;
use crate::analysis::numbers::text::count;
use crate::app::widgets::texts::{Attribute, Texts};
use web_sys::Element;

/// The cells' places, from the left.
const TAG: u32 = 4;
const RESULT: u32 = 7;

/// The elements of one row.
pub(super) struct RowCells {
    row: Element,
    result: Element,
    chip: Element,
    texts: Texts<9>,
    place: Attribute,
    is_picked: Attribute,
    class: Attribute,
    chip_class: Attribute,
    title: Attribute,
    result_title: Attribute,
    /// The pointer is on it.
    pub(super) is_pointed: bool,
}

impl RowCells {
    /// Of a row without texts; `None` where it has other cells.
    pub(super) fn of(row: &Element) -> Option<Self> {
        let cells = row.children();
        Some(Self {
            row: row.clone(),
            result: cells.item(RESULT)?,
            chip: cells.item(TAG)?.first_element_child()?,
            texts: Texts::of(row)?,
            place: Attribute::default(),
            is_picked: Attribute::default(),
            class: Attribute::default(),
            chip_class: Attribute::default(),
            title: Attribute::default(),
            result_title: Attribute::default(),
            is_pointed: false,
        })
    }

    /// Says what a row of the table says.
    pub(super) fn write(&mut self, row: &Row) {
        let line = &row.line;
        self.texts.put([
            &line.time,
            &line.thread,
            line.op,
            &line.category_label,
            &line.tag,
            &line.size,
            &line.place,
            &line.result,
            &line.life,
        ]);
        self.class.put(&self.row, "class", Some(class(row)));
        self.place.put(&self.row, "aria-rowindex", Some(&(row.row + 2).to_string()));
        self.is_picked.put(&self.row, "aria-selected", Some(if row.is_picked { "true" } else { "false" }));
        let chip = line.category.map(|category| format!("chip chip-{category}"));
        self.chip_class.put(&self.chip, "class", chip.as_deref());
        let title = (self.is_pointed || row.is_active).then(|| format!("Event {}", count(line.index)));
        self.title.put(&self.row, "title", title.as_deref());
        self.result_title.put(&self.result, "title", self.is_pointed.then_some(&line.result));
    }
}

fn class(row: &Row) -> &'static str {
    match (row.is_active, row.line.outcome) {
        (true, Outcome::Failed) => "event-row active failed",
        (false, Outcome::Failed) => "event-row failed",
        (true, Outcome::Inferred) => "event-row active inferred",
        (false, Outcome::Inferred) => "event-row inferred",
        (true, _) => "event-row active",
        (false, _) => "event-row",
    }
}
