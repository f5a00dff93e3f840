//! Random runs, taken in as those of others are.

use arenascope_recording::{EventLog, Import, Tables};
use arenascope_trace::{Action, CategoryId, Event, Frame, Manifest, Sink, Site, Space, SpaceId};
use proptest::prelude::*;
use std::sync::Arc;

/// Of things that may be alive at once.
const SLOTS: u8 = 12;
const SLOT_BYTES: u64 = 1 << 16;

/// Functions of all stacks; the first three allocate on behalf of others.
const NAMES: [&str; 7] = ["malloc", "operator new(unsigned long)", "alloc::alloc", "main", "load", "Parse", "draw"];

/// Something that happens in a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// In a slot, which is freed first where something lives there.
    Allocate {
        slot: u8,
        stack: u8,
        bytes: u64,
        has_address: bool,
    },
    Free {
        slot: u8,
    },
    FreeRequested {
        slot: u8,
    },
    Resize {
        slot: u8,
        bytes: u64,
    },
    /// Of what nobody allocated.
    FreeOfNothing,
}

/// Its frames, outermost first: function, and one of two lines.
pub(crate) type Stack = Vec<(u8, bool)>;

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) stacks: Vec<Stack>,
    /// With the time since the step before, µs.
    pub(crate) steps: Vec<(u64, Step)>,
}

/// Random runs.
pub(crate) fn scripts() -> impl Strategy<Value = Script> {
    let stack = prop::collection::vec((0..NAMES.len() as u8, any::<bool>()), 0..7);
    let bytes = prop_oneof![Just(0), 1..64_u64, 1..=SLOT_BYTES];
    let step = prop_oneof![
        6 => (0..SLOTS, 0..8_u8, bytes.clone(), any::<bool>())
            .prop_map(|(slot, stack, bytes, has_address)| Step::Allocate { slot, stack, bytes, has_address }),
        3 => (0..SLOTS).prop_map(|slot| Step::Free { slot }),
        1 => (0..SLOTS).prop_map(|slot| Step::FreeRequested { slot }),
        2 => (0..SLOTS, bytes).prop_map(|(slot, bytes)| Step::Resize { slot, bytes }),
        1 => Just(Step::FreeOfNothing),
    ];
    let steps = prop::collection::vec((1..1_000_u64, step), 1..600);
    (prop::collection::vec(stack, 8), steps).prop_map(|(stacks, steps)| Script { stacks, steps })
}

/// The name and file of a function.
pub(super) fn frame(function: u8, is_other_line: bool) -> Frame {
    let line = 10 + 10 * u32::from(is_other_line);
    Frame { function: NAMES[usize::from(function)].into(), file: format!("src/{function}.rs").into(), line }
}

/// Whether a function allocates on behalf of others.
pub(super) const fn is_allocator(function: u8) -> bool {
    function < 3
}

/// What really happened, step by step: only what is possible.
pub(super) fn happen(script: &Script, mut tell: impl FnMut(u64, u8, Step, u64)) {
    let mut alive: [Option<(u64, u8)>; SLOTS as usize] = [None; SLOTS as usize];
    let (mut at, mut next) = (0, 1);
    for (gap, step) in &script.steps {
        at += gap;
        match *step {
            Step::Allocate { slot, stack, .. } => {
                if let Some((id, stack)) = alive[usize::from(slot)].take() {
                    tell(at, stack, Step::Free { slot }, id);
                    at += 1;
                }
                alive[usize::from(slot)] = Some((next, stack));
                tell(at, stack, *step, next);
                next += 1;
            }
            Step::Free { slot } => {
                if let Some((id, _)) = alive[usize::from(slot)].take() {
                    // Whoever frees has another stack.
                    tell(at, 0, *step, id);
                }
            }
            Step::FreeRequested { slot } | Step::Resize { slot, .. } => {
                if let Some((id, _)) = alive[usize::from(slot)] {
                    tell(at, 1, *step, id);
                }
            }
            Step::FreeOfNothing => tell(at, 2, *step, u64::MAX),
        }
    }
}

/// The run in a log, with its tables.
pub(crate) fn recorded(script: &Script) -> (EventLog, Arc<Tables>) {
    let log = EventLog::default();
    let mut import = Import::new(&log, |_| true);
    *import.manifest() = Manifest::of("test", "Test");
    let space = |has_addresses| Space { has_addresses, granule_bytes: 1, ..Space::default() };
    let [arena, plain] = [true, false].map(|has_addresses| import.manifest().add_space(space(has_addresses)));
    import.extent(arena, 0, SLOT_BYTES * 2_000);
    let sites: Vec<Site> = script.stacks.iter().map(|stack| site(&mut import, stack)).collect();
    import.begin().unwrap();
    happen(script, |time_us, stack, step, id| {
        let action = action(step, id, (arena, plain));
        import.event(Event { time_us, thread: 0, site: sites[usize::from(stack)], action }).unwrap();
    });
    import.finish();
    let tables = log.tables().unwrap();
    (log, tables)
}

fn site(import: &mut dyn Sink, stack: &Stack) -> Site {
    let stacks = import.stacks();
    let frames: Vec<_> = stack.iter().map(|(function, line)| stacks.intern(frame(*function, *line))).collect();
    stacks.stack(frames)
}

fn action(step: Step, id: u64, (arena, plain): (SpaceId, SpaceId)) -> Action {
    match step {
        Step::Allocate { bytes, has_address, .. } => {
            let space = if has_address { arena } else { plain };
            Action::Allocate { id, space, address: id * SLOT_BYTES, bytes, category: CategoryId(0) }
        }
        Step::Free { .. } | Step::FreeOfNothing => Action::Free { id },
        Step::FreeRequested { .. } => Action::FreeRequested { id },
        Step::Resize { bytes, .. } => Action::Resize { id, bytes },
    }
}
