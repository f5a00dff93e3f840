//! A progress bar on a terminal; nothing anywhere else.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Read;

/// One line of standard error that is drawn again and again, and wiped away at the end.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for `total` steps of `label`; without a total, as of a pipe, one that only
    /// shows how far it has come.
    pub(crate) fn new(label: &'static str, total: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let known = "{msg:<12} [{bar:30}] {percent:>3} %";
        let template = if total.is_some() { known } else { "{msg:<12} {human_pos}" };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("# "));
        bar.set_message(label);
        Self { bar }
    }

    /// A line of words alone.
    pub(crate) fn line() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }

    /// Shows other words.
    pub(crate) fn tell(&self, words: &str) {
        self.bar.set_message(words.to_owned());
        self.bar.tick();
    }

    /// Shows that `done` steps are done.
    pub(crate) fn show(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// `source`, each byte of which is a step.
    pub(crate) fn counted<R: Read>(&self, source: R) -> impl Read + use<R> {
        self.bar.wrap_read(source)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn what_is_read_is_counted() {
        for total in [Some(10), None] {
            let progress = Progress::new("reading", total);
            io::copy(&mut progress.counted([7; 10].as_slice()), &mut io::sink()).unwrap();
            assert_eq!((progress.bar.position(), progress.bar.length()), (10, total));
        }
    }
}
