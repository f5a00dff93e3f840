//! The verdict of each rule.

mod band;
mod report;

pub use band::Band;
pub use report::{Judged, Report, Subject, Verdict, check};
