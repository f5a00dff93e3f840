//! One JavaScript world: what its records say, as events.

use super::class::{self, Class, Kind};
use super::heap::Heap;
use super::names::Names;
use super::record::{Allocate, FreeReason, Record};
use super::resource::{Resource, Resources};
use super::survey::Survey;
use super::voice::{DEVICES, HOST, Out, WEBNN};
use arenascope_trace::{Action, Site, SpaceId, Stopped};
use std::collections::HashMap;

/// What the end of something that was left to the collector says in the place of a stack.
pub(super) const COLLECTOR: &str = "(left to the garbage collector)";

/// One JavaScript world.
#[derive(Debug, Default)]
pub(super) struct Realm {
    pub(super) names: Names,
    pub(super) resources: Resources,
    pub(super) heaps: HashMap<u64, Heap>,
    /// Records before the next batch, once one came.
    pub(super) next_record: Option<u64>,
    pub(super) known_lost: u64,
    /// When it was told to be gone, µs since 1970, and whether a batch from before that is
    /// told: what was in it is gone as well.
    pub(super) ended_us: Option<u64>,
    pub(super) is_over: bool,
    /// The frame that is drawn.
    pub(super) frame: u64,
    /// Whose creations failed, and where they were to be, until their failure is told.
    failed: HashMap<u64, (Site, SpaceId)>,
    /// Snapshots so far.
    snapshots: u64,
    /// Address and name, once they were noted.
    named: Option<(Box<str>, Box<str>)>,
}

impl Realm {
    /// Keeps what it is called; whether it was not called so before.
    pub(super) fn rename(&mut self, url: &str, name: &str) -> bool {
        let is_known = self.named.as_ref().is_some_and(|known| (&*known.0, &*known.1) == (url, name));
        if !is_known {
            self.named = Some((url.into(), name.into()));
        }
        !is_known
    }

    /// Takes in a record about resources; others are somebody else's.
    pub(super) fn take(&mut self, record: Record<'_>, survey: &mut Survey, out: &mut Out<'_>) -> Result<(), Stopped> {
        match record {
            Record::String { .. } | Record::Frame { .. } | Record::Stack { .. } => {
                self.names.define(record, out.sink.stacks());
                Ok(())
            }
            _ if self.is_over => Ok(()),
            Record::Allocate(told) => self.allocate(&told, survey, out),
            Record::Free { id, reason } => self.free(id, reason, survey, out),
            Record::Resize { id, bytes } => self.resize(id, bytes, out),
            Record::Map { id, bytes } => self.map(id, bytes, out),
            Record::Unmap { id } => self.unmap(id, out),
            Record::Label { id, label } => {
                let label = self.names.shared(label);
                if let Some(resource) = self.resources.get_mut(id) {
                    resource.label = label;
                }
                Ok(())
            }
            Record::Use { ids } => {
                for id in ids {
                    self.touch(id, out);
                }
                Ok(())
            }
            Record::FrameTick { number } => {
                self.frame = number.max(self.frame);
                Ok(())
            }
            Record::DeviceLost { device, message, .. } => self.lose_device(device, message, out),
            Record::Failure { kind, id, bytes, message, .. } => self.fail(kind, id, bytes, message, out),
            Record::Mark { text } => out.mark(self.names.text(text)),
            Record::SnapshotBegin => {
                self.snapshots += 1;
                Ok(())
            }
            Record::SnapshotEnd => self.end_snapshot(out),
            Record::WasmAllocate { memory, address, bytes, stack, .. } => {
                self.heap_allocate(memory, address, bytes, stack, out)
            }
            Record::WasmFree { memory, address, .. } => self.heap_free(memory, address, out),
            Record::WasmReallocate { memory, from, address, bytes, stack, .. } => {
                self.heap_reallocate(memory, [from, address], bytes, stack, out)
            }
            Record::WasmLost { memory, count } => self.heap_lose(memory, count, out),
            _ => Ok(()),
        }
    }

    fn touch(&mut self, id: u64, out: &Out<'_>) {
        let frame = self.frame;
        if let Some(resource) = self.resources.get_mut(id) {
            (resource.touched_frame, resource.used_us) = (frame, Some(out.voice.now_us));
        }
    }

    fn allocate(&mut self, told: &Allocate, survey: &mut Survey, out: &mut Out<'_>) -> Result<(), Stopped> {
        if survey.is_retracted((out.realm, told.id)) {
            out.voice.counts.retracted.add(told.bytes);
            let site = self.site(told, out);
            self.failed.insert(told.id, (site, space(told.class)));
            return Ok(());
        }
        let snapshot = self.snapshots;
        if let Some(known) = self.resources.get_mut(told.id) {
            known.told_in = snapshot;
            let is_changed = told.is_told_again && known.bytes != told.bytes;
            out.voice.counts.twice += u64::from(!told.is_told_again);
            return if is_changed { self.resize(told.id, told.bytes, out) } else { Ok(()) };
        }
        let resource = self.born(told, out);
        let is_heap = resource.class == Class::WasmMemory && survey.has_heap((out.realm, told.id));
        let (site, action) = (resource.site, allocation(&resource));
        self.resources.insert(told, resource);
        if is_heap {
            return self.open_heap(told.id, out);
        }
        out.event(site, action)
    }

    /// A resource that lives from now on.
    fn born(&mut self, told: &Allocate, out: &mut Out<'_>) -> Resource {
        let is_apart = told.is_apart || matches!(told.class, Class::Canvas | Class::TransientTexture);
        let counts = &mut out.voice.counts;
        if is_apart {
            counts.apart.add(told.bytes);
        }
        if told.is_estimate {
            counts.estimated.add(told.bytes);
        }
        counts.external += u64::from(told.class == Class::ExternalTexture);
        if !told.is_told_again {
            let label = self.names.text(told.label);
            out.voice.habits.made(out.realm, label, told.class, told.bytes, self.frame);
        }
        Resource {
            event_id: out.fresh_id(),
            class: told.class,
            device: told.device,
            label: self.names.shared(told.label),
            bytes: told.bytes,
            is_apart,
            is_heap: false,
            category: out.category(class::kind_of(told.class, told.usage)),
            space: space(told.class),
            site: self.site(told, out),
            shadow: None,
            born_us: out.voice.now_us,
            touched_frame: self.frame,
            used_us: None,
            told_in: self.snapshots,
            mapped_in: 0,
        }
    }

    /// The stack of whoever made it, with its label as the innermost name: that is whose it
    /// is. What has neither says what it is.
    fn site(&mut self, told: &Allocate, out: &mut Out<'_>) -> Site {
        let is_named = (told.stack, told.label) != (0, 0);
        let what = if told.class.is_texture() && !is_named { told.texture } else { [0; 4] };
        let whose = (told.stack, told.label, told.class, what);
        if let Some(&site) = self.names.sites.get(&whose) {
            return site;
        }
        let (stack, label) = (self.names.site(told.stack), self.names.text(told.label));
        let site = match (label, stack) {
            ("", Site::NONE) => out.named(Site::NONE, &self.described(told)),
            ("", stack) => stack,
            (label, stack) => out.named(stack, label),
        };
        // What is not known now may be told later.
        if self.names.knows(told.stack, told.label) {
            self.names.sites.insert(whose, site);
        }
        site
    }

    fn described(&self, told: &Allocate) -> String {
        let [format, width, height, depth] = told.texture;
        let word = told.class.word();
        if told.class.is_texture() && width > 0 {
            return format!("unlabelled {word}, {} {width} × {height} × {depth}", self.names.text(format));
        }
        format!("unlabelled {word}")
    }

    fn free(&mut self, id: u64, reason: FreeReason, survey: &mut Survey, out: &mut Out<'_>) -> Result<(), Stopped> {
        let Some(resource) = self.resources.get(id) else {
            let was_expected = survey.is_retracted((out.realm, id));
            survey.forget((out.realm, id));
            out.voice.counts.unmatched += u64::from(!was_expected && reason != FreeReason::Retracted);
            return Ok(());
        };
        let bytes = resource.counted_bytes(resource.bytes);
        let name = if resource.label.is_empty() { resource.class.word() } else { &resource.label };
        match reason {
            FreeReason::Collected => {
                let text = format!("left to the garbage collector: {name}");
                out.voice.counts.collected.add(bytes);
                out.voice.habits.collected(&resource.label, resource.class, bytes);
                out.mark(&text)?;
                let site = out.named(Site::NONE, COLLECTOR);
                self.end(id, site, out)
            }
            FreeReason::Retracted => {
                let text = format!("creation failed: {name}");
                out.voice.counts.retracted_late.add(bytes);
                out.mark(&text)?;
                self.end(id, Site::NONE, out)
            }
            FreeReason::Destroyed | FreeReason::GivenUp => self.end(id, Site::NONE, out),
        }
    }

    /// Something is gone, with all that is in it and its mapping.
    fn end(&mut self, id: u64, site: Site, out: &mut Out<'_>) -> Result<(), Stopped> {
        self.close_heap(id, out)?;
        let Some(resource) = self.resources.remove(id) else { return Ok(()) };
        if resource.is_apart {
            out.voice.counts.apart.change(resource.bytes, 0);
        }
        if let Some((shadow, _)) = resource.shadow {
            out.event(site, Action::Free { id: shadow })?;
        }
        if resource.is_heap { Ok(()) } else { out.event(site, Action::Free { id: resource.event_id }) }
    }

    fn resize(&mut self, id: u64, bytes: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let Some(resource) = self.resources.get_mut(id) else {
            out.voice.counts.unmatched += 1;
            return Ok(());
        };
        let before = core::mem::replace(&mut resource.bytes, bytes);
        if resource.is_apart {
            out.voice.counts.apart.change(before, bytes);
            return Ok(());
        }
        if resource.is_heap {
            return self.grow_heap(id, bytes, out);
        }
        let (site, id) = (resource.site, resource.event_id);
        out.event(site, Action::Resize { id, bytes })
    }

    fn map(&mut self, id: u64, bytes: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let snapshot = self.snapshots;
        let Some(resource) = self.resources.get_mut(id) else { return Ok(()) };
        resource.mapped_in = snapshot;
        let site = resource.site;
        match &mut resource.shadow {
            Some((_, known)) if *known == bytes => Ok(()),
            Some((shadow, known)) => {
                *known = bytes;
                let id = *shadow;
                out.event(site, Action::Resize { id, bytes })
            }
            None => {
                let id = out.fresh_id();
                resource.shadow = Some((id, bytes));
                let category = out.category(Kind::MAPPED);
                out.event(site, Action::Allocate { id, space: HOST, address: 0, bytes, category })
            }
        }
    }

    fn unmap(&mut self, id: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let shadow = self.resources.get_mut(id).and_then(|resource| resource.shadow.take());
        shadow.map_or(Ok(()), |(id, _)| out.event(Site::NONE, Action::Free { id }))
    }

    fn lose_device(&mut self, device: u64, message: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let message = self.names.text(message);
        let text = if message.is_empty() { "device lost".into() } else { format!("device lost: {message}") };
        out.mark(&text)?;
        let ids = if device == 0 { Vec::new() } else { self.resources.of_device(device) };
        ids.into_iter().try_for_each(|id| self.end(id, Site::NONE, out))
    }

    /// The whole world is gone.
    pub(super) fn end_all(&mut self, out: &mut Out<'_>) -> Result<(), Stopped> {
        let ids = self.resources.ids(|_| true);
        ids.into_iter().try_for_each(|id| self.end(id, Site::NONE, out))?;
        let mut heaps: Vec<u64> = self.heaps.keys().copied().collect();
        heaps.sort_unstable();
        heaps.into_iter().try_for_each(|memory| self.close_heap(memory, out))
    }

    fn fail(&mut self, kind: u64, id: u64, bytes: u64, message: u64, out: &mut Out<'_>) -> Result<(), Stopped> {
        let failed = self.failed.remove(&id);
        if kind == 1 {
            let known = self.resources.get(id).map(|resource| (resource.site, resource.space));
            let (site, space) = failed.or(known).unwrap_or((Site::NONE, DEVICES));
            return out.event(site, Action::Fail { space, bytes, free_bytes: None });
        }
        let what = match kind {
            2 => "validation error",
            3 => "internal error",
            _ => "creation threw",
        };
        let text = format!("{what}: {}", self.names.text(message));
        out.mark(&text)
    }

    /// What the snapshot did not tell is gone.
    fn end_snapshot(&mut self, out: &mut Out<'_>) -> Result<(), Stopped> {
        let snapshot = self.snapshots;
        let gone = self.resources.ids(|resource| resource.told_in != snapshot);
        let unmapped = self.resources.ids(|resource| {
            resource.told_in == snapshot && resource.shadow.is_some() && resource.mapped_in != snapshot
        });
        out.voice.counts.frees_lost += (gone.len() + unmapped.len()) as u64;
        gone.into_iter().try_for_each(|id| self.end(id, Site::NONE, out))?;
        unmapped.into_iter().try_for_each(|id| self.unmap(id, out))
    }
}

const fn space(class: Class) -> SpaceId {
    match class {
        Class::Tensor | Class::ConstantTensor | Class::Graph => WEBNN,
        Class::WasmMemory | Class::SharedWasmMemory => HOST,
        _ => DEVICES,
    }
}

const fn allocation(resource: &Resource) -> Action {
    Action::Allocate {
        id: resource.event_id,
        space: resource.space,
        address: 0,
        bytes: resource.counted_bytes(resource.bytes),
        category: resource.category,
    }
}
