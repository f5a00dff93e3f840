//! What is written beside events where the timeline is zoomed in so far that there is room:
//! whose memory it is, or what happened where it is nobody's.

use super::tracks::{PixelScale, Track};
use crate::events::text::{op_label, tag_label};
use crate::run::names::Names;
use arenascope_recording::Reader;
use core::ops::Range;

/// More events on screen have no room for names: the rest is not looked at.
const EVENTS_MAX: u64 = 400;
/// Between where an event begins and its name, and between a name and the next mark, CSS pixels.
const GAP: f64 = 3.0;
/// The narrowest name worth writing, CSS pixels.
const LEAST: f64 = 28.0;

/// A name on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The row of its thread.
    pub track: usize,
    /// Where it begins, pixels.
    pub x: f64,
    /// How wide it may be, pixels.
    pub room: f64,
    /// What is written.
    pub text: String,
}

/// The names of the events in `events`, of a run that has the names `run`; their places on
/// the axis `place` tells; `ratio` is pixels per CSS pixel. None while there are many events on screen. O(events).
pub fn names(
    (reader, run): (&Reader<'_>, &Names),
    events: Range<u64>,
    tracks: &[Track],
    scale: PixelScale,
    ratio: f64,
    place: impl Fn(u64) -> Option<f64>,
) -> Vec<Name> {
    if events.end - events.start.min(events.end) > EVENTS_MAX {
        return Vec::new();
    }
    let mut names: Vec<Name> = Vec::new();
    // From the right: how far a name may go is known from the event after it.
    let mut ends = vec![f64::from(scale.width); tracks.len()];
    for index in events.rev() {
        let Some((kind, at)) = reader.kind(index).zip(place(index)) else { continue };
        let Some(track) = tracks.iter().position(|track| *track == Track::Thread(kind.thread())) else { continue };
        let mark = scale.x(at);
        let x = mark + GAP * ratio;
        let room = ends[track] - GAP * ratio - x;
        if mark >= 0.0 && room >= LEAST * ratio {
            let tag = tag_label(kind, run);
            let text = if tag.is_empty() { op_label(kind.op()) } else { tag };
            names.push(Name { track, x, room, text: text.into() });
        }
        ends[track] = mark;
    }
    names.reverse();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::window::TimeSpan;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_workload::tags;

    /// Allocations of scene meshes at these times, by the engine.
    fn on_screen(times: &[u64], width: u32) -> Vec<(f64, f64, String)> {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event::note(0, Op::RunStart));
        for (id, time_us) in (1..).zip(times) {
            let event = Event { id, size_bytes: 64, offset_bytes: 64 * id, ..Event::note(*time_us, Op::ArenaAllocate) };
            recorder.take(Event { owner: tags::SCENE_MESH, ..event });
        }
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let scale = PixelScale { span: TimeSpan { start_us: 0.0, end_us: 100.0 }, width };
        let tracks = [Track::Thread(0)];
        let place = |event| reader.time_us(event).map(|time_us| time_us as f64);
        let names = names((&reader, &Names::engine()), 1..reader.events().end, &tracks, scale, 1.0, place);
        names.into_iter().map(|name| (name.x.round(), name.room.round(), name.text)).collect()
    }

    #[test]
    fn a_name_stands_behind_its_mark_as_far_as_the_next() {
        let mesh = || String::from(tags::name(tags::SCENE_MESH.tag));
        // Ten pixels for each microsecond.
        assert_eq!(on_screen(&[10, 50], 1_000), [(103.0, 394.0, mesh()), (503.0, 494.0, mesh())]);
        // The first of two in one microsecond has no room, nor has one just before another.
        assert_eq!(on_screen(&[10, 10, 13], 1_000), [(133.0, 864.0, mesh())]);
    }

    #[test]
    fn many_events_have_no_names() {
        let times: Vec<u64> = (0..500).map(|event| event / 5).collect();
        assert_eq!(on_screen(&times, 1_000_000), []);
    }
}
