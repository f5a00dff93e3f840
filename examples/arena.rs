//! The arena as a library, without the page:
//! `cargo run --no-default-features --example arena`.
//!
//! Two systems of an engine take memory, one gives some back, misuse is refused,
//! and the arena says how it stands.

use arenascope::arena::{AllocError, Arena, PolicyKind, Region, Request};
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::units::{Bytes, Micros};
use std::error::Error;

const ENTITIES: Owner = Owner::new(MemoryCategory::ECS, Tag(1));
const MESHES: Owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(2));

/// A request at a moment on the caller's own clock: the arena reads none.
fn request(size: Bytes, owner: Owner, now: Micros) -> Request {
    Request { size, align: Bytes::new(256), owner, now }
}

/// What a small engine does, told line by line.
pub(crate) fn story() -> Result<Vec<String>, Box<dyn Error>> {
    let mut told = Vec::new();
    let mut arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::FirstFit);

    let entities = arena.allocate(&request(Bytes::kib(64), ENTITIES, Micros::ZERO))?;
    let mesh = arena.allocate(&request(Bytes::mib(2), MESHES, Micros::millis(16)))?;
    arena.payload_mut(mesh.id)?.fill(0x7f);
    told.push(format!("entities and a mesh: {} used", arena.statistics().used));

    arena.deallocate(entities.id)?;
    let twice = arena.deallocate(entities.id).err().ok_or("a double free went through")?;
    told.push(format!("freeing the entities twice: {twice}"));

    match arena.allocate(&request(Bytes::mib(15), MESHES, Micros::millis(32))) {
        Err(error @ AllocError::OutOfMemory { .. }) => told.push(format!("15 MiB more: {error}")),
        other => return Err(format!("15 MiB more: {other:?}").into()),
    }

    let statistics = arena.statistics();
    told.push(format!("external fragmentation: {}", statistics.external_fragmentation()));
    told.push(format!("failures counted: {}", statistics.failures_total()));
    arena.audit()?;
    Ok(told)
}

fn main() -> Result<(), Box<dyn Error>> {
    story()?.iter().for_each(|line| println!("{line}"));
    Ok(())
}
