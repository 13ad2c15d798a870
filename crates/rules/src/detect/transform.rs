//! What is done with bytes before a rule looks at them.

use crate::inspect::{Regex, Verdict};
use applayer::decompress::{Coding, Decompressor, Limits};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::Arc;

/// Bytes that a transform makes at most.
const BYTES_MAX: usize = 1 << 20;

/// A change of bytes.
#[derive(Clone)]
pub enum Transform {
    /// `dotprefix`: a dot in front.
    DotPrefix,
    /// `strip_whitespace`
    StripWhitespace,
    /// `compress_whitespace`: one blank for several.
    CompressWhitespace,
    /// `to_lowercase`
    ToLowercase,
    /// `to_uppercase`
    ToUppercase,
    /// `header_lowercase`: names of fields.
    HeaderLowercase,
    /// `strip_pseudo_headers`: without the fields of HTTP/2 that are none.
    StripPseudoHeaders,
    /// `to_md5`
    ToMd5,
    /// `to_sha1`
    ToSha1,
    /// `to_sha256`
    ToSha256,
    /// `url_decode`
    UrlDecode,
    /// `xor`
    Xor(Vec<u8>),
    /// `pcrexform`: the first group.
    Group(Arc<Regex>),
    /// `from_base64`
    FromBase64 {
        /// Bytes that are passed over.
        offset: usize,
        /// Bytes that are decoded; none for all.
        bytes: Option<usize>,
        /// What is done with what is no Base64.
        leniency: Leniency,
    },
    /// `gunzip`, `zlib_deflate`
    Decompress {
        /// What it is.
        coding: Coding,
        /// Bytes at most.
        bytes_max: usize,
    },
    /// `domain`, `tld`: the last labels of a name, so many.
    LastLabels(usize),
}

/// The modes of `from_base64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leniency {
    /// `rfc2045`: other bytes are passed over.
    PassOver,
    /// `rfc4648`: with other bytes nothing is decoded.
    OnlyBase64,
    /// `strict`: as that, and the end is filled up.
    FilledUp,
}

impl Leniency {
    /// The digits that are decoded.
    fn digits(self, text: &[u8]) -> Cow<'_, [u8]> {
        let is_filled = text.len().is_multiple_of(4);
        match self {
            Leniency::PassOver => text.iter().copied().filter(is_base64).collect(),
            Leniency::OnlyBase64 if text.iter().all(is_base64) => Cow::Borrowed(text),
            Leniency::FilledUp if is_filled && text.iter().all(is_base64) => Cow::Borrowed(text),
            Leniency::OnlyBase64 | Leniency::FilledUp => Cow::Borrowed(&[]),
        }
    }
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

impl Transform {
    /// A number for those that are cheap and always the same: rules behind them are found by what is in the changed bytes.
    pub(super) const fn key(&self) -> Option<u8> {
        match self {
            Transform::DotPrefix => Some(1),
            Transform::StripWhitespace => Some(2),
            Transform::CompressWhitespace => Some(3),
            // Patterns are found in any case.
            Transform::ToLowercase | Transform::ToUppercase | Transform::HeaderLowercase => Some(4),
            Transform::StripPseudoHeaders => Some(5),
            Transform::UrlDecode => Some(6),
            _ => None,
        }
    }

    /// The bytes, changed.
    pub fn apply<'a>(&self, bytes: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
        match self {
            Transform::DotPrefix => Cow::Owned([b".".as_slice(), &bytes].concat()),
            Transform::StripWhitespace => bytes.iter().copied().filter(|byte| !is_blank(*byte)).collect(),
            Transform::CompressWhitespace => compressed(&bytes),
            Transform::ToLowercase => Cow::Owned(bytes.to_ascii_lowercase()),
            Transform::ToUppercase => Cow::Owned(bytes.to_ascii_uppercase()),
            Transform::HeaderLowercase => header_lowercase(&bytes),
            Transform::StripPseudoHeaders => without_pseudo_headers(&bytes),
            Transform::ToMd5 => Cow::Owned(Md5::digest(&bytes).to_vec()),
            Transform::ToSha1 => Cow::Owned(Sha1::digest(&bytes).to_vec()),
            Transform::ToSha256 => Cow::Owned(Sha256::digest(&bytes).to_vec()),
            Transform::UrlDecode => url_decoded(&bytes),
            Transform::Xor(key) => bytes.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect(),
            Transform::Group(regex) => match regex.first_group(&bytes) {
                Some((start, end)) => Cow::Owned(bytes[start..end].to_vec()),
                None => Cow::Borrowed(&[]),
            },
            Transform::FromBase64 { offset, bytes: count, leniency } => {
                let text = bytes.get(*offset..).unwrap_or_default();
                let text = &text[..count.unwrap_or(text.len()).min(text.len())];
                match crate::inspect::decoded(&leniency.digits(text)) {
                    // What is no Base64 stays as it is.
                    decoded if decoded.is_empty() => bytes,
                    decoded => Cow::Owned(decoded),
                }
            }
            Transform::Decompress { coding, bytes_max } => decompressed(&bytes, *coding, *bytes_max),
            Transform::LastLabels(count) => last_labels(&bytes, *count),
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn compressed(bytes: &[u8]) -> Cow<'static, [u8]> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if !(is_blank(*byte) && out.last().is_some_and(|last| is_blank(*last))) {
            out.push(*byte);
        }
    }
    Cow::Owned(out)
}

/// Names in front of colons.
fn header_lowercase(bytes: &[u8]) -> Cow<'static, [u8]> {
    let mut out = bytes.to_vec();
    let mut in_name = true;
    for byte in &mut out {
        match byte {
            b':' => in_name = false,
            b'\n' => in_name = true,
            _ if in_name => byte.make_ascii_lowercase(),
            _ => {}
        }
    }
    Cow::Owned(out)
}

fn without_pseudo_headers(bytes: &[u8]) -> Cow<'static, [u8]> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b":"));
    Cow::Owned(lines.collect::<Vec<_>>().concat())
}

fn url_decoded(bytes: &[u8]) -> Cow<'static, [u8]> {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 2;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(*byte),
        }
        at += 1;
    }
    Cow::Owned(out)
}

fn decompressed(bytes: &[u8], coding: Coding, bytes_max: usize) -> Cow<'static, [u8]> {
    let mut out = Vec::new();
    let room = bytes_max.min(BYTES_MAX);
    if let Some(mut decompressor) = Decompressor::new(&[coding], Limits::default()).filter(|_| begins(bytes, coding)) {
        let mut take = |decoded: &[u8]| {
            let length = decoded.len().min(room.saturating_sub(out.len()));
            out.extend_from_slice(&decoded[..length]);
        };
        if decompressor.push(bytes, &mut take).is_ok() {
            decompressor.finish(&mut take);
        }
    }
    Cow::Owned(out)
}

/// Do the bytes begin as those of a coding do (RFC 1952, section 2.3.1; RFC 1950, section 2.2)?
fn begins(bytes: &[u8], coding: Coding) -> bool {
    match (coding, bytes) {
        (Coding::Gzip, [first, second, ..]) => (*first, *second) == (0x1f, 0x8b),
        (Coding::Deflate, [method, flags, ..]) => {
            method & 0xf == 8 && (u16::from(*method) << 8 | u16::from(*flags)).is_multiple_of(31)
        }
        _ => false,
    }
}

/// Nothing for a name of one label, which has no domain.
fn last_labels(name: &[u8], count: usize) -> Cow<'static, [u8]> {
    if !name.contains(&b'.') {
        return Cow::Borrowed(&[]);
    }
    let mut dots = name.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.').map(|(place, _)| place);
    let start = dots.nth(count.saturating_sub(1)).map_or(0, |place| place + 1);
    Cow::Owned(name[start..].to_vec())
}

impl Regex {
    /// Where the first group of the first find is.
    fn first_group(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        match self.search(bytes, 0) {
            Verdict::Found(start, _) => self.group(bytes, start, 1),
            Verdict::NotFound | Verdict::OverLimit => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(transform: &Transform, bytes: &str, expected: &str) {
        let got = transform.apply(Cow::Borrowed(bytes.as_bytes()));
        assert_eq!(String::from_utf8_lossy(&got), expected);
    }

    #[test]
    fn transforms() {
        check(&Transform::DotPrefix, "a.b", ".a.b");
        check(&Transform::StripWhitespace, "a b\t c\n", "abc");
        check(&Transform::CompressWhitespace, "a  b\t c", "a b\tc");
        check(&Transform::HeaderLowercase, "Ab: Cd\r\nEF: G", "ab: Cd\r\nef: G");
        check(&Transform::StripPseudoHeaders, ":method: GET\r\nhost: a\r\n", "host: a\r\n");
        check(&Transform::UrlDecode, "a%41+%4", "aA %4");
        check(&Transform::Xor(vec![1, 2]), "abc", "``b");
        let base64 = |offset, bytes, leniency| Transform::FromBase64 { offset, bytes, leniency };
        check(&base64(1, Some(4), Leniency::FilledUp), "xaGVs!", "hel");
        check(&base64(0, None, Leniency::FilledUp), "aGVsbG8", "aGVsbG8");
        check(&base64(0, None, Leniency::OnlyBase64), "aGVsbG8", "hello");
        check(&base64(0, None, Leniency::OnlyBase64), "aGVs.bG8", "aGVs.bG8");
        check(&base64(0, None, Leniency::PassOver), "aGVs.bG8", "hello");
        check(&Transform::LastLabels(2), "a.example.org", "example.org");
        check(&Transform::LastLabels(9), "example.org", "example.org");
        check(&Transform::LastLabels(1), "localhost", "");
        check(&Transform::Decompress { coding: Coding::Gzip, bytes_max: 100 }, "plain", "");
        check(&Transform::Decompress { coding: Coding::Deflate, bytes_max: 100 }, "plain", "");
    }
}
