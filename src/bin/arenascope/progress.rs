//! A progress bar on a terminal; nothing anywhere else.

use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// Cells of the bar.
const WIDTH: u64 = 30;

/// Between two drawings.
const PERIOD: Duration = Duration::from_millis(100);

/// One line of standard error that is drawn again and again.
#[derive(Debug)]
pub(crate) struct Progress {
    is_terminal: bool,
    drawn: Option<Instant>,
}

impl Progress {
    /// A bar if standard error is a terminal.
    pub(crate) fn new() -> Self {
        Self { is_terminal: io::stderr().is_terminal(), drawn: None }
    }

    /// Shows `done` of `total`, ten times a second at most. Without a total, as
    /// of a pipe, the bar stays empty.
    pub(crate) fn show(&mut self, label: &str, done: u64, total: u64) {
        if self.is_terminal && self.drawn.is_none_or(|drawn| drawn.elapsed() >= PERIOD) {
            self.drawn = Some(Instant::now());
            draw(&format!("\r\x1b[K{}", line(label, done, total)));
        }
    }

    /// Wipes the bar away.
    pub(crate) fn end(&mut self) {
        if self.drawn.take().is_some() {
            draw("\r\x1b[K");
        }
    }
}

/// A terminal that is gone must not end the work.
fn draw(text: &str) {
    let mut output = io::stderr().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

fn line(label: &str, done: u64, total: u64) -> String {
    let part = if total == 0 { 0.0 } else { (done as f64 / total as f64).min(1.0) };
    let filled = (part * WIDTH as f64) as usize;
    let empty = WIDTH as usize - filled;
    format!("{label:<12} [{}{}] {:3.0} %", "#".repeat(filled), " ".repeat(empty), part * 100.0)
}

/// A source that says how much of it has been read.
pub(crate) struct Counted<'a, R> {
    source: R,
    done: u64,
    total: u64,
    progress: &'a mut Progress,
}

impl<'a, R: Read> Counted<'a, R> {
    /// Reads `source`, of `total` bytes.
    pub(crate) fn new(source: R, total: u64, progress: &'a mut Progress) -> Self {
        Self { source, done: 0, total, progress }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.done += count as u64;
        self.progress.show("reading", self.done, self.total);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_and_never_overflows() {
        assert_eq!(line("reading", 0, 0), format!("reading      [{}]   0 %", " ".repeat(30)));
        assert_eq!(line("reading", 1, 2), format!("reading      [{}{}]  50 %", "#".repeat(15), " ".repeat(15)));
        assert_eq!(line("reading", 9, 2), format!("reading      [{}] 100 %", "#".repeat(30)));
    }

    #[test]
    fn what_is_read_is_counted() {
        let mut progress = Progress { is_terminal: false, drawn: None };
        let mut counted = Counted::new([7; 10].as_slice(), 10, &mut progress);
        io::copy(&mut counted, &mut io::sink()).unwrap();
        assert_eq!(counted.done, 10);
        assert!(progress.drawn.is_none(), "drawn on what is no terminal");
    }
}
