//! Who logs in by NTLM: AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3).

use crate::reader::Reader;
use crate::utf16;

/// What it says in the clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NtlmAuthentication {
    /// The user's domain.
    pub domain: Vec<u8>,
    /// The user.
    pub user: Vec<u8>,
    /// The workstation.
    pub host: Vec<u8>,
    /// The client's version, such as `10.0 build 19041 rev 15`.
    pub version: Option<String>,
}

/// Anything of NTLM begins so.
const SIGNATURE: &[u8] = b"NTLMSSP\0";
const AUTHENTICATE: u32 = 3;
const UNICODE: u32 = 0x1;
const HAS_VERSION: u32 = 0x0200_0000;

/// What a message of NTLM in these bytes is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Authentication(NtlmAuthentication),
    Malformed,
    Other,
}

/// Looks for it in a security blob: mostly it is wrapped in SPNEGO.
pub(super) fn find(blob: &[u8]) -> Option<Found> {
    let message = &blob[memchr::memmem::find(blob, SIGNATURE)?..];
    let mut reader = Reader::new(&message[SIGNATURE.len()..]);
    match reader.le32() {
        Some(AUTHENTICATE) => Some(authentication(message, reader).map_or(Found::Malformed, Found::Authentication)),
        Some(_) => Some(Found::Other),
        None => Some(Found::Malformed),
    }
}

fn authentication(message: &[u8], mut reader: Reader<'_>) -> Option<NtlmAuthentication> {
    // The answers to the challenge.
    reader.skip(16)?;
    let places = [place(&mut reader)?, place(&mut reader)?, place(&mut reader)?];
    place(&mut reader)?;
    let flags = reader.le32()?;
    let is_unicode = flags & UNICODE != 0;
    let text = |(offset, length): (usize, usize)| {
        let bytes = message.get(offset..offset.checked_add(length)?)?;
        Some(if is_unicode { utf16::to_utf8(bytes) } else { bytes.to_vec() })
    };
    let [domain, user, host] = [text(places[0])?, text(places[1])?, text(places[2])?];
    let version = if flags & HAS_VERSION != 0 { version(&mut reader) } else { None };
    Some(NtlmAuthentication { domain, user, host, version })
}

/// Length, room, offset.
fn place(reader: &mut Reader<'_>) -> Option<(usize, usize)> {
    let length = reader.le16()?;
    reader.skip(2)?;
    Some((reader.le32()? as usize, length.into()))
}

fn version(reader: &mut Reader<'_>) -> Option<String> {
    let (major, minor, build) = (reader.u8()?, reader.u8()?, reader.le16()?);
    reader.skip(3)?;
    Some(format!("{major}.{minor} build {build} rev {}", reader.u8()?))
}
