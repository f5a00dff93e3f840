//! What is allocated inside wasm memories, as events.
//!
//! A memory whose allocator tells is no allocation itself: its bytes are reserved, and what
//! is allocated in them is counted. Before the allocator first tells, it is one, as those of
//! which nobody tells.

use super::class::Kind;
use super::heap::{ADDRESS_MAX, Heap, Range};
use super::realm::Realm;
use super::voice::{HOST, Out};
use arenascope_trace::{Action, Site, SpaceId, Stopped};

impl Realm {
    /// The memory tells from now on.
    pub(super) fn open_heap(&mut self, memory: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        if self.heaps.contains_key(&memory) {
            return Ok(());
        }
        let space = out.space_of(memory);
        self.heaps.insert(memory, Heap::default());
        let Some(resource) = self.resources.get_mut(memory) else { return Ok(()) };
        resource.is_heap = true;
        let bytes = resource.bytes;
        if let Some(space) = space
            && !resource.label.is_empty()
        {
            let label = &mut out.sink.manifest().spaces[usize::from(space.0)].label;
            *label = format!("{label}: {}", resource.label);
        }
        self.grow_heap(memory, bytes, out)
    }

    /// As [`Self::open_heap`], where the memory was an allocation until now.
    fn turn_to_heap(&mut self, memory: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        if self.heaps.contains_key(&memory) {
            return Ok(());
        }
        let known = self.resources.get(memory).map(|resource| (resource.event_id, resource.site));
        if let Some((id, site)) = known {
            out.event(site, Action::Free { id })?;
        }
        self.open_heap(memory, out)
    }

    /// The memory has `bytes`.
    pub(super) fn grow_heap(&mut self, memory: u64, bytes: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let Some(heap) = self.heaps.get_mut(&memory) else { return Ok(()) };
        let before = heap.reserved_bytes;
        let bytes = bytes.min(ADDRESS_MAX);
        if bytes <= before {
            return Ok(());
        }
        heap.reserved_bytes = bytes;
        let Some(space) = out.space_of(memory) else { return Ok(()) };
        out.reach(memory, bytes);
        out.event(Site::NONE, Action::Reserve { space, address: before, bytes: bytes - before })
    }

    /// The memory is gone.
    pub(super) fn close_heap(&mut self, memory: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let Some(mut heap) = self.heaps.remove(&memory) else { return Ok(()) };
        while let Some(range) = heap.pop() {
            out.event(Site::NONE, Action::Free { id: range.event_id })?;
        }
        match out.space_of(memory) {
            Some(space) if heap.reserved_bytes > 0 => {
                out.event(Site::NONE, Action::Release { space, address: 0, bytes: heap.reserved_bytes })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn heap_allocate(
        &mut self,
        memory: u64,
        address: u64,
        bytes: u64,
        stack: u64,
        out: &mut Out<'_>,
    ) -> Result<(), Stopped> {
        self.turn_to_heap(memory, out)?;
        let site = self.names.site(stack);
        let (space, place) = place(memory, address, out);
        if address == 0 {
            return out.event(site, Action::Fail { space, bytes, free_bytes: None });
        }
        if !self.make_room(memory, address, bytes, None, out)? {
            return Ok(());
        }
        let event_id = out.fresh_id();
        if let Some(heap) = self.heaps.get_mut(&memory) {
            heap.insert(address, Range { event_id, bytes });
        }
        let category = out.category(Kind::WASM);
        out.event(site, Action::Allocate { id: event_id, space, address: place, bytes, category })
    }

    /// Ends what lies where a range is to be; false where no memory reaches.
    fn make_room(
        &mut self,
        memory: u64,
        address: u64,
        bytes: u64,
        but: Option<u64>,
        out: &mut Out<'_>,
    ) -> Result<bool, Stopped> {
        let end = address.saturating_add(bytes.max(1));
        let Some(heap) = self.heaps.get_mut(&memory).filter(|_| end <= ADDRESS_MAX) else {
            out.voice.counts.misplaced += 1;
            return Ok(false);
        };
        while let Some(range) = heap.remove_over(address, bytes, but) {
            out.voice.counts.frees_lost += 1;
            out.event(Site::NONE, Action::Free { id: range.event_id })?;
        }
        out.reach(memory, end);
        Ok(true)
    }

    pub(super) fn heap_free(&mut self, memory: u64, address: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        self.turn_to_heap(memory, out)?;
        if address == 0 {
            return Ok(());
        }
        match self.heaps.get_mut(&memory).and_then(|heap| heap.remove(address)) {
            Some(range) => out.event(Site::NONE, Action::Free { id: range.event_id }),
            None => {
                out.voice.counts.heap_unmatched += 1;
                Ok(())
            }
        }
    }

    /// From one address to another: `realloc` as C has it. One that fails leaves the old.
    pub(super) fn heap_reallocate(
        &mut self,
        memory: u64,
        [from, address]: [u64; 2],
        bytes: u64,
        stack: u64,
        out: &mut Out<'_>,
    ) -> Result<(), Stopped> {
        if address == 0 && bytes == 0 {
            return self.heap_free(memory, from, out);
        }
        if from == address && address != 0 {
            self.turn_to_heap(memory, out)?;
            if self.heaps.get_mut(&memory).and_then(|heap| heap.resize(address, bytes)).is_some() {
                return self.stay(memory, address, bytes, stack, out);
            }
        } else if address != 0 && from != 0 {
            self.heap_free(memory, from, out)?;
        }
        self.heap_allocate(memory, address, bytes, stack, out)
    }

    /// The range at `address` was resized where it lies.
    fn stay(&mut self, memory: u64, address: u64, bytes: u64, stack: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let has_room = self.make_room(memory, address, bytes, Some(address), out)?;
        let Some(heap) = self.heaps.get_mut(&memory) else { return Ok(()) };
        if !has_room {
            let range = heap.remove(address);
            return range.map_or(Ok(()), |range| out.event(Site::NONE, Action::Free { id: range.event_id }));
        }
        let (id, site) = (heap.resize(address, bytes), self.names.site(stack));
        id.map_or(Ok(()), |id| out.event(site, Action::Resize { id, bytes }))
    }

    pub(super) fn heap_lose(&mut self, memory: u64, count: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        self.turn_to_heap(memory, out)?;
        out.voice.counts.heap_lost = out.voice.counts.heap_lost.saturating_add(count);
        out.event(Site::NONE, Action::Lost { count })
    }
}

/// The space of a memory's range, and its address there; those that found no room for a
/// space of their own are without.
fn place(memory: u64, address: u64, out: &mut Out<'_>) -> (SpaceId, u64) {
    out.space_of(memory).map_or((HOST, 0), |space| (space, address))
}
