//! What a report says, as data: the JSON of `fathom report --json`, and what the terminal and the
//! HTML page draw. Field names are stable; new ones may be added.
//!
//! Times are RFC 3339 text in UTC, byte counts are bytes, rates are per second.

mod transfer;

pub use transfer::{Transfer, TransferClass, TransferPair};

use detect::TurnedAway;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole report: one JSON object.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// `fathom.report/1`.
    pub schema: &'static str,
    /// What was read.
    pub inputs: Inputs,
    /// The inventories that were given; absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inventory: Vec<InventoryFile>,
    /// What could not be read, what the providers lost, what fell silent.
    pub health: Health,
    /// What the network did.
    pub traffic: Traffic,
    /// What moving it costs, by price class; absent where no cloud was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// The blacklists that were given, and what they hit.
    pub intel: Intel,
    /// What rules found in packets; absent without alerts.
    #[serde(skip_serializing_if = "Alerts::is_empty")]
    pub alerts: Alerts,
    /// What the limits of detection turned away.
    pub behaviour: TurnedAway,
    /// What a person should look at, most severe first.
    pub findings: Vec<Finding>,
    /// The suppressions that were given, each with the findings that it hid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<detect::suppress::Hidden>,
    /// The host that was asked for: what it usually does, and what it does now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
}

/// What one host of ours does, beside what it usually does.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Profile {
    /// Its address.
    pub entity: String,
    /// Is it a host of ours that did something in this time?
    pub is_seen: bool,
    /// First and last moment of the baseline; absent where it does not know the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<(String, String)>,
    /// What it talks to and offers.
    pub habits: Vec<Habit>,
    /// Its hours, in order; at most [`crate::PROFILE_HOURS_MAX`], the last ones.
    pub hours: Vec<ProfileHour>,
}

/// One kind of a host's habits.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Habit {
    /// `servers outside`, `services used`, `services offered`.
    pub kind: &'static str,
    /// How many there usually are.
    pub usual: u64,
    /// How many there are now.
    pub now: u64,
    /// How many of them are new; without a baseline all.
    pub new_total: u64,
    /// Those that are new, at most [`crate::PROFILE_NAMED_MAX`].
    pub new: Vec<String>,
    /// How many are missing.
    pub missing_total: u64,
    /// Those that are missing, at most as many.
    pub missing: Vec<String>,
}

/// An hour of a host.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProfileHour {
    /// Its begin.
    pub hour: String,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes usually sent in this hour of the week; absent without a baseline of two weeks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_usual: Option<u64>,
    /// Denied and rejected tries, of it and at it.
    pub refused: u64,
    /// Those usual in this hour of the week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_usual: Option<u64>,
    /// Does one of both depart from what is usual?
    pub is_unusual: bool,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Inputs {
    /// Objects read as flow logs.
    pub objects_read: u64,
    /// Objects left out: no flow log, unreadable, empty.
    pub objects_skipped: u64,
    /// Bytes as stored (compressed).
    pub bytes_stored: u64,
    /// Bytes after decompression.
    pub bytes_decoded: u64,
    /// Flow records, before `--since`, `--until` and `--where`.
    pub records_read: u64,
    /// Flow records that the report is about.
    pub records: u64,
    /// First moment of the records.
    pub first: Option<String>,
    /// Last moment of the records.
    pub last: Option<String>,
    /// Per format (`aws_vpc`, `az_vnet`, ...).
    pub formats: Vec<FormatCount>,
    /// Every object, in the order read; at most [`crate::Limits::objects_listed_max`], the rest is in `objects_unlisted`.
    pub objects: Vec<ObjectCount>,
    /// Objects that are counted above but not listed.
    pub objects_unlisted: u64,
}

/// What rules found in packets.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Alerts {
    /// Alerts of all rules.
    pub count: u64,
    /// Rules that matched, the most urgent first; at most [`crate::Limits::list_rows_max`].
    pub rules: Vec<RuleAlerts>,
    /// Rules that matched and are not listed.
    pub rules_unlisted: u64,
    /// Alerts between further pairs of hosts than findings take in.
    pub ungrouped: u64,
}

impl Alerts {
    /// Did no rule match?
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// A rule that matched.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RuleAlerts {
    /// The rule's group.
    pub gid: i64,
    /// Its sid.
    pub signature_id: i64,
    /// Its revision.
    pub rev: i64,
    /// What it says.
    pub signature: String,
    /// Its class, in words; may be empty.
    pub category: String,
    /// Its priority: 1 is the most urgent.
    pub severity: i32,
    /// ATT&CK technique that it names; may be empty.
    pub attack: String,
    /// How often it matched.
    pub count: u64,
    /// Clients of the sessions, and packets' sources.
    pub clients: u64,
    /// Servers, and packets' destinations.
    pub servers: u64,
    /// First alert.
    pub first: String,
    /// Last alert.
    pub last: String,
}

/// One inventory of interfaces, or list of a cloud's address ranges.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InventoryFile {
    /// The name it was given.
    pub name: String,
    /// `aws_network_interfaces`, `interface_table`, `azure_service_tags`, ...
    pub format: String,
    /// Interfaces or ranges in it.
    pub entries: u64,
    /// Entries that could not be read.
    pub unread: u64,
}

/// Records of one format.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FormatCount {
    /// `source_kind`, such as `aws_vpc`.
    pub source_kind: String,
    /// Objects with such records.
    pub objects: u64,
    /// Records.
    pub records: u64,
}

/// One object.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ObjectCount {
    /// The object's name as the user would recognise it.
    pub name: String,
    /// The format it was read as, such as `aws_text`; empty if it was skipped.
    pub format: String,
    /// Flow records in it.
    pub records: u64,
    /// Rows of `health` in it.
    pub health: u64,
}

/// The health of the logging itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Health {
    /// Rows of `health` per kind (`no_data`, `skip_data`, `parse_error`, ...).
    pub counts: BTreeMap<String, u64>,
    /// Problems, grouped by object and kind, with the first place each; worst first.
    pub problems: Vec<Problem>,
    /// Interfaces that stopped logging, or have a hole, while others went on.
    pub silent: Vec<Silence>,
    /// Was any input lost, so that the exit code is 3?
    pub is_partial: bool,
}

/// Problems of one kind in one object.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Problem {
    /// `parse_error`, `truncated`, ...
    pub kind: String,
    /// The object.
    pub object: String,
    /// How many.
    pub count: u64,
    /// Line or record of the first one.
    pub record_no: Option<u64>,
    /// Byte offset of the first one.
    pub offset: Option<u64>,
    /// What exactly the first one says.
    pub detail: String,
}

/// An interface without records for a while.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Silence {
    /// The interface.
    pub if_id: String,
    /// Its provider.
    pub provider: String,
    /// Last record before.
    pub from: String,
    /// First record after, or the end of the input.
    pub to: String,
    /// It never came back.
    pub until_end: bool,
    /// Did other interfaces still record traffic with its address in that time?
    pub peers_still_saw_it: bool,
    /// The interface's own addresses, as far as they are known.
    pub addresses: Vec<String>,
}

/// What the network did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Traffic {
    /// How totals avoid counting a conversation at both of its ends, in one sentence.
    pub counting_rule: &'static str,
    /// Bytes, each conversation counted once.
    pub bytes: u64,
    /// Packets, each conversation counted once where the source has them.
    pub packets: u64,
    /// Distinct conversations: client, server, service.
    pub conversations: u64,
    /// Conversations folded away because of [`crate::Limits::conversations_max`]; totals still hold.
    pub conversations_folded: u64,
    /// Records by verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// Traffic over time.
    pub timeline: Timeline,
    /// Per vantage: provider, account, network.
    pub vantages: Vec<VantageTotal>,
    /// Who moves most, by bytes.
    pub talkers: Vec<Talker>,
    /// Who talks to whom, by bytes.
    pub conversations_top: Vec<Pair>,
    /// Services by bytes.
    pub services: Vec<Service>,
    /// Between inside, outside and clouds.
    pub zones: Vec<ZonePair>,
    /// Who was turned away, by count.
    pub denied_sources: Vec<DeniedSource>,
    /// Where they were turned away.
    pub denied_ports: Vec<DeniedPort>,
    /// What the internet reaches: accepted and answered.
    pub exposed: Vec<Exposure>,
    /// Applications by bytes, as packets show them; empty where there were only logs.
    pub applications: Vec<Application>,
}

/// Sessions of one application, found by their content.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Application {
    /// `http`, `tls`, `dns`, ..., or `not recognised`.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
    /// Bytes of IP packets, both directions.
    pub bytes: u64,
    /// Packets, both directions.
    pub packets: u64,
    /// Packets with data that were sent again.
    pub retransmissions: u64,
    /// How often a window was closed.
    pub zero_windows: u64,
    /// Bytes that the capture lost, not the network.
    pub capture_lost_bytes: u64,
    /// Median of the round trip to the client, in microseconds; within a factor of 1.5.
    pub client_rtt_median_us: Option<u64>,
    /// Median of the round trip to the server.
    pub server_rtt_median_us: Option<u64>,
    /// Median over sessions of the server's mean time to respond.
    pub response_median_us: Option<u64>,
    /// The servers' names, by sessions.
    pub hosts: Vec<NamedHost>,
}

/// A server's name, as clients asked for it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NamedHost {
    /// The name.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
}

/// Traffic over time.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timeline {
    /// Length of a bucket in seconds.
    pub bucket_s: u64,
    /// Start of the first bucket.
    pub start: Option<String>,
    /// Bytes per bucket.
    pub bytes: Vec<u64>,
    /// Accepted records per bucket.
    pub allowed: Vec<u64>,
    /// Denied and dropped records per bucket.
    pub denied: Vec<u64>,
}

/// Totals of one vantage.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VantageTotal {
    /// `aws`, `azure`, `gcp`.
    pub provider: String,
    /// The log format.
    pub source_kind: String,
    /// Account, subscription or project.
    pub account_id: String,
    /// VPC or virtual network, if known.
    pub network: String,
    /// Interfaces seen.
    pub interfaces: u64,
    /// Records.
    pub records: u64,
    /// Bytes into its interfaces.
    pub bytes_in: u64,
    /// Bytes out of its interfaces.
    pub bytes_out: u64,
    /// Denied records.
    pub denied: u64,
    /// What its byte counts count (`l3_packet`, `l4_payload`).
    pub bytes_semantics: String,
}

/// One address.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Talker {
    /// The address.
    pub address: String,
    /// `private`, `public`, ...
    pub class: String,
    /// A name from the records: instance, pod, service, interface.
    pub name: String,
    /// What stands behind it by an inventory: `ALB shop`, `AWS S3 eu-west-1`; absent if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Bytes it sent.
    pub bytes_out: u64,
    /// Bytes it received.
    pub bytes_in: u64,
    /// Records with it.
    pub records: u64,
    /// Distinct peers.
    pub peers: u64,
}

/// A client, a server, a service.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pair {
    /// Who asked.
    pub client: String,
    /// What stands behind the client by an inventory; absent if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_owner: String,
    /// Who was asked.
    pub server: String,
    /// What stands behind the server by an inventory; absent if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub server_owner: String,
    /// `tcp`, `udp`, ...
    pub protocol: String,
    /// The server's port.
    pub port: Option<u16>,
    /// `https`, `postgresql`, ...
    pub service: String,
    /// Bytes client to server.
    pub bytes_to_server: u64,
    /// Bytes server to client.
    pub bytes_to_client: u64,
    /// Records, accepted and denied.
    pub records: u64,
    /// Denied records.
    pub denied: u64,
    /// First record.
    pub first: String,
    /// Last record.
    pub last: String,
}

/// One service.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Service {
    /// `tcp`, `udp`, ...
    pub protocol: String,
    /// The server's port.
    pub port: Option<u16>,
    /// `https`, `postgresql`, ... or empty.
    pub name: String,
    /// Bytes in both directions.
    pub bytes: u64,
    /// Records.
    pub records: u64,
    /// Denied records.
    pub denied: u64,
    /// Distinct clients.
    pub clients: u64,
    /// Distinct servers.
    pub servers: u64,
    /// What stands behind its servers by an inventory (`RDS`, `ALB`), by bytes; absent if that is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
}

/// From one zone to another.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ZonePair {
    /// `aws`, `azure`, `gcp` (inside that cloud), `private` (inside, elsewhere), `internet`.
    pub from: String,
    /// The same.
    pub to: String,
    /// Bytes.
    pub bytes: u64,
    /// Accepted records.
    pub allowed: u64,
    /// Denied records.
    pub denied: u64,
}

/// Somebody who was turned away.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeniedSource {
    /// The address.
    pub address: String,
    /// What stands behind it by an inventory: `ALB shop`, `AWS S3 eu-west-1`; absent if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Is it on the internet?
    pub is_public: bool,
    /// Denied records.
    pub denied: u64,
    /// Distinct addresses tried.
    pub targets: u64,
    /// Distinct ports tried.
    pub ports: u64,
    /// First denied record.
    pub first: String,
    /// Last denied record.
    pub last: String,
    /// Where it got in afterwards, if anywhere: accepted and answered after having been denied.
    pub got_in: Vec<GotIn>,
}

/// Where somebody got in after having been turned away.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GotIn {
    /// The server.
    pub server: String,
    /// Its port.
    pub port: Option<u16>,
    /// `ssh`, ...
    pub service: String,
    /// First accepted record after the first denial.
    pub first: String,
    /// Accepted records.
    pub records: u64,
    /// Bytes in both directions.
    pub bytes: u64,
}

/// Denials of one port.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeniedPort {
    /// `tcp`, `udp`, ...
    pub protocol: String,
    /// The port.
    pub port: Option<u16>,
    /// `ssh`, ...
    pub service: String,
    /// Denied records.
    pub denied: u64,
    /// Distinct sources.
    pub sources: u64,
    /// Distinct targets.
    pub targets: u64,
}

/// A service of ours that the internet reaches.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Exposure {
    /// The server.
    pub server: String,
    /// A name from the records.
    pub name: String,
    /// What stands behind it by an inventory: `ALB shop`, `AWS S3 eu-west-1`; absent if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// `tcp`, `udp`.
    pub protocol: String,
    /// The port.
    pub port: Option<u16>,
    /// `https`, `ssh`, ...
    pub service: String,
    /// Distinct public clients that were accepted and answered.
    pub clients: u64,
    /// Accepted records.
    pub records: u64,
    /// Bytes in both directions.
    pub bytes: u64,
    /// First time it was reached.
    pub first: String,
    /// Last time.
    pub last: String,
    /// Is this a service that should rarely face the internet (ssh, rdp, databases)?
    pub is_sensitive: bool,
    /// Were public clients denied here before the first was accepted, and until when?
    pub denied_until: Option<String>,
}

/// Blacklists and what they hit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Intel {
    /// The lists, with what was loaded and what was refused.
    pub lists: Vec<IntelList>,
    /// Hits, heaviest first.
    pub hits: Vec<IntelHit>,
    /// Inbound attempts from listed addresses that were rejected: a number, not an alarm.
    pub rejected_inbound: u64,
}

/// One list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct IntelList {
    /// Its name.
    pub name: String,
    /// Its format.
    pub format: String,
    /// Entries that are matched.
    pub entries: u64,
    /// Entries that are not matched, by reason, with examples.
    pub skipped: Vec<(String, u64, String)>,
}

/// A listed address that somebody here talked to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct IntelHit {
    /// The listed address.
    pub address: String,
    /// The lists.
    pub lists: Vec<String>,
    /// What the list says of it.
    pub label: String,
    /// `outbound` (we opened the connection), `inbound`.
    pub direction: String,
    /// `answered`, `unanswered`, `rejected`.
    pub outcome: String,
    /// Our side.
    pub internal: Vec<String>,
    /// The service.
    pub service: String,
    /// The port.
    pub port: Option<u16>,
    /// Records.
    pub records: u64,
    /// Bytes we sent to it.
    pub bytes_sent: u64,
    /// Bytes it sent to us.
    pub bytes_received: u64,
    /// 0 to 100: tier x direction x outcome x bytes.
    pub score: u32,
    /// First record.
    pub first: String,
    /// Last record.
    pub last: String,
}

/// Something a person should look at.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Finding {
    /// Stable across runs: made of detector, entity and peers.
    pub id: String,
    /// `family.kind`, such as `scan.horizontal`.
    pub detector: String,
    /// One sentence.
    pub title: String,
    /// `critical`, `high`, `medium`, `low`, `info`.
    pub severity: &'static str,
    /// 0 to 1.
    pub confidence: f64,
    /// Whom it is about.
    pub entity: String,
    /// The other side: targets, servers, or the members of a campaign; the heaviest first.
    pub peers: Vec<String>,
    /// How many peers there are, named or not.
    pub peers_total: u64,
    /// What stands behind the entity and the peers by an inventory, by address; absent if that is not known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub owners: BTreeMap<String, String>,
    /// First evidence.
    pub first_seen: String,
    /// Last evidence.
    pub last_seen: String,
    /// What it rests on: name and value.
    pub evidence: Vec<(String, String)>,
    /// The parts of its confidence, each with its worth: why so sure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explain: Vec<(String, f64)>,
    /// ATT&CK technique, such as `T1110.001`.
    pub attack: String,
    /// What to do next: a sentence, with a command to run.
    pub next_step: String,
}
