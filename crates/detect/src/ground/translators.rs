//! Gateways that send on what hosts of ours send: their own address stands for many, and is nobody's client.
//!
//! Source: AWS, "Flow log record examples", NAT gateway: a row of the gateway's interface names the gateway's address
//! beside that of the packet. Where no row tells both, the kind of the interface tells it.

use super::held::Entry;
use super::observation::is_here;
use arrow_array::RecordBatch;
use hashbrown::HashSet;
use model::FlowField as F;
use std::net::IpAddr;
use table::read::{Addresses, Texts, inline_view};

/// Gateways that are remembered; an estate has a few for each zone.
const TRANSLATORS_MAX: usize = 10_000;
/// Interfaces of such gateways, as providers name them.
const KINDS: [&str; 2] = ["nat_gateway", "regional_nat_gateway"];

/// Addresses of gateways that translate.
#[derive(Clone, Debug, Default)]
pub(super) struct Translators(HashSet<IpAddr>);

impl Translators {
    /// Learns from a batch.
    pub(super) fn push(&mut self, batch: &RecordBatch) {
        const EGRESS: u128 = inline_view("egress");
        let address = |field: F| Addresses::of(batch, field);
        let (interface, kind) = ([address(F::SrcIpIf), address(F::DstIpIf)], Texts::of(batch, F::IfType));
        if kind.is_absent() && interface.iter().all(Addresses::is_absent) {
            return;
        }
        let (packet, direction) = ([address(F::SrcIp), address(F::DstIp)], Texts::of(batch, F::Direction));
        for row in 0..batch.num_rows() {
            let sides = packet.iter().zip(&interface);
            sides.for_each(|(packet, interface)| self.learn(packet.at(row).address(), interface.at(row).address()));
            if !kind.is_absent() && KINDS.contains(&kind.text(row)) {
                // Its own end of the row, unless the row says that it is another's.
                let own = usize::from(direction.view(row) != EGRESS);
                let is_own = interface[own].at(row).address().is_none();
                self.insert(packet[own].at(row).address().filter(|_| is_own));
            }
        }
    }

    /// The packet's address is of the internet, and that of the interface which it went through is ours.
    fn learn(&mut self, packet: Option<IpAddr>, interface: Option<IpAddr>) {
        let (Some(packet), Some(interface)) = (packet, interface) else { return };
        if packet != interface && is_here(interface) && !is_here(packet) {
            self.insert(Some(interface));
        }
    }

    fn insert(&mut self, address: Option<IpAddr>) {
        let address = address.filter(|address| is_here(*address));
        if let Some(address) = address.filter(|_| self.0.len() < TRANSLATORS_MAX) {
            self.0.insert(address);
        }
    }

    /// Adds what another knows.
    pub(super) fn merge(&mut self, other: &mut Translators) {
        for address in other.0.drain() {
            self.insert(Some(address));
        }
    }

    /// Leaves out a gateway's calls outside that a host of ours made.
    pub(super) fn leave_out_copies(&self, entries: &mut Vec<Entry>) {
        if self.0.is_empty() {
            return;
        }
        let service = |entry: &Entry| (entry.key.server, entry.key.proto, entry.key.port);
        let is_ours = |entry: &&Entry| is_here(entry.key.client) && !self.0.contains(&entry.key.client);
        let made: HashSet<_> = entries.iter().filter(is_ours).map(service).collect();
        let is_copy = |entry: &Entry| {
            self.0.contains(&entry.key.client) && !is_here(entry.key.server) && made.contains(&service(entry))
        };
        entries.retain(|entry| !is_copy(entry));
    }
}
