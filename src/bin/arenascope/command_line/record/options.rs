//! The arguments of `arenascope record`, and the text of its `--help`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// What `--help` says below the options.
pub(crate) const RECORDING: &str = "\
A Chromium is started with a profile of its own, which is removed at the end, or one that runs
with --remote-debugging-port=N is joined (--port N): then a tab is opened in it, and closed at
the end. The probe is put before the first script of the page, of its frames and workers, and of
the tabs that it opens; the page needs no change and no header. Shared workers and service
workers are left out.

Chromium is looked for in --chrome, in the variable CHROME, and on PATH as chromium,
chromium-browser, google-chrome, google-chrome-stable and chrome. Without --headed it has no
window, and WebGPU runs in software (SwiftShader); with it, WebGPU is the machine's own.

Without --seconds and --until, the recording ends with Ctrl-C or when the page is closed. With
both, --seconds is the longest wait for --until. A killed recording leaves FILE.partial, which
can be opened as far as it goes.

Exit codes: 0 done; 1 the browser or the machine failed, the page did not load or crashed, or
--until was not true in time: what was received before is kept; 2 wrong arguments.";

/// What to record, how long, and where to.
#[derive(Debug, Args)]
pub(crate) struct RecordOptions {
    /// The page: http, https or file
    #[arg(value_name = "URL", value_parser = address)]
    pub(crate) url: String,
    /// How long, from the moment at which the page is there
    #[arg(long, value_name = "N", value_parser = seconds)]
    pub(crate) seconds: Option<Duration>,
    /// Until a JavaScript expression is true in the page; a promise is awaited
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) until: Option<String>,
    /// The program of the browser
    #[arg(long, value_name = "PATH", conflicts_with = "port")]
    pub(crate) chrome: Option<PathBuf>,
    /// With a window, and with the WebGPU of the machine
    #[arg(long, conflicts_with = "port")]
    pub(crate) headed: bool,
    /// One more flag for the browser; may be repeated
    #[arg(long, value_name = "FLAG", allow_hyphen_values = true, conflicts_with = "port")]
    pub(crate) flag: Vec<String>,
    /// Join the browser whose DevTools listen on this port of 127.0.0.1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Call stacks: of no allocation, sampled by bytes, of all
    #[arg(long, value_enum, value_name = "MODE", default_value_t = Stacks::Sampled)]
    pub(crate) stacks: Stacks,
    /// The longest wait for the page's first byte
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) patience: Duration,
    /// The file to write, packed by gzip; `-` for standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// Whose call stacks are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stacks {
    /// Nobody's
    Off,
    /// One for each 64 KiB that are allocated
    Sampled,
    /// Everybody's: 16 µs each
    All,
}

impl Stacks {
    /// As the probe names it.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Sampled => "sampled",
            Self::All => "all",
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or("a number of seconds above 0 is expected".into())
}

/// Whether there is such a page, the browser says; that this is no address is said before one is started.
fn address(text: &str) -> Result<String, String> {
    let is_known = ["http://", "https://", "file://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    });
    if is_known {
        Ok(text.into())
    } else {
        Err("an address that begins with http://, https:// or file:// is expected".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: RecordOptions,
    }

    fn parsed(line: &str) -> Result<RecordOptions, String> {
        let words = ["record"].into_iter().chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.options).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let options = parsed("http://a.test/ -o a.arenascope").unwrap();
        assert_eq!((options.seconds, options.until, options.port), (None, None, None));
        assert_eq!((options.stacks, options.patience), (Stacks::Sampled, Duration::from_secs(30)));
        assert!(!options.headed && options.chrome.is_none() && options.flag.is_empty());
    }

    #[test]
    fn everything_can_be_said() {
        let line = "HTTPS://a.test/ --seconds 2.5 --until window.done --chrome /c --headed --flag --a --flag --b --stacks all -o -";
        let options = parsed(line).unwrap();
        assert_eq!(options.seconds, Some(Duration::from_millis(2_500)));
        assert_eq!((options.until.as_deref(), options.stacks), (Some("window.done"), Stacks::All));
        assert_eq!((options.flag, options.output), (vec!["--a".to_string(), "--b".into()], PathBuf::from("-")));
    }

    #[test]
    fn what_cannot_be_is_named_with_what_can() {
        for (line, expected) in [
            ("-o a", "<URL>"),
            ("http://a.test/", "--output"),
            ("a.test -o a", "begins with http://"),
            ("http:// -o a", "begins with http://"),
            ("localhost:8080 -o a", "begins with http://"),
            ("javascript:alert(1) -o a", "begins with http://"),
            ("http://a/ -o a --seconds 0", "a number of seconds above 0"),
            ("http://a/ -o a --seconds -1", "'-1'"),
            ("http://a/ -o a --seconds nan", "a number of seconds above 0"),
            ("http://a/ -o a --seconds 1e99", "a number of seconds above 0"),
            ("http://a/ -o a --stacks some", "off, sampled, all"),
            ("http://a/ -o a --port 0", "1..=65535"),
            ("http://a/ -o a --port 9222 --headed", "cannot be used with"),
            ("http://a/ -o a --port 9222 --chrome c", "cannot be used with"),
        ] {
            let message = parsed(line).unwrap_err();
            assert!(message.contains(expected), "{line}: {message}");
        }
    }
}
