//! Made-up runs: seeded sequences of events that an engine could have emitted.

use arenascope_telemetry::event::{Event, Op};
use arenascope_units::owner::{Heap, MemoryCategory, Owner, Tag};
use arenascope_workload::rng::Rng;

/// Bytes of the made-up arena, and of its metadata.
pub(crate) const CAPACITY: u64 = 1 << 20;
pub(crate) const PAYLOAD: u64 = 4096;

/// What a program may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    /// Things alive that it tends to.
    pub(crate) alive: usize,
    /// An arena reset once in so many events; 0 for none.
    pub(crate) resets: u32,
    /// A new run once in so many events; 0 for none.
    pub(crate) runs: u32,
}

struct Program {
    rng: Rng,
    mix: Mix,
    time_us: u64,
    alive: [Vec<Event>; 3],
    /// Free places of 64 bytes in the arena.
    places: Vec<u64>,
    next_id: u64,
    reserved_bytes: u64,
}

/// `count` events of one thread, beginning with the start of a run.
pub(crate) fn events(seed: u64, count: usize, mix: Mix) -> Vec<Event> {
    let mut program = Program::new(seed, mix);
    let mut events = vec![program.start()];
    while events.len() < count {
        let event = program.step();
        events.push(event);
    }
    events
}

impl Program {
    fn new(seed: u64, mix: Mix) -> Self {
        let places = Vec::new();
        Self { rng: Rng::new(seed), mix, time_us: 0, alive: Default::default(), places, next_id: 0, reserved_bytes: 0 }
    }

    fn start(&mut self) -> Event {
        self.time_us = 0;
        self.alive = Default::default();
        self.reserved_bytes = 0;
        self.places = (PAYLOAD..CAPACITY).step_by(64).collect();
        Event { offset_bytes: PAYLOAD, size_bytes: CAPACITY, ..Event::note(0, Op::RunStart) }
    }

    fn step(&mut self) -> Event {
        // Many events share a microsecond, as on a coarse clock.
        self.time_us += u64::from(self.rng.below(8).saturating_sub(4));
        if self.mix.runs > 0 && self.rng.once_in(self.mix.runs) {
            return self.start();
        }
        if self.mix.resets > 0 && self.rng.once_in(self.mix.resets) {
            self.alive[0].clear();
            self.places = (PAYLOAD..CAPACITY).step_by(64).collect();
            return Event::note(self.time_us, Op::ArenaReset);
        }
        let heap = [Heap::Arena, Heap::Arena, Heap::Arena, Heap::Device, Heap::Npu][self.rng.below(5) as usize];
        let alive = self.alive[heap.index()].len();
        if self.rng.once_in(12) {
            return self.note();
        }
        if alive == 0 || (self.rng.below(2 * self.mix.alive as u32) as usize) > alive {
            return self.begin(heap);
        }
        let place = self.rng.below(alive as u32) as usize;
        if heap != Heap::Npu && self.rng.once_in(4) { self.change(heap, place) } else { self.end(heap, place) }
    }

    fn reserve(&mut self) -> Event {
        let releases = self.reserved_bytes > 0 && self.rng.once_in(2);
        let most = if releases { self.reserved_bytes } else { 1 << 20 };
        let bytes = u64::from(self.rng.below(most.min(1 << 30) as u32)) + 1;
        self.reserved_bytes = if releases { self.reserved_bytes - bytes } else { self.reserved_bytes + bytes };
        let op = if releases { Op::Release } else { Op::Reserve };
        Event { size_bytes: bytes, ..Event::note(self.time_us, op) }
    }

    fn note(&mut self) -> Event {
        if self.rng.once_in(3) {
            return self.reserve();
        }
        let ops = [Op::Submit, Op::ArenaFailure, Op::BudgetRefusal, Op::PressureChange, Op::NnDispatch];
        let op = ops[self.rng.below(5) as usize];
        Event { detail: self.rng.below(3) as u8, size_bytes: 100, ..Event::note(self.time_us, op) }
    }

    fn owner(&mut self) -> Owner {
        let category = MemoryCategory::every()[self.rng.below(16) as usize];
        Owner::new(category, Tag(self.rng.below(5) as u16))
    }

    fn begin(&mut self, heap: Heap) -> Event {
        self.next_id += 1 + u64::from(self.rng.below(1 << 18));
        let op = [Op::ArenaAllocate, Op::PoolCreate, Op::NpuCharge][heap.index()];
        let mut event = Event { owner: self.owner(), id: self.next_id, ..Event::note(self.time_us, op) };
        event.size_bytes = u64::from(self.rng.between(1, 4)) * 16;
        if heap == Heap::Arena {
            let place = self.rng.below(self.places.len() as u32) as usize;
            event.offset_bytes = self.places.swap_remove(place);
        }
        self.alive[heap.index()].push(event);
        event
    }

    fn change(&mut self, heap: Heap, place: usize) -> Event {
        let (time_us, size) = (self.time_us, u64::from(self.rng.between(1, 4)) * 16);
        let thing = &mut self.alive[heap.index()][place];
        thing.time_us = time_us;
        match heap {
            Heap::Arena => (thing.op, thing.size_bytes) = (Op::ArenaResize, size),
            _ => thing.op = if thing.op == Op::PoolRelease { Op::PoolReuse } else { Op::PoolRelease },
        }
        *thing
    }

    fn end(&mut self, heap: Heap, place: usize) -> Event {
        let thing = self.alive[heap.index()].swap_remove(place);
        if heap == Heap::Arena {
            self.places.push(thing.offset_bytes);
        }
        let op = [Op::ArenaFree, Op::PoolDestroy, Op::NpuRelease][heap.index()];
        Event { op, time_us: self.time_us, detail: 0, ..thing }
    }
}
