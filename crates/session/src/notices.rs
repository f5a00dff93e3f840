//! The console's lines, at a bounded rate: what exceeds it is counted and
//! summed up in one line.

use arenascope_telemetry::notice::{Level, Notice};

/// Lines per second that pass as they are.
const LINES_PER_SECOND: u32 = 4;
const SECOND_US: u64 = 1_000_000;

/// Lines on their way to the console.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    waiting: Vec<Notice>,
    second: u64,
    passed: u32,
    held_back: u32,
}

impl Notices {
    /// Says something. Informational lines are rare and always pass.
    pub(crate) fn say(&mut self, time_us: u64, level: Level, text: String) {
        self.turn(time_us);
        if level != Level::Info {
            if self.passed >= LINES_PER_SECOND {
                self.held_back += 1;
                return;
            }
            self.passed += 1;
        }
        self.waiting.push(Notice { time_us, level, text });
    }

    /// Takes what is to be shown.
    pub(crate) fn take(&mut self, time_us: u64) -> Vec<Notice> {
        self.turn(time_us);
        std::mem::take(&mut self.waiting)
    }

    fn turn(&mut self, time_us: u64) {
        let second = time_us / SECOND_US;
        if second == self.second {
            return;
        }
        if self.held_back > 0 {
            let text = format!("and {} more warnings and errors within that second", self.held_back);
            self.waiting.push(Notice { time_us, level: Level::Warning, text });
        }
        (self.second, self.passed, self.held_back) = (second, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_summed_up() {
        let mut notices = Notices::default();
        (0..100).for_each(|n| notices.say(n, Level::Error, format!("{n}")));
        assert_eq!(notices.take(200).len(), 4);
        let later = notices.take(SECOND_US + 1);
        assert_eq!(later.len(), 1);
        assert!(later[0].text.contains("96 more"));
        assert_eq!(notices.take(SECOND_US * 2), []);
    }
}
