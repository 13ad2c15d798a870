//! GCP VPC flow logs: entries of Cloud Logging, however they were exported.
//!
//! An entry is told by its `logName` alone: firewall rule logs have the same resource type and a
//! `connection` as well. Numbers of 64 bits are strings, but exports to BigQuery write numbers.
//! Source: Google Cloud, "VPC Flow Logs records" and "About VPC Flow Logs records".

mod entry;
mod record;
#[cfg(test)]
mod tests;
mod value;
mod wants;

use crate::format::{DecodeOptions, Decoder, Format, Likeness};
use crate::json::{self, JsonDecoder};
use memchr::memmem;

/// GCP VPC flow logs: downloads, sinks to storage, Pub/Sub messages, BigQuery exports.
pub struct GcpJson;

impl Format for GcpJson {
    fn name(&self) -> &'static str {
        "gcp_json"
    }

    fn describe(&self) -> &'static str {
        "GCP VPC flow logs: Cloud Logging entries as an array, one per line, in Pub/Sub messages, from BigQuery"
    }

    fn sniff(&self, head: &[u8]) -> Likeness {
        if !json::looks_like_json(head) || json::is_derived(head) {
            return Likeness::No;
        }
        let has = |mark: &str| memmem::find(head, mark.as_bytes()).is_some();
        let has_key = |key: &str| json::has_key(head, key);
        if has("2Fvpc_flows\"") || has("/vpc_flows\"") {
            return Likeness::Sure;
        }
        let is_entry = has_key("logName") && (has_key("jsonPayload") || has_key("insertId"));
        let is_payload = has_key("connection") && has_key("reporter");
        let is_message = has_key("data") && (has_key("messageId") || has_key("message_id") || has_key("ackId"));
        match is_entry || is_payload || is_message {
            true => Likeness::Maybe,
            false => Likeness::No,
        }
    }

    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder> {
        Box::new(JsonDecoder::new(record::GcpRecords::new(options), options.limits))
    }
}
