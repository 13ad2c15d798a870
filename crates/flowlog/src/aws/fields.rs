//! Every field of AWS flow logs: its name, and what it becomes.
//!
//! Sources: Amazon VPC user guide, "Flow log records" (v2 to v11); Transit Gateway guide, "Flow log
//! records" (v6). The order of the table is the documents' order; headerless records rely on it.

use model::FlowField as F;

/// What the value of an AWS field becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Text of that column.
    Text(F),
    /// A 32-bit number of that column.
    Int32(F),
    /// A 64-bit number of that column.
    Int64(F),
    /// The interface-level address of a side.
    InterfaceAddress(Side),
    /// The packet-level address of a side.
    PacketAddress(Side),
    /// A port of a side; meaningless for protocols without ports.
    Port(Side),
    /// Start (`src` of time) or end of the window.
    Time(F),
    /// ACCEPT or REJECT.
    Action,
    /// OK, NODATA or SKIPDATA.
    LogStatus,
    /// IPv4, IPv6 or EFA.
    TrafficType,
    /// ingress or egress.
    Direction,
    /// 1 to 8.
    TrafficPath,
    /// 0 to 3.
    EncryptionStatus,
    /// A tag's value, percent-encoded.
    Tag,
    /// Kept in `ext` under its own name: it has no column.
    Ext,
}

/// A side of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The sender.
    Src,
    /// The receiver.
    Dst,
}

/// One field of AWS flow logs.
#[derive(Debug)]
pub struct AwsField {
    /// Its name in a header line, with hyphens.
    pub name: &'static str,
    /// What it becomes in VPC flow logs and Transit Gateway flow logs.
    pub meaning: Meaning,
}

const fn field(name: &'static str, meaning: Meaning) -> AwsField {
    AwsField { name, meaning }
}

/// Every known field: first VPC flow logs in the documents' order, then Transit Gateway's own.
#[rustfmt::skip]
pub const AWS_FIELDS: &[AwsField] = &[
    field("version", Meaning::Text(F::SourceVersion)),
    field("account-id", Meaning::Text(F::AccountId)),
    field("interface-id", Meaning::Text(F::IfId)),
    field("srcaddr", Meaning::InterfaceAddress(Side::Src)),
    field("dstaddr", Meaning::InterfaceAddress(Side::Dst)),
    field("srcport", Meaning::Port(Side::Src)),
    field("dstport", Meaning::Port(Side::Dst)),
    field("protocol", Meaning::Int32(F::IpProto)),
    field("packets", Meaning::Int64(F::Packets)),
    field("bytes", Meaning::Int64(F::Bytes)),
    field("start", Meaning::Time(F::TimeStart)),
    field("end", Meaning::Time(F::TimeEnd)),
    field("action", Meaning::Action),
    field("log-status", Meaning::LogStatus),
    // v3
    field("vpc-id", Meaning::Text(F::VpcId)),
    field("subnet-id", Meaning::Text(F::SubnetId)),
    field("instance-id", Meaning::Text(F::InstanceId)),
    field("tcp-flags", Meaning::Int32(F::TcpFlags)),
    field("type", Meaning::TrafficType),
    field("pkt-srcaddr", Meaning::PacketAddress(Side::Src)),
    field("pkt-dstaddr", Meaning::PacketAddress(Side::Dst)),
    // v4
    field("region", Meaning::Text(F::Region)),
    field("az-id", Meaning::Text(F::Zone)),
    field("sublocation-type", Meaning::Text(F::SublocationType)),
    field("sublocation-id", Meaning::Text(F::SublocationId)),
    // v5
    field("pkt-src-aws-service", Meaning::Text(F::SrcService)),
    field("pkt-dst-aws-service", Meaning::Text(F::DstService)),
    field("flow-direction", Meaning::Direction),
    field("traffic-path", Meaning::TrafficPath),
    // v7
    field("ecs-cluster-arn", Meaning::Text(F::EcsClusterArn)),
    field("ecs-cluster-name", Meaning::Text(F::EcsClusterName)),
    field("ecs-container-instance-arn", Meaning::Text(F::EcsContainerInstanceArn)),
    field("ecs-container-instance-id", Meaning::Text(F::EcsContainerInstanceId)),
    field("ecs-container-id", Meaning::Text(F::EcsContainerId)),
    field("ecs-second-container-id", Meaning::Text(F::EcsSecondContainerId)),
    field("ecs-service-name", Meaning::Text(F::EcsServiceName)),
    field("ecs-task-definition-arn", Meaning::Text(F::EcsTaskDefinitionArn)),
    field("ecs-task-arn", Meaning::Text(F::EcsTaskArn)),
    field("ecs-task-id", Meaning::Text(F::EcsTaskId)),
    // v8 to v10
    field("reject-reason", Meaning::Text(F::VerdictReason)),
    field("resource-id", Meaning::Text(F::ResourceId)),
    field("encryption-status", Meaning::EncryptionStatus),
    // v11
    field("instance-tag", Meaning::Tag),
    field("instance-tag-2", Meaning::Tag),
    field("interface-tag", Meaning::Tag),
    field("interface-tag-2", Meaning::Tag),
    field("asg-tag", Meaning::Tag),
    field("asg-tag-2", Meaning::Tag),
    field("interface-type", Meaning::Text(F::IfType)),
    field("next-hop-interface-id", Meaning::Text(F::PeerIfId)),
    field("next-hop-subnet-id", Meaning::Text(F::PeerSubnetId)),
    field("next-hop-az-id", Meaning::Text(F::PeerZone)),
    field("next-hop-vpc-id", Meaning::Text(F::PeerVpcId)),
    field("next-hop-interface-type", Meaning::Text(F::PeerIfType)),
    // Transit Gateway (v6)
    field("resource-type", Meaning::Ext),
    field("tgw-id", Meaning::Text(F::ResourceId)),
    field("tgw-attachment-id", Meaning::Text(F::TgwAttachment)),
    field("tgw-src-vpc-account-id", Meaning::Ext),
    field("tgw-dst-vpc-account-id", Meaning::Text(F::PeerAccountId)),
    field("tgw-src-vpc-id", Meaning::Text(F::VpcId)),
    field("tgw-dst-vpc-id", Meaning::Text(F::PeerVpcId)),
    field("tgw-src-subnet-id", Meaning::Text(F::SubnetId)),
    field("tgw-dst-subnet-id", Meaning::Text(F::PeerSubnetId)),
    field("tgw-src-eni", Meaning::Text(F::IfId)),
    field("tgw-dst-eni", Meaning::Text(F::PeerIfId)),
    field("tgw-src-az-id", Meaning::Text(F::Zone)),
    field("tgw-dst-az-id", Meaning::Text(F::PeerZone)),
    field("tgw-pair-attachment-id", Meaning::Text(F::TgwPairAttachment)),
    field("packets-lost-no-route", Meaning::Int64(F::LostNoRoute)),
    field("packets-lost-blackhole", Meaning::Int64(F::LostBlackhole)),
    field("packets-lost-mtu-exceeded", Meaning::Int64(F::LostMtu)),
    field("packets-lost-ttl-expired", Meaning::Int64(F::LostTtl)),
];

/// How many of [`AWS_FIELDS`] are VPC flow log fields, in the documents' order.
pub(crate) const VPC_FIELD_COUNT: usize = 54;
/// Fields of the default format (v2).
pub(crate) const DEFAULT_FIELD_COUNT: usize = 14;

/// Transit Gateway's 36 fields in the documents' order.
pub(crate) const TGW_ORDER: &str = "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id \
    tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni \
    tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
    log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired \
    tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service";
/// Another default of Transit Gateway, with 23 fields. Which one it is, the count of fields decides.
pub(crate) const TGW_ORDER_SHORT: &str = "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-id \
    tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id srcaddr \
    dstaddr srcport dstport protocol packets bytes start end log-status";

/// The field of that name. Parquet and some exports write underscores.
pub(crate) fn known_field(name: &[u8]) -> Option<&'static AwsField> {
    let fits = |field: &&AwsField| {
        field.name.len() == name.len()
            && field
                .name
                .bytes()
                .zip(name)
                .all(|(ours, theirs)| ours == theirs.to_ascii_lowercase() || (ours == b'-' && *theirs == b'_'))
    };
    AWS_FIELDS.iter().find(fits)
}

/// Is this the header line of an AWS flow log? At least half of its names, and the first, are known.
pub(crate) fn is_header<'a>(mut names: impl Iterator<Item = &'a [u8]>) -> bool {
    let Some(first) = names.next() else { return false };
    if known_field(first).is_none() {
        return false;
    }
    let (mut known, mut all) = (1, 1);
    for name in names {
        all += 1;
        known += usize::from(known_field(name).is_some());
    }
    all >= 2 && known * 2 >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_documents_order() {
        assert_eq!(AWS_FIELDS[VPC_FIELD_COUNT - 1].name, "next-hop-interface-type");
        assert_eq!(AWS_FIELDS[DEFAULT_FIELD_COUNT - 1].name, "log-status");
        assert!(TGW_ORDER.split(' ').all(|name| known_field(name.as_bytes()).is_some()));
        assert_eq!(TGW_ORDER.split(' ').count(), 36);
        assert_eq!(TGW_ORDER_SHORT.split(' ').count(), 23);
    }

    #[test]
    fn headers() {
        let check = |line: &str, expected: bool| {
            assert_eq!(is_header(line.as_bytes().split(|byte| *byte == b' ')), expected, "{line}");
        };
        check("version account-id interface-id", true);
        check("account_id action az_id", true);
        check("version vpc-id brand-new-field", true);
        check("Phony unsupported log format.", false);
        check("2 123456789010 eni-1", false);
        check("version", false);
        check("type of thing is unknown here", false);
    }
}
