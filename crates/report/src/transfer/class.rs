//! The classes of transfer: what providers have one price for, one row each.

/// What a class tells of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Where they went: every byte is in one of these.
    Where,
    /// What they passed: a byte is in none, one or several.
    Through,
}

/// A class of transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    SameZone,
    CrossZone,
    InRegion,
    CrossRegion,
    Site,
    InternetOut,
    InternetIn,
    ProviderService,
    Unknown,
    Nat,
    NatOtherZone,
    PassedOn,
    LoadBalancer,
    Transit,
    Peering,
    OtherNetwork,
    PrivateEndpoint,
    GatewayEndpoint,
}

/// A row of [`CLASSES`].
pub(crate) struct Row {
    pub(crate) class: Class,
    /// Its name in JSON and in price files.
    pub(crate) name: &'static str,
    /// What the bytes did, in words.
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    /// Is it usually charged for? Not where it is free, or where nobody knows what it is.
    pub(crate) is_charged: bool,
}

const fn to(class: Class, name: &'static str, label: &'static str, is_charged: bool) -> Row {
    Row { class, name, label, kind: Kind::Where, is_charged }
}

const fn through(class: Class, name: &'static str, label: &'static str) -> Row {
    Row { class, name, label, kind: Kind::Through, is_charged: true }
}

/// Every class, in the order of [`Class`].
pub(crate) const CLASSES: &[Row] = &[
    to(Class::SameZone, "same_zone", "within a zone", false),
    to(Class::CrossZone, "cross_zone", "between zones of a region", true),
    to(Class::InRegion, "in_region", "within a region, zones not told", false),
    to(Class::CrossRegion, "cross_region", "between regions", true),
    to(Class::Site, "site", "with other sites and clouds", true),
    to(Class::InternetOut, "internet_out", "to the internet", true),
    to(Class::InternetIn, "internet_in", "from the internet", false),
    to(Class::ProviderService, "provider_service", "with the provider's own services", false),
    to(Class::Unknown, "unknown", "the records do not tell", false),
    through(Class::Nat, "nat", "through a NAT gateway"),
    through(Class::NatOtherZone, "nat_other_zone", "to a NAT gateway in another zone"),
    through(Class::PassedOn, "passed_on", "outwards through something in the network"),
    through(Class::LoadBalancer, "load_balancer", "through a load balancer"),
    through(Class::Transit, "transit_gateway", "through a transit gateway"),
    through(Class::Peering, "peering", "through a network peering"),
    through(Class::OtherNetwork, "other_network", "between two of our networks, the way not told"),
    through(Class::PrivateEndpoint, "private_endpoint", "through a private endpoint"),
    Row { is_charged: false, ..through(Class::GatewayEndpoint, "gateway_endpoint", "through a gateway endpoint") },
];

impl Class {
    /// What is known of it.
    pub(crate) fn row(self) -> &'static Row {
        &CLASSES[self as usize]
    }

    /// The class of a name.
    pub(crate) fn of(name: &str) -> Option<Class> {
        CLASSES.iter().find(|row| row.name == name).map(|row| row.class)
    }
}

/// What a class rests on, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    /// A record of the traffic itself says so.
    Record,
    /// The records of both interfaces say where they are, or what they are.
    Interface,
    /// An inventory says so.
    Inventory,
    /// Other traffic fits: a NAT gateway sends on the same.
    Inferred,
    /// Nothing but the kind of the address.
    Address,
    /// Nothing.
    Nothing,
}

impl Evidence {
    /// Its name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Evidence::Record => "record",
            Evidence::Interface => "interface",
            Evidence::Inventory => "inventory",
            Evidence::Inferred => "inferred",
            Evidence::Address => "address",
            Evidence::Nothing => "nothing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_classes() {
        for (row, number) in CLASSES.iter().zip(0..) {
            assert_eq!((row.class as usize, Class::of(row.name)), (number, Some(row.class)));
        }
    }
}
