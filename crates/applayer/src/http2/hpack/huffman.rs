//! The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: the lengths say all.

/// Bits of each byte's code, and of the end of a string.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
    7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const LENGTH_MAX: usize = 30;

/// The codes of one length: the first one, how many, and where their symbols begin.
#[derive(Clone, Copy)]
struct Group {
    first: u32,
    count: u32,
    symbols: u16,
}

struct Code {
    groups: [Group; LENGTH_MAX + 1],
    symbols: [u16; 257],
}

static CODE: Code = code();

/// Makes the codes from their lengths: in the order of length, then of symbol, each is the one before plus one.
const fn code() -> Code {
    let mut code = Code { groups: [Group { first: 0, count: 0, symbols: 0 }; LENGTH_MAX + 1], symbols: [0; 257] };
    let (mut next, mut place, mut length) = (0, 0, 1);
    while length <= LENGTH_MAX {
        code.groups[length].first = next;
        code.groups[length].symbols = place;
        let mut symbol = 0;
        while symbol < LENGTHS.len() {
            if LENGTHS[symbol] as usize == length {
                code.symbols[place as usize] = symbol as u16;
                place += 1;
                next += 1;
                code.groups[length].count += 1;
            }
            symbol += 1;
        }
        next <<= 1;
        length += 1;
    }
    code
}

const END_OF_STRING: u16 = 256;

/// The shortest code.
const LENGTH_MIN: usize = 5;

/// Decodes a string behind what `output` has. None where it is damaged: an end inside, or padding that is none.
pub(super) fn decode(bytes: &[u8], output: &mut Vec<u8>) -> Option<()> {
    // The next bits, the first one highest.
    let (mut bits, mut count) = (0u64, 0);
    let mut bytes = bytes.iter();
    loop {
        while count <= 56 {
            let Some(byte) = bytes.next() else { break };
            bits |= u64::from(*byte) << (56 - count);
            count += 8;
        }
        match symbol(bits, count) {
            Some((END_OF_STRING, _)) => return None,
            Some((symbol, length)) => {
                output.push(symbol as u8);
                bits <<= length;
                count -= length;
            }
            None => return is_padding(bits, count).then_some(()),
        }
    }
}

/// The first symbol of so many bits, and its length; none where they are too few.
fn symbol(bits: u64, count: usize) -> Option<(u16, usize)> {
    for length in LENGTH_MIN..=LENGTH_MAX.min(count) {
        let group = CODE.groups[length];
        let distance = ((bits >> (64 - length)) as u32).wrapping_sub(group.first);
        if distance < group.count {
            return Some((CODE.symbols[usize::from(group.symbols) + distance as usize], length));
        }
    }
    None
}

/// Fewer than eight ones.
fn is_padding(bits: u64, count: usize) -> bool {
    count < 8 && (count == 0 || bits >> (64 - count) == (1 << count) - 1)
}
