//! Messages of SSL 2.0 (the draft of 1995, sections 2.5 and 2.6): its own hellos, and the client's hello that newer
//! versions were offered in (RFC 5246, appendix E.2).

use super::version::Version;
use crate::reader::Reader;

pub(crate) const ERROR: u8 = 0;
pub(crate) const CLIENT_HELLO: u8 = 1;
pub(crate) const SERVER_HELLO: u8 = 4;

/// The bytes of a record's body, told by its two-byte header. `None` for the other form, which no hello has.
pub(crate) const fn body_bytes(header: [u8; 2]) -> Option<usize> {
    if header[0] & 0x80 == 0 {
        return None;
    }
    Some(((header[0] & 0x7f) as usize) << 8 | header[1] as usize)
}

/// The version that a client offers.
pub(crate) fn client_version(body: &[u8]) -> Option<Version> {
    match *body {
        [CLIENT_HELLO, major, minor, ..] => Some(Version(u16::from_be_bytes([major, minor]))),
        _ => None,
    }
}

/// The certificate in a server's hello, empty where a session is resumed.
pub(crate) fn server_certificate(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    let [SERVER_HELLO, _, _] = reader.array::<3>()? else { return None };
    let [_version, certificate_bytes, _ciphers, _connection] =
        [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?];
    reader.take(usize::from(certificate_bytes))
}
