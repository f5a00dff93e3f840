//! Which rule an allocation falls under. Call stacks are looked at once each: what is found
//! of a caller holds for all that it calls.

use super::rules::{Condition, Rule, Rules};
use arenascope_trace::CategoryId;
use arenascope_trace::{Frame, FrameId, Manifest, Site, SpaceId, Stacks};

/// What rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its call stack.
    pub site: Site,
    /// The category that the file gives it.
    pub category: CategoryId,
    /// Where it lies.
    pub space: SpaceId,
    /// How much it is.
    pub bytes: u64,
}

/// The rules on one run.
pub struct Matching<'r> {
    run: (&'r Manifest, &'r Stacks),
    rules: Vec<Vec<Test>>,
    /// Texts that are looked for in stacks, in lower case.
    needles: Vec<Needle>,
}

/// A condition on a run: what it says of names is decided.
enum Test {
    /// Which of the texts is in the stack.
    Stack(usize),
    /// By category.
    Category(Vec<bool>),
    /// By space.
    Space(Vec<bool>),
    Size(core::ops::RangeInclusive<u64>),
}

struct Needle {
    text: String,
    /// By frame, and by site; `None` where nobody asked yet.
    in_frame: Vec<Option<bool>>,
    in_stack: Vec<Option<bool>>,
}

impl<'r> Matching<'r> {
    /// Of a run. O(rules × names).
    pub fn new(rules: &Rules, manifest: &'r Manifest, stacks: &'r Stacks) -> Self {
        let mut matching = Self { run: (manifest, stacks), rules: Vec::new(), needles: Vec::new() };
        for rule in rules.iter() {
            let tests = matching.tests(rule);
            matching.rules.push(tests);
        }
        matching
    }

    fn tests(&mut self, rule: &Rule) -> Vec<Test> {
        rule.conditions.iter().map(|condition| self.test(condition)).collect()
    }

    fn test(&mut self, condition: &Condition) -> Test {
        let manifest = self.run.0;
        let categories = || manifest.categories.iter().map(|category| category.label.as_str());
        let spaces = || manifest.spaces.iter().map(|space| space.label.as_str());
        match condition {
            Condition::StackContains(text) => {
                let (text, stacks) = (text.to_lowercase(), self.run.1);
                let (in_frame, in_stack) = (vec![None; stacks.frames().len()], vec![None; stacks.len()]);
                self.needles.push(Needle { text, in_frame, in_stack });
                Test::Stack(self.needles.len() - 1)
            }
            Condition::CategoryContains(text) => Test::Category(containing(categories(), text)),
            Condition::CategoryIs(text) => Test::Category(categories().map(|label| label == &**text).collect()),
            Condition::SpaceContains(text) => Test::Space(containing(spaces(), text)),
            Condition::SpaceIs(text) => Test::Space(spaces().map(|label| label == &**text).collect()),
            Condition::Size(range) => Test::Size(range.clone()),
        }
    }

    /// The first rule that holds, by its position. O(rules), and O(depth × text) the first
    /// time that a stack is met.
    pub fn rule_of(&mut self, subject: Subject) -> Option<usize> {
        let Self { run: (_, stacks), rules, needles } = self;
        let mut holds = |test: &Test| match test {
            Test::Stack(needle) => needles[*needle].is_in(stacks, subject.site),
            Test::Category(those) => those.get(usize::from(subject.category.0)) == Some(&true),
            Test::Space(those) => those.get(usize::from(subject.space.0)) == Some(&true),
            Test::Size(range) => range.contains(&subject.bytes),
        };
        rules.iter().position(|tests| tests.iter().all(&mut holds))
    }
}

fn containing<'l>(labels: impl Iterator<Item = &'l str>, text: &str) -> Vec<bool> {
    let text = text.to_lowercase();
    labels.map(|label| label.to_lowercase().contains(&text)).collect()
}

impl Needle {
    /// Walks up to the first caller of which it is known, and notes it for all on the way.
    fn is_in(&mut self, stacks: &Stacks, site: Site) -> bool {
        let (mut at, mut way) = (site, Vec::new());
        let found = loop {
            let Some((parent, frame)) = stacks.node(at) else { break false };
            match self.in_stack.get(at.0 as usize).copied().flatten() {
                Some(known) => break known,
                None if self.is_in_frame(stacks, frame) => {
                    way.push(at);
                    break true;
                }
                None => way.push(at),
            }
            at = parent;
        };
        for site in way {
            if let Some(place) = self.in_stack.get_mut(site.0 as usize) {
                *place = Some(found);
            }
        }
        found
    }

    fn is_in_frame(&mut self, stacks: &Stacks, id: FrameId) -> bool {
        let place = id.0 as usize;
        if let Some(known) = self.in_frame.get(place).copied().flatten() {
            return known;
        }
        let has = |text: &str| text.to_lowercase().contains(&self.text);
        let found = stacks.frame(id).is_some_and(|Frame { function, file, .. }| has(function) || has(file));
        if let Some(place) = self.in_frame.get_mut(place) {
            *place = Some(found);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::Space;

    /// By looking at everything every time.
    fn plain(rules: &Rules, manifest: &Manifest, stacks: &Stacks, subject: Subject) -> Option<usize> {
        let has = |text: &str, what: &str| text.to_lowercase().contains(&what.to_lowercase());
        let category = &manifest.categories[usize::from(subject.category.0)].label;
        let space = &manifest.spaces[usize::from(subject.space.0)].label;
        rules.iter().position(|rule| {
            rule.conditions.iter().all(|condition| match condition {
                Condition::StackContains(text) => {
                    stacks.frames_of(subject.site).any(|frame| has(&frame.function, text) || has(&frame.file, text))
                }
                Condition::CategoryContains(text) => has(category, text),
                Condition::CategoryIs(text) => category == &**text,
                Condition::SpaceContains(text) => has(space, text),
                Condition::SpaceIs(text) => space == &**text,
                Condition::Size(range) => range.contains(&subject.bytes),
            })
        })
    }

    #[test]
    fn the_first_rule_that_holds_wins_as_by_looking_at_everything() {
        let (mut manifest, mut stacks) = (Manifest::of("test", "Test"), Stacks::default());
        for label in ["Device 0", "Device 1"] {
            manifest.add_space(Space { label: label.into(), ..Space::default() });
            manifest.category(&format!("Stream of {label}"));
        }
        let frames: Vec<_> = ["main", "Conv2d::forward", "relu", "malloc"]
            .map(|name| stacks.intern(Frame { function: name.into(), file: format!("{name}.py").into(), line: 1 }))
            .into();
        for number in 0..256_usize {
            stacks.stack((0..4).map(|depth| frames[number >> (2 * depth) & 3]));
        }
        let rules: Rules = "stack contains conv2D and size < 500 => A\nstack contains relu.py and space is Device 1 => B\n\
            category contains DEVICE 0 and stack contains malloc => C\ncategory is Stream of Device 1 => D\nsize 100 – 110 => A"
            .parse()
            .unwrap();
        let mut matching = Matching::new(&rules, &manifest, &stacks);
        let mut seen = [0; 6];
        for number in 0..20_000_u32 {
            let subject = Subject {
                site: Site(number.wrapping_mul(2_654_435_761) % stacks.len() as u32),
                category: CategoryId((number % 2) as u8),
                space: SpaceId((number / 2 % 2) as u8),
                bytes: u64::from(number % 1000),
            };
            let expected = plain(&rules, &manifest, &stacks, subject);
            assert_eq!(matching.rule_of(subject), expected, "{subject:?}");
            seen[expected.unwrap_or(5)] += 1;
        }
        assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
    }
}
