//! What came and what went between two moments, owner by owner, exactly.

use arenascope_recording::{Brief, Reader};
use arenascope_telemetry::event::{Op, Role};
use arenascope_units::owner::{Heap, Owner};
use core::ops::Range;
use std::collections::BTreeMap;

/// Whose memory, of which heap.
pub type Account = (Heap, Owner);

/// From when to when a thing counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// What somebody holds: a resource of a pool counts from when it is handed out to
    /// when it is given back.
    Held,
    /// What exists, as charts of bytes show it: a resource of a pool counts from its
    /// creation to its destruction.
    Existing,
}

/// What came and went of one account in a range of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// How many things came.
    pub came: u64,
    /// How many things went.
    pub went: u64,
    /// Bytes that came; what a range grew by counts here.
    pub came_bytes: u64,
    /// Bytes that went; what a range shrank by counts here.
    pub went_bytes: u64,
    /// The lowest that the net number fell within the range, 0 or less.
    pub low: i64,
    /// The lowest that the net bytes fell within the range, 0 or less.
    pub low_bytes: i64,
}

impl Flow {
    /// Things that came less those that went.
    pub const fn net(&self) -> i64 {
        self.came as i64 - self.went as i64
    }

    /// Bytes that came less those that went.
    pub const fn net_bytes(&self) -> i64 {
        self.came_bytes as i64 - self.went_bytes as i64
    }

    /// This, and what happened next.
    #[must_use]
    pub fn then(self, next: &Self) -> Self {
        Self {
            came: self.came + next.came,
            went: self.went + next.went,
            came_bytes: self.came_bytes + next.came_bytes,
            went_bytes: self.went_bytes + next.went_bytes,
            low: self.low.min(self.net() + next.low),
            low_bytes: self.low_bytes.min(self.net_bytes() + next.low_bytes),
        }
    }

    const fn come(&mut self, count: u64, bytes: u64) {
        self.came += count;
        self.came_bytes += bytes;
    }

    fn go(&mut self, count: u64, bytes: u64) {
        self.went += count;
        self.went_bytes += bytes;
        self.low = self.low.min(self.net());
        self.low_bytes = self.low_bytes.min(self.net_bytes());
    }
}

/// The flows of everybody in a range of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// In order of first appearance: a chunk has some dozen accounts.
    rows: Vec<(Account, Flow)>,
}

impl Flows {
    /// Of a range of events. O(events).
    pub fn of(reader: &Reader<'_>, counted: Counted, range: Range<u64>) -> Self {
        let (mut flows, mut last) = (Self::default(), 0);
        reader.each(range, |brief| {
            let Some((account, change)) = change(reader, counted, &brief) else { return };
            last = flows.place(account, last);
            let flow = &mut flows.rows[last].1;
            match change {
                Change::Comes(count, bytes) => flow.come(count, bytes),
                Change::Goes(count, bytes) => flow.go(count, bytes),
            }
        });
        flows
    }

    /// Adds what happened next. O(accounts²), of which there are some dozen.
    pub fn add(&mut self, next: &Self) {
        for (account, flow) in &next.rows {
            let place = self.place(*account, 0);
            self.rows[place].1 = self.rows[place].1.then(flow);
        }
    }

    /// Of one account; nothing where nothing came or went.
    pub fn get(&self, account: Account) -> Flow {
        self.rows.iter().find(|(known, _)| *known == account).map_or_else(Flow::default, |(_, flow)| *flow)
    }

    /// Everybody to whom something came or from whom something went, in order.
    pub fn by_account(&self) -> BTreeMap<Account, Flow> {
        self.rows.iter().copied().collect()
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        (size_of::<Self>() + self.rows.capacity() * size_of::<(Account, Flow)>()) as u64
    }

    /// The row of an account, which is most often the one that was asked for last.
    fn place(&mut self, account: Account, last: usize) -> usize {
        if self.rows.get(last).is_some_and(|(known, _)| *known == account) {
            return last;
        }
        let known = self.rows.iter().position(|(known, _)| *known == account);
        known.unwrap_or_else(|| {
            self.rows.push((account, Flow::default()));
            self.rows.len() - 1
        })
    }
}

enum Change {
    Comes(u64, u64),
    Goes(u64, u64),
}

/// What one event changes, and of whom.
fn change(reader: &Reader<'_>, counted: Counted, brief: &Brief) -> Option<(Account, Change)> {
    let Brief { kind, size_bytes, before_bytes, .. } = *brief;
    let heap = match kind.role() {
        Role::Begins(heap) | Role::Changes(heap) | Role::Ends(heap) => heap,
        Role::Notes => return None,
    };
    let is_pooled = heap != Heap::Arena && !is_plain(kind.op());
    let change = match (kind.role(), before_bytes) {
        (Role::Begins(_), _) => Change::Comes(1, size_bytes),
        // Of what nobody knew, nothing ends.
        (Role::Ends(_), None) => return None,
        _ if is_pooled => return pooled(reader, counted, heap, brief),
        (Role::Changes(_), Some(before)) if before <= size_bytes => Change::Comes(0, size_bytes - before),
        (Role::Changes(_), Some(before)) => Change::Goes(0, before - size_bytes),
        (Role::Changes(_), None) => Change::Comes(1, size_bytes),
        _ => Change::Goes(1, size_bytes),
    };
    Some(((heap, kind.owner()), change))
}

/// Of a resource that may lie idle between two holders.
fn pooled(reader: &Reader<'_>, counted: Counted, heap: Heap, brief: &Brief) -> Option<(Account, Change)> {
    let Brief { index, kind, size_bytes, before_bytes } = *brief;
    let previous = || reader.previous(index).and_then(|previous| reader.kind(previous));
    let (owner, change) = match (counted, kind.role()) {
        (Counted::Existing, Role::Changes(_)) if before_bytes.is_none() => (kind.owner(), Change::Comes(1, size_bytes)),
        (Counted::Existing, Role::Changes(_)) => return None,
        // Charged to its category to the end; its last holder is the one to name.
        (Counted::Existing, _) => {
            let tag = previous().map_or(kind.owner().tag, |before| before.owner().tag);
            (Owner::new(kind.owner().category, tag), Change::Goes(1, size_bytes))
        }
        (Counted::Held, _) if hands_out(kind.op()) => (kind.owner(), Change::Comes(1, size_bytes)),
        // Given back by its holder; what is destroyed was given back before, but for a
        // lost device and for the constants of a network.
        (Counted::Held, _) => {
            let before = previous().filter(|before| hands_out(before.op()))?;
            (before.owner(), Change::Goes(1, size_bytes))
        }
    };
    Some(((heap, owner), change))
}

/// True of the memory of other tools' runs that has no address: no pool holds it, it is taken
/// and given back like the arena's.
const fn is_plain(op: Op) -> bool {
    matches!(op, Op::Allocate | Op::Resize | Op::FreeRequest | Op::Free)
}

/// True where somebody gets something.
pub(crate) const fn hands_out(op: Op) -> bool {
    matches!(
        op,
        Op::Allocate
            | Op::ArenaAllocate
            | Op::NpuCharge
            | Op::PoolCreate
            | Op::PoolReuse
            | Op::TensorCreate
            | Op::TensorReuse
    )
}
