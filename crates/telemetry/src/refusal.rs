//! Why the arena refused an allocation, inside the event that says it did: a refusal
//! has no allocation and no place, so two words of the record are free for it.
//!
//! | word | bits | what |
//! |---|---|---|
//! | `id` | 0–7 | the reason, in the order of [`FailureReason::ALL`] |
//! | `id` | 8–17 | the failure index, in thousandths |
//! | `offset_bytes` | all | the largest free range |

use super::event::{Event, FailureReason, Op};

/// What an [`Op::ArenaFailure`] says beside owner and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArenaRefusal {
    /// What the arena lacked.
    pub reason: FailureReason,
    /// The failure index in thousandths: 0 for lack of memory, near 1000 for
    /// fragmentation; 0 for other reasons.
    pub index_thousandths: u16,
    /// The largest free range, where memory ran out; else 0.
    pub largest_free_bytes: u64,
}

impl ArenaRefusal {
    /// The words `id` and `offset_bytes` of the event.
    pub fn to_words(self) -> (u64, u64) {
        (u64::from(self.index_thousandths.min(1000)) << 8 | self.reason as u64, self.largest_free_bytes)
    }

    /// What an event says; `None` for another operation or an unknown reason.
    pub fn of(event: &Event) -> Option<Self> {
        let reason = *FailureReason::ALL.get((event.id & 0xff) as usize)?;
        (event.op == Op::ArenaFailure).then_some(Self {
            reason,
            index_thousandths: (event.id >> 8 & 0x3ff) as u16,
            largest_free_bytes: event.offset_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::owner::{MemoryCategory, Owner, Tag};

    #[test]
    fn a_refusal_survives_its_event() {
        for (at, reason) in FailureReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, at);
            let refusal = ArenaRefusal { reason, index_thousandths: 1000, largest_free_bytes: 1 << 30 };
            let (id, offset_bytes) = refusal.to_words();
            let owner = Owner::new(MemoryCategory::ECS, Tag(1));
            let op = Op::ArenaFailure;
            let event = Event { time_us: 1, op, owner, id, offset_bytes, size_bytes: 9, thread: 0, detail: 0 };
            let read = Event::from_words(event.to_words()).unwrap();
            assert_eq!(ArenaRefusal::of(&read), Some(refusal));
            assert_eq!(ArenaRefusal::of(&Event { op: Op::ArenaAllocate, ..read }), None);
            assert_eq!(ArenaRefusal::of(&Event { id: 9, ..read }), None);
        }
    }
}
