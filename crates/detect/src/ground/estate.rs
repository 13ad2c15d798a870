//! What a fold knows at the end: hosts and conversations, in order.

use super::conversation::Conversation;
use super::direction::{ICMP, ICMP6};
use super::hours::Hour;
use super::session::Outcome;
use crate::limits::{Limits, TurnedAway};
use hashbrown::HashMap;
use std::net::IpAddr;
use std::ops::Range;

/// An ICMP error follows what it is about at once; routers that limit their errors take a while.
const ERROR_S: u32 = 60;

/// One address, and what it was learned to be.
#[derive(Clone, Debug)]
pub struct Host {
    /// The address.
    pub address: IpAddr,
    /// On this side of the internet: private, or observed at its own interface, or of the one network that takes part in
    /// nearly all conversations.
    pub is_inside: bool,
    /// Account, region and network of its interface, as far as records say.
    pub network: Option<String>,
    /// Servers that it talks to.
    pub servers: u32,
    /// Clients that it answered.
    pub clients: u32,
    /// Clients that asked it for names (port 53) and were answered.
    pub name_clients: u32,
    /// Mail servers that it delivers to, and clients that deliver to it.
    pub mail_clients: u32,
}

impl Host {
    pub(super) fn new(address: IpAddr, is_inside: bool) -> Host {
        Host { address, is_inside, network: None, servers: 0, clients: 0, name_clients: 0, mail_clients: 0 }
    }

    /// Does it answer names for others? Two clients at least.
    pub fn is_resolver(&self) -> bool {
        self.name_clients >= 2
    }
}

/// Everything that the detectors look at. The same whatever the order in which the records came.
#[derive(Clone, Debug)]
pub struct Estate {
    /// Every address, in order.
    pub hosts: Vec<Host>,
    /// Every conversation, by client, server, protocol, port.
    pub conversations: Vec<Conversation>,
    /// The longest capture window, in seconds; 0 if the records are of whole connections.
    pub window_s: u32,
    /// What the limits turned away.
    pub turned_away: TurnedAway,
    /// The limits.
    pub limits: Limits,
    /// First and last second.
    pub span: (u32, u32),
    /// What hosts did hour by hour, in the order of time; hosts of the internet may be among them.
    pub hours: HashMap<IpAddr, Vec<Hour>>,
    by_server: Vec<u32>,
}

impl Estate {
    pub(super) fn new(
        hosts: Vec<Host>,
        mut conversations: Vec<Conversation>,
        window_s: u32,
        mut turned_away: TurnedAway,
        limits: Limits,
    ) -> Estate {
        conversations.sort_unstable_by_key(|talk| (talk.client, talk.server, talk.proto, talk.port));
        super::turned::unify(&mut conversations);
        turned_away.conversations_cut = conversations.iter().filter(|talk| talk.is_cut).count() as u64;
        let by_server = by_server(&conversations);
        let first = conversations.iter().map(|talk| talk.first).min().unwrap_or(0);
        let last = conversations.iter().map(|talk| talk.last).max().unwrap_or(0);
        let (span, hours) = ((first, last), HashMap::new());
        let mut estate = Estate { hosts, conversations, window_s, turned_away, limits, span, hours, by_server };
        estate.pair_up();
        estate.tell_errors();
        super::home::learn_sites(&mut estate.hosts);
        super::home::learn(&mut estate.hosts, &estate.conversations);
        estate.learn_roles();
        estate
    }

    /// Where neither ports nor types tell the directions of an exchange apart, whoever was first opened it; of two in
    /// the same second the one outside, since machines of ours are pinged more than they ping.
    fn pair_up(&mut self) {
        for place in 0..self.conversations.len() {
            let talk = &self.conversations[place];
            if talk.port != 0 || talk.client > talk.server || talk.proto == 6 || talk.proto == 17 {
                continue;
            }
            let key = (talk.server, talk.client, talk.proto, 0);
            let place_of = |talk: &Conversation| (talk.client, talk.server, talk.proto, talk.port);
            let Ok(other) = self.conversations.binary_search_by_key(&key, place_of) else { continue };
            let rank = |place: usize| {
                let talk = &self.conversations[place];
                (talk.first, self.host(talk.client).is_inside, talk.client)
            };
            let (question, answer) = if rank(place) <= rank(other) { (place, other) } else { (other, place) };
            self.conversations[question].best = Outcome::Established;
            self.conversations[answer].best = Outcome::ReplyOnly;
        }
    }

    /// ICMP without a type (in the clouds' records) to somebody who called just before is most often an error about that
    /// call: a closed port. Nobody wanted to reach anything.
    fn tell_errors(&mut self) {
        let is_error = |talk: &Conversation| {
            let is_untyped = matches!(talk.proto, ICMP | ICMP6) && talk.port == 0;
            is_untyped && talk.is_attempt() && !talk.best.is_success() && self.answers_a_call(talk)
        };
        let errors: Vec<usize> =
            (0..self.conversations.len()).filter(|at| is_error(&self.conversations[*at])).collect();
        for place in errors {
            self.conversations[place].best = Outcome::ReplyOnly;
        }
    }

    /// Did the one called by this conversation call itself, at most [`ERROR_S`] before?
    fn answers_a_call(&self, talk: &Conversation) -> bool {
        let calls = self.of_pair(talk.server, talk.client).iter().filter(|call| !matches!(call.proto, ICMP | ICMP6));
        let latest = talk.first.saturating_add(self.window_s);
        calls
            .flat_map(|call| &call.records)
            .any(|record| record.start <= latest && record.end().saturating_add(ERROR_S) >= talk.first)
    }

    /// What hosts are, learned from what they do.
    fn learn_roles(&mut self) {
        let mut previous = (u32::MAX, u32::MAX);
        for talk in &self.conversations {
            if !talk.is_attempt() {
                continue;
            }
            let is_new_pair = previous != (talk.client, talk.server);
            previous = (talk.client, talk.server);
            let is_answered = talk.best == Outcome::Established;
            self.hosts[talk.client as usize].servers += u32::from(is_new_pair);
            let server = &mut self.hosts[talk.server as usize];
            server.clients += u32::from(is_new_pair && is_answered);
            server.name_clients += u32::from(is_answered && talk.port == 53);
            server.mail_clients += u32::from(is_answered && talk.proto == 6 && talk.port == 25);
        }
    }

    /// The host at a place.
    pub fn host(&self, place: u32) -> &Host {
        &self.hosts[place as usize]
    }

    /// Its address as text.
    pub fn text(&self, place: u32) -> String {
        self.host(place).address.to_string()
    }

    /// Conversations in runs of the same client.
    pub fn by_client(&self) -> impl Iterator<Item = &[Conversation]> {
        self.conversations.chunk_by(|a, b| a.client == b.client)
    }

    /// Conversations of one client.
    pub fn of_client(&self, client: u32) -> &[Conversation] {
        let start = self.conversations.partition_point(|talk| talk.client < client);
        let end = self.conversations.partition_point(|talk| talk.client <= client);
        &self.conversations[Range { start, end }]
    }

    /// Conversations of one client with one server.
    fn of_pair(&self, client: u32, server: u32) -> &[Conversation] {
        let pair = |talk: &Conversation| (talk.client, talk.server);
        let start = self.conversations.partition_point(|talk| pair(talk) < (client, server));
        let end = self.conversations.partition_point(|talk| pair(talk) <= (client, server));
        &self.conversations[Range { start, end }]
    }

    /// Conversations with one service of a server.
    pub fn of_service(&self, server: u32, proto: u8, port: u16) -> impl Iterator<Item = &Conversation> {
        let key = (server, proto, port);
        let at = |place: &u32| {
            let talk = &self.conversations[*place as usize];
            (talk.server, talk.proto, talk.port)
        };
        let start = self.by_server.partition_point(|place| at(place) < key);
        let end = self.by_server.partition_point(|place| at(place) <= key);
        self.by_server[start..end].iter().map(|place| &self.conversations[*place as usize])
    }

    /// Conversations in runs of the same server.
    pub fn by_server(&self) -> impl Iterator<Item = Vec<&Conversation>> {
        let server = |place: &u32| self.conversations[*place as usize].server;
        let runs = self.by_server.chunk_by(move |a, b| server(a) == server(b));
        runs.map(|run| run.iter().map(|place| &self.conversations[*place as usize]).collect())
    }

    /// Conversations in runs of the same server, protocol and port, by client.
    pub fn by_service(&self) -> impl Iterator<Item = Vec<&Conversation>> {
        let service = |place: &u32| {
            let talk = &self.conversations[*place as usize];
            (talk.server, talk.proto, talk.port)
        };
        let runs = self.by_server.chunk_by(move |a, b| service(a) == service(b));
        runs.map(|run| run.iter().map(|place| &self.conversations[*place as usize]).collect())
    }
}

/// Places of conversations by server, protocol, port and client. Sorted as numbers: a look at the conversations themselves
/// would wait for memory at each comparison.
fn by_server(conversations: &[Conversation]) -> Vec<u32> {
    let number = |(talk, place): (&Conversation, u32)| {
        let service = u128::from(talk.server) << 24 | u128::from(talk.proto) << 16 | u128::from(talk.port);
        service << 64 | u128::from(talk.client) << 32 | u128::from(place)
    };
    let mut numbers: Vec<u128> = conversations.iter().zip(0..).map(number).collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|number| number as u32).collect()
}
