//! Field lines (RFC 9112, section 5), and what is odd about them.

use super::lines::{is_blank, trimmed};
use super::names::Names;
use crate::http::content::Report;
use crate::http::headers::{Added, Headers, Limits};
use memchr::memchr;

/// Adds one line of a head.
pub(super) fn add(line: &[u8], headers: &mut Headers, limits: &Limits, names: &Names, report: &mut Report<'_>) {
    let is_folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    if is_folded && let Some(mut name) = colon_in_fold(line, headers) {
        name.push(b' ');
        name.extend_from_slice(trimmed(line));
        return add(&name, headers, limits, names, report);
    }
    if is_folded && !headers.is_empty() {
        if headers.unfold(trimmed(line), limits).is_some() {
            report.anomaly(names.field_too_long);
        }
        return;
    }
    if is_folded {
        report.anomaly(names.invalid_field_folding);
    }
    let (name, value) = match memchr(b':', line) {
        Some(colon) => (&line[..colon], trimmed(&line[colon + 1..])),
        None => {
            report.anomaly(names.field_missing_colon);
            (&b""[..], trimmed(line))
        }
    };
    let is_name_odd = !name.iter().all(|byte| is_token(*byte));
    if is_name_odd || (name.is_empty() && value.len() < line.len()) && line.first() == Some(&b':') {
        report.anomaly(names.header_invalid);
    }
    tell(headers.add(trimmed(name), value, limits), names, report);
}

/// The line before, where it had no colon, and this one, which continues it, has.
fn colon_in_fold(line: &[u8], headers: &mut Headers) -> Option<Vec<u8>> {
    memchr(b':', line)?;
    headers.take_nameless()
}

fn tell(added: Added, names: &Names, report: &mut Report<'_>) {
    match added {
        Added::New | Added::RepeatedAgain => {}
        Added::Repeated | Added::SameLength => report.anomaly(names.header_repetition),
        Added::OtherLength => {
            report.anomaly(names.header_repetition);
            report.anomaly(names.duplicate_content_length);
        }
        Added::TooMany => report.anomaly(names.too_many_headers),
        Added::TooLong => report.anomaly(names.field_too_long),
    }
}

/// May the byte be in a token (RFC 9110, section 5.6.2)?
fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

const TOKEN: [bool; 256] = {
    let (mut token, mut byte) = ([false; 256], 0);
    while byte < 256 {
        token[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut place = 0;
    while place < MARKS.len() {
        token[MARKS[place] as usize] = true;
        place += 1;
    }
    token
};

const MARKS: &[u8] = b"!#$%&'*+-.^_`|~";

/// Is the text a list of tokens that has this one, in any case?
pub(super) fn list_has(list: &[u8], token: &[u8]) -> bool {
    list.split(|byte| *byte == b',' || is_blank(*byte)).any(|item| item.eq_ignore_ascii_case(token))
}
