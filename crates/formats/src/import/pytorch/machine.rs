//! Runs the pickle, as far as it holds nothing but data.

use super::heap::Heap;
use super::input::{Halt, Input};
use super::opcode as op;
use super::record::Records;
use super::refusal::{malformed, too_much};
use super::value::Value;
use super::words::{TEXT_MAX, Texts};
use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use arenascope_trace::Sink;
use std::io::BufRead;

/// Most lists within lists.
const MARKS_MAX: usize = 1 << 16;
/// Most bytes of a number that is written in decimal digits.
const DIGITS_MAX: usize = 128;
/// Bytes of the longest number that can matter.
const LONG_MAX: usize = 32;

/// Where the items of a list or dictionary begin on the stack.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) at: usize,
    /// Some were taken in before the list was complete.
    pub(super) takes_list: bool,
}

pub(super) struct Machine<'i, 's> {
    pub(super) input: Input<'i>,
    pub(super) sink: &'s mut dyn Sink,
    pub(super) heap: Heap,
    pub(super) texts: Texts,
    pub(super) records: Records,
    pub(super) stack: Vec<Value>,
    pub(super) marks: Vec<Mark>,
    pub(super) protocol: u8,
    scratch: Vec<u8>,
    /// Where the opcode is that is being followed.
    pub(super) at: u64,
}

impl<'i, 's> Machine<'i, 's> {
    pub(super) fn new(input: &'i mut dyn BufRead, sink: &'s mut dyn Sink) -> Self {
        Self {
            input: Input::new(input),
            sink,
            heap: Heap::default(),
            texts: Texts::new(),
            records: Records::default(),
            stack: Vec::new(),
            marks: Vec::new(),
            protocol: 0,
            scratch: Vec::new(),
            at: 0,
        }
    }

    /// Runs to the end; or, of a pickle that is cut, to the cut, and says where that is.
    pub(super) fn run(&mut self) -> Result<Option<u64>, ImportError> {
        let cut_at = loop {
            match self.step() {
                Ok(false) => {}
                Ok(true) => break None,
                Err(Halt::Cut) => break Some(self.input.offset()),
                Err(Halt::Failed(error)) => return Err(error),
            }
        };
        if cut_at.is_some() {
            self.close();
        }
        Ok(cut_at)
    }

    /// Follows one opcode; true at the end.
    fn step(&mut self) -> Result<bool, Halt> {
        self.at = self.input.offset();
        let opcode = self.input.byte()?;
        match opcode {
            op::BINGET => {
                let index = self.input.byte()?;
                self.recall(u64::from(index))?;
            }
            op::LONG_BINGET => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.recall(u64::from(index))?;
            }
            op::MEMOIZE => self.memoize(self.heap.memo.len())?,
            op::BINPUT => {
                let index = self.input.byte()?;
                self.memoize(u64::from(index))?;
            }
            op::LONG_BINPUT => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.memoize(u64::from(index))?;
            }
            op::BININT1 => {
                let number = self.input.byte()?;
                self.push(Value::Int(number.into()))?;
            }
            op::BININT2 => {
                let number = u16::from_le_bytes(self.input.array()?);
                self.push(Value::Int(number.into()))?;
            }
            op::BININT => {
                let number = i32::from_le_bytes(self.input.array()?);
                self.push(Value::Int(number.into()))?;
            }
            op::LONG1 => {
                let length = self.input.byte()?;
                self.long(length.into())?;
            }
            op::MARK => {
                if self.marks.len() == MARKS_MAX {
                    return Err(too_much(self.at, "lists within lists", MARKS_MAX as u64).into());
                }
                self.marks.push(Mark { at: self.stack.len(), takes_list: false });
            }
            op::EMPTY_DICT => {
                let dict = self.heap.new_dict();
                self.push(dict)?;
            }
            op::EMPTY_LIST => {
                let list = self.heap.new_list();
                self.push(list)?;
            }
            op::SETITEMS => {
                let mark = self.mark()?;
                self.set_items(mark.at, mark.at)?;
            }
            op::SETITEM => {
                let from = self.below(2)?;
                self.set_items(from, from)?;
            }
            op::APPENDS => {
                let mark = self.pop_mark()?;
                self.append(mark.at)?;
            }
            op::APPEND => {
                let from = self.below(1)?;
                self.append(from)?;
            }
            op::STOP => {
                self.below(1)?;
                return Ok(true);
            }
            _ => self.step_of_few(opcode)?,
        }
        Ok(false)
    }

    /// Follows an opcode that is not one of the many.
    fn step_of_few(&mut self, opcode: u8) -> Result<(), Halt> {
        match opcode {
            op::PROTO => self.protocol()?,
            op::FRAME => _ = self.input.array::<8>()?,
            op::NONE => self.push(Value::None)?,
            op::NEWTRUE => self.push(Value::Bool(true))?,
            op::NEWFALSE => self.push(Value::Bool(false))?,
            op::BINFLOAT => {
                let number = f64::from_be_bytes(self.input.array()?);
                self.push(Value::Float(number))?;
            }
            op::SHORT_BINUNICODE | op::SHORT_BINSTRING => {
                let length = self.input.byte()?;
                self.text(length.into())?;
            }
            op::BINUNICODE | op::BINSTRING => {
                let length = u32::from_le_bytes(self.input.array()?);
                self.text(length.into())?;
            }
            op::BINUNICODE8 => {
                let length = u64::from_le_bytes(self.input.array()?);
                self.text(length)?;
            }
            op::SHORT_BINBYTES => {
                let length = self.input.byte()?;
                self.bytes(length.into())?;
            }
            op::BINBYTES => {
                let length = u32::from_le_bytes(self.input.array()?);
                self.bytes(length.into())?;
            }
            op::BINBYTES8 | op::BYTEARRAY8 => {
                let length = u64::from_le_bytes(self.input.array()?);
                self.bytes(length)?;
            }
            op::LONG4 => {
                let length = u32::from_le_bytes(self.input.array()?);
                self.long(length.into())?;
            }
            op::EMPTY_TUPLE => self.push(Value::Opaque)?,
            op::TUPLE1 => self.tuple(1)?,
            op::TUPLE2 => self.tuple(2)?,
            op::TUPLE3 => self.tuple(3)?,
            op::TUPLE => {
                let mark = self.mark()?;
                self.drop_from(mark.at);
                self.push(Value::Opaque)?;
            }
            op::LIST => {
                let mark = self.mark()?;
                let list = self.heap.new_list();
                self.insert(mark.at, list)?;
                self.append(mark.at + 1)?;
            }
            op::DICT => {
                let mark = self.mark()?;
                let dict = self.heap.new_dict();
                self.insert(mark.at, dict)?;
                self.set_items(mark.at + 1, mark.at + 1)?;
            }
            op::DUP => {
                let from = self.below(1)?;
                let value = self.stack[from];
                self.heap.share(value);
                self.push(value)?;
            }
            op::POP if self.stack.len() == self.base() => _ = self.mark()?,
            op::POP => {
                let from = self.below(1)?;
                self.drop_from(from);
            }
            op::POP_MARK => {
                let mark = self.mark()?;
                self.drop_from(mark.at);
            }
            op::INT | op::LONG | op::FLOAT | op::GET | op::PUT | op::STRING | op::UNICODE => self.line(opcode)?,
            _ => {
                return Err(match op::refused(opcode) {
                    Some(what) => ImportError::Refused {
                        format: Format::PytorchSnapshot,
                        place: Place::Byte(self.at),
                        what: what.into(),
                    },
                    None => malformed(self.at, "an opcode of a pickle", format!("byte {opcode:#04x}")),
                }
                .into());
            }
        }
        Ok(())
    }

    fn protocol(&mut self) -> Result<(), Halt> {
        self.protocol = self.input.byte()?;
        if self.protocol > 5 {
            let version = format!("{} of pickles", self.protocol);
            return Err(ImportError::Version { format: Format::PytorchSnapshot, version, known: "2 to 5" }.into());
        }
        Ok(())
    }

    fn text(&mut self, length: u64) -> Result<(), Halt> {
        self.input.take(length, TEXT_MAX, &mut self.scratch)?;
        let text = self.texts.intern(&self.scratch);
        self.push(Value::Text(text))
    }

    fn bytes(&mut self, length: u64) -> Result<(), Halt> {
        self.input.take(length, 0, &mut self.scratch)?;
        self.push(Value::Opaque)
    }

    fn long(&mut self, length: u64) -> Result<(), Halt> {
        self.input.take(length, LONG_MAX, &mut self.scratch)?;
        let is_whole = self.scratch.len() as u64 == length;
        self.push(if is_whole { Value::of_long(&self.scratch) } else { Value::Opaque })
    }

    /// Follows an opcode with a line of text behind it.
    fn line(&mut self, opcode: u8) -> Result<(), Halt> {
        let is_text = matches!(opcode, op::STRING | op::UNICODE);
        let most = if is_text { TEXT_MAX } else { DIGITS_MAX };
        if !self.input.line(most, &mut self.scratch)? {
            return Err(too_much(self.at, "bytes in a line", most as u64).into());
        }
        let line = String::from_utf8_lossy(&self.scratch).into_owned();
        let digits = line.trim().trim_end_matches('L');
        let wrong = || malformed(self.at, "a number", format!("`{line}`"));
        match opcode {
            op::GET => self.recall(digits.parse().map_err(|_| wrong())?),
            op::PUT => self.memoize(digits.parse().map_err(|_| wrong())?),
            op::INT if matches!(&*line, "00" | "01") => self.push(Value::Bool(line == "01")),
            op::INT | op::LONG => self.push(Value::of_wide(digits.parse().map_err(|_| wrong())?)),
            op::FLOAT => self.push(Value::Float(digits.parse().map_err(|_| wrong())?)),
            _ => {
                let text = line.trim_matches(['\'', '"']);
                let text = self.texts.intern(text.as_bytes());
                self.push(Value::Text(text))
            }
        }
    }
}
