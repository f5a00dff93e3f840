//! Everything that differs between two documents, as plain data.

use super::about::{About, Order};
use super::align::Align;
use super::change::Change;
use super::figure::{Figure, figures};
use super::lifetimes::{LifetimeChanges, lifetimes};
use super::of_run::{RunOf, SideError};
use super::places::{Places, places};
use super::side::{CategoryFacts, FailureKey, FindingKey, Had, LimitFacts, ObjectKey, OwnerKey, Side, sums};
use super::stacks::{StackChanges, stacks};
use super::table::{Amounts, Sums, Table};
use super::usage::{Axis, Curve, Of, curve};
use super::warning::{Warning, warnings};
use super::watched::Watch;
use arenascope_formats::snapshot::Document;
use serde::{Deserialize, Serialize};

/// Raised when a field changes its meaning or goes.
pub const VERSION: u32 = 1;
/// The `format` of a comparison in JSON.
pub const FORMAT: &str = "arenascope-diff";
/// Rows of a table.
const ROWS: usize = 200;

/// What is compared, or why it cannot be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told<T> {
    /// It.
    Compared(T),
    /// Why not, in words.
    Missing(String),
}

impl<T> Told<T> {
    /// It, where it is compared.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Compared(it) => Some(it),
            Self::Missing(_) => None,
        }
    }

    /// Why it is not compared.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Compared(_) => None,
            Self::Missing(why) => Some(why),
        }
    }
}

/// A category before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryRow {
    /// Its name for people.
    pub category: String,
    /// Live bytes and things.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// The most bytes at once, up to the moment; `None` where one side does not tell.
    pub peak_bytes: Option<Change>,
    /// When that was first so, µs; `None` where one side does not tell.
    pub peak_us: Option<Change>,
}

/// A limit before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitRow {
    /// What is limited.
    pub label: String,
    /// Of which kind it is: `total`, `heap`, `category`, `space`.
    pub level: String,
    /// Bytes under it.
    pub bytes: Change,
    /// The most that there may be, before; `None` for no limit, or where nobody told.
    pub limit_bytes_before: Option<u64>,
    /// The same, after.
    pub limit_bytes_after: Option<u64>,
    /// Refused requests; `None` where one side does not tell.
    pub refusals: Option<Change>,
}

/// Pools, and what is on devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolChanges {
    /// Figures of pools; empty where neither has any.
    pub figures: Vec<Figure>,
    /// Buffers, textures, tensors and other objects without addresses.
    pub objects: Table<ObjectKey>,
}

/// Live bytes of both runs on an axis that they share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsageCurves {
    /// What the axis counts.
    pub align: Align,
    /// Where it ends: µs, events, frames, or common markers and one.
    pub end: u64,
    /// Texts of common markers, which lie at 1, 2, 3, … of the axis.
    pub marks: Vec<String>,
    /// The older run; `None` of a snapshot.
    pub before: Option<Curve>,
    /// The newer one.
    pub after: Option<Curve>,
}

/// What differs between two documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The older document.
    pub before: About,
    /// The newer one.
    pub after: About,
    /// Whether they are moments of one run.
    pub is_one_run: bool,
    /// Whether the newer one was given first.
    pub is_turned: bool,
    /// What to know before a difference is believed.
    pub warnings: Vec<Warning>,
    /// Figures of all of it.
    pub figures: Vec<Figure>,
    /// Live bytes over both runs.
    pub usage: Told<UsageCurves>,
    /// By category, in the order of the older run.
    pub categories: Vec<CategoryRow>,
    /// By owner.
    pub owners: Table<OwnerKey>,
    /// By call stack.
    pub stacks: Told<StackChanges>,
    /// By place.
    pub places: Told<Places>,
    /// Pools and devices.
    pub pool: PoolChanges,
    /// The budget, or the sizes of spaces.
    pub limits: Vec<LimitRow>,
    /// How long things lived.
    pub lifetimes: Told<LifetimeChanges>,
    /// What deserves a look.
    pub findings: Told<Table<FindingKey>>,
    /// What was refused.
    pub failures: Told<Table<FailureKey>>,
}

/// One of two that are compared.
pub enum Input<'r, 'l> {
    /// A run at a moment.
    Run(RunOf<'r, 'l>),
    /// A snapshot.
    Snapshot {
        /// Its document.
        document: &'r Document,
        /// Its name.
        name: &'r str,
        /// Tells it from other runs and snapshots.
        run: u64,
    },
}

impl Input<'_, '_> {
    fn side(&self, watch: &mut Watch<'_>) -> Result<Side, SideError> {
        match self {
            Self::Run(run) => run.side(watch),
            Self::Snapshot { document, name, run } => Ok(Side::of_snapshot(document, name, *run)),
        }
    }

    /// Events that are looked at, about: what [`Watch`] counts to.
    pub fn events(&self) -> u64 {
        // The sums, the lifetimes and the curve.
        match self {
            Self::Run(run) => 3 * (run.reader.run().end - run.reader.run().start),
            Self::Snapshot { .. } => 0,
        }
    }
}

/// Compares two documents, the older one as `before`, whichever is given first; the first
/// where they do not say. O(events of both runs + what is alive · log).
///
/// # Errors
/// [`SideError`].
pub fn compare(
    first: &Input<'_, '_>,
    second: &Input<'_, '_>,
    align: Align,
    watch: &mut Watch<'_>,
) -> Result<Comparison, SideError> {
    let sides = [first.side(watch)?, second.side(watch)?];
    let is_one_run = sides[0].run == sides[1].run && !sides[0].about.is_snapshot && !sides[1].about.is_snapshot;
    let order = About::older(&sides[0].about, &sides[1].about, is_one_run);
    let is_turned = order == Order::Second;
    let [one, other] = &sides;
    let ((before, input), (after, input_after)) =
        if is_turned { ((other, second), (one, first)) } else { ((one, first), (other, second)) };
    let mut comparison = Comparison::of(before, after, is_one_run);
    comparison.is_turned = is_turned;
    comparison.warnings = warnings(&before.about, &after.about, order, is_one_run);
    let (usage, warning) = usage((input, before), (input_after, after), align, watch)?;
    comparison.usage = usage;
    comparison.warnings.extend(warning);
    Ok(comparison)
}

impl Comparison {
    /// Of two sides that are in order, without their curves and warnings. O(what is alive · log).
    pub fn of(before: &Side, after: &Side, is_one_run: bool) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            before: before.about.clone(),
            after: after.about.clone(),
            is_one_run,
            is_turned: false,
            warnings: Vec::new(),
            figures: figures(&before.facts, &after.facts),
            usage: Told::Missing("not asked for".into()),
            categories: categories(&before.categories, &after.categories),
            owners: owners(before, after),
            stacks: told((before, &before.tables), (after, &after.tables), |one, other| {
                stacks((before, one), (after, other))
            }),
            places: match places(before, after, is_one_run) {
                Some(places) => Told::Compared(places),
                None => Told::Missing("neither has memory with addresses at that moment".into()),
            },
            pool: PoolChanges {
                figures: figures(&before.pool, &after.pool),
                objects: sums(&before.objects, &after.objects).table(ROWS),
            },
            limits: limits(&before.limits, &after.limits),
            lifetimes: told((before, &before.lifetimes), (after, &after.lifetimes), lifetimes),
            findings: told((before, &before.findings), (after, &after.findings), |one, other| {
                sums(one, other).table(ROWS)
            }),
            failures: told((before, &before.failures), (after, &after.failures), |one, other| {
                sums(one, other).table(ROWS)
            }),
        }
    }

    /// Live bytes and things of both.
    pub fn live(&self) -> Amounts {
        self.owners.total()
    }

    /// Whether nothing that is compared differs; the documents themselves may.
    pub fn is_same(&self) -> bool {
        self.figures.iter().all(Figure::is_same)
            && self.categories.iter().all(|row| row.amounts.is_same())
            && self.owners.is_same()
            && self.stacks.get().is_none_or(|stacks| stacks.table.is_same())
            && self.places.get().is_none_or(Places::is_same)
            && self.pool.figures.iter().all(Figure::is_same)
            && self.pool.objects.is_same()
            && self.lifetimes.get().is_none_or(|lifetimes| lifetimes.rows.iter().all(|row| row.amounts.is_same()))
            && self.findings.get().is_none_or(Table::is_same)
            && self.failures.get().is_none_or(Table::is_same)
    }

    /// As JSON text.
    pub fn to_text(&self) -> String {
        // Of plain fields: it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What both have, made of both; or why one has none.
fn told<T, U>(before: (&Side, &Had<T>), after: (&Side, &Had<T>), make: impl Fn(&T, &T) -> U) -> Told<U> {
    match (before.1, after.1) {
        (Ok(one), Ok(other)) => Told::Compared(make(one, other)),
        (Err(why), Err(_)) => Told::Missing(why.clone()),
        (Err(why), _) => Told::Missing(format!("{}: {why}", before.0.about.name)),
        (_, Err(why)) => Told::Missing(format!("{}: {why}", after.0.about.name)),
    }
}

fn owners(before: &Side, after: &Side) -> Table<OwnerKey> {
    use super::change::When;
    let mut sums = Sums::default();
    for (when, side) in [(When::Before, before), (When::After, after)] {
        let mut held = vec![(0_u64, 0_u64); side.owners.len()];
        for thing in &side.things {
            let (bytes, count) = &mut held[thing.owner as usize];
            *bytes = bytes.saturating_add(thing.bytes);
            *count += 1;
        }
        side.owners.iter().zip(held).for_each(|(key, (bytes, count))| sums.add(key.clone(), when, bytes, count));
    }
    sums.table(ROWS)
}

/// Categories of both by their names, in the order of the first; those of which neither ever
/// had a byte are left out.
fn categories(before: &[CategoryFacts], after: &[CategoryFacts]) -> Vec<CategoryRow> {
    let is_new = |row: &&CategoryFacts| before.iter().all(|known| known.label != row.label);
    let labels = before.iter().chain(after.iter().filter(is_new)).map(|row| row.label.as_str());
    let row = |label: &str| {
        let [one, other] = [before, after].map(|rows| rows.iter().find(|row| row.label == label));
        let of = |side: Option<&CategoryFacts>, get: fn(&CategoryFacts) -> u64| side.map_or(0, get);
        let both = |get: fn(&CategoryFacts) -> u64| Change { before: of(one, get), after: of(other, get) };
        // What is no category of a side has no peak there.
        let told = |get: fn(&CategoryFacts) -> Option<u64>, none: Option<u64>| {
            Some(Change { before: one.map_or(none, get)?, after: other.map_or(none, get)? })
        };
        CategoryRow {
            category: label.into(),
            amounts: Amounts { bytes: both(|row| row.bytes), count: both(|row| row.count) },
            peak_bytes: told(|row| row.peak_bytes, Some(0)),
            peak_us: told(|row| row.peak_us, None),
        }
    };
    let is_any =
        |row: &CategoryRow| row.amounts != Amounts::default() || row.peak_bytes.is_some_and(|it| it.most() > 0);
    labels.map(row).filter(is_any).collect()
}

fn limits(before: &[LimitFacts], after: &[LimitFacts]) -> Vec<LimitRow> {
    let is_same = |one: &LimitFacts, other: &LimitFacts| (one.level, &one.label) == (other.level, &other.label);
    let is_new = |row: &&LimitFacts| before.iter().all(|known| !is_same(known, row));
    let row = |row: &LimitFacts| {
        let [one, other] = [before, after].map(|rows| rows.iter().find(|known| is_same(known, row)));
        let bytes = |side: Option<&LimitFacts>| side.map_or(0, |row| row.bytes);
        let refusals = one.and_then(|row| row.refusals).zip(other.and_then(|row| row.refusals));
        LimitRow {
            label: row.label.clone(),
            level: row.level.into(),
            bytes: Change { before: bytes(one), after: bytes(other) },
            limit_bytes_before: one.and_then(|row| row.limit_bytes),
            limit_bytes_after: other.and_then(|row| row.limit_bytes),
            refusals: refusals.map(|(before, after)| Change { before, after }),
        }
    };
    before.iter().chain(after.iter().filter(is_new)).map(row).collect()
}

type Both<'i, 'r, 'l> = (&'i Input<'r, 'l>, &'i Side);

/// The curves of both; where they cannot be laid beside each other as asked, by time, and why.
fn usage(
    before: Both<'_, '_, '_>,
    after: Both<'_, '_, '_>,
    align: Align,
    watch: &mut Watch<'_>,
) -> Result<(Told<UsageCurves>, Option<Warning>), SideError> {
    let lands = |(input, side): Both<'_, '_, '_>| (side.landings.clone(), length_us(input));
    let ((one, one_us), (other, other_us)) = (lands(before), lands(after));
    let both = [before.0, after.0].into_iter().filter(|input| matches!(input, Input::Run(_))).count();
    if both == 0 {
        return Ok((Told::Missing("snapshots are of one moment each".into()), None));
    }
    // Of one run there is nothing to lay it beside.
    let (one, other) = match (before.0, after.0) {
        (Input::Run(_), Input::Snapshot { .. }) => (one.clone(), one),
        (Input::Snapshot { .. }, Input::Run(_)) => (other.clone(), other),
        _ => (one, other),
    };
    let axis = |align| Axis::new(align, (&one, one_us), (&other, other_us));
    let (axis, warning) = match axis(align) {
        Ok(axis) => (Some(axis), None),
        Err(why) => (axis(Align::Time).ok(), Some(Warning::NotAligned { why })),
    };
    let Some(axis) = axis else { return Ok((Told::Missing("nothing to align".into()), warning)) };
    let mut of = |input: &Input<'_, '_>, landings, of, events: u64| match input {
        Input::Run(run) => {
            let position = run.reader.run().start + events;
            curve(run.reader, landings, (&axis, of), position, watch).map(Some)
        }
        Input::Snapshot { .. } => Ok(None),
    };
    let curves = UsageCurves {
        align: axis.align,
        end: axis.end,
        marks: axis.marks().map(str::to_owned).collect(),
        before: of(before.0, &one, Of::First, before.1.about.events)?,
        after: of(after.0, &other, Of::Second, after.1.about.events)?,
    };
    Ok((Told::Compared(curves), warning))
}

fn length_us(input: &Input<'_, '_>) -> u64 {
    match input {
        Input::Run(run) => run.reader.run().end.checked_sub(1).and_then(|last| run.reader.time_us(last)).unwrap_or(0),
        Input::Snapshot { .. } => 0,
    }
}
