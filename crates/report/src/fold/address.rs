//! Addresses as keys of tables: four bytes where four bytes do.

use super::turned_away::{Refused, TurnedAway};
use hashbrown::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address as a key. Two values of it are set aside for the conversations that a limit folded together.
pub(crate) trait Address: Copy + Ord + std::fmt::Debug + std::hash::Hash {
    /// Stands for any address of the internet. Never on the wire: 0/8 and `::2` are no hosts.
    const ANY_PUBLIC: Self;
    /// Stands for any address inside.
    const ANY_INTERNAL: Self;
    /// The address as others know it.
    fn ip(self) -> IpAddr;
    /// Some bits of it, for a hash.
    fn bits(self) -> u64;
    /// Is it on this side of the internet by its class alone?
    fn is_internal(self) -> bool;
    /// The sources of its family that were turned away.
    fn sources(turned_away: &mut TurnedAway) -> &mut HashMap<Self, Refused>;
}

impl Address for u32 {
    const ANY_PUBLIC: u32 = 1;
    const ANY_INTERNAL: u32 = 2;

    fn ip(self) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(self))
    }
    #[inline]
    fn bits(self) -> u64 {
        u64::from(self)
    }
    #[inline]
    fn is_internal(self) -> bool {
        crate::knowledge::is_internal_v4(self)
    }
    fn sources(turned_away: &mut TurnedAway) -> &mut HashMap<u32, Refused> {
        &mut turned_away.v4
    }
}

/// An IPv6 address as two numbers: aligned to 8 bytes, not to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct V6 {
    high: u64,
    low: u64,
}

impl V6 {
    /// From its number.
    pub(crate) fn from_bits(bits: u128) -> V6 {
        V6 { high: (bits >> 64) as u64, low: bits as u64 }
    }
}

impl Address for V6 {
    const ANY_PUBLIC: V6 = V6 { high: 0, low: 2 };
    const ANY_INTERNAL: V6 = V6 { high: 0, low: 3 };

    fn ip(self) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits(u128::from(self.high) << 64 | u128::from(self.low)))
    }
    fn bits(self) -> u64 {
        mix(self.high, self.low)
    }
    fn is_internal(self) -> bool {
        crate::knowledge::is_internal(self.ip())
    }
    fn sources(turned_away: &mut TurnedAway) -> &mut HashMap<V6, Refused> {
        &mut turned_away.v6
    }
}

/// Folds the 128-bit product of two numbers: the step of wyhash and foldhash.
#[inline]
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd6e8_feb8_6659_fd93);
    product as u64 ^ (product >> 64) as u64
}

/// Is it one of the addresses that stand for many?
pub(crate) fn stands_for_many(address: IpAddr) -> bool {
    [u32::ANY_PUBLIC.ip(), u32::ANY_INTERNAL.ip(), V6::ANY_PUBLIC.ip(), V6::ANY_INTERNAL.ip()].contains(&address)
}
