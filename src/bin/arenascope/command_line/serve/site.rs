//! The files of the page, with the headers that a host would send, under this machine's
//! own names alone.

use super::headers::Rules;
use super::relay::{Relay, connect};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::path::Path;
use std::sync::Arc;
use tower_http::services::ServeDir;

/// Names of this machine for itself.
const OWN_NAMES: [&str; 2] = ["127.0.0.1", "localhost"];
/// The file of the rules is for hosts, not for visitors.
const RULES_PATH: &str = "/_headers";

/// What answers requests.
pub(crate) fn site(dir: &Path, rules: Rules, relay: Relay, port: u16) -> Router {
    let gate = Gate { rules: Arc::new(rules), port };
    Router::new()
        .route("/relay", any(connect))
        .with_state(relay)
        .fallback_service(ServeDir::new(dir))
        .layer(from_fn_with_state(gate, pass))
}

#[derive(Clone)]
struct Gate {
    rules: Arc<Rules>,
    port: u16,
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    // A name that somebody else's name server gives to this machine is another origin.
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| is_own(host, gate.port)) {
        return (StatusCode::FORBIDDEN, "not under that name\n").into_response();
    }
    let path = request.uri().path().to_owned();
    let mut response = match path.as_str() {
        RULES_PATH => StatusCode::NOT_FOUND.into_response(),
        _ => next.run(request).await,
    };
    for (name, value) in &gate.rules.of_path(&path) {
        response.headers_mut().insert(name, value.clone());
    }
    response
}

fn is_own(host: &str, port: u16) -> bool {
    let (name, said) = match host.rsplit_once(':') {
        Some((name, said)) => (name, said.parse().ok()),
        None => (host, Some(80)),
    };
    said == Some(port) && OWN_NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_served() {
        for (host, expected) in [
            ("127.0.0.1:8080", true),
            ("localhost:8080", true),
            ("[::1]:8080", false),
            ("localhost", false),
            ("localhost:80800", false),
            ("localhost:8081", false),
            ("evil.test:8080", false),
            ("localhost.evil.test:8080", false),
            ("evil.test", false),
            ("", false),
        ] {
            assert_eq!(is_own(host, 8080), expected, "{host}");
        }
        assert!(is_own("localhost", 80));
    }
}
