//! The options of IPv4 headers, looked at for what is wrong with them. RFC 791 section 3.1, RFC 2113, RFC 7126.
//!
//! ```text
//! | type 1 | length 1, with both | content |    end of list 0 and no operation 1 have a type only
//! ```

use crate::anomaly::{self, Malformed};
use crate::decoder::Decoder;
use crate::network::ipv4;

const END: u8 = 0;
const NO_OPERATION: u8 = 1;

/// An option that is known: its type and the lengths it may have.
struct Known(u8, std::ops::RangeInclusive<u8>);

const KNOWN: &[Known] = &[
    Known(7, 3..=40),   // record route
    Known(25, 8..=8),   // quick start, RFC 4782
    Known(68, 4..=40),  // timestamp
    Known(130, 3..=40), // security, RFC 1108
    Known(131, 3..=40), // loose source route
    Known(133, 3..=40), // extended security
    Known(134, 3..=40), // commercial security
    Known(136, 4..=4),  // stream id
    Known(137, 3..=40), // strict source route
    Known(148, 4..=4),  // router alert, RFC 2113
];

/// Notes what is wrong with the options of the header at hand.
#[cold]
pub(crate) fn check(decoder: &mut Decoder, header_length: usize) {
    let Some(options) = decoder.rest.get(ipv4::HEADER..header_length) else { return };
    let mut seen: u64 = 0;
    let mut rest = options;
    while let [kind, behind @ ..] = rest {
        match *kind {
            END => return,
            NO_OPERATION => rest = behind,
            kind => match option(kind, rest, &mut seen) {
                Ok((after, None)) => rest = after,
                Ok((after, Some(odd))) => {
                    decoder.flag(odd);
                    rest = after;
                }
                Err(malformed) => return decoder.flag(malformed),
            },
        }
    }
}

/// The bytes behind an option, and what is odd about it.
fn option<'a>(kind: u8, bytes: &'a [u8], seen: &mut u64) -> Result<(&'a [u8], Option<Malformed>), Malformed> {
    let [_, length, ..] = *bytes else { return Err(anomaly::IPV4_OPT_EOL_REQUIRED) };
    let behind = bytes.get(usize::from(length)..).filter(|_| length >= 2).ok_or(anomaly::IPV4_OPT_INVALID_LEN)?;
    let Some((index, known)) = KNOWN.iter().enumerate().find(|(_, known)| known.0 == kind) else {
        return Ok((behind, Some(anomaly::IPV4_OPT_UNKNOWN)));
    };
    if !known.1.contains(&length) {
        return Err(anomaly::IPV4_OPT_INVALID_LEN);
    }
    let was_seen = *seen & 1 << index != 0;
    *seen |= 1 << index;
    let odd = if was_seen { Some(anomaly::IPV4_OPT_DUPLICATE) } else { content(kind, bytes) };
    Ok((behind, odd))
}

/// Routes and timestamps point behind their header and into or just behind their data.
fn content(kind: u8, bytes: &[u8]) -> Option<Malformed> {
    let [_, length, pointer, ..] = *bytes else { return None };
    let is_wrong = match kind {
        7 | 131 | 137 => pointer < 4 || (length - 3) % 4 != 0 || pointer > length + 1,
        68 => pointer < 5 || pointer > length + 1,
        _ => false,
    };
    is_wrong.then_some(anomaly::IPV4_OPT_INVALID)
}
