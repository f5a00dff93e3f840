//! Values one by one, as they are asked for.

use super::number::Number;
use super::text::{self, Unended};
use super::window::Window;
use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use std::io::Read;

/// Deepest nesting: call trees of profiles go some thousand levels deep.
const DEPTH_MAX: usize = 1 << 18;
/// Longest number: what a double takes when it is written out.
const NUMBER_MAX: usize = 512;

/// What a value is, by its first letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    Text,
    /// A digit or `-`.
    Number,
    /// `true`, `false`, `null`, and what some write for numbers that are none: `NaN`.
    Word,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Object { is_begun: bool },
    Array { is_begun: bool },
}

/// A JSON file at some place. Whoever began an object or an array asks for its keys or
/// elements until there is none, and reads or skips each value.
pub(in crate::import) struct Json<'i> {
    window: Window<'i>,
    format: Format,
    text: Vec<u8>,
    levels: Vec<Level>,
    is_cut: bool,
    has_lines: bool,
}

impl<'i> Json<'i> {
    /// Of a file in a format that errors name.
    pub(in crate::import) fn new(format: Format, input: &'i mut dyn Read) -> Self {
        let mut window = Window::new(input);
        if window.ahead().starts_with(b"\xef\xbb\xbf") {
            window.pass(3);
        }
        Self { window, format, text: Vec::new(), levels: Vec::new(), is_cut: false, has_lines: false }
    }

    /// Of a text that people look at in an editor: its places are lines and columns.
    pub(in crate::import) fn of_lines(format: Format, input: &'i mut dyn Read) -> Self {
        Self { has_lines: true, ..Self::new(format, input) }
    }

    /// Where it stands.
    pub(in crate::import) fn place(&self) -> Place {
        if self.has_lines { self.window.line_column() } else { Place::Byte(self.window.byte()) }
    }

    /// Whether the last error was that the file ends too early.
    pub(in crate::import) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The error that something else should stand here.
    #[cold]
    pub(in crate::import) fn wrong(&mut self, expected: &str) -> ImportError {
        self.is_cut = self.window.peek().is_none();
        if let Some(error) = self.window.take_failure() {
            self.is_cut = false;
            return error.into();
        }
        let found = self.window.found();
        ImportError::Malformed { format: self.format, place: self.place(), expected: expected.into(), found }
    }

    /// The error that there is too much of something.
    #[cold]
    pub(in crate::import) fn too_much(&self, what: &'static str, most: u64) -> ImportError {
        ImportError::TooMuch { format: self.format, place: self.place(), what, most }
    }

    /// What the next value is.
    pub(in crate::import) fn kind(&mut self) -> Result<Kind, ImportError> {
        match self.window.peek_past_blanks() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::Text),
            Some(b'0'..=b'9' | b'-') => Ok(Kind::Number),
            Some(byte) if byte.is_ascii_alphabetic() => Ok(Kind::Word),
            _ => Err(self.wrong("a value")),
        }
    }

    /// Begins an object.
    pub(in crate::import) fn begin_object(&mut self) -> Result<(), ImportError> {
        if self.begin(Kind::Object)? { Ok(()) } else { Err(self.wrong("an object")) }
    }

    /// Begins an array.
    pub(in crate::import) fn begin_array(&mut self) -> Result<(), ImportError> {
        if self.begin(Kind::Array)? { Ok(()) } else { Err(self.wrong("an array")) }
    }

    /// Begins an object, or skips what is none; whether it was one.
    pub(in crate::import) fn begins_object(&mut self) -> Result<bool, ImportError> {
        Ok(self.begin(Kind::Object)? || self.skip().map(|()| false)?)
    }

    /// Begins an array, or skips what is none; whether it was one.
    pub(in crate::import) fn begins_array(&mut self) -> Result<bool, ImportError> {
        Ok(self.begin(Kind::Array)? || self.skip().map(|()| false)?)
    }

    /// Goes into the next value if it is of that kind.
    fn begin(&mut self, kind: Kind) -> Result<bool, ImportError> {
        if self.kind()? != kind {
            return Ok(false);
        }
        if self.levels.len() == DEPTH_MAX {
            return Err(self.too_much("levels of nesting", DEPTH_MAX as u64));
        }
        self.window.bump();
        let is_begun = false;
        self.levels.push(if kind == Kind::Object { Level::Object { is_begun } } else { Level::Array { is_begun } });
        Ok(true)
    }

    /// Whether the array at hand has another element, before which it then stands.
    #[inline]
    pub(in crate::import) fn next(&mut self) -> Result<bool, ImportError> {
        let is_begun = self.levels.last() == Some(&Level::Array { is_begun: true });
        let has_more = self.go_on(is_begun, b']', "`,` or `]`")?;
        if has_more
            && !is_begun
            && let Some(level) = self.levels.last_mut()
        {
            *level = Level::Array { is_begun: true };
        }
        Ok(has_more)
    }

    /// The next key of the object at hand; `None` behind the last.
    pub(in crate::import) fn key(&mut self) -> Result<Option<&str>, ImportError> {
        if !self.before_key()? {
            return Ok(None);
        }
        self.read_text()?;
        self.colon()?;
        Ok(Some(self.last_text()))
    }

    /// Whether there is another key, before which it then stands.
    fn before_key(&mut self) -> Result<bool, ImportError> {
        let is_begun = self.levels.last() == Some(&Level::Object { is_begun: true });
        if !self.go_on(is_begun, b'}', "`,` or `}`")? {
            return Ok(false);
        }
        if let Some(level) = self.levels.last_mut() {
            *level = Level::Object { is_begun: true };
        }
        if self.window.peek() == Some(b'"') { Ok(true) } else { Err(self.wrong("a key")) }
    }

    fn colon(&mut self) -> Result<(), ImportError> {
        if self.window.peek_past_blanks() != Some(b':') {
            return Err(self.wrong("`:`"));
        }
        self.window.bump();
        Ok(())
    }

    /// Passes the comma before what follows, or the bracket that closes the level.
    #[inline]
    fn go_on(&mut self, is_begun: bool, closing: u8, expected: &str) -> Result<bool, ImportError> {
        let mut next = self.window.peek_past_blanks();
        if next == Some(b',') && is_begun {
            self.window.bump();
            next = self.window.peek_past_blanks();
        } else if is_begun && next != Some(closing) {
            return Err(self.wrong(expected));
        }
        match next {
            Some(byte) if byte == closing => {
                self.window.bump();
                self.levels.pop();
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(self.wrong(expected)),
        }
    }

    /// The next value as a text; anything else is skipped.
    pub(in crate::import) fn text(&mut self) -> Result<Option<&str>, ImportError> {
        if self.kind()? != Kind::Text {
            self.skip()?;
            return Ok(None);
        }
        self.read_text()?;
        Ok(Some(self.last_text()))
    }

    /// The next value as a number, which some write as a text; anything else is skipped.
    #[inline]
    pub(in crate::import) fn number(&mut self) -> Result<Option<Number>, ImportError> {
        match self.window.peek_past_blanks() {
            Some(b'0'..=b'9' | b'-') => self.read_number(),
            Some(b'"') => {
                self.read_text()?;
                Ok(Number::of(self.last_text().trim().as_bytes()))
            }
            _ => self.skip().map(|()| None),
        }
    }

    /// The next value as a whole number from 0; anything else is skipped.
    #[inline]
    pub(in crate::import) fn u64(&mut self) -> Result<Option<u64>, ImportError> {
        Ok(self.number()?.and_then(Number::to_u64))
    }

    /// The next value as a position below 2³²−1; anything else is skipped.
    #[inline]
    pub(in crate::import) fn u32(&mut self) -> Result<Option<u32>, ImportError> {
        Ok(self.u64()?.and_then(|number| u32::try_from(number).ok()).filter(|&number| number != u32::MAX))
    }

    fn last_text(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    fn read_text(&mut self) -> Result<(), ImportError> {
        self.window.bump();
        text::read(&mut self.window, &mut self.text).map_err(|Unended| self.wrong("`\"`"))
    }

    fn read_number(&mut self) -> Result<Option<Number>, ImportError> {
        self.text.clear();
        let (mut whole, mut is_whole) = (0_u64, true);
        while let Some(byte) = self.window.peek() {
            match byte {
                b'0'..=b'9' => whole = whole.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
                b'-' | b'+' | b'.' => is_whole = false,
                // `1e5`, and `-Infinity`.
                _ if byte.is_ascii_alphabetic() => is_whole = false,
                _ => break,
            }
            if self.text.len() == NUMBER_MAX {
                return Err(self.wrong("a shorter number"));
            }
            self.text.push(byte);
            self.window.bump();
        }
        // Up to 19 digits always fit 64 bits.
        if is_whole && self.text.len() <= 19 {
            return Ok(Some(Number::Unsigned(whole)));
        }
        // A number at the very end may have been cut; and what is none is wrong here.
        if self.window.peek().is_none() && !self.levels.is_empty() {
            return Err(self.wrong("the rest of a number"));
        }
        let number = Number::of(&self.text);
        let is_none = number.is_none() && !self.text.ends_with(b"nan") && !self.text.ends_with(b"(ind)");
        if is_none { Err(self.wrong("a number before this")) } else { Ok(number) }
    }

    /// Passes the next value, whatever it is.
    pub(in crate::import) fn skip(&mut self) -> Result<(), ImportError> {
        let floor = self.levels.len();
        self.skip_into()?;
        while self.levels.len() > floor {
            let has_more = match self.levels.last() {
                Some(Level::Object { .. }) => self.skip_key()?,
                _ => self.next()?,
            };
            if has_more {
                self.skip_into()?;
            }
        }
        Ok(())
    }

    /// Passes a value without parts, or goes into one with parts.
    fn skip_into(&mut self) -> Result<(), ImportError> {
        match self.kind()? {
            kind @ (Kind::Object | Kind::Array) => self.begin(kind).map(|_| ()),
            Kind::Text => self.skip_text(),
            Kind::Number => self.read_number().map(|_| ()),
            Kind::Word => self.word(),
        }
    }

    fn skip_key(&mut self) -> Result<bool, ImportError> {
        if !self.before_key()? {
            return Ok(false);
        }
        self.skip_text()?;
        self.colon()?;
        Ok(true)
    }

    fn skip_text(&mut self) -> Result<(), ImportError> {
        self.window.bump();
        text::skip(&mut self.window).map_err(|Unended| self.wrong("`\"`"))
    }

    fn word(&mut self) -> Result<(), ImportError> {
        const WORDS: [&[u8]; 7] = [b"true", b"false", b"null", b"NaN", b"nan", b"Infinity", b"inf"];
        self.text.clear();
        while let Some(byte) = self.window.peek().filter(u8::is_ascii_alphabetic) {
            if self.text.len() == 8 {
                return Err(self.wrong("a value"));
            }
            self.text.push(byte);
            self.window.bump();
        }
        if WORDS.contains(&self.text.as_slice()) {
            Ok(())
        } else {
            Err(self.wrong("the rest of `true`, `false` or `null`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads all of a text and writes it down again, in the shortest form.
    fn echo(text: &str) -> Result<String, (String, bool)> {
        let mut bytes = text.as_bytes();
        let mut json = Json::new(Format::ChromeTrace, &mut bytes);
        let mut echoed = String::new();
        let read = echo_value(&mut json, &mut echoed);
        read.map(|()| echoed).map_err(|error| (error.to_string(), json.is_cut()))
    }

    fn echo_value(json: &mut Json<'_>, into: &mut String) -> Result<(), ImportError> {
        match json.kind()? {
            Kind::Object => {
                json.begin_object()?;
                into.push('{');
                while let Some(key) = json.key()? {
                    into.push_str(&format!("{key:?}:"));
                    echo_value(json, into)?;
                    into.push(',');
                }
                into.push('}');
            }
            Kind::Array => {
                json.begin_array()?;
                into.push('[');
                while json.next()? {
                    echo_value(json, into)?;
                    into.push(',');
                }
                into.push(']');
            }
            Kind::Text => into.push_str(&format!("{:?}", json.text()?.unwrap())),
            Kind::Number => into.push_str(&format!("{:?}", json.number()?.unwrap())),
            Kind::Word => json.skip()?,
        }
        Ok(())
    }

    #[test]
    fn values_are_read_as_they_stand() {
        assert_eq!(
            echo(r#" {"a" : [1, -2, 3.5, 1e2,], "b": {}, "c": [[], null, true]} "#).unwrap(),
            r#"{"a":[Unsigned(1),Negative(-2),Real(3.5),Real(100.0),],"b":{},"c":[[],,,],}"#
        );
        assert_eq!(
            echo("\u{feff}[\"a\\n\\u00e9\\ud83d\\ude00\\\"\\/\\ud800x\"]").unwrap(),
            "[\"a\\né😀\\\"/\u{fffd}x\",]"
        );
        let halves = r#"["\ud800\"", "\ud800\u0041", "\ud800\ud83d\ude00", "\ude00"]"#;
        assert_eq!(echo(halves).unwrap(), "[\"\u{fffd}\\\"\",\"\u{fffd}A\",\"\u{fffd}😀\",\"\u{fffd}\",]");
        assert_eq!(echo("[NaN, -Infinity, Infinity]").unwrap(), "[,Real(-inf),,]");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let error = |text: &str| echo(text).unwrap_err();
        assert_eq!(error("[1 2]"), ("Chrome trace: byte 3: expected `,` or `]`, found `2]`".into(), false));
        assert_eq!(error("{\"a\" 1}").0, "Chrome trace: byte 5: expected `:`, found `1}`");
        assert_eq!(error("{a:1}").0, "Chrome trace: byte 1: expected a key, found `a:1}`");
        assert_eq!(error("[,1]").0, "Chrome trace: byte 1: expected a value, found `,1]`");
        assert_eq!(error("[nul]").0, "Chrome trace: byte 4: expected the rest of `true`, `false` or `null`, found `]`");
    }

    #[test]
    fn every_cut_is_told_from_what_is_wrong() {
        let whole = r#"{"a":[1,-2.5,"t\u00e9xt",true],"b":{"c":null}}"#;
        for length in 0..whole.len() {
            let Some(text) = whole.get(..length) else { continue };
            let (error, is_cut) = echo(text).unwrap_err();
            assert!(is_cut && error.contains("found the end of the file"), "{text}: {error}");
        }
    }

    #[test]
    fn no_depth_uses_up_the_stack() {
        let deep = "[".repeat(DEPTH_MAX + 1);
        let mut bytes = deep.as_bytes();
        let mut json = Json::new(Format::ChromeTrace, &mut bytes);
        assert!(matches!(json.skip(), Err(ImportError::TooMuch { .. })));
        let closed = "[".repeat(100_000) + &"]".repeat(100_000);
        let mut bytes = closed.as_bytes();
        assert!(Json::new(Format::ChromeTrace, &mut bytes).skip().is_ok());
    }

    #[test]
    fn long_texts_are_cut_at_a_letter() {
        let long = format!("[\"{}\",7]", "é".repeat(text::TEXT_MAX));
        let mut bytes = long.as_bytes();
        let mut json = Json::new(Format::ChromeTrace, &mut bytes);
        json.begin_array().unwrap();
        assert!(json.next().unwrap());
        let text = json.text().unwrap().unwrap();
        assert!(text.len() == text::TEXT_MAX && text.chars().all(|letter| letter == 'é'));
        assert!(json.next().unwrap());
        assert_eq!(json.u64().unwrap(), Some(7));
        assert!(!json.next().unwrap());
    }

    #[test]
    fn places_of_lines_are_lines_and_columns() {
        let mut bytes = "{\n  \"a\":\n  ?".as_bytes();
        let mut json = Json::of_lines(Format::Vma, &mut bytes);
        assert_eq!(
            json.skip().unwrap_err().to_string(),
            "VMA or D3D12MA statistics: line 3, column 3: expected a value, found `?`"
        );
    }
}
