//! In wasm: the example's module, built without a bundler, exports its ring, and what is
//! drained from it is the heap that the program says it has.

use std::path::{Path, PathBuf};
use std::process::Command;

fn run(command: &mut Command, what: &str) -> Option<String> {
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: {what} is not here, so the ring was not tested in wasm");
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let errors = text(&output.stderr);
    if errors.contains("can't find crate for `core`") || errors.contains("can't find crate for `std`") {
        eprintln!("SKIPPED: there is no std for wasm here, so the ring was not tested in it");
        return None;
    }
    assert!(output.status.success(), "{what}: {errors}");
    Some(text(&output.stdout))
}

/// Compiles a crate for wasm into `out`.
fn compiled(out: &Path, kind: &str, name: &str, source: &Path, arguments: &[&str]) -> Option<()> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args([
        "--edition=2024",
        "--target=wasm32-unknown-unknown",
        "-Copt-level=2",
        "-Cpanic=abort",
        "-Cstrip=symbols",
        "--crate-type",
        kind,
    ]);
    rustc.args(["--crate-name", name, "--out-dir"]).arg(out).arg("-L").arg(out).args(arguments).arg(source);
    run(&mut rustc, "rustc").map(drop)
}

#[test]
fn a_module_tells_the_heap_that_it_has() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm");
    std::fs::create_dir_all(&out).unwrap();
    let ring = compiled(&out, "rlib", "arenascope_alloc", &here.join("src/lib.rs"), &[]);
    let example = here.join("../../examples/heap-walk/src/lib.rs");
    if ring.is_none() || compiled(&out, "cdylib", "heap_walk", &example, &["--extern=arenascope_alloc"]).is_none() {
        return;
    }
    let module = out.join("heap_walk.wasm");
    // The ring is zeros, which a module does not carry.
    assert!(std::fs::metadata(&module).unwrap().len() < 1 << 20);
    let Some(told) = run(Command::new("node").arg(here.join("tests/drain.mjs")).arg(&module), "node") else { return };
    assert!(told.contains("\"lost\":") && !told.contains("\"lost\":0"), "{told}");
    eprintln!("{told}");
}
