//! Values, and how Zeek writes them.

use super::Form;
use super::field::Log;
use crate::eve::push_number;
use model::packet::Timestamp;
use std::io::Write as _;
use std::net::IpAddr;

/// What a field says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Unset,
    Text(Vec<u8>),
    Number(u64),
    Boolean(bool),
    /// Nanoseconds since 1970.
    Time(i64),
    /// Nanoseconds.
    Interval(i64),
    Address(IpAddr),
    /// A set or a vector.
    List(Vec<Vec<u8>>),
}

impl Value {
    pub(super) fn text(text: &str) -> Value {
        Value::Text(text.as_bytes().to_vec())
    }

    pub(super) fn some_text(text: Option<&[u8]>) -> Value {
        text.filter(|text| !text.is_empty()).map_or(Value::Unset, |text| Value::Text(text.to_vec()))
    }

    pub(super) fn some_number(number: Option<u64>) -> Value {
        number.map_or(Value::Unset, Value::Number)
    }

    /// A list that is unset where it has no items.
    pub(super) fn list(items: Vec<Vec<u8>>) -> Value {
        if items.is_empty() { Value::Unset } else { Value::List(items) }
    }
}

/// One line, made again and again in the same place.
#[derive(Debug, Default)]
pub(super) struct Line {
    bytes: Vec<u8>,
    form: Form,
    is_first: bool,
}

impl Line {
    pub(super) fn begin(&mut self, form: Form) {
        self.bytes.clear();
        self.form = form;
        self.is_first = true;
        if form == Form::Json {
            self.bytes.push(b'{');
        }
    }

    pub(super) fn end(&mut self) -> &[u8] {
        if self.form == Form::Json {
            self.bytes.push(b'}');
        }
        self.bytes.push(b'\n');
        &self.bytes
    }

    pub(super) fn push(&mut self, name: &str, zeek_type: &str, value: &Value) {
        match self.form {
            Form::Text => {
                if !std::mem::replace(&mut self.is_first, false) {
                    self.bytes.push(b'\t');
                }
                self.push_text_form(value);
            }
            Form::Json if *value == Value::Unset => {}
            Form::Json => {
                if !std::mem::replace(&mut self.is_first, false) {
                    self.bytes.push(b',');
                }
                push_json(name.as_bytes(), &mut self.bytes);
                self.bytes.push(b':');
                self.push_json_form(zeek_type, value);
            }
        }
    }

    fn push_text_form(&mut self, value: &Value) {
        let bytes = &mut self.bytes;
        match value {
            Value::Unset => bytes.push(b'-'),
            Value::Text(text) => push_text(text, false, bytes),
            Value::Number(number) => push_number(bytes, *number),
            Value::Boolean(value) => bytes.push(if *value { b'T' } else { b'F' }),
            Value::Time(ns) | Value::Interval(ns) => push_seconds(*ns, bytes),
            Value::Address(address) => push_display(address, bytes),
            Value::List(items) if items.is_empty() => bytes.extend_from_slice(b"(empty)"),
            Value::List(items) => {
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        bytes.push(b',');
                    }
                    push_text(item, true, bytes);
                }
            }
        }
    }

    fn push_json_form(&mut self, zeek_type: &str, value: &Value) {
        let bytes = &mut self.bytes;
        match value {
            Value::Unset => bytes.extend_from_slice(b"null"),
            Value::Text(text) if is_number(zeek_type, text) => bytes.extend_from_slice(text),
            Value::Text(text) => push_json(text, bytes),
            Value::Number(number) => push_number(bytes, *number),
            Value::Boolean(value) => bytes.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Time(ns) | Value::Interval(ns) => push_seconds(*ns, bytes),
            Value::Address(address) => {
                bytes.push(b'"');
                push_display(address, bytes);
                bytes.push(b'"');
            }
            Value::List(items) => {
                let is_of_numbers = zeek_type == "vector[interval]";
                bytes.push(b'[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        bytes.push(b',');
                    }
                    if is_of_numbers { bytes.extend_from_slice(item) } else { push_json(item, bytes) }
                }
                bytes.push(b']');
            }
        }
    }
}

fn is_number(zeek_type: &str, text: &[u8]) -> bool {
    zeek_type == "count" && !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn push_display(value: &impl std::fmt::Display, bytes: &mut Vec<u8>) {
    // Writing into a Vec cannot fail.
    let _ = write!(bytes, "{value}");
}

/// Text with what would be taken for a separator, an unset or an empty field escaped as `\x09`.
fn push_text(text: &[u8], is_in_list: bool, bytes: &mut Vec<u8>) {
    match text {
        b"-" => return bytes.extend_from_slice(b"\\x2d"),
        b"(empty)" => return bytes.extend_from_slice(b"\\x28empty)"),
        b"" => return bytes.extend_from_slice(if is_in_list { b"" } else { b"(empty)" }),
        _ => {}
    }
    let valid = std::str::from_utf8(text).is_ok();
    for byte in text {
        match byte {
            b'\\' => bytes.extend_from_slice(b"\\\\"),
            b',' if is_in_list => bytes.extend_from_slice(b"\\x2c"),
            0x20..=0x7e => bytes.push(*byte),
            0x80.. if valid => bytes.push(*byte),
            byte => {
                let _ = write!(bytes, "\\x{byte:02x}");
            }
        }
    }
}

/// Text in quotes; bytes that are no UTF-8 become `\\xff`, as in Zeek's JSON.
fn push_json(text: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(b'"');
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => bytes.extend_from_slice(b"\\\""),
                '\\' => bytes.extend_from_slice(b"\\\\"),
                '\n' => bytes.extend_from_slice(b"\\n"),
                '\r' => bytes.extend_from_slice(b"\\r"),
                '\t' => bytes.extend_from_slice(b"\\t"),
                control if control.is_control() => {
                    let _ = write!(bytes, "\\u{:04x}", u32::from(control));
                }
                other => push_display(&other, bytes),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(bytes, "\\\\x{byte:02x}");
        }
    }
    bytes.push(b'"');
}

/// Seconds with six digits behind the point, rounded as Zeek's are.
fn push_seconds(ns: i64, bytes: &mut Vec<u8>) {
    if ns < 0 {
        bytes.push(b'-');
    }
    let micros = ns.unsigned_abs().saturating_add(500) / 1_000;
    let _ = write!(bytes, "{}.{:06}", micros / 1_000_000, micros % 1_000_000);
}

/// `2026-03-02-09-12-00`, as `#open` and `#close` have it.
pub(super) fn moment(time: Timestamp) -> String {
    let text = crate::eve::time_text(time);
    text[..19].replace(['T', ':'], "-")
}

/// The lines in front of a log's rows.
pub(super) fn header(log: &Log, opened: Timestamp) -> String {
    let names: Vec<&str> = log.fields.iter().map(|field| field.name).collect();
    let types: Vec<&str> = log.fields.iter().map(|field| field.zeek_type).collect();
    format!(
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{}\n#open\t{}\n#fields\t{}\n#types\t{}\n",
        log.name,
        moment(opened),
        names.join("\t"),
        types.join("\t"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: Value, zeek_type: &str, text: &str, json: &str) {
        let written = |form: Form| {
            let mut line = Line::default();
            line.begin(form);
            line.push("a", zeek_type, &value);
            String::from_utf8(line.end().to_vec()).expect("UTF-8")
        };
        assert_eq!(written(Form::Text), format!("{text}\n"));
        assert_eq!(written(Form::Json), format!("{{{json}}}\n"));
    }

    #[test]
    fn values() {
        check(Value::Unset, "string", "-", "");
        check(Value::text("-"), "string", "\\x2d", r#""a":"-""#);
        check(Value::text(""), "string", "(empty)", r#""a":"""#);
        check(Value::text("a\tb\\"), "string", "a\\x09b\\\\", r#""a":"a\tb\\""#);
        check(Value::Text(vec![b'a', 0xff]), "string", "a\\xff", r#""a":"a\\xff""#);
        check(Value::text("23"), "count", "23", r#""a":23"#);
        check(Value::Time(1_500_000_000_000_001_999), "time", "1500000000.000002", r#""a":1500000000.000002"#);
        check(Value::Interval(-1_500_000), "interval", "-0.001500", r#""a":-0.001500"#);
        check(Value::Boolean(true), "bool", "T", r#""a":true"#);
        check(Value::List(vec![b"a,b".to_vec(), b"c".to_vec()]), "set[string]", "a\\x2cb,c", r#""a":["a,b","c"]"#);
        check(Value::List(Vec::new()), "set[string]", "(empty)", r#""a":[]"#);
    }
}
