//! What is no entry of a trace: settings, marks, and the names of spaces.

use super::super::ExportError;
use super::{File, SNAPSHOT};
use arenascope_trace::{Action, Stopped};
use std::io;

impl File<'_, '_> {
    /// Marks, and what only our own reader asks for.
    pub(super) fn rest(&mut self) -> Result<(), ExportError> {
        let run = self.run;
        let begun_us = self.begun_us();
        self.pickle.word("allocator_settings")?;
        self.pickle.dict()?;
        self.pickle.word("PYTORCH_CUDA_ALLOC_CONF")?;
        self.pickle.text("")?;
        self.pickle.word("expandable_segments")?;
        self.pickle.boolean(false)?;
        self.pickle.end_dict()?;
        self.pickle.word("external_annotations")?;
        self.pickle.list()?;
        let mut failure = None;
        run.each(&mut |event| {
            let Action::Mark { marker } = event.action else { return Ok(()) };
            self.annotation(marker, begun_us.saturating_add(event.time_us)).map_err(|error| {
                failure = Some(error);
                Stopped
            })
        })
        .map_err(|stopped| failure.take().map_or(ExportError::Stopped(stopped), ExportError::Write))?;
        self.pickle.end_list()?;
        self.pickle.word("arenascope")?;
        self.pickle.dict()?;
        self.pickle.word("spaces")?;
        self.pickle.list()?;
        for space in &run.manifest().spaces {
            self.pickle.dict()?;
            self.pickle.word("label")?;
            self.pickle.text(&space.label)?;
            self.pickle.word("granule_bytes")?;
            // 1: sizes are to be taken as they are, whatever they are multiples of.
            self.pickle.number(1)?;
            self.pickle.end_dict()?;
            self.pickle.next_item()?;
        }
        self.pickle.end_list()?;
        self.pickle.end_dict()?;
        Ok(())
    }

    fn annotation(&mut self, marker: u32, time_us: u64) -> io::Result<()> {
        let text = self.marker(marker).to_owned();
        if text == SNAPSHOT {
            return Ok(());
        }
        let staged = ["START", "END"].into_iter().find_map(|stage| {
            let name = text.strip_suffix(stage)?.strip_suffix(": ")?;
            Some((name, stage))
        });
        self.pickle.dict()?;
        self.pickle.word("name")?;
        self.pickle.text(staged.map_or(&text, |(name, _)| name))?;
        if let Some((_, stage)) = staged {
            self.pickle.word("stage")?;
            self.pickle.word(stage)?;
        }
        self.pickle.word("device")?;
        self.pickle.number(0)?;
        self.pickle.word("time_us")?;
        self.pickle.number(time_us)?;
        self.pickle.end_dict()?;
        self.pickle.next_item()
    }
}
