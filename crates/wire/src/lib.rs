//! Packet headers: a frame in, what its headers say out.
//!
//! Allocates nothing, keeps nothing between frames. Knows nothing of: captures, flows, applications, the clock.
//! Start at: [`decode`], [`Packet`], [`DecodeConfig`]; [`decode_reassembled`] for what fragments were put together to.
//!
//! Headers that lie are data: each departure from a specification is an anomaly of [`ANOMALIES`] on the packet, and decoding
//! goes on with what can be read. What a capture did not keep (a snap length) is no anomaly, it is [`Packet::missing_bytes`].
//!
//! ```
//! use model::packet::LinkType;
//! let frame = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 53, 0x30, 0x39, 0, 8, 0, 0];
//! let packet = wire::decode(LinkType::RAW, &frame, 28, &wire::DecodeConfig::default());
//! assert_eq!(packet.ports(), Some((53, 12345)));
//! ```

mod anomaly;
mod bytes;
mod config;
mod decoder;
mod link;
mod network;
mod packet;
mod stack;
mod transport;
mod tunnel;

pub use anomaly::{ANOMALIES, AnomalyKind};
pub use config::{DecodeConfig, Overlays, UdpPorts};
pub use decoder::{decode, decode_ip, decode_reassembled};
pub use link::arp::Arp;
pub use network::checksum;
pub use packet::{Fragment, Network, Packet, Transport, Tunnel, TunnelKind};
pub use stack::Stack;
pub use transport::icmp::Icmp;
pub use transport::sctp::Sctp;
pub use transport::tcp::{Tcp, TcpFlags};
pub use transport::tcp_options::TcpOptions;
pub use transport::udp::Udp;
pub use tunnel::geneve_options::{CpacketOption, GeneveOptions};
