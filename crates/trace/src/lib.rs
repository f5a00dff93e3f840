//! What any tool records of memory, in one form.
//!
//! A reader of a file tells a [`Sink`] what the run is ([`Manifest`]: source, address
//! spaces, categories, what it cannot tell), the call stacks it met ([`Stacks`]), and its
//! events ([`Event`]) in order of time. Who shows, replays or exports a run reads the same
//! three. [`Collected`] is all of it in memory, for tests and for small files.
//!
//! ```text
//! file ─▶ reader ─▶ Sink ─▶ recording (page) | Collected | an export
//!                    ├ manifest()  what it is
//!                    ├ stacks()    frames, stacks as a prefix tree
//!                    └ event()     allocate, free, resize, …
//! ```

mod collected;
mod event;
mod extents;
mod manifest;
mod run;
mod sink;
mod stacks;
mod totals;

pub use collected::Collected;
pub use event::{Action, CategoryId, Event, SpaceId};
pub use extents::{Extent, Extents};
pub use manifest::{
    CATEGORIES_MAX, CannotTell, Category, Colour, Finding, FindingKind, Manifest, Note, NoteKind, SPACES_MAX, Source,
    Space,
};
pub use run::Run;
pub use sink::{Sink, Stopped};
pub use stacks::{Frame, FrameId, SITES_MAX, Site, Stacks};
pub use totals::{Held, Totals};
