//! The map of what another tool recorded: only where its format says where memory lies.

use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::recording::Tables;
use crate::trace::CannotTell;
use leptos::prelude::*;

/// Shows what is inside for the engine's run, and for one that has addresses; for others, why
/// there are none, in the words of the format.
#[component]
pub fn WhereAddresses(
    /// What needs addresses.
    children: ChildrenFn,
) -> impl IntoView {
    let (names, tables) = (Store::expect().names, Recording::expect().tables());
    let why = Memo::new(move |_| {
        let is_engine = names.with(|names| names.is_engine());
        tables.with(|tables| tables.as_deref().filter(|_| !is_engine).and_then(no_addresses))
    });
    let children = StoredValue::new(children);
    move || match why.get() {
        None => children.with_value(|children| children()).into_any(),
        Some(why) => view! { <p class="dim note no-addresses">{why}</p> }.into_any(),
    }
}

/// Why there is no map; `None` where there is one.
fn no_addresses(tables: &Tables) -> Option<String> {
    let manifest = &tables.manifest;
    let has_addresses = manifest.spaces.iter().any(|space| space.has_addresses);
    let said = manifest.cannot_tell.get(&CannotTell::Addresses).cloned();
    (!has_addresses).then(|| said.unwrap_or_else(|| "The file does not say where memory lies.".into()))
}
