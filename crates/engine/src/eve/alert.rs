//! The `alert` event.

use super::json::JsonLine;
use super::time::TimeText;
use super::{AlertOptions, header};
use crate::alert::{Alert, Origin, Outer};
use crate::event::FlowFacts;
use applayer::Tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flow::Endpoint;
use model::packet::Side;
use rules::{FrameFacts, Target};

/// Bytes of a frame that are told.
const FRAME_BYTES_MAX: usize = 4 << 10;

/// Everything behind the ends.
pub(crate) fn body(
    json: &mut JsonLine,
    times: &mut TimeText,
    flow: Option<&FlowFacts<'_>>,
    alert: &Alert,
    options: &AlertOptions,
) {
    if let Some(outer) = &alert.outer {
        tunnel(json, outer);
    }
    if let Some(id) = alert.transaction {
        json.number("tx_id", id);
        if alert.is_guessed {
            json.boolean("tx_guessed", true);
        }
    }
    about(json, flow, alert, options);
    if let Some(told) = alert.told.as_ref().filter(|_| options.application) {
        told.tell(json);
    }
    if let Some(files) = alert.files.as_ref().filter(|_| options.metadata) {
        files.tell(json);
    }
    if let Some(frame) = &alert.frame {
        of_frame(json, frame, alert);
    }
    if let Some(flow) = flow {
        application(json, flow);
        json.plain("direction", if alert.sender == Side::Client { "to_server" } else { "to_client" });
        if options.flow {
            of_flow(json, times, flow);
        }
    }
    if options.verdict {
        json.open_object("verdict");
        json.plain("action", alert.verdict);
        json.close_object();
    }
    evidence(json, alert, options);
}

/// The object `tunnel`: the packet around the alert's.
fn tunnel(json: &mut JsonLine, outer: &Outer) {
    json.open_object("tunnel");
    header::packet_ends(json, &outer.packet);
    json.number("depth", outer.depth.into());
    json.plain("pkt_src", Origin::Packet.name());
    json.close_object();
}

/// The object `alert`.
pub(super) fn about(json: &mut JsonLine, flow: Option<&FlowFacts<'_>>, alert: &Alert, options: &AlertOptions) {
    let about = &alert.about;
    json.open_object("alert");
    json.plain("action", if alert.is_blocked { "blocked" } else { "allowed" });
    json.number("gid", about.gid.into());
    json.number("signature_id", about.sid.into());
    json.number("rev", about.rev.into());
    json.text("signature", about.message.as_bytes());
    json.text("category", about.category.as_bytes());
    json.number("severity", about.severity.into());
    if options.references && !about.references.is_empty() {
        json.open_list("references");
        about.references.iter().for_each(|link| json.text("", link.as_bytes()));
        json.close_list();
    }
    if !alert.contexts.is_empty() {
        json.open_object("context");
        alert.contexts.iter().for_each(|(name, object)| json.raw_named(name, object));
        json.close_object();
    }
    if let (Some(target), Some(flow)) = (about.target, flow) {
        ends(json, flow, alert.sender, target);
    }
    if options.metadata && !about.metadata.is_empty() {
        json.open_object("metadata");
        for (name, values) in about.metadata.iter() {
            json.open_list_named(name);
            values.for_each(|value| json.text("", value.as_bytes()));
            json.close_list();
        }
        json.close_object();
    }
    json.close_object();
}

/// Who attacked whom.
fn ends(json: &mut JsonLine, flow: &FlowFacts<'_>, sender: Side, target: Target) {
    let (client, server) = (flow.flow.client(), flow.flow.server());
    let (source, destination) = if sender == Side::Client { (client, server) } else { (server, client) };
    let (attacker, victim) = if target == Target::Source { (destination, source) } else { (source, destination) };
    for (name, Endpoint { address, port }) in [("source", attacker), ("target", victim)] {
        json.open_object(name);
        json.address("ip", address);
        if matches!(flow.flow.protocol(), 6 | 17 | 132) {
            json.number("port", port.into());
        }
        json.close_object();
    }
}

/// What the flow speaks.
pub(super) fn application(json: &mut JsonLine, flow: &FlowFacts<'_>) {
    if let Some(protocol) = flow.protocol {
        let is_ours = applayer::named::is_ours_alone(protocol);
        json.plain("app_proto", if is_ours { "failed" } else { protocol });
    }
    if let Some(before) = flow.protocol_before {
        json.plain("app_proto_orig", before);
    }
}

fn of_flow(json: &mut JsonLine, times: &mut TimeText, facts: &FlowFacts<'_>) {
    let flow = facts.flow;
    let (client, server) = (flow.side(Side::Client), flow.side(Side::Server));
    json.open_object("flow");
    json.number("pkts_toserver", client.packets);
    json.number("pkts_toclient", server.packets);
    json.number("bytes_toserver", client.wire_bytes);
    json.number("bytes_toclient", server.wire_bytes);
    json.plain("start", times.text(flow.start()));
    json.address("src_ip", flow.client().address);
    json.address("dest_ip", flow.server().address);
    if matches!(flow.protocol(), 6 | 17 | 132) {
        json.number("src_port", flow.client().port.into());
        json.number("dest_port", flow.server().port.into());
    }
    json.close_object();
}

/// The object `frame`.
fn of_frame(json: &mut JsonLine, frame: &FrameFacts, alert: &Alert) {
    let bytes = &frame.bytes[..frame.bytes.len().min(FRAME_BYTES_MAX)];
    json.open_object("frame");
    json.plain("type", frame.name);
    json.number("id", frame.id);
    json.plain("direction", if alert.sender == Side::Client { "toserver" } else { "toclient" });
    json.number("length", frame.length);
    json.boolean("complete", frame.is_complete);
    if let Some(id) = alert.transaction {
        json.number("tx_id", id);
    }
    json.plain("payload", &STANDARD.encode(bytes));
    json.text("payload_printable", &printable(bytes));
    json.close_object();
}

/// The bytes, as far as they are wanted.
fn evidence(json: &mut JsonLine, alert: &Alert, options: &AlertOptions) {
    let evidence = &alert.evidence;
    if !evidence.payload.is_empty() {
        let payload = &evidence.payload[..evidence.payload.len().min(options.payload_bytes_max)];
        if options.payload {
            json.plain("payload", &STANDARD.encode(payload));
        }
        if options.payload_printable {
            json.text("payload_printable", &printable(payload));
        }
    }
    json.number("stream", evidence.is_stream.into());
    if let Some(link_type) = evidence.link_type.filter(|_| options.packet) {
        json.plain("packet", &STANDARD.encode(&evidence.frame));
        json.open_object("packet_info");
        json.number("linktype", link_type.0.into());
        if let Some(name) = header::link_type_name(link_type) {
            json.plain("linktype_name", name);
        }
        json.close_object();
    }
}

/// Every byte that cannot be printed as a dot, line ends as they are.
pub(crate) fn printable(bytes: &[u8]) -> Vec<u8> {
    let shown = |byte: &u8| if matches!(byte, 0x20..=0x7e | b'\r' | b'\n') { *byte } else { b'.' };
    bytes.iter().map(shown).collect()
}
