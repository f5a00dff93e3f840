//! Sums by call stack against whole lives.

use super::super::asked::Asked;
use super::super::measure::{Counted, Measure};
use super::super::site_count::{SiteCount, alive_of};
use super::super::sums::Sums;
use super::model::Lives;
use super::run::{Script, recorded, scripts};
use crate::selection::selected::Selection;
use arenascope_recording::{Cursor, Reader};
use arenascope_trace::Site;
use core::ops::Range;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// All three counts, each in one slice after the other, by stack.
fn count(reader: &Reader<'_>, counted: Counted, now_us: u64, span: Option<Range<u64>>) -> Vec<Sums> {
    let moment = reader.position_at(now_us + 1);
    let asked = Asked::of(reader, counted, &Selection { moment: Some(moment), time_us: span, ..Selection::default() });
    let mut cursor = Cursor::new();
    let state = cursor.seek(reader, moment).unwrap();
    let mut count = SiteCount::new(asked, alive_of(state));
    while !count.advance(reader, || false) {}
    assert_eq!(count.part(), 1.0);
    count.into_sums().1
}

/// As the model says it: stacks that are the same are one site.
fn by_site(script: &Script, tables: &arenascope_recording::Tables, sums: &BTreeMap<u8, Sums>) -> BTreeMap<u32, Sums> {
    let mut by_site: BTreeMap<u32, Sums> = BTreeMap::new();
    for (stack, sums) in sums {
        let frames =
            script.stacks[usize::from(*stack)].iter().map(|(function, line)| super::run::frame(*function, *line));
        let mut stacks = tables.stacks.clone();
        let frames: Vec<_> = frames.map(|frame| stacks.intern(frame)).collect();
        let site = stacks.stack(frames);
        assert_eq!(stacks.len(), tables.stacks.len());
        *by_site.entry(site.0).or_default() += *sums;
    }
    by_site
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_count_is_what_lives_say(script in scripts(), picks in any::<[prop::sample::Index; 3]>(), is_whole in any::<bool>()) {
        let (log, tables) = recorded(&script);
        let mut reader = Reader::new(&log);
        reader.refresh();
        let lives = Lives::of(&script);
        let moments = lives.moments();
        prop_assume!(!moments.is_empty());
        let [now_us, one, other] = picks.map(|pick| moments[pick.index(moments.len())]);
        let span = (!is_whole).then(|| one.min(other)..one.max(other) + 1);
        for counted in [Counted::Live, Counted::Allocated, Counted::Lived] {
            let found = count(&reader, counted, now_us, span.clone());
            let found: BTreeMap<u32, Sums> =
                (0..).zip(found).filter(|(_, sums)| !sums.is_zero()).collect();
            let model = lives.count(counted, now_us, &span.clone().unwrap_or(0..u64::MAX));
            prop_assert_eq!(found, by_site(&script, &tables, &model), "{:?}", counted);
        }
    }
}

#[test]
fn of_all_that_is_looked_at_only_whose_memory_it_is_matters() {
    let step = |slot| (10, super::run::Step::Allocate { slot, stack: slot, bytes: 100, has_address: false });
    let script = Script { stacks: vec![vec![(3, false)], vec![(4, false)]], steps: vec![step(0), step(1)] };
    let (log, tables) = recorded(&script);
    let mut reader = Reader::new(&log);
    reader.refresh();
    let tag = tables.tags.iter().position(|tag| &**tag == "load").unwrap();
    let mut selection = Selection::default();
    selection.toggle_tag(arenascope_units::owner::Tag(tag as u16));
    let asked = Asked::of(&reader, Measure::Allocations.counted(), &selection);
    assert_ne!(asked, Asked::of(&reader, Counted::Allocated, &Selection::default()));
    let mut count = SiteCount::new(asked, Vec::new());
    while !count.advance(&reader, || false) {}
    let (_, sums) = count.into_sums();
    let load = (1..)
        .zip(tables.stacks.nodes())
        .find(|(site, _)| tables.stacks.frames_of(Site(*site)).next().is_some_and(|frame| &*frame.function == "load"));
    let place = load.unwrap().0 as usize;
    assert_eq!(sums.iter().position(|sums| !sums.is_zero()), Some(place));
    assert_eq!(sums[place], Sums { amount: 100, count: 1 });
}
