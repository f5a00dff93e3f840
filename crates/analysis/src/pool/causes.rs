//! Why the pool hit, missed and destroyed: counts by cause as lines of bars,
//! with the pace of the last second; and one miss in words.

use crate::numbers::rate::RateMeter;
use crate::numbers::text::count;
use arenascope_telemetry::metrics::PoolMetrics;
use arenascope_telemetry::pool_detail::MissRow;
use arenascope_units::{Bytes, Ratio};

/// What a line counts.
#[derive(Clone, Copy, Debug)]
pub struct Cause {
    /// The name for people.
    pub label: &'static str,
    /// What it means, in a sentence.
    pub hint: &'static str,
    read: fn(&PoolMetrics) -> u64,
}

const fn cause(label: &'static str, hint: &'static str, read: fn(&PoolMetrics) -> u64) -> Cause {
    Cause { label, hint, read }
}

/// Why acquires were served by a pooled resource.
pub const HITS: [Cause; 3] = [
    cause("Exact", "Of the very size that was asked for, and every texture.", |pool| pool.hits_by.exact_total),
    cause("Class", "Of the class that the size is rounded up to.", |pool| pool.hits_by.class_total),
    cause("Best fit", "Larger than what would have been created.", |pool| pool.hits_by.best_fit_total),
];

/// Why acquires had to create.
pub const MISSES: [Cause; 5] = [
    cause("Cold", "Nothing of the class was there yet.", |pool| pool.misses_by.cold_total),
    cause("Busy", "Every one of the class was held.", |pool| pool.misses_by.busy_total),
    cause("Pending", "One was released, but the GPU was not done with it.", |pool| pool.misses_by.pending_total),
    cause("Too wasteful", "Only buffers that would waste too much lay idle.", |pool| pool.misses_by.too_wasteful_total),
    cause("Evicted", "One had been destroyed before: each destruction is blamed once at most.", |pool| {
        pool.misses_by.evicted_total
    }),
];

/// Why resources were destroyed.
pub const DESTROYED: [Cause; 9] = [
    cause("Idle limit", "More idle bytes than may be.", |pool| pool.destroyed_by.limit_total),
    cause("Surplus", "It lay idle through the last frames, above the waters.", |pool| pool.destroyed_by.surplus_total),
    cause("Age", "Idle for too long.", |pool| pool.destroyed_by.age_total),
    cause("Pressure", "The budget wanted the bytes back.", |pool| pool.destroyed_by.pressure_total),
    cause("Outgrown", "A larger one of its doubling took its place.", |pool| pool.destroyed_by.outgrown_total),
    cause("Out of memory", "A creation was refused and needed the room.", |pool| pool.destroyed_by.out_of_memory_total),
    cause("Count cap", "A baseline's class held as many idle ones as it may.", |pool| pool.destroyed_by.overflow_total),
    cause("Device loss", "Gone with the device.", |pool| pool.destroyed_by.device_loss_total),
    cause("Not created", "The device could not create it.", |pool| pool.destroyed_by.creation_failed_total),
];

/// One line of bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CauseLine {
    /// How often in this run.
    pub total: u64,
    /// Part of all of its group, 0 to 1.
    pub part: f64,
    /// Times a second, over the last one; `None` until there is enough to tell.
    pub per_second: Option<f64>,
}

impl CauseLine {
    /// The part of its group: `93.1 %`; a dash where the group is empty.
    pub fn part_text(&self, group: u64) -> String {
        if group == 0 { "–".into() } else { Ratio::new(self.part).to_string() }
    }
}

/// A group of causes with the pace of each.
#[derive(Clone, Debug)]
pub struct CauseGroup {
    causes: &'static [Cause],
    meters: Vec<RateMeter>,
}

impl CauseGroup {
    /// A group that has seen no figures yet: every rate is 0.
    pub fn new(causes: &'static [Cause]) -> Self {
        Self { causes, meters: vec![RateMeter::default(); causes.len()] }
    }

    /// The lines of now, in the order of the causes, and their sum. O(causes).
    pub fn update(&mut self, now_ms: f64, pool: &PoolMetrics) -> (u64, Vec<CauseLine>) {
        let totals: Vec<u64> = self.causes.iter().map(|cause| (cause.read)(pool)).collect();
        let sum: u64 = totals.iter().sum();
        let line = |(total, meter): (u64, &mut RateMeter)| CauseLine {
            total,
            part: if sum == 0 { 0.0 } else { total as f64 / sum as f64 },
            per_second: meter.per_second(now_ms, total),
        };
        (sum, totals.into_iter().zip(&mut self.meters).map(line).collect())
    }
}

/// What was asked for: `storage|copy_dst`, `64 × 64 rgba8unorm texture_binding`.
pub fn asked_for(texture: Option<&str>, usage: &str) -> String {
    texture.map_or_else(|| usage.to_owned(), |texture| format!("{texture} {usage}"))
}

/// Why one acquire missed, in a sentence with its numbers.
pub fn why(miss: &MissRow) -> String {
    let size = Bytes::new(miss.size_bytes);
    match miss.cause.as_str() {
        "cold" => format!("first of its class of {size}: nothing to reuse yet"),
        "busy" => format!("every one of its class of {size} was held: {}", count(miss.held_count)),
        "pending" => format!(
            "{} of its class of {size} released, but the GPU was not done with them; {} held",
            count(miss.pending_count),
            count(miss.held_count)
        ),
        "too_wasteful" => match miss.smallest_idle_bytes {
            Some(idle) => format!(
                "the smallest idle one that fits has {}: {} of it would be wasted",
                Bytes::new(idle),
                Ratio::new(1.0 - miss.requested_bytes as f64 / idle.max(1) as f64)
            ),
            None => "only ones that would waste too much lay idle".into(),
        },
        "evicted" => {
            format!("one of its class of {size} had been destroyed: {}", reason_of(miss.destroyed_for.as_deref()))
        }
        other => other.to_owned(),
    }
}

/// The words for a key of `destroyed_by`.
fn reason_of(key: Option<&str>) -> &str {
    match key {
        Some("limit") => "above the idle limit",
        Some("surplus") => "it was surplus",
        Some("age") => "idle for too long",
        Some("pressure") => "the budget wanted its bytes back",
        Some("outgrown") => "outgrown by a larger one",
        Some("out_of_memory") => "a refused creation needed the room",
        Some("overflow") => "above the count cap",
        Some("device_loss") => "the device was lost",
        Some("creation_failed") => "the device could not create it",
        Some(other) => other,
        None => "no reason is known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_telemetry::metrics::{PoolDestroyed, PoolMisses};
    use arenascope_units::owner::MemoryCategory;

    fn pool(cold: u64, busy: u64) -> PoolMetrics {
        let misses_by = PoolMisses { cold_total: cold, busy_total: busy, ..PoolMisses::default() };
        PoolMetrics { misses_by, ..PoolMetrics::default() }
    }

    #[test]
    fn parts_and_paces_of_a_group() {
        let mut group = CauseGroup::new(&MISSES);
        let (sum, lines) = group.update(0.0, &pool(0, 0));
        assert_eq!((sum, lines[0].part_text(sum), lines[0].per_second), (0, "–".into(), None));
        let (sum, lines) = group.update(500.0, &pool(30, 10));
        assert_eq!((sum, lines[0].total, lines[0].part, lines[0].per_second), (40, 30, 0.75, Some(60.0)));
        assert_eq!((lines[1].part_text(sum), lines[2].per_second), ("25.0 %".into(), Some(0.0)));
    }

    #[test]
    fn every_published_count_has_a_line() {
        let numbered = |value: serde_json::Value| -> u64 {
            value.as_object().unwrap().values().map(|number| number.as_u64().unwrap()).sum()
        };
        let all = r#"{"limit_total":1,"surplus_total":2,"age_total":4,"pressure_total":8,"outgrown_total":16,
            "out_of_memory_total":32,"overflow_total":64,"device_loss_total":128,"creation_failed_total":256}"#;
        let destroyed_by: PoolDestroyed = serde_json::from_str(all).unwrap();
        let expected = numbered(serde_json::to_value(&destroyed_by).unwrap());
        let (sum, lines) = CauseGroup::new(&DESTROYED).update(0.0, &PoolMetrics { destroyed_by, ..pool(0, 0) });
        assert_eq!((sum, lines.len()), (expected, 9));
        assert!(lines.iter().all(|line| line.total > 0), "a count is read twice");
    }

    #[test]
    fn a_miss_tells_its_numbers() {
        let miss = |cause: &str| MissRow {
            time_us: 0,
            texture: None,
            usage: "storage".into(),
            category: MemoryCategory::GPU_BUFFERS,
            tag: "mesh".into(),
            requested_bytes: 1024,
            size_bytes: 1024,
            cause: cause.into(),
            destroyed_for: Some("age".into()),
            held_count: 12,
            pending_count: 2,
            smallest_idle_bytes: Some(4096),
        };
        assert_eq!(why(&miss("busy")), "every one of its class of 1.0 KiB was held: 12");
        assert_eq!(
            why(&miss("pending")),
            "2 of its class of 1.0 KiB released, but the GPU was not done with them; 12 held"
        );
        assert_eq!(
            why(&miss("too_wasteful")),
            "the smallest idle one that fits has 4.0 KiB: 75.0 % of it would be wasted"
        );
        assert_eq!(why(&miss("evicted")), "one of its class of 1.0 KiB had been destroyed: idle for too long");
        assert_eq!(asked_for(Some("4 × 4 r8unorm"), "copy_dst"), "4 × 4 r8unorm copy_dst");
    }
}
