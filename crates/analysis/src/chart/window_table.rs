//! The table behind a chart: one row a second, newest first.

use super::plot::{Plot, figure};
use super::window::TimeSpan;
use arenascope_telemetry::samples::{SampleLog, Series};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Time since the run's start: `12.3 s`.
    pub time: String,
    /// One text per key of the plot.
    pub values: Vec<String>,
}

/// The last row of each second of the window, newest first, at most `most`.
/// O(`most` · log rows).
pub fn table_rows(log: &SampleLog, plot: &dyn Plot, span: TimeSpan, most: usize) -> Vec<TableRow> {
    let rows = log.rows();
    let mut lines = Vec::new();
    let mut before = log.row_at(span.end_us + 1.0).min(rows.end);
    while lines.len() < most {
        let Some(row) = before.checked_sub(1).filter(|row| rows.contains(row)) else { break };
        let time_us = figure(log, row, Series::TimeUs);
        // NaN: the row was overwritten meanwhile.
        if time_us.is_nan() || time_us < span.start_us {
            break;
        }
        lines.push(TableRow { time: format!("{:.1} s", time_us / 1e6), values: plot.read(log, row) });
        // Always earlier than `row`, so this ends.
        before = log.row_at((time_us / 1e6).floor() * 1e6).min(row);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fragmentation::plot::FragmentationPlot;
    use arenascope_telemetry::samples::Sample;

    fn log() -> SampleLog {
        let log = SampleLog::new();
        for row in 0..100_u32 {
            let at = f64::from(row);
            log.append(
                &Sample::ZERO.with(Series::TimeUs, at * 0.25e6).with(Series::ExternalFragmentation, at / 1000.0),
            );
        }
        log
    }

    fn times(span: TimeSpan, most: usize) -> Vec<String> {
        table_rows(&log(), &FragmentationPlot::new(), span, most).into_iter().map(|row| row.time).collect()
    }

    #[test]
    fn the_last_row_of_each_second() {
        let span = TimeSpan { start_us: 2e6, end_us: 5.5e6 };
        assert_eq!(times(span, 10), ["5.5 s", "4.8 s", "3.8 s", "2.8 s"]);
        assert_eq!(times(span, 2), ["5.5 s", "4.8 s"]);
    }

    #[test]
    fn values_are_those_of_the_row() {
        let span = TimeSpan { start_us: 0.0, end_us: 1e9 };
        let rows = table_rows(&log(), &FragmentationPlot::new(), span, 1);
        assert_eq!(rows[0].values, ["0.099", "0.000", "0"]);
    }

    #[test]
    fn nothing_is_no_rows() {
        let span = TimeSpan { start_us: 0.0, end_us: 1e9 };
        assert_eq!(table_rows(&SampleLog::new(), &FragmentationPlot::new(), span, 9), []);
        assert_eq!(times(TimeSpan { start_us: -9e6, end_us: -1e6 }, 9), Vec::<String>::new());
    }
}
