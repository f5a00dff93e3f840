//! Why there is no graph, in words.

use super::graph::Graph;
use super::measure::Counted;
use super::tree::FrameNode;
use arenascope_recording::Tables;
use arenascope_trace::CannotTell;

/// Why a run has no graph at all; `None` where it has call stacks. `tables` are of a run
/// that others recorded.
pub fn of_run(tables: Option<&Tables>, is_reading: bool) -> Option<String> {
    let Some(tables) = tables else {
        let text = "The engine of this page records tags, not call stacks: open a recording that has them.";
        return Some(text.into());
    };
    if !tables.stacks.is_empty() {
        return None;
    }
    if is_reading {
        return Some("The file is being read: its call stacks are shown once it is.".into());
    }
    let words = tables.manifest.cannot_tell.get(&CannotTell::Stacks);
    Some(words.map_or_else(|| "This recording has no call stacks.".into(), |words| format!("No call stacks: {words}.")))
}

/// Why a graph is empty; `None` where it is not, or not there yet.
pub fn of_graph(graph: &Graph) -> Option<&'static str> {
    let tree = graph.tree()?;
    let is_empty = tree.weight(FrameNode::ROOT) == 0;
    is_empty.then_some(match tree.measure().counted() {
        Counted::Live => "Nothing is alive at this moment.",
        Counted::Allocated => "Nothing was allocated in this time.",
        Counted::Lived => "Nothing that was allocated in this time has lived until this moment.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::{Frame, Manifest};

    #[test]
    fn a_run_without_stacks_says_why() {
        let mut tables = Tables { manifest: Manifest::of("test", "Test"), ..Tables::default() };
        assert!(of_run(None, false).unwrap().contains("records tags, not call stacks"));
        assert!(of_run(Some(&tables), true).unwrap().contains("being read"));
        assert_eq!(of_run(Some(&tables), false).unwrap(), "This recording has no call stacks.");
        tables.manifest.lacks(CannotTell::Stacks, "the file lists sizes alone");
        assert_eq!(of_run(Some(&tables), false).unwrap(), "No call stacks: the file lists sizes alone.");
        let main = tables.stacks.intern(Frame { function: "main".into(), ..Frame::default() });
        tables.stacks.stack([main]);
        assert_eq!(of_run(Some(&tables), true), None);
    }
}
