//! Who gives way: to a request that has no room, and under pressure.

use super::events::Said;
use super::session::Session;
use arenascope_budget::{BudgetError, Charge, EventKind, NodeId, ReclaimStep, Reservation};
use arenascope_telemetry::event::Op;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Owner};

impl Session<'_> {
    /// Room in the budget; whoever has idle memory on the device gives way: buffers and
    /// textures, least recently used first, whosever they are.
    pub(crate) fn reserve(&mut self, owner: Owner, heap: Heap, size: Bytes) -> Result<Reservation, BudgetError> {
        let Self { run, out, .. } = self;
        let (tree, pool) = (&run.budget.tree, &mut run.gpu.pool);
        tree.reserve_or_reclaim(owner, heap, size, &mut |step: &ReclaimStep| pool.reclaim(step.bytes, out))
    }

    /// The same, paid for at once.
    pub(crate) fn pay(&mut self, owner: Owner, heap: Heap, size: Bytes) -> Result<Charge, BudgetError> {
        self.reserve(owner, heap, size)?.commit(size)
    }

    /// Takes what the budget reported since the last frame, and lets the pools give
    /// way while the total or their heap is under pressure.
    pub(crate) fn handle_budget_events(&mut self) {
        let Self { run, out, .. } = self;
        for event in run.budget.tree.take_events() {
            run.budget.log.add(&event);
            if let EventKind::Pressure { node: NodeId::Total, to, claimed, limit, .. } = event.kind {
                let note = Said::note(Op::PressureChange);
                out.emit(Said { detail: to as u8, offset: limit.get(), size: claimed, ..note });
            }
        }
        let pressure = run.budget.tree.heed_pressure();
        run.gpu.pool.relieve(pressure[Heap::Device.index()], out);
        run.nn.tensors.relieve(pressure[Heap::Npu.index()], out);
    }
}
