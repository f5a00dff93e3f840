//! What a recording does with what the browser says. It does not wait and has no clock:
//! messages, moments and random numbers come in, commands go out.

mod endings;
mod set_up;

use super::batch::{Head, RealmId};
use super::error::RecordError;
use super::message::{Command, Incoming, SessionId};
use super::probe::{BINDING, STOP};
use super::realms::{Place, Realms};
use super::stream::Stream;
use super::witness::{Reason, Witness};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant, SystemTime};

/// What a page needs at most to hand over its last batch.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// How often `--until` is asked.
const UNTIL_PAUSE: Duration = Duration::from_millis(100);
const STATUS: &str = "performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0";

/// What is to be recorded.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) url: String,
    /// The probe.
    pub(crate) script: String,
    pub(crate) seconds: Option<Duration>,
    pub(crate) until: Option<String>,
    pub(crate) patience: Duration,
    /// Nobody else opens tabs in this browser.
    pub(crate) owns_browser: bool,
    /// Nobody is there to answer a dialog.
    pub(crate) is_headless: bool,
}

/// Why a recording ended as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    TimeUp,
    True,
    Interrupted,
    Closed,
}

/// What the page's realms run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Page,
    Frame,
    Worker,
}

#[derive(Debug)]
struct Session {
    target: String,
    /// Whose frame or worker it is.
    parent: Option<SessionId>,
    /// Commands of its set-up that are not answered.
    unanswered: usize,
}

/// What an answer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Tab,
    SetUp(SessionId),
    Navigation,
    Until,
    Status,
    Stop,
    /// Something that the recording goes on without.
    Other,
    /// Something that it does not.
    Needed(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Opening,
    Loading { since: Instant },
    Recording { since: Instant },
    Stopping { since: Instant, end: End },
    Over(End),
}

/// A recording under way.
pub(crate) struct Recorder {
    plan: Plan,
    phase: Phase,
    stream: Stream,
    realms: Realms,
    witness: Witness,
    commands: Vec<Command>,
    asked: HashMap<u64, Asked>,
    ids: u64,
    sessions: HashMap<SessionId, Session>,
    /// Targets that are recorded.
    targets: HashSet<String>,
    tab: Option<String>,
    /// Sessions that wrote to their consoles.
    talkers: HashSet<SessionId>,
    until_asked: Option<Instant>,
    length: Duration,
    status: u64,
    batches_refused: u64,
    realms_silent: usize,
}

/// What there is to say at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) sums: super::realms::Sums,
    pub(crate) realms: usize,
    pub(crate) length: Duration,
    /// HTTP status of the page, 0 where it is not known.
    pub(crate) status: u64,
    /// What came as a batch and is none.
    pub(crate) batches_refused: u64,
    /// Realms that did not hand over their last batch in time.
    pub(crate) realms_silent: usize,
}

impl Recorder {
    /// Begins: the first commands are there.
    pub(crate) fn new(plan: Plan, stream: Stream, witness: Witness) -> Self {
        let mut recorder = Self {
            plan,
            phase: Phase::Opening,
            stream,
            realms: Realms::default(),
            witness,
            commands: Vec::new(),
            asked: HashMap::new(),
            ids: 0,
            sessions: HashMap::new(),
            targets: HashSet::new(),
            tab: None,
            talkers: HashSet::new(),
            until_asked: None,
            length: Duration::ZERO,
            status: 0,
            batches_refused: 0,
            realms_silent: 0,
        };
        let discover = "Target.setDiscoverTargets";
        recorder.send(None, discover, json!({ "discover": true }), Asked::Needed(discover));
        recorder.send(None, "Target.createTarget", json!({ "url": "about:blank" }), Asked::Tab);
        recorder
    }

    /// What is to be sent now.
    pub(crate) fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// Whether it is over, and why.
    pub(crate) const fn end(&self) -> Option<End> {
        match self.phase {
            Phase::Over(end) => Some(end),
            _ => None,
        }
    }

    /// The tab that was opened.
    pub(crate) fn tab(&self) -> Option<&str> {
        self.tab.as_deref()
    }

    /// What there is to say so far.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome {
            sums: self.realms.sums(),
            realms: self.realms.count(),
            length: self.length,
            status: self.status,
            batches_refused: self.batches_refused,
            realms_silent: self.realms_silent,
        }
    }

    /// The file, with the recorder's own last word.
    pub(crate) fn into_stream(mut self, now: SystemTime) -> Result<Stream, RecordError> {
        if let Some(batch) = self.witness.farewell(now) {
            self.stream.push(&batch)?;
        }
        Ok(self.stream)
    }

    /// Now and then: what came is written out, so that it is there even if this program is
    /// killed, and consoles are forgotten.
    pub(crate) fn settle(&mut self) -> Result<(), RecordError> {
        self.forget_consoles();
        self.stream.settle()
    }

    fn send(&mut self, session: Option<&str>, method: &'static str, params: Value, asked: Asked) {
        self.ids += 1;
        self.asked.insert(self.ids, asked);
        self.commands.push(Command { id: self.ids, session: session.map(str::to_owned), method, params });
    }

    fn evaluate(&mut self, place: Option<&Place>, expression: &str, asked: Asked) {
        let mut params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let session = match place {
            Some(place) => {
                params["contextId"] = place.context.into();
                Some(place.session.clone())
            }
            None => self.tab_session(),
        };
        self.send(session.as_deref(), "Runtime.evaluate", params, asked);
    }

    fn tab_session(&self) -> Option<SessionId> {
        let is_tab = |session: &Session| self.tab.as_ref() == Some(&session.target);
        self.sessions.iter().find(|(_, session)| is_tab(session)).map(|(id, _)| id.clone())
    }

    /// Takes a message of the browser.
    pub(crate) fn handle(&mut self, message: Incoming, now: Instant, clock: SystemTime) -> Result<(), RecordError> {
        match message {
            Incoming::Answer { id, result } => match self.asked.remove(&id) {
                Some(asked) => self.answered(asked, result, now),
                None => Ok(()),
            },
            Incoming::Event { session, method, params } => self.told(session, &method, &params, clock),
        }
    }

    fn answered(&mut self, asked: Asked, result: Result<Value, String>, now: Instant) -> Result<(), RecordError> {
        match (asked, result) {
            (Asked::Tab, Ok(result)) => self.tab_is_there(&result),
            (Asked::Tab, Err(why)) => return Err(RecordError::Refused { method: "Target.createTarget", why }),
            (Asked::Needed(method), Err(why)) => return Err(RecordError::Refused { method, why }),
            (Asked::SetUp(session), result) => return self.set_up_goes_on(&session, result, now),
            (Asked::Navigation, result) => return self.navigated(result, now),
            (Asked::Until, result) => return self.until_is(result, now),
            (Asked::Status, result) => {
                self.status = result.ok().and_then(|result| result["result"]["value"].as_u64()).unwrap_or(0);
            }
            (Asked::Stop, _) => self.realms_silent = self.realms_silent.saturating_sub(1),
            (Asked::Needed(_), Ok(_)) | (Asked::Other, _) => {}
        }
        Ok(())
    }

    /// From here on every tab that opens is seen before its first script.
    fn tab_is_there(&mut self, result: &Value) {
        if let Some(target) = result["targetId"].as_str() {
            self.tab = Some(target.into());
            self.targets.insert(target.into());
        }
        self.attach_to(None, &["page"], Asked::Needed("Target.setAutoAttach"));
    }

    fn attach_to(&mut self, session: Option<&str>, kinds: &[&str], asked: Asked) {
        let mut filter: Vec<Value> = kinds.iter().map(|kind| json!({ "type": kind })).collect();
        filter.push(json!({ "exclude": true }));
        let params = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true, "filter": filter });
        self.send(session, "Target.setAutoAttach", params, asked);
    }

    fn told(
        &mut self,
        session: Option<SessionId>,
        method: &str,
        params: &Value,
        clock: SystemTime,
    ) -> Result<(), RecordError> {
        match method {
            "Runtime.bindingCalled" if params["name"] == BINDING => return self.batch(session, params),
            "Target.attachedToTarget" => self.attached(session.as_deref(), params),
            "Debugger.paused" => self.before_first_script(session.as_deref()),
            "Runtime.consoleAPICalled" => self.talkers.extend(session),
            "Runtime.executionContextDestroyed" => {
                // Without a number it is of nobody.
                let context = params["executionContextId"].as_i64().unwrap_or(-1);
                return self.context_is_gone(session.as_deref(), Some(context), clock);
            }
            "Runtime.executionContextsCleared" => return self.context_is_gone(session.as_deref(), None, clock),
            "Target.detachedFromTarget" => return self.detached(params, clock),
            "Target.targetDestroyed" if self.is_tab(params) => {
                self.phase = Phase::Over(End::Closed);
                return self.tab_is_gone(clock);
            }
            "Target.targetCrashed" if self.is_tab(params) => {
                self.tab_is_gone(clock)?;
                let how = params["status"].as_str().unwrap_or("no status").to_owned();
                return Err(RecordError::Crashed { how });
            }
            "Page.javascriptDialogOpening" if self.plan.is_headless => {
                let accept = json!({ "accept": true });
                self.send(session.as_deref(), "Page.handleJavaScriptDialog", accept, Asked::Other);
            }
            _ => {}
        }
        Ok(())
    }

    fn is_tab(&self, params: &Value) -> bool {
        self.tab.is_some() && params["targetId"].as_str() == self.tab.as_deref()
    }

    fn batch(&mut self, session: Option<SessionId>, params: &Value) -> Result<(), RecordError> {
        let bytes = params["payload"].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok());
        let context = params["executionContextId"].as_i64();
        let (Some(bytes), Some(session), Some(context)) = (bytes, session, context) else {
            self.batches_refused += 1;
            return Ok(());
        };
        match Head::of(&bytes) {
            Ok(head) => {
                self.realms.note(&head, bytes.len(), Place { session, context });
                self.stream.push(&bytes)
            }
            Err(_) => {
                self.batches_refused += 1;
                Ok(())
            }
        }
    }

    fn navigated(&mut self, result: Result<Value, String>, now: Instant) -> Result<(), RecordError> {
        let why = match &result {
            Ok(result) => result["errorText"].as_str(),
            Err(why) => Some(why.as_str()),
        };
        if let Some(why) = why {
            return Err(RecordError::NotLoaded { url: self.plan.url.clone(), why: why.into() });
        }
        if let Phase::Loading { .. } = self.phase {
            self.phase = Phase::Recording { since: now };
            self.evaluate(None, STATUS, Asked::Status);
        }
        Ok(())
    }

    fn until_is(&mut self, result: Result<Value, String>, now: Instant) -> Result<(), RecordError> {
        // An error is of a page that navigates just now; an exception, of one that is not so far.
        let Ok(result) = result else {
            self.until_asked = None;
            return Ok(());
        };
        let exception = &result["exceptionDetails"]["exception"];
        if exception["className"] == "SyntaxError" {
            let why = exception["description"].as_str().unwrap_or("SyntaxError");
            return Err(RecordError::Expression { why: why.lines().next().unwrap_or_default().into() });
        }
        if result["result"]["value"] == true {
            self.stop(End::True, now);
        }
        self.until_asked = self.until_asked.map(|_| now);
        Ok(())
    }

    /// Time goes by.
    pub(crate) fn tick(&mut self, now: Instant) -> Result<(), RecordError> {
        match self.phase {
            Phase::Opening | Phase::Over(_) => {}
            Phase::Loading { since } => {
                if now.duration_since(since) > self.plan.patience {
                    let seconds = self.plan.patience.as_secs_f64();
                    return Err(RecordError::NoAnswer { url: self.plan.url.clone(), seconds });
                }
            }
            Phase::Recording { since } => return self.goes_on(since, now),
            Phase::Stopping { since, end } => {
                if self.realms_silent == 0 || now.duration_since(since) > STOP_PATIENCE {
                    self.phase = Phase::Over(end);
                }
            }
        }
        Ok(())
    }

    fn goes_on(&mut self, since: Instant, now: Instant) -> Result<(), RecordError> {
        self.length = now.duration_since(since);
        if let Some(limit) = self.plan.seconds.filter(|limit| self.length >= *limit) {
            return match self.plan.until {
                Some(_) => Err(RecordError::NotInTime { seconds: limit.as_secs_f64() }),
                None => {
                    self.stop(End::TimeUp, now);
                    Ok(())
                }
            };
        }
        let is_due = self.until_asked.is_none_or(|asked| now.duration_since(asked) >= UNTIL_PAUSE);
        let is_asked = self.asked.values().any(|asked| *asked == Asked::Until);
        if let Some(expression) = self.plan.until.clone().filter(|_| is_due && !is_asked) {
            self.until_asked = Some(now);
            self.evaluate(None, &format!("(async () => !!(await (\n{expression}\n)))()"), Asked::Until);
        }
        Ok(())
    }

    /// Has every realm hand over what it has; then it is over.
    pub(crate) fn stop(&mut self, end: End, now: Instant) {
        match self.phase {
            Phase::Recording { since } => self.length = now.duration_since(since),
            // Who stops what stops already does not want to wait.
            Phase::Stopping { .. } | Phase::Over(_) => return self.phase = Phase::Over(end),
            Phase::Opening | Phase::Loading { .. } => {}
        }
        let places = self.realms.places_alive();
        self.realms_silent = places.len();
        self.phase = Phase::Stopping { since: now, end };
        for place in &places {
            self.evaluate(Some(place), STOP, Asked::Stop);
        }
    }
}

#[cfg(test)]
mod tests;
