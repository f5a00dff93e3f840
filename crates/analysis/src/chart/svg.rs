//! A chart as a drawing: SVG text, which any program can enlarge and edit. Shapes in the
//! order in which they were drawn, all in device pixels.

use super::colour::Colour;
use core::fmt::Write;

/// What a shape is drawn with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// The colour.
    pub colour: Colour,
    /// Its opacity, 0 to 1.
    pub alpha: f64,
}

/// How a shape is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pen {
    /// Filled.
    Fill(Ink),
    /// Its outline, so many pixels wide.
    Line(Ink, f64),
}

/// Which point of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// `start`, `middle` or `end`.
    pub across: &'static str,
    /// The shift of the baseline in hundredths of the font's size: 80 for a text below its
    /// place, 35 for one around it, 0 for one above it.
    pub down: i32,
}

/// A drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Svg {
    body: String,
}

impl Svg {
    /// A rectangle: left, top, width and height.
    pub fn rect(&mut self, [x, y, width, height]: [f64; 4], pen: Pen) {
        let place = format!(r#"x="{}" y="{}" width="{}" height="{}""#, N(x), N(y), N(width), N(height));
        self.shape("rect", &place, pen);
    }

    /// A circle around a point.
    pub fn circle(&mut self, (x, y): (f64, f64), radius: f64, pen: Pen) {
        self.shape("circle", &format!(r#"cx="{}" cy="{}" r="{}""#, N(x), N(y), N(radius)), pen);
    }

    /// A line through points, or the area that it encloses.
    pub fn path(&mut self, points: impl IntoIterator<Item = (f64, f64)>, pen: Pen) {
        let mut corners = String::new();
        for (x, y) in points {
            let separator = if corners.is_empty() { "" } else { " " };
            // Writing to a string cannot fail.
            let _ = write!(corners, "{separator}{},{}", N(x), N(y));
        }
        let name = if matches!(pen, Pen::Fill(_)) { "polygon" } else { "polyline" };
        self.shape(name, &format!(r#"points="{corners}""#), pen);
    }

    /// A text of a size at a place.
    pub fn text(&mut self, text: &str, (x, y): (f64, f64), size: f64, anchor: Anchor, ink: Ink) {
        let (y, across) = (y + size * f64::from(anchor.down) / 100.0, anchor.across);
        let place = format!(r#"x="{}" y="{}" font-size="{}" text-anchor="{across}""#, N(x), N(y), N(size));
        let _ = writeln!(self.body, "<text {place}{}>{}</text>", painted("fill", ink), escaped(text));
    }

    /// Another drawing, moved.
    pub fn put(&mut self, other: &Self, (x, y): (f64, f64)) {
        let _ = writeln!(self.body, "<g transform=\"translate({} {})\">\n{}</g>", N(x), N(y), other.body);
    }

    /// The drawing as a document, `size` pixels large on the colour `paper`, and so large on
    /// screen. `title` and `told` are for those who do not see it.
    pub fn document(&self, size: (f64, f64), on_screen: (f64, f64), paper: Colour, title: &str, told: &str) -> String {
        let ((width, height), (across, down)) = (size, on_screen);
        let view = format!(r#"width="{}" height="{}" viewBox="0 0 {} {}""#, N(across), N(down), N(width), N(height));
        let head = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" {view} role="img" font-family="sans-serif">"#);
        let words = format!("<title>{}</title>\n<desc>{}</desc>", escaped(title), escaped(told));
        let paper = format!(r#"<rect width="100%" height="100%" fill="{paper}"/>"#);
        format!("{head}\n{words}\n{paper}\n{}</svg>\n", self.body)
    }

    fn shape(&mut self, name: &str, place: &str, pen: Pen) {
        let pen = match pen {
            Pen::Fill(ink) => painted("fill", ink),
            Pen::Line(ink, width) => {
                format!(r#" fill="none" stroke-width="{}" stroke-linejoin="round"{}"#, N(width), painted("stroke", ink))
            }
        };
        let _ = writeln!(self.body, "<{name} {place}{pen}/>");
    }
}

fn painted(what: &str, Ink { colour, alpha }: Ink) -> String {
    let opacity = if alpha < 1.0 { format!(r#" {what}-opacity="{}""#, N(alpha)) } else { String::new() };
    format!(r#" {what}="{colour}"{opacity}"#)
}

/// A number to the hundredth, without a fraction that says nothing.
struct N(f64);

impl core::fmt::Display for N {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // What is no number would be no SVG.
        let hundredths = if self.0.is_finite() { (self.0 * 100.0).round() } else { 0.0 };
        write!(f, "{}", hundredths / 100.0)
    }
}

/// A text as XML holds it; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(' '),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    const RED: Ink = Ink { colour: Colour::new(255, 0, 0), alpha: 1.0 };
    const PALE: Ink = Ink { alpha: 0.25, ..RED };

    #[test]
    fn a_drawing_is_a_document_of_its_shapes_in_order() {
        let mut inner = Svg::default();
        inner.rect([1.0, 2.5, 3.0, 1.0 / 3.0], Pen::Fill(PALE));
        inner.path([(0.0, 0.0), (1.5, f64::NAN)], Pen::Line(RED, 2.0));
        let mut svg = Svg::default();
        svg.put(&inner, (0.0, 20.0));
        svg.path([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], Pen::Fill(RED));
        svg.circle((5.0, 6.0), 3.0, Pen::Fill(RED));
        svg.text("a < b & \"c\"\u{1}", (10.0, 20.0), 10.0, Anchor { across: "middle", down: 35 }, RED);
        let document = svg.document((200.0, 100.0), (100.0, 50.0), Colour::new(0, 0, 0), "Usage", "<all>");
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" viewBox="0 0 200 100" role="img" font-family="sans-serif">
            <title>Usage</title>
            <desc>&lt;all&gt;</desc>
            <rect width="100%" height="100%" fill="#000000"/>
            <g transform="translate(0 20)">
            <rect x="1" y="2.5" width="3" height="0.33" fill="#ff0000" fill-opacity="0.25"/>
            <polyline points="0,0 1.5,0" fill="none" stroke-width="2" stroke-linejoin="round" stroke="#ff0000"/>
            </g>
            <polygon points="0,0 1,0 1,1" fill="#ff0000"/>
            <circle cx="5" cy="6" r="3" fill="#ff0000"/>
            <text x="10" y="23.5" font-size="10" text-anchor="middle" fill="#ff0000">a &lt; b &amp; &quot;c&quot;</text>
            </svg>
        "##]]
        .assert_eq(&document);
    }
}
