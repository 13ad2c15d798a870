//! Every field of Argus's CSV that has a column, and the columns it is needed for.

use crate::filter::Filter;
use model::{FlowField as F, Projection};

/// A field that has a column of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Slot {
    Start,
    Duration,
    Protocol,
    SrcAddress,
    SrcPort,
    Direction,
    DstAddress,
    DstPort,
    State,
    SrcTos,
    Packets,
    Bytes,
    SrcPackets,
    SrcBytes,
    DstPackets,
    DstBytes,
}

/// How many slots there are.
const SLOTS: usize = Slot::DstBytes as usize + 1;

/// One row of [`FIELDS`].
pub(super) struct ArgusField {
    pub(super) slot: Slot,
    /// Its name in the header line.
    pub(super) name: &'static str,
    /// The columns that need it.
    columns: &'static [F],
    /// It is kept in `ext` as well: the columns say less than it does.
    pub(super) keeps_text: bool,
}

const fn field(slot: Slot, name: &'static str, columns: &'static [F]) -> ArgusField {
    ArgusField { slot, name, columns, keeps_text: false }
}

const fn kept(slot: Slot, name: &'static str, columns: &'static [F]) -> ArgusField {
    ArgusField { slot, name, columns, keeps_text: true }
}

const PACKETS: &[F] = &[F::Packets, F::RevPackets];
const BYTES: &[F] = &[F::Bytes, F::RevBytes];
const PORTS: &[F] = &[F::SrcPort, F::DstPort, F::IcmpType, F::IcmpCode];
/// What is read differently for each protocol.
const BY_PROTOCOL: &[F] = &[
    F::IpProto,
    F::L2Type,
    F::AppProtocol,
    F::SrcPort,
    F::DstPort,
    F::IcmpType,
    F::IcmpCode,
    F::TcpFlags,
    F::RevTcpFlags,
    F::TcpFlagsScope,
    F::TcpState,
];

/// Every field with a slot, in the order of [`Slot`].
#[rustfmt::skip]
pub(super) const FIELDS: [ArgusField; SLOTS] = [
    field(Slot::Start, "StartTime", &[F::TimeStart, F::TimeEnd]),
    field(Slot::Duration, "Dur", &[F::TimeEnd]),
    field(Slot::Protocol, "Proto", BY_PROTOCOL),
    field(Slot::SrcAddress, "SrcAddr", &[F::SrcIp, F::IpVersion, F::SrcMac]),
    field(Slot::SrcPort, "Sport", PORTS),
    kept(Slot::Direction, "Dir", &[F::Initiator]),
    field(Slot::DstAddress, "DstAddr", &[F::DstIp, F::DstMac]),
    field(Slot::DstPort, "Dport", PORTS),
    kept(Slot::State, "State", &[F::TcpFlags, F::RevTcpFlags, F::TcpFlagsScope, F::TcpState]),
    field(Slot::SrcTos, "sTos", &[F::Dscp]),
    // The total says how many came back only together with the bytes.
    field(Slot::Packets, "TotPkts", PACKETS),
    field(Slot::Bytes, "TotBytes", &[F::Bytes, F::RevBytes, F::Packets, F::RevPackets]),
    field(Slot::SrcPackets, "SrcPkts", PACKETS),
    field(Slot::SrcBytes, "SrcBytes", &[F::Bytes, F::RevBytes, F::Packets, F::RevPackets]),
    field(Slot::DstPackets, "DstPkts", PACKETS),
    field(Slot::DstBytes, "DstBytes", BYTES),
];

/// The field of that name, if it has a slot.
pub(super) fn known_field(name: &[u8]) -> Option<&'static ArgusField> {
    FIELDS.iter().find(|field| field.name.as_bytes().eq_ignore_ascii_case(name))
}

/// Is this the header line? It names both ends, and what was counted.
pub(super) fn is_header<'a>(names: impl Iterator<Item = &'a [u8]>) -> bool {
    let known: Vec<Slot> = names.filter_map(known_field).map(|field| field.slot).collect();
    let has = |slot: &Slot| known.contains(slot);
    [Slot::SrcAddress, Slot::DstAddress, Slot::Protocol].iter().all(has) && known.len() >= 6
}

/// The slots that these columns and filters need, as a set of bits.
pub(super) fn needed_slots(wanted: &Projection<F>, filters: &[Filter]) -> u32 {
    // What a column cannot hold goes to `ext`, so `ext` is only whole if every column is looked at.
    let is_needed = |field: &&ArgusField| {
        let is_filtered = filters.iter().any(|filter| field.columns.contains(&filter.field));
        wanted.contains(F::Ext) || is_filtered || wanted.contains_any(field.columns)
    };
    FIELDS.iter().filter(is_needed).fold(0, |slots, field| slots | 1 << field.slot as u8)
}

impl Slot {
    /// The field's name.
    pub(super) fn name(self) -> &'static str {
        FIELDS[self as usize].name
    }
}

/// The texts of one record's fields; one that is not set is empty.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    texts: [&'a [u8]; SLOTS],
}

impl<'a> Values<'a> {
    pub(super) fn new() -> Values<'a> {
        Values { texts: [b""; SLOTS] }
    }

    #[inline]
    pub(super) fn set(&mut self, slot: Slot, text: &'a [u8]) {
        self.texts[slot as usize] = text;
    }

    /// The text of a field that is set.
    #[inline]
    pub(super) fn get(&self, slot: Slot) -> Option<&'a [u8]> {
        Some(self.texts[slot as usize]).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_slots() {
        assert!(FIELDS.iter().enumerate().all(|(place, field)| field.slot as usize == place));
    }

    #[test]
    fn headers() {
        let check = |line: &str, expected: bool| {
            assert_eq!(is_header(line.as_bytes().split(|byte| *byte == b',')), expected, "{line}")
        };
        check(
            "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label",
            true,
        );
        check("SrcAddr,DstAddr", false);
        check("version,account-id,interface-id", false);
    }
}
