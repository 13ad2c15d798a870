//! Into which classes a conversation's bytes go: from the strongest evidence to the weakest, and `unknown` without any.

use super::class::{Class, Evidence};
use super::place::{Device, Place, Places};
use super::service::{Service, Signs, is_front_end};
use crate::analysis::{Analysis, Talk};
use crate::fold::ways::Ways;

/// Bytes of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) class: Class,
    pub(super) bytes: u64,
    pub(super) by: Evidence,
}

/// A conversation's classes.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorted<'a> {
    pub(super) charges: Vec<Charge>,
    /// Our end, where the other one is outside.
    pub(super) own: Option<u32>,
    /// The provider's service at the other end.
    pub(super) service: Option<Service<'a>>,
}

/// Sorts conversations.
pub(super) struct Sorter<'s, 'a> {
    analysis: &'s Analysis<'a>,
    pub(super) places: Places<'a>,
    /// Is there a NAT gateway anywhere?
    has_nat: bool,
}

/// What went out by one of these was not translated on its way.
const STRAIGHT: Ways = Ways::INTERNET_GATEWAY.and(Ways::GATEWAY_ENDPOINT).and(Ways::TRANSIT);

impl<'s, 'a> Sorter<'s, 'a> {
    /// A sorter that knows where hosts are.
    pub(super) fn of(analysis: &'s Analysis<'a>) -> Sorter<'s, 'a> {
        let places = Places::of(analysis);
        let has_nat = places.has_nat || analysis.fold.observers.all.iter().any(|one| one.ways.has(Ways::NAT));
        Sorter { analysis, places, has_nat }
    }

    /// Where one end is that is known.
    pub(super) fn place(&self, talk: &Talk) -> Option<&Place<'a>> {
        self.places.get(talk.client).or_else(|| self.places.get(talk.server))
    }

    /// Is it traffic of a cloud at all?
    pub(super) fn is_of_cloud(&self, talk: &Talk) -> bool {
        let is_many = || [talk.client, talk.server].iter().any(|&host| self.analysis.host(host).is_many);
        self.place(talk).is_some() || !talk.ways.is_empty() || is_many()
    }

    /// The classes of a conversation.
    pub(super) fn sort(&self, talk: &Talk) -> Sorted<'a> {
        let inside = [talk.client, talk.server].map(|host| self.analysis.host(host).is_inside);
        let mut sorted = match inside {
            [true, true] => Sorted { charges: vec![self.between(talk)], ..Sorted::default() },
            [true, false] => self.outward(talk, talk.client, talk.server),
            [false, true] => self.outward(talk, talk.server, talk.client),
            [false, false] => {
                Sorted { charges: vec![whole(talk, Class::Unknown, Evidence::Nothing)], ..Sorted::default() }
            }
        };
        if !talk.ways.has(Ways::SEVERAL) {
            self.add_passed(talk, &mut sorted);
        }
        sorted
    }

    /// Between two ends of ours.
    fn between(&self, talk: &Talk) -> Charge {
        let ways = talk.ways;
        let by_places = || self.places.get(talk.client)?.to(self.places.get(talk.server)?);
        let (class, by) = match () {
            () if ways.has(Ways::SEVERAL) => (Class::Unknown, Evidence::Nothing),
            () if ways.has(Ways::OTHER_REGION.and(Ways::PEERING_OF_REGIONS)) => (Class::CrossRegion, Evidence::Record),
            () if ways.has(Ways::SAME_ZONE) != ways.has(Ways::OTHER_ZONE) => {
                (if ways.has(Ways::SAME_ZONE) { Class::SameZone } else { Class::CrossZone }, Evidence::Record)
            }
            () if ways.has(Ways::VPN_GATEWAY.and(Ways::LOCAL_GATEWAY)) => (Class::Site, Evidence::Record),
            () => match by_places() {
                Some(known) => known,
                None if ways.has(Ways::PEERING) => (Class::InRegion, Evidence::Record),
                None => (Class::Unknown, Evidence::Nothing),
            },
        };
        whole(talk, class, by)
    }

    /// Between an end of ours and one outside.
    fn outward(&self, talk: &Talk, own: u32, other: u32) -> Sorted<'a> {
        let provider = self.places.get(own).map_or("", |place| place.provider);
        let host = self.analysis.host(other);
        let owner = self.analysis.owners.find(host.ip, talk.span().1);
        let signs = Signs { provider, ways: talk.ways, owner, address: host.ip };
        let service = signs.service().filter(|_| !host.is_many);
        let charges = match service {
            _ if talk.ways.has(Ways::SEVERAL) => vec![whole(talk, Class::Unknown, Evidence::Nothing)],
            _ if talk.ways.has(Ways::VPN_GATEWAY.and(Ways::LOCAL_GATEWAY)) => {
                vec![whole(talk, Class::Site, Evidence::Record)]
            }
            Some((_, by)) => vec![whole(talk, Class::ProviderService, by)],
            None => internet(talk, own == talk.client),
        };
        Sorted { charges, own: Some(own), service: service.map(|(service, _)| service) }
    }

    /// What it passed on its way.
    fn add_passed(&self, talk: &Talk, sorted: &mut Sorted<'a>) {
        let ways = talk.ways;
        if let Some(own) = sorted.own {
            self.add_translation(talk, own, sorted);
        }
        let mut add = |class: Class, by: Evidence| sorted.charges.push(whole(talk, class, by));
        for (bit, class) in [
            (Ways::TRANSIT, Class::Transit),
            (Ways::PEERING.and(Ways::PEERING_OF_REGIONS), Class::Peering),
            (Ways::GATEWAY_ENDPOINT, Class::GatewayEndpoint),
        ] {
            if ways.has(bit) {
                add(class, Evidence::Record);
            }
        }
        match self.places.device(talk.server) {
            Some((Device::LoadBalancer, by)) => add(Class::LoadBalancer, by),
            Some((Device::Endpoint, by)) => add(Class::PrivateEndpoint, by),
            _ if ways.has(Ways::ENDPOINT) => add(Class::PrivateEndpoint, Evidence::Record),
            _ => {}
        }
        if sorted.service.as_ref().is_some_and(is_front_end) {
            sorted.charges.push(whole(talk, Class::LoadBalancer, Evidence::Address));
        } else if let Some(by) = self.between_networks(talk) {
            sorted.charges.push(whole(talk, Class::OtherNetwork, by));
        }
    }

    /// A NAT gateway, or whatever passes on what goes outwards.
    fn add_translation(&self, talk: &Talk, own: u32, sorted: &mut Sorted<'a>) {
        let is_repeated = || self.analysis.translated.contains(&(talk.server, talk.port, talk.proto));
        let passes_on = talk.ways.has(Ways::OWN_NETWORK) && !talk.ways.has(STRAIGHT);
        let translation = match self.places.device(own) {
            _ if talk.ways.has(Ways::NAT) => Some((Class::Nat, Evidence::Record)),
            Some((Device::Nat, by)) => Some((Class::Nat, by)),
            _ if own != talk.client || talk.ways.has(STRAIGHT) => None,
            _ if is_repeated() => Some((Class::Nat, Evidence::Inferred)),
            _ if passes_on && self.has_nat => Some((Class::Nat, Evidence::Inferred)),
            _ if passes_on => Some((Class::PassedOn, Evidence::Record)),
            _ => None,
        };
        let Some((class, by)) = translation else { return };
        sorted.charges.push(whole(talk, class, by));
        if let Some(by) = self.crosses_to_nat(talk, own).filter(|_| class == Class::Nat) {
            sorted.charges.push(whole(talk, Class::NatOtherZone, by));
        }
    }

    /// Is every NAT gateway of its network in another zone than a host, and who says so?
    fn crosses_to_nat(&self, talk: &Talk, own: u32) -> Option<Evidence> {
        if talk.ways.has(Ways::NAT_IN_OTHER_ZONE) {
            return Some(Evidence::Record);
        }
        let place = self.places.get(own)?;
        let mut relations = self.places.nats_of(place.network).map(|nat| place.to(nat)).peekable();
        let (_, by) = (*relations.peek()?)?;
        relations.all(|relation| relation.is_some_and(|(class, _)| class == Class::CrossZone)).then_some(by)
    }

    /// Are its ends in two networks of ours, and nothing says how it came from one to the other? Who says so.
    fn between_networks(&self, talk: &Talk) -> Option<Evidence> {
        const KNOWN: Ways = Ways::TRANSIT
            .and(Ways::PEERING)
            .and(Ways::PEERING_OF_REGIONS)
            .and(Ways::ENDPOINT)
            .and(Ways::VPN_GATEWAY)
            .and(Ways::LOCAL_GATEWAY);
        let (mine, other) = (self.places.get(talk.client)?, self.places.get(talk.server)?);
        let is_known = !mine.network.is_empty() && !other.network.is_empty() && !talk.ways.has(KNOWN);
        (is_known && mine.network != other.network).then(|| mine.told_by(other))
    }
}

/// All bytes of a conversation.
fn whole(talk: &Talk, class: Class, by: Evidence) -> Charge {
    Charge { class, bytes: talk.bytes(), by }
}

/// To and from the internet: what goes out has another price than what comes in.
fn internet(talk: &Talk, is_outbound: bool) -> Vec<Charge> {
    let by = if talk.ways.has(Ways::INTERNET_GATEWAY) { Evidence::Record } else { Evidence::Address };
    let (out, back) = if is_outbound { (talk.to_server, talk.to_client) } else { (talk.to_client, talk.to_server) };
    vec![Charge { class: Class::InternetOut, bytes: out, by }, Charge { class: Class::InternetIn, bytes: back, by }]
}
