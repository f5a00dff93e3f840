//! What would have happened under other limits: the history, run again on a
//! budget that has them. The decisions are the budget's own code, not a second
//! version of it.
//!
//! A run is what it is because of what its budget answered: whether a request
//! was granted, whether others had to give way for it, how high the pressure was.
//! As long as the other limits give the same answers, the run under them is this
//! run, and what is said of it is exact. From the first answer that is another
//! one, the [`Parting`], the run itself would have gone on differently, and no
//! history tells how. From there on two things are said: an estimate, and how
//! many requests are refused at least, which holds whatever happened instead.

mod answer;
mod floor;
mod replay;

pub use answer::{Parting, PartingCause, REFUSALS_LISTED, RefusalRow, WhatIf};

use super::Budget;
use super::history::History;
use super::limits::Limits;

impl Budget {
    /// What would have become of `history` had its limits been edited so: `edit`
    /// is given each of the limits that it was recorded under, and answers with
    /// those to try instead. An edit that changes nothing answers with what
    /// happened. Changes no budget, and the same arguments give the same answer.
    /// O(entries × log).
    ///
    /// # Errors
    ///
    /// The edit's.
    pub fn what_if<E>(history: &History, edit: impl FnMut(&Limits) -> Result<Limits, E>) -> Result<WhatIf, E> {
        let mut replay = replay::Replay::new(history, edit)?;
        for entry in &history.entries {
            replay.step(entry)?;
        }
        Ok(replay.finish(history))
    }
}
