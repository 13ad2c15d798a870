//! BSD loopback: LINKTYPE_NULL and LINKTYPE_LOOP.
//!
//! ```text
//! | address family 4, in network order (LOOP) or in that of the capturing machine (NULL) |
//! ```

use crate::anomaly::{LTNULL_PKT_TOO_SMALL, LTNULL_UNSUPPORTED_TYPE};
use crate::decoder::{Decoder, Next};
use crate::link;

const IPV4: u32 = 2;
/// As Linux, BSD, FreeBSD and macOS number it.
const IPV6: [u32; 4] = [10, 24, 28, 30];

/// Families are small numbers, so that they can be read whatever order they are in.
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some(header) = decoder.rest.first_chunk::<4>() else { return decoder.cut(LTNULL_PKT_TOO_SMALL) };
    let family = u32::from_be_bytes(*header).min(u32::from_le_bytes(*header));
    decoder.skip(header.len());
    decoder.packet.payload = decoder.rest;
    match family {
        IPV4 => Next::EtherType(link::IPV4),
        family if IPV6.contains(&family) => Next::EtherType(link::IPV6),
        _ => decoder.fail(LTNULL_UNSUPPORTED_TYPE),
    }
}
