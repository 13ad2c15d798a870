//! The `flow` event.

use super::json::JsonLine;
use super::time::TimeText;
use crate::event::{FlowFacts, FlowOutcome};
use applayer::Tree;
use applayer::named::is_ours_alone;
use flow::EndReason;
use flow::tcp::Tcp;
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

/// What a flow speaks.
pub(super) fn application(json: &mut JsonLine, facts: &FlowFacts<'_>) {
    match facts.protocol {
        // Who expects Suricata's names finds them; ours stands beside.
        Some(protocol) if is_ours_alone(protocol) => {
            json.plain("app_proto", "failed");
            json.plain("app_proto_named", protocol);
        }
        Some(protocol) => json.plain("app_proto", protocol),
        None => {}
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

/// Everything behind the flow's ends.
pub(crate) fn body(
    json: &mut JsonLine,
    times: &mut TimeText,
    facts: &FlowFacts<'_>,
    (reason, outcome): (EndReason, FlowOutcome),
) {
    let flow = facts.flow;
    application(json, facts);
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
    if outcome.transactions > 0 {
        json.number("tx_cnt", outcome.transactions.into());
    }
    json.close_object();
    if let Some(connection) = &flow.tcp {
        tcp(json, flow.tcp_flags, connection);
    }
}

fn tcp(json: &mut JsonLine, [client, server]: [u8; 2], connection: &Tcp) {
    json.open_object("tcp");
    json.formatted("tcp_flags", format_args!("{:02x}", client | server));
    json.formatted("tcp_flags_ts", format_args!("{client:02x}"));
    json.formatted("tcp_flags_tc", format_args!("{server:02x}"));
    flags(json, client | server);
    json.plain("state", connection.connection.state.name());
    // A stream of which nothing came is in one piece too.
    let regions = |side| u64::from(connection.regions(side).max(1));
    json.number("ts_max_regions", regions(Side::Client));
    json.number("tc_max_regions", regions(Side::Server));
    json.close_object();
}

/// Each flag by its name.
pub(super) fn flags(json: &mut JsonLine, flags: u8) {
    let set = FLAG_NAMES.iter().filter(|(flag, _)| flags & flag != 0);
    set.for_each(|(_, name)| json.boolean(name, true));
}
