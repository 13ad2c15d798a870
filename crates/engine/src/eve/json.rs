//! A tree of named values as one line of compact JSON.

use applayer::{Extra, Tree};
use std::io::Write as _;
use std::net::IpAddr;

/// Writes JSON into a buffer that is used again for every line.
#[derive(Debug, Default)]
pub struct JsonLine {
    bytes: Vec<u8>,
    /// The next value is the first of its object or list.
    is_first: bool,
    /// Transactions tell everything they can.
    pub(super) dumps: bool,
    /// Transactions tell what EVE has no name for.
    pub(super) own: bool,
    /// Transactions tell passwords.
    passwords: bool,
}

impl JsonLine {
    /// An empty line, and what of a transaction it wants.
    pub fn new(dumps: bool, own: bool, passwords: bool) -> JsonLine {
        JsonLine { dumps, own, passwords, ..JsonLine::default() }
    }

    /// Begins a line: the outermost object is open.
    pub fn begin(&mut self) {
        self.bytes.clear();
        self.bytes.push(b'{');
        self.is_first = true;
    }

    /// Ends the line: closes the outermost object.
    pub fn end(&mut self) -> &[u8] {
        self.bytes.extend_from_slice(b"}\n");
        &self.bytes
    }

    fn name(&mut self, name: &str) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.bytes.push(b',');
        }
        if !name.is_empty() {
            // Names are ours, and have nothing to escape.
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(name.as_bytes());
            self.bytes.extend_from_slice(b"\":");
        }
    }

    /// Text that is known to need no escaping: names of ours, times, addresses.
    pub fn plain(&mut self, name: &str, value: &str) {
        self.name(name);
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.push(b'"');
    }

    /// An address.
    pub fn address(&mut self, name: &str, address: IpAddr) {
        self.name(name);
        self.bytes.push(b'"');
        match address {
            IpAddr::V4(v4) => push_ipv4(&mut self.bytes, v4.octets()),
            IpAddr::V6(v6) => push_ipv6(&mut self.bytes, v6.segments()),
        }
        self.bytes.push(b'"');
    }

    /// Text with formatting, such as hexadecimal numbers; it must need no escaping.
    pub fn formatted(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        self.name(name);
        self.bytes.push(b'"');
        // Writing into a Vec cannot fail.
        let _ = self.bytes.write_fmt(value);
        self.bytes.push(b'"');
    }

    /// A list begins under a name that somebody else chose.
    pub(super) fn open_list_named(&mut self, name: &str) {
        self.name("");
        push_text(&mut self.bytes, name.as_bytes());
        self.bytes.extend_from_slice(b":[");
        self.is_first = true;
    }

    /// An object begins under a name that somebody else chose.
    pub(super) fn open_object_named(&mut self, name: &str) {
        self.name("");
        push_text(&mut self.bytes, name.as_bytes());
        self.bytes.extend_from_slice(b":{");
        self.is_first = true;
    }

    /// What is JSON already, under a name that somebody else chose.
    pub(super) fn raw_named(&mut self, name: &str, value: &str) {
        self.name("");
        push_text(&mut self.bytes, name.as_bytes());
        self.bytes.push(b':');
        self.bytes.extend_from_slice(value.as_bytes());
    }

    /// A number under a name that somebody else chose.
    pub(super) fn number_named(&mut self, name: &str, number: u64) {
        self.name("");
        push_text(&mut self.bytes, name.as_bytes());
        self.bytes.push(b':');
        push_number(&mut self.bytes, number);
    }

    fn open(&mut self, name: &str, bracket: u8) {
        self.name(name);
        self.bytes.push(bracket);
        self.is_first = true;
    }

    fn close(&mut self, bracket: u8) {
        self.bytes.push(bracket);
        self.is_first = false;
    }
}

impl Tree for JsonLine {
    fn wants(&self, extra: Extra) -> bool {
        match extra {
            Extra::Dump => self.dumps,
            Extra::Own => self.own,
            Extra::Password => self.passwords,
        }
    }

    fn text(&mut self, name: &'static str, value: &[u8]) {
        self.name(name);
        push_text(&mut self.bytes, value);
    }

    fn number(&mut self, name: &'static str, value: u64) {
        self.name(name);
        push_number(&mut self.bytes, value);
    }

    fn signed(&mut self, name: &'static str, value: i64) {
        self.name(name);
        if value < 0 {
            self.bytes.push(b'-');
        }
        push_number(&mut self.bytes, value.unsigned_abs());
    }

    fn float(&mut self, name: &'static str, value: f64) {
        self.name(name);
        let value = if value.is_finite() { value } else { 0.0 };
        let _ = write!(self.bytes, "{value}");
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        self.name(name);
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn open_object(&mut self, name: &'static str) {
        self.open(name, b'{');
    }

    fn close_object(&mut self) {
        self.close(b'}');
    }

    fn open_list(&mut self, name: &'static str) {
        self.open(name, b'[');
    }

    fn close_list(&mut self) {
        self.close(b']');
    }

    fn text_named(&mut self, name: &[u8], value: &[u8]) {
        self.name("");
        push_text(&mut self.bytes, name);
        self.bytes.push(b':');
        push_text(&mut self.bytes, value);
    }
}

/// A number in decimal, two digits at a time.
pub fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    const PAIRS: &[u8; 200] =
        b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let mut digits = [0; 20];
    let mut at = digits.len();
    while number >= 100 {
        let pair = (number % 100) as usize * 2;
        number /= 100;
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if number >= 10 {
        let pair = number as usize * 2;
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        digits[at] = b'0' + number as u8;
    }
    bytes.extend_from_slice(&digits[at..]);
}

fn push_ipv4(bytes: &mut Vec<u8>, octets: [u8; 4]) {
    for (place, octet) in octets.into_iter().enumerate() {
        if place > 0 {
            bytes.push(b'.');
        }
        push_number(bytes, u64::from(octet));
    }
}

/// All eight groups without leading zeros, as Suricata prints addresses.
fn push_ipv6(bytes: &mut Vec<u8>, segments: [u16; 8]) {
    for (place, segment) in segments.into_iter().enumerate() {
        if place > 0 {
            bytes.push(b':');
        }
        let _ = write!(bytes, "{segment:04x}");
    }
}

/// Text in quotes. What is no UTF-8 is written as `\xHH`, byte by byte, with what is ASCII kept.
fn push_text(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.push(b'"');
    // Nearly all text is this, and one pass without a branch tells.
    let is_plain = |byte: &u8| (0x20..0x7f).contains(byte) & (*byte != b'"') & (*byte != b'\\');
    if text.iter().fold(true, |plain, byte| plain & is_plain(byte)) {
        bytes.extend_from_slice(text);
        return bytes.push(b'"');
    }
    match std::str::from_utf8(text) {
        Ok(text) => push_escaped(bytes, text.as_bytes()),
        Err(_) => {
            for &byte in text {
                match byte {
                    0x20..=0x7e if !matches!(byte, b'"' | b'\\') => bytes.push(byte),
                    0..0x80 => push_escape(bytes, byte),
                    _ => {
                        let _ = write!(bytes, "\\\\x{byte:02x}");
                    }
                }
            }
        }
    }
    bytes.push(b'"');
}

/// UTF-8 with the escapes of RFC 8259 section 7. Most text has none: it is copied whole.
fn push_escaped(bytes: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\' | 0x7f)) {
        bytes.extend_from_slice(&rest[..at]);
        push_escape(bytes, rest[at]);
        rest = &rest[at + 1..];
    }
    bytes.extend_from_slice(rest);
}

fn push_escape(bytes: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let _ = write!(bytes, "\\u{byte:04x}");
            return;
        }
    };
    bytes.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tell: impl Fn(&mut JsonLine), expected: &str) {
        let mut json = JsonLine::default();
        json.begin();
        tell(&mut json);
        assert_eq!(std::str::from_utf8(json.end()).expect("UTF-8").trim_end(), expected);
    }

    #[test]
    fn values() {
        check(|_| (), "{}");
        check(|json| json.number("n", u64::MAX), r#"{"n":18446744073709551615}"#);
        check(
            |json| [7, 10, 99, 100, 12345].map(|number| json.number("n", number)).as_slice().iter().for_each(|()| ()),
            r#"{"n":7,"n":10,"n":99,"n":100,"n":12345}"#,
        );
        check(|json| json.signed("n", i64::MIN), r#"{"n":-9223372036854775808}"#);
        check(|json| json.text("t", b"a\"b\\c\n\x01\xc3\xa9"), "{\"t\":\"a\\\"b\\\\c\\n\\u0001\u{e9}\"}");
        check(|json| json.text("t", b"\xe9\"a\x03"), r#"{"t":"\\xe9\"a\u0003"}"#);
        check(|json| json.address("a", IpAddr::from([10, 0, 0, 1])), r#"{"a":"10.0.0.1"}"#);
        check(
            |json| json.address("a", "fe80::1".parse().expect("address")),
            r#"{"a":"fe80:0000:0000:0000:0000:0000:0000:0001"}"#,
        );
    }

    #[test]
    fn nesting() {
        let tell = |json: &mut JsonLine| {
            json.open_object("a");
            json.open_list("b");
            json.number("", 1);
            json.open_object("");
            json.boolean("c", true);
            json.close_object();
            json.close_list();
            json.float("d", 0.5);
            json.close_object();
            json.plain("e", "f");
        };
        check(tell, r#"{"a":{"b":[1,{"c":true}],"d":0.5},"e":"f"}"#);
    }
}
