//! Measures what decoding costs, without SQL: CPU time per record, for what each kind of question wants.
//!
//! `cargo run --release -p flowlog --example decode_speed FILE [all|a name] [rounds]`
//!
//! `FILE` is one object as the provider writes it, such as a `.log.gz` of `cargo xtask flows`.

use flowlog::{DecodeOptions, Filter, Test, detect};
use model::{FlowField as F, Projection};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Cursor};
use table::Tables;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of a batch, as in the program.
const BATCH_ROWS: usize = 4_096;

/// Questions: a name, the columns wanted, the conditions.
fn questions() -> Vec<(&'static str, Projection<F>, Vec<Filter>)> {
    let denied = Filter { field: F::Verdict, test: Test::TextIn(vec!["denied".to_owned()]) };
    let report = [
        F::TimeStart,
        F::TimeEnd,
        F::SrcIp,
        F::DstIp,
        F::SrcPort,
        F::DstPort,
        F::IpProto,
        F::Packets,
        F::Bytes,
        F::BytesSemantics,
        F::Verdict,
        F::Direction,
        F::Vantage,
        F::Provider,
        F::SourceKind,
        F::AccountId,
        F::IfId,
        F::VpcId,
        F::SrcIpIf,
        F::DstIpIf,
    ];
    vec![
        ("count", Projection::none(), Vec::new()),
        ("talkers", Projection::of([F::SrcIp, F::Bytes]), Vec::new()),
        ("series", Projection::of([F::TimeStart, F::Bytes]), Vec::new()),
        ("rejects", Projection::of([F::DstPort, F::Verdict]), vec![denied]),
        ("report", Projection::of(report), Vec::new()),
        ("all", Projection::all(), Vec::new()),
    ]
}

/// Decodes a whole object, handed over in chunks as they come out of the decompressor; says how many rows it has.
fn decode(chunks: &mut impl BufRead, columns: Projection<F>, filters: &[Filter]) -> usize {
    let head = chunks.fill_buf().unwrap_or_default();
    let mut options = DecodeOptions::new("example.log.gz");
    options.filters = filters.to_vec();
    let Some(format) = detect(&head[..head.len().min(65_536)]) else { return 0 };
    let mut decoder = format.decoder(&options);
    let (mut tables, mut rows) = (Tables::new(columns), 0);
    while let Ok(chunk @ [_, ..]) = chunks.fill_buf() {
        let length = chunk.len();
        decoder.push(chunk, &mut tables);
        chunks.consume(length);
        if tables.flows.len() >= BATCH_ROWS || tables.health.len() >= BATCH_ROWS {
            rows += black_box(tables.flows.take_batch()).num_rows();
            black_box(tables.health.take_batch());
        }
    }
    decoder.finish(&mut tables);
    rows + black_box(tables.flows.take_batch()).num_rows()
}

/// CPU nanoseconds of this thread.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// Calls that are timed together: some kernels count CPU time in ticks of 4 ms.
const REPEATS: usize = 10;

/// The least CPU time of one call in some rounds, in nanoseconds.
fn least(rounds: usize, mut run: impl FnMut() -> usize) -> f64 {
    let time = |_| {
        let start = cpu();
        (0..REPEATS).for_each(|_| assert!(black_box(run()) > 0, "nothing was decoded"));
        (cpu() - start) as f64 / REPEATS as f64
    };
    (0..rounds).map(time).fold(f64::MAX, f64::min)
}

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or_else(|| std::io::Error::other("name a file"))?;
    let only = args.next().filter(|only| only != "all");
    let rounds: usize = args.next().and_then(|count| count.parse().ok()).unwrap_or(5);
    let stored = std::fs::read(path)?;
    let unpacked = |stored: &'static [u8]| source::Gzip::new(stored);
    let stored: &'static [u8] = stored.leak();
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut unpacked(stored), &mut text)?;
    let lines = text.iter().filter(|byte| **byte == b'\n').count() as f64;
    let inflate = || {
        let (mut gzip, mut total) = (unpacked(stored), 0);
        while let Ok(chunk @ [_, ..]) = gzip.fill_buf() {
            let length = chunk.len();
            total += length;
            gzip.consume(length);
        }
        total
    };
    let is_wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    if is_wanted("inflate") {
        let time = least(rounds, inflate);
        eprintln!("{:8} {:6.1} ns per line, {:6.0} MB/s", "inflate", time / lines, text.len() as f64 / time * 1e3);
    }
    for (name, columns, filters) in questions().into_iter().filter(|(name, _, _)| is_wanted(name)) {
        // The text lies in a window of the decompressor's size, so that it comes from the cache.
        let parse =
            least(rounds, || decode(&mut BufReader::with_capacity(229_376, Cursor::new(&text)), columns, &filters));
        let whole = least(rounds, || decode(&mut unpacked(stored), columns, &filters));
        let (per_line, rate) = (parse / lines, text.len() as f64 / parse * 1e3);
        eprintln!("{name:8} {per_line:6.1} ns per line, {rate:6.0} MB/s; with inflate {:6.1} ns", whole / lines);
    }
    Ok(())
}
