//! Accounts: memory of one space, category and call stack is one figure.

use arenascope_recording::is_allocator;
use arenascope_trace::{CategoryId, Run, Site, SpaceId};
use std::collections::HashMap;

/// Bytes and allocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Bytes.
    pub(super) bytes: u64,
    /// Allocations.
    pub(super) objects: u64,
}

impl Sums {
    pub(super) const fn add(&mut self, bytes: u64, objects: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.objects += objects;
    }

    pub(super) const fn take(&mut self, bytes: u64, objects: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.objects = self.objects.saturating_sub(objects);
    }
}

/// Where memory is, what for, and who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Account {
    pub(super) space: SpaceId,
    pub(super) category: CategoryId,
    pub(super) site: Site,
}

/// The accounts of a run, in the order in which they were met: the same in every pass.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    all: Vec<Account>,
    by_account: HashMap<Account, u32>,
}

impl Accounts {
    /// The position of an account, and whether it is new. O(1).
    pub(super) fn position(&mut self, account: Account) -> (u32, bool) {
        let next = self.all.len() as u32;
        let position = *self.by_account.entry(account).or_insert(next);
        if position == next {
            self.all.push(account);
        }
        (position, position == next)
    }

    pub(super) fn get(&self, position: u32) -> Account {
        self.all[position as usize]
    }
}

/// Who asked: the innermost function that is not an allocator's own; of a page's resource
/// its label.
pub(super) fn owner_of(run: &dyn Run, site: Site) -> String {
    let stacks = run.stacks();
    let frame = stacks.frames_of(site).find(|frame| !is_allocator(&frame.function));
    let frame = frame.or_else(|| stacks.frames_of(site).next());
    frame.map_or_else(|| UNKNOWN.into(), |frame| frame.function.to_string())
}

/// The owner where no stack is known.
pub(super) const UNKNOWN: &str = "(unknown)";

/// The label of a category for people.
pub(super) fn category_of(run: &dyn Run, category: CategoryId) -> String {
    run.manifest().categories.get(usize::from(category.0)).map_or_else(String::new, |category| category.label.clone())
}

/// The label of a space for people.
pub(super) fn space_of(run: &dyn Run, space: SpaceId) -> String {
    run.manifest().spaces.get(usize::from(space.0)).map_or_else(String::new, |space| space.label.clone())
}
