//! The exposed machine's half day, and the same in IPv6, as the clouds would have logged them: few findings, the guessers
//! among them, and nothing that the machine itself did.

use detect::{Finding, Fold, Limits, findings};
use flowlog::DecodeOptions;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};
use table::Tables;
use testkit::convert::{Cloud, Connection, connections, convert};
use testkit::{decode, labelled};

const MACHINE: &str = "64.225.56.201";
/// The specification's rule for a guesser: so many sessions that were completed.
const SESSIONS_MIN: usize = 10;
/// Packets of each side of a session that was completed.
const PACKETS_MIN: i64 = 4;

fn exposed(root: &Path) -> Vec<Connection> {
    let hours = std::fs::read_dir(root.join("rita/missing_host/2024-04-19")).expect("hours");
    let mut hours: Vec<PathBuf> = hours.flatten().map(|entry| entry.path()).collect();
    hours.sort();
    hours.iter().flat_map(|hour| connections(&decode(hour))).collect()
}

/// What is told of connections in a cloud's log.
fn found(connections: &[Connection], cloud: Cloud) -> Vec<Finding> {
    let log = convert(connections, cloud).object;
    let format = flowlog::detect(&log).expect("the log of a cloud");
    let mut decoder = format.decoder(&DecodeOptions::new("object"));
    let mut tables = Tables::new(Fold::wanted());
    decoder.push(&log, &mut tables);
    decoder.finish(&mut tables);
    let mut fold = Fold::new(Limits::default());
    fold.push(&tables.flows.take_batch());
    findings(&fold.finish())
}

/// Sources of so many completed sessions to SSH.
fn guessers(connections: &[Connection]) -> BTreeSet<String> {
    let mut sessions: BTreeMap<String, usize> = BTreeMap::new();
    let is_completed = |connection: &&Connection| connection.packets.iter().all(|packets| *packets >= PACKETS_MIN);
    for connection in connections.iter().filter(|connection| connection.ports[1] == 22).filter(is_completed) {
        *sessions.entry(connection.addresses[0].to_string()).or_default() += 1;
    }
    sessions.into_iter().filter(|(_, count)| *count >= SESSIONS_MIN).map(|(source, _)| source).collect()
}

fn told_guessers(all: &[Finding]) -> BTreeSet<String> {
    let of_ssh = all.iter().filter(|finding| finding.detector == "bruteforce.ssh");
    let names = |finding: &Finding| match finding.peers.contains(&finding.entity) || finding.peers.len() > 1 {
        true => finding.peers.clone(),
        false => vec![finding.entity.clone()],
    };
    of_ssh.flat_map(names).collect()
}

#[test]
fn the_exposed_machine_is_one_page_in_every_cloud() {
    let Some(root) = labelled() else { return };
    let all = exposed(&root);
    let truth = guessers(&all);
    for (name, cloud) in Cloud::MEASURED {
        let found = found(&all, cloud);
        let told = told_guessers(&found);
        let (hit, right) = (truth.intersection(&told).count(), told.intersection(&truth).count());
        eprintln!(
            "{name}: {} findings; SSH: {} by the rule, {} told, {hit} right",
            found.len(),
            truth.len(),
            told.len()
        );
        assert!(found.len() <= 40, "{name}: {} findings", found.len());
        let by_machine: Vec<_> =
            found.iter().filter(|finding| finding.entity == MACHINE && finding.detector.starts_with("scan.")).collect();
        assert!(by_machine.is_empty(), "{name}: its replies are taken for a scan: {by_machine:#?}");
        assert!(right as f64 >= told.len() as f64 * 0.95, "{name}: precision {right} of {}", told.len());
        assert!(hit as f64 >= truth.len() as f64 * 0.98, "{name}: recall {hit} of {}", truth.len());
    }
}

/// Private stays private, in one site; on the internet every /24 is a site of its own.
fn as_v6(address: IpAddr) -> IpAddr {
    let IpAddr::V4(v4) = address else { return address };
    let bits = u128::from(v4.to_bits());
    Ipv6Addr::from_bits(if v4.is_private() {
        0xfd00_0001 << 96 | bits
    } else {
        0x2a00 << 112 | bits >> 8 << 88 | bits & 0xff
    })
    .into()
}

/// Detectors and how often they speak.
fn kinds(found: &[Finding]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    found.iter().for_each(|finding| *kinds.entry(&*finding.detector).or_default() += 1);
    kinds
}

#[test]
fn the_same_is_found_in_ipv6() {
    let Some(root) = labelled() else { return };
    let files = [
        "slips/port-scans/horizontal/conn.log",
        "slips/test3-mixed.binetflow",
        "slips/test4-malicious.binetflow",
        "slips/test18-malicious-ctu-sme-11-win/zeek-labeled/conn.log.labeled",
        "iot23/attakaay/Zeek/b1.log",
        "iot23/attakaay/Zeek/b3a.log",
        "rita/proxy/conn.log",
    ];
    let mut inputs: Vec<(&str, Vec<Connection>)> =
        files.into_iter().map(|file| (file, connections(&decode(&root.join(file))))).collect();
    inputs.push(("rita/missing_host", exposed(&root)));
    for (file, v4) in inputs {
        let v6: Vec<Connection> = v4
            .iter()
            .filter(|connection| connection.addresses.iter().all(IpAddr::is_ipv4))
            .map(|connection| Connection { addresses: connection.addresses.map(as_v6), ..connection.clone() })
            .collect();
        for (name, cloud) in Cloud::MEASURED.into_iter().filter(|(name, _)| *name != "gcp") {
            let (of_v4, of_v6) = (found(&v4, cloud), found(&v6, cloud));
            // How many of a kind may differ: hosts of one /24 are hosts of one /64, or of many.
            let (kinds_v4, kinds_v6) = (kinds(&of_v4), kinds(&of_v6));
            assert!(kinds_v4.keys().eq(kinds_v6.keys()), "{file} {name}: {kinds_v4:?} became {kinds_v6:?}");
        }
    }
}
