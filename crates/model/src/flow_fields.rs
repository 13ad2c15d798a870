//! The columns of the table `flows`, with their names at each provider.
//!
//! Sources: AWS VPC and Transit Gateway user guides (fields v2 to v11, v6), Azure NSG and VNet flow
//! log overviews, GCP VPC Flow Logs record format, Zeek's conn.log, Argus's ra(1).

use crate::field::fields;

fields! {
    /// Every column of `flows`. Adding one is one row here and a setter in the decoders that have it.
    FLOW_FIELDS,
    /// The columns of `flows`.
    FlowField;

    TimeStart "time_start" Time "ns" "first packet, or start of the window"
        { "aws": "start", "tgw": "start", "nsg": "flowTuples[0]", "vnet": "flowTuples[0]", "gcp": "start_time", "zeek": "ts", "argus": "StartTime" }
    TimeEnd "time_end" Time "ns" "last packet, or end of the window (an Azure tuple has one time: both are it)"
        { "aws": "end", "tgw": "end", "nsg": "flowTuples[0]", "vnet": "flowTuples[0]", "gcp": "end_time", "zeek": "ts + duration", "argus": "StartTime + Dur" }
    TimeLogged "time_logged" Time "ns" "when the provider wrote the record"
        { "nsg": "time", "vnet": "time", "gcp": "receiveTimestamp", "zeek": "_write_ts" }
    TimeResolutionNs "time_resolution_ns" Int64 "ns" "how exact the times are: 1e9, 1e6, 1e3 or 1" {}

    SrcIp "src_ip" Address "" "sender, the packet's own address where the record has it"
        { "aws": "pkt-srcaddr, srcaddr", "tgw": "srcaddr", "nsg": "flowTuples[1]", "vnet": "flowTuples[1]", "gcp": "connection.src_ip", "zeek": "id.orig_h", "argus": "SrcAddr" }
    DstIp "dst_ip" Address "" "receiver, the packet's own address where the record has it"
        { "aws": "pkt-dstaddr, dstaddr", "tgw": "dstaddr", "nsg": "flowTuples[2]", "vnet": "flowTuples[2]", "gcp": "connection.dest_ip", "zeek": "id.resp_h", "argus": "DstAddr" }
    SrcPort "src_port" Int32 "" "sender's port; null where the protocol has none"
        { "aws": "srcport", "tgw": "srcport", "nsg": "flowTuples[3]", "vnet": "flowTuples[3]", "gcp": "connection.src_port", "zeek": "id.orig_p", "argus": "Sport" }
    DstPort "dst_port" Int32 "" "receiver's port; null where the protocol has none"
        { "aws": "dstport", "tgw": "dstport", "nsg": "flowTuples[4]", "vnet": "flowTuples[4]", "gcp": "connection.dest_port", "zeek": "id.resp_p", "argus": "Dport" }
    IpProto "ip_proto" Int32 "" "IANA protocol number: 6 TCP, 17 UDP, 1 ICMP"
        { "aws": "protocol", "tgw": "protocol", "nsg": "flowTuples[5] (T, U)", "vnet": "flowTuples[5]", "gcp": "connection.protocol", "zeek": "ip_proto, proto", "argus": "Proto" }
    IpVersion "ip_version" Int32 "" "4 or 6" { "aws": "type", "tgw": "type" }
    SrcIpIf "src_ip_if" Address "" "the interface's address, where it is not the packet's (NAT, pods)"
        { "aws": "srcaddr" }
    DstIpIf "dst_ip_if" Address "" "the interface's address, where it is not the packet's (NAT, pods)"
        { "aws": "dstaddr" }
    SrcNatIp "src_nat_ip" Address "" "sender's address after translation" { "gcp": "connection.nat_ip (src)" }
    DstNatIp "dst_nat_ip" Address "" "receiver's address after translation" { "gcp": "connection.nat_ip (dest)" }
    L2Type "l2_type" Text "" "ip, or another kind of traffic such as efa" { "aws": "type", "argus": "Proto" }
    TcpFlags "tcp_flags" Int32 "" "flags seen, OR-ed: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32"
        { "aws": "tcp-flags", "tgw": "tcp-flags", "zeek": "history", "argus": "State" }
    TcpFlagsScope "tcp_flags_scope" Text "" "which flags the source records" {}

    Packets "packets" Int64 "packets" "packets from sender to receiver"
        { "aws": "packets", "tgw": "packets", "nsg": "flowTuples[9]", "vnet": "flowTuples[9]", "gcp": "packets_sent", "zeek": "orig_pkts", "argus": "SrcPkts, TotPkts" }
    Bytes "bytes" Int64 "bytes" "bytes from sender to receiver; see bytes_semantics"
        { "aws": "bytes", "tgw": "bytes", "nsg": "flowTuples[10]", "vnet": "flowTuples[10]", "gcp": "bytes_sent", "zeek": "orig_ip_bytes", "argus": "SrcBytes" }
    RevPackets "rev_packets" Int64 "packets" "packets from receiver to sender, where one record has both"
        { "nsg": "flowTuples[11]", "vnet": "flowTuples[11]", "zeek": "resp_pkts", "argus": "DstPkts, TotPkts" }
    RevBytes "rev_bytes" Int64 "bytes" "bytes from receiver to sender, where one record has both"
        { "nsg": "flowTuples[12]", "vnet": "flowTuples[12]", "zeek": "resp_ip_bytes", "argus": "DstBytes, TotBytes - SrcBytes" }
    BytesSemantics "bytes_semantics" Text "" "what a byte count counts" {}
    CounterKind "counter_kind" Text "" "over what the counters count" {}
    SamplingRate "sampling_rate" Float64 "" "1 is every packet; null is unknown" {}
    LostNoRoute "lost_no_route" Int64 "packets" "lost: no route" { "tgw": "packets-lost-no-route" }
    LostBlackhole "lost_blackhole" Int64 "packets" "lost: black hole route" { "tgw": "packets-lost-blackhole" }
    LostMtu "lost_mtu" Int64 "packets" "lost: larger than the MTU" { "tgw": "packets-lost-mtu-exceeded" }
    LostTtl "lost_ttl" Int64 "packets" "lost: TTL expired" { "tgw": "packets-lost-ttl-expired" }
    DroppedPackets "dropped_packets" Int64 "packets" "packets that did not arrive" { "gcp": "packets_dropped" }
    DroppedBytes "dropped_bytes" Int64 "bytes" "bytes that did not arrive" { "gcp": "bytes_dropped" }

    Verdict "verdict" Text "" "allowed, denied, dropped or unknown"
        { "aws": "action", "nsg": "flowTuples[7]", "vnet": "flowTuples[7] = D", "gcp": "disposition" }
    VerdictReason "verdict_reason" Text "" "why, in the provider's words"
        { "aws": "reject-reason", "vnet": "flowTuples[8] (NX_...)", "gcp": "drop_reason" }
    PolicyId "policy_id" Text "" "the rule set that decided" { "nsg": "resourceId", "vnet": "aclID" }
    PolicyRule "policy_rule" Text "" "the rule that decided" { "nsg": "rule", "vnet": "rule" }
    FlowState "flow_state" Text "" "begin, continue, end or deny" { "nsg": "flowTuples[8]", "vnet": "flowTuples[7]" }
    Direction "direction" Text "" "ingress or egress, seen from the observed interface; derived where an AWS record does not say"
        { "aws": "flow-direction", "tgw": "flow-direction", "nsg": "flowTuples[6]", "vnet": "flowTuples[6]", "gcp": "reporter", "zeek": "local_orig, local_resp" }
    Initiator "initiator" Text "" "who opened the connection: src, dst or unknown" { "zeek": "conn_state", "argus": "Dir" }
    Vantage "vantage" Text "" "where between the two ends the record was made"
        { "aws": "flow-direction", "gcp": "reporter" }

    Provider "provider" Text "" "aws, azure, gcp, zeek, argus; capture for packets" {}
    SourceKind "source_kind" Text "" "the log format: aws_vpc, aws_tgw, az_nsg, az_vnet, gcp_vpc, zeek_conn, argus_binetflow; or packet" {}
    SourceVersion "source_version" Text "" "the format's version, as the record says"
        { "aws": "version", "tgw": "version", "nsg": "properties.Version", "vnet": "flowLogVersion" }
    AccountId "account_id" Text "" "account, subscription or project of the observed side"
        { "aws": "account-id", "tgw": "account-id", "nsg": "resourceId", "vnet": "flowLogResourceID", "gcp": "*_instance.project_id" }
    Region "region" Text "" "region of the observed side" { "aws": "region", "tgw": "region", "gcp": "*_instance.region" }
    Zone "zone" Text "" "availability zone of the observed side"
        { "aws": "az-id", "tgw": "tgw-src-az-id", "gcp": "*_instance.zone" }
    SublocationType "sublocation_type" Text "" "wavelength, outpost or localzone" { "aws": "sublocation-type" }
    SublocationId "sublocation_id" Text "" "id of the sublocation" { "aws": "sublocation-id" }
    IfId "if_id" Text "" "the observed interface: ENI, MAC address of a NIC"
        { "aws": "interface-id", "tgw": "tgw-src-eni", "nsg": "mac", "vnet": "macAddress" }
    IfMac "if_mac" Text "" "its MAC address, lower case with colons" { "nsg": "mac", "vnet": "macAddress" }
    IfType "if_type" Text "" "its type: nat_gateway, vpc_endpoint, ..." { "aws": "interface-type" }
    ResourceId "resource_id" Text "" "the resource that was observed"
        { "aws": "resource-id", "tgw": "tgw-id", "vnet": "targetResourceID", "gcp": "labels.target_resource_name" }
    VpcId "vpc_id" Text "" "network of the observed side"
        { "aws": "vpc-id", "tgw": "tgw-src-vpc-id", "gcp": "*_vpc.vpc_name" }
    SubnetId "subnet_id" Text "" "subnet of the observed side"
        { "aws": "subnet-id", "tgw": "tgw-src-subnet-id", "gcp": "*_vpc.subnetwork_name" }
    InstanceId "instance_id" Text "" "machine of the observed side"
        { "aws": "instance-id", "gcp": "*_instance.vm_name" }
    PeerIfId "peer_if_id" Text "" "interface of the other side, or of the next hop"
        { "aws": "next-hop-interface-id", "tgw": "tgw-dst-eni" }
    PeerIfType "peer_if_type" Text "" "type of that interface" { "aws": "next-hop-interface-type" }
    PeerVpcId "peer_vpc_id" Text "" "network of the other side"
        { "aws": "next-hop-vpc-id", "tgw": "tgw-dst-vpc-id", "gcp": "*_vpc.vpc_name" }
    PeerSubnetId "peer_subnet_id" Text "" "subnet of the other side"
        { "aws": "next-hop-subnet-id", "tgw": "tgw-dst-subnet-id", "gcp": "*_vpc.subnetwork_name" }
    PeerZone "peer_zone" Text "" "zone of the other side"
        { "aws": "next-hop-az-id", "tgw": "tgw-dst-az-id", "gcp": "*_instance.zone" }
    PeerRegion "peer_region" Text "" "region of the other side" { "gcp": "*_instance.region" }
    PeerAccountId "peer_account_id" Text "" "account of the other side"
        { "tgw": "tgw-dst-vpc-account-id", "gcp": "*_instance.project_id" }
    PeerInstanceId "peer_instance_id" Text "" "machine of the other side" { "gcp": "*_instance.vm_name" }
    TgwAttachment "tgw_attachment" Text "" "attachment by which it came" { "tgw": "tgw-attachment-id" }
    TgwPairAttachment "tgw_pair_attachment" Text "" "attachment by which it left" { "tgw": "tgw-pair-attachment-id" }
    Path "path" Text "" "by which way egress traffic left" { "aws": "traffic-path" }
    Encryption "encryption" Text "" "none, platform, app, both, failed or unknown"
        { "aws": "encryption-status", "vnet": "flowTuples[8]" }
    EncryptionRaw "encryption_raw" Text "" "the provider's own code" { "aws": "encryption-status", "vnet": "flowTuples[8]" }

    SrcService "src_service" Text "" "cloud service of the sender, as the record says"
        { "aws": "pkt-src-aws-service", "tgw": "pkt-src-aws-service", "gcp": "src_google_service.service_name" }
    DstService "dst_service" Text "" "cloud service of the receiver, as the record says"
        { "aws": "pkt-dst-aws-service", "tgw": "pkt-dst-aws-service", "gcp": "dest_google_service.service_name" }
    SrcGeoCountry "src_geo_country" Text "" "sender's country, as the record says" { "gcp": "src_location.country", "zeek": "orig_cc" }
    SrcGeoCity "src_geo_city" Text "" "sender's city, as the record says" { "gcp": "src_location.city" }
    SrcAsn "src_asn" Int64 "" "sender's autonomous system, as the record says" { "gcp": "src_location.asn" }
    DstGeoCountry "dst_geo_country" Text "" "receiver's country, as the record says" { "gcp": "dest_location.country", "zeek": "resp_cc" }
    DstGeoCity "dst_geo_city" Text "" "receiver's city, as the record says" { "gcp": "dest_location.city" }
    DstAsn "dst_asn" Int64 "" "receiver's autonomous system, as the record says" { "gcp": "dest_location.asn" }
    AsPath "as_path" Int64List "" "autonomous systems on the way out" { "gcp": "internet_routing_details.egress_as_path" }
    RttNs "rtt_ns" Int64 "ns" "round trip time" { "gcp": "rtt_msec, round_trip_time" }
    Dscp "dscp" Int32 "" "differentiated services code point" { "gcp": "network_service.dscp", "argus": "sTos" }

    FlowId "flow_id" Int64 "" "the session's number, by which rows of http, dns, tls, ... are joined (packets)" {}
    AppProtocol "app_protocol" Text "" "what the session speaks, found from its content" { "zeek": "service", "argus": "Proto (rtp, rtcp)" }
    HostName "host_name" Text "" "the name that the client asked its server by: HTTP host, TLS or QUIC SNI (packets)" {}
    EndReason "end_reason" Text "" "why the session ended: timeout, shutdown (of the capture), forced, tcp_reuse (packets)" {}
    TcpState "tcp_state" Text "" "where the TCP connection stood at the end" { "zeek": "conn_state", "argus": "State" }
    TcpHistory "tcp_history" Text "" "what happened in it, in Zeek's letters; upper case is the client's" { "zeek": "history" }
    RevTcpFlags "rev_tcp_flags" Int32 "" "flags that the receiver sent, OR-ed" { "zeek": "history", "argus": "State" }
    IcmpType "icmp_type" Int32 "" "type of the first ICMP message" { "zeek": "id.orig_p", "argus": "Sport" }
    IcmpCode "icmp_code" Int32 "" "code of the first ICMP message" { "zeek": "id.resp_p", "argus": "Sport, Dport" }
    VlanId "vlan_id" Int32 "" "outermost VLAN" { "zeek": "vlan" }
    TunnelType "tunnel_type" Text "" "innermost encapsulation that was taken off: vxlan, geneve, gre, ... (packets)" {}
    TunnelId "tunnel_id" Int64 "" "its VNI, key or session (packets)" {}
    TunnelSrcIp "tunnel_src_ip" Address "" "its sender: of a mirror, the mirrored interface (packets)" {}
    TunnelDstIp "tunnel_dst_ip" Address "" "its receiver (packets)" {}
    SrcMac "src_mac" Text "" "sender's MAC address" { "zeek": "orig_l2_addr", "argus": "SrcAddr" }
    DstMac "dst_mac" Text "" "receiver's MAC address" { "zeek": "resp_l2_addr", "argus": "DstAddr" }
    ClientRttNs "client_rtt_ns" Int64 "ns" "from SYN/ACK to ACK: to the client and back (packets)" {}
    ServerRttNs "server_rtt_ns" Int64 "ns" "from SYN to SYN/ACK: to the server and back (packets)" {}
    ServerResponseNs "server_response_ns" Int64 "ns" "mean time from the last byte of a request to the first of its response; without TCP, from the first packet to the first answer (packets)" {}
    Retransmissions "retransmissions" Int64 "packets" "data that the sender sent again (packets)" {}
    RevRetransmissions "rev_retransmissions" Int64 "packets" "data that the receiver sent again (packets)" {}
    ZeroWindows "zero_windows" Int64 "" "how often either side closed its window (packets)" {}
    CaptureLostBytes "capture_lost_bytes" Int64 "bytes" "acknowledged but not in the capture: lost by it, not by the network" { "zeek": "missed_bytes" }

    SrcK8sCluster "src_k8s_cluster" Text "" "sender's Kubernetes cluster" { "gcp": "src_gke_details.cluster.cluster_name" }
    SrcK8sNamespace "src_k8s_namespace" Text "" "sender's namespace" { "gcp": "src_gke_details.pod.pod_namespace" }
    SrcK8sPod "src_k8s_pod" Text "" "sender's pod" { "gcp": "src_gke_details.pod.pod_name" }
    SrcK8sWorkload "src_k8s_workload" Text "" "sender's workload" { "gcp": "src_gke_details.pod.pod_workload.workload_name" }
    SrcK8sService "src_k8s_service" Text "" "sender's services" { "gcp": "src_gke_details.service[].service_name" }
    DstK8sCluster "dst_k8s_cluster" Text "" "receiver's Kubernetes cluster" { "gcp": "dest_gke_details.cluster.cluster_name" }
    DstK8sNamespace "dst_k8s_namespace" Text "" "receiver's namespace" { "gcp": "dest_gke_details.pod.pod_namespace" }
    DstK8sPod "dst_k8s_pod" Text "" "receiver's pod" { "gcp": "dest_gke_details.pod.pod_name" }
    DstK8sWorkload "dst_k8s_workload" Text "" "receiver's workload" { "gcp": "dest_gke_details.pod.pod_workload.workload_name" }
    DstK8sService "dst_k8s_service" Text "" "receiver's services" { "gcp": "dest_gke_details.service[].service_name" }

    EcsClusterArn "ecs_cluster_arn" Text "" "ECS cluster" { "aws": "ecs-cluster-arn" }
    EcsClusterName "ecs_cluster_name" Text "" "ECS cluster's name" { "aws": "ecs-cluster-name" }
    EcsContainerInstanceArn "ecs_container_instance_arn" Text "" "ECS container instance" { "aws": "ecs-container-instance-arn" }
    EcsContainerInstanceId "ecs_container_instance_id" Text "" "ECS container instance's id" { "aws": "ecs-container-instance-id" }
    EcsContainerId "ecs_container_id" Text "" "first container's id" { "aws": "ecs-container-id" }
    EcsSecondContainerId "ecs_second_container_id" Text "" "second container's id" { "aws": "ecs-second-container-id" }
    EcsServiceName "ecs_service_name" Text "" "ECS service" { "aws": "ecs-service-name" }
    EcsTaskDefinitionArn "ecs_task_definition_arn" Text "" "ECS task definition" { "aws": "ecs-task-definition-arn" }
    EcsTaskArn "ecs_task_arn" Text "" "ECS task" { "aws": "ecs-task-arn" }
    EcsTaskId "ecs_task_id" Text "" "ECS task's id" { "aws": "ecs-task-id" }

    Tags "tags" Map "" "tag values, decoded; keys are instance-tag, interface-tag-2, ..."
        { "aws": "instance-tag, interface-tag, asg-tag" }
    SrcObject "src_object" Text "" "the object the record was read from" {}
    RecordNo "record_no" Int64 "" "line (text) or record (JSON, Parquet) in the object, from 1" {}
    SrcOffset "src_offset" Int64 "bytes" "byte offset of the record in the decompressed object" {}
    Ext "ext" Map "" "every field of the record that has no column of its own, verbatim"
        { "aws": "any other", "tgw": "any other", "nsg": "any other", "vnet": "any other", "gcp": "any other", "zeek": "any other", "argus": "any other" }
}
