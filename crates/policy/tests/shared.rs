//! The half day of an exposed machine in the shared data: what is learned of it, what the internet reached, what
//! blacklists would hit.
//!
//! Where the data is not there, every test says so and passes.

use enrich::Intel;
use enrich::intel;
use flate2::read::GzDecoder;
use flowlog::DecodeOptions;
use model::Projection;
use policy::{LearnOptions, Limits, Traffic, WANTED, audit, exposure, learn, list_hits};
use std::io::Read;
use std::path::{Path, PathBuf};
use table::Tables;

fn shared(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("FATHOM_SHARED").map_or(beside, PathBuf::from).join(folder);
    if !root.is_dir() {
        eprintln!("skipped: no {folder} (set FATHOM_SHARED)");
        return None;
    }
    Some(root)
}

/// The traffic of some of the machine's hours.
fn hours(wanted: std::ops::Range<u32>) -> Option<Traffic> {
    let root = shared("data/labelled/rita/missing_host/2024-04-19")?;
    let mut traffic = Traffic::new(Limits::default());
    for hour in wanted {
        let next = hour + 1;
        let gzip = std::fs::read(root.join(format!("conn.{hour:02}:00:00-{next:02}:00:00.log.gz"))).ok()?;
        let mut text = Vec::new();
        GzDecoder::new(&*gzip).read_to_end(&mut text).ok()?;
        let mut decoder = flowlog::detect(&text)?.decoder(&DecodeOptions::new("conn.log"));
        let mut tables = Tables::new(Projection::of(WANTED.iter().copied()));
        decoder.push(&text, &mut tables);
        decoder.finish(&mut tables);
        traffic.push(&tables.flows.take_batch());
    }
    Some(traffic)
}

#[test]
fn a_policy_learned_in_the_morning_holds_until_noon() {
    let (Some(morning), Some(later)) = (hours(0..6), hours(6..12)) else { return };
    let policy = learn(&morning, &LearnOptions::default()).policy;
    assert!(policy.rules.len() <= 10 && policy.segments.len() == 1, "{policy}");
    let found = audit(&policy, &later, &Limits::default());
    let outside: u64 = found.outside.iter().map(|group| group.pairs).sum();
    assert!(found.inside > 1_000 && outside * 100 <= found.inside, "{policy}\n{found}");
}

#[test]
fn the_internet_reached_two_services() {
    let Some(day) = hours(0..12) else { return };
    let reached: Vec<u16> = exposure(&day).iter().map(|exposure| exposure.port).collect();
    assert_eq!(reached, [22, 80]);
}

/// The measured trap: what looks like 177 flows to listed hosts are replies, nearly all of them ICMP.
#[test]
fn nothing_here_opened_a_connection_to_a_listed_host() {
    let (Some(day), Some(lists)) = (hours(0..12), shared("data/intel")) else { return };
    let name = "ipsum/level1.txt";
    let bytes = std::fs::read(lists.join(name)).expect("a list");
    let intel = Intel::build(vec![intel::load(name, &bytes, &intel::Limits::default())]);
    let hits = &list_hits(&intel, &day, &Limits::default())[0];
    assert!(
        hits.addresses > 500 && hits.inbound_answered > 0 && hits.inbound_turned_away > hits.inbound_answered,
        "{hits:?}"
    );
    assert_eq!((hits.outbound_answered, hits.outbound.len()), (0, 0), "{hits:?}");
}
