//! Fingerprints, names and certificates of the shared captures, against what other programs say of them: nDPI, FoxIO's
//! reference of JA4, Arkime, Zeek. Each difference is explained here, or fails.

#![allow(clippy::unwrap_used, reason = "a sample that is not as it should be fails the test")]

mod captures;
mod told;

use captures::files;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The protocols of TLS.
const OURS: &[&dyn applayer::Protocol] = &[&applayer::dtls::Dtls, &applayer::quic::Quic, &applayer::tls::Tls];

/// What a program says of one flow: pointers into our tree, and its values.
struct Row {
    capture: PathBuf,
    ends: [SocketAddr; 2],
    fields: Vec<(&'static str, String)>,
}

/// How many values agree, and which do not.
#[derive(Default)]
struct Score {
    same: usize,
    explained: usize,
    different: Vec<String>,
}

fn ends(a: SocketAddr, b: SocketAddr) -> [SocketAddr; 2] {
    if a < b { [a, b] } else { [b, a] }
}

/// Each flow's transactions, by its ends, in order.
fn told(capture: &Path) -> HashMap<[SocketAddr; 2], Vec<Vec<Value>>> {
    let mut told: HashMap<_, Vec<_>> = HashMap::new();
    for flow in captures::flows(capture) {
        if let Some(found) = OURS.iter().find_map(|protocol| told::run(*protocol, &flow)) {
            told.entry(ends(flow.client, flow.server)).or_default().push(found.transactions);
        }
    }
    told
}

/// A value as text: items of a list with `;` between them.
fn text(value: &Value) -> String {
    match value {
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(";"),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Compares the rows of a program; `explains` knows where and why it departs. Rows of flows that no protocol here
/// claims (behind STARTTLS or CONNECT, in tunnels) are only counted.
#[track_caller]
fn check(program: &str, rows: Vec<Row>, explains: fn(&str, &str, &str) -> bool) {
    let mut captures: HashMap<PathBuf, _> = HashMap::new();
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut not_ours = 0;
    for row in rows {
        let told = captures.entry(row.capture.clone()).or_insert_with(|| told(&row.capture));
        let Some(flows) = told.get_mut(&row.ends).filter(|flows| !flows.is_empty()) else {
            not_ours += 1;
            continue;
        };
        let transactions = if flows.len() > 1 { flows.remove(0) } else { flows[0].clone() };
        for (key, theirs) in row.fields {
            let ours =
                transactions.iter().find_map(|transaction| transaction.pointer(key)).map(text).unwrap_or_default();
            let score = scores.entry(key).or_default();
            if ours.eq_ignore_ascii_case(&theirs) {
                score.same += 1;
            } else if explains(key, &ours, &theirs) {
                score.explained += 1;
            } else {
                score.different.push(format!("{}: {key} {ours} is {theirs}", row.capture.display()));
            }
        }
    }
    for (key, score) in &scores {
        let different = score.different.len();
        eprintln!("{program} {key}: {} same, {} explained, {different} different", score.same, score.explained);
    }
    eprintln!("{program}: {not_ours} flows that are not told here");
    let different: Vec<_> = scores.values().flat_map(|score| score.different.iter()).collect();
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn with_ndpi() {
    let Some(shared) = captures::shared() else { return };
    let folder = shared.join("data/pcaps/ndpi");
    let mut rows = Vec::new();
    for capture in files(&folder.join("pcap")) {
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        if let Ok(result) = std::fs::read(folder.join("result").join(format!("{name}.out"))) {
            rows.extend(String::from_utf8_lossy(&result).lines().filter_map(|line| ndpi_row(&capture, line)));
        }
    }
    check("nDPI", rows, ndpi_differs);
}

/// `1 TCP 192.0.2.1:50000 <-> 192.0.2.2:443 [proto: 91/TLS][JA3C: ...]`
fn ndpi_row(capture: &Path, line: &str) -> Option<Row> {
    const KEYS: &[(&str, &str)] = &[
        ("JA3C", "/ja3/hash"),
        ("JA3S", "/ja3s/hash"),
        ("JA4", "/ja4_foxio"),
        ("Hostname/SNI", "/sni"),
        ("Certificate SHA-1", "/fingerprint"),
        ("(Advertised) ALPNs", "/client_alpns"),
        ("(Negotiated) ALPN", "/server_alpns"),
        ("Cipher", "/cipher"),
        ("User-Agent", "/ua"),
    ];
    let (flow, fields) = line.split_once(" [proto:")?;
    let [.., a, "<->" | "->", b] = flow.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    let fields: Vec<_> = fields.split(['[', ']']).filter_map(|part| part.split_once(": ")).collect();
    let ours = |(theirs, value): &(&str, &str)| {
        let (_, key) = KEYS.iter().find(|(name, _)| name == theirs)?;
        Some((*key, (*value).to_owned()))
    };
    let fields: Vec<_> = fields.iter().filter_map(ours).collect();
    Some(Row { capture: capture.to_owned(), ends: ends(a.parse().ok()?, b.parse().ok()?), fields })
}

fn ndpi_differs(key: &str, ours: &str, theirs: &str) -> bool {
    match key {
        // It judges the server's cipher suite behind the hash.
        "/ja3s/hash" if theirs.starts_with(ours) => true,
        // DTLS 1.3: it hashes the request for another hello, not the server's own.
        "/ja3s/hash" => theirs == "ecfd4f82776364c3015565f97e8c3897",
        // Its JA4 of 2024: `d` and `i` by whether the name is one of a host, not by the extension; the second character
        // of the protocol in place of the last; SHA-256 of nothing in place of zeros; versions by another field.
        "/ja4_foxio" => {
            let [ours, theirs] = [ours, theirs].map(|ja4| ja4.replace("e3b0c44298fc", "000000000000"));
            let parts = |ja4: &str| ja4.get(4..8).zip(ja4.get(10..)).map(|(a, b)| format!("{a}{b}"));
            parts(&ours) == parts(&theirs)
        }
        _ => false,
    }
}

#[test]
fn with_foxio() {
    let Some(shared) = captures::shared() else { return };
    let folder = shared.join("data/pcaps/ja4");
    let mut rows = Vec::new();
    for capture in files(&folder.join("pcap")) {
        let name = format!("{}.yaml", capture.file_name().unwrap().to_string_lossy());
        if let Ok(expected) = std::fs::read_to_string(folder.join("expected-rust").join(name)) {
            rows.extend(expected.split("\n- ").filter_map(|stream| foxio_row(&capture, stream)));
        }
    }
    // It makes a fingerprint of each Initial packet that repeats the hello, and names the flow by the first.
    check("FoxIO", rows, |_, _, _| false);
}

/// Lines of `key: value`; nothing but `ja4` is free to be used.
fn foxio_row(capture: &Path, stream: &str) -> Option<Row> {
    let field = |name: &str| {
        let lines = stream.lines().filter_map(|line| line.trim().split_once(": "));
        lines.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
    };
    let end =
        |address: &str, port: &str| Some(SocketAddr::new(field(address)?.parse().ok()?, field(port)?.parse().ok()?));
    let fields = vec![("/ja4_foxio", field("ja4")?), ("/sni", field("tls_server_name")?)];
    Some(Row { capture: capture.to_owned(), ends: ends(end("src", "src_port")?, end("dst", "dst_port")?), fields })
}

#[test]
fn with_arkime() {
    let Some(shared) = captures::shared() else { return };
    let mut rows = Vec::new();
    for expected in files(&shared.join("data/pcaps/arkime")) {
        let capture = expected.with_extension("pcap");
        if expected.extension().is_some_and(|extension| extension == "test") && capture.is_file() {
            let expected: Value = serde_json::from_slice(&std::fs::read(&expected).unwrap()).unwrap();
            let sessions = expected["sessions3"].as_array().unwrap();
            rows.extend(sessions.iter().filter_map(|session| arkime_row(&capture, &session["body"])));
        }
    }
    check("Arkime", rows, |key, ours, theirs| match key {
        // It keeps every hello of a flow, and sorts them.
        "/ja3/hash" | "/ja3s/hash" | "/ja4_foxio" | "/cipher" => theirs.split(';').any(|theirs| theirs == ours),
        _ => false,
    });
}

fn arkime_row(capture: &Path, session: &Value) -> Option<Row> {
    let end = |side: &str| {
        let address: IpAddr = session[side]["ip"].as_str()?.parse().ok()?;
        Some(SocketAddr::new(address, u16::try_from(session[side]["port"].as_u64()?).ok()?))
    };
    let tls = session.get("tls")?;
    let keys = [("ja3", "/ja3/hash"), ("ja3s", "/ja3s/hash"), ("ja4", "/ja4_foxio"), ("cipher", "/cipher")];
    let mut fields: Vec<_> = keys.iter().filter_map(|(theirs, ours)| Some((*ours, text(tls.get(theirs)?)))).collect();
    if let Some(certificate) = session.pointer("/cert/0").filter(|_| session["cert"].as_array().unwrap().len() == 1) {
        fields.push(("/fingerprint", text(&certificate["hash"])));
    }
    Some(Row { capture: capture.to_owned(), ends: ends(end("source")?, end("destination")?), fields })
}

#[test]
fn with_zeek() {
    let Some(shared) = captures::shared() else { return };
    let folder = shared.join("data/pcaps/zeek");
    let tests: Value = serde_json::from_slice(&std::fs::read(folder.join("TESTS.json")).unwrap()).unwrap();
    let mut rows = Vec::new();
    for (trace, tests) in tests.as_object().unwrap() {
        let capture = folder.join("traces").join(trace);
        for test in tests.as_array().unwrap().iter().filter(|_| capture.is_file()) {
            let logs = test["logs"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .filter(|log| log.starts_with("ssl") || log.starts_with("quic"));
            for log in logs {
                let path = folder.join("baseline").join(text(&test["baseline"])).join(log);
                rows.extend(std::fs::read_to_string(path).map_or(Vec::new(), |log| zeek_rows(&capture, &log)));
            }
        }
    }
    check("Zeek", rows, zeek_differs);
}

fn zeek_rows(capture: &Path, log: &str) -> Vec<Row> {
    let names: Vec<&str> = log
        .lines()
        .find_map(|line| line.strip_prefix("#fields\t"))
        .map_or(Vec::new(), |line| line.split('\t').collect());
    let row = |line: &str| {
        let values: HashMap<_, _> = names.iter().copied().zip(line.split('\t')).collect();
        let end = |address: &str, port: &str| {
            Some(SocketAddr::new(values.get(address)?.parse().ok()?, values.get(port)?.parse().ok()?))
        };
        const KEYS: &[(&str, &str)] = &[
            ("version", "/version"),
            ("cipher", "/cipher"),
            ("curve", "/group"),
            ("server_name", "/sni"),
            ("next_protocol", "/server_alpns"),
            ("resumed", "/session_resumed"),
            ("established", "/established"),
            ("cert_chain_fps", "/chain_sha256"),
            // Of quic.log.
            ("client_protocol", "/client_alpns/0"),
        ];
        let fields = KEYS.iter().filter_map(|(theirs, ours)| {
            let value = values.get(theirs).filter(|value| **value != "-")?;
            Some((*ours, (*value).to_owned()))
        });
        let fields = fields.collect();
        let ends = ends(end("id.orig_h", "id.orig_p")?, end("id.resp_h", "id.resp_p")?);
        Some(Row { capture: capture.to_owned(), ends, fields })
    };
    log.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
}

fn zeek_differs(key: &str, ours: &str, theirs: &str) -> bool {
    match (key, ours, theirs) {
        ("/chain_sha256", ours, theirs) => ours.replace(';', ",") == theirs || ours.is_empty() && theirs == "(empty)",
        // It names version 2.
        ("/version", "6b3343cf", "quicv2") => true,
        // It says the version of TLS inside of QUIC, and gives an experiment's number in decimal.
        ("/version", "1" | "6b3343cf", "TLSv13") | ("/version", "0x7e01", "unknown-32257") => true,
        ("/version", ours, theirs) => {
            let letters =
                |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() && *c != 'v').collect::<String>();
            letters(ours) == letters(theirs) || ours == "TLSv1" && theirs == "TLSv10"
        }
        // The same experiment sends the session's id back, as TLS 1.3 does later, without resuming it.
        ("/session_resumed", "", "T") => true,
        ("/session_resumed", _, _) | ("/established", _, _) => (ours == "true") == (theirs == "T"),
        _ => false,
    }
}
