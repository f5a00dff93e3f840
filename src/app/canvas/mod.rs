//! What the page draws on: canvases as large as their place, in layers that know what they
//! show, drawn frame by frame at a pace that can be read; and what a pointer does on them.

pub(crate) mod keyed;
pub(crate) mod layer;
pub(crate) mod live;
pub(crate) mod pace;
pub(crate) mod pixels;
pub(crate) mod plotters_backend;
pub(crate) mod pointer;
pub(crate) mod stage;
pub(crate) mod svg_backend;
