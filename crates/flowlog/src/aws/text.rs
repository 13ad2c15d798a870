//! AWS flow logs as text: S3 objects, CloudWatch exports, CSV.

use super::fields::is_header;
use super::record::{Columns, Place, RecordDecoder};
use crate::format::{DecodeOptions, Decoder, Format, Likeness, Origin};
use crate::health::HealthNote;
use crate::lines::LineIndex;
use crate::number::{parse_ipv4, parse_ipv6, parse_rfc3339, parse_u64};
use memchr::{memchr, memchr2};
use model::vocabulary::HealthKind;
use table::Tables;

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
        Box::new(TextDecoder {
            records: RecordDecoder::new(options),
            origin: Origin { provider: "aws", source_kind: "aws_vpc", object: options.object.clone() },
            line_bytes_max: options.limits.line_bytes_max,
            index: LineIndex::new(),
            carry: Vec::new(),
            skipping: false,
            line_no: 0,
            offset: 0,
        })
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

struct TextDecoder {
    records: RecordDecoder,
    origin: Origin,
    line_bytes_max: usize,
    index: LineIndex,
    /// The beginning of a line whose end has not come yet.
    carry: Vec<u8>,
    /// A line over the limit is being skipped.
    skipping: bool,
    /// Lines before the current one.
    line_no: u64,
    /// Bytes before the current line.
    offset: u64,
}

/// Text is indexed in pieces of this size, so that the index stays in the cache.
const PIECE_BYTES: usize = 64 << 10;

impl Decoder for TextDecoder {
    fn push(&mut self, mut bytes: &[u8], out: &mut Tables) {
        if !self.carry.is_empty() || self.skipping {
            bytes = self.complete_carry(bytes, out);
        }
        while !bytes.is_empty() {
            let piece = &bytes[..bytes.len().min(PIECE_BYTES)];
            let Some(last_feed) = memchr::memrchr(b'\n', piece) else {
                // A line longer than a piece: it goes the slow way, through the carry buffer.
                bytes = self.complete_carry(bytes, out);
                continue;
            };
            self.push_lines(&piece[..=last_feed], out);
            bytes = &bytes[last_feed + 1..];
            if bytes.len() < PIECE_BYTES && memchr(b'\n', bytes).is_none() {
                bytes = self.complete_carry(bytes, out);
            }
        }
    }

    fn finish(&mut self, out: &mut Tables) {
        if self.skipping || self.carry.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.carry);
        let place = Place { record_no: self.line_no + 1, offset: self.offset };
        self.records.push_untidy(&line, place, false, out);
    }
}

impl TextDecoder {
    /// Takes bytes up to the next line feed into the carry buffer and decodes the line if it is
    /// complete. Returns the bytes behind it.
    fn complete_carry<'a>(&mut self, bytes: &'a [u8], out: &mut Tables) -> &'a [u8] {
        let feed = memchr(b'\n', bytes);
        let (head, rest) = match feed {
            Some(feed) => (&bytes[..feed], &bytes[feed + 1..]),
            None => (bytes, &bytes[bytes.len()..]),
        };
        let place = Place { record_no: self.line_no + 1, offset: self.offset };
        if self.skipping {
            self.offset += head.len() as u64;
        } else if self.carry.len() + head.len() > self.line_bytes_max {
            self.note_long_line(place, out);
            self.skipping = true;
            self.offset += (self.carry.len() + head.len()) as u64;
            self.carry.clear();
        } else {
            self.carry.extend_from_slice(head);
        }
        if feed.is_some() {
            if !self.skipping {
                let line = std::mem::take(&mut self.carry);
                self.records.push_untidy(&line, place, true, out);
                self.offset += line.len() as u64;
                self.carry = line;
                self.carry.clear();
            }
            self.skipping = false;
            self.line_no += 1;
            self.offset += 1;
        }
        rest
    }

    fn note_long_line(&self, place: Place, out: &mut Tables) {
        let detail = format!("line longer than {} bytes; it was left out", self.line_bytes_max);
        let note = HealthNote {
            kind: HealthKind::LimitReached,
            detail: &detail,
            record_no: place.record_no,
            offset: place.offset,
        };
        note.write(&self.origin, &mut out.health);
    }

    /// Decodes complete lines.
    fn push_lines(&mut self, text: &[u8], out: &mut Tables) {
        let mut index = std::mem::replace(&mut self.index, LineIndex::new());
        let mut start = 0;
        // The first header line of an object may change the delimiter: index again from there.
        while start < text.len() {
            start += self.push_indexed(&text[start..], &mut index, out);
        }
        self.index = index;
    }

    /// Decodes lines while the delimiter stays the same; returns how many bytes were decoded.
    fn push_indexed(&mut self, text: &[u8], index: &mut LineIndex, out: &mut Tables) -> usize {
        let delimiter = self.records.delimiter();
        let is_tidy = tidiness(text, delimiter);
        index.build(text, delimiter);
        let mut done = 0;
        for line in index.lines() {
            let Some(&feed) = line.ends.last() else { break };
            let place = Place { record_no: self.line_no + 1, offset: self.offset };
            if !line.has_gap(delimiter) && is_tidy(&text[line.start..feed as usize]) {
                self.records.push_columns(Columns::new(text, line.start, line.ends), place, out);
            } else {
                self.records.push_untidy(&text[line.start..feed as usize], place, true, out);
            }
            let length = feed as usize + 1 - line.start;
            self.line_no += 1;
            self.offset += length as u64;
            done += length;
            if self.records.delimiter() != delimiter {
                break;
            }
        }
        done
    }
}

/// Whether a line's columns are exactly what stands between its delimiters: nothing is to be trimmed, unquoted
/// or split further. Asked for a whole piece of text first, since hardly any has such a line.
fn tidiness(text: &[u8], delimiter: u8) -> impl Fn(&[u8]) -> bool {
    let untidy: fn(&[u8]) -> bool = match delimiter {
        b',' => |text| memchr2(b'"', b' ', text).is_some(),
        b'\t' => |text| memchr(b' ', text).is_some(),
        _ => |text| memchr(b'\t', text).is_some(),
    };
    let is_any_untidy = untidy(text);
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    move |line| is_edge(line.first()) && is_edge(line.last()) && !(is_any_untidy && untidy(line))
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
