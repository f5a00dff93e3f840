//! The keys of the page: one table, which the keyboard, the tooltips and the list of keys
//! read, and which the browser tests press key by key.

use super::actions::Action;
use crate::app::browser::storage;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use web_sys::KeyboardEvent;

/// What is held together with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    Shift,
    /// Whatever a keyboard needs for that sign.
    Any,
    /// Control, or the command key of a Mac.
    Command,
    CommandShift,
}

/// A key and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// As [`KeyboardEvent::key`] says it, letters in lower case.
    key: &'static str,
    held: Held,
    /// As it is written on the page.
    pub shown: &'static str,
    /// What it does.
    pub action: Action,
}

const fn binding(key: &'static str, held: Held, shown: &'static str, action: Action) -> Binding {
    Binding { key, held, shown, action }
}

/// Every key of the whole page, in the order of the list of keys.
pub const BINDINGS: [Binding; 23] = [
    binding("e", Held::Command, "Ctrl+E", Action::StartOrStop),
    binding("e", Held::CommandShift, "Ctrl+Shift+E", Action::Restart),
    binding("r", Held::Nothing, "R", Action::Reset),
    binding(" ", Held::Nothing, "Space", Action::Pause),
    binding("l", Held::Nothing, "L", Action::Live),
    binding("escape", Held::Nothing, "Esc", Action::Live),
    binding("m", Held::Nothing, "M", Action::Mark),
    binding("z", Held::Command, "Ctrl+Z", Action::Undo),
    binding("z", Held::CommandShift, "Ctrl+Shift+Z", Action::Redo),
    binding("s", Held::Shift, "Shift+S", Action::Snapshot),
    binding("1", Held::Any, "1", Action::Show(Tab::Overview)),
    binding("2", Held::Any, "2", Action::Show(Tab::Timeline)),
    binding("3", Held::Any, "3", Action::Show(Tab::Arena)),
    binding("4", Held::Any, "4", Action::Show(Tab::GpuPool)),
    binding("5", Held::Any, "5", Action::Show(Tab::Budget)),
    binding("6", Held::Any, "6", Action::Show(Tab::Events)),
    binding("7", Held::Any, "7", Action::Show(Tab::Leaks)),
    binding("8", Held::Any, "8", Action::Show(Tab::Stacks)),
    binding("9", Held::Any, "9", Action::Show(Tab::Snapshots)),
    binding("`", Held::Any, "`", Action::Drawer),
    binding("t", Held::Nothing, "T", Action::Theme),
    binding("?", Held::Any, "?", Action::Keys),
    binding("k", Held::Command, "Ctrl+K", Action::Commands),
];

/// Keys that belong to a control or a panel, beside those of the whole page.
pub const ELSEWHERE: [(&str, &str); 14] = [
    ("← →", "On tabs: the next one. On a chart: move the cursor"),
    ("+ −", "On a chart: zoom. Home and End go to its ends"),
    ("Wheel", "On a chart: zoom at the pointer; where the page scrolls, with Ctrl or the focus"),
    ("Drag", "On a chart: pan in time. On the strip: choose the window"),
    ("Shift+drag", "On a chart: select a span of time. On the map: select addresses"),
    ("Double click", "On a chart: back to live"),
    ("W S A D", "On the timeline: zoom and pan; 0 shows the whole run"),
    ("V", "On the timeline: fit the scales to what is on screen, or to the whole run"),
    (", .", "On the timeline: to the event before and after; with Shift, a hundred"),
    (
        "F G B X C P",
        "On the timeline: to the next failed allocation, refusal by the budget, pressure, loss, change of limits, with Shift back; P to the peak",
    ),
    ("↑ ↓", "On the drawer's edge: its height. On events: the next moment; with Shift, more rows"),
    ("Ctrl+C", "On events: copy the selected rows"),
    ("Enter Esc", "On call stacks: zoom into a frame, and one step back. Arrows go from frame to frame"),
    ("/ C", "On call stacks: search, as with Ctrl+F; copy the stack of a frame"),
];

impl Binding {
    /// Whether it is a character alone, which speech input and slips of the hand type
    /// too: these can be switched off (WCAG 2.1.4).
    pub fn is_character(&self) -> bool {
        !matches!(self.held, Held::Command | Held::CommandShift) && self.key.chars().count() == 1 && self.key != " "
    }

    fn is_pressed(&self, event: &KeyboardEvent) -> bool {
        if event.alt_key() || event.key().to_lowercase() != self.key {
            return false;
        }
        let (command, shift) = (event.ctrl_key() || event.meta_key(), event.shift_key());
        match self.held {
            Held::Nothing => !command && !shift,
            Held::Shift => !command && shift,
            Held::Any => !command,
            Held::Command => command && !shift,
            Held::CommandShift => command && shift,
        }
    }
}

/// The binding that an event presses.
pub fn pressed(event: &KeyboardEvent) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.is_pressed(event))
}

impl Action {
    /// The key, as it is written on the page; none for rare actions.
    pub fn key(self) -> Option<&'static str> {
        BINDINGS.iter().find(|binding| binding.action == self).map(|binding| binding.shown)
    }

    /// Title and key: the tooltip. Says why not where it cannot be done.
    pub fn tooltip(self, store: Store) -> String {
        let title = self.blocked(store).map_or_else(|| self.title(store), str::to_owned);
        match self.key() {
            Some(key) => format!("{title} ({key})"),
            None => title,
        }
    }
}

const STORAGE_NAME: &str = "character-keys";

/// Whether keys that are one character act, as remembered from the last visit.
pub fn recalled_characters() -> bool {
    storage::recall(STORAGE_NAME).as_deref() != Some("off")
}

/// Remembers in the browser whether single characters act.
pub fn remember_characters(act: bool) {
    storage::remember(STORAGE_NAME, if act { "on" } else { "off" });
}
