//! A comparison as tables of words, part by part: for the command line, and for the page's
//! tables.

use super::about::lines;
use super::change::{Change, SAME};
use super::comparison::{CategoryRow, Comparison, LimitRow, Told};
use super::figure::{Figure, NOT_TOLD};
use super::places::Places;
use super::stacks::StackKey;
use super::table::{Amounts, Table};
use crate::numbers::text::count;
use arenascope_units::{Bytes, Micros};

/// Frames of a stack that are written out.
const FRAMES_SHOWN: usize = 6;

/// A part of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// What it comes to, in a sentence: that all is the same, or why there is nothing.
    pub said: String,
    /// Heads of columns; the first column is text, others are numbers.
    pub head: &'static [&'static str],
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// The heads of a table by key.
const BY_KEY: [&str; 5] = ["", "before", "after", "change", "things"];
/// Those of figures.
const OF_FIGURES: [&str; 4] = ["", "before", "after", "change"];

/// Every part, in the order of the page; at most `most` rows of each.
pub fn sections(it: &Comparison, most: usize) -> Vec<Section> {
    vec![
        documents(it),
        figures("Totals", &it.figures),
        categories(&it.categories),
        by_key("Owners", "owners", &it.owners, most, |owner| owner.words()),
        told("Call stacks", &it.stacks, |stacks| by_key("Call stacks", "stacks", &stacks.table, most, stack_words)),
        told("Places", &it.places, |places| of_places(places, most)),
        pool(it, most),
        limits(&it.limits),
        told("Lifetimes of what ended", &it.lifetimes, |lifetimes| {
            let has_times = it.before.has_times && it.after.has_times;
            let rows = lifetimes.rows.iter().filter(|row| !row.amounts.is_same());
            let rows: Vec<_> = rows.map(|row| amounts_row(row.words(has_times), &row.amounts)).collect();
            section("Lifetimes of what ended", said_of(&rows, "lifetimes"), &BY_KEY, rows)
        }),
        told("Findings", &it.findings, |table| {
            by_key("Findings", "findings", table, most, |key| format!("{}: {}", key.what, key.finding))
        }),
        told("Refused requests", &it.failures, |table| {
            by_key("Refused requests", "causes", table, most, |key| match key.owner.words() {
                owner if owner.is_empty() => key.cause.clone(),
                owner => format!("{} · {owner}", key.cause),
            })
        }),
    ]
}

fn section(title: &'static str, said: String, head: &'static [&'static str], rows: Vec<Vec<String>>) -> Section {
    Section { title, said, head, rows }
}

fn said_of(rows: &[Vec<String>], what: &str) -> String {
    if rows.is_empty() { format!("{SAME}: no {what} differ") } else { String::new() }
}

fn told<T>(title: &'static str, told: &Told<T>, make: impl Fn(&T) -> Section) -> Section {
    match told {
        Told::Compared(it) => make(it),
        Told::Missing(why) => section(title, format!("not compared: {why}"), &OF_FIGURES, Vec::new()),
    }
}

fn documents(it: &Comparison) -> Section {
    let row =
        |line: crate::snapshots::difference::Difference| vec![line.label.into(), line.before, line.after, line.change];
    let rows = lines(&it.before, &it.after).into_iter().map(row).collect();
    section("Documents", it.headline(), &OF_FIGURES, rows)
}

fn figures(title: &'static str, figures: &[Figure]) -> Section {
    let row =
        |figure: &Figure| vec![figure.label.clone(), figure.before_text(), figure.after_text(), figure.change_text()];
    let said = if figures.is_empty() { "neither tells any".into() } else { String::new() };
    section(title, said, &OF_FIGURES, figures.iter().map(row).collect())
}

fn categories(rows: &[CategoryRow]) -> Section {
    let row = |row: &CategoryRow| {
        let bytes = row.amounts.bytes;
        let [before, after] = [bytes.before, bytes.after].map(|bytes| Bytes::new(bytes).to_string());
        let peak = |text: fn(Change) -> String| row.peak_bytes.map_or_else(|| NOT_TOLD.into(), text);
        vec![
            row.category.clone(),
            before,
            after,
            bytes.bytes_text(),
            peak(Change::both_bytes),
            peak(Change::bytes_text),
        ]
    };
    let is_same = rows.iter().all(|row| row.amounts.is_same() && row.peak_bytes.is_none_or(Change::is_same));
    let said = if is_same { format!("{SAME}: every category") } else { String::new() };
    section(
        "Categories",
        said,
        &["", "before", "after", "change", "peaks", "peak change"],
        rows.iter().map(row).collect(),
    )
}

fn amounts_row(label: String, amounts: &Amounts) -> Vec<String> {
    let Amounts { bytes, count } = amounts;
    let [before, after] = [bytes.before, bytes.after].map(|bytes| Bytes::new(bytes).to_string());
    vec![label, before, after, bytes.bytes_text(), count.count_text()]
}

/// Rows by key, what is left over, and what is the same.
fn by_key<K>(title: &'static str, what: &str, table: &Table<K>, most: usize, words: impl Fn(&K) -> String) -> Section {
    let mut shown: Vec<_> = table.rows.iter().collect();
    let mut rest = table.rest;
    if shown.len() > most {
        // The largest changes stay, in their order.
        let mut sizes: Vec<u128> = shown.iter().map(|row| row.amounts.bytes.difference().unsigned_abs()).collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        let least = sizes[most.saturating_sub(1)];
        let mut room = most;
        shown.retain(|row| {
            let stays = room > 0 && row.amounts.bytes.difference().unsigned_abs() >= least;
            room -= usize::from(stays);
            if !stays {
                rest.keys += 1;
                rest.amounts = rest.amounts.plus(row.amounts);
            }
            stays
        });
    }
    let mut rows: Vec<_> = shown.into_iter().map(|row| amounts_row(words(&row.key), &row.amounts)).collect();
    if rest.keys > 0 {
        rows.push(amounts_row(format!("{} other {what}", count(rest.keys)), &rest.amounts));
    }
    let same = Bytes::new(table.same.amounts.bytes.after);
    let said = match (table.is_same(), table.same.keys) {
        (true, 0) => format!("{SAME}: neither has any"),
        (true, keys) => format!("{SAME}: all {what} ({}), {same}", count(keys)),
        (false, 0) => String::new(),
        (false, keys) => format!("beside these, {what} that are the {SAME} ({}): {same}", count(keys)),
    };
    section(title, said, &BY_KEY, rows)
}

/// A stack in one line, the innermost function first.
pub fn stack_words(key: &StackKey) -> String {
    let shown = key.frames.iter().take(FRAMES_SHOWN).map(String::as_str).collect::<Vec<_>>().join(" ← ");
    match key.frames.len().saturating_sub(FRAMES_SHOWN) {
        0 => shown,
        more => format!("{shown} ← {more} more"),
    }
}

fn of_places(places: &Places, most: usize) -> Section {
    let mut rows: Vec<_> = places.fates.iter().map(|row| amounts_row(row.fate.label().into(), &row.amounts)).collect();
    for place in places.largest.iter().take(most) {
        let way = place.way();
        let amounts = Amounts { bytes: place.bytes, count: Change::default() };
        let mut row = amounts_row(format!("  {}: {} at {way}", place.fate.label(), place.owner.words()), &amounts);
        row[4] = String::new();
        rows.push(row);
    }
    let how = if places.is_by_birth { "the same things of one run" } else { "equal owner and size stand for the same" };
    let said = if places.is_same() { format!("{SAME}: everything lies where it lay ({how})") } else { how.into() };
    section("Places", said, &BY_KEY, rows)
}

fn pool(it: &Comparison, most: usize) -> Section {
    let words = |key: &super::side::ObjectKey| {
        let idle = if key.is_held { "" } else { ", given back" };
        format!("{} of {}{idle}", key.owner.words(), Bytes::new(key.size_bytes))
    };
    let mut objects = by_key("Pools and devices", "sizes", &it.pool.objects, most, words);
    let figure = |figure: &Figure| {
        vec![figure.label.clone(), figure.before_text(), figure.after_text(), figure.change_text(), String::new()]
    };
    let has_pool = it.pool.figures.iter().any(|figure| figure.before.max(figure.after) > Some(0));
    let mut rows: Vec<_> = it.pool.figures.iter().filter(|_| has_pool).map(figure).collect();
    rows.append(&mut objects.rows);
    Section { rows, ..objects }
}

fn limits(rows: &[LimitRow]) -> Section {
    let row = |row: &LimitRow| {
        let limit =
            |bytes: Option<u64>| bytes.map_or_else(|| "no limit told".into(), |bytes| Bytes::new(bytes).to_string());
        let limit = match (row.limit_bytes_before, row.limit_bytes_after) {
            (before, after) if before == after => limit(before),
            (before, after) => format!("{} → {}", limit(before), limit(after)),
        };
        let refusals = row.refusals.map_or_else(|| NOT_TOLD.into(), Change::both_counts);
        vec![row.label.clone(), row.bytes.both_bytes(), row.bytes.bytes_text(), limit, refusals]
    };
    let said = if rows.is_empty() { "neither tells any".into() } else { String::new() };
    section("Budget and sizes", said, &["", "used", "change", "limit", "refused"], rows.iter().map(row).collect())
}

/// When a peak was, in words.
pub fn peak_words(peak_us: Option<Change>) -> Option<String> {
    peak_us.map(|Change { before, after }| format!("{} → {}", Micros::new(before), Micros::new(after)))
}
