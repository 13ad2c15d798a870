//! Numbers, addresses and times from ASCII, by hand: this is the inner loop of every decoder.
//!
//! All functions return `None` for anything that is not exactly the thing, and never panic.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wide::u8x16;

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude
/// (spec: "decide by magnitude, 1e11 threshold"), as `(nanoseconds, resolution in nanoseconds)`.
#[inline]
pub(crate) fn epoch_to_ns(value: u64) -> Option<(i64, i64)> {
    let resolution: i64 = match value {
        0..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    i64::try_from(value).ok()?.checked_mul(resolution).map(|ns| (ns, resolution))
}

/// A decimal number without sign.
#[inline]
pub(crate) fn parse_u64(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    let mut value: u64 = 0;
    if text.len() <= 19 {
        // 19 digits cannot overflow 64 bits.
        for &byte in text {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + u64::from(digit);
        }
        return Some(value);
    }
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// A decimal number that fits the signed columns.
#[inline]
pub(crate) fn parse_i64(text: &[u8]) -> Option<i64> {
    match text.strip_prefix(b"-") {
        None => i64::try_from(parse_u64(text)?).ok(),
        Some(digits) => i64::try_from(parse_u64(digits)?).ok().map(|value| -value),
    }
}

/// A decimal number of up to 32 bits without sign.
#[inline]
pub(crate) fn parse_u32(text: &[u8]) -> Option<u32> {
    if text.len() > 10 {
        return None;
    }
    u32::try_from(parse_u64(text)?).ok()
}

/// Dotted IPv4, as its big-endian value. Octets of one to three digits, no leading zero needed.
#[inline]
pub(crate) fn parse_ipv4(text: &[u8]) -> Option<u32> {
    if !(7..=15).contains(&text.len()) {
        return None;
    }
    let (mut address, mut octet, mut digits, mut dots) = (0u32, 0u32, 0u32, 0u32);
    for &byte in text {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit <= 9 {
            octet = octet * 10 + digit;
            digits += 1;
            if digits > 3 {
                return None;
            }
        } else {
            if byte != b'.' || digits == 0 || octet > 255 {
                return None;
            }
            address = address << 8 | octet;
            (octet, digits) = (0, 0);
            dots += 1;
        }
    }
    (dots == 3 && digits > 0 && octet <= 255).then_some(address << 8 | octet)
}

/// IPv6 text (RFC 4291 section 2.2), zone left out.
pub(crate) fn parse_ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    if text.len() > 64 {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    text.split('%').next()?.parse().ok()
}

/// An address of either family; a v4-mapped one is IPv4.
pub(crate) fn parse_address(text: &[u8]) -> Option<IpAddr> {
    match parse_ipv4(text) {
        Some(v4) => Some(IpAddr::V4(Ipv4Addr::from(v4))),
        None => parse_ipv6(text).map(|v6| IpAddr::V6(v6).to_canonical()),
    }
}

/// Seconds with a fraction, in nanoseconds: `1713520795.434188`, `5e-05`. Digits past the ninth are dropped.
pub(crate) fn parse_seconds(text: &[u8]) -> Option<i64> {
    let (digits, sign) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, -1),
        None => (text, 1),
    };
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let ns = match parse_fraction(&digits[whole..]) {
        Some((fraction_ns, [])) => {
            i64::try_from(parse_u64(&digits[..whole])?).ok()?.checked_mul(1_000_000_000)?.checked_add(fraction_ns)?
        }
        _ => exponent_seconds(digits)?,
    };
    Some(sign * ns)
}

#[cold]
fn exponent_seconds(text: &[u8]) -> Option<i64> {
    const SECONDS_MAX: f64 = 9e9;
    let is_number = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let seconds: f64 = std::str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()?;
    (seconds.is_finite() && seconds.abs() < SECONDS_MAX).then_some((seconds * 1e9).round() as i64)
}

/// A time as Zeek writes it: seconds since 1970 with a fraction, milliseconds, or RFC 3339.
pub(crate) fn parse_time(text: &[u8]) -> Option<i64> {
    if text.get(4) == Some(&b'-') {
        return parse_rfc3339(text);
    }
    match parse_u64(text) {
        Some(whole) => epoch_to_ns(whole).map(|(ns, _)| ns),
        None => parse_seconds(text),
    }
}

/// The value of up to 16 digits at the head of a window of text; eight digits at a time
/// (Lemire, "Quickly parsing eight digits", 2018).
#[inline]
pub(crate) fn parse_digits_in(window: &[u8; 16], length: usize) -> Option<u64> {
    let (low, high) = (word_of(window, 0), word_of(window, 8));
    match length {
        1..=8 => eight_digits(low, length),
        9..=16 => Some(eight_digits(low, 8)? * POWERS_OF_TEN[length - 8] + eight_digits(high, length - 8)?),
        _ => None,
    }
}

const POWERS_OF_TEN: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

#[inline]
fn word_of(window: &[u8; 16], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&window[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// The value of the first 1 to 8 characters of a little-endian word, if they are digits.
#[inline]
fn eight_digits(word: u64, length: usize) -> Option<u64> {
    // The digits move to the most significant bytes; what comes before them becomes zeros.
    let shift = (8 - length) * 8;
    let digits = (word << shift).wrapping_sub((0x3030_3030_3030_3030 >> shift) << shift);
    let is_digits = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 == 0;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let eight = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    is_digits.then_some(eight)
}

/// Dotted IPv4 at the head of a window of text, without a branch that depends on its digits.
#[inline]
pub(crate) fn parse_ipv4_in(window: &[u8; 16], length: usize) -> Option<u32> {
    if length > 15 {
        return None;
    }
    let text = u8x16::new(*window);
    let end = 1u32 << length;
    let inside = end - 1;
    let dots = text.simd_eq(u8x16::splat(b'.')).to_bitmask() & inside;
    let values = text - u8x16::splat(b'0');
    let digits = values.min(u8x16::splat(9)).simd_eq(values).to_bitmask();
    // A bit where an octet ends, first those of all octets, then those of all but one, and so on.
    let all = dots | end;
    let but_one = all & (all - 1);
    let but_two = but_one & but_one.wrapping_sub(1);
    let but_three = but_two & but_two.wrapping_sub(1);
    let is_empty_octet = (all << 1 | 1) & all != 0;
    if (dots | digits) & inside != inside || but_three != end || is_empty_octet {
        return None;
    }
    let ends = [all, but_one, but_two].map(|bits| bits.trailing_zeros() as usize);
    let lengths = [ends[0], ends[1] - ends[0] - 1, ends[2] - ends[1] - 1, length - ends[2] - 1];
    let digits = |octet: usize, start: usize| u64::from(octet_digits(window, start, lengths[octet]));
    let ab = two_octets(digits(0, 0) | digits(1, ends[0] + 1) << 32);
    let cd = two_octets(digits(2, ends[1] + 1) | digits(3, ends[2] + 1) << 32);
    if lengths.iter().fold(0, |all, length| all | length) > 3 || (ab | cd) & 0xff00_0000_ff00 != 0 {
        return None;
    }
    Some((ab << 24 | ab >> 16 | cd << 8 | cd >> 32) as u32)
}

/// The digits of an octet (1 to 3) as numbers, in the highest bytes; zeros before them.
#[inline]
fn octet_digits(window: &[u8; 16], start: usize, length: usize) -> u32 {
    let mut bytes = [0; 4];
    let start = start.min(12);
    bytes.copy_from_slice(&window[start..start + 4]);
    (u32::from_le_bytes(bytes) ^ 0x3030_3030) << (4u32.wrapping_sub(length as u32).wrapping_mul(8) & 31)
}

/// The values (0 to 999) of the digits in both halves of a word, each in its half.
#[inline]
fn two_octets(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff
}

/// An RFC 3339 time with 0 to 9 digits of fraction, as nanoseconds since 1970 UTC.
pub(crate) fn parse_rfc3339(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(19)?;
    let shape = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if shape.iter().any(|(at, byte)| date[*at] != *byte) || !matches!(date[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |from: usize, to: usize| parse_u32(&date[from..to]).map(i64::from);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !in_range {
        return None;
    }
    let (fraction_ns, zone) = parse_fraction(rest)?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.checked_sub(parse_zone_s(zone)?)?.checked_mul(1_000_000_000)?.checked_add(fraction_ns)
}

/// `.123456789` and what follows it; digits past the ninth are dropped.
fn parse_fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let mut ns = 0;
    for place in 0..9 {
        ns = ns * 10 + digits.get(place).filter(|_| place < count).map_or(0, |byte| i64::from(byte - b'0'));
    }
    Some((ns, &digits[count..]))
}

/// `Z`, `+02:00`, `-0700` or nothing (read as UTC), in seconds.
fn parse_zone_s(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone {
        [] | [b'Z'] | [b'z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [a, b, b':', c, d] | [a, b, c, d] => ([*a, *b], [*c, *d]),
        _ => return None,
    };
    Some(sign * (i64::from(parse_u32(&hours)?) * 3_600 + i64::from(parse_u32(&minutes)?) * 60))
}

/// Days from 1970-01-01 of a date in the proleptic Gregorian calendar (Hinnant, "days_from_civil").
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ipv4() {
        let check = |text: &str, expected: Option<u32>| assert_eq!(parse_ipv4(text.as_bytes()), expected, "{text}");
        check("10.0.0.1", Some(0x0a00_0001));
        check("255.255.255.255", Some(u32::MAX));
        check("1.2.3.256", None);
        check("1.2.3", None);
        check("1.2.3.4.", None);
        check("1..2.3.4", None);
        check("1.2.3.4x", None);
        check("0001.2.3.4", None);
    }

    #[test]
    fn numbers() {
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_u64(b""), None);
        assert_eq!(parse_i64(b"-1"), Some(-1));
        assert_eq!(parse_u32(b"4294967296"), None);
    }

    #[test]
    fn rfc3339() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(parse_rfc3339(text.as_bytes()), expected, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("2022-09-14T09:00:52.5625085Z", Some(1_663_146_052_562_508_500));
        check("2019-06-14T03:45:37.301953198Z", Some(1_560_483_937_301_953_198));
        check("2000-02-29T00:00:00+01:00", Some(951_778_800_000_000_000));
        check("2000-02-29T00:00:00", Some(951_782_400_000_000_000));
        check("2000-13-29T00:00:00Z", None);
        check("2000-02-29T00:00:00.Z", None);
        check("yesterday", None);
    }

    proptest! {
        #[test]
        fn windows_agree_with_the_plain_way(text in "[0-9.]{1,15}|[0-9]{1,16}|(1?[0-9]{1,2}\\.){3}[0-9]{1,3}|[ -~]{1,16}", tail in "[ -~]{16}") {
            let joined = format!("{text}{tail}");
            let window = joined.as_bytes().first_chunk::<16>().expect("long enough");
            prop_assert_eq!(parse_ipv4_in(window, text.len()), parse_ipv4(text.as_bytes()), "{}", text);
            prop_assert_eq!(parse_digits_in(window, text.len()), parse_u64(text.as_bytes()), "{}", text);
        }
    }

    #[test]
    fn epochs_are_told_apart_by_magnitude() {
        assert_eq!(epoch_to_ns(1_700_000_000), Some((1_700_000_000_000_000_000, 1_000_000_000)));
        assert_eq!(epoch_to_ns(1_663_146_003_599), Some((1_663_146_003_599_000_000, 1_000_000)));
        assert_eq!(epoch_to_ns(u64::MAX), None);
    }
}
