//! A static site on loopback, without a header that a page would need to be recorded.
//! What pages post is kept for the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// A running site. It ends with the process.
pub(crate) struct Site {
    pub(crate) port: u16,
    posted: Receiver<String>,
}

/// A file: path, and text.
pub(crate) type File = (&'static str, &'static str);

impl Site {
    /// Serves some files; `/silent` is never answered.
    pub(crate) fn new(files: &'static [File]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, posted) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                thread::spawn(move || answer(stream, files, &sender));
            }
        });
        Self { port, posted }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What a page posted that nobody asked for yet.
    pub(crate) fn posted_before(&self) -> Option<String> {
        self.posted.try_recv().ok()
    }

    /// What a page posts next.
    pub(crate) fn posted(&self) -> Result<String, RecvTimeoutError> {
        self.posted.recv_timeout(Duration::from_secs(30))
    }
}

fn answer(stream: TcpStream, files: &[File], posted: &Sender<String>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let path = first.split(' ').nth(1)?;
    if path == "/silent" {
        thread::sleep(Duration::from_secs(60));
    }
    if first.starts_with("POST") {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        posted.send(String::from_utf8(body).ok()?).ok()?;
    }
    let file = files.iter().find(|(name, _)| *name == path);
    let (status, text) = match file {
        Some((_, text)) => ("200 OK", *text),
        None if first.starts_with("POST") => ("204 No Content", ""),
        None => ("404 Not Found", "nothing here"),
    };
    let kind = if path.ends_with(".js") { "text/javascript" } else { "text/html; charset=utf-8" };
    let bytes = text.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n");
    (&stream).write_all((head + text).as_bytes()).ok()
}
