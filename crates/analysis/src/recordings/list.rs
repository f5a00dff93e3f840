//! The recordings in the browser's storage, as lines of a table.

use crate::run::labels::run_name;
use crate::snapshots::run::{unix_ms, utc_text};
use arenascope_session::command::RecordingEntry;
use arenascope_units::{Bytes, Micros};

/// A recording in the browser's storage, as a line of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecordingLine {
    /// The file's name, by which it is opened and deleted.
    pub name: String,
    /// When its run began, UTC, for people: `2026-11-22 23:10:05`; where the file does not
    /// say it, when the file was named; the name itself where that tells no time.
    pub begun: String,
    /// Its run: `Game loop, seed 7, First fit`; a dash where the file does not say it.
    pub run: String,
    /// How long the run is; a dash where the file has no end.
    pub length: String,
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
    let unknown = || "–".to_owned();
    let said_ms = entry.manifest.as_ref().and_then(|manifest| i64::try_from(manifest.begun_ms?).ok());
    RecordingLine {
        begun: said_ms.or_else(|| named_ms(&entry.name)).map_or_else(|| entry.name.clone(), utc_text),
        length: entry.length_us.map_or_else(unknown, |us| Micros::new(us).to_string()),
        run: entry.manifest.map_or_else(unknown, |manifest| run_name(&manifest.config)),
        size: entry.bytes.map_or_else(unknown, |bytes| Bytes::new(bytes).to_string()),
        events: entry.events,
        name: entry.name,
    }
}

/// The time in a name like `2026-11-22T23-10-05-123Z.asrec`, ms since 1970.
fn named_ms(name: &str) -> Option<i64> {
    let (date, rest) = name.split_once('T')?;
    let (time, ms) = (rest.get(..8)?, rest.get(9..12)?);
    unix_ms(&format!("{date}T{}.{ms}Z", time.replace('-', ":")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_session::config::RunConfig;
    use arenascope_session::manifest::Manifest;

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
        assert_eq!(named_ms("T"), None);
        assert_eq!(named_ms("2026-11-22Té"), None);
    }

    #[test]
    fn a_run_that_was_kept_later_says_when_it_began_and_what_it_is() {
        let config = RunConfig { seed: 7, ..RunConfig::default() };
        let entry = RecordingEntry {
            name: "2026-11-23T01-00-00-000Z.asrec".into(),
            bytes: Some(1),
            events: Some(3),
            length_us: Some(90_000_000),
            manifest: Some(Manifest::of(&config, Some(0))),
        };
        let older = r#"{"name":"2026-11-22T01-00-00-000Z.asrec","bytes":1}"#;
        let lines = lines(&format!("[{older},{}]", serde_json::to_string(&entry).unwrap()));
        let told: Vec<_> =
            lines.iter().map(|line| (line.begun.as_str(), line.run.as_str(), line.length.as_str())).collect();
        let name = run_name(&config);
        assert!(name.contains("seed 7"), "{name}");
        let expected = [("1970-01-01 00:00:00", name.as_str(), "90.0 s"), ("2026-11-22 01:00:00", "–", "–")];
        assert_eq!(told, expected);
    }
}
