//! What the machine offers, in the words of the status bar.

use arenascope_telemetry::capabilities::{Availability, Capabilities, WebGpuCapability, WebNnCapability};

/// The colour of the dot beside a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// As it should be.
    Good,
    /// It works, but not as on another machine.
    Warn,
    /// It is missing, or is refused.
    Bad,
}

impl Light {
    /// The class of the style sheet, and the word for people who see no colour.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "limited",
            Self::Bad => "missing",
        }
    }
}

/// Something that the machine has or lacks, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The colour of its dot.
    pub light: Light,
    /// A few words that say what was found.
    pub label: String,
    /// A sentence: what was found, in the browser's own words where it refuses.
    pub detail: String,
}

fn capability(light: Light, label: impl Into<String>, detail: impl Into<String>) -> Capability {
    Capability { light, label: label.into(), detail: detail.into() }
}

/// Whether the page may share memory with its workers.
pub fn isolation(found: &Capabilities) -> Capability {
    match found.cross_origin_isolated {
        true => {
            capability(Light::Good, "isolated", "The page is cross-origin isolated: it may share memory with workers.")
        }
        false => {
            capability(Light::Bad, "not isolated", "The page is not cross-origin isolated, so it may not share memory.")
        }
    }
}

/// Threads on shared memory.
pub fn threads(found: &Capabilities) -> Capability {
    match found.threads {
        true => {
            capability(Light::Good, "shared memory", "Workers run on the page's own memory: figures are read in place.")
        }
        false => capability(Light::Bad, "no threads", "Workers cannot run on the page's memory."),
    }
}

/// WebGPU, and who works where it is not there. `mode` is `gpu.mode` of the
/// metrics; empty before the first figures.
pub fn webgpu(found: &WebGpuCapability, mode: &str) -> Capability {
    let adapter = found.adapter.as_deref().filter(|name| !name.is_empty()).unwrap_or("an adapter without a name");
    match found.state {
        Availability::Ready if found.software == Some(true) => capability(
            Light::Warn,
            "WebGPU: software",
            format!(
                "WebGPU runs on {adapter}, which computes on the CPU. Bytes are our own accounting; times say little."
            ),
        ),
        Availability::Ready => {
            capability(Light::Good, "WebGPU", format!("WebGPU runs on {adapter}. Bytes are our own accounting."))
        }
        Availability::Absent => {
            capability(Light::Bad, "no WebGPU", format!("This browser has no WebGPU. {}", instead_of_a_gpu(mode)))
        }
        Availability::Rejected => capability(
            Light::Bad,
            "WebGPU refused",
            format!("The browser refuses WebGPU: {}. {}", reason(&found.reason), instead_of_a_gpu(mode)),
        ),
    }
}

fn instead_of_a_gpu(mode: &str) -> &'static str {
    match mode {
        "cpu-emulated" => "Its work is emulated on the CPU, so that pool and budget have something to account for.",
        _ => "Nothing reaches a GPU yet.",
    }
}

/// WebNN, and who runs the graphs instead. `mode` is `nn.mode` of the metrics;
/// empty before the first figures.
pub fn webnn(found: &WebNnCapability, mode: &str) -> Capability {
    let why = match found.state {
        Availability::Ready => String::from("The browser has WebNN."),
        Availability::Absent => format!("This browser has no WebNN{}.", because(&found.reason)),
        Availability::Rejected => format!("The browser refuses WebNN: {}.", reason(&found.reason)),
    };
    match (mode, found.state) {
        ("webgpu-emulated", _) => capability(
            Light::Warn,
            "WebNN: emulated on WebGPU",
            format!("{why} The same graphs run as WebGPU compute shaders, so that the accounting is exercised."),
        ),
        ("cpu-emulated", _) => capability(
            Light::Warn,
            "WebNN: emulated on the CPU",
            format!("{why} The same graphs run on the CPU, so that the accounting is exercised."),
        ),
        ("webnn", _) | ("", Availability::Ready) => {
            let device = found.device.as_deref().unwrap_or("default");
            capability(
                Light::Good,
                format!("WebNN: {device}"),
                format!("WebNN runs the graphs on the device type {device}{}.", acceleration(found)),
            )
        }
        ("off", _) => capability(Light::Bad, "WebNN: off", format!("{why} No graph runs.")),
        (_, Availability::Rejected) => capability(Light::Warn, "WebNN: refused", why),
        (..) => capability(Light::Warn, "WebNN: absent", why),
    }
}

/// What the context says of itself, where it does.
fn acceleration(found: &WebNnCapability) -> &'static str {
    match found.accelerated {
        Some(true) => ", accelerated",
        Some(false) => ", not accelerated",
        None => "",
    }
}

fn because(found: &Option<String>) -> String {
    found.as_deref().map_or_else(String::new, |reason| format!(" ({})", reason.trim_end_matches('.')))
}

fn reason(found: &Option<String>) -> &str {
    found.as_deref().map_or("it gives no reason", |reason| reason.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_quotes_the_browser() {
        let reason = Some(String::from("not supported on this platform."));
        let gpu = WebGpuCapability { state: Availability::Rejected, reason: reason.clone(), ..Default::default() };
        let nn = WebNnCapability { state: Availability::Rejected, reason, ..Default::default() };
        for found in [webgpu(&gpu, ""), webnn(&nn, "cpu-emulated"), webnn(&nn, ""), webnn(&nn, "off")] {
            assert!(found.detail.contains(": not supported on this platform."), "{found:?}");
            assert_ne!(found.light, Light::Good);
        }
    }

    #[test]
    fn what_is_absent_says_how_that_was_found() {
        let reason = Some(String::from("navigator.ml is undefined."));
        let nn = WebNnCapability { reason, ..Default::default() };
        assert!(webnn(&nn, "off").detail.starts_with("This browser has no WebNN (navigator.ml is undefined). "));
        assert!(webgpu(&WebGpuCapability::default(), "off").detail.starts_with("This browser has no WebGPU. Nothing"));
    }

    #[test]
    fn an_emulation_is_never_called_webnn() {
        let nn = WebNnCapability { state: Availability::Ready, device: Some("cpu".into()), ..Default::default() };
        assert_eq!(webnn(&nn, "webnn"), webnn(&nn, ""));
        assert_eq!(webnn(&nn, "webnn").label, "WebNN: cpu");
        assert_eq!(webnn(&nn, "webgpu-emulated").label, "WebNN: emulated on WebGPU");
        assert_eq!(webnn(&WebNnCapability::default(), "cpu-emulated").label, "WebNN: emulated on the CPU");
    }

    #[test]
    fn a_software_adapter_is_named_so() {
        let gpu = WebGpuCapability {
            state: Availability::Ready,
            adapter: Some("google swiftshader".into()),
            software: Some(true),
            reason: None,
        };
        let found = webgpu(&gpu, "");
        assert_eq!((found.light, found.label.as_str()), (Light::Warn, "WebGPU: software"));
        assert!(found.detail.contains("google swiftshader"));
        assert_eq!(webgpu(&WebGpuCapability { software: Some(false), ..gpu }, "webgpu").light, Light::Good);
    }
}
