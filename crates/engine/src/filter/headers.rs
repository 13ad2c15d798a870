//! The headers of a frame as libpcap's filters see them: the outermost ones, by offset.

use model::packet::LinkType;
use std::net::IpAddr;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const ARP: u16 = 0x0806;
pub(super) const REVERSE_ARP: u16 = 0x8035;
pub(super) const IPV6: u16 = 0x86dd;
/// 802.1Q, 802.1ad and the tag that stood for it before.
const TAGS: [u16; 3] = [0x8100, 0x88a8, 0x9100];
/// Bytes of a tag.
const TAG_BYTES: usize = 4;

/// A frame.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) link_type: LinkType,
    pub(super) frame: &'a [u8],
    pub(super) wire_length: u32,
}

impl<'a> View<'a> {
    /// Big-endian bytes of the frame: 1, 2 or 4.
    pub(super) fn number(&self, offset: usize, size: usize) -> Option<u32> {
        let bytes = self.frame.get(offset..offset.checked_add(size)?)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Where the EtherType is and where the network header, behind this many tags.
    fn offsets(&self, tags: usize) -> Option<(usize, usize)> {
        let (ether_type, network) = match self.link_type {
            LinkType::ETHERNET => (12, 14),
            LinkType::LINUX_SLL => (14, 16),
            LinkType::LINUX_SLL2 => (0, 20),
            _ => return None,
        };
        Some((ether_type + tags * TAG_BYTES, network + tags * TAG_BYTES))
    }

    /// Where the network header begins.
    pub(super) fn network(&self, tags: usize) -> usize {
        match (self.offsets(tags), self.link_type) {
            (Some((_, network)), _) => network,
            (None, LinkType::NULL | LinkType::LOOP) => 4,
            (None, _) => 0,
        }
    }

    /// The EtherType, or the one that stands for what a frame without one carries. `None` where the frame is too short.
    pub(super) fn ether_type(&self, tags: usize) -> Option<u16> {
        if let Some((place, _)) = self.offsets(tags) {
            return self.number(place, 2).map(|number| number as u16);
        }
        let version = self.number(self.network(tags), 1)? >> 4;
        Some(match version {
            4 => IPV4,
            6 => IPV6,
            _ => 0,
        })
    }

    /// The id of the tag behind this many others; the outer `None` where the frame is too short.
    pub(super) fn tag(&self, tags: usize) -> Option<Option<u16>> {
        let Some((place, network)) = self.offsets(tags) else { return Some(None) };
        let ether_type = self.number(place, 2)? as u16;
        if !TAGS.contains(&ether_type) {
            return Some(None);
        }
        Some(Some(self.number(network, 2)? as u16 & 0x0fff))
    }

    /// Destination and source MAC.
    pub(super) fn macs(&self) -> Option<Option<[&'a [u8]; 2]>> {
        if self.link_type != LinkType::ETHERNET {
            return Some(None);
        }
        Some(Some([self.frame.get(..6)?, self.frame.get(6..12)?]))
    }

    /// Source and destination, of an IP header of this EtherType or of ARP's sender and target.
    pub(super) fn addresses(&self, tags: usize, ether_type: u16) -> Option<[IpAddr; 2]> {
        let network = self.network(tags);
        let v4 = |offset| self.number(network + offset, 4).map(|bits| IpAddr::from(bits.to_be_bytes()));
        let v6 = |offset: usize| {
            let octets: [u8; 16] = self.frame.get(network + offset..network + offset + 16)?.try_into().ok()?;
            Some(IpAddr::from(octets))
        };
        Some(match ether_type {
            IPV6 => [v6(8)?, v6(24)?],
            IPV4 => [v4(12)?, v4(16)?],
            _ => [v4(14)?, v4(24)?],
        })
    }

    /// What an IP header of this EtherType says it carries.
    pub(super) fn protocol(&self, tags: usize, ether_type: u16) -> Option<u8> {
        let offset = if ether_type == IPV6 { 6 } else { 9 };
        self.number(self.network(tags) + offset, 1).map(|number| number as u8)
    }

    /// What an IPv6 header says it carries, behind a fragment header too.
    pub(super) fn carried_by_v6(&self, tags: usize, protocol: u8) -> Option<bool> {
        const FRAGMENT: u8 = 44;
        let own = self.protocol(tags, IPV6)?;
        if own != FRAGMENT {
            return Some(own == protocol);
        }
        Some(self.number(self.network(tags) + 40, 1)? == u32::from(protocol))
    }

    /// Where the transport header is; the inner `None` where a fragment has none.
    pub(super) fn transport(&self, tags: usize, ether_type: u16) -> Option<Option<usize>> {
        let network = self.network(tags);
        if ether_type == IPV6 {
            return Some(Some(network + 40));
        }
        if self.number(network + 6, 2)? & 0x1fff != 0 {
            return Some(None);
        }
        let words = self.number(network, 1)? & 0xf;
        Some(Some(network + words as usize * 4))
    }
}
