//! A comparison in the page's address: `compare=1@end&compare=2@marker:Level%202&align=frame`.
//! Runs are told by the order in which the address opens their files; 0 is the engine's.

use super::moment::{Moment, NoMoment};
use core::fmt;
use core::str::FromStr;

/// One side of a comparison in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedSide {
    /// The how manieth file of the address, from 1; 0 for the engine's run.
    pub file: usize,
    /// The moment.
    pub moment: Moment,
}

impl FromStr for LinkedSide {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let (file, moment) = text.split_once('@').unwrap_or((text, "end"));
        let file = file.parse().map_err(|_| NoMoment { text: text.into() })?;
        Ok(Self { file, moment: moment.parse()? })
    }
}

impl fmt::Display for LinkedSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.file, self.moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_read_as_it_is_written() {
        for text in ["0@end", "1@event:12", "2@marker:a@b#2", "3@15us"] {
            assert_eq!(text.parse::<LinkedSide>().unwrap().to_string(), text);
        }
        assert_eq!("4".parse::<LinkedSide>().unwrap().to_string(), "4@end");
        for text in ["", "x@end", "1@", "-1@end"] {
            assert!(text.parse::<LinkedSide>().is_err(), "{text}");
        }
    }
}
