//! A run with its categories by rules: told again, with nothing else changed.

use super::matching::{Matching, Subject};
use super::rules::Rules;
use arenascope_trace::{Action, CategoryId, Event, Extents, Manifest, NoteKind, Run, Sink, SpaceId, Stacks, Stopped};

/// What a rule, or no rule, was found to be about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Allocations.
    pub allocations: u64,
    /// Their bytes, as allocated.
    pub bytes: u64,
}

/// A run whose allocations have the categories that rules give them; where no rule holds,
/// the one that it had.
pub struct Regrouped<'r, R> {
    run: &'r R,
    rules: &'r Rules,
    manifest: Manifest,
    by_rule: Vec<CategoryId>,
    /// Of those that keep theirs.
    by_category: Vec<CategoryId>,
    found: Vec<Found>,
}

impl<'r, R: Run> Regrouped<'r, R> {
    /// Of a run. O(events × rules): each is looked at once, so that only categories that
    /// are left are declared.
    ///
    /// # Errors
    /// What `goes_on` says, asked for every event.
    pub fn of(run: &'r R, rules: &'r Rules, mut goes_on: impl FnMut() -> Result<(), Stopped>) -> Result<Self, Stopped> {
        let mut matching = Matching::new(rules, run.manifest(), run.stacks());
        let mut found = vec![Found::default(); rules.iter().len()];
        let mut kept = vec![Found::default(); run.manifest().categories.len()];
        run.each(&mut |event| {
            if let Some(subject) = subject_of(event) {
                let place = match matching.rule_of(subject) {
                    Some(rule) => found.get_mut(rule),
                    None => kept.get_mut(usize::from(subject.category.0)),
                };
                if let Some(place) = place {
                    place.allocations += 1;
                    place.bytes += subject.bytes;
                }
            }
            goes_on()
        })?;
        let mut manifest = run.manifest().clone();
        manifest.categories.clear();
        let by_rule = rules.iter().map(|rule| manifest.category(&rule.category)).collect();
        let category = |(before, kept): (&arenascope_trace::Category, &Found)| match kept.allocations {
            0 => CategoryId(0),
            _ => manifest.category(&before.label),
        };
        let by_category = run.manifest().categories.iter().zip(&kept).map(category).collect();
        let mut regrouped = Self { run, rules, manifest, by_rule, by_category, found };
        regrouped.remark(&kept);
        Ok(regrouped)
    }

    /// Says in the run that its categories are by rules, and which of those are about nothing.
    fn remark(&mut self, kept: &[Found]) {
        let rules = self.rules.iter().len();
        let left: u64 = kept.iter().map(|found| found.allocations).sum();
        let by_rules: u64 = self.found.iter().map(|found| found.allocations).sum();
        let text = format!(
            "Categories are by {rules} {} of yours: {by_rules} allocations; {left} keep the category that the file gives",
            if rules == 1 { "rule" } else { "rules" }
        );
        self.manifest.note(NoteKind::Remark, text);
        for (rule, found) in self.rules.iter().zip(&self.found) {
            if found.allocations == 0 {
                self.manifest.note(NoteKind::Remark, format!("no allocation falls under the rule `{rule}`"));
            }
        }
    }

    /// Tells it to a sink, address ranges first.
    ///
    /// # Errors
    /// [`Stopped`], from the sink.
    pub fn tell(&self, extents: &Extents, sink: &mut dyn Sink) -> Result<(), Stopped> {
        *sink.manifest() = self.manifest.clone();
        *sink.stacks() = self.run.stacks().clone();
        for extent in extents.ranges() {
            sink.extent(SpaceId(extent.space), extent.address, extent.bytes);
        }
        sink.begin()?;
        self.each(&mut |event| sink.event(*event))
    }

    /// What each rule is about, in their order.
    pub fn found(&self) -> &[Found] {
        &self.found
    }
}

const fn subject_of(event: &Event) -> Option<Subject> {
    match event.action {
        Action::Allocate { space, bytes, category, .. } => Some(Subject { site: event.site, category, space, bytes }),
        _ => None,
    }
}

impl<R: Run> Run for Regrouped<'_, R> {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn stacks(&self) -> &Stacks {
        self.run.stacks()
    }

    fn each(&self, take: &mut dyn FnMut(&Event) -> Result<(), Stopped>) -> Result<(), Stopped> {
        let mut matching = Matching::new(self.rules, self.run.manifest(), self.run.stacks());
        self.run.each(&mut |event| {
            let Some(subject) = subject_of(event) else { return take(event) };
            let mut event = *event;
            if let Action::Allocate { category, .. } = &mut event.action {
                *category = match matching.rule_of(subject) {
                    Some(rule) => self.by_rule[rule],
                    None => self.by_category.get(usize::from(subject.category.0)).copied().unwrap_or_default(),
                };
            }
            take(&event)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::{Collected, Site, Space, Totals};

    fn run() -> Collected {
        let mut run = Collected { manifest: Manifest::of("test", "Test"), ..Collected::default() };
        run.manifest.add_space(Space { label: "Heap".into(), ..Space::default() });
        let categories = ["Small", "Large"].map(|label| run.manifest.category(label));
        for id in 0..100 {
            let bytes = id * 10;
            let category = categories[usize::from(bytes >= 500)];
            let action = Action::Allocate { id, space: SpaceId(0), address: 0, bytes, category };
            run.events.push(Event { time_us: id, thread: 0, site: Site::NONE, action });
        }
        run.events.push(Event { time_us: 100, thread: 0, site: Site::NONE, action: Action::Free { id: 99 } });
        run
    }

    fn by_label<R: Run>(run: &R) -> Vec<(String, u64)> {
        let mut totals = Totals::default();
        run.each(&mut |event| totals.event(*event)).unwrap();
        let labels = run.manifest().categories.iter().map(|category| category.label.clone());
        labels.zip(totals.categories.iter().map(|held| held.bytes)).collect()
    }

    #[test]
    fn bytes_move_between_categories_and_none_is_lost() {
        let (run, rules) = (
            run(),
            "size 100 – 199 => Medium\nsize >= 900 => Huge\nsize 7 => Nothing\ncategory is Large => Rest"
                .parse()
                .unwrap(),
        );
        let regrouped = Regrouped::of(&run, &rules, || Ok(())).unwrap();
        let expected = [("Medium", 1450), ("Huge", 9450 - 990), ("Nothing", 0), ("Rest", 27_800), ("Small", 10_800)];
        assert_eq!(by_label(&regrouped), expected.map(|(label, bytes)| (label.to_string(), bytes)));
        assert_eq!(regrouped.found()[0], Found { allocations: 10, bytes: 1450 });
        let notes: Vec<_> = regrouped.manifest().notes.iter().map(|note| note.text.as_str()).collect();
        assert!(notes[0].starts_with("Categories are by 4 rules of yours: 60 allocations; 40 keep"), "{notes:?}");
        assert_eq!(notes[1], "no allocation falls under the rule `size 7 – 7 B => Nothing`");
        let sum = |of: &[(String, u64)]| of.iter().map(|(_, bytes)| bytes).sum::<u64>();
        assert_eq!(sum(&by_label(&run)), sum(&by_label(&regrouped)));
    }

    #[test]
    fn who_has_enough_ends_it() {
        let (run, rules) = (run(), Rules::default());
        assert!(matches!(Regrouped::of(&run, &rules, || Err(Stopped)), Err(Stopped)));
    }
}
