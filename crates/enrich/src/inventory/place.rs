//! Where an interface is: network, subnet, zone, region, as far as somebody says.

/// Where something is. Empty where that is not known.
///
/// AWS has two names for a zone: the name (`eu-west-1a`), which each account has for itself, and the identifier
/// (`euw1-az1`), which is the same for all (AWS RAM user guide, "Availability Zone IDs").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Account that owns the interface.
    pub account: String,
    /// Region.
    pub region: String,
    /// Zone by name: `eu-west-1a`, `europe-west1-c`.
    pub zone: String,
    /// Zone by identifier: `euw1-az1`.
    pub zone_id: String,
    /// Network: VPC, VNet.
    pub network: String,
    /// Subnet.
    pub subnet: String,
}

impl Place {
    /// Takes a zone by either of its names.
    pub fn set_zone(&mut self, text: &str) {
        let field = if is_zone_id(text) { &mut self.zone_id } else { &mut self.zone };
        text.clone_into(field);
    }

    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.known_region().is_empty() && self.zone_id.is_empty() && self.network.is_empty() && self.subnet.is_empty()
    }

    /// The region, if need be by the zone's name.
    pub fn known_region(&self) -> &str {
        if self.region.is_empty() { region_of_zone(&self.zone) } else { &self.region }
    }
}

/// `euw1-az1`: an identifier that AWS has for a zone.
fn is_zone_id(text: &str) -> bool {
    let number = text.rsplit_once("-az").map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The region in the name of a zone: of `eu-west-1a` and `us-west-2-lax-1a` (AWS), of `europe-west1-c` (Google).
fn region_of_zone(zone: &str) -> &str {
    let mut end = 0;
    for part in zone.split('-') {
        if end > 0 && part.starts_with(|first: char| first.is_ascii_digit()) {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            return &zone[..end + digits];
        }
        end += part.len() + 1;
    }
    match zone.rsplit_once('-') {
        Some((region, letter)) if letter.len() == 1 && region.ends_with(|last: char| last.is_ascii_digit()) => region,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_zones() {
        for (zone, region) in [
            ("eu-west-1a", "eu-west-1"),
            ("us-gov-east-1b", "us-gov-east-1"),
            ("us-west-2-lax-1a", "us-west-2"),
            ("ap-southeast-10c", "ap-southeast-10"),
            ("europe-west1-c", "europe-west1"),
            ("northamerica-northeast1-a", "northamerica-northeast1"),
            ("1", ""),
            ("rack-é", ""),
            ("", ""),
        ] {
            assert_eq!(region_of_zone(zone), region, "{zone}");
        }
    }

    #[test]
    fn a_zone_by_either_name() {
        let mut place = Place::default();
        place.set_zone("euw1-az1");
        place.set_zone("eu-west-1a");
        assert_eq!([&*place.zone_id, &*place.zone, place.known_region()], ["euw1-az1", "eu-west-1a", "eu-west-1"]);
        assert!(!is_zone_id("euw1-az") && !is_zone_id("a-azb"));
    }
}
