//! Seeded scenarios: what an engine asks for next. Pure: the same seed gives
//! the same operations on every machine, whatever becomes of them.
//!
//! ```
//! use arenascope_units::Bytes;
//! use arenascope_workload::{Workload, scenario::ScenarioKind};
//! let mut workload = Workload::new(ScenarioKind::GameLoop, 42, Bytes::mib(256));
//! let first_frame = workload.next_frame();
//! assert!(!first_frame.is_empty());
//! ```

mod fragmentation_storm;
mod game_loop;
mod generator;
mod gpu_thrash;
mod inference_burst;
pub mod leak;
mod level_streaming;
mod lifetimes;
mod llm_decode;
pub mod mutator;
pub mod network;
pub mod rng;
pub mod scenario;
mod scene;
pub mod script;
pub mod step;
pub mod tags;

use arenascope_units::Bytes;
use generator::{Generator, Place};
use rng::Rng;
use scenario::ScenarioKind;
use script::Script;
use step::Step;

/// One scenario with its seed, at some frame.
pub struct Workload {
    generator: Option<Box<dyn Generator>>,
    place: Place,
    rng: Rng,
    script: Script,
}

impl Workload {
    /// The sequence of `kind` and `seed`, scaled to a budget of `total`.
    pub fn new(kind: ScenarioKind, seed: u64, total: Bytes) -> Self {
        Self {
            generator: generator_of(kind),
            place: Place { frame: 0, total_bytes: total.get() },
            rng: Rng::new(seed),
            script: Script::default(),
        }
    }

    /// The number of the frame that comes next.
    pub fn frame(&self) -> u64 {
        self.place.frame
    }

    /// The steps of the next frame.
    pub fn next_frame(&mut self) -> Vec<Step> {
        if let Some(generator) = &mut self.generator {
            generator.frame(&self.place, &mut self.rng, &mut self.script);
        }
        self.place.frame += 1;
        self.script.take()
    }
}

fn generator_of(kind: ScenarioKind) -> Option<Box<dyn Generator>> {
    Some(match kind {
        ScenarioKind::GameLoop => Box::<game_loop::GameLoop>::default(),
        ScenarioKind::LevelStreaming => Box::<level_streaming::LevelStreaming>::default(),
        ScenarioKind::LlmDecode => Box::<llm_decode::LlmDecode>::default(),
        ScenarioKind::InferenceBurst => Box::<inference_burst::InferenceBurst>::default(),
        ScenarioKind::FragmentationStorm => Box::<fragmentation_storm::FragmentationStorm>::default(),
        ScenarioKind::GpuThrash => Box::<gpu_thrash::GpuThrash>::default(),
        ScenarioKind::Leak => Box::<leak::Leak>::default(),
        ScenarioKind::Idle => return None,
    })
}
