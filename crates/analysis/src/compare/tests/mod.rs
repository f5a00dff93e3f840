//! Random runs compared with themselves and with each other, and runs made by hand.

mod by_hand;
mod random;
