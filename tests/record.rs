//! `arenascope record` as its users meet it: a real Chromium, a page that knows nothing of
//! being recorded, and a file that holds what the page counts for itself.

#[path = "record/browser.rs"]
mod browser;
#[path = "record/decode.rs"]
mod decode;
#[path = "record/pages.rs"]
mod pages;
#[path = "record/site.rs"]
mod site;

use browser::chromium;
use decode::Recording;
use pages::{EVERYTHING, QUIET};
use serde_json::Value;
use site::Site;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const BUFFERS: u64 = 1;
const TEXTURES: u64 = 2;
const WASM: u64 = 7;

/// A browser, a site and a folder to record into.
struct Bench {
    chromium: PathBuf,
    site: Site,
    folder: TempDir,
}

impl Bench {
    /// None where there is no browser.
    fn new(files: &'static [site::File]) -> Option<Self> {
        Some(Self { chromium: chromium()?, site: Site::new(files), folder: tempfile::tempdir().unwrap() })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("run.arenascope")
    }

    /// The command line for a page, with more arguments.
    fn command(&self, path: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
        command.arg("record").arg(self.site.url(path)).arg("-o").arg(self.file());
        if !more.contains(&"--port") {
            command.arg("--chrome").arg(&self.chromium);
        }
        command.args(more).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn record(&self, path: &str, more: &[&str]) -> Heard {
        Heard::of(self.command(path, more).output().unwrap())
    }

    fn recording(&self) -> Recording {
        Recording::of(&fs::read(self.file()).unwrap())
    }
}

/// Exit code, standard output, standard error.
#[derive(Debug)]
struct Heard {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Heard {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

#[test]
fn every_realm_is_recorded_to_the_byte() {
    let Some(bench) = Bench::new(EVERYTHING) else { return };
    let arguments =
        ["--until", "globalThis.done", "--seconds", "60", "--stacks", "all", "--flag", "--disable-popup-blocking"];
    let heard = bench.record("/", &arguments);
    assert_eq!((heard.code, heard.err.as_str()), (Some(0), ""), "{heard:?}");
    let counts: Value = serde_json::from_str(&bench.site.posted().unwrap()).unwrap();
    let recording = bench.recording();
    let found = [BUFFERS, TEXTURES, WASM].map(|class| recording.live(&[class]));
    let own = ["buffers", "textures", "wasm"].map(|key| counts[key].as_u64().unwrap());
    assert_eq!(found, own, "{counts} {recording:?}");
    // The page could have counted nothing.
    let buffers: u64 = [10, 20, 40, 80, 5].map(|count| 4096 * count + 4 * (count * (count - 1) / 2)).iter().sum();
    assert_eq!(own, [buffers, 5 * 4 * 5461, 3 * 5 * 65536]);
    // Nobody sees the recorder.
    let seen = counts["seen"].as_array().unwrap();
    assert!(seen.len() == 5 && seen.iter().all(|seen| seen == "undefined,undefined,function"), "{counts}");
    assert_eq!(recording.lost, 0);
    assert_realms(&bench, &recording);
    // Without what the recorder says itself.
    let pages = || recording.realms.values().filter(|realm| realm.kind != 5);
    let summary = format!(": {} batches, ", pages().map(|realm| realm.batches).sum::<u64>());
    let realms = format!(", {} realms, ", pages().count());
    assert!(heard.out.contains(&summary) && heard.out.contains(&realms), "{heard:?}");
    assert!(heard.out.ends_with(", nothing lost\n"), "{heard:?}");
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 1);
}

fn assert_realms(bench: &Bench, recording: &Recording) {
    let at = |kind| recording.of_kind(kind).iter().map(|realm| (realm.url.clone(), realm.is_gone)).collect::<Vec<_>>();
    let url = |path| bench.site.url(path);
    // Windows that began as those of empty documents: looked at too early by the page.
    let empty = |is_gone| ("about:blank".to_owned(), is_gone);
    assert_eq!(at(1), [empty(false), (url("/"), false)]);
    let frames = at(2);
    assert_eq!((frames.len(), frames[2].clone()), (3, (url("/frame.html"), false)), "{frames:?}");
    assert_eq!(frames[..2].iter().filter(|frame| **frame == empty(true)).count(), 1, "{frames:?}");
    let workers = at(3);
    assert!(workers[0].0.starts_with("blob:") && !workers[0].1, "{workers:?}");
    let others = ["/gone.js", "/module.js", "/nested.js", "/worker.js"];
    assert_eq!(workers[1..], others.map(|path| (url(path), path == "/gone.js")));
    // The recorder's own, which tells that a worker was terminated.
    assert_eq!(at(5).len(), 1);
    let runs: Vec<u64> = recording.realms.values().map(|realm| realm.run).collect();
    assert!(runs.iter().all(|run| *run == runs[0] && *run != 0), "{runs:x?}");
}

#[test]
fn a_recording_ends_after_its_seconds() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let heard = bench.record("/", &["--seconds", "1.5"]);
    assert_eq!((heard.code, heard.err.as_str()), (Some(0), ""), "{heard:?}");
    assert!(heard.out.contains(", 1 realms, 1.5 s, nothing lost"), "{heard:?}");
    assert_eq!(bench.recording().of_kind(1)[0].url, bench.site.url("/"));
}

#[test]
fn a_file_goes_to_standard_output_too() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let mut command = bench.command("/", &["--seconds", "1"]);
    let output = command.args(["-o", "-"]).output();
    // The last one said counts for nothing: it is said twice.
    assert_eq!(output.unwrap().status.code(), Some(2));
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    command
        .args(["record", "-o", "-", "--until", "globalThis.ready", "--chrome"])
        .arg(&bench.chromium)
        .arg(bench.site.url("/"));
    let output = command.output().unwrap();
    let recording = Recording::of(&output.stdout);
    assert_eq!(recording.live(&[BUFFERS]), 4096);
    assert!(recording.of_kind(1)[0].labels.contains(&"kept 0".into()), "{recording:?}");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("arenascope: -: "), "{output:?}");
}

#[test]
fn ctrl_c_ends_a_recording_well() {
    let Some(bench) = Bench::new(QUIET) else { return };
    for signal in ["-INT", "-TERM"] {
        let child = bench.command("/", &[]).spawn().unwrap();
        assert_eq!(bench.site.posted().unwrap(), "ready");
        signalled(&child, signal);
        let heard = Heard::of(child.wait_with_output().unwrap());
        assert_eq!((heard.code, heard.err.as_str()), (Some(0), ""), "{heard:?}");
        assert_eq!(bench.recording().live(&[BUFFERS]), 4096);
    }
}

fn signalled(child: &Child, signal: &str) {
    assert!(Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap().success());
}

#[test]
fn nobody_has_to_answer_a_dialog() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let heard = bench.record("/plain", &["--until", "globalThis.answered", "--seconds", "30"]);
    assert_eq!((heard.code, heard.err.as_str()), (Some(0), ""), "{heard:?}");
}

#[test]
fn a_page_that_never_rests_is_kept_as_far_as_it_came() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let heard = bench.record("/busy", &["--seconds", "2"]);
    assert_eq!(heard.code, Some(0), "{heard:?}");
    assert_eq!(heard.err, "arenascope: 1 realms were too busy to hand over their last batch\n");
    assert_eq!(bench.recording().of_kind(1).len(), 1);
}

#[test]
fn what_does_not_load_is_told_and_leaves_no_file() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let refused = bench.record("/silent", &["--patience", "1"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("/silent did not answer in 1 s"), "{refused:?}");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    command.arg("record").arg(format!("http://127.0.0.1:{free}/")).arg("-o").arg(bench.file());
    let heard = Heard::of(command.arg("--chrome").arg(&bench.chromium).output().unwrap());
    assert_eq!(heard.code, Some(1), "{heard:?}");
    assert!(heard.err.contains("cannot be opened: net::ERR_CONNECTION_REFUSED"), "{heard:?}");
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 0);
}

#[test]
fn a_missing_page_is_recorded_with_a_word() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let heard = bench.record("/none", &["--seconds", "0.5"]);
    assert_eq!(heard.code, Some(0), "{heard:?}");
    assert!(heard.err.ends_with("/none was answered with HTTP status 404\n"), "{heard:?}");
}

#[test]
fn until_is_an_expression_and_has_its_time() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let heard = bench.record("/", &["--until", "{{"]);
    assert_eq!(heard.code, Some(2), "{heard:?}");
    assert!(heard.err.contains("--until: SyntaxError: Unexpected token"), "{heard:?}");
    let heard = bench.record("/", &["--until", "globalThis.nothing.there", "--seconds", "1.5"]);
    assert_eq!((heard.code, heard.err.as_str()), (Some(1), "arenascope: --until was not true in 1.5 s\n"), "{heard:?}");
    assert_eq!(bench.recording().of_kind(1).len(), 1);
}

/// A browser of somebody else's, with its DevTools.
struct Other {
    child: Child,
    port: String,
    _profile: TempDir,
}

impl Other {
    fn new(chromium: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let flags = ["--headless", "--no-sandbox", "--remote-debugging-port=0", "--enable-unsafe-webgpu"];
        let mut command = Command::new(chromium);
        command
            .args(flags)
            .arg("--use-webgpu-adapter=swiftshader")
            .arg(format!("--user-data-dir={}", profile.path().display()));
        let mut child = command.arg("about:blank").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = lines
            .find_map(|line| line.unwrap().strip_prefix("DevTools listening on ws://127.0.0.1:").map(str::to_owned));
        let port = said.unwrap().split('/').next().unwrap().to_owned();
        std::thread::spawn(move || lines.count());
        Self { child, port, _profile: profile }
    }
}

impl Other {
    /// The body of what its DevTools answer.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
        let mut lines = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            match line.trim().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap()
                }
                _ if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_tab_that_is_closed_ends_the_recording() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let other = Other::new(&bench.chromium);
    let child = bench.command("/", &["--port", &other.port]).spawn().unwrap();
    assert_eq!(bench.site.posted().unwrap(), "ready");
    let tabs: Value = serde_json::from_str(&other.get("/json/list")).unwrap();
    let ours = tabs.as_array().unwrap().iter().find(|tab| tab["url"] == bench.site.url("/").as_str()).unwrap();
    other.get(&format!("/json/close/{}", ours["id"].as_str().unwrap()));
    let heard = Heard::of(child.wait_with_output().unwrap());
    assert_eq!((heard.code, heard.err.as_str()), (Some(0), ""), "{heard:?}");
    let recording = bench.recording();
    assert!(recording.of_kind(1)[0].is_gone, "{recording:?}");
}

#[test]
fn a_running_browser_is_joined_and_stays() {
    let Some(bench) = Bench::new(QUIET) else { return };
    let mut other = Other::new(&bench.chromium);
    for _ in 0..2 {
        let heard = bench.record("/", &["--port", &other.port, "--until", "globalThis.ready"]);
        assert_eq!((heard.code, heard.err.as_str()), (Some(0), ""), "{heard:?}");
        assert_eq!(bench.recording().live(&[BUFFERS]), 4096);
    }
    assert_eq!(other.child.try_wait().unwrap(), None);
    while bench.site.posted_before().is_some() {}
    // It dies under a recording: what was received is kept.
    let child = bench.command("/", &["--port", &other.port]).spawn().unwrap();
    assert_eq!(bench.site.posted().unwrap(), "ready");
    std::thread::sleep(Duration::from_millis(1_500));
    other.child.kill().unwrap();
    let heard = Heard::of(child.wait_with_output().unwrap());
    assert_eq!(heard.code, Some(1), "{heard:?}");
    assert!(heard.err.starts_with("arenascope: the browser is gone: "), "{heard:?}");
    assert_eq!(bench.recording().live(&[BUFFERS]), 4096);
    let heard = bench.record("/", &["--port", &other.port]);
    assert!(heard.code == Some(1) && heard.err.contains("no browser's DevTools at 127.0.0.1:"), "{heard:?}");
}

#[test]
fn a_browser_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let record = |chrome: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
        command.args(["record", "http://127.0.0.1:1/", "--chrome", chrome, "-o"]);
        Heard::of(command.arg(folder.path().join("a")).output().unwrap())
    };
    let heard = record("/no/such/chromium");
    assert!(heard.code == Some(1) && heard.err.contains("/no/such/chromium could not be started"), "{heard:?}");
    let heard = record("/bin/true");
    assert!(heard.code == Some(1) && heard.err.contains("/bin/true ended before it could be talked to"), "{heard:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn without_any_browser_the_names_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    command.args(["record", "http://127.0.0.1:1/", "-o"]).arg(folder.path().join("a"));
    let heard = Heard::of(command.env("PATH", folder.path()).env_remove("CHROME").output().unwrap());
    assert_eq!(heard.code, Some(1), "{heard:?}");
    assert!(heard.err.contains("no Chromium found; looked for: chromium, "), "{heard:?}");
}
