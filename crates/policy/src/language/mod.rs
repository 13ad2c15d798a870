//! The policy file.
//!
//! ```text
//! # Who is who. A segment is any of: prefixes, and what the records say of their own side.
//! segment web     = 10.0.1.0/24, 10.0.2.0/24
//! segment payroll = tag app=payroll, account 123456789010
//! segment storage = service S3
//!
//! # Who may talk to whom on what. The client is on the left; replies need no rule.
//! allow internet -> web on tcp/443, tcp/80
//! allow web -> 10.0.9.0/24 on tcp/5432
//! allow any -> any on icmp
//! deny  any -> payroll on tcp/22
//! ```
//!
//! A flow is inside the policy if some `allow` holds for it and no `deny` does; the order of rules means nothing.
//! `any` is every address, `private` every private one, `internet` every public one that is in no segment of the file.

mod check;
mod diagnostic;
mod parse;
mod place;
#[cfg(test)]
mod tests;
mod write;

pub use diagnostic::{Diagnostic, Severity};
pub use place::Place;

use ipnet::IpNet;

/// A policy: segments and rules, in the order of their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Who is who.
    pub segments: Vec<Segment>,
    /// Who may talk to whom on what.
    pub rules: Vec<Rule>,
}

/// Hosts with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// A host that any of these holds for is in it.
    pub selectors: Vec<Selector>,
    /// Where it is defined.
    pub place: Place,
}

/// What a host of a segment is told by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// Its address.
    Prefix(IpNet),
    /// What the records of its side say, as whole texts.
    Named(Attribute, String),
    /// A tag of its side.
    Tag(String, String),
}

/// What records say of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// Account, subscription or project.
    Account,
    /// Network.
    Vpc,
    /// Subnet.
    Subnet,
    /// Machine.
    Instance,
    /// Cloud service.
    Service,
}

impl Attribute {
    /// Every attribute.
    pub const ALL: [Attribute; 5] =
        [Attribute::Account, Attribute::Vpc, Attribute::Subnet, Attribute::Instance, Attribute::Service];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Attribute::Account => "account",
            Attribute::Vpc => "vpc",
            Attribute::Subnet => "subnet",
            Attribute::Instance => "instance",
            Attribute::Service => "service",
        }
    }
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It lets through.
    Allow,
    /// It refuses, whatever else allows.
    Deny,
}

impl Action {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Deny => "deny",
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub action: Action,
    /// Clients: any of these.
    pub from: Vec<Party>,
    /// Servers: any of these.
    pub to: Vec<Party>,
    /// Services: any of these; empty is every one.
    pub ports: Vec<Ports>,
    /// Where it stands.
    pub place: Place,
}

/// One end of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// Every address.
    Any,
    /// Every public address that is in no segment.
    Internet,
    /// Every private address.
    Private,
    /// The addresses of a prefix.
    Prefix(IpNet),
    /// The hosts of the segment of that number in [`Policy::segments`].
    Segment(usize),
}

/// Services of one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports {
    /// The IANA protocol number.
    pub protocol: u8,
    /// The first port; 0 together with 65535 is every one, also of protocols without ports.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl Ports {
    /// Every port of a protocol.
    pub fn all(protocol: u8) -> Ports {
        Ports { protocol, first: 0, last: u16::MAX }
    }

    /// One port.
    pub fn one(protocol: u8, port: u16) -> Ports {
        Ports { protocol, first: port, last: port }
    }

    /// Is the service among them? `icmp` stands for both of its versions.
    pub fn hold(&self, protocol: u8, port: u16) -> bool {
        same_protocol(self.protocol, protocol) && (self.first..=self.last).contains(&port)
    }

    /// Are all of these among those?
    pub fn within(&self, other: &Ports) -> bool {
        same_protocol(other.protocol, self.protocol) && other.first <= self.first && self.last <= other.last
    }
}

const ICMP: u8 = 1;
const ICMP6: u8 = 58;

fn same_protocol(one: u8, other: u8) -> bool {
    one == other || (one == ICMP && other == ICMP6)
}
