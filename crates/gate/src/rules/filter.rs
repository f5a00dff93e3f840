//! Whose memory a rule is about.

/// What memory must be to count; all of what is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Key or label of the category.
    pub category: Option<String>,
    /// Label of the address space.
    pub space: Option<String>,
    /// The owner; `*` stands for anything.
    pub owner: Option<String>,
    /// A part of a function or a file of any frame of the stack, in any case.
    pub stack: Option<String>,
}

impl Filter {
    /// True where all memory counts.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// It in words: `category textures, owner shadow*`; `all memory`.
    pub fn label(&self) -> String {
        let parts =
            [("category", &self.category), ("space", &self.space), ("owner", &self.owner), ("stack with", &self.stack)];
        let said: Vec<_> =
            parts.iter().filter_map(|(what, value)| value.as_ref().map(|value| format!("{what} {value}"))).collect();
        if said.is_empty() { "all memory".into() } else { said.join(", ") }
    }
}

/// Whether `text` is as `pattern` says, where `*` stands for any letters. O(both), as the
/// pattern's pieces are found from left to right.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("shadow map", "shadow map", true),
            ("shadow", "shadow map", false),
            ("shadow*", "shadow map", true),
            ("*map", "shadow map", true),
            ("*a*a*", "aa", true),
            ("*a*a*", "a", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    /// The definition, letter by letter.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|at| naive(rest, &text[at..])),
            Some((letter, rest)) => {
                text.split_first().is_some_and(|(first, text)| first == letter && naive(rest, text))
            }
        }
    }

    proptest! {
        #[test]
        fn patterns_are_as_defined(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(matches(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
