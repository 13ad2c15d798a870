//! Threat lists: what others know about an address, read leniently and matched fast.
//!
//! A list arrives as bytes in whatever form its publisher chose; [`load`] recognises the form by content, keeps what can
//! be matched on flows (addresses, prefixes, address and port) and counts the rest by kind: domains, URLs, hashes, AS
//! numbers. Lists are careless, so a list is never matched as it stands:
//!
//! - private and special space is reported and not matched (FireHOL level 1 holds 10/8); single documentation addresses
//!   are matched, because only an exercise writes one down,
//! - well-known public resolvers are reported and not matched (SANS lists 8.8.8.8), nor is anything that a MISP warning
//!   list of resolvers or shared front ends holds,
//! - prefixes so wide that they say nothing (shorter than /8, for IPv6 /19) are reported and not matched.
//!
//! Lists of prefixes that contain such addresses still match around them. What a list is worth is guessed from its name
//! ([`Tier`], [`Topic`], [`Role`]) and may be set before [`Intel::build`].

mod cleanliness;
mod collector;
pub(crate) mod columns;
mod configuration;
pub(crate) mod csv;
mod hygiene;
mod indicator;
mod json;
mod limits;
mod matcher;
mod misp;
mod pattern;
mod published;
mod report;
mod stix;
mod text;
mod tier;
mod tor;
mod xml;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ipnet::IpNet;

pub use cleanliness::{Cleanliness, Grade};
pub use limits::Limits;
pub use matcher::{Hit, HitEntry, Intel, LISTS_MAX};
pub use report::{LoadReport, SkipReason, Skipped};
pub use tier::{Role, Tier, Topic};

/// One list, loaded.
#[derive(Clone, Debug)]
pub struct List {
    /// The name it was given, usually the file's.
    pub name: String,
    /// What it calls itself, from its banner or its JSON.
    pub title: Option<String>,
    /// When it was made, in seconds since 1970 UTC, as far as it says so.
    pub published: Option<i64>,
    /// The form it was written in.
    pub format: ListFormat,
    /// What its entries do.
    pub role: Role,
    /// How much a hit is worth.
    pub tier: Tier,
    /// What its addresses are said to be.
    pub topic: Topic,
    /// What can be matched, in the order of the list, without duplicates. Empty once inside an [`Intel`].
    pub entries: Vec<Entry>,
    /// AS numbers it lists; they need AS data to be matched.
    pub asns: Vec<u32>,
    /// What was read, and what was not and why.
    pub report: LoadReport,
}

/// One address or prefix of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address (as /32 or /128) or prefix.
    pub prefix: IpNet,
    /// The port the list names with it.
    pub port: Option<u16>,
    /// Does only that port match (`1.2.3.4:3333`), or is the port in a column of its own and only told?
    pub port_only: bool,
    /// What the list calls it: the malware, the organisation, the SBL number.
    pub label: Option<Arc<str>>,
    /// A number the list gives: lists it is on, confidence, reliability.
    pub score: Option<u32>,
    /// When it ends, in seconds since 1970 UTC. Whoever knows the time compares.
    pub valid_until: Option<i64>,
    /// The line it stands in, from 1; 0 if unknown.
    pub line: u32,
}

/// The forms a list comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ListFormat {
    /// Nothing but comments and blanks.
    Empty,
    /// Compressed or not text at all.
    Binary,
    /// One indicator a line: addresses, prefixes, ranges, domains, firewall commands.
    Lines,
    /// An address and a number a line (ipsum).
    LinesScored,
    /// Spamhaus DROP, EDROP, DROPv6: `prefix ; SBL123`, newer copies `prefix ` with a blank.
    SpamhausDrop,
    /// Spamhaus ASN-DROP: one JSON object per AS.
    AsnDrop,
    /// FireHOL `.netset` and `.ipset`.
    Firehol,
    /// Maltrail trails.
    Maltrail,
    /// A hosts file: names to be blocked.
    Hosts,
    /// Rows with delimiters: Feodo, SSLBL, ThreatFox, Proofpoint, iSIGHT, OTX and anybody's.
    Csv,
    /// Ranges with a level that says whether they are turned away (`ipfilter.dat`).
    IpFilter,
    /// Lines of packet filters, routers, web servers, or rules of intrusion detection.
    Configuration,
    /// The Tor project's list of exits.
    TorExits,
    /// The consensus of Tor's directories: all relays.
    TorConsensus,
    /// AlienVault reputation: `address#reliability#risk#type#country#...`.
    AlienVault,
    /// A MISP event or feed.
    MispEvent,
    /// A MISP warning list: what must not be taken for a threat.
    MispWarningList,
    /// A STIX 2.0 or 2.1 bundle.
    Stix,
    /// STIX 1 or any other XML that holds addresses.
    Xml,
    /// A web page, usually an error or a login where a list was expected.
    Html,
    /// CrowdSec decisions or alerts.
    CrowdSec,
    /// Any other JSON that holds addresses.
    Json,
}

impl ListFormat {
    /// The name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            ListFormat::Empty => "empty",
            ListFormat::Binary => "binary",
            ListFormat::Lines => "lines",
            ListFormat::LinesScored => "lines with score",
            ListFormat::SpamhausDrop => "Spamhaus DROP",
            ListFormat::AsnDrop => "Spamhaus ASN-DROP",
            ListFormat::Firehol => "FireHOL",
            ListFormat::Maltrail => "Maltrail",
            ListFormat::Hosts => "hosts",
            ListFormat::Csv => "CSV",
            ListFormat::IpFilter => "IP filter",
            ListFormat::Configuration => "configuration or rules",
            ListFormat::TorExits => "Tor exit list",
            ListFormat::TorConsensus => "Tor consensus",
            ListFormat::AlienVault => "AlienVault reputation",
            ListFormat::MispEvent => "MISP event",
            ListFormat::MispWarningList => "MISP warning list",
            ListFormat::Stix => "STIX",
            ListFormat::Xml => "XML",
            ListFormat::Html => "web page",
            ListFormat::CrowdSec => "CrowdSec",
            ListFormat::Json => "JSON",
        }
    }
}

/// Reads a list of any form. Never fails: what cannot be read is counted in the report, with examples.
pub fn load(name: &str, bytes: &[u8], limits: &Limits) -> List {
    let mut collector = collector::Collector::new(name, limits);
    text::read(bytes, &mut collector);
    let mut list = collector.finish();
    tier::guess(&mut list);
    list
}
