//! Scans: one source and many targets, many ports, both, or many protocols; and sources of one network that share one.

use super::sampling::{Sampling, is_answer_only, is_bare, is_partial};
use super::sprt::{Contacts, THRESHOLD, Walk, burst, confidence, step, walk};
use super::subnet::Subnet;
use super::{draft, service};
use crate::finding::{Finding, Severity, duration, moment, row, some};
use crate::ground::{Conversation, Estate, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// A scan has at least so many targets that failed.
const TARGETS_MIN: usize = 5;
/// ... or ports.
const PORTS_MIN: usize = 8;
/// Protocols that are no everyday ones.
const PROTOCOLS_MIN: usize = 4;
/// A scan of ports at several targets has both, at least so many.
const BLOCK_SIDES_MIN: usize = 4;
/// Where traceroute sends its datagrams: 33434 and up.
const TRACEROUTE_PORTS: std::ops::RangeInclusive<u16> = 33_434..=33_534;
/// A swarm's peers that answer, and what one sends at least.
const SWARM_ANSWERED: f64 = 0.15;
const SWARM_BYTES_MIN: u64 = 10_000;
/// Members of a shared scan.
const MEMBERS_MIN: usize = 3;
/// Slower than one target a minute is slow.
const SLOW_S: u32 = 60;

/// The estate, and what its log shows of contacts if it is a sampled one.
struct Ground<'a> {
    estate: &'a Estate,
    sampling: Option<Sampling<'a>>,
}

impl<'a> Ground<'a> {
    fn of(estate: &'a Estate) -> Ground<'a> {
        Ground { estate, sampling: Sampling::of(estate) }
    }

    /// A scan among the contacts of a client.
    fn scan(&self, mut contacts: Contacts<'a>, failed_min: usize) -> Option<(Walk, Contacts<'a>)> {
        sort(&mut contacts);
        let walks = match &self.sampling {
            Some(sampling) => sampling.walks(contacts),
            None => vec![contacts],
        };
        walks.into_iter().find_map(|contacts| scan(contacts, failed_min))
    }
}

fn sort(contacts: &mut Contacts<'_>) {
    contacts.sort_by_key(|(talk, _)| (talk.first, talk.server, talk.proto, talk.port, talk.client));
}

/// The rise of a walk over contacts in order, if it ends above the threshold with enough that failed.
fn scan(contacts: Contacts<'_>, failed_min: usize) -> Option<(Walk, Contacts<'_>)> {
    let steps: Vec<(u32, f64)> = contacts.iter().map(|(talk, step)| (talk.first, *step)).collect();
    // Who is answered all the time has many lone packets in any five minutes of a sampled log.
    let sure = || contacts.iter().map(|(talk, step)| (talk.first, if is_partial(talk) { 0.0 } else { *step }));
    let walks = [walk(&steps), burst(&sure().collect::<Vec<_>>())];
    let walk = walks.into_iter().find(|walk| walk.score >= THRESHOLD)?;
    let rise: Contacts<'_> = contacts[walk.from..=walk.to].to_vec();
    let failed = rise.iter().filter(|(_, step)| *step > 0.0).count();
    (failed >= failed_min).then_some((walk, rise))
}

/// The most distinct contacts within so many seconds.
fn densest(rise: &Contacts<'_>, seconds: u32) -> usize {
    let mut start = 0;
    let mut most = 0;
    for end in 0..rise.len() {
        while rise[end].0.first - rise[start].0.first > seconds {
            start += 1;
        }
        most = most.max(end + 1 - start);
    }
    most
}

fn attempts(talks: &[Conversation]) -> impl Iterator<Item = &Conversation> {
    talks.iter().filter(|talk| talk.is_attempt())
}

/// What the client tried, though a sampled log may show the answer only.
fn contacts(talks: &[Conversation]) -> impl Iterator<Item = (&Conversation, f64)> {
    talks.iter().filter(|talk| talk.is_attempt() || is_answer_only(talk)).map(|talk| (talk, step(talk)))
}

/// Where datagrams are not let through, a browser asks the same port of the same server over TCP (RFC 9000, HTTP/3): that was
/// reached, so nothing failed.
fn is_fallback(talks: &[Conversation], talk: &Conversation) -> bool {
    let reached = (talk.server, 6, talk.port);
    let place_of = |other: &Conversation| (other.server, other.proto, other.port);
    talk.proto == 17
        && talk.is_failure()
        && talks.binary_search_by_key(&reached, place_of).is_ok_and(|place| talks[place].best == Outcome::Established)
}

/// The contacts of a client by protocol and port.
fn by_service(talks: &[Conversation]) -> BTreeMap<(u8, u16), Contacts<'_>> {
    let mut services: BTreeMap<(u8, u16), Contacts<'_>> = BTreeMap::new();
    for contact in contacts(talks).filter(|contact| !is_fallback(talks, contact.0)) {
        services.entry((contact.0.proto, contact.0.port)).or_default().push(contact);
    }
    services
}

/// One source, one port, many targets. A source that scans several ports has one finding.
pub(super) fn horizontal(estate: &Estate) -> Vec<Finding> {
    let ground = Ground::of(estate);
    let clients = estate.by_client().filter(|talks| talks.len() >= TARGETS_MIN);
    clients.filter_map(|talks| horizontal_of(&ground, talks)).collect()
}

fn horizontal_of<'a>(ground: &Ground<'a>, talks: &'a [Conversation]) -> Option<Finding> {
    let services = by_service(talks).into_iter().filter(|(_, contacts)| contacts.len() >= TARGETS_MIN);
    let mut scans: Vec<_> =
        services.filter_map(|(service, contacts)| Some((service, ground.scan(contacts, TARGETS_MIN)?))).collect();
    scans.sort_by_key(|(service, (_, rise))| (std::cmp::Reverse(rise.len()), *service));
    let ((proto, port), (walk, _)) = scans.first()?;
    let ports: Vec<String> = scans
        .iter()
        .map(|((proto, port), (_, rise))| format!("{} at {} targets", service(*proto, *port), rise.len()))
        .collect();
    let all: Contacts<'_> = scans.iter().flat_map(|(_, (_, rise))| rise.iter().copied()).collect();
    let mut finding = told(ground.estate, &all, walk);
    let targets = finding.peers_total;
    finding.id = String::new();
    finding.title = format!("{} scanned {} at {targets} targets", finding.entity, service(*proto, *port));
    if scans.len() > 1 {
        finding.title =
            format!("{} scanned {} services at {targets} targets: {}", finding.entity, scans.len(), some(&ports));
    }
    finding.evidence.insert(0, row("services", ports.join(", ")));
    Some(finding)
}

/// What every scan tells: who, whom, how fast, how sure.
fn told(estate: &Estate, rise: &Contacts<'_>, walk: &Walk) -> Finding {
    let mut rise = rise.clone();
    rise.sort_by_key(|(talk, _)| talk.first);
    let client = rise[0].0.client;
    let targets: BTreeSet<u32> = rise.iter().map(|(talk, _)| talk.server).collect();
    let failed = rise.iter().filter(|(talk, _)| talk.is_failure()).count();
    let opened = rise.iter().filter(|(talk, _)| talk.best.is_success() || is_answer_only(talk)).count();
    let is_inside = estate.host(client).is_inside;
    let mut finding = draft(estate.text(client), "", severity(is_inside, rise[0].0.proto), confidence(walk.score));
    finding.first_seen = rise[0].0.first;
    finding.last_seen = rise.iter().map(|(talk, _)| talk.first).max().unwrap_or(finding.first_seen);
    let span = finding.last_seen - finding.first_seen;
    let pace = span / rise.len() as u32;
    finding.evidence = vec![
        row("contacts", rise.len()),
        row("failed", failed),
        row("answered", opened),
        row("pace", format!("{}one about every {}", if pace >= SLOW_S { "slow, " } else { "" }, duration(pace.into()))),
        row("most in 5 min, 1 h, 24 h", [300, 3_600, 86_400].map(|s| densest(&rise, s).to_string()).join(", ")),
        row("between", format!("{} and {}", moment(finding.first_seen), moment(finding.last_seen))),
    ];
    finding.explain = vec![
        ("log-likelihood of a scanner".to_owned(), walk.score),
        ("threshold, for one false alarm in 100,000".to_owned(), THRESHOLD),
    ];
    finding.peers_total = targets.len() as u64;
    finding.peers = targets.iter().take(estate.limits.peers_max).map(|place| estate.text(*place)).collect();
    finding.next_step = match is_inside {
        true => format!("Find out what runs on {}: a machine of ours scans. Look at what answered it.", finding.entity),
        false => "Look at what answered, and whether it should be reachable from there.".to_owned(),
    };
    finding.attack = if is_inside { "T1046".to_owned() } else { "T1595".to_owned() };
    finding.weight = rise.len() as u64;
    finding.campaign = match is_inside {
        true => format!("hosts of ours that scan {}", service(rise[0].0.proto, rise[0].0.port)),
        false => "scans from outside".to_owned(),
    };
    finding
}

/// A machine of ours that scans is compromised, or an administrator's; UDP and ICMP fail for other reasons too.
fn severity(is_inside: bool, proto: u8) -> Severity {
    match (is_inside, proto) {
        (true, 6) => Severity::High,
        (true, _) | (false, 6) => Severity::Medium,
        _ => Severity::Low,
    }
}

/// One port more for each hop.
fn is_traceroute(talk: &Conversation) -> bool {
    talk.proto == 17 && TRACEROUTE_PORTS.contains(&talk.port)
}

/// Contacts of one client and one server, as steps for many ports.
fn by_port(talks: &[Conversation]) -> Contacts<'_> {
    let has_port = |talk: &Conversation| talk.port != 0 && talk.proto != 1 && talk.proto != 58;
    contacts(talks).filter(|(talk, _)| has_port(talk) && !is_traceroute(talk)).collect()
}

fn ports_scan<'a>(ground: &Ground<'a>, talks: &'a [Conversation]) -> Option<(Walk, Contacts<'a>)> {
    let mut contacts = by_port(talks);
    sort(&mut contacts);
    if let Some(sampling) = &ground.sampling {
        contacts = sampling.plain(contacts);
    }
    // An open port is none against it; where answers are lost, data both ways is no scan's.
    contacts
        .iter_mut()
        .filter(|(talk, _)| !is_partial(talk) || is_bare(talk))
        .for_each(|contact| contact.1 = contact.1.max(0.0));
    scan(contacts, PORTS_MIN)
}

/// One source, one target, many ports.
pub(super) fn vertical(estate: &Estate) -> Vec<Finding> {
    let ground = Ground::of(estate);
    let pairs = estate.conversations.chunk_by(|a, b| (a.client, a.server) == (b.client, b.server));
    pairs.filter(|talks| talks.len() >= PORTS_MIN).filter_map(|talks| vertical_of(&ground, talks)).collect()
}

fn vertical_of<'a>(ground: &Ground<'a>, talks: &'a [Conversation]) -> Option<Finding> {
    let (walk, rise) = ports_scan(ground, talks)?;
    let mut finding = told(ground.estate, &rise, &walk);
    finding.title = format!("{} scanned {} ports of {}", finding.entity, rise.len(), finding.peers[0]);
    finding.id = finding.peers[0].clone();
    finding.evidence.insert(0, row("ports", port_list(&rise)));
    let open: Vec<String> = rise
        .iter()
        .filter(|(talk, _)| talk.best.is_success())
        .map(|(talk, _)| service(talk.proto, talk.port))
        .collect();
    if !open.is_empty() {
        finding.evidence.push(row("open", some(&open)));
    }
    Some(finding)
}

fn port_list(rise: &Contacts<'_>) -> String {
    let ports: BTreeSet<(u8, u16)> = rise.iter().map(|(talk, _)| (talk.proto, talk.port)).collect();
    some(&ports.iter().map(|(proto, port)| service(*proto, *port)).collect::<Vec<_>>())
}

/// One source, several targets, several ports, none of them enough alone.
pub(super) fn block(estate: &Estate) -> Vec<Finding> {
    let ground = Ground::of(estate);
    let clients = estate.by_client().filter(|talks| talks.len() >= 2 * BLOCK_SIDES_MIN);
    clients.filter_map(|talks| block_of(&ground, talks)).collect()
}

fn block_of<'a>(ground: &Ground<'a>, talks: &'a [Conversation]) -> Option<Finding> {
    let (walk, rise) = ground.scan(contacts(talks).collect(), 2 * PORTS_MIN)?;
    let targets: BTreeSet<u32> = rise.iter().map(|(talk, _)| talk.server).collect();
    let ports: BTreeSet<(u8, u16)> = rise.iter().map(|(talk, _)| (talk.proto, talk.port)).collect();
    let is_block = targets.len() >= BLOCK_SIDES_MIN && ports.len() >= BLOCK_SIDES_MIN;
    if !is_block || is_swarm(&rise) || horizontal_of(ground, talks).is_some() || has_vertical(ground, talks) {
        return None;
    }
    let mut finding = told(ground.estate, &rise, &walk);
    finding.title = format!("{} scanned {} ports at {} targets", finding.entity, ports.len(), targets.len());
    finding.evidence.insert(0, row("ports", port_list(&rise)));
    Some(finding)
}

/// Peers of a swarm (BitTorrent and its like): each at a port of its own, and many of them answer with data.
fn is_swarm(rise: &Contacts<'_>) -> bool {
    let places: BTreeSet<(u32, u16)> = rise.iter().map(|(talk, _)| (talk.server, talk.port)).collect();
    let peers: BTreeSet<u32> = rise.iter().map(|(talk, _)| talk.server).collect();
    let is_peer = |talk: &Conversation| talk.best == Outcome::Established && talk.totals.down_bytes >= SWARM_BYTES_MIN;
    let answered = rise.iter().filter(|(talk, _)| is_peer(talk)).count();
    let one_port_each = places.len() as f64 <= peers.len() as f64 * 1.2;
    one_port_each && answered as f64 >= rise.len() as f64 * SWARM_ANSWERED
}

fn has_vertical<'a>(ground: &Ground<'a>, talks: &'a [Conversation]) -> bool {
    talks.chunk_by(|a, b| a.server == b.server).any(|pair| ports_scan(ground, pair).is_some())
}

/// One source, one target, many IP protocols.
pub(super) fn protocols(estate: &Estate) -> Vec<Finding> {
    let pairs = estate.conversations.chunk_by(|a, b| (a.client, a.server) == (b.client, b.server));
    pairs.filter_map(|talks| protocols_of(estate, talks)).collect()
}

fn protocols_of(estate: &Estate, talks: &[Conversation]) -> Option<Finding> {
    let odd: Vec<&Conversation> = attempts(talks).filter(|talk| ![1, 6, 17, 58, 255].contains(&talk.proto)).collect();
    let protocols: BTreeSet<u8> = odd.iter().map(|talk| talk.proto).collect();
    if protocols.len() < PROTOCOLS_MIN {
        return None;
    }
    let contacts: Contacts<'_> = odd.iter().map(|talk| (*talk, 1.0)).collect();
    let walk = Walk { score: THRESHOLD + protocols.len() as f64, from: 0, to: 0 };
    let mut finding = told(estate, &contacts, &walk);
    finding.title = format!("{} tried {} IP protocols at {}", finding.entity, protocols.len(), finding.peers[0]);
    finding.id = finding.peers[0].clone();
    finding.evidence.insert(0, row("protocols", some(&protocols.iter().map(u8::to_string).collect::<Vec<_>>())));
    finding.explain = vec![("IP protocols that are no everyday ones".to_owned(), protocols.len() as f64)];
    Some(finding)
}

/// Sources of one network outside that share the targets or ports of a scan: none of them is enough alone.
pub(super) fn distributed(estate: &Estate) -> Vec<Finding> {
    let ground = Ground::of(estate);
    let mut networks: BTreeMap<Subnet, Vec<&[Conversation]>> = BTreeMap::new();
    for talks in estate.by_client().filter(|talks| !estate.host(talks[0].client).is_inside) {
        networks.entry(Subnet::of(estate.host(talks[0].client).address)).or_default().push(talks);
    }
    networks.into_iter().filter_map(|(name, members)| distributed_of(&ground, &name.to_string(), &members)).collect()
}

fn distributed_of<'a>(ground: &Ground<'a>, name: &str, members: &[&'a [Conversation]]) -> Option<Finding> {
    if members.len() < MEMBERS_MIN {
        return None;
    }
    // A target and port counts once, whoever tried it.
    let mut targets: BTreeMap<(u32, u8, u16), &Conversation> = BTreeMap::new();
    for (talk, _) in members.iter().flat_map(|talks| contacts(talks)) {
        let first = targets.entry((talk.server, talk.proto, talk.port)).or_insert(talk);
        if (talk.first, talk.client) < (first.first, first.client) {
            *first = talk;
        }
    }
    let mut contacts: Contacts<'_> = targets.into_values().map(|talk| (talk, step(talk))).collect();
    sort(&mut contacts);
    if let Some(sampling) = &ground.sampling {
        contacts = sampling.plain(contacts);
    }
    let (walk, rise) = scan(contacts, 2 * PORTS_MIN)?;
    let sources: BTreeSet<u32> = rise.iter().map(|(talk, _)| talk.client).collect();
    let largest = sources.iter().map(|source| rise.iter().filter(|(talk, _)| talk.client == *source).count()).max()?;
    // One of them did most of it: that is its own scan.
    if sources.len() < MEMBERS_MIN || largest * 2 > rise.len() {
        return None;
    }
    let mut finding = told(ground.estate, &rise, &walk);
    finding.title = format!("{} sources of {name} shared a scan of {} targets and ports", sources.len(), rise.len());
    finding.entity = name.to_owned();
    finding.severity = Severity::Low;
    finding.peers = sources.iter().map(|place| ground.estate.text(*place)).collect();
    finding.peers_total = sources.len() as u64;
    finding.evidence.insert(0, row("ports", port_list(&rise)));
    finding.campaign = "shared scans from outside".to_owned();
    Some(finding)
}

/// Did it fail at everything of the port it tried? For those who link scans.
pub(super) fn failed_targets<'a>(talks: &'a [Conversation]) -> BTreeMap<(u8, u16), Vec<&'a Conversation>> {
    let mut services: BTreeMap<(u8, u16), Vec<&'a Conversation>> = BTreeMap::new();
    for talk in attempts(talks).filter(|talk| talk.is_failure() || talk.best == Outcome::Probed) {
        services.entry((talk.proto, talk.port)).or_default().push(talk);
    }
    services
}
