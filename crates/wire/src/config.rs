//! Which encapsulations are taken off.

use std::net::IpAddr;

/// How frames are decoded.
///
/// There are two sorts of encapsulation. Those that carry the talk itself (VLAN, MPLS, PPPoE, NSH, IP-in-IP, 6in4, 4in6,
/// GRE with IP in it, GTP-U, Teredo) are always taken off: nobody speaks to their ends. *Overlays* carry frames, or packets,
/// of another network (VXLAN, VXLAN-GPE, GENEVE, GRE with Ethernet in it, NVGRE, ERSPAN, GRE-in-UDP, TZSP): a mirror uses them
/// to deliver what it saw, and a customer uses them for a network of its own. [`Overlays`] decides about these.
///
/// Whatever the decision, nothing is taken for an overlay because of a port alone: header and inner frame have to be right.
#[derive(Clone, Debug)]
pub struct DecodeConfig {
    /// Which overlays are taken off.
    pub overlays: Overlays,
    /// The UDP ports that announce a tunnel.
    pub ports: UdpPorts,
    /// Is a GRE key with Ethernet behind it an NVGRE subnet (RFC 7637)? The bytes are the same, so that someone has to say.
    pub gre_key_is_nvgre_subnet: bool,
    /// Headers in headers that are followed. Suricata follows 16.
    pub layers_max: u8,
    /// Tunnels that are taken off; at most 6 are kept in [`Packet::tunnels`](crate::Packet::tunnels).
    pub tunnels_max: u8,
}

/// Which overlays are taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Overlays {
    /// None: the outer packets are what one wants to see.
    Never,
    /// The outermost one, whoever it is sent to: a capture at a mirror's collector, or in a network that has overlays. A customer's
    /// own overlay within it stays what it is. A GENEVE header of an AWS gateway load balancer does not count: it
    /// delivers the mirror's VXLAN.
    #[default]
    Outermost,
    /// Those that are sent to these addresses: collectors that one knows.
    SentTo(Vec<IpAddr>),
    /// All, however deep: what Suricata does.
    All,
}

/// The UDP ports that announce a tunnel, as destinations; 0 stands for none. GTP-U and Teredo are known by either port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as its specification is")]
pub struct UdpPorts {
    pub vxlan: [u16; 2],
    pub vxlan_gpe: u16,
    pub geneve: u16,
    pub gre: u16,
    pub gtp: u16,
    pub teredo: u16,
    pub tzsp: u16,
}

impl Default for UdpPorts {
    /// As registered, and Linux's older 8472 for VXLAN.
    fn default() -> UdpPorts {
        UdpPorts { vxlan: [4789, 8472], vxlan_gpe: 4790, geneve: 6081, gre: 4754, gtp: 2152, teredo: 3544, tzsp: 37008 }
    }
}

impl Default for DecodeConfig {
    fn default() -> DecodeConfig {
        DecodeConfig {
            overlays: Overlays::default(),
            ports: UdpPorts::default(),
            gre_key_is_nvgre_subnet: false,
            layers_max: 24,
            tunnels_max: 6,
        }
    }
}

impl DecodeConfig {
    /// Everything is taken off, as Suricata does by default.
    pub fn every_overlay() -> DecodeConfig {
        DecodeConfig { overlays: Overlays::All, ..DecodeConfig::default() }
    }
}
