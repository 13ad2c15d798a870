//! From the fields of one flow to a row.

use super::fields::{Slot as S, Values};
use super::state::{flags_of_word, hexadecimal, icmp, initiator, tcp_flags, tcp_state};
use super::{PROVIDER, SOURCE_KIND};
use crate::filter::{Filter, Test};
use crate::format::Origin;
use crate::health::{Place, excerpt};
use crate::number::{parse_address, parse_i64, parse_rfc3339, parse_seconds, parse_time};
use enrich::service::protocol_number;
use model::FlowField as F;
use model::vocabulary::{BytesSemantics, CounterKind, HealthKind, TcpFlagsScope, Vantage, Verdict};
use std::net::IpAddr;
use table::{FlowColumns, Tables};

const ICMP: i32 = 1;
const TCP: i32 = 6;
const UDP: i32 = 17;
const ICMP6: i32 = 58;
/// Protocols with ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
const PORTED: &[i32] = &[TCP, UDP, 33, 132, 136];
/// Argus's times are exact to the microsecond.
const TIME_RESOLUTION_NS: i64 = 1_000;

/// What is the same for every record of an object.
pub(super) fn set_constants(origin: &Origin, flows: &mut FlowColumns) {
    let constants = [
        (F::Provider, PROVIDER),
        (F::SourceKind, SOURCE_KIND),
        (F::BytesSemantics, BytesSemantics::L2Frame.name()),
        // Argus writes a record of a long flow from time to time, each with what came since the last.
        (F::CounterKind, CounterKind::Delta.name()),
        (F::Vantage, Vantage::Both.name()),
        (F::Verdict, Verdict::Unknown.name()),
        (F::SrcObject, &*origin.object),
    ];
    for (field, text) in constants {
        flows.set_default_text(field, Some(text));
    }
    flows.set_default_float64(F::SamplingRate, Some(1.0));
}

/// Have both ends an address (that of an interface, below IP)? Looked at whatever columns are wanted.
pub(super) fn has_ends(values: &Values<'_>) -> bool {
    let is_address_start = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':');
    let has = |slot| values.get(slot).and_then(<[u8]>::first).is_some_and(is_address_start);
    has(S::SrcAddress) && has(S::DstAddress)
}

/// Can the record be wanted? A filter that is not understood here lets it pass.
pub(super) fn passes(values: &Values<'_>, filters: &[Filter]) -> bool {
    let is_among = |slot, wanted: &[IpAddr]| {
        values.get(slot).and_then(parse_address).is_some_and(|address| wanted.contains(&address))
    };
    filters.iter().all(|filter| match (filter.field, &filter.test) {
        (F::TimeStart, Test::Between(min, max)) => {
            values.get(S::Start).and_then(start_time).is_some_and(|ns| (*min..=*max).contains(&ns))
        }
        (F::SrcIp, Test::AddressIn(wanted)) => is_among(S::SrcAddress, wanted),
        (F::DstIp, Test::AddressIn(wanted)) => is_among(S::DstAddress, wanted),
        (F::Verdict, Test::TextIn(wanted)) => wanted.iter().any(|verdict| verdict == Verdict::Unknown.name()),
        _ => true,
    })
}

/// Writes the columns of a record; the caller adds to `ext` before.
pub(super) fn write(values: &Values<'_>, needed: u32, place: Place, origin: &Origin, out: &mut Tables) {
    let mut row = Row { values, needed, bad: Vec::new() };
    let flows = &mut out.flows;
    row.times(flows);
    row.ends(flows);
    row.bytes(flows);
    row.packets(flows);
    row.type_of_service(flows);
    if let Some(direction) = row.get(S::Direction) {
        flows.set_text(F::Initiator, initiator(direction));
    }
    flows.set_int64(F::RecordNo, place.record_no as i64);
    flows.set_int64(F::SrcOffset, place.offset as i64);
    for (slot, text) in &row.bad {
        flows.insert(F::Ext, slot.name(), &String::from_utf8_lossy(text));
    }
    flows.end_row();
    for (slot, text) in &row.bad {
        let detail = format!("{} is {}; the record was kept without it", slot.name(), excerpt(text));
        place.note(HealthKind::FieldError, &detail, origin, out);
    }
}

/// A row being built.
struct Row<'v, 'a> {
    values: &'v Values<'a>,
    needed: u32,
    /// Fields whose values are not what they should be; most records have none.
    bad: Vec<(S, &'a [u8])>,
}

impl<'a> Row<'_, 'a> {
    /// The text of a field, if it is set and some wanted column needs it.
    fn get(&self, slot: S) -> Option<&'a [u8]> {
        self.values.get(slot).filter(|_| self.needed >> slot as u8 & 1 == 1)
    }

    /// A field read as something; one that cannot be read is remembered.
    fn read<T>(&mut self, slot: S, read: impl Fn(&'a [u8]) -> Option<T>) -> Option<T> {
        let text = self.get(slot)?;
        let value = read(text);
        if value.is_none() {
            self.bad.push((slot, text));
        }
        value
    }

    fn count(&mut self, slot: S) -> Option<i64> {
        self.read(slot, |text| parse_i64(text).filter(|count| *count >= 0))
    }

    fn times(&mut self, flows: &mut FlowColumns) {
        flows.set_int64(F::TimeResolutionNs, TIME_RESOLUTION_NS);
        let Some(start) = self.read(S::Start, start_time) else { return };
        flows.set_time(F::TimeStart, start);
        let duration = self.read(S::Duration, |text| parse_seconds(text).filter(|ns| *ns >= 0));
        flows.set_time(F::TimeEnd, start.saturating_add(duration.unwrap_or(0)));
    }

    fn ends(&mut self, flows: &mut FlowColumns) {
        let source = self.address(S::SrcAddress, [F::SrcIp, F::SrcMac], flows);
        if let Some(address) = source {
            flows.set_int32(F::IpVersion, if address.is_ipv4() { 4 } else { 6 });
        }
        self.address(S::DstAddress, [F::DstIp, F::DstMac], flows);
        let protocol = self.protocol(flows);
        match protocol {
            Some(ICMP | ICMP6) => self.icmp(flows),
            Some(protocol) if PORTED.contains(&protocol) => self.ports(flows),
            _ => self.keep_ports(flows),
        }
        if protocol == Some(TCP)
            && let Some(state) = self.get(S::State)
        {
            tcp(state, flows);
        }
    }

    /// An address, of IP or of an interface.
    fn address(&mut self, slot: S, [field, mac]: [F; 2], flows: &mut FlowColumns) -> Option<IpAddr> {
        let text = self.get(slot)?;
        let address = parse_address(text);
        match address {
            Some(address) => flows.set_address(field, address),
            None if is_mac(text) => flows.set_text_bytes(mac, text),
            None => self.bad.push((slot, text)),
        }
        address
    }

    /// The IP protocol. What is below IP has a kind of traffic instead, and what Argus found inside of UDP is UDP.
    fn protocol(&mut self, flows: &mut FlowColumns) -> Option<i32> {
        let name = self.get(S::Protocol)?;
        let number = match name {
            b"tcp" => Some(TCP),
            b"udp" => Some(UDP),
            b"icmp" => Some(ICMP),
            b"rtp" | b"rtcp" | b"udt" => {
                flows.set_text_bytes(F::AppProtocol, name);
                Some(UDP)
            }
            name => std::str::from_utf8(name).ok().and_then(protocol_number).map(i32::from),
        };
        match number {
            Some(number) => {
                flows.set_int32(F::IpProto, number);
                flows.set_text(F::L2Type, "ip");
            }
            None => flows.set_text_bytes(F::L2Type, name),
        }
        number
    }

    fn ports(&mut self, flows: &mut FlowColumns) {
        for (slot, field) in [(S::SrcPort, F::SrcPort), (S::DstPort, F::DstPort)] {
            if let Some(port) = self.read(slot, port) {
                flows.set_int32(field, port);
            }
        }
    }

    /// ICMP has its type and code for ports; the other port is kept, it may be an identifier.
    fn icmp(&mut self, flows: &mut FlowColumns) {
        let [source, destination] = [S::SrcPort, S::DstPort].map(|slot| self.get(slot).unwrap_or_default());
        if let Some([kind, code]) = icmp(source, destination) {
            flows.set_int32(F::IcmpType, kind);
            flows.set_int32(F::IcmpCode, code);
        }
        self.keep_ports(flows);
    }

    fn keep_ports(&mut self, flows: &mut FlowColumns) {
        for slot in [S::SrcPort, S::DstPort] {
            self.keep(slot, flows);
        }
    }

    fn keep(&self, slot: S, flows: &mut FlowColumns) {
        if let Some(text) = self.get(slot).filter(|_| flows.wants(F::Ext)) {
            flows.insert(F::Ext, slot.name(), &String::from_utf8_lossy(text));
        }
    }

    /// Bytes of both sides: each told, or one and the total.
    fn bytes(&mut self, flows: &mut FlowColumns) {
        let [total, source, destination] = [S::Bytes, S::SrcBytes, S::DstBytes].map(|slot| self.count(slot));
        let source = source.or_else(|| total?.checked_sub(destination?).filter(|bytes| *bytes >= 0));
        let back = destination.or_else(|| total?.checked_sub(source?).filter(|bytes| *bytes >= 0));
        for (field, bytes) in [(F::Bytes, source), (F::RevBytes, back)] {
            if let Some(bytes) = bytes {
                flows.set_int64(field, bytes);
            }
        }
        if is_unaccounted(total, source, back) {
            self.keep(S::Bytes, flows);
        }
    }

    /// Packets of both sides. Of a total alone, all are the source's if no byte came back; of two, one is.
    fn packets(&mut self, flows: &mut FlowColumns) {
        let [total, source, destination] = [S::Packets, S::SrcPackets, S::DstPackets].map(|slot| self.count(slot));
        let bytes = |slot| self.get(slot).and_then(parse_i64);
        let is_one_way = bytes(S::Bytes).zip(bytes(S::SrcBytes)).map(|(total, source)| total == source);
        let implied = match (total, is_one_way) {
            (Some(total), Some(true)) => Some(total),
            (Some(2), Some(false)) => Some(1),
            _ => None,
        };
        let source = source.or_else(|| total?.checked_sub(destination?)).or(implied).filter(|count| *count >= 0);
        let back = destination.or_else(|| total?.checked_sub(source?)).filter(|count| *count >= 0);
        for (field, packets) in [(F::Packets, source), (F::RevPackets, back)] {
            if let Some(packets) = packets {
                flows.set_int64(field, packets);
            }
        }
        if is_unaccounted(total, source, back) {
            self.keep(S::Packets, flows);
        }
    }

    fn type_of_service(&mut self, flows: &mut FlowColumns) {
        let Some(octet) = self.read(S::SrcTos, octet) else { return };
        flows.set_int32(F::Dscp, octet >> 2);
        if octet & 3 != 0 {
            // The two bits of congestion notification have no column.
            self.keep(S::SrcTos, flows);
        }
    }
}

/// Is there a total that the two sides do not add up to?
fn is_unaccounted(total: Option<i64>, source: Option<i64>, back: Option<i64>) -> bool {
    total.is_some() && source.zip(back).and_then(|(source, back)| source.checked_add(back)) != total
}

fn tcp(state: &[u8], flows: &mut FlowColumns) {
    let flags = tcp_flags(state);
    let scope = if flags.is_some() { TcpFlagsScope::Full } else { TcpFlagsScope::Connection };
    if let Some([forward, backward]) = flags.or_else(|| flags_of_word(state)) {
        flows.set_int32(F::TcpFlags, forward);
        flows.set_int32(F::RevTcpFlags, backward);
        flows.set_text(F::TcpFlagsScope, scope.name());
    }
    if let Some(state) = tcp_state(state) {
        flows.set_text(F::TcpState, state);
    }
}

/// `2018/12/18 14:00:00.075359`, or seconds since 1970.
fn start_time(text: &[u8]) -> Option<i64> {
    let mut date = [0; 32];
    let date = date.get_mut(..text.len())?;
    date.copy_from_slice(text);
    if date.get(4) != Some(&b'/') {
        return parse_time(text);
    }
    date.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = b'-');
    parse_rfc3339(date)
}

/// A port in decimal, or in hexadecimal with `0x`.
fn port(text: &[u8]) -> Option<i32> {
    let number = hexadecimal(text).map(i64::from).or_else(|| parse_i64(text))?;
    u16::try_from(number).ok().map(i32::from)
}

fn octet(text: &[u8]) -> Option<i32> {
    let number = hexadecimal(text).map(i64::from).or_else(|| parse_i64(text))?;
    u8::try_from(number).ok().map(i32::from)
}

/// `00:0c:29:5a:01:02`.
fn is_mac(text: &[u8]) -> bool {
    let mut octets = 0;
    let is_octet = |octet: &[u8]| matches!(octet.len(), 1 | 2) && octet.iter().all(u8::is_ascii_hexdigit);
    text.split(|byte| *byte == b':').all(|octet| {
        octets += 1;
        is_octet(octet)
    }) && octets == 6
}
