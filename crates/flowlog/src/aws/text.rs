//! AWS flow logs as text: S3 objects, CloudWatch exports, CSV.

use super::fields::is_header;
use super::record::RecordDecoder;
use crate::format::{DecodeOptions, Decoder, Format, Likeness};
use crate::line_decoder::LineDecoder;
use crate::number::{parse_ipv4, parse_ipv6, parse_rfc3339, parse_u64};
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
        (true, false, true) if columns.len() >= 14 && has_a_record(&columns) => Likeness::Maybe,
        _ => Likeness::No,
    }
}

/// Does a line without an interface tell what became of its packets, or between whom they went?
fn has_a_record(columns: &[&[u8]]) -> bool {
    let is_outcome = |column: &&[u8]| matches!(*column, b"ACCEPT" | b"REJECT" | b"OK" | b"NODATA" | b"SKIPDATA");
    let is_address = |column: &&&[u8]| parse_ipv4(column).is_some() || parse_ipv6(column).is_some();
    columns.iter().any(is_outcome) || columns.iter().filter(is_address).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a single line looks like.
    const LINES: &[(&str, Likeness)] = &[
        ("2 123456789012 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 40 1 2 ACCEPT OK", Likeness::Sure),
        ("2 123456789012 - 10.0.0.1 10.0.0.2 1 2 6 1 40 1 2 REJECT OK", Likeness::Maybe),
        ("2 123456789012 - 10.0.0.1 2001:db8::1 1 2 6 1 40 1 2 - -", Likeness::Maybe),
        // A text of tcpdump begins with a number, too.
        (
            "1  2011-04-02 00:13:30.597291 IP (tos 0x0, ttl 253, id 23654, offset 0, flags [none], proto UDP (17))",
            Likeness::No,
        ),
        ("1 one two three four five six seven eight nine ten eleven twelve thirteen", Likeness::No),
    ];

    #[test]
    fn a_line_looks_like_a_record() {
        for (line, likeness) in LINES {
            assert_eq!(AwsText.sniff(line.as_bytes()), *likeness, "{line}");
        }
    }
}
