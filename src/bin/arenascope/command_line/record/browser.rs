//! Finding, starting, joining and leaving a Chromium.

use super::error::RecordError;
use super::options::RecordOptions;
use crate::command_line::name::Name;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::VecDeque;
use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{sleep, timeout};

/// Where a program of any other name is to be named.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/// A cold start on a slow machine takes some seconds.
const START_PATIENCE: Duration = Duration::from_secs(60);
const JOIN_PATIENCE: Duration = Duration::from_secs(5);
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);
/// How much is shown of what a browser says that does not start.
const LAST_WORDS: usize = 8;

/// Nothing of one's own over the network, no questions, timers as in a tab that is looked at.
const FLAGS: [&str; 11] = [
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--enable-unsafe-webgpu",
];
const HEADLESS: [&str; 3] = ["--headless", "--mute-audio", "--use-webgpu-adapter=swiftshader"];

/// A browser whose DevTools listen.
pub(crate) struct Browser {
    address: String,
    own: Option<Own>,
}

/// A process of ours.
struct Own {
    child: Child,
    profile: TempDir,
}

impl Browser {
    /// Starts or joins what the options name.
    pub(crate) async fn of(options: &RecordOptions) -> Result<Self, RecordError> {
        match options.port {
            Some(port) => Self::join(port).await,
            None => Self::start(options).await,
        }
    }

    /// Where its DevTools are.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Whether it runs for this recording alone.
    pub(crate) const fn is_own(&self) -> bool {
        self.own.is_some()
    }

    async fn start(options: &RecordOptions) -> Result<Self, RecordError> {
        let path = found(options.chrome.as_deref())?;
        let program = Name::of(&path);
        let failed = |error| RecordError::Start { program: program.clone(), error };
        let profile = tempfile::Builder::new().prefix("arenascope-").tempdir().map_err(failed)?;
        let mut child = command(&path, options, profile.path()).spawn().map_err(failed)?;
        let Some(said) = child.stderr.take() else { return Err(failed(std::io::ErrorKind::BrokenPipe.into())) };
        let address = address_in(&program, &mut child, BufReader::new(said).lines()).await?;
        Ok(Self { address, own: Some(Own { child, profile }) })
    }

    async fn join(port: u16) -> Result<Self, RecordError> {
        let failed = |why: String| RecordError::Join { port, why };
        let asked = timeout(JOIN_PATIENCE, version_of(port)).await;
        let version = asked.map_err(|_| failed("no answer".into()))?.map_err(|error| failed(error.to_string()))?;
        let address =
            version["webSocketDebuggerUrl"].as_str().ok_or_else(|| failed("something else answers".into()))?;
        Ok(Self { address: address.into(), own: None })
    }

    /// Waits until a browser of ours that was told to close has done so, and removes its profile.
    pub(crate) async fn close(self) {
        let Some(Own { mut child, profile }) = self.own else { return };
        if timeout(CLOSE_PATIENCE, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
        // Its helpers end a moment later, and write until then.
        for _ in 0..20 {
            if std::fs::remove_dir_all(profile.path()).is_ok() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

fn command(program: &Path, options: &RecordOptions, profile: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(FLAGS).arg(format!("--user-data-dir={}", profile.display()));
    if !options.headed {
        command.args(HEADLESS);
    }
    if system::is_administrator() {
        // Chromium refuses to run as root with its sandbox.
        command.arg("--no-sandbox");
    }
    command.args(&options.flag).arg("about:blank");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    system::apart(&mut command);
    command
}

/// The program that is asked for, or else the first that there is.
fn found(asked: Option<&Path>) -> Result<PathBuf, RecordError> {
    let named =
        asked.map(Path::to_owned).or_else(|| env::var_os("CHROME").filter(|name| !name.is_empty()).map(Into::into));
    if let Some(path) = named {
        return Ok(path);
    }
    let folders: Vec<PathBuf> = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    let candidates = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let is_there = |path: &PathBuf| path.with_extension(env::consts::EXE_EXTENSION).is_file();
    let looked_for = || NAMES.map(str::to_owned).to_vec();
    candidates.into_iter().find(is_there).ok_or_else(|| RecordError::NoBrowser { looked_for: looked_for() })
}

/// The address that a browser which starts says on standard error. What it says after that
/// is read and dropped, so that it never waits for a reader.
async fn address_in(
    program: &Name,
    child: &mut Child,
    mut lines: Lines<BufReader<ChildStderr>>,
) -> Result<String, RecordError> {
    let mut last_words = VecDeque::new();
    let search = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                return Some(address.trim().to_owned());
            }
            last_words.push_back(line);
            if last_words.len() > LAST_WORDS {
                last_words.pop_front();
            }
        }
        None
    };
    let found = timeout(START_PATIENCE, search).await;
    let shown = |words: VecDeque<String>| words.iter().map(|line| Name::of(Path::new(line)).to_string()).collect();
    match found {
        Ok(Some(address)) => {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            Ok(address)
        }
        Ok(None) => {
            let status = child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
            Err(RecordError::EndedAtStart { program: program.clone(), status, last_words: shown(last_words) })
        }
        Err(_) => Err(RecordError::NoAddress {
            program: program.clone(),
            seconds: START_PATIENCE.as_secs(),
            last_words: shown(last_words),
        }),
    }
}

/// What a browser says of itself.
async fn version_of(port: u16) -> Result<Value, Box<dyn Error>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request =
        Request::get("/json/version").header("host", format!("127.0.0.1:{port}")).body(Empty::<Bytes>::new())?;
    let body = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
    Ok(serde_json::from_slice(&body)?)
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::MetadataExt;
    use tokio::process::Command;

    /// Ctrl-C in the terminal is for this program, which closes the browser itself.
    pub(super) fn apart(command: &mut Command) {
        command.process_group(0);
    }

    pub(super) fn is_administrator() -> bool {
        std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
    }
}

#[cfg(not(unix))]
mod system {
    use tokio::process::Command;

    pub(super) fn apart(_: &mut Command) {}

    pub(super) fn is_administrator() -> bool {
        false
    }
}
