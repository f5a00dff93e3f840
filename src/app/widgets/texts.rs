//! Texts of one row that change together: written by one effect, and only where they
//! changed. An effect for each of them costs more than the writing.

use web_sys::{Element, Text};

/// The texts of the elements in another, one after the other.
pub struct Texts<const N: usize> {
    nodes: [Text; N],
    shown: [String; N],
}

impl<const N: usize> Texts<N> {
    /// Of the last `N` elements in `row`, behind what they hold; `None` where it has fewer.
    pub fn of(row: &Element) -> Option<Self> {
        let cells = row.children();
        let first = cells.length().checked_sub(N as u32)?;
        let document = row.owner_document()?;
        let node = |at: usize| {
            let node = document.create_text_node("");
            cells.item(first + at as u32)?.append_child(&node).ok()?;
            Some(node)
        };
        let nodes: Vec<Text> = (0..N).filter_map(node).collect();
        Some(Self { nodes: nodes.try_into().ok()?, shown: core::array::from_fn(|_| String::new()) })
    }

    /// Writes those that changed.
    pub fn put(&mut self, texts: [&str; N]) {
        for ((node, shown), text) in self.nodes.iter().zip(&mut self.shown).zip(texts) {
            if shown != text {
                node.set_data(text);
                text.clone_into(shown);
            }
        }
    }
}

/// An attribute that is written where it changed.
#[derive(Default)]
pub struct Attribute(Option<String>);

impl Attribute {
    /// Writes it, or takes it away.
    pub fn put(&mut self, element: &Element, name: &str, value: Option<&str>) {
        if self.0.as_deref() == value {
            return;
        }
        // Refused only for names that are none.
        let _ = match value {
            Some(value) => element.set_attribute(name, value),
            None => element.remove_attribute(name),
        };
        self.0 = value.map(str::to_owned);
    }
}
