//! What a page does with its resources that deserves a look: what it never uses, leaves to the
//! garbage collector, or makes anew in each frame.

use super::class::Class;
use super::living::Living;
use arenascope_trace::{Finding, FindingKind};
use std::collections::{BTreeMap, HashMap};

/// Frames that something may live before it counts as never used: a second at 60 Hz.
const NEW_FRAMES: u64 = 60;
/// Frames without use after which something counts as unused: five seconds at 60 Hz.
const UNUSED_FRAMES: u64 = 300;
/// Frames in which something must be made anew to count as made in each.
const MADE_FRAMES: u64 = 60;
/// Most different resources whose making is counted; later ones are not.
const MADE_MAX: usize = 4096;
/// Most findings of a kind.
const FINDINGS_MAX: usize = 32;

/// Resources of one make: realm, what they are called, what they are, and how large.
type Make = (usize, Box<str>, Class, u64);

/// How often resources of one make were made.
#[derive(Clone, Copy, Debug, Default)]
struct Made {
    times: u64,
    /// Different frames in which that was.
    frames: u64,
    first_frame: u64,
    last_frame: u64,
}

/// Counts and bytes by name.
type ByName = BTreeMap<String, (u64, u64)>;

/// What is counted while a page goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Habits {
    made: HashMap<Make, Made>,
    collected: ByName,
}

/// What something without a label is called.
fn name_of(label: &str, class: Class) -> String {
    if label.is_empty() { format!("unlabelled {}", class.word()) } else { label.into() }
}

fn add(sums: &mut ByName, name: String, bytes: u64) {
    let sum = sums.entry(name).or_default();
    *sum = (sum.0 + 1, sum.1.saturating_add(bytes));
}

impl Habits {
    /// The page made something, in that frame of its realm. O(1).
    pub(super) fn made(&mut self, realm: usize, label: &str, class: Class, bytes: u64, frame: u64) {
        let make = (realm, label.into(), class, bytes);
        if self.made.len() >= MADE_MAX && !self.made.contains_key(&make) {
            return;
        }
        let made = self.made.entry(make).or_insert(Made { first_frame: frame, ..Made::default() });
        made.frames += u64::from(made.times == 0 || made.last_frame != frame);
        (made.times, made.last_frame) = (made.times + 1, frame);
    }

    /// The garbage collector found something. O(log names).
    pub(super) fn collected(&mut self, label: &str, class: Class, bytes: u64) {
        add(&mut self.collected, name_of(label, class), bytes);
    }

    /// All that deserves a look, most bytes first within each kind; `frame_of` says how far a
    /// realm is. O(what lives, and was made).
    pub(super) fn findings(&self, living: &[Living], frame_of: impl Fn(usize) -> u64) -> Vec<Finding> {
        let (mut never, mut unused) = (ByName::new(), ByName::new());
        for it in living.iter().filter(|it| it.class.can_be_used()) {
            let of = match it.used_us {
                None if it.frames_unused >= NEW_FRAMES => &mut never,
                Some(_) if it.frames_unused >= UNUSED_FRAMES => &mut unused,
                _ => continue,
            };
            add(of, name_of(&it.label, it.class), it.bytes);
        }
        let mut each_frame = ByName::new();
        for ((realm, label, class, bytes), made) in &self.made {
            let since = frame_of(*realm).saturating_sub(made.first_frame) + 1;
            if made.frames >= MADE_FRAMES && 2 * made.frames >= since {
                let sum = each_frame.entry(name_of(label, *class)).or_default();
                *sum = (sum.0 + made.times, sum.1.saturating_add(made.times.saturating_mul(*bytes)));
            }
        }
        let kinds = [
            (FindingKind::NeverUsed, never),
            (FindingKind::Unused, unused),
            (FindingKind::LeftToCollector, self.collected.clone()),
            (FindingKind::MadeEachFrame, each_frame),
        ];
        kinds.into_iter().flat_map(|(kind, sums)| findings_of(kind, sums)).collect()
    }
}

fn findings_of(kind: FindingKind, sums: ByName) -> Vec<Finding> {
    let finding = |(what, (count, bytes))| Finding { kind, what, count, bytes };
    let mut findings: Vec<_> = sums.into_iter().map(finding).collect();
    findings.sort_by_key(|finding| core::cmp::Reverse(finding.bytes));
    findings.truncate(FINDINGS_MAX);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn living(label: &str, class: Class, bytes: u64, used_us: Option<u64>, frames_unused: u64) -> Living {
        Living { id: 1, realm: 0, class, label: label.into(), bytes, born_us: 0, used_us, frames_unused }
    }

    #[test]
    fn what_is_never_used_unused_collected_or_made_each_frame_is_found_and_nothing_else() {
        let mut habits = Habits::default();
        for frame in 0..100 {
            habits.made(0, "per frame", Class::Buffer, 256, frame);
            if frame % 3 == 0 {
                habits.made(0, "now and then", Class::Buffer, 256, frame);
            }
        }
        (0..100).for_each(|_| habits.made(0, "all in one frame", Class::Buffer, 64, 7));
        habits.collected("", Class::Texture, 1_000);
        habits.collected("", Class::Texture, 24);
        let all = [
            living("idle", Class::Buffer, 10, None, 59),
            living("idle", Class::Buffer, 20, None, 60),
            living("idle", Class::Texture, 30, None, 1_000),
            living("old", Class::Texture, 40, Some(1), 300),
            living("fresh", Class::Texture, 50, Some(1), 299),
            living("screen", Class::Canvas, 60, None, 1_000),
            living("heap", Class::WasmMemory, 70, None, 1_000),
        ];
        let found: Vec<_> = habits
            .findings(&all, |_| 99)
            .into_iter()
            .map(|finding| (finding.kind, finding.what, finding.count, finding.bytes))
            .collect();
        let expected = [
            (FindingKind::NeverUsed, "idle", 2, 50),
            (FindingKind::Unused, "old", 1, 40),
            (FindingKind::LeftToCollector, "unlabelled texture", 2, 1_024),
            (FindingKind::MadeEachFrame, "per frame", 100, 25_600),
        ];
        assert_eq!(found, expected.map(|(kind, what, count, bytes)| (kind, what.to_string(), count, bytes)));
    }

    #[test]
    fn a_page_of_many_makes_is_bounded() {
        let mut habits = Habits::default();
        for make in 0..10_000 {
            habits.made(0, "many", Class::Buffer, make, make);
            habits.collected(&format!("{make}"), Class::Buffer, make);
        }
        assert_eq!((habits.made.len(), habits.findings(&[], |_| 10_000).len()), (MADE_MAX, FINDINGS_MAX));
    }
}
