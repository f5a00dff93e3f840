//! When a released resource may be reused: that depends on what is done with it
//! next, and on what the GPU still does with it.

use super::handle::Serial;
use strum::{EnumCount, VariantArray};

/// What is done next with something that was released.
///
/// A queue works in order, so what is ordered behind the last use need not
/// wait for its end. Source: WebGPU specification, "Queues" (queue timeline)
/// and "Buffer Mapping".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumCount, VariantArray)]
pub enum NextUse {
    /// Written by GPU commands that are recorded later, in the same encoder or
    /// the next: ordered behind the last use by the encoder itself.
    GpuWrite,
    /// `queue.writeBuffer` or `writeTexture`: takes effect before whatever is
    /// submitted later, so the last use must have been submitted.
    QueueWrite,
    /// Mapped, and so read or written by the CPU: the last use must be complete.
    Map,
    /// Counted as freed: the memory is idle once the last use is complete.
    CountAsFreed,
    /// `destroy()`: what is submitted still runs, what is recorded and not yet
    /// submitted would fail.
    Destroy,
}

impl NextUse {
    /// Every use, in the order of the table in the documentation.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// Whether it may begin, where `last_use` is the submission that used the
    /// resource last, `submitted` the newest one handed to the queue and
    /// `completed` the newest one that the GPU has finished.
    pub fn may_begin(self, last_use: Serial, submitted: Serial, completed: Serial) -> bool {
        match self {
            Self::GpuWrite => true,
            Self::QueueWrite | Self::Destroy => last_use <= submitted || last_use <= completed,
            Self::Map | Self::CountAsFreed => last_use <= completed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A last use that is being recorded, submitted, and complete.
    #[test]
    fn the_table_of_earliest_moments() {
        let moments = [(Serial(4), Serial(3)), (Serial(5), Serial(4)), (Serial(5), Serial(5))];
        let table = [
            (NextUse::GpuWrite, [true, true, true]),
            (NextUse::QueueWrite, [false, true, true]),
            (NextUse::Map, [false, false, true]),
            (NextUse::CountAsFreed, [false, false, true]),
            (NextUse::Destroy, [false, true, true]),
        ];
        assert_eq!(table.map(|(next, _)| next), NextUse::ALL);
        for (next, expected) in table {
            let allowed = moments.map(|(submitted, completed)| next.may_begin(Serial(5), submitted, completed));
            assert_eq!(allowed, expected, "{next:?}");
        }
    }
}
