//! Colours as the style sheet writes them, and mixtures of two.

/// An opaque colour, 8 bits each of red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Colour {
    /// A colour of its three parts, 0 to 255 each.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rrggbb` or `#rgb`, with white space around it, as the value of a
    /// custom property comes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let byte = |shift: u32| (number >> shift & 0xff) as u8;
        // A digit d stands for dd.
        let twice = |shift: u32| (number >> shift & 0xf) as u8 * 0x11;
        match digits.len() {
            6 => Some(Self::new(byte(16), byte(8), byte(0))),
            3 => Some(Self::new(twice(8), twice(4), twice(0))),
            _ => None,
        }
    }

    /// `share` of `other` (0 to 1, clamped) over the rest of `self`.
    #[must_use]
    pub fn mix(self, other: Self, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        let blend = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self::new(blend(self.red, other.red), blend(self.green, other.green), blend(self.blue, other.blue))
    }
}

/// The colour of `share` (0 to 1, clamped) on a scale through `stops` at even
/// distances.
pub fn on_scale<const N: usize>(stops: &[Colour; N], share: f64) -> Colour {
    let at = share.clamp(0.0, 1.0) * (N - 1) as f64;
    let below = (at as usize).min(N - 2);
    stops[below].mix(stops[below + 1], at - below as f64)
}

impl core::fmt::Display for Colour {
    /// As style sheets write it: `#rrggbb`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_properties_are_read() {
        assert_eq!(Colour::parse(" #4ba3f2 "), Some(Colour::new(0x4b, 0xa3, 0xf2)));
        assert_eq!(Colour::parse("#fA0"), Some(Colour::new(0xff, 0xaa, 0)));
        for wrong in ["", "4ba3f2", "#4ba3f", "#4ba3fg", "red", "#+ba3f2f"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_scale_goes_through_its_stops() {
        let stops = [Colour::new(0, 0, 0), Colour::new(100, 0, 0), Colour::new(100, 200, 0)];
        assert_eq!(
            [-1.0, 0.0, 0.5, 1.0, 7.0].map(|share| on_scale(&stops, share)),
            [0, 0, 1, 2, 2].map(|at| stops[at])
        );
        assert_eq!(on_scale(&stops, 0.75), Colour::new(100, 100, 0));
    }

    #[test]
    fn mixtures_lie_between() {
        let (black, white) = (Colour::new(0, 0, 0), Colour::new(255, 255, 255));
        assert_eq!(black.mix(white, 0.0), black);
        assert_eq!(black.mix(white, 0.5).to_string(), "#808080");
        assert_eq!(white.mix(black, 7.0), black);
    }
}
