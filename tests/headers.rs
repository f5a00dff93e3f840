//! One policy for everybody: what `public/_headers` says to hosts, `trunk serve`
//! sends too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Headers = BTreeMap<String, String>;

fn read_text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines `Name: value` below `/*`, the block for every path.
fn of_host(text: &str) -> Headers {
    let block = text.lines().skip_while(|line| line.trim() != "/*").skip(1);
    let pairs = block.take_while(|line| line.starts_with(' ')).filter_map(|line| line.trim().split_once(": "));
    pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect()
}

/// The lines `Name = "value"` of the table `[serve.headers]`.
fn of_trunk(text: &str) -> Headers {
    let table = text.lines().skip_while(|line| line.trim() != "[serve.headers]").skip(1);
    let pairs = table.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
    pairs.map(|(name, value)| (name.to_lowercase(), value.trim().trim_matches('"').to_owned())).collect()
}

#[test]
fn what_is_served_while_developing_is_what_hosts_are_told() {
    let host = of_host(&read_text("public/_headers"));
    assert_eq!(of_trunk(&read_text("Trunk.toml")), host);
    for name in ["cross-origin-opener-policy", "cross-origin-embedder-policy", "content-security-policy"] {
        assert!(host.contains_key(name), "{name} is not in public/_headers");
    }
}

#[test]
fn trunk_adds_no_script_that_the_policy_forbids() {
    let trunk = read_text("Trunk.toml");
    assert!(trunk.lines().any(|line| line.trim() == "no_autoreload = true"));
    assert!(!of_host(&read_text("public/_headers"))["content-security-policy"].contains("'unsafe-inline'"));
}

#[test]
fn both_forms_are_read() {
    let host = "# note\n/*\n  A-Name: one: two\n  Other: three\n/else\n  Not: this\n";
    let trunk = "[serve]\nheaders = 1\n[serve.headers]\nA-Name = \"one: two\"\nOther = \"three\"\n[watch]\nx = \"y\"\n";
    assert_eq!(of_host(host), of_trunk(trunk));
    assert_eq!(of_host(host)["a-name"], "one: two");
    assert_eq!(of_host(host).len(), 2);
}
