//! Where lives overlap: the sections of time that tell buffers apart.
//!
//! A section is a stretch of time in which a largest set of buffers lives: it ends where one
//! of them does, after others began. What holds in every section holds at every time.

use super::instance::Instance;

/// The sections of an instance.
#[derive(Debug)]
pub(super) struct Sections {
    /// By section: which buffers live in it.
    pub(super) members: Vec<Vec<u32>>,
    /// By buffer: its first section, and one past its last.
    pub(super) ranges: Vec<(u32, u32)>,
    /// By buffer: which others live at some time that it lives.
    pub(super) overlaps: Vec<Vec<u32>>,
}

impl Sections {
    /// O(sections × what lives in them + overlaps).
    pub(super) fn of(instance: &Instance) -> Self {
        let count = instance.buffers.len();
        let mut sweep =
            Sweep { living: Vec::new(), members: Vec::new(), ranges: vec![(0, 0); count], has_begun: false };
        let mut points: Vec<(u32, bool, u32)> = Vec::with_capacity(2 * count);
        for (number, buffer) in instance.buffers.iter().enumerate() {
            points.push((buffer.start, true, number as u32));
            points.push((buffer.end, false, number as u32));
        }
        // At one time ends come first: what ends then does not live beside what begins.
        points.sort_unstable();
        for (_, begins, number) in points {
            if begins { sweep.begin(number) } else { sweep.end(number) }
        }
        let Sweep { members, ranges, .. } = sweep;
        let overlaps = overlaps(&members, count);
        Self { members, ranges, overlaps }
    }
}

struct Sweep {
    living: Vec<u32>,
    members: Vec<Vec<u32>>,
    ranges: Vec<(u32, u32)>,
    /// Whether something began since the last section was closed.
    has_begun: bool,
}

impl Sweep {
    fn begin(&mut self, number: u32) {
        self.ranges[number as usize].0 = self.members.len() as u32;
        self.living.push(number);
        self.has_begun = true;
    }

    fn end(&mut self, number: u32) {
        if core::mem::replace(&mut self.has_begun, false) {
            self.members.push(self.living.clone());
        }
        self.living.retain(|living| *living != number);
        self.ranges[number as usize].1 = self.members.len() as u32;
    }
}

fn overlaps(members: &[Vec<u32>], count: usize) -> Vec<Vec<u32>> {
    let mut overlaps: Vec<Vec<u32>> = vec![Vec::new(); count];
    for living in members {
        for &one in living {
            overlaps[one as usize].extend(living.iter().filter(|other| **other != one));
        }
    }
    for others in &mut overlaps {
        others.sort_unstable();
        others.dedup();
    }
    overlaps
}

#[cfg(test)]
mod tests {
    use super::super::instance::made::instances;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn overlaps_are_those_of_the_lives(instance in instances(40)) {
            let sections = Sections::of(&instance);
            for (one, buffer) in instance.buffers.iter().enumerate() {
                let expected: Vec<u32> = (0..instance.buffers.len())
                    .filter(|other| *other != one && instance.buffers[*other].overlaps(buffer))
                    .map(|other| other as u32)
                    .collect();
                prop_assert_eq!(&sections.overlaps[one], &expected);
                let (from, until) = sections.ranges[one];
                let lives = |section: &Vec<u32>| section.contains(&(one as u32));
                prop_assert!(from < until && sections.members[from as usize..until as usize].iter().all(lives));
            }
        }
    }
}
