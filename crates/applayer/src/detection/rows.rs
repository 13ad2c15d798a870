//! Which protocols are worth a look: tables that follow from [`PROTOCOLS`], made once.

use crate::PROTOCOLS;
use crate::protocol::{Probe, Protocol, Transport};
use model::packet::Side;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Rows of [`PROTOCOLS`], a bit each.
#[derive(Clone, Copy, Default)]
pub(super) struct Rows([u128; 2]);

impl Rows {
    pub(super) const NONE: Rows = Rows([0; 2]);

    pub(super) fn add(&mut self, place: usize) {
        self.0[place / 128] |= 1 << (place % 128);
    }

    /// The rows and their places, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = (usize, &'static dyn Protocol)> {
        let mut words = self.0;
        std::iter::from_fn(move || {
            let half = usize::from(words[0] == 0);
            let bit = words[half].trailing_zeros();
            // Nothing is left: both words are zero.
            words[half] &= words[half].checked_sub(1)?;
            let place = 128 * half + bit as usize;
            Some((place, PROTOCOLS[place]))
        })
    }
}

const _: () = assert!(PROTOCOLS.len() <= 256, "one bit each in Rows");

/// By the sender and the first byte of a stream: the rows that do not say no to this byte alone. Verdicts are final, so the
/// others say no to whatever follows.
static STREAMS: LazyLock<Vec<Rows>> = LazyLock::new(|| {
    let heads = Side::BOTH.into_iter().flat_map(|side| (0..=255).map(move |byte| (side, byte)));
    heads
        .map(|(side, byte)| filter(Transport::Tcp, |row| row.probe(&[byte], side, Transport::Tcp) != Probe::No))
        .collect()
});

static DATAGRAMS: LazyLock<Rows> = LazyLock::new(|| filter(Transport::Udp, |_| true));

static ON_PORTS: LazyLock<HashMap<u16, Vec<&'static dyn Protocol>>> = LazyLock::new(|| {
    let mut on_ports: HashMap<u16, Vec<&dyn Protocol>> = HashMap::new();
    for row in PROTOCOLS.iter().filter(|row| row.transports().contains(&Transport::Udp)) {
        row.ports().iter().for_each(|port| on_ports.entry(*port).or_default().push(*row));
    }
    on_ports
});

fn filter(transport: Transport, is_wanted: impl Fn(&dyn Protocol) -> bool) -> Rows {
    let mut rows = Rows::NONE;
    for (place, row) in PROTOCOLS.iter().enumerate() {
        if row.transports().contains(&transport) && is_wanted(*row) {
            rows.add(place);
        }
    }
    rows
}

/// The rows that can have these first bytes.
pub(super) fn first(transport: Transport, sender: Side, head: &[u8]) -> Rows {
    match (transport, head.first()) {
        (Transport::Udp, _) => *DATAGRAMS,
        (Transport::Tcp, Some(byte)) => STREAMS[sender.index() * 256 + usize::from(*byte)],
        (Transport::Tcp, None) => Rows::NONE,
    }
}

/// The protocols over UDP of a port.
pub(super) fn on_port(port: u16) -> &'static [&'static dyn Protocol] {
    ON_PORTS.get(&port).map_or(&[], Vec::as_slice)
}
