//! A request to a proxy, and its answer.

use crate::tree::{Transaction, Tree};
use model::packet::Timestamp;
use std::any::Any;
use std::net::IpAddr;

/// Where a tunnel goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address.
    Ip(IpAddr),
    /// A name that the proxy resolves.
    Name(Vec<u8>),
}

/// A request and its answer, as far as they came.
#[derive(Debug, Default)]
pub struct Request {
    started: Option<Timestamp>,
    pub(super) version: u8,
    pub(super) command: Option<u8>,
    pub(super) user: Vec<u8>,
    pub(super) host: Option<Address>,
    pub(super) port: u16,
    pub(super) status: Option<&'static str>,
    pub(super) bound: Option<(Address, u16)>,
}

impl Request {
    /// The host and port that were asked for.
    pub fn destination(&self) -> Option<(&Address, u16)> {
        self.host.as_ref().map(|host| (host, self.port))
    }

    pub(super) fn see(&mut self, now: Timestamp) {
        self.started.get_or_insert(now);
    }

    pub(super) fn is_worth_telling(&self) -> bool {
        self.version > 0
    }
}

impl Transaction for Request {
    fn table(&self) -> &'static str {
        "socks"
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        self.started.unwrap_or_default()
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.number("version", self.version.into());
        match self.command {
            Some(1) => tree.text("command", b"connect"),
            Some(2) => tree.text("command", b"bind"),
            Some(3) => tree.text("command", b"udp_associate"),
            Some(other) => tree.text("command", format!("unknown-{other}").as_bytes()),
            None => {}
        }
        if !self.user.is_empty() {
            tree.text("user", &self.user);
        }
        if let Some(host) = &self.host {
            tell_address("host", host, tree);
            tree.number("port", self.port.into());
        }
        if let Some(status) = self.status {
            tree.text("status", status.as_bytes());
        }
        if let Some((host, port)) = &self.bound {
            tell_address("bound_host", host, tree);
            tree.number("bound_port", (*port).into());
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn tell_address(name: &'static str, address: &Address, tree: &mut dyn Tree) {
    match address {
        Address::Ip(ip) => tree.text(name, ip.to_string().as_bytes()),
        Address::Name(text) => tree.text(name, text),
    }
}
