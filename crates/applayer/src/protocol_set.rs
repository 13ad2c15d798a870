//! Some of the protocols: those that settings switch off.

use crate::protocol::Transport;
use crate::{PROTOCOL_COUNT, PROTOCOLS};

/// Words of 64 bits that all protocols take.
const WORDS: usize = PROTOCOL_COUNT.div_ceil(64);

/// A set of protocols, over TCP and over UDP apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolSet {
    /// By transport, a bit for each place in [`PROTOCOLS`].
    bits: [[u64; WORDS]; 2],
}

impl ProtocolSet {
    /// Adds a protocol by its name; a name that is none's adds nothing.
    pub fn insert(&mut self, name: &str, transport: Transport) {
        if let Some((word, bit)) = bit(name) {
            self.bits[transport as usize][word] |= bit;
        }
    }

    /// Is this protocol in it?
    pub fn contains(&self, name: &str, transport: Transport) -> bool {
        let bits = &self.bits[transport as usize];
        *bits != [0; WORDS] && bit(name).is_some_and(|(word, bit)| bits[word] & bit != 0)
    }
}

/// The word and the bit of a protocol.
fn bit(name: &str) -> Option<(usize, u64)> {
    let place = PROTOCOLS.iter().position(|protocol| protocol.name() == name)?;
    Some((place / 64, 1 << (place % 64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transports_are_apart() {
        let mut set = ProtocolSet::default();
        set.insert("dns", Transport::Udp);
        set.insert("nothing", Transport::Tcp);
        assert!(set.contains("dns", Transport::Udp) && !set.contains("dns", Transport::Tcp));
        assert!(!set.contains("http", Transport::Udp));
    }
}
