//! Contents that can never be in their buffer, as it has been made plain. Suricata refuses these rules too.

use super::list::List;
use super::{Draft, Outcome};
use crate::detect::Transform;
use crate::detect::rule::Place;
use crate::inspect::{Check, Content};
use applayer::Field;

/// What is wrong with a content, if anything is.
type Fault = fn(&Content) -> Option<String>;

/// Buffers that have a form of their own.
const FORMS: &[(Field, Fault)] = &[
    (Field::HttpHost, not_of_a_host),
    (Field::HttpMethod, not_of_a_method),
    (Field::Ja3Hash, |content| not_so_long(content, 32)),
    (Field::Ja3sHash, |content| not_so_long(content, 32)),
    (Field::QuicCyuHash, |content| not_so_long(content, 32)),
    (Field::SshHassh, |content| not_so_long(content, 32)),
    (Field::SshHasshServer, |content| not_so_long(content, 32)),
    (Field::TlsCertFingerprint, |content| not_so_long(content, 59)),
    (Field::TlsCertSerial, not_of_a_serial),
];

/// Buffers of hexadecimal digits: rules may write them in either case.
const DIGITS: &[Field] = &[
    Field::Ja3Hash,
    Field::Ja3sHash,
    Field::SshHassh,
    Field::SshHasshServer,
    Field::TlsCertFingerprint,
    Field::TlsCertSerial,
];

impl Draft<'_> {
    /// Contents of digits are found in any case.
    pub(super) fn fold_digits(&mut self) {
        let of_digits = |list: &&mut List| DIGITS.iter().any(|field| list.origin.place == Some(Place::Field(*field)));
        for check in self.lists.iter_mut().filter(of_digits).flat_map(|list| &mut list.checks) {
            if let Check::Content(content) = check {
                *content = content.in_any_case();
            }
        }
    }

    /// Does each content fit into its buffer?
    pub(super) fn check_contents(&self) -> Outcome {
        for list in &self.lists {
            for content in list.checks.iter().filter_map(as_content) {
                if let Some(fault) = fault_of(list, content) {
                    return Err(list.problem(format!("a content can never be in this buffer: {fault}")));
                }
            }
        }
        Ok(())
    }
}

fn as_content(check: &Check) -> Option<&Content> {
    match check {
        Check::Content(content) => Some(content),
        _ => None,
    }
}

fn fault_of(list: &List, content: &Content) -> Option<String> {
    // Behind transforms it has no such form any more.
    let is_plain = |field: Field| list.transforms.is_empty() && list.origin.place == Some(Place::Field(field));
    let forms = FORMS.iter().filter(|(field, _)| is_plain(*field));
    let of_buffer = forms.filter_map(|(_, fault)| fault(content)).next();
    of_buffer.or_else(|| list.transforms.iter().find_map(|transform| fault_behind(transform, content)))
}

fn not_of_a_host(content: &Content) -> Option<String> {
    if content.is_nocase {
        return Some("hosts are in lower case, so that `nocase` says nothing".to_owned());
    }
    content.pattern().iter().any(u8::is_ascii_uppercase).then(|| "hosts are in lower case".to_owned())
}

fn not_of_a_method(content: &Content) -> Option<String> {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let has_blank = is_blank(content.pattern().first()) || is_blank(content.pattern().last());
    has_blank.then(|| "no blank is before or behind a method".to_owned())
}

fn not_so_long(content: &Content, length: usize) -> Option<String> {
    (content.pattern().len() != length).then(|| format!("it always has {length} characters"))
}

fn not_of_a_serial(content: &Content) -> Option<String> {
    let is_more_than_one_byte = content.pattern().len() > 2;
    let is_fault = is_more_than_one_byte && !content.pattern().contains(&b':');
    is_fault.then(|| "bytes of serial numbers have `:` between them".to_owned())
}

fn fault_behind(transform: &Transform, content: &Content) -> Option<String> {
    let pattern = content.pattern();
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let fault = match transform {
        Transform::StripWhitespace if pattern.iter().any(is_blank) => "it has no white space",
        Transform::CompressWhitespace if pattern.windows(2).any(|pair| pair.iter().all(is_blank)) => {
            "it has no two blanks side by side"
        }
        Transform::ToLowercase if pattern.iter().any(u8::is_ascii_uppercase) => "it is in lower case",
        Transform::ToUppercase if pattern.iter().any(u8::is_ascii_lowercase) => "it is in upper case",
        Transform::ToMd5 if pattern.len() > 16 => "it has 16 bytes",
        Transform::ToSha1 if pattern.len() > 20 => "it has 20 bytes",
        Transform::ToSha256 if pattern.len() > 32 => "it has 32 bytes",
        _ => return None,
    };
    Some(fault.to_owned())
}
