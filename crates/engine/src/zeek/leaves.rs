//! The leaves of a transaction's tree, by their paths.

use super::value::Value;
use applayer::{Extra, Transaction, Tree};

/// Bytes of all leaves of one transaction that are kept.
const BYTES_MAX: usize = 256 << 10;

/// Leaves by path: `answers[].rdata`, in the order in which they were told.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    leaves: Vec<(String, Vec<u8>)>,
    path: String,
    /// Lengths of the paths around.
    around: Vec<usize>,
    bytes: usize,
}

impl Leaves {
    /// Takes those of another transaction in the place of what is here.
    pub(super) fn take(&mut self, transaction: &dyn Transaction) {
        self.leaves.clear();
        self.path.clear();
        self.around.clear();
        self.bytes = 0;
        transaction.tell(self);
        transaction.tell_beside(self);
    }

    /// The first of a path.
    pub(super) fn first(&self, path: &str) -> Option<&[u8]> {
        self.all(path).next()
    }

    /// Every one of a path.
    pub(super) fn all<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a [u8]> {
        self.leaves.iter().filter(move |(own, _)| own == path).map(|(_, value)| value.as_slice())
    }

    /// All of a path as a list; unset where there is none.
    pub(super) fn list(&self, path: &str) -> Value {
        Value::list(self.all(path).map(<[u8]>::to_vec).collect())
    }

    /// The first of a path, if it is a number without sign.
    pub(super) fn number(&self, path: &str) -> Option<u64> {
        std::str::from_utf8(self.first(path)?).ok()?.parse().ok()
    }

    /// The first of a path, if it is yes or no.
    pub(super) fn boolean(&self, path: &str) -> Option<bool> {
        self.first(path).map(|value| value == b"true")
    }

    /// The value of a header of this name, in any case.
    pub(super) fn header(&self, list: &str, name: &str) -> Option<&[u8]> {
        let (name_path, value_path) = (format!("{list}[].name"), format!("{list}[].value"));
        let mut leaves = self.leaves.iter();
        leaves.find(|(path, own)| *path == name_path && own.eq_ignore_ascii_case(name.as_bytes()))?;
        leaves.next().filter(|(path, _)| *path == value_path).map(|(_, value)| value.as_slice())
    }

    fn put(&mut self, name: &str, value: &[u8]) {
        self.bytes += value.len() + name.len();
        if self.bytes > BYTES_MAX {
            return;
        }
        let path = match (self.path.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{name}", self.path),
        };
        self.leaves.push((path, value.to_vec()));
    }

    fn open(&mut self, name: &str, suffix: &str) {
        self.around.push(self.path.len());
        if !name.is_empty() && !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
        self.path.push_str(suffix);
    }

    fn close(&mut self) {
        self.path.truncate(self.around.pop().unwrap_or(0));
    }
}

impl Tree for Leaves {
    fn wants(&self, extra: Extra) -> bool {
        extra != Extra::Password
    }

    fn text(&mut self, name: &'static str, value: &[u8]) {
        self.put(name, value);
    }

    fn number(&mut self, name: &'static str, value: u64) {
        self.put(name, value.to_string().as_bytes());
    }

    fn signed(&mut self, name: &'static str, value: i64) {
        self.put(name, value.to_string().as_bytes());
    }

    fn float(&mut self, name: &'static str, value: f64) {
        self.put(name, value.to_string().as_bytes());
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        self.put(name, if value { b"true" } else { b"false" });
    }

    fn open_object(&mut self, name: &'static str) {
        self.open(name, "");
    }

    fn close_object(&mut self) {
        self.close();
    }

    fn open_list(&mut self, name: &'static str) {
        self.open(name, "[]");
    }

    fn close_list(&mut self) {
        self.close();
    }

    fn text_named(&mut self, _name: &[u8], _value: &[u8]) {}
}
