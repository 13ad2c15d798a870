//! What does a flow speak? Content first, port second.

use applayer::{PROTOCOLS, Ports, Probe, Protocol, Transport};
use model::packet::Side;

/// Bytes of both sides after which nobody guesses any more.
const GUESS_BYTES_MAX: usize = 4_096;

/// A flow whose protocol is open: what it said so far, in order.
#[derive(Debug, Default)]
pub(crate) struct Guess {
    pub(crate) said: Vec<(Side, Vec<u8>)>,
}

/// What the bytes so far say.
pub(crate) enum Verdict {
    Is(&'static dyn Protocol),
    Open,
    None,
}

impl Guess {
    /// What one side said so far, with `bytes` behind it.
    pub(crate) fn add(&mut self, sender: Side, bytes: &[u8]) {
        match self.said.last_mut() {
            Some((last, said)) if *last == sender => said.extend_from_slice(bytes),
            _ => self.said.push((sender, bytes.to_vec())),
        }
    }

    pub(crate) fn verdict(&self, transport: Transport, ports: Ports) -> Verdict {
        let mut sides = self.said.iter();
        let mut open = false;
        let mut tried = [false; 2];
        for (sender, head) in sides.by_ref() {
            if std::mem::replace(&mut tried[sender.index()], true) {
                continue;
            }
            match look(head, *sender, transport, ports) {
                Verdict::None => {}
                Verdict::Open => open = true,
                found => return found,
            }
        }
        let bytes: usize = self.said.iter().map(|(_, said)| said.len()).sum();
        let is_over = bytes >= GUESS_BYTES_MAX || (!open && tried == [true; 2]);
        if is_over { Verdict::None } else { Verdict::Open }
    }
}

/// What one side's first bytes say.
pub(crate) fn look(head: &[u8], sender: Side, transport: Transport, ports: Ports) -> Verdict {
    let (mut maybe, mut open) = (None, false);
    for protocol in PROTOCOLS.iter().filter(|protocol| protocol.transports().contains(&transport)) {
        match protocol.probe(head, sender, transport) {
            Probe::Yes => return Verdict::Is(*protocol),
            Probe::Maybe if protocol.ports().contains(&ports.server) => maybe = maybe.or(Some(*protocol)),
            // A datagram is whole: nothing more of it will come.
            Probe::NeedMore if transport == Transport::Tcp => open = true,
            Probe::NeedMore | Probe::Maybe | Probe::No => {}
        }
    }
    match (maybe, open) {
        (_, true) => Verdict::Open,
        (Some(protocol), false) => Verdict::Is(protocol),
        (None, false) => Verdict::None,
    }
}
