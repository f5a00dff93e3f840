//! The file `_headers` that static hosts read: which headers go with which paths.
//!
//! As Cloudflare Pages reads it (developers.cloudflare.com/pages/configuration/headers): all
//! blocks whose pattern matches apply, in order; a name that comes twice has its values
//! joined by a comma; `! Name` takes away what blocks before said.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

/// Which headers go with which paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    pattern: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Add(HeaderName, HeaderValue),
    Remove(HeaderName),
}

/// Why a file means nothing. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum HeadersError {
    #[error("line {line}: a header before any path")]
    NoPath { line: usize },
    #[error("line {line}: neither a path, nor `Name: value`, nor `! Name`")]
    NoHeader { line: usize },
}

impl Rules {
    /// What a file says.
    pub(crate) fn of(text: &str) -> Result<Self, HeadersError> {
        let mut blocks: Vec<Block> = Vec::new();
        for (index, written) in text.lines().enumerate() {
            let (line, said) = (index + 1, written.trim());
            if said.is_empty() || said.starts_with('#') {
                continue;
            }
            if !written.starts_with([' ', '\t']) {
                blocks.push(Block { pattern: said.into(), lines: Vec::new() });
                continue;
            }
            let block = blocks.last_mut().ok_or(HeadersError::NoPath { line })?;
            block.lines.push(line_of(said).ok_or(HeadersError::NoHeader { line })?);
        }
        Ok(Self { blocks })
    }

    /// The headers of a path.
    pub(crate) fn of_path(&self, path: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for block in self.blocks.iter().filter(|block| matches(&block.pattern, path)) {
            for line in &block.lines {
                match line {
                    Line::Remove(name) => drop(headers.remove(name)),
                    Line::Add(name, value) => {
                        let joined = joined(headers.get(name), value);
                        headers.insert(name, joined);
                    }
                }
            }
        }
        headers
    }
}

fn line_of(said: &str) -> Option<Line> {
    if let Some(name) = said.strip_prefix('!') {
        return name.trim().parse().ok().map(Line::Remove);
    }
    let (name, value) = said.split_once(':')?;
    Some(Line::Add(name.trim().parse().ok()?, value.trim().parse().ok()?))
}

fn joined(before: Option<&HeaderValue>, value: &HeaderValue) -> HeaderValue {
    let Some(before) = before else { return value.clone() };
    let both = [before.as_bytes(), b", ", value.as_bytes()].concat();
    HeaderValue::from_bytes(&both).unwrap_or_else(|_| value.clone())
}

/// Whether a pattern is of a path: `*` stands for anything, `:name` for a part between `/`.
fn matches(pattern: &str, path: &str) -> bool {
    let Some(special) = pattern.find(['*', ':']) else { return pattern == path };
    let Some(rest) = path.strip_prefix(&pattern[..special]) else { return false };
    let after = &pattern[special + 1..];
    if pattern[special..].starts_with('*') {
        return (0..=rest.len()).any(|end| rest.is_char_boundary(end) && matches(after, &rest[end..]));
    }
    let name = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(after.len());
    let part = rest.find('/').unwrap_or(rest.len());
    part > 0 && matches(&after[name..], &rest[part..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_path(text: &str, path: &str) -> Vec<String> {
        let headers = Rules::of(text).unwrap().of_path(path);
        let mut said: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        said.sort();
        said
    }

    const TEXT: &str = "# note\n/*\n  A-Name: one: two\n  Other: 3\n\n/probe/*\n  ! Other\n  A-Name: more\n\tThird: x\n/a.js\n  Only: here\n";

    #[test]
    fn every_block_that_matches_applies_in_order() {
        assert_eq!(of_path(TEXT, "/"), ["a-name: one: two", "other: 3"]);
        assert_eq!(of_path(TEXT, "/probe/x.js"), ["a-name: one: two, more", "third: x"]);
        assert_eq!(of_path(TEXT, "/a.js"), ["a-name: one: two", "only: here", "other: 3"]);
        assert_eq!(of_path(TEXT, "/a.jsx"), ["a-name: one: two", "other: 3"]);
    }

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("/*", "/", true),
            ("/*", "/a/b", true),
            ("/a/*", "/a", false),
            ("/*.wasm", "/x/y.wasm", true),
            ("/*.wasm", "/x/y.wasm2", false),
            ("/a/:name/c", "/a/b/c", true),
            ("/a/:name/c", "/a/b/b/c", false),
            ("/a/:name", "/a/", false),
            ("/:a.js", "/b.js", false),
            ("https://a.test/*", "/a", false),
            ("/ö*", "/öä", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_means_nothing_is_told_by_its_line() {
        assert_eq!(Rules::of("\n  A: b\n"), Err(HeadersError::NoPath { line: 2 }));
        assert_eq!(Rules::of("/*\n  A b\n"), Err(HeadersError::NoHeader { line: 2 }));
        assert_eq!(Rules::of("/*\n  A b: c\n"), Err(HeadersError::NoHeader { line: 2 }));
    }

    #[test]
    fn the_headers_of_this_page_are_read() {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/public/_headers"));
        let headers = Rules::of(text).unwrap().of_path("/index.html");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(headers["cross-origin-embedder-policy"], "require-corp");
    }
}
