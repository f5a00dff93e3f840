//! The objects that probe and profiler send each other.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Marks an object as one of the protocol, and says its version.
const MARK: &str = "arenascopeProbe";
const VERSION: u32 = 1;

/// What an object of the protocol says. Others are of somebody else on the same channel.
pub(super) struct Said(Object);

impl Said {
    /// `None` of what is no object of the protocol.
    pub(super) fn of(value: &JsValue) -> Option<Self> {
        let object: &Object = value.dyn_ref()?;
        let version = Reflect::get(object, &MARK.into()).ok()?.as_f64()?;
        (version == f64::from(VERSION)).then(|| Self(object.clone()))
    }

    fn get(&self, name: &str) -> JsValue {
        // A plain object, copied by the browser, has no getters that throw.
        Reflect::get(&self.0, &name.into()).unwrap_or_default()
    }

    /// A text of it; empty where it has none of that name.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).as_string().unwrap_or_default()
    }

    /// What it is: `hello`, `batch`, `bye`.
    pub(super) fn kind(&self) -> String {
        self.text("type")
    }

    /// The batch in it.
    pub(super) fn bytes(&self) -> Option<Uint8Array> {
        self.get("bytes").dyn_into().ok()
    }
}

/// An object of the protocol with these fields beside its kind.
pub(super) fn object(kind: &str, fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    let head = [(MARK, JsValue::from(VERSION)), ("type", kind.into())];
    for (name, value) in head.iter().chain(fields) {
        // A new plain object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}
