//! Names of learned segments: what they offer, and where they are.

use super::Service;
use enrich::service::service_name;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Services that a name tells, at most.
const SERVICES_TOLD: usize = 3;

/// Names given so far.
#[derive(Default)]
pub(super) struct Names {
    given: BTreeMap<String, u32>,
}

impl Names {
    /// A name of its own for the hosts of a network that offer these services, beside what hosts of all kinds offer.
    pub(super) fn segment(&mut self, network: &IpNet, offered: &BTreeSet<Service>, is_server: bool) -> String {
        let told: BTreeSet<String> = offered.iter().map(|(protocol, port)| service(*protocol, *port)).collect();
        let what = match told.len() {
            0 if is_server => "hosts".to_owned(),
            0 => "clients".to_owned(),
            1..=SERVICES_TOLD => told.into_iter().collect::<Vec<_>>().join("-"),
            _ => "services".to_owned(),
        };
        let name = format!("{what}-{}", place(network));
        let count = self.given.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}-{count}") }
    }
}

/// Of a port with two usual services the first will do.
fn service(protocol: u8, port: u16) -> String {
    let first = |name: &str| name.split("-or-").next().unwrap_or(name).to_owned();
    service_name(port, protocol).map_or_else(|| port.to_string(), first)
}

/// `10.0.1` of `10.0.1.0/24`; of IPv6 the network with hyphens.
fn place(network: &IpNet) -> String {
    let text = network.network().to_string();
    match network {
        IpNet::V4(_) => text.strip_suffix(".0").unwrap_or(&text).to_owned(),
        IpNet::V6(_) => text.trim_end_matches(':').replace(':', "-"),
    }
}
