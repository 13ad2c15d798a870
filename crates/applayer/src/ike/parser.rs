//! One flow.

use super::message::{self, Message};
use super::transaction::{Agreed, IkeTransaction};
use super::weakness;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// Vendors of one end that are kept.
const VENDORS_MAX: usize = 64;

pub(super) struct Ike {
    agreed: Agreed,
    begun: u64,
    /// The tunnel's packets come in the same flow.
    shares_port: bool,
}

impl Ike {
    pub(super) fn new(shares_port: bool) -> Ike {
        Ike { agreed: Agreed::default(), begun: 0, shares_port }
    }

    fn message(&mut self, now: Timestamp, sender: Side, message: Message, sink: &mut dyn Sink) {
        let id = self.begun;
        self.begun += 1;
        self.learn(sender, &message);
        for name in oddities(sender, &message) {
            sink.anomaly(now, name, Some(id));
        }
        let agreed = self.agreed.clone();
        sink.transaction(now, &IkeTransaction { message, agreed, sender, id, started: now });
    }

    /// What a message says for those that follow.
    fn learn(&mut self, sender: Side, message: &Message) {
        let party = &mut self.agreed.parties[sender.index()];
        if !message.key_exchange.is_empty() {
            party.key_exchange.clone_from(&message.key_exchange);
        }
        if !message.nonce.is_empty() {
            party.nonce.clone_from(&message.nonce);
        }
        for vendor in &message.vendors {
            if party.vendors.len() < VENDORS_MAX && !party.vendors.contains(vendor) {
                party.vendors.push(vendor.clone());
            }
        }
        self.agreed.domain = self.agreed.domain.or(message.domain);
        if sender == Side::Server {
            self.choose(message);
        }
    }

    fn choose(&mut self, message: &Message) {
        let transforms = || message.proposals.iter().flat_map(|proposal| &proposal.transforms);
        if message.header.version.0 == 1 {
            if let Some(first) = transforms().next() {
                self.agreed.chosen = Some(first.clone());
            }
            return;
        }
        for transform in transforms() {
            let place = usize::from(transform.kind).wrapping_sub(1);
            if let Some(algorithm) = self.agreed.algorithms.get_mut(place) {
                *algorithm = transform.id;
            }
        }
    }
}

/// What is weak or wrong in a message, each name once. What is weak counts where it was chosen: a client offers much.
fn oddities(sender: Side, message: &Message) -> Vec<&'static str> {
    let transforms = || message.proposals.iter().flat_map(|proposal| &proposal.transforms);
    let is_chosen = sender == Side::Server;
    let mut names: Vec<&'static str> = if message.header.version.0 == 2 {
        message.proposals.iter().flat_map(weakness::of_v2).collect()
    } else {
        let is_many = (is_chosen && transforms().count() > 1).then_some("multiple_server_proposal");
        transforms().flat_map(weakness::of_v1).chain(is_many).collect()
    };
    names.retain(|name| is_chosen || name.ends_with("_proposal"));
    names.sort_unstable();
    names.dedup();
    names
}

impl Parser for Ike {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Input { now, sender, bytes } = input;
        let marked = bytes.strip_prefix(&[0; 4]).filter(|_| self.shares_port);
        // What has no mark is a packet of the tunnel, one byte alone keeps the way open (RFC 3948, section 2).
        let is_other = self.shares_port && marked.is_none() && !is_whole(bytes);
        if is_other {
            return Progress::all(bytes);
        }
        match message::parse(marked.unwrap_or(bytes)) {
            Some((message, is_whole)) => {
                if !is_whole {
                    sink.anomaly(now, "malformed_data", Some(self.begun));
                }
                self.message(now, sender, message, sink);
            }
            None => sink.anomaly(now, "malformed_data", self.begun.checked_sub(1)),
        }
        Progress::all(bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}

/// Does it say how long it is, and is that so?
fn is_whole(bytes: &[u8]) -> bool {
    let length = bytes.get(24..28).and_then(|length| length.try_into().ok()).map(u32::from_be_bytes);
    length.is_some_and(|length| length as usize == bytes.len())
}
