//! Names of files as they are shown: a name may hold what moves the cursor, colours the
//! terminal or turns the direction of writing.

use std::fmt;
use std::path::Path;

/// The name of a file, with everything escaped that is no visible character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn of(path: &Path) -> Self {
        Self(path.to_string_lossy().chars().map(escaped).collect())
    }
}

fn escaped(letter: char) -> String {
    let turns_direction = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_separator = matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}');
    if letter.is_control() || turns_direction || is_separator {
        letter.escape_default().to_string()
    } else {
        letter.to_string()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let shown = |name: &str| Name::of(Path::new(name)).to_string();
        assert_eq!(shown("a b/größe.trace"), "a b/größe.trace");
        assert_eq!(shown("\x1b[2Ja\n\u{202e}b\x7f"), r"\u{1b}[2Ja\n\u{202e}b\u{7f}");
    }
}
