//! AWS flow logs as text: S3 objects, CloudWatch exports, CSV.

use super::fields::is_header;
use super::record::RecordDecoder;
use crate::format::{DecodeOptions, Decoder, Format, Likeness};
use crate::line_decoder::LineDecoder;
use crate::number::{parse_rfc3339, parse_u64};
use memchr::memchr;

/// AWS VPC and Transit Gateway flow logs, one record per line, with or without a header line.
pub struct AwsText;

impl Format for AwsText {
    fn name(&self) -> &'static str {
        "aws_text"
    }

    fn describe(&self) -> &'static str {
        "AWS VPC (v2 to v11) and Transit Gateway flow logs as text: S3 objects, CloudWatch exports, CSV"
    }

    fn sniff(&self, head: &[u8]) -> Likeness {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if matches!(head.first(), Some(b'{' | b'[')) {
            // JSON, whatever texts are inside of it.
            return Likeness::No;
        }
        let likeness = |line: &[u8]| line_likeness(line.trim_ascii());
        head.split(|byte| *byte == b'\n').take(32).map(likeness).max().unwrap_or(Likeness::No)
    }

    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder> {
        Box::new(LineDecoder::new(RecordDecoder::new(options), options.limits))
    }
}

fn line_likeness(line: &[u8]) -> Likeness {
    let separator = if memchr(b' ', line).is_some() {
        b' '
    } else if memchr(b'\t', line).is_some() {
        b'\t'
    } else {
        b','
    };
    let mut columns = line.split(|byte| *byte == separator).filter(|column| !column.is_empty()).peekable();
    let unquoted = line
        .split(|byte| *byte == separator)
        .map(|column| column.trim_ascii())
        .map(|column| column.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(column));
    if is_header(unquoted) {
        return Likeness::Sure;
    }
    if columns.next_if(|first| parse_rfc3339(first).is_some()).is_some() && columns.peek().is_none() {
        return Likeness::No;
    }
    let columns: Vec<&[u8]> = columns.take(64).collect();
    let version = columns.first().copied().unwrap_or_default();
    let has_interface = columns.iter().any(|column| column.starts_with(b"eni-"));
    let has_version = version.len() <= 2 && parse_u64(version).is_some();
    match (columns.len() >= 6, has_interface, has_version) {
        (true, true, _) => Likeness::Sure,
        (true, false, true) if columns.len() >= 14 => Likeness::Maybe,
        _ => Likeness::No,
    }
}
