//! What rules do to sets of data in a run: `dataset:set` and `dataset:unset`.

use super::data_set::{DataSet, ItemKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;

/// Bytes that an item takes besides its own.
const ITEM_BYTES: usize = 64;

/// What rules have added to sets and taken from them.
#[derive(Debug, Default)]
pub struct SetChanges {
    /// By the set's name.
    sets: HashMap<Arc<str>, Changes>,
    /// Items that found no room.
    pub turned_away: u64,
}

/// Items that are in a set or not, whatever it was at the begin.
#[derive(Debug, Default)]
struct Changes {
    items: HashMap<Box<[u8]>, bool>,
    bytes: usize,
}

impl SetChanges {
    /// Is this in the set now?
    pub fn contains(&self, set: &DataSet, bytes: &[u8]) -> bool {
        let changed = self.sets.get(&set.options.name).and_then(|changes| changes.items.get(bytes));
        changed.copied().unwrap_or_else(|| set.contains(bytes))
    }

    /// Adds an item; false where it is there already, or cannot be.
    pub fn add(&mut self, set: &DataSet, bytes: &[u8]) -> bool {
        set.options.kind.fits(bytes) && !self.contains(set, bytes) && self.change(set, bytes, true)
    }

    /// Takes an item away; false where it is not there.
    pub fn remove(&mut self, set: &DataSet, bytes: &[u8]) -> bool {
        self.contains(set, bytes) && self.change(set, bytes, false)
    }

    fn change(&mut self, set: &DataSet, bytes: &[u8], is_in: bool) -> bool {
        let changes = self.sets.entry(set.options.name.clone()).or_default();
        if let Some(known) = changes.items.get_mut(bytes) {
            *known = is_in;
            return true;
        }
        if changes.bytes + bytes.len() + ITEM_BYTES > set.options.bytes_max {
            self.turned_away += 1;
            return false;
        }
        changes.bytes += bytes.len() + ITEM_BYTES;
        changes.items.insert(bytes.into(), is_in);
        true
    }

    /// The set as a file with an item in each line, in order.
    pub fn text(&self, set: &DataSet) -> String {
        let changes = self.sets.get(&set.options.name);
        let is_in = |item: &&[u8]| self.contains(set, item);
        let added = changes.into_iter().flat_map(|changes| changes.items.keys().map(|item| &item[..]));
        let items: BTreeSet<&[u8]> = set.items().chain(added).filter(is_in).collect();
        items.into_iter().map(|item| line(item, set.options.kind)).collect()
    }
}

fn line(item: &[u8], kind: ItemKind) -> String {
    let word = match kind {
        ItemKind::Text => STANDARD.encode(item),
        ItemKind::Md5 | ItemKind::Sha1 | ItemKind::Sha256 => hex(item),
        ItemKind::Ipv4 | ItemKind::Ipv6 | ItemKind::Address => address(item),
    };
    word + "\n"
}

fn hex(item: &[u8]) -> String {
    item.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn address(item: &[u8]) -> String {
    if let Ok(v4) = <[u8; 4]>::try_from(item) {
        return IpAddr::from(v4).to_string();
    }
    <[u8; 16]>::try_from(item).map(|v6| IpAddr::from(v6).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::SetOptions;

    #[test]
    fn a_set_changes() {
        let set = DataSet::read(b"Yg==\nYQ==\n", SetOptions::new("s", ItemKind::Text));
        let mut changes = SetChanges::default();
        assert!(changes.contains(&set, b"a") && !changes.add(&set, b"a") && !changes.remove(&set, b"c"));
        assert!(changes.add(&set, b"c") && changes.remove(&set, b"a") && !changes.remove(&set, b"a"));
        assert_eq!(changes.text(&set), "Yg==\nYw==\n");
        assert!(changes.add(&set, b"a"));
    }

    #[test]
    fn a_set_is_full() {
        let options = SetOptions { bytes_max: ITEM_BYTES + 4, ..SetOptions::new("s", ItemKind::Ipv4) };
        let (set, mut changes) = (DataSet::empty(options), SetChanges::default());
        assert!(!changes.add(&set, b"no address") && changes.add(&set, &[192, 0, 2, 1]));
        assert!(!changes.add(&set, &[192, 0, 2, 2]) && changes.turned_away == 1);
        assert_eq!(changes.text(&set), "192.0.2.1\n");
    }
}
