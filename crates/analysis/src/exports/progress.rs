//! How far a file is that is being written, in words.

use crate::numbers::text::count;
use arenascope_units::Ratio;

/// `1 200 000 of 5 000 000 events, 24 %`; which reading of the run it is, from the second on,
/// as some formats need a look before they write.
pub fn words(events: u64, all: u64, reading: u32) -> String {
    if all == 0 {
        return "waiting for its turn".into();
    }
    let again = if reading > 1 { format!(", reading {reading}") } else { String::new() };
    format!("{} of {} events, {:.0} %{again}", count(events), count(all), (100.0 * part(events, all)).floor())
}

/// Which part of the events was read, from 0 to 1.
pub fn part(events: u64, all: u64) -> f64 {
    Ratio::new(events.min(all) as f64 / all.max(1) as f64).get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_many_of_all_and_which_time() {
        let plain = |events, all, reading| words(events, all, reading).replace('\u{a0}', " ");
        assert_eq!(plain(0, 0, 0), "waiting for its turn");
        assert_eq!(plain(0, 5_000, 1), "0 of 5 000 events, 0 %");
        assert_eq!(plain(4_999, 5_000, 1), "4 999 of 5 000 events, 99 %");
        assert_eq!(plain(1_024, 5_000, 2), "1 024 of 5 000 events, 20 %, reading 2");
        assert_eq!((part(2, 4), part(9, 4), part(1, 0)), (0.5, 1.0, 0.0));
    }
}
