//! A policy compiled: what a host is, is found once; a pair of hosts is then a few words of bits.

use crate::bits::Bits;
use crate::language::{Action, Attribute, Party, Policy, Ports, Selector};
use crate::prefixes::Prefixes;
use crate::traffic::Host;
use enrich::{AddressClass, is_private};
use ipnet::IpNet;
use std::net::IpAddr;

/// A policy, compiled.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// Which segments and literal prefixes an address is in.
    prefixes: Prefixes,
    /// Which segments a host is in by what its records say.
    named: Vec<(Selector, usize)>,
    segments: usize,
    parties: usize,
    /// Per party: rules with it for a client, and for a server.
    rules_of: Vec<[Vec<usize>; 2]>,
    rules: Vec<CompiledRule>,
}

#[derive(Clone, Debug)]
struct CompiledRule {
    action: Action,
    ports: Vec<Ports>,
}

/// What a host is in a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Side {
    /// Segments it is in.
    segments: Bits,
    /// Rules that it can be the client of, and the server of.
    rules: [Bits; 2],
    /// Is it `internet`?
    pub is_internet: bool,
}

impl Side {
    /// Numbers of the segments that the host is in.
    pub fn segments(&self) -> impl Iterator<Item = usize> + '_ {
        self.segments.iter()
    }
}

/// What a policy says of a client, a server and a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The first rule that allows it.
    pub allow: Option<usize>,
    /// The first rule that denies it.
    pub deny: Option<usize>,
}

impl Decision {
    /// Is it inside the policy?
    pub fn is_inside(&self) -> bool {
        self.allow.is_some() && self.deny.is_none()
    }
}

/// Parties that are no segment and no prefix.
const ANY: usize = 0;
const INTERNET: usize = 1;
const PRIVATE: usize = 2;
/// The first party that is one.
const FIRST_SEGMENT: usize = 3;

impl Matcher {
    /// Compiles a policy.
    pub fn new(policy: &Policy) -> Matcher {
        let mut literals: Vec<IpNet> = Vec::new();
        let segments = policy.segments.len();
        let mut number = |party: &Party| match party {
            Party::Any => ANY,
            Party::Internet => INTERNET,
            Party::Private => PRIVATE,
            Party::Segment(segment) => FIRST_SEGMENT + segment,
            Party::Prefix(prefix) => {
                let known = literals.iter().position(|literal| literal == prefix);
                FIRST_SEGMENT
                    + segments
                    + known.unwrap_or_else(|| {
                        literals.push(*prefix);
                        literals.len() - 1
                    })
            }
        };
        let mut uses: Vec<(usize, usize, usize)> = Vec::new();
        for (rule, parties) in policy.rules.iter().enumerate() {
            uses.extend(parties.from.iter().map(|party| (number(party), 0, rule)));
            uses.extend(parties.to.iter().map(|party| (number(party), 1, rule)));
        }
        let parties = FIRST_SEGMENT + segments + literals.len();
        let mut rules_of = vec![[Vec::new(), Vec::new()]; parties];
        for (party, end, rule) in uses {
            rules_of[party][end].push(rule);
        }
        let (entries, named) = selectors(policy, &literals);
        Matcher {
            prefixes: Prefixes::new(&entries),
            named,
            segments,
            parties,
            rules_of,
            rules: policy
                .rules
                .iter()
                .map(|rule| CompiledRule { action: rule.action, ports: rule.ports.clone() })
                .collect(),
        }
    }

    /// What a host is of which only the address is known.
    pub fn side_of(&self, address: IpAddr) -> Side {
        self.side(address, None)
    }

    /// What a host is.
    pub fn side(&self, address: IpAddr, host: Option<&Host>) -> Side {
        let mut parties = Bits::new(self.parties);
        self.prefixes.add(address, &mut parties);
        for (selector, party) in &self.named {
            if host.is_some_and(|host| holds(selector, host)) {
                parties.insert(*party);
            }
        }
        let mut segments = Bits::new(self.segments);
        (0..self.segments)
            .filter(|segment| parties.contains(FIRST_SEGMENT + segment))
            .for_each(|segment| segments.insert(segment));
        let is_internet = AddressClass::of_ip(address) == AddressClass::Public && segments.iter().next().is_none();
        parties.insert(ANY);
        if is_internet {
            parties.insert(INTERNET);
        }
        if is_private_address(address) {
            parties.insert(PRIVATE);
        }
        let mut rules = [0, 1].map(|_| Bits::new(self.rules.len()));
        for party in parties.iter() {
            for (rules, own) in rules.iter_mut().zip(&self.rules_of[party]) {
                own.iter().for_each(|rule| rules.insert(*rule));
            }
        }
        Side { segments, rules, is_internet }
    }

    /// Every rule that speaks of this client, server and service.
    pub fn rules<'a>(
        &'a self,
        client: &'a Side,
        server: &'a Side,
        protocol: u8,
        port: u16,
    ) -> impl Iterator<Item = usize> + 'a {
        let speaks = move |ports: &[Ports]| ports.is_empty() || ports.iter().any(|ports| ports.hold(protocol, port));
        client.rules[0].common(&server.rules[1]).filter(move |rule| speaks(&self.rules[*rule].ports))
    }

    /// What the policy says of this client, server and service.
    pub fn decide(&self, client: &Side, server: &Side, protocol: u8, port: u16) -> Decision {
        let mut decision = Decision::default();
        for rule in self.rules(client, server, protocol, port) {
            let place = match self.rules[rule].action {
                Action::Allow => &mut decision.allow,
                Action::Deny => &mut decision.deny,
            };
            place.get_or_insert(rule);
        }
        decision
    }
}

/// Things with the number of their party.
type Numbered<T> = Vec<(T, usize)>;

/// Prefixes, and whatever else segments are told by, with the party of each.
fn selectors(policy: &Policy, literals: &[IpNet]) -> (Numbered<IpNet>, Numbered<Selector>) {
    let first_literal = FIRST_SEGMENT + policy.segments.len();
    let mut prefixes: Vec<_> = literals.iter().zip(first_literal..).map(|(prefix, party)| (*prefix, party)).collect();
    let mut named = Vec::new();
    for (segment, party) in policy.segments.iter().zip(FIRST_SEGMENT..) {
        for selector in &segment.selectors {
            match selector {
                Selector::Prefix(prefix) => prefixes.push((*prefix, party)),
                other => named.push((other.clone(), party)),
            }
        }
    }
    (prefixes, named)
}

fn holds(selector: &Selector, host: &Host) -> bool {
    match selector {
        Selector::Prefix(_) => false,
        Selector::Named(attribute, value) => host.attribute(*attribute) == Some(value.as_str()),
        Selector::Tag(key, value) => host.has_tag(key, value),
    }
}

impl Host {
    /// What is known of that attribute.
    pub fn attribute(&self, attribute: Attribute) -> Option<&str> {
        let text = match attribute {
            Attribute::Account => &self.account,
            Attribute::Vpc => &self.vpc,
            Attribute::Subnet => &self.subnet,
            Attribute::Instance => &self.instance,
            Attribute::Service => &self.service,
        };
        text.as_deref()
    }

    /// Has it that tag? AWS's flow logs have values only (`instance-tag`), so a value under such a name counts for any key.
    pub fn has_tag(&self, key: &str, value: &str) -> bool {
        self.tags.iter().any(|(known, text)| &**text == value && (&**known == key || is_place_of_tag(known)))
    }
}

fn is_place_of_tag(name: &str) -> bool {
    ["instance-tag", "interface-tag", "asg-tag"].iter().any(|place| name.starts_with(place))
}

/// Is it a private address (RFC 1918, unique local)?
pub(crate) fn is_private_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_private(&v4.octets()),
        IpAddr::V6(v6) => is_private(&v6.octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Rule;
    use proptest::prelude::*;

    fn is_party(policy: &Policy, party: &Party, address: IpAddr) -> bool {
        let in_segment = |number: usize| {
            policy.segments[number]
                .selectors
                .iter()
                .any(|selector| matches!(selector, Selector::Prefix(prefix) if prefix.contains(&address)))
        };
        match party {
            Party::Any => true,
            Party::Internet => {
                AddressClass::of_ip(address) == AddressClass::Public && !(0..policy.segments.len()).any(in_segment)
            }
            Party::Private => is_private_address(address),
            Party::Prefix(prefix) => prefix.contains(&address),
            Party::Segment(number) => in_segment(*number),
        }
    }

    /// Does the rule speak of this? Asked without anything compiled.
    fn speaks(policy: &Policy, rule: &Rule, [client, server]: [IpAddr; 2], protocol: u8, port: u16) -> bool {
        rule.from.iter().any(|party| is_party(policy, party, client))
            && rule.to.iter().any(|party| is_party(policy, party, server))
            && (rule.ports.is_empty() || rule.ports.iter().any(|ports| ports.hold(protocol, port)))
    }

    proptest! {
        #[test]
        fn as_asking_each_rule(
            rules in prop::collection::vec((any::<bool>(), "a|b|any|internet|private|10\\.1\\.0\\.0/30|8\\.8\\.0\\.0/16", "a|b|any|10\\.0\\.0\\.0/8|::/0", "| on tcp| on tcp/1-4| on udp/2, icmp"), 0..80),
            flows in prop::collection::vec(("10\\.[01]\\.0\\.[0-7]|8\\.[89]\\.0\\.[0-3]|2001:db8::[0-3]", "10\\.[01]\\.0\\.[0-7]|8\\.[89]\\.0\\.[0-3]", 0usize..4, 0u16..6), 1..20),
        ) {
            let mut text = "segment a = 10.0.0.0/29, 8.8.0.0/31\nsegment b = 10.0.0.4/30, 2001:db8::/127\n".to_owned();
            for (is_allow, from, to, on) in rules {
                text += &format!("{} {from} -> {to}{on}\n", if is_allow { "allow" } else { "deny" });
            }
            let (policy, _) = Policy::parse(&text);
            let matcher = Matcher::new(&policy);
            for (client, server, protocol, port) in flows {
                let ends = [client, server].map(|text| text.parse::<IpAddr>().expect("an address"));
                let protocol = [6, 17, 1, 58][protocol];
                let sides = ends.map(|address| matcher.side_of(address));
                let found: Vec<usize> = matcher.rules(&sides[0], &sides[1], protocol, port).collect();
                let asked = |(_, rule): &(usize, &Rule)| speaks(&policy, rule, ends, protocol, port);
                let expected: Vec<usize> = policy.rules.iter().enumerate().filter(asked).map(|(number, _)| number).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
