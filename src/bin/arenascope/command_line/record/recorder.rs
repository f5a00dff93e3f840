//! What a recording does with what the browser says. It does not wait and has no clock:
//! messages, moments and random numbers come in, commands go out.

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

    fn attached(&mut self, parent: Option<&str>, params: &Value) {
        let (Some(session), info) = (params["sessionId"].as_str(), &params["targetInfo"]) else { return };
        let target = info["targetId"].as_str().unwrap_or_default();
        let is_new = params["waitingForDebugger"] == true;
        let kind = match info["type"].as_str() {
            Some("page") => Kind::Page,
            Some("iframe") => Kind::Frame,
            Some("worker") => Kind::Worker,
            _ => return self.leave(session),
        };
        let opener = info["openerId"].as_str().is_some_and(|opener| self.targets.contains(opener));
        let is_ours = self.targets.contains(target) || opener || (self.plan.owns_browser && is_new);
        if parent.is_none() && !is_ours {
            return self.leave(session);
        }
        self.targets.insert(target.into());
        self.sessions.insert(
            session.into(),
            Session { target: target.into(), parent: parent.map(str::to_owned), unanswered: 0 },
        );
        self.set_up(session, kind);
    }

    /// Somebody else's tab, or something that has no memory of its own.
    fn leave(&mut self, session: &str) {
        self.send(Some(session), "Runtime.runIfWaitingForDebugger", json!({}), Asked::Other);
        self.send(None, "Target.detachFromTarget", json!({ "sessionId": session }), Asked::Other);
    }

    /// The probe first, then what it is there to see.
    fn set_up(&mut self, session: &str, kind: Kind) {
        let script = self.plan.script.clone();
        let mut commands = vec![("Runtime.addBinding", json!({ "name": BINDING }))];
        match kind {
            Kind::Page | Kind::Frame => {
                commands.insert(0, ("Page.enable", json!({})));
                // Bindings are put into new documents only then.
                commands.insert(1, ("Runtime.enable", json!({})));
                commands.push(("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })));
            }
            // While it waits for its debugger, a worker has only a part of its functions: the
            // probe runs when its first script is about to.
            Kind::Worker => {
                commands.push(("Debugger.enable", json!({})));
                let moment = json!({ "instrumentation": "beforeScriptExecution" });
                commands.push(("Debugger.setInstrumentationBreakpoint", moment));
            }
        }
        let count = commands.len() + 2;
        for (method, params) in commands {
            self.send(Some(session), method, params, Asked::SetUp(session.into()));
        }
        self.attach_to(Some(session), &["iframe", "worker"], Asked::SetUp(session.into()));
        self.send(Some(session), "Runtime.runIfWaitingForDebugger", json!({}), Asked::SetUp(session.into()));
        if let Some(session) = self.sessions.get_mut(session) {
            session.unanswered = count;
        }
    }

    /// Of a worker, which stands still until its debugger is off.
    fn before_first_script(&mut self, session: Option<&str>) {
        let script = json!({ "expression": self.plan.script });
        self.send(session, "Runtime.evaluate", script, Asked::Other);
        self.send(session, "Debugger.disable", json!({}), Asked::Other);
    }

    /// A browser keeps what pages write to their consoles, and all that they write of, for
    /// whoever debugs them: nothing of it shall live longer for being recorded.
    fn forget_consoles(&mut self) {
        for session in std::mem::take(&mut self.talkers) {
            self.send(Some(&session), "Runtime.discardConsoleEntries", json!({}), Asked::Other);
            let group = json!({ "objectGroup": "console" });
            self.send(Some(&session), "Runtime.releaseObjectGroup", group, Asked::Other);
        }
    }

    /// A frame or worker may be gone before it is set up; the tab must not.
    fn set_up_goes_on(&mut self, id: &str, result: Result<Value, String>, now: Instant) -> Result<(), RecordError> {
        let is_tab = self.tab_session().as_deref() == Some(id);
        match result {
            Err(why) if is_tab => return Err(RecordError::Refused { method: "the set-up of the tab", why }),
            _ => {}
        }
        let Some(session) = self.sessions.get_mut(id) else { return Ok(()) };
        session.unanswered = session.unanswered.saturating_sub(1);
        if session.unanswered == 0 && is_tab && self.phase == Phase::Opening {
            self.phase = Phase::Loading { since: now };
            let url = json!({ "url": self.plan.url });
            self.send(Some(id), "Page.navigate", url, Asked::Navigation);
        }
        Ok(())
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

    fn detached(&mut self, params: &Value, clock: SystemTime) -> Result<(), RecordError> {
        let Some(id) = params["sessionId"].as_str() else { return Ok(()) };
        if self.tab_session().as_deref() == Some(id) {
            return self.tab_is_gone(clock).map(|()| self.phase = Phase::Over(End::Closed));
        }
        self.session_is_gone(id, clock)
    }

    fn tab_is_gone(&mut self, clock: SystemTime) -> Result<(), RecordError> {
        self.tab_session().map_or(Ok(()), |id| self.session_is_gone(&id, clock))
    }

    /// With all that it had; what of it did not say so itself is said for it.
    fn session_is_gone(&mut self, id: &str, clock: SystemTime) -> Result<(), RecordError> {
        let mut gone = vec![id.to_owned()];
        let mut ended = Vec::new();
        while let Some(id) = gone.pop() {
            if let Some(session) = self.sessions.remove(&id) {
                self.targets.remove(&session.target);
            }
            ended.extend(self.realms.end(&id, None));
            let is_child = |session: &Session| session.parent.as_ref() == Some(&id);
            gone.extend(self.sessions.iter().filter(|(_, session)| is_child(session)).map(|(id, _)| id.clone()));
        }
        self.tell_ends(&ended, clock)
    }

    /// A document is gone, or all documents of a session are.
    fn context_is_gone(
        &mut self,
        session: Option<&str>,
        context: Option<i64>,
        clock: SystemTime,
    ) -> Result<(), RecordError> {
        let ended = session.map(|session| self.realms.end(session, context)).unwrap_or_default();
        self.tell_ends(&ended, clock)
    }

    fn tell_ends(&mut self, ended: &[RealmId], clock: SystemTime) -> Result<(), RecordError> {
        if ended.is_empty() {
            return Ok(());
        }
        let batch = self.witness.ends(ended, Reason::Terminated, clock);
        self.stream.push(&batch)
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
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::fmt::Write;
    use std::time::UNIX_EPOCH;

    /// A recording without a browser: what the browser says is a script.
    struct Scene {
        recorder: Recorder,
        folder: tempfile::TempDir,
        begin: Instant,
        sent: String,
    }

    impl Scene {
        fn new(change: impl FnOnce(&mut Plan)) -> Self {
            let mut plan = Plan {
                url: "http://a.test/".into(),
                script: "PROBE".into(),
                seconds: None,
                until: None,
                patience: Duration::from_secs(30),
                owns_browser: true,
                is_headless: true,
            };
            change(&mut plan);
            let folder = tempfile::tempdir().unwrap();
            let stream = Stream::new(&folder.path().join("a")).unwrap();
            let witness = Witness::new(RealmId(99), 7, UNIX_EPOCH);
            let recorder = Recorder::new(plan, stream, witness);
            let mut scene = Self { recorder, folder, begin: Instant::now(), sent: String::new() };
            scene.note();
            scene
        }

        /// One whose page is there.
        fn recording(change: impl FnOnce(&mut Plan)) -> Self {
            let mut scene = Self::new(change);
            scene.says(r#"{"id":1,"result":{}}"#).unwrap();
            scene.says(r#"{"id":2,"result":{"targetId":"TAB"}}"#).unwrap();
            scene.attaches(None, "PAGE", r#"{"targetId":"TAB","type":"page"}"#, false);
            for id in 3..=9 {
                scene.says(&format!(r#"{{"id":{id},"result":{{}}}}"#)).unwrap();
            }
            scene.says(r#"{"id":10,"result":{"frameId":"F"}}"#).unwrap();
            scene.says(r#"{"id":11,"result":{"result":{"value":200}}}"#).unwrap();
            scene.sent.clear();
            scene
        }

        fn says(&mut self, text: &str) -> Result<(), RecordError> {
            let message = Incoming::of(text).unwrap();
            let handled = self.recorder.handle(message, self.begin, UNIX_EPOCH);
            self.note();
            handled
        }

        fn attaches(&mut self, parent: Option<&str>, session: &str, info: &str, waits: bool) {
            let parent = parent.map(|parent| format!(r#","sessionId":"{parent}""#)).unwrap_or_default();
            let params = format!(r#"{{"sessionId":"{session}","targetInfo":{info},"waitingForDebugger":{waits}}}"#);
            self.says(&format!(r#"{{"method":"Target.attachedToTarget","params":{params}{parent}}}"#)).unwrap();
        }

        fn ticks(&mut self, after: Duration) -> Result<(), RecordError> {
            let ticked = self.recorder.tick(self.begin + after);
            self.note();
            ticked
        }

        /// A batch of a realm without records.
        fn batch(&mut self, session: &str, realm: u64) {
            let mut bytes = vec![0; 56];
            bytes[..8].copy_from_slice(b"ASPB\x01\0\x38\0");
            bytes[16..24].copy_from_slice(&realm.to_le_bytes());
            self.hands_over(session, &BASE64_STANDARD.encode(bytes));
        }

        fn hands_over(&mut self, session: &str, payload: &str) {
            let params = format!(r#"{{"name":"{BINDING}","payload":"{payload}","executionContextId":5}}"#);
            let event = format!(r#"{{"method":"Runtime.bindingCalled","sessionId":"{session}","params":{params}}}"#);
            self.says(&event).unwrap();
        }

        /// Writes down what is sent.
        fn note(&mut self) {
            for command in self.recorder.take_commands() {
                let session = command.session.as_deref().unwrap_or("-");
                let more = ["url", "expression", "source", "sessionId", "contextId"];
                let said = more.iter().filter_map(|key| command.params.get(key)).map(|value| format!(" {value}"));
                let said: String = said.collect();
                writeln!(self.sent, "{} {session} {}{said}", command.id, command.method).unwrap();
            }
        }

        fn check_sent(&mut self, expected: &Expect) {
            expected.assert_eq(&std::mem::take(&mut self.sent));
        }

        /// Everything in the file, unpacked.
        fn file(self) -> Vec<u8> {
            use std::io::Read;
            self.recorder.into_stream(UNIX_EPOCH).unwrap().finish().unwrap();
            let mut bytes = Vec::new();
            let file = std::fs::File::open(self.folder.path().join("a")).unwrap();
            flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
            bytes
        }
    }

    #[test]
    fn a_tab_is_set_up_before_it_goes_anywhere() {
        let mut scene = Scene::new(|_| ());
        scene.says(r#"{"id":1,"result":{}}"#).unwrap();
        scene.says(r#"{"id":2,"result":{"targetId":"TAB"}}"#).unwrap();
        scene.attaches(None, "OTHER", r#"{"targetId":"FIRST","type":"page"}"#, false);
        scene.attaches(None, "PAGE", r#"{"targetId":"TAB","type":"page"}"#, false);
        for id in 6..=10 {
            scene.says(&format!(r#"{{"id":{id},"result":{{}}}}"#)).unwrap();
        }
        scene.sent += "all but one are answered\n";
        scene.says(r#"{"id":11,"result":{}}"#).unwrap();
        scene.check_sent(&expect![[r#"
            1 - Target.setDiscoverTargets
            2 - Target.createTarget "about:blank"
            3 - Target.setAutoAttach
            4 OTHER Runtime.runIfWaitingForDebugger
            5 - Target.detachFromTarget "OTHER"
            6 PAGE Page.enable
            7 PAGE Runtime.enable
            8 PAGE Runtime.addBinding
            9 PAGE Page.addScriptToEvaluateOnNewDocument "PROBE"
            10 PAGE Target.setAutoAttach
            11 PAGE Runtime.runIfWaitingForDebugger
            all but one are answered
            12 PAGE Page.navigate "http://a.test/"
        "#]]);
    }

    #[test]
    fn a_worker_gets_its_probe_at_its_first_script() {
        let mut scene = Scene::recording(|_| ());
        scene.attaches(Some("PAGE"), "WORK", r#"{"targetId":"W","type":"worker"}"#, true);
        scene.says(r#"{"method":"Debugger.paused","sessionId":"WORK","params":{}}"#).unwrap();
        scene.check_sent(&expect![[r#"
            12 WORK Runtime.addBinding
            13 WORK Debugger.enable
            14 WORK Debugger.setInstrumentationBreakpoint
            15 WORK Target.setAutoAttach
            16 WORK Runtime.runIfWaitingForDebugger
            17 WORK Runtime.evaluate "PROBE"
            18 WORK Debugger.disable
        "#]]);
    }

    #[test]
    fn tabs_of_others_are_left_and_those_of_the_page_are_not() {
        let mut scene = Scene::recording(|plan| plan.owns_browser = false);
        scene.attaches(None, "THEIRS", r#"{"targetId":"X","type":"page"}"#, true);
        scene.attaches(None, "OURS", r#"{"targetId":"Y","type":"page","openerId":"TAB"}"#, true);
        scene.attaches(Some("PAGE"), "LET", r#"{"targetId":"Z","type":"worklet"}"#, true);
        scene.check_sent(&expect![[r#"
            12 THEIRS Runtime.runIfWaitingForDebugger
            13 - Target.detachFromTarget "THEIRS"
            14 OURS Page.enable
            15 OURS Runtime.enable
            16 OURS Runtime.addBinding
            17 OURS Page.addScriptToEvaluateOnNewDocument "PROBE"
            18 OURS Target.setAutoAttach
            19 OURS Runtime.runIfWaitingForDebugger
            20 LET Runtime.runIfWaitingForDebugger
            21 - Target.detachFromTarget "LET"
        "#]]);
    }

    #[test]
    fn every_realm_hands_over_what_it_has_at_the_end() {
        let mut scene = Scene::recording(|plan| plan.seconds = Some(Duration::from_secs(2)));
        scene.batch("PAGE", 1);
        scene.attaches(Some("PAGE"), "WORK", r#"{"targetId":"W","type":"worker"}"#, true);
        scene.batch("WORK", 2);
        scene.sent.clear();
        scene.ticks(Duration::from_millis(1_999)).unwrap();
        scene.check_sent(&expect![""]);
        scene.ticks(Duration::from_secs(2)).unwrap();
        scene.check_sent(&expect![[r#"
            17 PAGE Runtime.evaluate "globalThis.arenascopeProbe?.session.stop()" 5
            18 WORK Runtime.evaluate "globalThis.arenascopeProbe?.session.stop()" 5
        "#]]);
        scene.says(r#"{"id":17,"result":{}}"#).unwrap();
        scene.ticks(Duration::from_secs(3)).unwrap();
        assert_eq!((scene.recorder.end(), scene.recorder.outcome().realms_silent), (None, 1));
        scene.says(r#"{"id":18,"error":{"message":"gone"}}"#).unwrap();
        scene.ticks(Duration::from_secs(3)).unwrap();
        assert_eq!((scene.recorder.end(), scene.recorder.outcome().realms_silent), (Some(End::TimeUp), 0));
        assert_eq!(scene.recorder.outcome().length, Duration::from_secs(2));
    }

    #[test]
    fn who_does_not_answer_is_not_waited_for() {
        let mut scene = Scene::recording(|_| ());
        scene.batch("PAGE", 1);
        scene.recorder.stop(End::Interrupted, scene.begin);
        scene.ticks(Duration::from_millis(3_001)).unwrap();
        assert_eq!((scene.recorder.end(), scene.recorder.outcome().realms_silent), (Some(End::Interrupted), 1));
        let mut scene = Scene::recording(|_| ());
        scene.batch("PAGE", 1);
        scene.recorder.stop(End::Interrupted, scene.begin);
        scene.recorder.stop(End::Interrupted, scene.begin);
        assert_eq!(scene.recorder.end(), Some(End::Interrupted));
    }

    #[test]
    fn until_is_asked_again_and_again() {
        let mut scene = Scene::recording(|plan| {
            plan.until = Some("x.y".into());
            plan.seconds = Some(Duration::from_secs(9));
        });
        let answer = |id, result: &str| format!(r#"{{"id":{id},"result":{result}}}"#);
        for ms in [0, 50, 100] {
            scene.ticks(Duration::from_millis(ms)).unwrap();
        }
        scene.says(&answer(12, r#"{"result":{},"exceptionDetails":{"exception":{"className":"TypeError"}}}"#)).unwrap();
        scene.ticks(Duration::from_millis(150)).unwrap();
        scene.says(r#"{"id":13,"error":{"message":"Inspected target navigated or closed"}}"#).unwrap();
        scene.ticks(Duration::from_millis(160)).unwrap();
        scene.check_sent(&expect![[r#"
            12 PAGE Runtime.evaluate "(async () => !!(await (\nx.y\n)))()"
            13 PAGE Runtime.evaluate "(async () => !!(await (\nx.y\n)))()"
            14 PAGE Runtime.evaluate "(async () => !!(await (\nx.y\n)))()"
        "#]]);
        let late = scene.ticks(Duration::from_secs(9)).unwrap_err();
        assert!(matches!(late, RecordError::NotInTime { .. }), "{late}");
        scene.says(&answer(14, r#"{"result":{"value":true}}"#)).unwrap();
        scene.ticks(Duration::from_secs(1)).unwrap();
        assert_eq!(scene.recorder.end(), Some(End::True));
    }

    #[test]
    fn what_is_no_batch_is_counted() {
        let mut scene = Scene::recording(|_| ());
        scene.batch("PAGE", 1);
        for payload in ["", "*", "QUJD"] {
            scene.hands_over("PAGE", payload);
        }
        assert_eq!((scene.recorder.outcome().batches_refused, scene.recorder.outcome().sums.batches), (3, 1));
        assert_eq!(scene.file().len(), 8 + 56);
    }

    #[test]
    fn what_a_realm_cannot_say_is_said_for_it() {
        let mut scene = Scene::recording(|_| ());
        scene.batch("PAGE", 1);
        for (parent, session) in [("PAGE", "WORK"), ("WORK", "NESTED")] {
            scene.attaches(Some(parent), session, &format!(r#"{{"targetId":"{session}","type":"worker"}}"#), true);
        }
        scene.batch("NESTED", 3);
        scene.batch("WORK", 2);
        scene.says(r#"{"method":"Target.detachedFromTarget","params":{"sessionId":"WORK"}}"#).unwrap();
        let crashed = r#"{"method":"Target.targetCrashed","params":{"targetId":"TAB","status":"oom"}}"#;
        let error = scene.says(crashed).unwrap_err();
        assert!(matches!(&error, RecordError::Crashed { how } if how == "oom"), "{error}");
        let file = scene.file();
        let end = |realm: u8| [&[5, 10, 0, realm][..], &[0; 7], &[3]].concat();
        let both = [end(2), end(3)].concat();
        let at = |part: &[u8]| file.windows(part.len()).position(|window| window == part);
        assert!(at(&both).is_some() && at(&both) < at(&end(1)), "{file:?}");
    }

    #[test]
    fn documents_that_go_without_a_word_are_seen() {
        let mut scene = Scene::recording(|_| ());
        scene.batch("PAGE", 1);
        for id in [4, 5, 5] {
            let params = format!(r#"{{"executionContextId":{id}}}"#);
            let event = r#"{"method":"Runtime.executionContextDestroyed","sessionId":"PAGE","params":"#;
            scene.says(&format!("{event}{params}}}")).unwrap();
        }
        assert_eq!(scene.recorder.realms.places_alive(), []);
        scene.batch("PAGE", 2);
        scene.says(r#"{"method":"Runtime.executionContextsCleared","sessionId":"PAGE","params":{}}"#).unwrap();
        let file = scene.file();
        let end = |realm: u8| [&[5, 10, 0, realm][..], &[0; 7], &[3]].concat();
        let count = |part: &[u8]| file.windows(part.len()).filter(|window| *window == part).count();
        assert_eq!((count(&end(1)), count(&end(2))), (1, 1));
    }

    #[test]
    fn what_goes_wrong_at_the_start_is_told() {
        let mut scene = Scene::new(|_| ());
        let error = scene.says(r#"{"id":2,"error":{"message":"no tabs"}}"#).unwrap_err();
        assert_eq!(error.to_string(), "the browser refuses Target.createTarget: no tabs");
        let mut scene = Scene::recording(|_| ());
        scene.recorder.phase = Phase::Loading { since: scene.begin };
        scene.ticks(Duration::from_secs(30)).unwrap();
        let error = scene.ticks(Duration::from_millis(30_001)).unwrap_err();
        assert_eq!(error.to_string(), "http://a.test/ did not answer in 30 s; --patience waits longer");
    }

    #[test]
    fn consoles_are_forgotten() {
        let mut scene = Scene::recording(|_| ());
        scene.says(r#"{"method":"Runtime.consoleAPICalled","sessionId":"PAGE","params":{}}"#).unwrap();
        for _ in 0..2 {
            scene.recorder.settle().unwrap();
            scene.note();
        }
        scene.check_sent(&expect![[r#"
            12 PAGE Runtime.discardConsoleEntries
            13 PAGE Runtime.releaseObjectGroup
        "#]]);
    }
}
