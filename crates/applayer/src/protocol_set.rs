//! Sets of protocols, for settings.

use crate::PROTOCOLS;
use crate::protocol::{Gap, Input, Parser, Progress, Protocol};
use crate::sink::Sink;
use model::packet::Timestamp;

/// Some of [`PROTOCOLS`], a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolSet([u128; 2]);

const _: () = assert!(PROTOCOLS.len() <= 256, "one bit each in ProtocolSet");

impl ProtocolSet {
    pub(crate) const NONE: ProtocolSet = ProtocolSet([0; 2]);

    /// Adds the protocol of this name; false where there is none.
    pub fn insert(&mut self, name: &str) -> bool {
        let place = PROTOCOLS.iter().position(|protocol| protocol.name() == name);
        place.map(|place| self.add(place)).is_some()
    }

    /// Adds a row of [`PROTOCOLS`] by its place.
    pub(crate) fn add(&mut self, place: usize) {
        self.0[place / 128] |= 1 << (place % 128);
    }

    /// What is in this set and not in the other.
    pub(crate) fn without(self, other: ProtocolSet) -> ProtocolSet {
        ProtocolSet([self.0[0] & !other.0[0], self.0[1] & !other.0[1]])
    }

    /// Is this one of them?
    pub fn contains(self, protocol: &dyn Protocol) -> bool {
        self.iter().any(|(_, known)| known.name() == protocol.name())
    }

    /// The protocols and their places, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = (usize, &'static dyn Protocol)> {
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
