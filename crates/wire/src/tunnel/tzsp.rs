//! TZSP, the TaZmen sniffer protocol: frames that an access point or a router (MikroTik) saw.
//!
//! ```text
//! | version 1 = 1 | type 1 | protocol 2 | tags: number 1, length 1, value | end of tags 1 = 0x01 | frame |
//! ```

use crate::bytes::be16;
use crate::decoder::{Decoder, Next};
use crate::link::ethernet;
use crate::packet::TunnelKind;
use crate::tunnel::policy;

const HEADER: usize = 4;
/// Types that carry a frame: received, and to be sent.
const FRAME_TYPES: [u8; 2] = [0, 1];
const PADDING: u8 = 0;
const END: u8 = 1;
const ETHERNET: u16 = 1;
const WIFI: u16 = 18;

/// The protocol of the frame, and the bytes before it.
fn parse(bytes: &[u8]) -> Option<(u16, usize)> {
    let [1, kind, ..] = *bytes.first_chunk::<HEADER>()? else { return None };
    if !FRAME_TYPES.contains(&kind) {
        return None;
    }
    let mut at = HEADER;
    loop {
        match *bytes.get(at)? {
            END => return Some((be16(bytes, 2), at + 1)),
            PADDING => at += 1,
            _ => at += 2 + usize::from(*bytes.get(at + 1)?),
        }
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some((protocol, length)) = parse(decoder.rest) else { return Next::Done };
    let inside = decoder.rest.get(length..).unwrap_or_default();
    let next = match protocol {
        ETHERNET if ethernet::is_plausible(inside) => Next::Ethernet,
        WIFI => Next::WiFi,
        _ => return Next::Done,
    };
    if !policy::allows(decoder) {
        return Next::Done;
    }
    decoder.enter(TunnelKind::Tzsp, None, length, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        assert_eq!(parse(&[1, 0, 0, 1, 1, 9]), Some((1, 5)));
        assert_eq!(parse(&[1, 0, 0, 18, 0, 10, 1, 0xaa, 1]), Some((18, 9)));
        assert_eq!(parse(&[1, 4, 0, 1, 1]), None);
        assert_eq!(parse(&[1, 0, 0, 1, 10, 200, 1]), None);
    }
}
