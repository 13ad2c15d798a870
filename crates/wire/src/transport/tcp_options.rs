//! The options of TCP: RFC 9293 section 3.1, RFC 7323 (scale, timestamps), RFC 2018 (SACK), RFC 7413 (fast open).
//!
//! ```text
//! | kind 1 | length 1, with both | content |    end of list 0 and no operation 1 have a kind only
//! ```

use crate::anomaly::{self, Malformed};
use crate::bytes::{be16, be32};

const END: u8 = 0;
const NO_OPERATION: u8 = 1;
const MSS: u8 = 2;
const WINDOW_SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;
const TIMESTAMPS: u8 = 8;
const FAST_OPEN: u8 = 34;
/// Larger shifts count as this one (RFC 7323 section 2.3).
const WINDOW_SCALE_MAX: u8 = 14;

/// The options of a TCP header that mean something here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpOptions {
    /// Maximum segment size.
    pub mss: Option<u16>,
    /// Window scale, at most 14 (RFC 7323 section 2.3).
    pub window_scale: Option<u8>,
    /// SACK is permitted.
    pub sack_permitted: bool,
    /// SACK blocks, left and right edges; `sack_blocks` of them.
    pub sack: [(u32, u32); 4],
    /// How many.
    pub sack_blocks: u8,
    /// Timestamp value and echo.
    pub timestamps: Option<(u32, u32)>,
    /// Fast open cookie is there, and how long it is.
    pub fast_open_bytes: Option<u8>,
    /// An option lies about its length or is cut.
    pub is_malformed: bool,
}

impl TcpOptions {
    /// Reads the bytes between the fixed header and the payload.
    pub fn read(bytes: &[u8]) -> TcpOptions {
        read(bytes).0
    }
}

/// Is there more than what nearly all segments have: nothing, or two fillers and timestamps?
#[inline]
pub(crate) fn deserve_a_look(bytes: &[u8]) -> bool {
    !(bytes.is_empty() || bytes.len() == 12 && bytes.starts_with(&[NO_OPERATION, NO_OPERATION, TIMESTAMPS, 10]))
}

/// The options, and the first thing that is wrong with them.
pub(crate) fn read(bytes: &[u8]) -> (TcpOptions, Option<Malformed>) {
    let mut options = TcpOptions::default();
    let mut problem = None;
    let mut seen: u64 = 0;
    let mut rest = bytes;
    while let [kind, behind @ ..] = rest {
        match *kind {
            END => break,
            NO_OPERATION => rest = behind,
            kind => match split(rest) {
                Some((content, after)) => {
                    let found = options.take(kind, content).or_else(|| repeated(&mut seen, kind));
                    problem = problem.or(found);
                    rest = after;
                }
                None => {
                    problem = problem.or(Some(anomaly::TCP_OPT_INVALID_LEN));
                    break;
                }
            },
        }
    }
    options.is_malformed = problem.is_some_and(|problem| problem != anomaly::TCP_OPT_DUPLICATE);
    (options, problem)
}

/// The content of the option at the beginning, and what is behind it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(*bytes.get(1)?);
    Some((bytes.get(2..length)?, bytes.get(length..)?))
}

/// The kinds that must not come twice.
fn repeated(seen: &mut u64, kind: u8) -> Option<Malformed> {
    if !matches!(kind, MSS | WINDOW_SCALE | SACK_PERMITTED | SACK | TIMESTAMPS | FAST_OPEN) {
        return None;
    }
    let was_seen = *seen & 1 << kind != 0;
    *seen |= 1 << kind;
    was_seen.then_some(anomaly::TCP_OPT_DUPLICATE)
}

impl TcpOptions {
    /// Keeps an option, the first where one is repeated; says whether its length is wrong.
    fn take(&mut self, kind: u8, content: &[u8]) -> Option<Malformed> {
        match (kind, content.len()) {
            (MSS, 2) => self.mss = self.mss.or(Some(be16(content, 0))),
            (WINDOW_SCALE, 1) => {
                let shift = content.first().copied().unwrap_or(0).min(WINDOW_SCALE_MAX);
                self.window_scale = self.window_scale.or(Some(shift));
            }
            (SACK_PERMITTED, 0) => self.sack_permitted = true,
            (SACK, length) if length % 8 == 0 && length > 0 => self.take_sack(content),
            (TIMESTAMPS, 8) => self.timestamps = self.timestamps.or(Some((be32(content, 0), be32(content, 4)))),
            (FAST_OPEN, length) => self.fast_open_bytes = self.fast_open_bytes.or(Some(length as u8)),
            (MSS | WINDOW_SCALE | SACK_PERMITTED | SACK | TIMESTAMPS, _) => return Some(anomaly::TCP_INVALID_OPTLEN),
            _ => {}
        }
        None
    }

    fn take_sack(&mut self, content: &[u8]) {
        let blocks = content.chunks_exact(8).map(|block| (be32(block, 0), be32(block, 4)));
        for (place, block) in self.sack.iter_mut().zip(blocks).skip(usize::from(self.sack_blocks)) {
            *place = block;
            self.sack_blocks += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: TcpOptions, problem: Option<Malformed>) {
        assert_eq!(read(bytes), (expected, problem));
    }

    #[test]
    fn syn() {
        let expected = TcpOptions {
            mss: Some(1460),
            window_scale: Some(7),
            sack_permitted: true,
            timestamps: Some((1, 2)),
            ..TcpOptions::default()
        };
        let bytes = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7];
        check(&bytes, expected, None);
    }

    #[test]
    fn sack_blocks() {
        let bytes = [1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4];
        let expected = TcpOptions { sack: [(1, 2), (3, 4), (0, 0), (0, 0)], sack_blocks: 2, ..TcpOptions::default() };
        check(&bytes, expected, None);
    }

    #[test]
    fn lies() {
        let malformed = TcpOptions { is_malformed: true, ..TcpOptions::default() };
        check(&[2], malformed, Some(anomaly::TCP_OPT_INVALID_LEN));
        check(&[8, 10, 0], malformed, Some(anomaly::TCP_OPT_INVALID_LEN));
        check(&[9, 0], malformed, Some(anomaly::TCP_OPT_INVALID_LEN));
        check(&[3, 4, 0, 0], malformed, Some(anomaly::TCP_INVALID_OPTLEN));
        let twice = TcpOptions { window_scale: Some(1), ..TcpOptions::default() };
        check(&[3, 3, 1, 3, 3, 2], twice, Some(anomaly::TCP_OPT_DUPLICATE));
    }

    #[test]
    fn a_large_scale_counts_as_14() {
        check(&[3, 3, 99], TcpOptions { window_scale: Some(14), ..TcpOptions::default() }, None);
    }
}
