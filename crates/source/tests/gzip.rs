//! The gzip decoder against zlib-rs, and against input made to break it.

#![allow(clippy::unwrap_used)] // also outside #[test]: the builders of the cases

use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::{Compression, GzBuilder, write::GzEncoder};
use proptest::prelude::*;
use source::{Corrupt, Gzip};

/// Gives its bytes in pieces of changing length, so that every boundary falls somewhere.
struct Pieces<'a> {
    bytes: &'a [u8],
    lengths: Vec<usize>,
    turn: usize,
}

impl<'a> Pieces<'a> {
    fn new(bytes: &'a [u8], lengths: &[usize]) -> Pieces<'a> {
        Pieces { bytes, lengths: lengths.to_vec(), turn: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.lengths[self.turn % self.lengths.len()].clamp(1, out.len());
        self.turn += 1;
        self.bytes.read(&mut out[..length])
    }
}

/// Trailing garbage or the fault, with its compressed offset.
type End = Result<Option<u64>, (Corrupt, u64)>;

/// Everything decoded, and how it ended.
fn unpack(mut gzip: Gzip<impl BufRead>) -> (Vec<u8>, End) {
    let mut out = Vec::new();
    loop {
        match gzip.fill_buf() {
            Ok([]) => return (out, Ok(gzip.trailing_garbage())),
            Ok(chunk) => {
                out.extend_from_slice(chunk);
                let length = chunk.len();
                gzip.consume(length);
            }
            Err(error) => {
                let corrupt = *error.get_ref().unwrap().downcast_ref::<Corrupt>().unwrap();
                assert!(gzip.fill_buf().is_err(), "an error stays");
                return (out, Err((corrupt, gzip.compressed_offset())));
            }
        }
    }
}

fn pack(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Wraps raw DEFLATE data in a member with a right trailer.
fn member(deflate: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bytes.extend_from_slice(deflate);
    bytes.extend_from_slice(&crc32fast::hash(plain).to_le_bytes());
    bytes.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    bytes
}

/// Decodes `packed` whole and in pieces; both must give `plain` and this end.
#[track_caller]
fn check(packed: &[u8], plain: &[u8], end: Result<Option<u64>, Corrupt>) {
    let lengths: [&[usize]; 5] = [&[1 << 20], &[1], &[31, 33], &[7, 1, 64, 300], &[4096]];
    for lengths in lengths {
        let (out, ended) = unpack(Gzip::new(BufReader::new(Pieces::new(packed, lengths))));
        assert!(out == plain, "{} bytes, not {}, pieces {lengths:?}, {ended:?}", out.len(), plain.len());
        assert_eq!(ended.map_err(|(corrupt, _)| corrupt), end, "pieces {lengths:?}");
    }
    let (out, ended) = unpack(Gzip::new(packed));
    assert!(out == plain);
    assert_eq!(ended.map_err(|(corrupt, _)| corrupt), end);
}

/// Text with matches of many lengths and offsets.
fn text(bytes: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut seed = 1u64;
    while out.len() < bytes {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let n = seed >> 33;
        writeln!(out, "2 12345 eni-{:x} 10.0.{}.{} {} ACCEPT OK", n % 977, n % 7, n % 251, n % 65_536).unwrap();
        if n.is_multiple_of(50) {
            out.extend(std::iter::repeat_n(b"=-+"[n as usize % 3], n as usize % 700));
        }
    }
    out.truncate(bytes);
    out
}

/// Bytes with no order in them.
fn noise(bytes: usize) -> Vec<u8> {
    let mut seed = 7u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 40) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

#[test]
fn every_level_and_size() {
    let (text, noise) = (text(600_000), noise(300_000));
    for level in 0..=9 {
        for size in [0, 1, 2, 100, 32_768, 65_536] {
            check(&pack(&text[..size], level), &text[..size], Ok(None));
        }
    }
    for level in [0, 1, 6] {
        check(&pack(&text, level), &text, Ok(None));
        check(&pack(&noise, level), &noise, Ok(None));
    }
}

#[test]
fn every_short_offset() {
    for offset in (1..20).chain([31, 32, 33]) {
        let plain: Vec<u8> = (0..3000).map(|index| (index % offset) as u8 * 5).collect();
        check(&pack(&plain, 9), &plain, Ok(None));
    }
    let zeros = vec![0; 1_000_000];
    check(&pack(&zeros, 9), &zeros, Ok(None));
}

#[test]
fn header_parts() {
    let plain = text(500);
    for parts in 0..16 {
        let mut builder = GzBuilder::new().mtime(5);
        if parts & 1 != 0 {
            builder = builder.filename("flow.log");
        }
        if parts & 2 != 0 {
            builder = builder.comment("a comment");
        }
        if parts & 4 != 0 {
            builder = builder.extra(vec![b'x'; 300]);
        }
        let mut encoder = builder.write(Vec::new(), Compression::default());
        encoder.write_all(&plain).unwrap();
        let mut packed = encoder.finish().unwrap();
        if parts & 8 != 0 {
            let header = packed.len() - pack(&plain, 6).len() + 10;
            packed[3] |= 2;
            let sum = (crc32fast::hash(&packed[..header]) as u16).to_le_bytes();
            packed.splice(header..header, sum);
            check(&packed, &plain, Ok(None));
            packed[header] ^= 1;
            check(&packed, b"", Err(Corrupt::HeaderChecksum));
        } else {
            check(&packed, &plain, Ok(None));
        }
    }
}

#[test]
fn members_padding_and_garbage() {
    let (one, two) = (text(70_000), noise(300));
    let both = [&one[..], &two].concat();
    let mut packed = [pack(&one, 6), pack(b"", 6), pack(&two, 1)].concat();
    check(&packed, &both, Ok(None));
    let end = packed.len() as u64;
    packed.extend([0; 700]);
    check(&packed, &both, Ok(None));
    check(&[&packed[..], &pack(&two, 6)].concat(), &[&both[..], &two].concat(), Ok(None));
    packed.extend(b"hello");
    check(&packed, &both, Ok(Some(end + 700)));
    packed.truncate(end as usize);
    packed.extend([0x1f, 0x8c, 1]);
    check(&packed, &both, Ok(Some(end)));
    packed.truncate(end as usize + 1);
    check(&packed, &both, Ok(Some(end)));
}

#[test]
fn a_match_does_not_reach_into_the_member_before() {
    // A fixed block: match of length 3 at offset 1, with nothing before it.
    let packed = [pack(b"before", 6), member(&[0x03, 0x02, 0], b"")].concat();
    check(&packed, b"before", Err(Corrupt::Offset));
}

#[test]
fn truncated_anywhere() {
    let plain = text(3000);
    for level in [0, 1, 6] {
        let packed = pack(&plain, level);
        let mut longest = 0;
        for length in 0..packed.len() {
            let (out, end) = unpack(Gzip::new(&packed[..length]));
            assert_eq!(end, Err((Corrupt::Truncated, end.unwrap_err().1)));
            assert!(plain.starts_with(&out) && out.len() >= longest);
            longest = out.len();
            let mut naive = Vec::new();
            let _ = flate2::read::MultiGzDecoder::new(&packed[..length]).read_to_end(&mut naive);
            assert!(out.len() >= naive.len(), "as many bytes as zlib-rs gives");
        }
        assert_eq!(longest, plain.len());
    }
}

#[test]
fn broken_parts() {
    let plain = text(500);
    let good = pack(&plain, 6);
    let with = |at: usize, value: u8| {
        let mut bad = good.clone();
        bad[at] = value;
        bad
    };
    check(&with(0, 0), b"", Err(Corrupt::Magic));
    check(&with(1, 0), b"", Err(Corrupt::Magic));
    check(&with(2, 9), b"", Err(Corrupt::Method));
    check(&with(3, 0x80), b"", Err(Corrupt::Method));
    check(&with(good.len() - 1, 9), &plain, Err(Corrupt::Size));
    check(&with(good.len() - 5, good[good.len() - 5] ^ 1), &plain, Err(Corrupt::Checksum));
    check(&member(&[0x07], b""), b"", Err(Corrupt::BlockType));
    check(&member(&[0x01, 5, 0, 5, 0], b""), b"", Err(Corrupt::StoredLength));
    check(&member(&[0xfd, 0xff, 0xff], b""), b"", Err(Corrupt::CodeLengths));
    check(&member(&[0x05, 0, 0, 0, 0, 0, 0, 0, 0, 0], b""), b"", Err(Corrupt::CodeLengths));
}

/// The same verdict and the same bytes as zlib-rs, for a raw DEFLATE stream.
fn agrees(deflate: &[u8]) -> Result<(), TestCaseError> {
    let mut oracle = Vec::new();
    let verdict = flate2::bufread::DeflateDecoder::new(deflate).take(8 << 20).read_to_end(&mut oracle);
    let (out, end) = unpack(Gzip::new(&member(deflate, &oracle)[..]));
    match verdict {
        Ok(_) if oracle.len() < 8 << 20 => {
            // The trailer stands after what the oracle left unread, if anything.
            prop_assert!(matches!(end, Ok(_) | Err((Corrupt::Checksum | Corrupt::Size, _))), "{end:?}");
            prop_assert_eq!(out, oracle);
        }
        Ok(_) => prop_assert!(out.starts_with(&oracle)),
        Err(_) => prop_assert!(end.is_err(), "only zlib-rs refuses"),
    }
    Ok(())
}

fn deflated(plain: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_pieces(
        words in prop::collection::vec(("[a-d]{0,9}|[0-9]{1,20}|\\PC{0,40}", 1usize..60), 0..200),
        level in 0u32..10,
        pieces in prop::collection::vec(1usize..5000, 1..20),
        flush in any::<bool>(),
    ) {
        let plain: Vec<u8> = words.iter().flat_map(|(word, times)| word.repeat(*times).into_bytes()).collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
        for part in plain.chunks(997) {
            encoder.write_all(part).unwrap();
            if flush {
                encoder.flush().unwrap();
            }
        }
        let packed = encoder.finish().unwrap();
        let (out, end) = unpack(Gzip::new(BufReader::with_capacity(3000, Pieces::new(&packed, &pieces))));
        prop_assert_eq!(out, plain);
        prop_assert_eq!(end, Ok(None));
    }

    #[test]
    fn noise_as_deflate(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        agrees(&bytes)?;
        // A dynamic block more often than by chance.
        agrees(&[&[0b0000_0101][..], &bytes].concat())?;
    }

    #[test]
    fn flipped_bits(
        seed in 0usize..5000,
        size in 1usize..4000,
        level in 1u32..10,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u32..8), 1..5),
    ) {
        let text = text(9000);
        let mut packed = deflated(&text[seed..seed + size], level);
        for (at, bit) in flips {
            // Faults near the front, where the code lengths are, are the more telling ones.
            let reach = packed.len().min(if bit < 4 { 80 } else { usize::MAX });
            packed[at.index(reach)] ^= 1 << bit;
        }
        agrees(&packed)?;
    }
}
