//! One indicator as people write it: which kind it is, and its address if it has one.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::prefix::parse_prefix;

/// What one token of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indicator {
    /// An address or prefix, perhaps with the only port it is meant for.
    Net(IpNet, Option<u16>),
    /// All addresses from one to another.
    Range(IpAddr, IpAddr),
    Domain,
    /// A URL whose host is a name.
    Url,
    Hash,
    Email,
    /// The number of an autonomous system, `AS64500`.
    Asn(u32),
    /// Known, and nothing of a network: a CVE.
    Other,
    /// Looks like an address, and is none.
    BadAddress,
    Unknown,
}

/// Reads a token: `1.2.3.4`, `10.0.0.0/8`, `1.2.3.*`, `1.2.3.4-1.2.3.9`, `1.2.3.4-9`, `1.2.3.4:443`,
/// `[2001:db8::1]:443`, `hxxp://1.2.3[.]4/x`, names, hashes, AS numbers.
pub(super) fn read(token: &str) -> Indicator {
    let token = token.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ',' | '`'));
    // CrowdSec's export says which kind it is.
    let kind = token.split_once(':').filter(|(kind, _)| kind.eq_ignore_ascii_case("ip") || *kind == "Range");
    let token = &*refang(kind.map_or(token, |(_, token)| token));
    match address(token) {
        Some(found) => found,
        None => name(token),
    }
}

/// Reads an address alone; zero-padded octets (`001.002.003.004`, as DShield writes them) are decimal.
pub(super) fn ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| padded(text).map(IpAddr::V4))
}

/// Undoes what keeps indicators from being clicked: `1.2.3[.]4`, `evil(.)com`, `hxxps://`, `[:]`.
fn refang(token: &str) -> Cow<'_, str> {
    let defanged =
        token.contains(['[', '(', '{', '\\']) || token.get(..4).is_some_and(|t| t.eq_ignore_ascii_case("hxxp"));
    if !defanged {
        return Cow::Borrowed(token);
    }
    let mut text = token.to_owned();
    for (from, to) in FANGS {
        if text.contains(from) {
            text = text.replace(from, to);
        }
    }
    if text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("hxxp")) {
        text.replace_range(..4, "http");
    }
    Cow::Owned(text)
}

const FANGS: [(&str, &str); 11] = [
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("[.", "."),
    (".]", "."),
    ("\\.", "."),
    ("[://]", "://"),
    ("[:]", ":"),
    ("[/]", "/"),
];

/// The readings that hold an address; `None` if it is something else.
fn address(token: &str) -> Option<Indicator> {
    if let Some((scheme, rest)) = token.split_once("://") {
        return Some(url(scheme, rest));
    }
    if !token.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':' || c == '[') {
        return None;
    }
    if let Some(net) = parse_prefix(token).ok().or_else(|| padded(token).map(|v4| IpAddr::V4(v4).into())) {
        return Some(Indicator::Net(net, None));
    }
    if let Some(net) = token.split_once('/').and_then(|(address, mask)| wildcard_mask(address, mask)) {
        return Some(Indicator::Net(net, None));
    }
    if let Some((from, to)) = token.split_once('-').and_then(|(from, to)| range(from, to)) {
        return Some(Indicator::Range(from, to));
    }
    if let Some(net) = starred(token) {
        return Some(Indicator::Net(net, None));
    }
    if let Some((address, port)) = endpoint(token) {
        return Some(Indicator::Net(address.into(), port));
    }
    let (host, path) = token.split_once('/').unwrap_or((token, ""));
    let numeric = host.bytes().all(|b| b.is_ascii_digit() || b == b'.') && host.contains('.');
    match endpoint(host) {
        _ if path.contains(char::is_whitespace) => None,
        Some(_) if token.contains('/') && path.bytes().all(|b| b.is_ascii_digit()) => Some(Indicator::BadAddress),
        // A URL without its scheme is HTTP.
        Some((address, port)) => Some(Indicator::Net(address.into(), port.or(Some(80)))),
        None if numeric || (host.matches(':').count() > 2) => Some(Indicator::BadAddress),
        None => None,
    }
}

/// First and last address; of the last, its last octet is enough.
fn range(from: &str, to: &str) -> Option<(IpAddr, IpAddr)> {
    let from = ip(from)?;
    let last = match (from, to.trim().parse::<u8>()) {
        (IpAddr::V4(from), Ok(octet)) => {
            let [a, b, c, _] = from.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, octet))
        }
        _ => ip(to)?,
    };
    Some((from, last))
}

/// `45.9.152.*`, `45.9.*.*`, `45.9.*`: whole octets left open.
fn starred(token: &str) -> Option<IpNet> {
    let known = token.trim_end_matches(".*");
    let parts = known.split('.').count();
    if known.len() == token.len() || parts > 3 {
        return None;
    }
    let address: Ipv4Addr = format!("{known}{}", ".0".repeat(4 - parts)).parse().ok()?;
    IpNet::new(address.into(), 8 * parts as u8).ok()
}

/// A network with the bits that may differ, as routers write them: `45.9.148.0 0.0.0.255`.
pub(super) fn wildcard_mask(address: &str, mask: &str) -> Option<IpNet> {
    let address: Ipv4Addr = address.trim().parse().ok()?;
    let open = mask.trim().parse::<Ipv4Addr>().ok()?.to_bits();
    let is_wildcard = open >> 24 == 0 && open & open.wrapping_add(1) == 0;
    let length = is_wildcard.then(|| open.leading_zeros() as u8)?;
    IpNet::new(address.into(), length).ok().map(|net| net.trunc())
}

fn url(scheme: &str, rest: &str) -> Indicator {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let usual = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        "ssh" | "sftp" => Some(22),
        _ => None,
    };
    match endpoint(authority) {
        Some((address, port)) => Indicator::Net(address.into(), port.or(usual)),
        None => Indicator::Url,
    }
}

/// `1.2.3.4`, `1.2.3.4:80`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn endpoint(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Some(address) = ip(text) {
        return Some((address, None));
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':').or(rest.is_empty().then_some("0"))?)
        }
        None => text.rsplit_once(':').filter(|(host, _)| !host.contains(':'))?,
    };
    let port: u16 = port.parse().ok()?;
    Some((ip(host)?, Some(port).filter(|&port| port != 0)))
}

fn padded(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        *octet = if part.len() == 3 {
            part.parse().ok()?
        } else {
            return None;
        };
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// The readings without an address.
fn name(token: &str) -> Indicator {
    if token.contains('@') {
        return Indicator::Email;
    }
    let is_as = token.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("as"));
    if let Some(number) = token.get(2..).filter(|_| is_as).and_then(|digits| digits.parse().ok()) {
        return Indicator::Asn(number);
    }
    if token.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("cve-")) {
        return Indicator::Other;
    }
    let hex = token.bytes().all(|b| b.is_ascii_hexdigit());
    if hex && matches!(token.len(), 32 | 40 | 56 | 64 | 96 | 128) {
        return Indicator::Hash;
    }
    let (host, path) = token.split_once('/').map_or((token, None), |(host, path)| (host, Some(path)));
    match (is_domain(host), path) {
        (true, None) => Indicator::Domain,
        (true, Some(_)) => Indicator::Url,
        // A path that is on every host, as maltrail writes it.
        (false, Some(_)) if host.is_empty() && token.len() > 1 => Indicator::Url,
        _ => Indicator::Unknown,
    }
}

/// Is it a host name with at least one dot, perhaps with a port, a `*.` or the `||name^` of advertisement lists?
pub(super) fn is_domain(text: &str) -> bool {
    let text = text.trim_start_matches("||").trim_start_matches("*").trim_matches(['.', '^']);
    let text = text.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(text, |(host, _)| host);
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let top = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253 && text.contains('.') && text.split('.').all(label) && top.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str, port: Option<u16>) -> Indicator {
        Indicator::Net(parse_prefix(text).unwrap(), port)
    }

    #[test]
    fn addresses() {
        for (token, expected) in [
            ("1.2.3.4", net("1.2.3.4", None)),
            ("\"1.2.3.4\"", net("1.2.3.4", None)),
            ("1.2.3[.]4", net("1.2.3.4", None)),
            ("1[.]2[.]3[.]4", net("1.2.3.4", None)),
            ("1.2.3(.)4", net("1.2.3.4", None)),
            ("1.2.3[dot]4", net("1.2.3.4", None)),
            ("1.2.3.0/24", net("1.2.3.0/24", None)),
            ("1.2.3.4:3333", net("1.2.3.4", Some(3333))),
            ("1.2.3.4:0", net("1.2.3.4", None)),
            ("1.2.3[.]4[:]80", net("1.2.3.4", Some(80))),
            ("2001:db8::1", net("2001:db8::1", None)),
            ("[2001:db8::1]:443", net("2001:db8::1", Some(443))),
            ("[2001:db8::1]", net("2001:db8::1", None)),
            ("2001:db8::/32", net("2001:db8::/32", None)),
            ("http://1.2.3.4", net("1.2.3.4", Some(80))),
            ("hxxps://1.2.3[.]4/a.bin?x", net("1.2.3.4", Some(443))),
            ("http://user@1.2.3.4:8080/x", net("1.2.3.4", Some(8080))),
            ("http://[2001:db8::1]:81/", net("2001:db8::1", Some(81))),
            ("stratum+tcp://1.2.3.4:3333", net("1.2.3.4", Some(3333))),
            ("udp://1.2.3.4", net("1.2.3.4", None)),
            ("1.2.3.4/gate.php", net("1.2.3.4", Some(80))),
            ("1.2.3.4:81/x", net("1.2.3.4", Some(81))),
            ("001.002.030.004", net("1.2.30.4", None)),
            ("::ffff:1.2.3.4", net("1.2.3.4", None)),
            ("1.2.3.4-1.2.3.9", Indicator::Range(ip("1.2.3.4").unwrap(), ip("1.2.3.9").unwrap())),
            ("1.2.3.4 - 1.2.3.9", Indicator::Range(ip("1.2.3.4").unwrap(), ip("1.2.3.9").unwrap())),
            ("1.2.3.4-9", Indicator::Range(ip("1.2.3.4").unwrap(), ip("1.2.3.9").unwrap())),
            ("1.2.3.*", net("1.2.3.0/24", None)),
            ("1.2.*.*", net("1.2.0.0/16", None)),
            ("1.2.3.0/0.0.0.255", net("1.2.3.0/24", None)),
            ("Ip:1.2.3.4", net("1.2.3.4", None)),
            ("1.2.3.0/24 1", Indicator::Unknown),
            ("1.2.3.4/", Indicator::BadAddress),
            ("1.2.3.4/33", Indicator::BadAddress),
            ("1.2.3.256", Indicator::BadAddress),
            ("1.2.3.4.5", Indicator::BadAddress),
            ("01.2.3.4", Indicator::BadAddress),
            ("2001:db8:::1", Indicator::BadAddress),
            ("1.2.3.4:99999", Indicator::Unknown),
        ] {
            assert_eq!(read(token), expected, "{token}");
        }
    }

    #[test]
    fn names() {
        for (token, expected) in [
            ("evil.com", Indicator::Domain),
            ("evil[.]com", Indicator::Domain),
            ("*.evil.com", Indicator::Domain),
            ("||evil.com^", Indicator::Domain),
            ("evil.com:8080", Indicator::Domain),
            ("4g.evil.com", Indicator::Domain),
            ("xn--e1afmkfd.xn--p1ai", Indicator::Domain),
            ("hxxp://evil.com/x", Indicator::Url),
            ("evil.com/x", Indicator::Url),
            ("/gate.php", Indicator::Url),
            ("a@b.com", Indicator::Email),
            ("d41d8cd98f00b204e9800998ecf8427e", Indicator::Hash),
            ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Indicator::Hash),
            ("AS64500", Indicator::Asn(64_500)),
            ("as1x", Indicator::Unknown),
            ("CVE-2021-44228", Indicator::Other),
            ("hello", Indicator::Unknown),
            ("", Indicator::Unknown),
            ("éa.com", Indicator::Domain),
            ("(hxxpé", Indicator::Unknown),
        ] {
            assert_eq!(read(token), expected, "{token}");
        }
    }
}
