//! Colours of frames: a quiet hue for each file or module, so that neighbours of the same
//! module look alike.

use crate::chart::colour::Colour;

/// So much of a hue lies over the background; of what a search does not match, less; of
/// the colour of what it matches.
const HUE: f64 = 0.3;
const UNMATCHED: f64 = 0.1;
const MATCHED: f64 = 0.5;

/// How a frame is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// By its module: one of so many hues.
    Hue(usize),
    /// Nothing is known of where it is, or it stands for many.
    Neutral,
    /// A search matches it.
    Matched,
    /// A search matches others.
    Unmatched,
}

/// The hue of a file or module, the same for each run: one of `hues`.
pub fn hue_of(file: &str, hues: usize) -> Tint {
    if file.is_empty() || hues == 0 {
        return Tint::Neutral;
    }
    // FNV-1a: names that differ in one letter differ.
    let hash = file
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Tint::Hue(((hash >> 32) % hues as u64) as usize)
}

/// The colours that frames are mixed of.
#[derive(Clone, Debug)]
pub struct Mix<'p> {
    /// Behind all.
    pub background: Colour,
    /// Text on frames.
    pub text: Colour,
    /// What is chosen.
    pub accent: Colour,
    /// The hues of modules.
    pub hues: &'p [Colour],
}

impl Mix<'_> {
    /// The colour of a frame; text on it can be read.
    pub fn colour(&self, tint: Tint) -> Colour {
        match tint {
            Tint::Hue(hue) => self.background.mix(self.hues.get(hue).copied().unwrap_or(self.text), HUE),
            Tint::Neutral | Tint::Unmatched => self.background.mix(self.text, UNMATCHED),
            Tint::Matched => self.background.mix(self.accent, MATCHED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: &str = include_str!("../../../../style/tokens.css");

    /// The colours of a theme, from the style sheet.
    fn property(theme: &str, name: &str) -> Colour {
        let value = theme.split(&format!("{name}:")).nth(1).and_then(|rest| rest.split(';').next());
        value.and_then(Colour::parse).unwrap_or_else(|| panic!("{name}"))
    }

    /// Relative luminance (WCAG 2).
    fn luminance(colour: Colour) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(colour.red) + 0.7152 * part(colour.green) + 0.0722 * part(colour.blue)
    }

    fn contrast(one: Colour, other: Colour) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_on_frames_can_be_read_in_both_themes() {
        let dark = TOKENS.split("@media").next().unwrap();
        let light = TOKENS.split(":root[data-theme=\"light\"]").nth(1).unwrap();
        for theme in [dark, light] {
            let hues: Vec<Colour> = (1..=8).map(|hue| property(theme, &format!("--thread-{hue}"))).collect();
            let [background, text, accent] = ["--panel", "--text", "--accent"].map(|name| property(theme, name));
            let mix = Mix { background, text, accent, hues: &hues };
            let tints = (0..hues.len()).map(Tint::Hue).chain([Tint::Neutral, Tint::Matched, Tint::Unmatched]);
            for tint in tints {
                let reads = contrast(mix.colour(tint), text);
                assert!(reads >= 4.5, "{tint:?}: {reads:.2}");
            }
        }
    }

    #[test]
    fn a_module_has_one_hue_and_what_is_unknown_has_none() {
        assert_eq!(hue_of("", 8), Tint::Neutral);
        assert_eq!(hue_of("src/level.rs", 8), hue_of("src/level.rs", 8));
        let hues: std::collections::BTreeSet<_> =
            (0..100).map(|file| format!("{:?}", hue_of(&format!("lib{file}.so"), 8))).collect();
        assert_eq!(hues.len(), 8);
    }
}
