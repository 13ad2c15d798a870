//! The sums of every class, and the pairs of hosts behind them.

use super::class::{CLASSES, Class, Evidence, Kind};
use super::service::{Remedy, Service};
use super::sort::{Charge, Sorted, Sorter};
use crate::analysis::{Analysis, Talk, top};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The other end of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Other<'a> {
    /// Everybody outside.
    Internet,
    /// A service of the provider's, and the region it is in.
    Service(&'static str, &'a str),
    /// A host, its port and protocol.
    Host(u32, u16, u8),
}

/// What one pair moved in a class.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PairSum {
    pub(crate) bytes: u64,
    /// Of them, sent by the pair's first end.
    pub(crate) sent: u64,
    /// Distinct pairs of addresses.
    pub(crate) peers: u64,
    last: Option<(u32, u32)>,
    pub(crate) first_seen: u32,
    pub(crate) last_seen: u32,
}

/// What a class moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassSum<'a> {
    pub(crate) bytes: u64,
    pub(crate) conversations: u64,
    pub(crate) by: BTreeMap<Evidence, u64>,
    /// By provider and region of our end.
    pub(crate) by_place: BTreeMap<(&'a str, &'a str), u64>,
    /// Pairs that several conversations add to.
    sums: HashMap<(u32, Other<'a>), PairSum>,
    /// Conversations that are a pair of their own: the heaviest of them.
    singles: Vec<(u32, Other<'a>, PairSum)>,
}

/// Traffic with a provider's service that a network sends through what is charged for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detour {
    pub(crate) bytes: u64,
    /// Of them, through what is known to be a NAT gateway.
    pub(crate) through_nat: u64,
    /// The weakest evidence.
    pub(crate) by: Option<Evidence>,
    /// Bytes by host.
    pub(crate) hosts: BTreeMap<u32, u64>,
    pub(crate) first_seen: u32,
    pub(crate) last_seen: u32,
}

/// Whose detour it is: provider, network and account, service.
pub(crate) type DetourKey<'a> = (&'a str, &'a str, Service<'a>);

/// The sums of all classes.
#[derive(Clone, Debug)]
pub(crate) struct Tally<'a> {
    /// Bytes of conversations with an end in a cloud.
    pub(crate) bytes: u64,
    /// In the order of [`CLASSES`].
    pub(crate) sums: Vec<ClassSum<'a>>,
    pub(crate) detours: BTreeMap<DetourKey<'a>, Detour>,
    /// Zones by host, where they are known.
    pub(crate) zones: HashMap<u32, &'a str>,
    /// Pairs that are told of a class.
    rows_max: usize,
}

impl<'a> Tally<'a> {
    /// Of all conversations; `None` where no cloud is seen.
    pub(crate) fn of(analysis: &Analysis<'a>) -> Option<Tally<'a>> {
        let sorter = Sorter::of(analysis);
        if !sorter.places.has_cloud {
            return None;
        }
        let sums = vec![ClassSum::default(); CLASSES.len()];
        let rows_max = analysis.fold.options.limits.list_rows_max;
        let mut tally = Tally { bytes: 0, sums, detours: BTreeMap::new(), zones: HashMap::new(), rows_max };
        for talk in analysis.talks.iter().filter(|talk| talk.bytes() > 0 && sorter.is_of_cloud(talk)) {
            let sorted = sorter.sort(talk);
            tally.bytes += talk.bytes();
            tally.add(talk, &sorted, &sorter);
            tally.add_detour(talk, &sorted, &sorter);
        }
        Some(tally)
    }

    /// The sum of a class.
    pub(crate) fn sum(&self, class: Class) -> &ClassSum<'a> {
        &self.sums[class as usize]
    }

    fn add(&mut self, talk: &Talk, sorted: &Sorted<'a>, sorter: &Sorter<'_, 'a>) {
        let place = sorter.place(talk).map_or(("", ""), |place| (place.provider, place.region));
        for charge in sorted.charges.iter().filter(|charge| charge.bytes > 0) {
            let sum = &mut self.sums[charge.class as usize];
            sum.bytes += charge.bytes;
            sum.conversations += 1;
            *sum.by.entry(charge.by).or_default() += charge.bytes;
            *sum.by_place.entry(place).or_default() += charge.bytes;
            if charge.class != Class::SameZone {
                sum.add_pair(talk, pair(talk, sorted, charge), charge, self.rows_max);
            }
        }
        for host in [talk.client, talk.server] {
            if let Some(place) = sorter.places.get(host) {
                self.zones.entry(host).or_insert_with(|| place.zone());
            }
        }
    }

    /// Notes what a free or cheaper endpoint would take over: services in our own region, as far as that is known.
    fn add_detour(&mut self, talk: &Talk, sorted: &Sorted<'a>, sorter: &Sorter<'_, 'a>) {
        let (Some(own), Some(service)) = (sorted.own, sorted.service) else { return };
        let through = sorted.charges.iter().find(|charge| matches!(charge.class, Class::Nat | Class::PassedOn));
        let by_whom =
            sorted.charges.iter().filter(|charge| charge.class.row().kind == Kind::Where).map(|charge| charge.by);
        let (Some(through), Some(place)) = (through, sorter.places.get(own)) else { return };
        let is_elsewhere = !service.region.is_empty() && !place.region.is_empty() && service.region != place.region;
        if is_elsewhere || service.remedy == Remedy::Nothing {
            return;
        }
        let detour = self.detours.entry((place.provider, place.network, service)).or_default();
        detour.bytes += talk.bytes();
        detour.through_nat += if through.class == Class::Nat { talk.bytes() } else { 0 };
        detour.by = detour.by.max(by_whom.chain([through.by]).max());
        *detour.hosts.entry(own).or_default() += talk.bytes();
        let (first, last) = talk.span();
        detour.first_seen = if detour.last_seen == 0 { first } else { detour.first_seen.min(first) };
        detour.last_seen = detour.last_seen.max(last);
    }
}

/// Who moved it: our host and everybody outside, our host and a service, or a client and a server.
fn pair<'a>(talk: &Talk, sorted: &Sorted<'a>, charge: &Charge) -> (u32, Other<'a>) {
    match (sorted.own, sorted.service) {
        (Some(own), Some(service)) => (own, Other::Service(service.name, service.region)),
        (Some(own), None) if charge.class != Class::Unknown => (own, Other::Internet),
        _ => (talk.client, Other::Host(talk.server, talk.port, talk.proto)),
    }
}

/// Singles beyond those that are told, after which the lightest are forgotten.
const SINGLES_SPARE: usize = 1_000;

impl<'a> ClassSum<'a> {
    fn add_pair(&mut self, talk: &Talk, (one, other): (u32, Other<'a>), charge: &Charge, rows_max: usize) {
        if !matches!(other, Other::Host(..)) {
            self.sums.entry((one, other)).or_default().add(talk, one, charge);
            return;
        }
        let mut sum = PairSum::default();
        sum.add(talk, one, charge);
        self.singles.push((one, other, sum));
        if self.singles.len() > rows_max + SINGLES_SPARE {
            top(&mut self.singles, rows_max, |&(one, other, sum)| (Reverse(sum.bytes), one, other));
        }
    }

    /// Who moved it, in no order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, Other<'a>, &PairSum)> {
        let sums = self.sums.iter().map(|(&(one, other), sum)| (one, other, sum));
        sums.chain(self.singles.iter().map(|(one, other, sum)| (*one, *other, sum)))
    }
}

impl PairSum {
    fn add(&mut self, talk: &Talk, one: u32, charge: &Charge) {
        let sent = if one == talk.client { talk.to_server } else { talk.to_client };
        self.bytes += charge.bytes;
        self.sent += match charge.class {
            Class::InternetIn => 0,
            Class::InternetOut => charge.bytes,
            _ => sent,
        };
        // Conversations come in the order of client and server.
        self.peers += u64::from(self.last.replace((talk.client, talk.server)) != Some((talk.client, talk.server)));
        let (first, last) = talk.span();
        self.first_seen = if self.last_seen == 0 { first } else { self.first_seen.min(first) };
        self.last_seen = self.last_seen.max(last);
    }
}
