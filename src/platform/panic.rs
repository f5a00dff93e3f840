//! Panics, told to whoever is responsible for the thread they happen on. All
//! threads of the module share one hook; each has a listener of its own.

use std::cell::{Cell, RefCell};
use std::sync::Once;

type Listener = Box<dyn Fn(&str)>;

thread_local! {
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
    static HAS_PANICKED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// From now on `listener` hears of panics on this thread, after the browser's
/// console. The page calls it first, before there are workers, so that nobody
/// ever waits for the hook.
pub fn listen(listener: impl Fn(&str) + 'static) {
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            console_error_panic_hook::hook(panic);
            tell(&panic.to_string());
        }));
    });
    LISTENER.with(|slot| *slot.borrow_mut() = Some(Box::new(listener)));
}

/// Whether this thread panicked: its timers may still come.
pub(super) fn has_happened() -> bool {
    HAS_PANICKED.get()
}

fn tell(panic: &str) {
    HAS_PANICKED.set(true);
    LISTENER.with(|slot| {
        // A panic in a listener would come back here: it is not told twice.
        if let Ok(listener) = slot.try_borrow()
            && let Some(listener) = listener.as_ref()
        {
            listener(panic);
        }
    });
}
