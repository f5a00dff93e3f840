//! Rules against a run and its earlier runs.

use super::band::{Band, RUNS_MIN, mean};
use crate::measure::{Culprit, Evidence, Figure, MeasureError, Measured, Moment, Source, measure};
use crate::rules::{Amount, Quantity, Rule, Rules};
use serde::Serialize;

/// Most figures of a rule that are told, the worst first.
const FIGURES_MAX: usize = 10;

/// What was judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The run's file, as it was named.
    pub run: String,
    /// The earlier runs' files.
    pub baselines: Vec<String>,
    /// One for each rule, in the order of the file.
    pub verdicts: Vec<Verdict>,
    /// What weakens the verdicts, for people.
    pub warnings: Vec<String>,
    /// Events of the run.
    pub events: u64,
}

impl Report {
    /// Whether every rule holds.
    pub fn holds(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.holds)
    }
}

/// The verdict of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The rule's name.
    pub rule: String,
    /// Its line in the rules file.
    pub line: usize,
    /// What was measured.
    pub measure: &'static str,
    /// What figures are of.
    pub quantity: Quantity,
    /// Whether the rule holds.
    pub holds: bool,
    /// Where it does not hold all that break it, up to 10, the worst first; where it holds
    /// the one that is nearest to breaking it.
    pub figures: Vec<Judged>,
    /// How many figures break it.
    pub broken: usize,
    /// How many figures were judged.
    pub judged: usize,
    /// True where the run has no memory that the rule is about.
    pub is_of_nothing: bool,
}

/// Of whom a figure is.
pub type Subject = String;

/// A figure beside its bound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// Of which owner, category or space, or whose memory.
    pub subject: Subject,
    /// The figure, in the verdict's quantity.
    pub value: f64,
    /// The bound that is nearest.
    pub bound: f64,
    /// True where the bound is the least that it may be.
    pub is_at_least: bool,
    /// The mean of the earlier runs, where the bound comes from them.
    pub baseline_mean: Option<f64>,
    /// What chance does, where it was learned.
    pub band: Option<Band>,
    /// When.
    pub moment: Option<Moment>,
    /// Who holds it, the most first; only where the rule is broken.
    pub culprits: Vec<Culprit>,
}

/// A bound, and by how much a value breaks it.
struct Bound {
    at: f64,
    is_at_least: bool,
    baseline_mean: Option<f64>,
    band: Option<Band>,
}

impl Bound {
    fn excess(&self, value: f64) -> f64 {
        if self.is_at_least { self.at - value } else { value - self.at }
    }
}

/// Judges a run by rules, beside earlier runs. O(events of all runs).
///
/// # Errors
/// What a run cannot tell.
pub fn check(run: Evidence<'_>, earlier: &[Evidence<'_>], rules: &Rules) -> Result<Report, MeasureError> {
    let needy = rules.rules.iter().find(|rule| rule.needs_baseline() && earlier.is_empty());
    if let Some(rule) = needy {
        return Err(MeasureError::NoBaseline { line: rule.line, rule: rule.name.clone() });
    }
    let relative: Vec<Rule> = rules.rules.iter().filter(|rule| rule.needs_baseline()).cloned().collect();
    let measured = measure(run, &rules.rules)?;
    let earlier: Vec<Vec<Vec<Figure>>> = earlier
        .iter()
        .map(|run| measure(*run, &relative).map(|measured| measured.figures))
        .collect::<Result<_, _>>()?;
    let mut next_relative = 0;
    let mut verdicts = Vec::new();
    for (rule, figures) in rules.rules.iter().zip(&measured.figures) {
        let of_rule: Vec<&[Figure]> = match rule.needs_baseline() {
            true => earlier.iter().map(|figures| &figures[next_relative][..]).collect(),
            false => Vec::new(),
        };
        next_relative += usize::from(rule.needs_baseline());
        verdicts.push(verdict(&measured, rule, figures, &of_rule)?);
    }
    let warnings = warnings(&measured, run, earlier.len(), &relative);
    Ok(Report { run: String::new(), baselines: Vec::new(), verdicts, warnings, events: measured.events() })
}

fn warnings(measured: &Measured<'_>, run: Evidence<'_>, earlier: usize, relative: &[Rule]) -> Vec<String> {
    let mut warnings = Vec::new();
    if measured.events_lost() > 0 {
        warnings.push(format!("{} events were lost: figures may be wrong by them", measured.events_lost()));
    }
    if !relative.is_empty() && earlier < RUNS_MIN {
        let runs = if earlier == 1 { "1 earlier run".into() } else { format!("{earlier} earlier runs") };
        warnings.push(format!(
            "{runs}: too few to learn what chance does ({RUNS_MIN} do); only the rules' own allowances judge"
        ));
    }
    if let Some(why) = run.run.manifest().cannot_tell.get(&arenascope_trace::CannotTell::All) {
        warnings.push(format!("the run is a sample: {why}"));
    }
    warnings
}

fn verdict(
    measured: &Measured<'_>,
    rule: &Rule,
    figures: &[Figure],
    earlier: &[&[Figure]],
) -> Result<Verdict, MeasureError> {
    let mut judged: Vec<(f64, &Figure, Bound)> = Vec::new();
    for figure in figures {
        let worst = bounds(rule, figure, earlier).into_iter().map(|bound| (bound.excess(figure.value), bound));
        if let Some((excess, bound)) = worst.max_by(|one, other| one.0.total_cmp(&other.0)) {
            judged.push((excess, figure, bound));
        }
    }
    judged.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.name.cmp(&other.1.name)));
    let (all, broken) = (judged.len(), judged.iter().filter(|(excess, ..)| *excess > 0.0).count());
    let told = if broken > 0 { broken.min(FIGURES_MAX) } else { 1 };
    judged.truncate(told);
    let wanted: Vec<&Figure> =
        judged.iter().filter(|(excess, ..)| *excess > 0.0).map(|(_, figure, _)| *figure).collect();
    let mut culprits = measured.culprits(&wanted)?.into_iter();
    let is_of_nothing = rule.measure.is_of_owners() && is_nothing(figures);
    let figures = judged.into_iter().map(|(_, figure, bound)| Judged {
        subject: if figure.name.is_empty() { rule.filter.label() } else { figure.name.clone() },
        value: figure.value,
        bound: bound.at,
        is_at_least: bound.is_at_least,
        baseline_mean: bound.baseline_mean,
        band: bound.band,
        moment: figure.moment,
        culprits: culprits.next().unwrap_or_default(),
    });
    Ok(Verdict {
        rule: rule.name.clone(),
        line: rule.line,
        measure: rule.measure.key(),
        quantity: rule.quantity,
        holds: broken == 0,
        figures: figures.collect(),
        broken,
        judged: all,
        is_of_nothing,
    })
}

/// Whether nothing was met that a rule is about.
fn is_nothing(figures: &[Figure]) -> bool {
    matches!(figures, [Figure { source: Source::Nobody, moment: None, .. }])
}

/// The bounds of a figure: what the rule says, and what the earlier runs do.
fn bounds(rule: &Rule, figure: &Figure, earlier: &[&[Figure]]) -> Vec<Bound> {
    let said = |amount: Option<Amount>, is_at_least| {
        amount.map(|amount| Bound { at: amount.value(), is_at_least, baseline_mean: None, band: None })
    };
    let relative = rule.worse_than_baseline.map(|allowance| beside(rule, allowance, &values(figure, earlier)));
    [said(rule.at_most, false), said(rule.at_least, true), relative].into_iter().flatten().collect()
}

/// What the earlier runs say of the same name; nothing where they have no such name.
fn values(figure: &Figure, earlier: &[&[Figure]]) -> Vec<f64> {
    let of_run = |run: &&[Figure]| run.iter().find(|other| other.name == figure.name).map_or(0.0, |other| other.value);
    earlier.iter().map(of_run).collect()
}

/// The bound that earlier values make: beyond both what the rule allows and what chance does.
fn beside(rule: &Rule, allowance: Amount, values: &[f64]) -> Bound {
    let (mean, band) = (mean(values), Band::learned(values));
    let allowed = match allowance {
        // Of shares, percent are points: 5 % more than 40 % is 45 %.
        Amount::Share(share) if rule.quantity != Quantity::Share => share * mean.abs(),
        other => other.value(),
    };
    let room = allowed.max(band.map_or(0.0, |band| band.half_width));
    let is_at_least = rule.measure.is_better_high();
    let at = if is_at_least { mean - room } else { mean + room };
    Bound { at, is_at_least, baseline_mean: Some(mean), band }
}

#[cfg(test)]
mod tests;
