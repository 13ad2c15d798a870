//! What is wanted of an entry, and which of its texts have a column.

use model::{FlowField as F, Projection};

/// What is wanted of the parts of an entry that are walked only then.
#[derive(Clone, Copy, Default)]
pub(super) struct Wants {
    pub(super) instance: bool,
    pub(super) vpc: bool,
    pub(super) location: bool,
    pub(super) service: bool,
    pub(super) gke: bool,
    pub(super) nat: bool,
    pub(super) constants: bool,
    pub(super) counters: bool,
    pub(super) details: bool,
    pub(super) verdict: bool,
    pub(super) reporter: bool,
    pub(super) times: bool,
    pub(super) ports: bool,
}

impl Wants {
    /// What a projection wants.
    pub(super) fn of(wanted: &Projection<F>) -> Wants {
        let any = |fields: &[F]| wanted.contains_any(fields);
        let any_of = |table: &[(&[u8], [F; 2])]| table.iter().any(|(_, fields)| wanted.contains_any(fields));
        Wants {
            instance: any_of(INSTANCE),
            vpc: any_of(VPC) || any(&[F::AccountId, F::Region, F::PeerAccountId, F::PeerRegion]),
            location: any_of(LOCATION) || any(&[F::SrcAsn, F::DstAsn]),
            service: any_of(SERVICE),
            gke: any_of(GKE_CLUSTER) || any_of(GKE_POD) || any_of(GKE_WORKLOAD) || any_of(GKE_SERVICE),
            nat: any(&[F::SrcNatIp, F::DstNatIp]),
            constants: any(&[F::Provider, F::SourceKind, F::BytesSemantics, F::CounterKind, F::SrcObject]),
            counters: any(&[F::Bytes, F::Packets, F::DroppedBytes, F::DroppedPackets]),
            details: any(&[F::RttNs, F::Dscp, F::AsPath, F::ResourceId]),
            verdict: any(&[F::Verdict, F::VerdictReason]),
            reporter: any(&[F::Vantage, F::Direction]),
            times: any(&[F::TimeStart, F::TimeEnd, F::TimeLogged, F::TimeResolutionNs]),
            ports: any(&[F::SrcPort, F::DstPort, F::IpProto]),
        }
    }

    /// Is nothing wanted of the containers in an entry, beyond connection and payload?
    pub(super) fn only_scalars(&self) -> bool {
        !(self.instance || self.vpc || self.location || self.service || self.gke || self.nat || self.details)
    }
}

/// Members of an object that are texts, and their columns: of the own side and of the peer, or of
/// sender and receiver.
pub(super) type Members = [(&'static [u8], [F; 2])];

pub(super) const INSTANCE: &Members = &[
    (b"project_id", [F::AccountId, F::PeerAccountId]),
    (b"region", [F::Region, F::PeerRegion]),
    (b"zone", [F::Zone, F::PeerZone]),
    (b"vm_name", [F::InstanceId, F::PeerInstanceId]),
];
pub(super) const VPC: &Members =
    &[(b"vpc_name", [F::VpcId, F::PeerVpcId]), (b"subnetwork_name", [F::SubnetId, F::PeerSubnetId])];
/// What a network says of project and region, where no instance does; it stays in `ext` too.
pub(super) const VPC_INSTEAD_OF_INSTANCE: &Members =
    &[(b"project_id", [F::AccountId, F::PeerAccountId]), (b"subnetwork_region", [F::Region, F::PeerRegion])];
pub(super) const LOCATION: &Members =
    &[(b"country", [F::SrcGeoCountry, F::DstGeoCountry]), (b"city", [F::SrcGeoCity, F::DstGeoCity])];
pub(super) const SERVICE: &Members = &[(b"service_name", [F::SrcService, F::DstService])];
pub(super) const GKE_CLUSTER: &Members = &[(b"cluster_name", [F::SrcK8sCluster, F::DstK8sCluster])];
pub(super) const GKE_POD: &Members =
    &[(b"pod_name", [F::SrcK8sPod, F::DstK8sPod]), (b"pod_namespace", [F::SrcK8sNamespace, F::DstK8sNamespace])];
pub(super) const GKE_WORKLOAD: &Members = &[(b"workload_name", [F::SrcK8sWorkload, F::DstK8sWorkload])];
pub(super) const GKE_SERVICE: &Members = &[(b"service_name", [F::SrcK8sService, F::DstK8sService])];
