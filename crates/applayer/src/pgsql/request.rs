//! What clients send.

use crate::reader::Reader;

/// Parameters of one start-up that are kept.
const PARAMETERS_MAX: usize = 64;
/// Bytes of one text that are kept.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// May what follows be encrypted by TLS?
    Ssl,
    /// May what follows be encrypted by GSSAPI?
    Gss,
    /// Version and parameters, the user and the database among them.
    Startup(u16, u16, Vec<(Vec<u8>, Vec<u8>)>),
    /// A running query is to be cancelled: process and key.
    Cancel(u32, u32),
    /// A password, or a hash of it.
    Password(Vec<u8>),
    /// The mechanism of SASL, and its first message.
    SaslBegin(Vec<u8>, Vec<u8>),
    /// A further message of SASL.
    Sasl(Vec<u8>),
    /// A query.
    Query(Vec<u8>),
    /// A query that is prepared, or the use of one that was: the text, if it is here.
    Extended(Option<Vec<u8>>),
    /// Data is copied to the server: messages, bytes, and how it ended.
    CopyIn(u64, u64, Option<&'static str>),
    /// The client leaves.
    Terminate,
}

/// What a password message is, by what the server asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Asked {
    #[default]
    Password,
    SaslBegin,
    Sasl,
}

/// A message without a type, behind its length; `None` where it is malformed.
pub(super) fn untyped(body: &[u8]) -> Option<Request> {
    let mut reader = Reader::new(body);
    match (reader.u16()?, reader.u16()?) {
        (1234, 5679) => Some(Request::Ssl),
        (1234, 5680) => Some(Request::Gss),
        (1234, 5678) => Some(Request::Cancel(reader.u32()?, reader.u32()?)),
        (major @ 1..=3, minor) => Some(Request::Startup(major, minor, parameters(&mut reader)?)),
        _ => None,
    }
}

/// Names and values, up to an empty name.
fn parameters(reader: &mut Reader<'_>) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut parameters = Vec::new();
    loop {
        let name = reader.zero_ended()?;
        if name.is_empty() {
            return Some(parameters);
        }
        let value = reader.zero_ended()?;
        if parameters.len() < PARAMETERS_MAX {
            parameters.push((name.to_vec(), value.to_vec()));
        }
    }
}

/// A message with a type; `None` where it is malformed or of no known type.
pub(super) fn typed(kind: u8, body: &[u8], asked: Asked) -> Option<Request> {
    let text = |bytes: &[u8]| bytes[..bytes.len().min(TEXT_BYTES_MAX)].to_vec();
    let without_zero = |bytes: &[u8]| text(bytes.strip_suffix(&[0]).unwrap_or(bytes));
    match kind {
        b'p' => password(body, asked),
        b'Q' => Some(Request::Query(without_zero(body))),
        b'P' => {
            let mut reader = Reader::new(body);
            reader.zero_ended()?;
            Some(Request::Extended(Some(text(reader.zero_ended()?))))
        }
        b'B' | b'C' | b'D' | b'E' | b'F' | b'H' | b'S' => Some(Request::Extended(None)),
        b'd' => Some(Request::CopyIn(1, body.len() as u64, None)),
        b'c' => Some(Request::CopyIn(0, 0, Some("copy_done"))),
        b'f' => Some(Request::CopyIn(0, 0, Some("copy_fail"))),
        b'X' => Some(Request::Terminate),
        _ => None,
    }
}

fn password(body: &[u8], asked: Asked) -> Option<Request> {
    match asked {
        Asked::Password => Some(Request::Password(body.strip_suffix(&[0]).unwrap_or(body).to_vec())),
        Asked::Sasl => Some(Request::Sasl(body.to_vec())),
        Asked::SaslBegin => {
            let mut reader = Reader::new(body);
            let mechanism = reader.zero_ended()?.to_vec();
            reader.skip(4)?;
            Some(Request::SaslBegin(mechanism, reader.rest().to_vec()))
        }
    }
}
