//! The things that define a run, and what may be chosen for each.

pub use super::argument::{ArgumentError, chosen, integer, refuse};
use super::argument::{switch, unknown};
pub use super::choice::{Choice, budget_modes, policies, pool_modes, recording_full_modes, scenarios};
use arenascope_arena::PolicyKind;
use arenascope_budget::BudgetMode;
use arenascope_pool::PoolMode;
use arenascope_telemetry::when_full::WhenFull;
use arenascope_units::Bytes;
use arenascope_workload::mutator::MUTATORS_MAX;
use arenascope_workload::scenario::ScenarioKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Smallest arena that may be chosen.
pub const ARENA_MIN: Bytes = Bytes::mib(16);
/// Largest arena that may be chosen.
pub const ARENA_MAX: Bytes = Bytes::mib(1024);
/// An arena is a multiple of this: one wasm page.
pub const ARENA_STEP: Bytes = Bytes::kib(64);
/// The sizes of the page's menu.
pub const ARENA_SIZES: [Bytes; 7] = [
    Bytes::mib(16),
    Bytes::mib(32),
    Bytes::mib(64),
    Bytes::mib(128),
    Bytes::mib(256),
    Bytes::mib(512),
    Bytes::mib(1024),
];
/// The speeds of the page's menu: scenario frames per 1/60 s.
pub const SPEEDS: [f64; 6] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0];
/// Smallest recording that may be chosen.
pub const RECORDING_MIN: Bytes = Bytes::mib(4);
/// Largest recording that may be chosen.
pub const RECORDING_MAX: Bytes = Bytes::mib(1024);
/// A recording is a multiple of this.
pub const RECORDING_STEP: Bytes = Bytes::mib(1);
/// Largest seed: the largest integer that JavaScript holds exactly.
pub const SEED_MAX: u64 = (1 << 53) - 1;

/// What defines a run: the same values give the same operations everywhere, in
/// each thread by itself; how threads mix is the machine's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// The workload that the engine runs.
    pub scenario: ScenarioKind,
    /// Which of its sequences.
    pub seed: u64,
    /// How the arena places.
    pub policy: PolicyKind,
    /// How the pool matches.
    pub pool_mode: PoolMode,
    /// How the budget's total is shared out.
    #[serde(default)]
    pub budget_mode: BudgetMode,
    /// The arena's size, metadata included, and the budget's total.
    pub arena_bytes: Bytes,
    /// Scenario frames per 1/60 s.
    pub speed: f64,
    /// Canaries, a fill of freed bytes and a quarantine: finds stray writes, costs
    /// time and memory.
    #[serde(default)]
    pub guards: bool,
    /// Threads that work on the arena beside the engine.
    pub mutators: u32,
    /// The most that the recording may hold in memory.
    #[serde(default = "recording_bytes_default")]
    pub recording_bytes: Bytes,
    /// What happens when it holds that much.
    #[serde(default)]
    pub recording_full: WhenFull,
    /// The run's events also go to a file in the browser's storage, which outlives
    /// the page.
    #[serde(default)]
    pub recording_file: bool,
    /// Threads wait for the recorder where it is behind, so that no event is lost:
    /// changes the pace, so it is for work that is not timed.
    #[serde(default)]
    pub lossless: bool,
}

/// About 12 million events.
const fn recording_bytes_default() -> Bytes {
    Bytes::mib(256)
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            scenario: ScenarioKind::GameLoop,
            seed: 42,
            policy: PolicyKind::FirstFit,
            pool_mode: PoolMode::CLASSES,
            budget_mode: BudgetMode::Shares,
            arena_bytes: Bytes::mib(256),
            speed: 1.0,
            guards: false,
            mutators: 0,
            recording_bytes: recording_bytes_default(),
            recording_full: WhenFull::default(),
            recording_file: false,
            lossless: false,
        }
    }
}

impl RunConfig {
    /// The names of the arguments.
    pub const ARGUMENTS: [&'static str; 13] = [
        "scenario",
        "seed",
        "policy",
        "pool_mode",
        "budget_mode",
        "arena_bytes",
        "speed",
        "guards",
        "mutators",
        "recording_bytes",
        "recording_full",
        "recording_file",
        "lossless",
    ];

    /// Reads the argument of `arenascope.start(…)` over `self`: what is absent
    /// keeps its value.
    ///
    /// # Errors
    /// The first argument that is unknown, of the wrong type or out of range.
    pub fn with_arguments(&self, arguments: &Value) -> Result<Self, ArgumentError> {
        let object = match arguments {
            Value::Null => return Ok(self.clone()),
            Value::Object(object) => object,
            other => return Err(refuse("start(…)", other, "an object")),
        };
        let mut config = self.clone();
        for (name, value) in object {
            config.set(name, value)?;
        }
        Ok(config)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), ArgumentError> {
        match name {
            "scenario" => self.scenario = chosen(name, value, ScenarioKind::from_key, &scenarios())?,
            "policy" => self.policy = chosen(name, value, PolicyKind::from_key, &policies())?,
            "pool_mode" => {
                let mode = value.as_str().and_then(PoolMode::from_key);
                self.pool_mode = mode.ok_or_else(|| refuse(name, value, &PoolMode::forms()))?;
            }
            "budget_mode" => self.budget_mode = chosen(name, value, BudgetMode::from_key, &budget_modes())?,
            "seed" => self.seed = integer(name, value, 0, SEED_MAX, 1)?,
            "arena_bytes" => {
                let bytes = integer(name, value, ARENA_MIN.get(), ARENA_MAX.get(), ARENA_STEP.get())?;
                self.arena_bytes = Bytes::new(bytes);
            }
            "speed" => self.speed = speed(name, value)?,
            "guards" => self.guards = switch(name, value)?,
            "recording_file" => self.recording_file = switch(name, value)?,
            "lossless" => self.lossless = switch(name, value)?,
            "recording_bytes" => {
                let (least, most) = (RECORDING_MIN.get(), RECORDING_MAX.get());
                self.recording_bytes = Bytes::new(integer(name, value, least, most, RECORDING_STEP.get())?);
            }
            "recording_full" => {
                self.recording_full = chosen(name, value, WhenFull::from_key, &recording_full_modes())?;
            }
            "mutators" => {
                let count = integer(name, value, 0, MUTATORS_MAX.into(), 1)?;
                self.mutators = u32::try_from(count).unwrap_or(MUTATORS_MAX);
            }
            _ => {
                return Err(unknown(name, &Self::ARGUMENTS.join(", ")));
            }
        }
        Ok(())
    }
}

/// A speed in range.
///
/// # Errors
/// What is not a number from the slowest to the fastest of [`SPEEDS`].
pub fn speed(name: &str, value: &Value) -> Result<f64, ArgumentError> {
    let (slowest, fastest) = (SPEEDS[0], SPEEDS[SPEEDS.len() - 1]);
    match value.as_f64() {
        Some(speed) if (slowest..=fastest).contains(&speed) => Ok(speed),
        _ => Err(refuse(name, value, &format!("a number from {slowest} to {fastest}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absent_keeps_its_value() {
        let default = RunConfig::default();
        assert_eq!(default.with_arguments(&Value::Null), Ok(default.clone()));
        assert_eq!(default.with_arguments(&json!({})), Ok(default.clone()));
        let config =
            default.with_arguments(&json!({"scenario": "leak", "seed": 7.0, "speed": 4, "guards": true})).unwrap();
        assert_eq!((config.scenario, config.seed, config.speed), (ScenarioKind::Leak, 7, 4.0));
        assert!(config.guards && !default.guards);
        assert_eq!(config.policy, default.policy);
    }

    #[test]
    fn what_cannot_be_used_is_named_with_what_can() {
        let cases = [
            (json!({"scenario": "chess"}), "scenario", "game-loop"),
            (json!({"scenario": 3}), "scenario", "idle"),
            (json!({"seed": -1}), "seed", "an integer from 0"),
            (json!({"seed": 1.5}), "seed", "an integer from 0"),
            (json!({"policy": "magic"}), "policy", "first_fit"),
            (json!({"pool_mode": ""}), "pool_mode", "classes"),
            (json!({"pool_mode": "classes:3"}), "pool_mode", "K steps per doubling"),
            (json!({"budget_mode": "free"}), "budget_mode", "single_total"),
            (json!({"arena_bytes": 1}), "arena_bytes", "from 16777216 to 1073741824"),
            (json!({"arena_bytes": 16_777_217}), "arena_bytes", "steps of 65536"),
            (json!({"speed": 0}), "speed", "0.25 to 8"),
            (json!({"guards": 1}), "guards", "true, false"),
            (json!({"guards": "true"}), "guards", "true, false"),
            (json!({"mutators": 9}), "mutators", "an integer from 0 to 8"),
            (json!({"mutators": 0.5}), "mutators", "an integer from 0 to 8"),
            (json!({"lossless": "no"}), "lossless", "true, false"),
            (json!({"recording_file": 1}), "recording_file", "true, false"),
            (json!({"recording_bytes": 1 << 20}), "recording_bytes", "from 4194304 to 1073741824"),
            (json!({"recording_bytes": (4 << 20) + 1}), "recording_bytes", "steps of 1048576"),
            (json!({"recording_full": "wait"}), "recording_full", "drop_oldest, stop"),
            (json!({"sede": 1}), "sede", "scenario, seed, policy"),
            (json!([1]), "start(…)", "an object"),
        ];
        for (arguments, name, allowed) in cases {
            let error = RunConfig::default().with_arguments(&arguments).unwrap_err();
            assert_eq!(error.argument, name, "{arguments}");
            assert!(error.to_string().contains(allowed), "{error}");
        }
    }

    #[test]
    fn a_config_survives_its_json() {
        let pool_mode = PoolMode::BestFit { max_waste_percent: 10 };
        let recording_full = WhenFull::Stop;
        let config = RunConfig { seed: SEED_MAX, pool_mode, recording_full, lossless: true, ..RunConfig::default() };
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<RunConfig>(&text).unwrap(), config);
        assert_eq!(RunConfig::default().with_arguments(&serde_json::from_str(&text).unwrap()), Ok(config));
    }
}
