//! The leaves of a transaction's tree that are columns.

use applayer::{Extra, Tree};
use model::FieldType;
use table::Rows;

/// Bytes of a list's items, joined, in one column.
const JOINED_BYTES_MAX: usize = 64 << 10;

/// Which leaf goes into which column.
#[derive(Debug)]
pub(crate) struct Leaf {
    /// Names from the root to the leaf; an empty one stands for any item of a list.
    steps: Vec<&'static str>,
    place: usize,
    field_type: FieldType,
}

impl Leaf {
    /// The leaf of a path such as `answers[].rdata`.
    pub(crate) fn new(path: &'static str, place: usize, field_type: FieldType) -> Leaf {
        let steps = path.split('.').flat_map(|step| match step.strip_suffix("[]") {
            Some(name) => vec![name, ""],
            None => vec![step],
        });
        Leaf { steps: steps.collect(), place, field_type }
    }

    fn is_in_list(&self) -> bool {
        self.steps.contains(&"")
    }
}

/// Puts the leaves of a tree into the columns of one row.
pub(crate) struct Leaves<'a> {
    leaves: &'a [Leaf],
    rows: &'a mut Rows,
    /// Names from the root to where the tree is.
    steps: Vec<&'static str>,
    /// Items of lists so far, by place of the leaf.
    joined: Vec<Vec<u8>>,
}

impl<'a> Leaves<'a> {
    pub(crate) fn new(leaves: &'a [Leaf], rows: &'a mut Rows) -> Leaves<'a> {
        let joined = leaves.iter().map(|_| Vec::new()).collect();
        Leaves { leaves, rows, steps: Vec::new(), joined }
    }

    /// Items of lists become one text each.
    pub(crate) fn finish(self) {
        for (leaf, joined) in self.leaves.iter().zip(&self.joined) {
            if !joined.is_empty() {
                self.rows.set_text(leaf.place, joined);
            }
        }
    }

    fn set(&mut self, name: &'static str, set: impl Fn(&mut Rows, &Leaf), text: impl Fn(&mut Vec<u8>)) {
        self.steps.push(name);
        for (leaf, joined) in self.leaves.iter().zip(&mut self.joined) {
            if leaf.steps != self.steps {
                continue;
            }
            if !leaf.is_in_list() {
                set(self.rows, leaf);
            } else if joined.len() < JOINED_BYTES_MAX {
                if !joined.is_empty() {
                    joined.push(b',');
                }
                text(joined);
            }
        }
        self.steps.pop();
    }
}

impl Tree for Leaves<'_> {
    fn wants(&self, extra: Extra) -> bool {
        extra != Extra::Password
    }

    fn text(&mut self, name: &'static str, value: &[u8]) {
        self.set(name, |rows, leaf| rows.set_text(leaf.place, value), |joined| joined.extend_from_slice(value));
    }

    fn number(&mut self, name: &'static str, value: u64) {
        self.signed(name, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn signed(&mut self, name: &'static str, value: i64) {
        self.set(
            name,
            |rows, leaf| rows.set_number(leaf.place, value),
            |joined| joined.extend_from_slice(value.to_string().as_bytes()),
        );
    }

    fn float(&mut self, name: &'static str, value: f64) {
        self.set(
            name,
            |rows, leaf| rows.set_float(leaf.place, value),
            |joined| joined.extend_from_slice(value.to_string().as_bytes()),
        );
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        let word: &[u8] = if value { b"true" } else { b"false" };
        let set = |rows: &mut Rows, leaf: &Leaf| match leaf.field_type {
            FieldType::Text => rows.set_text(leaf.place, word),
            _ => rows.set_number(leaf.place, i64::from(value)),
        };
        self.set(name, set, |joined| joined.extend_from_slice(word));
    }

    fn open_object(&mut self, name: &'static str) {
        self.steps.push(name);
    }

    fn close_object(&mut self) {
        self.steps.pop();
    }

    fn open_list(&mut self, name: &'static str) {
        self.steps.push(name);
    }

    fn close_list(&mut self) {
        self.steps.pop();
    }

    fn text_named(&mut self, _name: &[u8], _value: &[u8]) {}
}
