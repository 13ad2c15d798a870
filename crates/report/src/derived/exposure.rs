//! Doors that were opened: a sensitive service that refused the internet and now answers it.

use crate::analysis::{Analysis, Talk, moment};
use crate::knowledge;
use detect::finding::{bytes, query, row, some};
use detect::{Finding, Severity};
use std::collections::BTreeMap;

/// Denials that show that a door was closed, at least.
const CLOSED_RECORDS_MIN: u64 = 3;
/// Records are windows: a denial may end this long after the door was opened.
const WINDOW_SECONDS: u32 = 600;

/// What is known of a sensitive service of ours.
#[derive(Default)]
struct Door<'a> {
    denied: u64,
    first_denied: u32,
    last_denied: u32,
    opened: u32,
    last: u32,
    guests: Vec<&'a Talk>,
}

/// A sensitive service that refused the internet, and from some moment on answers it.
pub(super) fn opened(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut doors: BTreeMap<(u32, u16, u8), Door<'_>> = BTreeMap::new();
    for talk in analysis.talks.iter().filter(|talk| analysis.is_inbound(talk)) {
        if !knowledge::is_sensitive(talk.port, talk.proto) || analysis.host(talk.server).is_many {
            continue;
        }
        let fresh = Door { first_denied: u32::MAX, opened: u32::MAX, ..Door::default() };
        let door = doors.entry((talk.server, talk.port, talk.proto)).or_insert(fresh);
        door.denied += u64::from(talk.denied);
        door.first_denied = door.first_denied.min(talk.first_denied);
        door.last_denied = door.last_denied.max(talk.last_denied);
        if talk.is_answered() {
            door.opened = door.opened.min(talk.first_allowed);
            door.last = door.last.max(talk.last_allowed);
            door.guests.push(talk);
        }
    }
    let was_opened = |door: &Door<'_>| {
        !door.guests.is_empty()
            && door.denied >= CLOSED_RECORDS_MIN
            // Closed for longer than a window: within one, denials and acceptances have no order.
            && door.first_denied.saturating_add(WINDOW_SECONDS) < door.opened
            && door.last_denied <= door.opened.saturating_add(WINDOW_SECONDS)
    };
    let opened = doors.iter().filter(|(_, door)| was_opened(door));
    opened.map(|(&(server, ..), door)| change(analysis, server, door)).collect()
}

fn change(analysis: &Analysis<'_>, server: u32, door: &Door<'_>) -> Finding {
    let entity = analysis.text(server);
    let talk = door.guests[0];
    let name = talk.service_label();
    let service = format!("{}/{}", knowledge::protocol_name(talk.proto), talk.port);
    let guests: Vec<String> = door.guests.iter().map(|talk| analysis.text(talk.client)).collect();
    Finding {
        title: format!("{name} of {entity} was opened to the internet; {} clients have been answered", guests.len()),
        severity: Severity::High,
        confidence: if door.denied >= 10 { 0.9 } else { 0.7 },
        first_seen: door.opened,
        last_seen: door.last,
        evidence: vec![
            row("last denied", moment(door.last_denied)),
            row("first answered", moment(door.opened)),
            row("denied records before", door.denied),
            row("clients answered", some(&guests)),
            row("moved in all", bytes(door.guests.iter().map(|talk| talk.bytes()).sum())),
        ],
        explain: vec![("denied records before it was opened; from 10 on sure".to_owned(), door.denied as f64)],
        attack: "T1562.007".to_owned(),
        next_step: format!(
            "Find who changed the security group or firewall rule between {} and {} and close it; who used it: {}",
            moment(door.last_denied),
            moment(door.opened),
            query(&format!(
                "SELECT src_ip, min(time_start) AS first, count(*) AS records, sum(bytes) AS bytes FROM flows WHERE dst_ip = '{entity}' AND dst_port = {} AND verdict = 'allowed' AND NOT is_private(src_ip) GROUP BY 1 ORDER BY bytes DESC",
                talk.port
            ))
        ),
        weight: door.guests.len() as u64,
        peers: vec![service.clone()],
        ..Finding::about("exposure.opened", entity, &service)
    }
}
