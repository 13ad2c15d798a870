//! Transforms: what is done with a buffer's bytes before they are looked at.

use super::arguments::pair;
use super::{Keyword, Meaning, refused};
use crate::detect::{Leniency, Transform};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Outcome};
use crate::inspect::{Flags, Regex};
use crate::language::Setting;
use applayer::decompress::Coding;
use std::sync::Arc;

/// Transforms of one buffer.
const TRANSFORMS_MAX: usize = 16;
/// Bytes that `gunzip` and `zlib_deflate` make, where the rule does not say.
const DECOMPRESSED_BYTES: usize = 1024;

const fn transform(
    names: &'static [&'static str],
    parse: fn(Setting<'_>) -> Outcome<Transform>,
    doc: &'static str,
) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Transform(parse) }
}

/// A transform that takes no value.
macro_rules! plain {
    ($name:literal, $transform:expr, $doc:literal) => {
        transform(&[$name], |setting| setting.bare().map(|()| $transform), $doc)
    };
}

pub(super) const KEYWORDS: &[Keyword] = &[
    refused(&["subslice"], "Fathom does not cut slices yet", "a part of the buffer"),
    plain!("dotprefix", Transform::DotPrefix, "puts a dot in front: names end with a whole label"),
    plain!("strip_whitespace", Transform::StripWhitespace, "takes all blanks out"),
    plain!("compress_whitespace", Transform::CompressWhitespace, "makes one blank of several"),
    plain!("to_lowercase", Transform::ToLowercase, "makes small letters of great ones"),
    plain!("to_uppercase", Transform::ToUppercase, "makes great letters of small ones"),
    plain!("header_lowercase", Transform::HeaderLowercase, "makes small letters of the names of header fields"),
    plain!("strip_pseudo_headers", Transform::StripPseudoHeaders, "takes the pseudo fields of HTTP/2 out"),
    plain!("to_md5", Transform::ToMd5, "makes the MD5 of it"),
    plain!("to_sha1", Transform::ToSha1, "makes the SHA-1 of it"),
    plain!("to_sha256", Transform::ToSha256, "makes the SHA-256 of it"),
    plain!("url_decode", Transform::UrlDecode, "decodes what URIs escape with `%`"),
    plain!("domain", Transform::LastLabels(2), "keeps the registered domain of a name"),
    plain!("tld", Transform::LastLabels(1), "keeps the top level domain of a name"),
    transform(&["xor"], xor, "combines each byte with those of a key"),
    transform(&["pcrexform"], group, "keeps the first group of an expression"),
    transform(&["from_base64"], from_base64, "decodes Base64"),
    transform(&["gunzip"], |setting| decompress(setting, Coding::Gzip), "decompresses gzip"),
    transform(&["zlib_deflate"], |setting| decompress(setting, Coding::Deflate), "decompresses zlib"),
];

impl Draft<'_> {
    /// Changes the bytes of the buffer that options are about now.
    pub(super) fn push_transform(&mut self, transform: Transform, setting: Setting<'_>) -> Outcome {
        let list = self.active_list(setting)?;
        if list.transforms.len() >= TRANSFORMS_MAX {
            return Err(Problem::at(setting.name, format!("a buffer is changed {TRANSFORMS_MAX} times at most")));
        }
        if list.is_empty() {
            list.transforms.push(transform);
            return Ok(());
        }
        // The buffer has been looked at as it is already: this is another look at it.
        self.split_list();
        self.active_list(setting)?.transforms.push(transform);
        Ok(())
    }
}

fn xor(setting: Setting<'_>) -> Outcome<Transform> {
    let value = setting.needed()?.bare();
    let digits: Option<Vec<u8>> =
        value.as_str().chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    match digits {
        Some(digits) if digits.len().is_multiple_of(2) => {
            Ok(Transform::Xor(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()))
        }
        _ => Err(Problem::at(value, "a key is hex digits, two for a byte")),
    }
}

fn group(setting: Setting<'_>) -> Outcome<Transform> {
    let value = setting.needed()?.bare();
    let regex = Regex::compile(value.as_str().as_bytes(), Flags::default(), Vec::new())
        .map_err(|what| Problem::at(value, format!("PCRE2: {what}")))?;
    Ok(Transform::Group(Arc::new(regex)))
}

/// `from_base64:bytes 12, offset 1, mode strict`
fn from_base64(setting: Setting<'_>) -> Outcome<Transform> {
    let (mut bytes, mut offset, mut leniency) = (None, 0, Leniency::OnlyBase64);
    for part in setting.value.into_iter().filter(|value| !value.is_empty()).flat_map(|value| value.split(',')) {
        match pair(part) {
            ("bytes", value) => bytes = Some(usize::from(value.number::<u16>()?)),
            ("offset", value) => offset = usize::from(value.number::<u16>()?),
            ("mode", value) if value.is("strict") => leniency = Leniency::FilledUp,
            ("mode", value) if value.is("rfc4648") => leniency = Leniency::OnlyBase64,
            ("mode", value) if value.is("rfc2045") => leniency = Leniency::PassOver,
            _ => return Err(Problem::at(part, "`from_base64` knows `bytes`, `offset` and `mode`")),
        }
    }
    Ok(Transform::FromBase64 { offset, bytes, leniency })
}

/// `gunzip:max-size 100`
fn decompress(setting: Setting<'_>, coding: Coding) -> Outcome<Transform> {
    let bytes_max = match setting.value.filter(|value| !value.is_empty()) {
        None => DECOMPRESSED_BYTES,
        Some(value) => match pair(value) {
            ("max-size", size) => usize::from(size.number::<u16>()?),
            _ => return Err(Problem::at(value, format!("`{}` knows `max-size`", setting.name.as_str()))),
        },
    };
    Ok(Transform::Decompress { coding, bytes_max })
}
