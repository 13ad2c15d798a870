//! Prefixes (CIDR blocks) written by people, and sets of them to look addresses up in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::address::Key;
use crate::segments::Segments;

/// Why a text is not a prefix. Displays as `10.0.0.0/33: prefix length over 32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixError {
    /// The text as it was given, shortened if long.
    pub text: String,
    /// What is wrong with it.
    pub problem: PrefixProblem,
}

/// What can be wrong with the text of a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefixProblem {
    /// Nothing was written.
    Empty,
    /// Four numbers with dots, but one of them is over 255 or missing.
    BadV4Address,
    /// Neither an IPv4 nor an IPv6 address.
    NotAnAddress,
    /// What follows the slash is not a number.
    BadLength,
    /// The length is over 32 for IPv4.
    LengthOver32,
    /// The length is over 128 for IPv6.
    LengthOver128,
    /// The mask of `10.0.0.0/255.0.255.0` has holes.
    BadMask,
}

impl PrefixProblem {
    fn text(self) -> &'static str {
        match self {
            PrefixProblem::Empty => "empty: write an address such as 10.1.2.3 or a prefix such as 10.0.0.0/8",
            PrefixProblem::BadV4Address => "not an IPv4 address: four numbers from 0 to 255 are needed",
            PrefixProblem::NotAnAddress => "not an IP address: write 10.0.0.0/8 or 2001:db8::/32",
            PrefixProblem::BadLength => "the prefix length after the slash is not a number: write 10.0.0.0/8",
            PrefixProblem::LengthOver32 => "prefix length over 32: an IPv4 prefix is /0 to /32",
            PrefixProblem::LengthOver128 => "prefix length over 128: an IPv6 prefix is /0 to /128",
            PrefixProblem::BadMask => "the netmask is not contiguous: write its length, such as /24",
        }
    }
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.text, self.problem.text())
    }
}

impl std::error::Error for PrefixError {}

/// Reads `10.0.0.0/8`, `2001:db8::/32`, `10.0.0.0/255.0.0.0` or a lone address (a /32 or /128).
///
/// Bits beyond the length are cleared. A mapped prefix (`::ffff:10.0.0.0/104`) becomes its IPv4 prefix.
///
/// # Errors
/// Says what is wrong and what to write instead.
pub fn parse_prefix(text: &str) -> Result<IpNet, PrefixError> {
    parse(text.trim()).map_err(|problem| PrefixError { text: text.trim().chars().take(64).collect(), problem })
}

fn parse(text: &str) -> Result<IpNet, PrefixProblem> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address.trim_end(), Some(length.trim_start())),
        None => (text, None),
    };
    let address = parse_address(address)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => most,
        Some(mask) if mask.contains('.') && address.is_ipv4() => mask_length(mask)?,
        Some(digits) => parse_length(digits, most)?,
    };
    let net = IpNet::new(address, length).map_err(|_| PrefixProblem::BadLength)?.trunc();
    Ok(unmap(net))
}

fn parse_address(text: &str) -> Result<IpAddr, PrefixProblem> {
    text.parse().map_err(|_| match text {
        "" => PrefixProblem::Empty,
        _ if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => PrefixProblem::BadV4Address,
        _ => PrefixProblem::NotAnAddress,
    })
}

fn parse_length(digits: &str, most: u8) -> Result<u8, PrefixProblem> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PrefixProblem::BadLength);
    }
    let over = if most == 32 { PrefixProblem::LengthOver32 } else { PrefixProblem::LengthOver128 };
    digits.parse().ok().filter(|&length| length <= most).ok_or(over)
}

fn mask_length(mask: &str) -> Result<u8, PrefixProblem> {
    let mask = mask.parse::<Ipv4Addr>().map_err(|_| PrefixProblem::BadLength)?.to_bits();
    let length = mask.leading_ones();
    if length == mask.count_ones() { Ok(length as u8) } else { Err(PrefixProblem::BadMask) }
}

fn unmap(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    match (v6.prefix_len().checked_sub(96), v6.network().to_ipv4_mapped()) {
        (Some(length), Some(v4)) => IpNet::new(v4.into(), length).unwrap_or(net),
        _ => net,
    }
}

/// A value for each of many prefixes; the longest prefix that holds an address decides.
///
/// For the inventory's networks, sites and zones. Built once; reads are one bit test for most addresses.
#[derive(Clone, Debug)]
pub struct PrefixMap<V> {
    v4: Segments<u32>,
    v6: Segments<u128>,
    entries: Vec<(IpNet, V)>,
}

impl<V> PrefixMap<V> {
    /// Builds the map. Of two equal prefixes the later one wins.
    pub fn new(entries: impl IntoIterator<Item = (IpNet, V)>) -> PrefixMap<V> {
        let entries: Vec<(IpNet, V)> = entries.into_iter().map(|(net, value)| (unmap(net.trunc()), value)).collect();
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (n, (net, _)) in (0..).zip(&entries) {
            match net {
                IpNet::V4(net) => v4.push((net.network().to_bits(), net.prefix_len(), n)),
                IpNet::V6(net) => v6.push((net.network().to_bits(), net.prefix_len(), n)),
            }
        }
        PrefixMap { v4: Segments::build(v4, &[]), v6: Segments::build(v6, &[]), entries }
    }

    /// The value of the longest prefix that holds the address (4 or 16 network-order bytes).
    #[inline]
    pub fn get(&self, address: &[u8]) -> Option<&V> {
        self.entry(address).map(|(_, value)| value)
    }

    /// The longest prefix that holds the address, with its value.
    #[inline]
    pub fn entry(&self, address: &[u8]) -> Option<&(IpNet, V)> {
        let found = match Key::of(address)? {
            Key::V4(address) => self.v4.find(address),
            Key::V6(address) => self.v6.find(address),
        };
        found.last().map(|&n| &self.entries[n as usize])
    }

    /// The prefixes and values as they were given.
    pub fn iter(&self) -> impl Iterator<Item = &(IpNet, V)> {
        self.entries.iter()
    }

    /// How many prefixes it was built from.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Was it built from nothing?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A set of prefixes, for `cidr_contains` and for lists of a user's own networks.
///
/// ```
/// let set = enrich::CidrSet::parse(["10.0.0.0/8", "2001:db8::/32"])?;
/// assert!(set.contains(&[10, 1, 2, 3]));
/// let error = enrich::CidrSet::parse(["10.0.0.0/33"]).unwrap_err();
/// assert!(error.to_string().starts_with("10.0.0.0/33: prefix length over 32"));
/// # Ok::<(), enrich::PrefixError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CidrSet(PrefixMap<()>);

impl CidrSet {
    /// Builds a set from parsed prefixes.
    pub fn new(prefixes: impl IntoIterator<Item = IpNet>) -> CidrSet {
        CidrSet(PrefixMap::new(prefixes.into_iter().map(|net| (net, ()))))
    }

    /// Builds a set from texts such as `10.0.0.0/8`; see [`parse_prefix`].
    ///
    /// # Errors
    /// The first text that is no prefix.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<CidrSet, PrefixError> {
        let prefixes: Result<Vec<IpNet>, PrefixError> = texts.into_iter().map(parse_prefix).collect();
        prefixes.map(CidrSet::new)
    }

    /// Is the address (4 or 16 network-order bytes) in one of the prefixes?
    #[inline]
    pub fn contains(&self, address: &[u8]) -> bool {
        self.0.entry(address).is_some()
    }

    /// The longest of the prefixes that hold the address.
    pub fn prefix_of(&self, address: &[u8]) -> Option<IpNet> {
        self.0.entry(address).map(|&(net, ())| net)
    }

    /// Has it no prefix at all?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The bytes of an address in the form this crate takes them: 4 for IPv4 (mapped too), else 16.
pub fn address_bytes(address: IpAddr) -> Vec<u8> {
    match Key::from_ip(address) {
        Key::V4(v4) => Ipv4Addr::from_bits(v4).octets().to_vec(),
        Key::V6(v6) => Ipv6Addr::from_bits(v6).octets().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let actual = parse_prefix(text).map_or_else(|error| error.to_string(), |net| net.to_string());
        assert!(actual.starts_with(expected), "{text:?}: {actual}");
    }

    #[test]
    fn parse_says_what_is_wrong() {
        check("10.0.0.0/8", "10.0.0.0/8");
        check(" 10.1.2.3/8 ", "10.0.0.0/8");
        check("10.1.2.3", "10.1.2.3/32");
        check("10.0.0.0/255.255.0.0", "10.0.0.0/16");
        check("2001:DB8::/32", "2001:db8::/32");
        check("::ffff:10.0.0.0/104", "10.0.0.0/8");
        check("0.0.0.0/0", "0.0.0.0/0");
        check("10.0.0.0/33", "10.0.0.0/33: prefix length over 32");
        check("::/129", "::/129: prefix length over 128");
        check("10.0.0.0/", "10.0.0.0/: the prefix length after the slash is not a number");
        check("10.0.0.0/+8", "10.0.0.0/+8: the prefix length after the slash is not a number");
        check("10.0.0/8", "10.0.0/8: not an IPv4 address");
        check("10.0.0.256", "10.0.0.256: not an IPv4 address");
        check("10.0.0.0/255.0.255.0", "10.0.0.0/255.0.255.0: the netmask is not contiguous");
        check("example.com", "example.com: not an IP address");
        check("", ": empty");
    }

    #[test]
    fn the_longest_prefix_wins() {
        let nets = [("0.0.0.0/0", 0), ("10.0.0.0/8", 1), ("10.1.0.0/16", 2), ("2001:db8::/32", 3), ("10.1.0.0/16", 4)];
        let map = PrefixMap::new(nets.map(|(net, value)| (parse_prefix(net).unwrap(), value)));
        let get = |text: &str| map.get(&address_bytes(text.parse().unwrap())).copied();
        assert_eq!(get("10.1.2.3"), Some(4));
        assert_eq!(get("::ffff:10.1.2.3"), Some(4));
        assert_eq!(get("10.2.2.3"), Some(1));
        assert_eq!(get("255.255.255.255"), Some(0));
        assert_eq!(get("0.0.0.0"), Some(0));
        assert_eq!(get("2001:db8::1"), Some(3));
        assert_eq!(get("2001:db9::1"), None);
        assert_eq!(map.get(&[1, 2]), None);
        assert_eq!(map.len(), 5);
    }
}
