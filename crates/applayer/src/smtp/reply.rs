//! Replies (RFC 5321, section 4.2).

/// Codes that some RFC or a common server gives a meaning in SMTP: RFC 5321 (with its predecessors), 1985 (ETRN), 2034, 2645, 3207, 4954
/// (AUTH), 7504, and of old servers 401, 402, 511, 522, 541, 543.
#[rustfmt::skip]
const CODES: [u16; 54] = [
    211, 214, 220, 221, 235, 250, 251, 252, 253, 334, 354,
    401, 402, 421, 422, 430, 432, 435, 450, 451, 452, 453, 454, 455, 458, 459,
    500, 501, 502, 503, 504, 511, 520, 521, 522, 523, 524, 525, 530, 533, 534, 535, 538, 541, 543,
    550, 551, 552, 553, 554, 555, 556, 557, 571,
];

/// A line of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReplyLine {
    pub(super) code: u16,
    pub(super) is_last: bool,
}

/// Reads a line; `None` where it is no reply.
pub(super) fn parse(line: &[u8]) -> Option<ReplyLine> {
    let digits: &[u8; 3] = line.first_chunk()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let is_last = line.get(3) != Some(&b'-');
    CODES.contains(&code).then_some(ReplyLine { code, is_last })
}
