//! Call stacks: `function;file;line|function;file;line`, the innermost first.

use arenascope_trace::{Frame, Manifest, NoteKind, Site, Stacks};

/// Most frames of a stack that are kept, the innermost.
const FRAMES_MAX: usize = 4096;

/// Reads stacks.
#[derive(Debug, Default)]
pub(super) struct Sites {
    deep: u64,
}

impl Sites {
    pub(super) fn of(&mut self, text: &[u8], stacks: &mut Stacks) -> Site {
        let frames = text.split(|&byte| byte == b'|').filter(|frame| !frame.is_empty());
        let frames: Vec<_> = frames.take(FRAMES_MAX + 1).map(|text| stacks.intern(frame(text))).collect();
        self.deep += u64::from(frames.len() > FRAMES_MAX);
        stacks.stack(frames.into_iter().take(FRAMES_MAX).rev())
    }

    pub(super) fn note(&self, manifest: &mut Manifest) {
        if self.deep > 0 {
            let text =
                format!("{} call stacks have more than {FRAMES_MAX} frames: the outer ones are left out", self.deep);
            manifest.note(NoteKind::Remark, text);
        }
    }
}

fn frame(text: &[u8]) -> Frame {
    let text = String::from_utf8_lossy(text);
    let mut parts = text.rsplitn(3, ';');
    let (last, file, function) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    match (function, file, last.parse()) {
        (Some(function), Some(file), Ok(line)) => Frame { function: function.into(), file: file.into(), line },
        _ => Frame { function: text.into(), ..Frame::default() },
    }
}
