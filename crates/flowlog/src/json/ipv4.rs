//! Dotted IPv4 without a branch per character, and without one per octet.

use wide::u8x16;

/// Dotted IPv4 at the head of a window of text, as its big-endian value: the same as
/// [`crate::number::parse_ipv4`] of the first `length` bytes.
#[inline]
pub(crate) fn parse_ipv4_at(window: &[u8; 16], length: usize) -> Option<u32> {
    if !(7..=15).contains(&length) {
        return None;
    }
    let text = u8x16::new(*window);
    let inside = (1u32 << length) - 1;
    let dots = text.simd_eq(u8x16::splat(b'.')).to_bitmask() & inside;
    let values = text - u8x16::splat(b'0');
    let digits = values.min(u8x16::splat(9)).simd_eq(values).to_bitmask() & inside;
    let second = dots & dots.wrapping_sub(1);
    let third = second & second.wrapping_sub(1);
    let is_three = third != 0 && third & (third - 1) == 0;
    // No dot at an end or next to another, and no four digits in a row.
    let edges = 1 | 1 << (length - 1);
    let four = digits & digits >> 1 & digits >> 2 & digits >> 3;
    if !is_three || (dots | digits) != inside || dots & (edges | dots << 1) | four != 0 {
        return None;
    }
    let dots = [dots, second, third].map(|dots| dots.trailing_zeros() as usize);
    let octets = [
        octet(window, 0, dots[0])?,
        octet(window, dots[0] + 1, dots[1])?,
        octet(window, dots[1] + 1, dots[2])?,
        octet(window, dots[2] + 1, length)?,
    ];
    let is_in_range = octets.iter().all(|octet| *octet <= 255);
    is_in_range.then_some(octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3])
}

/// The value of the one to three digits from `start` to `end`.
#[inline(always)]
fn octet(window: &[u8; 16], start: usize, end: usize) -> Option<u32> {
    let word = u32::from_le_bytes(*window.get(start..)?.first_chunk()?) & 0x0f0f_0f0f;
    // The last digit moves to the top byte; zeros come in before the first.
    let digits = word << (((start + 4 - end) * 8) & 31);
    Some((digits >> 24) + (digits >> 16 & 15) * 10 + (digits >> 8 & 15) * 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_ipv4;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn agrees_with_the_plain_way(
            text in "[0-9.]{1,15}|([0-9]{1,3}\\.){3}[0-9]{1,4}|((1?[0-9]{1,2}|2[0-6][0-9])\\.){3}[0-9]{1,3}|[ -~]{1,16}",
            tail in "[ -~]{16}|[0-9.]{16}",
        ) {
            let joined = format!("{text}{tail}");
            let window = joined.as_bytes().first_chunk().expect("long enough");
            prop_assert_eq!(parse_ipv4_at(window, text.len()), parse_ipv4(text.as_bytes()), "{}", text);
        }
    }
}
