//! What happens to memory, whoever recorded it.

use super::stacks::Site;

/// An address space of the run: a position in [`super::Manifest::spaces`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceId(pub u8);

/// A category of the run: a position in [`super::Manifest::categories`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryId(pub u8);

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Time since the run's start, µs. Never earlier than the event before. Formats
    /// without times count operations here, and say so: [`super::CannotTell::Times`].
    pub time_us: u64,
    /// Which thread, by the file's own order of appearance; 0 where it does not say.
    pub thread: u16,
    /// The call stack of whoever asked; [`Site::NONE`] where the file does not say.
    pub site: Site,
    /// What happened.
    pub action: Action,
}

/// What happened. Ids are the reader's: any 64 bits, unique among what lives in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Memory was taken.
    Allocate {
        /// Names it until its [`Action::Free`].
        id: u64,
        /// Where.
        space: SpaceId,
        /// At which address of the space; 0 in a space without addresses.
        address: u64,
        /// How much, bytes.
        bytes: u64,
        /// What for.
        category: CategoryId,
    },
    /// It was given back, and may be taken by others.
    Free {
        /// Which.
        id: u64,
    },
    /// It was given back by its holder, and cannot be taken by others yet: a GPU still
    /// uses it. A [`Action::Free`] follows.
    FreeRequested {
        /// Which.
        id: u64,
    },
    /// It lives on with another size, where it lies. A move is a free and an allocation.
    Resize {
        /// Which.
        id: u64,
        /// The new size, bytes.
        bytes: u64,
    },
    /// A range of a space got memory behind it: a segment, a block, committed pages.
    Reserve {
        /// Where.
        space: SpaceId,
        /// From which address.
        address: u64,
        /// How much, bytes.
        bytes: u64,
    },
    /// It lost it again.
    Release {
        /// Where.
        space: SpaceId,
        /// From which address.
        address: u64,
        /// How much, bytes.
        bytes: u64,
    },
    /// A request was refused: out of memory.
    Fail {
        /// Where it was to be.
        space: SpaceId,
        /// How much was asked for, bytes.
        bytes: u64,
        /// How much was free, where the file says.
        free_bytes: Option<u64>,
    },
    /// Something worth a mark, named by a position in [`super::Manifest::markers`].
    Mark {
        /// Which text.
        marker: u32,
    },
    /// The file says that events are missing here.
    Lost {
        /// How many; 0 where it does not say.
        count: u64,
    },
}
