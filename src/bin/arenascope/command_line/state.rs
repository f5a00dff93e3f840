//! `arenascope state`: who holds memory at a moment.

use super::failure::{Failure, print};
use super::loaded::Loaded;
use super::name::Name;
use arenascope::gate::{MeasureError, State, holders_at};
use arenascope::units::{Bytes, Micros};
use clap::Args;
use std::path::PathBuf;

/// Which recording, which moment, and whose memory.
#[derive(Debug, Args)]
pub(crate) struct StateOptions {
    /// The recording; `-` is standard input
    pub(crate) run: PathBuf,
    /// The moment, µs since the recording's start; without it, the end
    #[arg(long, value_name = "MICROSECONDS", default_value_t = u64::MAX, hide_default_value = true)]
    pub(crate) at_us: u64,
    /// This owner alone
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) owner: Option<String>,
    /// Most holders that are listed
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub(crate) top: usize,
    /// The result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Does what the options say.
pub(crate) fn run(options: &StateOptions) -> Result<(), Failure> {
    let run = Loaded::new(&options.run)?;
    let state = run.with(|evidence| holders_at(evidence.run, options.at_us));
    let mut state = state.map_err(|error| Failure::Measure(run.name(), MeasureError::Stopped(error)))?;
    state.holders.retain(|holder| options.owner.as_ref().is_none_or(|owner| holder.owner == *owner));
    let all = state.holders.len();
    state.holders.truncate(options.top);
    // Of plain fields: it cannot fail.
    let json = || serde_json::to_string_pretty(&state).unwrap_or_default() + "\n";
    print(&if options.json { json() } else { shown(&run, &state, all) })
}

fn shown(run: &Loaded, state: &State, all: usize) -> String {
    let mut lines = vec![format!(
        "{}: {} in {} objects at {}, after {} events",
        run.name(),
        Bytes::new(state.bytes),
        state.objects,
        Micros::new(state.time_us),
        state.events
    )];
    for holder in &state.holders {
        let (bytes, objects) = (Bytes::new(holder.bytes.max(0) as u64), holder.objects);
        lines.push(format!("{bytes:>10}  {objects:>6} ×  {} ({})", visible(&holder.owner), visible(&holder.category)));
        lines.extend(holder.stack.iter().map(|frame| format!("{:22}{}", "", visible(frame))));
    }
    if all > state.holders.len() {
        lines.push(format!("and {} more; --top lists more", all - state.holders.len()));
    }
    lines.join("\n") + "\n"
}

/// Names of a run are as little trusted as those of files.
fn visible(text: &str) -> Name {
    Name::of(text.as_ref())
}
