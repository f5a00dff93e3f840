//! The selection in words: whose memory, when and where.

use super::selected::Selection;
use crate::map::text::moment;
use crate::run::names::Names;

/// What is selected for all panels: `GPU buffers, scene/mesh · 1.2 s–3.4 s`; `None` where
/// everything is.
pub fn selection_text(selection: &Selection, names: &Names) -> Option<String> {
    let Selection { categories, tags, time_us, addresses, .. } = selection;
    let owners =
        categories.iter().map(|category| names.category(*category)).chain(tags.iter().map(|tag| names.tag(*tag)));
    let owners = owners.collect::<Vec<_>>().join(", ");
    let span = time_us.as_ref().map(|span| format!("{}–{}", moment(span.start), moment(span.end)));
    let parts = [
        Some(owners).filter(|owners| !owners.is_empty()),
        span,
        addresses.clone().map(|range| names.address_range(range)),
    ];
    let words = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    selection.is_narrowed().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::owner::MemoryCategory;
    use arenascope_workload::tags;

    #[test]
    fn every_part_of_a_selection_is_said() {
        assert_eq!(selection_text(&Selection::default(), &Names::engine()), None);
        assert_eq!(
            selection_text(&Selection { moment: Some(7), ..Selection::default() }, &Names::engine()),
            None,
            "when, not what"
        );
        let mut selection = Selection { time_us: Some(1_000_000..2_500_000), ..Selection::default() };
        assert_eq!(selection_text(&selection, &Names::engine()).unwrap(), "1.000 s–2.500 s");
        selection.toggle_category(MemoryCategory::GPU_BUFFERS);
        selection.toggle_tag(tags::SCENE_MESH.tag);
        selection.addresses = Some(0x120_4000..0x121_4000);
        let expected = "GPU buffers, scene/mesh · 1.000 s–2.500 s · 0x0120 4000–0x0121 4000";
        assert_eq!(selection_text(&selection, &Names::engine()).unwrap(), expected);
    }
}
