//! From the fields of one connection to a row.

use super::fields::{Slot as S, Slots, Values};
use super::history::{tcp_flags, tcp_state};
use super::{PROVIDER, SOURCE_KIND};
use crate::filter::{Filter, Test};
use crate::format::Origin;
use crate::health::{Place, excerpt};
use crate::json::Text;
use crate::number::{parse_address, parse_i64, parse_time};
use enrich::service::protocol_number;
use model::FlowField as F;
use model::vocabulary::{BytesSemantics, CounterKind, Direction, HealthKind, TcpFlagsScope, Vantage, Verdict};
use std::net::IpAddr;
use table::{FlowColumns, Tables};

const ICMP: i32 = 1;
const TCP: i32 = 6;
const ICMP6: i32 = 58;
/// Protocols with ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
const PORTED: &[i32] = &[TCP, 17, 33, 132, 136];
/// Zeek's times are exact to the microsecond.
const TIME_RESOLUTION_NS: i64 = 1_000;

/// ICMP messages that Zeek pairs: for them `id.resp_p` is the type of the answer, not a code. (IPv6, type, answer)
const ICMP_ANSWERS: &[(bool, i64, i64)] = &[
    (false, 8, 0),
    (false, 0, 8),
    (false, 13, 14),
    (false, 14, 13),
    (false, 15, 16),
    (false, 16, 15),
    (false, 10, 9),
    (false, 9, 10),
    (false, 17, 18),
    (false, 18, 17),
    (true, 128, 129),
    (true, 129, 128),
    (true, 130, 131),
    (true, 131, 130),
    (true, 133, 134),
    (true, 134, 133),
    (true, 135, 136),
    (true, 136, 135),
    (true, 139, 140),
    (true, 140, 139),
    (true, 144, 145),
    (true, 145, 144),
];

/// What is the same for every record of an object.
pub(super) fn set_constants(origin: &Origin, flows: &mut FlowColumns) {
    let constants = [
        (F::Provider, PROVIDER),
        (F::SourceKind, SOURCE_KIND),
        (F::CounterKind, CounterKind::Total.name()),
        (F::Vantage, Vantage::Both.name()),
        (F::Verdict, Verdict::Unknown.name()),
        (F::SrcObject, &*origin.object),
    ];
    for (field, text) in constants {
        flows.set_default_text(field, Some(text));
    }
    flows.set_default_float64(F::SamplingRate, Some(1.0));
}

/// Have both ends an address? Looked at whatever columns are wanted, so that the count of records is the same.
pub(super) fn has_ends(values: &Values<'_>) -> bool {
    let is_address_start = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':');
    let has = |slot| values.raw(slot).and_then(<[u8]>::first).is_some_and(is_address_start);
    has(S::OrigAddress) && has(S::RespAddress)
}

/// Can the record be wanted? A filter that is not understood here lets it pass.
pub(super) fn passes(values: &Values<'_>, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        let number = |slot| values.raw(slot).and_then(parse_i64);
        let address = |slot| values.raw(slot).and_then(parse_address);
        match (filter.field, &filter.test) {
            (F::TimeStart, Test::Between(min, max)) => {
                values.raw(S::Start).and_then(parse_time).is_some_and(|ns| (*min..=*max).contains(&ns))
            }
            (F::Packets, Test::Between(min, max)) => {
                number(S::OrigPackets).is_some_and(|count| (*min..=*max).contains(&count))
            }
            (F::SrcIp, Test::AddressIn(wanted)) => is_among(address(S::OrigAddress), wanted),
            (F::DstIp, Test::AddressIn(wanted)) => is_among(address(S::RespAddress), wanted),
            (F::Verdict, Test::TextIn(wanted)) => wanted.iter().any(|verdict| verdict == Verdict::Unknown.name()),
            _ => true,
        }
    })
}

fn is_among(address: Option<IpAddr>, wanted: &[IpAddr]) -> bool {
    address.is_some_and(|address| wanted.contains(&address))
}

/// Fields whose values are not what they should be; most records have none.
type Bad<'a> = Vec<(S, &'a [u8])>;

/// A row being built.
pub(super) struct Row<'v, 'a, 's> {
    values: &'v Values<'a>,
    slots: Slots,
    scratch: &'s mut String,
    bad: Bad<'a>,
}

/// Writes the columns of a record; the caller adds to `ext` before.
pub(super) fn write(
    values: &Values<'_>,
    slots: Slots,
    place: Place,
    origin: &Origin,
    scratch: &mut String,
    out: &mut Tables,
) {
    let mut row = Row { values, slots, scratch, bad: Vec::new() };
    let flows = &mut out.flows;
    row.times(flows);
    row.ends(flows);
    row.counters(flows);
    row.texts(flows);
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

impl<'a> Row<'_, 'a, '_> {
    /// The bytes of a field, if it is set and some wanted column needs it.
    fn raw(&self, slot: S) -> Option<&'a [u8]> {
        self.values.raw(slot).filter(|_| self.slots.contains(slot))
    }

    /// A field read as something; one that cannot be read is remembered.
    fn read<T>(&mut self, slot: S, read: impl Fn(&'a [u8]) -> Option<T>) -> Option<T> {
        let text = self.raw(slot)?;
        let value = read(text);
        if value.is_none() {
            self.bad.push((slot, text));
        }
        value
    }

    fn number(&mut self, slot: S, max: i64) -> Option<i64> {
        self.read(slot, |text| parse_i64(text).filter(|number| (0..=max).contains(number)))
    }

    fn times(&mut self, flows: &mut FlowColumns) {
        flows.set_int64(F::TimeResolutionNs, TIME_RESOLUTION_NS);
        if let Some(written) = self.read(S::Written, parse_time) {
            flows.set_time(F::TimeLogged, written);
        }
        let Some(start) = self.read(S::Start, parse_time) else { return };
        flows.set_time(F::TimeStart, start);
        let duration = self.read(S::Duration, parse_seconds);
        if duration == Some(0) {
            // A connection of one packet has no duration; this one has one, and its end does not show it.
            self.keep(S::Duration, flows);
        }
        flows.set_time(F::TimeEnd, start.saturating_add(duration.unwrap_or(0)));
    }

    fn ends(&mut self, flows: &mut FlowColumns) {
        let source = self.read(S::OrigAddress, parse_address);
        if let Some(address) = source {
            flows.set_address(F::SrcIp, address);
            flows.set_int32(F::IpVersion, if address.is_ipv4() { 4 } else { 6 });
        }
        if let Some(address) = self.read(S::RespAddress, parse_address) {
            flows.set_address(F::DstIp, address);
        }
        let protocol = self.protocol(source, flows);
        match protocol {
            Some(ICMP | ICMP6) => self.icmp(protocol == Some(ICMP6), flows),
            Some(protocol) if !PORTED.contains(&protocol) => {
                self.portless(S::OrigPort, flows);
                self.portless(S::RespPort, flows);
            }
            _ => self.ports(flows),
        }
        if protocol == Some(TCP) {
            self.tcp(flows);
        }
    }

    /// The IP protocol: `ip_proto`, or what `proto` says.
    fn protocol(&mut self, source: Option<IpAddr>, flows: &mut FlowColumns) -> Option<i32> {
        let name = self.raw(S::Transport);
        let named = name.and_then(|name| transport_number(name, source));
        let number = self.number(S::IpProto, 255).map(|number| number as i32);
        if let Some(name) = name
            && named.is_none()
            && (name != UNKNOWN_TRANSPORT || number.is_none())
        {
            self.keep(S::Transport, flows);
        }
        if number.is_some() && named.is_some() && number != named {
            self.keep(S::Transport, flows);
        }
        let protocol = number.or(named)?;
        flows.set_int32(F::IpProto, protocol);
        Some(protocol)
    }

    fn ports(&mut self, flows: &mut FlowColumns) {
        for (slot, field) in [(S::OrigPort, F::SrcPort), (S::RespPort, F::DstPort)] {
            if let Some(port) = self.number(slot, 65_535) {
                flows.set_int32(field, port as i32);
            }
        }
    }

    /// A protocol without ports: 0 means nothing, and anything else is kept as it stands.
    fn portless(&mut self, slot: S, flows: &mut FlowColumns) {
        if self.raw(slot).is_some_and(|text| text != b"0") {
            self.keep(slot, flows);
        }
    }

    /// ICMP: the type stands for the originator's port, the code or the answer's type for the responder's.
    fn icmp(&mut self, is_v6: bool, flows: &mut FlowColumns) {
        let Some(kind) = self.number(S::OrigPort, 255) else { return };
        flows.set_int32(F::IcmpType, kind as i32);
        let Some(other) = self.number(S::RespPort, 255) else { return };
        if !ICMP_ANSWERS.contains(&(is_v6, kind, other)) {
            flows.set_int32(F::IcmpCode, other as i32);
        }
    }

    fn tcp(&mut self, flows: &mut FlowColumns) {
        if let Some(history) = self.raw(S::History) {
            let [forward, backward] = tcp_flags(history);
            flows.set_int32(F::TcpFlags, forward);
            flows.set_int32(F::RevTcpFlags, backward);
            flows.set_text(F::TcpFlagsScope, TcpFlagsScope::Connection.name());
        }
        if let Some(state) = self.raw(S::ConnState).and_then(tcp_state) {
            flows.set_text(F::TcpState, state);
        }
    }

    fn counters(&mut self, flows: &mut FlowColumns) {
        // Zeek counts IP bytes unless told not to; then there is the payload only.
        let has_ip_bytes = self.raw(S::OrigIpBytes).is_some() || self.raw(S::RespIpBytes).is_some();
        let (slots, semantics) = match has_ip_bytes {
            true => ([S::OrigIpBytes, S::RespIpBytes], BytesSemantics::L3Packet),
            false => ([S::OrigBytes, S::RespBytes], BytesSemantics::L4Payload),
        };
        flows.set_text(F::BytesSemantics, semantics.name());
        let counters = [
            (slots[0], F::Bytes),
            (slots[1], F::RevBytes),
            (S::OrigPackets, F::Packets),
            (S::RespPackets, F::RevPackets),
            (S::MissedBytes, F::CaptureLostBytes),
        ];
        for (slot, field) in counters {
            if let Some(count) = self.number(slot, i64::MAX) {
                flows.set_int64(field, count);
            }
        }
        if let Some(vlan) = self.number(S::Vlan, 4_095) {
            flows.set_int32(F::VlanId, vlan as i32);
        }
    }

    fn texts(&mut self, flows: &mut FlowColumns) {
        let texts = [
            (S::Service, F::AppProtocol),
            (S::History, F::TcpHistory),
            (S::OrigMac, F::SrcMac),
            (S::RespMac, F::DstMac),
            (S::OrigCountry, F::SrcGeoCountry),
            (S::RespCountry, F::DstGeoCountry),
        ];
        for (slot, field) in texts {
            if let Some(text) = self.values.get(slot).filter(|_| self.slots.contains(slot)) {
                flows.set_text(field, text.decode(self.scratch));
            }
        }
        if let Some(direction) = direction(self.raw(S::LocalOrig), self.raw(S::LocalResp)) {
            flows.set_text(F::Direction, direction.name());
        }
        flows.set_text(F::Initiator, initiator(self.raw(S::ConnState), self.raw(S::History)));
    }

    fn keep(&mut self, slot: S, flows: &mut FlowColumns) {
        if let Some(text) = self.values.get(slot) {
            keep(slot.name(), text, self.scratch, flows);
        }
    }
}

/// Adds a field to `ext`.
pub(super) fn keep(name: &str, text: Text<'_>, scratch: &mut String, flows: &mut FlowColumns) {
    if flows.wants(F::Ext) {
        flows.insert(F::Ext, name, text.decode(scratch));
    }
}

const UNKNOWN_TRANSPORT: &[u8] = b"unknown_transport";

fn transport_number(name: &[u8], source: Option<IpAddr>) -> Option<i32> {
    match name {
        b"tcp" => Some(TCP),
        b"udp" => Some(17),
        b"icmp" if source.is_some_and(|address| address.is_ipv6()) => Some(ICMP6),
        b"icmp" => Some(ICMP),
        UNKNOWN_TRANSPORT => None,
        name => protocol_number(std::str::from_utf8(name).ok()?).map(i32::from),
    }
}

/// A span of seconds, in nanoseconds.
fn parse_seconds(text: &[u8]) -> Option<i64> {
    crate::number::parse_seconds(text).filter(|ns| *ns >= 0)
}

/// Who opened it, Zeek's originator or not.
fn initiator(conn_state: Option<&[u8]>, history: Option<&[u8]>) -> &'static str {
    let is_turned = history.is_some_and(|history| history.first() == Some(&b'^'));
    let has_answer = |letter: &u8| letter.is_ascii_uppercase() || *letter == b'h';
    let is_silent = history.is_some_and(|history| !history.iter().any(has_answer));
    match conn_state {
        // Zeek took the sender of the first packet for the responder, and nobody else sent anything. (A SYN with ACK,
        // `h`, tells that it was right.)
        _ if is_turned && is_silent => "dst",
        // Seen from its middle on, either may have opened it.
        Some(b"OTH") => "unknown",
        _ => "src",
    }
}

/// From the local network outwards, or towards it. Within it or past it there is neither.
fn direction(is_orig_local: Option<&[u8]>, is_resp_local: Option<&[u8]>) -> Option<Direction> {
    let is_true = |text: &[u8]| matches!(text, b"T" | b"true");
    match (is_true(is_orig_local?), is_true(is_resp_local?)) {
        (true, false) => Some(Direction::Egress),
        (false, true) => Some(Direction::Ingress),
        _ => None,
    }
}
