//! The defects of the original design's budget (rows B1–B14), one test each:
//! what the original does stands beside what Arenascope does instead.

#[path = "original/budget.rs"]
mod original;

use arenascope_budget::{Budget, BudgetError, Charge, Level, Limits, Reservation};
use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::{Bytes, Ratio};
use original::{MemoryBudget, MemoryCategory as Theirs};
use std::{panic, thread};

const fn bytes(count: u64) -> Bytes {
    Bytes::new(count)
}

/// A thousand bytes in the default shares: 250, 300, 200, 100, 100, 50.
fn small() -> Budget {
    Budget::new(bytes(1000))
}

/// A budget whose limits overlap: each category may use the whole total.
fn overlapping(total: u64) -> Budget {
    Budget::with_limits(Limits::new(bytes(total), [bytes(total); 6]).expect("limits within the total"))
}

/// B1: `total * 25 / 100` overflows 32 bits above 163 MiB.
#[test]
fn b01_the_shares_of_256_mib_are_exact() {
    let wrapped = [25, 30, 20].map(|percent| Bytes::from((256_u32 << 20).wrapping_mul(percent) / 100).to_string());
    assert_eq!(wrapped, ["23.0 MiB", "35.8 MiB", "10.2 MiB"], "what its line means on 32 bits");

    let budget = Budget::new(Bytes::mib(256));
    let state = budget.snapshot();
    let limits = MemoryCategory::ALL.map(|category| state.of(category).limit);
    let exact = [67_108_864, 80_530_636, 53_687_091, 26_843_545, 26_843_545, 13_421_775].map(bytes);
    assert_eq!(limits, exact);
    let words = ["64.0 MiB", "76.8 MiB", "51.2 MiB", "25.6 MiB", "25.6 MiB", "12.8 MiB"];
    assert_eq!(limits.map(|limit| limit.to_string()), words);
    assert_eq!(limits.into_iter().sum::<Bytes>(), Bytes::mib(256));
}

/// B2: the error text printed a type that had no `Debug`: it never compiled.
#[test]
fn b02_errors_and_figures_can_be_printed() {
    let budget = small();
    let error = budget.allocate(MemoryCategory::TEMPORARY, Heap::Arena, bytes(51)).expect_err("one byte too many");
    assert!(format!("{error:?}").contains("Temporary"));
    assert!(error.to_string().contains("Temporary"));
    assert!(format!("{budget:?} {:?}", budget.snapshot()).contains("Temporary"));
}

/// B3: `&mut self`, and check-then-act once it is wrapped.
#[test]
fn b03_a_check_and_its_reservation_are_one_step() {
    let budget = small();
    let ask = || budget.allocate(MemoryCategory::TEMPORARY, Heap::Arena, bytes(30));
    // Both could see room for 30 of 50; only one may get it.
    let outcomes =
        thread::scope(|scope| [scope.spawn(ask), scope.spawn(ask)].map(|worker| worker.join().expect("no panic")));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(budget.current(MemoryCategory::TEMPORARY), bytes(30));
}

/// B4: `current + size` wraps, and a huge request fits.
#[test]
fn b04_a_sum_that_does_not_fit_is_refused() {
    let mut original = MemoryBudget::new(1000);
    original.allocate(Theirs::ECS, 100).expect("fits");
    let answer = panic::catch_unwind(|| original.can_allocate(Theirs::ECS, u64::MAX - 50));
    assert!(answer.unwrap_or(true), "a debug build panics, a release build says that it fits");

    let budget = small();
    let _held = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(100)).expect("fits");
    for size in [u64::MAX, u64::MAX - 50, u64::from(u32::MAX) - 50] {
        assert!(!budget.has_room(MemoryCategory::ECS, Heap::Arena, bytes(size)));
        let error = budget.try_reserve(MemoryCategory::ECS, Heap::Arena, bytes(size)).expect_err("cannot fit");
        assert!(
            matches!(error, BudgetError::OverLimit { wanted, free, .. } if wanted == bytes(size) && free == bytes(150))
        );
    }
    // Also where no limit is in the way, only the end of the number line.
    let boundless = overlapping(u64::MAX);
    let _held = boundless.allocate(MemoryCategory::ECS, Heap::Arena, bytes(100)).expect("fits");
    assert!(
        !boundless.has_room(MemoryCategory::ECS, Heap::Arena, bytes(u64::MAX - 99))
            && boundless.has_room(MemoryCategory::ECS, Heap::Arena, bytes(u64::MAX - 100))
    );
}

/// B5: `saturating_sub` and the missing-key no-op hide double frees and wrong
/// categories.
#[test]
fn b05_bytes_go_back_once_to_where_they_came_from() {
    let mut original = MemoryBudget::new(1000);
    original.allocate(Theirs::ECS, 100).expect("fits");
    original.deallocate(Theirs::ECS, 60);
    original.deallocate(Theirs::ECS, 60);
    original.deallocate(Theirs::NPUTensors, 40);
    let usage = [Theirs::ECS, Theirs::NPUTensors].map(|category| original.get_usage(category));
    assert_eq!(usage, [0.0; 2], "of 100 B 160 were given back, and nobody was told");

    let budget = small();
    let [first, second] =
        [60, 40].map(|size| budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(size)).expect("fits"));
    // `release` takes the charge itself and no category: neither a second time
    // nor another category can be written down.
    assert_eq!(first.release(), Ok(bytes(60)));
    assert_eq!((budget.current(MemoryCategory::ECS), budget.audit()), (bytes(40), Ok(())));
    assert_eq!(second.release(), Ok(bytes(40)));
    assert_eq!(budget.snapshot().accounting_errors, 0);
}

/// B6: fixed walls. A category's limit can be moved, and limits may overlap, so
/// that one category uses what another leaves idle.
#[test]
fn b06_idle_share_can_be_used_by_another_category() {
    let budget = small();
    assert!(!budget.has_room(MemoryCategory::GPU_TEXTURES, Heap::Arena, bytes(900)));
    budget.set_limit(MemoryCategory::GPU_TEXTURES, bytes(1000)).expect("within the total");
    let _textures =
        budget.allocate(MemoryCategory::GPU_TEXTURES, Heap::Device, bytes(900)).expect("the others are idle");
    assert!(
        budget.has_room(MemoryCategory::ECS, Heap::Arena, bytes(100))
            && !budget.has_room(MemoryCategory::ECS, Heap::Arena, bytes(101))
    );
}

/// B7: no peak, no failure count.
#[test]
fn b07_peaks_and_failures_are_kept() {
    let budget = small();
    drop(budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(240)).expect("fits"));
    let _now = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(10)).expect("fits");
    budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(241)).expect_err("over the limit");
    let state = budget.snapshot();
    for node in [state.of(MemoryCategory::ECS), &state.total] {
        assert_eq!((node.current, node.peak, node.failures), (bytes(10), bytes(240), 1));
    }
    assert_eq!(
        (state.of(MemoryCategory::GPU_BUFFERS).peak, state.of(MemoryCategory::GPU_BUFFERS).failures),
        (bytes(0), 0)
    );
}

/// B8: `total_budget` is never enforced.
#[test]
fn b08_the_total_refuses_what_every_category_would_allow() {
    let budget = overlapping(1000);
    let _ecs = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(600)).expect("fits");
    let error = budget.allocate(MemoryCategory::NPU_MODELS, Heap::Npu, bytes(401)).expect_err("over the total");
    let expected = BudgetError::OverLimit {
        level: Level::Total,
        category: MemoryCategory::NPU_MODELS,
        wanted: bytes(401),
        current: bytes(600),
        reserved: bytes(0),
        limit: bytes(1000),
        free: bytes(400),
    };
    assert_eq!(error, expected);
    assert_eq!(budget.snapshot().of(MemoryCategory::NPU_MODELS).reserved, bytes(0), "the category was rolled back");
}

/// B9: one pot for host memory and device memory.
#[test]
fn b09_every_charge_names_its_heap() {
    let budget = small();
    let _staging = budget.allocate(MemoryCategory::GPU_BUFFERS, Heap::Arena, bytes(10)).expect("fits");
    let _buffer = budget.allocate(MemoryCategory::GPU_BUFFERS, Heap::Device, bytes(200)).expect("fits");
    let _tensor = budget.allocate(MemoryCategory::NPU_TENSORS, Heap::Npu, bytes(30)).expect("fits");
    let state = budget.snapshot();
    assert_eq!(state.of(MemoryCategory::GPU_BUFFERS).by_heap, [10, 200, 0].map(bytes));
    assert_eq!(state.total.by_heap, [10, 200, 30].map(bytes));
    assert_eq!(state.of(MemoryCategory::GPU_BUFFERS).current, bytes(210));
}

/// B10: the charge leaks when the allocation after it fails.
#[test]
fn b10_a_failed_allocation_leaves_no_charge() {
    fn allocate(budget: &Budget, create: impl Fn() -> Result<Bytes, String>) -> Result<Charge, String> {
        let reservation: Reservation = budget
            .try_reserve(MemoryCategory::GPU_BUFFERS, Heap::Device, bytes(100))
            .map_err(|error| error.to_string())?;
        let actual = create()?;
        reservation.commit(actual).map_err(|error| error.to_string())
    }
    let budget = small();
    let before = budget.snapshot();
    allocate(&budget, || Err("device lost".to_string())).expect_err("creation failed");
    assert_eq!(budget.snapshot(), before);
    let charge = allocate(&budget, || Ok(bytes(96))).expect("fits");
    assert_eq!((charge.bytes(), budget.current(MemoryCategory::GPU_BUFFERS)), (bytes(96), bytes(96)));
}

/// B11: usage as `f32`; a limit of 0 gives NaN.
#[test]
fn b11_usage_is_exact_bytes_and_an_optional_ratio() {
    assert!(MemoryBudget::new(0).get_usage(Theirs::ECS).is_nan());
    let usage_of = |size| {
        let mut original = MemoryBudget::new(256 << 20);
        original.allocate(Theirs::ECS, size).expect("fits");
        original.get_usage(Theirs::ECS)
    };
    assert_eq!(usage_of((16 << 20) + 1), usage_of(16 << 20), "an f32 loses bytes from 16 MiB on");

    let empty = Budget::new(Bytes::ZERO);
    assert_eq!(MemoryCategory::ALL.map(|category| empty.usage(category)), [None; 6]);
    assert!(!empty.report().to_string().contains("NaN"));
    let budget = Budget::new(Bytes::mib(256));
    let _charge = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes((16 << 20) + 1)).expect("fits");
    assert_eq!(budget.current(MemoryCategory::ECS), bytes((16 << 20) + 1));
    assert_eq!(budget.usage(MemoryCategory::ECS), Some(Ratio::new(16_777_217.0 / 67_108_864.0)));
}

/// B12: `Err(String)`.
#[test]
fn b12_a_refusal_is_a_value_with_numbers() {
    let budget = small();
    let _charge = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(100)).expect("fits");
    let _reservation = budget.try_reserve(MemoryCategory::ECS, Heap::Arena, bytes(50)).expect("fits");
    let expected = BudgetError::OverLimit {
        level: Level::Category,
        category: MemoryCategory::ECS,
        wanted: bytes(101),
        current: bytes(100),
        reserved: bytes(50),
        limit: bytes(250),
        free: bytes(100),
    };
    assert_eq!(budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(101)).expect_err("one byte too many"), expected);
    let as_error: &dyn std::error::Error = &expected;
    assert!(as_error.to_string().starts_with("memory budget exceeded for ECS: 101 B requested, 100 B free of 250 B"));
}

/// B13: `println!` goes nowhere on the web, the box stays open at the right,
/// and megabytes are truncated.
#[test]
fn b13_the_report_is_a_value_with_a_closed_box() {
    let budget = Budget::new(Bytes::mib(256));
    let _charge = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes((2 << 20) - 1)).expect("fits");
    let report = budget.report();
    let text = report.to_string();
    assert!(text.contains("Memory Budget Report"));
    for line in text.lines() {
        assert_eq!(line.chars().count(), text.lines().next().map_or(0, |first| first.chars().count()), "{line}");
        assert!(line.starts_with(['┌', '│', '├', '└']) && line.ends_with(['┐', '│', '┤', '┘']), "{line}");
    }
    assert!(text.contains("2.0 MiB"), "not the truncated 1 MB");
    assert_eq!(report.state.of(MemoryCategory::ECS).current, bytes((2 << 20) - 1), "and the exact bytes beside it");
}

/// A pool in four lines: a buffer is created, used, put aside, used again. The
/// charge lives in the buffer, whoever holds it.
struct FakePool {
    budget: Budget,
    idle: Vec<FakeBuffer>,
}

struct FakeBuffer {
    _charge: Charge,
}

impl FakePool {
    fn acquire(&mut self) -> Result<FakeBuffer, BudgetError> {
        if let Some(buffer) = self.idle.pop() {
            return Ok(buffer);
        }
        self.budget
            .allocate(MemoryCategory::GPU_BUFFERS, Heap::Device, bytes(64))
            .map(|charge| FakeBuffer { _charge: charge })
    }

    fn release(&mut self, buffer: FakeBuffer) {
        self.idle.push(buffer);
    }

    fn destroy_idle(&mut self) {
        self.idle.clear();
    }
}

/// B14: idle pool buffers are charged to nobody.
#[test]
fn b14_a_pooled_buffer_is_charged_from_create_to_destroy() {
    let mut pool = FakePool { budget: small(), idle: Vec::new() };
    let charged = |pool: &FakePool| {
        (pool.budget.current(MemoryCategory::GPU_BUFFERS), pool.budget.snapshot().total.on(Heap::Device))
    };
    let buffer = pool.acquire().expect("fits");
    assert_eq!(charged(&pool), (bytes(64), bytes(64)), "in use");
    pool.release(buffer);
    assert_eq!(charged(&pool), (bytes(64), bytes(64)), "idle, and still in device memory");
    let buffer = pool.acquire().expect("reused");
    assert_eq!(charged(&pool), (bytes(64), bytes(64)), "reused, not charged again");
    pool.release(buffer);
    pool.destroy_idle();
    assert_eq!(charged(&pool), (bytes(0), bytes(0)), "destroyed");
    assert_eq!(pool.budget.audit(), Ok(()));
}
