//! A tree that was told once and can be told again: what an alert keeps of its transaction.

use applayer::{Extra, Transaction, Tree};

/// Bytes of texts that one tree keeps.
const TEXT_BYTES_MAX: usize = 256 << 10;

/// A tree of named values, kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    entries: Vec<Entry>,
    text_bytes: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Text(&'static str, Vec<u8>),
    Number(&'static str, u64),
    Signed(&'static str, i64),
    Float(&'static str, f64),
    Boolean(&'static str, bool),
    OpenObject(&'static str),
    CloseObject,
    OpenList(&'static str),
    CloseList,
    TextNamed(Vec<u8>, Vec<u8>),
}

impl Told {
    /// What EVE tells of a transaction: its object, and those beside it.
    pub fn of(transaction: &dyn Transaction) -> Told {
        let mut told = Told::default();
        told.open_object(transaction.table());
        transaction.tell_in_alert(&mut told);
        told.close_object();
        transaction.tell_beside(&mut told);
        told
    }

    /// Tells it again.
    pub fn tell(&self, tree: &mut dyn Tree) {
        for entry in &self.entries {
            match entry {
                Entry::Text(name, value) => tree.text(name, value),
                Entry::Number(name, value) => tree.number(name, *value),
                Entry::Signed(name, value) => tree.signed(name, *value),
                Entry::Float(name, value) => tree.float(name, *value),
                Entry::Boolean(name, value) => tree.boolean(name, *value),
                Entry::OpenObject(name) => tree.open_object(name),
                Entry::CloseObject => tree.close_object(),
                Entry::OpenList(name) => tree.open_list(name),
                Entry::CloseList => tree.close_list(),
                Entry::TextNamed(name, value) => tree.text_named(name, value),
            }
        }
    }

    /// Names and values in one line for a person, as far as there is room for so many bytes.
    pub fn line(&self, bytes_max: usize) -> String {
        let mut line = String::new();
        for (name, value) in self.entries.iter().filter_map(Entry::shown) {
            let lead = if line.is_empty() { "" } else { " · " };
            let gap = if name.is_empty() { "" } else { " " };
            if line.len() + lead.len() + name.len() + gap.len() + value.len() > bytes_max {
                line.push_str(" …");
                break;
            }
            line.extend([lead, name, gap, &value]);
        }
        line
    }

    /// A text as far as there is room.
    fn kept(&mut self, text: &[u8]) -> Vec<u8> {
        let length = text.len().min(TEXT_BYTES_MAX - self.text_bytes.min(TEXT_BYTES_MAX));
        self.text_bytes += length;
        text[..length].to_vec()
    }
}

impl Entry {
    /// Its name and its value, if it has one.
    fn shown(&self) -> Option<(&str, String)> {
        Some(match self {
            Entry::Text(name, value) => (name, String::from_utf8_lossy(value).into_owned()),
            Entry::Number(name, value) => (name, value.to_string()),
            Entry::Signed(name, value) => (name, value.to_string()),
            Entry::Float(name, value) => (name, value.to_string()),
            Entry::Boolean(name, value) => (name, value.to_string()),
            Entry::TextNamed(name, value) => {
                (std::str::from_utf8(name).unwrap_or_default(), String::from_utf8_lossy(value).into_owned())
            }
            Entry::OpenObject(_) | Entry::CloseObject | Entry::OpenList(_) | Entry::CloseList => return None,
        })
    }
}

impl Tree for Told {
    fn wants(&self, _extra: Extra) -> bool {
        false
    }

    fn text(&mut self, name: &'static str, value: &[u8]) {
        let value = self.kept(value);
        self.entries.push(Entry::Text(name, value));
    }

    fn number(&mut self, name: &'static str, value: u64) {
        self.entries.push(Entry::Number(name, value));
    }

    fn signed(&mut self, name: &'static str, value: i64) {
        self.entries.push(Entry::Signed(name, value));
    }

    fn float(&mut self, name: &'static str, value: f64) {
        self.entries.push(Entry::Float(name, value));
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        self.entries.push(Entry::Boolean(name, value));
    }

    fn open_object(&mut self, name: &'static str) {
        self.entries.push(Entry::OpenObject(name));
    }

    fn close_object(&mut self) {
        self.entries.push(Entry::CloseObject);
    }

    fn open_list(&mut self, name: &'static str) {
        self.entries.push(Entry::OpenList(name));
    }

    fn close_list(&mut self) {
        self.entries.push(Entry::CloseList);
    }

    fn text_named(&mut self, name: &[u8], value: &[u8]) {
        let (name, value) = (self.kept(name), self.kept(value));
        self.entries.push(Entry::TextNamed(name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_person_ends_where_there_is_no_more_room() {
        let mut told = Told::default();
        told.open_object("http");
        told.text("hostname", b"a.example");
        told.number("status", 404);
        told.close_object();
        let cases = [(100, "hostname a.example · status 404"), (20, "hostname a.example …"), (3, " …")];
        cases.iter().for_each(|(bytes_max, line)| assert_eq!(told.line(*bytes_max), *line));
    }
}
