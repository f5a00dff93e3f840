//! `arenascope info`: what a recording is and holds.

use super::arguments::InfoOptions;
use super::failure::{Failure, print};
use super::load::{Kind, Opened, log, retold};
use super::name::Name;
use super::rules;
use super::table::Table;
use arenascope::recording::Reader;
use arenascope::trace::{Held, Manifest, Run, Sink, Totals};
use arenascope::units::{Bytes, Micros};
use serde::Serialize;
use std::fmt::{self, Write};
use std::path::Path;

/// Raised when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// Does what the options say: one report for each file, and the failure of the last that
/// could not be read.
pub(crate) fn run(options: &InfoOptions) -> Result<(), Failure> {
    let mut failed = Ok(());
    for path in &options.files {
        match report(path, options.rules.as_deref()) {
            Ok(report) if options.json => print(&report.json())?,
            Ok(report) => print(&report.to_string())?,
            Err(failure) if options.files.len() > 1 => {
                eprintln!("arenascope: {failure}");
                failed = Err(Failure::SomeFiles(failure.code()));
            }
            Err(failure) => return Err(failure),
        }
    }
    failed
}

fn report(path: &Path, rules: Option<&Path>) -> Result<Report, Failure> {
    let opened = Opened::new(path)?;
    let mut totals = Totals::default();
    let mut damage = None;
    let mut sites = None;
    match (opened.kind(), rules) {
        (Kind::Other, None) => opened.tell(&mut totals)?,
        _ => {
            let log = log();
            damage = opened.load(&log)?;
            let log = rules::applied(rules, log, &Name::of(path))?;
            let mut reader = Reader::new(&log);
            reader.refresh();
            let run = retold(&reader);
            *totals.manifest() = run.manifest().clone();
            sites = Some(run.stacks().len() - 1);
            run.each(&mut |event| totals.event(*event))
                .map_err(|_| Failure::Recording(Name::of(path), "it was left".into()))?;
        }
    }
    let sites = sites.unwrap_or_else(|| totals.sites());
    Ok(Report { file: path.to_string_lossy().into_owned(), totals, sites, damage })
}

struct Report {
    file: String,
    totals: Totals,
    sites: usize,
    damage: Option<String>,
}

#[derive(Serialize)]
struct Document<'r> {
    format: &'static str,
    version: u32,
    file: &'r str,
    events: u64,
    allocations: u64,
    allocated_bytes: u64,
    frees: u64,
    unmatched: u64,
    failures: u64,
    call_stacks: usize,
    length_us: u64,
    live: HeldRow,
    reserved: HeldRow,
    categories: Vec<CategoryRow<'r>>,
    damage: Option<&'r str>,
    manifest: &'r Manifest,
}

#[derive(Serialize)]
struct HeldRow {
    end_bytes: u64,
    end_count: u64,
    peak_bytes: u64,
    peak_us: u64,
}

impl From<Held> for HeldRow {
    fn from(held: Held) -> Self {
        Self { end_bytes: held.bytes, end_count: held.count, peak_bytes: held.peak_bytes, peak_us: held.peak_us }
    }
}

#[derive(Serialize)]
struct CategoryRow<'r> {
    key: &'r str,
    #[serde(flatten)]
    held: HeldRow,
}

impl Report {
    fn manifest(&self) -> &Manifest {
        self.totals.manifest_ref()
    }

    /// As a JSON document, with a line end.
    fn json(&self) -> String {
        let totals = &self.totals;
        let category = |(category, held): (&'_ arenascope::trace::Category, &Held)| (category.key.clone(), *held);
        let categories: Vec<_> = self.manifest().categories.iter().zip(&totals.categories).map(category).collect();
        let document = Document {
            format: "arenascope-info",
            version: VERSION,
            file: &self.file,
            events: totals.events,
            allocations: totals.allocations,
            allocated_bytes: totals.allocated_bytes,
            frees: totals.frees,
            unmatched: totals.unmatched,
            failures: totals.failures,
            call_stacks: self.sites,
            length_us: totals.length_us,
            live: totals.all.into(),
            reserved: totals.reserved.into(),
            categories: categories.iter().map(|(key, held)| CategoryRow { key, held: (*held).into() }).collect(),
            damage: self.damage.as_deref(),
            manifest: self.manifest(),
        };
        // Of plain fields: it cannot fail.
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.manifest().source;
        let version = source.version.iter().map(|version| format!("version {version}"));
        let parts = [&source.tool, &source.subject, &source.host];
        let said = version.chain(parts.into_iter().flatten().cloned()).collect::<Vec<_>>().join(", ");
        writeln!(
            f,
            "{}: {}{}{said}",
            Name::of(Path::new(&self.file)),
            source.label,
            if said.is_empty() { "" } else { ", " }
        )
    }

    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let totals = &self.totals;
        let has_times = !self.manifest().cannot_tell.contains_key(&arenascope::trace::CannotTell::Times);
        let length = if has_times { Micros::new(totals.length_us).to_string() } else { "no times".into() };
        writeln!(f, "  {} events, {length}, {} call stacks", totals.events, self.sites)?;
        writeln!(
            f,
            "  {} allocations of {} in all, {} frees, {} unmatched, {} refused",
            totals.allocations,
            Bytes::new(totals.allocated_bytes),
            totals.frees,
            totals.unmatched,
            totals.failures
        )?;
        let row = |label: &str, held: &Held| {
            let of = |bytes: u64| format!("{} ({bytes} B)", Bytes::new(bytes));
            vec![format!("  {label}"), of(held.peak_bytes), of(held.bytes), held.count.to_string()]
        };
        let mut table = Table::new(&["  ", "peak", "at the end", "live at the end"]);
        table.push(row("All", &totals.all));
        let categories = self.manifest().categories.iter().zip(&totals.categories);
        for (category, held) in categories.filter(|(_, held)| held.peak_bytes > 0 || held.count > 0) {
            table.push(row(&category.label, held));
        }
        if totals.reserved.peak_bytes > 0 {
            table.push(row("Reserved", &totals.reserved));
        }
        write!(f, "{table}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.figures(f)?;
        let mut notes = String::new();
        for finding in &self.manifest().findings {
            let (what, kind) = (&finding.what, finding.kind.label());
            writeln!(notes, "  finding: {what}: {kind}, {} objects, {}", finding.count, Bytes::new(finding.bytes))?;
        }
        for note in &self.manifest().notes {
            writeln!(notes, "  note: {}", note.text)?;
        }
        for why in self.manifest().cannot_tell.values() {
            writeln!(notes, "  cannot tell: {why}")?;
        }
        if let Some(damage) = &self.damage {
            writeln!(notes, "  the rest cannot be read: {damage}")?;
        }
        f.write_str(&notes)
    }
}
