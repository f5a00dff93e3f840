//! One pass over a run: what lives, by account; peaks of every series; sums at marks.

use super::account::{Account, Accounts, Sums};
use super::series::AllSeries;
use crate::rules::Rule;
use arenascope_trace::{Action, Event, Run, Site};
use std::collections::{BTreeMap, HashMap};

/// The function that stands for the garbage collector in recordings of pages.
const COLLECTOR: &str = "(left to the garbage collector)";

/// Something that lives.
#[derive(Clone, Copy, Debug)]
struct Living {
    account: u32,
    bytes: u64,
    /// Position of the event that made it.
    born: u64,
}

/// Where a mark was first and last met, and what lived then, by account.
#[derive(Clone, Debug, Default)]
pub(super) struct MarkSeen {
    pub(super) first_event: u64,
    pub(super) first: Vec<Sums>,
    pub(super) last_event: u64,
    pub(super) last_us: u64,
    pub(super) last: Vec<Sums>,
}

/// The books of a run up to an event. Memory: one entry for each allocation that lives, one
/// for each account.
pub(super) struct Ledger<'r> {
    run: &'r dyn Run,
    pub(super) accounts: Accounts,
    pub(super) series: AllSeries,
    /// What lives, by account.
    pub(super) held: Vec<Sums>,
    /// What the garbage collector found, by account.
    pub(super) collected: BTreeMap<u32, Sums>,
    /// Requests that were refused, by account; bytes are those asked for.
    pub(super) failed: BTreeMap<u32, Sums>,
    pub(super) marks: BTreeMap<u32, MarkSeen>,
    living: HashMap<u64, Living>,
    collector: Vec<Site>,
    pub(super) lost: u64,
    pub(super) events: u64,
    pub(super) length_us: u64,
    pub(super) last_failure: Option<(u64, u64)>,
}

impl<'r> Ledger<'r> {
    /// Empty books for these rules. O(call stacks).
    pub(super) fn new(run: &'r dyn Run, rules: &[Rule]) -> Self {
        let wanted: Vec<_> = rules.iter().flat_map(|rule| [&rule.from, &rule.to]).flatten().collect();
        let markers = (0..).zip(&run.manifest().markers).filter(|(_, text)| wanted.contains(text));
        let stacks = run.stacks();
        let is_collector =
            |site: &Site| stacks.frames_of(*site).next().is_some_and(|frame| &*frame.function == COLLECTOR);
        Self {
            run,
            accounts: Accounts::default(),
            series: AllSeries::new(rules),
            held: Vec::new(),
            collected: BTreeMap::new(),
            failed: BTreeMap::new(),
            marks: markers
                .map(|(marker, _)| (marker, MarkSeen { first_event: u64::MAX, ..MarkSeen::default() }))
                .collect(),
            living: HashMap::new(),
            collector: (1..stacks.len() as u32).map(Site).filter(is_collector).collect(),
            lost: 0,
            events: 0,
            length_us: 0,
            last_failure: None,
        }
    }

    /// Takes in the next event. O(series of its account).
    pub(super) fn apply(&mut self, event: &Event) {
        self.length_us = event.time_us;
        match event.action {
            Action::Allocate { id, space, bytes, category, .. } => {
                self.end(id);
                let account = self.account(Account { space, category, site: event.site });
                self.living.insert(id, Living { account, bytes, born: self.events });
                self.add(account, bytes, 1, event.time_us);
            }
            Action::Free { id } => {
                let ended = self.end(id);
                if let Some(living) = ended.filter(|_| self.collector.contains(&event.site)) {
                    self.collected.entry(living.account).or_default().add(living.bytes, 1);
                }
            }
            Action::Resize { id, bytes } => self.resize(id, bytes, event.time_us),
            Action::Fail { space, bytes, .. } => {
                let category = arenascope_trace::CategoryId(u8::MAX);
                let account = self.account(Account { space, category, site: event.site });
                self.failed.entry(account).or_default().add(bytes, 1);
                self.last_failure = Some((self.events, event.time_us));
            }
            Action::Mark { marker } => self.mark(marker, event.time_us),
            // A file that does not say how many lost at least one.
            Action::Lost { count } => self.lost = self.lost.saturating_add(count.max(1)),
            Action::FreeRequested { .. } | Action::Reserve { .. } | Action::Release { .. } => {}
        }
        self.events += 1;
    }

    fn account(&mut self, account: Account) -> u32 {
        let (position, is_new) = self.accounts.position(account);
        if is_new {
            self.held.push(Sums::default());
            self.series.add_account(self.run, account);
        }
        position
    }

    fn add(&mut self, account: u32, bytes: u64, objects: u64, time_us: u64) {
        self.held[account as usize].add(bytes, objects);
        self.series.add(account, bytes, objects, (self.events, time_us));
    }

    fn take(&mut self, account: u32, bytes: u64, objects: u64) {
        self.held[account as usize].take(bytes, objects);
        self.series.take(account, bytes, objects);
    }

    /// Ends what lives under a number.
    fn end(&mut self, id: u64) -> Option<Living> {
        let living = self.living.remove(&id)?;
        self.take(living.account, living.bytes, 1);
        Some(living)
    }

    fn resize(&mut self, id: u64, bytes: u64, time_us: u64) {
        let Some(living) = self.living.get_mut(&id) else { return };
        let (account, before) = (living.account, core::mem::replace(&mut living.bytes, bytes));
        self.take(account, before, 0);
        self.add(account, bytes, 0, time_us);
    }

    fn mark(&mut self, marker: u32, time_us: u64) {
        let Some(seen) = self.marks.get_mut(&marker) else { return };
        if seen.first_event == u64::MAX {
            (seen.first_event, seen.first) = (self.events, self.held.clone());
        }
        (seen.last_event, seen.last_us, seen.last) = (self.events, time_us, self.held.clone());
    }

    /// What was made after an event and still lives, by account.
    pub(super) fn born_after(&self, event: u64) -> BTreeMap<u32, Sums> {
        let mut sums: BTreeMap<u32, Sums> = BTreeMap::new();
        for living in self.living.values().filter(|living| living.born > event) {
            sums.entry(living.account).or_default().add(living.bytes, 1);
        }
        sums
    }
}
