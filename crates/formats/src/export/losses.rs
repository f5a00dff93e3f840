//! What a target cannot hold of a run, said before it is saved.

use super::Target;
use arenascope_trace::{CannotTell, Manifest};

/// What is lost by writing a run as that target, in sentences: what the target cannot hold
/// of any run, then what this run lacks of what the target could show.
///
/// ```
/// use arenascope_formats::export::{Target, losses};
/// use arenascope_trace::{CannotTell, Manifest};
/// let mut manifest = Manifest::of("alloc_text", "Alloc/Free text");
/// manifest.lacks(CannotTell::Times, "the text has no times");
/// let lost = losses(Target::ChromeTrace, &manifest);
/// assert!(lost.last().unwrap().contains("the text has no times"));
/// ```
pub fn losses(target: Target, manifest: &Manifest) -> Vec<String> {
    let lost = of_target(target).iter().map(|text| (*text).to_string());
    let lacked = shown_by(target).iter().filter_map(|what| {
        let why = manifest.cannot_tell.get(what)?;
        Some(format!("{}: {why}.", lacking(*what)))
    });
    let of_run = match target {
        Target::PytorchSnapshot => super::pytorch::losses(manifest),
        _ => Vec::new(),
    };
    lost.chain(of_run).chain(lacked).chain(cannot(target, manifest)).collect()
}

/// What the target cannot hold of any run.
fn of_target(target: Target) -> &'static [&'static str] {
    match target {
        Target::Perfetto => &[
            "Totals are written, not single allocations: no ids, no addresses, no call stacks.",
            "Requests to free are not written: memory counts until it is freed.",
        ],
        #[cfg(feature = "firefox")]
        Target::FirefoxProfile => &[
            "Addresses are not written: an allocation is known by its number.",
            "Failures, marks and lost events are not written.",
            "All allocations are on one thread, as the profiler demands.",
            "What is resized is written as given back and taken again.",
            "Of more than 1,048,576 changes, counters keep the least, the most and the last of each of 4,096 stretches \
             of time, and there are no single allocations.",
        ],
        Target::ChromeTrace => &[
            "Totals are written, not single allocations: no ids, no addresses, no call stacks.",
            "Requests to free are not written: memory counts until it is freed.",
            "Numbers above 9,007,199,254,740,992 are rounded by readers in JavaScript.",
        ],
        Target::Speedscope => &[
            "There is no time: what call stacks hold at the end, and what they allocated in all.",
            "Addresses, address spaces, categories and threads are not written.",
        ],
        Target::Dhat => &[
            "Sums by call stack are written, not single allocations; no categories, no address spaces, no threads.",
            "What was read and written is not known, and the process has no number: it is 0.",
        ],
        Target::Vma => &[
            "Only what lives at the end is written; no times, no call stacks.",
            "The API is given as Vulkan, and each address space as a heap with one type of memory.",
            "Categories become names, where they are no type of the allocator's.",
            "What lies over other memory, or in no block, is written as dedicated, without its place; what has no \
             size is left out.",
        ],
        Target::CsvEvents => &[
            "Of a call stack only the innermost frame is written, and the number of the stack.",
            "A text that a spreadsheet would take for a formula gets an apostrophe in front.",
        ],
        Target::CsvTotals => &[
            "Totals are written, not single allocations; no failures, no marks.",
            "A text that a spreadsheet would take for a formula gets an apostrophe in front.",
        ],
        #[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
        Target::Arrow => &["Of a call stack only the innermost function is written, and the number of the stack."],
        // Which of them depends on the run: see below.
        Target::PytorchSnapshot => &[],
        Target::AllocText => &[
            "Sizes and order are written: no times, addresses, categories, threads or call stacks.",
            "What is reserved, failures, marks, requests to free and lost events are left out.",
            "What is resized is written as Realloc(index, bytes), which not every reader knows.",
        ],
    }
}

/// What of a run the target shows.
fn shown_by(target: Target) -> &'static [CannotTell] {
    use CannotTell::{Addresses, All, Allocations, Frees, History, Outside, Stacks, Times};
    match target {
        Target::Perfetto | Target::ChromeTrace | Target::CsvTotals => &[Times, History, All, Outside, Frees],
        #[cfg(feature = "firefox")]
        Target::FirefoxProfile => &[Times, Allocations, History, All, Outside, Stacks, Frees],
        Target::Dhat => &[Times, Allocations, History, All, Outside, Stacks, Frees],
        Target::Speedscope => &[Allocations, All, Outside, Stacks, Frees],
        Target::Vma => &[Addresses, Allocations, All, Outside, Frees],
        Target::CsvEvents => &[Addresses, Times, Allocations, History, All, Outside, Stacks, Frees],
        #[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
        Target::Arrow => &[Addresses, Times, Allocations, History, All, Outside, Stacks, Frees],
        Target::PytorchSnapshot => &[Addresses, Times, Allocations, History, All, Outside, Stacks, Frees],
        Target::AllocText => &[Allocations, History, All, Outside, Frees],
    }
}

fn lacking(what: CannotTell) -> &'static str {
    match what {
        CannotTell::Addresses => "The run has no addresses",
        CannotTell::Times => "The run has no times, and each operation counts as a microsecond",
        CannotTell::Allocations => "The run has no single allocations, and its totals are written as such",
        CannotTell::History => "The run has one moment only",
        CannotTell::All => "The run is a sample",
        CannotTell::Outside => "The run is part of a longer one",
        CannotTell::Stacks => "The run has no call stacks",
        CannotTell::Frees => "The run does not say when memory is given back",
    }
}

/// Why nothing can be written at all, as far as the manifest says.
fn cannot(target: Target, manifest: &Manifest) -> Option<String> {
    let has_stacks = !manifest.cannot_tell.contains_key(&CannotTell::Stacks);
    let has_addresses = manifest.spaces.iter().any(|space| space.has_addresses);
    let is_possible = match target {
        Target::Speedscope | Target::Dhat => has_stacks,
        Target::Vma => has_addresses,
        _ => true,
    };
    (!is_possible).then(|| format!("So a {} cannot be written of it.", target.label()))
}
