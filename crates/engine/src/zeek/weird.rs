//! `weird.log`: what is odd, by our names of it.

use super::field::{About, Field, ORIG_H, ORIG_P, RESP_H, RESP_P, TS, UID, made, unset};
use super::value::Value;

pub(super) const FIELDS: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    made("name", "string", |record| match record.about {
        About::Anomaly(_, anomaly) => Value::text(anomaly.name),
        _ => Value::Unset,
    }),
    unset("addl", "string"),
    made("notice", "bool", |_| Value::Boolean(false)),
    made("peer", "string", |_| Value::text("fathom")),
    made("source", "string", |record| match record.about {
        About::Anomaly(_, anomaly) => Value::text(&anomaly.layer.name().to_ascii_uppercase()),
        _ => Value::Unset,
    }),
];
