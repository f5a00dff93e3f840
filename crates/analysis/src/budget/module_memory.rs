//! The module's one memory, which all threads share: counted once in what the browser
//! says, and shown by what it is made of.

use arenascope_units::Bytes;
use core::fmt;

/// What the browser reports, with the shared memory counted once: it is part of the report
/// of each thread that looked at it. `parts` are the bytes of each realm, `module` those
/// of the memory when the browser was asked; it never shrinks, so whoever counts it counts
/// at least so much. O(realms).
pub fn counted_once(parts: &[u64], module: Bytes) -> Bytes {
    let total: u64 = parts.iter().copied().fold(0, u64::saturating_add);
    let counted = parts.iter().filter(|&&part| !module.is_zero() && part >= module.get()).count() as u64;
    Bytes::new(total.saturating_sub(module.get().saturating_mul(counted.saturating_sub(1))))
}

/// What the module's memory is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleMemory {
    /// Bytes of the whole module's memory, which never shrinks.
    pub module: Bytes,
    /// The arena of the newest run.
    pub arena: Bytes,
    /// The recording, and what the profiler itself keeps beside it.
    pub profiler: Bytes,
    /// The rest: static data, stacks, what the page holds, and what was freed, for example
    /// by arenas of earlier runs, and waits to be used again.
    pub rest: Bytes,
}

impl ModuleMemory {
    /// The parts of a memory of that size.
    pub const fn of(module: Bytes, arena: Bytes, profiler: Bytes) -> Self {
        let rest = module.get().saturating_sub(arena.get()).saturating_sub(profiler.get());
        Self { module, arena, profiler, rest: Bytes::new(rest) }
    }
}

impl fmt::Display for ModuleMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, arena, profiler, rest } = self;
        write!(
            f,
            "{module}: {arena} arena, {profiler} profiler with its recording, {rest} the rest, former arenas included; \
             it never shrinks before the page is reloaded"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: Bytes = Bytes::mib(275);

    #[test]
    fn what_three_threads_report_is_counted_once() {
        let own = 1 << 20;
        let parts = [MODULE.get() + own, MODULE.get() + own, MODULE.get() + own, 26_000, 176_000, 0];
        assert_eq!(counted_once(&parts, MODULE), Bytes::new(MODULE.get() + 3 * own + 202_000));
    }

    #[test]
    fn a_memory_that_grew_meanwhile_is_still_told_apart() {
        let grown = MODULE.get() + (5 << 20);
        assert_eq!(counted_once(&[MODULE.get(), grown], MODULE), Bytes::new(grown));
    }

    #[test]
    fn reports_without_it_are_left_as_they_are() {
        assert_eq!(counted_once(&[5, 7], MODULE), Bytes::new(12));
        assert_eq!(counted_once(&[MODULE.get() + 5, 7], MODULE), Bytes::new(MODULE.get() + 12));
        assert_eq!(counted_once(&[5, 7], Bytes::ZERO), Bytes::new(12));
        assert_eq!(counted_once(&[], MODULE), Bytes::ZERO);
        assert_eq!(counted_once(&[u64::MAX, u64::MAX], Bytes::new(1)), Bytes::new(u64::MAX - 1));
    }

    #[test]
    fn an_arena_of_an_earlier_run_is_in_the_rest() {
        let memory = ModuleMemory::of(Bytes::mib(1_300), Bytes::mib(64), Bytes::mib(36));
        assert_eq!(memory.rest, Bytes::mib(1_200));
        assert_eq!(
            memory.to_string(),
            "1.3 GiB: 64.0 MiB arena, 36.0 MiB profiler with its recording, 1.2 GiB the rest, former arenas included; \
             it never shrinks before the page is reloaded"
        );
        assert_eq!(ModuleMemory::of(Bytes::mib(1), Bytes::mib(64), Bytes::mib(36)).rest, Bytes::ZERO);
    }
}
