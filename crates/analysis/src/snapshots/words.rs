//! Words of a foreign document, made fit for a row of a table: whatever a file says, the
//! row keeps its height, the panel its width and its reading direction.

/// More characters than this are cut.
const SHOWN_MAX: usize = 64;

/// The text as it is shown: on one line, without characters that steer, cut where it is
/// long.
pub fn shown(text: &str) -> String {
    let mut kept = text.chars().map(plain);
    let mut shown: String = kept.by_ref().take(SHOWN_MAX).collect();
    if kept.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Control characters, line breaks and marks of direction as the sign for what cannot be
/// shown.
fn plain(letter: char) -> char {
    let steers =
        matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if letter.is_control() || steers { '\u{fffd}' } else { letter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_stay_as_they_are() {
        for name in ["leak", "ecs/world", "größe – 大きさ", ""] {
            assert_eq!(shown(name), name);
        }
        let full = "x".repeat(SHOWN_MAX);
        assert_eq!(shown(&full), full);
    }

    #[test]
    fn long_names_are_cut() {
        let text = shown(&"ü".repeat(5_000));
        assert_eq!(text.chars().count(), SHOWN_MAX + 1);
        assert!(text.ends_with('…'));
    }

    #[test]
    fn what_steers_is_not_passed_on() {
        assert_eq!(shown("a\u{202e}b\nc\u{0}d"), "a\u{fffd}b\u{fffd}c\u{fffd}d");
    }
}
