//! X.509 certificates (RFC 5280): what they say, not whether it is true.

use super::fingerprint::HEX;
use super::name::distinguished_name;
use crate::der::{Der, Tag};
use crate::reader::Reader;
use sha1::{Digest, Sha1};
use std::net::IpAddr;

/// A view of one certificate.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    /// All of it.
    pub der: &'a [u8],
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    /// From when it is valid, in seconds since 1970-01-01 UTC.
    pub not_before_s: i64,
    /// Until when it is valid, in seconds since 1970-01-01 UTC.
    pub not_after_s: i64,
    alternative_names: &'a [u8],
}

/// Why bytes are no certificate, in Suricata's name of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// It is no DER.
    Der,
    /// It ends early, or before it says how long it is.
    Length,
    /// What it says of itself is longer than it is.
    Content,
    /// Its serial number is missing.
    Serial,
    /// Its dates cannot be read.
    Date,
    /// A part that must be there is not.
    Element,
}

impl Invalid {
    /// Suricata's name of the event.
    pub const fn name(self) -> &'static str {
        match self {
            Invalid::Der => "certificate_invalid_der",
            Invalid::Length => "certificate_invalid_length",
            Invalid::Content => "invalid_certificate",
            Invalid::Serial => "certificate_invalid_serial",
            Invalid::Date => "certificate_invalid_date",
            Invalid::Element => "certificate_missing_element",
        }
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate.
    ///
    /// # Errors
    /// Where it departs from RFC 5280, section 4.1, so far that what comes behind cannot be read.
    pub fn parse(der: &'a [u8]) -> Result<Certificate<'a>, Invalid> {
        let mut whole = Der::new(der);
        let mut certificate = whole.inner(Tag::SEQUENCE).ok_or(match whole.is_cut(Tag::SEQUENCE) {
            true => Invalid::Length,
            false => Invalid::Der,
        })?;
        let mut fields = match certificate.inner(Tag::SEQUENCE) {
            Some(fields) => fields,
            None if certificate.is_header_cut() => return Err(Invalid::Length),
            None if certificate.is_cut(Tag::SEQUENCE) => return Err(Invalid::Content),
            None => return Err(Invalid::Der),
        };
        fields.expect(Tag::context(0));
        let serial = fields.expect(Tag::INTEGER).ok_or(Invalid::Serial)?;
        fields.expect(Tag::SEQUENCE).ok_or(Invalid::Element)?;
        let issuer = fields.expect(Tag::SEQUENCE).ok_or(Invalid::Element)?;
        let mut validity = fields.inner(Tag::SEQUENCE).ok_or(Invalid::Element)?;
        let not_before_s = validity.any().and_then(|(tag, text)| time_s(tag, text)).ok_or(Invalid::Date)?;
        let not_after_s = validity.any().and_then(|(tag, text)| time_s(tag, text)).ok_or(Invalid::Date)?;
        let subject = fields.expect(Tag::SEQUENCE).ok_or(Invalid::Element)?;
        let alternative_names = alternative_names(fields).unwrap_or_default();
        Ok(Certificate { der, serial, issuer, subject, not_before_s, not_after_s, alternative_names })
    }

    /// Whom it is for, such as `C=US, O=Example, CN=www.example.com`.
    pub fn subject(&self) -> String {
        distinguished_name(self.subject)
    }

    /// Who signed it.
    pub fn issuer(&self) -> String {
        distinguished_name(self.issuer)
    }

    /// Its serial number, as `0A:1B`.
    pub fn serial(&self) -> String {
        colon_hex(self.serial, b"0123456789ABCDEF")
    }

    /// SHA-1 of all of it, as `0a:1b:...`.
    pub fn fingerprint(&self) -> String {
        colon_hex(&Sha1::digest(self.der), HEX)
    }

    /// The other names it is for: hosts, addresses, mail addresses, URIs (RFC 5280, section 4.2.1.6).
    pub fn alternative_names(&self) -> impl Iterator<Item = String> + use<'a> {
        Der::new(self.alternative_names).elements().filter_map(|(tag, value)| alternative_name(tag, value))
    }

    /// How many other names there are, of every kind.
    pub fn alternative_name_count(&self) -> usize {
        Der::new(self.alternative_names).elements().count()
    }

    /// Did its subject sign it?
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }
}

/// The list in the extension "subject alternative name". The fields before the extensions are the key (a sequence)
/// and two identifiers that hardly any certificate has.
fn alternative_names(fields: Der<'_>) -> Option<&[u8]> {
    let (_, extensions) = fields.elements().find(|(tag, _)| *tag == Tag::context(3))?;
    let list = Der::new(extensions).inner(Tag::SEQUENCE)?;
    for (_, extension) in list.elements() {
        let mut extension = Der::new(extension);
        if extension.expect(Tag::OBJECT_IDENTIFIER) == Some(&[0x55, 0x1d, 0x11]) {
            let (_, value) = extension.elements().find(|(tag, _)| *tag == Tag::OCTET_STRING)?;
            return Der::new(value).expect(Tag::SEQUENCE);
        }
    }
    None
}

fn alternative_name(tag: Tag, value: &[u8]) -> Option<String> {
    match tag {
        Tag(0x81 | 0x82 | 0x86) => Some(String::from_utf8_lossy(value).into_owned()),
        Tag(0x87) => address(value).map(|address| address.to_string()),
        Tag(0xa4) => Der::new(value).expect(Tag::SEQUENCE).map(distinguished_name),
        _ => None,
    }
}

fn address(value: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(value).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(value).map(IpAddr::from)).ok()
}

/// Seconds since 1970 of a `UTCTime` (two digits of the year, 1950 to 2049) or a `GeneralizedTime`. Seconds may be
/// missing; a time zone other than UTC, which RFC 5280 forbids, is taken into account.
fn time_s(tag: Tag, text: &[u8]) -> Option<i64> {
    let mut digits = Digits { rest: text };
    let year = match tag {
        Tag::UTC_TIME => digits.two().map(|year| if year < 50 { 2000 + year } else { 1900 + year })?,
        Tag::GENERALIZED_TIME => digits.two()? * 100 + digits.two()?,
        _ => return None,
    };
    let (month, day, hour, minute) = (digits.two()?, digits.two()?, digits.two()?, digits.two()?);
    let second = digits.two().unwrap_or(0);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local_s = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(local_s - digits.offset_s())
}

struct Digits<'a> {
    rest: &'a [u8],
}

impl Digits<'_> {
    fn two(&mut self) -> Option<i64> {
        let (&[tens, ones], rest) = self.rest.split_first_chunk()?;
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        self.rest = rest;
        Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    }

    fn offset_s(mut self) -> i64 {
        let Some((sign, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        let east = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return 0,
        };
        let (hours, minutes) = (self.two().unwrap_or(0), self.two().unwrap_or(0));
        east * (hours * 3600 + minutes * 60)
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years begin in March here, so that a leap day is the last.
pub const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let days_before_month = (153 * ((month + 9) % 12) + 2) / 5;
    365 * year + year / 4 - year / 100 + year / 400 + days_before_month + day - 719_469
}

/// A time as `2003-03-29T00:57:44`, in UTC.
pub(crate) fn iso_time(time_s: i64) -> String {
    let (days, second) = (time_s.div_euclid(86_400), time_s.rem_euclid(86_400));
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// The year, month and day that lie so many days behind 1970-01-01.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let january_follows = month >= 10;
    let year = era * 400 + year_of_era + january_follows as i64;
    (year, if january_follows { month - 9 } else { month + 3 }, day)
}

/// Bytes in hex with `:` between them, in these digits.
fn colon_hex(bytes: &[u8], digits: &[u8; 16]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if !text.is_empty() {
            text.push(':');
        }
        text.extend([byte >> 4, byte & 15].map(|nibble| char::from(digits[usize::from(nibble)])));
    }
    text
}

/// The certificates in a Certificate message (RFC 5246, section 7.4.2), the server's or client's own one first.
pub(crate) fn chain(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let list = Reader::new(message).vector24();
    let mut reader = Reader::new(list.unwrap_or_default());
    std::iter::from_fn(move || reader.vector24())
}
