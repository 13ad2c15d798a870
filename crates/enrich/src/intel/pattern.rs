//! STIX patterns, as far as flows can answer them.
//!
//! A pattern becomes alternatives, each of which holds addresses, perhaps a port, and whether it asks for something
//! that flows do not have (a file, a name, a negation). `[a OR b]` gives two alternatives, `[a AND b]` joins them.
//! Between observations `AND` and `FOLLOWEDBY` are read as `OR`: each address of `[ip] FOLLOWEDBY [file]` is worth a
//! look by itself. Time qualifiers are passed over.

use ipnet::IpNet;

use super::indicator::{self, Indicator};
use super::{Limits, LoadReport};
use crate::prefix::parse_prefix;

/// A pattern, as far as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) alternatives: Vec<Alternative>,
    /// One for each value that no flow has.
    pub(super) kinds: Vec<Kind>,
}

/// What must be true together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) nets: Vec<IpNet>,
    pub(super) port: Option<u16>,
    /// Asks for more than addresses and ports.
    pub(super) beyond: bool,
}

/// Kinds of values that flows do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Domain,
    Url,
    Hash,
    Other,
}

impl Kind {
    pub(super) fn count(self, report: &mut LoadReport) {
        match self {
            Kind::Domain => report.domains += 1,
            Kind::Url => report.urls += 1,
            Kind::Hash => report.hashes += 1,
            Kind::Other => report.others += 1,
        }
    }

    /// By the type of a MISP attribute.
    pub(super) fn of_misp(kind: &str) -> Kind {
        let last = kind.rsplit('|').next().unwrap_or(kind);
        match last {
            "domain" | "hostname" | "port" if kind.starts_with("domain") || kind.starts_with("hostname") => {
                Kind::Domain
            }
            "url" | "uri" | "link" => Kind::Url,
            _ if [
                "md5",
                "sha1",
                "sha2",
                "sha3",
                "sha5",
                "ssdeep",
                "imphash",
                "tlsh",
                "vhash",
                "authentihash",
                "pehash",
            ]
            .iter()
            .any(|hash| last.starts_with(hash) || last.ends_with(&format!("fingerprint-{hash}"))) =>
            {
                Kind::Hash
            }
            _ => Kind::Other,
        }
    }

    fn of_path(path: &str) -> Kind {
        if path.starts_with("domain-name:") {
            Kind::Domain
        } else if path.starts_with("url:") {
            Kind::Url
        } else if path.contains("hashes") || path.contains("sha256") {
            Kind::Hash
        } else {
            Kind::Other
        }
    }
}

/// Reads a pattern; `None` if it does not parse or is too large.
pub(super) fn parse(source: &str, limits: &Limits) -> Option<Pattern> {
    let mut parser = Parser { rest: source, limits, depth: 0, kinds: Vec::new() };
    let mut alternatives = Vec::new();
    while let Some(at) = parser.rest.find('[') {
        parser.rest = &parser.rest[at + 1..];
        alternatives.extend(parser.any_of()?);
        parser.sign("]").filter(|()| alternatives.len() <= limits.alternatives_max)?;
    }
    (!alternatives.is_empty()).then_some(Pattern { alternatives, kinds: parser.kinds })
}

struct Parser<'a> {
    rest: &'a str,
    limits: &'a Limits,
    depth: usize,
    kinds: Vec<Kind>,
}

impl<'a> Parser<'a> {
    fn any_of(&mut self) -> Option<Vec<Alternative>> {
        let mut alternatives = self.all_of()?;
        while self.word("OR") {
            alternatives.extend(self.all_of()?);
        }
        Some(alternatives).filter(|alternatives| alternatives.len() <= self.limits.alternatives_max)
    }

    fn all_of(&mut self) -> Option<Vec<Alternative>> {
        let mut alternatives = self.term()?;
        while self.word("AND") {
            let right = self.term()?;
            if alternatives.len() * right.len() > self.limits.alternatives_max {
                return None;
            }
            let pairs = alternatives.iter().flat_map(|left| right.iter().map(move |right| left.and(right)));
            alternatives = pairs.collect();
        }
        Some(alternatives)
    }

    fn term(&mut self) -> Option<Vec<Alternative>> {
        if self.sign("(").is_some() {
            self.depth += 1;
            let inner = (self.depth <= self.limits.pattern_depth_max).then(|| self.any_of())??;
            self.depth -= 1;
            return self.sign(")").map(|()| inner);
        }
        let negated = self.word("NOT");
        let path = self.path()?;
        let negated = self.word("NOT") || negated;
        let operator = self.operator()?;
        let values = self.values()?;
        Some(self.comparison(path, operator, negated, &values))
    }

    fn comparison(&mut self, path: &str, operator: &str, negated: bool, values: &[String]) -> Vec<Alternative> {
        let plain = !negated && matches!(operator, "=" | "==" | "IN" | "ISSUBSET");
        let address =
            path.starts_with("ipv4-addr:value") || path.starts_with("ipv6-addr:value") || path.ends_with("_ref.value");
        let neutral = path.ends_with("_ref.type") || path.contains(":protocols") || path.ends_with(":is_active");
        values
            .iter()
            .map(|value| {
                let parsed = parse_prefix(value).ok().filter(|_| address && plain);
                let port = value.parse().ok().filter(|_| path.ends_with("dst_port") && plain);
                let url = match indicator::read(value) {
                    Indicator::Net(net, port) if path == "url:value" && plain => Some((net, port)),
                    _ => None,
                };
                match (parsed, port, url) {
                    (Some(net), ..) => Alternative { nets: vec![net], ..Alternative::default() },
                    (_, Some(port), _) => Alternative { port: Some(port), ..Alternative::default() },
                    (.., Some((net, port))) => Alternative { nets: vec![net], port, beyond: false },
                    _ if neutral && plain => Alternative::default(),
                    _ => {
                        let is_name = path.ends_with("_ref.value") && indicator::read(value) == Indicator::Domain;
                        self.kinds.push(if is_name { Kind::Domain } else { Kind::of_path(path) });
                        Alternative { beyond: true, ..Alternative::default() }
                    }
                }
            })
            .collect()
    }

    fn path(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        let mut quoted = false;
        let end = self.rest.find(|c: char| {
            quoted ^= c == '\'';
            !quoted && (c.is_whitespace() || matches!(c, '=' | '!' | '<' | '>'))
        })?;
        let (path, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(path).filter(|path| path.contains(':'))
    }

    fn operator(&mut self) -> Option<&'static str> {
        OPERATORS.into_iter().find(|operator| match operator.as_bytes()[0].is_ascii_alphabetic() {
            true => self.word(operator),
            false => self.sign(operator).is_some(),
        })
    }

    fn values(&mut self) -> Option<Vec<String>> {
        if self.sign("(").is_none() {
            return Some(vec![self.literal()?]);
        }
        let mut values = vec![self.literal()?];
        while self.sign(",").is_some() {
            values.push(self.literal()?);
        }
        self.sign(")").filter(|()| values.len() <= self.limits.alternatives_max).map(|()| values)
    }

    /// `'text'` with `\'` and `\\` inside, `t'time'`, a number, a word.
    fn literal(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let after = ["t'", "b'", "h'", "'"].into_iter().find_map(|open| self.rest.strip_prefix(open));
        let Some(quoted) = after else {
            let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, ']' | ')' | ','))?;
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(word.to_owned()).filter(|word| !word.is_empty());
        };
        let mut text = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    self.rest = &quoted[at + 1..];
                    return Some(text);
                }
                '\\' => text.push(chars.next()?.1),
                c => text.push(c),
            }
        }
        None
    }

    fn sign(&mut self, sign: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    /// Takes a keyword, which ends where a letter does not follow.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let after = rest.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)).map(|_| &rest[word.len()..]);
        match after.filter(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == ':')) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }
}

const OPERATORS: [&str; 13] =
    ["==", "=", "!=", "<>", "<=", ">=", "<", ">", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"];

impl Alternative {
    fn and(&self, other: &Alternative) -> Alternative {
        Alternative {
            nets: self.nets.iter().chain(&other.nets).copied().collect(),
            port: self.port.or(other.port),
            beyond: self.beyond || other.beyond,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The entries a pattern gives, as text; a `!` for an alternative that needs more.
    fn read(source: &str) -> Option<Vec<String>> {
        let pattern = parse(source, &Limits::default())?;
        let text = |alternative: &Alternative| {
            let nets: Vec<String> = alternative.nets.iter().map(|net| net.to_string()).collect();
            let port = alternative.port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}{}", nets.join("+"), if alternative.beyond { "!" } else { "" })
        };
        Some(pattern.alternatives.iter().map(text).collect())
    }

    #[test]
    fn patterns() {
        for (source, expected) in [
            ("[ipv4-addr:value = '1.2.3.4']", vec!["1.2.3.4/32"]),
            ("[ipv4-addr:value='1.2.3.4/24']", vec!["1.2.3.0/24"]),
            ("[ipv6-addr:value = '2001:db8::1' OR ipv4-addr:value = '1.2.3.4']", vec!["2001:db8::1/128", "1.2.3.4/32"]),
            ("[ipv4-addr:value IN ('1.2.3.4', '5.6.7.8')]", vec!["1.2.3.4/32", "5.6.7.8/32"]),
            ("[ipv4-addr:value ISSUBSET '198.51.0.0/16']", vec!["198.51.0.0/16"]),
            ("[ipv4-addr:value != '1.2.3.4']", vec!["!"]),
            ("[ipv4-addr:value NOT IN ('1.2.3.4')]", vec!["!"]),
            (
                "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '1.2.3.4' AND network-traffic:dst_port = 443]",
                vec!["1.2.3.4/32:443"],
            ),
            ("[ipv4-addr:value = '1.2.3.4' AND file:name = 'a']", vec!["1.2.3.4/32!"]),
            (
                "[(ipv4-addr:value = '1.2.3.4' OR ipv4-addr:value = '5.6.7.8') AND network-traffic:dst_port IN (80, 81)]",
                vec!["1.2.3.4/32:80", "1.2.3.4/32:81", "5.6.7.8/32:80", "5.6.7.8/32:81"],
            ),
            (
                "[ipv4-addr:value = '1.2.3.4'] FOLLOWEDBY [domain-name:value = 'a.com'] WITHIN 600 SECONDS",
                vec!["1.2.3.4/32", "!"],
            ),
            (
                "([ipv4-addr:value = '1.2.3.4'] OR [ipv4-addr:value = '5.6.7.8']) START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'",
                vec!["1.2.3.4/32", "5.6.7.8/32"],
            ),
            ("[file:hashes.'SHA-256' = 'ab']", vec!["!"]),
            ("[file:name = 'it\\'s [x]']", vec!["!"]),
            ("[url:value = 'http://1.2.3.4:81/x']", vec!["1.2.3.4/32:81"]),
            ("[url:value = 'http://a.com/']", vec!["!"]),
        ] {
            assert_eq!(read(source), Some(expected.iter().map(|text| text.to_string()).collect()), "{source}");
        }
        for bad in
            ["", "ipv4-addr:value = '1.2.3.4'", "[ipv4-addr:value = '1.2.3.4'", "[ipv4-addr:value '1.2.3.4']", "[]"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&format!("[{}", "(".repeat(100_000))), None);
    }

    proptest! {
        #[test]
        fn never_panics(source in "[\\[\\]()'a-z:=é, ORANDI1.]{0,60}") {
            read(&source);
        }
    }
}
