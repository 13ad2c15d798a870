//! The closed vocabularies: the only values that some text columns can have.
//!
//! Each is an enum with `name()` (the text in the column) and `ALL`, so that a reference page and
//! a completion can list them.

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $( $variant:ident $text:literal $meaning:literal ),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $( #[doc = $meaning] $variant ),* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[ $( $name::$variant ),* ];

            /// The text in the column.
            pub const fn name(self) -> &'static str {
                match self { $( $name::$variant => $text ),* }
            }

            /// What the value means.
            pub const fn meaning(self) -> &'static str {
                match self { $( $name::$variant => $meaning ),* }
            }
        }
    };
}

vocabulary! {
    /// `verdict`: was the traffic let through?
    Verdict {
        Allowed "allowed" "let through",
        Denied "denied" "refused by a rule: security group, network ACL, NSG, firewall",
        Dropped "dropped" "lost for another reason: encryption required, no route, platform",
        Unknown "unknown" "the source does not say",
    }
}

vocabulary! {
    /// `direction`, as seen from the observed interface.
    Direction {
        Ingress "ingress" "towards the observed interface",
        Egress "egress" "from the observed interface",
        Unknown "unknown" "the source does not say",
    }
}

vocabulary! {
    /// `vantage`: where between source and destination the record was made.
    Vantage {
        Src "src" "at the sender",
        Dst "dst" "at the receiver",
        Both "both" "one record speaks for both ends",
        Middle "middle" "in between: a transit gateway, a router",
        SrcGateway "src_gateway" "at the gateway on the sender's side",
        DstGateway "dst_gateway" "at the gateway on the receiver's side",
        Unknown "unknown" "the source does not say",
    }
}

vocabulary! {
    /// `flow_state`: where in its life the flow was when the record was made.
    FlowState {
        Begin "begin" "the flow began; counters are not filled yet",
        Continue "continue" "the flow goes on; counters since the last record",
        End "end" "the flow ended; counters since the last record",
        Deny "deny" "the flow was refused",
    }
}

vocabulary! {
    /// `bytes_semantics`: what a byte count counts. Totals of different kinds cannot be compared.
    BytesSemantics {
        L2Frame "l2_frame" "whole frames",
        L3Packet "l3_packet" "IP packets, headers included",
        L4Payload "l4_payload" "user payload only: a pure ACK counts 0",
        Unspecified "unspecified" "the provider does not say",
    }
}

vocabulary! {
    /// `counter_kind`: over what a counter counts.
    CounterKind {
        Delta "delta" "since the last record of the flow, or within the window",
        Total "total" "since the flow began",
        SampleScaled "sample_scaled" "estimated from sampled packets",
        None "none" "the record has no counters",
    }
}

vocabulary! {
    /// `tcp_flags_scope`: which flags the source records at all.
    TcpFlagsScope {
        None "none" "none",
        PartialAws "partial_aws" "SYN, SYN-ACK, FIN and RST only; an ACK alone is 0",
        Connection "connection" "SYN, FIN, RST and ACK, as a sensor's history of the connection has them",
        Full "full" "all",
    }
}

vocabulary! {
    /// `path`: by which way egress traffic left.
    Path {
        SameVpc "same_vpc" "within the same network",
        IgwOrGatewayEndpoint "igw_or_gwe" "internet gateway or gateway endpoint",
        Vgw "vgw" "virtual private gateway",
        PeeringIntraRegion "peer_intra" "peering within the region",
        PeeringInterRegion "peer_inter" "peering between regions",
        LocalGateway "local_gw" "local gateway",
        GatewayEndpoint "gw_endpoint" "gateway endpoint",
        Igw "igw" "internet gateway",
    }
}

vocabulary! {
    /// `encryption`: was the traffic encrypted, and by whom?
    Encryption {
        None "none" "no",
        Platform "platform" "by the cloud's network",
        App "app" "by the application",
        Both "both" "by the cloud's network and by the application",
        Failed "failed" "it should have been and was not; verdict_reason says why",
        Unknown "unknown" "the source does not say",
    }
}

vocabulary! {
    /// `kind` in `health`: what is not a flow, and what went wrong.
    HealthKind {
        NoData "no_data" "the interface had no traffic in the window",
        SkipData "skip_data" "the provider lost records in the window",
        ParseError "parse_error" "a record could not be read and was left out",
        FieldError "field_error" "one field of a record could not be read; the record was kept without it",
        Truncated "truncated" "the object ends in the middle of a record",
        ReadError "read_error" "the object could not be read to its end",
        NotAFlowLog "not_a_flow_log" "the object is in no format that Fathom reads",
        ControlMessage "control_message" "a delivery check of the provider, not data",
        Duplicate "duplicate" "the same object was named twice and read once",
        Gap "gap" "no record where one was due",
        LimitReached "limit_reached" "a limit of Fathom turned something away",
        OtherRecord "other_record" "a log record of another kind, left out",
    }
}

impl HealthKind {
    /// Does this mean that input was lost, so that the exit code must say "partial"?
    pub const fn is_loss(self) -> bool {
        matches!(
            self,
            HealthKind::ParseError
                | HealthKind::FieldError
                | HealthKind::Truncated
                | HealthKind::ReadError
                | HealthKind::NotAFlowLog
                | HealthKind::LimitReached
        )
    }
}
