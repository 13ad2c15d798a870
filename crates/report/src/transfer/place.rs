//! Where hosts are and what they are: by the records of their interfaces, else by an inventory.

use super::class::{Class, Evidence};
use crate::analysis::{Analysis, Owners};
use crate::fold::observers::Observer;
use hashbrown::HashMap;
use std::net::IpAddr;

/// Where a host is. Empty where that is not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Place<'a> {
    pub(super) provider: &'a str,
    account: &'a str,
    pub(super) region: &'a str,
    /// By name and by AWS's identifier.
    zone: &'a str,
    zone_id: &'a str,
    pub(super) network: &'a str,
    subnet: &'a str,
    /// Its zone is not from its records.
    is_of_inventory: bool,
}

/// What a host is, where it is charged for what it passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    Nat,
    LoadBalancer,
    Endpoint,
}

impl Device {
    /// By the type of its interface, or by the service that an inventory names.
    fn of(text: &str) -> Option<Device> {
        match text.to_ascii_lowercase().as_str() {
            "nat_gateway" | "regional_nat_gateway" | "nat gateway" | "regional nat gateway" => Some(Device::Nat),
            "network_load_balancer" | "alb" | "nlb" | "classic elb" | "elb" | "load balancer" => {
                Some(Device::LoadBalancer)
            }
            "vpc_endpoint" | "vpc endpoint" | "private endpoint" => Some(Device::Endpoint),
            _ => None,
        }
    }
}

/// Is it a NAT gateway by what an inventory says?
pub(crate) fn is_nat(service: &str) -> bool {
    Device::of(service) == Some(Device::Nat)
}

/// Places and devices by host.
#[derive(Default)]
pub(super) struct Places<'a> {
    places: HashMap<u32, Place<'a>>,
    devices: HashMap<u32, (Device, Evidence)>,
    /// NAT gateways by network, where that is known.
    nats: HashMap<&'a str, Vec<u32>>,
    /// Is there a NAT gateway at all?
    pub(super) has_nat: bool,
    /// Is there a cloud at all?
    pub(super) has_cloud: bool,
}

impl<'a> Places<'a> {
    /// Of every host inside.
    pub(super) fn of(analysis: &Analysis<'a>) -> Places<'a> {
        let mut places = Places::default();
        let mut interfaces: HashMap<u32, &str> = HashMap::new();
        for observer in &analysis.fold.observers.all {
            places.has_cloud |= is_cloud(&observer.names.provider);
            if is_cloud(&observer.names.provider) && observer.names.source_kind.as_ref() != "aws_tgw" {
                for address in observer.addresses() {
                    if let Some(number) = analysis.host_number(address) {
                        interfaces.entry(number as u32).or_insert(&observer.names.if_id);
                        places.add(number as u32, observer);
                    }
                }
            }
        }
        for (host, number) in analysis.hosts.iter().zip(0..).filter(|(host, _)| host.is_inside && !host.is_many) {
            let interface = interfaces.get(&number).copied().unwrap_or_default();
            places.add_known(number, &analysis.owners, interface, host.ip);
        }
        places.find_nats();
        places
    }

    fn find_nats(&mut self) {
        for (&host, _) in self.devices.iter().filter(|(_, (device, _))| *device == Device::Nat) {
            self.has_nat = true;
            if let Some(place) = self.places.get(&host).filter(|place| !place.network.is_empty()) {
                self.nats.entry(place.network).or_default().push(host);
            }
        }
    }

    /// Places of the NAT gateways in a network, in no order.
    pub(super) fn nats_of(&self, network: &str) -> impl Iterator<Item = &Place<'a>> {
        self.nats.get(network).into_iter().flatten().filter_map(|host| self.places.get(host))
    }

    fn add(&mut self, host: u32, observer: &'a Observer) {
        let [zone, region, subnet] = observer.location.texts();
        let names = &observer.names;
        let (zone, zone_id) = if &*names.provider == "aws" { ("", zone) } else { (zone, "") };
        let said = Place {
            provider: &names.provider,
            account: &names.account_id,
            region,
            zone,
            zone_id,
            network: &names.vpc_id,
            subnet,
            is_of_inventory: false,
        };
        self.places.entry(host).or_default().complete(&said);
        if let Some(device) = Device::of(&names.if_type) {
            self.devices.insert(host, (device, Evidence::Interface));
        }
    }

    /// Takes what an inventory says, where the records say nothing.
    fn add_known(&mut self, host: u32, owners: &Owners<'a>, interface: &str, address: IpAddr) {
        let at = owners.last_seen(host);
        if let Some(known) = owners.place(interface, address, at) {
            let said = Place {
                provider: "",
                account: &known.account,
                region: known.known_region(),
                zone: &known.zone,
                zone_id: &known.zone_id,
                network: &known.network,
                subnet: &known.subnet,
                is_of_inventory: true,
            };
            self.places.entry(host).or_default().complete(&said);
        }
        if let Some(device) = owners.find(address, at).and_then(|owner| Device::of(&owner.service)) {
            self.devices.entry(host).or_insert((device, Evidence::Inventory));
        }
    }

    /// Where a host is.
    pub(super) fn get(&self, host: u32) -> Option<&Place<'a>> {
        self.places.get(&host)
    }

    /// What it is, and who says so.
    pub(super) fn device(&self, host: u32) -> Option<(Device, Evidence)> {
        self.devices.get(&host).copied()
    }
}

impl<'a> Place<'a> {
    /// Takes what is not known yet.
    fn complete(&mut self, said: &Place<'a>) {
        let was_placed = [self.zone, self.zone_id, self.subnet].iter().any(|text| !text.is_empty());
        let take = |mine: &mut &'a str, said: &'a str| {
            if mine.is_empty() {
                *mine = said;
            }
        };
        take(&mut self.provider, said.provider);
        take(&mut self.account, said.account);
        take(&mut self.region, said.region);
        take(&mut self.zone, said.zone);
        take(&mut self.zone_id, said.zone_id);
        take(&mut self.network, said.network);
        take(&mut self.subnet, said.subnet);
        self.is_of_inventory |= said.is_of_inventory && !was_placed;
    }

    /// The zone, by whichever name.
    pub(super) fn zone(&self) -> &'a str {
        if self.zone_id.is_empty() { self.zone } else { self.zone_id }
    }

    /// How two places stand to each other, and who says so.
    pub(super) fn to(&self, other: &Place<'_>) -> Option<(Class, Evidence)> {
        self.relation(other).map(|class| (class, self.told_by(other)))
    }

    /// Who says where both are.
    pub(super) fn told_by(&self, other: &Place<'_>) -> Evidence {
        if self.is_of_inventory || other.is_of_inventory { Evidence::Inventory } else { Evidence::Interface }
    }

    fn relation(&self, other: &Place<'_>) -> Option<Class> {
        let are_both_known = |mine: &str, theirs: &str| !mine.is_empty() && !theirs.is_empty();
        let differ = |mine: &str, theirs: &str| are_both_known(mine, theirs) && mine != theirs;
        let same = |mine: &str, theirs: &str| are_both_known(mine, theirs) && mine == theirs;
        if differ(self.provider, other.provider) {
            return Some(Class::Site);
        }
        if differ(self.region, other.region) || differ(region_code(self.zone_id), region_code(other.zone_id)) {
            return Some(Class::CrossRegion);
        }
        // Each account of AWS has its own names for the same zones.
        let is_named_alike = self.account == other.account || self.provider == "gcp";
        if are_both_known(self.zone_id, other.zone_id) {
            return Some(if self.zone_id == other.zone_id { Class::SameZone } else { Class::CrossZone });
        }
        if are_both_known(self.zone, other.zone) && is_named_alike {
            return Some(if self.zone == other.zone { Class::SameZone } else { Class::CrossZone });
        }
        // Only in AWS a subnet is in one zone and a network in one region.
        if same(self.subnet, other.subnet) && self.subnet.starts_with("subnet-") {
            return Some(Class::SameZone);
        }
        let is_in_region = same(self.region, other.region)
            || same(region_code(self.zone_id), region_code(other.zone_id))
            || same(self.network, other.network) && self.network.starts_with("vpc-");
        is_in_region.then_some(Class::InRegion)
    }
}

/// Of `euw1-az2`: `euw1`.
fn region_code(zone_id: &str) -> &str {
    zone_id.rsplit_once("-az").map_or("", |(region, _)| region)
}

/// Is it a cloud that has prices for transfer?
fn is_cloud(provider: &str) -> bool {
    matches!(provider, "aws" | "azure" | "gcp" | "oci" | "ibm")
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: Place<'_> = Place {
        provider: "aws",
        account: "1",
        region: "",
        zone: "",
        zone_id: "",
        network: "",
        subnet: "",
        is_of_inventory: false,
    };

    #[track_caller]
    fn check(one: &Place<'_>, other: &Place<'_>, expected: Option<Class>) {
        assert_eq!(one.relation(other), expected, "{one:?} {other:?}");
        assert_eq!(other.relation(one), expected, "{other:?} {one:?}");
    }

    #[test]
    fn how_places_stand_to_each_other() {
        let by_id = |zone_id| Place { zone_id, ..AWS };
        check(&by_id("euw1-az1"), &by_id("euw1-az1"), Some(Class::SameZone));
        check(&by_id("euw1-az1"), &by_id("euw1-az2"), Some(Class::CrossZone));
        check(&by_id("euw1-az1"), &by_id("use1-az1"), Some(Class::CrossRegion));
        let by_name = |account, zone| Place { account, zone, ..AWS };
        check(&by_name("1", "eu-west-1a"), &by_name("1", "eu-west-1a"), Some(Class::SameZone));
        check(&by_name("1", "eu-west-1a"), &by_name("2", "eu-west-1a"), None);
        check(&by_id("euw1-az1"), &by_name("1", "eu-west-1a"), None);
        let of_gcp = |account, zone| Place { provider: "gcp", account, zone, ..AWS };
        check(&of_gcp("1", "europe-west1-c"), &of_gcp("2", "europe-west1-c"), Some(Class::SameZone));
        check(&of_gcp("1", ""), &by_id("euw1-az1"), Some(Class::Site));
        let subnet = Place { subnet: "subnet-1", network: "vpc-1", ..AWS };
        check(&subnet, &subnet, Some(Class::SameZone));
        check(&subnet, &Place { subnet: "subnet-2", network: "vpc-1", ..AWS }, Some(Class::InRegion));
        let in_region = |region| Place { region, ..AWS };
        check(&in_region("eu-west-1"), &in_region("eu-west-1"), Some(Class::InRegion));
        check(&in_region("eu-west-1"), &in_region("us-east-1"), Some(Class::CrossRegion));
        check(&AWS, &AWS, None);
    }
}
