//! Protocols that carry passwords in clear text, between a host of ours and the internet.

use crate::analysis::{Analysis, Talk};
use detect::finding::{bytes, query, row, some};
use detect::{Finding, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// (protocol, port, what is spoken there). Web and mail relay are left out: what they carry is mostly no secret.
const CLEARTEXT: &[(u8, u16, &str)] = &[
    (6, 21, "FTP"),
    (6, 23, "Telnet"),
    (6, 110, "POP3"),
    (6, 143, "IMAP"),
    (17, 161, "SNMP"),
    (6, 389, "LDAP"),
    (6, 512, "rexec"),
    (6, 513, "rlogin"),
    (6, 514, "rsh"),
    (6, 5900, "VNC"),
];

/// The server has said more than a refusal in a banner.
const ANSWER_BYTES_MIN: u64 = 400;

/// Finds them: one per host of ours, protocol and direction.
pub(super) fn spoken(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut by_host: BTreeMap<(u32, &str, bool), Vec<&Talk>> = BTreeMap::new();
    for talk in analysis.singles().filter(|talk| talk.is_answered() && talk.to_client >= ANSWER_BYTES_MIN) {
        let Some(name) = name_of(talk) else { continue };
        // A login from outside that is used weighs more, and is told as that.
        if super::exposure::is_used(analysis, talk) {
            continue;
        }
        if analysis.is_inbound(talk) {
            by_host.entry((talk.server, name, true)).or_default().push(talk);
        } else if analysis.is_outbound(talk) {
            by_host.entry((talk.client, name, false)).or_default().push(talk);
        }
    }
    by_host
        .into_iter()
        .map(|((host, name, is_offered), talks)| told(analysis, host, (name, is_offered), &talks))
        .collect()
}

fn name_of(talk: &Talk) -> Option<&'static str> {
    CLEARTEXT.iter().find(|row| (row.0, row.1) == (talk.proto, talk.port)).map(|row| row.2)
}

fn told(analysis: &Analysis<'_>, host: u32, (name, is_offered): (&str, bool), talks: &[&Talk]) -> Finding {
    let (entity, port) = (analysis.text(host), talks[0].port);
    let peers: BTreeSet<String> =
        talks.iter().map(|talk| analysis.text(if is_offered { talk.client } else { talk.server })).collect();
    let peers: Vec<String> = peers.into_iter().collect();
    let moved: u64 = talks.iter().map(|talk| talk.bytes()).sum();
    let does = if is_offered { "offers the internet" } else { "speaks with the internet" };
    let (ours, theirs) = if is_offered { ("dst_ip", "src_ip") } else { ("src_ip", "dst_ip") };
    Finding {
        title: format!("{entity} {does} {name}, which carries passwords in clear text: {}", some(&peers)),
        severity: Severity::Low,
        confidence: 0.7,
        peers_total: peers.len() as u64,
        first_seen: talks.iter().map(|talk| talk.first_allowed).min().unwrap_or(0),
        last_seen: talks.iter().map(|talk| talk.last_allowed).max().unwrap_or(0),
        evidence: vec![row("peers", peers.len()), row("in both directions", bytes(moved))],
        explain: vec![("peers".to_owned(), peers.len() as f64)],
        attack: "T1040".to_owned(),
        next_step: format!(
            "Move it to a protocol that encrypts, or into a tunnel. Who uses it: {}",
            query(&format!(
                "SELECT {theirs}, count(*) AS records, sum(bytes) AS bytes FROM flows WHERE {ours} = '{entity}' AND dst_port = {port} GROUP BY 1 ORDER BY 3 DESC"
            ))
        ),
        weight: moved,
        peers: peers.into_iter().take(20).collect(),
        ..Finding::about("exposure.cleartext", entity, &format!("{name} {does}"))
    }
}
