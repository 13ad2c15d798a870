//! Which protocols are worth a look: tables that follow from [`PROTOCOLS`], made once.

use crate::PROTOCOLS;
use crate::protocol::{Probe, Protocol, Transport};
use crate::protocol_set::ProtocolSet;
use model::packet::Side;
use std::collections::HashMap;
use std::sync::LazyLock;

/// By the sender and the first byte of a stream: the rows that do not say no to this byte alone. Verdicts are final, so the
/// others say no to whatever follows.
static STREAMS: LazyLock<Vec<ProtocolSet>> = LazyLock::new(|| {
    let heads = Side::BOTH.into_iter().flat_map(|side| (0..=255).map(move |byte| (side, byte)));
    heads
        .map(|(side, byte)| filter(Transport::Tcp, |row| row.probe(&[byte], side, Transport::Tcp) != Probe::No))
        .collect()
});

static DATAGRAMS: LazyLock<ProtocolSet> = LazyLock::new(|| filter(Transport::Udp, |_| true));

static ON_PORTS: LazyLock<HashMap<u16, ProtocolSet>> = LazyLock::new(|| {
    let mut on_ports: HashMap<u16, ProtocolSet> = HashMap::new();
    for (place, row) in DATAGRAMS.iter() {
        row.ports().iter().for_each(|port| on_ports.entry(*port).or_default().add(place));
    }
    on_ports
});

fn filter(transport: Transport, is_wanted: impl Fn(&dyn Protocol) -> bool) -> ProtocolSet {
    let mut rows = ProtocolSet::NONE;
    for (place, row) in PROTOCOLS.iter().enumerate() {
        if row.transports().contains(&transport) && is_wanted(*row) {
            rows.add(place);
        }
    }
    rows
}

/// The rows that can have these first bytes.
pub(super) fn first(transport: Transport, sender: Side, head: &[u8]) -> ProtocolSet {
    match (transport, head.first()) {
        (Transport::Udp, _) => *DATAGRAMS,
        (Transport::Tcp, Some(byte)) => STREAMS[sender.index() * 256 + usize::from(*byte)],
        (Transport::Tcp, None) => ProtocolSet::NONE,
    }
}

/// The protocols over UDP of a port.
pub(super) fn on_port(port: u16) -> ProtocolSet {
    ON_PORTS.get(&port).copied().unwrap_or_default()
}
