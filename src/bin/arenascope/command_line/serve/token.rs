//! The secret that an address ends with.

use super::error::ServeError;
use std::fmt;

/// 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token([u8; 16]);

impl Token {
    /// A new one.
    pub(crate) fn new() -> Result<Self, ServeError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| ServeError::Chance(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Whether a text is it. Takes as long for a wrong text as for the right one.
    pub(crate) fn is(self, text: &str) -> bool {
        let own = self.to_string();
        let differences = own.bytes().zip(text.bytes()).fold(0, |sum, (one, other)| sum | (one ^ other));
        text.len() == own.len() && differences == 0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_text_is_it() {
        let token = Token([0xa5; 16]);
        let text = token.to_string();
        assert_eq!(text, "a5".repeat(16));
        assert!(token.is(&text));
        for wrong in ["", "a5", &text[..31], &(text.clone() + "a"), &text.to_uppercase(), &"5a".repeat(16)] {
            assert!(!token.is(wrong), "{wrong}");
        }
        assert!(Token::new().unwrap() != Token::new().unwrap());
    }
}
