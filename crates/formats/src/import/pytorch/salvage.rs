//! What is left of a pickle that ends too early: everything that was begun is completed
//! with what is there.

use super::heap::Kind;
use super::machine::Machine;
use super::value::Value;

impl Machine<'_, '_> {
    /// Completes what was begun, from the innermost outwards.
    pub(super) fn close(&mut self) {
        while let Some(mark) = self.marks.pop() {
            let items = self.stack.split_off(mark.at);
            match self.stack.last() {
                Some(&Value::Object(object)) if self.is_dict(object) => self.close_dict(object, &items),
                Some(&Value::Object(list)) => items.into_iter().for_each(|item| self.close_list(list, item)),
                _ => {}
            }
        }
        self.stack.truncate(1);
    }

    fn is_dict(&self, object: u32) -> bool {
        matches!(self.heap.kind(object), Some(Kind::Dict(_)))
    }

    fn close_dict(&mut self, dict: u32, items: &[Value]) {
        let mut rest = items;
        while let [key, value, behind @ ..] = rest {
            // A list of one item has no mark: it is behind the list, until the list takes
            // it in.
            let open = behind.iter().take_while(|value| matches!(value, Value::Object(_))).count();
            let nested: Vec<Value> = [*value].into_iter().chain(behind[..open].iter().copied()).collect();
            for pair in nested.windows(2).rev() {
                if let [Value::Object(list), item] = *pair {
                    self.close_list(list, item);
                }
            }
            if let Value::Text(text) = key
                && let Some(key) = text.key()
            {
                self.heap.set(dict, key, *value);
            }
            rest = &behind[open..];
        }
    }

    /// A list takes in an item, which may be half of one: it is left out if it is.
    fn close_list(&mut self, list: u32, item: Value) {
        if self.is_dict(list) {
            return;
        }
        let skipped = std::mem::take(&mut self.records.skipped);
        self.records.take_in(&mut self.heap, &self.texts, self.sink.stacks(), (list, item, self.at));
        self.records.skipped = skipped;
        if let Some(Kind::Entries(entries)) = self.heap.kind_mut(list) {
            entries.is_cut = true;
        }
    }
}
