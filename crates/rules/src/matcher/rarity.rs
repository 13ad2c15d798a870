//! How rarely bytes are met in traffic: of a rule's patterns, the rarest is looked for.

/// How rare a byte is, in halves of a bit. Text and zeros are common, letters by their frequency; set by hand after looking
/// at traffic, and only the order of sums matters.
pub(crate) const fn byte_rarity(byte: u8) -> u32 {
    match byte {
        0 => 4,
        b' ' | b'e' | b'E' | b't' | b'T' | b'/' | b'.' => 7,
        b'a' | b'A' | b'o' | b'O' | b'i' | b'I' | b'n' | b'N' | b's' | b'S' | b'r' | b'R' | b'\r' | b'\n' => 8,
        b'0'..=b'9' | b'h' | b'H' | b'l' | b'L' | b'd' | b'D' | b'c' | b'C' | b'p' | b'P' | b':' | b'-' | b'=' => 9,
        b'u' | b'U' | b'm' | b'M' | b'f' | b'F' | b'g' | b'G' | b'w' | b'W' | b'b' | b'B' | b'"' | 0xff => 10,
        b'a'..=b'z' | b'A'..=b'Z' | 1..=4 => 11,
        0x21..=0x7e => 12,
        _ => 13,
    }
}

/// Words that nearly every message has: a pattern of them says little.
const COMMON: &[u8] =
    b"get \xffpost \xffhttp/1\xffhost: \xff.com\xff.php\xff.html\xffuser-agent\xffmozilla/\xffaccept\xff\
content-type\xffcontent-length\xffconnection\xffapplication/\xfftext/html\xff.exe\xffwww.\xffhttp://\xffhttps://";
/// Stands between them, and in none of them.
const BETWEEN: u8 = 0xff;

/// How rare these bytes are together; more is rarer.
///
/// ```
/// assert!(rules::matcher::rarity(b"xqz_7") > rules::matcher::rarity(b"eeeee"));
/// assert!(rules::matcher::rarity(b"evil.exe") > rules::matcher::rarity(b"GET "));
/// ```
pub fn rarity(bytes: &[u8]) -> u32 {
    let mut sum: u32 = 0;
    let mut before = [0u8; 2];
    for byte in bytes.iter().map(u8::to_ascii_lowercase) {
        // A byte that repeats the last ones tells less.
        let weight = byte_rarity(byte);
        sum = sum.saturating_add(if before.contains(&byte) { weight / 3 } else { weight });
        before = [before[1], byte];
    }
    if is_common(bytes) { sum / 4 } else { sum }
}

/// Are they a part of a common word?
fn is_common(bytes: &[u8]) -> bool {
    let Some(first) = bytes.first() else { return false };
    let is_here =
        |place: usize| COMMON.get(place..place + bytes.len()).is_some_and(|part| part.eq_ignore_ascii_case(bytes));
    !bytes.contains(&BETWEEN) && memchr::memchr_iter(first.to_ascii_lowercase(), COMMON).any(is_here)
}
