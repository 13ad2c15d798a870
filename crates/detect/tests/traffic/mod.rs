//! Traffic made by rule: calls of a client to a server, written as clouds write them (a record each way) or as a sensor
//! does (one record of both ways), in either family of addresses.

#![allow(dead_code, reason = "each test uses its part")]

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{ArrayRef, BinaryViewArray, Int64Array, RecordBatch};
use detect::{Finding, Fold, Limits, findings};
use enrich::AddressClass;
use model::{FieldIndex, FlowField as F};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use table::{FlowColumns, address_from_bytes};

/// The second in which all made traffic begins.
pub(crate) const START: i64 = 1_700_000_000;
/// The client's port of connections that last: later windows of it have no handshake.
pub(crate) const LASTING_PORT: i32 = 39_999;
/// No packets, no bytes.
pub(crate) const NONE: (i64, i64) = (0, 0);

/// Which addresses the same traffic has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

/// Both.
pub(crate) const FAMILIES: [Family; 2] = [Family::V4, Family::V6];

/// One exchange; times in seconds, counters as packets and bytes, as IPv4 has them.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at_s: i64,
    pub(crate) lasts_s: i64,
    pub(crate) client: String,
    pub(crate) server: String,
    pub(crate) proto: i32,
    pub(crate) client_port: i32,
    pub(crate) port: i32,
    pub(crate) up: (i64, i64),
    pub(crate) down: (i64, i64),
    /// The request was turned away.
    pub(crate) is_denied: bool,
    /// The answer was turned away.
    pub(crate) is_answer_denied: bool,
    /// Packets that a router lost for want of a route.
    pub(crate) lost: i64,
    /// One packet of so many was looked at.
    pub(crate) one_of: Option<f64>,
    /// Where a cloud observed it.
    pub(crate) seen: Seen,
}

/// At which interfaces a record each way is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The record does not say.
    Somewhere,
    /// At the client's, at the server's.
    At { client: bool, server: bool },
    /// The request at the server's interface only, the answer at the client's only.
    Apart,
}

/// Calls by TCP; the client's port follows the time.
pub(crate) fn tcp(at_s: i64, client: &str, server: &str, port: i32, up: (i64, i64), down: (i64, i64)) -> Call {
    Call {
        at_s,
        lasts_s: 5,
        client: client.into(),
        server: server.into(),
        proto: 6,
        client_port: 40_000 + (at_s % 20_000) as i32,
        port,
        up,
        down,
        is_denied: false,
        is_answer_denied: false,
        lost: 0,
        one_of: None,
        seen: Seen::Somewhere,
    }
}

/// The same by UDP.
pub(crate) fn udp(at_s: i64, client: &str, server: &str, port: i32, up: (i64, i64), down: (i64, i64)) -> Call {
    Call { proto: 17, ..tcp(at_s, client, server, port, up, down) }
}

impl Call {
    /// From another port.
    pub(crate) fn on(self, client_port: i32) -> Call {
        Call { client_port, ..self }
    }
}

/// So many calls.
pub(crate) fn many(count: i64, make: impl Fn(i64) -> Call) -> Vec<Call> {
    (0..count).map(make).collect()
}

/// One connection that is seen once a minute.
pub(crate) fn lasting(minutes: i64, make: impl Fn(i64) -> Call) -> Vec<Call> {
    many(minutes, |n| Call { client_port: LASTING_PORT, lasts_s: 59, ..make(n) })
}

/// A number like any other, but the same each time.
pub(crate) fn dice(n: i64) -> i64 {
    let mut state = (n as u64).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^= state >> 27;
    state = state.wrapping_mul(0x94d0_49bb_1331_11eb);
    ((state ^ state >> 31) >> 8) as i64
}

/// The address of a host in one of the two families. Ours stay ours, and of the same class; who shares a /24 shares a /64, who
/// shares a /8 inside is of one site (/48).
pub(crate) fn address(text: &str, family: Family) -> IpAddr {
    match text.parse().expect("an address") {
        IpAddr::V4(v4) if family == Family::V6 => IpAddr::V6(mapped(v4)),
        address => address,
    }
}

fn mapped(v4: Ipv4Addr) -> Ipv6Addr {
    let [a, b, c, d] = v4.octets().map(u16::from);
    match AddressClass::of_ip(IpAddr::V4(v4)) {
        // The metadata service (AWS).
        AddressClass::LinkLocal if (c, d) == (169, 254) => Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        AddressClass::LinkLocal => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, c, d),
        AddressClass::Private | AddressClass::CarrierNat => Ipv6Addr::new(0xfd00, 0, a, b << 8 | c, 0, 0, 0, d),
        AddressClass::Loopback => Ipv6Addr::LOCALHOST,
        AddressClass::Unspecified => Ipv6Addr::UNSPECIFIED,
        AddressClass::Multicast | AddressClass::Broadcast => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, d),
        AddressClass::Documentation => Ipv6Addr::new(0x2001, 0xdb8, a, c, 0, 0, 0, d),
        // Never given out.
        AddressClass::Reserved => Ipv6Addr::new(0x5000, a, b, c, 0, 0, 0, d),
        // A public resolver.
        _ if (a, b, c, d) == (1, 1, 1, 1) => Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1111),
        _ => Ipv6Addr::new(0x2a00, a, b, c, 0, 0, 0, d),
    }
}

/// ICMP and the type of a ping in a family.
fn proto(call: &Call, family: Family) -> i32 {
    if call.proto == 1 && family == Family::V6 { 58 } else { call.proto }
}

/// The header of IPv6 is 20 bytes longer.
fn bytes((packets, bytes): (i64, i64), family: Family) -> i64 {
    if family == Family::V6 { bytes + 20 * packets } else { bytes }
}

/// What both ways of writing a record have in common.
fn ends(columns: &mut FlowColumns, call: &Call, is_up: bool, family: Family) {
    let (client, server) = ((&call.client, call.client_port), (&call.server, call.port));
    let (source, target) = if is_up { (client, server) } else { (server, client) };
    columns.set_address(F::SrcIp, address(source.0, family));
    columns.set_address(F::DstIp, address(target.0, family));
    if [6, 17].contains(&call.proto) {
        columns.set_int32(F::SrcPort, source.1);
        columns.set_int32(F::DstPort, target.1);
    }
    columns.set_int32(F::IpProto, proto(call, family));
    let counters = if is_up { call.up } else { call.down };
    columns.set_int64(F::Packets, counters.0);
    columns.set_int64(F::Bytes, bytes(counters, family));
}

/// One direction at one interface, as AWS writes it.
fn half(columns: &mut FlowColumns, call: &Call, is_up: bool, direction: Option<&str>, family: Family) {
    ends(columns, call, is_up, family);
    columns.set_time(F::TimeStart, (START + call.at_s) * 1_000_000_000);
    columns.set_time(F::TimeEnd, (START + call.at_s + call.lasts_s) * 1_000_000_000);
    if call.proto == 6 {
        // Later windows of one connection have no handshake.
        let is_begun = call.client_port == LASTING_PORT && call.at_s > 0;
        let handshake = if is_up { 0x02 } else { 0x12 };
        columns.set_int32(F::TcpFlags, if is_begun { 0 } else { handshake });
        columns.set_text(F::TcpFlagsScope, "partial_aws");
    }
    if let Some(direction) = direction {
        columns.set_text(F::Direction, direction);
    }
    if call.lost > 0 {
        columns.set_int64(F::LostNoRoute, call.lost);
    }
    if let Some(one_of) = call.one_of {
        columns.set_float64(F::SamplingRate, one_of);
    }
    let is_denied = if is_up { call.is_denied } else { call.is_answer_denied };
    columns.set_text(F::Verdict, if is_denied { "denied" } else { "allowed" });
    columns.set_text(F::Provider, "aws");
    columns.end_row();
}

/// A record each way, as clouds write them.
pub(crate) fn by_cloud(calls: &[Call], family: Family) -> RecordBatch {
    let mut columns = FlowColumns::new(Fold::wanted());
    for call in calls {
        for is_up in [true, false] {
            if is_up && call.up.0 == 0 || !is_up && call.down.0 == 0 {
                continue;
            }
            for direction in directions(call.seen, is_up) {
                half(&mut columns, call, is_up, direction, family);
            }
        }
    }
    columns.take_batch()
}

/// The directions in which the interfaces that see it see it.
fn directions(seen: Seen, is_up: bool) -> Vec<Option<&'static str>> {
    let (at_sender, at_receiver) = match seen {
        Seen::Somewhere => return vec![None],
        Seen::Apart => (false, true),
        Seen::At { client, server } if is_up => (client, server),
        Seen::At { client, server } => (server, client),
    };
    let named = [(at_sender, "egress"), (at_receiver, "ingress")];
    named.into_iter().filter(|(is_seen, _)| *is_seen).map(|(_, name)| Some(name)).collect()
}

/// One record of both ways, as a sensor of connections tells it.
pub(crate) fn by_sensor(calls: &[Call], family: Family) -> RecordBatch {
    let mut columns = FlowColumns::new(Fold::wanted());
    for (n, call) in calls.iter().enumerate() {
        // A sensor's clock is finer than a second.
        let fraction_ns = n as i64 * 977_003 % 1_000_000_000;
        ends(&mut columns, call, true, family);
        if call.proto == 1 {
            columns.set_int32(F::IcmpType, if family == Family::V6 { 128 } else { 8 });
        }
        columns.set_time(F::TimeStart, (START + call.at_s) * 1_000_000_000 + fraction_ns);
        columns.set_time(F::TimeEnd, (START + call.at_s + call.lasts_s) * 1_000_000_000 + fraction_ns);
        columns.set_int64(F::RevPackets, call.down.0);
        columns.set_int64(F::RevBytes, bytes(call.down, family));
        columns.set_text(F::Initiator, "src");
        columns.end_row();
    }
    columns.take_batch()
}

/// What is told of a batch.
pub(crate) fn told(batch: &RecordBatch) -> Vec<Finding> {
    let mut fold = Fold::new(Limits::default());
    fold.push(batch);
    findings(&fold.finish())
}

/// Findings as lines, to be read when a test fails.
pub(crate) fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|one| format!("{:?} {} {}", one.severity, one.detector, one.title)).collect()
}

/// The same batch with every address in IPv6, ping and error messages of ICMP as those of ICMPv6.
pub(crate) fn in_ipv6(batch: &RecordBatch) -> RecordBatch {
    let column = |place: usize| -> ArrayRef {
        let (column, schema) = (batch.column(place), batch.schema());
        let is = |field: F| schema.field(place).name() == field.field().name;
        if let Some(addresses) = column.as_binary_view_opt() {
            let mapped = addresses.iter().map(|bytes| match address_from_bytes(bytes?)? {
                IpAddr::V4(v4) => Some(mapped(v4).octets().to_vec()),
                IpAddr::V6(v6) => Some(v6.octets().to_vec()),
            });
            return Arc::new(mapped.collect::<BinaryViewArray>());
        }
        // A header of IPv6 has 20 bytes more.
        let counts = [(F::Bytes, F::Packets), (F::RevBytes, F::RevPackets)].into_iter().find(|row| is(row.0));
        if let Some((bytes, packets)) = counts.and_then(|row| {
            let packets = batch.column_by_name(row.1.field().name)?;
            Some((column.as_primitive_opt::<Int64Type>()?, packets.as_primitive_opt::<Int64Type>()?))
        }) {
            let longer = bytes.iter().zip(packets).map(|(bytes, packets)| Some(bytes? + 20 * packets.unwrap_or(0)));
            return Arc::new(longer.collect::<Int64Array>());
        }
        match column.as_primitive_opt::<Int32Type>() {
            Some(protocols) if is(F::IpProto) => {
                Arc::new(protocols.unary::<_, Int32Type>(|proto| if proto == 1 { 58 } else { proto }))
            }
            Some(types) if is(F::IcmpType) => Arc::new(types.unary::<_, Int32Type>(icmp6_type)),
            _ => column.clone(),
        }
    };
    let columns = (0..batch.num_columns()).map(column).collect();
    RecordBatch::try_new(batch.schema(), columns).expect("the same schema")
}

/// The type of ICMPv6 that says what one of ICMP says: echo, its answer, unreachable, time exceeded.
fn icmp6_type(kind: i32) -> i32 {
    [(8, 128), (0, 129), (3, 1), (11, 3)].iter().find(|row| row.0 == kind).map_or(kind, |row| row.1)
}
