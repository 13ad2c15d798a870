//! Ways in: guessed logins, and doors that were opened.

use super::{Draft, Severity, bytes, query, row, some};
use crate::analysis::{Analysis, Talk, moment};
use crate::fold::contacts::Contacts;
use crate::{knowledge, time};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Logins of one client at one service, at least.
const TRIES_MIN: u32 = 10;
/// Guessing clients of one service that are one campaign.
const CAMPAIGN_SOURCES_MIN: usize = 3;
/// ... from inside, where people and programs work.
const TRIES_INSIDE_MIN: u32 = 100;
/// The share of records of the usual size, at least.
const SAME_SIZE_MIN: f64 = 0.7;
/// A usual try stays below this many bytes per record.
const TRY_BYTES_MAX: u64 = 65_536;
/// A session that is this many times larger than a try is another thing.
const SESSION_FACTOR: u64 = 16;
/// Denials that show that a door was closed, at least.
const CLOSED_RECORDS_MIN: u64 = 3;
/// Records are windows: a denial may end this long after the door was opened.
const WINDOW_SECONDS: u32 = 600;

/// Many short logins of one client at one service.
struct Guessing<'a> {
    talk: &'a Talk<'a>,
    contacts: &'a Contacts,
    login: &'static str,
    tries: u32,
    /// The share of records of the usual size, and the bytes those stay below.
    usual: (f64, u64),
    span: (u32, u32),
    has_succeeded: bool,
}

/// Guessed logins: who seems to have succeeded by itself, the others of a service together.
pub(super) fn bruteforce(analysis: &Analysis<'_>) -> Vec<Draft> {
    let (succeeded, tried): (Vec<_>, Vec<_>) =
        analysis.singles().filter_map(|talk| guessing(analysis, talk)).partition(|guessing| guessing.has_succeeded);
    let mut services: BTreeMap<(u32, u16), Vec<Guessing<'_>>> = BTreeMap::new();
    for guessing in tried {
        services.entry((guessing.talk.server, guessing.talk.port)).or_default().push(guessing);
    }
    let mut drafts: Vec<Draft> = succeeded.iter().map(|guessing| guesses(analysis, guessing)).collect();
    for sources in services.values() {
        match sources.len() {
            ..CAMPAIGN_SOURCES_MIN => drafts.extend(sources.iter().map(|guessing| guesses(analysis, guessing))),
            _ => drafts.push(campaign(analysis, sources)),
        }
    }
    drafts
}

fn guessing<'a>(analysis: &Analysis<'_>, talk: &'a Talk<'a>) -> Option<Guessing<'a>> {
    let contacts = talk.contacts?;
    let (_, login) = knowledge::LOGINS.iter().find(|row| row.0 == talk.port && talk.proto == 6)?;
    let is_inside = analysis.host(talk.client).is_inside;
    let is_database = [1433, 3306, 5432].contains(&talk.port);
    let least = if is_inside { TRIES_INSIDE_MIN } else { TRIES_MIN };
    let usual = contacts.typical_size();
    let tries = contacts.exchanges;
    let is_program = is_inside && (is_database || contacts.gap_mean_and_spread().1 < 0.2);
    if is_program || tries < least || usual.0 < SAME_SIZE_MIN || usual.1 > TRY_BYTES_MAX || !talk.is_answered() {
        return None;
    }
    let span = contacts.span()?;
    let (largest, at) = contacts.largest;
    let has_succeeded = largest > usual.1 * SESSION_FACTOR && at > span.0;
    Some(Guessing { talk, contacts, login, tries, usual, span, has_succeeded })
}

fn guesses(analysis: &Analysis<'_>, guessing: &Guessing<'_>) -> Draft {
    let Guessing { talk, contacts, login, tries, usual: (share, below), span: (first, last), has_succeeded } =
        *guessing;
    let (largest, at) = contacts.largest;
    let (entity, server, name) = (analysis.text(talk.client), analysis.text(talk.server), talk.service_label());
    let mut evidence = vec![
        row("logins", tries),
        row("between", format!("{} and {}", moment(first), moment(last))),
        row("one about every", time::duration(u64::from(last - first) / u64::from(tries.max(2) - 1))),
        row("records of the usual size", format!("{:.0} %, below {}", share * 100.0, bytes(below))),
    ];
    if talk.denied > 0 {
        evidence.push(row("denied before", format!("{} records from {}", talk.denied, moment(talk.first_denied))));
    }
    if has_succeeded {
        evidence.push(row("then a session", format!("{} in one record at {}", bytes(largest), moment(at))));
        evidence.push(row(
            "moved in all",
            format!("{} to the server, {} back", bytes(talk.to_server), bytes(talk.to_client)),
        ));
    }
    let since = moment(if has_succeeded { at } else { first });
    Draft {
        detector: format!("bruteforce.{login}"),
        title: match has_succeeded {
            true => format!("{entity} guessed {name} logins of {server} {tries} times, and one seems to have worked"),
            false => format!("{entity} guessed {name} logins of {server} {tries} times"),
        },
        severity: if has_succeeded { Severity::Critical } else { Severity::High },
        confidence: if has_succeeded { 0.85 } else { 0.75 },
        peers: vec![server.clone()],
        span: talk.span(),
        evidence,
        attack: "T1110.001".into(),
        next_step: next_of(&server, &since),
        weight: u64::from(tries),
        entity,
    }
}

/// Many clients that guess logins of one service: one story with its members.
fn campaign(analysis: &Analysis<'_>, sources: &[Guessing<'_>]) -> Draft {
    let Guessing { talk, login, .. } = sources[0];
    let (server, name) = (analysis.text(talk.server), talk.service_label());
    let tries: u64 = sources.iter().map(|guessing| u64::from(guessing.tries)).sum();
    let span = sources
        .iter()
        .fold((u32::MAX, 0), |span, guessing| (span.0.min(guessing.talk.span().0), span.1.max(guessing.talk.span().1)));
    let mut busiest: Vec<&Guessing<'_>> = sources.iter().collect();
    busiest.sort_by_key(|guessing| (Reverse(guessing.tries), guessing.talk.client));
    let told = |guessing: &&Guessing<'_>| format!("{} ({})", analysis.text(guessing.talk.client), guessing.tries);
    Draft {
        detector: format!("bruteforce.{login}"),
        title: format!("{} addresses guessed {name} logins of {server}, {tries} times in all", sources.len()),
        severity: Severity::High,
        confidence: 0.8,
        peers: busiest.iter().map(|guessing| analysis.text(guessing.talk.client)).collect(),
        span,
        evidence: vec![
            row("addresses", sources.len()),
            row("logins", tries),
            row("between", format!("{} and {}", moment(span.0), moment(span.1))),
            row("busiest", some(busiest.iter().map(told))),
            row("one that worked", "none seen"),
        ],
        attack: "T1110.003".into(),
        next_step: next_of(&server, &moment(span.0)),
        weight: tries,
        entity: server,
    }
}

fn next_of(server: &str, since: &str) -> String {
    format!(
        "Look at the server's login log from {since} on, and at what it did afterwards: {}",
        query(&format!(
            "SELECT dst_ip, dst_port, min(time_start) AS first, sum(bytes) AS bytes FROM flows WHERE src_ip = '{server}' AND time_start >= '{since}' GROUP BY 1, 2 ORDER BY first"
        ))
    )
}

/// What is known of a sensitive service of ours.
#[derive(Default)]
struct Door<'a> {
    denied: u64,
    first_denied: u32,
    last_denied: u32,
    opened: u32,
    last: u32,
    guests: Vec<&'a Talk<'a>>,
}

/// A sensitive service that refused the internet, and from some moment on answers it.
pub(super) fn opened(analysis: &Analysis<'_>) -> Vec<Draft> {
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

fn change(analysis: &Analysis<'_>, server: u32, door: &Door<'_>) -> Draft {
    let entity = analysis.text(server);
    let talk = door.guests[0];
    let name = talk.service_label();
    let guests: Vec<String> = door.guests.iter().map(|talk| analysis.text(talk.client)).collect();
    Draft {
        detector: "exposure.opened".to_owned(),
        title: format!("{name} of {entity} was opened to the internet; {} clients have been answered", guests.len()),
        severity: Severity::High,
        confidence: if door.denied >= 10 { 0.9 } else { 0.7 },
        peers: vec![format!("{}/{}", knowledge::protocol_name(talk.proto), talk.port)],
        span: (door.opened, door.last),
        evidence: vec![
            row("last denied", moment(door.last_denied)),
            row("first answered", moment(door.opened)),
            row("denied records before", door.denied),
            row("clients answered", some(guests)),
            row("moved in all", bytes(door.guests.iter().map(|talk| talk.bytes()).sum())),
        ],
        attack: "T1562.007".into(),
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
        entity,
    }
}
