//! The machine's stack, and the lists and dictionaries that take in what lies on it.

use super::heap::Kind;
use super::input::Halt;
use super::machine::{Machine, Mark};
use super::record::{Records, Shape};
use super::refusal::{malformed, too_much};
use super::value::Value;

/// Most values on the stack.
const STACK_MAX: usize = 1 << 22;
/// Records that wait for their list on the stack at most.
const WAITING_MAX: usize = 1 << 10;

impl Machine<'_, '_> {
    /// Below this place of the stack is what belongs to an outer list.
    pub(super) fn base(&self) -> usize {
        self.marks.last().map_or(0, |mark| mark.at)
    }

    /// Where the topmost `count` values begin.
    pub(super) fn below(&self, count: usize) -> Result<usize, Halt> {
        match self.stack.len().checked_sub(count) {
            Some(from) if from >= self.base() => Ok(from),
            _ => Err(malformed(self.at, format!("{count} values on the stack"), "fewer").into()),
        }
    }

    pub(super) fn pop_mark(&mut self) -> Result<Mark, Halt> {
        self.marks.pop().ok_or_else(|| malformed(self.at, "a mark on the stack", "none").into())
    }

    /// A mark of anything but a list of which some was taken in already.
    pub(super) fn mark(&mut self) -> Result<Mark, Halt> {
        let mark = self.pop_mark()?;
        if mark.takes_list {
            return Err(malformed(self.at, "APPENDS, which ends a list", "another opcode").into());
        }
        Ok(mark)
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) -> Result<(), Halt> {
        if self.stack.len() >= STACK_MAX || self.heap.is_full() {
            return Err(too_much(self.at, "values that belong to no record", STACK_MAX as u64).into());
        }
        self.stack.push(value);
        Ok(())
    }

    /// Puts a value below others.
    pub(super) fn insert(&mut self, at: usize, value: Value) -> Result<(), Halt> {
        self.push(value)?;
        self.stack[at..].rotate_right(1);
        Ok(())
    }

    pub(super) fn drop_from(&mut self, from: usize) {
        for &value in &self.stack[from..] {
            self.heap.release(value);
        }
        self.stack.truncate(from);
    }

    pub(super) fn tuple(&mut self, count: usize) -> Result<(), Halt> {
        let from = self.below(count)?;
        self.drop_from(from);
        self.push(Value::Opaque)
    }

    pub(super) fn recall(&mut self, index: u64) -> Result<(), Halt> {
        let Some(value) = self.heap.memo.get(index) else {
            return Err(malformed(self.at, "a number of the memo that was given", index.to_string()).into());
        };
        self.heap.share(value);
        self.push(value)
    }

    pub(super) fn memoize(&mut self, index: u64) -> Result<(), Halt> {
        let from = self.below(1)?;
        let most = self.heap.memo.index_max();
        if index > most {
            return Err(too_much(self.at, "numbers of the memo that are left out", most).into());
        }
        self.heap.memoize(index, self.stack[from]);
        Ok(())
    }

    /// Sets what lies from `from` on in the dictionary below.
    pub(super) fn set_items(&mut self, from: usize, above: usize) -> Result<(), Halt> {
        let dict = match above.checked_sub(1).filter(|&at| at >= self.base()).map(|at| self.stack[at]) {
            Some(Value::Object(dict)) => dict,
            // It was read already, and is not kept.
            Some(Value::Opaque) => {
                self.drop_from(from);
                return Ok(());
            }
            found => return Err(malformed(self.at, "a dictionary", format!("{found:?}")).into()),
        };
        if !(self.stack.len() - from).is_multiple_of(2) {
            return Err(malformed(self.at, "a value for each key", "a key without one").into());
        }
        for at in (from..self.stack.len()).step_by(2) {
            let (key, value) = (self.stack[at], self.stack[at + 1]);
            let key = match key {
                Value::Text(text) => text.key(),
                other => {
                    self.heap.release(other);
                    None
                }
            };
            if !key.is_some_and(|key| self.heap.set(dict, key, value)) {
                self.heap.release(value);
            }
        }
        self.stack.truncate(from);
        self.take_in_early();
        Ok(())
    }

    /// The list below takes in what lies from `from` on.
    pub(super) fn append(&mut self, from: usize) -> Result<(), Halt> {
        match from.checked_sub(1).filter(|&at| at >= self.base()).map(|at| self.stack[at]) {
            Some(Value::Object(list)) if !matches!(self.heap.kind(list), Some(Kind::Dict(_))) => {
                self.take_in(list, from, self.stack.len());
                self.stack.truncate(from);
                Ok(())
            }
            // It was read already.
            Some(Value::Opaque | Value::Stack(_)) => {
                self.drop_from(from);
                Ok(())
            }
            found => Err(malformed(self.at, "a list", format!("{found:?}")).into()),
        }
    }

    fn take_in(&mut self, list: u32, from: usize, to: usize) {
        for at in from..to {
            let item = (list, self.stack[at], self.at);
            self.records.take_in(&mut self.heap, &self.texts, self.sink.stacks(), item);
        }
    }

    /// Of a list that is written in one piece, what is complete does not wait for its end:
    /// what lies below the dictionary on top.
    fn take_in_early(&mut self) {
        let Some(mark) = self.marks.last().copied() else { return };
        let top = self.stack.len() - 1;
        if top.saturating_sub(mark.at) < WAITING_MAX {
            return;
        }
        let Some(Value::Object(list)) = mark.at.checked_sub(1).map(|at| self.stack[at]) else { return };
        let is_list = !matches!(self.heap.kind(list), Some(Kind::Dict(_)) | None);
        let is_record =
            matches!(Records::shape(&self.heap, self.stack[top]), Shape::Entry | Shape::Block | Shape::Segment);
        if is_list && is_record {
            self.take_in(list, mark.at, top);
            self.stack.drain(mark.at..top);
            self.marks.last_mut().expect("it was there").takes_list = true;
        }
    }
}
