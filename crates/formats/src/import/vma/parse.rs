//! The file's objects, as they are written.

use super::super::json::Json;
use super::statistics::{Allocation, BYTES_MAX, Block, Figures, Heap, Statistics, TYPES_MAX};
use crate::import::error::ImportError;
use arenascope_trace::{Frame, Site, Stacks};

/// Longest label made of what the file says, in letters.
const LABEL_MAX: usize = 80;

/// Reads the whole file.
pub(super) fn parse(json: &mut Json<'_>, into: &mut Statistics, stacks: &mut Stacks) -> Result<(), ImportError> {
    json.begin_object()?;
    while let Some(key) = json.key()? {
        match key {
            "General" => general(json, into)?,
            "Total" => into.total = figures(json)?,
            "MemoryInfo" => heaps(json, into)?,
            "DefaultPools" => Pools { into, stacks }.default_pools(json)?,
            "CustomPools" => Pools { into, stacks }.custom_pools(json)?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn general(json: &mut Json<'_>, into: &mut Statistics) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match key {
            "API" => into.api = json.text()?.unwrap_or_default().into(),
            "apiVersion" => into.version = json.text()?.map(Into::into),
            "GPU" => into.device = json.text()?.map(Into::into),
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn figures(json: &mut Json<'_>) -> Result<Option<Figures>, ImportError> {
    if !json.begins_object()? {
        return Ok(None);
    }
    let mut figures = Figures::default();
    while let Some(key) = json.key()? {
        let figure = match key {
            "BlockCount" => &mut figures.block_count,
            "BlockBytes" => &mut figures.block_bytes,
            "AllocationCount" => &mut figures.allocation_count,
            "AllocationBytes" => &mut figures.allocation_bytes,
            _ => {
                json.skip()?;
                continue;
            }
        };
        *figure = json.u64()?.unwrap_or(0);
    }
    Ok(Some(figures))
}

fn heaps(json: &mut Json<'_>, into: &mut Statistics) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        into.heaps.push(Heap { key: clipped(key), ..Heap::default() });
        heap(json, into)?;
    }
    Ok(())
}

fn heap(json: &mut Json<'_>, into: &mut Statistics) -> Result<(), ImportError> {
    let position = into.heaps.len() - 1;
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        let heap = &mut into.heaps[position];
        match key {
            "Flags" => heap.flags = flags(json)?,
            "Size" => heap.bytes = json.u64()?,
            "Stats" => heap.figures = figures(json)?,
            "Budget" => budget(json, heap)?,
            "MemoryPools" => memory_types(json, into, position)?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn budget(json: &mut Json<'_>, heap: &mut Heap) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match key {
            "BudgetBytes" => heap.budget_bytes = json.u64()?,
            "UsageBytes" => heap.usage_bytes = json.u64()?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn flags(json: &mut Json<'_>) -> Result<Vec<String>, ImportError> {
    let mut flags = Vec::new();
    if json.begins_array()? {
        while json.next()? {
            flags.extend(json.text()?.map(clipped));
        }
    }
    Ok(flags)
}

fn memory_types(json: &mut Json<'_>, into: &mut Statistics, heap: usize) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        let key = clipped(key);
        let number = memory_type(json, into, &key)? as usize;
        into.types[number].heap = Some(heap);
        if !json.begins_object()? {
            continue;
        }
        while let Some(key) = json.key()? {
            match key {
                "Flags" => into.types[number].flags = flags(json)?,
                "Stats" => into.types[number].figures = figures(json)?,
                _ => json.skip()?,
            }
        }
    }
    Ok(())
}

fn memory_type(json: &Json<'_>, into: &mut Statistics, key: &str) -> Result<u32, ImportError> {
    into.type_of(key).ok_or_else(|| json.too_much("memory types", TYPES_MAX as u64))
}

/// Reads pools: what is kept, and where names of allocations go.
struct Pools<'p> {
    into: &'p mut Statistics,
    stacks: &'p mut Stacks,
}

impl Pools<'_> {
    /// `{"Type 0": {…}}`
    fn default_pools(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            let key = clipped(key);
            let memory_type = memory_type(json, self.into, &key)?;
            self.pool(json, memory_type, None)?;
        }
        Ok(())
    }

    /// `{"Type 0": [{"Name": …}]}`
    fn custom_pools(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            let key = clipped(key);
            let memory_type = memory_type(json, self.into, &key)?;
            let mut pool = 0;
            if !json.begins_array()? {
                continue;
            }
            while json.next()? {
                self.pool(json, memory_type, Some(pool))?;
                pool += 1;
            }
        }
        Ok(())
    }

    fn pool(&mut self, json: &mut Json<'_>, memory_type: u32, custom: Option<u64>) -> Result<(), ImportError> {
        if !json.begins_object()? {
            return Ok(());
        }
        let first = self.into.blocks.len();
        let mut name = custom.map(|position| position.to_string());
        while let Some(key) = json.key()? {
            match key {
                "Name" => name = json.text()?.map(clipped).or(name),
                "Blocks" => self.blocks(json, memory_type)?,
                "DedicatedAllocations" => self.dedicated(json, memory_type)?,
                _ => json.skip()?,
            }
        }
        // The name may come after the blocks.
        if let (Some(name), true) = (name, custom.is_some()) {
            for block in &mut self.into.blocks[first..] {
                block.label = format!("pool {name}, {}", block.label);
            }
        }
        Ok(())
    }

    fn blocks(&mut self, json: &mut Json<'_>, memory_type: u32) -> Result<(), ImportError> {
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            let label = format!("block {}", clipped(key));
            self.into.blocks.push(Block { memory_type, label, ..Block::default() });
            self.block(json)?;
        }
        Ok(())
    }

    fn block(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        let position = self.into.blocks.len() - 1;
        if !json.begins_object()? {
            return Ok(());
        }
        while let Some(key) = json.key()? {
            let block = &mut self.into.blocks[position];
            match key {
                "TotalBytes" => block.bytes = json.u64()?.unwrap_or(0).min(BYTES_MAX),
                "UnusedBytes" => block.unused_bytes = json.u64()?,
                "Allocations" => block.allocation_count = json.u64()?,
                "Suballocations" => self.suballocations(json)?,
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    fn suballocations(&mut self, json: &mut Json<'_>) -> Result<(), ImportError> {
        let mut end = 0_u64;
        if !json.begins_array()? {
            return Ok(());
        }
        while json.next()? {
            let read = self.allocation(json)?;
            // Without an offset, one lies behind the other.
            let offset = read.offset.unwrap_or(end);
            end = offset.saturating_add(read.bytes.unwrap_or(0));
            self.keep(&read, offset);
        }
        Ok(())
    }

    fn dedicated(&mut self, json: &mut Json<'_>, memory_type: u32) -> Result<(), ImportError> {
        let mut number = 0;
        if !json.begins_array()? {
            return Ok(());
        }
        while json.next()? {
            let read = self.allocation(json)?;
            let bytes = read.bytes.unwrap_or(0).min(BYTES_MAX);
            let label = format!("dedicated {number}");
            self.into.blocks.push(Block { memory_type, label, bytes, ..Block::default() });
            self.keep(&read, 0);
            number += 1;
        }
        Ok(())
    }

    fn keep(&mut self, read: &Read, offset: u64) {
        let Some(bytes) = read.bytes.filter(|&bytes| bytes <= BYTES_MAX && offset <= BYTES_MAX) else {
            self.into.unsized_count += 1;
            return;
        };
        if self.into.kinds.get(usize::from(read.kind)).is_none_or(|kind| kind != "FREE") {
            let block = (self.into.blocks.len() - 1) as u32;
            let &Read { usage, kind, site, .. } = read;
            self.into.allocations.push(Allocation { block, offset, bytes, usage, kind, site });
        }
    }

    fn allocation(&mut self, json: &mut Json<'_>) -> Result<Read, ImportError> {
        let mut read = Read::default();
        let mut has_kind = false;
        if json.begins_object()? {
            while let Some(key) = json.key()? {
                match key {
                    "Offset" => read.offset = json.u64()?,
                    "Size" => read.bytes = json.u64()?,
                    "Usage" => read.usage = json.u64()?.unwrap_or(0) as u32,
                    "Type" => {
                        read.kind = self.into.kind_of(&json.text()?.map_or("UNKNOWN".into(), clipped));
                        has_kind = true;
                    }
                    "Name" => read.site = json.text()?.map_or(Site::NONE, |name| site(self.stacks, name)),
                    // What else the program tells it by, where it has no name.
                    "CustomData" if read.site == Site::NONE => {
                        read.site = json.text()?.map_or(Site::NONE, |name| site(self.stacks, name));
                    }
                    _ => json.skip()?,
                }
            }
        }
        if !has_kind {
            read.kind = self.into.kind_of("UNKNOWN");
        }
        Ok(read)
    }
}

/// An allocation as it is written.
#[derive(Default)]
struct Read {
    offset: Option<u64>,
    bytes: Option<u64>,
    usage: u32,
    kind: u8,
    site: Site,
}

/// A name as the one frame of a stack.
fn site(stacks: &mut Stacks, name: &str) -> Site {
    if name.is_empty() {
        return Site::NONE;
    }
    let frame = stacks.intern(Frame { function: name.into(), ..Frame::default() });
    stacks.child(Site::NONE, frame)
}

fn clipped(text: &str) -> String {
    text.chars().take(LABEL_MAX).collect()
}
