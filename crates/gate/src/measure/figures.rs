//! The figures of each rule on one run, and who held the memory.

use super::account::{Sums, space_of};
use super::error::MeasureError;
use super::figure::{Evidence, Figure, Moment, Source};
use super::fragmentation::{self, AtPeak};
use super::holders::{Culprit, culprits};
use super::ledger::Ledger;
use super::needs;
use crate::rules::{Measure, Quantity, Rule, matches};
use arenascope_trace::SpaceId;
use std::collections::BTreeMap;

/// What was measured of a run.
pub struct Measured<'r> {
    evidence: Evidence<'r>,
    ledger: Ledger<'r>,
    /// By rule, in their order.
    pub figures: Vec<Vec<Figure>>,
}

/// Measures a run for rules. O(events × series of an account).
///
/// # Errors
/// What the run cannot tell.
pub fn measure<'r>(evidence: Evidence<'r>, rules: &[Rule]) -> Result<Measured<'r>, MeasureError> {
    rules.iter().try_for_each(|rule| needs::check(rule, &evidence))?;
    let run = evidence.run;
    let mut ledger = Ledger::new(run, rules);
    run.each(&mut |event| {
        ledger.apply(event);
        Ok(())
    })?;
    let wants_space = rules.iter().any(|rule| rule.measure == Measure::Fragmentation);
    let spaces = if wants_space { fragmentation::at_peaks(run)? } else { BTreeMap::new() };
    let look = Look { evidence, ledger: &ledger, spaces: &spaces };
    let figures = rules.iter().map(|rule| look.of_rule(rule)).collect::<Result<_, _>>()?;
    Ok(Measured { evidence, ledger, figures })
}

impl Measured<'_> {
    /// Events that the recording lost: where there are any, every figure is a lower bound.
    pub const fn events_lost(&self) -> u64 {
        self.ledger.lost
    }

    /// Events of the run.
    pub const fn events(&self) -> u64 {
        self.ledger.events
    }

    /// When the run ended, µs.
    pub const fn length_us(&self) -> u64 {
        self.ledger.length_us
    }

    /// Who holds each of some figures, the most first. One pass, where a figure is of a peak.
    ///
    /// # Errors
    /// [`arenascope_trace::Stopped`].
    pub fn culprits(&self, figures: &[&Figure]) -> Result<Vec<Vec<Culprit>>, MeasureError> {
        culprits(self.evidence.run, &self.ledger, figures)
    }
}

struct Look<'l, 'r> {
    evidence: Evidence<'r>,
    ledger: &'l Ledger<'r>,
    spaces: &'l BTreeMap<u8, AtPeak>,
}

impl Look<'_, '_> {
    fn of_rule(&self, rule: &Rule) -> Result<Vec<Figure>, MeasureError> {
        Ok(match rule.measure {
            Measure::Peak => self.peaks(rule),
            Measure::End => self.by_account(rule, &signed(&self.held())),
            Measure::Growth => self.by_account(rule, &self.growth(rule)?),
            Measure::Leaks => self.by_account(rule, &signed(&self.kept(rule))),
            Measure::LeftToCollector => self.by_account(rule, &signed(&self.ledger.collected)),
            Measure::Failures => self.failures(rule),
            Measure::Fragmentation => self.fragmentation(rule),
            Measure::PoolHits => vec![whole(self.pool_hits(), None)],
            Measure::EventsLost => vec![whole(self.ledger.lost as f64, None)],
        })
    }

    fn peaks(&self, rule: &Rule) -> Vec<Figure> {
        let figure = |(sum, name, of): (u32, &str, &super::series::Sum)| Figure {
            name: name.into(),
            value: of.peak_bytes as f64,
            moment: Some(Moment { event: of.peak_event, time_us: of.peak_us }),
            source: Source::AtEvent(of.peak_event, sum),
        };
        or_nothing(self.ledger.series.of_rule(rule).map(figure).collect())
    }

    fn held(&self) -> BTreeMap<u32, Sums> {
        (0..).zip(self.ledger.held.iter().copied()).collect()
    }

    /// Position of a mark's text; `needs` has seen that there is one.
    fn marker(&self, text: &str) -> Option<&super::ledger::MarkSeen> {
        let position = self.evidence.run.manifest().markers.iter().position(|marker| marker == text)?;
        self.ledger.marks.get(&(position as u32)).filter(|seen| seen.first_event != u64::MAX)
    }

    fn no_mark(&self, rule: &Rule, mark: &str) -> MeasureError {
        MeasureError::NoMark {
            line: rule.line,
            wanted: mark.into(),
            known: "it in its list, but no event of it".into(),
        }
    }

    fn growth(&self, rule: &Rule) -> Result<Vec<(u32, f64, f64)>, MeasureError> {
        let seen = |mark: &String| self.marker(mark).ok_or_else(|| self.no_mark(rule, mark));
        let from = rule.from.as_ref().map(seen).transpose()?;
        let to = rule.to.as_ref().map(seen).transpose()?;
        if let (Some(from), Some(to)) = (from, to)
            && to.last_event < from.first_event
        {
            let text = |mark: &Option<String>| mark.clone().unwrap_or_default();
            return Err(MeasureError::Backwards { line: rule.line, from: text(&rule.from), to: text(&rule.to) });
        }
        let before = from.map_or(&[][..], |seen| &seen.first);
        let after = to.map_or(&self.ledger.held[..], |seen| &seen.last);
        let at = |sums: &[Sums], account: usize| sums.get(account).copied().unwrap_or_default();
        let difference = |account: usize| {
            let (one, other) = (at(before, account), at(after, account));
            (account as u32, other.bytes as f64 - one.bytes as f64, other.objects as f64 - one.objects as f64)
        };
        Ok((0..after.len().max(before.len())).map(difference).collect())
    }

    fn kept(&self, rule: &Rule) -> BTreeMap<u32, Sums> {
        let from = rule.from.as_ref().and_then(|mark| self.marker(mark));
        self.ledger.born_after(from.map_or(u64::MAX, |seen| seen.first_event))
    }

    /// The figures of a rule whose memory is known by account.
    fn by_account(&self, rule: &Rule, sums: &[(u32, f64, f64)]) -> Vec<Figure> {
        let is_objects = rule.quantity == Quantity::Objects;
        let moment = self.moment(rule);
        let figure = |(sum, name): (u32, &str)| {
            let of_sum = |(account, ..): &&(u32, f64, f64)| self.ledger.series.is_of(*account, sum);
            let accounts: Vec<_> = sums
                .iter()
                .filter(of_sum)
                .filter(|(_, bytes, objects)| *bytes != 0.0 || *objects != 0.0)
                .copied()
                .collect();
            let value = accounts.iter().map(|(_, bytes, objects)| if is_objects { *objects } else { *bytes }).sum();
            Figure { name: name.into(), value, moment, source: Source::Accounts(accounts) }
        };
        or_nothing(self.ledger.series.of_rule(rule).map(|(sum, name, _)| (sum, name)).map(figure).collect())
    }

    /// Where the figure stands: at the last mark, else at the end.
    fn moment(&self, rule: &Rule) -> Option<Moment> {
        let to = rule.to.as_ref().and_then(|mark| self.marker(mark));
        let end = Moment { event: self.ledger.events.saturating_sub(1), time_us: self.ledger.length_us };
        Some(to.map_or(end, |seen| Moment { event: seen.last_event, time_us: seen.last_us }))
    }

    fn failures(&self, rule: &Rule) -> Vec<Figure> {
        let sums = self.ledger.series.of_rule(rule).next().map(|(sum, ..)| sum);
        let is_of = |account: u32| sums.is_some_and(|sum| self.ledger.series.is_of(account, sum));
        let accounts: Vec<_> =
            signed(&self.ledger.failed).into_iter().filter(|(account, ..)| is_of(*account)).collect();
        let value: f64 = accounts.iter().map(|(.., objects)| objects).sum();
        // The empty sum of floats is −0.
        let value = value + 0.0;
        let moment = self.ledger.last_failure.map(|(event, time_us)| Moment { event, time_us });
        vec![Figure { source: Source::Accounts(accounts), ..whole(value, moment) }]
    }

    fn fragmentation(&self, rule: &Rule) -> Vec<Figure> {
        let name = |space: u8| space_of(self.evidence.run, SpaceId(space));
        let wanted = rule.filter.space.as_deref();
        let spaces =
            self.spaces.iter().filter(|(space, _)| wanted.is_none_or(|wanted| matches(wanted, &name(**space))));
        let figure = |(space, peak): (&u8, &AtPeak)| {
            let moment = Some(Moment { event: peak.event, time_us: peak.time_us });
            Figure { name: name(*space), ..whole(peak.fragmentation, moment) }
        };
        or_nothing(spaces.map(figure).collect())
    }

    fn pool_hits(&self) -> f64 {
        self.evidence.pools.map_or(0.0, |pools| pools.hits as f64 / pools.asked.max(1) as f64)
    }
}

fn whole(value: f64, moment: Option<Moment>) -> Figure {
    Figure { name: String::new(), value, moment, source: Source::Nobody }
}

/// Nothing was met that a rule is about: it is nothing, and the report says that it is.
fn or_nothing(figures: Vec<Figure>) -> Vec<Figure> {
    if figures.is_empty() { vec![whole(0.0, None)] } else { figures }
}

fn signed(sums: &BTreeMap<u32, Sums>) -> Vec<(u32, f64, f64)> {
    sums.iter().map(|(account, sums)| (*account, sums.bytes as f64, sums.objects as f64)).collect()
}
