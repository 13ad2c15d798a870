//! What rules remember: of a flow, of a host, of a pair of hosts.

use model::packet::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;

/// Bits and numbers of one flow.
const VALUES_PER_FLOW_MAX: usize = 256;
/// Bits of hosts and pairs.
const HOST_BITS_MAX: usize = 1 << 20;

/// Named bits, numbers and texts of one flow; the names are places in the ruleset's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    bits: Vec<u32>,
    numbers: Vec<(u32, u32)>,
    texts: Vec<(u32, Vec<u8>)>,
}

impl Values {
    /// Is this bit set?
    pub fn has(&self, bit: u32) -> bool {
        self.bits.contains(&bit)
    }

    /// Sets a bit, as far as there is room.
    pub fn set(&mut self, bit: u32) {
        if !self.has(bit) && self.bits.len() < VALUES_PER_FLOW_MAX {
            self.bits.push(bit);
        }
    }

    /// Takes a bit away.
    pub fn unset(&mut self, bit: u32) {
        self.bits.retain(|known| *known != bit);
    }

    /// Sets a bit that is not set, and takes away one that is.
    pub fn toggle(&mut self, bit: u32) {
        if self.has(bit) { self.unset(bit) } else { self.set(bit) }
    }

    /// The bits that are set, in the order in which they were.
    pub fn bits(&self) -> &[u32] {
        &self.bits
    }

    /// A number; none where nobody has set it.
    pub fn number(&self, name: u32) -> Option<u32> {
        self.numbers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Sets a number, as far as there is room.
    pub fn set_number(&mut self, name: u32, value: u32) {
        let place = self.numbers.iter().position(|(known, _)| *known == name);
        match place {
            Some(place) => self.numbers[place].1 = value,
            None if self.numbers.len() < VALUES_PER_FLOW_MAX => self.numbers.push((name, value)),
            None => {}
        }
    }

    /// The texts that are kept.
    pub fn texts(&self) -> &[(u32, Vec<u8>)] {
        &self.texts
    }

    /// Keeps a text, as far as there is room; false where there is none.
    pub fn set_text(&mut self, name: u32, text: &[u8]) -> bool {
        let place = self.texts.iter().position(|(known, _)| *known == name);
        match place {
            Some(place) => self.texts[place].1 = text.to_vec(),
            None if self.texts.len() < VALUES_PER_FLOW_MAX => self.texts.push((name, text.to_vec())),
            None => return false,
        }
        true
    }

    /// Is nothing set?
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty() && self.numbers.is_empty() && self.texts.is_empty()
    }

    /// The numbers that are set.
    pub fn numbers(&self) -> &[(u32, u32)] {
        &self.numbers
    }
}

/// Whom a bit of `xbits` or `hostbits` is about.
pub type Hosts = [Option<IpAddr>; 2];

/// Bits of hosts and of pairs of hosts, each for some time.
#[derive(Debug, Default)]
pub struct HostBits {
    until: HashMap<(Hosts, u32), Timestamp>,
    /// Bits that found no room.
    pub turned_away: u64,
}

impl HostBits {
    /// Is this bit set?
    pub fn has(&self, hosts: Hosts, bit: u32, now: Timestamp) -> bool {
        self.until.get(&(hosts, bit)).is_some_and(|until| now < *until)
    }

    /// Sets a bit for so many seconds.
    pub fn set(&mut self, hosts: Hosts, bit: u32, now: Timestamp, seconds: u32) {
        if self.until.len() >= HOST_BITS_MAX {
            self.until.retain(|_, until| now < *until);
        }
        if self.until.len() >= HOST_BITS_MAX {
            self.turned_away += 1;
            return;
        }
        self.until.insert((hosts, bit), now.plus_ns(i64::from(seconds) * 1_000_000_000));
    }

    /// Takes a bit away.
    pub fn unset(&mut self, hosts: Hosts, bit: u32) {
        self.until.remove(&(hosts, bit));
    }

    /// Sets a bit that is not set, and takes away one that is.
    pub fn toggle(&mut self, hosts: Hosts, bit: u32, now: Timestamp, seconds: u32) {
        if self.has(hosts, bit, now) { self.unset(hosts, bit) } else { self.set(hosts, bit, now, seconds) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_flow() {
        let mut values = Values::default();
        values.set(1);
        values.toggle(2);
        values.toggle(1);
        values.set_number(7, 3);
        values.set_number(7, 4);
        assert_eq!((values.bits(), values.number(7), values.number(8)), (&[2][..], Some(4), None));
    }

    #[test]
    fn bits_of_hosts_expire() {
        let (mut bits, hosts) = (HostBits::default(), [Some(IpAddr::from([10, 0, 0, 1])), None]);
        bits.set(hosts, 1, Timestamp(0), 5);
        assert!(bits.has(hosts, 1, Timestamp(4_999_999_999)));
        assert!(!bits.has(hosts, 1, Timestamp(5_000_000_000)));
        assert!(!bits.has([None, hosts[0]], 1, Timestamp(0)));
        bits.toggle(hosts, 1, Timestamp(6_000_000_000), 5);
        assert!(bits.has(hosts, 1, Timestamp(6_000_000_001)));
        bits.unset(hosts, 1);
        assert!(!bits.has(hosts, 1, Timestamp(6_000_000_001)));
    }
}
