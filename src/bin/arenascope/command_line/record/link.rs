//! The WebSocket to the browser, and the loop that a recording is.

use super::error::RecordError;
use super::message::{Command, Incoming};
use super::recorder::{End, Recorder};
use crate::command_line::interruption::Interruption;
use crate::command_line::progress::Progress;
use arenascope::units::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const TICK: Duration = Duration::from_millis(50);
/// How often what came is written out, in ticks.
const SETTLE_TICKS: u32 = 20;
const PART_PATIENCE: Duration = Duration::from_secs(2);

/// A connection to a browser's DevTools.
pub(crate) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Link {
    /// Connects.
    pub(crate) async fn new(address: &str) -> Result<Self, RecordError> {
        match connect_async(address).await {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(error) => Err(RecordError::Connect { address: address.into(), why: error.to_string() }),
        }
    }

    /// Carries messages to and fro until the recording is over.
    pub(crate) async fn drive(
        &mut self,
        recorder: &mut Recorder,
        interruption: &mut Interruption,
    ) -> Result<(), RecordError> {
        let progress = Progress::line();
        let mut ticks = 0_u32;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.send(&recorder.take_commands()).await?;
            if recorder.end().is_some() {
                return Ok(());
            }
            tokio::select! {
                message = self.socket.next() => self.take(message, recorder)?,
                () = interruption.next() => recorder.stop(End::Interrupted, Instant::now()),
                _ = tick.tick() => {
                    recorder.tick(Instant::now())?;
                    progress.tell(&said(recorder));
                    ticks = ticks.wrapping_add(1);
                    if ticks.is_multiple_of(SETTLE_TICKS) {
                        recorder.settle()?;
                    }
                }
            }
        }
    }

    async fn send(&mut self, commands: &[Command]) -> Result<(), RecordError> {
        for command in commands {
            self.socket.feed(Message::text(command.text())).await.map_err(gone)?;
        }
        self.socket.flush().await.map_err(gone)
    }

    fn take(&mut self, message: Option<Result<Message, Error>>, recorder: &mut Recorder) -> Result<(), RecordError> {
        match message {
            Some(Ok(Message::Text(text))) => match Incoming::of(&text) {
                Some(incoming) => recorder.handle(incoming, Instant::now(), SystemTime::now()),
                None => Ok(()),
            },
            Some(Ok(Message::Close(_))) | None => {
                Err(RecordError::Disconnected { why: "it closed the connection".into() })
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(gone(error)),
        }
    }

    /// Closes a browser of ours, or the tab in somebody else's.
    pub(crate) async fn part(mut self, tab: Option<&str>, is_own: bool) {
        let (method, params) = match tab {
            _ if is_own => ("Browser.close", json!({})),
            Some(tab) => ("Target.closeTarget", json!({ "targetId": tab })),
            None => return,
        };
        let command = Command { id: u64::MAX >> 12, session: None, method, params };
        let parting = async {
            self.send(std::slice::from_ref(&command)).await?;
            // Until it is answered, or nobody is there to answer.
            while let Some(Ok(message)) = self.socket.next().await {
                let answer = message.to_text().ok().and_then(Incoming::of);
                if matches!(answer, Some(Incoming::Answer { id, .. }) if id == command.id) {
                    break;
                }
            }
            self.socket.close(None).await.map_err(gone)
        };
        let _ = timeout(PART_PATIENCE, parting).await;
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` passes")]
fn gone(error: Error) -> RecordError {
    RecordError::Disconnected { why: error.to_string() }
}

/// The line of a terminal.
fn said(recorder: &Recorder) -> String {
    let outcome = recorder.outcome();
    let sums = outcome.sums;
    let seconds = outcome.length.as_secs_f64();
    format!(
        "{seconds:.1} s, {} of {} realms, {} records lost",
        Bytes::new(sums.bytes),
        outcome.realms,
        sums.records_lost
    )
}
