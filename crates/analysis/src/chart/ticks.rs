//! Where an axis is marked, and with which words.

use arenascope_units::Bytes;

/// One mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in the axis' own unit: bytes, a ratio, or µs of engine time.
    pub at: f64,
    /// What is written there; may be empty.
    pub label: String,
}

impl Tick {
    fn new(at: f64, label: impl Into<String>) -> Self {
        Self { at, label: label.into() }
    }
}

/// Marks from 0 to `top` at a power of two, at most `room` steps. The highest
/// carries the unit: 0, 64, 128, 192, 256 MiB.
pub fn byte_ticks(top: Bytes, room: usize) -> Vec<Tick> {
    let room = room.max(1) as u64;
    let step = top.get().div_ceil(room).max(1).next_power_of_two();
    let count = top.get() / step;
    let (unit, name) = unit_of(top.get());
    let label = |index: u64| match index {
        0 => "0".to_owned(),
        _ if index == count => format!("{} {name}", short(index * step, unit)),
        _ => short(index * step, unit),
    };
    (0..=count).map(|index| Tick::new((index * step) as f64, label(index))).collect()
}

fn unit_of(bytes: u64) -> (u64, &'static str) {
    match bytes {
        0..0x400 => (1, "B"),
        0x400..0x10_0000 => (1 << 10, "KiB"),
        0x10_0000..0x4000_0000 => (1 << 20, "MiB"),
        _ => (1 << 30, "GiB"),
    }
}

/// As few decimals as are exact: 0.75, 1.5, 24.
fn short(bytes: u64, unit: u64) -> String {
    format!("{}", bytes as f64 / unit as f64)
}

/// Marks of a ratio from 0 to 1 in quarters, halves or ends, as `room` allows.
pub fn ratio_ticks(room: usize) -> Vec<Tick> {
    shares(room).map(|share| Tick::new(share, format!("{share:.2}"))).collect()
}

/// Marks of a ratio from 0 to 1 in per cent; the highest carries the sign.
pub fn percent_ticks(room: usize) -> Vec<Tick> {
    let sign = |share: f64| if share == 1.0 { " %" } else { "" };
    shares(room).map(|share| Tick::new(share, format!("{:.0}{}", share * 100.0, sign(share)))).collect()
}

fn shares(room: usize) -> impl Iterator<Item = f64> {
    let steps = match room {
        0..2 => 1,
        2..4 => 2,
        _ => 4,
    };
    (0..=steps).map(move |index| f64::from(index) / f64::from(steps))
}

/// Steps of a time axis, ms.
const TIME_STEPS_MS: [u32; 15] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 3_600_000,
];

/// The smallest step that cuts `width_us` into at most `room` parts.
fn time_step_us(width_us: f64, room: usize) -> f64 {
    let wanted = width_us / room.max(1) as f64;
    let steps = TIME_STEPS_MS.map(|ms| f64::from(ms) * 1e3);
    steps.into_iter().find(|step| *step >= wanted).unwrap_or(steps[steps.len() - 1])
}

/// Marks of a window that follows the present: `−30 s`, `−25 s` … `now`.
pub fn live_time_ticks(start_us: f64, end_us: f64, room: usize) -> Vec<Tick> {
    let step = time_step_us(end_us - start_us, room);
    // A hair more than the width, so that a whole number of steps fits it.
    let count = ((end_us - start_us) / step * (1.0 + 1e-9)).floor();
    let ago = |index: u32| f64::from(index) * step;
    let label = |index: u32| match index {
        0 => "now".to_owned(),
        _ => format!("−{}", span_text(ago(index))),
    };
    // The tolerance above may lead a hair out of the window.
    let at = |index: u32| (end_us - ago(index)).max(start_us);
    (0..=count.clamp(0.0, 1e3) as u32).rev().map(|index| Tick::new(at(index), label(index))).collect()
}

/// Marks of a window that stands still, in time since the run's start: `95 s`,
/// `2:30`.
pub fn run_time_ticks(start_us: f64, end_us: f64, room: usize) -> Vec<Tick> {
    let step = time_step_us(end_us - start_us, room);
    let first = (start_us / step).ceil();
    let count = ((end_us - start_us) / step).clamp(0.0, 1e3) as u32 + 1;
    let times = (0..=count).map(|index| (first + f64::from(index)) * step);
    times.filter(|at| (start_us..=end_us).contains(at)).map(|at| Tick::new(at, moment(at))).collect()
}

/// A span as an axis says it: `0.5 s`, `25 s`, `2 min`, `1.5 min`.
pub fn span_text(span_us: f64) -> String {
    let seconds = rounded(span_us / 1e6);
    if seconds < 120.0 { format!("{seconds} s") } else { format!("{} min", rounded(seconds / 60.0)) }
}

/// A moment of the run: `9.5 s`, `95 s`, from two minutes on `2:30`.
pub fn moment(time_us: f64) -> String {
    let seconds = rounded(time_us / 1e6);
    if seconds < 120.0 {
        return format!("{seconds} s");
    }
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
    if rest.fract() == 0.0 { format!("{minutes}:{rest:02}") } else { format!("{minutes}:{rest:04.1}") }
}

/// To one decimal, without a negative zero.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ticks: &[Tick]) -> String {
        ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" · ")
    }

    #[test]
    fn bytes_are_marked_at_powers_of_two() {
        let cases = [
            (Bytes::mib(256), 4, "0 · 64 · 128 · 192 · 256 MiB"),
            (Bytes::mib(24), 4, "0 · 8 · 16 · 24 MiB"),
            (Bytes::kib(1536), 4, "0 · 0.5 · 1 · 1.5 MiB"),
            (Bytes::mib(1024), 2, "0 · 0.5 · 1 GiB"),
            (Bytes::mib(100), 4, "0 · 32 · 64 · 96 MiB"),
            (Bytes::ZERO, 4, "0"),
        ];
        for (top, room, expected) in cases {
            assert_eq!(words(&byte_ticks(top, room)), expected);
        }
        assert_eq!(byte_ticks(Bytes::mib(256), 4)[1].at, 64.0 * 1048576.0);
    }

    #[test]
    fn ratios_are_marked_as_room_allows() {
        assert_eq!(words(&ratio_ticks(4)), "0.00 · 0.25 · 0.50 · 0.75 · 1.00");
        assert_eq!(words(&percent_ticks(2)), "0 · 50 · 100 %");
        assert_eq!(words(&percent_ticks(0)), "0 · 100 %");
    }

    #[test]
    fn live_time_counts_back_from_now() {
        let ticks = live_time_ticks(100e6, 130e6, 6);
        assert_eq!(words(&ticks), "−30 s · −25 s · −20 s · −15 s · −10 s · −5 s · now");
        assert_eq!(ticks[0].at, 100e6);
        // The widths of a pixel grid do not add up to whole seconds.
        let start = 100e6 + 1e-6;
        assert_eq!(live_time_ticks(start, 130e6, 6)[0], Tick::new(start, "−30 s"));
        assert_eq!(words(&live_time_ticks(0.0, 600e6, 5)), "−10 min · −8 min · −6 min · −4 min · −2 min · now");
        assert_eq!(words(&live_time_ticks(0.0, 7e6, 4)), "−6 s · −4 s · −2 s · now");
    }

    #[test]
    fn a_standing_window_is_marked_in_run_time() {
        assert_eq!(words(&run_time_ticks(12e6, 47e6, 4)), "20 s · 30 s · 40 s");
        assert_eq!(words(&run_time_ticks(100e6, 220e6, 6)), "100 s · 2:00 · 2:20 · 2:40 · 3:00 · 3:20 · 3:40");
        assert_eq!(words(&run_time_ticks(0.0, 1e6, 2)), "0 s · 0.5 s · 1 s");
    }

    #[test]
    fn no_width_does_not_hang() {
        assert_eq!(live_time_ticks(5.0, 5.0, 0).len(), 1);
        assert!(run_time_ticks(5.0, 5.0, 0).len() <= 1);
        assert!(live_time_ticks(0.0, f64::MAX, 1).len() < 2000);
    }
}
