//! HTML that is well formed and safe because nothing else can be written.
//!
//! Names of tags and attributes are `'static`, elements close themselves, and every text and every attribute value is
//! cleaned and escaped. The only raw text is an [`asset`](Markup::asset), which is compiled in, and JSON, in which no
//! character can end its element.

use crate::render::units;
use serde::Serialize;
use std::fmt::Write as _;

/// Attributes: names of ours, values of anybody's.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// A page being written.
#[derive(Default)]
pub(super) struct Markup {
    out: String,
}

impl Markup {
    /// A page that starts as an HTML document.
    pub(super) fn document() -> Markup {
        Markup { out: "<!doctype html>\n".into() }
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An element with what `inside` writes.
    pub(super) fn element(&mut self, tag: &'static str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Markup)) {
        self.open(tag, attributes);
        inside(self);
        let _ = write!(self.out, "</{tag}>");
        if matches!(tag, "div" | "section" | "article" | "table" | "tr" | "p" | "nav" | "header" | "details" | "svg") {
            self.out.push('\n');
        }
    }

    /// An element with text only.
    pub(super) fn leaf(&mut self, tag: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(tag, attributes, |page| page.text(text));
    }

    /// An element that has no end: `meta`, `input`, `br`.
    pub(super) fn void(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.open(tag, attributes);
    }

    /// Text, cleaned and escaped.
    pub(super) fn text(&mut self, foreign: &str) {
        escape(&mut self.out, &units::clean(foreign));
    }

    /// Text of ours inside `style` or `script`.
    pub(super) fn asset(&mut self, text: &'static str) {
        self.out.push_str(text);
    }

    /// A value as JSON inside `script`: ASCII only, without `<`, `>` and `&`, so that nothing in it can end the element.
    pub(super) fn json(&mut self, value: &impl Serialize) {
        let json = serde_json::to_string(value).unwrap_or_else(|_| "null".into());
        for character in json.chars() {
            if character.is_ascii() && !matches!(character, '<' | '>' | '&' | '\x7f') {
                self.out.push(character);
                continue;
            }
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(self.out, "\\u{unit:04x}");
            }
        }
    }

    fn open(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"");
            escape(&mut self.out, &units::clean(value));
            self.out.push('"');
        }
        self.out.push('>');
    }
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_markup() {
        let mut page = Markup::default();
        page.leaf("b", &[("title", "\"onmouseover='x'>")], "<script>&\x1b");
        assert_eq!(page.finish(), "<b title=\"&quot;onmouseover=&#39;x&#39;&gt;\">&lt;script&gt;&amp;\\x1b</b>");
    }

    #[test]
    fn json_cannot_end_its_element() {
        let mut page = Markup::default();
        page.json(&["</script><!--", "é\u{2028}😀"]);
        let json = page.finish();
        assert_eq!(json, "[\"\\u003c/script\\u003e\\u003c!--\",\"\\u00e9\\u2028\\ud83d\\ude00\"]");
        let back: Vec<String> = serde_json::from_str(&json).expect("JSON");
        assert_eq!(back, ["</script><!--", "é\u{2028}😀"]);
    }
}
