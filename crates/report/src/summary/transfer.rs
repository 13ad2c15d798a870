//! What moving bytes costs.

use serde::Serialize;
use std::collections::BTreeMap;

/// Bytes by the classes for which clouds have prices; absent where no cloud was seen.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Transfer {
    /// Bytes of conversations with an end in a cloud, each counted once. The classes of kind `where` sum up to it.
    pub bytes: u64,
    /// Seconds from the first to the last record.
    pub period_s: u64,
    /// What the prices that were given name as their currency; absent if they name none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// What all classes cost in the period, by the prices that were given; absent without prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// The same for 730 hours at this rate; absent where the records cover less than a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_month: Option<f64>,
    /// Classes that moved anything: where bytes went, then what they passed.
    pub classes: Vec<TransferClass>,
}

/// A class of transfer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TransferClass {
    /// `same_zone`, `cross_zone`, `nat`, ...
    pub class: &'static str,
    /// The same in words.
    pub label: &'static str,
    /// `where` the bytes went (each byte is in one of these), or what they went `through` (none, one or several).
    pub kind: &'static str,
    /// Is it usually charged for? Not where it is free, or where nobody knows what it is.
    pub is_charged: bool,
    /// Bytes.
    pub bytes: u64,
    /// Conversations.
    pub conversations: u64,
    /// Bytes by what the class rests on: `record`, `interface`, `inventory`, `inferred`, `address`, `nothing`.
    pub evidence: BTreeMap<&'static str, u64>,
    /// What it costs in the period; absent without a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// The same for 730 hours at this rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_month: Option<f64>,
    /// Bytes for which no price was given, where others have one.
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes_unpriced: u64,
    /// Who causes it, the most first; none of what stays within a zone.
    pub pairs: Vec<TransferPair>,
}

/// Who causes transfer of a class.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TransferPair {
    /// Our end, or the client of two.
    pub from: String,
    /// What stands behind it: by an inventory, else by the records; absent if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from_owner: String,
    /// Its zone; absent if that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from_zone: String,
    /// The server, `internet`, or a service of the provider's with its region.
    pub to: String,
    /// What stands behind the server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to_owner: String,
    /// The server's zone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to_zone: String,
    /// `https`, `tcp/9000`; empty where several are summed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Bytes of this class.
    pub bytes: u64,
    /// Of them, sent by `from`.
    pub bytes_sent: u64,
    /// Distinct pairs of addresses.
    pub peers: u64,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}
