//! ClientHello and ServerHello (RFC 8446, sections 4.1.2 and 4.1.3; RFC 9147, section 5.3): views of their bytes.

use super::extension::{
    ENCRYPTED_CLIENT_HELLO, ENCRYPTED_SERVER_NAME, Extension, Extensions, KEY_SHARE, KEY_SHARE_OF_DRAFTS,
    POINT_FORMATS, PRE_SHARED_KEY, SERVER_NAME, SESSION_TICKET, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
};
use super::version::{Version, is_grease};
use crate::reader::{Reader, u16s};

/// What carries a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// TLS in a stream.
    Stream,
    /// DTLS in datagrams.
    Datagram,
    /// CRYPTO frames of QUIC.
    Quic,
}

/// What a client offers.
#[derive(Clone, Copy, Debug)]
pub struct ClientHello<'a> {
    /// The version in the fixed place; since TLS 1.3 that is always 1.2.
    pub legacy_version: Version,
    /// The client's random.
    pub random: &'a [u8; 32],
    /// The session it wants to resume; since TLS 1.3 without meaning.
    pub session_id: &'a [u8],
    /// DTLS: what the server's HelloVerifyRequest said, sent back.
    pub cookie: &'a [u8],
    cipher_suites: &'a [u8],
    /// The extensions.
    pub extensions: Extensions<'a>,
}

impl<'a> ClientHello<'a> {
    /// Reads a message's body. `None` if it ends before its compression methods do.
    pub fn parse(body: &'a [u8], carrier: Carrier) -> Option<ClientHello<'a>> {
        let mut reader = Reader::new(body);
        let legacy_version = Version(reader.u16()?);
        let random = reader.take(32)?.first_chunk()?;
        let session_id = reader.vector8()?;
        let cookie = if carrier == Carrier::Datagram { reader.vector8()? } else { &[] };
        let cipher_suites = reader.vector16()?;
        reader.vector8()?;
        Some(ClientHello {
            legacy_version,
            random,
            session_id,
            cookie,
            cipher_suites,
            extensions: Extensions::new(extension_bytes(reader)),
        })
    }

    /// The cipher suites, GREASE included.
    pub fn cipher_suites(self) -> impl Iterator<Item = u16> + Clone + 'a {
        u16s(self.cipher_suites)
    }

    /// The newest version that is offered (in the extension since TLS 1.3).
    pub fn version(self) -> Version {
        let listed = self.extensions.find(SUPPORTED_VERSIONS).and_then(|data| Reader::new(data).vector8());
        let listed = u16s(listed.unwrap_or_default()).filter(|version| !is_grease(*version)).map(Version);
        listed.max_by_key(|version| version.age()).unwrap_or(self.legacy_version)
    }

    /// The server's name (SNI, RFC 6066, section 3).
    pub fn server_name(self) -> ServerName<'a> {
        self.extensions.find(SERVER_NAME).map_or(ServerName::None, ServerName::parse)
    }

    /// The groups for key exchange ("elliptic curves"), GREASE included.
    pub fn groups(self) -> impl Iterator<Item = u16> + 'a {
        self.extensions.numbers(SUPPORTED_GROUPS)
    }

    /// The point formats of elliptic curves.
    pub fn point_formats(self) -> &'a [u8] {
        self.extensions.find(POINT_FORMATS).and_then(|data| Reader::new(data).vector8()).unwrap_or_default()
    }

    /// The signature algorithms.
    pub fn signature_algorithms(self) -> impl Iterator<Item = u16> + 'a {
        self.extensions.numbers(SIGNATURE_ALGORITHMS)
    }

    /// The groups for which a key is sent along.
    pub fn key_share_groups(self) -> impl Iterator<Item = u16> + 'a {
        let list = self.extensions.find(KEY_SHARE).and_then(|data| Reader::new(data).vector16());
        let mut reader = Reader::new(list.unwrap_or_default());
        std::iter::from_fn(move || {
            let group = reader.u16()?;
            reader.vector16()?;
            Some(group)
        })
    }

    /// Is the true hello, or its server name, encrypted (ECH, ESNI)? GREASE of it looks the same.
    pub fn has_encrypted_name(self) -> bool {
        let mut kinds = self.extensions.iter().map(|extension| extension.kind);
        kinds.any(|kind| matches!(kind, ENCRYPTED_CLIENT_HELLO | ENCRYPTED_SERVER_NAME))
    }

    /// Does it present a session ticket (RFC 5077)?
    pub fn presents_ticket(self) -> bool {
        self.extensions.find(SESSION_TICKET).is_some_and(|ticket| !ticket.is_empty())
    }
}

/// What the server's name of a hello is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerName<'a> {
    /// There is none.
    None,
    /// A host's name.
    Host(&'a [u8]),
    /// A name of a kind that is not registered.
    UnknownType,
    /// Its lengths do not fit.
    Malformed,
}

impl<'a> ServerName<'a> {
    fn parse(data: &'a [u8]) -> ServerName<'a> {
        Self::try_parse(data).unwrap_or(ServerName::Malformed)
    }

    fn try_parse(data: &'a [u8]) -> Option<ServerName<'a>> {
        let mut list = Reader::new(Reader::new(data).vector16()?);
        let name_type = list.u8()?;
        let name = list.vector16()?;
        Some(match name_type {
            0 if name.is_empty() => ServerName::Malformed,
            0 => ServerName::Host(name),
            _ => ServerName::UnknownType,
        })
    }

    /// The host's name, if it is one.
    pub const fn host(self) -> Option<&'a [u8]> {
        match self {
            ServerName::Host(name) => Some(name),
            _ => None,
        }
    }
}

/// What a server chose.
#[derive(Clone, Copy, Debug)]
pub struct ServerHello<'a> {
    /// The version in the fixed place; since TLS 1.3 that is always 1.2.
    pub legacy_version: Version,
    /// The server's random; one value of it marks a HelloRetryRequest.
    pub random: &'a [u8; 32],
    /// The session.
    pub session_id: &'a [u8],
    /// The cipher suite.
    pub cipher_suite: u16,
    /// The extensions.
    pub extensions: Extensions<'a>,
}

impl<'a> ServerHello<'a> {
    /// Reads a message's body. `None` if it ends before its compression method does. The drafts of TLS 1.3 before the
    /// 22nd had no session id and no compression method.
    pub fn parse(body: &'a [u8]) -> Option<ServerHello<'a>> {
        let mut reader = Reader::new(body);
        let legacy_version = Version(reader.u16()?);
        let random = reader.take(32)?.first_chunk()?;
        let session_id = if legacy_version.is_draft() { &[] } else { reader.vector8()? };
        let cipher_suite = reader.u16()?;
        if !legacy_version.is_draft() {
            reader.u8()?;
        }
        Some(ServerHello {
            legacy_version,
            random,
            session_id,
            cipher_suite,
            extensions: Extensions::new(extension_bytes(reader)),
        })
    }

    /// The version that was chosen.
    pub fn version(self) -> Version {
        let chosen = self.extensions.find(SUPPORTED_VERSIONS).and_then(|data| Reader::new(data).u16());
        chosen.map_or(self.legacy_version, Version)
    }

    /// Asks it for another hello (RFC 8446, section 4.1.4)?
    pub fn is_retry_request(self) -> bool {
        *self.random == RETRY_REQUEST
    }

    /// Did it choose one of the client's pre-shared keys (TLS 1.3's resumption)?
    pub fn chose_shared_key(self) -> bool {
        self.extensions.find(PRE_SHARED_KEY).is_some()
    }

    /// The group of the key exchange (TLS 1.3).
    pub fn group(self) -> Option<u16> {
        let share = self.extensions.find(KEY_SHARE).or_else(|| self.extensions.find(KEY_SHARE_OF_DRAFTS));
        share.and_then(|data| Reader::new(data).u16())
    }
}

/// SHA-256 of "HelloRetryRequest" (RFC 8446, section 4.1.3).
pub(crate) const RETRY_REQUEST: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The list of extensions behind a hello's fixed part. A list that is longer than the message is taken as far as it
/// goes; there need be none.
fn extension_bytes(reader: Reader<'_>) -> &[u8] {
    let mut whole = reader;
    match whole.vector16() {
        Some(list) => list,
        None => reader.rest().get(2..).unwrap_or_default(),
    }
}

/// The extensions that count for fingerprints: all but GREASE.
pub(crate) fn meant(extensions: Extensions<'_>) -> impl Iterator<Item = Extension<'_>> {
    extensions.iter().filter(|extension| !is_grease(extension.kind))
}
