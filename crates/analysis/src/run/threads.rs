//! What the threads of a run are called.

use super::names::Names;
use crate::map::colours;

/// The name of a thread by its ring: `Engine` and `Mutator 3` in a run of the engine; in one
/// that another tool recorded, threads are counted from 1.
pub fn thread_name(thread: u8, names: &Names) -> String {
    match names.is_engine() {
        true => colours::thread_name(thread),
        false => format!("Thread {}", u32::from(thread) + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::Manifest;

    #[test]
    fn a_file_has_threads_and_no_engine() {
        let mut manifest = Manifest::of("test", "Test");
        manifest.category("Heap");
        let file = Names::of(&manifest, [].into());
        assert_eq!([0, 2].map(|thread| thread_name(thread, &file)), ["Thread 1", "Thread 3"]);
        assert_eq!([0, 2].map(|thread| thread_name(thread, &Names::engine())), ["Engine", "Mutator 2"]);
    }
}
