//! Learns a policy from logs, audits them and later ones against it, and tells what each step costs.
//!
//! `cargo run --release -p policy --example measure FILE... [-- LATER... [-- FIREWALL.json...]]`; the policy goes to standard
//! output, and what flows make of the firewall's rules.

use flowlog::{DecodeOptions, detect};
use model::Projection;
use policy::firewall::{Firewall, review};
use policy::{LearnOptions, Limits, Policy, Traffic, WANTED, audit, exposure, learn};
use std::io::{Read, Write};
use table::Tables;

/// As large as the reader's chunks in the program.
const CHUNK_BYTES: usize = 256 << 10;
/// As many as in the program's batches.
const BATCH_ROWS: usize = 4_096;

/// Processor time of this thread in milliseconds (Linux only).
fn spent_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = spent_ms();
    let result = work();
    eprintln!("{what}: {:.1} ms", spent_ms() - start);
    result
}

/// Folds a file; says how many flows it has and how long folding alone took.
fn fold(path: &str, traffic: &mut Traffic) -> std::io::Result<(usize, f64)> {
    let mut file = std::fs::File::open(path)?;
    let mut bytes = vec![0; CHUNK_BYTES];
    let mut length = file.read(&mut bytes)?;
    let Some(format) = detect(&bytes[..length.min(64 << 10)]) else { return Ok((0, 0.0)) };
    let mut decoder = format.decoder(&DecodeOptions::new(path));
    let mut tables = Tables::new(Projection::of(WANTED.iter().copied()));
    let (mut flows, mut folding) = (0, 0.0);
    let mut push = |tables: &mut Tables| {
        let batch = tables.flows.take_batch();
        let start = spent_ms();
        traffic.push(&batch);
        folding += spent_ms() - start;
        flows += batch.num_rows();
    };
    while length > 0 {
        decoder.push(&bytes[..length], &mut tables);
        if tables.flows.len() >= BATCH_ROWS {
            push(&mut tables);
        }
        length = file.read(&mut bytes)?;
    }
    decoder.finish(&mut tables);
    push(&mut tables);
    Ok((flows, folding))
}

/// Folds files, and tells what that costs.
fn fold_all<'a>(paths: impl Iterator<Item = &'a String>) -> std::io::Result<Traffic> {
    let mut traffic = Traffic::new(Limits::default());
    let (mut flows, mut folding) = (0, 0.0);
    for path in paths {
        let (more, spent) = fold(path, &mut traffic)?;
        (flows, folding) = (flows + more, folding + spent);
    }
    eprintln!(
        "fold {flows} flows into {} pairs: {folding:.1} ms, {:.2} M per s",
        traffic.len(),
        flows as f64 / folding / 1e3
    );
    Ok(traffic)
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut periods = arguments.split(|argument| argument == "--");
    let traffic = fold_all(periods.next().unwrap_or_default().iter())?;
    let learned = timed("learn", || learn(&traffic, &LearnOptions::default()));
    learned.remarks.iter().for_each(|remark| eprintln!("{remark}"));
    let policy = &learned.policy;
    eprintln!("{} segments, {} rules", policy.segments.len(), policy.rules.len());
    let (again, remarks) = timed("parse", || Policy::parse(&policy.to_string()));
    eprintln!("{} remarks", remarks.len());
    let audited = timed("audit", || audit(&again, &traffic, &Limits::default()));
    eprintln!("{} of {} pairs inside", audited.inside, audited.edges);
    let later = periods.next().filter(|later| !later.is_empty()).map(|later| fold_all(later.iter())).transpose()?;
    if let Some(later) = &later {
        let found = audit(&again, later, &Limits::default());
        let outside: u64 = found.outside.iter().map(|group| group.pairs).sum();
        eprintln!(
            "later: {} of {} pairs inside, {outside} in {} groups outside",
            found.inside,
            found.edges,
            found.outside.len()
        );
        found.outside.iter().take(10).for_each(|group| {
            eprintln!("  {} -> {} on {}: {} pairs", group.from, group.to, group.service, group.pairs)
        });
    }
    let reached = timed("exposure", || exposure(&traffic));
    reached.iter().take(10).for_each(|one| eprintln!("{one}"));
    if let Some(files) = periods.next() {
        let mut firewall = Firewall::default();
        for file in files {
            firewall.load(file, &std::fs::read(file)?).map_err(std::io::Error::other)?;
        }
        let found = timed("firewall", || review(&firewall, &traffic, later.as_ref(), &Limits::default()));
        std::io::stdout().write_all(found.to_string().as_bytes())?;
    }
    std::io::stdout().write_all(learned.to_string().as_bytes())
}
