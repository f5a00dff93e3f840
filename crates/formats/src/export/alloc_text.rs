//! `Alloc(bytes),` and `Free(index),`, as the traces of `wee_alloc` have it, and
//! `Realloc(index, bytes),`. An allocation is named by its position among all.

use super::error::{ExportError, each};
use super::live::{Change, Live};
use arenascope_trace::Run;
use std::io::Write;

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut live = Live::default();
    each(run, |event| {
        for change in live.apply(event) {
            match change {
                Change::Began(block) => writeln!(out, "Alloc({}),", block.bytes),
                Change::Ended(block) => writeln!(out, "Free({}),", block.ordinal),
                Change::Resized { block, .. } => writeln!(out, "Realloc({}, {}),", block.ordinal, block.bytes),
                Change::Reserved { .. } | Change::Released { .. } => Ok(()),
            }?;
        }
        Ok(())
    })
}
