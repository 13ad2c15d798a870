//! What a list is worth, guessed from its name; a table, so that the guess can be read and disputed.

use super::{List, ListFormat};

/// How much a hit is worth. The order is the order of worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// Not hostile by itself: Tor, VPN, proxies, known mass scanners. Says what the other end is.
    Context,
    /// Hosts that attack at large: scanners, brute force, compromised machines. Inbound noise, outbound a hint.
    Low,
    /// Bad neighbourhoods and mixed lists: hijacked networks, miners, lists agreed on by several sources.
    Medium,
    /// Command and control, malware, named intrusions: an outbound hit deserves a person.
    High,
}

impl Tier {
    /// The name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Context => "context",
            Tier::Low => "low",
            Tier::Medium => "medium",
            Tier::High => "high",
        }
    }
}

/// What the entries of a list do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// They are matched.
    Match,
    /// They are not matched; they are told with the hits of other lists and by `Intel::annotations`.
    Annotate,
    /// They keep the entries of other lists from being matched.
    Suppress,
}

/// What the addresses of a list are said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Topic {
    /// The list does not say.
    Unknown,
    /// Command and control servers.
    CommandAndControl,
    /// Servers and infrastructure of malware or a named intrusion.
    Malware,
    /// Mining pools.
    Mining,
    /// Ransomware.
    Ransomware,
    /// Phishing.
    Phishing,
    /// Spam sources.
    Spam,
    /// Networks hijacked or leased by criminals.
    Hijacked,
    /// Machines that were broken into.
    Compromised,
    /// Scanners and brute force.
    Attacker,
    /// Known scanners of the whole internet, research among them.
    MassScanner,
    /// Services for tunnels over DNS.
    DnsTunnel,
    /// Tor, and the list does not say whether relays or exits.
    Tor,
    /// Relays of Tor, guards among them: who calls one uses Tor.
    TorRelay,
    /// Exits of Tor: who comes from one hides. They are relays too.
    TorExit,
    /// VPN providers and hosting.
    Vpn,
    /// Proxies.
    Proxy,
    /// A cloud's own ranges.
    Cloud,
    /// Shared front ends: content delivery, large web services.
    SharedFrontEnd,
    /// Public resolvers.
    PublicDns,
    /// Private or special space.
    SpecialSpace,
}

impl Topic {
    /// The name shown to people and used in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Unknown => "unknown",
            Topic::CommandAndControl => "c2",
            Topic::Malware => "malware",
            Topic::Mining => "mining",
            Topic::Ransomware => "ransomware",
            Topic::Phishing => "phishing",
            Topic::Spam => "spam",
            Topic::Hijacked => "hijacked",
            Topic::Compromised => "compromised",
            Topic::Attacker => "attacker",
            Topic::MassScanner => "mass_scanner",
            Topic::DnsTunnel => "dns_tunnel",
            Topic::Tor => "tor",
            Topic::TorRelay => "tor_relay",
            Topic::TorExit => "tor_exit",
            Topic::Vpn => "vpn",
            Topic::Proxy => "proxy",
            Topic::Cloud => "cloud",
            Topic::SharedFrontEnd => "shared_front_end",
            Topic::PublicDns => "public_dns",
            Topic::SpecialSpace => "special_space",
        }
    }
}

/// Sets role, tier and topic: by the first row that fits the name, else the title, else by the format.
pub(super) fn guess(list: &mut List) {
    let name = words(&list.name);
    let title = words(list.title.as_deref().unwrap_or_default());
    if list.format == ListFormat::MispWarningList {
        let row = WARNING_LISTS.iter().find(|row| name.contains(row.0) || title.contains(row.0));
        (list.role, list.topic) = row.map_or((Role::Annotate, Topic::Unknown), |row| (row.1, row.2));
        list.tier = Tier::Context;
        return;
    }
    // What the Tor project says of itself needs no name.
    if matches!(list.format, ListFormat::TorExits | ListFormat::TorConsensus) || list.topic == Topic::TorRelay {
        list.tier = Tier::Context;
        return;
    }
    // A named intrusion stays one, whatever its story is called ("compromised web sites ...").
    if matches!(list.format, ListFormat::Stix | ListFormat::MispEvent) {
        (list.tier, list.topic) = (Tier::High, Topic::Malware);
        return;
    }
    let find = |text: &str| LISTS.iter().find(|row| text.contains(row.0)).map(|row| (row.1, row.2));
    (list.tier, list.topic) = find(&name).or_else(|| find(&title)).unwrap_or(match list.format {
        ListFormat::Maltrail => (Tier::Medium, Topic::Malware),
        ListFormat::SpamhausDrop => (Tier::Medium, Topic::Hijacked),
        ListFormat::CrowdSec | ListFormat::AlienVault => (Tier::Low, Topic::Attacker),
        _ => (Tier::Medium, Topic::Unknown),
    });
}

/// Lower case, every run of other characters one blank, a blank at either end: `" tor exit nodes lst "`.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for c in text.chars() {
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// Part of a list's name or title (in the form of [`words`]; a blank marks the edge of a word) and what follows from it.
#[rustfmt::skip]
const LISTS: &[(&str, Tier, Topic)] = &[
    // Context before everything: "tor exit nodes seen attacking" is still Tor.
    (" mass scanner", Tier::Context, Topic::MassScanner),
    (" shodan", Tier::Context, Topic::MassScanner),
    (" censys", Tier::Context, Topic::MassScanner),
    (" tor exit", Tier::Context, Topic::TorExit),
    (" torexit", Tier::Context, Topic::TorExit),
    (" tor bulk exit", Tier::Context, Topic::TorExit),
    (" torbulkexit", Tier::Context, Topic::TorExit),
    (" exit node", Tier::Context, Topic::TorExit),
    (" exitnode", Tier::Context, Topic::TorExit),
    (" exit addresses", Tier::Context, Topic::TorExit),
    (" tor node", Tier::Context, Topic::TorRelay),
    (" tornode", Tier::Context, Topic::TorRelay),
    (" tor relay", Tier::Context, Topic::TorRelay),
    (" torrelay", Tier::Context, Topic::TorRelay),
    (" tor guard", Tier::Context, Topic::TorRelay),
    (" tor entry", Tier::Context, Topic::TorRelay),
    (" tor bridge", Tier::Context, Topic::TorRelay),
    (" onionoo", Tier::Context, Topic::TorRelay),
    (" tor ", Tier::Context, Topic::Tor),
    (" torlist", Tier::Context, Topic::Tor),
    (" onion", Tier::Context, Topic::Tor),
    (" vpn", Tier::Context, Topic::Vpn),
    (" proxy", Tier::Context, Topic::Proxy),
    (" proxies", Tier::Context, Topic::Proxy),
    (" socks", Tier::Context, Topic::Proxy),
    (" anonym", Tier::Context, Topic::Proxy),
    // Command and control, malware.
    (" feodo", Tier::High, Topic::CommandAndControl),
    (" sslbl", Tier::High, Topic::CommandAndControl),
    (" sslip", Tier::High, Topic::CommandAndControl),
    (" ssl ipbl", Tier::High, Topic::CommandAndControl),
    (" cobalt", Tier::High, Topic::CommandAndControl),
    (" c2", Tier::High, Topic::CommandAndControl),
    (" cnc", Tier::High, Topic::CommandAndControl),
    (" command and control", Tier::High, Topic::CommandAndControl),
    (" botnet", Tier::High, Topic::CommandAndControl),
    (" threatfox", Tier::High, Topic::Malware),
    (" urlhaus", Tier::High, Topic::Malware),
    (" ransom", Tier::High, Topic::Ransomware),
    (" malware", Tier::High, Topic::Malware),
    (" apt", Tier::High, Topic::Malware),
    // Agreement of many lists.
    (" ipsum level8", Tier::High, Topic::Attacker),
    (" ipsum level7", Tier::High, Topic::Attacker),
    (" ipsum level6", Tier::Medium, Topic::Attacker),
    (" ipsum level5", Tier::Medium, Topic::Attacker),
    (" ipsum level4", Tier::Medium, Topic::Attacker),
    (" ipsum level3", Tier::Medium, Topic::Attacker),
    (" ipsum", Tier::Low, Topic::Attacker),
    (" firehol level1", Tier::Medium, Topic::Hijacked),
    (" firehol", Tier::Low, Topic::Attacker),
    // In between.
    (" miner", Tier::Medium, Topic::Mining),
    (" mining", Tier::Medium, Topic::Mining),
    (" crypto", Tier::Medium, Topic::Mining),
    (" stratum", Tier::Medium, Topic::Mining),
    (" phish", Tier::Medium, Topic::Phishing),
    (" drop", Tier::Medium, Topic::Hijacked),
    (" edrop", Tier::Medium, Topic::Hijacked),
    (" asn drop", Tier::Medium, Topic::Hijacked),
    (" hijack", Tier::Medium, Topic::Hijacked),
    (" outbound", Tier::Medium, Topic::Malware),
    (" dns tunnel", Tier::Medium, Topic::DnsTunnel),
    // Attackers at large.
    (" compromised", Tier::Low, Topic::Compromised),
    (" sans", Tier::Low, Topic::Attacker),
    (" dshield", Tier::Low, Topic::Attacker),
    (" alienvault", Tier::Low, Topic::Attacker),
    (" reputation", Tier::Low, Topic::Attacker),
    (" binarydefense", Tier::Low, Topic::Attacker),
    (" banlist", Tier::Low, Topic::Attacker),
    (" log4j", Tier::Low, Topic::Attacker),
    (" blocklist de", Tier::Low, Topic::Attacker),
    (" greensnow", Tier::Low, Topic::Attacker),
    (" bruteforce", Tier::Low, Topic::Attacker),
    (" brute force", Tier::Low, Topic::Attacker),
    (" scan", Tier::Low, Topic::Attacker),
    (" attack", Tier::Low, Topic::Attacker),
    (" inbound", Tier::Low, Topic::Attacker),
    (" crowdsec", Tier::Low, Topic::Attacker),
    (" fail2ban", Tier::Low, Topic::Attacker),
    (" honeypot", Tier::Low, Topic::Attacker),
    (" spam ", Tier::Low, Topic::Spam),
    (" stopforumspam", Tier::Low, Topic::Spam),
];

/// The same for MISP warning lists. Shared front ends and resolvers suppress: thousands of unrelated services share one
/// address there, so a listed address says nothing. A cloud's or a hoster's ranges only annotate: real command and
/// control servers are rented there.
#[rustfmt::skip]
const WARNING_LISTS: &[(&str, Role, Topic)] = &[
    (" public dns", Role::Suppress, Topic::PublicDns),
    (" dns resolvers", Role::Suppress, Topic::PublicDns),
    (" rfc", Role::Suppress, Topic::SpecialSpace),
    (" bogon", Role::Suppress, Topic::SpecialSpace),
    (" multicast", Role::Suppress, Topic::SpecialSpace),
    (" cloudflare", Role::Suppress, Topic::SharedFrontEnd),
    (" fastly", Role::Suppress, Topic::SharedFrontEnd),
    (" akamai", Role::Suppress, Topic::SharedFrontEnd),
    (" cdn", Role::Suppress, Topic::SharedFrontEnd),
    (" office365", Role::Suppress, Topic::SharedFrontEnd),
    (" office 365", Role::Suppress, Topic::SharedFrontEnd),
    (" vpn", Role::Annotate, Topic::Vpn),
    (" tenable", Role::Annotate, Topic::MassScanner),
    (" scanner", Role::Annotate, Topic::MassScanner),
    (" censys", Role::Annotate, Topic::MassScanner),
    (" amazon", Role::Annotate, Topic::Cloud),
    (" azure", Role::Annotate, Topic::Cloud),
    (" gcp", Role::Annotate, Topic::Cloud),
    (" google cloud", Role::Annotate, Topic::Cloud),
    (" oracle cloud", Role::Annotate, Topic::Cloud),
    (" ovh", Role::Annotate, Topic::Cloud),
    (" digitalocean", Role::Annotate, Topic::Cloud),
    (" tor exit", Role::Annotate, Topic::TorExit),
    (" tor ", Role::Annotate, Topic::Tor),
];
