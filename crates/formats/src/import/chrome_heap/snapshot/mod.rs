//! `.heapsnapshot` and `.heaptimeline`: every object of a heap, and of a timeline when and
//! by which function it was allocated. Objects that were collected are not in it.

mod contents;
mod meta;
mod nodes;
mod tell;
mod trace;

use super::super::json::Json;
use crate::import::error::ImportError;
use arenascope_trace::{NoteKind, Sink};
use contents::Snapshot;
use nodes::Names;

pub(super) fn read(json: &mut Json<'_>, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut snapshot = Snapshot::default();
    if let Err(error) = snapshot.parse(json) {
        if !json.is_cut() || snapshot.nodes.is_empty() {
            return Err(error);
        }
        let text = format!("the file ends at {}: objects, stacks or names are missing", json.place());
        sink.manifest().note(NoteKind::Missing, text);
    }
    tell::tell(snapshot, sink)
}

impl Snapshot {
    fn parse(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        json.begin_object()?;
        while let Some(key) = json.key()? {
            match key {
                "snapshot" => self.meta.read(json)?,
                "nodes" => nodes::read(json, &self.meta, &mut self.nodes)?,
                "trace_function_infos" => self.trace.read_functions(json, &self.meta)?,
                "trace_tree" => self.trace.read_tree(json, &self.meta)?,
                "samples" => self.read_samples(json)?,
                // The last: by now it is known which are wanted.
                "strings" => {
                    self.names = Names::wanted(&self.nodes, &self.meta, &self.trace);
                    self.names.read(json)?;
                }
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    fn read_samples(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        if !json.begins_array()? {
            return Ok(());
        }
        while json.next()? {
            let time_us = json.u64()?.unwrap_or(0);
            if !json.next()? {
                break;
            }
            self.samples.push((time_us, json.u64()?.unwrap_or(0)));
        }
        Ok(())
    }
}
