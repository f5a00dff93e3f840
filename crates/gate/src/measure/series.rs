//! Which accounts a rule adds up, and its running sums.

use super::account::{Account, Sums, category_of, owner_of, space_of};
use crate::rules::{Each, Filter, Rule};
use arenascope_trace::Run;
use std::collections::BTreeMap;

/// What is added up: of whose memory, and one by one of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) filter: Filter,
    pub(super) each: Option<Each>,
}

impl Series {
    pub(super) fn of(rule: &Rule) -> Self {
        Self { filter: rule.filter.clone(), each: rule.each }
    }

    /// Whether memory of an account counts. O(frames of its stack).
    fn holds(&self, run: &dyn Run, account: Account) -> bool {
        let manifest = run.manifest();
        let is_category = |wanted: &String| {
            manifest.categories.get(usize::from(account.category.0)).is_some_and(|category| is_named(category, wanted))
        };
        let is_space = |wanted: &String| space_of(run, account.space).eq_ignore_ascii_case(wanted);
        let is_owner = |wanted: &String| crate::rules::matches(wanted, &owner_of(run, account.site));
        let in_stack = |wanted: &String| {
            let wanted = wanted.to_lowercase();
            let mut frames = run.stacks().frames_of(account.site);
            frames.any(|frame| {
                frame.function.to_lowercase().contains(&wanted) || frame.file.to_lowercase().contains(&wanted)
            })
        };
        self.filter.category.as_ref().is_none_or(is_category)
            && self.filter.space.as_ref().is_none_or(is_space)
            && self.filter.owner.as_ref().is_none_or(is_owner)
            && self.filter.stack.as_ref().is_none_or(in_stack)
    }

    /// Under which name an account counts; empty where all count as one.
    fn key(&self, run: &dyn Run, account: Account) -> String {
        match self.each {
            None => String::new(),
            Some(Each::Owner) => owner_of(run, account.site),
            Some(Each::Category) => category_of(run, account.category),
            Some(Each::Space) => space_of(run, account.space),
        }
    }
}

/// Whether a category is called so, by key or label.
fn is_named(category: &arenascope_trace::Category, wanted: &str) -> bool {
    category.key.eq_ignore_ascii_case(wanted) || category.label.eq_ignore_ascii_case(wanted)
}

/// The sums of one name of a series.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) now: Sums,
    pub(super) peak_bytes: u64,
    /// Position of the event after which the peak was first reached.
    pub(super) peak_event: u64,
    pub(super) peak_us: u64,
}

/// All series of the rules, and which of their sums each account changes.
#[derive(Debug, Default)]
pub(super) struct AllSeries {
    series: Vec<Series>,
    sums: Vec<Sum>,
    by_name: BTreeMap<(usize, String), u32>,
    /// By account.
    of_account: Vec<Vec<u32>>,
}

impl AllSeries {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut series: Vec<Series> = Vec::new();
        for rule in rules.iter().map(Series::of) {
            if !series.contains(&rule) {
                series.push(rule);
            }
        }
        Self { series, ..Self::default() }
    }

    /// Takes in the next account, in the order of [`super::account::Accounts`].
    pub(super) fn add_account(&mut self, run: &dyn Run, account: Account) {
        let mut sums = Vec::new();
        for (index, series) in self.series.iter().enumerate().filter(|(_, series)| series.holds(run, account)) {
            let next = self.sums.len() as u32;
            let position = *self.by_name.entry((index, series.key(run, account))).or_insert(next);
            if position == next {
                self.sums.push(Sum::default());
            }
            sums.push(position);
        }
        self.of_account.push(sums);
    }

    pub(super) fn add(&mut self, account: u32, bytes: u64, objects: u64, (event, time_us): (u64, u64)) {
        for sum in &self.of_account[account as usize] {
            let sum = &mut self.sums[*sum as usize];
            sum.now.add(bytes, objects);
            if sum.now.bytes > sum.peak_bytes {
                (sum.peak_bytes, sum.peak_event, sum.peak_us) = (sum.now.bytes, event, time_us);
            }
        }
    }

    pub(super) fn take(&mut self, account: u32, bytes: u64, objects: u64) {
        for sum in &self.of_account[account as usize] {
            self.sums[*sum as usize].now.take(bytes, objects);
        }
    }

    /// The names of a rule's series with their sums, in order of name.
    pub(super) fn of_rule(&self, rule: &Rule) -> impl Iterator<Item = (u32, &str, &Sum)> {
        let wanted = Series::of(rule);
        let index = self.series.iter().position(|series| *series == wanted).unwrap_or(usize::MAX);
        let of_series = self.by_name.range((index, String::new())..).take_while(move |((of, _), _)| *of == index);
        of_series.map(|((_, name), sum)| (*sum, name.as_str(), &self.sums[*sum as usize]))
    }

    /// Whether an account is of a sum.
    pub(super) fn is_of(&self, account: u32, sum: u32) -> bool {
        self.of_account[account as usize].contains(&sum)
    }
}
