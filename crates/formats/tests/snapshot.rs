//! Documents of all kinds, as files give them: what is no snapshot is refused by its
//! true reason, and what contradicts itself is named.

use arenascope_formats::snapshot::{Contradiction, Document, SnapshotError, contradictions, read};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

/// Twenty allocations behind one another, then free space to the end.
const RIGHT: &str = include_str!("data/right.arenascope.json");

fn refusal(bytes: &[u8]) -> SnapshotError {
    read(bytes).expect_err("a refusal")
}

fn edited(edit: impl Fn(&mut Value)) -> Vec<u8> {
    let mut document = serde_json::from_str(RIGHT).unwrap();
    edit(&mut document);
    serde_json::to_vec(&document).unwrap()
}

fn document(edit: impl Fn(&mut Value)) -> Document {
    read(&edited(edit)).unwrap()
}

/// What is said of the right document after an edit.
fn check(edit: impl Fn(&mut Value), expected: &Expect) {
    let found: Vec<String> = contradictions(&document(edit)).iter().map(Contradiction::to_string).collect();
    expected.assert_eq(&found.join("\n"));
}

#[test]
fn a_right_document_is_read_in_every_encoding() {
    let plain = read(RIGHT.as_bytes()).unwrap();
    assert_eq!(contradictions(&plain), []);
    let with_mark = ["\u{feff}".as_bytes(), RIGHT.as_bytes()].concat();
    let units = || RIGHT.encode_utf16();
    let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect();
    for bytes in [with_mark, little, big] {
        assert_eq!(read(&bytes).unwrap(), plain);
    }
}

#[test]
fn what_is_no_text_says_so() {
    assert_eq!(refusal(include_bytes!("data/compressed.json")), SnapshotError::Compressed);
    assert_eq!(refusal(b"{\"a\": \xff}"), SnapshotError::NotText { offset_bytes: 6 });
    // A letter that the end of the file cuts is a file that was cut.
    assert_eq!(
        refusal("{\"ü".as_bytes().split_last().unwrap().1),
        SnapshotError::NotJson { line: 1, column: 2, length: 2 }
    );
}

#[test]
fn a_file_that_was_cut_is_told_where() {
    for length in [0, 1, 87, RIGHT.len() / 2, RIGHT.len() - 1] {
        let error = refusal(&RIGHT.as_bytes()[..length]);
        assert!(matches!(error, SnapshotError::NotJson { length: of, .. } if of == length), "{length}: {error}");
    }
}

#[test]
fn words_that_are_no_numbers_are_named() {
    for word in ["NaN", "Infinity", "-Infinity"] {
        let text = RIGHT.replace("\"footprint_ratio\":1", &format!("\"footprint_ratio\": {word}"));
        let error = refusal(text.as_bytes());
        assert!(matches!(error, SnapshotError::NotANumber { word: found, line: 1, .. } if found == word), "{error}");
    }
    let text = RIGHT.replace("\"footprint_ratio\":1", "\"footprint_ratio\": none");
    assert!(matches!(refusal(text.as_bytes()), SnapshotError::NotJson { line: 1, .. }));
}

#[test]
fn another_version_is_told_apart_from_another_format() {
    let with_schema = |schema: Value| refusal(&edited(|d| d["schema"] = schema.clone())).to_string();
    let version = |version: Value| with_schema(json!({"name": "arenascope-snapshot", "version": version}));
    assert_eq!(version(json!(2)), "a snapshot of version 2; this page reads version 1");
    assert_eq!(version(json!(4_294_967_298_u64)), "a snapshot of version 4294967298; this page reads version 1");
    assert_eq!(version(json!(1.0)), "a snapshot whose `schema.version` is 1.0; expected the whole number 1");
    assert_eq!(version(json!("1")), "a snapshot whose `schema.version` is \"1\"; expected the whole number 1");
    assert_eq!(
        with_schema(json!({"name": "arenascope-snapshot"})),
        "a snapshot without `schema.version`; expected the whole number 1"
    );
    assert_eq!(
        with_schema(json!({"name": "trace", "version": 1})),
        "the document calls itself \"trace\"; expected \"arenascope-snapshot\""
    );
    for schema in [json!("trace"), json!({}), json!({"name": 7}), Value::Null] {
        assert!(with_schema(schema).starts_with("JSON, but not a snapshot"));
    }
    assert!(version(json!("x".repeat(1 << 20))).len() < 200, "a foreign text is repeated in part");
}

#[test]
fn a_part_that_is_missing_or_odd_is_named() {
    let reason = |edit: fn(&mut Value)| refusal(&edited(edit)).to_string();
    let missing = reason(|d| drop(d["metrics"]["arena"].as_object_mut().unwrap().remove("used_bytes")));
    assert!(missing.contains("missing field `used_bytes`"), "{missing}");
    assert!(reason(|d| d["arena"] = Value::Null).contains("expected struct ArenaEntry"));
    assert!(reason(|d| d["arena"]["allocations"] = "x".repeat(1 << 20).into()).len() < 500);
}

#[test]
fn ranges_that_cannot_lie_so_are_named() {
    check(
        |d| d["arena"]["allocations"][1]["offset"] = d["arena"]["allocations"][0]["offset"].clone(),
        &expect![[r#"
            ranges that overlap others: 1; the first begins at byte 220000, where all is taken to 220560
            bytes of the arena in no range: 560, from byte 222336 on"#]],
    );
    check(
        |d| d["arena"]["allocations"][3]["size"] = 110_000_000_000_u64.into(),
        &expect![[r#"
            ranges that overlap others: 17; the first begins at byte 229664, where all is taken to 16777216
            ranges that end beyond the arena of 16777216 B: 1; the furthest ends at byte 110000226368
            `metrics.arena.used_bytes` says 38096; sum of the allocations: 110000034800"#]],
    );
    check(
        |d| d["arena"]["free_ranges"][0]["offset"] = u64::MAX.into(),
        &expect![[r#"
            ranges that end beyond the arena of 16777216 B: 1; the furthest ends at byte 18446744073726070735
            bytes of the arena in no range: 16519120, from byte 258096 on"#]],
    );
    check(
        |d| d["arena"]["allocations"][0]["offset"] = 0.into(),
        &expect![[r#"
        ranges that overlap others: 1; the first begins at byte 0, where all is taken to 220000
        bytes of the arena in no range: 560, from byte 220000 on"#]],
    );
}

#[test]
fn numbers_that_must_be_unique_are_checked() {
    check(
        |d| {
            let id = d["arena"]["allocations"][0]["id"].clone();
            d["arena"]["allocations"][5]["id"] = id.clone();
            d["arena"]["allocations"][6]["id"] = id;
        },
        &expect!["`arena.allocations`: 2 repeat an id, for example 67108864"],
    );
}

#[test]
fn sums_that_differ_are_named() {
    check(
        |d| d["arena"]["allocations"] = json!([]),
        &expect![[r#"
        bytes of the arena in no range: 38096, from byte 220000 on
        `metrics.arena.used_bytes` says 38096; sum of the allocations: 0
        `metrics.arena.requested_bytes` says 37958; sum of what they asked for: 0
        `metrics.arena.allocation_count` says 20; number of allocations: 0"#]],
    );
    check(
        |d| d["metrics"]["arena"]["used_bytes"] = u64::MAX.into(),
        &expect![[r#"
        `metrics.arena.used_bytes` says 18446744073709551615; sum of the allocations: 38096
        `metrics.arena.capacity_bytes` says 16777216; sum of used, free, cached and metadata bytes: 18446744073726290735
        `metrics.arena.used_bytes` says 18446744073709551615; sum of the categories in the arena: 38096"#]],
    );
    check(
        |d| d["budget"]["current_bytes"] = 1.into(),
        &expect![[r#"
        `budget.current_bytes` says 1; sum of the categories: 38096
        `metrics.budget.current_bytes` says 38096; the budget itself says: 1"#]],
    );
    check(
        |d| d["metrics"]["budget"]["categories"][0]["device_bytes"] = 16.into(),
        &expect!["`metrics.budget.categories[].current_bytes` says 18544; sum of its heaps: 18560"],
    );
    check(
        |d| d["metrics"]["pool"]["idle_bytes"] = 256.into(),
        &expect!["`metrics.pool` says 256; sum of the buffers: 0"],
    );
    check(
        |d| d["arena"]["allocations"][0]["requested"] = 5_000.into(),
        &expect![[r#"
        allocations smaller than asked for: 1; 67108864 has 560 B of 5000 B
        `metrics.arena.requested_bytes` says 37958; sum of what they asked for: 42407"#]],
    );
}

#[test]
fn earlier_builds_did_not_list_what_is_cached() {
    check(
        |d| {
            // 4 096 B at the end of the free range are cached, and in no list.
            d["arena"].as_object_mut().unwrap().remove("cached_ranges");
            let free = d["metrics"]["arena"]["free_bytes"].as_u64().unwrap() - 4_096;
            d["arena"]["free_ranges"][0]["size"] = free.into();
            d["metrics"]["arena"]["free_bytes"] = free.into();
            d["metrics"]["arena"]["cached_bytes"] = 4_096.into();
        },
        &expect![""],
    );
}
