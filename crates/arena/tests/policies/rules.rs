//! What each policy promises, naively: which free ranges may serve a request.
//! Shares no code with the arena.

use arenascope_arena::PolicyKind;

/// Bytes of a granule.
pub(crate) const GRANULE: u64 = 16;

/// A range of granules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) size: u64,
}

impl Span {
    pub(crate) fn end(self) -> u64 {
        self.start + self.size
    }

    /// Where `wish` fits in.
    pub(crate) fn place(self, wish: Wish) -> Option<u64> {
        let start = self.start.next_multiple_of(wish.align);
        (start + wish.size <= self.end()).then_some(start)
    }
}

/// A request in granules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) size: u64,
    pub(crate) align: u64,
}

/// The rules of one policy, with the little that it remembers.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) policy: PolicyKind,
    /// Where the last allocation ended.
    pub(crate) rover: u64,
}

impl Rules {
    /// What a request of so many bytes takes at least, in granules.
    pub(crate) fn wish(&self, size: u64, align: u64) -> Wish {
        let (size, align) = (size.div_ceil(GRANULE), align.div_ceil(GRANULE));
        match self.policy {
            PolicyKind::Buddy => Wish { size: size.max(align).next_power_of_two(), align: 1 },
            PolicyKind::SeedCompat => Wish { size: size.next_multiple_of(align), align },
            _ => Wish { size, align },
        }
    }

    /// True where an allocation is exactly as large as the wish.
    pub(crate) fn is_exact(&self) -> bool {
        !matches!(self.policy, PolicyKind::Slab | PolicyKind::SeedCompat)
    }

    /// True where free neighbours stay apart for good reasons.
    pub(crate) fn keeps_apart(&self) -> bool {
        matches!(self.policy, PolicyKind::Bins | PolicyKind::Buddy | PolicyKind::Slab | PolicyKind::SeedCompat)
    }

    /// The ranges of `free`, in address order, that the policy may take for `wish`:
    /// none only if it must refuse.
    pub(crate) fn permitted(&self, free: &[Span], wish: Wish) -> Vec<Span> {
        let fitting: Vec<Span> = free.iter().copied().filter(|span| span.place(wish).is_some()).collect();
        let one = |span: Option<Span>| span.into_iter().collect();
        match self.policy {
            PolicyKind::FirstFit => one(fitting.first().copied()),
            PolicyKind::NextFit => {
                let ahead = fitting.iter().find(|span| span.end() > self.rover);
                one(ahead.or(fitting.first()).copied())
            }
            PolicyKind::BestFit => one(fitting.into_iter().min_by_key(|span| (span.size, span.start))),
            PolicyKind::WorstFit => {
                one(fitting.into_iter().max_by_key(|span| (span.size, core::cmp::Reverse(span.start))))
            }
            PolicyKind::Tlsf => lowest_class(fitting, wish),
            PolicyKind::Buddy => {
                let smallest = fitting.iter().map(|span| span.size).min();
                fitting.into_iter().filter(|span| Some(span.size) == smallest).collect()
            }
            // Which ranges wait for their size, or lie in a span, cannot be seen.
            PolicyKind::Bins | PolicyKind::Slab | PolicyKind::SeedCompat => fitting,
        }
    }
}

/// The smallest size of the class that `size` is in: all but the first six binary
/// digits are zero.
fn class_floor(size: u64) -> u64 {
    let mut cut = 0;
    while size >> cut >= 64 {
        cut += 1;
    }
    size >> cut << cut
}

/// The ranges of the lowest class that is surely large enough; all that fit where
/// there is no such class.
fn lowest_class(fitting: Vec<Span>, wish: Wish) -> Vec<Span> {
    let floor = |span: &Span| class_floor(span.size);
    let lowest = fitting.iter().map(floor).filter(|&floor| floor >= wish.size + wish.align - 1).min();
    fitting.into_iter().filter(|span| lowest.is_none_or(|lowest| floor(span) == lowest)).collect()
}
