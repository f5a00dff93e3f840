//! The arena map: every byte at a moment, which part of it is where on screen, its
//! colours, and what is read at a place or asked of it.

pub mod blockers;
pub mod blockers_search;
pub mod cells;
pub mod colours;
pub mod ground;
pub mod layout;
pub mod pin;
pub mod pinning;
pub mod scene;
pub mod spaces;
mod tag_colours;
pub mod text;
pub mod window;
