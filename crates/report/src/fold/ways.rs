//! By which way traffic went, as far as single records say: bits that are joined over a conversation's records.
//!
//! Sources: AWS VPC user guide, "Flow log records" (`traffic-path`, `pkt-dst-aws-service`, `next-hop-*`,
//! `interface-type`); Google Cloud, "About VPC Flow Logs records" (`src_instance`, `dest_instance`, `dest_google_service`).

use arrow_array::RecordBatch;
use model::FlowField;
use table::read::{Texts, inline_view};

/// What records say of a conversation's way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways(u32);

impl Ways {
    /// Through something in the sender's own network.
    pub(crate) const OWN_NETWORK: Ways = Ways(1);
    /// Through an internet gateway or a gateway endpoint.
    pub(crate) const INTERNET_OR_ENDPOINT: Ways = Ways(1 << 1);
    /// Through a virtual private gateway: a VPN or a private line.
    pub(crate) const VPN_GATEWAY: Ways = Ways(1 << 2);
    /// Through a peering within the region.
    pub(crate) const PEERING: Ways = Ways(1 << 3);
    /// Through a peering between regions.
    pub(crate) const PEERING_OF_REGIONS: Ways = Ways(1 << 4);
    /// Through a local gateway, to the own data centre.
    pub(crate) const LOCAL_GATEWAY: Ways = Ways(1 << 5);
    /// Through a gateway endpoint.
    pub(crate) const GATEWAY_ENDPOINT: Ways = Ways(1 << 6);
    /// Through an internet gateway.
    pub(crate) const INTERNET_GATEWAY: Ways = Ways(1 << 7);
    /// Through a NAT gateway.
    pub(crate) const NAT: Ways = Ways(1 << 8);
    /// Through a transit gateway.
    pub(crate) const TRANSIT: Ways = Ways(1 << 9);
    /// Through an interface endpoint.
    pub(crate) const ENDPOINT: Ways = Ways(1 << 10);
    /// Through an appliance behind a gateway load balancer.
    pub(crate) const APPLIANCE: Ways = Ways(1 << 11);
    /// One end is S3.
    pub(crate) const S3: Ways = Ways(1 << 12);
    /// One end is DynamoDB.
    pub(crate) const DYNAMODB: Ways = Ways(1 << 13);
    /// One end is another service of the provider's.
    pub(crate) const SERVICE: Ways = Ways(1 << 14);
    /// One end is the provider's edge network, which speaks for others.
    pub(crate) const EDGE: Ways = Ways(1 << 15);
    /// Both ends are in one zone.
    pub(crate) const SAME_ZONE: Ways = Ways(1 << 16);
    /// The ends are in two zones of a region.
    pub(crate) const OTHER_ZONE: Ways = Ways(1 << 17);
    /// The ends are in two regions.
    pub(crate) const OTHER_REGION: Ways = Ways(1 << 18);
    /// The NAT gateway is in another zone than the one whose traffic it sends on.
    pub(crate) const NAT_IN_OTHER_ZONE: Ways = Ways(1 << 19);
    /// Conversations that a limit folded together went several ways.
    pub(crate) const SEVERAL: Ways = Ways(1 << 20);

    /// Is any of these among them?
    pub(crate) fn has(self, any: Ways) -> bool {
        self.0 & any.0 != 0
    }
    /// Does nothing say anything?
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// These and those.
    #[inline]
    pub(crate) const fn and(self, more: Ways) -> Ways {
        Ways(self.0 | more.0)
    }
    /// These, if so.
    #[inline]
    fn when(self, is_so: bool) -> Ways {
        Ways(self.0 * u32::from(is_so))
    }
    /// What is said of the ends: the way from something in the middle is not the ends' way.
    #[inline]
    pub(crate) fn of_services(self) -> Ways {
        const SERVICES: Ways = Ways::S3.and(Ways::DYNAMODB).and(Ways::SERVICE).and(Ways::EDGE);
        Ways(self.0 & SERVICES.0)
    }

    /// Those of two that stand for many conversations: if they differ, nobody knows which bytes went which way.
    pub(crate) fn folded_with(self, other: Ways) -> Ways {
        self.and(other).and(Ways::SEVERAL.when(self != other))
    }

    /// What an interface's type and the format of its log say of all of its traffic.
    pub(crate) fn of_observer(if_type: &str, source_kind: &str) -> Ways {
        let by_log = Ways::TRANSIT.when(source_kind == "aws_tgw");
        by_log.and(match if_type {
            "nat_gateway" | "regional_nat_gateway" => Ways::NAT,
            "transit_gateway" => Ways::TRANSIT,
            "vpc_endpoint" => Ways::ENDPOINT,
            "gateway_load_balancer_endpoint" => Ways::APPLIANCE,
            _ => Ways::default(),
        })
    }
}

/// The columns that name the way of a row.
pub(crate) struct WayColumns<'a> {
    path: Texts<'a>,
    services: [Texts<'a>; 2],
    next_hop: Texts<'a>,
    zones: Option<Zones<'a>>,
}

/// Zones and regions of both sides of a row.
struct Zones<'a> {
    source_kind: Texts<'a>,
    zones: [Texts<'a>; 2],
    regions: [Texts<'a>; 2],
}

impl<'a> WayColumns<'a> {
    /// The columns of a batch, if any of them has a value.
    pub(crate) fn of(batch: &'a RecordBatch) -> Option<WayColumns<'a>> {
        use FlowField as F;
        let text = |field| Texts::of(batch, field);
        let zones = Zones {
            source_kind: text(F::SourceKind),
            zones: [text(F::Zone), text(F::PeerZone)],
            regions: [text(F::Region), text(F::PeerRegion)],
        };
        let columns = WayColumns {
            path: text(F::Path),
            services: [text(F::SrcService), text(F::DstService)],
            next_hop: text(F::PeerIfType),
            zones: (!zones.zones[1].is_absent() || !zones.regions[1].is_absent()).then_some(zones),
        };
        let [source, target] = &columns.services;
        let is_absent = [&columns.path, source, target, &columns.next_hop].iter().all(|column| column.is_absent());
        (!is_absent || columns.zones.is_some()).then_some(columns)
    }

    /// What a row says.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Ways {
        let mut ways = path_of(self.path.view(row));
        for services in &self.services {
            if services.view(row) != 0 {
                ways = ways.and(service_of(services.text(row)));
            }
        }
        let hop = if self.next_hop.view(row) == 0 { "" } else { self.next_hop.text(row) };
        if !hop.is_empty() {
            ways = ways.and(Ways::of_observer(hop, ""));
        }
        match &self.zones {
            Some(zones) => ways.and(zones.at(row, hop)),
            None => ways,
        }
    }
}

impl Zones<'_> {
    /// How the zones of both sides stand to each other.
    ///
    /// Google names both ends. AWS names the next hop: the other end, where nothing is in between. The zones of a transit
    /// gateway's log are those of its own attachments.
    fn at(&self, row: usize, hop: &str) -> Ways {
        const GCP: u128 = inline_view("gcp_vpc");
        const AWS: u128 = inline_view("aws_vpc");
        match (self.source_kind.view(row), hop) {
            (GCP, _) => self.of_ends(row),
            (AWS, "nat_gateway") => Ways::NAT_IN_OTHER_ZONE.when(same(&self.zones, row) == Some(false)),
            (AWS, "" | "interface" | "efa" | "efa-only" | "network_load_balancer" | "vpc_endpoint") => {
                self.of_ends(row)
            }
            _ => Ways::default(),
        }
    }

    fn of_ends(&self, row: usize) -> Ways {
        match (same(&self.regions, row), same(&self.zones, row)) {
            (Some(false), _) => Ways::OTHER_REGION,
            (_, Some(true)) => Ways::SAME_ZONE,
            (_, Some(false)) => Ways::OTHER_ZONE,
            _ => Ways::default(),
        }
    }
}

/// Are both texts of a row the same? `None` if one is missing.
fn same([mine, other]: &[Texts<'_>; 2], row: usize) -> Option<bool> {
    let is_known = mine.view(row) != 0 && other.view(row) != 0;
    is_known.then(|| match (mine.words(row), other.words(row)) {
        (Some(mine), Some(other)) => mine == other,
        _ => mine.text(row) == other.text(row),
    })
}

/// The bit of a traffic path.
#[inline]
fn path_of(view: u128) -> Ways {
    const PATHS: [(u128, Ways); 8] = [
        (inline_view("same_vpc"), Ways::OWN_NETWORK),
        (inline_view("igw_or_gwe"), Ways::INTERNET_OR_ENDPOINT),
        (inline_view("vgw"), Ways::VPN_GATEWAY),
        (inline_view("peer_intra"), Ways::PEERING),
        (inline_view("peer_inter"), Ways::PEERING_OF_REGIONS),
        (inline_view("local_gw"), Ways::LOCAL_GATEWAY),
        (inline_view("gw_endpoint"), Ways::GATEWAY_ENDPOINT),
        (inline_view("igw"), Ways::INTERNET_GATEWAY),
    ];
    PATHS.iter().fold(Ways::default(), |ways, (path, bit)| ways.and(bit.when(view == *path)))
}

/// The bit of a service's name. What customers rent (`EC2`) and build on the edge is no service of the provider's.
fn service_of(name: &str) -> Ways {
    match name {
        "" | "EC2" => Ways::default(),
        "S3" => Ways::S3,
        "DYNAMODB" => Ways::DYNAMODB,
        "CLOUDFRONT" | "CLOUDFRONT_ORIGIN_FACING" | "GLOBALACCELERATOR" | "ROUTE53_HEALTHCHECKS" => Ways::EDGE,
        _ => Ways::SERVICE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FlowField as F, Projection};
    use table::FlowColumns;

    #[track_caller]
    fn check(values: &[(F, &str)], expected: Ways) {
        let mut flows = FlowColumns::new(Projection::all());
        values.iter().for_each(|(field, text)| flows.set_text(*field, text));
        flows.end_row();
        let batch = flows.take_batch();
        assert_eq!(WayColumns::of(&batch).map(|columns| columns.at(0)).unwrap_or_default(), expected, "{values:?}");
    }

    #[test]
    fn what_a_record_says() {
        let gcp = (F::SourceKind, "gcp_vpc");
        let aws = (F::SourceKind, "aws_vpc");
        check(&[(F::Path, "igw"), (F::DstService, "S3")], Ways::INTERNET_GATEWAY.and(Ways::S3));
        check(&[(F::Path, "gw_endpoint"), (F::SrcService, "DYNAMODB")], Ways::GATEWAY_ENDPOINT.and(Ways::DYNAMODB));
        check(&[(F::DstService, "EC2")], Ways::default());
        check(&[(F::SrcService, "CLOUDFRONT")], Ways::EDGE);
        check(&[(F::DstService, "storage.googleapis.com")], Ways::SERVICE);
        let one = (F::Zone, "northamerica-northeast1-a");
        check(&[gcp, one, (F::PeerZone, "northamerica-northeast1-a")], Ways::SAME_ZONE);
        check(&[gcp, one, (F::PeerZone, "northamerica-northeast1-b")], Ways::OTHER_ZONE);
        check(&[gcp, one], Ways::default());
        check(&[gcp, (F::Region, "us-east1"), (F::PeerRegion, "europe-west1"), one], Ways::OTHER_REGION);
        check(&[aws, (F::Zone, "euw1-az1"), (F::PeerZone, "euw1-az2")], Ways::OTHER_ZONE);
        let hop = [aws, (F::Zone, "euw1-az1"), (F::PeerZone, "euw1-az2"), (F::PeerIfType, "nat_gateway")];
        check(&hop, Ways::NAT.and(Ways::NAT_IN_OTHER_ZONE));
        check(&[(F::SourceKind, "aws_tgw"), (F::Zone, "euw1-az1"), (F::PeerZone, "euw1-az2")], Ways::default());
    }

    #[test]
    fn folded_conversations_of_different_ways_have_none() {
        let (one, other) = (Ways::NAT, Ways::PEERING);
        assert_eq!(one.folded_with(one), one);
        let all = one.folded_with(other);
        assert!(all.has(Ways::SEVERAL));
        assert_eq!([all.folded_with(one), one.folded_with(all), other.folded_with(one)], [all; 3]);
    }
}
