//! Words that describe events: `fragmented mesh` is every event in which both occur,
//! in the name of its operation, category, tag, thread or cause.

use super::text::{category_of, detail_text, op_label, thread_label};
use crate::run::names::Names;
use arenascope_recording::{CORRECTED, INFERRED, Kind};
use arenascope_telemetry::event::{Op, Role, THREADS};
use arenascope_units::owner::Tag;
use std::collections::BTreeSet;

/// All of these words; none describe everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<Word>);

/// Where a word occurs: looked up once, not for each event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Word {
    ops: u32,
    categories: u16,
    threads: u16,
    tags: BTreeSet<Tag>,
    causes: BTreeSet<(Op, u8)>,
}

impl Words {
    /// The words of a text, whatever their case, in a run with these names.
    pub fn of(text: &str, names: &Names) -> Self {
        Self(text.split_whitespace().map(|word| Word::of(&word.to_lowercase(), names)).collect())
    }

    /// Whether events of a kind are described by every word.
    pub fn describe(&self, kind: Kind) -> bool {
        self.0.iter().all(|word| word.describes(kind))
    }
}

impl Word {
    fn of(word: &str, names: &Names) -> Self {
        let occurs = |text: &str| text.to_lowercase().contains(word);
        let mut found = Self::default();
        for op in Op::ALL.into_iter().filter(|op| occurs(op_label(*op)) || occurs(op.key())) {
            found.ops |= 1 << op.index();
        }
        for category in names.categories().filter(|category| occurs(names.category(*category))) {
            found.categories |= 1 << category.index();
        }
        for thread in (0..THREADS as u8).filter(|thread| occurs(&thread_label(*thread, names))) {
            found.threads |= 1 << thread;
        }
        found.tags = names.tags().filter(|(_, name)| occurs(name)).map(|(tag, _)| tag).collect();
        let details = Op::ALL.into_iter().flat_map(|op| (0..=u8::MAX).map(move |detail| (op, detail)));
        found.causes = details.filter(|(op, detail)| occurs(cause_of(*op, *detail))).collect();
        found
    }

    fn describes(&self, kind: Kind) -> bool {
        self.ops & 1 << kind.op().index() != 0
            || self.threads & 1 << kind.thread() != 0
            || category_of(kind).is_some_and(|category| self.categories & 1 << category.index() != 0)
            || category_of(kind).is_some() && self.tags.contains(&kind.owner().tag)
            || self.causes.contains(&(kind.op(), kind.detail()))
    }
}

/// As [`super::text::cause`], from the parts of a kind.
fn cause_of(op: Op, detail: u8) -> &'static str {
    match (op.role(), detail) {
        (Role::Ends(_), INFERRED) => "not seen",
        (Role::Ends(_), CORRECTED) => "put right",
        _ => detail_text(op, detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Reader, Recorder};
    use arenascope_telemetry::event::{Event, FailureReason};
    use arenascope_workload::tags;

    /// The numbers of the events that a text describes.
    fn described(text: &str) -> Vec<u64> {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        let failure =
            |thread, owner, failure| Event { thread, owner, detail: failure as u8, ..Event::note(1, Op::ArenaFailure) };
        recorder.take(failure(0, tags::SCENE_MESH, FailureReason::Fragmented));
        recorder.take(failure(3, tags::SCENE_MESH, FailureReason::Full));
        recorder.take(failure(0, tags::ENTITY, FailureReason::Fragmented));
        recorder.take(Event::note(2, Op::Submit));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let words = Words::of(text, &Names::engine());
        reader.scan(0..9, |kind| words.describe(kind)).collect()
    }

    #[test]
    fn every_word_must_occur_somewhere() {
        assert_eq!(described("fragmented"), [0, 2]);
        assert_eq!(described("  Fragmented MESH "), [0]);
        assert_eq!(described("mesh"), [0, 1]);
        assert_eq!(described("mutator"), [1]);
        assert_eq!(described("ecs"), [2]);
        assert_eq!(described("arena_failure"), [0, 1, 2]);
        assert_eq!(described("submit"), [3]);
        assert!(described("temporary").is_empty(), "what concerns nobody is nobody's category");
        assert!(described("nonsense").is_empty());
        assert_eq!(described(""), [0, 1, 2, 3]);
    }
}
