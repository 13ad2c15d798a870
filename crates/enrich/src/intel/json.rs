//! JSON lists: which kind, and the kinds that need no module of their own.

use serde_json::{Map, Value};

use super::collector::{Collector, Remarks};
use super::columns::{self, Meaning};
use super::indicator::{self, Indicator};
use super::{ListFormat, SkipReason, Topic, misp, published, stix};

/// Does the text begin like JSON? `[2001:db8::1]:443` and `[section]` do not.
pub(super) fn looks_like(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('{')
        || text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', '[', '"', ']']))
}

/// Reads one document, or one document a line.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    collector.list.format = ListFormat::Json;
    if text.len() <= collector.limits.json_bytes_max {
        match serde_json::from_str::<Value>(text) {
            Ok(document) => return read_document(&document, &mut Lines::new(text), collector),
            Err(error) if !is_lines(text) => {
                let line = u32::try_from(error.line()).unwrap_or(0);
                return collector.skip(SkipReason::BadJson, line, &error.to_string());
            }
            Err(_) => {}
        }
    } else if !is_lines(text) {
        return collector.skip(SkipReason::JsonOverLimit, 0, "");
    }
    read_lines(text, collector);
}

/// Is the first line a document by itself?
fn is_lines(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    serde_json::from_str::<Map<String, Value>>(first).is_ok()
}

fn read_document(document: &Value, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    collector.list.published = published::of_document(document);
    if stix::is_bundle(document) {
        collector.list.format = ListFormat::Stix;
        stix::read(stix::objects(document), lines, collector);
    } else if let Some(list) = misp::warning_list(document) {
        collector.list.format = ListFormat::MispWarningList;
        misp::read_warning_list(document, list, lines, collector);
    } else if misp::is_event(document) {
        collector.list.format = ListFormat::MispEvent;
        misp::read_event(document, lines, collector);
    } else {
        if document.get("relays_published").is_some() {
            collector.list.topic = Topic::TorRelay;
        }
        let mut decisions = Vec::new();
        find_decisions(document, &mut decisions);
        if asn(document).is_some() {
            // One document a line, of which there is one line.
            read_line(document, 1, collector);
        } else if decisions.is_empty() {
            collector.list.title = title(document);
            read_any(document, lines, collector);
        } else {
            collector.list.format = ListFormat::CrowdSec;
            decisions.into_iter().for_each(|decision| read_decision(decision, lines, collector));
        }
    }
}

fn read_lines(text: &str, collector: &mut Collector<'_>) {
    let mut objects = Vec::new();
    for (n, line) in (1u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Value>(line) {
            Ok(document) if stix::is_object(&document) => objects.push(document),
            Ok(document) => read_line(&document, n, collector),
            Err(error) => collector.skip(SkipReason::BadJson, n, &error.to_string()),
        }
    }
    if !objects.is_empty() {
        collector.list.format = ListFormat::Stix;
        stix::read(&objects, &mut Lines::new(text), collector);
    }
}

/// One document of many: Spamhaus's rows, an event, a decision, or a row of anybody's.
fn read_line(document: &Value, n: u32, collector: &mut Collector<'_>) {
    let mut lines = Lines::fixed(n);
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    if let Some(asn) = asn(document) {
        collector.list.format = ListFormat::AsnDrop;
        collector.asn(asn);
    } else if text("type") == Some("metadata") {
        collector.list.published = published::of_document(document).or(collector.list.published);
        collector.list.report.comments += 1;
    } else if misp::is_event(document) {
        collector.list.format = ListFormat::MispEvent;
        misp::read_event(document, &mut lines, collector);
    } else if let Some(decision) = document.as_object().filter(|object| is_decision(object)) {
        collector.list.format = ListFormat::CrowdSec;
        read_decision(decision, &mut lines, collector);
    } else {
        if text("sblid").is_some() {
            collector.list.format = ListFormat::SpamhausDrop;
        }
        read_any(document, &mut lines, collector);
    }
}

/// The AS number of a row that names nothing narrower.
fn asn(document: &Value) -> Option<u32> {
    let narrower = ["cidr", "ip", "network", "prefix"].iter().any(|key| document.get(*key).is_some());
    let asn = document.get("asn").filter(|_| !narrower)?.as_u64()?;
    u32::try_from(asn).ok()
}

fn title(document: &Value) -> Option<String> {
    ["title", "name", "description"]
        .iter()
        .find_map(|key| Some(document.get(key)?.as_str()?.chars().take(120).collect()))
}

/// CrowdSec decisions: objects with a value, its scope and what to do.
fn find_decisions<'a>(value: &'a Value, out: &mut Vec<&'a Map<String, Value>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_decisions(item, out)),
        Value::Object(object) if is_decision(object) => out.push(object),
        // A stream of decisions tells those that ended under `deleted`.
        Value::Object(object) => {
            object.iter().filter(|(key, _)| *key != "deleted").for_each(|(_, item)| find_decisions(item, out));
        }
        _ => {}
    }
}

fn is_decision(object: &Map<String, Value>) -> bool {
    ["value", "scope"].iter().all(|key| object.get(*key).is_some_and(Value::is_string))
}

fn read_decision(decision: &Map<String, Value>, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    let text = |key: &str| decision.get(key).and_then(Value::as_str);
    let (value, scope) = (text("value").unwrap_or_default(), text("scope").unwrap_or_default());
    let remarks = Remarks {
        label: text("scenario").or_else(|| text("reason")),
        valid_until: text("until").and_then(columns::seconds).or_else(|| end_of(decision)),
        line: lines.of(&format!("\"{value}\"")),
        ..Remarks::default()
    };
    // Of what only tells how long it still holds, a negative time has run out.
    let is_over = text("duration").is_some_and(|duration| duration.starts_with('-')) && remarks.valid_until.is_none();
    let is_allowed = text("type").is_some_and(|kind| kind.contains("whitelist") || kind == "allow");
    if is_over || is_allowed || is_marked(decision, "simulated", true) {
        collector.list.report.withdrawn += 1;
    } else if scope.eq_ignore_ascii_case("ip") || scope.eq_ignore_ascii_case("range") {
        collector.indicator(value, remarks);
    } else if let Some(asn) = Some(value).filter(|_| scope.eq_ignore_ascii_case("as")).and_then(|asn| asn.parse().ok())
    {
        collector.asn(asn);
    } else {
        collector.list.report.others += 1;
    }
}

/// Is the flag there with this meaning, as a truth value, a number or a word?
fn is_marked(object: &Map<String, Value>, key: &str, meaning: bool) -> bool {
    match object.get(key) {
        Some(Value::Bool(flag)) => *flag == meaning,
        Some(Value::Number(number)) => number.as_u64() == Some(u64::from(meaning)),
        Some(Value::String(word)) => word.eq_ignore_ascii_case(if meaning { "true" } else { "false" }),
        _ => false,
    }
}

/// When a decision ends that says how long it holds. Without its beginning, `duration` counts from when it was fetched,
/// which nobody here knows.
fn end_of(decision: &Map<String, Value>) -> Option<i64> {
    let begin = ["start_at", "created_at"].iter().find_map(|key| columns::seconds(decision.get(*key)?.as_str()?))?;
    let duration = columns::duration_seconds(decision.get("duration")?.as_str()?)?;
    begin.checked_add(duration)
}

/// JSON of unknown make: objects whose keys name an address, and arrays of addresses.
fn read_any(value: &Value, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    match value {
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::String(text) => any_text(text, lines, collector),
                    other => read_any(other, lines, collector),
                }
            }
        }
        Value::Object(object) => read_row(object, lines, collector),
        _ => {}
    }
}

fn any_text(text: &str, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    if indicator::read(text) != Indicator::Unknown {
        let line = lines.of(&format!("\"{text}\""));
        collector.indicator(text, Remarks { line, ..Remarks::default() });
    }
}

fn read_row(object: &Map<String, Value>, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    let mut remarks = Remarks::default();
    let mut best_label = usize::MAX;
    for (key, value) in object {
        let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        match columns::meaning(key) {
            Meaning::Port => remarks.port = number.and_then(|port| u16::try_from(port).ok()),
            Meaning::Score => remarks.score = number.and_then(|score| u32::try_from(score).ok()),
            Meaning::Expiry => remarks.valid_until = value.as_str().and_then(columns::seconds),
            Meaning::Label(rank) if rank < best_label && value.is_string() => {
                (best_label, remarks.label) = (rank, value.as_str());
            }
            _ => {}
        }
    }
    let is_withdrawn = WITHDRAWN.iter().any(|&(flag, meaning)| is_marked(object, flag, meaning));
    for (key, value) in object {
        match value {
            Value::String(text) if columns::meaning(key) == Meaning::Address => {
                remarks.line = lines.of(&format!("\"{text}\""));
                match indicator::read(text) {
                    _ if is_withdrawn => collector.list.report.withdrawn += 1,
                    // Files, names of mutexes, rules: the row says itself of which kind it is.
                    Indicator::Unknown if is_typed(object) => collector.list.report.others += 1,
                    _ => collector.indicator(text, remarks),
                }
            }
            Value::Array(_) | Value::Object(_) if !is_beside(key) => read_any(value, lines, collector),
            _ => {}
        }
    }
}

/// Flags by which publishers take a row back.
const WITHDRAWN: [(&str, bool); 5] =
    [("is_active", false), ("active", false), ("isWhitelisted", true), ("whitelisted", true), ("revoked", true)];

fn is_typed(object: &Map<String, Value>) -> bool {
    ["type", "indicator_type", "ioc_type"].iter().any(|key| object.get(*key).is_some_and(Value::is_string))
}

/// Is it something that stands beside indicators: versions of programs, sources, who was attacked, who is spared?
fn is_beside(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    BESIDE.iter().any(|word| key.contains(word))
}

const BESIDE: [&str; 9] =
    ["allowlist", "example", "exclu", "reference", "resolver", "target", "version", "victim", "whitelist"];

/// Finds the lines that values stand in: `serde_json` does not tell. Values are asked for in about the order of the
/// text, so that the search goes through it once; where it does not find a value ahead it begins again, a few times.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    restarts: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        Lines { text, at: 0, line: 1, restarts: 0 }
    }

    /// For one document a line.
    fn fixed(line: u32) -> Lines<'static> {
        Lines { text: "", at: 0, line, restarts: RESTARTS_MAX }
    }

    /// The line of the next place where `needle` stands; 0 if unknown.
    pub(super) fn of(&mut self, needle: &str) -> u32 {
        if self.text.is_empty() {
            return self.line;
        }
        let found = self.text[self.at..].find(needle);
        if found.is_none() && self.restarts < RESTARTS_MAX {
            (self.at, self.line, self.restarts) = (0, 1, self.restarts + 1);
            return match self.text.contains(needle) {
                true => self.of(needle),
                false => 0,
            };
        }
        let Some(ahead) = found else { return 0 };
        let passed = &self.text.as_bytes()[self.at..self.at + ahead];
        self.line += passed.iter().filter(|&&b| b == b'\n').count() as u32;
        self.at += ahead;
        self.line
    }
}

const RESTARTS_MAX: u32 = 16;
