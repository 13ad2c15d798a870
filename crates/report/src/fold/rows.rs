//! A row of a batch as plain numbers.

use super::ways::{WayColumns, Ways};
use crate::knowledge;
use arrow_array::RecordBatch;
use arrow_array::types::{Int32Type, Int64Type};
use model::FlowField;
use table::read::{Numbers, Texts, inline_view};

/// Was it let through?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    Denied,
    Dropped,
    Unknown,
}

impl Verdict {
    /// Was it turned away?
    #[inline]
    pub(crate) fn is_denied(self) -> bool {
        matches!(self, Verdict::Denied | Verdict::Dropped)
    }
}

/// Which end of the record's own direction was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the sender.
    Source,
    /// At the receiver.
    Target,
    /// In between, on the way in: a transit gateway, a NAT gateway.
    MiddleIn,
    /// In between, on the way out.
    MiddleOut,
    /// The record does not say.
    Unknown,
}

impl Place {
    /// Is it one of the two ends of the record?
    #[inline]
    pub(crate) fn is_end(self) -> bool {
        matches!(self, Place::Source | Place::Target)
    }

    /// Does the record go out of where it was observed?
    #[inline]
    pub(crate) fn is_outward(self) -> bool {
        matches!(self, Place::Source | Place::MiddleOut)
    }

    /// The same way, seen from an interface that only passes on.
    #[inline]
    pub(crate) fn in_the_middle(self) -> Place {
        match self {
            Place::Source => Place::MiddleOut,
            Place::Target => Place::MiddleIn,
            other => other,
        }
    }
}

/// A row without its addresses and its observer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Seconds since 1970; 0 if unknown.
    pub(crate) start: u32,
    /// The same; at least `start`.
    pub(crate) end: u32,
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) proto: u8,
    pub(crate) verdict: Verdict,
    pub(crate) place: Place,
    /// By which way it went, as far as the record says.
    pub(crate) ways: Ways,
    /// Who opened the connection, where the record says so: is it the source?
    pub(crate) source_opened: Option<bool>,
    /// Nothing but a refusal (RST) came in this record.
    pub(crate) only_reset: bool,
    /// Nothing but a refusal came back, in a record of both ways.
    pub(crate) rev_only_reset: bool,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) rev_packets: u64,
    pub(crate) rev_bytes: u64,
}

/// TCP flags.
const SYN: i32 = 2;
const RST: i32 = 4;
const ACK: i32 = 16;
/// Stands for flags that the source does not record.
const NO_FLAGS: i32 = -1;

/// The columns that [`Row`] is made of.
pub(crate) struct Rows<'a> {
    time_start: Numbers<i64>,
    time_end: Numbers<i64>,
    src_port: Numbers<i32>,
    dst_port: Numbers<i32>,
    ip_proto: Numbers<i32>,
    tcp_flags: Numbers<i32>,
    rev_tcp_flags: Numbers<i32>,
    icmp_type: Numbers<i32>,
    packets: Numbers<i64>,
    bytes: Numbers<i64>,
    rev_packets: Numbers<i64>,
    rev_bytes: Numbers<i64>,
    verdict: Texts<'a>,
    direction: Texts<'a>,
    initiator: Texts<'a>,
    vantage: Texts<'a>,
    ways: Option<WayColumns<'a>>,
}

impl<'a> Rows<'a> {
    /// The columns of a batch.
    pub(crate) fn of(batch: &'a RecordBatch) -> Rows<'a> {
        use FlowField as F;
        Rows {
            time_start: Numbers::times(batch, F::TimeStart),
            time_end: Numbers::times(batch, F::TimeEnd),
            src_port: Numbers::of::<Int32Type>(batch, F::SrcPort, 0),
            dst_port: Numbers::of::<Int32Type>(batch, F::DstPort, 0),
            ip_proto: Numbers::of::<Int32Type>(batch, F::IpProto, 0),
            tcp_flags: Numbers::of::<Int32Type>(batch, F::TcpFlags, NO_FLAGS),
            rev_tcp_flags: Numbers::of::<Int32Type>(batch, F::RevTcpFlags, NO_FLAGS),
            icmp_type: Numbers::of::<Int32Type>(batch, F::IcmpType, -1),
            packets: Numbers::of::<Int64Type>(batch, F::Packets, 0),
            bytes: Numbers::of::<Int64Type>(batch, F::Bytes, 0),
            rev_packets: Numbers::of::<Int64Type>(batch, F::RevPackets, 0),
            rev_bytes: Numbers::of::<Int64Type>(batch, F::RevBytes, 0),
            verdict: Texts::of(batch, F::Verdict),
            direction: Texts::of(batch, F::Direction),
            initiator: Texts::of(batch, F::Initiator),
            vantage: Texts::of(batch, F::Vantage),
            ways: WayColumns::of(batch),
        }
    }

    /// A row.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Row {
        let proto = self.ip_proto.at(row) as u8;
        // Ports of other protocols are no ports: ICMP types, zeros.
        let mask = if knowledge::has_ports(proto) { u16::MAX } else { 0 };
        let count = |counts: &Numbers<i64>| counts.at(row).max(0) as u64;
        let end = seconds(self.time_end.at(row));
        let start = match seconds(self.time_start.at(row)) {
            0 => end,
            start => start,
        };
        let (packets, rev_packets) = (count(&self.packets), count(&self.rev_packets));
        let flags = if proto == 6 { self.tcp_flags.at(row) } else { NO_FLAGS };
        let has_flags = flags != NO_FLAGS;
        let only_reset = is_refusal(flags, packets);
        Row {
            start,
            end: end.max(start),
            src_port: self.src_port.at(row) as u16 & mask,
            dst_port: self.dst_port.at(row) as u16 & mask,
            proto,
            verdict: verdict_of(self.verdict.view(row)),
            place: place_of(self.vantage.view(row), self.direction.view(row)),
            ways: self.ways.as_ref().map_or(Ways::default(), |ways| ways.at(row)),
            // A refusal alone opens nothing, whoever was seen first: it answers something that was not seen.
            source_opened: match self.source_opened(row, if has_flags { flags } else { 0 }) {
                Some(true) if only_reset && rev_packets == 0 => Some(false),
                _ if is_icmp(proto) && self.icmp_type.at(row) >= 0 => Some(is_question(self.icmp_type.at(row))),
                opened => opened,
            },
            only_reset,
            rev_only_reset: self.was_refused(row, proto, rev_packets),
            packets,
            bytes: count(&self.bytes),
            rev_packets,
            rev_bytes: count(&self.rev_bytes),
        }
    }

    /// Did nothing come back but a refusal: RST, or an ICMP error about the datagrams?
    #[inline]
    fn was_refused(&self, row: usize, proto: u8, rev_packets: u64) -> bool {
        let flags = self.rev_tcp_flags.at(row);
        let is_reset = flags & RST != 0 && flags & !(RST | ACK) == 0;
        let is_unreachable = proto == 17 && rev_packets <= 2 && matches!(self.icmp_type.at(row), 1 | 3);
        (proto == 6 && is_reset) | is_unreachable
    }

    #[inline]
    fn source_opened(&self, row: usize, flags: i32) -> Option<bool> {
        const SRC: u128 = inline_view("src");
        const DST: u128 = inline_view("dst");
        const SYN_ACK: i32 = SYN | ACK;
        match (self.initiator.view(row), flags & SYN_ACK) {
            (SRC, _) => Some(true),
            (DST, _) => Some(false),
            (_, SYN) => Some(true),
            (_, SYN_ACK) => Some(false),
            _ => None,
        }
    }
}

#[inline]
fn is_icmp(proto: u8) -> bool {
    matches!(proto, 1 | 58)
}

/// ICMP types that ask (RFC 792, 950, 4443); all others answer, or complain about something else.
#[inline]
fn is_question(icmp_type: i32) -> bool {
    matches!(icmp_type, 8 | 13 | 15 | 17 | 128)
}

/// Are these the flags of one side that only refused? [`NO_FLAGS`] has every bit, SYN too.
#[inline]
fn is_refusal(flags: i32, packets: u64) -> bool {
    flags & (SYN | RST) == RST && packets <= 2
}

/// Whole seconds since 1970, of nanoseconds; 0 before.
#[inline]
pub(super) fn seconds(nanoseconds: i64) -> u32 {
    (nanoseconds / 1_000_000_000).clamp(0, i64::from(u32::MAX)) as u32
}

/// Which of these texts a view is, counted from 1; 0 if it is none of them. Without branches: what a record says is random.
#[inline]
fn code_of<const N: usize>(view: u128, texts: [u128; N]) -> usize {
    texts.iter().zip(1..).fold(0, |code, (text, n)| code | if view == *text { n } else { 0 })
}

#[inline]
fn verdict_of(view: u128) -> Verdict {
    const TEXTS: [u128; 3] = [inline_view("allowed"), inline_view("denied"), inline_view("dropped")];
    const VERDICTS: [Verdict; 4] = [Verdict::Unknown, Verdict::Allowed, Verdict::Denied, Verdict::Dropped];
    VERDICTS[code_of(view, TEXTS) & 3]
}

#[inline]
fn place_of(vantage: u128, direction: u128) -> Place {
    use Place::{MiddleIn, MiddleOut, Source, Target, Unknown};
    const VANTAGES: [u128; 5] = [
        inline_view("src"),
        inline_view("dst"),
        inline_view("middle"),
        inline_view("src_gateway"),
        inline_view("dst_gateway"),
    ];
    const DIRECTIONS: [u128; 2] = [inline_view("ingress"), inline_view("egress")];
    /// By vantage, then by direction; each none first, then as above.
    const PLACES: [[Place; 3]; 6] = [
        [Unknown, Target, Source],
        [Source, Source, Source],
        [Target, Target, Source],
        [MiddleIn, MiddleIn, MiddleOut],
        [MiddleIn, MiddleIn, MiddleIn],
        [MiddleOut, MiddleOut, MiddleOut],
    ];
    PLACES[code_of(vantage, VANTAGES)][code_of(direction, DIRECTIONS)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Projection;
    use table::FlowColumns;
    use table::read::{Addresses, Ip};

    #[test]
    fn a_view_is_what_the_table_writes() {
        let mut flows = FlowColumns::new(Projection::of([FlowField::Verdict, FlowField::SrcIp, FlowField::TcpFlags]));
        flows.set_text(FlowField::Verdict, "denied");
        flows.set_ipv4(FlowField::SrcIp, 0x0a00_0001);
        flows.end_row();
        flows.set_address(FlowField::SrcIp, "2001:db8::1".parse().unwrap());
        flows.end_row();
        let batch = flows.take_batch();
        let rows = Rows::of(&batch);
        assert_eq!([rows.at(0).verdict, rows.at(1).verdict], [Verdict::Denied, Verdict::Unknown]);
        let addresses = Addresses::of(&batch, FlowField::SrcIp);
        assert_eq!(addresses.at(0), Ip::V4(0x0a00_0001));
        assert_eq!(addresses.at(1), Ip::V6(0x2001_0db8 << 96 | 1));
        assert!(Texts::of(&batch, FlowField::IfId).is_absent());
    }
}
