//! The budget of the original design document: what `SingleTotal` reproduces.
//!
//! As in the document, but that sizes are 64 bits (on its 32 bits the shares
//! overflow, row B1), that `Debug` is derived (row B2), and that the report,
//! which prints, is left out.

use std::collections::HashMap;

pub(crate) struct MemoryBudget {
    allocations: HashMap<MemoryCategory, u64>,
    limits: HashMap<MemoryCategory, u64>,
}

#[expect(clippy::upper_case_acronyms, reason = "the document's own names")]
#[derive(Hash, Eq, PartialEq, Clone, Copy, Debug)]
pub(crate) enum MemoryCategory {
    ECS,
    GPUBuffers,
    GPUTextures,
    NPUModels,
    NPUTensors,
    Temporary,
}

impl MemoryBudget {
    pub(crate) fn new(total_budget: u64) -> Self {
        let mut limits = HashMap::new();

        // Default budget allocation
        limits.insert(MemoryCategory::ECS, total_budget * 25 / 100); // 25%
        limits.insert(MemoryCategory::GPUBuffers, total_budget * 30 / 100); // 30%
        limits.insert(MemoryCategory::GPUTextures, total_budget * 20 / 100); // 20%
        limits.insert(MemoryCategory::NPUModels, total_budget * 10 / 100); // 10%
        limits.insert(MemoryCategory::NPUTensors, total_budget * 10 / 100); // 10%
        limits.insert(MemoryCategory::Temporary, total_budget * 5 / 100); // 5%

        Self { allocations: HashMap::new(), limits }
    }

    pub(crate) fn can_allocate(&self, category: MemoryCategory, size: u64) -> bool {
        let current = self.allocations.get(&category).copied().unwrap_or(0);
        let limit = self.limits.get(&category).copied().unwrap_or(0);

        current + size <= limit
    }

    pub(crate) fn allocate(&mut self, category: MemoryCategory, size: u64) -> Result<(), String> {
        if !self.can_allocate(category, size) {
            return Err(format!(
                "Memory budget exceeded for {:?}. Current: {}, Requested: {}, Limit: {}",
                category,
                self.allocations.get(&category).unwrap_or(&0),
                size,
                self.limits.get(&category).unwrap_or(&0)
            ));
        }

        *self.allocations.entry(category).or_insert(0) += size;
        Ok(())
    }

    pub(crate) fn deallocate(&mut self, category: MemoryCategory, size: u64) {
        if let Some(allocated) = self.allocations.get_mut(&category) {
            *allocated = allocated.saturating_sub(size);
        }
    }

    pub(crate) fn get_usage(&self, category: MemoryCategory) -> f32 {
        let allocated = self.allocations.get(&category).copied().unwrap_or(0);
        let limit = self.limits.get(&category).copied().unwrap_or(1);

        (allocated as f32 / limit as f32) * 100.0
    }
}
