//! Reads Rust source just well enough to list the paths it names.
//!
//! Not a parser: comments, strings and characters are skipped, `use` groups are
//! expanded, and inline modules are followed so that `super` can be resolved.

use std::iter::Peekable;
use std::str::Chars;

/// A path as the source names it: `crate::arena::Arena`, one entry for each
/// leaf of a `use` group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Line of its first segment, from 1.
    pub(crate) line: usize,
    /// Its segments; a glob is `*`. Leading `self` and `super` are resolved to
    /// `crate`, followed by the modules they stand for.
    pub(crate) segments: Vec<String>,
    pub(crate) role: Role,
    /// It stands in a module of this file: of its tests, as a rule.
    pub(crate) is_inline: bool,
}

/// What a path is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Something is done with it.
    Expression,
    /// `use`: its last segment is a name in this file from now on.
    Import,
    /// `pub use`: and a name that others find here.
    ReExport,
}

/// What one file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its paths, in order; a lone identifier is a path of one segment.
    pub(crate) paths: Vec<Named>,
    /// Lines with the keyword `unsafe`.
    pub(crate) unsafe_lines: Vec<usize>,
}

/// Reads `text`, the source of the module at `module` (`["budget", "node"]`).
pub(crate) fn read(module: &[&str], text: &str) -> Source {
    let mut reader = Reader {
        tokens: tokens(text),
        at: 0,
        module: module.iter().map(ToString::to_string).collect(),
        inline: Vec::new(),
        depth: 0,
        is_public: false,
        role: Role::Expression,
        source: Source::default(),
    };
    reader.read();
    reader.source
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Separator,
    Mark(char),
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    /// The module that the reader is in.
    module: Vec<String>,
    /// Brace depths at which inline modules began.
    inline: Vec<usize>,
    depth: usize,
    /// `pub` stands before what comes next.
    is_public: bool,
    /// Of the path that is read.
    role: Role,
    source: Source,
}

impl Reader {
    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(_, token)| token)
    }

    fn word(&self, ahead: usize) -> Option<&str> {
        match self.token(ahead) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn read(&mut self) {
        while let Some((line, token)) = self.tokens.get(self.at).cloned() {
            match token {
                Token::Word(word) if word == "mod" && self.token(2) == Some(&Token::Mark('{')) => self.enter(),
                Token::Word(word) if word == "pub" => {
                    self.is_public = true;
                    if self.token(1) == Some(&Token::Mark('(')) {
                        self.skip_scope();
                    }
                }
                Token::Word(word) if word == "unsafe" => self.source.unsafe_lines.push(line),
                Token::Word(word) if word == "use" => {
                    self.at += 1;
                    self.role = if core::mem::take(&mut self.is_public) { Role::ReExport } else { Role::Import };
                    self.path(Vec::new());
                    self.role = Role::Expression;
                    continue;
                }
                Token::Word(_) => {
                    self.is_public = false;
                    self.path(Vec::new());
                    continue;
                }
                Token::Mark('{') => self.depth += 1,
                Token::Mark('}') => self.leave(),
                Token::Mark(_) | Token::Separator => {}
            }
            self.at += 1;
        }
    }

    /// At `mod name {`: steps onto the brace.
    fn enter(&mut self) {
        let name = self.word(1).unwrap_or_default().to_string();
        self.module.push(name);
        self.inline.push(self.depth);
        self.depth += 1;
        self.at += 2;
    }

    /// At `pub(crate)` or the like, which names a scope and imports nothing:
    /// steps onto the closing parenthesis.
    fn skip_scope(&mut self) {
        while self.token(1).is_some() && self.token(0) != Some(&Token::Mark(')')) {
            self.at += 1;
        }
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.inline.last() == Some(&self.depth) {
            self.inline.pop();
            self.module.pop();
        }
    }

    /// Reads one path, or one tree of a `use`, that goes on from `segments`.
    fn path(&mut self, mut segments: Vec<String>) {
        let Some(&(line, _)) = self.tokens.get(self.at) else { return };
        loop {
            match self.token(0).cloned() {
                Some(Token::Word(word)) => segments.push(word),
                Some(Token::Mark('*')) => segments.push("*".to_string()),
                Some(Token::Mark('{')) => return self.group(&segments),
                Some(Token::Separator) if segments.is_empty() => {
                    self.at += 1;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
            if self.token(0) != Some(&Token::Separator) {
                break;
            }
            self.at += 1;
        }
        if !segments.is_empty() {
            let segments = self.resolved(segments);
            let (role, is_inline) = (self.role, !self.inline.is_empty());
            self.source.paths.push(Named { line, segments, role, is_inline });
        }
    }

    /// Reads `{a, b::c, d as e}` after `prefix`.
    fn group(&mut self, prefix: &[String]) {
        self.at += 1;
        while let Some(token) = self.token(0).cloned() {
            match token {
                Token::Mark('}') => {
                    self.at += 1;
                    return;
                }
                Token::Word(word) if word == "as" => self.at += 2,
                Token::Word(_) | Token::Mark('*' | '{') => self.path(prefix.to_vec()),
                Token::Mark(_) | Token::Separator => self.at += 1,
            }
        }
    }

    /// Replaces leading `self` and `super` by what they stand for.
    fn resolved(&self, segments: Vec<String>) -> Vec<String> {
        let relative = segments.iter().take_while(|word| *word == "self" || *word == "super").count();
        // A lone `self` is the value.
        if relative == 0 || segments.len() == 1 {
            return segments;
        }
        let ups = segments[..relative].iter().filter(|word| *word == "super").count();
        let kept = &self.module[..self.module.len().saturating_sub(ups)];
        let root = ["crate".to_string()];
        [&root[..], kept, &segments[relative..]].concat()
    }
}

fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut lexer = Lexer { rest: text.chars().peekable(), line: 1, tokens: Vec::new() };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    tokens: Vec<(usize, Token)>,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    fn take(&mut self, wanted: char) -> bool {
        self.rest.peek() == Some(&wanted) && self.next().is_some()
    }

    fn push(&mut self, line: usize, token: Token) {
        self.tokens.push((line, token));
    }

    /// Reads one token, or skips one thing that is none; false at the end.
    fn step(&mut self) -> bool {
        let line = self.line;
        let Some(next) = self.next() else { return false };
        match next {
            '/' if self.take('/') => {
                while self.rest.peek().is_some_and(|&next| next != '\n') && self.next().is_some() {}
            }
            '/' if self.take('*') => self.skip_comment(),
            '"' => self.skip_string(),
            '\'' => self.skip_character(),
            ':' if self.take(':') => self.push(line, Token::Separator),
            next if next == '_' || next.is_alphanumeric() => self.word(line, next),
            next if next.is_whitespace() => {}
            next => self.push(line, Token::Mark(next)),
        }
        true
    }

    fn word(&mut self, line: usize, first: char) {
        let mut word = String::from(first);
        while let Some(&next) = self.rest.peek().filter(|next| **next == '_' || next.is_alphanumeric()) {
            word.push(next);
            self.next();
        }
        let prefixes_raw = matches!(word.as_str(), "r" | "br" | "cr");
        match self.rest.peek() {
            Some('"') if prefixes_raw => self.skip_raw_string(),
            Some('#') if prefixes_raw => self.skip_raw_string(),
            // `b"…"`, `c"…"` and `b'…'`: the quote is read next, by itself.
            _ => self.push(line, Token::Word(word)),
        }
    }

    /// After `r`: `"…"`, `#"…"#`, or `#name`, a raw identifier.
    fn skip_raw_string(&mut self) {
        let mut hashes = 0;
        while self.take('#') {
            hashes += 1;
        }
        if !self.take('"') {
            return;
        }
        while let Some(next) = self.next() {
            if next == '"' && (0..hashes).all(|_| self.take('#')) {
                return;
            }
        }
    }

    fn skip_string(&mut self) {
        while let Some(next) = self.next() {
            match next {
                '"' => return,
                '\\' => drop(self.next()),
                _ => {}
            }
        }
    }

    /// After a quote: a character to skip, or a lifetime, whose name is then a
    /// word like any other.
    fn skip_character(&mut self) {
        if self.take('\\') {
            self.next();
            while self.next().is_some_and(|next| next != '\'') {}
            return;
        }
        let mut ahead = self.rest.clone();
        ahead.next();
        if ahead.next() == Some('\'') {
            self.next();
            self.next();
        }
    }

    /// After `/*`; comments nest.
    fn skip_comment(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some('*') if self.take('/') => depth -= 1,
                Some('/') if self.take('*') => depth += 1,
                Some(_) => {}
                None => return,
            }
        }
    }
}
