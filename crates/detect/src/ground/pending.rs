//! Records that wait to be taken in together: they come by the million, so they are kept small.

use super::interest::{is_vain, points};
use super::key::{Class, Key};
use super::record::Record;
use std::net::{IpAddr, Ipv4Addr};

/// Records that are looked up together, so that they wait for memory together.
pub(super) const BLOCK: usize = 32;

/// One record of a conversation on its way in.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) pair: u64,
    pub(super) hash: u64,
    pub(super) key: Key,
    pub(super) class: Class,
    pub(super) points: u32,
    /// A try of one of ours that nothing answered: it has points for that, if its client has not too many of them.
    pub(super) is_vain: bool,
    pub(super) record: Record,
}

/// What of it cannot be computed again: 56 bytes where both ends have IPv4.
#[derive(Clone, Copy, Debug)]
struct Waiting<A> {
    client: A,
    server: A,
    port: u16,
    proto: u8,
    class: Class,
    record: Record,
}

const _: () = assert!(size_of::<Waiting<Ipv4Addr>>() <= 56);

impl<A: Copy + Into<IpAddr>> Waiting<A> {
    #[inline]
    fn seen(&self) -> Seen {
        let Waiting { client, server, port, proto, class, record } = *self;
        let key = Key { client: client.into(), server: server.into(), port, proto };
        let pair = key.pair();
        let is_vain = class == Class::Ours && is_vain(&record);
        let points = points(&record, is_vain);
        Seen { pair, hash: key.hash(pair), key, class, points, is_vain, record }
    }
}

/// Records in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    v4: Vec<Waiting<Ipv4Addr>>,
    /// Those with IPv6, each with how many of `v4` came before it.
    v6: Vec<(usize, Waiting<IpAddr>)>,
}

impl Pending {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Forgets all and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.v4.clear();
        self.v6.clear();
    }

    /// Adds a record.
    #[inline]
    pub(super) fn push(&mut self, key: &Key, class: Class, record: Record) {
        let Key { client, server, port, proto } = *key;
        match (client, server) {
            (IpAddr::V4(client), IpAddr::V4(server)) => {
                self.v4.push(Waiting { client, server, port, proto, class, record })
            }
            _ => self.v6.push((self.v4.len(), Waiting { client, server, port, proto, class, record })),
        }
    }

    /// Calls with blocks of at most [`BLOCK`] records, in the order in which they came.
    pub(super) fn for_each_block(&self, mut take: impl FnMut(&[Seen])) {
        let mut block = Vec::with_capacity(BLOCK);
        let mut add = |seen: Seen| {
            block.push(seen);
            if block.len() == BLOCK {
                take(&block);
                block.clear();
            }
        };
        let mut done = 0;
        for (before, waiting) in &self.v6 {
            self.v4[done..*before].iter().for_each(|waiting| add(waiting.seen()));
            add(waiting.seen());
            done = *before;
        }
        self.v4[done..].iter().for_each(|waiting| add(waiting.seen()));
        take(&block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    #[test]
    fn records_come_in_the_order_in_which_they_were_added() {
        let address = |number: u32| match number % 7 {
            0 | 3 => IpAddr::V6(Ipv6Addr::from_bits(number.into())),
            _ => IpAddr::V4(Ipv4Addr::from_bits(number)),
        };
        for count in [0, 1, 31, 32, 33, 100] {
            let mut pending = Pending::default();
            for number in 0..count {
                let key = Key { client: address(number), server: address(number / 2), port: 1, proto: 6 };
                pending.push(&key, Class::Ours, Record { start: number, ..Record::default() });
            }
            let mut starts = Vec::new();
            pending.for_each_block(|block| {
                assert!(block.len() <= BLOCK);
                for Seen { key, record, .. } in block {
                    assert_eq!((key.client, key.server), (address(record.start), address(record.start / 2)));
                    starts.push(record.start);
                }
            });
            assert_eq!(starts, (0..count).collect::<Vec<_>>());
            assert_eq!(pending.len(), count as usize);
        }
    }
}
