//! What holds of any two runs: nothing differs from itself, the other order mirrors, and rows
//! are the totals.

use crate::compare::align::Align;
use crate::compare::comparison::{Comparison, Input, Told, compare};
use crate::compare::moment::Moment;
use crate::compare::table::{Amounts, Table};
use crate::compare::{RunOf, Side, Watch};
use crate::stacks::tests::run::{recorded, scripts};
use arenascope_recording::{EventLog, Reader};
use arenascope_units::owner::{Heap, MemoryCategory};
use proptest::prelude::*;

fn reader(log: &EventLog) -> Reader<'_> {
    let mut reader = Reader::new(log);
    reader.refresh();
    reader
}

fn input<'r, 'l>(reader: &'r Reader<'l>, run: u64, moment: Moment) -> Input<'r, 'l> {
    Input::Run(RunOf { reader, name: if run == 0 { "one" } else { "other" }, run, moment })
}

fn compared(first: &Input<'_, '_>, second: &Input<'_, '_>) -> Comparison {
    compare(first, second, Align::Time, &mut Watch::new(&mut |_| true)).unwrap()
}

fn side(reader: &Reader<'_>, moment: Moment) -> Side {
    RunOf { reader, name: "one", run: 0, moment }.side(&mut Watch::new(&mut |_| true)).unwrap()
}

/// Sums of everything that is shared out in rows.
fn sums(it: &Comparison) -> Vec<Amounts> {
    let categories = it.categories.iter().fold(Amounts::default(), |sum, row| sum.plus(row.amounts));
    let placed = it.places.get().map_or_else(Amounts::default, |places| {
        places.fates.iter().fold(Amounts::default(), |sum, row| sum.plus(row.amounts))
    });
    let stacks = it.stacks.get().map_or_else(|| it.owners.total(), |stacks| stacks.table.total());
    vec![it.owners.total(), categories, stacks, placed.plus(it.pool.objects.total())]
}

/// Rows with their amounts turned round, in an order of their own.
fn mirrored<K: Clone + Ord>(table: &Table<K>) -> Vec<(K, Amounts)> {
    let mut rows: Vec<_> = table.rows.iter().map(|row| (row.key.clone(), row.amounts.mirrored())).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    rows
}

fn plain<K: Clone + Ord>(table: &Table<K>) -> Vec<(K, Amounts)> {
    let mut rows: Vec<_> = table.rows.iter().map(|row| (row.key.clone(), row.amounts)).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_differs_from_itself(script in scripts(), at in 0..700_u64) {
        let (log, _) = recorded(&script);
        let (again, _) = recorded(&script);
        let (one, other) = (reader(&log), reader(&again));
        let moment = || Moment::Event(at);
        let of_one = compared(&input(&one, 0, moment()), &input(&one, 0, moment()));
        let of_two = compared(&input(&one, 0, moment()), &input(&other, 1, moment()));
        for it in [&of_one, &of_two] {
            prop_assert!(it.is_same(), "{}", it.headline());
            prop_assert!(it.headline().starts_with("Nothing differs"));
        }
        prop_assert!(of_one.is_one_run && !of_two.is_one_run);
    }

    #[test]
    fn rows_are_the_differences_of_the_totals(one in scripts(), other in scripts(), at in 0..700_u64) {
        let (log, _) = recorded(&one);
        let (log_other, _) = recorded(&other);
        let (one, other) = (reader(&log), reader(&log_other));
        let pairs = [
            (input(&one, 0, Moment::Event(at)), input(&other, 1, Moment::End)),
            (input(&one, 0, Moment::Event(at)), input(&one, 0, Moment::End)),
        ];
        for (before, after) in &pairs {
            let it = compared(before, after);
            let live = it.live();
            for sum in sums(&it) {
                prop_assert_eq!(sum, live);
            }
            let said = &it.figures[0];
            prop_assert_eq!((said.before, said.after), (Some(live.bytes.before), Some(live.bytes.after)));
            if let Told::Compared(stacks) = &it.stacks {
                prop_assert_eq!(stacks.frames[0].amounts, live);
            }
        }
    }

    #[test]
    fn the_other_order_mirrors(one in scripts(), other in scripts()) {
        let (log, _) = recorded(&one);
        let (log_other, _) = recorded(&other);
        let sides = [side(&reader(&log), Moment::End), side(&reader(&log_other), Moment::End)];
        let there = Comparison::of(&sides[0], &sides[1], false);
        let back = Comparison::of(&sides[1], &sides[0], false);
        prop_assert_eq!(plain(&there.owners), mirrored(&back.owners));
        prop_assert_eq!(plain(&there.pool.objects), mirrored(&back.pool.objects));
        let fates = |it: &Comparison, turned: bool| {
            let places = it.places.get()?;
            let mut rows: Vec<Amounts> = places.fates.iter().map(|row| row.amounts).collect();
            if turned {
                rows.swap(3, 4);
                rows.iter_mut().for_each(|row| *row = row.mirrored());
            }
            Some(rows)
        };
        prop_assert_eq!(fates(&there, false), fates(&back, true));
        if let (Told::Compared(there), Told::Compared(back)) = (&there.stacks, &back.stacks) {
            prop_assert_eq!(plain(&there.table), mirrored(&back.table));
        }
        if let (Told::Compared(there), Told::Compared(back)) = (&there.lifetimes, &back.lifetimes) {
            let rows: Vec<Amounts> = there.rows.iter().map(|row| row.amounts).collect();
            let turned: Vec<Amounts> = back.rows.iter().map(|row| row.amounts.mirrored()).collect();
            prop_assert_eq!(rows, turned);
        }
        for (there, back) in there.figures.iter().zip(&back.figures) {
            prop_assert_eq!((there.before, there.after), (back.after, back.before));
        }
    }

    /// What is counted event by event is what the recording's own sums say.
    #[test]
    fn categories_and_peaks_are_those_of_the_recording(script in scripts(), at in 0..700_u64) {
        let (log, _) = recorded(&script);
        let reader = reader(&log);
        let it = side(&reader, Moment::Event(at));
        let position = reader.run().start + it.about.events;
        let standing = reader.standing(position).unwrap();
        prop_assert_eq!(it.categories[0].bytes, standing.category_bytes(MemoryCategory::ECS));
        let bytes: u64 = Heap::ALL.map(|heap| standing.heap_bytes(heap)).iter().sum();
        prop_assert_eq!(it.live().0, bytes);
        let peak = (reader.run().start..=position).filter_map(|at| reader.standing(at));
        let peak = peak.map(|standing| standing.category_bytes(MemoryCategory::ECS)).max();
        prop_assert_eq!(it.categories[0].peak_bytes, peak);
    }

    /// A comparison crosses from thread to thread as text.
    #[test]
    fn text_is_the_comparison(one in scripts(), other in scripts()) {
        let (log, _) = recorded(&one);
        let (log_other, _) = recorded(&other);
        let it = compared(
            &input(&reader(&log), 0, Moment::End),
            &input(&reader(&log_other), 1, Moment::End),
        );
        prop_assert!(serde_json::from_str::<Comparison>(&it.to_text()).unwrap() == it);
    }
}
