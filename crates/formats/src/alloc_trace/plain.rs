//! Operations as recorders write them: one a line, with nothing around it.

use super::operation::TraceOp;

/// Digits that fit 64 bits whatever they are.
const DIGITS_MAX: usize = 19;

/// `Alloc(digits),` or `Free(digits),` and the end of a line, and the bytes that they
/// take. `None` for all else: what is longer, cut or written in another way.
#[inline]
pub(super) fn plain(bytes: &[u8]) -> Option<(TraceOp, usize)> {
    let (is_alloc, begin) = match bytes {
        [b'A', b'l', b'l', b'o', b'c', b'(', ..] => (true, 6),
        [b'F', b'r', b'e', b'e', b'(', ..] => (false, 5),
        _ => return None,
    };
    let (mut at, mut number) = (begin, 0_u64);
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    let length = match bytes.get(at..) {
        Some([b')', b',', b'\n', ..]) => at + 3,
        Some([b')', b',', b'\r', b'\n', ..]) => at + 4,
        _ => return None,
    };
    let operation = if is_alloc { TraceOp::Alloc { size: number } } else { TraceOp::Free { index: number } };
    (1..=DIGITS_MAX).contains(&(at - begin)).then_some((operation, length))
}
