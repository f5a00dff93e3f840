// What must hold in every set of figures and in every snapshot, written from
// the definitions in crates/telemetry/src/metrics.rs and independent of the engine's
// own audit. Each function returns the violations in words; none is none.

const TOLERANCE = 1e-6;

/** Collects violations: `equal`, `near` and `holds`, each with the words for it. */
class Findings {
  list = [];

  holds(condition, words) {
    if (!condition) this.list.push(words);
  }

  equal(actual, expected, words) {
    this.holds(actual === expected, `${words}: ${actual} instead of ${expected}`);
  }

  near(actual, expected, words) {
    this.holds(Math.abs(actual - expected) <= TOLERANCE, `${words}: ${actual} instead of ${expected}`);
  }
}

const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);

function auditArena(found, arena) {
  found.equal(
    arena.used_bytes + arena.free_bytes + arena.cached_bytes + arena.metadata_bytes, arena.capacity_bytes,
    'arena: used + free + cached + metadata is the capacity',
  );
  found.holds(arena.requested_bytes <= arena.used_bytes, 'arena: requested is at most used');
  found.holds(arena.used_bytes <= arena.used_bytes_peak, 'arena: used is at most its peak');
  found.holds(arena.largest_free_bytes <= arena.free_bytes, 'arena: the largest free range is at most all free');
  found.equal(
    arena.allocations_total - arena.frees_total, arena.allocation_count,
    'arena: allocations − frees are the live ones',
  );
  const fragmentation = arena.free_bytes === 0 ? 0 : 1 - arena.largest_free_bytes / arena.free_bytes;
  found.near(arena.external_fragmentation, fragmentation, 'arena: external fragmentation');
}

function auditPool(found, pool) {
  found.equal(
    pool.created_total - pool.destroyed_total, pool.in_use_count + pool.pending_count + pool.idle_count,
    'pool: created − destroyed are in use, pending or idle',
  );
  const acquires = pool.hits_total + pool.misses_total;
  found.near(pool.hit_ratio, acquires === 0 ? 0 : pool.hits_total / acquires, 'pool: hit ratio');
  found.holds(pool.requested_bytes <= pool.in_use_bytes, 'pool: requested is at most in use');
  found.holds(pool.evictions_total <= pool.destroyed_total, 'pool: evictions are destructions');
}

function auditBudget(found, budget) {
  found.equal(sum(budget.categories, (row) => row.current_bytes), budget.current_bytes, 'budget: categories sum up');
  for (const row of budget.categories) {
    const of = `budget of ${row.category}`;
    found.equal(row.arena_bytes + row.device_bytes + row.npu_bytes, row.current_bytes, `${of}: arena + device + npu`);
    found.holds(row.current_bytes <= row.peak_bytes, `${of}: current is at most its peak`);
  }
}

function auditNetworks(found, { nn, budget }) {
  auditPool(found, nn.pool);
  const { pool } = nn;
  found.equal(pool.in_use_count + pool.pending_count + pool.idle_count, nn.tensors_live, 'nn: tensors alive');
  found.equal(pool.in_use_bytes + pool.pending_bytes + pool.idle_bytes, nn.tensor_bytes, 'nn: bytes of tensors');
  found.equal(sum(budget.categories, (row) => row.npu_bytes), nn.tensor_bytes + nn.graph_bytes, 'nn: what is charged');
}

/** @returns {string[]} */
export function auditMetrics(metrics) {
  const found = new Findings();
  auditArena(found, metrics.arena);
  auditPool(found, metrics.pool);
  auditNetworks(found, metrics);
  auditBudget(found, metrics.budget);
  return found.list;
}

/**
 * Allocations and free ranges by offset: none overlaps, and what lies between
 * them is metadata and caches, to the byte.
 */
function auditTiling(found, { allocations, free_ranges: free }, arena) {
  const ranges = [...allocations, ...free].sort((a, b) => a.offset - b.offset);
  let end = 0;
  let between = 0;
  for (const range of ranges) {
    found.holds(range.offset >= end, `tiling: overlap at ${range.offset}, the range before ends at ${end}`);
    between += Math.max(0, range.offset - end);
    end = Math.max(end, range.offset + range.size);
  }
  found.holds(end <= arena.capacity_bytes, `tiling: a range ends at ${end}, behind the capacity`);
  between += arena.capacity_bytes - end;
  found.equal(between, arena.metadata_bytes + arena.cached_bytes, 'tiling: what is neither used nor free');
}

function auditFreeRanges(found, free, arena) {
  const total = sum(free, (range) => range.size);
  found.equal(total, arena.free_bytes, 'snapshot: free ranges sum up');
  found.equal(free.length, arena.free_range_count, 'snapshot: number of free ranges');
  found.equal(Math.max(0, ...free.map((range) => range.size)), arena.largest_free_bytes, 'snapshot: largest free range');
  const concentration = total === 0 ? 0 : 1 - Math.sqrt(sum(free, (range) => range.size ** 2)) / total;
  found.near(arena.free_space_concentration, concentration, 'snapshot: free space concentration');
}

function auditAllocations(found, allocations, arena) {
  found.equal(sum(allocations, (row) => row.size), arena.used_bytes, 'snapshot: allocations sum up');
  found.equal(allocations.length, arena.allocation_count, 'snapshot: number of allocations');
  found.equal(new Set(allocations.map((row) => row.id)).size, allocations.length, 'snapshot: ids are distinct');
  for (const row of allocations) {
    found.holds(row.offset % row.align === 0, `snapshot: allocation ${row.id} at ${row.offset} is not aligned to ${row.align}`);
  }
}

/** @returns {string[]} */
export function auditSnapshot(snapshot) {
  const found = new Findings();
  const { arena, pool } = snapshot.metrics;
  auditTiling(found, snapshot.arena, arena);
  auditFreeRanges(found, snapshot.arena.free_ranges, arena);
  auditAllocations(found, snapshot.arena.allocations, arena);
  found.equal(
    snapshot.pool.buffers.length, pool.in_use_count + pool.pending_count + pool.idle_count,
    'snapshot: number of pooled buffers',
  );
  found.equal(
    sum(snapshot.pool.buffers, (row) => row.size), pool.in_use_bytes + pool.pending_bytes + pool.idle_bytes,
    'snapshot: pooled buffers sum up',
  );
  return [...found.list, ...auditMetrics(snapshot.metrics)];
}
