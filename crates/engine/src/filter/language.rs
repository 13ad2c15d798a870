//! What the words of a primitive mean.

use super::headers::{ARP, IPV4, IPV6, REVERSE_ARP};
use super::names;
use super::test::{Check, Direction, Prefix};
use std::net::{IpAddr, Ipv4Addr};

/// What kind of thing a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    Net,
    Port,
    PortRange,
    Proto,
}

impl Kind {
    pub(super) fn of(word: &str) -> Option<Kind> {
        Some(match word {
            "host" => Kind::Host,
            "net" => Kind::Net,
            "port" => Kind::Port,
            "portrange" => Kind::PortRange,
            "proto" => Kind::Proto,
            _ => return None,
        })
    }
}

/// The words before a value, which hold for a bare value behind it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Words<'a> {
    pub(super) protocol: Option<&'a str>,
    pub(super) direction: Direction,
    pub(super) kind: Option<Kind>,
}

impl Words<'_> {
    /// The EtherTypes that the protocol word leaves.
    fn ether_types(&self) -> Result<Vec<u16>, String> {
        Ok(match self.protocol {
            None => vec![IPV4, IPV6, ARP, REVERSE_ARP],
            Some("ip") => vec![IPV4],
            Some("ip6") => vec![IPV6],
            Some("arp") => vec![ARP],
            Some("rarp") => vec![REVERSE_ARP],
            Some(other) => return Err(format!("'{other}' has no addresses of its own")),
        })
    }

    /// What this value means behind these words.
    pub(super) fn check(&self, value: &str, length: Option<&str>, mask: Option<&str>) -> Result<Check, String> {
        match self.kind.unwrap_or(Kind::Host) {
            Kind::Host if self.protocol == Some("ether") => self.mac(value),
            Kind::Host => self.addresses(Prefix::host(address(value)?)),
            Kind::Net => self.addresses(network(value, length, mask)?),
            Kind::Port => self.ports(value, value),
            Kind::PortRange => {
                let (low, high) = value.split_once('-').unwrap_or((value, value));
                self.ports(low, high)
            }
            Kind::Proto => self.carried(value),
        }
    }

    fn addresses(&self, prefix: Prefix) -> Result<Check, String> {
        let mut ether_types = self.ether_types()?;
        ether_types.retain(|ether_type| (*ether_type == IPV6) == prefix.address.is_ipv6());
        if ether_types.is_empty() {
            return Err(format!("{} is of the other version of IP", prefix.address));
        }
        Ok(Check::Address { ether_types, direction: self.direction, prefix })
    }

    fn mac(&self, value: &str) -> Result<Check, String> {
        let octets: Vec<u8> =
            value.split([':', '-', '.']).filter_map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
        let mac = octets.try_into().map_err(|_| format!("'{value}' is no MAC address"))?;
        Ok(Check::Mac { direction: self.direction, mac })
    }

    fn ports(&self, low: &str, high: &str) -> Result<Check, String> {
        let protocols = match self.protocol {
            None => vec![6, 17, 132],
            Some(name @ ("tcp" | "udp" | "sctp")) => names::protocol(name).into_iter().collect(),
            Some(other) => return Err(format!("'{other}' has no ports")),
        };
        let port = |name: &str| names::port(name).ok_or_else(|| format!("'{name}' is no port"));
        let (low, high) = (port(low)?, port(high)?);
        Ok(Check::Port { protocols, direction: self.direction, low: low.min(high), high: high.max(low) })
    }

    fn carried(&self, value: &str) -> Result<Check, String> {
        let number = || names::protocol(value).ok_or_else(|| format!("'{value}' is no protocol"));
        match self.protocol {
            None => Ok(Check::Protocol { number: number()?, versions: [true, true] }),
            Some("ip") => Ok(Check::Protocol { number: number()?, versions: [true, false] }),
            Some("ip6") => Ok(Check::Protocol { number: number()?, versions: [false, true] }),
            Some("ether") => names::ether_type(value)
                .map(Check::EtherType)
                .ok_or_else(|| format!("'{value}' is no type of Ethernet")),
            Some(other) => Err(format!("'{other} proto' has no meaning")),
        }
    }
}

fn address(value: &str) -> Result<IpAddr, String> {
    value.parse().map_err(|_| format!("'{value}' is no address, and names are not looked up"))
}

/// `10`, `10.0`, `10.0.0.0/8`, `10.0.0.0 mask 255.0.0.0`, `fe80::/10`.
fn network(value: &str, length: Option<&str>, mask: Option<&str>) -> Result<Prefix, String> {
    let (address, own_bits) = match value.parse::<IpAddr>() {
        Ok(address) => (address, if address.is_ipv4() { 32 } else { 128 }),
        Err(_) => partial(value).ok_or_else(|| format!("'{value}' is no network, and names are not looked up"))?,
    };
    let bits = match (length, mask) {
        (Some(length), _) => names::number(length).ok_or_else(|| format!("'/{length}' is no prefix length"))?,
        (None, Some(mask)) => {
            let mask: Ipv4Addr = mask.parse().map_err(|_| format!("'{mask}' is no mask"))?;
            return Prefix::masked(address, u128::from(mask.to_bits())).ok_or_else(|| beyond(address));
        }
        (None, None) => own_bits,
    };
    Prefix::of(address, bits).ok_or_else(|| beyond(address))
}

fn beyond(address: IpAddr) -> String {
    format!("{address} has bits beyond the network")
}

/// The first one to three octets of an IPv4 network.
fn partial(value: &str) -> Option<(IpAddr, u32)> {
    let octets: Vec<u8> = value.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    if octets.len() > 3 {
        return None;
    }
    let mut whole = [0; 4];
    whole[..octets.len()].copy_from_slice(&octets);
    Some((whole.into(), octets.len() as u32 * 8))
}
