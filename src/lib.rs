//! Arenascope: a memory profiler for engines that share one memory between
//! Wasm, WebGPU and WebNN.
//!
//! The modules in reading order, with their floor. A folder imports only from
//! lower floors, and from [`units`] and [`owner`]; `tests/floors.rs` checks it.
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 0 | [`units`], [`owner`] | bytes, times, ratios; categories, heaps, tags |
//! | 1 | [`arena`] | the shared arena: node table, placement policies, handles, audit |
//! | 1 | [`pool`] | the GPU buffer pool's policy; knows handles, not wgpu |
//! | 1 | [`budget`] | limits by heap, category and tag; reservations, charges, lending, the report |
//! | 1 | [`telemetry`] | what threads tell each other: metrics, samples, events |
//! | 2 | [`workload`] | seeded scenarios: what to allocate next |
//! | 2 | [`session`] | ties arena, pool, budget and workload together |
//! | 2 | [`recording`] | every event, kept: time travel, metrics at any zoom, files |
//! | 2 | [`formats`] | the snapshot document; readers of other tools' recordings |
//! | 3 | [`replay`] | one recording against the placement policies |
//! | 4 | [`throughput`] | nanoseconds per operation: the policies against a public allocator |
//! | 5 | [`analysis`] | chart windows, axis steps, map pixels, tables |
//! | 6 | `platform` | the web: workers, clock, WebGPU, WebNN, files |
//! | 7 | `app` | the page |

#![cfg_attr(all(target_arch = "wasm32", target_feature = "atomics"), feature(stdarch_wasm_atomic_wait))]

pub mod owner;
pub mod units;

pub mod arena;
pub mod budget;
pub mod pool;
pub mod telemetry;

pub mod formats;
pub mod recording;
pub mod session;
pub mod workload;

pub mod replay;

pub mod throughput;

pub mod analysis;

#[cfg(all(target_arch = "wasm32", feature = "web"))]
pub mod platform;

#[cfg(all(target_arch = "wasm32", feature = "web"))]
pub mod app;
