//! What a mutator thread does beside the engine: a seeded sequence of small work
//! on the heap, with handles passed to other threads, so that memory is freed by
//! who did not take it. Pure: the same seed and number give the same steps,
//! whatever becomes of them and whoever else is at work.

use super::rng::Rng;
use arenascope_units::Bytes;

/// Most mutators of a run.
pub const MUTATORS_MAX: u32 = 8;

/// Places for what lives shortly, and for all.
const YOUNG: u32 = 32;
const PLACES: u32 = 1024;

/// Where a mutator keeps one allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MutatorPlace(u16);

impl MutatorPlace {
    /// How many there are.
    pub const COUNT: usize = PLACES as usize;

    /// From 0, below [`Self::COUNT`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Who gets what a mutator passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// The next mutator by number, the first after the last.
    Next,
    /// The engine, which frees it at a tick.
    Engine,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutatorStep {
    /// Take memory and keep it at a place, which is vacant.
    Allocate {
        /// The place at which it is kept from now on.
        place: MutatorPlace,
        /// Bytes, at least 16.
        size: Bytes,
        /// A power of two.
        align: Bytes,
    },
    /// Give back what is kept at a place.
    Free {
        /// The place that becomes vacant.
        place: MutatorPlace,
    },
    /// Let another thread give it back.
    Pass {
        /// Where it is kept.
        place: MutatorPlace,
        /// The thread that frees it.
        to: Taker,
    },
}

/// The steps of one mutator, without end.
///
/// Half of the steps turn over 32 places: short lives. The other half turn over a
/// thousand: long ones. Sizes are 16 B to 1 KiB, one in 16 up to 32 KiB, each
/// doubling as likely; one free in eight is left to another thread, one in eight of
/// those to the engine.
///
/// ```
/// use arenascope_units::Bytes;
/// use arenascope_workload::mutator::MutatorWorkload;
/// let mut workload = MutatorWorkload::new(42, 0, Bytes::kib(512));
/// let steps: Vec<_> = (0..1000).map(|_| workload.next_step()).collect();
/// assert!(workload.live() <= Bytes::kib(512));
/// # assert_eq!(steps.len(), 1000);
/// ```
#[derive(Clone, Debug)]
pub struct MutatorWorkload {
    rng: Rng,
    /// Bytes kept at each place, as asked for; none is vacant.
    sizes: Vec<u32>,
    live: u64,
    limit: u64,
}

impl MutatorWorkload {
    /// The sequence of mutator `number` in a run of `seed`; `limit` bytes live at
    /// most, as asked for.
    pub fn new(seed: u64, number: u32, limit: Bytes) -> Self {
        // Far from the seeds that people choose for their runs.
        let rng = Rng::new(seed ^ (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self { rng, sizes: vec![0; MutatorPlace::COUNT], live: 0, limit: limit.get() }
    }

    /// Bytes live, as asked for, if everything was granted.
    pub const fn live(&self) -> Bytes {
        Bytes::new(self.live)
    }

    /// The next step. O(1) on average.
    pub fn next_step(&mut self) -> MutatorStep {
        let place = if self.rng.once_in(2) { self.rng.below(YOUNG) } else { self.rng.below(PLACES) };
        if self.sizes[place as usize] > 0 {
            return self.give_up(place);
        }
        let size = self.size();
        if self.live + u64::from(size) <= self.limit {
            return self.take(place, size);
        }
        match self.taken_after(place) {
            Some(place) => self.give_up(place),
            // The limit is below the smallest size: nothing is kept, so this fits.
            None => self.take(place, 16),
        }
    }

    fn size(&mut self) -> u32 {
        let size = if self.rng.once_in(16) { self.rng.doubling(10, 15) } else { self.rng.doubling(4, 10) };
        // No single one may crowd out the rest.
        size.min((self.limit / 8) as u32).max(16)
    }

    fn take(&mut self, place: u32, size: u32) -> MutatorStep {
        self.sizes[place as usize] = size;
        self.live += u64::from(size);
        let align = Bytes::new(if self.rng.once_in(32) { 256 } else { 16 });
        MutatorStep::Allocate { place: MutatorPlace(place as u16), size: Bytes::from(size), align }
    }

    fn give_up(&mut self, place: u32) -> MutatorStep {
        self.live -= u64::from(std::mem::take(&mut self.sizes[place as usize]));
        let place = MutatorPlace(place as u16);
        match self.rng.below(64) {
            0 => MutatorStep::Pass { place, to: Taker::Engine },
            1..8 => MutatorStep::Pass { place, to: Taker::Next },
            _ => MutatorStep::Free { place },
        }
    }

    /// The first place at or after `place`, and round, where something is kept.
    fn taken_after(&self, place: u32) -> Option<u32> {
        (place..PLACES).chain(0..place).find(|&place| self.sizes[place as usize] > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(seed: u64, number: u32, count: usize) -> Vec<MutatorStep> {
        let mut workload = MutatorWorkload::new(seed, number, Bytes::kib(512));
        (0..count).map(|_| workload.next_step()).collect()
    }

    #[test]
    fn seed_and_number_are_a_sequence() {
        assert_eq!(steps(42, 3, 1000), steps(42, 3, 1000));
        assert_ne!(steps(42, 3, 1000), steps(42, 2, 1000));
        assert_ne!(steps(42, 3, 1000), steps(43, 3, 1000));
    }

    #[test]
    fn places_are_taken_and_given_up_in_turn_and_the_limit_holds() {
        for limit in [Bytes::new(1), Bytes::kib(32), Bytes::kib(512)] {
            let mut workload = MutatorWorkload::new(7, 0, limit);
            let (mut kept, mut live) = (vec![None; MutatorPlace::COUNT], 0);
            for _ in 0..50_000 {
                match workload.next_step() {
                    MutatorStep::Allocate { place, size, align } => {
                        assert!(kept[place.index()].replace(size.get()).is_none());
                        assert!(size.get() >= 16 && align.get().is_power_of_two());
                        live += size.get();
                    }
                    MutatorStep::Free { place } | MutatorStep::Pass { place, .. } => {
                        live -= kept[place.index()].take().expect("something is kept there");
                    }
                }
                assert_eq!(workload.live().get(), live);
                assert!(live <= limit.get().max(16));
            }
        }
    }

    #[test]
    fn the_mix_is_what_it_says() {
        let steps = steps(42, 0, 100_000);
        let count = |is: &dyn Fn(&MutatorStep) -> bool| steps.iter().filter(|step| is(step)).count() as f64;
        let allocated = count(&|step| matches!(step, MutatorStep::Allocate { .. }));
        let small = count(&|step| matches!(step, MutatorStep::Allocate { size, .. } if *size <= Bytes::kib(1)));
        let given_up = steps.len() as f64 - allocated;
        let passed = count(&|step| matches!(step, MutatorStep::Pass { .. })) / given_up;
        let to_engine = count(&|step| matches!(step, MutatorStep::Pass { to: Taker::Engine, .. })) / given_up;
        assert!((0.92..0.95).contains(&(small / allocated)), "{}", small / allocated);
        assert!((0.115..0.135).contains(&passed), "{passed}");
        assert!((0.012..0.019).contains(&to_engine), "{to_engine}");
    }
}
