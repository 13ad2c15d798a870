//! What a conversation is known by, and what kind it is.

use super::observation::{mix, pair_hash};
use std::net::IpAddr;

/// Client, server, protocol, port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) client: IpAddr,
    pub(super) server: IpAddr,
    pub(super) port: u16,
    pub(super) proto: u8,
}

/// Kinds of conversations that are counted and given up apart: the internet knocks on every door all day, and must not
/// crowd out what machines of ours do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The client is here.
    Ours,
    /// From outside, where people log in.
    Login,
    /// Others from outside.
    Inbound,
}

/// TCP ports where people log in and are guessed at most.
const LOGIN_PORTS: [u16; 8] = [21, 22, 23, 445, 3306, 3389, 5432, 5900];

impl Class {
    pub(super) const ALL: [Class; 3] = [Class::Ours, Class::Login, Class::Inbound];

    /// Its part of a number of conversations: half for ours.
    pub(super) fn share_of(self, all: usize) -> usize {
        match self {
            Class::Ours => all.div_ceil(2),
            Class::Login | Class::Inbound => all.div_ceil(4),
        }
    }
}

impl Key {
    /// Its class, by its addresses (are client and server here?) and port alone: the same whatever else there is.
    #[inline]
    pub(super) fn class(&self, is_here: (bool, bool)) -> Class {
        if self.is_undirected() {
            return if is_here == (true, true) { Class::Ours } else { Class::Inbound };
        }
        match (is_here.0, self.proto == 6 && LOGIN_PORTS.contains(&self.port)) {
            (true, _) => Class::Ours,
            (false, true) => Class::Login,
            (false, false) => Class::Inbound,
        }
    }

    /// Can only both ways together tell who asked? Then both are kept, or none.
    fn is_undirected(&self) -> bool {
        self.port == 0 && self.proto != 6 && self.proto != 17
    }

    /// The same for all between its two hosts, whatever else there is.
    pub(super) fn pair(&self) -> u64 {
        pair_hash(self.client, self.server)
    }

    /// The same whatever else there is; `pair` is [`Key::pair`].
    pub(super) fn hash(&self, pair: u64) -> u64 {
        let is_backward = !self.is_undirected() && self.client > self.server;
        let service = u64::from(is_backward) << 24 | u64::from(self.port) << 8 | u64::from(self.proto);
        mix(pair, service)
    }
}
