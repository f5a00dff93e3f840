//! A first rules file, from a run as it is.

use crate::measure::{Evidence, MeasureError, measure};
use crate::rules::{Measure, Rules};
use arenascope_trace::CannotTell;

/// Rules that the run keeps to: its peaks with a quarter of room, nothing worse than it is
/// elsewhere. With comments that say what to change.
///
/// # Errors
/// [`MeasureError::Stopped`].
pub fn first_rules(run: Evidence<'_>) -> Result<String, MeasureError> {
    let mut text = String::from(
        "# What the memory of a run must keep to. `arenascope check RUN --rules memory.toml` judges it;\n\
         # docs/gate.md explains every key.\nversion = 1\n",
    );
    let lacks = |what| run.run.manifest().cannot_tell.contains_key(&what);
    if !lacks(CannotTell::History) && !lacks(CannotTell::Frees) {
        peaks(run, &mut text)?;
    }
    if !lacks(CannotTell::Frees) && !lacks(CannotTell::Allocations) && !lacks(CannotTell::History) {
        growth(run, &mut text);
    }
    counted(run, &mut text)?;
    Ok(text)
}

fn peaks(run: Evidence<'_>, text: &mut String) -> Result<(), MeasureError> {
    let each: Rules =
        probing("measure = 'peak'\nat_most = 0\n[[rule]]\nmeasure = 'peak'\neach = 'category'\nat_most = 0");
    let measured = measure(run, &each.rules)?;
    *text += "\n# The most that lived at once, with a quarter of room.\n";
    for figure in &measured.figures[0] {
        *text += &format!(
            "[[rule]]\nname = \"Peak of all memory\"\nmeasure = \"peak\"\nat_most = \"{}\"\n",
            room(figure.value)
        );
    }
    for figure in measured.figures[1].iter().filter(|figure| !figure.name.is_empty() && figure.value > 0.0) {
        let name = quoted(&figure.name);
        *text += &format!("\n[[rule]]\nmeasure = \"peak\"\ncategory = {name}\nat_most = \"{}\"\n", room(figure.value));
    }
    Ok(())
}

/// The first two marks that a page set itself, or an example.
fn growth(run: Evidence<'_>, text: &mut String) {
    let manifest = run.run.manifest();
    let mark = manifest.markers.iter().find(|text| !text.starts_with("left to the garbage collector"));
    let Some(mark) = mark else {
        *text += "\n# With marks in the run (session.mark('warm')) whoever grows is named:\n# [[rule]]\n\
                  # measure = \"growth\"\n# from = \"warm\"\n# each = \"owner\"\n# at_most = \"64 KiB\"\n";
        return;
    };
    *text += &format!(
        "\n# Whoever grows after a mark is named. Set the bound.\n# [[rule]]\n# measure = \"growth\"\n# from = {}\n# each = \"owner\"\n# at_most = \"64 KiB\"\n",
        quoted(mark)
    );
}

fn counted(run: Evidence<'_>, text: &mut String) -> Result<(), MeasureError> {
    let mut wanted = vec![Measure::EventsLost, Measure::Failures];
    if run.run.manifest().source.format == "probe" {
        wanted.push(Measure::LeftToCollector);
    }
    *text +=
        "\n# No more than there were. Lost events make every other figure doubtful: record anew where there are any.\n";
    for measure_of in wanted {
        let rule = format!("measure = '{}'\nat_most = '1 object'", measure_of.key());
        let measured = measure(run, &probing(&rule).rules)?;
        let count = measured.figures[0].iter().map(|figure| figure.value).sum::<f64>();
        let bound = if count == 0.0 { "0".into() } else { format!("\"{count:.0} objects\"") };
        *text += &format!("[[rule]]\nmeasure = \"{}\"\nat_most = {bound}\n", measure_of.key());
    }
    Ok(())
}

/// Rules of this program's own.
fn probing(rules: &str) -> Rules {
    // Written above, and read by the test of each.
    format!("version = 1\n[[rule]]\n{rules}").parse().unwrap_or(Rules { rules: Vec::new() })
}

/// A quarter more, in whole units of its size.
fn room(bytes: f64) -> String {
    let wanted = bytes * 1.25;
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = units.into_iter().find(|(_, shift)| wanted >= 10.0 * (1_u64 << shift) as f64);
    let (name, shift) = unit.unwrap_or(("B", 0));
    format!("{:.0} {name}", (wanted / (1_u64 << shift) as f64).ceil())
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    // Strings of JSON are those of TOML, but for what lies beyond the first plane, which neither escapes.
    serde_json::to_string(text).unwrap_or_default().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::check;
    use arenascope_trace::{Action, Collected, Event, Site, Space};

    fn run() -> Collected {
        let mut run = Collected::default();
        run.manifest.source.format = "probe".into();
        let space = run.manifest.add_space(Space { label: "GPU".into(), granule_bytes: 1, ..Space::default() });
        for id in 0..5 {
            let category = run.manifest.category(["Te\"x\u{7f}", "Buffers\n"][id as usize % 2]);
            let action = Action::Allocate { id, space, address: 0, bytes: 3_000_000 + id, category };
            run.events.push(Event { time_us: id, thread: 0, site: Site::NONE, action });
        }
        let action = Action::Fail { space, bytes: 5, free_bytes: None };
        run.events.push(Event { time_us: 9, thread: 0, site: Site::NONE, action });
        run
    }

    #[test]
    fn a_run_keeps_to_its_own_first_rules() {
        let run = run();
        let evidence = Evidence { run: &run, pools: None };
        let text = first_rules(evidence).unwrap();
        let rules: Rules = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        let report = check(evidence, &[], &rules).unwrap();
        assert!(report.holds() && report.verdicts.len() == 6, "{text} {report:?}");
        assert!(report.verdicts.iter().all(|verdict| !verdict.is_of_nothing || verdict.measure == "left_to_collector"));
        assert!(text.contains("at_most = \"18 MiB\"") && text.contains("at_most = \"1 objects\""), "{text}");
    }
}
