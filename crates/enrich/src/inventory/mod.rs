//! Whose an interface or an address is: inventories of interfaces, and the clouds' own lists of address ranges.
//!
//! A file arrives as bytes; [`load`] recognises by content
//!
//! - what `aws ec2 describe-network-interfaces` prints, and recorded answers of that call,
//! - snapshots of AWS Config, whose items say when they were true,
//! - a table of one's own, as JSON, JSON lines or CSV: `eni`, `ip`, `service`, `name`,
//!   `from`, `to`, and where it is: `zone`, `region`, `network`, `subnet`,
//! - the address ranges that AWS (`ip-ranges.json`), Azure (`ServiceTags_Public.json`), Google (`cloud.json`, `goog.json`)
//!   and Oracle publish.
//!
//! Interfaces are deleted and their addresses are used again. So whoever asks says of which moment; an entry that says
//! when it was true answers for that time only.

mod interfaces;
mod pattern;
mod place;
mod ranges;
mod table;
#[cfg(test)]
mod tests;

pub use pattern::{Signs, attribute};
pub use place::Place;

use crate::prefix::{PrefixMap, address_bytes};
use ipnet::IpNet;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

/// What a file may hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes_max: usize,
    /// Interfaces, rows or prefixes of a file; what is beyond is counted as not read.
    pub entries_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes_max: 256 << 20, entries_max: 2_000_000 }
    }
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Answers of `DescribeNetworkInterfaces`.
    AwsInterfaces,
    /// A snapshot or history of AWS Config.
    AwsConfig,
    /// A table of one's own.
    Table,
    /// AWS's `ip-ranges.json`.
    AwsRanges,
    /// Azure's service tags.
    AzureRanges,
    /// Google's `cloud.json` or `goog.json`.
    GoogleRanges,
    /// Oracle's `public_ip_ranges.json`.
    OracleRanges,
}

impl Format {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Format::AwsInterfaces => "aws_network_interfaces",
            Format::AwsConfig => "aws_config",
            Format::Table => "interface_table",
            Format::AwsRanges => "aws_ip_ranges",
            Format::AzureRanges => "azure_service_tags",
            Format::GoogleRanges => "google_ip_ranges",
            Format::OracleRanges => "oracle_ip_ranges",
        }
    }
}

/// What stands behind an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// `ALB`, `RDS`, `NAT gateway`, `AWS S3`; may be empty.
    pub service: String,
    /// What it is called: a load balancer, an instance, the region of a public service; may be empty.
    pub name: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.service.is_empty() || self.name.is_empty() { "" } else { " " };
        write!(f, "{}{space}{}", self.service, self.name)
    }
}

/// When something was true, in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Period {
    /// Not before.
    from: Option<i64>,
    /// Not from this moment on.
    to: Option<i64>,
    /// Somebody looked then, and it was so.
    seen: Option<i64>,
}

impl Period {
    fn holds(&self, at: i64) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// How far it is from a moment: the last that was known before it is the best, then what has no time, then the first
    /// that was known after it.
    fn distance(&self, at: i64) -> (u8, i64) {
        match self.seen.or(self.from) {
            Some(known) if known <= at => (0, at - known),
            None => (1, 0),
            Some(known) => (2, known - at),
        }
    }
}

/// One interface, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Interface {
    id: String,
    addresses: Vec<IpAddr>,
    owner: Owner,
    place: Place,
    period: Period,
}

/// One range of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    net: IpNet,
    owner: Owner,
    /// Orders the owners of one prefix: the highest is the most special. 0 is what all of a cloud has.
    rank: u32,
}

/// A file, loaded.
#[derive(Clone, Debug)]
pub struct File {
    /// The name it was given.
    pub name: String,
    /// What it is.
    pub format: Format,
    /// Entries that could not be read: no address in them, or beyond a limit.
    pub unread: u64,
    interfaces: Vec<Interface>,
    /// Interfaces that were deleted, and when.
    deleted: Vec<(String, i64)>,
    ranges: Vec<Range>,
}

impl File {
    fn new(name: &str, format: Format) -> File {
        let (interfaces, deleted, ranges) = (Vec::new(), Vec::new(), Vec::new());
        File { name: name.to_owned(), format, unread: 0, interfaces, deleted, ranges }
    }

    /// Interfaces (or rows of a table) and ranges in it.
    pub fn entries(&self) -> usize {
        self.interfaces.len() + self.ranges.len()
    }

    fn has_room(&mut self, limits: &Limits) -> bool {
        let has_room = self.entries() < limits.entries_max;
        self.unread += u64::from(!has_room);
        has_room
    }
}

/// Why a file is no inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryError {
    /// The name it was given.
    pub name: String,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for InventoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} (wanted: what `aws ec2 describe-network-interfaces` prints, a snapshot of AWS Config, a table with \
             eni, ip, service, name, or the address ranges of a cloud)",
            self.name, self.why
        )
    }
}

impl std::error::Error for InventoryError {}

/// Reads a file whose form is told from its content.
///
/// # Errors
/// It is none of the known forms.
pub fn load(name: &str, bytes: &[u8], limits: &Limits) -> Result<File, InventoryError> {
    let error = |why: String| InventoryError { name: name.to_owned(), why };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let file = match serde_json::from_slice::<Value>(bytes) {
        Ok(document) => interfaces::read(name, &document, limits)
            .or_else(|| ranges::read(name, &document, limits))
            .or_else(|| table::read_json(name, &document, limits)),
        Err(problem) => {
            let text = String::from_utf8_lossy(bytes);
            let file = table::read_text(name, &text, limits);
            let is_json = text.trim_start().starts_with(['{', '[']);
            if file.is_none() && is_json {
                return Err(error(format!("the JSON is not right: {problem}")));
            }
            file
        }
    };
    file.ok_or_else(|| error("neither interfaces nor address ranges".to_owned()))
}

/// Everything that is known, ready to be asked.
#[derive(Clone, Debug)]
pub struct Inventory {
    files: Vec<File>,
    /// Places of interfaces: file and number.
    by_id: HashMap<String, Vec<(u32, u32)>>,
    by_address: HashMap<IpAddr, Vec<(u32, u32)>>,
    /// What some service has, and what all of a cloud has.
    special: PrefixMap<(u32, u32)>,
    general: PrefixMap<(u32, u32)>,
}

impl Inventory {
    /// Joins files.
    pub fn build(mut files: Vec<File>) -> Inventory {
        end_the_deleted(&mut files);
        let mut by_id: HashMap<String, Vec<(u32, u32)>> = HashMap::new();
        let mut by_address: HashMap<IpAddr, Vec<(u32, u32)>> = HashMap::new();
        let mut ranges = Vec::new();
        for (file, number) in files.iter().zip(0..) {
            for (interface, place) in file.interfaces.iter().zip(0..) {
                if !interface.id.is_empty() {
                    by_id.entry(interface.id.clone()).or_default().push((number, place));
                }
                for address in &interface.addresses {
                    by_address.entry(*address).or_default().push((number, place));
                }
            }
            ranges.extend(file.ranges.iter().zip(0..).map(|(range, place)| (range.rank, range.net, (number, place))));
        }
        // Of two equal prefixes the later one wins.
        ranges.sort_by_key(|range| range.0);
        let general = ranges.partition_point(|range| range.0 == 0);
        let map = |ranges: &[(u32, IpNet, (u32, u32))]| PrefixMap::new(ranges.iter().map(|&(_, net, at)| (net, at)));
        let (general, special) = (map(&ranges[..general]), map(&ranges[general..]));
        Inventory { files, by_id, by_address, special, general }
    }

    /// The files it was built from.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// What stood behind an interface at a moment, in seconds since 1970.
    pub fn interface(&self, id: &str, at: i64) -> Option<&Owner> {
        self.best(self.by_id.get(id)?, at).map(|interface| &interface.owner)
    }

    /// Where an interface was, or else whoever had an address, at a moment. Cloud ranges are nowhere.
    pub fn place(&self, id: &str, address: IpAddr, at: i64) -> Option<&Place> {
        let places = [self.by_id.get(id), self.by_address.get(&address.to_canonical())];
        let known = places.into_iter().flatten().filter_map(|places| self.best(places, at));
        known.map(|interface| &interface.place).find(|place| !place.is_empty())
    }

    /// What stood behind an address at a moment: an interface that had it, else a cloud's range that holds it.
    pub fn address(&self, address: IpAddr, at: i64) -> Option<&Owner> {
        let address = address.to_canonical();
        let places = self.by_address.get(&address);
        let interface = places.and_then(|places| self.best(places, at));
        interface.map(|interface| &interface.owner).or_else(|| self.range(address))
    }

    /// The narrowest range of a service that holds an address; else that of a cloud.
    fn range(&self, address: IpAddr) -> Option<&Owner> {
        let bytes = address_bytes(address);
        let &(file, place) = self.special.get(&bytes).or_else(|| self.general.get(&bytes))?;
        Some(&self.files[file as usize].ranges[place as usize].owner)
    }

    fn best(&self, places: &[(u32, u32)], at: i64) -> Option<&Interface> {
        let interfaces = places.iter().map(|&(file, place)| &self.files[file as usize].interfaces[place as usize]);
        let known = interfaces.filter(|interface| interface.period.holds(at));
        known.min_by_key(|interface| interface.period.distance(at))
    }
}

/// What was known of an interface before it was deleted ends there.
fn end_the_deleted(files: &mut [File]) {
    let deleted: HashMap<String, i64> = files.iter().flat_map(|file| file.deleted.iter().cloned()).collect();
    for interface in files.iter_mut().flat_map(|file| &mut file.interfaces) {
        let Period { from, to, seen } = &mut interface.period;
        if let Some(&end) = deleted.get(&interface.id)
            && seen.or(*from).is_none_or(|known| known < end)
        {
            *to = Some(to.map_or(end, |to| to.min(end)));
        }
    }
}
