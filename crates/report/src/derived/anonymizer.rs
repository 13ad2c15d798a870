//! Tor, VPN providers and open proxies: who of ours goes through them, and who comes through them to a login.

use crate::analysis::{Analysis, Anonymizer, Hiding};
use crate::knowledge;
use detect::finding::{bytes, query, row, some};
use detect::{Finding, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// An answer of a relay begins with the certificates of TLS, that of a login with its banner and keys.
const ANSWER_BYTES_MIN: u64 = 1_000;
/// Sources take their ports from here on (RFC 6056): what is "called" there may be the caller.
const EPHEMERAL_PORT_MIN: u16 = 32_768;
/// A host that so many relays call, and that calls as many, is one of them.
const RELAYS_OF_A_RELAY: usize = 10;
/// A guess moves a few kilobytes; one record of more is a session.
const SESSION_BYTES_MIN: u64 = 50_000;
/// Where open proxies listen, if the list does not say.
const PROXY_PORTS: &[u16] = &[1080, 3128, 4145, 8081, 8118, 8123, 8888, 9050, 9150];
/// (protocol, port) of VPNs: ESP, GRE, IKE, WireGuard, OpenVPN, L2TP, PPTP.
const VPN_SERVICES: &[(u8, u16)] =
    &[(50, 0), (47, 0), (17, 500), (17, 4500), (17, 51_820), (17, 1194), (6, 1194), (17, 1701), (6, 1723)];
/// Peers named in one finding.
const PEERS_MAX: usize = 20;

/// What one host of ours has with services of one kind.
type ByHost<'a> = BTreeMap<u32, Vec<&'a Hiding>>;

/// Hosts of ours that use Tor.
pub(super) fn tor(analysis: &Analysis<'_>) -> Vec<Finding> {
    let is_use =
        |hiding: &Hiding| hiding.kinds.keys().any(|kind| kind.is_tor()) && hiding.talk.proto == 6 && was_called(hiding);
    by_client(analysis, is_use).into_iter().map(|(host, uses)| uses_tor(analysis, host, &uses)).collect()
}

/// Hosts of ours in a tunnel of a VPN provider.
pub(super) fn vpn(analysis: &Analysis<'_>) -> Vec<Finding> {
    let is_use = |hiding: &Hiding| {
        let service = (hiding.talk.proto, hiding.talk.port().unwrap_or(0));
        hiding.kinds.keys().any(|kind| kind.is_vpn()) && hiding.talk.is_answered() && VPN_SERVICES.contains(&service)
    };
    let told = |(host, uses): (u32, Vec<&Hiding>)| {
        let (entity, servers) = (analysis.text(host), peers(analysis, &uses));
        Finding {
            title: format!("{entity} has a tunnel to a VPN provider: {}", some(&servers)),
            severity: Severity::Low,
            confidence: 0.6,
            attack: "T1572".to_owned(),
            next_step: format!("Ask who needs another way out than yours. {}", who_else(&servers)),
            ..outward(analysis, "proxy.vpn", host, &uses)
        }
    };
    by_client(analysis, is_use).into_iter().map(told).collect()
}

/// Hosts of ours that go through open proxies.
pub(super) fn open(analysis: &Analysis<'_>) -> Vec<Finding> {
    let is_use = |hiding: &Hiding| {
        let is_proxy = hiding.is_at_its_port || PROXY_PORTS.contains(&hiding.talk.port);
        hiding.kinds.contains_key(&Anonymizer::Proxy) && hiding.talk.proto == 6 && hiding.talk.is_answered() && is_proxy
    };
    let told = |(host, uses): (u32, Vec<&Hiding>)| {
        let (entity, servers) = (analysis.text(host), peers(analysis, &uses));
        Finding {
            title: format!("{entity} goes through an open proxy: {}", some(&servers)),
            severity: Severity::Low,
            confidence: 0.6,
            attack: "T1090".to_owned(),
            next_step: format!("Find the program that is set to it. {}", who_else(&servers)),
            ..outward(analysis, "proxy.open", host, &uses)
        }
    };
    by_client(analysis, is_use).into_iter().map(told).collect()
}

/// Visitors through Tor, a VPN or a proxy whom a login of ours answered: one per service.
pub(super) fn visitors(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut services: BTreeMap<(u32, u16, u8), Vec<&Hiding>> = BTreeMap::new();
    for hiding in &analysis.hiding {
        let talk = &hiding.talk;
        let was_heard = talk.is_answered() && talk.to_client.min(talk.to_server) >= ANSWER_BYTES_MIN;
        let lets_out = hiding.kinds.keys().any(|kind| kind.lets_out());
        if analysis.is_inbound(talk) && lets_out && was_heard && knowledge::is_sensitive(talk.port, talk.proto) {
            services.entry((talk.server, talk.port, talk.proto)).or_default().push(hiding);
        }
    }
    services.into_values().map(|visits| visited(analysis, &visits)).collect()
}

fn by_client<'a>(analysis: &'a Analysis<'_>, is_use: impl Fn(&Hiding) -> bool) -> ByHost<'a> {
    let mut hosts: ByHost<'a> = BTreeMap::new();
    for hiding in analysis.hiding.iter().filter(|hiding| analysis.is_outbound(&hiding.talk) && is_use(hiding)) {
        hosts.entry(hiding.talk.client).or_default().push(hiding);
    }
    hosts
}

/// Is it sure enough that ours called, and not the other way round?
fn was_called(hiding: &Hiding) -> bool {
    hiding.talk.marks.is_certain() || hiding.is_at_its_port || hiding.talk.port < EPHEMERAL_PORT_MIN
}

fn is_served(hiding: &&&Hiding) -> bool {
    hiding.talk.is_answered() && hiding.talk.to_client >= ANSWER_BYTES_MIN
}

fn uses_tor(analysis: &Analysis<'_>, host: u32, uses: &[&Hiding]) -> Finding {
    let served: Vec<&Hiding> = uses.iter().filter(is_served).copied().collect();
    let relays = peers(analysis, if served.is_empty() { uses } else { &served });
    let is_relay_listed = uses.iter().any(|hiding| hiding.kinds.keys().any(|kind| *kind == Anonymizer::TorRelay));
    let entity = analysis.text(host);
    let does = match () {
        () if served.is_empty() => "tries in vain to reach Tor",
        () if relays.len() >= RELAYS_OF_A_RELAY && callers(analysis, host) >= RELAYS_OF_A_RELAY => {
            "is a relay of Tor, as it seems: it calls relays and they call it"
        }
        () => "uses Tor",
    };
    Finding {
        title: format!("{entity} {does}: {}", some(&relays)),
        severity: if served.is_empty() { Severity::Low } else { Severity::Medium },
        // Nobody but a client of Tor calls a guard; at an exit's address there may be something else.
        confidence: if is_relay_listed || relays.len() > 1 { 0.85 } else { 0.6 },
        attack: "T1090.003".to_owned(),
        next_step: format!(
            "Ask who of {entity} wants to hide where he goes; malware takes Tor for its orders. {}",
            who_else(&relays)
        ),
        ..outward(analysis, "proxy.tor", host, uses)
    }
}

/// How many nodes of Tor were answered by a host of ours.
fn callers(analysis: &Analysis<'_>, host: u32) -> usize {
    let called = analysis.hiding.iter().filter(|hiding| {
        hiding.talk.server == host && hiding.talk.is_answered() && hiding.kinds.keys().any(|kind| kind.is_tor())
    });
    called.map(|hiding| hiding.talk.client).collect::<BTreeSet<_>>().len()
}

/// What findings about a host of ours that calls such services have in common.
fn outward(analysis: &Analysis<'_>, detector: &str, host: u32, uses: &[&Hiding]) -> Finding {
    let servers = peers(analysis, uses);
    let sum = |count: fn(&Hiding) -> u64| uses.iter().map(|hiding| count(hiding)).sum::<u64>();
    let ports: BTreeSet<String> = uses.iter().map(|hiding| hiding.talk.service_label()).collect();
    Finding {
        peers_total: servers.len() as u64,
        first_seen: uses.iter().map(|hiding| hiding.talk.span().0).min().unwrap_or(0),
        last_seen: uses.iter().map(|hiding| hiding.talk.span().1).max().unwrap_or(0),
        evidence: vec![
            row("listed as", listed_as(uses)),
            row("servers", servers.len()),
            row("at", some(&ports.into_iter().collect::<Vec<_>>())),
            row("sent", bytes(sum(|hiding| hiding.talk.to_server))),
            row("received", bytes(sum(|hiding| hiding.talk.to_client))),
        ],
        explain: vec![
            ("listed servers".to_owned(), servers.len() as f64),
            ("of them answered".to_owned(), uses.iter().filter(is_served).count() as f64),
        ],
        weight: sum(|hiding| hiding.talk.bytes()),
        peers: servers.into_iter().take(PEERS_MAX).collect(),
        ..Finding::about(detector, analysis.text(host), "")
    }
}

fn visited(analysis: &Analysis<'_>, visits: &[&Hiding]) -> Finding {
    let talk = &visits[0].talk;
    let (entity, service) = (analysis.text(talk.server), talk.service_label());
    let clients: BTreeSet<String> = visits.iter().map(|hiding| analysis.text(hiding.talk.client)).collect();
    let clients: Vec<String> = clients.into_iter().collect();
    let most = visits.iter().map(|hiding| hiding.talk.bytes() / u64::from(hiding.talk.allowed.max(1))).max();
    let most = most.unwrap_or(0);
    let through = listed_as(visits);
    Finding {
        title: format!("{service} of {entity} answered visitors who hide who they are: {}", some(&clients)),
        severity: if most >= SESSION_BYTES_MIN { Severity::Medium } else { Severity::Low },
        confidence: if most >= SESSION_BYTES_MIN { 0.7 } else { 0.5 },
        peers_total: clients.len() as u64,
        first_seen: visits.iter().map(|hiding| hiding.talk.first_allowed).min().unwrap_or(0),
        last_seen: visits.iter().map(|hiding| hiding.talk.last_allowed).max().unwrap_or(0),
        evidence: vec![
            row("listed as", through),
            row("visitors", clients.len()),
            row("records", visits.iter().map(|hiding| u64::from(hiding.talk.allowed)).sum::<u64>()),
            row("most in one record", bytes(most)),
        ],
        explain: vec![("bytes of the largest record".to_owned(), most as f64)],
        attack: "T1090.003".to_owned(),
        next_step: format!(
            "Look into the log of {service} on {entity} for logins from them; nobody of yours needs to come this way. {}",
            query(&format!(
                "SELECT src_ip, count(*) AS records, sum(bytes) AS bytes FROM flows WHERE dst_ip = '{entity}' AND dst_port = {} GROUP BY 1 ORDER BY 3 DESC",
                talk.port
            ))
        ),
        weight: visits.iter().map(|hiding| hiding.talk.bytes()).sum(),
        peers: clients.into_iter().take(PEERS_MAX).collect(),
        ..Finding::about("proxy.visitor", entity, &service)
    }
}

/// The servers outside, each once.
fn peers(analysis: &Analysis<'_>, uses: &[&Hiding]) -> Vec<String> {
    let servers: BTreeSet<u32> = uses.iter().map(|hiding| hiding.talk.server).collect();
    servers.into_iter().map(|server| analysis.text(server)).collect()
}

/// `Tor exit (tor-exit-nodes.lst), Tor relay (tor-nodes.lst)`.
fn listed_as(uses: &[&Hiding]) -> String {
    let kinds: BTreeMap<Anonymizer, &str> =
        uses.iter().flat_map(|hiding| hiding.kinds.iter().map(|(kind, list)| (*kind, list.as_str()))).collect();
    let texts: Vec<String> = kinds.into_iter().map(|(kind, list)| format!("{} ({list})", kind.name())).collect();
    texts.join(", ")
}

/// A query for others that go there.
fn who_else(servers: &[String]) -> String {
    let servers: Vec<String> = servers.iter().take(PEERS_MAX).map(|server| format!("'{server}'")).collect();
    let sql = format!(
        "SELECT src_ip, dst_ip, dst_port, min(time_start) AS first, sum(bytes) AS bytes FROM flows WHERE dst_ip IN ({}) GROUP BY 1, 2, 3 ORDER BY first",
        servers.join(", ")
    );
    format!("See who else goes there: {}", query(&sql))
}
