//! The seam: what a log format is, what a decoder does, and the table of all formats.

use crate::filter::Filter;
use std::sync::Arc;
use table::Tables;

/// How much the head of an object looks like a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// It is something else.
    No,
    /// It could be, if nothing else fits better.
    Maybe,
    /// It is.
    Sure,
}

/// One log format: everything the rest of the program needs to know about it.
pub trait Format: Sync {
    /// The name in reports and messages, such as `aws_text`.
    fn name(&self) -> &'static str;

    /// What it is, in one line for people.
    fn describe(&self) -> &'static str;

    /// Does an object that begins like this (up to 64 KiB, decompressed) have this format?
    fn sniff(&self, head: &[u8]) -> Likeness;

    /// A fresh decoder for one object.
    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder>;
}

/// Decodes one object. The wanted columns are those of `out.flows`.
pub trait Decoder: Send {
    /// Takes the next bytes of the object, cut anywhere, and appends every record they complete.
    fn push(&mut self, bytes: &[u8], out: &mut Tables);

    /// The object has ended: appends a last record without line end, reports a truncated one.
    fn finish(&mut self, out: &mut Tables);
}

/// What a decoder needs to know about its object and its reader.
#[derive(Clone, Debug)]
pub struct DecodeOptions {
    /// The object's name, for `src_object`.
    pub object: Arc<str>,
    /// Conditions that every wanted row fulfils. A decoder may skip rows that do not; it need not.
    /// Rows of `health` are never skipped.
    pub filters: Vec<Filter>,
    /// The columns of AWS records without a header line, if the user says so: `version account-id ...`.
    pub aws_format: Option<Arc<str>>,
    /// What a decoder refuses to hold.
    pub limits: Limits,
}

impl DecodeOptions {
    /// No filter, no format, default limits.
    pub fn new(object: &str) -> DecodeOptions {
        DecodeOptions { object: object.into(), filters: Vec::new(), aws_format: None, limits: Limits::default() }
    }
}

/// What a decoder refuses to hold. What a limit turns away is a row of `health` (`limit_reached`).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest line of a text log, in bytes.
    pub line_bytes_max: usize,
    /// The largest JSON record (an Azure record is all flows of a NIC in a minute), in bytes.
    pub json_record_bytes_max: usize,
    /// The deepest nesting of JSON.
    pub json_depth_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { line_bytes_max: 1 << 20, json_record_bytes_max: 64 << 20, json_depth_max: 64 }
    }
}

/// Which log a row of `health` speaks of.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `aws`, `azure`, `gcp`, `zeek`, `argus`, or empty while it is not known.
    pub provider: &'static str,
    /// `aws_vpc`, `aws_tgw`, `az_nsg`, `az_vnet`, `gcp_vpc`, `zeek_conn`, `argus_binetflow`, or empty while it is not known.
    pub source_kind: &'static str,
    /// The object's name.
    pub object: Arc<str>,
}

/// Every format, most specific first. Adding one is one module and one line here.
pub const FORMATS: &[&dyn Format] = &[
    &crate::zeek::ZeekText,
    &crate::zeek::ZeekJson,
    &crate::argus::ArgusCsv,
    &crate::aws::AwsJson,
    &crate::azure::AzureJson,
    &crate::gcp::GcpJson,
    &crate::aws::AwsText,
];

/// The format of an object that begins like this, or `None` if it has none that Fathom reads.
pub fn detect(head: &[u8]) -> Option<&'static dyn Format> {
    let mut best: Option<(&'static dyn Format, Likeness)> = None;
    for format in FORMATS {
        let likeness = format.sniff(head);
        if likeness > best.map_or(Likeness::No, |(_, likeness)| likeness) {
            best = Some((*format, likeness));
        }
    }
    best.map(|(format, _)| format)
}
