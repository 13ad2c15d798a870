//! Messages: a first line, header fields, a body (RFC 3261, section 7).

use memchr::memmem;

/// Header fields of one message that are kept.
const FIELDS_MAX: usize = 128;

/// A request's or a response's first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstLine {
    /// Method, URI, version.
    Request(Vec<u8>, Vec<u8>, Vec<u8>),
    /// Version, code, reason.
    Response(Vec<u8>, Vec<u8>, Vec<u8>),
}

/// A header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name, as it is sent.
    pub name: Vec<u8>,
    /// Its value; lines that are folded are one.
    pub value: Vec<u8>,
}

/// All before the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) first_line: FirstLine,
    pub(super) fields: Vec<Header>,
}

/// Where the body begins, if that is here.
pub(super) fn body_place(bytes: &[u8]) -> Option<usize> {
    memmem::find(bytes, b"\r\n\r\n").map(|place| place + 4)
}

/// Reads what stands before the body; `None` where it is no SIP.
pub(super) fn parse(bytes: &[u8]) -> Option<Head> {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let first_line = first_line(lines.next()?)?;
    let mut fields: Vec<Header> = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let has_room = fields.len() < FIELDS_MAX;
        match (line[0], fields.last_mut()) {
            (b' ' | b'\t', Some(last)) => {
                last.value.push(b' ');
                last.value.extend_from_slice(line.trim_ascii());
            }
            _ if has_room => fields.extend(field(line)),
            _ => {}
        }
    }
    Some(Head { first_line, fields })
}

fn first_line(line: &[u8]) -> Option<FirstLine> {
    let mut parts = line.splitn(3, |byte| *byte == b' ').map(<[u8]>::to_vec);
    let (one, two, three) = (parts.next()?, parts.next()?, parts.next());
    if one.starts_with(b"SIP/") {
        let is_code = two.len() == 3 && two.iter().all(u8::is_ascii_digit);
        return is_code.then(|| FirstLine::Response(one, two, three.unwrap_or_default()));
    }
    let version = three.filter(|version| version.starts_with(b"SIP/"))?;
    Some(FirstLine::Request(one, two, version))
}

fn field(line: &[u8]) -> Option<Header> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
    Some(Header { name: name.to_vec(), value: value.to_vec() })
}

impl Head {
    /// The value of a field, under its name or its short form (section 7.3.3).
    pub(super) fn field<'a>(&'a self, name: &'a str, short: &'a str) -> Option<&'a [u8]> {
        find(&self.fields, name, short)
    }
}

/// The value of a field, under its name or its short form.
pub(super) fn find<'a>(fields: &'a [Header], name: &'a str, short: &'a str) -> Option<&'a [u8]> {
    find_all(fields, name, short).next()
}

/// The values of every field of this name, or its short form.
pub(super) fn find_all<'a>(fields: &'a [Header], name: &'a str, short: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let is_it = move |field: &&Header| {
        field.name.eq_ignore_ascii_case(name.as_bytes())
            || !short.is_empty() && field.name.eq_ignore_ascii_case(short.as_bytes())
    };
    fields.iter().filter(is_it).map(|field| &field.value[..])
}
