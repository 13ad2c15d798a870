//! Where a JSON value ends: brackets matched 64 bytes at a time, without reading what is inside.
//!
//! A block becomes bit masks of quotes, brackets and line feeds; strings are told from structure by a
//! prefix xor over the quotes (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019,
//! section 3.1). The scan can stop at any byte and go on when more have come.

use wide::u8x16;

/// How far a scan came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The value ends before this position.
    At(usize),
    /// The value is broken off before `value`; what may be the next one begins at `next`. A line feed
    /// inside a string, and `}` line feed `{`, cannot stand inside of a value.
    Broken {
        /// Where the broken value ends.
        value: usize,
        /// Where to go on.
        next: usize,
    },
    /// All bytes are scanned and the value goes on.
    More,
}

/// The state of a scan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nesting {
    /// Bytes scanned.
    at: usize,
    depth: usize,
    in_string: bool,
    /// The next byte is escaped by a backslash.
    escaped: bool,
    /// The value is a string, not a container.
    is_text: bool,
}

/// What stands where in a block of 64 bytes.
struct Masks {
    quotes: u64,
    backslashes: u64,
    feeds: u64,
    opens: u64,
    closes: u64,
}

impl Masks {
    #[inline]
    fn of(block: &[u8; 64]) -> Masks {
        let (quarters, _) = block.as_chunks::<16>();
        let is = |bytes: u8x16, wanted: u8| bytes.simd_eq(u8x16::splat(wanted));
        // Bit 5 is all that tells `[` from `{` and `]` from `}`.
        let folded = |bytes: u8x16| bytes | u8x16::splat(0x20);
        let mut masks = Masks { quotes: 0, backslashes: 0, feeds: 0, opens: 0, closes: 0 };
        let mut others = u8x16::splat(0);
        for quarter in quarters.iter().rev() {
            let bytes = u8x16::new(*quarter);
            masks.quotes = masks.quotes << 16 | u64::from(is(bytes, b'"').to_bitmask());
            let brackets = is(folded(bytes), b'{') | is(folded(bytes), b'}');
            others = others | brackets | is(bytes, b'\\') | is(bytes, b'\n');
        }
        // Long lists of strings have nothing but quotes in most blocks.
        if others.to_bitmask() == 0 {
            return masks;
        }
        for quarter in quarters.iter().rev() {
            let bytes = u8x16::new(*quarter);
            masks.backslashes = masks.backslashes << 16 | u64::from(is(bytes, b'\\').to_bitmask());
            masks.feeds = masks.feeds << 16 | u64::from(is(bytes, b'\n').to_bitmask());
            masks.opens = masks.opens << 16 | u64::from(is(folded(bytes), b'{').to_bitmask());
            masks.closes = masks.closes << 16 | u64::from(is(folded(bytes), b'}').to_bitmask());
        }
        masks
    }

    /// Is there nothing but quotes?
    #[inline]
    fn only_quotes(&self) -> bool {
        self.backslashes | self.feeds | self.opens | self.closes == 0
    }
}

impl Nesting {
    /// A scan that begins at `at`, with the first byte of a container or a string.
    pub(crate) fn new(bytes: &[u8], at: usize) -> Nesting {
        Nesting { at, is_text: bytes.get(at) == Some(&b'"'), ..Nesting::default() }
    }

    /// Forgets all but the last `kept` bytes scanned.
    pub(crate) fn rebase(&mut self, kept: usize) {
        self.at = kept;
    }

    /// Scans on. `bytes` is what was given before, plus more.
    pub(crate) fn run(&mut self, bytes: &[u8]) -> End {
        while self.at < bytes.len() {
            let base = self.at;
            let rest = &bytes[base..];
            let (masks, length) = match rest.first_chunk::<64>() {
                Some(block) => (Masks::of(block), 64),
                None => {
                    let mut block = [0; 64];
                    block[..rest.len()].copy_from_slice(rest);
                    (Masks::of(&block), rest.len())
                }
            };
            if let Some(end) = self.block(bytes, base, masks, length) {
                return end;
            }
            self.at = base + length;
        }
        End::More
    }

    #[inline]
    fn block(&mut self, bytes: &[u8], base: usize, masks: Masks, length: usize) -> Option<End> {
        if masks.only_quotes() && !self.is_text && !self.escaped {
            self.in_string ^= masks.quotes.count_ones() & 1 == 1;
            return None;
        }
        let quotes = masks.quotes & !self.escapes(masks.backslashes, length);
        let strings = prefix_xor(quotes) ^ if self.in_string { u64::MAX } else { 0 };
        self.in_string = strings >> 63 == 1;
        let (opens, closes) = (masks.opens & !strings, masks.closes & !strings);
        let broken = self.broken(bytes, base, &masks, strings, opens);
        let end = if self.is_text { first_bit(quotes & !strings) } else { self.closing_bit(opens, closes) };
        let end = end.map(|bit| base + bit + 1);
        match (broken, end) {
            (Some((value, _)), Some(end)) if end <= value => Some(End::At(end)),
            (Some((value, next)), _) => Some(End::Broken { value, next }),
            (None, Some(end)) => Some(End::At(end)),
            (None, None) => None,
        }
    }

    /// Which bytes of the block are escaped.
    #[inline]
    fn escapes(&mut self, backslashes: u64, length: usize) -> u64 {
        let mut escaped = u64::from(self.escaped);
        self.escaped = false;
        let mut rest = backslashes & !escaped;
        while rest != 0 {
            let bit = rest.trailing_zeros() as usize;
            if bit + 1 >= length {
                self.escaped = true;
                break;
            }
            escaped |= 2 << bit;
            rest &= !(3 << bit);
        }
        escaped
    }

    /// The bit of the bracket that closes the value; otherwise brings the depth up to date.
    #[inline]
    fn closing_bit(&mut self, opens: u64, closes: u64) -> Option<usize> {
        if self.depth > closes.count_ones() as usize {
            self.depth = self.depth + opens.count_ones() as usize - closes.count_ones() as usize;
            return None;
        }
        let mut brackets = opens | closes;
        while brackets != 0 {
            let bit = brackets.trailing_zeros();
            brackets &= brackets - 1;
            if opens >> bit & 1 == 1 {
                self.depth += 1;
            } else {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Some(bit as usize);
                }
            }
        }
        None
    }

    /// The first place of the block where no value can go on, as `(value, next)` of [`End::Broken`].
    #[inline]
    fn broken(&self, bytes: &[u8], base: usize, masks: &Masks, strings: u64, opens: u64) -> Option<(usize, usize)> {
        let in_string = first_bit(masks.feeds & strings).map(|bit| (base + bit, base + bit + 1));
        let after_feed = masks.feeds << 1 | u64::from(base > 0 && bytes[base - 1] == b'\n');
        let mut suspects = opens & after_feed;
        while suspects != 0 {
            let next = base + suspects.trailing_zeros() as usize;
            suspects &= suspects - 1;
            let line = &bytes[..next - 1];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if bytes[next] == b'{' && line.ends_with(b"}") && in_string.is_none_or(|(feed, _)| feed > next) {
                return Some((next - 1, next));
            }
        }
        in_string
    }
}

/// Bit i is the xor of bits 0 to i.
#[inline]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[inline]
fn first_bit(bits: u64) -> Option<usize> {
    (bits != 0).then_some(bits.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends() {
        let check = |text: &str, expected: End| {
            assert_eq!(Nesting::new(text.as_bytes(), 0).run(text.as_bytes()), expected, "{text}");
        };
        check("{}", End::At(2));
        check(r#"{"a":"}"}x"#, End::At(9));
        check(r#"{"a":"\"}"}x"#, End::At(11));
        check(r#"{"a":"\\"}x"#, End::At(10));
        check(r#""a\"b" "#, End::At(6));
        check("[[1],[2]],", End::At(9));
        check(r#"{"a":[1"#, End::More);
        check("{\"a\":\"x\n{", End::Broken { value: 7, next: 8 });
        check("{\"a\":{}\n{", End::Broken { value: 7, next: 8 });
        check("{\"a\":{}\r\n{", End::Broken { value: 8, next: 9 });
        check("{\"a\":[\n{}\n]}", End::At(12));
    }

    proptest! {
        #[test]
        fn the_end_does_not_depend_on_where_the_bytes_were_cut(
            text in "\\{[\\[\\]{}\"\\\\\n:a,]{0,200}",
            cut in 0..200usize,
        ) {
            let bytes = text.as_bytes();
            let whole = Nesting::new(bytes, 0).run(bytes);
            let mut cut_scan = Nesting::new(bytes, 0);
            let end = match cut_scan.run(&bytes[..cut.min(bytes.len())]) {
                End::More => cut_scan.run(bytes),
                end => end,
            };
            prop_assert_eq!(end, whole);
        }
    }
}
