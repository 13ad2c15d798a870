//! A message as rules look into it.

use super::message::{FirstLine, find_all};
use super::sdp::{Part, Sdp};
use super::transaction::SipTransaction;
use crate::buffer::Field;
use std::borrow::Cow;

impl SipTransaction {
    pub(super) fn bytes_of(&self, field: Field, place: usize) -> Option<Cow<'_, [u8]>> {
        if let Some((name, short)) = header_of(field) {
            return find_all(&self.headers, name, short).nth(place).map(Cow::Borrowed);
        }
        if place == 0
            && let Some(bytes) = self.of_first_line(field)
        {
            return Some(bytes);
        }
        self.sdp.as_ref()?.value_of(field, place).map(Cow::Borrowed)
    }

    fn of_first_line(&self, field: Field) -> Option<Cow<'_, [u8]>> {
        let line = |parts: [&[u8]; 3]| Cow::Owned(parts.join(&b' '));
        Some(match (field, &self.first_line) {
            (Field::SipMethod, FirstLine::Request(method, ..)) => Cow::Borrowed(method),
            (Field::SipUri, FirstLine::Request(_, uri, _)) => Cow::Borrowed(uri),
            (Field::SipProtocol, FirstLine::Request(_, _, version) | FirstLine::Response(version, ..)) => {
                Cow::Borrowed(version)
            }
            (Field::SipRequestLine, FirstLine::Request(method, uri, version)) => line([method, uri, version]),
            (Field::SipResponseLine, FirstLine::Response(version, code, reason)) => line([version, code, reason]),
            (Field::SipStatCode, FirstLine::Response(_, code, _)) => Cow::Borrowed(code),
            (Field::SipStatMsg, FirstLine::Response(_, _, reason)) => Cow::Borrowed(reason),
            _ => return None,
        })
    }
}

/// The name of a header field, and its short form (RFC 3261, section 7.3.3).
fn header_of(field: Field) -> Option<(&'static str, &'static str)> {
    Some(match field {
        Field::SipFrom => ("From", "f"),
        Field::SipTo => ("To", "t"),
        Field::SipVia => ("Via", "v"),
        Field::SipUserAgent => ("User-Agent", ""),
        Field::SipContentType => ("Content-Type", "c"),
        Field::SipContentLength => ("Content-Length", "l"),
        _ => return None,
    })
}

impl Sdp {
    fn value_of(&self, field: Field, place: usize) -> Option<&[u8]> {
        if let Some(letter) = letter_of_session(field) {
            return self.session.values(letter).nth(place);
        }
        let of_media = |letter: u8| self.media.iter().flat_map(move |media: &Part| media.values(letter)).nth(place);
        match field {
            Field::SdpTime => self.times.get(place).map(|(time, _)| &time[..]),
            Field::SdpRepeatTime => self.times.iter().filter_map(|(_, repeats)| repeats.as_deref()).nth(place),
            Field::SdpMedia => of_media(b'm'),
            Field::SdpMediaInfo => of_media(b'i'),
            Field::SdpMediaConnectionData => of_media(b'c'),
            Field::SdpMediaEncryptionKey => of_media(b'k'),
            _ => None,
        }
    }
}

/// The letter of a line about the session as a whole (RFC 8866, section 5).
fn letter_of_session(field: Field) -> Option<u8> {
    Some(match field {
        Field::SdpOrigin => b'o',
        Field::SdpSessionName => b's',
        Field::SdpSessionInfo => b'i',
        Field::SdpUri => b'u',
        Field::SdpEmail => b'e',
        Field::SdpPhoneNumber => b'p',
        Field::SdpConnectionData => b'c',
        Field::SdpBandwidth => b'b',
        Field::SdpTimezone => b'z',
        Field::SdpEncryptionKey => b'k',
        Field::SdpAttribute => b'a',
        _ => return None,
    })
}
