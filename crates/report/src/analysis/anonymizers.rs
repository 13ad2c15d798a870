//! Who hides behind a service that lists know: Tor, VPN providers, open proxies.
//!
//! The direction says what it means. A host of ours that calls a relay uses Tor; a visitor who comes from an exit hides
//! his own address; a relay that is no exit sends nobody here.

use super::{Analysis, Talk};
use enrich::Intel;
use enrich::intel::Topic;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A kind of service that hides its clients' addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Anonymizer {
    /// A relay of Tor, a guard among them.
    TorRelay,
    /// Of Tor; the list does not say whether relay or exit.
    Tor,
    /// An exit of Tor, which is a relay too.
    TorExit,
    /// An open proxy.
    Proxy,
    /// A VPN provider's address.
    Vpn,
    /// In the ranges of VPN providers and data centers, as a warning list tells them: everybody's servers are there.
    Provider,
}

impl Anonymizer {
    fn of(topic: Topic, label: Option<&str>) -> Option<Anonymizer> {
        match topic {
            // A consensus says of each relay whether it is an exit.
            Topic::TorRelay if label == Some("exit") => Some(Anonymizer::TorExit),
            Topic::TorRelay => Some(Anonymizer::TorRelay),
            Topic::TorExit => Some(Anonymizer::TorExit),
            Topic::Tor => Some(Anonymizer::Tor),
            Topic::Proxy => Some(Anonymizer::Proxy),
            Topic::Vpn => Some(Anonymizer::Vpn),
            _ => None,
        }
    }

    /// Does somebody offer tunnels there?
    pub(crate) fn is_vpn(self) -> bool {
        matches!(self, Anonymizer::Vpn | Anonymizer::Provider)
    }

    /// Is it part of Tor?
    pub(crate) fn is_tor(self) -> bool {
        matches!(self, Anonymizer::TorRelay | Anonymizer::Tor | Anonymizer::TorExit)
    }

    /// Does traffic of others come out of it?
    pub(crate) fn lets_out(self) -> bool {
        !matches!(self, Anonymizer::TorRelay | Anonymizer::Provider)
    }

    /// The name shown to people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Anonymizer::TorRelay => "Tor relay",
            Anonymizer::Tor => "Tor node",
            Anonymizer::TorExit => "Tor exit",
            Anonymizer::Proxy => "open proxy",
            Anonymizer::Vpn => "VPN",
            Anonymizer::Provider => "VPN provider or data center",
        }
    }
}

/// A conversation with such a service.
#[derive(Clone, Debug)]
pub(crate) struct Hiding {
    pub(crate) talk: Talk,
    /// All that lists say it is, each with the list that says it.
    pub(crate) kinds: BTreeMap<Anonymizer, String>,
    /// Do lists name the very port that was called?
    pub(crate) is_at_its_port: bool,
}

impl Analysis<'_> {
    /// Every conversation with an anonymizer, at its time.
    pub(super) fn find_anonymizers(&mut self, intel: Option<&Intel>) {
        let Some(intel) = intel else { return };
        if !intel.lists().iter().any(|list| Anonymizer::of(list.topic, None).is_some()) {
            return;
        }
        let crossing = self.singles().filter(|talk| self.is_outbound(talk) || self.is_inbound(talk));
        self.hiding = crossing.filter_map(|talk| self.hiding(intel, talk)).collect();
    }

    fn hiding(&self, intel: &Intel, talk: &Talk) -> Option<Hiding> {
        let theirs = if self.is_outbound(talk) { talk.server } else { talk.client };
        let port = talk.port().filter(|_| self.is_outbound(talk));
        let (kinds, is_at_its_port) = kinds(intel, self.host(theirs).ip, port, talk.span().0);
        (!kinds.is_empty()).then_some(Hiding { talk: *talk, kinds, is_at_its_port })
    }
}

fn kinds(intel: &Intel, ip: IpAddr, port: Option<u16>, second: u32) -> (BTreeMap<Anonymizer, String>, bool) {
    let (mut kinds, mut is_at_its_port) = (BTreeMap::new(), false);
    let bytes = enrich::prefix::address_bytes(ip);
    for entry in intel.lookup_at(&bytes, port, i64::from(second)).iter().flat_map(|hit| hit.entries()) {
        if let Some(kind) = Anonymizer::of(entry.list.topic, entry.label) {
            kinds.entry(kind).or_insert_with(|| entry.list.name.clone());
            is_at_its_port |= entry.port.is_some() && entry.port == port;
        }
    }
    for list in intel.annotations(&bytes) {
        if let Some(kind) = Anonymizer::of(list.topic, None) {
            let kind = if kind == Anonymizer::Vpn { Anonymizer::Provider } else { kind };
            kinds.entry(kind).or_insert_with(|| list.name.clone());
        }
    }
    (kinds, is_at_its_port)
}
