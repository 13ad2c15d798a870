//! Packets that Linux's firewall logged: LINKTYPE_NFLOG.
//!
//! ```text
//! | family 1 | version 1 | group 2 | then: length 2, with these four bytes | type 2 | value, padded to four bytes | ... |
//! ```

use crate::anomaly::NFLOG_HEADER_TOO_SMALL;
use crate::decoder::{Decoder, Next};

const HEADER: usize = 4;
const FIELD_HEADER: usize = 4;
/// The field that holds the packet.
const PACKET: u16 = 9;

/// Where the packet begins, and how long it is. Lengths and types are in the byte order of the machine that captured, which is nearly
/// always little-endian.
fn packet(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut at = HEADER;
    loop {
        let [length_low, length_high, type_low, type_high] = *bytes.get(at..)?.first_chunk::<FIELD_HEADER>()?;
        let length = usize::from(u16::from_le_bytes([length_low, length_high]));
        if u16::from_le_bytes([type_low, type_high]) == PACKET {
            return Some((at + FIELD_HEADER, length.checked_sub(FIELD_HEADER)?));
        }
        at += length.max(FIELD_HEADER).next_multiple_of(4);
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some((at, length)) = packet(decoder.rest) else { return decoder.cut(NFLOG_HEADER_TOO_SMALL) };
    decoder.skip(at);
    // What the field says and the frame does not have is told by the IP header inside.
    decoder.limit(length);
    decoder.packet.payload = decoder.rest;
    Next::Ip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let bytes = [2, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, 24, 0, 9, 0, 0x45];
        assert_eq!(packet(&bytes), Some((16, 20)));
        assert_eq!(packet(&bytes[..12]), None);
        assert_eq!(packet(&[2, 0, 0, 0, 3, 0, 9, 0]), None);
    }
}
