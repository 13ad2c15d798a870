//! A session as a row of `flows`: the client is its source.

use crate::event::FlowFacts;
use flow::{EndReason, Flow, tcp::Tcp};
use model::FlowField as F;
use model::packet::Side;
use model::vocabulary::{BytesSemantics, CounterKind, TcpFlagsScope, Vantage};
use std::io::Write as _;
use table::FlowColumns;
use wire::Tunnel;

/// `source_kind` of sessions.
pub const SOURCE_KIND: &str = "packet";
const PROVIDER: &str = "capture";

/// Appends a session. The caller sets what the session does not know (`src_object`) as defaults.
pub fn write_session(facts: &FlowFacts<'_>, reason: EndReason, rows: &mut FlowColumns) {
    let flow = facts.flow;
    rows.set_text(F::Provider, PROVIDER);
    rows.set_text(F::SourceKind, SOURCE_KIND);
    rows.set_int64(F::FlowId, facts.id() as i64);
    if let Some(protocol) = facts.protocol {
        rows.set_text(F::AppProtocol, protocol);
    }
    if !facts.host_name.is_empty() {
        rows.set_text_bytes(F::HostName, facts.host_name);
    }
    rows.set_text(F::EndReason, reason.name());
    write_times(flow, rows);
    write_ends(flow, rows);
    write_traffic(flow, rows);
    write_path(facts, rows);
    match &flow.tcp {
        Some(tcp) => write_tcp(flow, tcp, rows),
        None => write_first_response(flow, rows),
    }
    rows.end_row();
}

fn write_times(flow: &Flow, rows: &mut FlowColumns) {
    rows.set_time(F::TimeStart, flow.start().0);
    rows.set_time(F::TimeEnd, flow.end().0);
    rows.set_int64(F::TimeResolutionNs, 1);
}

fn write_ends(flow: &Flow, rows: &mut FlowColumns) {
    let (client, server) = (flow.client(), flow.server());
    rows.set_address(F::SrcIp, client.address);
    rows.set_address(F::DstIp, server.address);
    rows.set_int32(F::IpProto, flow.protocol().into());
    rows.set_int32(F::IpVersion, if client.address.is_ipv4() { 4 } else { 6 });
    if matches!(flow.protocol(), 6 | 17 | 132) {
        rows.set_int32(F::SrcPort, client.port.into());
        rows.set_int32(F::DstPort, server.port.into());
    }
    if let Some((kind, code)) = flow.icmp.into_iter().flatten().next() {
        rows.set_int32(F::IcmpType, kind.into());
        rows.set_int32(F::IcmpCode, code.into());
    }
    if flow.macs != [[0; 6]; 2] {
        write_mac(F::SrcMac, flow.macs[0], rows);
        write_mac(F::DstMac, flow.macs[1], rows);
    }
    rows.set_text(F::Initiator, "src");
    rows.set_text(F::Vantage, Vantage::Both.name());
}

fn write_mac(field: F, [a, b, c, d, e, f]: [u8; 6], rows: &mut FlowColumns) {
    if !rows.wants(field) {
        return;
    }
    let mut text = [0; 17];
    // The text has exactly the room for six octets and five colons.
    let _ = write!(&mut text[..], "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}");
    rows.set_text_bytes(field, &text);
}

fn write_traffic(flow: &Flow, rows: &mut FlowColumns) {
    let (client, server) = (flow.side(Side::Client), flow.side(Side::Server));
    rows.set_int64(F::Packets, client.packets as i64);
    rows.set_int64(F::Bytes, client.ip_bytes as i64);
    rows.set_int64(F::RevPackets, server.packets as i64);
    rows.set_int64(F::RevBytes, server.ip_bytes as i64);
    rows.set_text(F::BytesSemantics, BytesSemantics::L3Packet.name());
    rows.set_text(F::CounterKind, CounterKind::Total.name());
    rows.set_float64(F::SamplingRate, 1.0);
}

fn write_path(facts: &FlowFacts<'_>, rows: &mut FlowColumns) {
    if let Some(vlan) = facts.path.vlans.iter().next() {
        rows.set_int32(F::VlanId, vlan.into());
    }
    if let Some(Tunnel { kind, outer, id }) = facts.path.tunnels.iter().next_back() {
        rows.set_text(F::TunnelType, kind.name());
        if let Some(id) = id {
            rows.set_int64(F::TunnelId, id.into());
        }
        if let Some((source, destination)) = outer {
            rows.set_address(F::TunnelSrcIp, source);
            rows.set_address(F::TunnelDstIp, destination);
        }
    }
}

/// Without TCP's acknowledgements the first question and the first answer are all that is timed; of DNS, nearly always all
/// there is.
fn write_first_response(flow: &Flow, rows: &mut FlowColumns) {
    let (client, server) = (flow.side(Side::Client), flow.side(Side::Server));
    if client.packets > 0 && server.packets > 0 && client.first <= server.first {
        rows.set_int64(F::ServerResponseNs, server.first.0 - client.first.0);
    }
}

fn write_tcp(flow: &Flow, tcp: &Tcp, rows: &mut FlowColumns) {
    rows.set_int32(F::TcpFlags, flow.tcp_flags[0].into());
    rows.set_int32(F::RevTcpFlags, flow.tcp_flags[1].into());
    rows.set_text(F::TcpFlagsScope, TcpFlagsScope::Full.name());
    rows.set_text(F::TcpState, tcp.connection.state.name());
    rows.set_text(F::TcpHistory, tcp.history.as_str());
    let setup = &tcp.setup;
    let times = [
        (F::RttNs, setup.round_trip_ns()),
        (F::ClientRttNs, setup.client_round_trip_ns()),
        (F::ServerRttNs, setup.server_round_trip_ns()),
    ];
    for (field, ns) in times {
        if let Some(ns) = ns {
            rows.set_int64(field, ns);
        }
    }
    let Some(performance) = &tcp.performance else { return };
    let [client, server] = &performance.sides;
    if let Some(ns) = performance.turns.response.mean_ns() {
        rows.set_int64(F::ServerResponseNs, ns as i64);
    }
    rows.set_int64(F::Retransmissions, client.retransmissions().into());
    rows.set_int64(F::RevRetransmissions, server.retransmissions().into());
    rows.set_int64(F::ZeroWindows, i64::from(client.zero_windows) + i64::from(server.zero_windows));
    rows.set_int64(F::CaptureLostBytes, (client.capture_lost_bytes + server.capture_lost_bytes) as i64);
}
