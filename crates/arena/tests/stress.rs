//! Threads that allocate, write, hand over, check and free at random, while another
//! pauses, audits and resets: no byte is ever two allocations', nothing is lost, and all
//! misuse is refused and counted.
//!
//! Every allocation's words hold a cookie of its own, checked before each free. Short by
//! default; `ARENASCOPE_LONG=1` runs a minute for each number of threads.

use arenascope_arena::{
    AllocError, Allocation, AllocationId, Arena, FreeError, GRANULE, Patience, Pinned, PolicyKind, RangeState, Region,
    Request, SharedArena, ThreadArena, Words,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use rand_core::{RngCore, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

/// Turns of all threads together in a short run, with each policy.
const TURNS: u64 = if cfg!(miri) { 12 } else { 2_500 };
/// Under Miri two: what is unsafe knows no policy.
const POLICIES: &[PolicyKind] = if cfg!(miri) { &[PolicyKind::FirstFit, PolicyKind::Bins] } else { &PolicyKind::ALL };
/// Operations of one turn, all under one pin.
const BATCH: u32 = 16;
/// Allocations that a thread keeps before it frees more than it takes.
const LIVING: usize = 160;
/// Pages of the arena: under Miri fewer, which would take minutes to look at more.
const PAGES: u32 = if cfg!(miri) { 16 } else { 160 };
/// Handles on the way to one thread.
const MAIL: usize = 64;

/// How long a run with one policy is.
#[derive(Clone, Copy)]
enum Length {
    Turns(u64),
    Until(Instant),
}

impl Length {
    fn is_over(self, turn: u64) -> bool {
        match self {
            Self::Turns(turns) => turn >= turns,
            Self::Until(end) => Instant::now() >= end,
        }
    }
}

/// A live allocation, and what its words must hold.
#[derive(Clone, Copy, Debug)]
struct Held {
    id: AllocationId,
    size: Bytes,
    cookie: u32,
}

impl Held {
    /// The word at `place`: unlike its neighbours, and unlike any other cookie's.
    const fn word(&self, place: u32) -> u32 {
        self.cookie.wrapping_add(place.wrapping_mul(0x9E37_79B9))
    }

    /// Its words, unless a reset has ended it.
    fn words<'a>(&self, here: &'a mut Pinned<'_>) -> Option<Words<'a>> {
        match here.words(self.id) {
            Ok(words) => {
                assert_eq!(words.len() as u64, self.size.get() / 4);
                Some(words)
            }
            Err(FreeError::StaleEpoch { .. }) => None,
            Err(refused) => panic!("{self:?} is live: {refused}"),
        }
    }

    fn write(&self, here: &mut Pinned<'_>) {
        let Some(words) = self.words(here) else { return };
        words.iter().zip(0..).for_each(|(word, place)| word.store(self.word(place), Ordering::Relaxed));
    }

    fn check(&self, here: &mut Pinned<'_>) {
        let Some(words) = self.words(here) else { return };
        let strange = words.iter().zip(0..).find(|(word, place)| word.load(Ordering::Relaxed) != self.word(*place));
        assert!(strange.is_none(), "somebody wrote into {self:?}: word {strange:?}");
    }
}

/// What one thread did, and what it leaves to be freed.
#[derive(Debug, Default)]
struct Outcome {
    left: Vec<Held>,
    allocations: u64,
    frees: u64,
    /// Allocations refused for lack of room.
    refused: u64,
    /// Frees that had to be refused, and were.
    misuses: u64,
}

struct Worker {
    thread: ThreadArena,
    random: Pcg64Mcg,
    inbox: Receiver<Held>,
    others: Vec<SyncSender<Held>>,
    cookies: u32,
    outcome: Outcome,
}

impl Worker {
    /// What it did, and its inbox, into which others may send until they are done too.
    fn run(mut self, length: Length) -> (Outcome, Receiver<Held>) {
        let mut turn = 0;
        while !length.is_over(turn) {
            self.batch();
            turn += 1;
        }
        (self.outcome, self.inbox)
    }

    /// One pin, and some operations.
    fn batch(&mut self) {
        let Self { thread, random, inbox, others, cookies, outcome } = self;
        let mut here = thread.pin().expect("endless patience");
        for _ in 0..BATCH {
            let dice = random.next_u32();
            let grows = outcome.left.len() < LIVING && !dice.is_multiple_of(3);
            if grows {
                *cookies = cookies.wrapping_add(1);
                outcome.allocate(&mut here, random, *cookies);
            } else if dice & 1 << 8 == 0 {
                outcome.hand_over(others, random);
            } else if let Some(held) = outcome.pick(random) {
                outcome.free(&mut here, held);
            }
            if let Ok(held) = inbox.try_recv() {
                // Another thread's: freed from here, or kept for a while.
                if dice & 1 << 9 == 0 { outcome.free(&mut here, held) } else { outcome.left.push(held) }
            }
        }
    }
}

impl Outcome {
    fn allocate(&mut self, here: &mut Pinned<'_>, random: &mut Pcg64Mcg, cookie: u32) {
        let request = request(random);
        match here.allocate(&request) {
            Ok(Allocation { id, offset, usable }) => {
                assert!(offset.get().is_multiple_of(request.align.get()) && usable >= request.size);
                let held = Held { id, size: request.size, cookie };
                held.write(here);
                self.allocations += 1;
                self.left.push(held);
            }
            Err(AllocError::OutOfMemory { .. } | AllocError::OutOfNodes { .. }) => self.refused += 1,
            Err(refused) => panic!("{request:?}: {refused}"),
        }
    }

    /// Checks and frees; now and then a second time.
    fn free(&mut self, here: &mut Pinned<'_>, held: Held) {
        held.check(here);
        match here.deallocate(held.id) {
            Ok(extent) => {
                assert!(extent.size >= held.size);
                self.frees += 1;
                if held.cookie.is_multiple_of(8) {
                    assert!(here.deallocate(held.id).is_err(), "freed twice: {held:?}");
                    self.misuses += 1;
                }
            }
            Err(FreeError::StaleEpoch { .. }) => self.misuses += 1,
            Err(refused) => panic!("{held:?}: {refused}"),
        }
    }

    fn pick(&mut self, random: &mut Pcg64Mcg) -> Option<Held> {
        let place = random.next_u32() as usize % self.left.len().max(1);
        (!self.left.is_empty()).then(|| self.left.swap_remove(place))
    }

    fn hand_over(&mut self, others: &[SyncSender<Held>], random: &mut Pcg64Mcg) {
        let Some(held) = self.pick(random) else { return };
        let other = &others[random.next_u32() as usize % others.len()];
        // Full, or gone: it stays here.
        if other.try_send(held).is_err() {
            self.left.push(held);
        }
    }
}

/// Half of it up to 256 bytes, and now and then some hundred kilobytes.
fn request(random: &mut Pcg64Mcg) -> Request {
    let limit = match random.next_u32() % 64 {
        0..32 => 256,
        32..52 => 2 << 10,
        52..63 => 24 << 10,
        _ => 300 << 10,
    };
    let limit = if cfg!(miri) { limit.min(2 << 10) } else { limit };
    let size = Bytes::new(u64::from(random.next_u32() % limit + 1));
    let align = Bytes::new(1 << (random.next_u32() % 16).min(8));
    let owner = Owner::new(MemoryCategory::ECS, Tag((random.next_u32() % 5) as u16));
    Request { size, align, owner, now: Micros::ZERO }
}

/// Both audits: the arena's own, and one by its walk and its figures alone.
fn audit(arena: &Arena) {
    assert_eq!(arena.audit(), Ok(()));
    let it = arena.statistics();
    assert_eq!([it.used, it.free, it.cached, it.metadata].into_iter().sum::<Bytes>(), it.capacity);
    let (mut at, mut used, mut live) = (arena.sections().payload.offset.get(), 0, 0);
    for range in arena.walk() {
        assert!(range.offset.get() >= at, "{range:?} begins before {at}");
        at = range.offset.get() + range.size.get();
        if let RangeState::Used { requested, .. } = range.state {
            assert!(requested <= range.size && range.size.get().is_multiple_of(GRANULE.get()));
            used += range.size.get();
            live += 1;
        }
    }
    assert!(at <= it.capacity.get());
    assert_eq!((used, live), (it.used.get(), it.allocation_count));
}

/// Pauses, audits and resets until the last worker is done; how often it reset.
fn keep(shared: &SharedArena, at_work: &AtomicUsize, mut random: Pcg64Mcg) -> u64 {
    let mut resets = 0;
    while at_work.load(Ordering::Relaxed) > 0 {
        std::thread::sleep(Duration::from_micros(u64::from(random.next_u32() % 4_000)));
        let mut paused = shared.pause(ENDLESS).expect("endless patience");
        audit(paused.arena());
        drop(paused);
        if random.next_u32().is_multiple_of(8) {
            shared.reset().expect("endless patience");
            resets += 1;
        }
    }
    resets
}

const ENDLESS: Patience = Patience::spins(u32::MAX);

/// `threads` workers and a keeper over one arena.
fn run(policy: PolicyKind, threads: usize, length: Length) {
    let arena = Arena::new(Region::reserve_pages(PAGES).unwrap(), policy);
    let shared = Arc::new(SharedArena::with_patience(arena, ENDLESS));
    let (senders, inboxes): (Vec<_>, Vec<_>) = (0..threads).map(|_| sync_channel(MAIL)).unzip();
    let at_work = AtomicUsize::new(threads);
    let workers = inboxes.into_iter().enumerate().map(|(number, inbox)| {
        let others = senders.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, it)| it.clone());
        Worker {
            thread: shared.attach().unwrap(),
            random: Pcg64Mcg::seed_from_u64(threads as u64 * 100 + number as u64),
            inbox,
            others: others.collect(),
            cookies: (number as u32 + 1) << 26,
            outcome: Outcome::default(),
        }
    });
    let workers: Vec<_> = workers.collect();
    drop(senders);
    let outcomes: Vec<(Outcome, Receiver<Held>)> = std::thread::scope(|scope| {
        let running = workers.into_iter().map(|worker| {
            let at_work = &at_work;
            scope.spawn(move || {
                // Also where it panics, or the keeper would go on for ever.
                let _done = Done(at_work);
                worker.run(length)
            })
        });
        let running: Vec<_> = running.collect();
        keep(&shared, &at_work, Pcg64Mcg::seed_from_u64(threads as u64));
        running.into_iter().map(|it| it.join().expect("a worker that found nothing wrong")).collect()
    });
    settle(&shared, outcomes);
}

struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Frees what is left from one more thread, and does the sums.
fn settle(shared: &Arc<SharedArena>, outcomes: Vec<(Outcome, Receiver<Held>)>) {
    let mut last = shared.attach().unwrap();
    let mut sum = Outcome::default();
    for (outcome, inbox) in outcomes {
        let mut here = last.pin().unwrap();
        outcome.left.into_iter().chain(inbox.try_iter()).for_each(|held| sum.free(&mut here, held));
        sum.allocations += outcome.allocations;
        sum.frees += outcome.frees;
        sum.refused += outcome.refused;
        sum.misuses += outcome.misuses;
    }
    drop(last);
    let mut paused = shared.pause(ENDLESS).unwrap();
    audit(paused.arena());
    drop(paused);
    let it = shared.statistics().unwrap();
    assert_eq!((it.used, it.requested, it.allocation_count), (Bytes::ZERO, Bytes::ZERO, 0));
    assert_eq!((it.allocations_total, it.frees_total), (sum.allocations, sum.frees));
    assert_eq!(it.dropped_total, sum.allocations - sum.frees);
    assert_eq!((it.allocation_failures_total, it.free_failures_total), (sum.refused, sum.misuses));
    assert!(sum.frees > 0 && sum.misuses > 0, "a run that tried nothing");
}

/// Every policy in turn.
fn run_all(threads: usize) {
    const MINUTE: Duration = Duration::from_secs(60);
    let long = std::env::var_os("ARENASCOPE_LONG").is_some();
    for &policy in POLICIES {
        let share = MINUTE / POLICIES.len() as u32;
        let length = if long { Length::Until(Instant::now() + share) } else { Length::Turns(TURNS / threads as u64) };
        run(policy, threads, length);
    }
}

#[test]
fn two_threads() {
    run_all(2);
}

#[test]
fn four_threads() {
    run_all(4);
}

#[test]
fn eight_threads() {
    run_all(8);
}

/// An arena, a thread of it, and allocations of that thread.
fn with_handles() -> (Arc<SharedArena>, ThreadArena, Vec<AllocationId>) {
    const HANDLES: usize = if cfg!(miri) { 10 } else { 400 };
    let arena = Arena::new(Region::reserve_pages(PAGES).unwrap(), PolicyKind::Bins);
    let shared = Arc::new(SharedArena::with_patience(arena, ENDLESS));
    let mut owner = shared.attach().unwrap();
    let mut random = Pcg64Mcg::seed_from_u64(7);
    let mut here = owner.pin().unwrap();
    let ids = (0..HANDLES).filter_map(|_| Some(here.allocate(&request(&mut random)).ok()?.id)).collect();
    drop(here);
    (shared, owner, ids)
}

/// Frees every handle from each of `threads` at the same time; how many were told that
/// they did.
fn free_all(threads: &mut [ThreadArena], ids: &[AllocationId]) -> usize {
    let start = Barrier::new(threads.len());
    let free = |thread: &mut ThreadArena| {
        start.wait();
        ids.iter().filter(|id| thread.pin().unwrap().deallocate(**id).is_ok()).count()
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = threads.iter_mut().map(|thread| scope.spawn(|| free(thread))).collect();
        running.into_iter().map(|it| it.join().unwrap()).sum()
    })
}

fn check_all_freed(shared: &SharedArena, ids: &[AllocationId], threads: usize) {
    let it = shared.statistics().unwrap();
    assert_eq!((it.used, it.allocation_count), (Bytes::ZERO, 0));
    assert_eq!((it.frees_total, it.free_failures_total), (ids.len() as u64, (ids.len() * (threads - 1)) as u64));
    audit(shared.pause(ENDLESS).unwrap().arena());
}

/// One handle, freed by several threads at the same moment, the one that took it not
/// among them: one is believed.
#[test]
fn of_threads_that_free_one_handle_one_is_believed() {
    let (shared, owner, ids) = with_handles();
    let mut others = [(); 3].map(|()| shared.attach().unwrap());
    assert_eq!(free_all(&mut others, &ids), ids.len());
    drop(owner);
    check_all_freed(&shared, &ids, 3);
}

/// The one that took it among them: two may be believed, but it is freed once, and the
/// other is counted as refused in the end.
#[test]
fn of_threads_that_free_one_handle_with_its_owner_one_does() {
    for _ in 0..if cfg!(miri) { 1 } else { 50 } {
        let (shared, owner, ids) = with_handles();
        let mut both = [owner, shared.attach().unwrap()];
        let believed = free_all(&mut both, &ids);
        assert!((ids.len()..=2 * ids.len()).contains(&believed));
        check_all_freed(&shared, &ids, 2);
    }
}
