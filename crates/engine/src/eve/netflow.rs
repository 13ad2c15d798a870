//! The `netflow` event: one side of a flow.

use super::flow::{application, flags, is_without_connection, transactions};
use super::json::JsonLine;
use super::time::TimeText;
use crate::event::{FlowFacts, FlowOutcome};
use applayer::Tree;
use model::packet::Side;

/// Everything behind the flow's ends, of what `sender` sent.
pub(crate) fn body(
    json: &mut JsonLine,
    times: &mut TimeText,
    facts: &FlowFacts<'_>,
    (sender, outcome): (Side, FlowOutcome),
) {
    let flow = facts.flow;
    json.plain("app_proto", application(facts).unwrap_or("unknown"));
    let side = flow.side(sender);
    json.open_object("netflow");
    json.number("pkts", side.packets);
    json.number("bytes", side.wire_bytes);
    json.plain("start", times.text(flow.start()));
    json.plain("end", times.text(flow.end()));
    let age_s = flow.end().0.div_euclid(1_000_000_000) - flow.start().0.div_euclid(1_000_000_000);
    json.signed("age", age_s);
    let [lowest, highest] = [flow.ttls_min, flow.ttls_max].map(|ttls| ttls[sender.index()]);
    json.number("min_ttl", if side.packets > 0 { lowest.into() } else { 0 });
    json.number("max_ttl", highest.into());
    if let Some(count) = transactions(facts, outcome) {
        json.number("tx_cnt", count);
    }
    json.close_object();
}

/// The object `tcp`, where it is TCP.
pub(crate) fn tcp(json: &mut JsonLine, facts: &FlowFacts<'_>, sender: Side) {
    if facts.flow.tcp_state().is_some() {
        let is_kept = !is_without_connection(facts);
        let own = if is_kept { facts.flow.tcp_flags[sender.index()] } else { 0 };
        json.open_object("tcp");
        json.formatted("tcp_flags", format_args!("{own:02x}"));
        flags(json, own);
        json.close_object();
    }
}
