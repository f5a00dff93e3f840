//! Arenascope as a dependency, without the page.

#[expect(dead_code, reason = "an example has a main, a test does not call it")]
#[path = "../examples/arena.rs"]
mod example;

use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn the_example_tells_its_story() {
    expect_test::expect![[r#"
        entities and a mesh: 2.1 MiB used
        freeing the entities twice: allocation 67108866 is freed already
        15 MiB more: out of memory: 15.0 MiB asked for, the largest of 2 free ranges has 13.7 MiB of 13.8 MiB
        external fragmentation: 0.5 %
        failures counted: 2"#]]
    .assert_eq(&example::story().unwrap().join("\n"));
}

/// Crates in the tree of the library on every target, by name.
fn tree(features: &[&str]) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--target", "all", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let output = cargo.args(features).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| Some(line.split_whitespace().next()?.to_string())).collect()
}

#[test]
fn without_default_features_no_web_crate_is_in_the_tree() {
    const WEB: [&str; 8] =
        ["js-sys", "leptos", "plotters", "wasm-bindgen", "web-sys", "wgpu", "gloo-timers", "futures-channel"];
    let library = tree(&["--no-default-features"]);
    assert!(library.contains("serde_json"), "{library:?}");
    let found: Vec<_> = WEB.iter().filter(|name| library.contains(**name)).collect();
    assert!(found.is_empty(), "{found:?}");
}
