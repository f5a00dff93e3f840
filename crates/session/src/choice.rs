//! What menus offer: every value that may be chosen of a kind, in people's words.

use arenascope_arena::PolicyKind;
use arenascope_budget::BudgetMode;
use arenascope_pool::PoolMode;
use arenascope_telemetry::when_full::WhenFull;
use arenascope_workload::scenario::ScenarioKind;
use serde::Serialize;

/// One entry of a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The name in files and in the scripting interface.
    pub key: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// One sentence for a tooltip.
    pub description: &'static str,
}

/// The scenarios there are.
pub fn scenarios() -> Vec<Choice> {
    let choice = |kind: ScenarioKind| Choice { key: kind.key(), label: kind.label(), description: kind.description() };
    ScenarioKind::ALL.into_iter().map(choice).collect()
}

/// The placement policies there are.
pub fn policies() -> Vec<Choice> {
    let choice = |kind: PolicyKind| Choice { key: kind.key(), label: kind.label(), description: kind.description() };
    PolicyKind::ALL.into_iter().map(choice).collect()
}

/// The pool modes there are.
pub fn pool_modes() -> Vec<Choice> {
    let choice = |mode: PoolMode| Choice { key: mode.key(), label: mode.label(), description: mode.description() };
    PoolMode::ALL.into_iter().map(choice).collect()
}

/// The budget modes there are.
pub fn budget_modes() -> Vec<Choice> {
    let choice = |mode: BudgetMode| Choice { key: mode.key(), label: mode.label(), description: mode.description() };
    BudgetMode::ALL.into_iter().map(choice).collect()
}

/// What the recording may do at its cap.
pub fn recording_full_modes() -> Vec<Choice> {
    let choice = |mode: WhenFull| Choice { key: mode.key(), label: mode.label(), description: mode.description() };
    WhenFull::ALL.into_iter().map(choice).collect()
}
