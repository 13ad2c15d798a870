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
        let mut text = Ascii::with_capacity(JA3_BYTES_USUAL);
        text.decimal(hello.legacy_version.0);
        text.decimals(hello.cipher_suites());
        text.decimals(hello.extensions.iter().map(|extension| extension.kind));
        text.decimals(hello.groups());
        text.decimals(hello.point_formats().iter().map(|format| u16::from(*format)));
        Ja3::of(text)
    }

    /// A server's: version, cipher suite, extensions.
    pub fn of_server(hello: ServerHello<'_>) -> Ja3 {
        let mut text = Ascii::with_capacity(JA3_BYTES_USUAL);
        text.decimal(hello.legacy_version.0);
        text.push(b',');
        text.decimal(hello.cipher_suite);
        text.decimals(hello.extensions.iter().map(|extension| extension.kind));
        Ja3::of(text)
    }

    fn of(text: Ascii) -> Ja3 {
        let hash = hex(&Md5::digest(&text.bytes));
        Ja3 { string: text.into_string(), hash }
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

impl Ja4Form {
    /// Do both forms say the same of this hello? They do for all that is newer than TLS 1.1.
    pub(crate) fn agree(hello: ClientHello<'_>) -> bool {
        hello.cipher_suites().any(|suite| !is_grease(suite))
            && hello.signature_algorithms().any(|kind| !is_grease(kind))
    }
}

/// JA4 of a client: what carries it, version, whether a server is named, how many cipher suites and extensions, the
/// first application protocol; a hash of the sorted cipher suites; a hash of the sorted extensions and of the signature
/// algorithms.
pub fn ja4(hello: ClientHello<'_>, carrier: Carrier, form: Ja4Form) -> String {
    let mut ciphers: Vec<u16> = hello.cipher_suites().filter(|suite| !is_grease(*suite)).collect();
    let mut extensions: Vec<u16> = meant(hello.extensions).map(|extension| extension.kind).collect();
    let mut fingerprint = Ascii::with_capacity(JA4_BYTES);
    fingerprint.push(match carrier {
        Carrier::Stream => b't',
        Carrier::Datagram => b'd',
        Carrier::Quic => b'q',
    });
    fingerprint.bytes.extend_from_slice(hello.version().ja4().as_bytes());
    fingerprint.push(if extensions.contains(&SERVER_NAME) { b'd' } else { b'i' });
    fingerprint.two_digits(ciphers.len());
    fingerprint.two_digits(extensions.len());
    fingerprint.bytes.extend(protocol_characters(hello.extensions.application_protocols().next()));
    ciphers.sort_unstable();
    let has_no_extensions = extensions.is_empty();
    extensions.retain(|kind| !matches!(*kind, SERVER_NAME | ALPN));
    extensions.sort_unstable();
    let is_lenient = form == Ja4Form::FoxIo;
    let mut text = Ascii::with_capacity(JA3_BYTES_USUAL);
    text.hex_list(ciphers.iter().copied());
    fingerprint.hash_of(&text, is_lenient && ciphers.is_empty());
    text.bytes.clear();
    extensions_and_signatures(&mut text, &extensions, hello, form);
    fingerprint.hash_of(&text, is_lenient && has_no_extensions);
    fingerprint.into_string()
}

fn extensions_and_signatures(text: &mut Ascii, extensions: &[u16], hello: ClientHello<'_>, form: Ja4Form) {
    text.hex_list(extensions.iter().copied());
    let mut signatures = hello.signature_algorithms().filter(|algorithm| !is_grease(*algorithm)).peekable();
    if form == Ja4Form::Suricata || signatures.peek().is_some() {
        text.push(b'_');
        text.hex_list(signatures);
    }
}

/// The first and the last character of the first protocol; of its hex where one of them is no letter and no digit.
fn protocol_characters(protocol: Option<&[u8]>) -> [u8; 2] {
    let Some([first, ..]) = protocol else { return *b"00" };
    let last = protocol.and_then(<[u8]>::last).unwrap_or(first);
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [*first, *last];
    }
    [HEX[usize::from(first >> 4)], HEX[usize::from(last & 15)]]
}

/// Text of digits and signs, written as bytes: several times as fast as through `fmt`.
struct Ascii {
    bytes: Vec<u8>,
}

impl Ascii {
    fn with_capacity(bytes: usize) -> Ascii {
        Ascii { bytes: Vec::with_capacity(bytes) }
    }

    fn push(&mut self, character: u8) {
        self.bytes.push(character);
    }

    fn into_string(self) -> String {
        // INVARIANT: nothing but ASCII is written here.
        String::from_utf8(self.bytes).expect("ASCII")
    }

    fn two_digits(&mut self, count: usize) {
        let count = count.min(99);
        self.bytes.extend([HEX[count / 10], HEX[count % 10]]);
    }

    /// A comma, and numbers with `-` between them, without GREASE.
    fn decimals(&mut self, numbers: impl Iterator<Item = u16>) {
        self.push(b',');
        for (place, number) in numbers.filter(|number| !is_grease(*number)).enumerate() {
            if place > 0 {
                self.push(b'-');
            }
            self.decimal(number);
        }
    }

    fn decimal(&mut self, number: u16) {
        let mut digits = [0; 5];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(&digits[start..]);
    }

    /// Numbers of four digits with `,` between them.
    fn hex_list(&mut self, numbers: impl Iterator<Item = u16>) {
        for (place, number) in numbers.enumerate() {
            if place > 0 {
                self.push(b',');
            }
            self.bytes.extend([12, 8, 4, 0].map(|shift| HEX[usize::from(number >> shift & 15)]));
        }
    }

    /// `_`, and the first 12 characters of a text's SHA-256, or zeros.
    fn hash_of(&mut self, text: &Ascii, is_zero: bool) {
        self.push(b'_');
        if is_zero {
            self.bytes.extend_from_slice(b"000000000000");
        } else {
            self.bytes.extend_from_slice(hex(&Sha256::digest(&text.bytes)[..6]).as_bytes());
        }
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = Ascii::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.bytes.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
    text.into_string()
}

/// Digits of hex.
pub(crate) const HEX: &[u8; 16] = b"0123456789abcdef";
const JA3_BYTES_USUAL: usize = 256;
const JA4_BYTES: usize = 36;
