//! Rows of `alerts`: a rule has matched.

use super::events::side_name;
use super::head_columns::{COMMON_COLUMNS, PlacedColumn};
use crate::alert::Alert;
use crate::eve::printable;
use crate::event::FlowFacts;
use model::FieldType;
use table::Rows;

/// What an alert says beyond [`COMMON_COLUMNS`].
pub(super) const ALERT_COLUMNS: &[PlacedColumn] = &[
    ("app_protocol", FieldType::Text, "what the session speaks, where it is known"),
    ("sender", FieldType::Text, "who sent what matched: client or server"),
    ("gid", FieldType::Int64, "the rule's group, 1 as a rule"),
    ("signature_id", FieldType::Int64, "the rule's sid"),
    ("rev", FieldType::Int64, "the rule's revision"),
    ("signature", FieldType::Text, "what the rule says in its msg"),
    ("category", FieldType::Text, "the class of the rule, in words"),
    ("severity", FieldType::Int32, "the rule's priority: 1 is the most urgent"),
    ("action", FieldType::Text, "allowed, or blocked where a drop rule matched in inline mode"),
    ("attack", FieldType::Text, "ATT&CK technique that the rule's metadata names"),
    ("confidence", FieldType::Text, "how sure the rule's author is, by its metadata: High, Medium, Low"),
    ("said", FieldType::Text, "what the exchange that matched says: the fields of its table, in short"),
    ("excerpt", FieldType::Text, "the first bytes of what the rule looked at; what is not printable is a dot"),
];

/// Bytes of a payload that a row keeps.
const EXCERPT_BYTES: usize = 256;

/// Bytes of an exchange that a row keeps.
const SAID_BYTES: usize = 320;

const OWN: usize = COMMON_COLUMNS.len();

/// Sets what an alert says beyond the common columns.
pub(super) fn set_alert(flow: Option<&FlowFacts<'_>>, alert: &Alert, rows: &mut Rows) {
    let about = &alert.about;
    if let Some(protocol) = flow.and_then(|flow| flow.protocol) {
        rows.set_text(OWN, protocol.as_bytes());
    }
    if flow.is_some() {
        rows.set_text(OWN + 1, side_name(alert.sender));
    }
    let numbers = [(2, about.gid), (3, about.sid), (4, about.rev), (7, about.severity)];
    numbers.into_iter().for_each(|(place, number)| rows.set_number(OWN + place, number.into()));
    rows.set_text(OWN + 5, about.message.as_bytes());
    rows.set_text(OWN + 6, about.category.as_bytes());
    rows.set_text(OWN + 8, if alert.is_blocked { b"blocked" } else { b"allowed" });
    for (place, name) in [(9, "mitre_technique_id"), (10, "confidence")] {
        let said = about.metadata.iter().find(|(said, _)| *said == name).and_then(|(_, mut values)| values.next());
        if let Some(value) = said {
            rows.set_text(OWN + place, value.as_bytes());
        }
    }
    if let Some(told) = &alert.told {
        rows.set_text(OWN + 11, told.line(SAID_BYTES).as_bytes());
    }
    let payload = &alert.evidence.payload;
    if !payload.is_empty() {
        rows.set_text(OWN + 12, &printable(&payload[..payload.len().min(EXCERPT_BYTES)]));
    }
}
