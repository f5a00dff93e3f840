//! What is tried when a creation is refused, one rung after another, before the
//! error is passed on.

/// One thing to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// Idle ones of the same use go, until there is room:
    /// [`Pool::reclaim_like`](super::Pool::reclaim_like).
    TrimClass,
    /// Idle ones of any use go, all of them where need be:
    /// [`Pool::reclaim`](super::Pool::reclaim).
    TrimIdle,
    /// Whoever else holds memory that can be spared gives it back.
    Borrowers,
}

impl Rung {
    /// Every rung, in order.
    pub const ALL: [Self; 3] = [Self::TrimClass, Self::TrimIdle, Self::Borrowers];

    /// The rung above; `None` where only the error is left.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }
}

/// How far climbs went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    helped: [u64; Rung::ALL.len()],
    /// Climbs that ended in an error.
    pub refused: u64,
}

impl Ladder {
    /// This rung made room enough.
    pub fn note_help(&mut self, rung: Rung) {
        self.helped[rung as usize] += 1;
    }

    /// Climbs that ended well on this rung.
    pub fn helped(&self, rung: Rung) -> u64 {
        self.helped[rung as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_follow_each_other_to_the_end() {
        let climbed: Vec<Rung> = std::iter::successors(Some(Rung::TrimClass), |rung| rung.next()).collect();
        assert_eq!(climbed, Rung::ALL);
        let mut ladder = Ladder::default();
        ladder.note_help(Rung::TrimIdle);
        assert_eq!(Rung::ALL.map(|rung| ladder.helped(rung)), [0, 1, 0]);
    }
}
