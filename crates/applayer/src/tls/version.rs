//! Protocol versions, of TLS and of DTLS.

use std::borrow::Cow;

/// A version as it is on the wire: `0x0303` is TLS 1.2, `0xfefd` is DTLS 1.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Version(pub u16);

impl Version {
    /// SSL 2.0.
    pub const SSL2: Version = Version(0x0002);
    /// SSL 3.0 (RFC 6101).
    pub const SSL3: Version = Version(0x0300);
    /// TLS 1.0 (RFC 2246).
    pub const TLS1_0: Version = Version(0x0301);
    /// TLS 1.1 (RFC 4346).
    pub const TLS1_1: Version = Version(0x0302);
    /// TLS 1.2 (RFC 5246).
    pub const TLS1_2: Version = Version(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS1_3: Version = Version(0x0304);
    /// DTLS 1.0 (RFC 4347).
    pub const DTLS1_0: Version = Version(0xfeff);
    /// DTLS 1.2 (RFC 6347).
    pub const DTLS1_2: Version = Version(0xfefd);
    /// DTLS 1.3 (RFC 9147).
    pub const DTLS1_3: Version = Version(0xfefc);

    /// Is it TLS 1.3, one of its drafts, or DTLS 1.3? Then the session id says nothing and certificates are hidden.
    pub const fn hides_certificates(self) -> bool {
        matches!(self.0, 0x0304 | 0xfefc) || self.is_draft()
    }

    /// A draft of TLS 1.3 (`0x7f` and the draft's number), or one of the experiments with it (`0x7e`).
    pub const fn is_draft(self) -> bool {
        matches!(self.0 >> 8, 0x7e | 0x7f)
    }

    /// Suricata's name of it.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Version(0) => "UNDETERMINED",
            Version::SSL2 => "SSLv2",
            Version::SSL3 => "SSLv3",
            Version::TLS1_0 => "TLSv1",
            Version::TLS1_1 => "TLS 1.1",
            Version::TLS1_2 => "TLS 1.2",
            Version::TLS1_3 => "TLS 1.3",
            Version::DTLS1_0 => "DTLS 1.0",
            Version::DTLS1_2 => "DTLS 1.2",
            Version::DTLS1_3 => "DTLS 1.3",
            Version(draft @ 0x7f00..=0x7fff) => return Cow::Owned(format!("TLS 1.3 draft-{:02}", draft & 0xff)),
            Version(other) => return Cow::Owned(format!("0x{other:04x}")),
        })
    }

    /// JA4's two characters for it.
    pub const fn ja4(self) -> &'static str {
        match self {
            Version::TLS1_3 => "13",
            Version::TLS1_2 => "12",
            Version::TLS1_1 => "11",
            Version::TLS1_0 => "10",
            Version::SSL3 => "s3",
            Version::SSL2 => "s2",
            Version::DTLS1_0 => "d1",
            Version::DTLS1_2 => "d2",
            Version::DTLS1_3 => "d3",
            _ => "00",
        }
    }

    /// Its place among versions of its family: a greater one is newer. DTLS counts down.
    pub const fn age(self) -> u16 {
        if self.0 >> 8 == 0xfe { !self.0 } else { self.0 }
    }
}

/// Is it one of the values that clients send so that servers keep ignoring what they do not know (RFC 8701)?
pub const fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}
