//! A recorded run told again, as a reader of a file would tell it: for exports. Ours and
//! those that others recorded alike.

use super::kind::Kind;
use super::reader::Reader;
use super::tables::Tables;
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_trace::{
    Action, CategoryId, Event as Told, Frame, Manifest, Run, Site, Space, SpaceId, Stacks, Stopped,
};
use arenascope_units::owner::{Heap, MemoryCategory, Tag};
use core::ops::Range;
use std::collections::HashMap;
use std::sync::Arc;

/// The newest run that a reader sees.
pub struct Retold<'r, 'l> {
    reader: &'r Reader<'l>,
    range: Range<u64>,
    /// Of a run that others recorded.
    tables: Option<Arc<Tables>>,
    /// Of our own: the engine's, with its tags as call stacks of one frame.
    own: Tables,
    site_of_tag: HashMap<Tag, Site>,
}

impl<'r, 'l> Retold<'r, 'l> {
    /// Of all that is kept of the run. `name_of` names the tags of our own runs.
    /// O(kinds of events).
    pub fn of(reader: &'r Reader<'l>, name_of: impl Fn(Tag) -> String) -> Self {
        let (range, tables) = (reader.run(), reader.log().tables());
        let mut retold = Self { reader, range, tables, own: Tables::default(), site_of_tag: HashMap::new() };
        if retold.tables.is_none() {
            retold.describe(&name_of);
        }
        retold
    }

    /// What our engine's runs are.
    fn describe(&mut self, name_of: &impl Fn(Tag) -> String) {
        let standing = self.reader.standing(self.range.end);
        let capacity_bytes = standing.map(|standing| standing.capacity_bytes).filter(|bytes| *bytes > 0);
        let mut manifest = Manifest::of("arenascope", "Arenascope recording");
        let space = |label: &str, has_addresses| Space {
            label: label.into(),
            has_addresses,
            capacity_bytes: capacity_bytes.filter(|_| has_addresses),
            granule_bytes: if has_addresses { 16 } else { 1 },
        };
        manifest.add_space(space("Arena", true));
        manifest.add_space(space("GPU device", false));
        manifest.add_space(space("NPU", false));
        for category in MemoryCategory::ALL {
            manifest.category(category.label());
        }
        self.own.manifest = manifest;
        self.own.extents.add(SpaceId(0), 0, capacity_bytes.unwrap_or(0));
        for index in self.range.clone() {
            let Some(tag) = self.reader.kind(index).map(|kind| kind.owner().tag) else { continue };
            if tag != Tag::NONE && !self.site_of_tag.contains_key(&tag) {
                let frame = Frame { function: name_of(tag).into(), ..Frame::default() };
                let frame = self.own.stacks.intern(frame);
                let site = self.own.stacks.child(Site::NONE, frame);
                self.site_of_tag.insert(tag, site);
            }
        }
    }

    fn tables(&self) -> &Tables {
        self.tables.as_deref().unwrap_or(&self.own)
    }

    fn site(&self, kind: Kind) -> Site {
        match &self.tables {
            Some(_) => Site(kind.site()),
            None => self.site_of_tag.get(&kind.owner().tag).copied().unwrap_or(Site::NONE),
        }
    }

    /// Where on the line of offsets: space and address.
    fn place(&self, offset_bytes: u64) -> (SpaceId, u64) {
        match &self.tables {
            Some(tables) => tables.extents.address_of(offset_bytes).unwrap_or((SpaceId(0), offset_bytes)),
            None => (SpaceId(0), offset_bytes),
        }
    }

    fn action(&self, event: &Event) -> Option<Action> {
        let (id, bytes) = (id_of(event), event.size_bytes);
        let category = CategoryId(event.owner.category.index() as u8);
        let elsewhere = |space| Action::Allocate { id, space, address: 0, bytes, category };
        Some(match event.op {
            Op::ArenaAllocate => {
                let (space, address) = self.place(event.offset_bytes);
                Action::Allocate { id, space, address, bytes, category }
            }
            Op::Allocate => elsewhere(SpaceId(event.offset_bytes as u8)),
            Op::PoolCreate => elsewhere(SpaceId(1)),
            Op::TensorCreate | Op::NpuCharge => elsewhere(SpaceId(2)),
            Op::ArenaFree | Op::Free | Op::PoolDestroy | Op::TensorDestroy | Op::NpuRelease => Action::Free { id },
            Op::ArenaResize | Op::Resize => Action::Resize { id, bytes },
            Op::ArenaFreeRequest | Op::FreeRequest => Action::FreeRequested { id },
            Op::Reserve | Op::Release => {
                let (space, address) = self.place(event.offset_bytes);
                match event.op {
                    Op::Reserve => Action::Reserve { space, address, bytes },
                    _ => Action::Release { space, address, bytes },
                }
            }
            Op::ArenaFailure if self.tables.is_some() => {
                Action::Fail { space: SpaceId(event.offset_bytes as u8), bytes, free_bytes: Some(event.id) }
            }
            Op::ArenaFailure | Op::BudgetRefusal => Action::Fail { space: SpaceId(0), bytes, free_bytes: None },
            Op::Mark => Action::Mark { marker: event.id as u32 },
            Op::Lost => Action::Lost { count: bytes },
            _ => return None,
        })
    }
}

/// Numbers are told apart within a heap only: two bits above say which.
fn id_of(event: &Event) -> u64 {
    let heap = match event.op.role() {
        Role::Begins(heap) | Role::Changes(heap) | Role::Ends(heap) => heap,
        Role::Notes => Heap::Arena,
    };
    event.id ^ (heap.index() as u64) << 62
}

impl Run for Retold<'_, '_> {
    fn manifest(&self) -> &Manifest {
        &self.tables().manifest
    }

    fn stacks(&self) -> &Stacks {
        &self.tables().stacks
    }

    fn each(&self, take: &mut dyn FnMut(&Told) -> Result<(), Stopped>) -> Result<(), Stopped> {
        for index in self.range.clone() {
            let (Some(event), Some(kind)) = (self.reader.event(index), self.reader.kind(index)) else { continue };
            if let Some(action) = self.action(&event) {
                let (time_us, thread, site) = (event.time_us, event.thread.into(), self.site(kind));
                take(&Told { time_us, thread, site, action })?;
            }
        }
        Ok(())
    }
}
