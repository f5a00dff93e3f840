//! Checks a pool against itself: every figure and every order is worked out
//! anew from the entries alone.

use super::entry::{Entry, State};
use super::index::Index;
use super::lifecycle::Pool;
use super::statistics::{Amount, Statistics};
use crate::units::Bytes;
use core::fmt;

/// What an audit found to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A figure that is not what the entries add up to.
    Figure {
        /// Which figure.
        name: &'static str,
        /// As the pool has it.
        recorded: u64,
        /// As the entries say.
        counted: u64,
    },
    /// The orders by class, age and submission do not list the entries.
    Index,
    /// A class of which nothing is alive.
    EmptyClass,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure { name, recorded, counted } => {
                write!(f, "{name} is recorded as {recorded}, the entries say {counted}")
            }
            Self::Index => f.write_str("the index does not list the entries"),
            Self::EmptyClass => f.write_str("a class is kept of which nothing is alive"),
        }
    }
}

impl std::error::Error for Violation {}

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
        let mut expected = Index::default();
        for (resource, entry) in self.slots.iter() {
            expected.enter(resource.slot, entry);
        }
        if self.index.has_empty_class() {
            return Err(Violation::EmptyClass);
        }
        if self.index.without_history() == expected { Ok(()) } else { Err(Violation::Index) }
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().map(|(_, entry)| entry)
    }
}

/// What holds between the figures themselves.
fn check_identities(stats: &Statistics) -> Result<(), Violation> {
    let (alive, destroyed) = (stats.allocated(), stats.destroyed.total());
    check("created", stats.created.count, alive.count + destroyed.count)?;
    check("created bytes", stats.created.bytes.get(), alive.bytes.get() + destroyed.bytes.get())?;
    check("acquires", stats.acquires, stats.hits + stats.misses)?;
    check("misses", stats.misses, stats.created.count + stats.creations_failed + stats.creating.count)
}

fn check_amount<'a>(
    name: &'static str,
    recorded: Amount,
    entries: impl Iterator<Item = &'a Entry>,
) -> Result<(), Violation> {
    let counted = entries.fold(Amount::default(), |mut sum, entry| {
        sum.add(entry.key.size);
        sum
    });
    check(name, recorded.count, counted.count)?;
    check(name, recorded.bytes.get(), counted.bytes.get())
}

fn check(name: &'static str, recorded: u64, counted: u64) -> Result<(), Violation> {
    if recorded == counted { Ok(()) } else { Err(Violation::Figure { name, recorded, counted }) }
}
