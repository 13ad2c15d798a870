//! Measures the decoder against libdeflate and zlib-rs on text like AWS flow logs, in CPU time.
//!
//! `cargo run --release -p source --example inflate_speed [megabytes] [level] [all|a name] [file]`

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead, Read, Write as _};

/// A small generator of random numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
    /// Roughly Zipf: the logarithm is uniform.
    fn skewed(&mut self, bound: u64) -> u64 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((bound as f64).powf(unit) - 1.0) as u64
    }
}

/// Flow log lines, at least `bytes` of them.
fn flow_lines(bytes: usize) -> String {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut text, mut time) = (String::with_capacity(bytes + 256), 1_700_000_000);
    while text.len() < bytes {
        let eni = random.skewed(200) * 0x9e37_79b9_7f4a_7c15;
        let (host, peer) = (random.skewed(4000), random.skewed(60_000).wrapping_mul(2_654_435_761) as u32);
        let [a, b, c, d] = peer.to_be_bytes();
        let server = [443, 80, 53, 22, 5432, 3306, 123, 8080][random.skewed(8) as usize];
        let client = 1024 + random.below(64_512);
        let (packets, size) = (1 + random.skewed(1000), 40 + random.below(1400));
        time += u64::from(random.below(20) == 0);
        let verdict = if random.below(12) == 0 { "REJECT" } else { "ACCEPT" };
        let ours = format!("10.0.{}.{}", host / 250, host % 250 + 2);
        let theirs = format!("{a}.{b}.{c}.{d}");
        let (from, to, sport, dport) = match random.below(2) {
            0 => (ours, theirs, client, server),
            _ => (theirs, ours, server, client),
        };
        let protocol = if server == 53 || server == 123 { 17 } else { 6 };
        let _ = writeln!(
            text,
            "2 123456789012 eni-{eni:017x} {from} {to} {sport} {dport} {protocol} {packets} {} {time} {} {verdict} OK",
            packets * size,
            time + random.below(60),
        );
    }
    text
}

/// CPU nanoseconds of this thread.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// A decoder's name, and how to run it; the number of bytes it made.
type Run<'a> = (&'static str, Box<dyn FnMut() -> usize + 'a>);

/// Calls that are timed together.
const REPEATS: u32 = 8;

/// The least time of one call of each, over interleaved rounds, so that all see the same noise.
fn least(rounds: usize, runs: &mut [Run<'_>]) -> Vec<f64> {
    let mut best = vec![f64::MAX; runs.len()];
    for _ in 0..rounds {
        for (best, (_, run)) in best.iter_mut().zip(runs.iter_mut()) {
            let start = cpu();
            // Several calls: some kernels count CPU time in ticks of 4 ms.
            for _ in 0..REPEATS {
                black_box(run());
            }
            *best = best.min((cpu() - start) as f64 / f64::from(REPEATS));
        }
    }
    best
}

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let megabytes: usize = args.next().and_then(|a| a.parse().ok()).unwrap_or(48);
    let level = args.next().and_then(|a| a.parse().ok()).unwrap_or(6);
    let only = args.next();
    let text = match args.next() {
        Some(path) => std::fs::read_to_string(path)?,
        None => flow_lines(megabytes << 20),
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(text.as_bytes())?;
    let packed = encoder.finish()?;
    eprintln!("{} bytes, packed {} ({:.2}:1)", text.len(), packed.len(), text.len() as f64 / packed.len() as f64);

    let mut whole = vec![0; text.len()];
    let mut buffer = vec![0; 256 * 1024];
    let mut libdeflate = libdeflater::Decompressor::new();
    let ours = |input: &mut dyn BufRead| {
        let (mut gzip, mut total) = (source::Gzip::new(input), 0);
        while let Ok(chunk @ [_, ..]) = gzip.fill_buf() {
            total += black_box(chunk).len();
            let length = chunk.len();
            gzip.consume(length);
        }
        total
    };
    let mut runs: Vec<Run<'_>> = vec![
        ("libdeflate", Box::new(|| libdeflate.gzip_decompress(&packed, &mut whole).unwrap_or(0))),
        ("ours, slice", Box::new(|| ours(&mut &packed[..]))),
        ("ours, reader", Box::new(|| ours(&mut std::io::BufReader::with_capacity(256 * 1024, &packed[..])))),
        (
            "zlib-rs",
            Box::new(|| {
                let (mut decoder, mut total) = (flate2::bufread::MultiGzDecoder::new(&packed[..]), 0);
                while let Ok(count @ 1..) = decoder.read(&mut buffer) {
                    total += count;
                }
                total
            }),
        ),
    ];
    if let Some(only) = only.filter(|only| only != "all") {
        runs.retain(|(name, _)| name.contains(&only));
    }
    let least = least(7, &mut runs);
    for ((name, run), time) in runs.iter_mut().zip(&least) {
        assert_eq!(run(), text.len(), "{name}");
        eprintln!("{name:14} {:7.1} MB/s   {:.3} of the first", text.len() as f64 / time * 1e3, least[0] / time);
    }
    Ok(())
}
