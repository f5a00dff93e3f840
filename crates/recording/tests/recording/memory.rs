//! What the recording takes, and that it does not grow.

use crate::program::{Mix, events};
use arenascope_recording::{CHUNK, EventLog, Limits, LogFigures, Reader, Recorder, WhenFull};
use arenascope_telemetry::Shared;

const MIX: Mix = Mix { alive: 300, resets: 0, runs: 0 };

/// A run of 120 chunks at a cap that holds six: once full, nothing grows.
#[test]
fn a_capped_recording_takes_no_more_after_a_hundred_chunks_than_after_ten() {
    let (log, shared) = (EventLog::new(Limits { bytes: 2_500_000, when_full: WhenFull::DropOldest }), Shared::new());
    let mut recorder = Recorder::new(&log);
    let mut ring = shared.events.open().unwrap();
    let (empty, mut most_early, mut most_late) = (shared.bytes(), 0, 0);
    let events = events(11, 120 * CHUNK as usize, MIX);
    for (number, part) in events.chunks(8_000).enumerate() {
        part.iter().for_each(|event| ring.push(*event).unwrap());
        ring.flush(part.last().unwrap().time_us);
        recorder.round(&shared);
        let most = if number < 40 { &mut most_early } else { &mut most_late };
        *most = log.bytes().max(*most);
        // The profiler's own memory is known with the recording's.
        assert_eq!(shared.bytes(), empty + log.bytes());
    }
    assert!(log.figures().dropped > 100 * CHUNK);
    assert!(most_late <= most_early + 4_096, "{most_early} bytes became {most_late}");
    let LogFigures { bytes, recorder_bytes, held_bytes, .. } = log.figures();
    assert!(log.bytes() >= bytes + recorder_bytes && held_bytes == 0 && recorder_bytes == recorder.bytes());
}

/// A page in a hidden tab looks rarely: what it holds of dropped chunks is told, and gone
/// when it looks.
#[test]
fn dropped_chunks_that_a_reader_holds_are_told_until_it_looks() {
    let log = EventLog::new(Limits { bytes: 2_000_000, when_full: WhenFull::DropOldest });
    let (mut recorder, mut reader) = (Recorder::new(&log), Reader::new(&log));
    let events = events(12, 20 * CHUNK as usize, MIX);
    let (seen, unseen) = events.split_at(5 * CHUNK as usize);
    seen.iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    reader.refresh();
    unseen.iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    let LogFigures { bytes, held_bytes, dropped, .. } = log.figures();
    assert!(dropped >= 10 * CHUNK && held_bytes > 1_000_000, "{held_bytes} bytes of {dropped} events");
    assert!(log.bytes() > bytes + held_bytes);
    reader.refresh();
    recorder.publish();
    assert_eq!(log.figures().held_bytes, 0);
}
