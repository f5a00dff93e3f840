//! The budget as rows of bars: usage against limit, and the pressure that the budget
//! itself reports.

use arenascope_budget::Pressure;
use arenascope_telemetry::metrics::{BudgetMetrics, CategoryMetrics};
use arenascope_units::owner::MemoryCategory;

/// One category as a row with bars.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetRow {
    /// The figures of the category, as the engine published them.
    pub figures: CategoryMetrics,
    /// As the budget says; at rest for a word that it does not have.
    pub pressure: Pressure,
    /// Used ÷ the longest bar's bytes.
    pub used_part: f64,
    /// Limit ÷ the longest bar's bytes.
    pub limit_part: f64,
    /// Peak ÷ the longest bar's bytes.
    pub peak_part: f64,
}

/// Which bytes the full width of a bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The row's own limit, and a quarter: every limit at the same place.
    OwnLimit,
    /// The largest limit of all: lengths compare across rows.
    LargestLimit,
}

/// One row per category, in the budget's order; rows of zeros before the
/// engine's first figures.
pub fn rows(budget: &BudgetMetrics, scale: Scale) -> Vec<BudgetRow> {
    let largest = budget.categories.iter().map(|row| row.limit_bytes.max(row.current_bytes)).max().unwrap_or(0);
    let full = |row: &CategoryMetrics| match scale {
        Scale::OwnLimit => row.limit_bytes + row.limit_bytes / 4,
        Scale::LargestLimit => largest,
    };
    MemoryCategory::ALL.into_iter().map(|category| row_of(figures_of(budget, category), full)).collect()
}

fn figures_of(budget: &BudgetMetrics, category: MemoryCategory) -> CategoryMetrics {
    let found = budget.categories.iter().find(|row| row.category == category);
    found.cloned().unwrap_or(CategoryMetrics { category, ..CategoryMetrics::default() })
}

fn row_of(figures: CategoryMetrics, full: impl Fn(&CategoryMetrics) -> u64) -> BudgetRow {
    let full = full(&figures);
    BudgetRow {
        pressure: figures.pressure.unwrap_or_default(),
        used_part: part(figures.current_bytes, full),
        limit_part: part(figures.limit_bytes, full),
        peak_part: part(figures.peak_bytes, full),
        figures,
    }
}

/// The worst of the total and all categories.
pub fn pressure(budget: &BudgetMetrics) -> Pressure {
    let steps = budget.categories.iter().map(|row| row.pressure).chain([budget.pressure]);
    steps.flatten().max().unwrap_or_default()
}

/// Sums over the categories, for the table's last row. The limits of
/// categories may add up to more or less than the budget's own.
pub fn total(budget: &BudgetMetrics) -> CategoryMetrics {
    let sum = |of: fn(&CategoryMetrics) -> u64| budget.categories.iter().map(of).fold(0, u64::saturating_add);
    CategoryMetrics {
        current_bytes: budget.current_bytes,
        arena_bytes: sum(|row| row.arena_bytes),
        device_bytes: sum(|row| row.device_bytes),
        npu_bytes: sum(|row| row.npu_bytes),
        reserved_bytes: sum(|row| row.reserved_bytes),
        failures_total: sum(|row| row.failures_total),
        limit_bytes: budget.total_bytes,
        ..CategoryMetrics::default()
    }
}

/// `bytes` ÷ `whole`, from 0 to 1; 0 where there is no whole.
pub fn part(bytes: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (bytes as f64 / whole as f64).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(figures: &[(MemoryCategory, u64, u64)]) -> BudgetMetrics {
        let row = |&(category, current_bytes, limit_bytes): &(MemoryCategory, u64, u64)| CategoryMetrics {
            category,
            current_bytes,
            arena_bytes: current_bytes,
            limit_bytes,
            peak_bytes: current_bytes,
            failures_total: 1,
            ..CategoryMetrics::default()
        };
        let categories: Vec<_> = figures.iter().map(row).collect();
        let current_bytes = figures.iter().map(|figure| figure.1).sum();
        BudgetMetrics { total_bytes: 1000, current_bytes, categories, ..BudgetMetrics::default() }
    }

    #[test]
    fn bars_share_a_scale_or_a_limit() {
        let budget = budget(&[(MemoryCategory::ECS, 50, 100), (MemoryCategory::GPU_BUFFERS, 390, 400)]);
        let own = rows(&budget, Scale::OwnLimit);
        assert_eq!((own[0].used_part, own[0].limit_part), (0.4, 0.8));
        assert_eq!(own[1].limit_part, 0.8);
        let shared = rows(&budget, Scale::LargestLimit);
        assert_eq!((shared[0].used_part, shared[0].limit_part), (0.125, 0.25));
        assert_eq!((shared[1].used_part, shared[1].limit_part), (0.975, 1.0));
    }

    #[test]
    fn there_is_a_row_for_every_category_even_without_figures() {
        for scale in [Scale::OwnLimit, Scale::LargestLimit] {
            let empty = rows(&BudgetMetrics::default(), scale);
            let order: Vec<_> = empty.iter().map(|row| row.figures.category).collect();
            assert_eq!(order, MemoryCategory::ALL);
            assert!(empty.iter().all(|row| row.used_part == 0.0 && row.pressure == Pressure::Normal));
        }
    }

    #[test]
    fn pressure_is_the_budgets_own_and_that_of_the_worst() {
        for step in Pressure::ALL {
            let mut budget = budget(&[(MemoryCategory::ECS, 0, 100), (MemoryCategory::TEMPORARY, 99, 100)]);
            budget.categories[1].pressure = Some(step);
            assert_eq!(pressure(&budget), step, "whatever the bytes are");
            assert_eq!(rows(&budget, Scale::OwnLimit)[MemoryCategory::TEMPORARY.index()].pressure, step);
        }
        let total = BudgetMetrics { pressure: Some(Pressure::Critical), ..BudgetMetrics::default() };
        assert_eq!(pressure(&total), Pressure::Critical);
        assert_eq!(pressure(&BudgetMetrics::default()), Pressure::Normal);
    }

    #[test]
    fn totals_are_sums_but_for_the_limit() {
        let total = total(&budget(&[(MemoryCategory::ECS, 50, 100), (MemoryCategory::TEMPORARY, 7, 100)]));
        assert_eq!(
            (total.current_bytes, total.arena_bytes, total.limit_bytes, total.failures_total),
            (57, 57, 1000, 2)
        );
    }
}
