//! `arenascope record`: the memory of any page, from a Chromium that is driven over its
//! DevTools protocol.

mod batch;
mod browser;
pub(crate) mod error;
mod link;
mod message;
pub(crate) mod options;
mod probe;
mod realms;
mod recorder;
mod stream;
mod summary;
mod witness;

use super::failure::{Failure, print};
use super::interruption::Interruption;
use batch::RealmId;
use browser::Browser;
use error::RecordError;
use link::Link;
use options::RecordOptions;
use recorder::{Outcome, Plan, Recorder};
use std::time::SystemTime;
use stream::Stream;
use summary::Summary;
use witness::Witness;

/// Does what the options say.
pub(crate) fn run(options: &RecordOptions) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RecordError::System)?;
    let (outcome, packed, ended) = runtime.block_on(record(options))?;
    let summary = Summary { options, outcome, packed };
    if options.output.as_os_str() == "-" {
        eprint!("arenascope: {summary}");
    } else {
        print(&summary.to_string())?;
    }
    for note in summary.notes() {
        eprintln!("arenascope: {note}");
    }
    Ok(ended?)
}

/// What came, the size of the file, and whether it ended as it should. Nothing that came is
/// thrown away because of what went wrong later.
async fn record(options: &RecordOptions) -> Result<(Outcome, Option<u64>, Result<(), RecordError>), RecordError> {
    let mut interruption = Interruption::new().map_err(RecordError::System)?;
    let stream = Stream::new(&options.output)?;
    let browser = match Browser::of(options).await {
        Ok(browser) => browser,
        Err(error) => {
            stream.discard();
            return Err(error);
        }
    };
    let (run, realm) = (random(), RealmId(random()));
    let mut recorder = Recorder::new(plan(options, &browser, run), stream, Witness::new(realm, run, SystemTime::now()));
    let ended = drive(&browser, &mut recorder, &mut interruption).await;
    browser.close().await;
    let outcome = recorder.outcome();
    let stream = recorder.into_stream(SystemTime::now())?;
    if outcome.sums.batches == 0 {
        stream.discard();
        ended?;
        return Err(RecordError::Nothing { url: options.url.clone() });
    }
    Ok((outcome, stream.finish()?, ended))
}

async fn drive(browser: &Browser, recorder: &mut Recorder, interruption: &mut Interruption) -> Result<(), RecordError> {
    let mut link = Link::new(browser.address()).await?;
    let ended = link.drive(recorder, interruption).await;
    link.part(recorder.tab(), browser.is_own()).await;
    ended
}

fn plan(options: &RecordOptions, browser: &Browser, run: u64) -> Plan {
    Plan {
        url: options.url.clone(),
        script: probe::script(options.stacks, run),
        seconds: options.seconds,
        until: options.until.clone(),
        patience: options.patience,
        owns_browser: browser.is_own(),
        is_headless: browser.is_own() && !options.headed,
    }
}

/// A number for a run or a realm, which is not 0.
fn random() -> u64 {
    // Without a source of chance, the clock will do: it only has to differ.
    let clock = || SystemTime::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64);
    getrandom::u64().unwrap_or_else(|_| clock()).max(1)
}
