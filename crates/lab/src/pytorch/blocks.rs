//! Blocks side by side in their segments, and the pools of those that are free.

use std::collections::BTreeSet;

/// Position of a block.
pub(super) type Index = u32;

/// What is with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Somebody has it.
    Taken,
    /// Kept for who asks next.
    Free,
    /// Addresses of an expandable segment that nothing backs yet.
    Unmapped,
}

/// A piece of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) address: u64,
    pub(super) bytes: u64,
    pub(super) stream: u16,
    pub(super) is_small: bool,
    pub(super) is_expandable: bool,
    pub(super) state: State,
    pub(super) before: Option<Index>,
    pub(super) after: Option<Index>,
    /// How often its pool had been asked when it became free.
    pub(super) free_since: u64,
}

impl Block {
    pub(super) const fn is_split(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }
}

/// Free blocks of one pool, by stream, size and address; what is unmapped, by stream and
/// address.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) free: BTreeSet<(u16, u64, u64, Index)>,
    pub(super) unmapped: BTreeSet<(u16, u64, Index)>,
    /// How often it was asked for a block.
    pub(super) asked: u64,
}

/// All blocks of a device.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    all: Vec<Block>,
    unused: Vec<Index>,
    /// Large, small.
    pub(super) pools: [Pool; 2],
}

impl Blocks {
    pub(super) fn get(&self, index: Index) -> Block {
        self.all[index as usize]
    }

    pub(super) fn pool(&mut self, is_small: bool) -> &mut Pool {
        &mut self.pools[usize::from(is_small)]
    }

    /// A new block, which is in no pool yet.
    pub(super) fn push(&mut self, block: Block) -> Index {
        if let Some(index) = self.unused.pop() {
            self.all[index as usize] = block;
            return index;
        }
        self.all.push(block);
        (self.all.len() - 1) as Index
    }

    /// Into its pool, as free or as unmapped.
    pub(super) fn enter(&mut self, index: Index, state: State) {
        let Block { address, bytes, stream, is_small, .. } = self.get(index);
        let pool = self.pool(is_small);
        let asked = pool.asked;
        match state {
            State::Free => pool.free.insert((stream, bytes, address, index)),
            State::Unmapped => pool.unmapped.insert((stream, address, index)),
            State::Taken => false,
        };
        let block = &mut self.all[index as usize];
        (block.state, block.free_since) = (state, asked);
    }

    /// Out of its pool: somebody has it.
    pub(super) fn leave(&mut self, index: Index) {
        let Block { address, bytes, stream, is_small, state, .. } = self.get(index);
        let pool = self.pool(is_small);
        match state {
            State::Free => pool.free.remove(&(stream, bytes, address, index)),
            State::Unmapped => pool.unmapped.remove(&(stream, address, index)),
            State::Taken => false,
        };
        self.all[index as usize].state = State::Taken;
    }

    /// Cuts a block that is in no pool to `bytes`; what is left behind it is a block of its
    /// own, in no pool either.
    pub(super) fn cut(&mut self, index: Index, bytes: u64) -> Index {
        let whole = self.get(index);
        let rest = Block {
            address: whole.address + bytes,
            bytes: whole.bytes - bytes,
            state: State::Taken,
            before: Some(index),
            ..whole
        };
        let rest = self.push(rest);
        if let Some(after) = whole.after {
            self.all[after as usize].before = Some(rest);
        }
        let front = &mut self.all[index as usize];
        (front.bytes, front.after) = (bytes, Some(rest));
        rest
    }

    /// Takes in the neighbours that are in `state`; the block itself is in no pool. It keeps
    /// its position.
    pub(super) fn join(&mut self, index: Index, state: State) {
        if let Some(before) = self.get(index).before.filter(|&it| self.get(it).state == state) {
            self.leave(before);
            let front = self.get(before);
            let block = &mut self.all[index as usize];
            (block.address, block.before) = (front.address, front.before);
            block.bytes += front.bytes;
            if let Some(outer) = front.before {
                self.all[outer as usize].after = Some(index);
            }
            self.unused.push(before);
        }
        if let Some(after) = self.get(index).after.filter(|&it| self.get(it).state == state) {
            self.leave(after);
            let back = self.get(after);
            let block = &mut self.all[index as usize];
            block.after = back.after;
            block.bytes += back.bytes;
            if let Some(outer) = back.after {
                self.all[outer as usize].before = Some(index);
            }
            self.unused.push(after);
        }
    }

    /// Forgets a block that is a whole segment.
    pub(super) fn forget(&mut self, index: Index) {
        self.leave(index);
        self.unused.push(index);
    }
}
