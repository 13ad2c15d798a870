//! Every field of `conn.log` that has a column, and the columns it is needed for.

use crate::filter::Filter;
use crate::json::Text;
use model::{FlowField as F, Projection};

/// A field that has a column of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Slot {
    Start,
    OrigAddress,
    OrigPort,
    RespAddress,
    RespPort,
    Transport,
    IpProto,
    Service,
    Duration,
    OrigBytes,
    RespBytes,
    OrigIpBytes,
    RespIpBytes,
    OrigPackets,
    RespPackets,
    ConnState,
    History,
    MissedBytes,
    LocalOrig,
    LocalResp,
    Vlan,
    OrigMac,
    RespMac,
    OrigCountry,
    RespCountry,
    Written,
    Path,
}

/// How many slots there are.
const SLOTS: usize = Slot::Path as usize + 1;

/// One row of [`FIELDS`].
pub(super) struct ZeekField {
    pub(super) slot: Slot,
    /// Its names: Zeek's own first, then with other scope separators and extensions' prefixes.
    names: &'static [&'static str],
    /// The columns that need it.
    columns: &'static [F],
    /// It is kept in `ext` as well: the columns say less than it does.
    keeps_text: bool,
}

impl ZeekField {
    /// Zeek's own name of the field.
    pub(super) fn name(&self) -> &'static str {
        self.names[0]
    }
}

const fn field(slot: Slot, names: &'static [&'static str], columns: &'static [F]) -> ZeekField {
    ZeekField { slot, names, columns, keeps_text: false }
}

const fn kept(slot: Slot, names: &'static [&'static str], columns: &'static [F]) -> ZeekField {
    ZeekField { slot, names, columns, keeps_text: true }
}

const COUNTERS: &[F] = &[F::Bytes, F::RevBytes, F::BytesSemantics];
/// What is read differently for each transport protocol.
const BY_TRANSPORT: &[F] = &[
    F::IpProto,
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
pub(super) const FIELDS: [ZeekField; SLOTS] = [
    field(Slot::Start, &["ts"], &[F::TimeStart, F::TimeEnd]),
    field(Slot::OrigAddress, &["id.orig_h", "id_orig_h"], &[F::SrcIp, F::IpVersion, F::IpProto]),
    field(Slot::OrigPort, &["id.orig_p", "id_orig_p"], &[F::SrcPort, F::IcmpType, F::IcmpCode]),
    field(Slot::RespAddress, &["id.resp_h", "id_resp_h"], &[F::DstIp]),
    field(Slot::RespPort, &["id.resp_p", "id_resp_p"], &[F::DstPort, F::IcmpCode]),
    field(Slot::Transport, &["proto"], BY_TRANSPORT),
    field(Slot::IpProto, &["ip_proto"], BY_TRANSPORT),
    field(Slot::Service, &["service"], &[F::AppProtocol]),
    field(Slot::Duration, &["duration"], &[F::TimeEnd]),
    kept(Slot::OrigBytes, &["orig_bytes"], COUNTERS),
    kept(Slot::RespBytes, &["resp_bytes"], COUNTERS),
    field(Slot::OrigIpBytes, &["orig_ip_bytes"], COUNTERS),
    field(Slot::RespIpBytes, &["resp_ip_bytes"], COUNTERS),
    field(Slot::OrigPackets, &["orig_pkts"], &[F::Packets]),
    field(Slot::RespPackets, &["resp_pkts"], &[F::RevPackets]),
    kept(Slot::ConnState, &["conn_state"], &[F::TcpState, F::Initiator]),
    field(Slot::History, &["history"], &[F::TcpHistory, F::TcpFlags, F::RevTcpFlags, F::TcpFlagsScope, F::Initiator]),
    field(Slot::MissedBytes, &["missed_bytes"], &[F::CaptureLostBytes]),
    kept(Slot::LocalOrig, &["local_orig"], &[F::Direction]),
    kept(Slot::LocalResp, &["local_resp"], &[F::Direction]),
    field(Slot::Vlan, &["vlan", "id.vlan", "id_vlan"], &[F::VlanId]),
    field(Slot::OrigMac, &["orig_l2_addr"], &[F::SrcMac]),
    field(Slot::RespMac, &["resp_l2_addr"], &[F::DstMac]),
    field(Slot::OrigCountry, &["orig_cc"], &[F::SrcGeoCountry]),
    field(Slot::RespCountry, &["resp_cc"], &[F::DstGeoCountry]),
    field(Slot::Written, &["_write_ts"], &[F::TimeLogged]),
    field(Slot::Path, &["_path", "_stream", "@stream"], &[]),
];

/// The field of that name, if it has a slot.
pub(super) fn known_field(name: &[u8]) -> Option<&'static ZeekField> {
    FIELDS.iter().find(|field| field.names.iter().any(|known| known.as_bytes() == name))
}

/// Is the field kept in `ext`? Those without a slot are, and those that their columns do not tell whole.
pub(super) fn is_kept(field: Option<&ZeekField>) -> bool {
    field.is_none_or(|field| field.keeps_text)
}

/// A set of slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(u32);

impl Slots {
    /// The slots that these columns and filters need.
    pub(super) fn of(wanted: &Projection<F>, filters: &[Filter]) -> Slots {
        // What a column cannot hold goes to `ext`, so `ext` is only whole if every column is looked at.
        let is_needed = |field: &ZeekField| {
            let is_filtered = filters.iter().any(|filter| field.columns.contains(&filter.field));
            wanted.contains(F::Ext) || is_filtered || wanted.contains_any(field.columns)
        };
        FIELDS.iter().filter(|field| is_needed(field)).fold(Slots(0), |slots, field| Slots(slots.0 | field.slot.bit()))
    }

    /// Adds a slot.
    pub(super) fn insert(&mut self, slot: Slot) {
        self.0 |= slot.bit();
    }

    /// Is the slot among them?
    pub(super) fn contains(self, slot: Slot) -> bool {
        self.0 & slot.bit() != 0
    }
}

impl Slot {
    /// Zeek's own name of the field.
    pub(super) fn name(self) -> &'static str {
        FIELDS[self as usize].name()
    }

    fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// The texts of one record's fields; one that is unset has none.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    texts: [Option<Text<'a>>; SLOTS],
}

impl<'a> Values<'a> {
    pub(super) fn new() -> Values<'a> {
        Values { texts: [None; SLOTS] }
    }

    #[inline]
    pub(super) fn set(&mut self, slot: Slot, text: Text<'a>) {
        self.texts[slot as usize] = Some(text);
    }

    #[inline]
    pub(super) fn get(&self, slot: Slot) -> Option<Text<'a>> {
        self.texts[slot as usize]
    }

    /// The bytes of a field that never needs unescaping.
    #[inline]
    pub(super) fn raw(&self, slot: Slot) -> Option<&'a [u8]> {
        self.get(slot).map(|text| text.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_slots() {
        assert!(FIELDS.iter().enumerate().all(|(place, field)| field.slot as usize == place));
        const { assert!(SLOTS <= 32, "Slots holds 32") };
    }
}
