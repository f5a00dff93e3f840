//! Categories by rules of the user's: `stack contains conv2d => Convolutions`.

pub mod matching;
pub mod regrouped;
pub mod rules;
