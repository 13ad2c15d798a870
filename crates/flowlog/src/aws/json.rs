//! AWS flow logs inside of JSON: every record ends as a line in [`RecordDecoder`].
//!
//! Read are: CloudWatch Logs subscription payloads, bare or as base64 of gzip in Lambda and Kinesis
//! events; Firehose's `{"message":"2 ..."}`; arrays of record lines; objects with a field's name per
//! member; and any other document that quotes record lines, such as samples in documentation.
//!
//! Not read as records are documents made *from* flow logs (see [`is_derived`]): what their
//! `event.original` quotes was counted where it came from.

use super::fields::{is_header, known_field};
use super::record::RecordDecoder;
use crate::format::{DecodeOptions, Decoder, Format, Likeness, Origin};
use crate::health::excerpt;
use crate::json::flatten::strings;
use crate::json::{
    JsonDecoder, Place, Read, Reader, Records, Text, Value, base64, has_key, is_derived, looks_like_json, member,
    offset_in,
};
use crate::number::{parse_ipv4, parse_ipv6, parse_u64};
use flate2::read::MultiGzDecoder;
use model::vocabulary::HealthKind;
use std::io::Read as _;
use table::Tables;

/// AWS VPC and Transit Gateway flow logs as they come through CloudWatch, Firehose, Kinesis and Lambda.
pub struct AwsJson;

impl Format for AwsJson {
    fn name(&self) -> &'static str {
        "aws_json"
    }

    fn describe(&self) -> &'static str {
        "AWS flow logs inside JSON: CloudWatch Logs payloads, Firehose, Kinesis and Lambda events, arrays of records"
    }

    fn sniff(&self, head: &[u8]) -> Likeness {
        if !looks_like_json(head) || is_derived(head) {
            return Likeness::No;
        }
        let has_all = |keys: &[&str]| keys.iter().all(|key| has_key(head, key));
        let envelopes: &[&[&str]] = &[
            &["messageType", "logEvents"],
            &["awslogs", "data"],
            &["kinesis", "data"],
            &["recordId", "data"],
            &["srcaddr", "dstaddr"],
        ];
        let is_known = envelopes.iter().any(|keys| has_all(keys));
        if is_known || head.split(|byte| *byte == b'"').any(is_line) {
            return Likeness::Sure;
        }
        Likeness::No
    }

    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder> {
        let records = AwsRecords {
            options: options.clone(),
            origin: Origin { provider: "aws", source_kind: "aws_vpc", object: options.object.clone() },
            decoder: RecordDecoder::new(options),
            line_no: 0,
            names: Vec::new(),
        };
        Box::new(JsonDecoder::new(records, options.limits))
    }
}

/// Payloads within payloads.
const PAYLOAD_DEPTH_MAX: usize = 4;
/// A record has this many columns, or it is only taken for one where a header line says so.
const RECORD_COLUMNS_MIN: usize = 6;
/// A header line in running text has this many names.
const HEADER_NAMES_MIN: usize = 5;

fn columns(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| byte.is_ascii_whitespace()).filter(|column| !column.is_empty())
}

fn is_header_line(line: &[u8]) -> bool {
    columns(line).count() >= HEADER_NAMES_MIN && is_header(columns(line))
}

/// Has the string the shape of a record? Six columns, a version, an interface or `-` first, and an
/// interface or an address among them.
fn is_record_line(line: &[u8]) -> bool {
    let Some(first) = columns(line).next() else { return false };
    let is_start = match first {
        b"-" => true,
        first if first.starts_with(b"eni-") || first.starts_with(b"i-") => true,
        first => first.len() <= 2 && parse_u64(first).is_some(),
    };
    let is_mark = |column: &[u8]| {
        column.starts_with(b"eni-")
            || parse_ipv4(column).is_some()
            || (column.len() > 2 && parse_ipv6(column).is_some())
    };
    is_start && columns(line).count() >= RECORD_COLUMNS_MIN && columns(line).any(is_mark)
}

fn is_line(text: &[u8]) -> bool {
    is_record_line(text) || is_header_line(text)
}

/// Finds AWS records in JSON.
struct AwsRecords {
    options: DecodeOptions,
    origin: Origin,
    decoder: RecordDecoder,
    /// Lines given to the decoder.
    line_no: u64,
    /// Names of the last object with a field per member: its header line is in force.
    names: Vec<u8>,
}

/// The top level of an object.
#[derive(Clone, Copy, Default)]
struct Head<'a> {
    message_type: Option<Value<'a>>,
    log_events: Option<Value<'a>>,
    message: Option<Value<'a>>,
    /// `awslogs`, `kinesis`: what has the payload in `data`.
    envelope: Option<Value<'a>>,
    data: Option<Value<'a>>,
    /// There are members that no envelope has.
    has_others: bool,
    has_source: bool,
    has_destination: bool,
    has_status: bool,
}

impl<'a> Head<'a> {
    fn read(reader: &mut Reader<'a>) -> Read<Head<'a>> {
        let mut head = Head::default();
        reader.object(|reader, key| {
            let value = reader.value()?;
            match key.raw {
                b"messageType" => head.message_type = Some(value),
                b"logEvents" => head.log_events = Some(value),
                b"message" | b"@message" => head.message = Some(value),
                b"awslogs" | b"kinesis" => head.envelope = Some(value),
                b"data" => head.data = Some(value),
                b"timestamp" | b"id" | b"ingestionTime" | b"eventId" | b"logStreamName" => {}
                name => {
                    head.has_others = true;
                    let field = known_field(name).map(|field| field.name);
                    head.has_source |= matches!(field, Some("srcaddr" | "pkt-srcaddr"));
                    head.has_destination |= matches!(field, Some("dstaddr" | "pkt-dstaddr"));
                    head.has_status |= field == Some("log-status");
                }
            }
            Ok(())
        })?;
        Ok(head)
    }

    /// The base64 text of a payload, if there is one.
    fn payload(&self) -> Option<Text<'a>> {
        let data = match self.envelope {
            Some(Value::Object(envelope)) => member(envelope, b"data"),
            _ => self.data,
        };
        match data? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Records for AwsRecords {
    fn wrappers(&self) -> &'static [&'static str] {
        &["Records", "records", "events"]
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn record(&mut self, bytes: &[u8], place: Place, out: &mut Tables) -> Read<usize> {
        let mut reader = Reader::new(bytes);
        let head = Head::read(&mut reader)?;
        let bytes = &bytes[..reader.at()];
        self.any_record(&head, bytes, place, 0, out);
        Ok(bytes.len())
    }

    fn text(&mut self, text: Text<'_>, place: Place, out: &mut Tables) -> bool {
        let mut scratch = String::new();
        let lines = lines_of(text.decode(&mut scratch));
        self.quoted_lines(&lines, place, out)
    }
}

impl AwsRecords {
    fn any_record(&mut self, head: &Head<'_>, bytes: &[u8], place: Place, depth: usize, out: &mut Tables) {
        if let Some(message_type) = head.message_type {
            self.cloudwatch_payload(message_type, head.log_events, bytes, place, out);
        } else if head.has_others && is_derived(bytes) {
            let detail =
                "a document made from flow logs (ECS, OCSF, Panther), not a log; its source is to be read instead";
            place.note(HealthKind::OtherRecord, detail, &self.origin, out);
        } else if let Some(Value::Text(message)) = head.message {
            self.lines(message, Place { offset: place.offset + offset_in(bytes, message.raw), ..place }, out);
        } else if (head.has_source && head.has_destination) || (head.has_status && head.has_others) {
            self.fields(head, bytes, place, out);
        } else if let Some(payload) = head.payload() {
            self.payload(payload, place, depth, out);
        } else {
            self.foreign_object(bytes, place, out);
        }
    }

    fn push_line(&mut self, line: &[u8], place: Place, out: &mut Tables) {
        self.line_no += 1;
        self.names.clear();
        self.decoder.push_line(line, self.line_no, place.offset, out);
    }

    /// One line, or several.
    fn lines(&mut self, text: Text<'_>, place: Place, out: &mut Tables) {
        let mut scratch = String::new();
        for line in text.decode(&mut scratch).lines() {
            self.push_line(line.as_bytes(), place, out);
        }
    }

    /// CloudWatch Logs subscription payload.
    fn cloudwatch_payload(
        &mut self,
        message_type: Value<'_>,
        events: Option<Value<'_>>,
        bytes: &[u8],
        place: Place,
        out: &mut Tables,
    ) {
        match message_type.raw() {
            b"CONTROL_MESSAGE" => return place.note(HealthKind::ControlMessage, "", &self.origin, out),
            b"DATA_MESSAGE" => {}
            other => {
                let detail = format!("a payload of the message type {}", excerpt(other));
                return place.note(HealthKind::OtherRecord, &detail, &self.origin, out);
            }
        }
        let Some(Value::Array(events)) = events else { return };
        let walked = Reader::new(events).array(|reader| {
            reader.peek()?;
            let Value::Object(event) = reader.value()? else { return Ok(()) };
            if let Some(Value::Text(message)) = member(event, b"message") {
                self.lines(message, Place { offset: place.offset + offset_in(bytes, message.raw), ..place }, out);
            }
            Ok(())
        });
        if walked.is_err() {
            place.note(HealthKind::ParseError, "the payload's logEvents are malformed JSON", &self.origin, out);
        }
    }

    /// Base64, perhaps of gzip, of JSON or of lines.
    fn payload(&mut self, text: Text<'_>, place: Place, depth: usize, out: &mut Tables) {
        let mut scratch = String::new();
        let Some(mut payload) = base64::decode(text.decode(&mut scratch).as_bytes()) else {
            let detail = format!("data is not base64: {}", excerpt(text.raw));
            return place.note(HealthKind::ParseError, &detail, &self.origin, out);
        };
        let mut is_whole = true;
        if payload.starts_with(b"\x1f\x8b") {
            (payload, is_whole) = self.inflate(&payload, place, out);
        }
        if !looks_like_json(&payload) {
            for line in payload.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                self.push_line(line, place, out);
            }
            return;
        }
        let mut rest = payload.trim_ascii();
        while !rest.is_empty() {
            let mut reader = Reader::new(rest);
            let Ok(head) = Head::read(&mut reader) else {
                if !is_whole {
                    return;
                }
                let detail = format!("the payload is malformed JSON: {}", excerpt(rest));
                return place.note(HealthKind::ParseError, &detail, &self.origin, out);
            };
            if depth < PAYLOAD_DEPTH_MAX {
                // Offsets inside of a payload mean nothing outside: all rows get the payload's.
                let at_payload = &rest[..reader.at()];
                self.any_record(&head, at_payload, place, depth + 1, out);
            } else {
                place.note(HealthKind::LimitReached, "payloads nested too deeply", &self.origin, out);
            }
            rest = rest[reader.at()..].trim_ascii_start();
        }
    }

    /// The payload, as far as it can be had, and whether that is all of it.
    fn inflate(&mut self, gzip: &[u8], place: Place, out: &mut Tables) -> (Vec<u8>, bool) {
        let bytes_max = self.options.limits.json_record_bytes_max as u64;
        let mut payload = Vec::new();
        let inflated = MultiGzDecoder::new(gzip).take(bytes_max + 1).read_to_end(&mut payload);
        if let Err(error) = &inflated {
            let detail = format!("the payload's gzip is damaged: {error}");
            place.note(HealthKind::ReadError, &detail, &self.origin, out);
        }
        if payload.len() as u64 > bytes_max {
            payload.clear();
            let detail = format!("payload inflates to more than {bytes_max} bytes; it was left out");
            place.note(HealthKind::LimitReached, &detail, &self.origin, out);
        }
        (payload, inflated.is_ok())
    }

    /// An object with a member per field, named with hyphens or underscores.
    fn fields(&mut self, head: &Head<'_>, bytes: &[u8], place: Place, out: &mut Tables) {
        let (mut names, mut line) = (Vec::new(), Vec::new());
        let (mut other_names, mut other_line) = (Vec::new(), Vec::new());
        let mut scratch = String::new();
        // The object was walked before: it cannot be malformed here.
        let _ = Reader::new(bytes).object(|reader, key| {
            let value = reader.value()?;
            let (names, line) = match known_field(key.raw) {
                Some(_) => (&mut names, &mut line),
                None => (&mut other_names, &mut other_line),
            };
            push_column(names, key.raw);
            let text = if value == Value::Null { "-" } else { value.text().decode(&mut scratch) };
            push_column(line, text.as_bytes());
            Ok(())
        });
        // Exports leave out what is null; the addresses are what says whether there is a flow.
        for (is_there, name) in [(head.has_source, "srcaddr"), (head.has_destination, "dstaddr")] {
            if !is_there {
                push_column(&mut names, name.as_bytes());
                push_column(&mut line, b"-");
            }
        }
        names.extend_from_slice(&other_names);
        line.extend_from_slice(&other_line);
        self.line_no += 1;
        if self.names != names {
            self.decoder.push_line(&names, self.line_no, place.offset, out);
            self.names = names;
        }
        self.decoder.push_line(&line, self.line_no, place.offset, out);
    }

    /// An object of no known shape: documents quote records. Any string that is one counts.
    fn foreign_object(&mut self, bytes: &[u8], place: Place, out: &mut Tables) {
        let mut lines: Vec<String> = Vec::new();
        let mut scratch = String::new();
        let walked = strings(Value::Object(bytes), self.options.limits.json_depth_max, &mut |text| {
            lines.extend(lines_of(text.decode(&mut scratch)));
        });
        match walked {
            Ok(true) => {}
            Ok(false) => place.note(HealthKind::LimitReached, "nested too deeply", &self.origin, out),
            Err(_) => place.note(HealthKind::ParseError, "malformed JSON", &self.origin, out),
        }
        if !self.quoted_lines(&lines, place, out) {
            let detail = format!("an object without flow log records: {}", excerpt(bytes));
            place.note(HealthKind::OtherRecord, &detail, &self.origin, out);
        }
        if lines.iter().any(|line| is_header_line(line.as_bytes())) {
            // Its header line says nothing about the next object.
            self.decoder = RecordDecoder::new(&self.options);
        }
    }

    /// Pushes the lines that are records or header lines; false if there is none.
    fn quoted_lines(&mut self, lines: &[String], place: Place, out: &mut Tables) -> bool {
        let mut is_any = false;
        for line in lines {
            let line = line.as_bytes();
            if is_line(line) {
                is_any = true;
                self.push_line(line, place, out);
            }
        }
        is_any
    }
}

/// Appends a column to a line of columns. An empty one is `-`; spaces are encoded as in tags.
fn push_column(line: &mut Vec<u8>, text: &[u8]) {
    if text.is_empty() {
        line.push(b'-');
    }
    for byte in text {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => line.extend_from_slice(b"%20"),
            byte => line.push(*byte),
        }
    }
    line.push(b' ');
}

/// The lines of a quoted text that may be records, header lines first: also those that stand in
/// quotes themselves (a call in a programming language), and without a comment behind them.
fn lines_of(text: &str) -> Vec<String> {
    let whole = text.lines().chain(text.split('"').skip(1).step_by(2));
    let mut lines: Vec<String> = Vec::new();
    for line in whole {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if is_line(line.as_bytes()) {
            lines.push(line.to_owned());
        }
    }
    lines.sort_by_key(|line| !is_header_line(line.as_bytes()));
    lines
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
