//! The probe, as it is put into every realm.

use super::options::Stacks;

/// By this function of the global object the probe hands over its batches, in base64.
pub(crate) const BINDING: &str = "__arenascope_batch";

/// Ends the recording of a realm: what it has not handed over yet comes before the answer.
pub(crate) const STOP: &str = "globalThis.arenascopeProbe?.session.stop()";

const PROBE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/public/probe/arenascope-probe.classic.js"));

/// The script for realms of one run, whose number is not 0.
///
/// Workers and frames have a probe of their own by the protocol, so the page's puts none
/// into them. What is not the page's is taken away again before its first script.
///
/// The window of an empty document may become that of the page which is loaded next, and no
/// script is run in it again: so there the probe does not hear that its document goes. That
/// such a window is gone, the protocol tells.
pub(crate) fn script(stacks: Stacks, run: u64) -> String {
    let key = stacks.key();
    format!(
        "(() => {{\n\
         const kind = !globalThis.document ? 3 : globalThis !== globalThis.top ? 2 : 1;\n\
         globalThis.ARENASCOPE_PROBE = {{ stacks: '{key}', run: '{run:016x}', kind, start: 'now', workers: false, frames: false }};\n\
         const isEmpty = globalThis.location?.href === 'about:blank';\n\
         const {{ addEventListener }} = globalThis;\n\
         if (isEmpty) globalThis.addEventListener = (type, ...more) => type !== 'pagehide' && addEventListener.call(globalThis, type, ...more);\n\
         {PROBE}\n\
         if (isEmpty) delete globalThis.addEventListener;\n\
         delete globalThis.ARENASCOPE_PROBE;\n\
         delete globalThis.{BINDING};\n\
         }})();\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_says_how_and_leaves_nothing() {
        let script = script(Stacks::All, 0xab);
        assert!(script.contains("stacks: 'all', run: '00000000000000ab'"));
        assert!(script.ends_with("delete globalThis.__arenascope_batch;\n})();\n"));
        assert!(script.contains("globalThis.ARENASCOPE_PROBE") && PROBE.contains("ARENASCOPE_PROBE"));
        assert!(PROBE.contains(BINDING) && PROBE.contains("arenascopeProbe"));
    }
}
