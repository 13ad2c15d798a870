//! The `drop` event.

use super::json::JsonLine;
use super::{AlertOptions, alert};
use crate::alert::Alert;
use crate::event::{DropHeaders, FlowFacts};
use applayer::Tree;

/// What of dropped packets is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropOptions {
    /// The alert that says so.
    pub alerts: bool,
    /// Every packet of a flow that is dropped, not one of each side (`flows: all`).
    pub every_packet: bool,
    /// What became of the packet.
    pub verdict: bool,
}

/// TCP's flags, in the order of `drop`.
const FLAGS: [(u8, &str); 6] =
    [(0x02, "syn"), (0x10, "ack"), (0x08, "psh"), (0x04, "rst"), (0x20, "urg"), (0x01, "fin")];

/// Everything behind the ends.
pub(super) fn body(
    json: &mut JsonLine,
    flow: &FlowFacts<'_>,
    (headers, reason): (&DropHeaders, &str),
    by: Option<&Alert>,
    options: &DropOptions,
) {
    json.open_object("drop");
    json.number("len", headers.length.into());
    json.number("tos", headers.traffic_class.into());
    json.number("ttl", headers.ttl.into());
    json.number("ipid", headers.identification.into());
    if let Some((sequence, acknowledgement, window, flags)) = headers.tcp {
        json.number("tcpseq", sequence.into());
        json.number("tcpack", acknowledgement.into());
        json.number("tcpwin", window.into());
        FLAGS.iter().for_each(|(flag, name)| json.boolean(name, flags & flag != 0));
    }
    if let Some(length) = headers.udp_length {
        json.number("udplen", length.into());
    }
    json.plain("reason", reason);
    json.close_object();
    if options.verdict {
        json.open_object("verdict");
        json.plain("action", "drop");
        json.close_object();
    }
    if let Some(by) = by.filter(|_| options.alerts) {
        alert::about(
            json,
            Some(flow),
            by,
            &AlertOptions { metadata: false, references: false, ..AlertOptions::shipped() },
        );
    }
}
