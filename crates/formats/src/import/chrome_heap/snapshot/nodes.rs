//! Objects, and the names of their classes.

use super::super::super::json::Json;
use super::super::name::clipped;
use super::meta::{Meta, position};
use super::trace::Trace;
use crate::import::error::ImportError;

/// An object with a size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Later ones have greater ids.
    pub(super) id: u64,
    pub(super) bytes: u64,
    /// Position of its name among the strings.
    pub(super) name: u32,
    /// The call that allocated it; 0 where nobody says.
    pub(super) trace: u32,
    /// Position of its type.
    pub(super) kind: u8,
}

/// Which number of a row is what.
struct Fields {
    count: usize,
    kind: usize,
    name: usize,
    id: usize,
    bytes: usize,
    trace: usize,
}

impl Fields {
    fn of(meta: &Meta) -> Option<Self> {
        let of = |name: &str| position(&meta.node_fields, name);
        // Without a trace there is no such number.
        let trace = of("trace_node_id").unwrap_or(usize::MAX);
        let (kind, name, id, bytes) = (of("type")?, of("name")?, of("id")?, of("self_size")?);
        Some(Self { count: meta.node_fields.len(), kind, name, id, bytes, trace })
    }
}

/// Reads the rows of objects, one number behind the other.
pub(super) fn read(json: &mut Json<'_>, meta: &Meta, into: &mut Vec<Node>) -> Result<(), ImportError> {
    let Some(fields) = Fields::of(meta) else {
        return Err(json.wrong("node_fields with type, name, id and self_size before the nodes"));
    };
    if !json.begins_array()? {
        return Ok(());
    }
    let (mut node, mut field) = (Node { id: 0, bytes: 0, name: 0, trace: 0, kind: 0 }, 0);
    while json.next()? {
        let number = json.u64()?.unwrap_or(0);
        if field == fields.kind {
            node.kind = number.min(u64::from(u8::MAX)) as u8;
        } else if field == fields.name {
            node.name = number.min(u64::from(u32::MAX)) as u32;
        } else if field == fields.id {
            node.id = number;
        } else if field == fields.bytes {
            node.bytes = number;
        } else if field == fields.trace {
            node.trace = u32::try_from(number).unwrap_or(0);
        }
        field += 1;
        if field == fields.count {
            field = 0;
            if node.bytes > 0 {
                into.push(node);
            }
        }
    }
    Ok(())
}

/// The strings that name something, by their positions.
#[derive(Debug, Default)]
pub(super) struct Names {
    wanted: Vec<u32>,
    texts: Vec<Box<str>>,
}

impl Names {
    /// Of classes and functions; the contents of strings are none.
    pub(super) fn wanted(nodes: &[Node], meta: &Meta, trace: &Trace) -> Self {
        let of_nodes = nodes.iter().filter(|node| is_named(node.kind, meta)).map(|node| node.name);
        let of_functions = trace.functions.iter().flat_map(|function| [function.name, function.script]);
        let mut wanted: Vec<u32> = of_nodes.chain(of_functions).collect();
        wanted.sort_unstable();
        wanted.dedup();
        Self { wanted, texts: Vec::new() }
    }

    pub(super) fn read(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        if !json.begins_array()? {
            return Ok(());
        }
        let mut position = 0_u32;
        while json.next()? {
            if self.wanted.get(self.texts.len()) == Some(&position) {
                self.texts.push(clipped(json.text()?.unwrap_or_default()));
            } else {
                json.skip()?;
            }
            position = position.saturating_add(1);
        }
        Ok(())
    }

    pub(super) fn get(&self, position: u32) -> Option<&str> {
        let index = self.wanted.binary_search(&position).ok()?;
        self.texts.get(index).map(|text| &**text).filter(|text| !text.is_empty())
    }
}

/// Whether an object of this type has the name of its class, or says what it is for.
pub(super) fn is_named(kind: u8, meta: &Meta) -> bool {
    let kind = meta.node_types.get(usize::from(kind)).map_or("", String::as_str);
    matches!(kind, "object" | "closure" | "native" | "array" | "code" | "hidden" | "object shape" | "wasm object")
}
