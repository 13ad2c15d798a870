//! Columns of a batch as slices, and a row of them as plain numbers.
//!
//! Text is compared by its view: up to 12 bytes lie in the view itself (Arrow columnar format), so a verdict is a
//! 128-bit integer.

use crate::knowledge;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, BinaryViewArray, RecordBatch, StringViewArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use model::{FieldIndex, FlowField};

/// Text of up to so many bytes lies in its view.
const INLINE_BYTES_MAX: usize = 12;

/// The view of text of up to 12 bytes.
pub(crate) const fn inline_view(text: &str) -> u128 {
    let text = text.as_bytes();
    assert!(text.len() <= INLINE_BYTES_MAX, "longer text does not lie in its view");
    let mut bytes = [0; 16];
    bytes[0] = text.len() as u8;
    let mut n = 0;
    while n < text.len() {
        bytes[4 + n] = text[n];
        n += 1;
    }
    u128::from_le_bytes(bytes)
}

/// The column of a field, unless it is missing or wholly null.
fn column<I: FieldIndex>(batch: &RecordBatch, field: I) -> Option<&ArrayRef> {
    batch.column_by_name(field.field().name).filter(|column| column.null_count() < column.len())
}

/// The values of a column without its nulls: a null has the value `absent`, and a missing column has none at all.
fn without_nulls<N: ArrowNativeType>(
    values: &ScalarBuffer<N>,
    nulls: Option<&NullBuffer>,
    absent: N,
) -> ScalarBuffer<N> {
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => values.clone(),
        Some(nulls) => values.iter().zip(nulls).map(|(&value, valid)| if valid { value } else { absent }).collect(),
    }
}

/// A column of numbers; a missing one is null in every row.
pub(crate) struct Numbers<N: ArrowNativeType> {
    values: ScalarBuffer<N>,
    absent: N,
}

impl<N: ArrowNativeType> Numbers<N> {
    /// The column of a field; `absent` stands for null, so no row may have that value.
    pub(crate) fn of<T: ArrowPrimitiveType<Native = N>>(
        batch: &RecordBatch,
        field: impl FieldIndex,
        absent: N,
    ) -> Self {
        let array = column(batch, field).and_then(|column| column.as_primitive_opt::<T>());
        let values = array.map(|array| without_nulls(array.values(), array.nulls(), absent));
        Numbers { values: values.unwrap_or_else(|| Vec::new().into()), absent }
    }

    /// The value of a row, or what stands for null.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> N {
        self.values.get(row).copied().unwrap_or(self.absent)
    }
}

impl Numbers<i64> {
    /// A time column, whatever its time zone is called; null is 0.
    pub(crate) fn times(batch: &RecordBatch, field: impl FieldIndex) -> Self {
        Numbers::of::<TimestampNanosecondType>(batch, field, 0)
    }
}

/// A column of text; a missing one is null in every row.
pub(crate) struct Texts<'a> {
    views: ScalarBuffer<u128>,
    array: Option<&'a StringViewArray>,
}

impl<'a> Texts<'a> {
    /// The column of a field.
    pub(crate) fn of(batch: &'a RecordBatch, field: impl FieldIndex) -> Texts<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::Utf8View);
        let array = array.map(|array| array.as_string_view());
        let views = array.map(|array| without_nulls(array.views(), array.nulls(), 0));
        Texts { views: views.unwrap_or_else(|| Vec::new().into()), array }
    }

    /// Is every row null?
    pub(crate) fn is_absent(&self) -> bool {
        self.array.is_none()
    }

    /// Has every row the same view (or none a value)?
    pub(crate) fn is_constant(&self) -> bool {
        self.views.iter().all(|view| *view == self.views[0])
    }

    /// The view of a row; 0, the view of empty text, if it is null.
    #[inline]
    pub(crate) fn view(&self, row: usize) -> u128 {
        self.views.get(row).copied().unwrap_or(0)
    }

    /// The whole text of a row as numbers, if it has at most 24 bytes: no other text gives the same.
    #[inline]
    pub(crate) fn words(&self, row: usize) -> Option<[u64; 4]> {
        let view = self.view(row);
        let Some(bytes) = self.buffered(view) else { return Some([view as u64, (view >> 64) as u64, 0, 0]) };
        let (head, tail) = (bytes.first_chunk::<8>()?, bytes.last_chunk::<8>()?);
        // What is between them, where there is something.
        let middle = bytes.last_chunk::<16>().and_then(|tail| tail.first_chunk::<8>());
        let words = [Some(head), middle, Some(tail)].map(|word| word.map_or(0, |word| u64::from_le_bytes(*word)));
        (bytes.len() <= 24).then_some([bytes.len() as u64, words[0], words[1], words[2]])
    }

    /// The bytes of a view whose text does not lie in the view itself.
    #[inline]
    fn buffered(&self, view: u128) -> Option<&'a [u8]> {
        let (length, buffer, offset) = (view as u32 as usize, (view >> 64) as u32 as usize, (view >> 96) as usize);
        if length <= INLINE_BYTES_MAX {
            return None;
        }
        self.array?.data_buffers().get(buffer)?.get(offset..offset + length)
    }

    /// The text of a row; empty if it is null.
    pub(crate) fn text(&self, row: usize) -> &'a str {
        match self.array {
            Some(array) if array.is_valid(row) => array.value(row),
            _ => "",
        }
    }
}

/// An address of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ip {
    /// IPv4 as a number: 10.0.0.1 is 0x0a000001.
    V4(u32),
    /// IPv6 as a number.
    V6(u128),
    /// None.
    Absent,
}

impl Ip {
    /// One of two, without a branch where both are IPv4.
    #[inline]
    pub(crate) fn one_of(is_first: bool, first: Ip, second: Ip) -> Ip {
        match (first, second) {
            (Ip::V4(first), Ip::V4(second)) => Ip::V4(if is_first { first } else { second }),
            _ if is_first => first,
            _ => second,
        }
    }
}

/// A column of addresses.
pub(crate) struct Addresses<'a> {
    views: ScalarBuffer<u128>,
    array: Option<&'a BinaryViewArray>,
}

impl<'a> Addresses<'a> {
    /// The column of a field.
    pub(crate) fn of(batch: &'a RecordBatch, field: FlowField) -> Addresses<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::BinaryView);
        let array = array.map(|array| array.as_binary_view());
        let views = array.map(|array| without_nulls(array.views(), array.nulls(), 0));
        Addresses { views: views.unwrap_or_else(|| Vec::new().into()), array }
    }

    /// Is every row without an address?
    pub(crate) fn is_absent(&self) -> bool {
        self.array.is_none()
    }

    /// The address of a row.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Ip {
        let view = self.views.get(row).copied().unwrap_or(0);
        match view as u32 {
            4 => Ip::V4(((view >> 32) as u32).swap_bytes()),
            16 => self.v6(row),
            _ => Ip::Absent,
        }
    }

    #[cold]
    fn v6(&self, row: usize) -> Ip {
        let bytes = self.array.and_then(|array| array.value(row).try_into().ok());
        bytes.map_or(Ip::Absent, |bytes: [u8; 16]| Ip::V6(u128::from_be_bytes(bytes)))
    }
}

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
    /// Who opened the connection, where the record says so: is it the source?
    pub(crate) source_opened: Option<bool>,
    /// Does the record mark the begin of a connection? `None` if it cannot say.
    pub(crate) begins: Option<bool>,
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
    flow_state: Texts<'a>,
    direction: Texts<'a>,
    initiator: Texts<'a>,
    vantage: Texts<'a>,
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
            flow_state: Texts::of(batch, F::FlowState),
            direction: Texts::of(batch, F::Direction),
            initiator: Texts::of(batch, F::Initiator),
            vantage: Texts::of(batch, F::Vantage),
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
        let state = self.flow_state.view(row);
        Row {
            start,
            end: end.max(start),
            src_port: self.src_port.at(row) as u16 & mask,
            dst_port: self.dst_port.at(row) as u16 & mask,
            proto,
            verdict: verdict_of(self.verdict.view(row)),
            place: place_of(self.vantage.view(row), self.direction.view(row)),
            // A refusal alone opens nothing, whoever was seen first: it answers something that was not seen.
            source_opened: match self.source_opened(row, if has_flags { flags } else { 0 }) {
                Some(true) if only_reset && rev_packets == 0 => Some(false),
                _ if is_icmp(proto) && self.icmp_type.at(row) >= 0 => Some(is_question(self.icmp_type.at(row))),
                opened => opened,
            },
            begins: match state {
                0 => has_flags.then_some(flags & SYN != 0),
                state => Some(state == inline_view("begin")),
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
        assert_eq!(rows.at(0).begins, None);
    }
}
