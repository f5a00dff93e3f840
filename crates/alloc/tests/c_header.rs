//! The ring in C: it compiles without a warning as C and as C++, and what a C program with
//! threads tells is what this crate's ring would hold.

use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = r#"
#define ARENASCOPE_RING_RECORDS 64u
#define ARENASCOPE_RING_IMPLEMENTATION
#define ARENASCOPE_WRAP_MALLOC
#include "arenascope_ring.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *work(void *argument) {
    size_t bytes = *(const size_t *)argument;
    for (int round = 0; round < 4; round++) {
        char *memory = (char *)malloc(bytes);
        memory[0] = 1;
        memory = (char *)realloc(memory, bytes * 2);
        memory[bytes] = (char)round;
        free(memory);
    }
    return NULL;
}

int main(void) {
    size_t bytes[2] = {1000, 3000};
    pthread_t threads[2];
    const unsigned char *ring;
    size_t at;
    arenascope_ring_storage.write = arenascope_ring_storage.read = 0xfffffff0u; /* over the wrap */
    for (int thread = 0; thread < 2; thread++) pthread_create(&threads[thread], NULL, work, &bytes[thread]);
    for (int thread = 0; thread < 2; thread++) pthread_join(threads[thread], NULL);
    for (int over = 0; over < 100; over++) arenascope_freed(bytes);
    ring = (const unsigned char *)arenascope_ring_ptr();
    for (at = 0; at < sizeof(arenascope_ring); at++) printf("%02x", ring[at]);
    return 0;
}
"#;

fn compiler(name: &str) -> Option<Command> {
    let found = Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("SKIPPED: there is no `{name}` here, so arenascope_ring.h was not compiled by it");
    }
    found.then(|| Command::new(name))
}

/// A place for what is compiled.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c_header");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn compile(name: &str, language: &str, standard: &str, arguments: &[&str]) -> Option<()> {
    let mut compiler = compiler(name)?;
    let source = folder().join(format!("ring.{standard}.{language}"));
    std::fs::write(&source, PROGRAM).unwrap();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    compiler.args([&*format!("-std={standard}"), "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-fno-builtin"]);
    compiler.arg("-I").arg(include).arg(&source).args(arguments).current_dir(folder());
    let output = compiler.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

const WRAPS: &str =
    "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=aligned_alloc,--wrap=posix_memalign";

#[test]
fn it_compiles_as_c_and_as_cpp() {
    for (name, language, standard) in [("gcc", "c", "c99"), ("gcc", "c", "c17"), ("g++", "cpp", "c++11")] {
        let _ = compile(name, language, standard, &["-c", "-o", "ring.o"]);
    }
}

#[test]
fn what_a_program_tells_is_in_the_ring() {
    if compile("gcc", "c", "c11", &[WRAPS, "-o", "ring"]).is_none() {
        return;
    }
    let text = Command::new(folder().join("ring")).output().unwrap().stdout;
    let digit = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = text.chunks(2).map(digit).collect();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!((&bytes[..4], word(4), word(8), bytes.len()), (&b"ARNG"[..], 1, 64, 32 + 64 * 32));
    let (write, read, lost) = (word(12), word(16), word(20));
    assert_eq!((read, write.wrapping_sub(read)), (0xffff_fff0, 64), "it is full");
    let told: Vec<(u32, u64, u64)> = (0..64)
        .map(|place| 32 + 32 * (read.wrapping_add(place) as usize & 63))
        .map(|at| (word(at), long(at + 8), long(at + 24)))
        .collect();
    // Each thread: allocate, free, allocate twice the size, free; four times.
    for bytes in [1000, 3000] {
        let of: Vec<u32> =
            told.iter().filter(|(_, _, size)| *size == bytes || *size == bytes * 2).map(|it| it.0).collect();
        assert_eq!(of, [1; 8], "{told:?}");
    }
    let frees = told.iter().filter(|(kind, ..)| *kind == 2).count();
    // What the C library allocates for its threads is there as well.
    assert!(frees >= 16 && told.iter().all(|(kind, address, _)| *address != 0 && (1..=2).contains(kind)), "{told:?}");
    let others = 64 - 100 - 32 + i64::from(lost);
    assert!((0..20).contains(&others), "{lost} lost");
    // Nobody has an address that another still has.
    let mut live = std::collections::BTreeSet::new();
    for (kind, address, _) in told {
        assert!(if kind == 1 { live.insert(address) } else { live.remove(&address) || address > 1 << 40 });
    }
}
