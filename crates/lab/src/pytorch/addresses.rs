//! Where segments lie: the lowest addresses that are free, as nobody knows where a driver
//! would put them. They decide between blocks of one size.

/// Segments, by address.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    taken: Vec<(u64, u64)>,
}

impl Addresses {
    /// Takes so many bytes at a multiple of `step_bytes`. O(segments).
    pub(super) fn take(&mut self, bytes: u64, step_bytes: u64) -> u64 {
        let mut start = 0;
        let mut place = self.taken.len();
        for (at, &(from, until)) in self.taken.iter().enumerate() {
            if from >= start + bytes {
                place = at;
                break;
            }
            start = until.next_multiple_of(step_bytes);
        }
        self.taken.insert(place, (start, start + bytes));
        start
    }

    pub(super) fn give_back(&mut self, address: u64) {
        if let Ok(at) = self.taken.binary_search_by_key(&address, |&(from, _)| from) {
            self.taken.remove(at);
        }
    }
}
