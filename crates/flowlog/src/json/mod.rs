//! Our own incremental JSON: made for logs, where most of a record is not wanted.
//!
//! [`Splitter`] cuts a stream into records, whatever it is wrapped in, and holds no more than one;
//! [`Reader`] walks a record and reads over what nobody asked for, 64 bytes at a time ([`nesting`]).
//! A record is read where it lies in the caller's chunk; only one that is cut by a chunk's end is
//! copied. A [`trail::Trail`] goes through records that look like those before without reading keys.
//! Start at: [`Records`], [`JsonDecoder`].

pub(crate) mod base64;
pub(crate) mod flatten;
pub(crate) mod ipv4;
mod nesting;
mod reader;
mod splitter;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub(crate) mod trail;

pub(crate) use crate::health::Place;
pub(crate) use reader::{Read, Reader, Text, Value};
pub(crate) use splitter::{JsonDecoder, Records};

use memchr::memmem;

/// Does the head of an object look like JSON, or like a piece of it: `,{...}` or `]}`?
pub(crate) fn looks_like_json(head: &[u8]) -> bool {
    let is_filler = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xef | 0xbb | 0xbf | 0);
    let first = head.iter().find(|byte| !is_filler(byte));
    matches!(first, Some(b'{' | b'[' | b'"' | b']' | b'}'))
}

/// Does this key, with its quotes and colon, stand in the text?
pub(crate) fn has_key(head: &[u8], key: &str) -> bool {
    let quoted = format!("\"{key}\"");
    memmem::find_iter(head, &quoted).any(|at| {
        let rest = head[at + quoted.len()..].trim_ascii_start();
        rest.first() == Some(&b':')
    })
}

/// Keys that only documents made *from* logs have: Elastic Common Schema, OCSF, Panther, and the
/// parsers' expected outputs in their test suites. What such a document quotes (`event.original`) was
/// counted where it came from, so nothing in it is read as a record.
const DERIVED_KEYS: &[&str] = &[
    "@timestamp",
    "ecs",
    "ecs.version",
    "event.original",
    "event.kind",
    "event.dataset",
    "vpcflow",
    "class_uid",
    "p_log_type",
];

/// Was the document made from logs, rather than being one?
pub(crate) fn is_derived(head: &[u8]) -> bool {
    // CloudWatch Insights names its own columns `@timestamp` and `@message`.
    !has_key(head, "@message") && DERIVED_KEYS.iter().any(|key| has_key(head, key))
}

/// The member of that name, if the object has it and is well-formed.
pub(crate) fn member<'a>(object: &'a [u8], name: &[u8]) -> Option<Value<'a>> {
    let mut found = None;
    let walked = Reader::new(object).object(|reader, key| {
        let value = reader.value()?;
        if key.raw == name {
            found = Some(value);
        }
        Ok(())
    });
    walked.ok().and(found)
}

/// Where a part of some bytes begins in them.
pub(crate) fn offset_in(whole: &[u8], part: &[u8]) -> u64 {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize) as u64
}
