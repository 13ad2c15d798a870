//! A rule's header: action, protocol, ends and direction.

use super::{Draft, Outcome, Units};
use crate::detect::rule::{Addresses, Header, Ports};
use crate::detect::{Action, Names};
use crate::diagnostic::{Problem, nearest};
use crate::language::{RuleLine, Text};
use crate::settings::Settings;
use crate::variables;
use std::collections::HashMap;

/// What a protocol of a header means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolName {
    /// As rules write it.
    pub name: &'static str,
    /// IP protocols; none for all.
    protocols: &'static [u8],
    version: Option<u8>,
    /// Application protocols by their names in EVE.
    applications: &'static [&'static str],
    packet: bool,
    stream: bool,
    /// Does Fathom see it?
    is_seen: bool,
}

impl ProtocolName {
    /// Is there anything that it could match: a kind of packet, or an application that is read or at least named?
    fn can_be_seen(&self) -> bool {
        // It is a protocol only within another.
        let is_within = |name: &str| name == applayer::http2::DNS_OVER_HTTP2;
        let is_known =
            |name: &&str| is_within(name) || applayer::PROTOCOLS.iter().any(|protocol| protocol.name() == *name);
        self.is_seen && (self.applications.is_empty() || self.applications.iter().any(is_known))
    }
}

const ANY: ProtocolName = ProtocolName {
    name: "ip",
    protocols: &[],
    version: None,
    applications: &[],
    packet: false,
    stream: false,
    is_seen: true,
};

const fn transport(name: &'static str, protocols: &'static [u8]) -> ProtocolName {
    ProtocolName { name, protocols, ..ANY }
}

const fn version(name: &'static str, version: u8) -> ProtocolName {
    ProtocolName { name, version: Some(version), ..ANY }
}

const fn application(name: &'static str, applications: &'static [&'static str]) -> ProtocolName {
    ProtocolName { name, applications, ..ANY }
}

/// The protocols that a header may name.
pub const PROTOCOLS: &[ProtocolName] = &[
    ANY,
    version("ipv4", 4),
    version("ip4", 4),
    version("ipv6", 6),
    version("ip6", 6),
    ProtocolName { name: "pkthdr", packet: true, ..ANY },
    transport("tcp", &[6]),
    ProtocolName { name: "tcp-pkt", protocols: &[6], packet: true, ..ANY },
    ProtocolName { name: "tcp-stream", protocols: &[6], stream: true, ..ANY },
    transport("udp", &[17]),
    transport("icmp", &[1, 58]),
    transport("icmpv4", &[1]),
    transport("icmpv6", &[58]),
    transport("sctp", &[132]),
    ProtocolName { name: "ether", packet: true, is_seen: false, ..ANY },
    ProtocolName { name: "arp", packet: true, is_seen: false, ..ANY },
    application("http", &["http", "http2"]),
    application("http1", &["http"]),
    application("http2", &["http2", "doh2"]),
    application("tls", &["tls"]),
    application("ssl", &["tls"]),
    application("ssh", &["ssh"]),
    application("smtp", &["smtp"]),
    application("ftp", &["ftp"]),
    application("ftp-data", &["ftp-data"]),
    application("smb", &["smb"]),
    application("dcerpc", &["dcerpc", "smb"]),
    application("dns", &["dns", "doh2"]),
    application("mdns", &["mdns"]),
    application("doh2", &["doh2"]),
    application("dhcp", &["dhcp"]),
    application("ntp", &["ntp"]),
    application("quic", &["quic"]),
    application("websocket", &["websocket"]),
    application("tftp", &["tftp"]),
    application("snmp", &["snmp"]),
    application("krb5", &["krb5"]),
    application("ldap", &["ldap"]),
    application("imap", &["imap"]),
    application("pop3", &["pop3"]),
    application("jabber", &["jabber"]),
    application("irc", &["irc"]),
    application("modbus", &["modbus"]),
    application("enip", &["enip"]),
    application("dnp3", &["dnp3"]),
    application("nfs", &["nfs"]),
    application("ike", &["ike"]),
    application("ikev2", &["ike"]),
    application("rfb", &["rfb"]),
    application("mqtt", &["mqtt"]),
    application("pgsql", &["pgsql"]),
    application("telnet", &["telnet"]),
    application("rdp", &["rdp"]),
    application("sip", &["sip"]),
    application("bittorrent-dht", &["bittorrent-dht"]),
    application("template", &["template"]),
];

const ACTIONS: [(&str, Action); 8] = [
    ("alert", Action::Alert),
    ("pass", Action::Pass),
    ("drop", Action::Drop),
    ("reject", Action::Reject),
    ("rejectsrc", Action::Reject),
    ("rejectdst", Action::Reject),
    ("rejectboth", Action::Reject),
    ("config", Action::Config),
];

/// What ends of headers mean: most rules have the same few.
#[derive(Debug, Default)]
pub(crate) struct HeaderCache {
    addresses: HashMap<String, Addresses>,
    ports: HashMap<String, Ports>,
}

impl HeaderCache {
    fn addresses(&mut self, text: Text<'_>, settings: &Settings) -> Outcome<Addresses> {
        if let Some(known) = self.addresses.get(text.as_str()) {
            return Ok(known.clone());
        }
        let addresses = variables::addresses(text, &settings.addresses)?;
        self.addresses.insert(text.as_str().to_owned(), addresses.clone());
        Ok(addresses)
    }

    fn ports(&mut self, text: Text<'_>, settings: &Settings) -> Outcome<Ports> {
        if let Some(known) = self.ports.get(text.as_str()) {
            return Ok(known.clone());
        }
        let ports = variables::ports(text, &settings.ports)?;
        self.ports.insert(text.as_str().to_owned(), ports.clone());
        Ok(ports)
    }
}

impl<'a> Draft<'a> {
    /// A rule whose header is read.
    pub(crate) fn of(
        line: &RuleLine<'_>,
        settings: &'a Settings,
        names: &'a mut Names,
        cache: &mut HeaderCache,
    ) -> Outcome<Draft<'a>> {
        let action = action_of(line.action)?;
        let protocol = protocol_of(line.protocol)?;
        let mut header = Header {
            protocols: protocol.protocols.to_vec(),
            version: protocol.version,
            applications: protocol.applications.to_vec(),
            source: cache.addresses(line.source, settings)?,
            source_ports: cache.ports(line.source_ports, settings)?,
            destination: cache.addresses(line.destination, settings)?,
            destination_ports: cache.ports(line.destination_ports, settings)?,
            is_bidirectional: false,
        };
        let is_of_both_sides = match line.direction.as_str() {
            "->" => false,
            "=>" => true,
            "<>" => {
                header.is_bidirectional = true;
                false
            }
            _ => return Err(Problem::at(line.direction, "a direction is `->`, `<>` or `=>`")),
        };
        let mut draft = Draft::new(settings, names, header);
        draft.is_of_both_sides = is_of_both_sides;
        draft.about.action = Some(action);
        draft.units = Units { packet: protocol.packet, stream: protocol.stream };
        if !protocol.can_be_seen() {
            draft.never(line.protocol, format!("Fathom does not see `{}` yet", protocol.name));
        }
        Ok(draft)
    }
}

fn action_of(text: Text<'_>) -> Outcome<Action> {
    let known = ACTIONS.iter().find(|(name, _)| text.is(name));
    known.map(|(_, action)| *action).ok_or_else(|| unknown(text, "action", ACTIONS.iter().map(|(name, _)| *name)))
}

/// The names in EVE of what a rule calls an application protocol.
pub(crate) fn applications_of(text: Text<'_>) -> Outcome<&'static [&'static str]> {
    let known = PROTOCOLS.iter().filter(|protocol| !protocol.applications.is_empty());
    let found = known.clone().find(|protocol| text.is(protocol.name));
    found
        .map(|protocol| protocol.applications)
        .ok_or_else(|| unknown(text, "application protocol", known.map(|protocol| protocol.name)))
}

fn protocol_of(text: Text<'_>) -> Outcome<&'static ProtocolName> {
    let known = PROTOCOLS.iter().find(|protocol| text.is(protocol.name));
    known.ok_or_else(|| unknown(text, "protocol", PROTOCOLS.iter().map(|protocol| protocol.name)))
}

/// An error about a word that is not known, with the one that may be meant.
pub(crate) fn unknown<'a>(text: Text<'_>, what: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let problem = Problem::at(text, format!("there is no {what} `{}`", text.as_str()));
    match nearest(&text.as_str().to_ascii_lowercase(), known) {
        Some(near) => problem.hint(format!("is `{near}` meant?")),
        None => problem,
    }
}
