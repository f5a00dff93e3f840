//! What is said on the relay beside batches, as JSON; `docs/probe-protocol.md` describes it.

use serde::{Deserialize, Serialize};

/// Most characters of an address or a title.
const TEXT_MAX: usize = 2_048;

/// What a probe says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FromProbe {
    /// Which page it is in.
    Hello {
        run: String,
        #[serde(default)]
        url: String,
        #[serde(default)]
        title: String,
    },
}

/// What a probe is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ToProbe {
    /// Send, from a fresh start.
    Attach,
    /// Send no more.
    Detach,
    /// The oldest batch that is not answered was taken over.
    Taken { bytes: u64 },
    /// It did not fit and is lost.
    Refused { bytes: u64 },
}

/// What a profiler says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FromProfiler {
    Attach { probe: u32 },
    Detach { probe: u32 },
    Taken { probe: u32, bytes: u64 },
}

/// What a profiler is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ToProfiler {
    /// A probe is there, in a page of that origin.
    Hello { probe: u32, origin: String, run: String, url: String, title: String },
    /// A probe is gone.
    Bye { probe: u32 },
    /// So much of a probe did not fit.
    Lost { probe: u32, batches: u64, bytes: u64 },
    /// Another profiler took the place of this one.
    Replaced,
}

/// What a text of a probe says, cut to what is shown; nothing where it is none of these.
pub(crate) fn of_probe(text: &str) -> Option<FromProbe> {
    let FromProbe::Hello { run, url, title } = serde_json::from_str(text).ok()?;
    let is_run = run.len() == 16 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    let cut = |text: String| text.chars().take(TEXT_MAX).collect();
    is_run.then(|| FromProbe::Hello { run, url: cut(url), title: cut(title) })
}

/// What a text of a profiler says; nothing where it is none of these.
pub(crate) fn of_profiler(text: &str) -> Option<FromProfiler> {
    serde_json::from_str(text).ok()
}

/// As it is sent.
pub(crate) fn text_of(words: &impl Serialize) -> String {
    // Of plain fields: it cannot fail.
    serde_json::to_string(words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_json() {
        assert_eq!(text_of(&ToProbe::Attach), r#"{"type":"attach"}"#);
        assert_eq!(text_of(&ToProbe::Refused { bytes: 7 }), r#"{"type":"refused","bytes":7}"#);
        assert_eq!(text_of(&ToProfiler::Bye { probe: 2 }), r#"{"type":"bye","probe":2}"#);
        let taken = of_profiler(r#"{"arenascopeProbe":1,"type":"taken","probe":3,"bytes":9}"#);
        assert_eq!(taken, Some(FromProfiler::Taken { probe: 3, bytes: 9 }));
        let hello = of_probe(r#"{"arenascopeProbe":1,"type":"hello","run":"00112233445566ff","url":"u"}"#);
        let expected = FromProbe::Hello { run: "00112233445566ff".into(), url: "u".into(), title: String::new() };
        assert_eq!(hello, Some(expected));
    }

    #[test]
    fn what_is_none_of_these_is_nothing() {
        for text in ["", "{}", r#"{"type":"hello"}"#, r#"{"type":"hello","run":"1"}"#, r#"{"type":"bye"}"#] {
            assert_eq!(of_probe(text), None, "{text}");
        }
        for text in ["[]", r#"{"type":"attach"}"#, r#"{"type":"attach","probe":-1}"#, r#"{"type":"hello","run":"1"}"#] {
            assert_eq!(of_profiler(text), None, "{text}");
        }
        let long = format!(r#"{{"type":"hello","run":"00112233445566ff","title":"{}"}}"#, "ö".repeat(9_000));
        let Some(FromProbe::Hello { title, .. }) = of_probe(&long) else { panic!() };
        assert_eq!(title.chars().count(), TEXT_MAX);
    }
}
