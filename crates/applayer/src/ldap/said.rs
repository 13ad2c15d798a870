//! What an operation says, under EVE's names.

use crate::tree::Tree;

/// Named values in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(pub Vec<(&'static str, Value)>);

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, or bytes.
    Text(Vec<u8>),
    /// Bytes, told as hexadecimal digits.
    Hex(Vec<u8>),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Named values.
    Object(Said),
    /// Values without names.
    List(Vec<Value>),
}

impl Said {
    /// With a further value.
    pub(super) fn with(mut self, name: &'static str, value: Value) -> Said {
        self.0.push((name, value));
        self
    }

    /// With a further value, if there is one.
    pub(super) fn with_some(self, name: &'static str, value: Option<Value>) -> Said {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a list, if it has items.
    pub(super) fn with_list(self, name: &'static str, items: Vec<Value>) -> Said {
        if items.is_empty() { self } else { self.with(name, Value::List(items)) }
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The text of this name.
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        match self.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn tell(&self, tree: &mut dyn Tree) {
        self.0.iter().for_each(|(name, value)| value.tell(name, tree));
    }
}

impl Value {
    pub(super) fn text(text: &[u8]) -> Value {
        Value::Text(text.to_vec())
    }

    fn tell(&self, name: &'static str, tree: &mut dyn Tree) {
        match self {
            Value::Text(text) => tree.text(name, text),
            Value::Hex(bytes) => tree.text(name, crate::tls::hex(bytes).as_bytes()),
            Value::Number(number) => tree.number(name, *number),
            Value::Flag(flag) => tree.boolean(name, *flag),
            Value::Object(said) => {
                tree.open_object(name);
                said.tell(tree);
                tree.close_object();
            }
            Value::List(items) => {
                tree.open_list(name);
                items.iter().for_each(|item| item.tell("", tree));
                tree.close_list();
            }
        }
    }
}
