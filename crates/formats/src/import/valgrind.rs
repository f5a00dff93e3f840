//! Frames as Valgrind's tools and `dhat` for Rust write them.

use arenascope_trace::Frame;

/// The frame of a text such as `0x48F68CB: name (file.c:101)`, `0x10C785: ??? (in /bin/ls)`
/// or `0x7ff6: name (file.rs:826:0)`; the address stands where there is no name.
pub(super) fn frame(text: &str) -> Frame {
    let (address, rest) = match text.split_once(": ") {
        Some((address, rest)) if address.starts_with("0x") => (address, rest),
        _ => ("", text),
    };
    let parts = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let (name, place) = parts.unwrap_or((rest, ""));
    let function = if name == "???" && !address.is_empty() { address } else { name };
    let (file, line) = match place.strip_prefix("in ") {
        Some(module) => (module, 0),
        None => file_and_line(place),
    };
    Frame { function: function.into(), file: file.into(), line }
}

/// `file:line`, or `file:line:column`.
fn file_and_line(place: &str) -> (&str, u32) {
    let numbered = |text: &'_ str| -> Option<(usize, u32)> {
        let (file, number) = text.rsplit_once(':')?;
        Some((file.len(), number.parse().ok()?))
    };
    match numbered(place) {
        None => (place, 0),
        Some((end, last)) => match numbered(&place[..end]) {
            Some((end, line)) => (&place[..end], line),
            None => (&place[..end], last),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_as_they_are_written() {
        for (text, function, file, line) in [
            ("0x48F68CB: _IO_file_doallocate (filedoalloc.c:101)", "_IO_file_doallocate", "filedoalloc.c", 101),
            ("0x10C785: ??? (in /usr/bin/ls)", "0x10C785", "/usr/bin/ls", 0),
            ("0x0: ???", "0x0", "", 0),
            ("0x1: (below main) (start.h:58)", "(below main)", "start.h", 58),
            ("0x1: a::b<c (d)>::operator()(int) (e.cpp:3)", "a::b<c (d)>::operator()(int)", "e.cpp", 3),
            ("0x7ff6: dhat::alloc (dhat-0.3.2\\src\\lib.rs:1235:0)", "dhat::alloc", "dhat-0.3.2\\src\\lib.rs", 1235),
            ("0x1: f (C:\\a.rs:7)", "f", "C:\\a.rs", 7),
            ("[root]", "[root]", "", 0),
            ("0x1: f (a.c:99999999999)", "f", "a.c:99999999999", 0),
            ("", "", "", 0),
        ] {
            assert_eq!(frame(text), Frame { function: function.into(), file: file.into(), line }, "{text}");
        }
    }
}
