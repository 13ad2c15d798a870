use super::flatten::{flatten, strings};
use super::testing::Row;
use super::{Place, Read, Reader, Records, Text, Value, has_key, is_derived, looks_like_json};
use crate::format::{Decoder, Limits, Origin};
use crate::json::JsonDecoder;
use crate::json::reader::Fault;
use model::Projection;
use proptest::prelude::*;
use serde_json::Value as Json;
use std::sync::mpsc;
use table::Tables;

#[test]
fn values() {
    let check = |text: &str, expected: Read<Value<'_>>| {
        assert_eq!(Reader::new(text.as_bytes()).value(), expected, "{text}");
    };
    let text = |raw: &'static str, escaped| Ok(Value::Text(Text { raw: raw.as_bytes(), escaped }));
    check(r#" "a" "#, text("a", false));
    check(r#""a\"b""#, text(r#"a\"b"#, true));
    check(r#""a string that is longer than a block \\" "#, text(r"a string that is longer than a block \\", true));
    check("-1.5e3,", Ok(Value::Number(b"-1.5e3")));
    check("true]", Ok(Value::Bool(b"true")));
    check("null}", Ok(Value::Null));
    check("{\"a\":[1]} ", Ok(Value::Object(b"{\"a\":[1]}")));
    check("[{},\"]\"],", Ok(Value::Array(b"[{},\"]\"]")));
    check("", Err(Fault::End));
    check("\"a", Err(Fault::End));
    check("\"a\\", Err(Fault::End));
    check("[[]", Err(Fault::End));
    check("nul,", Err(Fault::Malformed));
    check("\"a\nb\"", Err(Fault::Malformed));
    check("1x,", Err(Fault::Malformed));
}

#[test]
fn unescaping() {
    let check = |raw: &str, expected: &str| {
        let mut scratch = String::new();
        assert_eq!(Text { raw: raw.as_bytes(), escaped: true }.decode(&mut scratch), expected, "{raw}");
    };
    check(r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t");
    check(r"a\u00e9b\ud83d\ude00c", "aéb😀c");
    check(r"\ud83dx\ude00", "\u{fffd}x\u{fffd}");
    check(r"\u12", "\u{fffd}12");
    check(r"\q\", "q\\");
    let mut scratch = String::new();
    assert_eq!(Text { raw: b"a\xffb", escaped: false }.decode(&mut scratch), "a\u{fffd}b");
}

#[test]
fn looks() {
    assert!(looks_like_json(b"\xef\xbb\xbf [1"));
    assert!(looks_like_json(b",{"));
    assert!(!looks_like_json(b"2 1234"));
    assert!(has_key(b"{\"a\" :1}", "a"));
    assert!(!has_key(b"{\"b\":\"a\"}", "a"));
    assert!(is_derived(b"{\"@timestamp\":1}"));
    assert!(!is_derived(b"{\"@timestamp\":1,\"@message\":\"\"}"));
}

#[test]
fn deep_values_are_not_entered() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let mut reader = Reader::new(deep.as_bytes());
    let value = reader.value().expect("a value");
    assert_eq!(strings(value, 64, &mut |_| {}), Ok(false));
    let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    let mut paths = Vec::new();
    let value = Reader::new(deep.as_bytes()).value().expect("a value");
    flatten(value, &mut String::new(), 2, &mut |path, _| paths.push(path.to_owned())).expect("JSON");
    assert_eq!(paths, ["a.a"]);
}

/// Sends every record.
struct Collect {
    origin: Origin,
    sender: mpsc::Sender<(u64, u64, Vec<u8>)>,
}

impl Records for Collect {
    fn wrappers(&self) -> &'static [&'static str] {
        &["records", "Records"]
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn record(&mut self, bytes: &[u8], place: Place, _out: &mut Tables) -> Read<usize> {
        let mut reader = Reader::new(bytes);
        reader.object(|reader, _| reader.skip())?;
        self.sender.send((place.record_no, place.offset, bytes[..reader.at()].to_vec())).expect("a receiver");
        Ok(reader.at())
    }

    fn text(&mut self, text: Text<'_>, place: Place, _out: &mut Tables) -> bool {
        self.sender.send((place.record_no, place.offset, text.raw.to_vec())).expect("a receiver");
        true
    }
}

type Split = (Vec<(u64, u64, String)>, Vec<Row>);

fn split(text: &[u8], size: usize, limits: Limits) -> Split {
    let (sender, receiver) = mpsc::channel();
    let origin = Origin { provider: "", source_kind: "", object: "test".into() };
    let mut decoder = JsonDecoder::new(Collect { origin, sender }, limits);
    let mut tables = Tables::new(Projection::none());
    text.chunks(size).for_each(|chunk| decoder.push(chunk, &mut tables));
    decoder.finish(&mut tables);
    let records = receiver.try_iter().map(|(no, at, bytes)| (no, at, String::from_utf8_lossy(&bytes).into_owned()));
    (records.collect(), super::testing::rows(&tables.health.take_batch()))
}

#[test]
fn records() {
    let check = |text: &str, expected: &[&str], kinds: &[&str]| {
        for size in [1, 2, 3, 5, 1000] {
            let (records, health) = split(text.as_bytes(), size, Limits::default());
            let texts: Vec<&str> = records.iter().map(|(_, _, text)| text.as_str()).collect();
            assert_eq!(texts, expected, "{text} by {size}");
            let health: Vec<&str> = health.iter().map(|row| row["kind"].as_str()).collect();
            assert_eq!(health, kinds, "{text} by {size}");
            for (_, offset, record) in &records {
                assert!(text[*offset as usize..].trim_start_matches('"').starts_with(record), "{text} at {offset}");
            }
        }
    };
    check("", &[], &[]);
    check(" {} {}{}\n{} ", &["{}", "{}", "{}", "{}"], &[]);
    check("[[{},\"a\"],{}]", &["{}", "a", "{}"], &[]);
    check("{\"records\": [ {\"a\":1} , {} ]}{\"records\":1}", &["{\"a\":1}", "{}", "{\"records\":1}"], &[]);
    check("{ \"Records\" :\n[{}]\n, \"x\": {\"y\":[]}, \"z\":1 }[{}]", &["{}", "{}"], &[]);
    check("{\"records\":[]}{\"recordsX\":[{}]}", &["{\"recordsX\":[{}]}"], &[]);
    check("{\"records\":[{}", &["{}"], &["truncated"]);
    check("{\"records\"", &[], &["truncated"]);
    check("{}{", &["{}"], &["truncated"]);
    check(",{}]}", &["{}"], &[]);
    check("{}\0\0{} x y {}", &["{}", "{}", "{}"], &["parse_error", "parse_error"]);
    check("{\"a\":}\n{}", &["{}"], &["parse_error"]);
    check("{\"a\":{}\n{}\n{\"b\n{}", &["{}", "{}"], &["parse_error", "parse_error"]);
    check("{\"a\":[\n{\"b\":1}\n", &["{\"b\":1}"], &["parse_error"]);
}

#[test]
fn a_record_over_the_limit_is_passed_over() {
    let limits = Limits { json_record_bytes_max: 10, ..Limits::default() };
    let text = format!("{{}}{{\"a\":\"{}\\\"}}\"}}{{\"b\":1}}", "x".repeat(9_000));
    for size in [1, 7, 5_000, 100_000] {
        let (records, health) = split(text.as_bytes(), size, limits);
        let numbers: Vec<u64> = records.iter().map(|(no, _, _)| *no).collect();
        assert_eq!((numbers, health.len(), health[0]["kind"].as_str()), (vec![1, 3], 1, "limit_reached"), "{size}");
        assert_eq!(records[1].1 as usize, text.len() - 7);
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<i32>().prop_map(|number| Json::from(f64::from(number) / 4.0)),
        ".{0,40}".prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Json::from),
            proptest::collection::btree_map("[^.]{1,12}", inner, 0..8)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// What [`flatten`] has to say, from serde_json's tree.
fn naive_flatten(value: &Json, path: &str, out: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (key, member) in map {
                let dotted = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                naive_flatten(member, &dotted, out);
            }
        }
        other => out.push((path.to_owned(), other.clone())),
    }
}

proptest! {
    #[test]
    fn reads_what_serde_json_reads(json in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.expect("JSON");
        let text = text + " ";
        let mut reader = Reader::new(text.as_bytes());
        let value = reader.value().expect("JSON");
        prop_assert_eq!(reader.at(), text.len() - 1);
        let mut ours = Vec::new();
        let mut scratch = String::new();
        flatten(value, &mut String::new(), 64, &mut |path, text| {
            ours.push((path.to_owned(), text.decode(&mut scratch).to_owned()));
        }).expect("JSON");
        let mut theirs = Vec::new();
        naive_flatten(&json, "", &mut theirs);
        prop_assert_eq!(ours.len(), theirs.len());
        for ((path, text), (expected_path, expected)) in ours.iter().zip(&theirs) {
            prop_assert_eq!(path, expected_path);
            match expected {
                Json::String(expected) => prop_assert_eq!(text, expected),
                expected => prop_assert_eq!(&serde_json::from_str::<Json>(text).expect("JSON"), expected),
            }
        }
    }

    #[test]
    fn any_bytes_in_any_chunks(text in "[\\[\\]{}\",:\\\\\n\r a0\0]{0,300}", size in 1..50usize, limit in 1..100usize) {
        let limits = Limits { json_record_bytes_max: limit, ..Limits::default() };
        prop_assert_eq!(split(text.as_bytes(), size, limits), split(text.as_bytes(), 1000, limits));
    }

    #[test]
    fn a_stream_of_objects_is_split_into_them(
        objects in proptest::collection::vec(any_json(), 0..6),
        between in "[ \n\r\t]{0,2}",
        size in 1..100usize,
    ) {
        let objects: Vec<String> = objects.iter().map(|json| serde_json::json!({"": json}).to_string()).collect();
        let text = objects.join(&between);
        let (records, health) = split(text.as_bytes(), size, Limits::default());
        let records: Vec<String> = records.into_iter().map(|(_, _, text)| text).collect();
        prop_assert_eq!(records, objects);
        prop_assert!(health.is_empty());
    }
}
