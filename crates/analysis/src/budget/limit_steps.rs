//! The changes of limits that were made by hand in this run, each with its way back: what
//! the page's undo and redo walk. How many of them hold is part of what is looked at
//! ([`Selection::limits`](crate::selection::selected::Selection::limits)), so that one key
//! undoes the last step, whatever it was.

use serde_json::Value;

/// One change, as `set_limits` takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitStep {
    /// What it changes.
    pub on: Value,
    /// What takes it back.
    pub back: Value,
    /// It took back another one: nothing is offered to take back then.
    pub is_reversal: bool,
}

/// All of them, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitSteps {
    steps: Vec<LimitStep>,
    held: usize,
}

impl LimitSteps {
    /// Notes a change that the engine has made; what was undone before cannot be redone.
    /// Returns how many hold now.
    pub fn apply(&mut self, step: LimitStep) -> usize {
        self.steps.truncate(self.held);
        self.steps.push(step);
        self.held = self.steps.len();
        self.held
    }

    /// The edits, in order, after which the first `wanted` changes hold.
    pub fn move_to(&mut self, wanted: usize) -> Vec<Value> {
        let wanted = wanted.min(self.steps.len());
        let held = core::mem::replace(&mut self.held, wanted);
        if wanted < held {
            self.steps[wanted..held].iter().rev().map(|step| step.back.clone()).collect()
        } else {
            self.steps[held..wanted].iter().map(|step| step.on.clone()).collect()
        }
    }

    /// The change that was made last and holds, unless it took one back.
    pub fn newest(&self) -> Option<&LimitStep> {
        self.steps[..self.held].last().filter(|step| !step.is_reversal)
    }

    /// Forgets all: a new run has limits of its own.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(from: u64, to: u64) -> LimitStep {
        LimitStep { on: json!(to), back: json!(from), is_reversal: false }
    }

    fn edits(steps: &mut LimitSteps, wanted: usize) -> Vec<u64> {
        steps.move_to(wanted).iter().filter_map(Value::as_u64).collect()
    }

    #[test]
    fn undo_goes_back_in_reverse_and_redo_on_in_order() {
        let mut steps = LimitSteps::default();
        assert_eq!([(10, 20), (20, 30), (30, 40)].map(|(from, to)| steps.apply(step(from, to))), [1, 2, 3]);
        assert!(edits(&mut steps, 3).is_empty());
        assert_eq!(edits(&mut steps, 1), [30, 20]);
        assert_eq!(steps.newest(), Some(&step(10, 20)));
        assert_eq!(edits(&mut steps, 3), [30, 40]);
        assert!(edits(&mut steps, 9).is_empty(), "there are no more");
    }

    #[test]
    fn a_new_change_forgets_what_was_undone() {
        let mut steps = LimitSteps::default();
        assert_eq!([(10, 20), (20, 30)].map(|(from, to)| steps.apply(step(from, to))), [1, 2]);
        steps.move_to(1);
        assert_eq!(steps.apply(step(20, 50)), 2);
        assert_eq!(edits(&mut steps, 0), [20, 10]);
        assert_eq!(edits(&mut steps, 2), [20, 50]);
    }

    #[test]
    fn what_took_one_back_is_not_offered_and_a_new_run_forgets_all() {
        let mut steps = LimitSteps::default();
        steps.apply(step(10, 20));
        steps.apply(LimitStep { is_reversal: true, ..step(20, 10) });
        assert_eq!(steps.newest(), None);
        steps.clear();
        assert_eq!((edits(&mut steps, 0), steps.newest()), (vec![], None));
    }
}
