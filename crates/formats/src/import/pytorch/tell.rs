//! Tells a snapshot: what there was before the first entry, then the entries of all devices
//! in order of time.

use super::devices::{Device, begun_us, devices};
use super::entry::{Action, Entries, Entry, NO_TIME, Pool};
use super::notes::note;
use super::rollback::{Ids, Rollback, Start};
use super::skipped::Skipped;
use super::snapshot::Snapshot;
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{CannotTell, CategoryId, Event, Manifest, Sink, Site, Space, SpaceId, Stopped};
use std::collections::HashMap;
use std::iter::Peekable;

/// The largest request that is served from segments of small blocks.
const SMALL_MAX: u64 = 1 << 20;
/// Times before are none of a clock, µs since 1970: recordings count from 0.
const CLOCK_FROM: i64 = 100_000_000_000_000;

/// The events of a device, or annotations of all.
struct Source<I: Iterator<Item = Entry>> {
    space: SpaceId,
    is_host: bool,
    entries: Peekable<I>,
    /// The time of the entry before, µs since 1970.
    last: i64,
}

pub(super) fn tell(mut snapshot: Snapshot, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut devices = devices(&mut snapshot)?;
    let annotations = std::mem::take(&mut snapshot.annotations);
    let begun_us = begun_us(&devices, &annotations);
    describe(&snapshot, &devices, begun_us, sink.manifest());
    let mut doubts = Skipped::default();
    let starts = roll_back(&mut devices, &mut doubts);
    note(&snapshot, &devices, &starts, &doubts, sink);
    if begun_us.is_none() && devices.iter().any(|device| device.entries.len() > 0) {
        let why = "entries without `time_us`, as older versions of PyTorch wrote them: the axis counts them";
        sink.manifest().lacks(CannotTell::Times, why);
    }

    for (space, start) in (0..).map(SpaceId).zip(&starts) {
        for (from, until) in start.used.iter() {
            sink.extent(space, from, until - from);
        }
    }
    sink.begin()?;
    let mut teller = Teller { snapshot: &snapshot, categories: HashMap::new(), sink };
    for ((space, start), device) in (0..).map(SpaceId).zip(starts).zip(&devices) {
        teller.start(space, start, device)?;
    }
    let of_devices = (0..).map(SpaceId).zip(devices).map(|(space, device)| (space, device.is_host, device.entries));
    let all = of_devices.chain([(SpaceId(0), false, annotations)]);
    teller.entries(all.collect(), begun_us)?;
    Ok(())
}

fn describe(snapshot: &Snapshot, devices: &[Device], begun_us: Option<i64>, manifest: &mut Manifest) {
    let format = Format::PytorchSnapshot;
    manifest.source.format = format.key().into();
    manifest.source.label = format.label().into();
    manifest.source.version = Some(format!("pickle protocol {}", snapshot.protocol));
    manifest.source.tool = Some("PyTorch".into());
    let begun_us = begun_us.filter(|&begun| begun >= CLOCK_FROM);
    manifest.source.begun_ms = begun_us.map(|begun| begun as u64 / 1000);
    for device in devices {
        manifest.add_space(Space {
            label: device.label.clone(),
            has_addresses: true,
            capacity_bytes: None,
            granule_bytes: device.granule,
        });
    }
    manifest.markers.extend(snapshot.markers.iter().cloned());
}

fn roll_back(devices: &mut [Device], doubts: &mut Skipped) -> Vec<Start> {
    let mut ids = Ids::default();
    let start = |device: &mut Device| {
        let (name, granule, knows_end) = (&*device.label, device.granule, !device.entries.is_cut);
        let rollback = Rollback { name, granule, knows_end, ids: &mut ids, doubts };
        rollback.start(&mut device.entries, &device.segments)
    };
    devices.iter_mut().map(start).collect()
}

struct Teller<'a> {
    snapshot: &'a Snapshot,
    categories: HashMap<(Pool, u16), CategoryId>,
    sink: &'a mut dyn Sink,
}

impl Teller<'_> {
    /// What there was before the first entry.
    fn start(&mut self, space: SpaceId, start: Start, device: &Device) -> Result<(), Stopped> {
        let sites: HashMap<u64, Site> = device.segments.iter().map(|segment| (segment.address, segment.site)).collect();
        let mut tell = |site, action| self.sink.event(Event { time_us: 0, thread: 0, site, action });
        for (address, until) in start.held.iter() {
            let site = sites.get(&address).copied().unwrap_or_default();
            tell(site, arenascope_trace::Action::Reserve { space, address, bytes: until - address })?;
        }
        for (address, life) in start.lives {
            let (id, bytes) = (u64::from(life.id), life.bytes);
            let category = self.category(life.pool, life.stream, bytes, device.is_host);
            let mut tell = |action| self.sink.event(Event { time_us: 0, thread: 0, site: life.site, action });
            tell(arenascope_trace::Action::Allocate { id, space, address, bytes, category })?;
            if life.is_pending {
                tell(arenascope_trace::Action::FreeRequested { id })?;
            }
        }
        Ok(())
    }

    /// The entries of all, in order of time.
    fn entries(&mut self, all: Vec<(SpaceId, bool, Entries)>, begun_us: Option<i64>) -> Result<(), Stopped> {
        let mut sources: Vec<_> = all
            .into_iter()
            .map(|(space, is_host, entries)| Source {
                space,
                is_host,
                entries: entries.into_told().peekable(),
                last: NO_TIME,
            })
            .collect();
        let mut now_us = 0;
        let mut counted = 0_u64;
        loop {
            let times = sources.iter_mut().map(Source::time);
            let mut first: Option<(i64, usize)> = None;
            let mut second = i64::MAX;
            for (position, time) in times.enumerate().filter_map(|(position, time)| Some((position, time?))) {
                match first {
                    Some((least, _)) if time >= least => second = second.min(time),
                    Some((least, _)) => {
                        second = second.min(least);
                        first = Some((time, position));
                    }
                    None => first = Some((time, position)),
                }
            }
            let Some((_, position)) = first else { return Ok(()) };
            // As long as no other comes before, it is this one's turn.
            while let Some(time) = sources[position].time().filter(|&time| time <= second) {
                let source = &mut sources[position];
                source.last = time;
                let Some(entry) = source.entries.next() else { break };
                let (space, is_host) = (source.space, source.is_host);
                let since_begun = begun_us.map(|begun| time.saturating_sub(begun).max(0) as u64);
                now_us = now_us.max(since_begun.unwrap_or(counted));
                counted += u64::from(self.entry(space, is_host, now_us, &entry)?);
            }
        }
    }

    /// Tells an entry; false for one that goes with the next.
    fn entry(&mut self, space: SpaceId, is_host: bool, time_us: u64, entry: &Entry) -> Result<bool, Stopped> {
        use arenascope_trace::Action as Told;
        let (id, address, bytes) = (u64::from(entry.life), entry.addr, entry.size);
        let action = match entry.action {
            Action::Alloc => {
                let category = self.category(entry.pool, entry.stream, bytes, is_host);
                Told::Allocate { id, space, address, bytes, category }
            }
            Action::FreeCompleted => Told::Free { id },
            Action::FreeRequested => Told::FreeRequested { id },
            Action::Reserve => Told::Reserve { space, address, bytes },
            Action::Release => Told::Release { space, address, bytes },
            Action::OutOfMemory => Told::Fail { space, bytes, free_bytes: (address != u64::MAX).then_some(address) },
            Action::Mark => Told::Mark { marker: address as u32 },
            Action::Elided => return Ok(false),
        };
        self.sink.event(Event { time_us, thread: 0, site: entry.site, action })?;
        Ok(true)
    }

    fn category(&mut self, pool: Pool, stream: u16, bytes: u64, is_host: bool) -> CategoryId {
        let pool = match pool {
            Pool::BySize if bytes <= SMALL_MAX => Pool::Small,
            Pool::BySize => Pool::Large,
            pool => pool,
        };
        // The host's blocks have no pools: a number that no name has stands for them.
        let (pool, stream) = if is_host { (Pool::Named(u8::MAX), 0) } else { (pool, stream) };
        if let Some(&known) = self.categories.get(&(pool, stream)) {
            return known;
        }
        let named = match pool {
            Pool::Named(u8::MAX) => "pinned",
            Pool::Named(name) => self.snapshot.names.get(usize::from(name)).map_or("", |name| name),
            Pool::Small => "small pool",
            Pool::Large | Pool::BySize => "large pool",
        };
        let has_stream = self.snapshot.has_streams && !matches!(pool, Pool::Named(_));
        let label = if has_stream { format!("{named}, stream {stream}") } else { named.to_owned() };
        let category = self.sink.manifest().category(&label);
        self.categories.insert((pool, stream), category);
        category
    }
}

impl<I: Iterator<Item = Entry>> Source<I> {
    /// When its next entry was, never before the one before; `None` at the end.
    fn time(&mut self) -> Option<i64> {
        Some(self.entries.peek()?.time_us.max(self.last))
    }
}
