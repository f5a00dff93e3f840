//! Light, dark or as the system says: the choice, and the colours that canvases are drawn with.

mod category_colours;
pub mod choice;
pub mod follow;
pub mod palette;
