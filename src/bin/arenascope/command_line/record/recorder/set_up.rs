//! What a tab, frame or worker is asked for before its first script.

use super::super::probe::BINDING;
use super::{Asked, Kind, Phase, RecordError, Recorder, Session};
use serde_json::{Value, json};
use std::time::Instant;

impl Recorder {
    pub(super) fn attached(&mut self, parent: Option<&str>, params: &Value) {
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
    pub(super) fn leave(&mut self, session: &str) {
        self.send(Some(session), "Runtime.runIfWaitingForDebugger", json!({}), Asked::Other);
        self.send(None, "Target.detachFromTarget", json!({ "sessionId": session }), Asked::Other);
    }

    /// The probe first, then what it is there to see.
    pub(super) fn set_up(&mut self, session: &str, kind: Kind) {
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
    pub(super) fn before_first_script(&mut self, session: Option<&str>) {
        let script = json!({ "expression": self.plan.script });
        self.send(session, "Runtime.evaluate", script, Asked::Other);
        self.send(session, "Debugger.disable", json!({}), Asked::Other);
    }

    /// A browser keeps what pages write to their consoles, and all that they write of, for
    /// whoever debugs them: nothing of it shall live longer for being recorded.
    pub(super) fn forget_consoles(&mut self) {
        for session in std::mem::take(&mut self.talkers) {
            self.send(Some(&session), "Runtime.discardConsoleEntries", json!({}), Asked::Other);
            let group = json!({ "objectGroup": "console" });
            self.send(Some(&session), "Runtime.releaseObjectGroup", group, Asked::Other);
        }
    }

    /// A frame or worker may be gone before it is set up; the tab must not.
    pub(super) fn set_up_goes_on(
        &mut self,
        id: &str,
        result: Result<Value, String>,
        now: Instant,
    ) -> Result<(), RecordError> {
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
}
