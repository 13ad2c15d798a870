//! What moving bytes costs, in the story.

use crate::summary::{Transfer, TransferClass, TransferPair};
use std::collections::BTreeMap;

fn pair(from: &str, to: &str, bytes: u64) -> TransferPair {
    TransferPair {
        from: from.into(),
        from_owner: "EC2 web-1".into(),
        from_zone: "euw1-az1".into(),
        to: to.into(),
        bytes,
        peers: 3,
        ..TransferPair::default()
    }
}

fn class(class: &'static str, label: &'static str, kind: &'static str, bytes: u64, cost: Option<f64>) -> TransferClass {
    TransferClass {
        class,
        label,
        kind,
        is_charged: cost.is_some(),
        bytes,
        conversations: 40,
        evidence: BTreeMap::from([("record", bytes - 1), ("address", 1)]),
        cost,
        cost_month: cost.map(|cost| (cost * 30.0).round()),
        bytes_unpriced: u64::from(class == "nat"),
        pairs: vec![pair("10.0.4.17", "internet", bytes / 2), pair("10.0.4.18", "S3 eu-west-1", bytes / 3)],
    }
}

pub(super) fn transfer() -> Transfer {
    Transfer {
        bytes: 61_000_000_000,
        period_s: 86_396,
        currency: "USD".into(),
        cost: Some(4.8),
        cost_month: Some(145.92),
        classes: vec![
            class("internet_out", "to the internet", "where", 41_000_000_000, Some(4.1)),
            class("same_zone", "within a zone", "where", 20_000_000_000, None),
            class("nat", "through a NAT gateway", "through", 14_000_000_000, Some(0.7)),
        ],
    }
}
