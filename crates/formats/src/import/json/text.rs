//! Texts: what stands between two `"`.

use super::window::Window;

/// Most bytes of a text that are kept; the rest is passed over.
pub(super) const TEXT_MAX: usize = 1 << 16;

/// How a text went wrong: there was no `"` before the end.
pub(super) struct Unended;

/// Reads a text behind its first `"` into `into`, as far as [`TEXT_MAX`] goes.
pub(super) fn read(window: &mut Window<'_>, into: &mut Vec<u8>) -> Result<(), Unended> {
    into.clear();
    loop {
        let ahead = window.ahead();
        if ahead.is_empty() {
            return Err(Unended);
        }
        let plain = ahead.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(ahead.len());
        let room = TEXT_MAX.saturating_sub(into.len());
        into.extend_from_slice(&ahead[..plain.min(room)]);
        let ending = ahead.get(plain).copied();
        window.pass(plain + usize::from(ending.is_some()));
        match ending {
            Some(b'"') => break,
            Some(_) => escape(window, into)?,
            None => {}
        }
    }
    make_valid(into);
    Ok(())
}

/// Passes a text behind its first `"`.
pub(super) fn skip(window: &mut Window<'_>) -> Result<(), Unended> {
    loop {
        let ahead = window.ahead();
        if ahead.is_empty() {
            return Err(Unended);
        }
        let plain = ahead.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(ahead.len());
        let ending = ahead.get(plain).copied();
        window.pass(plain + usize::from(ending.is_some()));
        match ending {
            Some(b'"') => return Ok(()),
            Some(_) => {
                window.peek().ok_or(Unended)?;
                window.bump();
            }
            None => {}
        }
    }
}

/// Reads what follows a `\`.
fn escape(window: &mut Window<'_>, into: &mut Vec<u8>) -> Result<(), Unended> {
    // The first unit of a letter of two, which waits for the second.
    let mut half = None;
    loop {
        let byte = window.peek().ok_or(Unended)?;
        window.bump();
        let unit = match byte {
            b'n' => u32::from('\n'),
            b't' => u32::from('\t'),
            b'r' => u32::from('\r'),
            b'b' => 0x8,
            b'f' => 0xc,
            b'u' => unit(window)?,
            // `"`, `\`, `/`; and what is no escape stands for itself.
            other => u32::from(other),
        };
        if let Some(first) = half.take() {
            if byte == b'u' && (0xdc00..0xe000).contains(&unit) {
                push(0x10000_u32 + ((first - 0xd800) << 10) + (unit - 0xdc00), into);
                return Ok(());
            }
            push(first, into);
        }
        if !(0xd800..0xdc00).contains(&unit) {
            push(unit, into);
            return Ok(());
        }
        if window.peek() != Some(b'\\') {
            push(unit, into);
            return Ok(());
        }
        window.bump();
        half = Some(unit);
    }
}

/// Adds a letter; U+FFFD for what is none.
fn push(letter: u32, into: &mut Vec<u8>) {
    if into.len() < TEXT_MAX {
        let letter = char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER);
        into.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Up to four hexadecimal digits.
fn unit(window: &mut Window<'_>) -> Result<u32, Unended> {
    let mut unit = 0;
    for _ in 0..4 {
        let Some(digit) = char::from(window.peek().ok_or(Unended)?).to_digit(16) else { break };
        window.bump();
        unit = unit << 4 | digit;
    }
    Ok(unit)
}

/// Replaces what is no UTF-8; a letter that [`TEXT_MAX`] cut is left off.
fn make_valid(text: &mut Vec<u8>) {
    let Err(error) = std::str::from_utf8(text) else { return };
    if text.len() >= TEXT_MAX && error.error_len().is_none() {
        text.truncate(error.valid_up_to());
        return;
    }
    *text = String::from_utf8_lossy(text).into_owned().into_bytes();
}
