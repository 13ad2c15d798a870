//! Readers: what they detect, unwrap, refuse and say.

#![allow(clippy::unwrap_used)] // also outside #[test]: the builders of the cases

use std::io::{self, Read, Write};

use source::{ErrorKind, Limits, Reader, SourceError};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn lines(count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| format!("2 123 eni-{:x} 10.0.0.{} OK\n", n * 7919, n % 251).into_bytes()).collect()
}

/// A reader of `stored` that gets at most `piece` bytes at a time.
fn reader(stored: &[u8], piece: usize, limits: Limits) -> Reader {
    struct Slow(io::Cursor<Vec<u8>>, usize);
    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(out.len());
            self.0.read(&mut out[..most])
        }
    }
    Reader::new("flow.log", Box::new(Slow(io::Cursor::new(stored.to_vec()), piece)), limits)
}

/// All bytes, and the error if one came.
fn drain(reader: &mut Reader) -> (Vec<u8>, Option<SourceError>) {
    let mut all = Vec::new();
    loop {
        match reader.next_chunk() {
            Ok(Some(chunk)) => {
                assert!(!chunk.is_empty() && chunk.len() <= 1 << 20);
                all.extend_from_slice(chunk);
            }
            Ok(None) => return (all, None),
            Err(error) => {
                assert_eq!(reader.next_chunk(), Err(error.clone()), "an error stays");
                return (all, Some(error));
            }
        }
    }
}

/// Reads `stored` with and without peeking; both must give `plain`.
#[track_caller]
fn check(stored: &[u8], plain: &[u8]) {
    for (piece, peek) in [(1 << 20, 0), (1, 100), (4096, 70_000), (100_000, 3)] {
        let mut reader = reader(stored, piece, Limits::default());
        let wanted = plain.len().min(peek).min(64 * 1024);
        assert_eq!(reader.peek(peek).unwrap(), &plain[..wanted]);
        assert_eq!(reader.peek(peek / 2).unwrap(), &plain[..wanted.min(peek / 2)]);
        assert_eq!(reader.decompressed_bytes(), 0);
        let (all, error) = drain(&mut reader);
        assert!(all == plain && error.is_none(), "{} of {} bytes, {error:?}", all.len(), plain.len());
        assert_eq!(reader.consumed_bytes(), stored.len() as u64);
        assert_eq!(reader.decompressed_bytes(), plain.len() as u64);
        assert_eq!(reader.warnings(), []);
    }
}

#[test]
fn every_layering() {
    for plain in [lines(0), lines(1), lines(30_000)] {
        check(&plain, &plain);
        check(&gzip(&plain), &plain);
        check(&zstd(&plain), &plain);
        check(&gzip(&gzip(&plain)), &plain);
        check(&gzip(&zstd(&plain)), &plain);
        check(&[zstd(&plain), zstd(&plain)].concat(), &plain.repeat(2));
        check(&gzip(&gzip(&gzip(&plain))), &gzip(&plain));
    }
    check(&[0x1f], &[0x1f]);
    check(b"PAR1 and so on", b"PAR1 and so on");
}

/// Reads to an error; the bytes before it must begin `plain`.
#[track_caller]
fn check_error(stored: &[u8], plain: &[u8], limits: Limits, kind: ErrorKind, says: &str) {
    for peek in [0, 1000] {
        let mut reader = reader(stored, 1 << 20, limits);
        let _ = reader.peek(peek);
        let (all, error) = drain(&mut reader);
        let error = error.expect("an error");
        assert!(plain.starts_with(&all), "{} bytes", all.len());
        assert_eq!(error.decompressed_offset, all.len() as u64);
        assert!(error.compressed_offset <= stored.len() as u64);
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn broken_objects() {
    let (plain, limits) = (lines(30_000), Limits::default());
    let (gz, zst) = (gzip(&plain), zstd(&plain));
    let cut = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    check_error(&cut(&gz), &plain, limits, ErrorKind::Truncated, "cut short");
    check_error(&cut(&zst), &plain, limits, ErrorKind::Truncated, "cut short");
    check_error(&gzip(&cut(&gz)), &plain, limits, ErrorKind::Truncated, "cut short");
    check_error(&cut(&gzip(&gz)), &plain, limits, ErrorKind::Truncated, "cut short");
    check_error(&gz[..5], &plain, limits, ErrorKind::Truncated, "cut short");
    let mut damaged = gz.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    check_error(&damaged, &plain, limits, ErrorKind::Corrupt, "damaged");
    let mut damaged = zst.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 40].fill(0xff);
    check_error(&damaged, &plain, limits, ErrorKind::Corrupt, "damaged");
    check_error(b"PK\x03\x04....", b"", limits, ErrorKind::Unsupported, "unzip");
    check_error(&gzip(b"BZh91AY&SY...."), b"", limits, ErrorKind::Unsupported, "bzip2 -d");
}

#[test]
fn limits() {
    let zeros = vec![b'a'; 2 << 20];
    let small = Limits { decompressed_bytes_max: Some(1 << 20), ..Limits::default() };
    check_error(&gzip(&zeros), &zeros, small, ErrorKind::Limit, "more than");
    check_error(&zeros, &zeros, small, ErrorKind::Limit, "more than");
    let ratio = Limits { ratio_free_bytes: 256 << 10, ..Limits::default() };
    check_error(&gzip(&zeros), &zeros, ratio, ErrorKind::Limit, "bomb");
    check_error(&zstd(&zeros), &zeros, ratio, ErrorKind::Limit, "bomb");
    check_error(&gzip(&gzip(&zeros)), &zeros, ratio, ErrorKind::Limit, "bomb");
    check(&gzip(&zeros), &zeros);
}

#[test]
fn something_after_the_data() {
    let plain = lines(10);
    let stored = [&gzip(&plain)[..], b"junk"].concat();
    let mut reader = reader(&stored, 7, Limits::default());
    assert_eq!(drain(&mut reader), (plain, None));
    let warnings = reader.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].what.ends_with(&format!("at byte {}", stored.len() - 4)), "{warnings:?}");
}

#[test]
fn a_failing_disk() {
    struct Failing(Vec<u8>);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::Error::from_raw_os_error(5));
            }
            let count = self.0.len().min(out.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }
    let plain = lines(2000);
    let half = gzip(&plain)[..2000].to_vec();
    for stored in [plain[..2000].to_vec(), half.clone(), gzip(&half)[..1000].to_vec(), zstd(&plain)[..2000].to_vec()] {
        let (all, error) = drain(&mut Reader::new("disk", Box::new(Failing(stored)), Limits::default()));
        assert!(plain.starts_with(&all));
        assert_eq!(error.map(|error| error.kind), Some(ErrorKind::Read));
    }
}

#[test]
fn readers_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Reader>();
}
