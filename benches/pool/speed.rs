//! An acquire and its release among many live buffers, against an insert and a
//! remove of the same key in a hash map.

use super::table::Table;
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::pool::{BufferSpec, BufferUsage, Contents, Pool, PoolConfig, PoolMode, ResourceSpec, Serial};
use arenascope::units::{Bytes, Micros};
use serde::Serialize;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

/// Buffers alive while it is measured.
const LIVE: u64 = 10_000;
const PAIRS: u64 = 100_000;
const ROUNDS: u32 = 9;
const OWNER: Owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));

/// Nanoseconds per pair, the fastest round, and their ratio. Field names are an
/// interface: keep them.
#[derive(Serialize)]
pub(crate) struct Speed {
    pub(crate) mode: String,
    pub(crate) live: u64,
    pub(crate) pool_ns: f64,
    pub(crate) map_ns: f64,
    pub(crate) ratio: f64,
}

pub(crate) fn measure(is_full: bool) -> Vec<Speed> {
    let (pairs, rounds) = if is_full { (PAIRS, ROUNDS) } else { (1_000, 1) };
    println!("Acquire and release at {LIVE} live buffers; insert and remove of the same key in a HashMap; ns\n");
    let mut table = Table::new(&["", "pool", "map", "ratio"]);
    let speeds = PoolMode::ALL.map(|mode| one(mode, pairs, rounds));
    for Speed { mode, pool_ns, map_ns, ratio, .. } in &speeds {
        table.push(vec![mode.clone(), format!("{pool_ns:.1}"), format!("{map_ns:.1}"), format!("{ratio:.2}")]);
    }
    println!("{table}");
    speeds.into()
}

/// Sizes of a game: 64 of them, from 256 B to 16 KiB.
fn size(index: u64) -> Bytes {
    Bytes::new(256 * (1 + index % 64))
}

fn spec(index: u64) -> BufferSpec {
    BufferSpec::new(size(index), BufferUsage::STORAGE | BufferUsage::COPY_DST)
}

fn one(mode: PoolMode, pairs: u64, rounds: u32) -> Speed {
    let mut pool = filled(mode);
    let mut map: HashMap<(BufferSpec, u64), u64> = (0..LIVE).map(|index| ((spec(index), index), index)).collect();
    let (mut pool_ns, mut map_ns) = (f64::MAX, f64::MAX);
    // By turns, so that what disturbs the machine disturbs both.
    for _ in 0..rounds {
        pool_ns = pool_ns.min(timed(pairs, |index| turn_pool(&mut pool, index)));
        map_ns = map_ns.min(timed(pairs, |index| turn_map(&mut map, index)));
    }
    Speed { mode: mode.to_string(), live: LIVE, pool_ns, map_ns, ratio: pool_ns / map_ns }
}

/// So many live buffers, half of them idle.
fn filled(mode: PoolMode) -> Pool {
    let mut pool = Pool::new(PoolConfig::with_byte_limit(mode, Bytes::mib(1 << 20)));
    let handles: Vec<_> = (0..LIVE)
        .map(|index| {
            let spec: ResourceSpec = spec(index).into();
            let got = pool.acquire(&spec, Contents::Undefined, OWNER, Micros::ZERO).expect("within limits").handle();
            pool.confirm(got.resource()).expect("is being created");
            got
        })
        .collect();
    for handle in handles.into_iter().step_by(2) {
        pool.release(handle, Serial(0), Micros::ZERO).expect("is held");
    }
    pool
}

fn turn_pool(pool: &mut Pool, index: u64) {
    // Even ones are idle.
    let spec: ResourceSpec = spec(2 * index).into();
    let now = Micros::new(index);
    let got = pool.acquire(black_box(&spec), Contents::Undefined, OWNER, now).expect("within limits").handle();
    pool.release(black_box(got), Serial(0), now).expect("is held");
}

fn turn_map(map: &mut HashMap<(BufferSpec, u64), u64>, index: u64) {
    let key = (spec(2 * index), LIVE + index);
    map.insert(black_box(key), index);
    black_box(map.remove(black_box(&key)));
}

fn timed(pairs: u64, mut turn: impl FnMut(u64)) -> f64 {
    let start = Instant::now();
    (0..pairs).for_each(&mut turn);
    start.elapsed().as_nanos() as f64 / pairs as f64
}
