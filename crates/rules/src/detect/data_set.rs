//! Sets of data that rules ask about: `dataset`, and lists of files' hashes.

use serde_json::Value;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Items of one set.
const ITEMS_MAX: usize = 10_000_000;
/// Bytes that items of one set which rules add may take: Suricata's `datasets.defaults.memcap`.
const BYTES_MAX: usize = 100 << 20;

/// What the items are, and how a file writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as it is known")]
pub enum ItemKind {
    /// Texts, in Base64.
    Text,
    /// Hashes, in hex.
    Md5,
    Sha1,
    Sha256,
    /// IPv4 addresses.
    Ipv4,
    /// IPv6 addresses, and IPv4 addresses as those.
    Ipv6,
    /// Addresses of both versions.
    Address,
}

impl ItemKind {
    /// Can these bytes be an item?
    pub(super) const fn fits(self, bytes: &[u8]) -> bool {
        matches!(
            (self, bytes.len()),
            (ItemKind::Text, _)
                | (ItemKind::Md5 | ItemKind::Ipv6 | ItemKind::Address, 16)
                | (ItemKind::Sha1, 20)
                | (ItemKind::Sha256, 32)
                | (ItemKind::Ipv4 | ItemKind::Ipv6 | ItemKind::Address, 4)
        )
    }
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

/// What is known of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Item {
    /// It is there.
    #[default]
    Plain,
    /// Alerts tell this of it, as JSON.
    Context(Arc<str>),
    /// `datarep`: its reputation.
    Reputation(u16),
}

/// What a set is called, what it is made of, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOptions {
    /// Its name.
    pub name: Arc<str>,
    /// What its items are.
    pub kind: ItemKind,
    /// The file that it is written to when the run is over.
    pub saved_to: Option<String>,
    /// Bytes that items which rules add may take.
    pub bytes_max: usize,
}

impl SetOptions {
    /// A set of the usual size that nobody keeps.
    pub fn new(name: &str, kind: ItemKind) -> SetOptions {
        SetOptions { name: name.into(), kind, saved_to: None, bytes_max: BYTES_MAX }
    }
}

/// A set as it is at the begin of a run, and for each item what alerts tell of it. What rules do to it is in
/// [`super::SetChanges`].
#[derive(Debug)]
pub struct DataSet {
    /// What it is.
    pub options: SetOptions,
    items: HashMap<Box<[u8]>, Item>,
    context_key: Arc<str>,
}

impl DataSet {
    /// A set of nothing.
    pub fn empty(options: SetOptions) -> DataSet {
        DataSet { options, items: HashMap::new(), context_key: "".into() }
    }

    /// Reads a file with an item in each line. What is none is passed over; a number behind a comma is a reputation.
    pub fn read(text: &[u8], options: SetOptions) -> DataSet {
        let kind = options.kind;
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let entry = |line: &[u8]| {
            let end = line.iter().position(|byte| matches!(byte, b',' | b' ' | b'#')).unwrap_or(line.len());
            let item = item(line.get(..end).filter(|word| !word.is_empty())?, kind, true)?;
            let behind = std::str::from_utf8(line.get(end + 1..).unwrap_or_default()).unwrap_or_default();
            let reputation = behind.trim().parse().ok().map(Item::Reputation);
            Some((item, reputation.unwrap_or_default()))
        };
        let items = lines.filter_map(entry).take(ITEMS_MAX).collect();
        DataSet { items, ..DataSet::empty(options) }
    }

    /// Reads a file of objects. Of several objects with one item the first counts.
    pub fn read_objects(text: &[u8], options: SetOptions, objects: &Objects) -> DataSet {
        let kind = options.kind;
        let mut items = HashMap::new();
        for mut object in objects.list(text).into_iter().take(ITEMS_MAX) {
            let value = at(&object, &objects.value_key).and_then(Value::as_str);
            let Some(key) = value.and_then(|value| item(value.as_bytes(), kind, false)) else { continue };
            if objects.removes_value {
                remove(&mut object, &objects.value_key);
            }
            items.entry(key).or_insert_with(|| Item::Context(object.to_string().into()));
        }
        DataSet { items, context_key: objects.context_key.as_str().into(), ..DataSet::empty(options) }
    }

    /// Is this one of them at the begin of a run?
    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.items.contains_key(bytes)
    }

    /// What alerts tell of an item: a name, and an object as JSON.
    pub fn context(&self, bytes: &[u8]) -> Option<(Arc<str>, Arc<str>)> {
        match self.items.get(bytes)? {
            Item::Context(object) => Some((self.context_key.clone(), object.clone())),
            Item::Plain | Item::Reputation(_) => None,
        }
    }

    /// The reputation of an item, where it has one.
    pub fn reputation(&self, bytes: &[u8]) -> Option<u16> {
        match self.items.get(bytes)? {
            Item::Reputation(value) => Some(*value),
            Item::Plain | Item::Context(_) => None,
        }
    }

    /// How many there are at the begin of a run.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items at the begin of a run.
    pub(super) fn items(&self) -> impl Iterator<Item = &[u8]> {
        self.items.keys().map(|item| &item[..])
    }
}

impl Objects {
    fn list(&self, text: &[u8]) -> Vec<Value> {
        if self.is_lines {
            return text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        }
        let file: Value = serde_json::from_slice(text).unwrap_or_default();
        at(&file, &self.list_key).and_then(Value::as_array).cloned().unwrap_or_default()
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
    let item = match kind {
        ItemKind::Text if is_encoded => crate::inspect::decoded(word).into(),
        ItemKind::Text => word.into(),
        ItemKind::Md5 | ItemKind::Sha1 | ItemKind::Sha256 => unhexed(word)?,
        ItemKind::Ipv4 | ItemKind::Ipv6 | ItemKind::Address => {
            let address: IpAddr = std::str::from_utf8(word).ok()?.parse().ok()?;
            match address.to_canonical() {
                IpAddr::V4(v4) => v4.octets().into(),
                IpAddr::V6(v6) => v6.octets().into(),
            }
        }
    };
    kind.fits(&item).then_some(item)
}

fn unhexed(word: &[u8]) -> Option<Box<[u8]>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    word.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], kind: ItemKind) -> DataSet {
        DataSet::read(text, SetOptions::new("a", kind))
    }

    #[test]
    fn lines() {
        let texts = read(b"Y3VybA==\r\n\n# x\nd2dldA==, 7\n", ItemKind::Text);
        assert!(texts.contains(b"curl") && texts.contains(b"wget") && texts.len() == 2);
        assert_eq!([texts.reputation(b"curl"), texts.reputation(b"wget")], [None, Some(7)]);
        let hashes = read(b"000102030405060708090a0b0c0d0e0F, a\n00ff\nxyz", ItemKind::Md5);
        assert!(hashes.contains(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) && hashes.len() == 1);
        let addresses = read(b"::ffff:192.0.2.1\n2001:db8::1", ItemKind::Address);
        assert!(addresses.contains(&[192, 0, 2, 1]) && addresses.len() == 2);
        assert_eq!(read(b"192.0.2.1\n2001:db8::1", ItemKind::Ipv4).len(), 1);
    }

    #[test]
    fn objects() {
        let objects = Objects { value_key: "a.host".into(), context_key: "bad".into(), ..Objects::default() };
        let text = br#"[{"a": {"host": "evil"}, "year": 2005}, {"b": 1}, {"a": {"host": "evil"}, "year": 2006}]"#;
        let options = SetOptions::new("a", ItemKind::Text);
        let set = DataSet::read_objects(text, options.clone(), &objects);
        let (name, object) = set.context(b"evil").expect("context");
        assert_eq!((&*name, &*object), ("bad", r#"{"a":{"host":"evil"},"year":2005}"#));
        let objects = Objects { removes_value: true, is_lines: true, ..objects };
        let set = DataSet::read_objects(b"{\"a\": {\"host\": \"evil\"}}\n", options, &objects);
        assert_eq!(&*set.context(b"evil").expect("context").1, r#"{"a":{}}"#);
    }
}
