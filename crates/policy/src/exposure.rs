//! What the internet really reached: not what is open, but what was opened and answered.

use crate::audit::service_text;
use crate::traffic::Traffic;
use enrich::AddressClass;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A service that was reached from the internet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The host that answered.
    pub server: IpAddr,
    /// The IANA protocol number.
    pub protocol: u8,
    /// The port.
    pub port: u16,
    /// The service, such as `tcp/22 (ssh)`.
    pub service: String,
    /// Is it one by which machines are administered, or a database?
    pub is_sensitive: bool,
    /// Public addresses that were answered.
    pub sources: u64,
    /// Public addresses that were refused.
    pub sources_denied: u64,
    /// Records of those answered.
    pub records: u64,
    /// Bytes of them, both directions.
    pub bytes: u64,
    /// Begin of the first record, in nanoseconds since 1970.
    pub first_ns: i64,
    /// End of the last record.
    pub last_ns: i64,
}

/// Ports of administration and databases.
const SENSITIVE: &[u16] = &[
    21, 22, 23, 135, 139, 445, 1433, 1521, 2375, 2376, 2379, 3306, 3389, 5432, 5900, 5985, 5986, 6379, 6443, 8086,
    9200, 9300, 10250, 11211, 27017,
];

/// Services of own hosts that public addresses reached: sensitive ones first, then by the number of their sources.
///
/// Where no record of the input shows an answer, whatever was let through counts as reached.
pub fn exposure(traffic: &Traffic) -> Vec<Exposure> {
    let has_answers = traffic.has_answers();
    let mut services: BTreeMap<(IpAddr, u8, u16), Exposure> = BTreeMap::new();
    for (key, edge) in traffic.edges() {
        let is_inbound = is_public(key.client) && !traffic.is_own(key.client) && traffic.is_own(key.server);
        // A protocol without ports tells neither a service nor who asked.
        if !is_inbound || key.port == 0 {
            continue;
        }
        let is_reached = edge.accepted() > 0 && (edge.answers > 0 || !has_answers);
        let exposure = services.entry((key.server, key.protocol, key.port)).or_insert_with(|| Exposure {
            server: key.server,
            protocol: key.protocol,
            port: key.port,
            service: service_text(key.protocol, key.port),
            is_sensitive: SENSITIVE.contains(&key.port),
            sources: 0,
            sources_denied: 0,
            records: 0,
            bytes: 0,
            first_ns: i64::MAX,
            last_ns: i64::MIN,
        });
        exposure.sources_denied += u64::from(edge.denied > 0);
        if is_reached {
            exposure.sources += 1;
            exposure.records += edge.accepted();
            exposure.bytes = exposure.bytes.saturating_add(edge.bytes);
            exposure.first_ns = exposure.first_ns.min(edge.first_ns);
            exposure.last_ns = exposure.last_ns.max(edge.last_ns);
        }
    }
    let mut reached: Vec<Exposure> = services.into_values().filter(|exposure| exposure.sources > 0).collect();
    reached.sort_by_key(|exposure| (!exposure.is_sensitive, std::cmp::Reverse(exposure.sources)));
    reached
}

/// Is it an address of the internet?
pub(crate) fn is_public(address: IpAddr) -> bool {
    AddressClass::of_ip(address) == AddressClass::Public
}
