//! The selection in words: whose memory, when and where.

use super::map_words::{address_range, moment};
use super::selection::Selection;
use crate::workload::tags;

/// What is selected for all panels: `GPU buffers, scene/mesh · 1.2 s–3.4 s`; `None` where
/// everything is.
pub fn selection_words(selection: &Selection) -> Option<String> {
    let Selection { categories, tags, time_us, addresses, .. } = selection;
    let owners = categories.iter().map(|category| category.label()).chain(tags.iter().map(|tag| tags::name(*tag)));
    let owners = owners.collect::<Vec<_>>().join(", ");
    let span = time_us.as_ref().map(|span| format!("{}–{}", moment(span.start), moment(span.end)));
    let parts = [Some(owners).filter(|owners| !owners.is_empty()), span, addresses.clone().map(address_range)];
    let words = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    selection.is_narrowed().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::MemoryCategory;

    #[test]
    fn every_part_of_a_selection_is_said() {
        assert_eq!(selection_words(&Selection::default()), None);
        assert_eq!(selection_words(&Selection { moment: Some(7), ..Selection::default() }), None, "when, not what");
        let mut selection = Selection { time_us: Some(1_000_000..2_500_000), ..Selection::default() };
        assert_eq!(selection_words(&selection).unwrap(), "1.000 s–2.500 s");
        selection.toggle_category(MemoryCategory::GpuBuffers);
        selection.toggle_tag(tags::SCENE_MESH.tag);
        selection.addresses = Some(0x120_4000..0x121_4000);
        let expected = "GPU buffers, scene/mesh · 1.000 s–2.500 s · 0x0120 4000–0x0121 4000";
        assert_eq!(selection_words(&selection).unwrap(), expected);
    }
}
