//! Alerts as lines of Suricata's `fast.log`: one for each, in words.

use super::header;
use super::time::TimeText;
use crate::alert::Alert;
use crate::event::{FlowFacts, PacketFacts};
use model::packet::{Side, Timestamp};
use std::io::Write;

/// ICMP shows its type and code where others have ports.
const ICMP: [u8; 2] = [1, 58];

/// Writes the line of an alert, with its line feed.
pub(super) fn line(
    text: &mut Vec<u8>,
    (times, now): (&mut TimeText, Timestamp),
    (flow, packet): (Option<&FlowFacts<'_>>, PacketFacts),
    alert: &Alert,
) {
    text.clear();
    let about = &alert.about;
    push_time(text, times.text(now));
    let action = match (alert.is_blocked, about.action.drops()) {
        (true, _) => "[Drop] ",
        (false, true) => "[wDrop] ",
        (false, false) => "",
    };
    let class = if about.category.is_empty() { "(null)" } else { &about.category };
    let _ = write!(
        text,
        "  {action}[**] [{}:{}:{}] {} [**] [Classification: {class}] [Priority: {}]",
        about.gid, about.sid, about.rev, about.message, about.severity
    );
    if let Some(ends) = ends(flow, packet, alert.sender) {
        push_ends(text, ends);
    }
    text.push(b'\n');
}

/// `2016-07-13T22:42:07.749713+0000` becomes `07/13/2016-22:42:07.749713`.
fn push_time(text: &mut Vec<u8>, time: &str) {
    let part = |from: usize, to: usize| time.get(from..to).unwrap_or_default();
    let _ = write!(text, "{}/{}/{}-{}", part(5, 7), part(8, 10), part(0, 4), part(11, 26));
}

fn ends(flow: Option<&FlowFacts<'_>>, packet: PacketFacts, sender: Side) -> Option<PacketFacts> {
    let Some(facts) = flow else { return packet.addresses.map(|_| packet) };
    let flow = facts.flow;
    let (client, server) = (flow.client(), flow.server());
    let (from, to) = if sender == Side::Client { (client, server) } else { (server, client) };
    let message = flow.icmp[sender.index()].map(|(kind, code)| (kind.into(), code.into()));
    let ports = if ICMP.contains(&flow.protocol()) { message } else { Some((from.port, to.port)) };
    let addresses = Some((from.address, to.address));
    Some(PacketFacts { addresses, ports, protocol: Some(flow.protocol()), ..PacketFacts::default() })
}

fn push_ends(text: &mut Vec<u8>, packet: PacketFacts) {
    let Some((from, to)) = packet.addresses else { return };
    let number = packet.protocol.unwrap_or_default();
    let _ = match header::protocol_name(number) {
        Some(name) => write!(text, " {{{name}}} "),
        None => write!(text, " {{PROTO:{number:03}}} "),
    };
    let (from_port, to_port) = packet.ports.unwrap_or_default();
    let _ = write!(text, "{from}:{from_port} -> {to}:{to_port}");
}
