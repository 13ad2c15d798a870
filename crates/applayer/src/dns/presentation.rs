//! Data of records as text, as zone files have it (RFC 1035 section 5.1 and each type's own RFC): no names of EVE's, but
//! what a column can hold.

use super::data::{self, Strings, push_hex, push_number, push_short_address};
use super::message::{Message, Record};
use super::registry::{record_type as t, type_name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Appends a record's data as text; of a type without a form of its own in hexadecimal (RFC 3597 section 5).
pub(super) fn push(message: &Message, record: &Record, text: &mut Vec<u8>) {
    let mut writer = Writer { message, record, at: 0, text };
    if data::has_text(record.record_type) && record.record_type != t::NULL {
        data::push_text(message, record, text);
    } else if writer.known().is_none() {
        writer.text.clear();
        writer.unknown();
    }
}

/// Takes one field after the other from a record's data.
struct Writer<'a> {
    message: &'a Message,
    record: &'a Record,
    at: usize,
    text: &'a mut Vec<u8>,
}

/// How the fields of a type follow each other.
#[derive(Clone, Copy)]
enum Field {
    /// Decimal, so many bytes.
    Number(usize),
    /// A domain name.
    Name,
    /// A character string, in quotes.
    Text,
    /// All that is left, as a text in quotes.
    TextToEnd,
    /// Character strings to the end, in quotes.
    Texts,
    /// All that is left, in hexadecimal.
    Hex,
    /// All that is left, in base64.
    Base64,
    /// A type's mnemonic.
    Type,
    /// Types, in bits (RFC 4034 section 4.1.2).
    Types,
    /// A length and so many bytes, in hexadecimal; `-` for none.
    CountedHex,
    /// A length and so many bytes, in base32 (RFC 5155 section 3.3).
    CountedBase32,
    /// A length of a tag, the tag (RFC 8659 section 4.1).
    Tag,
    /// Keys and values (RFC 9460 section 2.2).
    Parameters,
}

use Field::{
    Base64, CountedBase32, CountedHex, Hex, Name, Number, Parameters, Tag, Text, TextToEnd, Texts, Type, Types,
};

fn fields(record_type: u16) -> &'static [Field] {
    match record_type {
        t::DNAME => &[Name],
        t::SOA => &[Name, Name, Number(4), Number(4), Number(4), Number(4), Number(4)],
        t::TXT | t::SPF => &[Texts],
        t::HINFO => &[Text, Text],
        t::RP => &[Name, Name],
        t::AFSDB | t::KX => &[Number(2), Name],
        t::SRV => &[Number(2), Number(2), Number(2), Name],
        t::NAPTR => &[Number(2), Number(2), Text, Text, Text, Name],
        t::CERT => &[Number(2), Number(2), Number(1), Base64],
        t::DS | t::CDS => &[Number(2), Number(1), Number(1), Hex],
        t::SSHFP => &[Number(1), Number(1), Hex],
        t::RRSIG | t::SIG => &[Type, Number(1), Number(1), Number(4), Number(4), Number(4), Number(2), Name, Base64],
        t::NSEC => &[Name, Types],
        t::DNSKEY | t::CDNSKEY | t::KEY => &[Number(2), Number(1), Number(1), Base64],
        t::NSEC3 => &[Number(1), Number(1), Number(2), CountedHex, CountedBase32, Types],
        t::NSEC3PARAM => &[Number(1), Number(1), Number(2), CountedHex],
        t::TLSA | t::SMIMEA => &[Number(1), Number(1), Number(1), Hex],
        t::SVCB | t::HTTPS => &[Number(2), Name, Parameters],
        t::TSIG => &[Name, Number(6), Number(2)],
        t::URI => &[Number(2), Number(2), TextToEnd],
        t::CAA => &[Number(1), Tag, TextToEnd],
        _ => &[],
    }
}

impl<'a> Writer<'a> {
    /// `None` where the type has no form, or the data is not of it.
    fn known(&mut self) -> Option<()> {
        let fields = fields(self.record.record_type);
        if fields.is_empty() {
            return None;
        }
        for (place, field) in fields.iter().enumerate() {
            if place > 0 {
                self.text.push(b' ');
            }
            self.field(*field)?;
        }
        while self.text.last() == Some(&b' ') {
            self.text.pop();
        }
        Some(())
    }

    fn unknown(&mut self) {
        let data = self.message.data(self.record);
        self.text.extend_from_slice(b"\\# ");
        push_number(data.len() as u32, self.text);
        if !data.is_empty() {
            self.text.push(b' ');
            push_hex(data, self.text);
        }
    }

    fn field(&mut self, field: Field) -> Option<()> {
        match field {
            Number(bytes) => self.number(bytes),
            Name => self.name(),
            Text => {
                let length = usize::from(*self.take(1)?.first()?);
                let text = self.take(length)?;
                self.quote(text);
                Some(())
            }
            TextToEnd => {
                let text = self.rest();
                self.quote(text);
                Some(())
            }
            Texts => self.texts(),
            Hex => {
                let bytes = self.rest();
                push_hex(bytes, self.text);
                Some(())
            }
            Base64 => {
                let bytes = STANDARD.encode(self.rest());
                self.text.extend_from_slice(bytes.as_bytes());
                Some(())
            }
            Type => self.type_mnemonic(),
            Types => self.types(),
            CountedHex => self.counted_hex(),
            CountedBase32 => self.counted_base32(),
            Tag => {
                let length = usize::from(*self.take(1)?.first()?);
                let tag = self.take(length)?;
                self.text.extend_from_slice(tag);
                Some(())
            }
            Parameters => self.parameters(),
        }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let bytes = self.message.data(self.record).get(self.at..self.at + length)?;
        self.at += length;
        Some(bytes)
    }

    fn rest(&mut self) -> &'a [u8] {
        let data = self.message.data(self.record);
        let rest = data.get(self.at..).unwrap_or_default();
        self.at = data.len();
        rest
    }

    fn number(&mut self, length: usize) -> Option<()> {
        let number = self.take(length)?.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        self.text.extend_from_slice(number.to_string().as_bytes());
        Some(())
    }

    fn name(&mut self) -> Option<()> {
        let begin = usize::from(self.record.data_at);
        let walked = self.message.walk_data(self.record, self.at)?;
        let before = self.text.len();
        self.message.push_data_name(self.record, self.at, self.text);
        if self.text.len() == before {
            self.text.push(b'.');
        }
        self.at = walked.end - begin;
        (self.at <= usize::from(self.record.data_length)).then_some(())
    }

    fn quote(&mut self, text: &[u8]) {
        self.text.push(b'"');
        for byte in text {
            if matches!(byte, b'"' | b'\\') {
                self.text.push(b'\\');
            }
            self.text.push(*byte);
        }
        self.text.push(b'"');
    }

    fn texts(&mut self) -> Option<()> {
        for (place, text) in Strings(self.rest()).enumerate() {
            if place > 0 {
                self.text.push(b' ');
            }
            self.quote(text);
        }
        Some(())
    }

    fn type_mnemonic(&mut self) -> Option<()> {
        let bytes = self.take(2)?;
        self.push_type(u16::from_be_bytes([bytes[0], bytes[1]]));
        Some(())
    }

    fn push_type(&mut self, record_type: u16) {
        match type_name(record_type) {
            Some(name) => self.text.extend_from_slice(name.as_bytes()),
            None => self.text.extend_from_slice(format!("TYPE{record_type}").as_bytes()),
        }
    }

    /// Windows of up to 256 types.
    fn types(&mut self) -> Option<()> {
        while let Some(&[window, length]) = self.take(2) {
            let bits = self.take(length.into())?;
            for place in (0..bits.len() * 8).filter(|place| bits[place / 8] & 0x80 >> (place % 8) != 0) {
                self.push_type(u16::from(window) << 8 | place as u16 & 0xff);
                self.text.push(b' ');
            }
        }
        Some(())
    }

    fn counted_hex(&mut self) -> Option<()> {
        let length = usize::from(*self.take(1)?.first()?);
        let bytes = self.take(length)?;
        if bytes.is_empty() {
            self.text.push(b'-');
        }
        push_hex(bytes, self.text);
        Some(())
    }

    fn counted_base32(&mut self) -> Option<()> {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
        let length = usize::from(*self.take(1)?.first()?);
        for group in self.take(length)?.chunks(5) {
            let mut word = [0; 8];
            word[3..3 + group.len()].copy_from_slice(group);
            let word = u64::from_be_bytes(word);
            let digits = (group.len() * 8).div_ceil(5);
            (0..digits).for_each(|place| self.text.push(DIGITS[(word >> (35 - 5 * place) & 31) as usize]));
        }
        Some(())
    }

    /// `alpn=h2,h3 port=443 ipv4hint=192.0.2.1`.
    fn parameters(&mut self) -> Option<()> {
        while let Some(&[a, b, c, d]) = self.take(4) {
            let value = self.take(u16::from_be_bytes([c, d]).into())?;
            self.parameter(u16::from_be_bytes([a, b]), value);
            self.text.push(b' ');
        }
        Some(())
    }

    fn parameter(&mut self, key: u16, value: &[u8]) {
        const NAMES: [&str; 8] =
            ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath"];
        match NAMES.get(usize::from(key)) {
            Some(name) => self.text.extend_from_slice(name.as_bytes()),
            None => self.text.extend_from_slice(format!("key{key}").as_bytes()),
        }
        if value.is_empty() {
            return;
        }
        self.text.push(b'=');
        match (key, value) {
            (1, value) => self.joined(Strings(value), |text, alpn| text.extend_from_slice(alpn)),
            (3, &[high, low]) => push_number(u16::from_be_bytes([high, low]).into(), self.text),
            (4, value) => self.joined(value.chunks(4), |text, address| push_short_address(address, text)),
            (5, value) => self.text.extend_from_slice(STANDARD.encode(value).as_bytes()),
            (6, value) => self.joined(value.chunks(16), |text, address| push_short_address(address, text)),
            (7, value) => self.quote(value),
            (_, value) => push_hex(value, self.text),
        }
    }

    fn joined<'v>(&mut self, items: impl Iterator<Item = &'v [u8]>, push: impl Fn(&mut Vec<u8>, &'v [u8])) {
        for (place, item) in items.enumerate() {
            if place > 0 {
                self.text.push(b',');
            }
            push(self.text, item);
        }
    }
}
