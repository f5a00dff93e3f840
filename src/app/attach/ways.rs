//! What each way to another page needs, and whether it is there.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// The name of the document that keeps its ties to windows and frames: it is isolated by
/// `Document-Isolation-Policy` alone, where the page itself is by COOP and COEP.
pub(super) const TIED: &str = "attach.html";

/// Whether windows and frames of other pages can be attached from this document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tie {
    /// The site has not answered yet.
    #[default]
    Unknown,
    /// They can.
    Here,
    /// This document is isolated by a policy that cuts them off; another one of the site is not.
    Elsewhere,
    /// The site sends that other one without its policy.
    NotServed,
    /// The browser does not know the policy.
    NoBrowser,
}

impl Tie {
    /// Of this document, by what its site sends.
    pub(super) async fn of_document() -> Self {
        let path = window().location().pathname().unwrap_or_default();
        match (path.ends_with(TIED), has_policy(TIED).await) {
            (_, false) => Self::NotServed,
            (false, true) => Self::Elsewhere,
            (true, true) if is_isolated() => Self::Here,
            (true, true) => Self::NoBrowser,
        }
    }

    /// Why not, and what to do; empty where they can.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Here | Self::Unknown => "",
            Self::Elsewhere => "This document is isolated by a policy that cuts its ties to other windows.",
            Self::NotServed => {
                "This site does not send Document-Isolation-Policy for attach.html, as public/_headers asks: \
                 `arenascope serve` does."
            }
            Self::NoBrowser => "This browser does not know Document-Isolation-Policy: Chromium does from 137 on.",
        }
    }
}

/// Whether the site sends a document with the policy that keeps its ties.
async fn has_policy(document: &str) -> bool {
    let request = RequestInit::new();
    request.set_method("HEAD");
    let answer = JsFuture::from(window().fetch_with_str_and_init(document, &request)).await;
    let headers = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok()).map(|answer| answer.headers());
    headers.is_some_and(|headers| headers.has("document-isolation-policy").unwrap_or(false))
}

fn is_isolated() -> bool {
    let flag = js_sys::Reflect::get(&window(), &"crossOriginIsolated".into());
    flag.is_ok_and(|flag| flag.as_bool() == Some(true))
}

/// The folder of this site that has the probe: `https://example.test/arenascope/probe/`.
pub(super) fn probe_folder() -> String {
    let href = window().location().href().unwrap_or_default();
    let page = href.split(['?', '#']).next().unwrap_or_default();
    let folder = page.rsplit_once('/').map_or(page, |(folder, _)| folder);
    format!("{folder}/probe/")
}

/// A script element that starts the probe before everything else.
pub(super) fn script_tag() -> String {
    format!("<script src=\"{}arenascope-probe.classic.js\"></script>", probe_folder())
}

/// The same, for a page that connects to the relay at `address`.
pub(super) fn relayed_script_tag(address: &str) -> String {
    format!("<script src=\"{}arenascope-probe.classic.js\" data-relay=\"{address}\"></script>", probe_folder())
}

/// The same for a module.
pub(super) fn module_line() -> String {
    format!("import {{ record }} from '{}arenascope-probe.js';", probe_folder())
}

/// An address for a bookmark: loads the page that it is used on again, with the probe first.
pub(super) fn bookmarklet() -> String {
    let script = script_tag().replace('<', "\\x3c");
    format!(
        "javascript:fetch(location.href).then(r=>r.text()).then(t=>{{document.open();\
         document.write(t.replace(/<head[^>]*>|$/i,h=>h+'{script}'));document.close()}})"
    )
}

/// An address as a person types it: `localhost:3000` is one, too.
///
/// # Errors
/// What is wrong with it.
pub(super) fn address(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("An address is needed, for example http://localhost:3000/".into());
    }
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    match web_sys::Url::new(&full) {
        Ok(url) if matches!(url.protocol().as_str(), "http:" | "https:") => Ok(url.href()),
        _ => Err(format!("\"{text}\" is no address of a page: for example http://localhost:3000/")),
    }
}
