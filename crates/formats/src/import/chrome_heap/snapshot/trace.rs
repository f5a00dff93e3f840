//! Who allocated: a tree of calls.

use super::super::super::json::Json;
use super::meta::{Meta, position};
use crate::import::error::ImportError;
use std::collections::HashMap;

/// A function, by positions of its texts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Function {
    pub(super) name: u32,
    pub(super) script: u32,
    pub(super) line: u32,
}

/// A call of the tree; its caller is before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) caller: Option<u32>,
    pub(super) function: u32,
}

/// The tree of calls.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) functions: Vec<Function>,
    pub(super) calls: Vec<Call>,
    by_id: HashMap<u64, u32>,
    /// What was allocated while it was recorded, whether or not it still lives.
    pub(super) count: u64,
    pub(super) bytes: u64,
}

/// A list of calls that is being read: whose, and how far.
struct Level {
    caller: Option<u32>,
    /// The call at hand.
    call: u32,
    field: usize,
}

impl Trace {
    /// The position of a call, by its id.
    pub(super) fn call(&self, id: u32) -> Option<u32> {
        self.by_id.get(&u64::from(id)).copied()
    }

    pub(super) fn read_functions(&mut self, json: &mut Json<'_>, meta: &Meta) -> Result<(), ImportError> {
        let of = |name: &str| position(&meta.function_fields, name).unwrap_or(usize::MAX);
        let (name, script, line) = (of("name"), of("script_name"), of("line"));
        if !json.begins_array()? {
            return Ok(());
        }
        let (mut function, mut field) = (Function::default(), 0);
        while json.next()? {
            let number = json.u32()?.unwrap_or(0);
            if field == name {
                function.name = number;
            } else if field == script {
                function.script = number;
            } else if field == line {
                function.line = number;
            }
            field += 1;
            if field >= meta.function_fields.len() {
                self.functions.push(std::mem::take(&mut function));
                field = 0;
            }
        }
        Ok(())
    }

    /// Reads `[id, function, count, size, [those that it calls], id, …]`.
    pub(super) fn read_tree(&mut self, json: &mut Json<'_>, meta: &Meta) -> Result<(), ImportError> {
        let fields: Vec<&str> = meta.trace_fields.iter().map(String::as_str).collect();
        if fields.is_empty() || !json.begins_array()? {
            return if fields.is_empty() { json.skip() } else { Ok(()) };
        }
        let mut levels = vec![Level { caller: None, call: 0, field: 0 }];
        while let Some(level) = levels.last_mut() {
            if !json.next()? {
                levels.pop();
                continue;
            }
            if level.field == 0 {
                level.call = self.calls.len() as u32;
                self.calls.push(Call { caller: level.caller, function: u32::MAX });
            }
            let (call, field) = (level.call, fields[level.field]);
            level.field = (level.field + 1) % fields.len();
            match field {
                "children" => {
                    if json.begins_array()? {
                        levels.push(Level { caller: Some(call), call: 0, field: 0 });
                    }
                }
                _ => self.read_field(field, call, json)?,
            }
        }
        Ok(())
    }

    fn read_field(&mut self, field: &str, call: u32, json: &mut Json<'_>) -> Result<(), ImportError> {
        let number = json.u64()?.unwrap_or(0);
        match field {
            "id" => drop(self.by_id.insert(number, call)),
            "function_info_index" => self.calls[call as usize].function = u32::try_from(number).unwrap_or(u32::MAX),
            "count" => self.count = self.count.saturating_add(number),
            "size" => self.bytes = self.bytes.saturating_add(number),
            _ => {}
        }
        Ok(())
    }
}
