//! The tables of a realm: texts, frames and call stacks by its own numbers.

use super::class::Class;
use super::record::Record;
use arenascope_trace::{Frame, FrameId, Site, Stacks};
use std::collections::HashMap;
use std::sync::Arc;

/// What makes a site: stack, label, and what it is where it has neither.
pub(super) type Whose = (u64, u64, Class, [u64; 4]);

/// What a realm's numbers stand for. A number that no table has stands for nothing.
#[derive(Debug, Default)]
pub(super) struct Names {
    texts: HashMap<u64, Arc<str>>,
    frames: HashMap<u64, FrameId>,
    stacks: HashMap<u64, Site>,
    /// Sites that were made of them: most resources have what others had.
    pub(super) sites: HashMap<Whose, Site>,
}

impl Names {
    /// The text of that number; empty where there is none.
    pub(super) fn text(&self, number: u64) -> &str {
        self.texts.get(&number).map_or("", |text| text)
    }

    /// As [`Self::text`], to keep.
    pub(super) fn shared(&self, number: u64) -> Arc<str> {
        self.texts.get(&number).cloned().unwrap_or_default()
    }

    /// Whether a stack and a label are in the tables, or none.
    pub(super) fn knows(&self, stack: u64, label: u64) -> bool {
        (stack == 0 || self.stacks.contains_key(&stack)) && (label == 0 || self.texts.contains_key(&label))
    }

    /// The call stack of that number.
    pub(super) fn site(&self, number: u64) -> Site {
        self.stacks.get(&number).copied().unwrap_or(Site::NONE)
    }

    /// All that was told is forgotten.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes in a definition.
    pub(super) fn define(&mut self, record: Record<'_>, stacks: &mut Stacks) {
        match record {
            Record::String { number, text } => {
                let text =
                    String::from_utf8_lossy(text).chars().filter(|letter| !letter.is_control()).collect::<String>();
                if self.texts.insert(number, text.into()).is_some() {
                    self.sites.clear();
                }
            }
            Record::Frame { number, function, url, line, .. } => {
                let frame = self.frame(function, url, line);
                self.frames.insert(number, stacks.intern(frame));
            }
            Record::Stack { number, parent, frame } => {
                let parent = self.site(parent);
                let site = self.frames.get(&frame).map_or(parent, |&frame| stacks.child(parent, frame));
                if self.stacks.insert(number, site).is_some() {
                    self.sites.clear();
                }
            }
            _ => {}
        }
    }

    /// Functions without a name are those of their module, by number, in wasm.
    fn frame(&self, function: u64, url: u64, line: u64) -> Frame {
        let (function, url) = (self.text(function), self.text(url));
        let (file, wasm) = match url.rsplit_once(':') {
            Some((file, wasm)) if wasm.starts_with("wasm-function[") => (file, wasm),
            _ => (url, "(anonymous)"),
        };
        let function = if function.is_empty() { wasm } else { function };
        Frame { function: function.into(), file: file.into(), line: u32::try_from(line).unwrap_or(0) }
    }
}
