//! One five-tuple is one connection, whichever way its records were taken for.
//!
//! Of a connection that lasts, only the first record of a capture window has its SYN; the others are turned by their ports.
//! And a lone reset looks as its sender's call where the port that it answers looks like a service's. So records that name
//! the same two addresses and ports are brought together: the way in which a SYN went, or else the earliest.

use super::conversation::Conversation;
use super::direction::PORTED;
use super::record::{Record, Sign};
use std::collections::{BTreeMap, BTreeSet};

/// Signs of one side and the same of the other.
const SIDES: [(Sign, Sign); 4] = [
    (Sign::SYN, Sign::SYN_ACK),
    (Sign::CLIENT_RESET, Sign::SERVER_RESET),
    (Sign::AT_CLIENT, Sign::AT_SERVER),
    (Sign::CLIENT_DATA, Sign::SERVER_DATA),
];

/// Turns records so that each five-tuple has one client. The conversations are in order of client, server, protocol, port,
/// and stay so; those that have lost all records are gone.
pub(super) fn unify(conversations: &mut Vec<Conversation>) {
    let mut moved: BTreeMap<usize, Vec<Record>> = BTreeMap::new();
    let mut touched: BTreeSet<usize> = BTreeSet::new();
    // Most servers call nobody, so that there is nothing to look for.
    let mut is_client = vec![false; conversations.last().map_or(0, |talk| talk.client as usize + 1)];
    conversations.iter().for_each(|talk| is_client[talk.client as usize] = true);
    let calls = |host: u32| is_client.get(host as usize).is_some_and(|is| *is);
    for place in 0..conversations.len() {
        let talk = &conversations[place];
        if talk.client > talk.server || !PORTED.contains(&talk.proto) || !calls(talk.server) {
            continue;
        }
        for other in reversed(conversations, talk) {
            let (keeps, gives) = which_way(conversations, place, other);
            let port = conversations[keeps].port;
            let client_port = conversations[gives].port;
            let is_same = |record: &Record| record.client_port == port;
            let turned = conversations[gives].records.iter().filter(|record| is_same(record));
            moved.entry(keeps).or_default().extend(turned.map(|record| turn(record, client_port)));
            conversations[gives].records.retain(|record| !is_same(record));
            touched.extend([keeps, gives]);
        }
    }
    for (place, records) in moved {
        conversations[place].records.extend(records);
    }
    for place in touched {
        conversations[place].change();
    }
    conversations.retain(|talk| !talk.records.is_empty());
}

/// Places of conversations that have a five-tuple of this one the other way round.
fn reversed(conversations: &[Conversation], talk: &Conversation) -> Vec<usize> {
    let key = |other: &Conversation| (other.client, other.server, other.proto);
    let wanted = (talk.server, talk.client, talk.proto);
    let start = conversations.partition_point(|other| key(other) < wanted);
    let run = conversations[start..].iter().take_while(|other| key(other) == wanted);
    let has = |talk: &Conversation, port: u16| talk.records.iter().any(|record| record.client_port == port);
    let is_same = |other: &Conversation| has(other, talk.port) && has(talk, other.port);
    run.zip(start..).filter(|(other, _)| is_same(other)).map(|(_, place)| place).collect()
}

/// Of two that share a five-tuple, the one whose client opened it, and the other.
fn which_way(conversations: &[Conversation], one: usize, two: usize) -> (usize, usize) {
    let evidence = |place: usize, port: u16| {
        let records = conversations[place].records.iter().filter(move |record| record.client_port == port);
        let has_syn = records.clone().any(|record| record.signs.has(Sign::SYN));
        (!has_syn, records.map(|record| record.start).min())
    };
    let (port_one, port_two) = (conversations[one].port, conversations[two].port);
    if evidence(one, port_two) <= evidence(two, port_one) { (one, two) } else { (two, one) }
}

/// The record as the other side's call; its client's port is the port it was taken for a service's.
fn turn(record: &Record, client_port: u16) -> Record {
    let mut signs = record.signs;
    for (client, server) in SIDES {
        signs = signs.without(client | server);
        signs = signs.with_if(record.signs.has(client), server).with_if(record.signs.has(server), client);
    }
    Record {
        client_port,
        signs,
        up_packets: record.down_packets,
        down_packets: record.up_packets,
        up_bytes: record.down_bytes,
        down_bytes: record.up_bytes,
        ..*record
    }
}
