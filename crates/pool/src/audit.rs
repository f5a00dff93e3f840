//! Checks a pool against itself: every figure and every order is worked out
//! anew from the entries alone.

use super::chain::Ends;
use super::destroyed::DestroyReason;
use super::entry::{Entry, State};
use super::index::{Class, DEPARTED_MAX, rank};
use super::lifecycle::Pool;
use super::statistics::{Amount, Statistics};
use arenascope_units::Bytes;
use thiserror::Error;

/// What an audit found to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// A figure that is not what the entries add up to.
    #[error("{name} is recorded as {recorded}, the entries say {counted}")]
    Figure {
        /// The figure, by the name that people read.
        name: &'static str,
        /// As the pool has it.
        recorded: u64,
        /// As the entries say.
        counted: u64,
    },
    /// The orders by class, age and submission do not list the entries.
    #[error("the index does not list the entries")]
    Index,
    /// Classes of which nothing is alive that are not listed as such, or more of
    /// them than are to be remembered.
    #[error("an empty class is not listed as departed, or too many are")]
    EmptyClass,
}

impl Pool {
    /// Checks every invariant. O(n log n); for tests and the page's self-check.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn audit(&self) -> Result<(), Violation> {
        self.audit_figures()?;
        self.audit_index()
    }

    fn audit_figures(&self) -> Result<(), Violation> {
        let stats = self.statistics();
        let of = |wanted: fn(&State) -> bool| self.entries().filter(move |entry| wanted(&entry.state));
        check_amount("creating", stats.creating, of(|state| *state == State::Creating))?;
        check_amount("in use", stats.in_use, of(|state| *state == State::InUse))?;
        check_amount("pending", stats.pending, of(|state| matches!(state, State::Pending { .. })))?;
        check_amount("idle", stats.idle, of(|state| *state == State::Idle))?;
        let requested: Bytes = of(|state| *state == State::InUse).map(|entry| entry.requested).sum();
        check("requested bytes", stats.requested.get(), requested.get())?;
        check_identities(&stats)
    }

    fn audit_index(&self) -> Result<(), Violation> {
        let idle = self.slots_of(|entry| entry.state == State::Idle);
        let pending = self.slots_of(|entry| matches!(entry.state, State::Pending { .. }));
        if !self.index.idle().eq(idle) || !self.index.pending().eq(pending) {
            return Err(Violation::Index);
        }
        for (id, class) in self.index.classes() {
            self.audit_class(id, class)?;
        }
        let (listed, counted) = self.index.departed();
        if listed != counted || listed > DEPARTED_MAX as usize {
            return Err(Violation::EmptyClass);
        }
        let alive = |entry: &Entry| self.index.get(entry.class).is_some_and(|class| !class.is_empty());
        if self.entries().all(alive) { Ok(()) } else { Err(Violation::EmptyClass) }
    }

    fn audit_class(&self, id: u32, class: &Class) -> Result<(), Violation> {
        let count = |state: State| self.entries().filter(|entry| entry.class == id && entry.state == state).count();
        check("creating of a class", class.creating, count(State::Creating) as u64)?;
        check("in use of a class", class.in_use, count(State::InUse) as u64)?;
        let idle = self.slots_of(|entry| entry.class == id && entry.state == State::Idle);
        let pending = self.slots_of(|entry| entry.class == id && matches!(entry.state, State::Pending { .. }));
        let agrees =
            |ends: &Ends, slots: Vec<u32>| ends.count as usize == slots.len() && self.index.listed(ends).eq(slots);
        if agrees(&class.idle, idle) && agrees(&class.pending, pending) { Ok(()) } else { Err(Violation::Index) }
    }

    /// Slots by their rank, without help from the index.
    fn slots_of(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<u32> {
        let chosen = self.slots.iter().filter(|(_, entry)| wanted(entry));
        let mut slots: Vec<_> = chosen.map(|(resource, entry)| (rank(entry), resource.slot)).collect();
        slots.sort_unstable();
        slots.into_iter().map(|(_, slot)| slot).collect()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().map(|(_, entry)| entry)
    }
}

/// What holds between the figures themselves.
fn check_identities(stats: &Statistics) -> Result<(), Violation> {
    check("hits by cause", stats.hits_by.total(), stats.hits)?;
    check("misses by cause", stats.misses_by.total(), stats.misses)?;
    check("reuse distances", stats.reuse_distance.total(), stats.hits)?;
    for reason in DestroyReason::ALL {
        let (blamed, destroyed) = (stats.misses_by.evicted_by(reason), stats.destroyed.by(reason).count);
        check("misses blamed on more than was destroyed", blamed.saturating_sub(destroyed), 0)?;
    }
    let (alive, destroyed) = (stats.allocated(), stats.destroyed.total());
    check("created", stats.created.count, alive.count + destroyed.count)?;
    check("created bytes", stats.created.bytes.get(), alive.bytes.get() + destroyed.bytes.get())?;
    check("acquires", stats.acquires, stats.hits + stats.misses)?;
    check("misses", stats.misses, stats.created.count + stats.creating.count)
}

fn check_amount<'a>(
    name: &'static str,
    recorded: Amount,
    entries: impl Iterator<Item = &'a Entry>,
) -> Result<(), Violation> {
    let counted = entries.fold(Amount::default(), |mut sum, entry| {
        sum.add(entry.size);
        sum
    });
    check(name, recorded.count, counted.count)?;
    check(name, recorded.bytes.get(), counted.bytes.get())
}

fn check(name: &'static str, recorded: u64, counted: u64) -> Result<(), Violation> {
    if recorded == counted { Ok(()) } else { Err(Violation::Figure { name, recorded, counted }) }
}
