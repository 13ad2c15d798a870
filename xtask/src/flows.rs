//! `cargo xtask flows`: a large day of flow logs, for benchmarks.
//!
//! Every object depends only on the seed and its own number, so they are written in parallel and
//! the same arguments always give the same text.

mod aws;
mod azure;
mod gcp;
mod network;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, anyhow};
use clap::ValueEnum;
use network::Network;

use crate::clock::DAY_MS;

/// Write a large day of flow logs for benchmarks.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Records (AWS lines, Azure tuples, GCP entries) in total.
    #[arg(long, default_value_t = 24_000_000)]
    records: u64,
    /// The same seed gives the same text.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write into.
    #[arg(long, default_value = "data/flows")]
    out: PathBuf,
    /// Whose logs to write.
    #[arg(long, value_enum, default_value_t = Format::Aws)]
    format: Format,
    /// Objects to spread the day over.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    objects: u64,
}

/// The clouds whose delivery can be imitated.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// VPC flow logs in the default (v2) format: gzipped text with a header line.
    Aws,
    /// VNet flow logs version 4: `PT1H.json` blobs.
    Azure,
    /// VPC flow logs with all metadata: one log entry in JSON per line.
    Gcp,
}

/// One object to write: its number, its share of the records and its part of the day.
#[derive(Clone, Copy)]
struct Object {
    seed: u64,
    number: u64,
    records: u64,
    start_ms: u64,
    end_ms: u64,
}

/// Writes all objects of a day, one thread per core.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let network = Network::new(args.seed);
    let next = AtomicUsize::new(0);
    let worker = || -> anyhow::Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed) as u64;
            if number >= args.objects {
                return Ok(());
            }
            write(args, &network, &object(args, number))?;
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("a writer panicked"))?)
    })?;
    eprintln!("{} records in {} objects under {}", args.records, args.objects, args.out.display());
    Ok(())
}

fn object(args: &Args, number: u64) -> Object {
    let part = |total: u64, index: u64| (u128::from(total) * u128::from(index) / u128::from(args.objects)) as u64;
    Object {
        seed: args.seed,
        number,
        records: part(args.records, number + 1) - part(args.records, number),
        start_ms: part(DAY_MS, number),
        end_ms: part(DAY_MS, number + 1),
    }
}

fn write(args: &Args, network: &Network, object: &Object) -> anyhow::Result<()> {
    let path = args.out.join(match args.format {
        Format::Aws => aws::key(object),
        Format::Azure => azure::key(object),
        Format::Gcp => gcp::key(object),
    });
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match args.format {
        Format::Aws => aws::write(network, object, file),
        Format::Azure => azure::write(network, object, file),
        Format::Gcp => gcp::write(network, object, file),
    }
    .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_bytes() {
        let network = Network::new(3);
        let object = Object { seed: 3, number: 5, records: 2000, start_ms: 0, end_ms: 3_600_000 };
        let text = || {
            let mut out = Vec::new();
            azure::write(&network, &object, &mut out).unwrap();
            gcp::write(&network, &object, &mut out).unwrap();
            aws::write(&network, &object, &mut out).unwrap();
            out
        };
        assert!(text() == text());
    }
}
