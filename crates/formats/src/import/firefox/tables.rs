//! Tables of stacks, frames and functions, as columns of positions.

use super::super::json::Json;
use crate::import::error::ImportError;

/// No position: `null` in the file.
pub(super) const NONE: u32 = u32::MAX;

/// A column of positions.
pub(super) type Column = Vec<u32>;

/// The tables that say what stacks are; of a thread, or of all.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) strings: Vec<Box<str>>,
    pub(super) stack_prefix: Column,
    pub(super) stack_frame: Column,
    pub(super) frame_func: Column,
    pub(super) frame_line: Column,
    pub(super) func_name: Column,
    pub(super) func_file: Column,
    pub(super) func_line: Column,
    /// Newer versions: a function's source, and the file of a source.
    pub(super) func_source: Column,
    pub(super) source_file: Column,
}

impl Tables {
    /// Reads the table of that key; false if it is none of them.
    pub(super) fn read(&mut self, key: Table, json: &mut Json<'_>) -> Result<(), ImportError> {
        if key == Table::Strings {
            return strings(json, &mut self.strings);
        }
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(name) = json.key()? {
            let into = match (key, name) {
                (Table::Stacks, "prefix") => &mut self.stack_prefix,
                (Table::Stacks, "frame") => &mut self.stack_frame,
                (Table::Frames, "func") => &mut self.frame_func,
                (Table::Frames, "line") => &mut self.frame_line,
                (Table::Funcs, "name") => &mut self.func_name,
                (Table::Funcs, "fileName") => &mut self.func_file,
                (Table::Funcs, "lineNumber") => &mut self.func_line,
                (Table::Funcs, "source") => &mut self.func_source,
                (Table::Sources, "filename") => &mut self.source_file,
                _ => {
                    json.skip()?;
                    continue;
                }
            };
            positions(json, into)?;
        }
        Ok(())
    }
}

/// Which of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Strings,
    Stacks,
    Frames,
    Funcs,
    Sources,
}

impl Table {
    /// By its key in a thread or in `shared`.
    pub(super) fn of(key: &str) -> Option<Self> {
        Some(match key {
            "stringArray" => Self::Strings,
            "stackTable" => Self::Stacks,
            "frameTable" => Self::Frames,
            "funcTable" => Self::Funcs,
            "sources" => Self::Sources,
            _ => return None,
        })
    }
}

/// Reads a column of positions; what is none is [`NONE`].
pub(super) fn positions(json: &mut Json<'_>, into: &mut Column) -> Result<(), ImportError> {
    into.clear();
    if json.begins_array()? {
        while json.next()? {
            into.push(json.u32()?.unwrap_or(NONE));
        }
    }
    Ok(())
}

fn strings(json: &mut Json<'_>, into: &mut Vec<Box<str>>) -> Result<(), ImportError> {
    into.clear();
    if json.begins_array()? {
        while json.next()? {
            into.push(json.text()?.unwrap_or_default().into());
        }
    }
    Ok(())
}
