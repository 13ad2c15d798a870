//! A message's fixed part (RFC 2131 section 2) and its options (RFC 2132).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |      op       |     htype     |     hlen      |     hops      |
//! |                              xid                              |
//! |             secs              |             flags             |
//! |       ciaddr, yiaddr, siaddr, giaddr: four bytes each         |
//! |    chaddr: 16 bytes, sname: 64 bytes, file: 128 bytes         |
//! |                     magic cookie, options                     |
//! ```

/// Bytes in front of the options.
pub(super) const FIXED_BYTES: usize = 240;
const COOKIE_AT: usize = 236;
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
/// Bytes of a message that are kept; the options of no honest one are as long.
const MESSAGE_BYTES_MAX: usize = 16 << 10;
const HARDWARE_ADDRESS_BYTES_MAX: usize = 16;

pub(super) const PAD: u8 = 0;
pub(super) const END: u8 = 255;

/// Is this a message of DHCP?
pub(super) fn is_dhcp(bytes: &[u8]) -> bool {
    let is_cookie = bytes.get(COOKIE_AT..FIXED_BYTES) == Some(&COOKIE[..]);
    is_cookie && matches!(bytes[0], 1 | 2) && usize::from(bytes[2]) <= HARDWARE_ADDRESS_BYTES_MAX
}

/// A message.
#[derive(Debug)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

/// What comes out of the options, one by one.
pub(super) enum Item<'a> {
    Option(u8, &'a [u8]),
    /// An option is longer than what is left.
    Truncated,
}

impl Message {
    pub(super) fn parse(bytes: &[u8]) -> Option<Message> {
        is_dhcp(bytes).then(|| Message { bytes: bytes[..bytes.len().min(MESSAGE_BYTES_MAX)].to_vec() })
    }

    pub(super) fn op(&self) -> u8 {
        self.bytes[0]
    }

    pub(super) fn hardware_address(&self) -> &[u8] {
        let length = usize::from(self.bytes[2]).min(HARDWARE_ADDRESS_BYTES_MAX);
        &self.bytes[28..28 + length]
    }

    pub(super) fn id(&self) -> u32 {
        u32::from_be_bytes(self.address(4))
    }

    pub(super) fn seconds(&self) -> u16 {
        u16::from_be_bytes([self.bytes[8], self.bytes[9]])
    }

    pub(super) fn client(&self) -> [u8; 4] {
        self.address(12)
    }

    pub(super) fn assigned(&self) -> [u8; 4] {
        self.address(16)
    }

    pub(super) fn next_server(&self) -> [u8; 4] {
        self.address(20)
    }

    pub(super) fn relay(&self) -> [u8; 4] {
        self.address(24)
    }

    fn address(&self, at: usize) -> [u8; 4] {
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]]
    }

    /// The options, up to the end mark.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let mut rest = &self.bytes[FIXED_BYTES..];
        std::iter::from_fn(move || {
            while let [PAD, behind @ ..] = rest {
                rest = behind;
            }
            let (&[code], behind) = rest.split_first_chunk()?;
            if code == END {
                return None;
            }
            let taken = behind.split_first().and_then(|(length, data)| data.split_at_checked(usize::from(*length)));
            let Some((data, behind)) = taken else {
                rest = b"";
                return Some(Item::Truncated);
            };
            rest = behind;
            Some(Item::Option(code, data))
        })
    }

    /// The first option with this code.
    pub(super) fn option(&self, wanted: u8) -> Option<&[u8]> {
        self.items().find_map(|item| match item {
            Item::Option(code, data) if code == wanted => Some(data),
            Item::Option(..) | Item::Truncated => None,
        })
    }

    /// What is wrong, in Suricata's names.
    pub(super) fn anomalies(&self) -> impl Iterator<Item = &'static str> {
        let is_truncated = self.items().any(|item| matches!(item, Item::Truncated));
        let is_malformed = self.items().any(|item| match item {
            Item::Option(code, data) => !super::transaction::is_fitting(code, data),
            Item::Truncated => false,
        });
        [(is_truncated, "truncated_options"), (is_malformed, "malformed_options")]
            .into_iter()
            .filter_map(|(is_so, name)| is_so.then_some(name))
    }
}
