//! Where addresses are and whose: databases in MaxMind's format (GeoLite2, DB-IP, IPinfo), of countries and of
//! autonomous systems.
//!
//! Source: MaxMind DB File Format Specification, version 2.0. A database is foreign bytes: whatever they are, a lookup
//! ends after as many steps as an address has bits.

mod data;

use data::{Data, Value};
use std::fmt;
use std::net::IpAddr;

/// Stands in front of the metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// Bytes of zeros between the tree and the data.
const SEPARATOR_BYTES: usize = 16;
/// Networks that a walk visits.
const NETWORKS_MAX: usize = 20_000_000;
/// What IPv4 addresses have in front as IPv6 ones.
const V4_MAPPED: u128 = 0xffff_0000_0000;

/// Where an address is and whose: what is not known is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The country's two letters, as the database has them.
    pub country: &'a str,
    /// The number of the autonomous system; 0 where it is not known.
    pub asn: u32,
    /// The organisation of the autonomous system.
    pub organisation: &'a str,
}

impl Origin<'_> {
    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        *self == Origin::default()
    }
}

/// `DE AS3320 Deutsche Telekom AG`
impl fmt::Display for Origin<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asn = if self.asn == 0 { String::new() } else { format!("AS{}", self.asn) };
        let parts = [self.country, &asn, self.organisation];
        let known: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        out.write_str(&known.join(" "))
    }
}

/// Several databases: what one does not know another may.
#[derive(Clone, Debug, Default)]
pub struct Geo {
    databases: Vec<Database>,
}

impl Geo {
    /// These databases, the more important first.
    pub fn new(databases: Vec<Database>) -> Geo {
        Geo { databases }
    }

    /// Where an address is and whose.
    pub fn origin(&self, address: IpAddr) -> Origin<'_> {
        let origins = self.databases.iter().filter_map(|database| database.origin(address));
        origins.fold(Origin::default(), |known, other| Origin {
            country: if known.country.is_empty() { other.country } else { known.country },
            asn: if known.asn == 0 { other.asn } else { known.asn },
            organisation: if known.organisation.is_empty() { other.organisation } else { known.organisation },
        })
    }
}

/// A database, as it was read.
#[derive(Clone, Debug)]
pub struct Database {
    bytes: Vec<u8>,
    nodes: usize,
    record_bits: usize,
    /// Bits of an address in the tree: 32 or 128.
    address_bits: u32,
    data_at: usize,
    data_end: usize,
}

impl Database {
    /// Reads a database.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: Vec<u8>) -> Result<Database, String> {
        let marker = memchr::memmem::rfind(&bytes, MARKER).ok_or("this is no MaxMind database: it has no metadata")?;
        let metadata = Data { bytes: &bytes[marker + MARKER.len()..] };
        let number = |name: &str| {
            let value = metadata.map(0).and_then(|map| metadata.number(metadata.entry(map, name)?));
            value.ok_or(format!("its metadata has no `{name}`"))
        };
        let (nodes, record_bits) = (number("node_count")? as usize, number("record_size")? as usize);
        if ![24, 28, 32].contains(&record_bits) {
            return Err(format!("its records have {record_bits} bits, and not 24, 28 or 32"));
        }
        let address_bits = if number("ip_version")? == 4 { 32 } else { 128 };
        let data_at = nodes.saturating_mul(record_bits / 4).checked_add(SEPARATOR_BYTES).filter(|at| *at <= marker);
        let data_at = data_at.ok_or("it is cut off: its tree has more nodes than bytes")?;
        Ok(Database { bytes, nodes, record_bits, address_bits, data_at, data_end: marker })
    }

    /// Where an address is and whose, if the database knows it.
    pub fn origin(&self, address: IpAddr) -> Option<Origin<'_>> {
        let (bits, length) = match address {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
            IpAddr::V6(v6) => (v6.to_bits(), 128),
        };
        if length > self.address_bits {
            return None;
        }
        let mut node = 0;
        // An IPv4 address lies in a tree of IPv6 behind 96 zeros.
        for _ in length..self.address_bits {
            node = self.child(node, false).ok()?;
        }
        for place in (0..length).rev() {
            match self.child(node, bits >> place & 1 == 1) {
                Ok(next) => node = next,
                Err(place) => return self.told(place?),
            }
        }
        None
    }

    /// The networks, each as its first and last address (IPv4 as mapped IPv6 ones).
    ///
    /// # Errors
    /// When there are too many.
    pub fn networks<'a>(&'a self, mut each: impl FnMut((u128, u128), Origin<'a>)) -> Result<(), String> {
        let mut walk = Walk { database: self, networks: 0, each: &mut each };
        walk.node(0, 0, self.address_bits);
        match walk.networks > NETWORKS_MAX {
            true => Err(format!("it has more than {NETWORKS_MAX} networks")),
            false => Ok(()),
        }
    }

    /// Where a bit leads from a node: to another, or (as an error) to a place in the data if to anything.
    fn child(&self, node: usize, is_right: bool) -> Result<usize, Option<usize>> {
        let record = self.record(node, is_right).ok_or(None)?;
        if record < self.nodes {
            return Ok(record);
        }
        Err((record - self.nodes).checked_sub(SEPARATOR_BYTES))
    }

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

    fn told(&self, place: usize) -> Option<Origin<'_>> {
        let data = Data { bytes: self.bytes.get(self.data_at..self.data_end)? };
        let map = data.map(place)?;
        let text = |value: Value| std::str::from_utf8(data.text(value)?).ok();
        let named = |names: &[&str]| names.iter().find_map(|name| text(data.entry(map, name)?));
        let nested = || text(data.entry(data.entry(map, "country")?, "iso_code")?);
        let number = || data.number(data.entry(map, "autonomous_system_number")?)?.try_into().ok();
        let written = || named(&["asn"])?.trim_start_matches("AS").parse().ok();
        Some(Origin {
            country: nested().or_else(|| named(&["country_code", "country"])).unwrap_or_default(),
            asn: number().or_else(written).unwrap_or_default(),
            organisation: named(&["autonomous_system_organization", "as_name"]).unwrap_or_default(),
        })
    }
}

struct Walk<'a, 'b, E> {
    database: &'a Database,
    networks: usize,
    each: &'b mut E,
}

impl<'a, E: FnMut((u128, u128), Origin<'a>)> Walk<'a, '_, E> {
    /// All below a node whose addresses begin with `prefix`; `bits` are left.
    fn node(&mut self, node: usize, prefix: u128, bits: u32) {
        if bits == 0 || self.networks > NETWORKS_MAX {
            return;
        }
        for is_right in [false, true] {
            let prefix = prefix << 1 | u128::from(is_right);
            match self.database.child(node, is_right) {
                Ok(next) => self.node(next, prefix, bits - 1),
                Err(Some(place)) => self.network(place, prefix, bits - 1),
                Err(None) => {}
            }
        }
    }

    fn network(&mut self, place: usize, prefix: u128, bits: u32) {
        self.networks += 1;
        let Some(origin) = self.database.told(place) else { return };
        let first = prefix.checked_shl(bits).unwrap_or(0);
        let last = first | 1_u128.checked_shl(bits).map_or(u128::MAX, |size| size - 1);
        // IPv4 lies at the begin of both kinds of trees.
        let base = if last <= u128::from(u32::MAX) { V4_MAPPED } else { 0 };
        (self.each)((first | base, last | base), origin);
    }
}

#[cfg(test)]
mod tests;
