//! Limits on a run that has no budget of its own: where what lives of a category was above one.

use arenascope_recording::{BLOCK, EventSeries, Metric, Reader};
use core::ops::Range;

/// How often, how long and by how much a limit was exceeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exceeded {
    /// Times that it went from within to above.
    pub times: u64,
    /// Time above, µs.
    pub above_us: u64,
    /// The first event after which it was above; `None` where it never was.
    pub first: Option<u64>,
    /// The most above the limit, bytes.
    pub most_bytes: u64,
}

/// Where a metric is above a limit, over a range of events. O(blocks), and O(events) in the
/// blocks in which it crosses.
pub fn exceeded(reader: &Reader<'_>, series: &EventSeries, metric: Metric, limit: u64, range: Range<u64>) -> Exceeded {
    let mut seen = Exceeded::default();
    let (mut at, mut is_above, mut since_us) = (range.start, false, 0);
    while at < range.end {
        let next = ((at / BLOCK + 1) * BLOCK).min(range.end);
        let Some(extremes) = series.extremes(reader, metric, at..next) else { break };
        let crosses = if is_above { extremes.low <= limit } else { extremes.high > limit };
        seen.most_bytes = seen.most_bytes.max(extremes.high.saturating_sub(limit));
        if crosses {
            for event in at..next {
                let is_now = reader.metric(metric, event + 1).is_some_and(|bytes| bytes > limit);
                let time_us = reader.time_us(event).unwrap_or(since_us);
                match (is_above, is_now) {
                    (false, true) => {
                        seen.first = seen.first.or(Some(event));
                        (seen.times, since_us) = (seen.times + 1, time_us);
                    }
                    (true, false) => seen.above_us += time_us.saturating_sub(since_us),
                    _ => {}
                }
                is_above = is_now;
            }
        }
        at = next;
    }
    if let Some(end_us) = range.end.checked_sub(1).and_then(|last| reader.time_us(last)).filter(|_| is_above) {
        seen.above_us += end_us.saturating_sub(since_us);
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_units::owner::MemoryCategory;
    use proptest::prelude::*;

    fn plain(reader: &Reader<'_>, metric: Metric, limit: u64, range: Range<u64>) -> Exceeded {
        let (mut seen, mut since) = (Exceeded::default(), None);
        for event in range.clone() {
            let (bytes, time) = (reader.metric(metric, event + 1).unwrap(), reader.time_us(event).unwrap());
            seen.most_bytes = seen.most_bytes.max(bytes.saturating_sub(limit));
            match (since, bytes > limit) {
                (None, true) => {
                    seen.first = seen.first.or(Some(event));
                    seen.times += 1;
                    since = Some(time);
                }
                (Some(from), false) => {
                    seen.above_us += time - from;
                    since = None;
                }
                _ => {}
            }
        }
        if let (Some(from), Some(last)) = (since, range.end.checked_sub(1)) {
            seen.above_us += reader.time_us(last).unwrap() - from;
        }
        seen
    }

    proptest! {
        #[test]
        fn it_is_as_by_looking_at_every_event(
            sizes in prop::collection::vec((1_u64..64, any::<bool>()), 1..1_500), limit in 0_u64..600,
        ) {
            let log = EventLog::default();
            let mut recorder = Recorder::new(&log);
            recorder.take(Event::note(0, Op::RunStart));
            let mut live = Vec::new();
            for (step, (size, frees)) in sizes.into_iter().enumerate() {
                let time = 10 * step as u64;
                let of = |op, id, size_bytes| Event { id, size_bytes, owner: MemoryCategory::ECS.into(), ..Event::note(time, op) };
                match live.pop().filter(|_| frees) {
                    Some((id, size)) => recorder.take(of(Op::Free, id, size)),
                    None => {
                        let id = step as u64 + 1;
                        recorder.take(of(Op::Allocate, id, size));
                        live.push((id, size));
                    }
                }
            }
            recorder.publish();
            let mut reader = Reader::new(&log);
            reader.refresh();
            let mut series = EventSeries::new();
            series.update(&reader);
            let metric = Metric::of(MemoryCategory::ECS);
            let expected = plain(&reader, metric, limit, reader.run());
            prop_assert_eq!(exceeded(&reader, &series, metric, limit, reader.run()), expected);
        }
    }
}
