//! How the rest of the file is to be read: which number is what.

use super::super::super::json::{Json, Kind};
use crate::import::error::ImportError;

/// Most fields of a row, and most types of nodes.
const FIELDS_MAX: usize = 64;

/// `snapshot.meta`.
#[derive(Debug, Default)]
pub(super) struct Meta {
    pub(super) node_fields: Vec<String>,
    /// What the numbers of the field `type` mean.
    pub(super) node_types: Vec<String>,
    pub(super) function_fields: Vec<String>,
    pub(super) trace_fields: Vec<String>,
}

impl Meta {
    pub(super) fn read(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            match key {
                "meta" => self.read_fields(json)?,
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    fn read_fields(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            match key {
                "node_fields" => self.node_fields = names(json)?,
                "node_types" => self.node_types = first_names(json)?,
                "trace_function_info_fields" => self.function_fields = names(json)?,
                "trace_node_fields" => self.trace_fields = names(json)?,
                _ => json.skip()?,
            }
        }
        Ok(())
    }
}

fn names(json: &mut Json<'_>) -> Result<Vec<String>, ImportError> {
    let mut names = Vec::new();
    if json.begins_array()? {
        while json.next()? {
            if names.len() == FIELDS_MAX {
                return Err(json.too_much("fields", FIELDS_MAX as u64));
            }
            names.push(json.text()?.unwrap_or_default().to_owned());
        }
    }
    Ok(names)
}

/// `[["hidden", …], "string", …]`: the first element is a list of names.
fn first_names(json: &mut Json<'_>) -> Result<Vec<String>, ImportError> {
    let mut first = Vec::new();
    if json.begins_array()? {
        while json.next()? {
            if first.is_empty() && json.kind()? == Kind::Array { first = names(json)? } else { json.skip()? }
        }
    }
    Ok(first)
}

/// Where a field is in its row.
pub(super) fn position(fields: &[String], name: &str) -> Option<usize> {
    fields.iter().position(|field| field == name)
}
