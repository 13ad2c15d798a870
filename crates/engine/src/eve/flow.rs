//! The `flow` event.

use super::json::JsonLine;
use super::time::TimeText;
use crate::event::{FlowFacts, FlowOutcome};
use applayer::Tree;
use applayer::named::is_ours_alone;
use flow::EndReason;
use flow::tcp::{Tcp, TcpState};
use model::packet::Side;

/// TCP's flags by EVE's names, in its order.
const FLAG_NAMES: &[(u8, &str)] = &[
    (0x02, "syn"),
    (0x01, "fin"),
    (0x04, "rst"),
    (0x08, "psh"),
    (0x10, "ack"),
    (0x20, "urg"),
    (0x40, "ecn"),
    (0x80, "cwr"),
];

/// What Suricata calls what a flow speaks; `None` where it found nothing, or had not yet.
pub(super) fn application(facts: &FlowFacts<'_>) -> Option<&'static str> {
    let is_udp = facts.flow.protocol() == 17;
    match facts.protocol {
        // Who expects Suricata's names finds them. It gives up on a stream when both sides have spoken.
        Some(protocol) if is_ours_alone(protocol) => {
            let both_speak = |tcp: &Tcp| Side::BOTH.into_iter().all(|side| tcp.regions(side) > 0);
            (is_udp || facts.flow.tcp.as_deref().is_some_and(both_speak)).then_some("failed")
        }
        None if is_udp => Some("failed"),
        protocol => protocol,
    }
}

/// What a flow speaks, by Suricata's name and, where that says nothing, by ours.
fn tell_application(json: &mut JsonLine, facts: &FlowFacts<'_>) {
    if let Some(protocol) = application(facts) {
        json.plain("app_proto", protocol);
    }
    if let Some(protocol) = facts.protocol.filter(|protocol| is_ours_alone(protocol)) {
        json.plain("app_proto_named", protocol);
    }
    for (name, protocol) in ["app_proto_ts", "app_proto_tc"].into_iter().zip(facts.side_protocols) {
        if let Some(protocol) = protocol.filter(|protocol| facts.protocol != Some(protocol)) {
            json.plain(name, protocol);
        }
    }
    if let Some(before) = facts.protocol_before {
        json.plain("app_proto_orig", before);
    }
}

/// Exchanges as Suricata counts them: of protocols that it reads.
pub(super) fn transactions(facts: &FlowFacts<'_>, outcome: FlowOutcome) -> Option<u64> {
    let is_read = application(facts).is_some_and(|protocol| !matches!(protocol, "failed" | "imap"));
    (is_read && outcome.transactions > 0).then_some(outcome.transactions.into())
}

/// Does Suricata keep no connection of this flow: it was not seen to begin, and is not picked up?
pub(super) fn is_without_connection(facts: &FlowFacts<'_>) -> bool {
    facts.flow.tcp_state() == Some(TcpState::None)
}

/// Everything behind the flow's ends.
pub(crate) fn body(
    json: &mut JsonLine,
    times: &mut TimeText,
    facts: &FlowFacts<'_>,
    (reason, outcome): (EndReason, FlowOutcome),
) {
    let flow = facts.flow;
    tell_application(json, facts);
    let (client, server) = (flow.side(Side::Client), flow.side(Side::Server));
    json.open_object("flow");
    json.number("pkts_toserver", client.packets);
    json.number("pkts_toclient", server.packets);
    json.number("bytes_toserver", client.wire_bytes);
    json.number("bytes_toclient", server.wire_bytes);
    json.plain("start", times.text(flow.start()));
    json.plain("end", times.text(flow.end()));
    let age_s = flow.end().0.div_euclid(1_000_000_000) - flow.start().0.div_euclid(1_000_000_000);
    json.signed("age", age_s);
    json.plain("state", if outcome.is_bypassed { "bypassed" } else { flow.state.name() });
    if outcome.is_bypassed {
        json.plain("bypass", "local");
    }
    json.plain("reason", reason.name());
    json.boolean("alerted", outcome.has_alerted);
    if let Some(action) = outcome.action {
        json.plain("action", action);
    }
    if let Some(policy) = outcome.midstream {
        json.open_list("exception_policy");
        json.open_object("");
        json.plain("target", "stream_midstream");
        json.plain("policy", policy.name());
        json.close_object();
        json.close_list();
    }
    if let Some(count) = transactions(facts, outcome) {
        json.number("tx_cnt", count);
    }
    json.close_object();
}

/// The object `tcp`, where it is TCP.
pub(crate) fn tcp(json: &mut JsonLine, facts: &FlowFacts<'_>) {
    let Some(connection) = &facts.flow.tcp else { return };
    let is_kept = !is_without_connection(facts);
    let [client, server] = if is_kept { facts.flow.tcp_flags } else { [0; 2] };
    json.open_object("tcp");
    json.formatted("tcp_flags", format_args!("{:02x}", client | server));
    json.formatted("tcp_flags_ts", format_args!("{client:02x}"));
    json.formatted("tcp_flags_tc", format_args!("{server:02x}"));
    flags(json, client | server);
    if is_kept {
        json.plain("state", connection.connection.state.name());
        // A stream of which nothing came is in one piece too.
        let regions = |side| u64::from(connection.regions(side).max(1));
        json.number("ts_max_regions", regions(Side::Client));
        json.number("tc_max_regions", regions(Side::Server));
    }
    json.close_object();
}

/// Each flag by its name.
pub(super) fn flags(json: &mut JsonLine, flags: u8) {
    let set = FLAG_NAMES.iter().filter(|(flag, _)| flags & flag != 0);
    set.for_each(|(_, name)| json.boolean(name, true));
}
