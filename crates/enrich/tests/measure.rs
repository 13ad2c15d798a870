//! Not a test: prints nanoseconds of processor time and bytes for the real lists of the shared data.
//!
//! `cargo test --release -p enrich --test measure -- --ignored --nocapture`

use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use enrich::community_id::community_id;
use enrich::intel::{self, Intel, Limits, List, Role};
use enrich::service::server_port;

const ROUNDS: u32 = 1 << 20;

#[test]
#[ignore = "a measurement"]
fn measure() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("FATHOM_SHARED").map_or(beside, PathBuf::from).join("data/intel");
    let Ok(index) = std::fs::read_to_string(root.join("INDEX.tsv")) else {
        return;
    };
    let files: Vec<&str> = index.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    let bytes: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(root.join(file)).expect("readable")).collect();
    let mut lists: Vec<List> = Vec::new();
    let limits = Limits::default();
    let load = || lists = files.iter().zip(&bytes).map(|(file, bytes)| intel::load(file, bytes, &limits)).collect();
    eprintln!("load {} bytes: {:?}", bytes.iter().map(Vec::len).sum::<usize>(), timed(load));
    let listed = listed(&lists);
    let entries: usize = lists.iter().map(|list| list.entries.len()).sum();
    let mut intel = Intel::default();
    let built = timed(|| intel = Intel::build(std::mem::take(&mut lists)));
    eprintln!("build {entries} entries: {built:?}, {} bytes", intel.bytes());
    lookups(&intel, &listed);
    real(&intel, &root.join("../labelled/rita/missing_host/2024-04-19"));
    others();
}

/// How many prefixes and flows the naive engines were given.
const PREFIXES: u32 = 597_000;
const FLOWS: usize = 24_000_000;
/// Of a thousand peers outside, so many are listed.
const LISTED_PER_THOUSAND: u32 = 30;

/// A list of the size of all public ones together, both ends of a day's flows, and lists swapped meanwhile.
#[test]
#[ignore = "a measurement"]
fn measure_a_day() {
    let text = many_prefixes();
    let mut list = None;
    eprintln!("load {PREFIXES} prefixes: {:?}", timed(|| list = Some(load_text(&text))));
    let list = list.expect("loaded");
    let listed = listed(std::slice::from_ref(&list));
    let mut intel = Intel::default();
    let built = timed(|| intel = Intel::build(vec![list.clone()]));
    eprintln!("build {} entries: {built:?}, {} bytes", list.entries.len(), intel.bytes());
    let peers: Vec<u32> = numbers();
    let flows: Vec<[[u8; 4]; 2]> = peers.iter().enumerate().map(|(n, &peer)| flow(n, peer, &listed)).collect();
    let mut hits = 0u64;
    let taken = timed(|| {
        for [ours, theirs] in flows.iter().cycle().take(FLOWS) {
            hits += u64::from(intel.lookup(ours).is_some()) + u64::from(intel.lookup(theirs).is_some());
        }
    });
    let seconds = taken.as_secs_f64();
    let rate = 2.0 * FLOWS as f64 / seconds / 1e6;
    eprintln!("{FLOWS} flows, both ends: {seconds:.2} s of CPU, {rate:.0} M lookups a second, {hits} hits");
    swapped(&text, &flows);
}

/// Lists are replaced while flows are looked up: who has begun goes on with what he has.
fn swapped(text: &str, flows: &[[[u8; 4]; 2]]) {
    let current = std::sync::RwLock::new(std::sync::Arc::new(Intel::build(vec![load_text(text)])));
    std::thread::scope(|scope| {
        let folding = scope.spawn(|| {
            let batches = flows.chunks(4_096).cycle().take(2_000);
            let asked = batches.map(|batch| {
                let intel = current.read().expect("no panic").clone();
                batch.iter().filter(|[_, theirs]| intel.lookup(theirs).is_some()).count()
            });
            asked.sum::<usize>()
        });
        let next = std::sync::Arc::new(Intel::build(vec![load_text(text)]));
        eprintln!("swap: {:?}", timed(|| *current.write().expect("no panic") = next));
        eprintln!("{} hits meanwhile", folding.join().expect("no panic"));
    });
}

fn load_text(text: &str) -> List {
    intel::load("synthetic.netset", text.as_bytes(), &Limits::default())
}

/// Most are hosts; the rest networks from /16 on, as merged public lists have them.
fn many_prefixes() -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for (n, &number) in numbers().iter().take(PREFIXES as usize).enumerate() {
        let length = match n % 20 {
            0..14 => 32,
            14..18 => 24,
            18 => 20 + n as u32 % 4,
            _ => 16 + n as u32 % 4,
        };
        // Public space that nobody reserves: 11/8 to 99/8.
        let first = 11 + (number >> 24) % 88;
        let address = std::net::Ipv4Addr::from_bits(first << 24 | number & 0x00ff_ffff);
        let _ = writeln!(text, "{address}/{length}");
    }
    text
}

/// One of ours and a peer: of every ten flows eight go to a thousand popular servers.
fn flow(n: usize, random: u32, listed: &[[u8; 4]]) -> [[u8; 4]; 2] {
    let ours = (0x0a00_0000 | random >> 20).to_be_bytes();
    let peer = match random % 1_000 {
        0..LISTED_PER_THOUSAND => listed[random as usize % listed.len()],
        LISTED_PER_THOUSAND..800 => (0x8c00_0000 | (n as u32 % 1_000).wrapping_mul(2_654_435_761) >> 8).to_be_bytes(),
        _ => random.rotate_left(7).to_be_bytes(),
    };
    [ours, peer]
}

/// Both ends of every connection of an exposed machine's half day, in their order, as often as makes a million.
fn real(intel: &Intel, folder: &Path) {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    let mut text = String::new();
    for file in files {
        let gzip = std::fs::read(file).expect("readable");
        flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut text).expect("text");
    }
    let ends =
        text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split('\t').skip(3).step_by(2).take(2));
    let addresses: Vec<[u8; 4]> =
        ends.filter_map(|end| end.parse::<std::net::Ipv4Addr>().ok()).map(|v4| v4.octets()).collect();
    if !addresses.is_empty() {
        let asked: Vec<[u8; 4]> = addresses.iter().copied().cycle().take(ROUNDS as usize).collect();
        each("lookup, both ends of an exposed machine's connections", &asked, |a| u64::from(intel.lookup(a).is_some()));
    }
}

/// The first address of every IPv4 entry that is matched.
fn listed(lists: &[List]) -> Vec<[u8; 4]> {
    let matched = lists.iter().filter(|list| list.role == Role::Match);
    let addresses = matched.flat_map(|list| &list.entries).map(|entry| entry.prefix.network());
    addresses
        .filter_map(|address| match address {
            IpAddr::V4(v4) => Some(v4.octets()),
            IpAddr::V6(_) => None,
        })
        .collect()
}

fn lookups(intel: &Intel, listed: &[[u8; 4]]) {
    let random = numbers();
    let v4 = |make: &dyn Fn(u32) -> u32| -> Vec<[u8; 4]> { random.iter().map(|&n| make(n).to_be_bytes()).collect() };
    let v6: Vec<[u8; 16]> =
        random.iter().map(|&n| (0x2a00_u128 << 112 | u128::from(n) << 88 | u128::from(n)).to_be_bytes()).collect();
    let hits: Vec<[u8; 4]> = random.iter().map(|&n| listed[n as usize % listed.len()]).collect();
    let found = |address: &[u8]| u64::from(intel.lookup(address).is_some());
    each("lookup, internal", &v4(&|n| 0x0a00_0000 | n & 0xffff), |a| found(a));
    each("lookup, one peer of 256", &v4(&|n| 0x0d0d_0d00 | n & 0xff), |a| found(a));
    each("lookup, anywhere in IPv4", &v4(&|n| n), |a| found(a));
    each("lookup, listed, in order", &listed[..listed.len().min(ROUNDS as usize)], |a| found(a));
    each("lookup, listed, at random", &hits, |a| found(a));
    each("lookup, anywhere in 2a00::/16", &v6, |a| found(a));
}

fn others() {
    let random = numbers();
    each("community id", &random, |n| {
        let id = community_id(0, &n.to_be_bytes(), &[10, 0, 0, 1], 6, Some((443, *n as u16)));
        id.map_or(0, |id| u64::from(id.as_bytes()[9]))
    });
    each("is_internal", &random, |n| u64::from(enrich::is_internal(&n.to_be_bytes())));
    each("server_port", &random, |n| u64::from(server_port(*n as u16, (*n >> 16) as u16, 6).is_some()));
}

fn numbers() -> Vec<u32> {
    let mut state = 1u64;
    let step = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    (0..ROUNDS).map(step).collect()
}

fn each<T>(what: &str, asked: &[T], mut answer: impl FnMut(&T) -> u64) {
    let mut sum = 0;
    let taken = timed(|| sum = asked.iter().map(&mut answer).sum());
    eprintln!("{what}: {:.1} ns (sum {sum})", taken.as_secs_f64() * 1e9 / asked.len() as f64);
}

/// Processor time of this thread, which other programs on the machine do not lengthen (Linux only; else zero).
fn timed(work: impl FnOnce()) -> Duration {
    let spent = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or(0))
    };
    let start = spent();
    work();
    spent().saturating_sub(start)
}
