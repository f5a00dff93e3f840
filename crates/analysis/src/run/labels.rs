//! The names for people of what defines a run, by the keys that files and figures have.

use arenascope_session::config::{self, Choice, RunConfig};

/// A run in a few words: `Game loop, seed 7, First fit`.
pub fn run_name(config: &RunConfig) -> String {
    format!("{}, seed {}, {}", config.scenario.label(), config.seed, config.policy.label())
}

/// The name of a scenario for people; its key where it is unknown.
pub fn scenario(key: &str) -> String {
    label(&config::scenarios(), key)
}

/// Of a placement policy.
pub fn policy(key: &str) -> String {
    label(&config::policies(), key)
}

/// Of a pool mode.
pub fn pool_mode(key: &str) -> String {
    label(&config::pool_modes(), key)
}

/// A key that nobody knows is its own name.
fn label(choices: &[Choice], key: &str) -> String {
    choices.iter().find(|choice| choice.key == key).map_or(key, |choice| choice.label).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_for_people() {
        assert_eq!((policy("first_fit").as_str(), policy("other").as_str()), ("First fit", "other"));
        for choice in config::policies() {
            assert_eq!(policy(choice.key), choice.label);
        }
        for choice in config::scenarios() {
            assert_eq!(scenario(choice.key), choice.label);
        }
        for choice in config::pool_modes() {
            assert_eq!(pool_mode(choice.key), choice.label);
        }
    }
}
