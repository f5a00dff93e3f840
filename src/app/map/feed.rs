//! Where the map's scenes come from: the newest walk while the page is live, else the
//! recording at the moment that all panels look at.

use crate::analysis::map::ground::Ground;
use crate::analysis::map::scene::Scene;
use crate::analysis::overview::strip::run_span;
use crate::analysis::run::names::Names;
use crate::app::chart::source::Source;
use crate::app::recordings::reader::Recording;
use crate::app::selection::chart_source::chart_source;
use crate::app::state::store::Store;
use crate::platform::clock::now_ms;
use crate::recording::Tables;
use crate::telemetry::Shared;
use crate::units::Micros;
use leptos::prelude::*;
use std::sync::Arc;

/// Walks are read at most this often.
const READ_MS: f64 = 100.0;
/// A walk that takes long is read more rarely: at most this part of the time
/// goes into it.
const READ_SHARE: f64 = 0.03;

/// The snapshot that the maps below show, whatever the page's clock says: given as a context.
#[derive(Clone, Copy)]
pub struct LookedAt(pub StoredValue<(u64, Arc<Scene>)>);

/// Which moment a scene is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Nothing,
    /// A live walk of the arena, by its number.
    Walk(u32),
    /// A position in the recording.
    Recorded(u64),
    /// A snapshot, by its number.
    Snapshot(u64),
}

/// The newest scene of what is looked at.
pub(super) struct MapFeed {
    store: Store,
    source: Source,
    recording: Recording,
    snapshot: Option<LookedAt>,
    words: Vec<u64>,
    scene: Scene,
    moment: Moment,
    /// The end of the recording when births were added last.
    births_until: Option<u64>,
    next_read_ms: f64,
    version: u32,
}

impl MapFeed {
    /// Without a scene yet.
    pub(super) fn from_context() -> Self {
        Self {
            store: Store::expect(),
            source: chart_source(),
            recording: Recording::expect(),
            snapshot: use_context(),
            words: Vec::new(),
            scene: Scene::default(),
            moment: Moment::Nothing,
            births_until: None,
            next_read_ms: 0.0,
            version: 0,
        }
    }

    /// What is in the arena, live or at the moment.
    pub(super) const fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Changes with every scene.
    pub(super) const fn version(&self) -> u32 {
        self.version
    }

    /// The page's reader.
    pub(super) const fn recording(&self) -> Recording {
        self.recording
    }

    /// What the scene's run calls its own: snapshots are the engine's.
    pub(super) fn names(&self) -> Arc<Names> {
        if self.snapshot.is_some() { Arc::new(Names::engine()) } else { self.recording.names_now() }
    }

    /// Where requests can be placed in the scene's run.
    pub(super) fn ground(&self) -> Ground {
        let tables = self.recording.tables();
        let of_file = |tables: &Arc<Tables>| Ground::of(&tables.manifest, &tables.extents);
        match self.snapshot {
            Some(_) => Ground::default(),
            None => tables.with_untracked(|tables| tables.as_ref().map_or_else(Ground::default, of_file)),
        }
    }

    /// True where the scene is of an earlier moment.
    pub(super) const fn is_past(&self) -> bool {
        matches!(self.moment, Moment::Recorded(_) | Moment::Snapshot(_))
    }

    /// Follows what is looked at. `wants_births`: whether it matters who allocated what;
    /// a recorded moment always knows.
    pub(super) fn follow(&mut self, now: f64, wants_births: bool) {
        if let Some(snapshot) = self.snapshot {
            return self.follow_snapshot(snapshot);
        }
        match self.store.selected.moment.get_untracked() {
            Some(position) => self.go_to(position),
            None => self.follow_walk(now, wants_births),
        }
    }

    fn go_to(&mut self, position: u64) {
        if self.moment == Moment::Recorded(position) {
            return;
        }
        let scene = self.recording.state_at(position, |reader, state| {
            let time_us = position.checked_sub(1).and_then(|last| reader.time_us(last)).unwrap_or(0);
            Scene::of_state(reader, state, Micros::new(time_us))
        });
        // A position that the recording does not reach leaves what is shown.
        if let Some(scene) = scene {
            self.show(scene, Moment::Recorded(position));
        }
    }

    fn follow_snapshot(&mut self, snapshot: LookedAt) {
        let (number, scene) = snapshot.0.with_value(|(number, scene)| (*number, Arc::clone(scene)));
        if self.moment != Moment::Snapshot(number) {
            self.show((*scene).clone(), Moment::Snapshot(number));
        }
    }

    /// Takes in the newest walk, where there is one.
    fn follow_walk(&mut self, now: f64, wants_births: bool) {
        let Some(shared) = self.source.shared() else { return };
        let is_walk = matches!(self.moment, Moment::Walk(_));
        if now < self.next_read_ms && is_walk {
            return;
        }
        let begun = now_ms();
        if self.moment != Moment::Walk(shared.map.number()) {
            self.read(shared);
        }
        if wants_births {
            self.add_births();
        }
        self.next_read_ms = now + READ_MS.max((now_ms() - begun) / READ_SHARE);
    }

    fn read(&mut self, shared: &Shared) {
        if let Some(number) = shared.map.read(&mut self.words) {
            let now = Micros::new(run_span(&shared.samples).end_us as u64);
            self.show(Scene::from_words(&self.words, now), Moment::Walk(number));
        }
    }

    /// The recording is a few milliseconds behind the engine: again, until it is level.
    fn add_births(&mut self) {
        let end = self.recording.read(|reader, _| reader.events().end);
        if self.births_until == Some(end) {
            return;
        }
        self.births_until = Some(end);
        let scene = &mut self.scene;
        if self.recording.state_at(end, |reader, state| scene.add_births(reader, state)).is_some() {
            self.version = self.version.wrapping_add(1);
        }
    }

    fn show(&mut self, scene: Scene, moment: Moment) {
        (self.scene, self.moment, self.births_until) = (scene, moment, None);
        self.version = self.version.wrapping_add(1);
    }
}
