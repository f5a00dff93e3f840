//! Functions by what comes from them: the table behind the graph. A function's total
//! counts each stack once, however often the function is on it.

use super::functions::{FunctionId, Functions};
use super::measure::Measure;
use super::search::Search;
use super::skeleton::{NodeId, Skeleton};
use super::sums::Sums;
use super::weighed::Weighed;
use arenascope_trace::Stacks;
use core::cmp::Ordering;
use strum::{EnumCount, VariantArray};

/// Nodes between two looks at the clock.
const SLICE: usize = 1_024;
/// Rows of the table.
pub const ROWS: usize = 200;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumCount, VariantArray)]
pub enum Column {
    /// The function.
    Function,
    /// Its file or module.
    File,
    /// What comes from it itself.
    Own,
    /// What comes from it and whom it calls.
    Total,
    /// The total's part of all.
    Share,
    /// Allocations of the total.
    Count,
}

impl Column {
    /// Every column, from left to right.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The head of the column.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Function => "Function",
            Self::File => "File",
            Self::Own => "Own",
            Self::Total => "Total",
            Self::Share => "Share",
            Self::Count => "Allocations",
        }
    }

    /// One sentence for a tooltip.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Function => "The function, or its address where no name is known",
            Self::File => "Its source file or module",
            Self::Own => "What comes from stacks that end in it",
            Self::Total => "What comes from stacks that it is on, each counted once",
            Self::Share => "The total as a part of all",
            Self::Count => "Allocations of the total",
        }
    }

    /// Whether it holds numbers.
    pub const fn is_number(self) -> bool {
        !matches!(self, Self::Function | Self::File)
    }
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column that rows are sorted by.
    pub by: Column,
    /// Whether the largest comes first.
    pub descends: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { by: Column::Total, descends: true }
    }
}

impl Order {
    /// A click on a head: another column, or the other direction.
    pub fn toggle(&mut self, by: Column) {
        self.descends = if self.by == by { !self.descends } else { by.is_number() };
        self.by = by;
    }
}

/// A row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The function's number.
    pub function: u32,
    /// What comes from it itself.
    pub own: Sums,
    /// What comes from it and whom it calls.
    pub total: Sums,
}

/// The functions' sums, on their way first.
#[derive(Clone, Debug, Default)]
pub struct FunctionSums {
    /// By function.
    rows: Vec<Row>,
    next: usize,
    version: u32,
}

impl FunctionSums {
    /// Adds up while `has_time`, and a slice whether it has or not; sums of another
    /// `version` anew. True when all is added up. O(nodes).
    pub(super) fn advance(
        &mut self,
        functions: &Functions,
        (skeleton, weighed): (&Skeleton, &Weighed),
        version: u32,
        has_time: &mut impl FnMut() -> bool,
    ) -> bool {
        if self.version != version || self.rows.is_empty() {
            let row = |function: usize| Row { function: function as u32, ..Row::default() };
            *self = Self { rows: (0..functions.len()).map(row).collect(), next: 1, version };
        }
        while self.next < skeleton.len() {
            let end = skeleton.len().min(self.next + SLICE);
            for id in (self.next..end).map(|at| NodeId(at as u32)) {
                self.add(skeleton, weighed, id);
            }
            self.next = end;
            if !has_time() {
                break;
            }
        }
        self.next >= skeleton.len()
    }

    fn add(&mut self, skeleton: &Skeleton, weighed: &Weighed, id: NodeId) {
        let node = skeleton.node(id);
        let row = &mut self.rows[node.function.0 as usize];
        row.own += weighed.own(id);
        if node.is_outermost {
            row.total += weighed.total(id);
        }
    }

    /// The first [`ROWS`] functions in an order, of those that a search matches, and how
    /// many there are. Equals in the order of their numbers. O(functions), and their texts
    /// where it is by text.
    pub fn top(
        &self,
        (stacks, functions): (&Stacks, &Functions),
        measure: Measure,
        search: &Search,
        order: Order,
    ) -> (Vec<Row>, usize) {
        let is_wanted = |row: &&Row| {
            measure.weight(row.total) > 0 && (search.is_empty() || search.matches(FunctionId(row.function)))
        };
        let mut rows: Vec<Row> = self.rows.iter().filter(is_wanted).copied().collect();
        let all = rows.len();
        let compare = |one: &Row, other: &Row| {
            let order_of_rows = compare((stacks, functions), measure, order.by, one, other);
            let ordered = if order.descends { order_of_rows.reverse() } else { order_of_rows };
            ordered.then(one.function.cmp(&other.function))
        };
        if all > ROWS {
            rows.select_nth_unstable_by(ROWS, compare);
            rows.truncate(ROWS);
        }
        rows.sort_unstable_by(compare);
        (rows, all)
    }
}

fn compare(
    (stacks, functions): (&Stacks, &Functions),
    measure: Measure,
    by: Column,
    one: &Row,
    other: &Row,
) -> Ordering {
    let text = |row: &Row, of: for<'a> fn(&'a Functions, &'a Stacks, FunctionId) -> &'a str| {
        of(functions, stacks, FunctionId(row.function)).to_lowercase()
    };
    match by {
        Column::Function => text(one, Functions::name).cmp(&text(other, Functions::name)),
        Column::File => text(one, Functions::file).cmp(&text(other, Functions::file)),
        Column::Own => measure.weight(one.own).cmp(&measure.weight(other.own)),
        Column::Total | Column::Share => measure.weight(one.total).cmp(&measure.weight(other.total)),
        Column::Count => one.total.count.cmp(&other.total.count),
    }
}
