//! Exports of a run to the formats of other tools.
//!
//! Each target is a module with `write`, which reads the run once or more
//! ([`arenascope_trace::Run::each`]) and keeps no more of it than what lives at a time, its
//! totals and its call stacks; [`losses`] says before that what the target cannot hold, and
//! what the run lacks for it. The same run gives the same bytes.

mod alloc_text;
#[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
mod arrow;
mod blocks;
mod by_site;
mod chrome_trace;
mod csv;
mod dhat;
mod error;
#[cfg(feature = "firefox")]
mod firefox;
mod live;
mod losses;
mod perfetto;
mod protobuf;
mod pytorch;
mod row;
mod speedscope;
#[cfg(feature = "firefox")]
mod thinned;
mod totals;
mod vma;

pub use error::ExportError;
pub use losses::losses;

use arenascope_trace::Run;
use std::io::{BufWriter, Write};
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 16;

/// What a run can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Target {
    /// A protobuf trace of Perfetto: counters and instants.
    Perfetto,
    /// Firefox Profiler's processed profile: counters and native allocations.
    #[cfg(feature = "firefox")]
    FirefoxProfile,
    /// Chrome's trace events: counters and instants.
    ChromeTrace,
    /// speedscope's JSON: what call stacks hold, and what they allocated.
    Speedscope,
    /// Valgrind's DHAT, version 2: the life of memory by call stack.
    Dhat,
    /// Statistics of Vulkan Memory Allocator: the blocks at the end.
    Vma,
    /// Every event as a row of CSV.
    CsvEvents,
    /// Totals and totals per category over time, as CSV.
    CsvTotals,
    /// Every event as a row of an Arrow IPC file.
    #[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
    Arrow,
    /// PyTorch's CUDA snapshot, a pickle: segments at the end, and the trace.
    PytorchSnapshot,
    /// `Alloc(bytes),` and `Free(index),` as text.
    AllocText,
}

impl Target {
    /// Every target, in the order in which they are listed.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name on the command line: `firefox_profile`.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The target of that [`Self::key`].
    ///
    /// ```
    /// use arenascope_formats::export::Target;
    /// assert_eq!(Target::of_key("csv_events"), Some(Target::CsvEvents));
    /// assert_eq!(Target::of_key("nothing"), None);
    /// ```
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.key() == key)
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Perfetto => "Perfetto trace",
            #[cfg(feature = "firefox")]
            Self::FirefoxProfile => "Firefox profile",
            Self::ChromeTrace => "Chrome trace",
            Self::Speedscope => "speedscope profile",
            Self::Dhat => "DHAT profile",
            Self::Vma => "VMA statistics",
            Self::CsvEvents => "CSV of events",
            Self::CsvTotals => "CSV of totals",
            #[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
            Self::Arrow => "Arrow table",
            Self::PytorchSnapshot => "PyTorch CUDA snapshot",
            Self::AllocText => "Alloc/Free text",
        }
    }

    /// The end of a file's name, without the first dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Perfetto => "pftrace",
            #[cfg(feature = "firefox")]
            Self::FirefoxProfile => "profile.json",
            Self::ChromeTrace => "trace.json",
            Self::Speedscope => "speedscope.json",
            Self::Dhat => "dhat.json",
            Self::Vma => "vma.json",
            Self::CsvEvents => "events.csv",
            Self::CsvTotals => "totals.csv",
            #[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
            Self::Arrow => "arrow",
            Self::PytorchSnapshot => "pickle",
            Self::AllocText => "trace",
        }
    }

    /// The media type.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Perfetto | Self::PytorchSnapshot => "application/octet-stream",
            #[cfg(feature = "firefox")]
            Self::FirefoxProfile => "application/json",
            Self::ChromeTrace | Self::Speedscope | Self::Dhat | Self::Vma => "application/json",
            Self::CsvEvents | Self::CsvTotals => "text/csv",
            #[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
            Self::Arrow => "application/vnd.apache.arrow.file",
            Self::AllocText => "text/plain",
        }
    }
}

/// Writes a run as that target. O(events), read once or twice; memory for what lives at a
/// time, and for the target's tables of call stacks.
///
/// # Errors
/// [`ExportError`]: the reading was ended, `out` failed, or the run holds nothing that the
/// target could show. What was written before an error is no file of the target.
pub fn write(target: Target, run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut out = BufWriter::with_capacity(BUFFER, out);
    match target {
        Target::Perfetto => perfetto::write(run, &mut out),
        #[cfg(feature = "firefox")]
        Target::FirefoxProfile => firefox::write(run, &mut out),
        Target::ChromeTrace => chrome_trace::write(run, &mut out),
        Target::Speedscope => speedscope::write(run, &mut out),
        Target::Dhat => dhat::write(run, &mut out),
        Target::Vma => vma::write(run, &mut out),
        Target::CsvEvents => csv::write_events(run, &mut out),
        Target::CsvTotals => csv::write_totals(run, &mut out),
        #[cfg(all(feature = "arrow", not(target_arch = "wasm32")))]
        Target::Arrow => arrow::write(run, &mut out),
        Target::PytorchSnapshot => pytorch::write(run, &mut out),
        Target::AllocText => alloc_text::write(run, &mut out),
    }?;
    Ok(out.flush()?)
}
