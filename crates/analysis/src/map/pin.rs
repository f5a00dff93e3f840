//! A pinned range: the card of an allocation with its life, by the recording.

use super::colours::thread_name;
use super::scene::{Birth, Holder, Piece, Scene, What};
use super::text::{moment, what_text};
use crate::events::life::{Life, Moment};
use crate::numbers::text::count;
use crate::run::names::Names;
use arenascope_recording::Reader;
use arenascope_telemetry::event::Op;
use arenascope_units::{Bytes, Micros};

/// A piece as it was when it was pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The range as it was, with its holder.
    pub piece: Piece,
}

/// Whether what was pinned is on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is on the map.
    There,
    /// It is not, and the map shows now: it was freed.
    Gone,
    /// It is not, at the earlier moment that the map shows.
    Unseen,
}

/// What the card says, line by line: always the same lines, so that nothing moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinCard {
    /// `Category` and `ECS`, and so on.
    pub lines: Vec<(&'static str, String)>,
    /// True where it is there no longer.
    pub is_gone: bool,
}

impl Pin {
    /// True for the same allocation, or the same range of the same kind: an
    /// allocation at the same place but of another time is another one.
    pub fn is(&self, piece: &Piece) -> bool {
        match (&self.piece.what, &piece.what) {
            (What::Used(pinned), What::Used(other)) => {
                (self.piece.offset_bytes, pinned.owner, pinned.born_us)
                    == (piece.offset_bytes, other.owner, other.born_us)
            }
            (pinned, other) => pinned == other && self.piece.offset_bytes == piece.offset_bytes,
        }
    }

    /// The pin with what the scene has learned of it since: its size, its birth.
    #[must_use]
    pub fn seen_in(self, scene: &Scene) -> Option<Self> {
        let piece = *scene.at(Bytes::new(self.piece.offset_bytes))?;
        let known = |piece: &Piece| piece.holder().and_then(|holder| holder.birth);
        let piece = match (piece.what, known(&self.piece)) {
            (What::Used(holder), Some(birth)) => {
                Piece { what: What::Used(Holder { birth: Some(birth), ..holder }), ..piece }
            }
            _ => piece,
        };
        self.is(&piece).then_some(Self { piece })
    }

    /// The number of the event that it began with, where the recording has it.
    pub fn event(&self) -> Option<u64> {
        self.birth().map(|birth| birth.event)
    }

    /// The event it began with, where the recording has it.
    fn birth(&self) -> Option<Birth> {
        self.piece.holder()?.birth
    }

    /// Its life, where the recording has it. A scan from its last event to the end
    /// where nothing ended it.
    pub fn life(&self, reader: &Reader<'_>) -> Option<Life> {
        Life::of(reader, self.birth()?.event)
    }

    /// The card at the moment `now`, of a run with these names. Without a life, what the arena itself tells.
    pub fn card(&self, life: Option<&Life>, presence: Presence, now: Micros, names: &Names) -> PinCard {
        let Some(holder) = self.piece.holder() else { return self.unheld_card(presence, names) };
        let ended = life.and_then(|life| life.ended);
        let size = life.map_or(self.piece.size_bytes, |life| life.size_bytes);
        let lines = vec![
            ("Category", names.category(holder.owner.category).into()),
            ("Tag", names.tag(holder.owner.tag).into()),
            ("Addresses", names.address_range(self.piece.offset_bytes..self.piece.offset_bytes + size)),
            ("Size", size_text(size)),
            ("Allocated", allocated(holder.born_us, life.and_then(|life| life.begun))),
            ("Freed", freed(life, presence)),
            ("Lived", lived(holder.born_us, ended, presence, now)),
        ];
        // At an earlier moment it may be there, whatever became of it.
        let has_ended = ended.is_some_and(|end| end.time_us <= now.get());
        PinCard { lines, is_gone: presence != Presence::There && (has_ended || presence == Presence::Gone) }
    }

    fn unheld_card(&self, presence: Presence, names: &Names) -> PinCard {
        let is_there = presence == Presence::There;
        let lines = vec![
            ("What", what_text(&self.piece.what, names)),
            ("Addresses", names.address_range(self.piece.offset_bytes..self.piece.end_bytes())),
            ("Size", size_text(self.piece.size_bytes)),
            ("Now", if is_there { "unchanged".into() } else { "changed".into() }),
        ];
        PinCard { lines, is_gone: !is_there }
    }
}

impl PinCard {
    /// The card as text to copy, a line each.
    pub fn text(&self) -> String {
        self.lines.iter().map(|(label, value)| format!("{label}: {value}\n")).collect()
    }
}

fn size_text(size: u64) -> String {
    let bytes = Bytes::new(size);
    if size < 1024 { bytes.to_string() } else { format!("{bytes} ({} B)", count(size)) }
}

fn allocated(born_us: u64, begun: Option<Moment>) -> String {
    match begun {
        Some(begun) => format!("at {}", event_text(&begun)),
        None => format!("at {}; by whom is not recorded", moment(born_us)),
    }
}

fn freed(life: Option<&Life>, presence: Presence) -> String {
    let is_inferred = life.is_some_and(|life| life.is_inferred);
    match (life.and_then(|life| life.ended), presence) {
        (Some(end), _) if is_inferred => {
            format!("before {}: its place was taken, the free itself is missing", moment(end.time_us))
        }
        (Some(end), _) => match end.op {
            Op::ArenaReset => format!("at {}, with the whole arena", event_text(&end)),
            Op::RunStart => "with its run".into(),
            _ => format!("at {}", event_text(&end)),
        },
        // The recording is behind by a few milliseconds, or has lost the event.
        (None, Presence::Gone) => "yes; when is not recorded".into(),
        (None, Presence::Unseen) if life.is_none() => "not known at this moment".into(),
        (None, Presence::There | Presence::Unseen) => "not yet".into(),
    }
}

fn lived(born_us: u64, ended: Option<Moment>, presence: Presence, now: Micros) -> String {
    let born = Micros::new(born_us);
    match (ended, presence) {
        (Some(end), Presence::There) => {
            let whole = Micros::new(end.time_us).since(born);
            format!("{} so far, {whole} in all", now.since(born))
        }
        (Some(end), _) => Micros::new(end.time_us).since(born).to_string(),
        (None, Presence::There) => format!("{} so far", now.since(born)),
        (None, Presence::Gone | Presence::Unseen) => "–".into(),
    }
}

fn event_text(at: &Moment) -> String {
    format!("{} by {}, event {}", moment(at.time_us), thread_name(at.thread), count(at.event))
}

#[cfg(test)]
mod tests {
    use super::super::scene::tests::{holder, scene};
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::Event;
    use arenascope_units::owner::{MemoryCategory, Owner, Tag};

    fn value(card: &PinCard, label: &str) -> String {
        card.lines.iter().find(|(name, _)| *name == label).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn pin(birth: Option<Birth>) -> Pin {
        let what = What::Used(Holder { birth, ..holder(MemoryCategory::ECS, 1, 2_000_000) });
        Pin { piece: Piece { offset_bytes: 0x1000, size_bytes: 4096, what } }
    }

    #[test]
    fn the_card_tells_a_life_from_beginning_to_end() {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        let owner = Owner::new(MemoryCategory::ECS, Tag(1));
        let event = |time_us, op, thread| Event {
            thread,
            owner,
            id: 9,
            offset_bytes: 0x1000,
            size_bytes: 4096,
            ..Event::note(time_us, op)
        };
        recorder.take(Event { offset_bytes: 0, size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) });
        recorder.take(event(2_000_000, Op::ArenaAllocate, 0));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let pin = pin(Some(Birth { event: 1, thread: 0 }));
        let card = pin.card(pin.life(&reader).as_ref(), Presence::There, Micros::seconds(5), &Names::engine());
        let expected = [
            ("Category", "ECS"),
            ("Tag", "ecs/entity"),
            ("Addresses", "0x0000 1000–0x0000 2000"),
            ("Size", "4.0 KiB (4 096 B)"),
            ("Allocated", "at 2.000 s by Engine, event 1"),
            ("Freed", "not yet"),
            ("Lived", "3.0 s so far"),
        ];
        let lines: Vec<(&str, String)> =
            card.lines.iter().map(|(name, value)| (*name, value.replace('\u{a0}', " "))).collect();
        assert_eq!(lines, expected.map(|(name, value)| (name, value.to_owned())));
        assert!(!card.is_gone);
        recorder.take(event(3_500_000, Op::ArenaFree, 4));
        recorder.publish();
        reader.refresh();
        let card = pin.card(pin.life(&reader).as_ref(), Presence::Gone, Micros::seconds(5), &Names::engine());
        assert_eq!(value(&card, "Freed"), "at 3.500 s by Mutator 4, event 2");
        assert_eq!((value(&card, "Lived").as_str(), card.is_gone), ("1.5 s", true));
        assert!(card.text().ends_with("Lived: 1.5 s\n"), "{}", card.text());
        // At a moment at which it is alive it is not gone.
        let card = pin.card(pin.life(&reader).as_ref(), Presence::There, Micros::seconds(3), &Names::engine());
        assert_eq!((value(&card, "Lived").as_str(), card.is_gone), ("1.0 s so far, 1.5 s in all", false));
        let before = pin.card(pin.life(&reader).as_ref(), Presence::Unseen, Micros::seconds(1), &Names::engine());
        assert!(!before.is_gone);
    }

    #[test]
    fn without_a_recording_the_card_says_so() {
        let pin = pin(None);
        let here = pin.card(None, Presence::There, Micros::seconds(5), &Names::engine());
        assert_eq!(value(&here, "Allocated"), "at 2.000 s; by whom is not recorded");
        assert_eq!((value(&here, "Lived").as_str(), here.is_gone), ("3.0 s so far", false));
        let gone = pin.card(None, Presence::Gone, Micros::seconds(5), &Names::engine());
        assert_eq!(value(&gone, "Freed"), "yes; when is not recorded");
        assert_eq!((value(&gone, "Lived").as_str(), gone.is_gone), ("–", true));
        let earlier = pin.card(None, Presence::Unseen, Micros::seconds(1), &Names::engine());
        assert_eq!((value(&earlier, "Freed").as_str(), earlier.is_gone), ("not known at this moment", false));
    }

    #[test]
    fn another_allocation_at_the_same_place_is_not_the_pinned_one() {
        let at = |what| scene(&[(0x1000, What::Metadata), (4096, what)]);
        let same = holder(MemoryCategory::ECS, 1, 2_000_000);
        let birth = Some(Birth { event: 1, thread: 0 });
        // What was learned once is kept: the recording may forget it.
        assert_eq!(pin(birth).seen_in(&at(What::Used(same))), Some(pin(birth)));
        let learned = Holder { birth, ..same };
        assert_eq!(pin(None).seen_in(&at(What::Used(learned))), Some(pin(birth)));
        assert_eq!(pin(birth).seen_in(&at(What::Used(Holder { born_us: 2_000_001, ..same }))), None);
        assert_eq!(pin(birth).seen_in(&at(What::Free)), None);
        let free = Pin { piece: at(What::Free).pieces()[1] };
        assert!(free.seen_in(&at(What::Free)).is_some() && free.seen_in(&at(What::Cached)).is_none());
    }
}
