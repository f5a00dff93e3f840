//! A small program that takes and gives back memory at random, and can be made to leak. It
//! is told of by `arenascope-alloc`, so that Arenascope's probe shows its real heap: every
//! block at its address.

use arenascope_alloc::Profiled;
use std::alloc::System;
use std::cell::RefCell;

#[global_allocator]
static ALLOCATOR: Profiled<System> = Profiled::new(System);

/// Blocks that are there at most, on an average walk.
const BLOCKS: usize = 400;

struct Walk {
    blocks: Vec<Vec<u8>>,
    leaked: Vec<Vec<u8>>,
    seed: u32,
}

thread_local! {
    static WALK: RefCell<Walk> = const { RefCell::new(Walk { blocks: Vec::new(), leaked: Vec::new(), seed: 7 }) };
}

impl Walk {
    /// A number below `end`: xorshift, so that each walk is the same.
    fn below(&mut self, end: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 17;
        self.seed ^= self.seed << 5;
        self.seed as usize % end
    }

    fn step(&mut self) {
        let (kind, bytes) = (self.below(8), 16 << self.below(9));
        match (kind, self.blocks.len()) {
            (0..4, ..BLOCKS) | (_, 0) => self.blocks.push(vec![1; bytes]),
            (4, count) => {
                let grown = self.below(count);
                self.blocks[grown].reserve_exact(bytes);
            }
            (_, count) => {
                let gone = self.below(count);
                self.blocks.swap_remove(gone);
            }
        }
    }
}

/// Goes that many steps; the bytes of all blocks after them.
#[unsafe(no_mangle)]
pub extern "C" fn step(count: u32) -> u32 {
    WALK.with_borrow_mut(|walk| {
        (0..count).for_each(|_| walk.step());
        walk.blocks.iter().map(Vec::capacity).sum::<usize>() as u32
    })
}

/// Takes a block that is never given back.
#[unsafe(no_mangle)]
pub extern "C" fn leak(bytes: u32) {
    WALK.with_borrow_mut(|walk| walk.leaked.push(vec![2; bytes as usize]));
}

/// How many blocks there are.
#[unsafe(no_mangle)]
pub extern "C" fn blocks() -> u32 {
    WALK.with_borrow(|walk| walk.blocks.len() as u32)
}

/// Where a block lies; 0 where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn block_address(index: u32) -> u32 {
    WALK.with_borrow(|walk| walk.blocks.get(index as usize).map_or(0, |block| block.as_ptr().addr() as u32))
}

/// How long it is.
#[unsafe(no_mangle)]
pub extern "C" fn block_bytes(index: u32) -> u32 {
    WALK.with_borrow(|walk| walk.blocks.get(index as usize).map_or(0, |block| block.capacity() as u32))
}
