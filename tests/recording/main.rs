//! What panels ask of the recording, against simple answers.

mod columns;
#[path = "../../crates/recording/tests/recording/program.rs"]
mod program;
mod queries;
mod table;
