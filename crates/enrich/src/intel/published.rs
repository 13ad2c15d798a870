//! When a publisher made a list, as far as the list says so.

use super::columns::seconds;
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use serde_json::Value;

/// Words of a banner line that tells when the list was made.
const MARKS: &[&str] = &["update", "date", "generated", "modified", "created", "published"];

/// The latest time that the comments before the data tell, in seconds since 1970.
pub(super) fn of_banner(lines: &[&str]) -> Option<i64> {
    let told = |line: &&str| {
        let (mark, text) = line.split_once(':')?;
        let mark = mark.to_lowercase();
        MARKS.iter().any(|word| mark.contains(word)).then(|| time(text)).flatten()
    };
    lines.iter().filter_map(told).max()
}

/// A time as banners write it: ISO 8601, RFC 2822, or as `date` prints it.
fn time(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(['#', ' ']);
    let plain = text.trim_end_matches("(UTC)").trim_end().trim_end_matches("UTC").trim_end();
    let by_mail = || rfc2822::parse(text).ok().map(|time| time.timestamp().as_second());
    let by_date = || {
        let spaced =
            text.split_whitespace().filter(|word| !matches!(*word, "UTC" | "GMT")).collect::<Vec<_>>().join(" ");
        let parsed = strtime::parse("%a %b %d %H:%M:%S %Y", spaced).ok()?.to_datetime().ok()?;
        parsed.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
    };
    seconds(plain).or_else(by_mail).or_else(by_date)
}

/// The latest time that a MISP or STIX document tells.
pub(super) fn of_document(document: &Value) -> Option<i64> {
    let objects = document.get("objects").and_then(Value::as_array).into_iter().flatten();
    let modified = objects.filter_map(|object| seconds(object.get("modified")?.as_str()?)).max();
    modified.or_else(|| event_time(document)).or_else(|| version_day(document)).or_else(|| stamp(document))
}

/// What other documents say at their top, or under `meta`: a time, or seconds since 1970.
fn stamp(document: &Value) -> Option<i64> {
    let read = |value: &Value| match value {
        Value::String(text) => seconds(text),
        Value::Number(number) => number.as_i64().filter(|stamp| (631_152_000..=32_503_680_000).contains(stamp)),
        _ => None,
    };
    let parts = [Some(document), document.get("meta"), document.get("metadata")];
    let stamps = parts.into_iter().flatten().flat_map(|part| STAMPS.iter().filter_map(|key| read(part.get(*key)?)));
    stamps.max()
}

const STAMPS: [&str; 9] = [
    "created",
    "generated",
    "generatedAt",
    "lastUpdated",
    "last_updated",
    "modified",
    "published",
    "relays_published",
    "timestamp",
];

/// `Event.timestamp`, seconds as text; else its day.
fn event_time(document: &Value) -> Option<i64> {
    let inner = document.get("response").unwrap_or(document);
    let event = inner.get(0).unwrap_or(inner).get("Event")?;
    let stamp =
        ["publish_timestamp", "timestamp"].iter().filter_map(|key| event.get(key)?.as_str()?.parse::<i64>().ok());
    let stamp = stamp.filter(|stamp| Timestamp::from_second(*stamp).is_ok() && *stamp > 0).max();
    stamp.or_else(|| seconds(event.get("date")?.as_str()?))
}

/// The version of a warning list is its day: 20260811.
fn version_day(document: &Value) -> Option<i64> {
    let version = document.get("version")?.as_u64().filter(|version| (19_900_101..=29_991_231).contains(version))?;
    seconds(&format!("{:04}-{:02}-{:02}", version / 10_000, version / 100 % 100, version % 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn banners() {
        let check = |line: &str, expected: Option<i64>| assert_eq!(of_banner(&[line]), expected, "{line}");
        check("Last updated: 2024-04-04 07:03:03 UTC", Some(1_712_214_183));
        check("Last updated: 2015-10-15 14:45:01 (UTC)", Some(1_444_920_301));
        check("Last update: Sat, 22 Aug 2026 03:00:29 +0200", Some(1_787_360_429));
        check("This File Date  : Fri Sep 15 00:44:33 UTC 2017", Some(1_505_436_273));
        check("Source File Date: Sat Nov  4 11:15:33 UTC 2017", Some(1_509_794_133));
        check("Generated: 2024-04-04", Some(1_712_188_800));
        check("Terms Of Use: https://feodotracker.abuse.ch/blocklist/", None);
        check("Last updated: yesterday", None);
        assert_eq!(of_banner(&["Date: 2024-04-04", "Updated: 2024-04-05", "x"]), Some(1_712_275_200));
    }

    #[test]
    fn documents() {
        let check = |document: Value, expected: Option<i64>| assert_eq!(of_document(&document), expected, "{document}");
        check(json!({"version": 20_260_811}), Some(1_786_406_400));
        check(json!({"version": 5}), None);
        check(json!({"Event": {"date": "2024-04-04", "timestamp": "1712275200"}}), Some(1_712_275_200));
        check(json!([{"Event": {"date": "2024-04-04"}}]), Some(1_712_188_800));
        check(
            json!({"objects": [{"modified": "2024-04-04T00:00:00Z"}, {"modified": "2024-04-05T00:00:00Z"}, {}]}),
            Some(1_712_275_200),
        );
        check(json!([1]), None);
    }
}
