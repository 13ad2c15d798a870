use super::*;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::Write;

fn decompressed(codings: &[Coding], bytes: &[u8], piece: usize, limits: Limits) -> (Vec<u8>, Option<Failure>) {
    let mut decompressor = Decompressor::new(codings, limits).unwrap();
    let mut output = Vec::new();
    let mut failure = None;
    for piece in bytes.chunks(piece) {
        failure = failure.or(decompressor.push(piece, &mut |bytes| output.extend_from_slice(bytes)).err());
    }
    decompressor.finish(&mut |bytes| output.extend_from_slice(bytes));
    (output, failure)
}

fn check(codings: &[Coding], bytes: &[u8], expected: &[u8], failure: Option<Failure>) {
    for piece in [bytes.len().max(1), 1, 2, 3, 100] {
        let found = decompressed(codings, bytes, piece, Limits::default());
        assert!(found == (expected.to_vec(), failure), "in pieces of {piece}: {:?} of {codings:?}", found.1);
    }
}

fn text() -> Vec<u8> {
    (0..12_000u32).flat_map(|number| format!("{} ", number * number % 977).into_bytes()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_coding() {
    let text = text();
    check(&[Coding::Gzip], &gzip(&text), &text, None);
    check(&[Coding::Deflate], &zlib(&text), &text, None);
    check(&[Coding::Deflate], &raw(&text), &text, None);
    check(&[Coding::Zstd], &::zstd::bulk::compress(&text, 3).unwrap(), &text, None);
    check(&[Coding::Gzip, Coding::Deflate], &zlib(&gzip(&text)), &text, None);
    check(&[Coding::Zstd, Coding::Gzip], &gzip(&::zstd::bulk::compress(&text, 3).unwrap()), &text, None);
    check(&[], &text, &text, None);
}

#[test]
fn brotli_of_rfc_7932() {
    // "10x10y" of the reference implementation's samples, and an empty stream.
    let bytes = [0x1b, 0x13, 0x00, 0x00, 0xa4, 0xb0, 0xb2, 0xea, 0x81, 0x47, 0x02, 0x8a];
    check(&[Coding::Brotli], &bytes, b"XXXXXXXXXXYYYYYYYYYY", None);
    check(&[Coding::Brotli], &[0x06], b"", None);
    check(&[Coding::Brotli], &[0xff; 8], b"", Some(Failure::Damaged));
}

#[test]
fn what_the_bytes_are_counts_not_what_was_said() {
    check(&[Coding::Deflate], &gzip(b"hello"), b"hello", None);
    check(&[Coding::Gzip], &zlib(b"hello"), b"hello", None);
    check(&[Coding::Gzip], b"<html>", b"<html>", Some(Failure::NotCompressed));
    check(&[Coding::Gzip], b"<", b"<", None);
    check(&[Coding::Deflate], b"X5O!P%@AP", b"X5O!P%@AP", Some(Failure::NotCompressed));
    check(&[Coding::Gzip, Coding::Deflate], b"X5O!P%@AP", b"X5O!P%@AP", Some(Failure::NotCompressed));
}

#[test]
fn gzip_members_follow_each_other_and_padding_is_nothing() {
    let mut members = gzip(b"one ");
    members.extend(gzip(b"two"));
    check(&[Coding::Gzip], &members, b"one two", None);
    members.extend([0; 300]);
    check(&[Coding::Gzip], &members, b"one two", None);
}

#[test]
fn gzip_header_with_everything() {
    let plain = gzip(b"hello");
    let mut bytes = vec![0x1f, 0x8b, 8, FLAGS, 0, 0, 0, 0, 0, 3, 3, 0, b'a', b'b', b'c'];
    bytes.extend(b"name\0comment\0\x12\x34");
    bytes.extend(&plain[10..]);
    check(&[Coding::Gzip], &bytes, b"hello", None);
}

/// Checksum, extra field, name and comment.
const FLAGS: u8 = 0x02 | 0x04 | 0x08 | 0x10;

#[test]
fn wrong_checksum_is_not_looked_at() {
    let mut bytes = gzip(b"hello");
    let end = bytes.len();
    bytes[end - 8..].fill(0xee);
    check(&[Coding::Gzip], &bytes, b"hello", None);
}

#[test]
fn damage_is_told_once_and_ends_it() {
    let text = text();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&text).unwrap();
    encoder.flush().unwrap();
    let mut bytes = encoder.get_ref().clone();
    let no_such_block = [0x07, 0, 0];
    bytes.extend(no_such_block);
    let whole = decompressed(&[Coding::Gzip], &bytes, bytes.len(), Limits::default());
    let single = decompressed(&[Coding::Gzip], &bytes, 1, Limits::default());
    assert_eq!(whole.1, Some(Failure::Damaged));
    assert!(whole.0 == text);
    assert!(whole == single, "{} and {} bytes before the damage", whole.0.len(), single.0.len());
}

#[test]
fn bombs_stop_at_the_limit() {
    let limits = Limits { ratio_max: 100, ratio_from_bytes: 1_000, output_bytes_max: 50_000, ..Limits::default() };
    let bomb = gzip(&vec![0; 1 << 20]);
    assert_eq!(decompressed(&[Coding::Gzip], &bomb, bomb.len(), limits), (vec![0; 50_000], Some(Failure::Bomb)));
    let small = gzip(&vec![0; 40_000]);
    let (output, failure) = decompressed(&[Coding::Gzip], &small, small.len(), limits);
    assert_eq!((output.len(), failure), (small.len() * 100, Some(Failure::Bomb)));
    assert!(Decompressor::new(&[Coding::Gzip; 4], limits).is_none());
}
