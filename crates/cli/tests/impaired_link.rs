//! What is told of connections over a link that loses, delays, reorders and doubles packets, against what the link itself
//! wrote down. The link is made of network namespaces by `tools/lab/impair_lab.sh` of the shared samples, so that this
//! needs root and a minute: `.ci/run` runs it (`cargo test -p cli --test impaired_link -- --ignored`).

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// (loses every so-manieth data packet, reorders, doubles; the server thinks so long, in ms); 0 for never.
const LINKS: &[(u32, u32, u32, u32)] = &[(50, 0, 0, 120), (0, 40, 60, 50)];
/// There and back, in ms.
const DELAYS_MS: (f64, f64) = (20.0, 30.0);

/// What a capture says, over its connections to port 80.
struct Told {
    connections: f64,
    resent: f64,
    client_rtt_ms: f64,
    server_rtt_ms: f64,
    response_ms: f64,
}

fn told(capture: &Path) -> Told {
    let sql = "SELECT count(*) AS connections, sum(rev_retransmissions) AS resent, median(client_rtt_ns) / 1e6 AS client_rtt, \
        median(server_rtt_ns) / 1e6 AS server_rtt, median(server_response_ns) / 1e6 AS response FROM flows WHERE dst_port = 80";
    let output = Command::new(env!("CARGO_BIN_EXE_fathom"))
        .args(["query", sql, "--format", "ndjson", "-q"])
        .arg(capture)
        .output()
        .expect("the program runs");
    let row: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let number = |name: &str| row[name].as_f64().unwrap_or_else(|| panic!("{name} in {row}"));
    Told {
        connections: number("connections"),
        resent: number("resent"),
        client_rtt_ms: number("client_rtt"),
        server_rtt_ms: number("server_rtt"),
        response_ms: number("response"),
    }
}

/// The script, if this machine can run it.
fn lab() -> Option<PathBuf> {
    let shared = std::env::var_os("FATHOM_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let script = shared.join("tools/lab/impair_lab.sh");
    let check = "test $(id -u) = 0 && command -v ip tcpdump curl python3 ethtool && ip netns add fathom-probe && ip netns del fathom-probe";
    let can = Command::new("sh").args(["-c", check]).output().is_ok_and(|output| output.status.success());
    if !script.is_file() || !can {
        eprintln!("skipped: needs the shared samples, root, network namespaces, tcpdump, curl, python3 and ethtool");
        return None;
    }
    Some(script)
}

#[test]
#[ignore = "makes network namespaces: root, and a minute"]
fn what_the_link_did_is_what_is_told() {
    let Some(script) = lab() else { return };
    for link in LINKS {
        check(&script, *link);
    }
}

fn check(script: &Path, (loses, reorders, doubles, think_ms): (u32, u32, u32, u32)) {
    let folder = std::env::temp_dir().join(format!("fathom-link-{}", std::process::id()));
    let arguments = [DELAYS_MS.0 as u32, DELAYS_MS.1 as u32, loses, reorders, doubles, think_ms];
    let output = Command::new("bash")
        .arg(script)
        .arg(&folder)
        .args(arguments.map(|argument| argument.to_string()))
        .output()
        .expect("bash runs");
    let truth: Value = std::fs::read(folder.join("truth.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_else(|| panic!("no truth: {}", String::from_utf8_lossy(&output.stderr)));
    let lost = truth["dropped"].as_array().map_or(0, Vec::len) as f64;
    let (server, client) = (told(&folder.join("server.pcap")), told(&folder.join("client.pcap")));
    std::fs::remove_dir_all(&folder).expect("the folder goes");

    let link = format!("loses {loses}, reorders {reorders}, doubles {doubles}");
    assert_eq!((server.connections, client.connections), (5.0, 5.0), "{link}");
    // What is lost is sent again once, and now and then a segment that was late or the last of all.
    let most = lost * 1.2 + 8.0;
    assert!((lost..=most).contains(&server.resent), "{link}: lost {lost}, told {} at the server", server.resent);
    assert!(client.resent <= most, "{link}: lost {lost}, told {} at the client", client.resent);
    // Half of the way is before each tap; a busy machine adds to it, nothing takes from it.
    let rtt_ms = DELAYS_MS.0 + DELAYS_MS.1;
    for (place, far_ms, near_ms) in
        [("server", server.client_rtt_ms, server.server_rtt_ms), ("client", client.server_rtt_ms, client.client_rtt_ms)]
    {
        assert!((rtt_ms * 0.99..rtt_ms * 1.5).contains(&far_ms), "{link}: {far_ms} ms seen at the {place}");
        assert!(near_ms < 10.0, "{link}: {near_ms} ms within the {place}");
    }
    let think_ms = f64::from(think_ms);
    assert!((think_ms..think_ms + 60.0).contains(&server.response_ms), "{link}: {} ms to respond", server.response_ms);
    let seen_ms = think_ms + rtt_ms;
    assert!((seen_ms..seen_ms + 60.0).contains(&client.response_ms), "{link}: {} ms to respond", client.response_ms);
}
