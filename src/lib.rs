//! Arenascope: a memory profiler for engines that share one memory between
//! Wasm, WebGPU and WebNN.
//!
//! The library's interface is [`units`], [`owner`], [`arena`] and [`replay`]: each of
//! their public items has an example that runs (`tests/examples_in_docs.rs`). The other
//! modules are public for the page and the command line only, and may change at any
//! time; rustdoc leaves them out, but for `--document-hidden-items`.
//!
//! The modules in reading order, with their floor. A folder imports only from
//! lower floors, and from [`units`] and [`owner`]; `tests/floors.rs` checks it.
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 0 | [`units`], [`owner`] | bytes, times, ratios; categories, heaps, tags |
//! | 0 | `trace` | what any tool records of memory, in one form |
//! | 0 | `alloc` | a global allocator that tells what it does, for other programs |
//! | 1 | [`arena`] | the shared arena: node table, placement policies, handles, audit |
//! | 1 | `pool` | the GPU buffer pool's policy; knows handles, not wgpu |
//! | 1 | `budget` | limits by heap, category and tag; reservations, charges, lending, the report |
//! | 1 | `telemetry` | what threads tell each other: metrics, samples, events |
//! | 2 | `workload` | seeded scenarios: what to allocate next |
//! | 2 | `session` | ties arena, pool, budget and workload together |
//! | 2 | `recording` | every event, kept: time travel, metrics at any zoom, files |
//! | 2 | `formats` | the snapshot document; readers of other tools' recordings |
//! | 3 | `gate` | a run against rules, by itself and beside earlier runs; whose memory broke them |
//! | 3 | [`replay`] | one recording against the placement policies |
//! | 4 | `lab` | what the best could have done: bound, packing, policies, other people's allocators |
//! | 4 | `throughput` | nanoseconds per operation: the policies against a public allocator, and what recording costs |
//! | 5 | `analysis` | chart windows, axis steps, map pixels, tables, findings |
//! | 6 | `platform` | the web: workers, clock, WebGPU, WebNN, files |
//! | 7 | `app` | the page |

pub use arenascope_arena as arena;
pub use arenascope_replay as replay;
pub use arenascope_units as units;
pub use arenascope_units::owner;

#[doc(hidden)]
pub use {
    arenascope_analysis as analysis, arenascope_budget as budget, arenascope_formats as formats, arenascope_lab as lab,
    arenascope_pool as pool, arenascope_recording as recording, arenascope_session as session,
    arenascope_telemetry as telemetry, arenascope_throughput as throughput, arenascope_trace as trace,
    arenascope_workload as workload,
};

#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub use arenascope_gate as gate;

#[cfg(all(target_arch = "wasm32", feature = "web"))]
#[cfg_attr(doc, doc(hidden))]
pub mod platform;

#[cfg(all(target_arch = "wasm32", feature = "web"))]
#[cfg_attr(doc, doc(hidden))]
pub mod app;
