//! Scripts: a pool's life in words, and what it answered.
//!
//! `acquire a 1000`, `clean a 1000` (zeros wanted), `confirm a`, `fail a`,
//! `new a 1000` (acquire and confirm), `release a 2` (last used by submission
//! 2), `look a`, `complete 2`, `time 500` (µs), `trim`, `cleanup 100`, `reclaim
//! 4096`, `flush` (all idle), `lose` (the device), `figures`, `rows`. The pool is
//! audited after every word.

use super::*;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use expect_test::Expect;
use std::collections::BTreeMap;
use std::fmt::Write;

struct Script {
    pool: Pool,
    now: Micros,
    names: BTreeMap<String, BufferHandle>,
}

/// Runs a script on a small pool and compares what it answered.
pub(super) fn check(script: &str, expected: Expect) {
    check_on(small(), script, expected);
}

pub(super) fn check_on(config: PoolConfig, script: &str, expected: Expect) {
    let mut run = Script { pool: Pool::new(config), now: Micros::ZERO, names: BTreeMap::new() };
    let mut answers = String::new();
    for line in script.split(';').map(str::trim) {
        let answer = run.step(line);
        let gap = if answer.starts_with('\n') { "" } else { " " };
        writeln!(answers, "{line}:{gap}{answer}").unwrap();
        run.pool.audit().unwrap_or_else(|violation| panic!("after `{line}`: {violation}"));
    }
    expected.assert_eq(&answers);
}

/// 8 KiB idle, trimmed from 6 KiB to 4 KiB, two a trim, 1 ms of age.
pub(super) fn small() -> PoolConfig {
    PoolConfig {
        max_age: Micros::millis(1),
        max_idle_frames: 0,
        surplus_frames: 0,
        max_destroys_per_trim: 2,
        ..PoolConfig::with_idle_limit(PoolMode::CLASSES, Bytes::kib(8))
    }
}

impl Script {
    fn step(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["acquire", name, size] => self.acquire(name, number(size), Contents::Undefined),
            ["clean", name, size] => self.acquire(name, number(size), Contents::Zeroed),
            ["new", name, size] => {
                let answer = self.acquire(name, number(size), Contents::Undefined);
                let _ = self.pool.confirm(self.names[name].resource());
                answer
            }
            ["confirm", name] => said(self.pool.confirm(self.names[name].resource())),
            ["fail", name] => said(self.pool.fail(self.names[name].resource()).map(|_| ())),
            ["release", name, serial] => said(self.pool.release(self.names[name], Serial(number(serial)), self.now)),
            ["look", name] => said(self.pool.lookup(self.names[name]).map(|_| ())),
            _ => self.housekeeping(&words),
        }
    }

    fn housekeeping(&mut self, words: &[&str]) -> String {
        match *words {
            ["complete", serial] => self.pool.complete(Serial(number(serial))),
            ["time", now] => self.now = Micros::new(number(now)),
            ["trim"] => return gone(&self.pool.trim(self.now)),
            ["cleanup", age] => return gone(&self.pool.cleanup_old_buffers(self.now, Micros::new(number(age)))),
            ["reclaim", wanted] => return gone(&self.pool.reclaim(Bytes::new(number(wanted)))),
            ["flush"] => return gone(&self.pool.trim_all_idle()),
            ["lose"] => return gone(&self.pool.device_lost()),
            ["figures"] => return figures(&self.pool.statistics()),
            ["rows"] => return rows(&self.pool.rows()),
            _ => panic!("unknown words {words:?}"),
        }
        String::from("ok")
    }

    fn acquire(&mut self, name: &str, size: u64, contents: Contents) -> String {
        let spec = BufferSpec::new(Bytes::new(size), BufferUsage::STORAGE).into();
        let owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
        match self.pool.acquire(&spec, contents, owner, self.now) {
            Err(error) => error.to_string(),
            Ok(acquired) => {
                self.names.insert(name.to_owned(), acquired.handle());
                match acquired {
                    Acquired::Fresh { handle, size, .. } => format!("create {} B as {handle}", size.get()),
                    Acquired::Reused { handle, needs_clear: false } => format!("reuse {handle}"),
                    Acquired::Reused { handle, needs_clear: true } => format!("reuse {handle}, clear it"),
                }
            }
        }
    }
}

fn number(word: &str) -> u64 {
    word.parse().expect("a number")
}

fn said(result: Result<(), HandleError>) -> String {
    result.map_or_else(|error| error.to_string(), |()| String::from("ok"))
}

fn gone(evictions: &[Eviction]) -> String {
    let words: Vec<String> =
        evictions.iter().map(|gone| format!("{} {} B {}", gone.resource, gone.size.get(), gone.reason.key())).collect();
    if words.is_empty() { String::from("nothing") } else { words.join(", ") }
}

fn figures(stats: &Statistics) -> String {
    let mut text = String::new();
    let alive = [
        ("creating", stats.creating),
        ("in use", stats.in_use),
        ("pending", stats.pending),
        ("idle", stats.idle),
        ("created", stats.created),
        ("destroyed", stats.destroyed.total()),
    ];
    for (name, amount) in alive {
        write!(text, "\n  {name} {} ({} B)", amount.count, amount.bytes.get()).unwrap();
    }
    let waste = stats.internal_waste().get();
    write!(text, "\n  requested {} B, waste {waste} B, peaks", stats.requested.get()).unwrap();
    let Peaks { in_use, pending, idle, requested, allocated } = stats.peaks;
    for peak in [in_use, pending, idle, requested, allocated] {
        write!(text, " {}", peak.get()).unwrap();
    }
    write!(text, "\n  {} hits, {} misses, {} refused", stats.hits, stats.misses, stats.refusals).unwrap();
    let Statistics { creations_failed, refused_releases, refused_uses, .. } = stats;
    write!(text, "\n  {creations_failed} failed, {refused_releases} bad releases, {refused_uses} bad uses").unwrap();
    text
}

fn rows(rows: &[Row]) -> String {
    if rows.is_empty() { String::from("none") } else { rows.iter().map(row).collect() }
}

fn row(row: &Row) -> String {
    let Row { size, label, in_use, pending, idle, hits, misses, spec: _ } = row;
    let (in_use, pending, idle) = (in_use.count, pending.count, idle.count);
    format!("\n  {} B {label}: {in_use} {pending} {idle}, {hits} hits, {misses} misses", size.get())
}
