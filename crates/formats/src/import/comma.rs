//! Lines of fields with commas between them (RFC 4180); a field does not span lines.

use super::lines::Line;
use crate::import::error::ImportError;
use std::borrow::Cow;
use std::str::FromStr;

/// The fields of a line, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'l> {
    line: Line<'l>,
    rest: Option<&'l [u8]>,
}

impl<'l> Fields<'l> {
    pub(super) fn of(line: Line<'l>) -> Self {
        let rest = line.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line.bytes);
        Self { line, rest: Some(rest) }
    }

    /// The next field without its quotes; `None` behind the last.
    ///
    /// # Errors
    /// A quote that does not end, or something behind the one that does.
    pub(super) fn next(&mut self) -> Result<Option<Cow<'l, [u8]>>, ImportError> {
        let Some(rest) = self.rest else { return Ok(None) };
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            return self.quoted(rest, quoted).map(Some);
        }
        let end = rest.iter().position(|&byte| byte == b',');
        self.rest = end.map(|end| &rest[end + 1..]);
        Ok(Some(Cow::Borrowed(&rest[..end.unwrap_or(rest.len())])))
    }

    fn quoted(&mut self, field: &'l [u8], quoted: &'l [u8]) -> Result<Cow<'l, [u8]>, ImportError> {
        let mut text = Cow::Borrowed(&quoted[..0]);
        let mut rest = quoted;
        loop {
            let end = rest.iter().position(|&byte| byte == b'"');
            let end = end.ok_or_else(|| self.line.malformed(field, "a quote at the end of the field"))?;
            match text {
                Cow::Borrowed([]) => text = Cow::Borrowed(&rest[..end]),
                _ => text.to_mut().extend_from_slice(&rest[..end]),
            }
            match &rest[end + 1..] {
                [b'"', after @ ..] => {
                    text.to_mut().push(b'"');
                    rest = after;
                }
                [] => {
                    self.rest = None;
                    return Ok(text);
                }
                [b',', after @ ..] => {
                    self.rest = Some(after);
                    return Ok(text);
                }
                after => return Err(self.line.malformed(after, "a comma behind the quote")),
            }
        }
    }
}

/// The number that a field of `line` is.
///
/// # Errors
/// That it is none, or does not fit.
pub(super) fn number<T: FromStr>(line: &Line, field: &[u8]) -> Result<T, ImportError> {
    let number = std::str::from_utf8(field).ok().and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| {
        // One that had to be put together is nowhere in the line.
        let begin = (field.as_ptr() as usize).wrapping_sub(line.bytes.as_ptr() as usize);
        line.malformed(line.bytes.get(begin..).unwrap_or(line.bytes), "a decimal number that fits 64 bits")
    })
}

/// Which column has which name.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
}

/// Most columns of a table.
const COLUMNS_MAX: usize = 64;

impl Columns {
    /// Of the first line.
    pub(super) fn of(line: Line) -> Result<Self, ImportError> {
        let (mut fields, mut names) = (Fields::of(line), Vec::new());
        while let Some(name) = fields.next()? {
            if names.len() == COLUMNS_MAX {
                return Err(line.too_much("columns", COLUMNS_MAX as u64));
            }
            names.push(String::from_utf8_lossy(&name).trim().to_lowercase());
        }
        Ok(Self { names })
    }

    /// The column that has one of the names.
    pub(super) fn position(&self, names: &[&str]) -> Option<usize> {
        self.names.iter().position(|name| names.contains(&name.as_str()))
    }

    /// Puts the fields of a line into `row`, one for each column.
    ///
    /// # Errors
    /// A line with more or fewer.
    pub(super) fn read<'l>(&self, line: Line<'l>, row: &mut Vec<Cow<'l, [u8]>>) -> Result<(), ImportError> {
        row.clear();
        let mut fields = Fields::of(line);
        while let Some(field) = fields.next()? {
            row.push(field);
            if row.len() > self.names.len() {
                break;
            }
        }
        if row.len() == self.names.len() {
            return Ok(());
        }
        let rest = fields.rest.unwrap_or_default();
        Err(line.malformed(rest, format!("{} fields, as the first line has", self.names.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::format::Format;
    use crate::import::lines::Lines;

    fn fields(text: &str) -> Result<Vec<String>, String> {
        let mut input = text.as_bytes();
        let mut lines = Lines::new(Format::Memray, &mut input);
        let line = lines.next_any().unwrap().unwrap();
        let (mut fields, mut shown) = (Fields::of(line), Vec::new());
        while let Some(field) = fields.next().map_err(|error| error.to_string())? {
            shown.push(String::from_utf8_lossy(&field).into_owned());
        }
        Ok(shown)
    }

    #[test]
    fn fields_are_split_at_commas_outside_of_quotes() {
        assert_eq!(fields("a,b c,,\"d,\"\"e\"\"\",\"\"\n").unwrap(), ["a", "b c", "", "d,\"e\"", ""]);
        assert_eq!(fields("\"\"\"a\"\n").unwrap(), ["\"a"]);
        assert_eq!(fields("\"a\"\"\"\n").unwrap(), ["a\""]);
        assert_eq!(fields("\u{feff}a,\n").unwrap(), ["a", ""]);
        let error = fields("a,\"b\n").unwrap_err();
        assert_eq!(error, "memray CSV: line 1, column 3: expected a quote at the end of the field, found `\\\"b`");
        let error = fields("\"a\"b\n").unwrap_err();
        assert_eq!(error, "memray CSV: line 1, column 4: expected a comma behind the quote, found `b`");
    }
}
