//! What is to be known of a file: who recorded it, where its memory lies, and how much there
//! is of it.

use crate::numbers::text::count;
use crate::run::names::Names;
use crate::snapshots::run::utc_text;
use crate::timeline::ticks::moment_at;
use arenascope_recording::{Cursor, EventSeries, Metric, Reader};
use arenascope_telemetry::event::Op;
use arenascope_trace::{Manifest, Space};
use arenascope_units::Bytes;
use arenascope_units::owner::Heap;

/// How much there is of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSize {
    /// Events, but for the one that begins it.
    pub events: u64,
    /// Allocations.
    pub allocations: u64,
    /// The most that was live at once, of each heap that ever held anything; and that was
    /// reserved.
    pub peaks: Vec<Peak>,
}

/// The most that was live at once in a heap, or reserved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peak {
    /// The heap's name, or `reserved`.
    pub heap: String,
    /// How much.
    pub bytes: Bytes,
    /// When, for people.
    pub time: String,
    /// The position in the recording at which it was reached.
    pub position: u64,
}

impl RunSize {
    /// Of the newest run, which has these names. O(log events), and a seek to its end.
    pub fn of(reader: &Reader<'_>, series: &EventSeries, names: &Names) -> Self {
        let run = reader.run();
        let mut cursor = Cursor::new();
        let allocated = cursor
            .seek(reader, run.end)
            .map_or(0, |state| [Op::ArenaAllocate, Op::Allocate].map(|op| state.standing.count(op)).iter().sum());
        let metrics = [
            (names.heap(Heap::Arena), Metric::ArenaBytes),
            (names.heap(Heap::Device), Metric::DeviceBytes),
            ("reserved", Metric::ReservedBytes),
        ];
        let peak = |(heap, metric): (&str, Metric)| {
            let event = series.peak(reader, metric, run.clone())?;
            let bytes = Bytes::new(reader.metric(metric, event + 1)?);
            let time = moment_at(reader.time_us(event)?, names);
            (bytes.get() > 0).then(|| Peak { heap: heap.into(), bytes, time, position: event + 1 })
        };
        Self {
            events: (run.end - run.start).saturating_sub(1),
            allocations: allocated,
            peaks: metrics.into_iter().filter_map(peak).collect(),
        }
    }
}

/// Names and values, in order: only what the file says.
pub fn lines(manifest: &Manifest, size: &RunSize) -> Vec<(&'static str, String)> {
    let source = &manifest.source;
    let begun = source.begun_ms.and_then(|ms| i64::try_from(ms).ok()).map(|ms| format!("{} UTC", utc_text(ms)));
    let said = [
        ("Format", Some(source.label.clone())),
        ("Version", source.version.clone()),
        ("Tool", source.tool.clone()),
        ("Subject", source.subject.clone()),
        ("Host", source.host.clone()),
        ("Begun", begun),
        ("Events", Some(count(size.events))),
        ("Allocations", Some(count(size.allocations))),
    ];
    said.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect()
}

/// An address space: how much it can hold, and whether its events say where.
pub fn space_text(space: &Space) -> String {
    let capacity =
        space.capacity_bytes.map_or_else(|| "capacity not told".into(), |bytes| Bytes::new(bytes).to_string());
    format!("{capacity} · {}", if space.has_addresses { "addresses" } else { "no addresses" })
}

/// What is live at once and where, at the moment of a peak: `12.0 MiB at 1.500000 s`.
pub fn peak_text(peak: &Peak) -> String {
    format!("{} at {}", peak.bytes, peak.time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::Event;
    use arenascope_trace::CannotTell;

    #[test]
    fn a_file_says_how_much_there_is_of_it_and_when_most_was_live() {
        let mut manifest = Manifest::of("test", "Test format");
        manifest.category("Heap");
        manifest.lacks(CannotTell::Times, "no times");
        manifest.source.tool = Some("a tool".into());
        manifest.source.begun_ms = Some(0);
        let names = Names::of(&manifest, [].into());
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) });
        let event = |time_us, op, id, size_bytes| Event {
            id,
            size_bytes,
            offset_bytes: 4_096 * id,
            ..Event::note(time_us, op)
        };
        recorder.take(event(1, Op::ArenaAllocate, 1, 2_048));
        recorder.take(event(2, Op::ArenaAllocate, 2, 1_024));
        recorder.take(event(3, Op::ArenaFree, 1, 2_048));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut series = EventSeries::new();
        series.update(&reader);
        let size = RunSize::of(&reader, &series, &names);
        assert_eq!((size.events, size.allocations, size.peaks.len()), (3, 2, 1));
        assert_eq!((peak_text(&size.peaks[0]).as_str(), size.peaks[0].position), ("3.0 KiB at operation 2", 3));
        let expected = [
            ("Format", "Test format"),
            ("Tool", "a tool"),
            ("Begun", "1970-01-01 00:00:00 UTC"),
            ("Events", "3"),
            ("Allocations", "2"),
        ];
        assert_eq!(lines(&manifest, &size), expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_space_says_what_it_holds_and_whether_it_has_addresses() {
        let space = Space { has_addresses: true, capacity_bytes: Some(1 << 20), ..Space::default() };
        assert_eq!(space_text(&space), "1.0 MiB · addresses");
        assert_eq!(space_text(&Space::default()), "capacity not told · no addresses");
    }
}
