//! Perfetto's trace as protobuf: a counter for each sum, instants for what happened
//! besides. Numbers of fields are those of `perfetto_trace.proto`.

use super::error::{ExportError, each};
use super::live::Live;
use super::protobuf::Message;
use super::row::instant_of;
use super::totals::{Totals, Track};
use arenascope_trace::{Manifest, Run};
use std::collections::HashSet;
use std::io::Write;

/// `Trace.packet`.
const PACKET: u64 = 1;
/// Fields of `TracePacket`.
mod packet {
    pub(super) const TIMESTAMP: u64 = 8;
    pub(super) const SEQUENCE: u64 = 10;
    pub(super) const TRACK_EVENT: u64 = 11;
    pub(super) const TRACK_DESCRIPTOR: u64 = 60;
}
/// Fields of `TrackDescriptor`, and of what it holds.
mod track {
    pub(super) const UUID: u64 = 1;
    pub(super) const NAME: u64 = 2;
    pub(super) const PROCESS: u64 = 3;
    pub(super) const THREAD: u64 = 4;
    pub(super) const PARENT: u64 = 5;
    pub(super) const COUNTER: u64 = 8;
    pub(super) const COUNTER_UNIT: u64 = 3;
    pub(super) const PROCESS_PID: u64 = 1;
    pub(super) const PROCESS_NAME: u64 = 6;
    pub(super) const THREAD_PID: u64 = 1;
    pub(super) const THREAD_TID: u64 = 2;
    pub(super) const THREAD_NAME: u64 = 5;
}
/// Fields of `TrackEvent`.
mod event {
    pub(super) const TYPE: u64 = 9;
    pub(super) const TRACK: u64 = 11;
    pub(super) const NAME: u64 = 23;
    pub(super) const COUNTER_VALUE: u64 = 30;
}
const INSTANT: u64 = 3;
const COUNTER: u64 = 4;
const SIZE_BYTES: u64 = 3;

/// All packets are of one sequence.
const SEQUENCE: u64 = 1;
/// The run is one process, which has this number where the run has none.
const PID: u64 = 1;
/// Track of the process; those of counters follow, then those of threads.
const PROCESS_TRACK: u64 = 1;
const FIRST_COUNTER: u64 = 2;
const FIRST_THREAD: u64 = 1 << 16;

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let manifest = run.manifest();
    let tracks = Track::all(manifest);
    let mut trace = Trace { out, threads: HashSet::new(), event: Message::default(), packets: Default::default() };
    trace.process(manifest)?;
    trace.counters(manifest, &tracks)?;
    let (mut live, mut totals) = (Live::default(), Totals::of(manifest));
    each(run, |event| {
        if let Some(name) = instant_of(event, manifest) {
            trace.instant(event.time_us, event.thread, &name)?;
        }
        for change in live.apply(event) {
            totals.apply(&change);
            for (uuid, track) in (FIRST_COUNTER..).zip(&tracks) {
                if track.is_of(&change) {
                    trace.sample(event.time_us, uuid, totals.get(*track))?;
                }
            }
        }
        Ok(())
    })
}

struct Trace<'o> {
    out: &'o mut dyn Write,
    /// Those that have a track.
    threads: HashSet<u16>,
    /// Room for the event and what it is packed into: nothing is allocated for each.
    event: Message,
    packets: [Message; 2],
}

impl Trace<'_> {
    fn process(&mut self, manifest: &Manifest) -> Result<(), ExportError> {
        let name = manifest.source.subject.as_deref().unwrap_or(&manifest.source.label);
        let mut process = Message::default();
        process.number(track::PROCESS_PID, PID).text(track::PROCESS_NAME, name);
        self.track(Message::default().number(track::UUID, PROCESS_TRACK).message(track::PROCESS, &process))
    }

    /// Every counter, and that it is 0 at the start.
    fn counters(&mut self, manifest: &Manifest, tracks: &[Track]) -> Result<(), ExportError> {
        let mut unit = Message::default();
        unit.number(track::COUNTER_UNIT, SIZE_BYTES);
        for (uuid, track) in (FIRST_COUNTER..).zip(tracks) {
            let mut descriptor = Message::default();
            descriptor.number(track::UUID, uuid).text(track::NAME, &track.label(manifest));
            self.track(descriptor.number(track::PARENT, PROCESS_TRACK).message(track::COUNTER, &unit))?;
            self.sample(0, uuid, 0)?;
        }
        Ok(())
    }

    /// What no thread is named for is on the process.
    fn instant(&mut self, time_us: u64, thread: u16, name: &str) -> Result<(), ExportError> {
        let uuid = if thread == 0 { PROCESS_TRACK } else { FIRST_THREAD + u64::from(thread) };
        if thread != 0 && self.threads.insert(thread) {
            let mut known = Message::default();
            known.number(track::THREAD_PID, PID).number(track::THREAD_TID, PID + u64::from(thread));
            known.text(track::THREAD_NAME, &format!("Thread {thread}"));
            self.track(Message::default().number(track::UUID, uuid).message(track::THREAD, &known))?;
        }
        self.event.clear().number(event::TYPE, INSTANT).number(event::TRACK, uuid).text(event::NAME, name);
        self.event(time_us)
    }

    fn sample(&mut self, time_us: u64, uuid: u64, bytes: u64) -> Result<(), ExportError> {
        self.event.clear().number(event::TYPE, COUNTER).number(event::TRACK, uuid);
        self.event.number(event::COUNTER_VALUE, bytes.min(i64::MAX as u64));
        self.event(time_us)
    }

    fn track(&mut self, descriptor: &Message) -> Result<(), ExportError> {
        self.packets[0].clear().number(packet::SEQUENCE, SEQUENCE).message(packet::TRACK_DESCRIPTOR, descriptor);
        self.packet()
    }

    /// Writes the event that was put together.
    fn event(&mut self, time_us: u64) -> Result<(), ExportError> {
        let packet = self.packets[0].clear().number(packet::TIMESTAMP, time_us.saturating_mul(1000));
        packet.number(packet::SEQUENCE, SEQUENCE).message(packet::TRACK_EVENT, &self.event);
        self.packet()
    }

    fn packet(&mut self) -> Result<(), ExportError> {
        let [packet, framed] = &mut self.packets;
        Ok(self.out.write_all(framed.clear().message(PACKET, packet).as_bytes())?)
    }
}
