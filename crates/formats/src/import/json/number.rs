//! Numbers as files write them.

/// A number: whole ones keep all their 64 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::import) enum Number {
    /// Whole, from 0.
    Unsigned(u64),
    /// Whole, below 0.
    Negative(i64),
    /// With a fraction or an exponent, or beyond 64 bits.
    Real(f64),
}

impl Number {
    /// Of its text; `None` where it is none.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let whole = text.parse().map(Self::Unsigned).or_else(|_| text.parse().map(Self::Negative));
        whole.ok().or_else(|| text.parse().map(Self::Real).ok())
    }

    /// As a count: `None` below 0, with a fraction, or beyond 64 bits.
    pub(in crate::import) fn to_u64(self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(number),
            Self::Real(number) if number.fract() == 0.0 && (0.0..u64::MAX as f64).contains(&number) => {
                Some(number as u64)
            }
            _ => None,
        }
    }

    /// As a whole number of either sign; `None` with a fraction, or beyond 64 bits.
    pub(in crate::import) fn to_i64(self) -> Option<i64> {
        match self {
            Self::Unsigned(number) => number.try_into().ok(),
            Self::Negative(number) => Some(number),
            Self::Real(number) if number.fract() == 0.0 && number.abs() < i64::MAX as f64 => Some(number as i64),
            Self::Real(_) => None,
        }
    }

    /// As a real number; not always a finite one.
    pub(in crate::import) fn to_f64(self) -> f64 {
        match self {
            Self::Unsigned(number) => number as f64,
            Self::Negative(number) => number as f64,
            Self::Real(number) => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_what_they_say() {
        let of = |text: &str| Number::of(text.as_bytes());
        assert_eq!(of("18446744073709551615"), Some(Number::Unsigned(u64::MAX)));
        assert_eq!(of("-9223372036854775808"), Some(Number::Negative(i64::MIN)));
        assert_eq!(of("1e3").unwrap().to_u64(), Some(1000));
        assert_eq!(
            (of("0.5").unwrap().to_u64(), of("1e30").unwrap().to_u64(), of("-1").unwrap().to_u64()),
            (None, None, None)
        );
        assert_eq!(
            (of("-3.0").unwrap().to_i64(), of("9e18").unwrap().to_i64()),
            (Some(-3), Some(9_000_000_000_000_000_000))
        );
        assert_eq!((of("1e19").unwrap().to_i64(), of("18446744073709551616").unwrap().to_u64()), (None, None));
        assert_eq!((of("1.2.3"), of(""), of("-")), (None, None, None));
    }
}
