//! Tables for spreadsheets, as RFC 4180 has it: CRLF ends a row, texts with commas, quotes
//! or line ends stand in quotes. A text that a spreadsheet would take for a formula (it
//! begins with `=`, `+`, `-`, `@`, a tab or a carriage return) gets an apostrophe in front,
//! which is part of the text for every other reader; numbers are left as they are.

use super::error::{ExportError, each};
use super::live::Live;
use super::row::{OPERATIONS, Row};
use super::totals::Totals;
use arenascope_trace::{Run, Site, Stacks};
use std::io::Write;

/// Every event, one a row. What is freed says what it was.
pub(super) fn write_events(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let manifest = run.manifest();
    out.write_all(b"time_us,thread,op,id,bytes,address,space,category,site,function,file,line,note\r\n")?;
    let (mut live, mut line) = (Live::default(), Line::default());
    each(run, |event| {
        let row = Row::of(event, &live, manifest);
        let space = row.space.and_then(|space| manifest.spaces.get(usize::from(space.0)));
        let category = row.category.and_then(|category| manifest.categories.get(usize::from(category.0)));
        line.number(Some(event.time_us)).number(Some(u64::from(event.thread)));
        line.text(OPERATIONS[usize::from(row.operation)]).number(row.id).number(row.bytes).number(row.address);
        line.text(space.map_or("", |space| &space.label)).text(category.map_or("", |category| &category.label));
        line.frame(run.stacks(), event.site).text(row.note.as_deref().unwrap_or_default());
        live.apply(event).for_each(drop);
        line.end(out)
    })
}

/// The sums behind every event that changes one.
pub(super) fn write_totals(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let (manifest, mut line) = (run.manifest(), Line::default());
    line.text("time_us").text("live_bytes").text("reserved_bytes");
    manifest.categories.iter().for_each(|category| {
        line.text(&category.label);
    });
    line.end(out)?;
    let (mut live, mut totals) = (Live::default(), Totals::of(manifest));
    each(run, |event| {
        for change in live.apply(event) {
            totals.apply(&change);
            line.number(Some(event.time_us)).number(Some(totals.live_bytes)).number(Some(totals.reserved_bytes()));
            totals.by_category.iter().for_each(|bytes| {
                line.number(Some(*bytes));
            });
            line.end(out)?;
        }
        Ok(())
    })
}

/// The next row, with a comma behind each cell.
#[derive(Default)]
struct Line(Vec<u8>);

impl Line {
    fn number(&mut self, number: Option<u64>) -> &mut Self {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut left = number;
        while let Some(number) = left {
            at -= 1;
            digits[at] = b'0' + (number % 10) as u8;
            left = Some(number / 10).filter(|left| *left != 0);
        }
        self.0.extend_from_slice(&digits[at..]);
        self.0.push(b',');
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let defused = if is_formula { "'" } else { "" };
        match text.contains(['"', ',', '\r', '\n']) {
            true => self.0.extend(format!("\"{defused}{}\"", text.replace('"', "\"\"")).bytes()),
            false => [defused, text].iter().for_each(|part| self.0.extend_from_slice(part.as_bytes())),
        }
        self.0.push(b',');
        self
    }

    /// Site, function, file and line.
    fn frame(&mut self, stacks: &Stacks, site: Site) -> &mut Self {
        let frame = stacks.node(site).and_then(|(_, frame)| stacks.frame(frame));
        self.number((site != Site::NONE).then_some(u64::from(site.0)));
        self.text(frame.map_or("", |frame| &frame.function)).text(frame.map_or("", |frame| &frame.file));
        self.number(frame.map(|frame| u64::from(frame.line)).filter(|line| *line != 0))
    }

    /// Writes it, and begins the one after.
    fn end(&mut self, out: &mut dyn Write) -> Result<(), ExportError> {
        self.0.pop();
        self.0.extend_from_slice(b"\r\n");
        out.write_all(&self.0)?;
        self.0.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_they_must_and_never_a_formula() {
        for (plain, cell) in [
            ("Stream 0", "Stream 0"),
            ("=HYPERLINK(1,2)", "\"'=HYPERLINK(1,2)\""),
            ("-1", "'-1"),
            ("+x", "'+x"),
            ("@x", "'@x"),
            ("a\"b", "\"a\"\"b\""),
            ("a\nb", "\"a\nb\""),
            ("\tx", "'\tx"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            let mut line = Line::default();
            line.text(plain);
            assert_eq!(String::from_utf8(line.0).unwrap(), format!("{cell},"));
        }
    }

    #[test]
    fn numbers_are_plain_digits() {
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            let mut line = Line::default();
            line.number(Some(number)).number(None);
            assert_eq!(String::from_utf8(line.0).unwrap(), format!("{number},,"));
        }
    }
}
