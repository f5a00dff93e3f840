//! The table of everything alive in a pool: filtered, sorted, as lines of text,
//! and as text for a spreadsheet.

use super::causes::asked_for;
use crate::selection::selected::Selection;
use arenascope_telemetry::pool_detail::ResourceRow;
use arenascope_units::owner::{Owner, Tag};
use arenascope_units::{Bytes, Micros};
use arenascope_workload::tags;
use core::cmp::Ordering;
use strum::{EnumCount, VariantArray};

/// A column of the table of what is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, VariantArray)]
pub enum Column {
    /// Its number in the pool.
    Id,
    /// Extents and format, usage.
    Kind,
    /// Who holds it, or held it last.
    Owner,
    /// In use, pending or idle.
    State,
    /// Bytes on the device.
    Size,
    /// Bytes that its holder asked for.
    Requested,
    /// Since its last acquire or release.
    Rested,
}

impl Column {
    /// Every column, from left to right.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The head of the column.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Id => "Number",
            Self::Kind => "What",
            Self::Owner => "Owner",
            Self::State => "State",
            Self::Size => "Size",
            Self::Requested => "Asked for",
            Self::Rested => "Last used",
        }
    }

    /// One sentence for a tooltip.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Id => "Its slot in the pool, and behind the point how often that was taken anew",
            Self::Kind => "Extents and format of textures, and the usage",
            Self::Owner => "Its holder, or its last one",
            Self::State => "In use, pending (released, the GPU may still read it) or idle (reusable)",
            Self::Size => "Bytes on the device, by our own accounting",
            Self::Requested => "Of them asked for by its holder; the rest is class rounding",
            Self::Rested => "Engine time since its last acquire or release",
        }
    }

    /// Whether it holds numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Id | Self::Size | Self::Requested | Self::Rested)
    }

    fn compare(self, a: &ResourceRow, b: &ResourceRow) -> Ordering {
        match self {
            Self::Id => a.id.cmp(&b.id),
            Self::Kind => (&a.texture, &a.usage).cmp(&(&b.texture, &b.usage)),
            Self::Owner => (a.category.index(), &a.tag).cmp(&(b.category.index(), &b.tag)),
            Self::State => a.state.cmp(&b.state),
            Self::Size => a.size_bytes.cmp(&b.size_bytes),
            Self::Requested => a.requested_bytes.cmp(&b.requested_bytes),
            // The longer it rests, the earlier it was used.
            Self::Rested => b.last_used_us.cmp(&a.last_used_us),
        }
    }
}

/// Which lines, in which order.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Words that must all occur in the line, in whatever case.
    pub filter: String,
    /// The column that lines are sorted by.
    pub by: Column,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Default for Choice {
    /// All lines, the largest resource first.
    fn default() -> Self {
        Self { filter: String::new(), by: Column::Size, descending: true }
    }
}

impl Choice {
    /// A click on a head: another column, or the other direction.
    pub fn toggle(&mut self, by: Column) {
        self.descending = if self.by == by { !self.descending } else { by.is_number() };
        self.by = by;
    }
}

/// The rows that are wanted, in order; equals by number. Of what all panels look at, whose
/// memory it is matters here. O(n log n).
pub fn chosen(rows: &[ResourceRow], choice: &Choice, selection: &Selection) -> Vec<ResourceRow> {
    let words: Vec<String> = choice.filter.split_whitespace().map(str::to_lowercase).collect();
    let mut rows: Vec<ResourceRow> =
        rows.iter().filter(|row| is_selected(row, selection) && matches(row, &words)).cloned().collect();
    rows.sort_by(|a, b| {
        let order = choice.by.compare(a, b);
        (if choice.descending { order.reverse() } else { order }).then(a.id.cmp(&b.id))
    });
    rows
}

fn is_selected(row: &ResourceRow, selection: &Selection) -> bool {
    // A tag that no scenario has is nobody's choice.
    let tag = tags::owner_of(&row.tag).map_or(Tag(u16::MAX), |owner| owner.tag);
    selection.has_owner(Owner::new(row.category, tag))
}

fn matches(row: &ResourceRow, words: &[String]) -> bool {
    let text = cells(row, 0).join(" ").to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

/// A row as text, in the order of [`Column::ALL`].
pub fn cells(row: &ResourceRow, now_us: u64) -> [String; 7] {
    [
        number_text(row.id),
        asked_for(row.texture.as_deref(), &row.usage),
        format!("{} · {}", row.category.label(), row.tag),
        row.state.replace('_', " "),
        Bytes::new(row.size_bytes).to_string(),
        row.requested_bytes.map_or_else(|| "–".into(), |bytes| Bytes::new(bytes).to_string()),
        Micros::new(now_us.saturating_sub(row.last_used_us)).to_string(),
    ]
}

/// The slot, and how often it was given to another since: `#12`, `#12.3`, as the
/// pool itself writes it.
fn number_text(id: u64) -> String {
    let (slot, generation) = (id & u64::from(u32::MAX), id >> 32);
    if generation == 0 { format!("#{slot}") } else { format!("#{slot}.{generation}") }
}

/// Tab-separated, exact numbers, with a head: for a spreadsheet.
pub fn copied(rows: &[ResourceRow]) -> String {
    let mut text = "id\twhat\tcategory\ttag\tstate\tsize_bytes\trequested_bytes\tlast_used_us\n".to_owned();
    for row in rows {
        let what = asked_for(row.texture.as_deref(), &row.usage);
        let requested = row.requested_bytes.map_or_else(String::new, |bytes| bytes.to_string());
        let numbers = format!("{}\t{requested}\t{}", row.size_bytes, row.last_used_us);
        text += &format!("{}\t{what}\t{}\t{}\t{}\t{numbers}\n", row.id, row.category.key(), row.tag, row.state);
    }
    text
}

/// The lines to build of a long table: those on screen and a margin, so that a
/// scroll of a screen finds them there.
pub fn window(lines: usize, line_px: f64, scrolled_px: f64, height_px: f64) -> core::ops::Range<usize> {
    const MARGIN: usize = 12;
    let first = (scrolled_px.max(0.0) / line_px) as usize;
    let shown = (height_px.max(0.0) / line_px).ceil() as usize + 1;
    first.saturating_sub(MARGIN).min(lines)..(first + shown + MARGIN).min(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::owner::MemoryCategory;

    fn row(id: u64, tag: &str, state: &str, size_bytes: u64) -> ResourceRow {
        ResourceRow {
            id,
            texture: (id == 2).then(|| "64 × 64 rgba8unorm".into()),
            usage: "storage".into(),
            state: state.into(),
            category: MemoryCategory::GPU_BUFFERS,
            tag: tag.into(),
            size_bytes,
            requested_bytes: Some(size_bytes - 1),
            last_used_us: id * 1000,
        }
    }

    fn rows() -> Vec<ResourceRow> {
        vec![row(1, "mesh", "idle", 64), row(2, "sky", "in_use", 4096), row(3, "mesh", "in_use", 64)]
    }

    fn order(filter: &str, by: Column, descending: bool) -> Vec<u64> {
        let choice = Choice { filter: filter.into(), by, descending };
        chosen(&rows(), &choice, &Selection::default()).iter().map(|row| row.id).collect()
    }

    #[test]
    fn rows_are_sorted_by_any_column_and_stay_where_they_are() {
        assert_eq!(order("", Column::Size, true), [2, 1, 3]);
        assert_eq!(order("", Column::Size, false), [1, 3, 2]);
        assert_eq!(order("", Column::Rested, true), [1, 2, 3]);
        assert_eq!(order("", Column::Kind, false), [1, 3, 2]);
        let mut choice = Choice::default();
        choice.toggle(Column::Size);
        assert_eq!((choice.by, choice.descending), (Column::Size, false));
        choice.toggle(Column::Owner);
        assert_eq!((choice.by, choice.descending), (Column::Owner, false));
    }

    #[test]
    fn every_word_of_a_filter_must_occur() {
        assert_eq!(order("MESH", Column::Id, false), [1, 3]);
        assert_eq!(order("mesh in use", Column::Id, false), [3]);
        assert_eq!(order("rgba8", Column::Id, false), [2]);
        assert_eq!(order("nobody", Column::Id, false), [] as [u64; 0]);
    }

    #[test]
    fn only_what_all_panels_look_at_is_listed() {
        let rows = [row(1, "scene/mesh", "idle", 64), row(2, "frame/uniforms", "idle", 64)];
        let ids = |selection: &Selection| {
            chosen(&rows, &Choice::default(), selection).iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let mut selection = Selection::default();
        assert_eq!(ids(&selection), [1, 2]);
        selection.toggle_tag(tags::UNIFORMS.tag);
        assert_eq!(ids(&selection), [2]);
        selection.toggle_category(MemoryCategory::GPU_TEXTURES);
        assert_eq!(ids(&selection), [] as [u64; 0]);
    }

    #[test]
    fn what_is_copied_is_exact() {
        let text = copied(&rows()[1..2]);
        let line = "2\t64 × 64 rgba8unorm storage\tgpu_buffers\tsky\tin_use\t4096\t4095\t2000";
        assert_eq!(text.lines().nth(1), Some(line));
        let again = cells(&row((3 << 32) | 12, "mesh", "idle", 64), 0);
        assert_eq!((again[0].as_str(), cells(&rows()[1], 0)[0].as_str()), ("#12.3", "#2"));
        assert_eq!(cells(&rows()[0], 5_000)[4..], ["64 B", "63 B", "4.0 ms"]);
    }

    #[test]
    fn only_what_is_near_the_screen_is_built() {
        assert_eq!(window(10, 24.0, 0.0, 240.0), 0..10);
        assert_eq!(window(10_000, 24.0, 24_000.0, 240.0), 988..1023);
        assert_eq!(window(5, 24.0, 1e9, 240.0), 5..5);
        assert_eq!(window(0, 24.0, -3.0, 0.0), 0..0);
    }
}
