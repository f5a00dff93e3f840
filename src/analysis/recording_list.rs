//! The recordings in the browser's storage, as lines of a table.

use crate::session::command::RecordingEntry;
use crate::units::Bytes;

/// One recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecordingLine {
    /// The file's name.
    pub name: String,
    /// When it began, UTC, for people: `2026-11-22 23:10:05`; the name itself where it
    /// says no time.
    pub begun: String,
    /// The file's size; a dash where another tab writes it.
    pub size: String,
    /// Events in it, where that is known without reading it.
    pub events: Option<u64>,
}

/// The lines of a JSON list of entries, the newest first; none where the text is none.
pub fn lines(text: &str) -> Vec<RecordingLine> {
    let mut entries: Vec<RecordingEntry> = serde_json::from_str(text).unwrap_or_default();
    // Names begin with the time.
    entries.sort_by(|a, b| b.name.cmp(&a.name));
    entries.into_iter().map(line).collect()
}

fn line(entry: RecordingEntry) -> RecordingLine {
    RecordingLine {
        begun: begun(&entry.name).unwrap_or_else(|| entry.name.clone()),
        size: entry.bytes.map_or_else(|| "–".into(), |bytes| Bytes::new(bytes).to_string()),
        events: entry.events,
        name: entry.name,
    }
}

/// The time in a name like `2026-11-22T23-10-05-123Z.asrec`.
fn begun(name: &str) -> Option<String> {
    let (date, rest) = name.split_once('T')?;
    let time = rest.get(..8).filter(|_| date.len() == 10)?;
    Some(format!("{date} {}", time.replace('-', ":")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_says_when_it_began() {
        let text = r#"[{"name":"2026-11-22T23-10-05-123Z.asrec","bytes":2048,"events":7},
            {"name":"2026-11-23T01-00-00-000Z.asrec","bytes":null},{"name":"mine.asrec","bytes":1}]"#;
        let told: Vec<_> = lines(text).into_iter().map(|line| (line.begun, line.size, line.events)).collect();
        let expected = [
            ("mine.asrec".into(), "1 B".into(), None),
            ("2026-11-23 01:00:00".into(), "–".into(), None),
            ("2026-11-22 23:10:05".into(), "2.0 KiB".to_string(), Some(7)),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_no_list_has_no_lines() {
        for text in ["", "{}", "[1]", "[{\"name\":3}]"] {
            assert_eq!(lines(text), []);
        }
        assert_eq!(begun("T"), None);
        assert_eq!(begun("2026-11-22Té"), None);
    }
}
