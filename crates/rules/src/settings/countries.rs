//! Which addresses are of which country: a database in MaxMind's format.
//!
//! Source: MaxMind DB File Format Specification, version 2.0. The tree is walked once, so that a rule has its addresses as ranges.

use crate::detect::rule::Addresses;
use std::collections::{BTreeMap, HashMap};

/// Stands in front of the metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// Bytes of zeros between the tree and the data.
const SEPARATOR_BYTES: usize = 16;
/// Networks that are read.
const NETWORKS_MAX: usize = 20_000_000;
/// Maps and lists in each other, and pointers to pointers.
const DEPTH_MAX: usize = 16;
/// What IPv4 addresses have in front as IPv6 ones.
const V4_MAPPED: u128 = 0xffff_0000_0000;

/// A country by its two letters.
type Code = [u8; 2];

/// Ranges of addresses by countries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Countries {
    ranges: BTreeMap<Code, Vec<(u128, u128)>>,
}

impl Countries {
    /// Reads a database whose records have `country.iso_code`, such as GeoLite2-Country.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: &[u8]) -> Result<Countries, String> {
        let marker = memchr::memmem::rfind(bytes, MARKER).ok_or("this is no MaxMind database: it has no metadata")?;
        let metadata = Data { bytes: &bytes[marker + MARKER.len()..] };
        let number = |name: &str| metadata.number_of(name).ok_or(format!("its metadata has no `{name}`"));
        let (nodes, record_bits) = (number("node_count")?, number("record_size")?);
        let tree = Tree { bytes, nodes: nodes as usize, record_bits: record_bits as usize };
        if ![24, 28, 32].contains(&tree.record_bits) {
            return Err(format!("its records have {record_bits} bits, and not 24, 28 or 32"));
        }
        let data_at = tree.bytes_long().checked_add(SEPARATOR_BYTES).filter(|at| *at <= marker);
        let data_at = data_at.ok_or("it is cut off: its tree has more nodes than bytes")?;
        let mut walk = Walk {
            tree,
            data: Data { bytes: &bytes[data_at..marker] },
            codes: HashMap::new(),
            networks: 0,
            countries: Countries::default(),
        };
        let bits = if number("ip_version")? == 4 { 32 } else { 128 };
        walk.node(0, 0, bits);
        match walk.networks > NETWORKS_MAX {
            true => Err(format!("it has more than {NETWORKS_MAX} networks")),
            false => Ok(walk.countries),
        }
    }

    /// The addresses of a country, by its two letters.
    pub fn of(&self, code: &str) -> Option<&[(u128, u128)]> {
        let code: Code = code.to_ascii_uppercase().as_bytes().try_into().ok()?;
        self.ranges.get(&code).map(Vec::as_slice)
    }

    /// The addresses of these countries, or those of all others.
    pub fn addresses(&self, codes: &[&str], is_negated: bool) -> Addresses {
        let is_named = |code: &Code| codes.iter().any(|named| named.as_bytes().eq_ignore_ascii_case(code));
        let chosen = self.ranges.iter().filter(|(code, _)| is_named(code) != is_negated);
        Addresses::of(chosen.flat_map(|(_, ranges)| ranges.iter().copied()).collect())
    }
}

/// The tree of networks.
struct Tree<'a> {
    bytes: &'a [u8],
    nodes: usize,
    record_bits: usize,
}

impl Tree<'_> {
    fn bytes_long(&self) -> usize {
        self.nodes.saturating_mul(self.record_bits / 4)
    }

    /// Where a bit leads from a node.
    fn record(&self, node: usize, is_right: bool) -> Option<usize> {
        let length = self.record_bits / 4;
        let node = self.bytes.get(node.checked_mul(length)?..)?.get(..length)?;
        let (left, right) = node.split_at(length / 2);
        let big = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        Some(match (self.record_bits, is_right) {
            // The middle byte has the upper bits of both.
            (28, false) => usize::from(node[3] >> 4) << 24 | big(&node[..3]),
            (28, true) => usize::from(node[3] & 0xf) << 24 | big(&node[4..]),
            (_, false) => big(left),
            (_, true) => big(right),
        })
    }
}

struct Walk<'a> {
    tree: Tree<'a>,
    data: Data<'a>,
    /// Countries by where their record is.
    codes: HashMap<usize, Option<Code>>,
    networks: usize,
    countries: Countries,
}

impl Walk<'_> {
    /// All below a node whose addresses begin with `prefix`; `bits` are left.
    fn node(&mut self, node: usize, prefix: u128, bits: u32) {
        if bits == 0 || self.networks > NETWORKS_MAX {
            return;
        }
        for is_right in [false, true] {
            let Some(record) = self.tree.record(node, is_right) else { continue };
            let prefix = prefix << 1 | u128::from(is_right);
            if record < self.tree.nodes {
                self.node(record, prefix, bits - 1);
            } else if let Some(place) = (record - self.tree.nodes).checked_sub(SEPARATOR_BYTES) {
                self.network(place, prefix, bits - 1);
            }
        }
    }

    fn network(&mut self, place: usize, prefix: u128, bits: u32) {
        self.networks += 1;
        let data = self.data;
        let code = *self.codes.entry(place).or_insert_with(|| data.country(place));
        let Some(code) = code else { return };
        let first = prefix.checked_shl(bits).unwrap_or(0);
        let last = first | 1_u128.checked_shl(bits).map_or(u128::MAX, |size| size - 1);
        // IPv4 lies at the begin of both kinds of trees.
        let is_v4 = last <= u128::from(u32::MAX);
        let base = if is_v4 { V4_MAPPED } else { 0 };
        self.countries.ranges.entry(code).or_default().push((first | base, last | base));
    }
}

/// Values that point at each other.
#[derive(Clone, Copy)]
struct Data<'a> {
    bytes: &'a [u8],
}

const POINTER: u8 = 1;
const TEXT: u8 = 2;
const MAP: u8 = 7;
const ARRAY: u8 = 11;
const BOOLEAN: u8 = 14;

/// A value: its type, how long it is or how many it has, and where that begins.
#[derive(Clone, Copy)]
struct Value {
    kind: u8,
    size: usize,
    at: usize,
}

impl<'a> Data<'a> {
    /// A number in the map that begins here.
    fn number_of(self, name: &str) -> Option<u64> {
        let value = self.entry(self.value(0)?, name)?;
        let bytes = self.bytes.get(value.at..)?.get(..value.size.min(8))?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// `country.iso_code`
    fn country(self, at: usize) -> Option<Code> {
        let country = self.entry(self.followed(at)?, "country")?;
        let code = self.entry(country, "iso_code")?;
        self.text(code)?.to_ascii_uppercase().try_into().ok()
    }

    fn text(self, value: Value) -> Option<&'a [u8]> {
        self.bytes.get(value.at..)?.get(..value.size).filter(|_| value.kind == TEXT)
    }

    /// What a map has under a name.
    fn entry(self, map: Value, name: &str) -> Option<Value> {
        let mut at = map.at;
        for _ in 0..if map.kind == MAP { map.size } else { 0 } {
            let is_it = self.text(self.followed(at)?)? == name.as_bytes();
            at = self.end(at, 0)?;
            if is_it {
                return self.followed(at);
            }
            at = self.end(at, 0)?;
        }
        None
    }

    /// The value that stands here, or that a pointer here points at.
    fn followed(self, at: usize) -> Option<Value> {
        let value = self.value(at)?;
        if value.kind == POINTER { self.value(value.size).filter(|value| value.kind != POINTER) } else { Some(value) }
    }

    /// The value here as it stands. A pointer's size is where it points.
    fn value(self, at: usize) -> Option<Value> {
        let control = *self.bytes.get(at)?;
        let (kind, mut at) = match control >> 5 {
            0 => (self.bytes.get(at + 1)?.checked_add(7)?, at + 2),
            kind => (kind, at + 1),
        };
        let low = usize::from(control & 0x1f);
        let more = match (kind, low) {
            (POINTER, _) => low >> 3 & 3,
            (_, 29..) => low - 29,
            _ => return Some(Value { kind, size: low, at }),
        };
        let length = more + 1;
        let number =
            self.bytes.get(at..)?.get(..length)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        at += length;
        let size = match (kind, more) {
            (POINTER, 3) => number,
            (POINTER, _) => ((low & 7) << (8 * length)) + number + [0, 2_048, 526_336][more],
            _ => number + [29, 285, 65_821][more],
        };
        Some(Value { kind, size, at })
    }

    /// Where the value that stands here ends.
    fn end(self, at: usize, depth: usize) -> Option<usize> {
        let value = self.value(at)?;
        let items = match value.kind {
            POINTER | BOOLEAN => return Some(value.at),
            MAP => value.size.checked_mul(2)?,
            ARRAY => value.size,
            _ => return value.at.checked_add(value.size),
        };
        let mut at = value.at;
        for _ in 0..items {
            at = self.end(at, depth + 1).filter(|_| depth < DEPTH_MAX)?;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One node: addresses with 0 in front are of DE, the others of FR through a pointer.
    fn database() -> Vec<u8> {
        let data = b"\xe1\x47country\xe1\x48iso_code\x42DE\xe1\x20\x01\xe1\x48iso_code\x42FR";
        let second = 22;
        let mut bytes = vec![0, 0, 1 + 16, 0, 0, 1 + 16 + second];
        bytes.extend([0; SEPARATOR_BYTES]);
        bytes.extend(data);
        bytes.extend(MARKER);
        bytes.extend(b"\xe3\x4anode_count\xc1\x01\x4brecord_size\xa1\x18\x4aip_version\xa1\x04");
        bytes
    }

    #[test]
    fn networks_of_countries() {
        let countries = Countries::read(&database()).expect("a database");
        let half = V4_MAPPED | 0x8000_0000;
        assert_eq!(countries.of("de"), Some(&[(V4_MAPPED, half - 1)][..]));
        assert_eq!(countries.of("FR"), Some(&[(half, V4_MAPPED | 0xffff_ffff)][..]));
        assert_eq!(countries.of("XX"), None);
        assert_eq!(countries.addresses(&["FR"], true).ranges(), [(V4_MAPPED, half - 1)]);
    }

    #[test]
    fn what_is_none() {
        assert!(Countries::read(b"").is_err());
        let mut cut = database();
        cut.drain(..50);
        assert!(Countries::read(&cut).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = database();
            for (place, byte) in flips {
                let length = bytes.len();
                bytes[place.index(length)] = byte;
            }
            let _ = Countries::read(&bytes);
        }
    }
}
