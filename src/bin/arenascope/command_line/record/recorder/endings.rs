//! What is done where a tab, frame, worker or document is gone.

use super::{End, Phase, RealmId, Reason, RecordError, Recorder, Session};
use serde_json::Value;
use std::time::SystemTime;

impl Recorder {
    pub(super) fn detached(&mut self, params: &Value, clock: SystemTime) -> Result<(), RecordError> {
        let Some(id) = params["sessionId"].as_str() else { return Ok(()) };
        if self.tab_session().as_deref() == Some(id) {
            return self.tab_is_gone(clock).map(|()| self.phase = Phase::Over(End::Closed));
        }
        self.session_is_gone(id, clock)
    }

    pub(super) fn tab_is_gone(&mut self, clock: SystemTime) -> Result<(), RecordError> {
        self.tab_session().map_or(Ok(()), |id| self.session_is_gone(&id, clock))
    }

    /// With all that it had; what of it did not say so itself is said for it.
    pub(super) fn session_is_gone(&mut self, id: &str, clock: SystemTime) -> Result<(), RecordError> {
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
    pub(super) fn context_is_gone(
        &mut self,
        session: Option<&str>,
        context: Option<i64>,
        clock: SystemTime,
    ) -> Result<(), RecordError> {
        let ended = session.map(|session| self.realms.end(session, context)).unwrap_or_default();
        self.tell_ends(&ended, clock)
    }

    pub(super) fn tell_ends(&mut self, ended: &[RealmId], clock: SystemTime) -> Result<(), RecordError> {
        if ended.is_empty() {
            return Ok(());
        }
        let batch = self.witness.ends(ended, Reason::Terminated, clock);
        self.stream.push(&batch)
    }
}
