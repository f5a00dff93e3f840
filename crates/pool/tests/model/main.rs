//! The pool against a naive model and a fake device, over random programs; and
//! a steady load, which must create nothing once it is warm.

mod bench;
mod device;
mod model;

use arenascope_pool::{Amount, PoolConfig, PoolMode, Pressure, Serial};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use bench::{Bench, Op};
use proptest::prelude::*;
use proptest::sample::Index;

const OWNER: Owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
const START: Micros = Micros::ZERO;

/// Small waters, so that a short program reaches all of them.
fn config(mode: PoolMode) -> PoolConfig {
    let usual = PoolConfig::with_idle_limit(mode, Bytes::kib(8));
    let max_age = Micros::new(900);
    PoolConfig {
        byte_limit: Bytes::mib(6),
        max_age,
        max_idle_frames: 1,
        surplus_frames: 2,
        max_destroys_per_trim: 2,
        ..usual
    }
}

/// Every mode, and other parameters.
fn modes() -> Vec<PoolMode> {
    let more = [PoolMode::Classes { steps_per_doubling: 1 }, PoolMode::BestFit { max_waste_percent: 60 }];
    PoolMode::ALL.into_iter().chain(more).collect()
}

fn op() -> impl Strategy<Value = Op> {
    let size = prop_oneof![1_u64..64, 1_000_u64..1_100, 1_u64..8_000, (1_u64 << 20) - 8..(1 << 21)];
    let handle = any::<Index>;
    prop_oneof![
        20 => (size, any::<bool>(), prop::bool::weighted(0.9))
            .prop_map(|(size, storage, confirm)| Op::Acquire { size, storage, confirm }),
        2 => handle().prop_map(Op::Confirm),
        2 => handle().prop_map(Op::Fail),
        30 => handle().prop_map(Op::Release),
        6 => Just(Op::Submit),
        6 => (0_u64..3).prop_map(|behind| Op::Complete { behind }),
        4 => (0_u64..400).prop_map(Op::Pass),
        6 => Just(Op::Trim),
        2 => (0_u64..800).prop_map(|age| Op::Cleanup { age }),
        2 => (0_u64..4_000).prop_map(|wanted| Op::Reclaim { wanted }),
        2 => (any::<bool>(), 0_u64..4_000).prop_map(|(storage, wanted)| Op::ReclaimLike { storage, wanted }),
        3 => prop::sample::select(vec![Pressure::Normal, Pressure::Elevated, Pressure::High, Pressure::Critical])
            .prop_map(Op::Relieve),
        1 => Just(Op::Flush),
        1 => Just(Op::Lose),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pool_does_what_a_list_would_do(
        mode in prop::sample::select(modes()),
        program in prop::collection::vec(op(), 1..120),
    ) {
        let mut bench = Bench::new(config(mode));
        for op in &program {
            bench.step(op);
            bench.check();
        }
        // Whatever happened, nothing is left behind.
        bench.step(&Op::Lose);
        bench.check();
        prop_assert_eq!(bench.device.allocated(), Amount::default());
    }
}

/// Three frames in flight, forty buffers a frame in twelve shapes, trimmed each
/// frame: once the cycle was gone through often enough that no smaller buffer makes
/// way for a larger one any more, the device is never asked again.
#[test]
fn a_steady_cyclic_load_creates_nothing_once_warm() {
    const WARM: u64 = 60;
    // The buckets keep no vertex buffers at all.
    for mode in PoolMode::ALL.into_iter().filter(|mode| *mode != PoolMode::OrtBuckets) {
        let mut bench = Bench::new(PoolConfig { mode, ..PoolConfig::default() });
        (0..WARM).for_each(|frame| cyclic_frame(&mut bench, frame));
        let warm = bench.device.created;
        (WARM..10 * WARM).for_each(|frame| cyclic_frame(&mut bench, frame));
        bench.check();
        assert_eq!(bench.device.created, warm, "{mode}");
        let ratio = bench.pool.statistics().hit_ratio().expect("acquires").get();
        assert!(ratio > 0.98, "{}: {ratio}", mode.key());
    }
}

fn cyclic_frame(bench: &mut Bench, frame: u64) {
    for index in 0..40 {
        bench.acquire(1_000 * (1 + (index + frame) % 12), index % 3 == 0, true);
    }
    for handle in std::mem::take(&mut bench.handles) {
        bench.release(handle);
    }
    bench.step(&Op::Submit);
    bench.complete(Serial(frame.saturating_sub(2)));
    bench.step(&Op::Pass(16_667));
    bench.step(&Op::Trim);
}
