//! Every format of one report, with texts that would break each.

use super::Format;
use crate::judge::{Judged, Report, Verdict};
use crate::measure::{Culprit, Moment};
use crate::rules::Quantity;

const HOSTILE: &str = "<b>\"x\"&|`@me\n::error::\u{1b}[2J%0A";

fn report() -> Report {
    let culprit = Culprit {
        owner: HOSTILE.into(),
        category: "Textures".into(),
        space: "GPU".into(),
        stack: vec!["load (a.js:1)".into(), "main".into()],
        bytes: 5 << 20,
        objects: 1,
    };
    let judged = |value, culprits| Judged {
        subject: HOSTILE.into(),
        value,
        bound: 4.0 * 1048576.0,
        is_at_least: false,
        baseline_mean: None,
        band: None,
        moment: Some(Moment { event: 7, time_us: 1_500 }),
        culprits,
    };
    let verdict = |rule: &str, holds, judged: Judged| Verdict {
        rule: rule.into(),
        line: 3,
        measure: "peak",
        quantity: Quantity::Bytes,
        holds,
        figures: vec![judged],
        broken: usize::from(!holds),
        judged: 1,
        is_of_nothing: false,
    };
    let verdicts = vec![
        verdict("fits", true, judged(1024.0, Vec::new())),
        verdict("too large", false, judged(5.0 * 1048576.0, vec![culprit])),
    ];
    Report { run: "a run.arenascope".into(), baselines: Vec::new(), verdicts, warnings: vec!["w".into()], events: 8 }
}

#[test]
fn text_names_owner_stack_bytes_moment_and_command() {
    let text = Format::Text.write(&report(), "memory.toml");
    for part in [
        "warning: w\n",
        "FAIL too large (line 3 of the rules)\n",
        "5.0 MiB, at most 4.0 MiB (1.0 MiB too much) at 1.5 ms\n",
        "(Textures): 5.0 MiB in 1 object, from load (a.js:1) < main\n",
        "open it: arenascope state 'a run.arenascope' --at-us 1500 --owner '<b>",
        "1 of 2 rules do not hold\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn no_text_of_a_run_is_markup_or_a_command() {
    let github = Format::Github.write(&report(), "memory.toml");
    assert_eq!(github.lines().count(), 3, "{github}");
    assert!(github.contains("::error file=memory.toml,line=3,title=too large::"), "{github}");
    let junit = Format::Junit.write(&report(), "");
    assert!(junit.contains("tests=\"2\" failures=\"1\"") && !junit.contains("<b>"), "{junit}");
    assert!(!junit.contains('\u{1b}'), "{junit}");
    let markdown = Format::Markdown.write(&report(), "");
    let prose = markdown.lines().filter(|line| !line.contains("open it:"));
    assert!(prose.clone().all(|line| !line.contains("<b>") && !line.contains("@me")), "{markdown}");
}

#[test]
fn json_holds_every_figure_with_its_unit() {
    let text = Format::Json.write(&report(), "");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((document["holds"].clone(), document["rules"][1]["quantity"].clone()), (false.into(), "bytes".into()));
    let figure = &document["rules"][1]["figures"][0];
    assert_eq!((&figure["value"], &figure["culprits"][0]["owner"]), (&5_242_880.0.into(), &HOSTILE.into()));
    assert!(figure["command"].as_str().unwrap().starts_with("arenascope state "));
    assert!(document["rules"][0]["figures"][0]["command"].is_null());
}
