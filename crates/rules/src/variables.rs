//! Addresses and ports of a rule's header: single ones, ranges, groups, negation and variables.
//!
//! A group means its positive members, or everything where it has none, without its negated members.

use crate::detect::rule::{Addresses, Ports, number_of};
use crate::diagnostic::{Problem, nearest};
use crate::language::Text;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Groups and variables within each other.
const DEPTH_MAX: usize = 24;
/// Ranges of one group.
const RANGES_MAX: usize = 100_000;

/// Variables by their names, without `$`.
pub type Variables = BTreeMap<String, String>;

type Ranges = Vec<(u128, u128)>;

/// What is the same for addresses and for ports.
struct Language<'a> {
    variables: &'a Variables,
    last: u128,
    atom: fn(&str) -> Option<(u128, u128)>,
    what: &'static str,
}

/// The addresses that a text means.
pub(crate) fn addresses(text: Text<'_>, variables: &Variables) -> Result<Addresses, Problem> {
    let language = Language { variables, last: u128::MAX, atom: address_range, what: "address" };
    let ranges = language.whole(text)?;
    Ok(if ranges == [(0, u128::MAX)] { Addresses::any() } else { Addresses::of(ranges) })
}

/// The ports that a text means.
pub(crate) fn ports(text: Text<'_>, variables: &Variables) -> Result<Ports, Problem> {
    let language = Language { variables, last: u16::MAX.into(), atom: port_range, what: "port" };
    let ranges = language.whole(text)?;
    if ranges == [(0, u16::MAX.into())] {
        return Ok(Ports::any());
    }
    Ok(Ports::of(ranges.into_iter().map(|(first, last)| (first as u16, last as u16)).collect()))
}

impl Language<'_> {
    fn whole(&self, text: Text<'_>) -> Result<Ranges, Problem> {
        let ranges = self.members(text.as_str(), &mut Vec::new());
        let ranges = ranges.map_err(|what| Problem { what, ..Problem::at(text, "") })?;
        match ranges.is_empty() {
            true => Err(Problem::at(text, format!("this leaves no {} at all", self.what))),
            false => Ok(ranges),
        }
    }

    /// `open` holds the variables that are being read, and an empty name for each group.
    fn ranges(&self, text: &str, open: &mut Vec<String>) -> Result<Ranges, String> {
        let text = text.trim();
        if let Some(text) = text.strip_prefix('!') {
            return self.ranges(text, open).map(|ranges| complement(&ranges, self.last));
        }
        if open.len() >= DEPTH_MAX {
            return Err(format!("groups and variables lie more than {DEPTH_MAX} deep in each other"));
        }
        if let Some(name) = text.strip_prefix('$') {
            return self.variable(name, open);
        }
        if let Some(members) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            open.push(String::new());
            let ranges = self.group(members, open);
            open.pop();
            return ranges;
        }
        if text.eq_ignore_ascii_case("any") {
            return Ok(vec![(0, self.last)]);
        }
        (self.atom)(text).map(|range| vec![range]).ok_or_else(|| format!("`{text}` is no {}", self.what))
    }

    fn variable(&self, name: &str, open: &mut Vec<String>) -> Result<Ranges, String> {
        if open.iter().any(|known| known == name) {
            return Err(format!("the variable `{name}` contains itself"));
        }
        let Some(value) = self.variables.get(name) else {
            let near = nearest(name, self.variables.keys().map(String::as_str));
            let hint = near.map_or(String::new(), |near| format!("; is `{near}` meant?"));
            return Err(format!("there is no {} variable `{name}`{hint}", self.what));
        };
        open.push(name.to_owned());
        let ranges = self.members(value, open);
        open.pop();
        ranges
    }

    /// One, or several with commas between them: a group without its brackets.
    fn members(&self, text: &str, open: &mut Vec<String>) -> Result<Ranges, String> {
        match members_of(text)?[..] {
            [one] => self.ranges(one, open),
            _ => self.group(text, open),
        }
    }

    fn group(&self, members: &str, open: &mut Vec<String>) -> Result<Ranges, String> {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        let mut has_wanted = false;
        for member in members_of(members)? {
            match member.strip_prefix('!') {
                Some(member) => unwanted.extend(self.ranges(member, open)?),
                None => {
                    has_wanted = true;
                    wanted.extend(self.ranges(member, open)?);
                }
            }
            if wanted.len() + unwanted.len() > RANGES_MAX {
                return Err(format!("a group of more than {RANGES_MAX} ranges"));
            }
        }
        let wanted = if has_wanted { merged(wanted) } else { vec![(0, self.last)] };
        Ok(if unwanted.is_empty() { wanted } else { shared(&wanted, &complement(&unwanted, self.last)) })
    }
}

/// The members between commas that stand in no inner brackets.
fn members_of(text: &str) -> Result<Vec<&str>, String> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b',' if depth == 0 => {
                members.push(text[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    members.push(text[start..].trim());
    match depth {
        0 if members.iter().all(|member| !member.is_empty()) => Ok(members),
        0 => Err("a group with an empty member".to_owned()),
        _ => Err("brackets that do not fit".to_owned()),
    }
}

fn merged(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut out: Ranges = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match out.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => out.push((first, last)),
        }
    }
    out
}

fn complement(ranges: &Ranges, last_of_all: u128) -> Ranges {
    let (mut out, mut next) = (Vec::new(), Some(0));
    for (first, last) in merged(ranges.clone()) {
        match next {
            Some(start) if start < first => out.push((start, first - 1)),
            _ => {}
        }
        next = last.checked_add(1).filter(|next| *next <= last_of_all);
    }
    out.extend(next.map(|start| (start, last_of_all)));
    out
}

/// What is in both; each is in order and its ranges are apart.
fn shared(one: &Ranges, other: &Ranges) -> Ranges {
    let (mut out, mut rest) = (Vec::new(), other.as_slice());
    for (first, last) in one {
        while let [(_, end), behind @ ..] = rest {
            if end >= first {
                break;
            }
            rest = behind;
        }
        let within = rest.iter().take_while(|(start, _)| start <= last);
        out.extend(within.map(|(start, end)| (*start.max(first), *end.min(last))));
    }
    out
}

/// An address, a network with its prefix or mask, or two addresses with `-`.
fn address_range(text: &str) -> Option<(u128, u128)> {
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (first.trim().parse::<IpAddr>().ok()?, last.trim().parse::<IpAddr>().ok()?);
        let is_range = first.is_ipv4() == last.is_ipv4() && first <= last;
        return is_range.then(|| (number_of(first), number_of(last)));
    }
    let Some((address, prefix)) = text.split_once('/') else {
        let number = number_of(text.parse().ok()?);
        return Some((number, number));
    };
    let address: IpAddr = address.trim().parse().ok()?;
    let bits = prefix_bits(address, prefix.trim())?;
    let host = if bits == 0 { u128::MAX } else { u128::MAX.checked_shr(bits).unwrap_or(0) };
    let first = number_of(address) & !host;
    Some((first, first | host))
}

/// Bits of the address that are fixed, as of IPv6.
fn prefix_bits(address: IpAddr, prefix: &str) -> Option<u32> {
    let is_v4 = address.is_ipv4();
    let bits = match (prefix.parse::<u32>(), prefix.parse::<Ipv4Addr>(), prefix.parse::<Ipv6Addr>()) {
        (Ok(bits), ..) => bits,
        (_, Ok(mask), _) if is_v4 && mask.to_bits().leading_ones() == mask.to_bits().count_ones() => {
            mask.to_bits().count_ones()
        }
        _ => return None,
    };
    match is_v4 {
        true => (bits <= 32).then_some(bits + 96),
        false => (bits <= 128).then_some(bits),
    }
}

/// A port, or two with `:`, of which one may be missing.
fn port_range(text: &str) -> Option<(u128, u128)> {
    let port = |text: &str| text.trim().parse::<u16>().ok().map(u128::from);
    let (first, last) = match text.split_once(':') {
        None => (port(text)?, port(text)?),
        Some((first, "")) => (port(first)?, u16::MAX.into()),
        Some(("", last)) => (0, port(last)?),
        Some((first, last)) => (port(first)?, port(last)?),
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let pairs = [
            ("HOME", "[10.0.0.0/8,192.168.0.0/16]"),
            ("EXTERNAL", "!$HOME"),
            ("LIST", "1.1.1.1, 2.2.2.2"),
            ("LOOP", "[1.2.3.4,$POOL]"),
            ("POOL", "$LOOP"),
            ("ALL", "any"),
            ("WEB", "[80,8000:8080]"),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn addresses_of_texts() {
        for (text, inside, outside) in [
            ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
            ("10.0.0.0/255.0.0.0", "10.9.9.9", "11.0.0.0"),
            ("$HOME", "192.168.3.4", "192.169.0.1"),
            ("$EXTERNAL", "8.8.8.8", "10.1.1.1"),
            ("!$EXTERNAL", "10.1.1.1", "2001:db8::1"),
            ("[10.0.0.0/8,![10.1.0.0/16,10.2.0.0/16]]", "10.3.0.1", "10.2.0.1"),
            ("[!10.1.1.1,!10.1.1.2]", "10.1.1.3", "10.1.1.2"),
            ("$LIST", "2.2.2.2", "3.3.3.3"),
            ("1.1.1.1-1.1.1.9", "1.1.1.5", "1.1.1.10"),
            ("[2001:db8::/32, 1.2.3.4]", "2001:db8::9", "2001:db9::1"),
            ("[[1.1.1.1,[2.2.2.2]],!1.1.1.1]", "2.2.2.2", "1.1.1.1"),
        ] {
            let set = addresses(Text::new(text), &variables()).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            assert!(set.contains(inside.parse().expect("address")), "{text} holds {inside}");
            assert!(!set.contains(outside.parse().expect("address")), "{text} does not hold {outside}");
        }
        assert!(addresses(Text::new("$ALL"), &variables()).expect("any").is_any());
    }

    #[test]
    fn texts_that_mean_nothing() {
        for text in [
            "",
            "!any",
            "!$ALL",
            "$LOOP",
            "$NONE",
            "[1.2.3.4",
            "[1.2.3.4,]",
            "1.2.3.4/33",
            "1.2.3",
            "[1.1.1.1,!1.1.1.1]",
        ] {
            assert!(addresses(Text::new(text), &variables()).is_err(), "{text}");
        }
        let deep = format!("{}1.2.3.4{}", "[".repeat(5000), "]".repeat(5000));
        assert!(addresses(Text::new(&deep), &variables()).is_err());
    }

    #[test]
    fn ports_of_texts() {
        for (text, inside, outside) in [
            ("80", 80, 81),
            ("1024:", 65535, 1023),
            (":1023", 0, 1024),
            ("!80", 81, 80),
            ("!80,!81", 82, 81),
            ("[80,443,!80]", 443, 80),
            ("[1:100,!$WEB]", 79, 80),
            ("$WEB", 8050, 81),
        ] {
            let set = ports(Text::new(text), &variables()).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            assert!(set.contains(Some(inside)) && !set.contains(Some(outside)), "{text}");
        }
        for text in ["65536", "9:1", "!any", "a", "[]", "1-5"] {
            assert!(ports(Text::new(text), &variables()).is_err(), "{text}");
        }
    }
}
