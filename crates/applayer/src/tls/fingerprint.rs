//! Fingerprints of hellos: JA3 and JA3S (Salesforce), JA4 (FoxIO's BSD-licensed part: the client of TLS alone).

use super::extension::{ALPN, SERVER_NAME};
use super::hello::{Carrier, ClientHello, ServerHello, meant};
use super::version::is_grease;
use md5::{Digest, Md5};
use sha2::Sha256;

/// A JA3 or JA3S fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ja3 {
    /// What is hashed: numbers in decimal, `-` within a list, `,` between lists.
    pub string: String,
    /// MD5 of it, in hex.
    pub hash: String,
}

impl Ja3 {
    /// A client's: version, cipher suites, extensions, groups, point formats; without GREASE.
    pub fn of_client(hello: ClientHello<'_>) -> Ja3 {
        let mut string = String::with_capacity(JA3_BYTES_USUAL);
        push_decimal(&mut string, hello.legacy_version.0);
        push_list(&mut string, hello.cipher_suites());
        push_list(&mut string, hello.extensions.iter().map(|extension| extension.kind));
        push_list(&mut string, hello.groups());
        push_list(&mut string, hello.point_formats().iter().map(|format| u16::from(*format)));
        Ja3::of(string)
    }

    /// A server's: version, cipher suite, extensions.
    pub fn of_server(hello: ServerHello<'_>) -> Ja3 {
        let mut string = String::with_capacity(JA3_BYTES_USUAL);
        push_decimal(&mut string, hello.legacy_version.0);
        string.push(',');
        push_decimal(&mut string, hello.cipher_suite);
        push_list(&mut string, hello.extensions.iter().map(|extension| extension.kind));
        Ja3::of(string)
    }

    fn of(string: String) -> Ja3 {
        let hash = hex(&Md5::digest(&string));
        Ja3 { string, hash }
    }
}

/// How a JA4 is made where something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ja4Form {
    /// As FoxIO says: without signature algorithms no `_` is hashed, and nothing has zeros for its hash.
    FoxIo,
    /// As Suricata 8 does: the `_` and the hash are always there.
    Suricata,
}

/// JA4 of a client: what carries it, version, whether a server is named, how many cipher suites and extensions, the
/// first application protocol; a hash of the sorted cipher suites; a hash of the sorted extensions and of the signature
/// algorithms.
pub fn ja4(hello: ClientHello<'_>, carrier: Carrier, form: Ja4Form) -> String {
    let mut ciphers: Vec<u16> = hello.cipher_suites().filter(|suite| !is_grease(*suite)).collect();
    let mut extensions: Vec<u16> = meant(hello.extensions).map(|extension| extension.kind).collect();
    let mut fingerprint = String::with_capacity(JA4_BYTES);
    fingerprint.push(match carrier {
        Carrier::Stream => 't',
        Carrier::Datagram => 'd',
        Carrier::Quic => 'q',
    });
    fingerprint.push_str(hello.version().ja4());
    fingerprint.push(if extensions.contains(&SERVER_NAME) { 'd' } else { 'i' });
    push_two_digits(&mut fingerprint, ciphers.len());
    push_two_digits(&mut fingerprint, extensions.len());
    fingerprint.extend(protocol_characters(hello.extensions.application_protocols().next()));
    ciphers.sort_unstable();
    let has_no_extensions = extensions.is_empty();
    extensions.retain(|kind| !matches!(*kind, SERVER_NAME | ALPN));
    extensions.sort_unstable();
    let is_lenient = form == Ja4Form::FoxIo;
    push_hash(&mut fingerprint, &hex_list(ciphers.iter().copied()), is_lenient && ciphers.is_empty());
    let text = extensions_and_signatures(&extensions, hello, form);
    push_hash(&mut fingerprint, &text, is_lenient && has_no_extensions);
    fingerprint
}

fn extensions_and_signatures(extensions: &[u16], hello: ClientHello<'_>, form: Ja4Form) -> String {
    let mut text = hex_list(extensions.iter().copied());
    let signatures = hex_list(hello.signature_algorithms().filter(|algorithm| !is_grease(*algorithm)));
    if form == Ja4Form::Suricata || !signatures.is_empty() {
        text.push('_');
        text.push_str(&signatures);
    }
    text
}

/// The first and the last character of the first protocol; of its hex where one of them is no letter and no digit.
fn protocol_characters(protocol: Option<&[u8]>) -> [char; 2] {
    let Some([first, ..]) = protocol else { return ['0', '0'] };
    let last = protocol.and_then(<[u8]>::last).unwrap_or(first);
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)];
    }
    [hex_digit(first >> 4), hex_digit(last & 15)]
}

/// The first 12 characters of its SHA-256, or zeros.
fn push_hash(fingerprint: &mut String, text: &str, is_zero: bool) {
    fingerprint.push('_');
    if is_zero {
        fingerprint.push_str("000000000000");
    } else {
        fingerprint.push_str(&hex(&Sha256::digest(text)[..6]));
    }
}

fn push_two_digits(text: &mut String, count: usize) {
    let count = count.min(99);
    text.push(hex_digit((count / 10) as u8));
    text.push(hex_digit((count % 10) as u8));
}

fn push_list(text: &mut String, numbers: impl Iterator<Item = u16>) {
    text.push(',');
    let mut is_first = true;
    for number in numbers.filter(|number| !is_grease(*number)) {
        if !is_first {
            text.push('-');
        }
        is_first = false;
        push_decimal(text, number);
    }
}

/// Numbers are most of a JA3, and `write!` is three times as slow.
fn push_decimal(text: &mut String, number: u16) {
    let mut digits = [0; 5];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.extend(digits[start..].iter().map(|digit| hex_digit(*digit)));
}

fn hex_list(numbers: impl Iterator<Item = u16>) -> String {
    let mut text = String::with_capacity(JA3_BYTES_USUAL);
    for number in numbers {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend([12, 8, 4, 0].map(|shift| hex_digit((number >> shift) as u8 & 15)));
    }
    text
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(hex_digit(byte >> 4));
        text.push(hex_digit(byte & 15));
    }
    text
}

/// A digit of lower-case hex; `value` is below 16.
pub(crate) const fn hex_digit(value: u8) -> char {
    (if value < 10 { b'0' + value } else { b'a' - 10 + value }) as char
}

const JA3_BYTES_USUAL: usize = 256;
const JA4_BYTES: usize = 36;
