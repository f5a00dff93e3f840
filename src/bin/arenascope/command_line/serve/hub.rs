//! Who is connected to the relay, and what goes from whom to whom. Nothing here waits:
//! what does not fit into a queue is refused, counted, and told to both sides.

use super::words::{FromProbe, FromProfiler, ToProbe, ToProfiler};
use axum::body::Bytes;
use std::collections::BTreeMap;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Probes at a time.
pub(crate) const PROBES_MAX: usize = 64;
/// Messages that may wait for the profiler: at most 16 MiB in batches of 64 KiB.
const FOR_PROFILER: usize = 256;
/// Of these, places for words alone.
const FOR_WORDS: usize = 64;
const FOR_PROBE: usize = 1024;

/// Names a connection of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProbeId(pub(crate) u32);

/// Names a connection of a profiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProfilerId(u64);

/// What is to be sent to a profiler.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Delivery {
    Words(ToProfiler),
    Batch(ProbeId, Bytes),
}

struct Probe {
    queue: Sender<ToProbe>,
    origin: String,
    hello: Option<FromProbe>,
    refused: Refused,
}

/// Batches that the profiler has not been told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Refused {
    batches: u64,
    bytes: u64,
}

struct Profiler {
    id: ProfilerId,
    queue: Sender<Delivery>,
}

/// Every connection of the relay.
#[derive(Default)]
pub(crate) struct Hub {
    probes: BTreeMap<ProbeId, Probe>,
    profiler: Option<Profiler>,
    probes_ever: u32,
    profilers_ever: u64,
}

impl Hub {
    /// A probe comes, with what is to be sent to it; none where there are too many.
    pub(crate) fn add_probe(&mut self, origin: String) -> Option<(ProbeId, Receiver<ToProbe>)> {
        if self.probes.len() >= PROBES_MAX {
            return None;
        }
        self.probes_ever += 1;
        let (id, (queue, receiver)) = (ProbeId(self.probes_ever), channel(FOR_PROBE));
        self.probes.insert(id, Probe { queue, origin, hello: None, refused: Refused::default() });
        Some((id, receiver))
    }

    /// A probe is gone.
    pub(crate) fn remove_probe(&mut self, id: ProbeId) {
        let Some(probe) = self.probes.remove(&id) else { return };
        self.tell_refused(id, probe.refused);
        if probe.hello.is_some() {
            self.tell(ToProfiler::Bye { probe: id.0 });
        }
    }

    /// A profiler comes; the one before it, if any, is let go, as after a reload.
    pub(crate) fn add_profiler(&mut self) -> (ProfilerId, Receiver<Delivery>) {
        self.profilers_ever += 1;
        let (id, (queue, receiver)) = (ProfilerId(self.profilers_ever), channel(FOR_PROFILER));
        if let Some(before) = self.profiler.replace(Profiler { id, queue }) {
            let _ = before.queue.try_send(Delivery::Words(ToProfiler::Replaced));
            self.detach_all();
        }
        let hellos: Vec<_> = self.probes.iter().filter_map(|(id, probe)| hello_of(*id, probe)).collect();
        for hello in hellos {
            self.tell(hello);
        }
        (id, receiver)
    }

    /// A profiler is gone.
    pub(crate) fn remove_profiler(&mut self, id: ProfilerId) {
        if self.profiler.as_ref().is_some_and(|profiler| profiler.id == id) {
            self.profiler = None;
            self.detach_all();
        }
    }

    fn detach_all(&mut self) {
        let ids: Vec<ProbeId> = self.probes.keys().copied().collect();
        for id in ids {
            self.tell_probe(id, ToProbe::Detach);
        }
    }

    /// A probe says something.
    pub(crate) fn said_by_probe(&mut self, id: ProbeId, words: FromProbe) {
        let Some(probe) = self.probes.get_mut(&id) else { return };
        probe.hello = Some(words);
        if let Some(hello) = hello_of(id, probe) {
            self.tell(hello);
        }
    }

    /// A probe sends a batch.
    pub(crate) fn sent_by_probe(&mut self, id: ProbeId, batch: Bytes) {
        let bytes = batch.len() as u64;
        let Some(probe) = self.probes.get_mut(&id) else { return };
        let refused = std::mem::take(&mut probe.refused);
        let has_room = self.profiler.as_ref().is_some_and(|profiler| profiler.queue.capacity() > FOR_WORDS);
        if has_room {
            self.tell_refused(id, refused);
            self.deliver(Delivery::Batch(id, batch));
            return;
        }
        probe.refused = Refused { batches: refused.batches + 1, bytes: refused.bytes + bytes };
        self.tell_probe(id, ToProbe::Refused { bytes });
    }

    /// A profiler says something; what an earlier one says is nobody's.
    pub(crate) fn said_by_profiler(&mut self, id: ProfilerId, words: FromProfiler) {
        if self.profiler.as_ref().is_none_or(|profiler| profiler.id != id) {
            return;
        }
        match words {
            FromProfiler::Attach { probe } => self.tell_probe(ProbeId(probe), ToProbe::Attach),
            FromProfiler::Detach { probe } => self.tell_probe(ProbeId(probe), ToProbe::Detach),
            FromProfiler::Taken { probe, bytes } => self.tell_probe(ProbeId(probe), ToProbe::Taken { bytes }),
        }
    }

    fn tell_refused(&mut self, id: ProbeId, refused: Refused) {
        let Refused { batches, bytes } = refused;
        if batches > 0 {
            self.tell(ToProfiler::Lost { probe: id.0, batches, bytes });
        }
    }

    /// A probe that does not read what it is told is let go.
    fn tell_probe(&mut self, id: ProbeId, words: ToProbe) {
        if self.probes.get(&id).is_some_and(|probe| probe.queue.try_send(words).is_err()) {
            self.remove_probe(id);
        }
    }

    fn tell(&mut self, words: ToProfiler) {
        self.deliver(Delivery::Words(words));
    }

    /// So is a profiler whose places for words are taken.
    fn deliver(&mut self, delivery: Delivery) {
        if self.profiler.as_ref().is_some_and(|profiler| profiler.queue.try_send(delivery).is_err()) {
            self.profiler = None;
            self.detach_all();
        }
    }
}

fn hello_of(id: ProbeId, probe: &Probe) -> Option<ToProfiler> {
    let FromProbe::Hello { run, url, title } = probe.hello.clone()?;
    Some(ToProfiler::Hello { probe: id.0, origin: probe.origin.clone(), run, url, title })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn hello(run: &str) -> FromProbe {
        FromProbe::Hello { run: run.into(), url: "u".into(), title: "t".into() }
    }

    /// What waits in a queue.
    fn waiting<T: std::fmt::Debug>(queue: &mut Receiver<T>) -> String {
        let mut said = String::new();
        while let Ok(message) = queue.try_recv() {
            said += &format!("{message:?}\n");
        }
        said
    }

    #[test]
    fn batches_go_to_the_profiler_and_answers_back() {
        let mut hub = Hub::default();
        let (one, mut to_one) = hub.add_probe("http://a".into()).unwrap();
        hub.said_by_probe(one, hello("1"));
        let (profiler, mut to_profiler) = hub.add_profiler();
        let (two, mut to_two) = hub.add_probe("http://b".into()).unwrap();
        hub.said_by_probe(two, hello("2"));
        hub.said_by_profiler(profiler, FromProfiler::Attach { probe: 1 });
        hub.sent_by_probe(one, Bytes::from_static(b"ab"));
        hub.said_by_profiler(profiler, FromProfiler::Taken { probe: 1, bytes: 2 });
        hub.said_by_profiler(profiler, FromProfiler::Attach { probe: 9 });
        hub.remove_probe(two);
        expect![[r#"
            Words(Hello { probe: 1, origin: "http://a", run: "1", url: "u", title: "t" })
            Words(Hello { probe: 2, origin: "http://b", run: "2", url: "u", title: "t" })
            Batch(ProbeId(1), b"ab")
            Words(Bye { probe: 2 })
        "#]]
        .assert_eq(&waiting(&mut to_profiler));
        hub.remove_profiler(profiler);
        assert_eq!(waiting(&mut to_one), "Attach\nTaken { bytes: 2 }\nDetach\n");
        assert_eq!(waiting(&mut to_two), "");
    }

    #[test]
    fn without_a_profiler_batches_are_refused_and_a_later_one_is_told() {
        let mut hub = Hub::default();
        let (one, mut to_one) = hub.add_probe(String::new()).unwrap();
        hub.sent_by_probe(one, Bytes::from_static(b"abc"));
        let (_, mut to_profiler) = hub.add_profiler();
        hub.sent_by_probe(one, Bytes::from_static(b"d"));
        assert_eq!(waiting(&mut to_one), "Refused { bytes: 3 }\n");
        expect![[r#"
            Words(Lost { probe: 1, batches: 1, bytes: 3 })
            Batch(ProbeId(1), b"d")
        "#]]
        .assert_eq(&waiting(&mut to_profiler));
    }

    #[test]
    fn what_does_not_fit_is_counted_to_the_last_batch() {
        let mut hub = Hub::default();
        let (one, mut to_one) = hub.add_probe(String::new()).unwrap();
        let (_, mut to_profiler) = hub.add_profiler();
        for _ in 0..300 {
            hub.sent_by_probe(one, Bytes::from_static(b"ab"));
        }
        assert_eq!(waiting(&mut to_profiler).lines().count(), FOR_PROFILER - FOR_WORDS);
        assert_eq!(waiting(&mut to_one).lines().count(), 300 - (FOR_PROFILER - FOR_WORDS));
        hub.remove_probe(one);
        assert_eq!(waiting(&mut to_profiler), "Words(Lost { probe: 1, batches: 108, bytes: 216 })\n");
    }

    #[test]
    fn a_second_profiler_takes_the_place_of_the_first() {
        let mut hub = Hub::default();
        let (one, mut to_one) = hub.add_probe(String::new()).unwrap();
        let (first, mut to_first) = hub.add_profiler();
        let (second, mut to_second) = hub.add_profiler();
        hub.said_by_profiler(first, FromProfiler::Attach { probe: 1 });
        hub.remove_profiler(first);
        hub.said_by_profiler(second, FromProfiler::Attach { probe: 1 });
        hub.sent_by_probe(one, Bytes::from_static(b"a"));
        assert_eq!(waiting(&mut to_first), "Words(Replaced)\n");
        assert_eq!(waiting(&mut to_second), "Batch(ProbeId(1), b\"a\")\n");
        assert_eq!(waiting(&mut to_one), "Detach\nAttach\n");
    }

    #[test]
    fn who_does_not_read_is_let_go() {
        let mut hub = Hub::default();
        let (one, _to_one) = hub.add_probe(String::new()).unwrap();
        for _ in 0..=FOR_PROBE {
            hub.sent_by_probe(one, Bytes::new());
        }
        assert!(hub.probes.is_empty());
        let (_, _to_profiler) = hub.add_profiler();
        for _ in 0..=FOR_PROFILER {
            let (id, _) = hub.add_probe(String::new()).unwrap();
            hub.said_by_probe(id, hello("1"));
            hub.remove_probe(id);
        }
        assert!(hub.profiler.is_none());
    }

    #[test]
    fn there_is_room_for_so_many_probes() {
        let mut hub = Hub::default();
        let probes: Vec<_> = (0..PROBES_MAX).map(|_| hub.add_probe(String::new()).unwrap()).collect();
        assert!(hub.add_probe(String::new()).is_none());
        hub.remove_probe(probes[3].0);
        assert!(hub.add_probe(String::new()).is_some());
    }
}
