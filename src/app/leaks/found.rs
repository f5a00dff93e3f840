//! Whom the searches of a run suspect, for the Leaks panel's tab.

use crate::analysis::leaks::growth_text::FindingLine;

/// Who takes and does not give back, as it was found last in this run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Each with the event by which something was taken that is still held.
    pub suspects: Vec<(String, u64)>,
}

impl Found {
    pub(super) fn of(lines: &[FindingLine]) -> Self {
        let suspects = lines.iter().filter(|line| line.is_suspect);
        Self { suspects: suspects.filter_map(|line| Some((line.tag.clone(), *line.examples.first()?))).collect() }
    }

    /// In a few words; `None` where nobody is suspected.
    pub fn words(&self) -> Option<String> {
        let names: Vec<&str> = self.suspects.iter().map(|(tag, _)| tag.as_str()).collect();
        (!names.is_empty()).then(|| format!("Grows without release: {}", names.join(", ")))
    }
}
