//! Extensions of hellos (IANA's registry "TLS ExtensionType Values").

use crate::reader::{Reader, u16s};

/// The list of extensions of a hello, as it is on the wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extensions<'a> {
    bytes: &'a [u8],
}

/// One extension: its number and its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// IANA's number.
    pub kind: u16,
    /// Its data, not looked at.
    pub data: &'a [u8],
}

pub(crate) const SERVER_NAME: u16 = 0;
pub(crate) const SUPPORTED_GROUPS: u16 = 10;
pub(crate) const POINT_FORMATS: u16 = 11;
pub(crate) const SIGNATURE_ALGORITHMS: u16 = 13;
pub(crate) const ALPN: u16 = 16;
pub(crate) const SESSION_TICKET: u16 = 35;
pub(crate) const PRE_SHARED_KEY: u16 = 41;
pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
/// Its number in the drafts of TLS 1.3 before the 23rd.
pub(crate) const KEY_SHARE_OF_DRAFTS: u16 = 40;
pub(crate) const KEY_SHARE: u16 = 51;
pub(crate) const QUIC_PARAMETERS: u16 = 57;
/// Its number in the drafts of QUIC.
pub(crate) const QUIC_PARAMETERS_OF_DRAFTS: u16 = 0xffa5;
pub(crate) const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
pub(crate) const ENCRYPTED_SERVER_NAME: u16 = 0xffce;

impl<'a> Extensions<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Extensions<'a> {
        Extensions { bytes }
    }

    /// Each extension, in the order of the wire, as far as the list is well-formed and not senselessly long.
    pub fn iter(self) -> Iter<'a> {
        Iter { reader: Reader::new(self.bytes), left: EXTENSIONS_MAX }
    }

    fn all(self) -> Iter<'a> {
        Iter { left: usize::MAX, ..self.iter() }
    }

    /// The data of the first extension of this number.
    pub fn find(self, kind: u16) -> Option<&'a [u8]> {
        self.iter().find(|extension| extension.kind == kind).map(|extension| extension.data)
    }

    /// The numbers in an extension that is one vector of two-byte numbers.
    pub(crate) fn numbers(self, kind: u16) -> impl Iterator<Item = u16> + 'a {
        let vector = self.find(kind).and_then(|data| Reader::new(data).vector16());
        u16s(vector.unwrap_or_default())
    }

    /// The application protocols (ALPN, RFC 7301) that are offered, or the one that was chosen.
    pub fn application_protocols(self) -> impl Iterator<Item = &'a [u8]> {
        let list = self.find(ALPN).and_then(|data| Reader::new(data).vector16());
        vectors8(list.unwrap_or_default())
    }

    /// Has the list bytes behind its last whole extension?
    pub fn is_malformed(self) -> bool {
        let told: usize = self.all().map(|extension| 4 + extension.data.len()).sum();
        told != self.bytes.len()
    }

    /// Are there more of them than are looked at?
    pub fn are_too_many(self) -> bool {
        self.all().count() > EXTENSIONS_MAX
    }
}

/// The extensions of a list, one by one.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Extension<'a>;

    fn next(&mut self) -> Option<Extension<'a>> {
        self.left = self.left.checked_sub(1)?;
        let kind = self.reader.u16()?;
        let data = self.reader.vector16()?;
        Some(Extension { kind, data })
    }
}

/// The vectors in a list of vectors of at most 255 bytes.
pub(crate) fn vectors8(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut reader = Reader::new(list);
    std::iter::from_fn(move || reader.vector8())
}

/// Extensions of one hello that are looked at; browsers send about twenty.
const EXTENSIONS_MAX: usize = 256;

/// The name of an extension's number in the registry, in the form of Suricata's `quic.extensions[].name`.
pub fn extension_name(kind: u16) -> Option<&'static str> {
    NAMES.binary_search_by_key(&kind, |row| row.0).ok().map(|row| NAMES[row].1)
}

/// Sorted by number.
const NAMES: &[(u16, &str)] = &[
    (0, "server_name"),
    (1, "max_fragment_length"),
    (2, "client_certificate_url"),
    (3, "trusted_ca_keys"),
    (4, "truncated_hmac"),
    (5, "status_request"),
    (6, "user_mapping"),
    (7, "client_authz"),
    (8, "server_authz"),
    (9, "cert_type"),
    (10, "supported_groups"),
    (11, "ec_point_formats"),
    (12, "srp"),
    (13, "signature_algorithms"),
    (14, "use_srtp"),
    (15, "heartbeat"),
    (16, "alpn"),
    (17, "status_request_v2"),
    (18, "signed_certificate_timestamp"),
    (19, "client_certificate_type"),
    (20, "server_certificate_type"),
    (21, "padding"),
    (22, "encrypt_then_mac"),
    (23, "extended_master_secret"),
    (24, "token_binding"),
    (25, "cached_info"),
    (27, "compress_certificate"),
    (28, "record_size_limit"),
    (34, "delegated_credential"),
    (35, "session_ticket"),
    (41, "pre_shared_key"),
    (42, "early_data"),
    (43, "supported_versions"),
    (44, "cookie"),
    (45, "psk_key_exchange_modes"),
    (47, "certificate_authorities"),
    (48, "oid_filters"),
    (49, "post_handshake_auth"),
    (50, "signature_algorithms_cert"),
    (51, "key_share"),
    (54, "connection_id"),
    (57, "quic_transport_parameters"),
    (13172, "next_protocol_negotiation"),
    (17513, "application_settings"),
    (17613, "application_settings_new"),
    (64768, "ech_outer_extensions"),
    (65037, "encrypted_client_hello"),
    (65281, "renegotiation_info"),
    (65486, "encrypted_server_name"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted_by_key(|row| row.0));
        assert_eq!(extension_name(0), Some("server_name"));
        assert_eq!(extension_name(65486), Some("encrypted_server_name"));
        assert_eq!(extension_name(0x0a0a), None);
    }
}
