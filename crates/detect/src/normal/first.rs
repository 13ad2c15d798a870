//! What a host does for the first time: a service, a client of a service, a server outside.
//!
//! Each conversation is told once, by what is newest about it, and one story is one finding: a service that eighteen
//! clients begin to use is one, and so is a client that begins to use twenty servers.

use super::activity::{Activity, PEERS_MAX, answered, service};
use super::baseline::{Baseline, EntityBaseline, Stories, blank};
use crate::finding::{Finding, Severity, bytes, moment, query, row, some};
use crate::ground::{Conversation, Estate};
use std::collections::{BTreeMap, BTreeSet};

/// Findings name so many peers.
const NAMED_MAX: usize = 20;
/// A history of so long tells what a host never does.
const ROLE_SPAN_S: u32 = 86_400;
/// With so many clients of ours a service is used by whoever wants: one more is nothing.
const OPEN_CLIENTS: usize = 20;
/// What is new to so many servers at once is a service that came to all.
const SERVERS_MANY: usize = 4;
/// Ports of databases.
const DATABASE_PORTS: [u16; 11] = [1433, 1521, 3306, 5432, 5433, 6379, 9042, 9200, 9300, 11211, 27017];
/// Ports by which machines are administered.
const ADMINISTRATION_PORTS: [u16; 13] = [22, 23, 135, 139, 445, 623, 2375, 3389, 5900, 5985, 5986, 6443, 10250];

/// What is newest about a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The server never offered the service.
    Service,
    /// The client never used that service of the server.
    Edge,
    /// The client never used the service.
    Used,
    /// The client never talked to the server, which is outside.
    Peer,
}

/// A conversation that is new by what it is.
struct First<'a> {
    kind: Kind,
    talk: &'a Conversation,
    client: String,
    server: String,
    service: String,
    /// The other clients of the service, as far as they are ours.
    known_clients: usize,
}

/// All first times of a period.
pub(super) fn times(
    baseline: &Baseline,
    estate: &Estate,
    activities: &BTreeMap<String, Activity>,
    stories: &Stories<'_>,
) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        activities.iter().filter_map(|(name, now)| calls_out(name, now, baseline, estate.span)).collect();
    let callers: BTreeSet<String> = found.iter().map(|finding| finding.entity.clone()).collect();
    let firsts = answered(estate).filter_map(|talk| First::of(baseline, estate, talk));
    let mut by_kind: BTreeMap<Kind, Vec<First<'_>>> = BTreeMap::new();
    for first in firsts.filter(|first| !stories.tell(&first.client, &first.server)) {
        // Who called nobody outside and does is told.
        if !(callers.contains(&first.client) && matches!(first.kind, Kind::Used | Kind::Peer)) {
            by_kind.entry(first.kind).or_default().push(first);
        }
    }
    for (kind, firsts) in by_kind {
        found.extend(match kind {
            Kind::Service => services(firsts),
            Kind::Edge => edges(firsts),
            Kind::Used => used(baseline, estate, firsts),
            Kind::Peer => peers(baseline, estate, firsts),
        });
    }
    found
}

impl<'a> First<'a> {
    fn of(baseline: &Baseline, estate: &Estate, talk: &'a Conversation) -> Option<First<'a>> {
        let (client, server, service) = (estate.text(talk.client), estate.text(talk.server), service(talk));
        let known =
            |place: u32, name: &str| estate.host(place).is_inside.then(|| baseline.entities.get(name)).flatten();
        let (of_client, of_server) = (known(talk.client, &client), known(talk.server, &server));
        let (kind, known_clients) = match (of_client, of_server) {
            (_, Some(usual)) if !usual.offered.contains(&service) => (Kind::Service, 0),
            (Some(_), Some(usual)) => {
                // What is everybody's has no list of clients.
                let clients = usual.served.get(&service);
                let is_new = clients.is_none_or(|clients| !clients.is_empty() && !clients.contains(&client));
                (baseline.has_clients && is_new).then(|| (Kind::Edge, clients.map_or(0, BTreeSet::len)))?
            }
            (Some(usual), None) if !usual.used.contains(&service) => (Kind::Used, 0),
            (Some(usual), None) if !estate.host(talk.server).is_inside => {
                let is_new = usual.peers.len() < PEERS_MAX && !usual.peers.contains(&server);
                is_new.then_some((Kind::Peer, 0))?
            }
            _ => return None,
        };
        Some(First { kind, talk, client, server, service, known_clients })
    }
}

/// First times that make one story.
struct Story<'a> {
    firsts: Vec<First<'a>>,
}

impl<'a> Story<'a> {
    /// One for each of what `by` tells apart.
    fn by(firsts: Vec<First<'a>>, by: fn(&First<'_>) -> String) -> Vec<Story<'a>> {
        let mut all: BTreeMap<String, Vec<First<'a>>> = BTreeMap::new();
        firsts.into_iter().for_each(|first| all.entry(by(&first)).or_default().push(first));
        all.into_values().map(|firsts| Story { firsts }).collect()
    }

    fn names(&self, of: for<'b> fn(&'b First<'_>) -> &'b String) -> Vec<String> {
        let names: BTreeSet<&String> = self.firsts.iter().map(of).collect();
        names.into_iter().cloned().collect()
    }

    fn clients(&self) -> Vec<String> {
        self.names(|first| &first.client)
    }

    fn servers(&self) -> Vec<String> {
        self.names(|first| &first.server)
    }

    fn services(&self) -> Vec<String> {
        self.names(|first| &first.service)
    }

    /// Is one of them to a port like these?
    fn has_port(&self, ports: &[u16]) -> bool {
        self.firsts.iter().any(|first| first.talk.proto == 6 && ports.contains(&first.talk.port))
    }

    /// The finding, but for its title.
    fn finding(&self, entity: &str, (detector, severity, attack): (&str, Severity, &str)) -> Finding {
        let talks = || self.firsts.iter().map(|first| first.talk);
        let span =
            (talks().map(|talk| talk.first).min().unwrap_or(0), talks().map(|talk| talk.last).max().unwrap_or(0));
        let moved: u64 = talks().map(|talk| talk.totals.bytes()).fold(0, u64::saturating_add);
        let (clients, servers, services) = (self.clients(), self.servers(), self.services());
        let mut finding = blank(entity, detector, severity, attack, span);
        finding.evidence = vec![
            row("first", moment(span.0)),
            row("clients", some(&clients)),
            row("servers", some(&servers)),
            row("services", some(&services)),
            row("bytes", bytes(moved)),
            row("sessions", talks().map(|talk| talk.sessions_total).sum::<u64>()),
        ];
        finding.explain = vec![("conversations that are new".to_owned(), self.firsts.len() as f64)];
        finding.weight = self.firsts.len() as u64;
        let peers: Vec<String> = [servers, clients].into_iter().flatten().filter(|peer| peer != entity).collect();
        finding.peers_total = peers.len() as u64;
        finding.peers = peers.into_iter().take(NAMED_MAX).collect();
        finding
    }

    /// Who is behind it, and since when.
    fn question(&self) -> String {
        let first = &self.firsts[0];
        let port = first.service.split_once('/').map_or("", |(_, port)| port);
        let ends = match (&self.clients()[..], &self.servers()[..]) {
            ([client], [server]) => format!("src_ip = '{client}' AND dst_ip = '{server}'"),
            ([client], _) => format!("src_ip = '{client}'"),
            (_, [server]) => format!("dst_ip = '{server}'"),
            _ => "1 = 1".to_owned(),
        };
        let port = if matches!(first.talk.proto, 6 | 17) && self.services().len() == 1 {
            format!(" AND dst_port = {port}")
        } else {
            String::new()
        };
        query(&format!(
            "SELECT src_ip, dst_ip, dst_port, min(time_start) AS first, sum(bytes) AS bytes FROM flows WHERE {ends}{port} GROUP BY 1, 2, 3 ORDER BY first"
        ))
    }
}

/// `10.0.0.5`, or `5 of ours`.
fn who(names: &[String], of: &str) -> String {
    match names {
        [one] => one.clone(),
        _ => format!("{} {of}", names.len()),
    }
}

/// Services that servers never offered: one finding for each server, client or service, whichever is one.
fn services(firsts: Vec<First<'_>>) -> Vec<Finding> {
    let by_service = Story::by(firsts, |first| first.service.clone());
    let stories = by_service.into_iter().flat_map(|story| match (story.clients().len(), story.servers().len()) {
        (1, _) | (_, SERVERS_MANY..) => vec![story],
        _ => Story::by(story.firsts, |first| first.server.clone()),
    });
    stories.map(|story| service_told(&story)).collect()
}

fn service_told(story: &Story<'_>) -> Finding {
    let (clients, servers, service) = (story.clients(), story.servers(), &story.firsts[0].service);
    let entity = match (&clients[..], &servers[..]) {
        (_, [server]) => server,
        ([client], _) => client,
        _ => service,
    };
    let mut finding = story.finding(entity, ("normal.first_service", Severity::Medium, "T1543"));
    finding.id = crate::finding::id("normal.first_service", entity, service);
    finding.title = format!(
        "{service} of {} is used for the first time, by {}",
        who(&servers, "servers"),
        who(&clients, "clients")
    );
    finding.next_step =
        format!("Ask whether something was installed on {}. Who uses it: {}", some(&servers), story.question());
    finding
}

/// Clients of ours that never used that service of that server: by the service if several began, else by the client.
fn edges(firsts: Vec<First<'_>>) -> Vec<Finding> {
    let by_service = Story::by(firsts, |first| format!("{} {}", first.server, first.service));
    let (many, few): (Vec<_>, Vec<_>) = by_service.into_iter().partition(|story| story.firsts.len() > 1);
    let few = few.into_iter().flat_map(|story| story.firsts).collect();
    let by_client = Story::by(few, |first| first.client.clone());
    let told_many = many.iter().map(|story| edge_told(story, &story.firsts[0].server));
    told_many.chain(by_client.iter().map(|story| edge_told(story, &story.firsts[0].client))).collect()
}

fn edge_told(story: &Story<'_>, entity: &str) -> Finding {
    let is_open = story.firsts.iter().all(|first| first.known_clients >= OPEN_CLIENTS);
    let is_guarded = story.has_port(&DATABASE_PORTS) || story.has_port(&ADMINISTRATION_PORTS);
    let severity = match (is_open, is_guarded) {
        (true, _) => Severity::Info,
        (_, true) => Severity::Medium,
        _ => Severity::Low,
    };
    let mut finding = story.finding(entity, ("normal.new_edge", severity, "T1021"));
    let (clients, servers, services) = (story.clients(), story.servers(), story.services());
    let tells_apart = if clients.len() > 1 { &services[0] } else { "" };
    finding.id = crate::finding::id("normal.new_edge", entity, tells_apart);
    finding.title = format!(
        "{} {} {} of {} for the first time",
        who(&clients, "of ours"),
        if clients.len() > 1 { "use" } else { "uses" },
        some(&services),
        who(&servers, "servers of ours")
    );
    finding.next_step = format!("Ask what {} wants there: {}", who(&clients, "of them"), story.question());
    finding
}

/// What is new is no habit: in the second half of the history so many were new too.
fn is_habit(new: usize, late: u32, baseline: &Baseline, estate: &Estate) -> bool {
    let half_s = f64::from(baseline.span.1.saturating_sub(baseline.span.0)) / 2.0;
    let now_s = f64::from(estate.span.1.saturating_sub(estate.span.0));
    let expected = f64::from(late) * now_s / half_s.max(1.0);
    // Three standard deviations of a count, and one more.
    late > 0 && (new as f64) <= expected + 3.0 * expected.sqrt() + 1.0
}

/// Services that clients of ours never used: one finding for each service, or for a client with several.
fn used(baseline: &Baseline, estate: &Estate, firsts: Vec<First<'_>>) -> Vec<Finding> {
    let is_told = |story: &Story<'_>| {
        let late = baseline.entities.get(&story.firsts[0].client).map_or(0, |usual| usual.late.used);
        !is_habit(story.services().len(), late, baseline, estate)
    };
    let by_client = Story::by(firsts, |first| first.client.clone()).into_iter().filter(is_told);
    let by_service = Story::by(by_client.flat_map(|story| story.firsts).collect(), |first| first.service.clone());
    let (many, few): (Vec<_>, Vec<_>) = by_service.into_iter().partition(|story| story.clients().len() > 1);
    let few = Story::by(few.into_iter().flat_map(|story| story.firsts).collect(), |first| first.client.clone());
    many.iter().chain(&few).map(used_told).collect()
}

fn used_told(story: &Story<'_>) -> Finding {
    let (clients, servers, services) = (story.clients(), story.servers(), story.services());
    let entity = if let [client] = &clients[..] { client } else { &services[0] };
    let mut finding = story.finding(entity, ("normal.rare_port", Severity::Low, "T1571"));
    finding.title = format!(
        "{} {} {} for the first time, of {}",
        who(&clients, "of ours"),
        if clients.len() > 1 { "use" } else { "uses" },
        some(&services),
        who(&servers, "servers")
    );
    finding.next_step = format!(
        "Ask whether something was changed or installed on {}. What it did: {}",
        some(&clients),
        story.question()
    );
    finding
}

/// Servers outside that are new: for the record, of each client, unless it always has new ones.
fn peers(baseline: &Baseline, estate: &Estate, firsts: Vec<First<'_>>) -> Vec<Finding> {
    let is_told = |story: &Story<'_>| {
        let late = baseline.entities.get(&story.firsts[0].client).map_or(0, |usual| usual.late.peers);
        !is_habit(story.servers().len(), late, baseline, estate)
    };
    let stories = Story::by(firsts, |first| first.client.clone()).into_iter().filter(is_told);
    stories.map(|story| peer_told(&story)).collect()
}

fn peer_told(story: &Story<'_>) -> Finding {
    let (client, servers) = (&story.firsts[0].client, story.servers());
    let mut finding = story.finding(client, ("normal.new_peer", Severity::Info, "T1071"));
    finding.title = format!("{client} talks for the first time to {}", some(&servers));
    finding.next_step =
        format!("Ask whether something was changed or installed on {client}. What it did: {}", story.question());
    finding
}

/// A host that only served until now and calls the internet.
fn calls_out(name: &str, now: &Activity, baseline: &Baseline, span: (u32, u32)) -> Option<Finding> {
    let usual: &EntityBaseline = baseline.entities.get(name)?;
    let is_long = baseline.span.1.saturating_sub(baseline.span.0) >= ROLE_SPAN_S;
    let only_served = usual.peers.is_empty() && !usual.offered.is_empty();
    if !is_long || !only_served || now.habits.peers.is_empty() {
        return None;
    }
    let peers: Vec<String> = now.habits.peers.iter().cloned().collect();
    let mut finding = blank(name, "normal.role", Severity::Medium, "T1078", span);
    finding.title = format!("{name} only served until now and calls the internet: {}", some(&peers));
    let offered: Vec<String> = usual.offered.iter().cloned().collect();
    finding.evidence = vec![row("served", some(&offered)), row("servers outside", peers.len())];
    finding.explain = vec![("servers outside, never before".to_owned(), peers.len() as f64)];
    finding.next_step =
        format!("Find the program on {name} that calls out: a server that was taken over fetches its tools.");
    finding.weight = peers.len() as u64;
    finding.peers_total = peers.len() as u64;
    finding.peers = peers.into_iter().take(NAMED_MAX).collect();
    Some(finding)
}
