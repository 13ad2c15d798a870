//! Rows of `health`, written in one place so that all say what, where and why.

use crate::format::Origin;
use model::HealthField as H;
use model::vocabulary::HealthKind;
use table::{HealthColumns, Tables};

/// What happened at one place of an object.
#[derive(Clone, Debug)]
pub struct HealthNote<'a> {
    /// What happened.
    pub kind: HealthKind,
    /// What exactly, why, and what to do.
    pub detail: &'a str,
    /// Line or record in the object, from 1; 0 is unknown.
    pub record_no: u64,
    /// Byte offset in the decompressed object.
    pub offset: u64,
}

impl HealthNote<'_> {
    /// Appends a row with what every note has. Set further fields before with `columns.set_*`.
    pub fn write(&self, origin: &Origin, columns: &mut HealthColumns) {
        columns.set_text(H::Kind, self.kind.name());
        if !origin.provider.is_empty() {
            columns.set_text(H::Provider, origin.provider);
        }
        if !origin.source_kind.is_empty() {
            columns.set_text(H::SourceKind, origin.source_kind);
        }
        if !self.detail.is_empty() {
            columns.set_text(H::Detail, self.detail);
        }
        columns.set_text(H::SrcObject, &origin.object);
        if self.record_no > 0 {
            columns.set_int64(H::RecordNo, self.record_no as i64);
        }
        columns.set_int64(H::SrcOffset, self.offset as i64);
        columns.end_row();
    }
}

/// Where a record stands in its object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) record_no: u64,
    /// Of the record's first byte, in the decompressed object.
    pub(crate) offset: u64,
}

impl Place {
    /// Appends a row of `health` for this record.
    pub(crate) fn note(self, kind: HealthKind, detail: &str, origin: &Origin, out: &mut Tables) {
        HealthNote { kind, detail, record_no: self.record_no, offset: self.offset }.write(origin, &mut out.health);
    }
}

/// The head of some foreign bytes, safe to print: at most 80 characters, controls escaped.
pub fn excerpt(bytes: &[u8]) -> String {
    const CHARS_MAX: usize = 80;
    let head = &bytes[..bytes.len().min(4 * CHARS_MAX)];
    let text = String::from_utf8_lossy(head);
    let shown: String = text.chars().take(CHARS_MAX).flat_map(char::escape_debug).collect();
    let more = if text.chars().count() > CHARS_MAX || bytes.len() > head.len() { "..." } else { "" };
    format!("\"{shown}{more}\"")
}
