//! Which allocations are alive, a bit for each.

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    Over,
    /// There is none of that number yet.
    Never,
}

/// Allocations numbered in order.
#[derive(Debug)]
pub(super) struct Lives {
    /// One for each that is alive.
    bits: Vec<u64>,
    first: u64,
    count: u64,
}

impl Lives {
    pub(super) fn numbered_from(first: u64) -> Self {
        Self { bits: Vec::new(), first, count: 0 }
    }

    /// How many began.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Begins the next; its number.
    #[inline]
    pub(super) fn begin(&mut self) -> u64 {
        if self.count.is_multiple_of(64) {
            self.bits.push(0);
        }
        let (word, bit) = place(self.count);
        self.bits[word] |= bit;
        self.count += 1;
        self.first + self.count - 1
    }

    /// What is of the one of that number.
    #[inline]
    pub(super) fn of(&self, number: u64) -> Life {
        match number.checked_sub(self.first) {
            Some(position) if position < self.count => {
                let (word, bit) = place(position);
                if self.bits[word] & bit == 0 { Life::Over } else { Life::Alive }
            }
            _ => Life::Never,
        }
    }

    /// Ends it; what it was before.
    #[inline]
    pub(super) fn end(&mut self, number: u64) -> Life {
        let life = self.of(number);
        if life == Life::Alive {
            let (word, bit) = place(number - self.first);
            self.bits[word] &= !bit;
        }
        life
    }
}

/// Of a position that began, so that it fits.
#[inline]
const fn place(position: u64) -> (usize, u64) {
    ((position / 64) as usize, 1 << (position % 64))
}
