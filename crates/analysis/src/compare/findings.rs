//! What deserves a look in a run: what its recorder found, and who takes memory and does not
//! give it back.

use super::side::{ByKey, FindingKey, Had};
use super::watched::Watch;
use crate::leaks::search::LeakSearch;
use crate::recordings::flow::Counted;
use crate::recordings::flow_index::FlowIndex;
use crate::run::names::Names;
use arenascope_recording::Reader;
use arenascope_trace::{Manifest, Stopped};
use core::ops::Range;
use std::collections::BTreeMap;

/// Who grows is looked for among so many owners; among more, every event would cost too much.
const OWNERS_MAX: usize = 2_048;
/// What is said of those who grow.
const GROWS: &str = "grows without release";

/// The findings up to a moment; `owners` are as many as there are. O(events).
///
/// # Errors
/// [`Stopped`] where nobody wants them any more.
pub(super) fn findings(
    (reader, names): (&Reader<'_>, &Names),
    manifest: &Manifest,
    range: Range<u64>,
    owners: usize,
    watch: &mut Watch<'_>,
) -> Result<Had<ByKey<FindingKey>>, Stopped> {
    if owners > OWNERS_MAX {
        return Ok(Err(format!("growth is not looked for among {owners} owners: {OWNERS_MAX} are the most")));
    }
    let mut found: BTreeMap<FindingKey, (u64, u64)> = BTreeMap::new();
    let mut note = |finding: &str, what: &str, bytes: u64, count: u64| {
        let entry = found.entry(FindingKey { finding: finding.into(), what: what.into() }).or_default();
        *entry = (entry.0.saturating_add(bytes), entry.1.saturating_add(count));
    };
    for finding in &manifest.findings {
        note(finding.kind.label(), &finding.what, finding.bytes, finding.count);
    }
    if let Some(mut search) = LeakSearch::of_run(reader, range) {
        let flows = FlowIndex::new(Counted::Held);
        loop {
            watch.ask()?;
            match search.step(reader, &flows) {
                Ok(false) => {}
                Ok(true) => break,
                Err(not_kept) => return Ok(Err(not_kept.to_string())),
            }
        }
        for finding in search.findings().iter().filter(|finding| finding.is_suspect()) {
            let owner = finding.owner;
            let held = finding.held_at[2];
            let what = format!("{} · {}", names.category(owner.category), names.tag(owner.tag));
            note(GROWS, &what, held.bytes, held.count);
        }
    }
    Ok(Ok(found.into_iter().map(|(key, (bytes, count))| (key, bytes, count)).collect()))
}
