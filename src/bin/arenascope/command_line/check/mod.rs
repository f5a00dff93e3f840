//! `arenascope check`: a recording against rules.

pub(crate) mod options;

use super::failure::{Failure, print};
use super::load::retold;
use super::loaded::{Loaded, evidence};
use super::name::Name;
use arenascope::gate::{self, Evidence, Report, Rules};
use arenascope::trace::Run;
use options::CheckOptions;
use std::path::Path;

/// Does what the options say. Whatever keeps it from judging has exit code 2, so that 1 says
/// of the run that it falls short.
pub(crate) fn run(options: &CheckOptions) -> Result<(), Failure> {
    checked(options).map_err(|failure| match failure {
        broken @ Failure::RulesBroken(..) => broken,
        other => Failure::Unjudged(Box::new(other)),
    })
}

fn checked(options: &CheckOptions) -> Result<(), Failure> {
    let Some(path) = &options.rules else { return init(options) };
    let rules = read_rules(path)?;
    let report = judged(&options.run, &options.baseline, &rules)?;
    let text = options.format.write(&report, &path.to_string_lossy());
    written(options.output.as_deref(), &text)?;
    let broken = report.verdicts.iter().filter(|verdict| !verdict.holds).count();
    if broken == 0 { Ok(()) } else { Err(Failure::RulesBroken(broken, report.verdicts.len())) }
}

/// The rules of a file.
pub(crate) fn read_rules(path: &Path) -> Result<Rules, Failure> {
    let name = Name::of(path);
    let text = std::fs::read_to_string(path).map_err(|error| Failure::Open(name.clone(), error))?;
    text.parse().map_err(|error| Failure::GateRules(name, error))
}

/// The verdict on a recording.
pub(crate) fn judged(run: &Path, baselines: &[impl AsRef<Path>], rules: &Rules) -> Result<Report, Failure> {
    let run = Loaded::new(run)?;
    let earlier = baselines.iter().map(|path| Loaded::new(path.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let readers: Vec<_> = earlier.iter().map(Loaded::reader).collect();
    let runs: Vec<_> = readers.iter().map(retold).collect();
    let evidences: Vec<Evidence<'_>> =
        readers.iter().zip(&runs).map(|(reader, run)| evidence(reader, run as &dyn Run)).collect();
    let report = run.with(|evidence| gate::check(evidence, &evidences, rules));
    let mut report = report.map_err(|error| Failure::Measure(run.name(), error))?;
    for loaded in earlier.iter().chain([&run]) {
        let damage = loaded
            .damage
            .iter()
            .map(|damage| format!("{}: the rest of the file cannot be read: {damage}", loaded.name()));
        report.warnings.extend(damage);
    }
    report.run = run.path();
    report.baselines = earlier.iter().map(Loaded::path).collect();
    Ok(report)
}

fn init(options: &CheckOptions) -> Result<(), Failure> {
    let run = Loaded::new(&options.run)?;
    let text = run.with(gate::first_rules).map_err(|error| Failure::Measure(run.name(), error))?;
    written(options.output.as_deref(), &text)
}

/// Writes a result to a file, or to standard output.
pub(crate) fn written(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        Some(path) => std::fs::write(path, text).map_err(|error| Failure::Open(Name::of(path), error)),
        None => print(text),
    }
}
