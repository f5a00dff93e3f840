//! What the page shows, computed: pure functions of what the engine published.
//!
//! One folder for each thing that the page shows; in `app`, the folder of the same
//! name draws it.
//!
//! | folder | what it is |
//! |---|---|
//! | [`overview`] | the whole run at a glance: usage by category, the overview strip and its brush |
//! | [`timeline`] | every event over time, at any zoom; the memory at a moment |
//! | [`arena`] | the arena's identity and its free ranges, in tables |
//! | [`map`] | where every byte of the arena is, and what blocks a request |
//! | [`fragmentation`] | what cannot be used: ratios, waste, the heat map of free space |
//! | [`refusals`] | what the arena refused |
//! | [`threads`] | who works on the arena |
//! | [`throughput`] | the policies against a public allocator, measured here |
//! | [`pool`] | the GPU pool: hits and misses with their causes, everything alive in it |
//! | [`budget`] | limits, pressure, and what other limits would have done |
//! | [`events`] | the table of all events: searched, sorted, copied |
//! | [`exports`] | how far runs are that are saved as files |
//! | [`categories`] | categories by rules of the user's |
//! | [`leaks`] | lifetimes, and growth without release |
//! | [`stacks`] | who allocates, by call stack: the graph of frames and its table |
//! | [`lab`] | what another policy, or the best, would have done with a run |
//! | [`compare`] | two runs, two moments or snapshots side by side |
//! | [`snapshots`] | snapshot documents, read and compared |
//! | [`recordings`] | stored recordings, and the index of the one in memory |
//! | [`selection`], [`moment`] | what all panels look at; the figures of an earlier moment |
//! | [`run`] | the settings of a run, as a link; the names of its categories and tags |
//! | [`chart`] | what all charts are made of: windows, axes, ticks, columns, plots |
//! | [`numbers`] | numbers as text, and typed text as numbers |
//! | [`frames`] | what is done in which animation frame, and how long frames take |
//! | [`shell`] | what surrounds the panels |

pub mod arena;
pub mod budget;
pub mod categories;
pub mod chart;
pub mod compare;
pub mod events;
pub mod exports;
pub mod fragmentation;
pub mod frames;
pub mod lab;
pub mod leaks;
pub mod map;
pub mod moment;
pub mod numbers;
pub mod overview;
pub mod pool;
pub mod recordings;
pub mod refusals;
pub mod run;
pub mod selection;
pub mod shell;
pub mod snapshots;
pub mod stacks;
pub mod threads;
pub mod throughput;
pub mod timeline;
