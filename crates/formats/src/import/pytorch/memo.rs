//! What the pickle may refer back to, by number: four bytes each, and none for a page of
//! which nothing is kept. Nearly every object of a pickle has a number.

use super::value::Value;
use super::words::TextId;
use arenascope_trace::{FrameId, Site};

const PAGE: usize = 1 << 10;
/// Most values that are neither in the heap nor a number of something: Python gives those
/// no number.
const PLAIN_MAX: usize = 1 << 16;
const TAG_SHIFT: u32 = 29;
/// The largest number that fits beside the tag.
const MOST: u32 = (1 << TAG_SHIFT) - 1;

/// A value in four bytes: its kind above, its number below.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Code(u32);

impl Code {
    const NOTHING: Self = Self(0);
    const OPAQUE: Self = Self(1);

    const fn new(tag: u32, number: u32) -> Self {
        Self(tag << TAG_SHIFT | number)
    }
}

struct Page {
    codes: Box<[Code; PAGE]>,
    /// How many are given.
    given: usize,
    /// How many of them are something that is kept.
    kept: usize,
}

enum Slot {
    Empty,
    Page(Page),
    /// Was full of what is not kept.
    Opaque,
}

#[derive(Default)]
pub(super) struct Memo {
    pages: Vec<Slot>,
    /// Numbers that are given.
    len: u64,
    /// Values that are neither in the heap nor a number of something.
    plain: Vec<Value>,
}

impl Memo {
    /// How many numbers are given: the next for those that the pickle does not say.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The most that a number may be: those of Python follow one another.
    pub(super) fn index_max(&self) -> u64 {
        (2 * self.len + (1 << 16)).min(u64::from(u32::MAX) - 1)
    }

    pub(super) fn get(&self, index: u64) -> Option<Value> {
        let code = match self.pages.get(index as usize / PAGE)? {
            Slot::Empty => return None,
            Slot::Opaque => Code::OPAQUE,
            Slot::Page(page) => page.codes[index as usize % PAGE],
        };
        let number = code.0 & MOST;
        Some(match code.0 >> TAG_SHIFT {
            _ if code == Code::NOTHING => return None,
            1 => Value::Object(number),
            2 => Value::Text(TextId(number)),
            3 => Value::Frame(FrameId(number)),
            4 => Value::Stack(Site(number)),
            5 => self.plain.get(number as usize).copied()?,
            _ => Value::Opaque,
        })
    }

    /// Gives a value a number, which is at most [`Self::index_max`].
    pub(super) fn set(&mut self, index: u64, value: Value) {
        let code = self.code(value);
        let page = index as usize / PAGE;
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || Slot::Empty);
        }
        let slot = &mut self.pages[page];
        match slot {
            Slot::Page(_) => {}
            Slot::Opaque if code == Code::OPAQUE => return,
            _ => {
                let fill = if matches!(slot, Slot::Opaque) { Code::OPAQUE } else { Code::NOTHING };
                let given = if matches!(slot, Slot::Opaque) { PAGE } else { 0 };
                *slot = Slot::Page(Page { codes: Box::new([fill; PAGE]), given, kept: 0 });
            }
        }
        let Slot::Page(page) = slot else { return };
        let before = std::mem::replace(&mut page.codes[index as usize % PAGE], code);
        page.given += usize::from(before == Code::NOTHING);
        self.len += u64::from(before == Code::NOTHING);
        let is_kept = |code: Code| code != Code::NOTHING && code != Code::OPAQUE;
        page.kept = page.kept + usize::from(is_kept(code)) - usize::from(is_kept(before));
        if page.kept == 0 && page.given == PAGE {
            *slot = Slot::Opaque;
        }
    }

    fn code(&mut self, value: Value) -> Code {
        match value {
            Value::Object(number) if number <= MOST => Code::new(1, number),
            Value::Text(TextId(number)) if number <= MOST => Code::new(2, number),
            Value::Frame(FrameId(number)) if number <= MOST => Code::new(3, number),
            Value::Stack(Site(number)) if number <= MOST => Code::new(4, number),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_)
                if self.plain.len() < PLAIN_MAX =>
            {
                self.plain.push(value);
                Code::new(5, self.plain.len() as u32 - 1)
            }
            _ => Code::OPAQUE,
        }
    }
}
