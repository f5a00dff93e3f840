//! Totals of random files against what the script that wrote them counted.

use arenascope_formats::import::read;
use arenascope_trace::{Action, Collected, NoteKind};
use std::collections::HashMap;
use std::process::Command;

/// Allocations, bytes of all of them, most bytes at once, bytes at the end.
fn totals(told: &Collected) -> [u64; 4] {
    let mut live: HashMap<u64, u64> = HashMap::new();
    let [mut count, mut all, mut peak, mut now] = [0; 4];
    for event in &told.events {
        match event.action {
            Action::Allocate { id, bytes, .. } => {
                assert!(live.insert(id, bytes).is_none(), "{id} twice");
                (count, all, now) = (count + 1, all + bytes, now + bytes);
            }
            Action::Free { id } => now -= live.remove(&id).expect("an allocation"),
            Action::Resize { id, bytes } => now = now + bytes - live.insert(id, bytes).expect("an allocation"),
            _ => {}
        }
        peak = peak.max(now);
    }
    [count, all, peak, now]
}

#[test]
fn totals_are_those_of_the_script() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/json_totals.py");
    let folder = std::env::temp_dir().join(format!("arenascope-json-totals-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for seed in ["1", "2", "3"] {
        let Ok(output) = Command::new("python3").arg(script).arg(&folder).args([seed, "3000"]).output() else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        assert_eq!(lines.lines().count(), 7);
        for line in lines.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let mut told = Collected::default();
            let file = std::fs::File::open(folder.join(words[0])).unwrap();
            let format = read(file, &mut told).unwrap();
            let contradicts = told.manifest.notes.iter().find(|note| note.kind == NoteKind::Contradiction);
            assert_eq!(contradicts, None, "seed {seed}, {}", words[0]);
            let counted: Vec<u64> = words[2..].iter().map(|word| word.parse().unwrap()).collect();
            assert_eq!(
                (format.key(), totals(&told).as_slice()),
                (words[1], counted.as_slice()),
                "seed {seed}, {}",
                words[0]
            );
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
