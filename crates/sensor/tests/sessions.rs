//! Sessions of the shared captures against what Arkime, nDPI and the baselines of Community ID say of them.
//!
//! A session that differs is named in [`explained`], by its capture, with the reason; a capture that is not named there must agree.

use engine::Config;
use engine::eve::EveOptions;
use sensor::{Options, replay};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[path = "sessions/explained.rs"]
mod explained;

/// Both ends in order, the protocol's number.
type Key = (String, String, u64);

/// What was sent by the end that comes first, and by the other; names of applications and Community IDs.
#[derive(Clone, Debug, Default, PartialEq)]
struct Session {
    packets: [u64; 2],
    bytes: [u64; 2],
    names: Vec<String>,
    community_ids: Vec<String>,
}

type Sessions = BTreeMap<Key, Session>;

fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("FATHOM_SHARED").map_or_else(beside, PathBuf::from).join("data/pcaps");
    folder.is_dir().then_some(folder)
}

fn add(sessions: &mut Sessions, ends: [String; 2], protocol: u64, session: Session) {
    let [one, other] = ends;
    let is_turned = one > other;
    let key = if is_turned { (other, one, protocol) } else { (one, other, protocol) };
    let turned = |[first, second]: [u64; 2]| if is_turned { [second, first] } else { [first, second] };
    let entry = sessions.entry(key).or_default();
    for (sum, more) in entry.packets.iter_mut().zip(turned(session.packets)) {
        *sum += more;
    }
    for (sum, more) in entry.bytes.iter_mut().zip(turned(session.bytes)) {
        *sum += more;
    }
    entry.names.extend(session.names);
    entry.community_ids.extend(session.community_ids);
}

/// Address and port. An address's text is that of the standard library, whoever wrote it.
fn end(address: &str, port: u64) -> String {
    let address =
        address.parse::<std::net::IpAddr>().map_or_else(|_| address.to_owned(), |address| address.to_string());
    format!("{address} {port}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Our sessions of a capture, from the `flow` events of EVE.
fn ours(capture: &Path) -> Sessions {
    let found = source::discover(&[capture.display().to_string()], &source::Limits::default());
    let eve = EveOptions { community_id_seed: Some(0), ..EveOptions::default() };
    let options = Options { workers: 1, config: Config::default(), eve, filter: None };
    let mut lines = Vec::new();
    replay(&found.objects, &options, &mut lines).expect("a Vec takes everything");
    let mut sessions = Sessions::new();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_slice(line).expect("JSON");
        if event["event_type"] == "flow" {
            add_flow(&mut sessions, &event);
        }
    }
    sessions
}

fn add_flow(sessions: &mut Sessions, event: &Value) {
    let protocol = match event["proto"].as_str().unwrap_or_default() {
        "TCP" => 6,
        "UDP" => 17,
        "SCTP" => 132,
        "ICMP" => 1,
        "IPv6-ICMP" => 58,
        _ => 0,
    };
    let port = |name: &str| event[name].as_u64().unwrap_or(0);
    let ends = [end(&text(&event["src_ip"]), port("src_port")), end(&text(&event["dest_ip"]), port("dest_port"))];
    let count =
        |name: &str| ["toserver", "toclient"].map(|way| event["flow"][format!("{name}_{way}")].as_u64().unwrap_or(0));
    let named = event.get("app_proto_named").unwrap_or(&event["app_proto"]);
    let session = Session {
        packets: count("pkts"),
        bytes: count("bytes"),
        names: vec![text(named)],
        community_ids: vec![text(&event["community_id"])],
    };
    add(sessions, ends, protocol, session);
}

fn arkime(path: &Path) -> Sessions {
    let mut sessions = Sessions::new();
    let file: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    for session in file["sessions3"].as_array().into_iter().flatten() {
        let body = &session["body"];
        let protocol = body["ipProtocol"].as_u64().unwrap_or(0);
        if !matches!(protocol, 6 | 17 | 132) {
            continue;
        }
        let side = |name: &str, what: &str| body[name][what].as_u64().unwrap_or(0);
        let at = |name: &str| end(body[name]["ip"].as_str().unwrap_or_default(), side(name, "port"));
        let session = Session {
            packets: ["source", "destination"].map(|name| side(name, "packets")),
            bytes: ["source", "destination"].map(|name| side(name, "bytes")),
            names: Vec::new(),
            community_ids: vec![text(&body["network"]["community_id"])],
        };
        add(&mut sessions, ["source", "destination"].map(at), protocol, session);
    }
    sessions
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.display().to_string().ends_with(ending)).collect();
    files.sort();
    files
}

/// How many sessions agree, and which do not.
#[derive(Default)]
struct Score {
    same: usize,
    explained: usize,
    different: Vec<String>,
}

impl Score {
    fn take(&mut self, capture: &str, what: String, is_same: bool, explained: &[(&str, &str)]) {
        if is_same {
            self.same += 1;
        } else if explained.iter().any(|(name, _)| *name == capture) {
            self.explained += 1;
        } else {
            self.different.push(format!("{capture}: {what}"));
        }
    }

    #[track_caller]
    fn check(&self, program: &str, least: usize) {
        eprintln!("{program}: {} agree, {} differ as explained", self.same, self.explained);
        assert!(self.different.is_empty(), "{} differ:\n{}", self.different.len(), self.different.join("\n"));
        assert!(self.same >= least, "{program}: only {} agree", self.same);
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn packets_bytes_and_community_ids_are_arkimes() {
    let Some(shared) = shared() else { return };
    let (mut counts, mut ids) = (Score::default(), Score::default());
    for test in files(&shared.join("arkime"), ".test") {
        let capture = test.with_extension("pcap");
        if !capture.is_file() {
            continue;
        }
        let ours = ours(&capture);
        for (key, theirs) in arkime(&test) {
            let nothing = Session::default();
            let own = ours.get(&key).unwrap_or(&nothing);
            let is_same = own.packets == theirs.packets && own.bytes == theirs.bytes;
            let what =
                format!("{key:?}: {:?} {:?}, Arkime {:?} {:?}", own.packets, own.bytes, theirs.packets, theirs.bytes);
            counts.take(&name_of(&capture), what, is_same, explained::ARKIME);
            if !own.community_ids.is_empty() {
                let is_same = own.community_ids.contains(&theirs.community_ids[0]);
                ids.take(&name_of(&capture), format!("{key:?} {own:?} {theirs:?}"), is_same, explained::ARKIME);
            }
        }
    }
    counts.check("Arkime's packets and bytes", 200);
    ids.check("Arkime's Community IDs", 200);
}

#[test]
fn community_ids_are_the_baselines() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("community-id");
    let baseline = std::fs::read(folder.join("baseline/baseline_deflt.json")).expect("the baseline");
    let rows: Vec<Value> = serde_json::from_slice(&baseline).expect("JSON");
    let known: Vec<String> = rows.iter().map(|row| text(&row["communityid"])).collect();
    let mut score = Score::default();
    for capture in files(&folder, "pcap").into_iter().chain(files(&folder, "pcap.gz")) {
        for (key, session) in ours(&capture) {
            for id in &session.community_ids {
                score.take(&name_of(&capture), format!("{key:?}: {id}"), known.contains(id), explained::COMMUNITY_ID);
            }
        }
    }
    score.check("Community ID", 3);
}

/// nDPI's names of what has a parser or a fingerprint here, and ours.
const NAMES: &[(&str, &str)] = &[
    ("DHCP", "dhcp"),
    ("DNS", "dns"),
    ("DTLS", "dtls"),
    ("FTP_CONTROL", "ftp"),
    ("HTTP", "http"),
    ("LLMNR", "llmnr"),
    ("MDNS", "mdns"),
    ("MQTT", "mqtt"),
    ("NTP", "ntp"),
    ("PostgreSQL", "pgsql"),
    ("QUIC", "quic"),
    ("SMBv1", "smb"),
    ("SMBv23", "smb"),
    ("SMTP", "smtp"),
    ("SSH", "ssh"),
    ("TFTP", "tftp"),
    ("TLS", "tls"),
];

/// A flow's line: `UDP 10.0.0.1:53 <-> 10.0.0.2:53 [proto: 5.228/DNS.PlayStore]...[1 pkts/97 bytes <-> 1 pkts/177 bytes]`.
fn ndpi_flow(line: &str) -> Option<([String; 2], u64, Session)> {
    let line = line.trim_start().split_once('\t')?.1;
    let (protocol, rest) = line.split_once(' ')?;
    let protocol = match protocol {
        "TCP" => 6,
        "UDP" => 17,
        _ => return None,
    };
    let (ends, rest) = rest.split_once(" [")?;
    let ends = ends.split_once(" <-> ").or_else(|| ends.split_once(" -> "))?;
    let name = rest.split_once("proto: ")?.1.split_once(']')?.0.split_once('/')?.1;
    let counts = rest.split('[').find(|part| part.contains(" pkts/") && part.contains(" bytes"))?;
    let numbers: Vec<u64> = counts
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .take(4)
        .collect();
    let [packets, bytes, back_packets, back_bytes] = numbers.try_into().ok()?;
    let at = |text: &str| {
        let (address, port) = text.rsplit_once(':')?;
        Some(end(address.trim_matches(['[', ']']), port.parse().ok()?))
    };
    // What nDPI guesses by port or address says nothing of the bytes.
    let is_seen = rest.contains("[Confidence: DPI]");
    let name = if is_seen { name.split('.').next().unwrap_or_default().to_owned() } else { String::new() };
    let session = Session {
        packets: [packets, back_packets],
        bytes: [bytes, back_bytes],
        names: vec![name],
        community_ids: Vec::new(),
    };
    Some(([at(ends.0)?, at(ends.1)?], protocol, session))
}

#[test]
fn names_and_packets_are_ndpis() {
    let Some(shared) = shared() else { return };
    let (mut names, mut counts) = (Score::default(), Score::default());
    for result in files(&shared.join("ndpi/result"), ".out") {
        let capture = shared.join("ndpi/pcap").join(result.file_stem().unwrap_or_default());
        if !capture.is_file() {
            continue;
        }
        let mut theirs = Sessions::new();
        for (ends, protocol, session) in
            String::from_utf8_lossy(&std::fs::read(&result).expect("a file")).lines().filter_map(ndpi_flow)
        {
            add(&mut theirs, ends, protocol, session);
        }
        let ours = ours(&capture);
        for (key, theirs) in theirs {
            let nothing = Session::default();
            let own = ours.get(&key).unwrap_or(&nothing);
            let is_same = own.packets == theirs.packets;
            let what = format!("{key:?}: {:?}, nDPI {:?}", own.packets, theirs.packets);
            counts.take(&name_of(&capture), what, is_same, explained::NDPI_PACKETS);
            for theirs in &theirs.names {
                if let Some((_, name)) = NAMES.iter().find(|(known, _)| known == theirs) {
                    let what = format!("{key:?}: {:?}, nDPI {theirs}", own.names);
                    names.take(
                        &name_of(&capture),
                        what,
                        own.names.iter().any(|own| own == name),
                        explained::NDPI_NAMES,
                    );
                }
            }
        }
    }
    eprintln!("names: {} agree, {} differ as explained", names.same, names.explained);
    counts.check("nDPI's packets", 2_500);
    names.check("nDPI's names", 1_200);
}
