//! Packets whose source cannot be who sent them: addresses that no host on the internet has, and sources that are not ours on
//! their way out (RFC 2827, 3704, 6890).

use super::draft;
use super::subnet::Subnet;
use crate::finding::{Finding, Severity, row, some};
use crate::ground::{Conversation, Estate, Outcome, Sign};
use enrich::AddressClass;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

const TCP: u8 = 6;
const UDP: u8 = 17;
/// Without a type a packet of ICMP may be an error of a router: those have any address.
const PINGS: [(u8, u16); 2] = [(1, 8), (58, 128)];
/// Whoever has no address yet asks for one (BOOTP, DHCPv6).
const ASKING_FOR_ADDRESSES: [u16; 4] = [67, 68, 546, 547];
/// Packets each way of a conversation that is real: who forges his address does not hear the answer.
const REAL_PACKETS_MIN: u64 = 4;
/// Fewer packets are a stray one and its repetitions.
const PACKETS_MIN: u64 = 3;

/// Why nobody has such a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Bogon {
    /// Of a class that is never routed; reserved blocks apart by their first byte.
    Special(AddressClass, u8),
    /// Private, at a public address, of a network that nobody here speaks with.
    Private,
    /// The receiver's own address and port.
    Own,
}

impl Bogon {
    fn name(self) -> &'static str {
        match self {
            Bogon::Special(class, _) => class.name(),
            Bogon::Private => "private, and of no network known here",
            Bogon::Own => "the receiver's own",
        }
    }
}

fn class(address: IpAddr) -> AddressClass {
    AddressClass::of_ip(address)
}

/// The class of an address that no packet on a network has as its source.
fn special(address: IpAddr) -> Option<Bogon> {
    use AddressClass as C;
    let first = match address {
        IpAddr::V4(v4) => v4.octets()[0],
        IpAddr::V6(v6) => v6.octets()[0],
    };
    match class(address) {
        class @ C::Reserved => Some(Bogon::Special(class, first)),
        class @ (C::Documentation | C::Loopback | C::Multicast | C::Broadcast | C::Unspecified) => {
            Some(Bogon::Special(class, 0))
        }
        _ => None,
    }
}

fn is_private(address: IpAddr) -> bool {
    matches!(class(address), AddressClass::Private | AddressClass::CarrierNat | AddressClass::UniqueLocal)
}

/// A site: /16, or /48.
fn site(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits() >> 16),
        IpAddr::V6(v6) => !(v6.to_bits() >> 80),
    }
}

/// What of odd addresses is really in use here: laboratories take any block for their internet, carriers and clouds use
/// reserved ones inside.
#[derive(Default)]
struct InUse {
    special: HashSet<Bogon>,
    sites: HashSet<u128>,
    /// Hosts that somebody outside calls.
    facing: HashSet<u32>,
}

impl InUse {
    fn of(estate: &Estate) -> InUse {
        let mut used = InUse::default();
        for talk in &estate.conversations {
            let [client, server] = [talk.client, talk.server].map(|place| estate.host(place).address);
            if class(client) == AddressClass::Public {
                used.facing.insert(talk.server);
            }
            if is_real(talk) {
                used.special.extend(special(client));
                used.sites.extend(Some(client).filter(|address| is_private(*address)).map(site));
            }
            if talk.best.is_success() {
                used.special.extend(special(server));
                used.sites.extend(Some(server).filter(|address| is_private(*address)).map(site));
            }
        }
        used
    }
}

/// Both sides heard each other.
fn is_real(talk: &Conversation) -> bool {
    let totals = &talk.totals;
    talk.proto == TCP
        && talk.best == Outcome::Established
        && totals.up_packets.min(totals.down_packets) >= REAL_PACKETS_MIN
}

/// Who sent, and to whom, where only one of them did: of a conversation whose ports lie the client is the receiver.
fn sender(talk: &Conversation) -> Option<(u32, u32)> {
    match (talk.totals.up_packets, talk.totals.down_packets) {
        (0, 1..) => Some((talk.server, talk.client)),
        (1.., _) => Some((talk.client, talk.server)),
        _ => Some((talk.client, talk.server)).filter(|_| talk.signs.has(Sign::DENIED)),
    }
}

/// Is it to a host, and by a protocol that says who sent it?
fn is_to_host(estate: &Estate, talk: &Conversation, target: u32) -> bool {
    use AddressClass as C;
    let is_host = matches!(class(estate.host(target).address), C::Private | C::CarrierNat | C::UniqueLocal | C::Public);
    let is_known = match talk.proto {
        TCP => true,
        UDP => !ASKING_FOR_ADDRESSES.contains(&talk.port),
        proto => PINGS.contains(&(proto, talk.port)),
    };
    is_host && is_known && !talk.signs.has(Sign::NOTICE)
}

fn bogon(estate: &Estate, talk: &Conversation, (source, target): (u32, u32), used: &InUse) -> Option<Bogon> {
    let (from, to) = (estate.host(source).address, estate.host(target));
    if let Some(bogon) = special(from) {
        return Some(bogon).filter(|bogon| !used.special.contains(bogon));
    }
    if source == target {
        let is_land = talk.proto == TCP && talk.records.iter().all(|record| record.client_port == talk.port);
        return Some(Bogon::Own).filter(|_| is_land && !talk.best.is_success());
    }
    let is_public = to.is_inside && class(to.address) == AddressClass::Public && used.facing.contains(&target);
    let is_strange = is_private(from) && !used.sites.contains(&site(from)) && !talk.best.is_success();
    Some(Bogon::Private).filter(|_| is_public && is_strange)
}

/// Packets of impossible sources to one subnet.
#[derive(Default)]
struct Strays<'a> {
    talks: Vec<&'a Conversation>,
    kinds: BTreeMap<Bogon, BTreeSet<u32>>,
    targets: BTreeSet<u32>,
}

/// Sources that cannot be, one finding for each subnet that they sent to.
pub(super) fn bogons(estate: &Estate) -> Vec<Finding> {
    let used = InUse::of(estate);
    let mut subnets: BTreeMap<Subnet, Strays<'_>> = BTreeMap::new();
    for talk in &estate.conversations {
        let Some(ends) = sender(talk) else { continue };
        if !is_to_host(estate, talk, ends.1) {
            continue;
        }
        if let Some(kind) = bogon(estate, talk, ends, &used) {
            let strays = subnets.entry(Subnet::of(estate.host(ends.1).address)).or_default();
            strays.talks.push(talk);
            strays.kinds.entry(kind).or_default().insert(ends.0);
            strays.targets.insert(ends.1);
        }
    }
    subnets.into_iter().filter_map(|(subnet, strays)| stray(estate, subnet, &strays)).collect()
}

fn stray(estate: &Estate, subnet: Subnet, strays: &Strays<'_>) -> Option<Finding> {
    let talks = &strays.talks;
    let packets = |talk: &&Conversation| talk.totals.up_packets.saturating_add(talk.totals.down_packets).max(1);
    let packets: u64 = talks.iter().map(packets).fold(0, u64::saturating_add);
    if packets < PACKETS_MIN {
        return None;
    }
    let is_let_in = talks.iter().any(|talk| talk.best != Outcome::Denied);
    let sources: BTreeSet<u32> = strays.kinds.values().flatten().copied().collect();
    let entity = match strays.targets.first() {
        Some(one) if strays.targets.len() == 1 => estate.text(*one),
        _ => subnet.to_string(),
    };
    let severity = if is_let_in { Severity::Low } else { Severity::Info };
    let mut finding = draft(entity.clone(), "", severity, 0.7);
    finding.peers = sources.iter().map(|place| estate.text(*place)).collect();
    finding.title = format!("{entity} got packets from {} that no host there can have", addresses(&finding.peers));
    finding.first_seen = talks.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.evidence = (strays.kinds.iter())
        .map(|(kind, sources)| {
            let texts: Vec<String> = sources.iter().map(|place| estate.text(*place)).collect();
            row(kind.name(), some(&texts))
        })
        .collect();
    finding.evidence.push(row("packets", packets));
    finding.evidence.push(row("let in", if is_let_in { "yes" } else { "no, all were turned away" }));
    finding.explain = vec![("sources".to_owned(), sources.len() as f64)];
    finding.next_step = "Drop such sources where packets come in (RFC 3704), and look from which interface or neighbour they come: somebody forges them, or a network is wrongly numbered.".to_owned();
    finding.weight = packets;
    Some(finding)
}

fn addresses(sources: &[String]) -> String {
    match sources {
        [one] => format!("the address {one}"),
        many => format!("{} addresses", many.len()),
    }
}

/// So many sources in five minutes at one port of one target. What knocks at any address of the internet (its background
/// noise) is some ten a minute, over all ports.
const FORGED_SOURCES_MIN: usize = 100;
const FORGED_WITHIN_S: u32 = 300;
/// Conversations of ours that work, to know which traffic here is ours; one in so many may be of strangers.
const OURS_MIN: u64 = 20;
const STRANGERS_MAX: u64 = 100;

/// Floods between strangers, seen in a network through which nobody else's traffic passes: one of ours forges the sources.
pub(super) fn forged(estate: &Estate) -> Vec<Finding> {
    let is_stranger = |place: u32| {
        let host = estate.host(place);
        !host.is_inside && class(host.address) == AddressClass::Public
    };
    let is_strangers = |talk: &Conversation| is_stranger(talk.client) && is_stranger(talk.server);
    let (mut ours, mut strangers, mut alive) = (0_u64, 0_u64, HashSet::new());
    for talk in estate.conversations.iter().filter(|talk| talk.best.is_success()) {
        match is_strangers(talk) {
            true => strangers += 1,
            false => ours += 1,
        }
        alive.extend([talk.client, talk.server]);
    }
    if ours < OURS_MIN || strangers.saturating_mul(STRANGERS_MAX) > ours {
        return Vec::new();
    }
    let mut floods: HashMap<(u32, u8, u16), Vec<&Conversation>> = HashMap::new();
    let is_unheard = |talk: &&Conversation| {
        let is_nobody = !alive.contains(&talk.client) && !alive.contains(&talk.server);
        is_nobody && talk.is_attempt() && talk.totals.down_packets == 0 && is_strangers(talk)
    };
    for talk in estate.conversations.iter().filter(is_unheard) {
        floods.entry((talk.server, talk.proto, talk.port)).or_default().push(talk);
    }
    let mut found: Vec<_> = floods.into_iter().filter(|(_, talks)| is_flood(talks)).collect();
    found.sort_unstable_by_key(|(service, _)| *service);
    found.into_iter().map(|(service, talks)| flood(estate, service, &talks)).collect()
}

fn is_flood(talks: &[&Conversation]) -> bool {
    let mut begins: Vec<u32> = talks.iter().map(|talk| talk.first).collect();
    begins.sort_unstable();
    begins.windows(FORGED_SOURCES_MIN).any(|most| most[FORGED_SOURCES_MIN - 1] - most[0] <= FORGED_WITHIN_S)
}

fn flood(estate: &Estate, (server, proto, port): (u32, u8, u16), talks: &[&Conversation]) -> Finding {
    let (target, service) = (estate.text(server), super::service(proto, port));
    let mut finding = draft(target.clone(), &service, Severity::Medium, 0.7);
    let packets = talks.iter().fold(0_u64, |sum, talk| sum.saturating_add(talk.totals.up_packets));
    let sources = talks.len();
    finding.title = format!("{sources} sources that are not ours flood {target} {service} from our network: forged");
    finding.first_seen = talks.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.peers = talks.iter().take(estate.limits.peers_max).map(|talk| estate.text(talk.client)).collect();
    finding.peers_total = sources as u64;
    finding.evidence = vec![row("sources", sources), row("packets", packets), row("service", service)];
    finding.explain = vec![("sources".to_owned(), sources as f64)];
    finding.next_step = "Find the machine behind it by interface or hardware address, since its own does not show; let only your own sources out (RFC 2827).".to_owned();
    finding.weight = packets;
    finding
}
