//! The page's clock: the moment that is shown where it is not the newest, the bar that tells
//! it, and the figures of that moment.

pub mod bar;
pub mod clock;
pub mod figures;
