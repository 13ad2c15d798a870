//! Frames of Initial packets (RFC 9000, section 19; only those that may stand there, section 12.4).

use super::packet::variable;
use crate::reader::Reader;

/// A frame that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    /// Bytes of the handshake.
    Crypto { offset: u64, bytes: &'a [u8] },
    /// The connection is refused or given up.
    Close,
}

/// The frames of a packet that say something, in order; `None` in place of what is no frame.
pub(crate) fn frames(plain: &[u8]) -> impl Iterator<Item = Option<Frame<'_>>> {
    let mut reader = Reader::new(plain);
    std::iter::from_fn(move || {
        while let Some(kind) = reader.u8() {
            match kind {
                PADDING | PING => {}
                ACK | ACK_WITH_ECN => {
                    if acknowledgement(&mut reader, kind == ACK_WITH_ECN).is_none() {
                        return Some(fail(&mut reader));
                    }
                }
                // Google's Q050 has another number for it.
                CRYPTO | CRYPTO_OF_Q050 => return Some(crypto(&mut reader).or_else(|| fail(&mut reader))),
                CLOSE | CLOSE_BY_APPLICATION => {
                    fail(&mut reader);
                    return Some(Some(Frame::Close));
                }
                _ => return Some(fail(&mut reader)),
            }
        }
        None
    })
}

/// Nothing behind it can be read.
fn fail<'a>(reader: &mut Reader<'_>) -> Option<Frame<'a>> {
    *reader = Reader::default();
    None
}

fn crypto<'a>(reader: &mut Reader<'a>) -> Option<Frame<'a>> {
    let offset = variable(reader)?;
    let length = usize::try_from(variable(reader)?).ok()?;
    Some(Frame::Crypto { offset, bytes: reader.take(length)? })
}

/// Each range takes at least two bytes, so the count bounds itself.
fn acknowledgement(reader: &mut Reader<'_>, has_ecn: bool) -> Option<()> {
    let _largest = variable(reader)?;
    let _delay = variable(reader)?;
    let ranges = variable(reader)?;
    let _first_range = variable(reader)?;
    for _ in 0..ranges {
        variable(reader)?;
        variable(reader)?;
    }
    for _ in 0..if has_ecn { 3 } else { 0 } {
        variable(reader)?;
    }
    Some(())
}

const PADDING: u8 = 0x00;
const PING: u8 = 0x01;
const ACK: u8 = 0x02;
const ACK_WITH_ECN: u8 = 0x03;
const CRYPTO: u8 = 0x06;
const CRYPTO_OF_Q050: u8 = 0x08;
const CLOSE: u8 = 0x1c;
const CLOSE_BY_APPLICATION: u8 = 0x1d;
