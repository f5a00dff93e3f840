//! All realms of a recording: who they are, what their batches say.

use super::batch::Header;

use super::living::{Living, WORK_KINDS, Work};
use super::realm::Realm;
use super::record::{Hello, Record};
use super::stream::Step;
use super::survey::{Key, Survey};
use super::voice::{Out, Voice, declare};
use arenascope_trace::{Action, CannotTell, NoteKind, Sink, Site, Space, Stopped};
use std::collections::{HashMap, HashSet};

/// Realms and devices that are named in the notes.
const NAMED_MAX: usize = 24;

/// All realms of a recording.
#[derive(Debug, Default)]
pub(super) struct Teller {
    has_begun: bool,
    realms: Vec<Realm>,
    pub(super) voice: Voice,
    pub(super) work: [Work; WORK_KINDS],
    /// Realms and devices that were noted.
    named: usize,
    devices: HashSet<Key>,
    /// What the probe could not do, with how often.
    troubles: HashMap<String, u64>,
}

impl Teller {
    /// Says what the run is, which begins at `base_us` since 1970.
    fn begin(&mut self, base_us: u64, survey: &Survey, sink: &mut dyn Sink) -> Result<(), Stopped> {
        self.has_begun = true;
        self.voice.begin(base_us);
        let manifest = sink.manifest();
        manifest.source.version = Some("1".into());
        manifest.source.begun_ms = Some(base_us / 1000);
        for label in ["WebGPU devices", "WebNN", "Host memory"] {
            manifest.add_space(Space { label: label.into(), granule_bytes: 1, ..Space::default() });
        }
        manifest.lacks(CannotTell::Addresses, "browsers do not say where GPU and WebNN resources lie");
        manifest.lacks(CannotTell::Stacks, "call stacks were off; labels stand in their place");
        for (memory, end) in survey.heaps() {
            let Some(space) = declare(sink, self.voice.spaces.len()) else { break };
            sink.extent(space, 0, end);
            self.voice.spaces.insert(memory, (space, end));
        }
        sink.begin()
    }

    /// Tells the next of a realm.
    pub(super) fn tell(
        &mut self,
        realm: usize,
        time_us: u64,
        step: Step<'_>,
        survey: &mut Survey,
        sink: &mut dyn Sink,
    ) -> Result<(), Stopped> {
        if !self.has_begun {
            self.begin(time_us, survey, sink)?;
        }
        self.voice.set_time(time_us);
        self.know(realm);
        match step {
            Step::Begin(header) => self.open_batch(realm, time_us, &header, sink),
            Step::Record(Record::Hello(hello)) => {
                self.hello(realm, &hello, sink);
                Ok(())
            }
            Step::Record(Record::Tally { counts }) => {
                counts.for_each(|(kind, calls, bytes)| self.count(kind, calls, bytes));
                Ok(())
            }
            Step::Record(Record::Cost { window_us, events, recording_us, sending_us }) => {
                let counts = &mut self.voice.counts;
                counts.cost_events = counts.cost_events.saturating_add(events);
                counts.cost_recording_us = counts.cost_recording_us.saturating_add(recording_us);
                counts.cost_sending_us = counts.cost_sending_us.saturating_add(sending_us);
                counts.cost_window_us = counts.cost_window_us.saturating_add(window_us);
                Ok(())
            }
            Step::Record(Record::Device { id, label, adapter }) => {
                self.device(realm, [id, label, adapter], sink);
                Ok(())
            }
            Step::Record(Record::Trouble { place, what, times }) => {
                let names = &self.realms[realm].names;
                let text = format!("{}: {}", names.text(place), names.text(what));
                let known = self.troubles.entry(text).or_default();
                *known = known.saturating_add(times.max(1));
                Ok(())
            }
            Step::Record(record) => {
                let mut out = Out { sink, voice: &mut self.voice, realm };
                self.realms[realm].take(record, survey, &mut out)
            }
        }
    }

    /// Has room for a realm.
    fn know(&mut self, realm: usize) {
        if self.realms.len() <= realm {
            self.realms.resize_with(realm + 1, Realm::default);
        }
    }

    fn count(&mut self, kind: u64, calls: u64, bytes: u64) {
        if let Some(work) = usize::try_from(kind).ok().and_then(|kind| self.work.get_mut(kind)) {
            work.calls = work.calls.saturating_add(calls);
            work.bytes = work.bytes.saturating_add(bytes);
        }
    }

    fn device(&mut self, realm: usize, [id, label, adapter]: [u64; 3], sink: &mut dyn Sink) {
        let names = &self.realms[realm].names;
        let said = [label, adapter].map(|text| names.text(text)).into_iter().filter(|text| !text.is_empty());
        let said = said.collect::<Vec<_>>().join(", ");
        if !said.is_empty() && self.named < NAMED_MAX && self.devices.insert((realm, id)) {
            self.named += 1;
            sink.manifest().note(NoteKind::Remark, format!("device {id} of thread {realm} is {said}"));
        }
    }

    /// A batch begins: what is missing before it is lost.
    fn open_batch(&mut self, realm: usize, time_us: u64, header: &Header, sink: &mut dyn Sink) -> Result<(), Stopped> {
        let (of, counts) = (&mut self.realms[realm], &mut self.voice.counts);
        of.is_over = of.ended_us.is_some_and(|ended_us| time_us <= ended_us);
        counts.late += u64::from(of.is_over);
        let (before, expected) = (header.records_before, of.next_record);
        of.next_record = Some(before.saturating_add(header.records.into()).max(expected.unwrap_or(0)));
        let known = header.known_lost.saturating_sub(of.known_lost);
        of.known_lost = of.known_lost.max(header.known_lost);
        if header.is_anew {
            of.names.clear();
        }
        match expected {
            None if before > 0 => {
                let why = "a window of a longer run: the page was there before, and what had ended is not told";
                sink.manifest().lacks(CannotTell::Outside, why);
                Ok(())
            }
            Some(expected) if before > expected => {
                let count = before - expected;
                counts.lost = counts.lost.saturating_add(count);
                counts.known_lost = counts.known_lost.saturating_add(known.min(count));
                Out { sink, voice: &mut self.voice, realm }.event(Site::NONE, Action::Lost { count })
            }
            Some(expected) => {
                counts.backwards += u64::from(before < expected);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn hello(&mut self, realm: usize, hello: &Hello, sink: &mut dyn Sink) {
        let names = &self.realms[realm].names;
        let [url, name] = [hello.url, hello.name].map(|text| names.text(text).to_string());
        let manifest = sink.manifest();
        let is_first = manifest.source.subject.is_none();
        if is_first || (hello.kind == 1 && self.named <= 1) {
            let agent = names.text(hello.user_agent);
            let tool = format!("probe {}", names.text(hello.version));
            manifest.source.tool = Some(tool.trim().into());
            manifest.source.host = (!agent.is_empty()).then(|| agent.into());
            let subject = [&*name, &*url].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
            manifest.source.subject = (!subject.is_empty()).then_some(subject);
        }
        if hello.stacks > 0 {
            manifest.cannot_tell.remove(&CannotTell::Stacks);
        }
        if self.named < NAMED_MAX && self.realms[realm].rename(&url, &name) {
            self.named += 1;
            let kind = match hello.kind {
                1 => "page",
                2 => "frame",
                3 => "worker",
                4 => "shared worker",
                _ => "realm",
            };
            let sampled = if hello.stacks == 1 { ", call stacks of a sample" } else { "" };
            let what = [&*name, &*url].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
            manifest.note(
                NoteKind::Remark,
                format!("thread {realm} is the {kind} {what}").trim_end().to_string() + sampled,
            );
        }
    }

    /// A realm is gone, as another tells.
    pub(super) fn end_realm(
        &mut self,
        realm: usize,
        time_us: u64,
        reason: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), Stopped> {
        if reason == 4 {
            return Ok(());
        }
        self.voice.set_time(time_us);
        self.know(realm);
        let of = &mut self.realms[realm];
        of.ended_us = Some(time_us);
        of.end_all(&mut Out { sink, voice: &mut self.voice, realm })
    }

    /// Everything that lives.
    pub(super) fn alive(&self) -> Vec<Living> {
        let mut living: Vec<Living> = self
            .realms
            .iter()
            .enumerate()
            .flat_map(|(realm, of)| of.resources.all().map(move |resource| (realm, of.frame, resource)))
            .map(|(realm, frame, resource)| Living {
                id: resource.event_id,
                realm,
                class: resource.class,
                label: resource.label.to_string(),
                bytes: resource.bytes,
                born_us: resource.born_us,
                used_us: resource.used_us,
                frames_unused: frame - resource.touched_frame.min(frame),
            })
            .collect();
        living.sort_unstable_by_key(|resource| resource.id);
        living
    }

    /// Says what deserves a look, as of now.
    pub(super) fn say_findings(&self, sink: &mut dyn Sink) {
        let frame_of = |realm: usize| self.realms.get(realm).map_or(0, |of| of.frame);
        sink.manifest().findings = self.voice.habits.findings(&self.alive(), frame_of);
    }

    /// Notes what was met.
    pub(super) fn note(&self, sink: &mut dyn Sink) {
        self.say_findings(sink);
        let manifest = sink.manifest();
        self.voice.counts.note(manifest);
        if !self.voice.spaces.is_empty() {
            manifest.cannot_tell.remove(&CannotTell::Addresses);
        }
        let mut troubles: Vec<_> = self.troubles.iter().collect();
        troubles.sort_unstable();
        for (text, times) in troubles {
            manifest.note(NoteKind::Missing, format!("the probe could not see everything: {text} ({times} times)"));
        }
    }
}
