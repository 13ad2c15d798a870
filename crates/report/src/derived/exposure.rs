//! Doors to the internet: a sensitive service that refused it and now answers it, and one that it really uses.

use crate::analysis::{Analysis, Talk, moment};
use crate::knowledge;
use detect::finding::{bytes, query, row, some};
use detect::{Finding, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Denials that show that a door was closed, at least.
const CLOSED_RECORDS_MIN: u64 = 3;
/// Records are windows: a denial may end this long after the door was opened.
const WINDOW_SECONDS: u32 = 600;

/// Clients that are named.
const PEERS_MAX: usize = 20;

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
    let doors = doors(analysis);
    let opened = doors.iter().filter(|(_, door)| door.was_opened());
    opened.map(|(&(server, ..), door)| change(analysis, server, door)).collect()
}

/// A sensitive service that the internet reached and used, and that is not told as opened.
pub(super) fn reached(analysis: &Analysis<'_>) -> Vec<Finding> {
    let doors = doors(analysis);
    let used = doors.iter().filter(|(_, door)| !door.was_opened());
    let told = |(&(server, port, _), door): (&(u32, u16, u8), &Door<'_>)| {
        let guests: Vec<&Talk> = door.guests.iter().copied().filter(|talk| is_used(analysis, talk)).collect();
        let kind = Use::of(port).filter(|_| !guests.is_empty())?;
        Some(use_of(analysis, server, kind, door, &guests))
    };
    used.filter_map(told).collect()
}

/// Sensitive services of ours, and who of the internet was answered by them.
fn doors<'a>(analysis: &'a Analysis<'_>) -> BTreeMap<(u32, u16, u8), Door<'a>> {
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
    doors
}

impl Door<'_> {
    fn was_opened(&self) -> bool {
        !self.guests.is_empty()
            && self.denied >= CLOSED_RECORDS_MIN
            // Closed for longer than a window: within one, denials and acceptances have no order.
            && self.first_denied.saturating_add(WINDOW_SECONDS) < self.opened
            && self.last_denied <= self.opened.saturating_add(WINDOW_SECONDS)
    }
}

/// What it means that somebody outside uses a service.
#[derive(Clone, Copy)]
struct Use {
    /// Bytes of the server in each record of a use. Scanners read a banner and a certificate, guesses fail in 2 to 4 kB.
    record_bytes_min: u64,
    severity: Severity,
    attack: &'static str,
    next_step: &'static str,
}

/// Where a login comes before everything else: what is refused is small.
const LOGINS: &[u16] = &[22, 23, 445, 512, 513, 514, 2376, 3389, 5900, 5985, 5986, 6443, 10250];
/// Told by `exposure.cleartext`: what they serve may well be for everybody.
const TOLD_AS_CLEARTEXT: &[u16] = &[21, 161, 389];

impl Use {
    /// What the use of a sensitive port means; `None` where another finding tells it.
    fn of(port: u16) -> Option<Use> {
        let login = Use {
            record_bytes_min: 5_000,
            severity: Severity::Medium,
            attack: "T1133",
            next_step: "Let in only the addresses that need it, or put it behind a VPN or a bastion.",
        };
        match port {
            // Encrypted, and meant for it on a bastion: good to know.
            22 => Some(Use { severity: Severity::Low, ..login }),
            port if TOLD_AS_CLEARTEXT.contains(&port) => None,
            port if LOGINS.contains(&port) => Some(login),
            _ => Some(Use {
                record_bytes_min: 1_000,
                attack: "T1190",
                next_step: "Take it off the internet: only its own clients should reach it.",
                ..login
            }),
        }
    }
}

/// Did somebody of the internet get more from a sensitive service than a banner or a refusal?
pub(super) fn is_used(analysis: &Analysis<'_>, talk: &Talk) -> bool {
    let (client, server) = (analysis.host(talk.client), analysis.host(talk.server));
    let is_stranger = analysis.is_inbound(talk) && !client.is_many && !knowledge::is_platform(client.ip);
    let is_enough = |kind: Use| talk.to_client >= kind.record_bytes_min.saturating_mul(u64::from(talk.allowed));
    let is_open = knowledge::is_sensitive(talk.port, talk.proto) && talk.is_answered() && !server.is_many;
    is_open && is_stranger && !is_neighbour(client.ip, server.ip) && Use::of(talk.port).is_some_and(is_enough)
}

/// Are both of one IPv6 network (/48)? Hosts of ours without records of their own look like the internet there.
fn is_neighbour(one: IpAddr, other: IpAddr) -> bool {
    matches!((one, other), (IpAddr::V6(one), IpAddr::V6(other)) if one.segments()[..3] == other.segments()[..3])
}

fn use_of(analysis: &Analysis<'_>, server: u32, kind: Use, door: &Door<'_>, guests: &[&Talk]) -> Finding {
    let (entity, talk) = (analysis.text(server), guests[0]);
    let (name, service) = (talk.service_label(), format!("{}/{}", knowledge::protocol_name(talk.proto), talk.port));
    let mut heaviest = guests.to_vec();
    heaviest.sort_by_key(|talk| (std::cmp::Reverse(talk.bytes()), talk.client));
    let clients: Vec<String> = heaviest.iter().map(|talk| analysis.text(talk.client)).collect();
    let moved: u64 = guests.iter().map(|talk| talk.bytes()).sum();
    let who = if clients.len() == 1 { clients[0].clone() } else { format!("{} clients", clients.len()) };
    Finding {
        title: format!("{name} of {entity} is open to the internet and used by {who}: {}", bytes(moved)),
        severity: kind.severity,
        confidence: 0.8,
        first_seen: guests.iter().map(|talk| talk.first_allowed).min().unwrap_or(0),
        last_seen: guests.iter().map(|talk| talk.last_allowed).max().unwrap_or(0),
        evidence: vec![
            row("clients that used it", some(&clients)),
            row("moved in all", bytes(moved)),
            row("clients that only knocked", door.guests.len() - guests.len()),
            row("denied records", door.denied),
        ],
        explain: vec![("clients that got more than a banner or a refusal".to_owned(), guests.len() as f64)],
        attack: kind.attack.to_owned(),
        next_step: format!(
            "{} Who used it: {}",
            kind.next_step,
            query(&format!(
                "SELECT src_ip, min(time_start) AS first, count(*) AS records, sum(bytes) AS bytes FROM flows WHERE dst_ip = '{entity}' AND dst_port = {} AND verdict = 'allowed' AND NOT is_private(src_ip) GROUP BY 1 ORDER BY bytes DESC",
                talk.port
            ))
        ),
        weight: moved,
        peers_total: clients.len() as u64,
        peers: clients.into_iter().take(PEERS_MAX).collect(),
        campaign: name,
        ..Finding::about("exposure.reached", entity, &service)
    }
}

/// Who guesses logins of a service is told by that: he has reached it.
pub(super) fn leave_out_guessed(findings: &mut Vec<Finding>) {
    let mut guessed: BTreeSet<(String, String)> = BTreeSet::new();
    for finding in findings.iter() {
        let Some(login) = finding.detector.strip_prefix("bruteforce.") else { continue };
        let ends = std::iter::once(&finding.entity).chain(&finding.peers);
        guessed.extend(ends.map(|end| (end.clone(), login.to_owned())));
    }
    let is_guessed = |finding: &Finding| {
        let of = |login: &str| guessed.contains(&(finding.entity.clone(), login.to_owned()));
        finding.detector == "exposure.reached" && (of(&finding.campaign) || of("login"))
    };
    findings.retain(|finding| !is_guessed(finding));
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
