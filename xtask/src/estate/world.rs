//! The company: its networks, its machines and the addresses of the story.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use crate::random::hash;

/// Shorthand for the tables below.
pub(super) const fn ip(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

/// The network a machine is in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Site {
    /// AWS, the VPC of the web shop: flow log in a custom format.
    Shop,
    /// AWS, the VPC of the data team: flow log in the default format.
    Analytics,
    /// Azure, the virtual network of the office services.
    Office,
    /// GCP, the network of recommendations and images.
    Recommend,
}

/// What a machine is to its cloud.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A virtual machine.
    Machine,
    /// A load balancer of the provider.
    LoadBalancer,
    /// A NAT gateway.
    Nat,
    /// The attachment of the transit gateway.
    Transit,
    /// A managed database or cache.
    Managed,
    /// An interface endpoint of a provider's service.
    Endpoint,
    /// A VPN gateway.
    Vpn,
    /// A pod on a Kubernetes node; the number is the node's.
    Pod(u8),
}

/// One machine, service or pod with an interface of its own.
pub(super) struct Host {
    pub(super) ip: Ipv4Addr,
    pub(super) name: &'static str,
    pub(super) site: Site,
    pub(super) kind: Kind,
    /// What the provider's API says the interface is for, where it says anything.
    pub(super) description: &'static str,
    /// Reachable from the internet under this address.
    pub(super) public: Option<Ipv4Addr>,
}

// The hosts that other files name.
pub(super) const ALB_A: Ipv4Addr = ip(10, 20, 0, 11);
pub(super) const ALB_B: Ipv4Addr = ip(10, 20, 1, 11);
pub(super) const SHOP_NAT: Ipv4Addr = ip(10, 20, 0, 5);
pub(super) const JUMP: Ipv4Addr = ip(10, 20, 0, 22);
pub(super) const VPN: Ipv4Addr = ip(10, 20, 0, 30);
pub(super) const ORDERS_DB: Ipv4Addr = ip(10, 20, 1, 40);
pub(super) const ORDERS_REPLICA: Ipv4Addr = ip(10, 20, 30, 11);
pub(super) const REDIS: Ipv4Addr = ip(10, 20, 30, 20);
pub(super) const FILES: Ipv4Addr = ip(10, 20, 30, 40);
pub(super) const MONITOR: Ipv4Addr = ip(10, 20, 40, 10);
pub(super) const BACKUP: Ipv4Addr = ip(10, 20, 40, 20);
pub(super) const RESOLVER: Ipv4Addr = ip(10, 20, 40, 53);
pub(super) const KMS: Ipv4Addr = ip(10, 20, 40, 90);
pub(super) const WEB: &[Ipv4Addr] = &[ip(10, 20, 10, 11), ip(10, 20, 10, 12), ip(10, 20, 11, 11), ip(10, 20, 11, 12)];
pub(super) const APP: &[Ipv4Addr] = &[ip(10, 20, 20, 11), ip(10, 20, 20, 12), ip(10, 20, 20, 13), ip(10, 20, 20, 14)];
/// The application server whose interface stops logging.
pub(super) const SILENT: Ipv4Addr = APP[2];
pub(super) const ANALYTICS_NAT: Ipv4Addr = ip(10, 21, 0, 5);
pub(super) const ETL: Ipv4Addr = ip(10, 21, 10, 10);
pub(super) const SPARK: &[Ipv4Addr] = &[ip(10, 21, 20, 11), ip(10, 21, 20, 12), ip(10, 21, 20, 13)];
pub(super) const WAREHOUSE: Ipv4Addr = ip(10, 21, 30, 10);
pub(super) const PORTAL: &[Ipv4Addr] = &[ip(10, 30, 1, 11), ip(10, 30, 1, 12)];
pub(super) const DIRECTORY: &[Ipv4Addr] = &[ip(10, 30, 2, 4), ip(10, 30, 2, 5)];
pub(super) const SHARES: Ipv4Addr = ip(10, 30, 2, 20);
pub(super) const CRM_DB: Ipv4Addr = ip(10, 30, 3, 10);
pub(super) const DESKTOP: Ipv4Addr = ip(10, 30, 4, 10);
pub(super) const IMAGES: &[Ipv4Addr] = &[ip(10, 40, 1, 11), ip(10, 40, 1, 12)];
pub(super) const PODS: &[Ipv4Addr] =
    &[ip(10, 44, 0, 11), ip(10, 44, 0, 12), ip(10, 44, 1, 11), ip(10, 44, 1, 12), ip(10, 44, 2, 11), ip(10, 44, 2, 12)];
pub(super) const FEATURES: Ipv4Addr = ip(10, 40, 2, 20);
pub(super) const TRAINER: Ipv4Addr = ip(10, 40, 2, 30);

/// A row of the table of hosts.
const fn host(ip: Ipv4Addr, name: &'static str, site: Site, kind: Kind, description: &'static str) -> Host {
    Host { ip, name, site, kind, description, public: None }
}

/// The same, reachable from the internet.
const fn open(host: Host, public: Ipv4Addr) -> Host {
    Host { public: Some(public), ..host }
}

use Kind::{Endpoint, LoadBalancer, Machine, Managed, Nat, Pod, Transit, Vpn};
use Site::{Analytics, Office, Recommend, Shop};

/// Every host. The public addresses are invented.
pub(super) const HOSTS: &[Host] = &[
    open(host(ALB_A, "shop-alb-a", Shop, LoadBalancer, "ELB app/shop/6d1f2a90c47b83e5"), ip(34, 249, 17, 61)),
    open(host(ALB_B, "shop-alb-b", Shop, LoadBalancer, "ELB app/shop/6d1f2a90c47b83e5"), ip(54, 73, 208, 14)),
    open(host(SHOP_NAT, "shop-nat", Shop, Nat, "Interface for NAT Gateway nat-0c3e7b1d95a2f6840"), ip(52, 19, 140, 7)),
    open(host(JUMP, "jump-1", Shop, Machine, ""), ip(34, 241, 90, 22)),
    open(host(VPN, "vpn-1", Shop, Machine, "WireGuard, source/destination check off"), ip(52, 211, 6, 130)),
    open(host(ORDERS_DB, "orders-db", Shop, Managed, "RDSNetworkInterface"), ip(54, 228, 77, 40)),
    host(ORDERS_REPLICA, "orders-db-replica", Shop, Managed, "RDSNetworkInterface"),
    host(REDIS, "sessions-redis", Shop, Managed, "ElastiCache sessions-001"),
    host(FILES, "files-1", Shop, Machine, ""),
    host(MONITOR, "monitor-1", Shop, Machine, ""),
    host(BACKUP, "backup-1", Shop, Machine, ""),
    host(RESOLVER, "resolver-1", Shop, Machine, ""),
    host(KMS, "kms-endpoint", Shop, Endpoint, "VPC Endpoint Interface vpce-0f4b92d7c1e6a3850"),
    host(ip(10, 20, 40, 77), "spare-1", Shop, Machine, "kept for the next migration"),
    host(
        ip(10, 20, 50, 4),
        "shop-tgw",
        Shop,
        Transit,
        "Network Interface for Transit Gateway Attachment tgw-attach-0a17c5e2d93b4f608",
    ),
    host(WEB[0], "web-1", Shop, Machine, ""),
    host(WEB[1], "web-2", Shop, Machine, ""),
    host(WEB[2], "web-3", Shop, Machine, ""),
    host(WEB[3], "web-4", Shop, Machine, ""),
    host(APP[0], "app-1", Shop, Machine, ""),
    host(APP[1], "app-2", Shop, Machine, ""),
    host(APP[2], "app-3", Shop, Machine, ""),
    host(APP[3], "app-4", Shop, Machine, ""),
    open(
        host(ANALYTICS_NAT, "analytics-nat", Analytics, Nat, "Interface for NAT Gateway nat-05d8f1c60b7e2a943"),
        ip(54, 170, 33, 9),
    ),
    host(ETL, "etl-1", Analytics, Machine, ""),
    host(SPARK[0], "spark-1", Analytics, Machine, ""),
    host(SPARK[1], "spark-2", Analytics, Machine, ""),
    host(SPARK[2], "spark-3", Analytics, Machine, ""),
    host(WAREHOUSE, "warehouse-mysql", Analytics, Managed, "RDSNetworkInterface"),
    host(
        ip(10, 21, 50, 4),
        "analytics-tgw",
        Analytics,
        Transit,
        "Network Interface for Transit Gateway Attachment tgw-attach-0e84b6f1a2c97d035",
    ),
    open(host(PORTAL[0], "portal-1", Office, Machine, ""), ip(20, 67, 14, 80)),
    open(host(PORTAL[1], "portal-2", Office, Machine, ""), ip(20, 67, 14, 81)),
    host(DIRECTORY[0], "dc-1", Office, Machine, ""),
    host(DIRECTORY[1], "dc-2", Office, Machine, ""),
    host(SHARES, "shares-1", Office, Machine, ""),
    host(CRM_DB, "crm-db", Office, Machine, ""),
    open(host(DESKTOP, "desktops-1", Office, Machine, ""), ip(20, 67, 201, 33)),
    open(host(ip(10, 30, 255, 4), "office-vpngw", Office, Vpn, ""), ip(20, 67, 118, 5)),
    open(host(IMAGES[0], "images-1", Recommend, Machine, ""), ip(34, 78, 52, 11)),
    open(host(IMAGES[1], "images-2", Recommend, Machine, ""), ip(34, 78, 52, 12)),
    host(FEATURES, "features-redis", Recommend, Machine, ""),
    host(TRAINER, "trainer-1", Recommend, Machine, ""),
    host(PODS[0], "recommend-api-7c9d4b6f58-2xkqp", Recommend, Pod(1), ""),
    host(PODS[1], "recommend-api-7c9d4b6f58-9wz4t", Recommend, Pod(1), ""),
    host(PODS[2], "recommend-api-7c9d4b6f58-b5mlc", Recommend, Pod(2), ""),
    host(PODS[3], "ranker-5f66c8d9b7-hq8vn", Recommend, Pod(2), ""),
    host(PODS[4], "ranker-5f66c8d9b7-k2d7s", Recommend, Pod(3), ""),
    host(PODS[5], "ranker-5f66c8d9b7-zt6jr", Recommend, Pod(3), ""),
];

/// Addresses of the story, all invented.
pub(super) const SCANNER: Ipv4Addr = ip(91, 240, 64, 23);
pub(super) const BRUTE: Ipv4Addr = ip(45, 155, 91, 17);
pub(super) const CONTROL: Ipv4Addr = ip(185, 220, 203, 44);
pub(super) const DROP: Ipv4Addr = ip(45, 155, 37, 140);
/// Strangers who found the doors that were left open.
pub(super) const VISITORS: &[Ipv4Addr] = &[
    ip(185, 220, 177, 8),
    ip(91, 240, 118, 201),
    ip(45, 155, 140, 66),
    ip(91, 240, 9, 154),
    ip(185, 220, 240, 93),
    ip(45, 155, 12, 31),
];

/// Hosts by address, and the identifiers made from their names.
pub(super) struct World {
    by_ip: HashMap<Ipv4Addr, &'static Host>,
}

impl World {
    /// The one world there is.
    pub(super) fn new() -> World {
        World { by_ip: HOSTS.iter().map(|host| (host.ip, host)).collect() }
    }

    /// The host with an address.
    pub(super) fn host(&self, ip: Ipv4Addr) -> Option<&'static Host> {
        self.by_ip.get(&ip).copied()
    }
}

impl Host {
    /// The id of its elastic network interface.
    pub(super) fn interface(&self) -> String {
        aws_id("eni", self.name)
    }

    /// The id of its instance, or `-` when AWS runs it.
    pub(super) fn instance(&self) -> String {
        if self.kind == Kind::Machine { aws_id("i", self.name) } else { "-".to_owned() }
    }

    /// The id of its subnet (a /24 in this company).
    pub(super) fn subnet(&self) -> String {
        let [a, b, c, _] = self.ip.octets();
        aws_id("subnet", &format!("{a}.{b}.{c}.0/24"))
    }

    /// The availability zone of its subnet.
    pub(super) fn zone(&self) -> &'static str {
        if self.ip.octets()[2].is_multiple_of(2) { "euw1-az1" } else { "euw1-az2" }
    }

    /// The hardware address of its Azure interface.
    pub(super) fn mac(&self) -> String {
        format!("002248{:06X}", hash(self.name) & 0xff_ffff)
    }
}

/// An AWS identifier: a prefix and seventeen hexadecimal digits.
pub(super) fn aws_id(prefix: &str, name: &str) -> String {
    format!("{prefix}-0{:016x}", hash(&format!("{prefix} {name}")))
}

/// Where an internal address belongs, host or not (VPN clients are at the shop's VPN host).
pub(super) fn site_of(ip: Ipv4Addr) -> Option<Site> {
    match ip.octets() {
        [10, 8 | 20, ..] => Some(Site::Shop),
        [10, 21, ..] => Some(Site::Analytics),
        [10, 30, ..] => Some(Site::Office),
        [10, 40 | 44, ..] => Some(Site::Recommend),
        _ => None,
    }
}

/// True for the addresses of people on the company's VPN.
pub(super) fn is_remote_user(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [10, 8, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_unique_and_in_their_site() {
        assert_eq!(HOSTS.len(), World::new().by_ip.len());
        assert!(HOSTS.iter().all(|host| site_of(host.ip) == Some(host.site)));
    }
}
