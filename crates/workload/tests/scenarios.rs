//! The scenarios as sequences: the same seed, the same steps, everywhere; and
//! a seed that matters.

use arenascope_units::Bytes;
use arenascope_workload::Workload;
use arenascope_workload::scenario::ScenarioKind;
use arenascope_workload::step::{Slot, Step};
use std::collections::BTreeSet;

const FRAMES: usize = 300;

fn steps(kind: ScenarioKind, seed: u64, total: Bytes) -> Vec<Step> {
    let mut workload = Workload::new(kind, seed, total);
    (0..FRAMES).flat_map(|_| workload.next_frame()).collect()
}

/// FNV-1a over the steps as text: one number that changes when any step does.
fn fingerprint(steps: &[Step]) -> u64 {
    let text = format!("{steps:?}");
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A changed number here means that old links, seeds and recordings no longer
/// reproduce: change it only on purpose, with a line in the change log. Numbers are of the
/// steps as `Debug` prints them.
#[test]
fn sequences_are_the_ones_they_always_were() {
    let seen = ScenarioKind::ALL.map(|kind| {
        let steps = steps(kind, 42, Bytes::mib(256));
        format!("{} {} {:016x}", kind.key(), steps.len(), fingerprint(&steps))
    });
    expect_test::expect![[r#"
        game-loop 30580 36e97907b42b463e
        level-streaming 2752 ff1a170a66d00c3c
        llm-decode 1875 4cc5f383f68ffd69
        inference-burst 816 1e6e2060025c6daf
        fragmentation-storm 27124 d209e09205b06fa7
        gpu-thrash 9574 7e2022ae2b95f220
        leak 30618 de90b974c1e55d77
        idle 0 09612b07b5ecb5a5"#]]
    .assert_eq(&seen.join("\n"));
}

#[test]
fn a_seed_matters_where_there_is_chance() {
    for kind in ScenarioKind::ALL.into_iter().filter(|&kind| kind != ScenarioKind::Idle) {
        let one = steps(kind, 1, Bytes::mib(256));
        assert_eq!(one, steps(kind, 1, Bytes::mib(256)), "{}", kind.key());
        assert_ne!(one, steps(kind, 2, Bytes::mib(256)), "{}", kind.key());
    }
}

#[test]
fn every_step_names_something_that_is_there() {
    for kind in ScenarioKind::ALL {
        for mib in [16, 256, 1024] {
            check_slots(&steps(kind, 5, Bytes::mib(mib)), kind.key());
        }
    }
}

fn check_slots(steps: &[Step], scenario: &str) {
    let mut live = BTreeSet::new();
    for step in steps {
        let (made, gone, used): (Option<Slot>, Option<Slot>, Vec<Slot>) = match *step {
            Step::Allocate { slot, .. }
            | Step::AcquireBuffer { slot, .. }
            | Step::AcquireTexture { slot, .. }
            | Step::LoadModel { slot, .. }
            | Step::CreateTensor { slot, .. } => (Some(slot), None, vec![]),
            Step::Free { slot } | Step::Release { slot } | Step::DropModel { slot } | Step::DropTensor { slot } => {
                (None, Some(slot), vec![])
            }
            Step::Decode { slot, past, present, .. } => {
                for past in past.into_iter().flatten() {
                    assert!(live.remove(&past), "{scenario}: {past:?} is not there to grow");
                }
                for grown in present {
                    assert!(live.insert(grown), "{scenario}: {grown:?} named twice");
                }
                (None, None, vec![slot])
            }
            Step::Upload { slot } | Step::RunModel { slot, .. } => (None, None, vec![slot]),
            Step::Dispatch { input, output } => (None, None, vec![input, output]),
        };
        if let Some(slot) = made {
            assert!(live.insert(slot), "{scenario}: {slot:?} named twice");
        }
        if let Some(slot) = gone {
            assert!(live.remove(&slot), "{scenario}: {slot:?} is not there to go");
        }
        assert!(used.iter().all(|slot| live.contains(slot)), "{scenario}: {step:?} uses what is not there");
    }
}

#[test]
fn the_leak_is_the_only_difference_to_the_game_loop() {
    let forgotten =
        |step: &&Step| matches!(step, Step::Allocate { owner, .. } if *owner == arenascope_workload::tags::FORGOTTEN);
    let leaking = steps(ScenarioKind::Leak, 42, Bytes::mib(256));
    let sound = steps(ScenarioKind::GameLoop, 42, Bytes::mib(256));
    assert_eq!(leaking.iter().filter(forgotten).count(), FRAMES.div_ceil(8));
    assert_eq!(leaking.len() - sound.len(), FRAMES.div_ceil(8));
}
