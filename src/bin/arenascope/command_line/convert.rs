//! `arenascope convert`: a recording as another tool's file, or as our own.

use super::arguments::ConvertOptions;
use super::failure::{Failure, print};
use super::goal::Goal;
use super::load::{Opened, log, retold};
use super::name::Name;
use super::rules;
use arenascope::formats::export;
use arenascope::recording::{Reader, spill};
use arenascope::trace::Run;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Does what the options say.
pub(crate) fn run(options: &ConvertOptions) -> Result<(), Failure> {
    let log = log();
    let damage = Opened::new(&options.file)?.load(&log)?;
    let log = rules::applied(options.rules.as_deref(), log, &Name::of(&options.file))?;
    let mut reader = Reader::new(&log);
    reader.refresh();
    let path = options.output.clone().unwrap_or_else(|| beside(&options.file, options.to));
    say_losses(options, &reader, damage);
    if path.as_os_str() == "-" {
        return write(options.to, &reader, &mut io::stdout().lock())
            .map_err(|error| Failure::Convert(Name::of(&path), error));
    }
    // A file that fails half way is not left under the name that was asked for.
    let partial = partial_of(&path);
    let written = File::create(&partial).map_err(|error| error.to_string()).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(options.to, &reader, &mut out)?;
        out.flush().map_err(|error| error.to_string())?;
        std::fs::rename(&partial, &path).map_err(|error| error.to_string())
    });
    if let Err(error) = written {
        let _ = std::fs::remove_file(&partial);
        return Err(Failure::Convert(Name::of(&path), error));
    }
    print(&format!("{}\n", Name::of(&path)))
}

fn say_losses(options: &ConvertOptions, reader: &Reader<'_>, damage: Option<String>) {
    let Goal::Other(target) = options.to else { return };
    for loss in export::losses(target, retold(reader).manifest()) {
        eprintln!("arenascope: {loss}");
    }
    if let Some(damage) = damage {
        eprintln!("arenascope: the rest of the file cannot be read: {damage}");
    }
}

fn write(goal: Goal, reader: &Reader<'_>, out: &mut dyn Write) -> Result<(), String> {
    match goal {
        Goal::Own => spill::write(reader, |bytes| out.write_all(bytes)).map(drop).map_err(|error| error.to_string()),
        Goal::Other(target) => export::write(target, &retold(reader), out).map_err(|error| error.to_string()),
    }
}

/// `run.heaptrack.zst` as `run.heaptrack.zst.pftrace`, in the folder of the file.
fn beside(file: &Path, goal: Goal) -> PathBuf {
    if file.as_os_str() == "-" {
        return PathBuf::from("-");
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(goal.extension());
    PathBuf::from(name)
}

fn partial_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}
