//! The providers' own services: which one an address outside is, and what there is to reach it more cheaply.

use super::class::Evidence;
use crate::fold::ways::Ways;
use enrich::inventory::Owner;
use std::fmt;
use std::net::IpAddr;

/// What can be put in the way's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Remedy {
    /// A gateway or service endpoint, without a price of its own.
    Free,
    /// A private endpoint, which is charged by the hour and by the GB, but usually less by the GB than a NAT gateway.
    Cheaper,
    /// None.
    Nothing,
}

/// A service of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Service<'a> {
    /// `S3`, `Azure Storage`.
    pub(crate) name: &'static str,
    /// Where it is, if the provider's list of addresses says; may be empty.
    pub(crate) region: &'a str,
    pub(crate) remedy: Remedy,
}

impl fmt::Display for Service<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.region.is_empty() { "" } else { " " };
        write!(f, "{}{space}{}", self.name, self.region)
    }
}

/// Services by what records and lists of addresses call them: provider, name there, name here, remedy.
///
/// Gateway endpoints: AWS VPC user guide, "Gateway endpoints". Service endpoints: Microsoft Learn, "Virtual network
/// service endpoints", the services that are generally available and have a service tag.
const SERVICES: &[(&str, &str, &str, Remedy)] = &[
    ("aws", "AWS S3", "S3", Remedy::Free),
    ("aws", "AWS DYNAMODB", "DynamoDB", Remedy::Free),
    ("aws", "AWS", "another AWS service", Remedy::Cheaper),
    ("aws", "AWS API_GATEWAY", "API Gateway", Remedy::Cheaper),
    ("aws", "AWS CODEBUILD", "CodeBuild", Remedy::Cheaper),
    ("aws", "AWS KINESIS_VIDEO_STREAMS", "Kinesis Video Streams", Remedy::Cheaper),
    ("aws", "AWS EBS", "EBS direct API", Remedy::Cheaper),
    ("aws", "AWS CLOUDFRONT", "the AWS edge", Remedy::Nothing),
    ("aws", "AWS CLOUDFRONT_ORIGIN_FACING", "the AWS edge", Remedy::Nothing),
    ("aws", "AWS GLOBALACCELERATOR", "the AWS edge", Remedy::Nothing),
    ("aws", "AWS ROUTE53_HEALTHCHECKS", "the AWS edge", Remedy::Nothing),
    ("azure", "Azure Storage", "Azure Storage", Remedy::Free),
    ("azure", "Azure Sql", "Azure SQL", Remedy::Free),
    ("azure", "Azure AzureCosmosDB", "Azure Cosmos DB", Remedy::Free),
    ("azure", "Azure AzureKeyVault", "Azure Key Vault", Remedy::Free),
    ("azure", "Azure ServiceBus", "Azure Service Bus", Remedy::Free),
    ("azure", "Azure EventHub", "Azure Event Hubs", Remedy::Free),
    ("azure", "Azure AzureContainerRegistry", "Azure Container Registry", Remedy::Cheaper),
    ("azure", "Azure AzureMonitor", "Azure Monitor", Remedy::Cheaper),
    ("azure", "Azure AzureActiveDirectory", "Microsoft Entra ID", Remedy::Nothing),
    ("azure", "Azure AzureFrontDoor", "the Azure edge", Remedy::Nothing),
];

/// By what records say of the service at the other end.
const BITS: &[(Ways, &str)] = &[(Ways::S3, "AWS S3"), (Ways::DYNAMODB, "AWS DYNAMODB"), (Ways::EDGE, "AWS CLOUDFRONT")];

/// What records and an inventory say of an address outside.
pub(super) struct Signs<'a> {
    /// The provider of the host of ours; empty if that is not known.
    pub(super) provider: &'a str,
    pub(super) ways: Ways,
    /// Whose the address is by an inventory.
    pub(super) owner: Option<&'a Owner>,
    pub(super) address: IpAddr,
}

impl<'a> Signs<'a> {
    /// The service, if it is one of the provider in which our host is: to others it is the internet.
    pub(super) fn service(&self) -> Option<(Service<'a>, Evidence)> {
        self.of_record().or_else(|| self.of_inventory()).or_else(|| self.of_address())
    }

    fn of_record(&self) -> Option<(Service<'a>, Evidence)> {
        let known = BITS.iter().find(|(bit, _)| self.ways.has(*bit)).map(|(_, name)| row(name, self.region_of(name)));
        let other = || {
            // The record names another service; a list of addresses may say which.
            let listed =
                || self.of_inventory().map(|(service, _)| service).filter(|known| known.name != "the AWS edge");
            let google = Service { name: "a Google API", region: "", remedy: Remedy::Free };
            let plain = || if self.provider == "gcp" { Some(google) } else { row("AWS", "") };
            self.ways.has(Ways::SERVICE).then(|| listed().or_else(plain)).flatten()
        };
        Some((known.flatten().or_else(other)?, Evidence::Record))
    }

    /// Where a service is that a record names: if a list of addresses names the same.
    fn region_of(&self, name: &str) -> &'a str {
        self.owner.filter(|owner| owner.service == name).map_or("", |owner| known_region(&owner.name))
    }

    fn of_inventory(&self) -> Option<(Service<'a>, Evidence)> {
        let owner = self.owner?;
        let is_own = SERVICES.iter().any(|row| row.0 == self.provider && row.1 == owner.service);
        let service = row(&owner.service, known_region(&owner.name)).filter(|_| is_own)?;
        Some((service, Evidence::Inventory))
    }

    /// Google's load balancers and health checks speak from these ranges (Cloud Load Balancing, "Firewall rules").
    fn of_address(&self) -> Option<(Service<'a>, Evidence)> {
        let IpAddr::V4(address) = self.address else { return None };
        let is_front_end = match address.octets() {
            [35, 191, ..] => true,
            [130, 211, third, _] => third < 4,
            _ => false,
        };
        let service = Service { name: FRONT_END, region: "", remedy: Remedy::Nothing };
        (is_front_end && self.provider == "gcp").then_some((service, Evidence::Address))
    }
}

/// What stands between the internet and Google's load balancers.
const FRONT_END: &str = "the Google front end";

/// Is the traffic that of a load balancer in front of our hosts?
pub(super) fn is_front_end(service: &Service<'_>) -> bool {
    service.name == FRONT_END
}

fn row<'a>(name: &str, region: &'a str) -> Option<Service<'a>> {
    let row = SERVICES.iter().find(|row| row.1 == name)?;
    Some(Service { name: row.2, region, remedy: row.3 })
}

/// A range of all regions is in none.
fn known_region(name: &str) -> &str {
    if name.eq_ignore_ascii_case("global") { "" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(provider: &str, ways: Ways, owner: (&str, &str), expected: &str) {
        let owner = Owner { service: owner.0.to_owned(), name: owner.1.to_owned() };
        let owner = (!owner.service.is_empty()).then_some(&owner);
        let address = IpAddr::from([35, 191, 1, 2]);
        let signs = Signs { provider, ways, owner, address };
        let told = signs.service().map(|(service, by)| format!("{service}, {}", by.name()));
        assert_eq!(told.unwrap_or_default(), expected, "{provider} {ways:?} {owner:?}");
    }

    #[test]
    fn who_is_at_the_other_end() {
        let nothing = Ways::default();
        check("aws", Ways::S3, ("", ""), "S3, record");
        check("aws", Ways::S3, ("AWS S3", "eu-west-1"), "S3 eu-west-1, record");
        check("aws", Ways::S3, ("AWS", "eu-west-1"), "S3, record");
        check("aws", Ways::SERVICE, ("", ""), "another AWS service, record");
        check("aws", Ways::SERVICE, ("AWS API_GATEWAY", "GLOBAL"), "API Gateway, record");
        check("aws", Ways::EDGE, ("", ""), "the AWS edge, record");
        check("aws", nothing, ("AWS S3", "eu-west-1"), "S3 eu-west-1, inventory");
        check("aws", nothing, ("AWS EC2", "eu-west-1"), "");
        check("azure", nothing, ("AWS S3", "eu-west-1"), "");
        check("azure", nothing, ("Azure Storage", "westeurope"), "Azure Storage westeurope, inventory");
        check("gcp", Ways::SERVICE, ("", ""), "a Google API, record");
        check("gcp", nothing, ("", ""), "the Google front end, address");
        check("", nothing, ("", ""), "");
    }
}
