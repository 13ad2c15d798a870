//! Sets of data that rules ask about: `dataset`, and lists of files' hashes.

use serde_json::Value;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Items of one set.
const ITEMS_MAX: usize = 10_000_000;

/// What the items are, and how a file writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// Texts, in Base64.
    Text,
    /// Hashes, in hex.
    Hash,
    /// Addresses.
    Address,
}

/// How a file of objects is written, and what of them counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// One object for each line, not a list of them.
    pub is_lines: bool,
    /// Where in the file the list is, as names with dots; empty for the file itself.
    pub list_key: String,
    /// Where in an object its item is, as names with dots.
    pub value_key: String,
    /// What alerts call the object.
    pub context_key: String,
    /// Do alerts show the object without its item?
    pub removes_value: bool,
}

/// A set, and for each item what alerts tell of it.
#[derive(Debug, Default)]
pub struct DataSet {
    items: HashMap<Box<[u8]>, Option<Arc<str>>>,
    context_key: Arc<str>,
}

impl DataSet {
    /// Reads a file with an item in each line. What is none is passed over; so is what stands behind a comma.
    pub fn read(text: &[u8], kind: ItemKind) -> DataSet {
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let words = lines.filter_map(|line| line.split(|byte| matches!(byte, b',' | b' ' | b'#')).next());
        let items = words.filter(|word| !word.is_empty()).filter_map(|word| item(word, kind, true));
        DataSet { items: items.take(ITEMS_MAX).map(|item| (item, None)).collect(), context_key: "".into() }
    }

    /// Reads a file of objects.
    pub fn read_objects(text: &[u8], kind: ItemKind, objects: &Objects) -> DataSet {
        let list: Vec<Value> = match objects.is_lines {
            true => text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect(),
            false => {
                let file: Value = serde_json::from_slice(text).unwrap_or_default();
                at(&file, &objects.list_key).and_then(Value::as_array).cloned().unwrap_or_default()
            }
        };
        let entry = |mut object: Value| {
            let value = at(&object, &objects.value_key)?.as_str()?.as_bytes().to_vec();
            if objects.removes_value {
                remove(&mut object, &objects.value_key);
            }
            Some((item(&value, kind, false)?, Some(object.to_string().into())))
        };
        let items = list.into_iter().take(ITEMS_MAX).filter_map(entry).collect();
        DataSet { items, context_key: objects.context_key.as_str().into() }
    }

    /// Is this one of them? With what alerts tell of it: a name, and an object as JSON.
    pub fn get(&self, bytes: &[u8]) -> Option<Option<(Arc<str>, Arc<str>)>> {
        let context = self.items.get(bytes)?;
        Some(context.as_ref().map(|object| (self.context_key.clone(), object.clone())))
    }
}

/// What stands at a name with dots; the whole at an empty one.
fn at<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').filter(|step| !step.is_empty()).try_fold(value, |value, step| value.get(step))
}

fn remove(value: &mut Value, key: &str) {
    let (path, last) = key.rsplit_once('.').unwrap_or(("", key));
    let holder = path.split('.').filter(|step| !step.is_empty()).try_fold(value, |value, step| value.get_mut(step));
    if let Some(object) = holder.and_then(Value::as_object_mut) {
        object.remove(last);
    }
}

/// An item's bytes as buffers have them.
fn item(word: &[u8], kind: ItemKind, is_encoded: bool) -> Option<Box<[u8]>> {
    match kind {
        ItemKind::Text if is_encoded => Some(crate::inspect::decoded(word).into()),
        ItemKind::Text => Some(word.into()),
        ItemKind::Hash => unhexed(word),
        ItemKind::Address => {
            let address: IpAddr = std::str::from_utf8(word).ok()?.parse().ok()?;
            Some(match address.to_canonical() {
                IpAddr::V4(v4) => v4.octets().into(),
                IpAddr::V6(v6) => v6.octets().into(),
            })
        }
    }
}

fn unhexed(word: &[u8]) -> Option<Box<[u8]>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    word.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let texts = DataSet::read(b"Y3VybA==\r\n\n# x\n", ItemKind::Text);
        assert_eq!((texts.get(b"curl"), texts.get(b"wget")), (Some(None), None));
        let hashes = DataSet::read(b"00fF, a\nxyz", ItemKind::Hash);
        assert_eq!((hashes.get(&[0, 255]), hashes.items.len()), (Some(None), 1));
        let addresses = DataSet::read(b"::ffff:192.0.2.1\n2001:db8::1", ItemKind::Address);
        assert!(addresses.get(&[192, 0, 2, 1]).is_some());
    }

    #[test]
    fn objects() {
        let objects = Objects { value_key: "a.host".into(), context_key: "bad".into(), ..Objects::default() };
        let text = br#"[{"a": {"host": "evil"}, "year": 2005}, {"b": 1}]"#;
        let set = DataSet::read_objects(text, ItemKind::Text, &objects);
        let (name, object) = set.get(b"evil").flatten().expect("context");
        assert_eq!((&*name, &*object), ("bad", r#"{"a":{"host":"evil"},"year":2005}"#));
        let objects = Objects { removes_value: true, is_lines: true, ..objects };
        let set = DataSet::read_objects(b"{\"a\": {\"host\": \"evil\"}}\n", ItemKind::Text, &objects);
        assert_eq!(&*set.get(b"evil").flatten().expect("context").1, r#"{"a":{}}"#);
    }
}
