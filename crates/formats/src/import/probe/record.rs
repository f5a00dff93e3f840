//! The records of a batch, one by one.

use super::class::Class;
use super::payload::Payload;

/// A record. Texts, frames and stacks are numbers of the realm's tables.
#[derive(Clone, Copy, Debug)]
pub(super) enum Record<'b> {
    String {
        number: u64,
        text: &'b [u8],
    },
    Frame {
        number: u64,
        function: u64,
        url: u64,
        line: u64,
    },
    Stack {
        number: u64,
        parent: u64,
        frame: u64,
    },
    Hello(Hello),
    RealmEnd {
        realm: u64,
        reason: u64,
    },
    Device {
        id: u64,
        label: u64,
        adapter: u64,
    },
    DeviceLost {
        device: u64,
        message: u64,
    },
    Allocate(Allocate),
    Free {
        id: u64,
        reason: FreeReason,
    },
    Resize {
        id: u64,
        bytes: u64,
    },
    Map {
        id: u64,
        bytes: u64,
    },
    Unmap {
        id: u64,
    },
    Label {
        id: u64,
        label: u64,
    },
    Use {
        ids: Ids<'b>,
    },
    FrameTick {
        number: u64,
    },
    Tally {
        counts: Counts<'b>,
    },
    Mark {
        text: u64,
    },
    Failure {
        kind: u64,
        id: u64,
        bytes: u64,
        message: u64,
    },
    SnapshotBegin,
    SnapshotEnd,
    Cost {
        window_us: u64,
        events: u64,
        recording_us: u64,
        sending_us: u64,
    },
    Trouble {
        place: u64,
        what: u64,
        times: u64,
    },
    WasmAllocate {
        memory: u64,
        address: u64,
        bytes: u64,
        stack: u64,
    },
    WasmFree {
        memory: u64,
        address: u64,
    },
    WasmReallocate {
        memory: u64,
        from: u64,
        address: u64,
        bytes: u64,
        stack: u64,
    },
    WasmLost {
        memory: u64,
        count: u64,
    },
    /// Of a kind that is not known.
    Other,
}

/// Who tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) run: u64,
    /// 1 page, 2 frame, 3 worker, 4 shared worker, 5 other.
    pub(super) kind: u64,
    /// µs since 1970.
    pub(super) time_origin_us: u64,
    pub(super) url: u64,
    pub(super) name: u64,
    pub(super) user_agent: u64,
    pub(super) version: u64,
    /// 0 off, 1 sampled, 2 all.
    pub(super) stacks: u64,
}

/// A resource that came to be, or is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allocate {
    pub(super) id: u64,
    pub(super) class: Class,
    pub(super) bytes: u64,
    pub(super) usage: u64,
    pub(super) device: u64,
    pub(super) label: u64,
    pub(super) stack: u64,
    /// It was there before.
    pub(super) is_told_again: bool,
    pub(super) is_estimate: bool,
    pub(super) is_apart: bool,
    /// Of textures: format, width, height, depth or layers.
    pub(super) texture: [u64; 4],
}

/// Why a resource ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FreeReason {
    Destroyed,
    /// The garbage collector found it; it was left to it.
    Collected,
    /// Its creation failed: it never was.
    Retracted,
    GivenUp,
}

impl<'b> Record<'b> {
    /// The record of that kind.
    pub(super) fn of(kind: u64, payload: &'b [u8]) -> Self {
        let mut fields = Payload(payload);
        let mut next = || fields.number();
        match kind {
            1 => {
                let number = next();
                Self::String { number, text: fields.0 }
            }
            2 => Self::Frame { number: next(), function: next(), url: next(), line: next() },
            3 => Self::Stack { number: next(), parent: next(), frame: next() },
            4 => Self::Hello(Hello::of(fields)),
            5 => Self::RealmEnd { realm: fields.word(), reason: fields.number() },
            8 => {
                let (id, _kind) = (next(), next());
                Self::Device { id, label: next(), adapter: next() }
            }
            9 => {
                let (device, _reason) = (next(), next());
                Self::DeviceLost { device, message: next() }
            }
            10 => Self::Allocate(Allocate::of(fields)),
            11 => Self::Free { id: next(), reason: FreeReason::of(next()) },
            12 => Self::Resize { id: next(), bytes: next() },
            13 => {
                let (id, _offset, bytes) = (next(), next(), next());
                Self::Map { id, bytes }
            }
            14 => Self::Unmap { id: next() },
            15 => Self::Label { id: next(), label: next() },
            16 => {
                let left = next();
                Self::Use { ids: Ids { left, last: 0, fields } }
            }
            17 => Self::FrameTick { number: next() },
            18 => {
                let left = next();
                Self::Tally { counts: Counts { left, fields } }
            }
            20 => Self::Mark { text: next() },
            21 => {
                let _device = next();
                Self::Failure { kind: next(), id: next(), bytes: next(), message: next() }
            }
            22 => Self::SnapshotBegin,
            23 => Self::SnapshotEnd,
            24 => Self::Cost { window_us: next(), events: next(), recording_us: next(), sending_us: next() },
            25 => Self::Trouble { place: next(), what: next(), times: next() },
            26 => {
                let (memory, _thread) = (next(), next());
                Self::WasmAllocate { memory, address: next(), bytes: next(), stack: next() }
            }
            27 => {
                let (memory, _thread) = (next(), next());
                Self::WasmFree { memory, address: next() }
            }
            28 => {
                let (memory, _thread) = (next(), next());
                Self::WasmReallocate { memory, from: next(), address: next(), bytes: next(), stack: next() }
            }
            29 => Self::WasmLost { memory: next(), count: next() },
            _ => Self::Other,
        }
    }
}

impl Hello {
    fn of(mut fields: Payload<'_>) -> Self {
        let run = fields.word();
        let _parent = fields.word();
        let mut next = || fields.number();
        Self {
            run,
            kind: next(),
            time_origin_us: next(),
            url: next(),
            name: next(),
            user_agent: next(),
            version: next(),
            stacks: next(),
        }
    }
}

impl Allocate {
    fn of(mut fields: Payload<'_>) -> Self {
        let mut next = || fields.number();
        let (id, class, bytes, usage, device) = (next(), Class::of(next()), next(), next(), next());
        let (label, stack, flags, format) = (next(), next(), next(), next());
        let _dimension = next();
        Self {
            id,
            class,
            bytes,
            usage,
            device,
            label,
            stack,
            is_told_again: flags & 1 != 0,
            is_estimate: flags & 2 != 0,
            is_apart: flags & 4 != 0,
            texture: [format, next(), next(), next()],
        }
    }
}

impl FreeReason {
    const fn of(number: u64) -> Self {
        match number {
            2 => Self::Collected,
            3 => Self::Retracted,
            4 => Self::GivenUp,
            _ => Self::Destroyed,
        }
    }
}

/// Ids in ascending order, each but the first as the difference to the one before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids<'b> {
    left: u64,
    last: u64,
    fields: Payload<'b>,
}

impl Iterator for Ids<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        self.last = self.last.wrapping_add(self.fields.next()?);
        Some(self.last)
    }
}

/// Counter, calls and bytes, since the tally before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts<'b> {
    left: u64,
    fields: Payload<'b>,
}

impl Iterator for Counts<'_> {
    type Item = (u64, u64, u64);

    fn next(&mut self) -> Option<(u64, u64, u64)> {
        self.left = self.left.checked_sub(1)?;
        Some((self.fields.next()?, self.fields.next()?, self.fields.next()?))
    }
}
