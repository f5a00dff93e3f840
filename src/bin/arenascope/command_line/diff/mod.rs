//! `arenascope diff`: two recordings or snapshots side by side, or one recording at two
//! moments.

mod document;
mod markdown;
pub(super) mod options;
mod report;

use super::failure::{Failure, print};
use super::progress::Progress;
use arenascope::analysis::compare::moment::Moment;
use arenascope::analysis::compare::{Comparison, Input, RunOf, Watch, compare};
use arenascope::recording::Reader;
use document::{Document, Opened};
use options::DiffOptions;

/// Does what the options say.
pub(crate) fn run(options: &DiffOptions) -> Result<(), Failure> {
    let (first, second) = options.files();
    let one = Opened::open(first)?;
    let other = if options.is_one_file() { None } else { Some(Opened::open(second)?) };
    for opened in core::iter::once(&one).chain(&other) {
        opened.warn();
    }
    let comparison = compared(&one, other.as_ref().unwrap_or(&one), options)?;
    print(&match (options.json, options.markdown) {
        (true, _) => json(&comparison),
        (_, true) => markdown::text(&comparison, options.rows),
        _ => report::text(&comparison, options.rows),
    })
}

fn compared(one: &Opened, other: &Opened, options: &DiffOptions) -> Result<Comparison, Failure> {
    let mut readers = [one, other].map(|opened| Reader::new(opened.log()));
    readers.iter_mut().for_each(Reader::refresh);
    let [first, second] = &readers;
    let [at_first, at_second] = options.moments();
    let inputs = [input(one, first, 0, at_first), input(other, second, u64::from(!options.is_one_file()), at_second)];
    let progress = Progress::new("comparing", Some(inputs.iter().map(Input::events).sum()));
    let mut tell = |done| {
        progress.show(done);
        true
    };
    let [first, second] = &inputs;
    compare(first, second, options.align, &mut Watch::new(&mut tell)).map_err(Failure::Compare)
}

fn input<'i>(opened: &'i Opened, reader: &'i Reader<'i>, run: u64, moment: Moment) -> Input<'i, 'i> {
    match &opened.document {
        Document::Snapshot(document) => Input::Snapshot { document, name: &opened.name, run },
        Document::Run(_) => Input::Run(RunOf { reader, name: &opened.name, run, moment }),
    }
}

fn json(comparison: &Comparison) -> String {
    // Numbers and strings alone: nothing in it can fail to be written.
    serde_json::to_string_pretty(comparison).unwrap_or_default() + "\n"
}
