//! What of EVE is written, and how.

use super::{DnsOptions, DropOptions, StatsOptions};
use crate::tables::transaction_tables;

/// What an alert shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertOptions {
    /// The rule's metadata, and the flow's bits and numbers.
    pub metadata: bool,
    /// The rule's references.
    pub references: bool,
    /// The flow's counters.
    pub flow: bool,
    /// The application's object.
    pub application: bool,
    /// `payload`
    pub payload: bool,
    /// `payload_printable`
    pub payload_printable: bool,
    /// Bytes of the payload at most.
    pub payload_bytes_max: usize,
    /// The frame.
    pub packet: bool,
    /// What became of the packet.
    pub verdict: bool,
    /// Packets that `tag` wants to be told (`packet` events).
    pub tagged_packets: bool,
}

impl Default for AlertOptions {
    fn default() -> Self {
        AlertOptions::shipped()
    }
}

impl AlertOptions {
    /// As Suricata is shipped.
    pub const fn shipped() -> AlertOptions {
        AlertOptions {
            metadata: true,
            references: false,
            flow: true,
            application: true,
            payload: false,
            payload_printable: false,
            payload_bytes_max: 4 << 10,
            packet: false,
            verdict: false,
            tagged_packets: true,
        }
    }
}

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineFormat {
    /// EVE JSON.
    #[default]
    Eve,
    /// `fast.log`: alerts alone, in words.
    Fast,
}

/// What of EVE is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EveOptions {
    /// How.
    pub format: LineFormat,
    /// `alert` events.
    pub alerts: bool,
    /// What is in them.
    pub alert: AlertOptions,
    /// `arp` events.
    pub arp: bool,
    /// `drop` events.
    pub drops: bool,
    /// What is in them.
    pub drop: DropOptions,
    /// `flow` events.
    pub flows: bool,
    /// `netflow` events.
    pub netflows: bool,
    /// A `stats` event at the end, and what is in it. Whoever runs the engines writes it, see [`EveWriter::tally`].
    pub stats: Option<StatsOptions>,
    /// Events of applications, by table.
    pub tables: TableSet,
    /// What of DNS is written, and how.
    pub dns: DnsOptions,
    /// `fileinfo` events.
    pub files: bool,
    /// `anomaly` events of headers.
    pub decode_anomalies: bool,
    /// `anomaly` events of TCP.
    pub stream_anomalies: bool,
    /// `anomaly` events of applications.
    pub application_anomalies: bool,
    /// `community_id` in every event, with this seed.
    pub community_id_seed: Option<u16>,
    /// The capture's name (`pcap_filename`) in every event.
    pub capture_name: bool,
    /// What rules remember of a flow (`metadata`) in every event.
    pub metadata: bool,
    /// MAC addresses (`ether`) in every event.
    pub macs: bool,
    /// Everything that a transaction can tell, headers and certificates one by one.
    pub dumps: bool,
    /// What EVE has no name for: times of a transaction, performance of a flow.
    pub own: bool,
    /// Passwords, where a protocol has them redacted otherwise.
    pub passwords: bool,
}

impl Default for EveOptions {
    /// As Suricata is shipped: everything but anomalies of headers and TCP.
    fn default() -> Self {
        EveOptions {
            format: LineFormat::Eve,
            alerts: true,
            alert: AlertOptions::default(),
            arp: false,
            drops: false,
            drop: DropOptions::default(),
            flows: true,
            netflows: false,
            stats: None,
            tables: TableSet::all(),
            dns: DnsOptions::default(),
            files: true,
            decode_anomalies: false,
            stream_anomalies: false,
            application_anomalies: true,
            community_id_seed: None,
            capture_name: false,
            metadata: true,
            macs: false,
            dumps: false,
            own: false,
            passwords: false,
        }
    }
}

/// A set of tables that transactions fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSet(u64);

impl TableSet {
    /// Every table.
    pub const fn all() -> TableSet {
        TableSet(u64::MAX)
    }

    /// No table.
    pub const fn none() -> TableSet {
        TableSet(0)
    }

    /// Adds a table; a name that is no table's adds nothing.
    pub fn insert(&mut self, name: &str) {
        self.0 |= TableSet::bit(name);
    }

    /// Is this table in it?
    pub fn contains(self, name: &str) -> bool {
        self == TableSet::all() || self.0 & TableSet::bit(name) != 0
    }

    fn bit(name: &str) -> u64 {
        let place = transaction_tables().iter().position(|table| table.name == name);
        place.filter(|place| *place < 64).map_or(0, |place| 1 << place)
    }
}
