//! Packet headers: a frame in, what its headers say out.
//!
//! Allocates nothing, keeps nothing between frames. Knows nothing of: captures, flows, applications, the clock.
//! Start at: [`Packet`].

mod packet;

pub use packet::{
    Fragment, Icmp, Network, Packet, Sctp, Stack, Tcp, TcpFlags, TcpOptions, Transport, Tunnel, TunnelKind, Udp,
};
