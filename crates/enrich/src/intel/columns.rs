//! The names publishers give to columns and JSON keys.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// What a column or key holds, judged by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Address,
    Port,
    /// With its rank: of several labels the lowest is told.
    Label(usize),
    Score,
    Expiry,
    /// The first address of a range.
    First,
    /// The last address of a range.
    Last,
    Other,
}

/// `DstIP`, `dst_ip` and `"dst-ip"` are one name.
pub(super) fn meaning(name: &str) -> Meaning {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    let name = name.as_str();
    if ADDRESSES.contains(&name) {
        Meaning::Address
    } else if PORTS.contains(&name) {
        Meaning::Port
    } else if let Some(rank) = LABELS.iter().position(|&label| label == name) {
        Meaning::Label(rank)
    } else if SCORES.contains(&name) {
        Meaning::Score
    } else if FIRSTS.contains(&name) {
        Meaning::First
    } else if LASTS.contains(&name) {
        Meaning::Last
    } else if EXPIRIES.contains(&name) {
        Meaning::Expiry
    } else {
        Meaning::Other
    }
}

const ADDRESSES: &[&str] = &[
    "ip",
    "ips",
    "ipaddress",
    "ipaddr",
    "ipv4",
    "ipv6",
    "ipv4address",
    "ipv6address",
    "address",
    "addr",
    "dstip",
    "dstaddr",
    "dstaddress",
    "destip",
    "destinationip",
    "destinationaddress",
    "srcip",
    "srcaddr",
    "sourceip",
    "sourceaddress",
    "remoteip",
    "clientip",
    "serverip",
    "attackerip",
    "maliciousip",
    "ipdst",
    "ipsrc",
    "ipport",
    "indicator",
    "indicatorvalue",
    "ioc",
    "iocvalue",
    "value",
    "observable",
    "artifact",
    "cidr",
    "cidrs",
    "network",
    "prefix",
    "subnet",
    "netblock",
    "iprange",
    "range",
    "ipprefix",
    "ipv4prefix",
    "ipv6prefix",
    "entry",
    "host",
    "hostname",
    "domain",
    "domainname",
    "fqdn",
    "url",
];
/// Times have the same names: whoever asks looks at what is in the column.
const FIRSTS: &[&str] = &[
    "start",
    "startip",
    "ipstart",
    "startaddress",
    "startrange",
    "rangestart",
    "networkstartip",
    "begin",
    "beginip",
    "rangebegin",
    "from",
    "fromip",
    "ipfrom",
    "first",
    "firstip",
    "low",
    "lowip",
];
const LASTS: &[&str] = &[
    "end",
    "endip",
    "ipend",
    "endaddress",
    "endrange",
    "rangeend",
    "networkendip",
    "to",
    "toip",
    "ipto",
    "last",
    "lastip",
    "high",
    "highip",
];
const PORTS: &[&str] = &["port", "dstport", "destport", "destinationport", "remoteport", "serverport"];
const LABELS: &[&str] = &[
    "malwareprintable",
    "malware",
    "malwarefamily",
    "family",
    "malwarename",
    "threat",
    "threatname",
    "listingreason",
    "reason",
    "actor",
    "scenario",
    "description",
    "category",
    "tags",
    "sblid",
    "metadesc",
    "desc",
    "title",
    "name",
    "type",
    "comment",
];
const SCORES: &[&str] = &[
    "score",
    "confidence",
    "confidencelevel",
    "abuseconfidencescore",
    "threatscore",
    "risk",
    "riskscore",
    "reliability",
    "severityscore",
];
const EXPIRIES: &[&str] = &["validuntil", "expires", "expiresat", "expiry", "expiration", "expirationdate", "until"];

/// Reads a time as seconds since 1970: RFC 3339, or a date with or without a time, which is taken as UTC.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let date_time = text.parse::<DateTime>().ok().or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)))?;
    date_time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
}

/// Reads a duration as Go writes it, in whole seconds: `3h59m58.123s`, `-5m`.
pub(super) fn duration_seconds(text: &str) -> Option<i64> {
    let (sign, mut rest) = text.trim().strip_prefix('-').map_or((1, text.trim()), |rest| (-1, rest));
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let unit_end =
            rest[digits..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let unit = match &rest[digits..unit_end] {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "\u{b5}s" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += rest[..digits].parse::<f64>().ok()? * unit;
        rest = &rest[unit_end..];
    }
    // A century bounds what a list may say.
    (total < 3.2e9).then_some(sign * total as i64)
}

/// Reads a score: `10`, `87.5`, `High` is none.
pub(super) fn score(text: &str) -> Option<u32> {
    let whole = text.trim().split('.').next()?;
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_times() {
        assert_eq!(meaning("DstIP"), Meaning::Address);
        assert_eq!(meaning(" \"dst_port\""), Meaning::Port);
        assert_eq!(meaning("networkIdentifier"), Meaning::Other);
        assert_eq!(seconds("1970-01-02T00:00:00Z"), Some(86400));
        assert_eq!(seconds("1970-01-02 00:00:01"), Some(86401));
        assert_eq!(seconds("1970-01-02T01:00:00.5+01:00"), Some(86400));
        assert_eq!(seconds("1970-01-02"), Some(86400));
        assert_eq!(seconds("soon"), None);
        for (text, expected) in [
            ("3h59m58.9s", Some(14_398)),
            ("-5m", Some(-300)),
            ("4h", Some(14_400)),
            ("4", None),
            ("h", None),
            ("4x", None),
        ] {
            assert_eq!(duration_seconds(text), expected, "{text}");
        }
        assert_eq!(score("87.5"), Some(87));
    }
}
