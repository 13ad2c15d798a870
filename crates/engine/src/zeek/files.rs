//! `files.log`: what applications carried.

use super::conn::is_local;
use super::field::{About, Field, ORIG_H, ORIG_P, RESP_H, RESP_P, Record, TS, UID, made, unset};
use super::identifier;
use super::value::Value;
use crate::files::File;
use model::packet::Side;

pub(super) const FIELDS: &[Field] = &[
    TS,
    made("fuid", "string", |record| {
        let id = record.facts.map_or(0, |facts| facts.id());
        of(record, |file| identifier::of_file(id, file.id))
    }),
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    made("source", "string", |record| {
        let protocol = record.facts.and_then(|facts| facts.protocol);
        protocol.map_or(Value::Unset, |name| Value::text(&name.to_ascii_uppercase().replace('_', "-")))
    }),
    made("depth", "count", |_| Value::Number(0)),
    made("analyzers", "set[string]", |record| of(record, analyzers)),
    unset("mime_type", "string"),
    made("filename", "string", |record| of(record, |file| Value::some_text(Some(&file.name)))),
    unset("duration", "interval"),
    made("local_orig", "bool", |record| {
        let sender = |file: &File| record.facts.map(|facts| (facts.flow, file.sender));
        of(record, |file| match sender(file) {
            Some((flow, Side::Client)) => Value::Boolean(is_local(flow.client().address)),
            Some((flow, Side::Server)) => Value::Boolean(is_local(flow.server().address)),
            None => Value::Unset,
        })
    }),
    made("is_orig", "bool", |record| of(record, |file| Value::Boolean(file.sender == Side::Client))),
    made("seen_bytes", "count", |record| of(record, |file| Value::Number(file.bytes))),
    unset("total_bytes", "count"),
    made("missing_bytes", "count", |record| of(record, |file| Value::Number(file.gap_bytes))),
    made("overflow_bytes", "count", |_| Value::Number(0)),
    made("timedout", "bool", |_| Value::Boolean(false)),
    unset("parent_fuid", "string"),
    made("md5", "string", |record| of(record, |file| digest(file.md5.as_ref().map(<[u8; 16]>::as_slice)))),
    made("sha1", "string", |record| of(record, |file| digest(file.sha1.as_ref().map(<[u8; 20]>::as_slice)))),
    made("sha256", "string", |record| of(record, |file| digest(file.sha256.as_ref().map(<[u8; 32]>::as_slice)))),
];

fn of(record: &Record<'_>, make: impl Fn(&File) -> Value) -> Value {
    match record.about {
        About::File(file) => make(file),
        _ => Value::Unset,
    }
}

fn analyzers(file: &File) -> Value {
    let made = [(file.md5.is_some(), "MD5"), (file.sha1.is_some(), "SHA1"), (file.sha256.is_some(), "SHA256")];
    Value::List(made.into_iter().filter(|(is_made, _)| *is_made).map(|(_, name)| name.into()).collect())
}

fn digest(bytes: Option<&[u8]>) -> Value {
    bytes.map_or(Value::Unset, |bytes| Value::text(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}
