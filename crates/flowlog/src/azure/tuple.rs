//! One flow tuple: a string of columns, to a row of `flows`.
//!
//! ```text
//!         0    1   2   3     4     5     6   7     8     9          10         11         12
//! NSG v1  time,src,dst,sport,dport,{T|U},{I|O},{A|D}
//! NSG v2  time,src,dst,sport,dport,{T|U},{I|O},{A|D},state,packets s>d,bytes s>d,packets d>s,bytes d>s
//! VNet    time,src,dst,sport,dport,proto,{I|O},state,encryption,packets s>d,bytes s>d,packets d>s,bytes d>s
//! ```
//! Time is in seconds or milliseconds; counters may be 0, empty, or missing with their commas.

use crate::filter::{Filter, Test};
use crate::json::ipv4::parse_ipv4_at;
use crate::number::{epoch_to_ns, parse_address, parse_digits_in, parse_ipv4, parse_ipv6, parse_u32, parse_u64};
use model::vocabulary::{CounterKind, Direction, Encryption, FlowState, Vantage, Verdict};
use model::{FlowField as F, Projection};
use table::FlowColumns;
use wide::u8x16;

const TIME: usize = 0;
const SRC_IP: usize = 1;
const DST_IP: usize = 2;
const SRC_PORT: usize = 3;
const DST_PORT: usize = 4;
const PROTOCOL: usize = 5;
const DIRECTION: usize = 6;
/// NSG: A or D. VNet: the state.
const SEVENTH: usize = 7;
/// NSG v2: the state. VNet: encryption.
const EIGHTH: usize = 8;
const COUNTERS: [(usize, F); 4] = [(9, F::Packets), (10, F::Bytes), (11, F::RevPackets), (12, F::RevBytes)];
const KNOWN_COLUMNS: usize = 13;
/// The least a tuple has.
const COLUMNS_MIN: usize = 8;
/// What is behind the last of these belongs to it.
const COLUMNS_MAX: usize = 32;
/// A longer string is no tuple.
const TUPLE_BYTES_MAX: usize = 1024;

/// Which log a tuple is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Network security group flow logs.
    Nsg,
    /// Virtual network flow logs.
    Vnet,
}

/// The columns of a tuple within its text.
#[derive(Clone, Copy)]
pub(crate) struct Tuple<'a> {
    /// The tuple, and perhaps what comes behind it.
    bytes: &'a [u8],
    ends: [u16; COLUMNS_MAX],
    count: usize,
}

impl<'a> Tuple<'a> {
    /// Splits a tuple; `None` if it has too few columns, or is no tuple at all.
    #[inline]
    pub(crate) fn split(text: &'a [u8]) -> Option<Tuple<'a>> {
        if text.len() > TUPLE_BYTES_MAX {
            return None;
        }
        let mut tuple = Tuple { bytes: text, ..Tuple::empty() };
        let (blocks, tail) = text.as_chunks::<64>();
        for (number, block) in blocks.iter().enumerate() {
            tuple.push_commas(mask(block, |bytes| bytes.simd_eq(u8x16::splat(b','))), number * 64);
        }
        let mut block = [0; 64];
        block[..tail.len()].copy_from_slice(tail);
        tuple.push_commas(mask(&block, |bytes| bytes.simd_eq(u8x16::splat(b','))), blocks.len() * 64);
        tuple.finish(text.len()).then_some(tuple)
    }

    /// A tuple without columns, to be filled by [`Tuple::read`].
    pub(crate) fn empty() -> Tuple<'a> {
        Tuple { bytes: b"", ends: [0; COLUMNS_MAX], count: 0 }
    }

    /// Reads the tuple at the head of `bytes`, up to the quote behind it, in one pass; returns its
    /// length. `None` says nothing: it may be odd, or too near to the end of `bytes`.
    ///
    /// In place, because what was written two bytes at a time is slow to be moved.
    #[inline(always)]
    pub(crate) fn read(&mut self, bytes: &'a [u8]) -> Option<usize> {
        (self.bytes, self.count) = (bytes, 0);
        let (blocks, _) = bytes.as_chunks::<64>();
        for (number, block) in blocks.iter().take(TUPLE_BYTES_MAX / 64).enumerate() {
            let commas = mask(block, |bytes| bytes.simd_eq(u8x16::splat(b',')));
            let stops = mask(block, |bytes| {
                let escapes = bytes.simd_eq(u8x16::splat(b'\\')) | bytes.simd_eq(u8x16::splat(b'\n'));
                bytes.simd_eq(u8x16::splat(b'"')) | escapes
            });
            // All bits before the first stop.
            self.push_commas(commas & (stops ^ stops.wrapping_sub(1)), number * 64);
            if stops != 0 {
                let length = number * 64 + stops.trailing_zeros() as usize;
                return (bytes[length] == b'"' && self.finish(length)).then_some(length);
            }
        }
        None
    }

    #[inline(always)]
    fn push_commas(&mut self, mut commas: u64, base: usize) {
        while commas != 0 && self.count < COLUMNS_MAX - 1 {
            self.ends[self.count] = (base as u32 + commas.trailing_zeros()) as u16;
            self.count += 1;
            commas &= commas - 1;
        }
    }

    #[inline(always)]
    fn finish(&mut self, length: usize) -> bool {
        self.ends[self.count] = length as u16;
        self.count += 1;
        self.count >= COLUMNS_MIN && self.has_shape()
    }

    /// A look at the columns that does not depend on which of them are wanted, so that the count of
    /// tuples does not either.
    #[inline]
    fn has_shape(&self) -> bool {
        let address =
            |column: usize| matches!(self.get(column).first(), Some(b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':'));
        self.get(TIME).first().is_some_and(u8::is_ascii_digit) && address(SRC_IP) && address(DST_IP)
    }

    /// The text of a column; empty if there is none.
    #[inline]
    pub(crate) fn get(&self, column: usize) -> &'a [u8] {
        if column >= self.count {
            return b"";
        }
        self.bytes.get(self.start(column)..usize::from(self.ends[column])).unwrap_or_default()
    }

    #[inline]
    fn start(&self, column: usize) -> usize {
        if column == 0 { 0 } else { usize::from(self.ends[column - 1]) + 1 }
    }

    /// The 16 bytes at a column's beginning, if there are so many.
    #[inline]
    fn window(&self, column: usize) -> Option<&'a [u8; 16]> {
        self.bytes.get(self.start(column)..)?.first_chunk()
    }

    #[inline(always)]
    fn ipv4(&self, column: usize) -> Option<u32> {
        let text = self.get(column);
        match self.window(column) {
            Some(window) => parse_ipv4_at(window, text.len()),
            None => parse_ipv4(text),
        }
    }

    #[inline(always)]
    fn number(&self, column: usize) -> Option<u64> {
        let text = self.get(column);
        match self.window(column).filter(|_| text.len() <= 16) {
            Some(window) => parse_digits_in(window, text.len()),
            None => parse_u64(text),
        }
    }

    /// The log it must be from: NSG writes a letter for the protocol.
    pub(crate) fn kind(&self) -> Kind {
        if self.get(PROTOCOL).first().is_some_and(u8::is_ascii_alphabetic) { Kind::Nsg } else { Kind::Vnet }
    }

    /// Is it a tuple beyond doubt? For strings that nothing around them calls one.
    pub(crate) fn is_sure(&self) -> bool {
        let time = parse_u64(self.get(TIME)).is_some_and(|time| time >= 100_000_000);
        let addresses = [SRC_IP, DST_IP].iter().all(|column| parse_address(self.get(*column)).is_some());
        let seventh: &[&[u8]] = match self.kind() {
            Kind::Nsg => &[b"A", b"D"],
            Kind::Vnet => &[b"B", b"C", b"E", b"D"],
        };
        time && addresses && matches!(self.get(DIRECTION), b"I" | b"O") && seventh.contains(&self.get(SEVENTH))
    }

    fn state(&self, kind: Kind) -> &'a [u8] {
        self.get(if kind == Kind::Nsg { EIGHTH } else { SEVENTH })
    }

    fn encryption(&self, kind: Kind) -> &'a [u8] {
        if kind == Kind::Nsg { b"" } else { self.get(EIGHTH) }
    }

    fn verdict(&self, kind: Kind) -> Option<Verdict> {
        match (kind, self.get(SEVENTH), self.encryption(kind)) {
            (_, b"D", _) => Some(Verdict::Denied),
            (Kind::Vnet, _, b"NX_SW_NOT_READY" | b"NX_NOT_ACCEPTED" | b"NX_NOT_SUPPORTED") => Some(Verdict::Dropped),
            (Kind::Nsg, b"A", _) | (Kind::Vnet, b"B" | b"C" | b"E", _) => Some(Verdict::Allowed),
            _ => None,
        }
    }

    fn has_counters(&self) -> bool {
        COUNTERS.iter().any(|(column, _)| !self.get(*column).is_empty())
    }
}

/// A mask of the bytes for which `test` has all bits set.
#[inline(always)]
fn mask(block: &[u8; 64], test: impl Fn(u8x16) -> u8x16) -> u64 {
    let (quarters, _) = block.as_chunks::<16>();
    let mask_of = |quarter: &[u8; 16]| u64::from(test(u8x16::new(*quarter)).to_bitmask());
    quarters.iter().rev().fold(0, |mask, quarter| mask << 16 | mask_of(quarter))
}

/// Does a JSON text have a string in it that is a tuple beyond doubt?
pub(crate) fn any_in(head: &[u8]) -> bool {
    head.split(|byte| *byte == b'"').any(|text| Tuple::split(text).is_some_and(|tuple| tuple.is_sure()))
}

/// What of a tuple is wanted: asked once, not per tuple.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wants {
    time: bool,
    src_ip: bool,
    dst_ip: bool,
    ports: bool,
    protocol: bool,
    direction: bool,
    verdict: bool,
    state: bool,
    encryption: bool,
    counters: [bool; 4],
    counter_kind: bool,
    ext: bool,
}

impl Wants {
    /// What a projection wants of a tuple.
    pub(crate) fn of(wanted: &Projection<F>) -> Wants {
        Wants {
            time: wanted.contains_any(&[F::TimeStart, F::TimeEnd, F::TimeResolutionNs]),
            src_ip: wanted.contains_any(&[F::SrcIp, F::IpVersion]),
            dst_ip: wanted.contains(F::DstIp),
            ports: wanted.contains_any(&[F::SrcPort, F::DstPort]),
            protocol: wanted.contains(F::IpProto),
            direction: wanted.contains_any(&[F::Direction, F::Vantage]),
            verdict: wanted.contains_any(&[F::Verdict, F::VerdictReason]),
            state: wanted.contains(F::FlowState),
            encryption: wanted.contains_any(&[F::Encryption, F::EncryptionRaw]),
            counters: COUNTERS.map(|(_, field)| wanted.contains(field)),
            counter_kind: wanted.contains(F::CounterKind),
            ext: wanted.contains(F::Ext),
        }
    }
}

/// Writes the wanted columns of a tuple; `logged` is the time of its record. Returns the columns that hold something unexpected, as bits.
#[inline]
pub(crate) fn write(tuple: &Tuple<'_>, kind: Kind, logged: Option<i64>, wants: &Wants, flows: &mut FlowColumns) -> u32 {
    let mut bad = 0;
    let mut check = |column: usize, is_read: bool| bad |= u32::from(!is_read) << column;
    if wants.time {
        check(TIME, write_time(tuple, logged, flows));
    }
    if wants.src_ip {
        check(SRC_IP, write_address(F::SrcIp, SRC_IP, tuple, flows));
    }
    if wants.dst_ip {
        check(DST_IP, write_address(F::DstIp, DST_IP, tuple, flows));
    }
    if wants.protocol {
        let number = protocol(tuple.get(PROTOCOL));
        check(PROTOCOL, number.map(|number| flows.set_int32(F::IpProto, number)).is_some());
    }
    if wants.ports {
        for (column, field) in [(SRC_PORT, F::SrcPort), (DST_PORT, F::DstPort)] {
            check(column, write_port(field, column, tuple, flows));
        }
    }
    for (&(column, field), is_wanted) in COUNTERS.iter().zip(&wants.counters) {
        if *is_wanted && !tuple.get(column).is_empty() {
            let value = tuple.number(column).and_then(|value| i64::try_from(value).ok());
            check(column, value.map(|value| flows.set_int64(field, value)).is_some());
        }
    }
    if wants.direction {
        check(DIRECTION, write_direction(tuple.get(DIRECTION), flows));
    }
    write_verdict_and_state(tuple, kind, wants, flows, &mut check);
    if wants.ext && tuple.count > KNOWN_COLUMNS {
        for column in KNOWN_COLUMNS..tuple.count {
            flows.insert(F::Ext, &format!("flowTuples[{column}]"), &String::from_utf8_lossy(tuple.get(column)));
        }
    }
    bad
}

#[inline]
fn write_verdict_and_state(
    tuple: &Tuple<'_>,
    kind: Kind,
    wants: &Wants,
    flows: &mut FlowColumns,
    check: &mut impl FnMut(usize, bool),
) {
    if wants.verdict {
        let verdict = tuple.verdict(kind);
        check(SEVENTH, verdict.is_some());
        flows.set_text(F::Verdict, verdict.unwrap_or(Verdict::Unknown).name());
        let code = tuple.encryption(kind);
        if code.starts_with(b"NX_") {
            flows.set_text(F::VerdictReason, &String::from_utf8_lossy(code));
        }
    }
    if wants.state {
        let state = tuple.state(kind);
        let name = flow_state(state);
        check(if kind == Kind::Nsg { EIGHTH } else { SEVENTH }, name.is_some() || state.is_empty());
        if let Some(name) = name {
            flows.set_text(F::FlowState, name.name());
        }
    }
    if wants.encryption {
        write_encryption(tuple.encryption(kind), flows);
    }
    if wants.counter_kind {
        let counter_kind = if tuple.has_counters() { CounterKind::Delta } else { CounterKind::None };
        flows.set_text(F::CounterKind, counter_kind.name());
    }
}

/// Keeps the columns that could not be read under their own names, and says which they are.
#[cold]
pub(crate) fn keep_unexpected(tuple: &Tuple<'_>, bad: u32, flows: &mut FlowColumns) -> String {
    let mut names = String::new();
    for column in (0..KNOWN_COLUMNS).filter(|column| bad >> column & 1 == 1) {
        let name = format!("flowTuples[{column}]");
        flows.insert(F::Ext, &name, &String::from_utf8_lossy(tuple.get(column)));
        names.push_str(if names.is_empty() { "" } else { ", " });
        names.push_str(&name);
    }
    names
}

/// The time of a tuple in nanoseconds, and its resolution. Milliseconds of the first years after 1970 (a test bed whose
/// clock was never set) are as small as seconds of today: there the record's own time decides, which is text.
#[inline]
fn time_to_ns(time: u64, logged: Option<i64>) -> Option<(i64, i64)> {
    const MILLISECOND_NS: i64 = 1_000_000;
    let (ns, resolution) = epoch_to_ns(time)?;
    if resolution <= MILLISECOND_NS {
        return Some((ns, resolution));
    }
    let as_milliseconds = ns / resolution * MILLISECOND_NS;
    let is_nearer = logged.is_some_and(|logged| logged.abs_diff(as_milliseconds) < logged.abs_diff(ns));
    Some(if is_nearer { (as_milliseconds, MILLISECOND_NS) } else { (ns, resolution) })
}

#[inline]
fn write_time(tuple: &Tuple<'_>, logged: Option<i64>, flows: &mut FlowColumns) -> bool {
    let Some((ns, resolution)) = tuple.number(TIME).and_then(|time| time_to_ns(time, logged)) else { return false };
    flows.set_time(F::TimeStart, ns);
    flows.set_time(F::TimeEnd, ns);
    flows.set_int64(F::TimeResolutionNs, resolution);
    true
}

#[inline]
fn write_address(field: F, column: usize, tuple: &Tuple<'_>, flows: &mut FlowColumns) -> bool {
    let version = if let Some(v4) = tuple.ipv4(column) {
        flows.set_ipv4(field, v4);
        4
    } else if let Some(v6) = parse_ipv6(tuple.get(column)) {
        flows.set_ipv6(field, v6);
        if v6.to_ipv4_mapped().is_some() { 4 } else { 6 }
    } else {
        return false;
    };
    if field == F::SrcIp {
        flows.set_int32(F::IpVersion, version);
    }
    true
}

fn protocol(text: &[u8]) -> Option<i32> {
    match text {
        b"T" => Some(6),
        b"U" => Some(17),
        number => parse_u32(number).filter(|number| *number <= 255).map(|number| number as i32),
    }
}

/// A port, if the protocol has ports: TCP, UDP, DCCP, SCTP, UDP-Lite. For others a 0 means nothing, and anything
/// else, such as the type of ICMP, is kept as it stands.
#[inline]
fn write_port(field: F, column: usize, tuple: &Tuple<'_>, flows: &mut FlowColumns) -> bool {
    let text = tuple.get(column);
    if text.is_empty() {
        return true;
    }
    if !matches!(tuple.get(PROTOCOL), b"6" | b"17" | b"T" | b"U" | b"33" | b"132" | b"136") {
        if text != b"0" && flows.wants(F::Ext) {
            flows.insert(F::Ext, &format!("flowTuples[{column}]"), &String::from_utf8_lossy(text));
        }
        return true;
    }
    let port = parse_u32(text).filter(|port| *port <= 65_535);
    port.map(|port| flows.set_int32(field, port as i32)).is_some()
}

#[inline]
fn write_direction(text: &[u8], flows: &mut FlowColumns) -> bool {
    let (direction, vantage) = match text {
        b"I" => (Direction::Ingress, Vantage::Dst),
        b"O" => (Direction::Egress, Vantage::Src),
        _ => return false,
    };
    flows.set_text(F::Direction, direction.name());
    flows.set_text(F::Vantage, vantage.name());
    true
}

fn flow_state(text: &[u8]) -> Option<FlowState> {
    match text {
        b"B" => Some(FlowState::Begin),
        b"C" => Some(FlowState::Continue),
        b"E" => Some(FlowState::End),
        b"D" => Some(FlowState::Deny),
        _ => None,
    }
}

fn write_encryption(code: &[u8], flows: &mut FlowColumns) {
    let encryption = match code {
        b"" => return,
        b"X" => Encryption::Platform,
        b"NX" | b"NX_HW_NOT_SUPPORTED" | b"NX_LOCAL_DST" | b"NX_FALLBACK" => Encryption::None,
        b"NX_SW_NOT_READY" | b"NX_NOT_ACCEPTED" | b"NX_NOT_SUPPORTED" => Encryption::Failed,
        _ => Encryption::Unknown,
    };
    flows.set_text(F::Encryption, encryption.name());
    flows.set_text(F::EncryptionRaw, &String::from_utf8_lossy(code));
}

/// Can the tuple be wanted? A filter that is not understood here lets it pass.
pub(crate) fn passes(tuple: &Tuple<'_>, kind: Kind, logged: Option<i64>, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        let number = |value: Option<i64>, min: i64, max: i64| value.is_some_and(|value| (min..=max).contains(&value));
        match (filter.field, &filter.test) {
            (F::TimeStart | F::TimeEnd, Test::Between(min, max)) => {
                let time = parse_u64(tuple.get(TIME)).and_then(|time| time_to_ns(time, logged));
                number(time.map(|(ns, _)| ns), *min, *max)
            }
            (F::SrcPort, Test::Between(min, max)) => number(parse_u32(tuple.get(SRC_PORT)).map(i64::from), *min, *max),
            (F::DstPort, Test::Between(min, max)) => number(parse_u32(tuple.get(DST_PORT)).map(i64::from), *min, *max),
            (F::IpProto, Test::Between(min, max)) => number(protocol(tuple.get(PROTOCOL)).map(i64::from), *min, *max),
            (F::Verdict, Test::TextIn(names)) => {
                let verdict = tuple.verdict(kind).unwrap_or(Verdict::Unknown).name();
                names.iter().any(|name| name == verdict)
            }
            (F::SrcIp, Test::AddressIn(addresses)) => {
                parse_address(tuple.get(SRC_IP)).is_some_and(|address| addresses.contains(&address))
            }
            (F::DstIp, Test::AddressIn(addresses)) => {
                parse_address(tuple.get(DST_IP)).is_some_and(|address| addresses.contains(&address))
            }
            _ => true,
        }
    })
}
