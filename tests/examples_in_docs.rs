//! Every public item of the library's interface has an example in its docs, one
//! that runs and asserts; `cargo test --doc` then runs them.
//!
//! The source is read by lines, which is enough for what `cargo fmt` wrote: items
//! start in the first column, members of an `impl` in the fifth. Fields and
//! variants need no example, nor does what the interface does not export.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The interface, as `src/lib.rs` defines it; a crate exports what its `lib.rs`
/// does. `replay` exports the reader of recordings from `formats`.
const FILES: [&str; 8] = [
    "units/src/lib.rs",
    "units/src/owner.rs",
    "formats/src/alloc_trace/bounds.rs",
    "formats/src/alloc_trace/encoding.rs",
    "formats/src/alloc_trace/error.rs",
    "formats/src/alloc_trace/operation.rs",
    "formats/src/alloc_trace/reader.rs",
    "formats/src/alloc_trace/scanner.rs",
];
const FOLDERS: [&str; 2] = ["arena", "replay"];

/// A public item: `Arena`, or `Arena::new`.
#[derive(Debug, PartialEq, Eq)]
struct Item {
    name: String,
    /// From 1.
    line: usize,
    has_example: bool,
}

/// The public items of `text`, in order, tests aside.
fn items(text: &str) -> Vec<Item> {
    let (mut items, mut docs, mut owner) = (Vec::new(), Vec::new(), None);
    // Inside an attribute that goes over several lines.
    let mut is_open = false;
    for (index, line) in text.lines().enumerate().take_while(|(_, line)| *line != "mod tests {") {
        let code = line.trim_start();
        if let Some(doc) = code.strip_prefix("///") {
            docs.push(doc.trim());
            continue;
        }
        if code.starts_with("#[") || is_open {
            is_open = !code.ends_with(if is_open { ")]" } else { "]" });
            continue;
        }
        match (line.len() - code.len(), owner) {
            (0, _) if code.starts_with("impl") || code.starts_with("unsafe impl") => owner = implementor(code),
            (0, _) if code == "}" => owner = None,
            (0, _) => items.extend(declared(code).map(|name| Item::new(name.to_string(), index, &docs))),
            (4, Some(of)) => items.extend(declared(code).map(|name| Item::new(format!("{of}::{name}"), index, &docs))),
            _ => {}
        }
        docs.clear();
    }
    items
}

impl Item {
    fn new(name: String, index: usize, docs: &[&str]) -> Self {
        Self { name, line: index + 1, has_example: has_example(docs) }
    }

    /// Its name, or that of the type whose member it is.
    fn root(&self) -> &str {
        self.name.split("::").next().unwrap_or_default()
    }
}

/// The type of `impl<T> Trait for Type<T> {`.
fn implementor(code: &str) -> Option<&str> {
    let header = code.strip_suffix('{')?.split(" where ").next()?;
    let after = match header.rsplit_once(" for ") {
        Some((_, name)) => name,
        None if header.starts_with("impl<") => header.split_once("> ")?.1,
        None => header.split_once(' ')?.1,
    };
    after.split(['<', ' ']).next()
}

/// The name behind `pub const fn`, `pub struct` and the like.
fn declared(code: &str) -> Option<&str> {
    const KINDS: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];
    const QUALIFIERS: [&str; 4] = ["const", "unsafe", "async", "extern"];
    let mut words = code.strip_prefix("pub ")?.split(' ').peekable();
    while let Some(word) = words.next() {
        let qualifies = words.peek().is_some_and(|next| [&KINDS[..1], &QUALIFIERS].concat().contains(next));
        if KINDS.contains(&word) && !(qualifies && word != "fn") {
            return words.next()?.split(|next: char| !next.is_alphanumeric() && next != '_').next();
        }
        if !QUALIFIERS.contains(&word) {
            return None;
        }
    }
    None
}

/// True where a fenced block is Rust that runs, and asserts.
fn has_example(docs: &[&str]) -> bool {
    let mut fence = None;
    docs.iter().any(|line| match (line.strip_prefix("```"), fence) {
        (Some(kind), None) => {
            fence = Some(kind);
            false
        }
        (Some(_), Some(_)) => {
            fence = None;
            false
        }
        (None, Some(kind)) => ["", "rust", "should_panic"].contains(&kind) && line.contains("assert"),
        (None, None) => false,
    })
}

/// The names that `pub use` lines of `text` export, with the module that they come from.
fn exported(text: &str) -> BTreeMap<&str, &str> {
    let uses = text.split(';').filter_map(|part| part.split("pub use ").nth(1));
    let named = uses.flat_map(|path| {
        let module = path.split("::").next().unwrap_or_default();
        let leaves = path.split(['{', '}', ',']).filter_map(|leaf| leaf.trim().rsplit("::").next());
        leaves.filter(|name| !name.is_empty()).map(move |name| (name, module))
    });
    named.collect()
}

/// The items of `module`'s file that `exports` reach: those of another module's type
/// of the same name are others.
fn reached(mut items: Vec<Item>, module: &str, exports: &BTreeMap<&str, &str>) -> Vec<Item> {
    let declared: BTreeSet<String> = items.iter().map(|item| item.name.clone()).collect();
    items.retain(|item| {
        let from = exports.get(item.root());
        from.is_some_and(|from| *from == module || !declared.contains(item.root()))
    });
    items
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crates")
}

fn read_text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    paths.into_iter().flat_map(below).collect()
}

/// The items that the interface exports, with their files.
fn interface() -> Vec<(PathBuf, Item)> {
    let mut found = Vec::new();
    for path in FILES.map(|file| crates().join(file)) {
        found.extend(items(&read_text(&path)).into_iter().map(|item| (path.clone(), item)));
    }
    for folder in FOLDERS.map(|folder| crates().join(folder).join("src")) {
        let module = read_text(&folder.join("lib.rs"));
        let exports = exported(&module);
        for path in sources(&folder) {
            let below = path.strip_prefix(&folder).unwrap().with_extension("");
            let name = below.iter().next().unwrap().to_string_lossy();
            let items = reached(items(&read_text(&path)), &name, &exports);
            found.extend(items.into_iter().map(|item| (path.clone(), item)));
        }
    }
    found
}

#[test]
fn every_public_item_has_an_example() {
    let without: Vec<String> = interface()
        .iter()
        .filter(|(_, item)| !item.has_example)
        .map(|(path, item)| format!("\n  {}:{}: `{}`", path.display(), item.line, item.name))
        .collect();
    assert!(without.is_empty(), "public items without an example that asserts:{}", without.concat());
}

/// An export that no file declares would be looked for in vain, and never missed.
#[test]
fn every_export_is_found() {
    let items: BTreeSet<String> = interface().iter().map(|(_, item)| item.root().to_string()).collect();
    for folder in FOLDERS {
        let module = read_text(&crates().join(folder).join("src/lib.rs"));
        let lost: Vec<&str> = exported(&module).into_keys().filter(|name| !items.contains(*name)).collect();
        assert!(lost.is_empty(), "{folder} exports what is declared nowhere: {lost:?}");
    }
}

#[test]
fn the_reader_sees_what_is_public_and_what_is_an_example() {
    let text = "
/// ```
/// assert!(true);
/// ```
#[derive(
    Debug,
)]
#[must_use]
pub struct Shown<T>(T);

/// ```text
/// assert
/// ```
pub const SIZE: u32 = 1;

pub(super) fn hidden() {}

impl Shown<'_> {
    pub async fn of() {}
}

impl<T> Iterator for Shown<T> {
    /// ```
    /// let nothing = 1;
    /// ```
    pub const unsafe fn next(&self) {
        pub fn inner() {}
    }

    pub field: u32,
}

mod tests {
    pub fn tested() {}
}
";
    let seen = items(text).into_iter().map(|item| (item.name, item.has_example)).collect::<Vec<_>>();
    let expected = [("Shown", true), ("SIZE", false), ("Shown::of", false), ("Shown::next", false)];
    assert_eq!(seen, expected.map(|(name, shown)| (name.to_string(), shown)));
    let exports = exported("pub use a::{B, c::D};\nuse e::F;\npub use g::H;");
    assert_eq!(exports, BTreeMap::from([("B", "a"), ("D", "a"), ("H", "g")]));
    let of =
        |module| reached(items("pub fn B() {}\npub fn F() {}\nimpl D {\n    pub fn new() {}\n}\n"), module, &exports);
    assert_eq!(of("a").into_iter().map(|item| item.name).collect::<Vec<_>>(), ["B", "D::new"]);
    assert_eq!(of("x").into_iter().map(|item| item.name).collect::<Vec<_>>(), ["D::new"]);
}
