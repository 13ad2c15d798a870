//! What clouds' firewalls allow, from the JSON of their command lines, and how much of it is used.
//!
//! Read are AWS security groups (`describe-security-groups`, `describe-security-group-rules`), network ACLs
//! (`describe-network-acls`), Azure NSGs (`az network nsg list`), GCP firewall rules (`gcloud compute firewall-rules
//! list`); and what says which hosts they guard: `describe-network-interfaces`, `az network nic list`, `gcloud compute
//! instances list`. Rules that such files attach to no host guard nothing; without such a file they are held against every
//! host of this side.
//! Start at: [`Firewall::load`], [`review`].

mod aws;
mod azure;
mod compiled;
mod covered;
mod gcp;
mod json;
mod proposal;
mod review;
#[cfg(test)]
mod tests;

pub use proposal::{Part, Tightened};
pub use review::{DeniedLater, Review, RuleReview, Verdict, review};

use crate::language::{Action, Ports};
use ipnet::IpNet;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

/// Rules that are read, at most.
const RULES_MAX: usize = 20_000;

/// Rules of firewalls, and which hosts they guard.
#[derive(Clone, Debug, Default)]
pub struct Firewall {
    /// Rules; those of one set are together, in the order in which they are asked.
    pub rules: Vec<FirewallRule>,
    /// What each host is called by rules: groups, tags, subnets, networks.
    pub labels: BTreeMap<IpAddr, BTreeSet<String>>,
    /// What could not be taken over, and what it means.
    pub notes: Vec<String>,
}

/// Which way a rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the guarded host.
    Ingress,
    /// From the guarded host.
    Egress,
}

/// The other end, as a rule names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// The addresses of a prefix.
    Prefix(IpNet),
    /// Every public address.
    Internet,
    /// Every private address.
    Private,
    /// Hosts with a label.
    Label(String),
    /// Something whose addresses are not known here, such as a prefix list. It holds for no address.
    Unknown(String),
}

/// One rule of a firewall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallRule {
    /// The set it belongs to: a security group, an ACL, an NSG, a network.
    pub set: String,
    /// The set's name for people.
    pub set_name: String,
    /// The rule's own name or number.
    pub name: String,
    /// Which way it looks.
    pub direction: Direction,
    /// What it does.
    pub action: Action,
    /// Among several that hold, only the first decides. Of a security group all allow.
    pub priority: Option<i64>,
    /// Does it see replies too, rather than connections?
    pub is_stateless: bool,
    /// Services; empty is every one.
    pub ports: Vec<Ports>,
    /// Other ends: any of these.
    pub peers: Vec<Peer>,
    /// Labels of the hosts that it guards: any of these.
    pub targets: Vec<String>,
    /// Addresses of the guarded side that it speaks of; empty is every one.
    pub local: Vec<IpNet>,
    /// A label of every host that could have one of the targets: the network, the account. Where files tell hosts with
    /// it and none has a target, the rule guards nothing.
    pub scope: String,
    /// Is it the cloud's own, which nobody can change or take away?
    pub is_default: bool,
}

impl fmt::Display for FirewallRule {
    /// `ingress allow tcp/443 from 0.0.0.0/0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (direction, preposition) = match self.direction {
            Direction::Ingress => ("ingress", "from"),
            Direction::Egress => ("egress", "to"),
        };
        let peers: Vec<String> = self.peers.iter().map(Peer::to_string).collect();
        write!(f, "{direction} {} {} {preposition} {}", self.action.word(), ports_text(&self.ports), peers.join(", "))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Prefix(prefix) => prefix.fmt(f),
            Peer::Internet => f.write_str("Internet"),
            Peer::Private => f.write_str("VirtualNetwork"),
            Peer::Label(name) | Peer::Unknown(name) => f.write_str(name),
        }
    }
}

/// `tcp/80, tcp/443`, or `all`.
fn ports_text(ports: &[Ports]) -> String {
    match ports {
        [] => "all".to_owned(),
        ports => ports.iter().map(Ports::to_string).collect::<Vec<_>>().join(", "),
    }
}

impl Firewall {
    /// Adds what a file says.
    ///
    /// # Errors
    /// The file is no JSON, or none of the kinds that are read.
    pub fn load(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| format!("{name}: no JSON: {error}"))?;
        let before = (self.rules.len(), self.labels.len());
        let is_known = aws::read(&value, self) | azure::read(&value, self) | gcp::read(&value, self);
        if !is_known {
            return Err(format!(
                "{name}: neither rules nor interfaces: expected the JSON of describe-security-groups, \
                 describe-network-acls, describe-network-interfaces, az network nsg list, az network nic list, \
                 gcloud compute firewall-rules list or gcloud compute instances list"
            ));
        }
        if (self.rules.len(), self.labels.len()) == before {
            self.notes.push(format!("{name}: nothing in it is a rule or an interface"));
        }
        if self.rules.len() > RULES_MAX {
            self.notes
                .push(format!("{name}: {} rules beyond {RULES_MAX} are not looked at", self.rules.len() - RULES_MAX));
            self.rules.truncate(RULES_MAX);
        }
        // Within a set by priority, of equal ones what refuses before what allows (GCP).
        let is_allow = |rule: &FirewallRule| rule.action == Action::Allow;
        self.rules.sort_by(|one, other| {
            let rank = |rule: &FirewallRule| (rule.direction, rule.priority, rule.priority.is_some() && is_allow(rule));
            (&one.set, rank(one)).cmp(&(&other.set, rank(other)))
        });
        Ok(())
    }

    /// Gives a host a label.
    fn label(&mut self, address: IpAddr, label: &str) {
        self.labels.entry(address.to_canonical()).or_default().insert(label.to_owned());
    }
}
