//! Writes a pickle of protocol 4 with the opcodes that the viewer in the browser knows.

use arenascope_trace::{FrameId, Site, Stacks};
use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

/// Items that a list takes in at once, as Python does it: the viewer spreads them over a
/// call.
const BATCH: u32 = 1000;

pub(super) struct Pickle<'w> {
    out: BufWriter<&'w mut dyn Write>,
    /// Numbers given in the memo.
    given: u32,
    texts: HashMap<String, u32>,
    frames: HashMap<FrameId, u32>,
    stacks: HashMap<Site, u32>,
    /// Items since the last mark, of each list that is open.
    open: Vec<u32>,
}

impl<'w> Pickle<'w> {
    pub(super) fn new(out: &'w mut dyn Write) -> Self {
        let mut pickle = Self {
            out: BufWriter::with_capacity(1 << 16, out),
            given: 0,
            texts: HashMap::new(),
            frames: HashMap::new(),
            stacks: HashMap::new(),
            open: Vec::new(),
        };
        // Into a buffer: it cannot fail yet.
        _ = pickle.out.write_all(b"\x80\x04");
        pickle
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b".")?;
        self.out.flush()
    }

    fn memoize(&mut self) -> io::Result<u32> {
        self.out.write_all(b"\x94")?;
        self.given += 1;
        Ok(self.given - 1)
    }

    fn recall(&mut self, number: u32) -> io::Result<()> {
        match u8::try_from(number) {
            Ok(number) => self.out.write_all(&[b'h', number]),
            Err(_) => {
                self.out.write_all(b"j")?;
                self.out.write_all(&number.to_le_bytes())
            }
        }
    }

    fn plain(&mut self, text: &str) -> io::Result<()> {
        match u8::try_from(text.len()) {
            Ok(length) => self.out.write_all(&[0x8c, length])?,
            Err(_) => {
                self.out.write_all(b"X")?;
                self.out.write_all(&(text.len() as u32).to_le_bytes())?;
            }
        }
        self.out.write_all(text.as_bytes())
    }

    /// A word of the format, written once.
    pub(super) fn word(&mut self, word: &str) -> io::Result<()> {
        self.text(word)
    }

    /// A text, written once.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        if let Some(&known) = self.texts.get(text) {
            return self.recall(known);
        }
        self.plain(text)?;
        let number = self.memoize()?;
        self.texts.insert(text.into(), number);
        Ok(())
    }

    pub(super) fn number(&mut self, number: u64) -> io::Result<()> {
        if let Ok(number) = u8::try_from(number) {
            return self.out.write_all(&[b'K', number]);
        }
        if let Ok(number) = u16::try_from(number) {
            self.out.write_all(b"M")?;
            return self.out.write_all(&number.to_le_bytes());
        }
        if let Ok(number) = i32::try_from(number) {
            self.out.write_all(b"J")?;
            return self.out.write_all(&number.to_le_bytes());
        }
        // In two's complement: a bit above the highest is clear.
        let length = (64 - number.leading_zeros()) / 8 + 1;
        self.out.write_all(&[0x8a, length as u8])?;
        let bytes = u128::from(number).to_le_bytes();
        self.out.write_all(&bytes[..length as usize])
    }

    pub(super) fn boolean(&mut self, is_true: bool) -> io::Result<()> {
        self.out.write_all(if is_true { b"\x88" } else { b"\x89" })
    }

    /// Begins a dictionary: keys and values follow in turn.
    pub(super) fn dict(&mut self) -> io::Result<()> {
        self.out.write_all(b"}(")
    }

    pub(super) fn end_dict(&mut self) -> io::Result<()> {
        self.out.write_all(b"u")
    }

    /// Begins a list: items follow, each of them with [`Self::next_item`] behind it if
    /// there are many.
    pub(super) fn list(&mut self) -> io::Result<()> {
        self.open.push(0);
        self.out.write_all(b"](")
    }

    /// An item is complete.
    pub(super) fn next_item(&mut self) -> io::Result<()> {
        let Some(items) = self.open.last_mut() else { return Ok(()) };
        *items += 1;
        if *items == BATCH {
            *items = 0;
            self.out.write_all(b"e(")?;
        }
        Ok(())
    }

    pub(super) fn end_list(&mut self) -> io::Result<()> {
        self.open.pop();
        self.out.write_all(b"e")
    }

    /// A stack, innermost frame first, written once.
    pub(super) fn stack(&mut self, site: Site, stacks: &Stacks) -> io::Result<()> {
        if let Some(&known) = self.stacks.get(&site) {
            return self.recall(known);
        }
        self.out.write_all(b"]")?;
        let number = self.memoize()?;
        self.stacks.insert(site, number);
        self.out.write_all(b"(")?;
        let mut at = site;
        while let Some((parent, frame)) = stacks.node(at) {
            self.frame(frame, stacks)?;
            at = parent;
        }
        self.out.write_all(b"e")
    }

    fn frame(&mut self, id: FrameId, stacks: &Stacks) -> io::Result<()> {
        if let Some(&known) = self.frames.get(&id) {
            return self.recall(known);
        }
        self.out.write_all(b"}")?;
        let number = self.memoize()?;
        self.frames.insert(id, number);
        let Some(frame) = stacks.frame(id) else { return Ok(()) };
        self.out.write_all(b"(")?;
        self.word("name")?;
        self.text(&frame.function)?;
        self.word("filename")?;
        self.text(&frame.file)?;
        self.word("line")?;
        self.number(frame.line.into())?;
        self.out.write_all(b"u")
    }
}
