//! The DevTools protocol, as far as it is needed: commands go out, answers and events
//! come in, each of a session (a page, a frame, a worker) or of the browser itself.
//!
//! Neither of the two kept clients of the protocol will do, as of November 2026:
//! chromiumoxide 0.9.1 knows no session of a worker (its pull request 322 is open) and
//! detaches from service workers, headless_chrome 1.0.22 knows tabs alone; and either
//! brings the whole protocol as generated code, of which fourteen commands are used here.
//! So this is `serde_json` over a kept WebSocket, in flattened sessions.

use serde_json::{Value, json};

/// Names a session; without one, the browser is meant.
pub(crate) type SessionId = String;

/// What is to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Command {
    pub(crate) id: u64,
    pub(crate) session: Option<SessionId>,
    pub(crate) method: &'static str,
    pub(crate) params: Value,
}

impl Command {
    /// As the protocol writes it.
    pub(crate) fn text(&self) -> String {
        let mut message = json!({ "id": self.id, "method": self.method, "params": self.params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        message.to_string()
    }
}

/// What came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Incoming {
    /// To a command: its result, or what the browser says against it.
    Answer { id: u64, result: Result<Value, String> },
    /// Told without being asked.
    Event { session: Option<SessionId>, method: String, params: Value },
}

impl Incoming {
    /// What a message of the browser says; nothing where it is not of the protocol.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut message: Value = serde_json::from_str(text).ok()?;
        let mut taken = |key: &str| message.get_mut(key).map(Value::take);
        if let Some(id) = taken("id") {
            let error = taken("error").map(|error| error["message"].as_str().unwrap_or("no reason").to_owned());
            let result = error.map_or_else(|| Ok(taken("result").unwrap_or_default()), Err);
            return Some(Self::Answer { id: id.as_u64()?, result });
        }
        let method = taken("method")?.as_str()?.to_owned();
        let session = taken("sessionId").and_then(|session| session.as_str().map(str::to_owned));
        Some(Self::Event { session, method, params: taken("params").unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_their_session() {
        let of = |session: Option<&str>| {
            let command =
                Command { id: 7, session: session.map(str::to_owned), method: "Page.enable", params: json!({}) };
            serde_json::from_str::<Value>(&command.text()).unwrap()
        };
        assert_eq!(of(None), json!({ "id": 7, "method": "Page.enable", "params": {} }));
        assert_eq!(of(Some("S"))["sessionId"], "S");
    }

    #[test]
    fn answers_events_and_neither() {
        let of = Incoming::of;
        assert_eq!(of(r#"{"id":1,"result":{"a":2}}"#), Some(Incoming::Answer { id: 1, result: Ok(json!({ "a": 2 })) }));
        let refused = of(r#"{"id":1,"error":{"code":-32000,"message":"no"},"sessionId":"S"}"#);
        assert_eq!(refused, Some(Incoming::Answer { id: 1, result: Err("no".into()) }));
        let event = of(r#"{"method":"A.b","sessionId":"S","params":{"c":3}}"#);
        let expected = Incoming::Event { session: Some("S".into()), method: "A.b".into(), params: json!({ "c": 3 }) };
        assert_eq!(event, Some(expected));
        for text in ["", "[]", "{}", "null", r#"{"id":"x"}"#, r#"{"method":1}"#] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
