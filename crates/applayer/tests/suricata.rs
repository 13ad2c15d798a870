//! The transactions of suricata-verify's captures, against what its cases say of them: those of TLS and QUIC here, the others in
//! `cases/`. What needs rules, packets' numbers or a whole engine is checked where those are.

#![allow(clippy::unwrap_used, reason = "a sample that is not as it should be fails the test")]

mod captures;
mod told;

use applayer::testing::{Scene, Step};
use model::packet::Side;
use serde_json::{Value, json};

/// A capture, the table, how many transactions match, and what they share.
struct Case {
    capture: String,
    table: &'static str,
    /// None: at least one; the case looks at one flow of many.
    count: Option<usize>,
    matches: Value,
}

fn case(capture: &'static str, table: &'static str, count: usize, matches: Value) -> Case {
    Case { capture: capture.to_owned(), table, count: Some(count), matches }
}

fn tls_cases() -> Vec<Case> {
    vec![
        case(
            "bug-5713-01/TLSv1-Extracted-MaliciousC2.pcap",
            "tls",
            1,
            json!({"/version": "TLSv1", "/ja4": "t10i070600_c50f5591e341_ce66f3b797c1"}),
        ),
        case("bug-7264-tcp-3whs-ack-data-tls-01/input.pcap", "tls", 1, json!({"/sni": "raw.githubusercontent.com"})),
        case("community-id-ipv4/input.pcap", "tls", 1, json!({"/sni": "ipv4.google.com", "/version": "TLS 1.3"})),
        case(
            "ja4-cl-handshake/input.pcap",
            "tls",
            1,
            json!({
                "/client_handshake/version": "TLS 1.2",
                "/client_handshake/ciphers": [
                    49196, 49200, 159, 52393, 52392, 52394, 49195, 49199, 158, 49188, 49192, 107, 49187, 49191, 103,
                    49162, 49172, 57, 49161, 49171, 51, 157, 156, 61, 60, 53, 47, 255
                ],
                "/client_handshake/exts": [0, 11, 10, 35, 22, 23, 13],
                "/client_handshake/sig_algs": [
                    1027, 1283, 1539, 2055, 2056, 2057, 2058, 2059, 2052, 2053, 2054, 1025, 1281, 1537, 771, 515, 769,
                    513, 770, 514, 1026, 1282, 1538
                ],
            }),
        ),
        case(
            "sslv2-tls-upgrade-01/ssl-v2-s1.pcap",
            "tls",
            1,
            json!({
                "/subject": "C=US, ST=California, L=Sunnyvale, O=NetScreen Technologies, Inc., OU=Security Team, \
                             CN=sigdb.secteam.netscreen.com, Email=aturner@netscreen.com",
                "/issuerdn": "C=US, ST=California, L=Sunnyvale, O=OneSecure, Inc., OU=Fulfillment, \
                              CN=jumper.sv-staging.onesecure.com, Email=fulfillment@onesecure.com",
                "/serial": "55",
                "/fingerprint": "8c:90:bd:2a:b3:ae:e6:0b:d0:ea:b7:86:b0:1a:e4:b1:cc:57:ef:22",
                "/version": "TLSv1",
                "/notbefore": "2003-03-29T00:57:44",
                "/notafter": "2008-03-27T00:57:44",
            }),
        ),
        case("tls/tls-random/input.pcap", "tls", 1, json!({"/subject": "C=FR, ST=IDF, L=Paris, O=Stamus, CN=SELKS"})),
        case(
            "tls-alpn-log-detect-02/input.pcap",
            "tls",
            1,
            json!({"/client_alpns": ["h2", "http/1.1"], "/server_alpns": ["http/1.1"]}),
        ),
        case(
            "tls-duplicate-hello/input.pcap",
            "tls",
            1,
            json!({
                "/ja3/string": "771,4866-4867-4865-4868-49196-52393-49325-49162-49195-49324-49161-49200-52392-49172-\
                                49199-\
                                49171-157-49309-53-156-49308-47-159-52394-49311-57-158-49310-51,\
                                5-10-11-13-22-23-35-51-43-65281-0-45,23,0",
            }),
        ),
        case("tcp-fastopen-10-syn-data-ignore/input.pcap", "tls", 0, json!({"/version": "UNDETERMINED"})),
    ]
}

fn quic_cases() -> Vec<Case> {
    vec![
        case("ja4-quic/input.pcap", "quic", 11, json!({"/ja4": "q13d0310h3_55b375c5d22e_cd85d2d88918"})),
        case(
            "quic-frag-middle-gap/input.pcap",
            "quic",
            1,
            json!({
                "/extensions/0/name": "key_share",
                "/extensions/8/name": "server_name",
                "/extensions/8/values/0": "optimizationguide-pa.googleapis.com",
            }),
        ),
        case(
            "quic-frag-unordered/input.pcap",
            "quic",
            1,
            json!({"/extensions/0/name": "supported_groups", "/extensions/7/values/0": "mastodon.social"}),
        ),
        case(
            "quic-ietf/input.pcap",
            "quic",
            1,
            json!({
                "/extensions/1/values/0": "msquic.net",
                "/extensions/2/name": "alpn",
                "/extensions/2/values/0": "h3-29",
            }),
        ),
        case("quic-ietf-ja3/input.pcap", "quic", 1, json!({"/ja3s/string": "771,4866,43-51-41"})),
        case(
            "quic-v2-ja3/input.pcap",
            "quic",
            1,
            json!({
                "/version": "6b3343cf",
                "/extensions/0/name": "status_request",
                "/extensions/6/values/0": "h3",
                "/ja3/string": "771,4865-4866-4867,5-10-11-13-65281-23-16-18-43-51-57,29-23-24-25,0",
            }),
        ),
    ]
}

/// By table: each line is a capture, how many of its transactions match, and what they share. Null stands for any value, or
/// for one at least.
///
/// Left out: what needs the port to be found (three cases of LDAP); names of NFS files that we know and Suricata does not;
/// `sip-body-frames`, which has ten messages of which Suricata tells eight.
const CASES: &[(&str, &str)] = &[
    ("enip", include_str!("cases/enip.jsonl")),
    ("ike", include_str!("cases/ike.jsonl")),
    ("krb5", include_str!("cases/krb5.jsonl")),
    ("ldap", include_str!("cases/ldap.jsonl")),
    ("mqtt", include_str!("cases/mqtt.jsonl")),
    ("nfs", include_str!("cases/nfs.jsonl")),
    ("pgsql", include_str!("cases/pgsql.jsonl")),
    ("pop3", include_str!("cases/pop3.jsonl")),
    ("rfb", include_str!("cases/rfb.jsonl")),
    ("sip", include_str!("cases/sip.jsonl")),
    ("smb", include_str!("cases/smb.jsonl")),
    ("tftp", include_str!("cases/tftp.jsonl")),
];

fn lines() -> impl Iterator<Item = Case> {
    let of_table = |(table, lines): &(&'static str, &'static str)| {
        let table = *table;
        lines.lines().map(move |line| {
            let mut line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let capture = line["capture"].as_str().unwrap().to_owned();
            Case {
                capture,
                table,
                count: line["count"].as_u64().map(|count| count as usize),
                matches: line["match"].take(),
            }
        })
    };
    CASES.iter().flat_map(of_table)
}

/// A table's rows are told by the protocol of its name, and perhaps by others.
fn told(table: &str, capture: &std::path::Path) -> Vec<told::Told> {
    let fills = |protocol: &&&dyn applayer::Protocol| protocol.tables().iter().any(|own| own.name == table);
    let flows = captures::flows(capture);
    let of_protocol = |protocol: &&'static dyn applayer::Protocol| {
        flows.iter().filter_map(|flow| told::run(*protocol, flow)).collect::<Vec<_>>()
    };
    applayer::PROTOCOLS.iter().filter(fills).flat_map(of_protocol).collect()
}

/// What is wrong with a case, if something is.
fn difference(case: &Case, capture: &std::path::Path) -> Option<String> {
    let told = told(case.table, capture);
    let wanted = case.matches.as_object().unwrap();
    let has = |transaction: &Value, (pointer, value): (&String, &Value)| match transaction.pointer(pointer) {
        Some(found) => value.is_null() || found == value,
        None => false,
    };
    let transactions = told.iter().flat_map(|told| told.transactions.iter());
    let found = transactions.filter(|transaction| wanted.iter().all(|want| has(transaction, want)));
    let found = found.count();
    let is_clean = case.table != "tls" && case.table != "quic" || told.iter().all(|told| told.anomalies.is_empty());
    let is_right = found == case.count.unwrap_or(found.max(1)) && is_clean;
    (!is_right).then(|| format!("{} {}: {found}, expected {:?}", case.capture, case.matches, case.count))
}

/// Conversations of real programs, cut anywhere.
#[track_caller]
fn check_cuts(capture: &std::path::Path, name: &str) {
    let protocol = applayer::PROTOCOLS.iter().find(|protocol| protocol.name() == name).unwrap();
    for flow in captures::flows(capture).iter().filter(|flow| flow.is_tcp) {
        let steps: Vec<Step<'_>> = flow.pieces.iter().map(step).collect();
        let scene = Scene::tcp(*protocol, flow.server.port());
        let whole = scene.transcript(&steps);
        for size in [1, 7, 1_000] {
            assert!(whole == scene.transcript_cut(&steps, |_, _| size), "{} {size}", capture.display());
        }
    }
}

fn step(piece: &captures::Piece) -> Step<'_> {
    let side = if piece.from_client { Side::Client } else { Side::Server };
    match piece.missing_bytes {
        0 => Step::Send(side, piece.bytes.as_slice().into()),
        bytes => Step::Gap(side, bytes),
    }
}

#[test]
fn cuts_change_nothing() {
    let Some(shared) = captures::shared() else { return };
    for (name, capture) in CUT {
        let capture = shared.join("conformance/suricata-verify/tests").join(capture);
        if capture.is_file() {
            check_cuts(&capture, name);
        } else {
            eprintln!("skipped: {}", capture.display());
        }
    }
}

/// So many bytes of each conversation are changed, again and again.
const CHANGES: u64 = 8;
const ROUNDS: u64 = 12;

/// Conversations of real programs with bytes changed: nothing panics, and cutting them changes nothing.
#[test]
fn damage_does_no_harm() {
    let Some(shared) = captures::shared() else { return };
    for (name, capture) in CUT {
        let capture = shared.join("conformance/suricata-verify/tests").join(capture);
        let protocol = applayer::PROTOCOLS.iter().find(|protocol| protocol.name() == *name).unwrap();
        let flows = if capture.is_file() { captures::flows(&capture) } else { Vec::new() };
        for (flow, seed) in flows.iter().filter(|flow| flow.is_tcp).zip(0..) {
            let mut steps: Vec<Step<'_>> = flow.pieces.iter().take(200).map(step).collect();
            for round in 0..ROUNDS {
                (0..CHANGES).for_each(|change| damage(&mut steps, seed * 1_000 + round * CHANGES + change));
                let scene = Scene::tcp(*protocol, flow.server.port());
                let whole = scene.transcript(&steps);
                assert!(whole == scene.transcript_cut(&steps, |_, _| 5), "{} {seed} {round}", capture.display());
            }
        }
    }
}

/// Changes one byte; the same one for the same seed.
fn damage(steps: &mut [Step<'_>], seed: u64) {
    let random = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let place = (random >> 40) as usize % steps.len().max(1);
    if let Some(Step::Send(_, bytes)) = steps.get_mut(place)
        && !bytes.is_empty()
    {
        // Most of what matters stands at the begin.
        let reach = bytes.len().min(if random & 1 == 0 { 96 } else { 4_096 });
        let byte = (random >> 8) as usize % reach;
        bytes.to_mut()[byte] ^= (random >> 32) as u8 | 1;
    }
}

const CUT: &[(&str, &str)] = &[
    ("sip", "sip-tcp-method/sip-tcp.pcap"),
    ("krb5", "krb5-request-frag-log/krb5-frag.pcap"),
    ("ldap", "ldap-extended/ldap.pcap"),
    ("ldap", "ldap-search/ldap.pcap"),
    ("rfb", "rfb-protocol-3.8/04-vnc-openwall-3.8.pcap"),
    ("mqtt", "mqtt5-pub-mosquittoprops/input.pcap"),
    ("mqtt", "mqtt31-pub-qos2/input.pcap"),
    ("pgsql", "pgsql/pgsql-5000-query-results/input.pcap"),
    ("pgsql", "pgsql/pgsql-copy-data-in/TLPW-Jason-copyfrom-small.pcap"),
    ("smb", "smb2-07/20171220_smb_psexec_add_user.pcap"),
    ("smb", "smb2-03-rule/smb2.pcap"),
    ("smb", "smb2-async-read/input.pcap"),
    ("smb", "smb3-01/input.pcap"),
    ("smb", "smb-eicar-file/input.pcap"),
    ("smb", "smb-dce_iface/input.pcap"),
    ("smb", "output-eve-smb-01/input.pcap"),
    ("smb", "filestore-filecontainer-smb1-data-offset/input.pcap"),
    ("dcerpc", "dcerpc/dcerpc-3109/input.pcap"),
    ("dcerpc", "dcerpc/zerologon/input.pcap"),
];

#[test]
fn events() {
    let Some(shared) = captures::shared() else { return };
    let mut differences = Vec::new();
    for case in tls_cases().into_iter().chain(quic_cases()).chain(lines()) {
        let capture = shared.join("conformance/suricata-verify/tests").join(&case.capture);
        if capture.is_file() {
            differences.extend(difference(&case, &capture));
        } else {
            eprintln!("skipped: {}", capture.display());
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
