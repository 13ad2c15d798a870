//! Sets of protocols, for settings.

use crate::PROTOCOLS;
use crate::protocol::{Gap, Input, Parser, Progress, Protocol};
use crate::sink::Sink;
use model::packet::Timestamp;

/// Some of [`PROTOCOLS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolSet([u128; 2]);

impl ProtocolSet {
    /// Adds the protocol of this name; false where there is none.
    pub fn insert(&mut self, name: &str) -> bool {
        let place = PROTOCOLS.iter().position(|protocol| protocol.name() == name);
        if let Some(place) = place {
            self.0[place / 128] |= 1 << (place % 128);
        }
        place.is_some()
    }

    /// Is this one of them?
    pub fn contains(self, protocol: &dyn Protocol) -> bool {
        self != ProtocolSet::default()
            && PROTOCOLS
                .iter()
                .position(|known| known.name() == protocol.name())
                .is_some_and(|place| self.0[place / 128] >> (place % 128) & 1 == 1)
    }
}

/// Stands where a protocol is recognised but not to be read.
pub(crate) struct Unread;

impl Parser for Unread {
    fn push(&mut self, input: Input<'_>, _sink: &mut dyn Sink) -> Progress {
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_set() {
        let mut set = ProtocolSet::default();
        assert!(set.insert("snmp") && !set.insert("nothing"));
        for protocol in PROTOCOLS {
            assert_eq!(set.contains(*protocol), protocol.name() == "snmp", "{}", protocol.name());
        }
    }
}
