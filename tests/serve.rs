//! `arenascope serve` as its users meet it: what is served, and who may speak on the relay.

#[path = "record/browser.rs"]
mod browser;

use browser::chromium;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, connect};

const RULES: &str = "/*\n  X-Everywhere: yes\n  Cross-Origin-Resource-Policy: same-origin\n\n/probe/*\n  ! Cross-Origin-Resource-Policy\n  Cross-Origin-Resource-Policy: cross-origin\n";

/// A server of a small page; it ends with the test.
struct Served {
    child: Child,
    /// What is served lies in `dist/` in it.
    folder: TempDir,
    port: u16,
    token: String,
}

impl Served {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("dist");
        fs::create_dir_all(dir.join("probe")).unwrap();
        for (name, text) in files {
            fs::write(dir.join(name), text).unwrap();
        }
        let mut child = command(&dir, 0).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (port, token) = line.trim().strip_prefix("http://127.0.0.1:").unwrap().split_once("/#relay=").unwrap();
        Self { child, folder, port: port.parse().unwrap(), token: token.to_owned() }
    }

    fn small() -> Self {
        let page = ("index.html", "<!doctype html>page");
        Self::new(&[page, ("a.js", "1"), ("b.wasm", "w"), ("probe/p.js", "2"), ("_headers", RULES)])
    }

    /// Status, headers in lower case, and body of an answer.
    fn get(&self, path: &str, host: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
    }

    fn own(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A socket to the relay, or the status that there is instead.
    fn socket(&self, query: &str, origin: Option<&str>) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/relay?{query}", self.own()).into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match connect(request) {
            Ok((socket, _)) => Ok(Socket::new(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    fn probe(&self) -> Socket {
        self.socket(&format!("token={}", self.token), Some("https://a.test")).unwrap()
    }

    fn profiler(&self) -> Socket {
        let own = format!("http://{}", self.own());
        self.socket(&format!("as=profiler&token={}", self.token), Some(&own)).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(dir: &Path, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    command.args(["serve", "--port", &port.to_string(), "--dir"]).arg(dir);
    command
}

struct Socket(WebSocket<MaybeTlsStream<TcpStream>>);

impl Socket {
    fn new(socket: WebSocket<MaybeTlsStream<TcpStream>>) -> Self {
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        }
        Self(socket)
    }

    fn says(&mut self, words: &Value) {
        self.0.send(Message::text(words.to_string())).unwrap();
    }

    fn sends(&mut self, bytes: &[u8]) {
        self.0.send(Message::binary(bytes.to_vec())).unwrap();
    }

    fn hears(&mut self) -> Value {
        match self.0.read().unwrap() {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn receives(&mut self) -> Vec<u8> {
        match self.0.read().unwrap() {
            Message::Binary(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }
}

fn hello() -> Value {
    json!({ "arenascopeProbe": 1, "type": "hello", "run": "00112233445566ff", "url": "https://a.test/", "title": "A" })
}

#[test]
fn every_path_has_the_headers_of_its_blocks() {
    let served = Served::small();
    let get = |path| served.get(path, &served.own());
    let (status, head, body) = get("/");
    assert_eq!((status, body.as_str()), (200, "<!doctype html>page"), "{head}");
    assert!(head.contains("\r\nx-everywhere: yes") && head.contains("\r\ncontent-type: text/html"), "{head}");
    assert!(head.contains("\r\ncross-origin-resource-policy: same-origin"), "{head}");
    assert!(get("/a.js").1.contains("content-type: text/javascript"));
    assert!(get("/b.wasm").1.contains("content-type: application/wasm"));
    let probe = get("/probe/p.js").1;
    assert!(
        probe.contains("\r\ncross-origin-resource-policy: cross-origin\r\n") && probe.contains("x-everywhere: yes")
    );
    let missing = get("/none");
    assert!(missing.0 == 404 && missing.1.contains("x-everywhere: yes"), "{missing:?}");
}

#[test]
fn what_is_not_the_pages_is_not_served() {
    let served = Served::small();
    fs::write(served.folder.path().join("outside"), "secret").unwrap();
    for path in ["/_headers", "/../outside", "/%2e%2e/outside", "/..%2foutside"] {
        let (status, _, body) = served.get(path, &served.own());
        assert!(status == 404 || status == 400, "{path}: {status} {body}");
    }
    for host in ["evil.test", "evil.test:80", "127.0.0.1:1", &format!("evil.test:{}", served.port)] {
        let (status, _, body) = served.get("/", host);
        assert_eq!((status, body.contains("page")), (403, false), "{host}");
    }
    assert_eq!(served.get("/", &format!("localhost:{}", served.port)).0, 200);
}

#[test]
fn only_who_has_the_token_speaks_and_only_the_page_listens() {
    let served = Served::small();
    let token = format!("token={}", served.token);
    let wrong = format!("token={}", "0".repeat(32));
    let own = format!("http://{}", served.own());
    for (query, origin) in [
        ("", Some(own.as_str())),
        ("token=", Some(&own)),
        (&wrong, Some(&own)),
        (&format!("{wrong}&as=profiler"), Some(&own)),
        (&format!("{token}&as=profiler"), Some("https://a.test")),
        (&format!("{token}&as=profiler"), Some("http://127.0.0.1:1")),
        (&format!("{token}&as=profiler"), Some(&format!("http://localhost:{}", served.port))),
        (&format!("{token}&as=profiler"), Some("null")),
        (&format!("{token}&as=profiler"), None),
        (&format!("{token}&as=other"), Some(&own)),
    ] {
        assert_eq!(served.socket(query, origin).err(), Some(403), "{query} {origin:?}");
    }
    assert!(served.socket(&token, Some("https://a.test")).is_ok());
    assert!(served.socket(&token, None).is_ok());
    assert_eq!(served.get(&format!("/relay?{token}"), &served.own()).0, 400);
}

#[test]
fn batches_are_relayed_and_answered() {
    let served = Served::small();
    let mut profiler = served.profiler();
    let mut probe = served.probe();
    probe.says(&hello());
    let expected = json!({ "type": "hello", "probe": 1, "origin": "https://a.test", "run": "00112233445566ff",
        "url": "https://a.test/", "title": "A" });
    assert_eq!(profiler.hears(), expected);
    profiler.says(&json!({ "type": "attach", "probe": 1 }));
    assert_eq!(probe.hears(), json!({ "type": "attach" }));
    for number in 0..200_u8 {
        probe.sends(&vec![number; 60_000]);
        assert_eq!(profiler.receives(), [&[1, 0, 0, 0], vec![number; 60_000].as_slice()].concat());
        profiler.says(&json!({ "type": "taken", "probe": 1, "bytes": 60_000 }));
        assert_eq!(probe.hears(), json!({ "type": "taken", "bytes": 60_000 }));
    }
    let mut second = served.probe();
    second.says(&hello());
    assert_eq!(profiler.hears()["probe"], 2);
    second.sends(b"ab");
    assert_eq!(profiler.receives(), [2, 0, 0, 0, b'a', b'b']);
    drop(probe);
    assert_eq!(profiler.hears(), json!({ "type": "bye", "probe": 1 }));
    let mut later = served.profiler();
    assert_eq!(later.hears()["probe"], 2);
    assert_eq!(profiler.hears(), json!({ "type": "replaced" }));
    assert_eq!(second.hears(), json!({ "type": "detach" }));
}

/// The profiler reads nothing: what does not fit is told to the probe at once, to the
/// profiler when it reads again, and the sums are exact.
#[test]
fn what_does_not_fit_is_told_to_both_sides() {
    const COUNT: u64 = 1_000;
    let served = Served::small();
    let mut profiler = served.profiler();
    let mut probe = served.probe();
    probe.says(&hello());
    assert_eq!(profiler.hears()["type"], "hello");
    let sending = thread::spawn(move || {
        let mut refused = 0_u64;
        for _ in 0..COUNT {
            probe.sends(&[7; 60_000]);
            // Between batches of a probe there is time; here there is none.
            thread::sleep(Duration::from_micros(200));
        }
        probe.says(&json!({ "type": "nothing" }));
        if let MaybeTlsStream::Plain(stream) = probe.0.get_ref() {
            stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        }
        while let Ok(message) = probe.0.read() {
            let words: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            assert_eq!(words, json!({ "type": "refused", "bytes": 60_000 }));
            refused += 1;
        }
        refused
    });
    let refused = sending.join().unwrap();
    let (mut received, mut lost) = (0, 0);
    loop {
        match profiler.0.read().unwrap() {
            Message::Binary(bytes) => received += u64::from(bytes.len() == 60_004),
            Message::Text(text) => {
                let words: Value = serde_json::from_str(&text).unwrap();
                if words["type"] == "bye" {
                    break;
                }
                assert_eq!((&words["type"], &words["probe"]), (&json!("lost"), &json!(1)));
                assert_eq!(words["bytes"].as_u64().unwrap(), 60_000 * words["batches"].as_u64().unwrap());
                lost += words["batches"].as_u64().unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((received + lost, lost), (COUNT, refused));
    assert!(lost > 0 && received >= 192, "{received} {lost}");
}

#[test]
fn what_cannot_be_served_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let run = |dir: &Path, port| {
        let output = command(dir, port).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(folder.path(), 0);
    assert!(code == Some(2) && said.contains("no index.html; `make build`"), "{said}");
    fs::write(folder.path().join("index.html"), "x").unwrap();
    let (code, said) = run(folder.path(), 0);
    assert!(code == Some(2) && said.contains("_headers: No such file"), "{said}");
    fs::write(folder.path().join("_headers"), "/*\n  nothing\n").unwrap();
    let (code, said) = run(folder.path(), 0);
    assert!(code == Some(2) && said.contains("_headers: line 2: neither a path"), "{said}");
    fs::write(folder.path().join("_headers"), RULES).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, said) = run(folder.path(), taken.local_addr().unwrap().port());
    assert!(code == Some(1) && said.contains("in use") && said.contains("--port"), "{said}");
}

#[test]
fn ctrl_c_ends_it_well() {
    let mut served = Served::small();
    let _probe = served.probe();
    assert!(Command::new("kill").arg("-INT").arg(served.child.id().to_string()).status().unwrap().success());
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}

/// Opens a page in a browser until it is done with what it does.
fn browse(chromium: &Path, url: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    command.args(["record", url, "--until", "globalThis.done", "--seconds", "30", "-o", "-", "--chrome"]);
    let output = command.arg(chromium).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The page itself, under the policy that it is published under.
#[test]
fn the_page_receives_batches_in_a_browser() {
    let Some(chromium) = chromium() else { return };
    const SCRIPT: &str = "
        const token = new URLSearchParams(location.hash.slice(1)).get('relay');
        const socket = new WebSocket(`ws://${location.host}/relay?token=${token}&as=profiler`);
        socket.binaryType = 'arraybuffer';
        const say = (words) => socket.send(JSON.stringify(words));
        socket.onmessage = ({ data }) => {
          if (typeof data === 'string') {
            const { type, probe, origin } = JSON.parse(data);
            if (type === 'hello' && origin === 'https://a.test' && crossOriginIsolated) say({ type: 'attach', probe });
            return;
          }
          const bytes = data.byteLength - 4;
          say({ type: 'taken', probe: new DataView(data).getUint32(0, true), bytes });
          if (bytes === 3) globalThis.done = true;
        };";
    let rules = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/public/_headers"));
    let page = "<!doctype html><script type='module' src='app.js'></script>";
    let served = Served::new(&[("index.html", page), ("app.js", SCRIPT), ("_headers", rules)]);
    let mut probe = served.probe();
    probe.says(&hello());
    let probing = thread::spawn(move || {
        assert_eq!(probe.hears(), json!({ "type": "attach" }));
        for (batch, bytes) in [(b"ab".as_slice(), 2), (b"abc", 3)] {
            probe.sends(batch);
            assert_eq!(probe.hears(), json!({ "type": "taken", "bytes": bytes }));
        }
    });
    browse(&chromium, &format!("http://{}/#relay={}", served.own(), served.token));
    probing.join().unwrap();
}

/// A page of another origin: it sends what it has if it knows the token, and hears nothing.
#[test]
fn another_page_may_send_and_not_listen_in_a_browser() {
    let Some(chromium) = chromium() else { return };
    const SCRIPT: &str = "
        const [port, token] = location.hash.slice(1).split('/');
        const opens = (query) => new Promise((resolve) => {
          const socket = new WebSocket(`ws://127.0.0.1:${port}/relay?${query}`);
          socket.onopen = () => resolve(true);
          socket.onerror = () => resolve(false);
        });
        const can = [await opens(`token=${token}`), await opens('token=0'), await opens(`token=${token}&as=profiler`)];
        if (can.join() === 'true,false,false') globalThis.done = true;";
    let served = Served::small();
    let page = "<!doctype html><script type='module' src='app.js'></script>";
    let other = Served::new(&[("index.html", page), ("app.js", SCRIPT), ("_headers", "")]);
    browse(&chromium, &format!("http://{}/#{}/{}", other.own(), served.port, served.token));
}
