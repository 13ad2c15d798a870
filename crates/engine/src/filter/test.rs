//! A compiled filter, and what a frame makes of it.

use super::headers::{IPV4, IPV6, View};
use std::net::IpAddr;

/// A condition. `None` of [`Test::holds`] is a read beyond the frame, which turns it away whatever else is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Always,
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    /// A primitive, behind this many VLAN tags.
    Check(usize, Check),
    /// A comparison of numbers, behind this many VLAN tags.
    Relation(usize, Number, Relation, Number),
}

/// A primitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    EtherType(u16),
    Protocol { number: u8, versions: [bool; 2] },
    Address { ether_types: Vec<u16>, direction: Direction, prefix: Prefix },
    Port { protocols: Vec<u8>, direction: Direction, low: u16, high: u16 },
    Mac { direction: Direction, mac: [u8; 6] },
    Broadcast,
    Multicast,
    MulticastAddress(u16),
    Vlan(Option<u16>),
}

/// Which end is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Direction {
    Source,
    Destination,
    #[default]
    Either,
    Both,
}

impl Direction {
    fn holds<T>(self, [source, destination]: [T; 2], is: impl Fn(T) -> bool) -> bool {
        match self {
            Direction::Source => is(source),
            Direction::Destination => is(destination),
            Direction::Either => is(source) || is(destination),
            Direction::Both => is(source) && is(destination),
        }
    }
}

/// A network, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) address: IpAddr,
    mask: u128,
}

fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Prefix {
    pub(super) fn host(address: IpAddr) -> Prefix {
        Prefix { address, mask: if address.is_ipv4() { u32::MAX.into() } else { u128::MAX } }
    }

    /// The network of so many bits; `None` where the address has more, or there are not so many.
    pub(super) fn of(address: IpAddr, bits: u32) -> Option<Prefix> {
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let host = u128::MAX.checked_shr(128 - width.checked_sub(bits)?).unwrap_or(0);
        let host = if width == bits { 0 } else { host };
        Prefix::masked(address, Prefix::host(address).mask & !host)
    }

    /// The network of this mask; `None` where the address has bits outside of it.
    pub(super) fn masked(address: IpAddr, mask: u128) -> Option<Prefix> {
        (bits_of(address) & !mask == 0).then_some(Prefix { address, mask })
    }

    fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && bits_of(address) & self.mask == bits_of(self.address)
    }
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is done to two numbers; all are 32 bits and wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
    ExclusiveOr,
    ShiftLeft,
    ShiftRight,
}

/// Where bytes are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// The frame.
    Link,
    /// The network header, if it is of this EtherType.
    Network(u16),
    /// The transport header, if it is of this protocol over this EtherType, and no later fragment.
    Transport(u16, u8),
}

/// A number of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Constant(u32),
    Length,
    Bytes { base: Base, offset: Box<Number>, size: u8 },
    Operation(Box<Number>, Operation, Box<Number>),
}

/// Why a number has no value.
enum Without {
    /// The frame has no such header: the comparison is false.
    Header,
    /// The frame ends before it, or a division by zero: the frame is turned away.
    Bytes,
}

impl Test {
    pub(super) fn holds(&self, view: &View<'_>) -> Option<bool> {
        match self {
            Test::Always => Some(true),
            Test::Not(test) => test.holds(view).map(|holds| !holds),
            Test::And(left, right) => Some(left.holds(view)? && right.holds(view)?),
            Test::Or(left, right) => Some(left.holds(view)? || right.holds(view)?),
            Test::Check(tags, check) => check.holds(view, *tags),
            Test::Relation(tags, left, relation, right) => {
                let values = left.value(view, *tags).and_then(|left| Ok((left, right.value(view, *tags)?)));
                match values {
                    Ok((left, right)) => Some(relation.holds(left, right)),
                    Err(Without::Header) => Some(false),
                    Err(Without::Bytes) => None,
                }
            }
        }
    }
}

impl Check {
    fn holds(&self, view: &View<'_>, tags: usize) -> Option<bool> {
        match self {
            Check::EtherType(wanted) => Some(view.ether_type(tags)? == *wanted),
            Check::Protocol { number, versions } => is_protocol(view, tags, *number, *versions),
            Check::Address { ether_types, direction, prefix } => {
                let ether_type = view.ether_type(tags)?;
                if !ether_types.contains(&ether_type) {
                    return Some(false);
                }
                Some(direction.holds(view.addresses(tags, ether_type)?, |address| prefix.contains(address)))
            }
            Check::Port { protocols, direction, low, high } => {
                let Some(ports) = ports(view, tags, protocols)? else { return Some(false) };
                Some(direction.holds(ports, |port| (u32::from(*low)..=u32::from(*high)).contains(&port)))
            }
            Check::Vlan(wanted) => Some(view.tag(tags)?.is_some_and(|tag| wanted.is_none_or(|wanted| wanted == tag))),
            Check::MulticastAddress(wanted) => {
                if view.ether_type(tags)? != *wanted {
                    return Some(false);
                }
                // Of IPv4 what is reserved and the broadcast address too, as libpcap has it.
                Some(match view.addresses(tags, *wanted)?[1] {
                    IpAddr::V4(v4) => v4.octets()[0] >= 224,
                    IpAddr::V6(v6) => v6.is_multicast(),
                })
            }
            Check::Mac { .. } | Check::Broadcast | Check::Multicast => self.holds_of_macs(view),
        }
    }

    fn holds_of_macs(&self, view: &View<'_>) -> Option<bool> {
        let Some([destination, source]) = view.macs()? else { return Some(false) };
        Some(match self {
            Check::Mac { direction, mac } => direction.holds([source, destination], |other| other == mac.as_slice()),
            Check::Broadcast => destination == [0xff; 6],
            _ => destination[0] & 1 == 1,
        })
    }
}

fn is_protocol(view: &View<'_>, tags: usize, number: u8, versions: [bool; 2]) -> Option<bool> {
    match view.ether_type(tags)? {
        IPV4 if versions[0] => Some(view.protocol(tags, IPV4)? == number),
        IPV6 if versions[1] => view.carried_by_v6(tags, number),
        _ => Some(false),
    }
}

/// Source and destination port, where the frame has ports of one of these protocols.
fn ports(view: &View<'_>, tags: usize, protocols: &[u8]) -> Option<Option<[u32; 2]>> {
    let ether_type = view.ether_type(tags)?;
    if !matches!(ether_type, IPV4 | IPV6) || !protocols.contains(&view.protocol(tags, ether_type)?) {
        return Some(None);
    }
    let Some(transport) = view.transport(tags, ether_type)? else { return Some(None) };
    Some(Some([view.number(transport, 2)?, view.number(transport + 2, 2)?]))
}

impl Relation {
    fn holds(self, left: u32, right: u32) -> bool {
        match self {
            Relation::Equal => left == right,
            Relation::Unequal => left != right,
            Relation::Less => left < right,
            Relation::LessOrEqual => left <= right,
            Relation::Greater => left > right,
            Relation::GreaterOrEqual => left >= right,
        }
    }
}

impl Number {
    fn value(&self, view: &View<'_>, tags: usize) -> Result<u32, Without> {
        match self {
            Number::Constant(number) => Ok(*number),
            Number::Length => Ok(view.wire_length),
            Number::Bytes { base, offset, size } => {
                let start = base.offset(view, tags)?;
                let place = start.saturating_add(offset.value(view, tags)? as usize);
                view.number(place, usize::from(*size)).ok_or(Without::Bytes)
            }
            Number::Operation(left, operation, right) => {
                operation.apply(left.value(view, tags)?, right.value(view, tags)?).ok_or(Without::Bytes)
            }
        }
    }
}

impl Base {
    fn offset(self, view: &View<'_>, tags: usize) -> Result<usize, Without> {
        let (wanted, protocol) = match self {
            Base::Link => return Ok(0),
            Base::Network(wanted) => (wanted, None),
            Base::Transport(wanted, protocol) => (wanted, Some(protocol)),
        };
        if view.ether_type(tags).ok_or(Without::Bytes)? != wanted {
            return Err(Without::Header);
        }
        let Some(protocol) = protocol else { return Ok(view.network(tags)) };
        if view.protocol(tags, wanted).ok_or(Without::Bytes)? != protocol {
            return Err(Without::Header);
        }
        view.transport(tags, wanted).ok_or(Without::Bytes)?.ok_or(Without::Header)
    }
}

impl Operation {
    fn apply(self, left: u32, right: u32) -> Option<u32> {
        Some(match self {
            Operation::Add => left.wrapping_add(right),
            Operation::Subtract => left.wrapping_sub(right),
            Operation::Multiply => left.wrapping_mul(right),
            Operation::Divide => left.checked_div(right)?,
            Operation::Remainder => left.checked_rem(right)?,
            Operation::And => left & right,
            Operation::Or => left | right,
            Operation::ExclusiveOr => left ^ right,
            Operation::ShiftLeft => left.checked_shl(right).unwrap_or(0),
            Operation::ShiftRight => left.checked_shr(right).unwrap_or(0),
        })
    }
}
