//! Azure flow logs: network security groups (NSG, versions 1 and 2) and virtual networks (VNet, version 4).
//!
//! One JSON record holds all flows of one NIC in one minute; each flow is a tuple, a string of columns.
//! Which of the two logs a record is, it says itself: `properties.flows` or `flowRecords`.
//! Sources: Azure Network Watcher, "NSG flow logs overview" and "Virtual network flow logs overview".

mod context;
mod record;
#[cfg(test)]
mod tests;
mod tuple;

use crate::format::{DecodeOptions, Decoder, Format, Likeness};
use crate::json::{self, JsonDecoder};
use memchr::memmem;

/// Azure NSG and VNet flow logs: whole blobs, pieces of blobs, one record per line.
pub struct AzureJson;

/// What only a flow log of Azure has in it.
const MARKS: &[&str] = &["\"flowTuples\"", "NetworkSecurityGroupFlowEvent", "FlowLogFlowEvent", "\"flowLogGUID\""];

impl Format for AzureJson {
    fn name(&self) -> &'static str {
        "azure_json"
    }

    fn describe(&self) -> &'static str {
        "Azure NSG (v1, v2) and VNet (v4) flow logs: PT1H.json blobs, pieces of them, one record per line"
    }

    fn sniff(&self, head: &[u8]) -> Likeness {
        if !json::looks_like_json(head) || json::is_derived(head) {
            return Likeness::No;
        }
        let has = |mark: &&str| memmem::find(head, mark.as_bytes()).is_some();
        if MARKS.iter().any(has) {
            return Likeness::Sure;
        }
        // Another resource log of Azure: its records are named in `health`.
        let is_resource_log = json::has_key(head, "category")
            && (json::has_key(head, "resourceId") || json::has_key(head, "resourceid"))
            && (has(&"/SUBSCRIPTIONS/") || has(&"/subscriptions/"));
        match is_resource_log || tuple::any_in(head) {
            true => Likeness::Maybe,
            false => Likeness::No,
        }
    }

    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder> {
        Box::new(JsonDecoder::new(record::AzureRecords::new(options), options.limits))
    }
}
