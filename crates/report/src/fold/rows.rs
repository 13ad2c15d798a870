//! Columns of a batch as slices, and a row of them as plain numbers.
//!
//! Text is compared by its view: up to 12 bytes lie in the view itself (Arrow columnar format), so a verdict is a
//! 128-bit integer.

use crate::knowledge;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, BinaryViewArray, RecordBatch, StringViewArray};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::DataType;
use model::{FieldIndex, FlowField};

/// The view of text of up to 12 bytes.
pub(crate) const fn inline_view(text: &str) -> u128 {
    let text = text.as_bytes();
    assert!(text.len() <= 12, "longer text does not lie in its view");
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

/// A column of numbers; a missing one is null in every row.
pub(crate) struct Numbers<'a, N> {
    values: &'a [N],
    nulls: Option<&'a NullBuffer>,
}

impl<'a, N: ArrowNativeType> Numbers<'a, N> {
    /// The column of a field.
    pub(crate) fn of<T: ArrowPrimitiveType<Native = N>>(batch: &'a RecordBatch, field: impl FieldIndex) -> Self {
        let array = column(batch, field).and_then(|column| column.as_primitive_opt::<T>());
        let values: &[N] = array.map_or(&[], |array| array.values().as_ref());
        Numbers { values, nulls: array.and_then(|array| array.nulls()) }
    }

    /// A time column, whatever its time zone is called.
    pub(crate) fn times(batch: &'a RecordBatch, field: impl FieldIndex) -> Numbers<'a, i64> {
        Numbers::of::<TimestampNanosecondType>(batch, field)
    }

    /// The value of a row.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Option<N> {
        let value = self.values.get(row).copied();
        value.filter(|_| self.nulls.is_none_or(|nulls| nulls.is_valid(row)))
    }
}

/// A column of text; a missing one is null in every row.
pub(crate) struct Texts<'a> {
    views: &'a [u128],
    array: Option<&'a StringViewArray>,
    nulls: Option<&'a NullBuffer>,
}

impl<'a> Texts<'a> {
    /// The column of a field.
    pub(crate) fn of(batch: &'a RecordBatch, field: impl FieldIndex) -> Texts<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::Utf8View);
        let array = array.map(|array| array.as_string_view());
        let views: &[u128] = array.map_or(&[], |array| array.views().as_ref());
        Texts { views, array, nulls: array.and_then(|array| array.nulls()) }
    }

    /// Is every row null?
    pub(crate) fn is_absent(&self) -> bool {
        self.array.is_none()
    }

    /// Has every row the same view (or none a value)?
    pub(crate) fn is_constant(&self) -> bool {
        self.nulls.is_none() && self.views.iter().all(|view| *view == self.views[0])
    }

    /// The view of a row; 0, the view of empty text, if it is null.
    #[inline]
    pub(crate) fn view(&self, row: usize) -> u128 {
        match self.views.get(row) {
            Some(&view) if self.nulls.is_none_or(|nulls| nulls.is_valid(row)) => view,
            _ => 0,
        }
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

/// A column of addresses.
pub(crate) struct Addresses<'a> {
    views: &'a [u128],
    array: Option<&'a BinaryViewArray>,
    nulls: Option<&'a NullBuffer>,
}

impl<'a> Addresses<'a> {
    /// The column of a field.
    pub(crate) fn of(batch: &'a RecordBatch, field: FlowField) -> Addresses<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::BinaryView);
        let array = array.map(|array| array.as_binary_view());
        let views: &[u128] = array.map_or(&[], |array| array.views().as_ref());
        Addresses { views, array, nulls: array.and_then(|array| array.nulls()) }
    }

    /// The address of a row.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Ip {
        match self.views.get(row) {
            Some(&view) if self.nulls.is_none_or(|nulls| nulls.is_valid(row)) => match view as u32 {
                4 => Ip::V4(((view >> 32) as u32).swap_bytes()),
                16 => self.v6(row),
                _ => Ip::Absent,
            },
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
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) rev_packets: u64,
    pub(crate) rev_bytes: u64,
}

/// TCP flags.
const SYN: i32 = 2;
const RST: i32 = 4;
const ACK: i32 = 16;

/// The columns that [`Row`] is made of.
pub(crate) struct Rows<'a> {
    time_start: Numbers<'a, i64>,
    time_end: Numbers<'a, i64>,
    src_port: Numbers<'a, i32>,
    dst_port: Numbers<'a, i32>,
    ip_proto: Numbers<'a, i32>,
    tcp_flags: Numbers<'a, i32>,
    packets: Numbers<'a, i64>,
    bytes: Numbers<'a, i64>,
    rev_packets: Numbers<'a, i64>,
    rev_bytes: Numbers<'a, i64>,
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
            time_start: Numbers::<i64>::times(batch, F::TimeStart),
            time_end: Numbers::<i64>::times(batch, F::TimeEnd),
            src_port: Numbers::of::<Int32Type>(batch, F::SrcPort),
            dst_port: Numbers::of::<Int32Type>(batch, F::DstPort),
            ip_proto: Numbers::of::<Int32Type>(batch, F::IpProto),
            tcp_flags: Numbers::of::<Int32Type>(batch, F::TcpFlags),
            packets: Numbers::of::<Int64Type>(batch, F::Packets),
            bytes: Numbers::of::<Int64Type>(batch, F::Bytes),
            rev_packets: Numbers::of::<Int64Type>(batch, F::RevPackets),
            rev_bytes: Numbers::of::<Int64Type>(batch, F::RevBytes),
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
        let proto = self.ip_proto.at(row).unwrap_or(0) as u8;
        let port = |ports: &Numbers<'_, i32>| ports.at(row).filter(|_| knowledge::has_ports(proto)).unwrap_or(0) as u16;
        let count = |counts: &Numbers<'_, i64>| counts.at(row).unwrap_or(0).max(0) as u64;
        let start = self.time_start.at(row).or_else(|| self.time_end.at(row)).map_or(0, seconds);
        let packets = count(&self.packets);
        let flags = self.tcp_flags.at(row).filter(|_| proto == 6);
        let state = self.flow_state.view(row);
        Row {
            start,
            end: self.time_end.at(row).map_or(start, seconds).max(start),
            src_port: port(&self.src_port),
            dst_port: port(&self.dst_port),
            proto,
            verdict: verdict_of(self.verdict.view(row)),
            place: place_of(self.vantage.view(row), self.direction.view(row)),
            source_opened: self.source_opened(row, flags),
            begins: match state {
                0 => flags.map(|flags| flags & SYN != 0),
                state => Some(state == inline_view("begin")),
            },
            only_reset: flags.is_some_and(|flags| flags & (SYN | RST) == RST) && packets <= 2,
            packets,
            bytes: count(&self.bytes),
            rev_packets: count(&self.rev_packets),
            rev_bytes: count(&self.rev_bytes),
        }
    }

    #[inline]
    fn source_opened(&self, row: usize, flags: Option<i32>) -> Option<bool> {
        match (self.initiator.view(row), flags.unwrap_or(0) & (SYN | ACK)) {
            (view, _) if view == inline_view("src") => Some(true),
            (view, _) if view == inline_view("dst") => Some(false),
            (_, SYN) => Some(true),
            (_, both) if both == SYN | ACK => Some(false),
            _ => None,
        }
    }
}

/// Whole seconds since 1970, of nanoseconds; 0 before.
#[inline]
fn seconds(nanoseconds: i64) -> u32 {
    (nanoseconds / 1_000_000_000).clamp(0, i64::from(u32::MAX)) as u32
}

#[inline]
fn verdict_of(view: u128) -> Verdict {
    const ALLOWED: u128 = inline_view("allowed");
    const DENIED: u128 = inline_view("denied");
    const DROPPED: u128 = inline_view("dropped");
    match view {
        ALLOWED => Verdict::Allowed,
        DENIED => Verdict::Denied,
        DROPPED => Verdict::Dropped,
        _ => Verdict::Unknown,
    }
}

#[inline]
fn place_of(vantage: u128, direction: u128) -> Place {
    const SRC: u128 = inline_view("src");
    const DST: u128 = inline_view("dst");
    const MIDDLE: u128 = inline_view("middle");
    const SRC_GATEWAY: u128 = inline_view("src_gateway");
    const DST_GATEWAY: u128 = inline_view("dst_gateway");
    const INGRESS: u128 = inline_view("ingress");
    const EGRESS: u128 = inline_view("egress");
    match (vantage, direction) {
        (MIDDLE, EGRESS) | (DST_GATEWAY, _) => Place::MiddleOut,
        (MIDDLE, _) | (SRC_GATEWAY, _) => Place::MiddleIn,
        (SRC, _) | (_, EGRESS) => Place::Source,
        (DST, _) | (_, INGRESS) => Place::Target,
        _ => Place::Unknown,
    }
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
