//! First contacts as a sampled log shows them.
//!
//! Of a connection such a log holds a packet or two: the client's, the server's, or some of both. Where an answered
//! connection has as many packets either way, half of those of which one side is seen are seen from the server. So a lone
//! packet of a client says little, one of a server much: who scans what is not there is never answered. The share of
//! contacts without a seen answer is taken from the log itself, all other clients together, but never below that half: the
//! client that is tested may be the one that calls thousands of servers shortly and is answered by all.
//!
//! What else tells a scanner from such a client is asked by walks of their own. A **dark** target is inside and spoke to
//! nobody else; how often targets that did answer are so is counted in the log. And packets made by hand leave from **one
//! port** to target after target, which no operating system does.

use super::sprt::Contacts;
use crate::ground::{Conversation, Estate, Outcome, Sign};
use std::cell::Cell;

/// Of a scanner's contacts so many have no answer.
const SCANNER_UNANSWERED: f64 = 0.95;
/// ... of a benign client's, of those that are seen, so many at least: one side or the other is seen first.
const BENIGN_UNANSWERED_MIN: f64 = 0.5;
/// UDP and ICMP: one benign contact of two is not answered at all.
const CONNECTIONLESS_UNANSWERED_MIN: f64 = 0.75;
/// What a scanner's way of working leaves at so many of its targets; a benign client's at so few, at least.
const SCANNER_TRAIT: f64 = 0.9;
const BENIGN_TRAIT_MIN: f64 = 0.25;
/// One client counts for so many contacts of the log, so that neither a scanner nor a monitor is the population.
const CONTACTS_PER_CLIENT: f64 = 16.0;
/// A log with fewer contacts says less than what is usual.
const USUAL_WEIGHT: f64 = 20.0;
/// ... and the client's own answered contacts say more than those of others.
const OTHERS_WEIGHT: f64 = 2.0;
/// More packets than a client sends to one that is not there, as a log tells them that multiplies by 10 to 30.
const TRY_PACKETS_MAX: u64 = 64;

/// What a sampled log shows of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Bare packets of the client.
    Try,
    /// The server spoke, or the client said something, which it does to one that answered.
    Answer,
    /// Neither.
    Nothing,
}

/// Is a contact one that its log may show in part only? What a firewall denied, and a reset, are sure.
pub(super) fn is_partial(talk: &Conversation) -> bool {
    let is_refused = talk.best == Outcome::Rejected && talk.signs.has(Sign::SERVER_RESET);
    talk.signs.has(Sign::SAMPLED) && talk.best != Outcome::Denied && !is_refused
}

/// Is it a contact of its client, though only its answer was seen?
pub(super) fn is_answer_only(talk: &Conversation) -> bool {
    talk.best == Outcome::ReplyOnly && is_partial(talk) && !talk.signs.has(Sign::NOTICE)
}

/// Did no packet of it carry data? Where bytes are payload, there are none; where they are of the IP packet, 20 of IPv4 and
/// 20 to 60 of TCP are headers, or 40 and 40 of IPv6.
pub(super) fn is_bare(talk: &Conversation) -> bool {
    const BARE_PACKET_BYTES: (u64, u64) = (40, 80);
    let packets = talk.totals.up_packets.saturating_add(talk.totals.down_packets);
    let (least, most) = (packets.saturating_mul(BARE_PACKET_BYTES.0), packets.saturating_mul(BARE_PACKET_BYTES.1));
    talk.totals.bytes() == 0 || (least..=most).contains(&talk.totals.bytes())
}

fn seen(talk: &Conversation) -> Seen {
    let is_few = talk.totals.up_packets <= TRY_PACKETS_MAX;
    match (talk.proto, talk.best) {
        // Without the type of ICMP nobody knows who asked.
        (1 | 58, _) if talk.port == 0 => Seen::Nothing,
        _ if talk.signs.has(Sign::NOTICE) => Seen::Nothing,
        // A lone reset: a closed port, or an end.
        (_, Outcome::ReplyOnly) if talk.signs.has(Sign::SERVER_RESET) => Seen::Nothing,
        _ if talk.totals.down_packets > 0 => Seen::Answer,
        (_, Outcome::Unanswered) => Seen::Try,
        (6, _) if is_few => Seen::Answer,
        (1 | 17 | 58, _) if is_few => Seen::Try,
        _ => Seen::Nothing,
    }
}

/// Of so many, so many have it.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    with: f64,
    all: f64,
}

impl Share {
    fn count(&mut self, has_it: bool) {
        self.with += f64::from(u8::from(has_it));
        self.all += 1.0;
    }

    /// The same as if there were no more than so many.
    fn at_most(self, all: f64) -> Share {
        let weight = (all / self.all).min(1.0);
        if self.all > 0.0 { Share { with: self.with * weight, all: self.all * weight } } else { self }
    }

    fn add(&mut self, other: Share, sign: f64) {
        self.with += other.with * sign;
        self.all += other.all * sign;
    }

    /// The share, drawn towards the usual one with the weight of so many.
    fn near(self, usual: f64, weight: f64) -> f64 {
        (self.with.max(0.0) + usual * weight) / (self.all.max(0.0) + weight)
    }
}

/// What one client, or all together, show.
#[derive(Clone, Copy, Debug, Default)]
struct Shows {
    /// Contacts without an answer, of TCP and of others.
    unanswered: [Share; 2],
    /// Dark ones among the targets inside that answered.
    dark: Share,
}

impl Shows {
    fn at_most(self, all: f64) -> Shows {
        Shows { unanswered: self.unanswered.map(|share| share.at_most(all)), dark: self.dark.at_most(all) }
    }

    fn add(&mut self, other: &Shows, sign: f64) {
        for (mine, theirs) in self.unanswered.iter_mut().zip(other.unanswered) {
            mine.add(theirs, sign);
        }
        self.dark.add(other.dark, sign);
    }
}

/// To whom a host was seen to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoke {
    ToNobody,
    To(u32),
    ToMany,
}

/// What a sampled log shows of all its contacts.
#[derive(Debug)]
pub(super) struct Sampling<'a> {
    estate: &'a Estate,
    /// By host.
    spoke: Vec<Spoke>,
    /// Of clients outside, and inside.
    all: [Shows; 2],
    /// The client that was asked about last, what it shows, and what others of its side show: asked once per target.
    last: Cell<Option<(u32, Shows, Shows)>>,
}

impl<'a> Sampling<'a> {
    /// Of an estate with sampled records; nothing of others.
    pub(super) fn of(estate: &'a Estate) -> Option<Sampling<'a>> {
        estate.conversations.iter().find(|talk| is_partial(talk))?;
        let mut sampling = Sampling { estate, spoke: spoke(estate), all: Default::default(), last: Cell::new(None) };
        for talks in estate.by_client() {
            let shows = sampling.shows(talks).at_most(CONTACTS_PER_CLIENT);
            sampling.all[usize::from(estate.host(talks[0].client).is_inside)].add(&shows, 1.0);
        }
        Some(sampling)
    }

    fn shows(&self, talks: &[Conversation]) -> Shows {
        let mut shows = Shows::default();
        for talk in talks.iter().filter(|talk| is_partial(talk)) {
            match seen(talk) {
                Seen::Nothing => {}
                Seen::Try => shows.unanswered[usize::from(talk.proto != 6)].count(true),
                Seen::Answer => {
                    shows.unanswered[usize::from(talk.proto != 6)].count(false);
                    if self.estate.host(talk.server).is_inside {
                        shows.dark.count(self.is_dark(talk));
                    }
                }
            }
        }
        shows
    }

    /// Is the target inside, and was it never seen to speak to anybody else?
    fn is_dark(&self, talk: &Conversation) -> bool {
        let has_spoken = match self.spoke[talk.server as usize] {
            Spoke::ToNobody => false,
            Spoke::To(peer) => peer != talk.client,
            Spoke::ToMany => true,
        };
        self.estate.host(talk.server).is_inside && !has_spoken
    }

    /// What a client shows, and what the others of its side show.
    fn own_and_others(&self, client: u32) -> (Shows, Shows) {
        if let Some((_, own, others)) = self.last.get().filter(|last| last.0 == client) {
            return (own, others);
        }
        let own = self.shows(self.estate.of_client(client));
        let mut others = self.all[usize::from(self.estate.host(client).is_inside)];
        others.add(&own.at_most(CONTACTS_PER_CLIENT), -1.0);
        self.last.set(Some((client, own, others)));
        (own, others)
    }

    /// Contacts with what each of them says by itself. Those that are not sampled keep their steps.
    pub(super) fn plain(&self, contacts: Contacts<'a>) -> Contacts<'a> {
        if !contacts.iter().any(|(talk, _)| is_partial(talk)) {
            return contacts;
        }
        let (_, others) = self.own_and_others(contacts[0].0.client);
        contacts.into_iter().map(|(talk, step)| (talk, plain_step(talk, step, &others))).collect()
    }

    /// The steps of one client's contacts, in the order of time, for each kind of scanner: any, one of dark targets, one
    /// that sends from one port.
    pub(super) fn walks(&self, contacts: Contacts<'a>) -> Vec<Contacts<'a>> {
        let plain = self.plain(contacts);
        let Some((first, _)) = plain.iter().find(|(talk, _)| is_partial(talk)) else { return vec![plain] };
        let (own, others) = self.own_and_others(first.client);
        let usual = others.dark.near(0.5, USUAL_WEIGHT);
        let dark: Vec<bool> = plain.iter().map(|(talk, _)| self.is_dark(talk)).collect();
        let same_port = same_port(&plain);
        let of_targets = with_trait(&plain, &dark, own.dark.near(usual, OTHERS_WEIGHT));
        let of_port = with_trait(&plain, &same_port, answered(&plain, &same_port).near(0.0, OTHERS_WEIGHT));
        vec![plain, of_targets, of_port]
    }
}

/// How many of the contacts that were answered have it.
fn answered(contacts: &Contacts<'_>, has_it: &[bool]) -> Share {
    let mut share = Share::default();
    let answered = contacts.iter().zip(has_it).filter(|((talk, _), _)| seen(talk) == Seen::Answer);
    answered.for_each(|(_, has_it)| share.count(*has_it));
    share
}

fn spoke(estate: &Estate) -> Vec<Spoke> {
    let mut spoke = vec![Spoke::ToNobody; estate.hosts.len()];
    let mut speaks = |from: u32, to: u32| {
        let known = &mut spoke[from as usize];
        *known = match *known {
            Spoke::ToNobody => Spoke::To(to),
            Spoke::To(peer) if peer == to => Spoke::To(peer),
            _ => Spoke::ToMany,
        };
    };
    for talk in &estate.conversations {
        if talk.totals.up_packets > 0 {
            speaks(talk.client, talk.server);
        }
        if talk.totals.down_packets > 0 {
            speaks(talk.server, talk.client);
        }
    }
    spoke
}

/// What a contact says by itself.
fn plain_step(talk: &Conversation, sure: f64, others: &Shows) -> f64 {
    if !is_partial(talk) {
        return sure;
    }
    let (kind, least) = if talk.proto == 6 { (0, BENIGN_UNANSWERED_MIN) } else { (1, CONNECTIONLESS_UNANSWERED_MIN) };
    let benign = others.unanswered[kind].near(least, USUAL_WEIGHT).clamp(least, 0.99);
    match seen(talk) {
        Seen::Try => (SCANNER_UNANSWERED / benign).ln().max(0.0),
        Seen::Answer => ((1.0 - SCANNER_UNANSWERED) / (1.0 - benign)).ln().min(0.0),
        Seen::Nothing => 0.0,
    }
}

/// The steps of a scanner whose targets have something in common that is rare among a benign client's.
fn with_trait<'a>(plain: &Contacts<'a>, has_it: &[bool], benign: f64) -> Contacts<'a> {
    let benign = benign.clamp(BENIGN_TRAIT_MIN, SCANNER_TRAIT);
    let (with, without) = ((SCANNER_TRAIT / benign).ln(), ((1.0 - SCANNER_TRAIT) / (1.0 - benign)).ln());
    let told = |((talk, step), has_it): (&(&'a Conversation, f64), &bool)| {
        let is_asked = is_partial(talk) && seen(talk) == Seen::Try;
        (
            *talk,
            step + if !is_asked {
                0.0
            } else if *has_it {
                with
            } else {
                without
            },
        )
    };
    plain.iter().zip(has_it).map(told).collect()
}

/// Does a contact (in the order of time) leave from the port of the one before or after it?
fn same_port(contacts: &Contacts<'_>) -> Vec<bool> {
    let port = |place: usize| contacts[place].0.records.first().map(|record| record.client_port);
    let has_port = |place: usize| contacts[place].0.proto == 6 && port(place).is_some_and(|port| port != 0);
    let is_same =
        |a: usize, b: usize| b < contacts.len() && contacts[a].0.server != contacts[b].0.server && port(a) == port(b);
    (0..contacts.len())
        .map(|place| has_port(place) && (is_same(place, place + 1) || place > 0 && is_same(place, place - 1)))
        .collect()
}
