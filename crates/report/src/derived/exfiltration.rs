//! Data that leaves: an upload to a rare address that dwarfs all others, and what was gathered for it.

use super::{Draft, Severity, bytes, query, row};
use crate::analysis::{Analysis, Talk, moment};
use hashbrown::HashMap;

/// Bytes sent, at least: a floor only, the population decides.
const BYTES_MIN: u64 = 50_000_000;
/// Clients of ours that use the server, at most.
const CLIENTS_MAX: u64 = 2;
/// Sent for each byte received, at least.
const UP_TO_DOWN_MIN: u64 = 4;
/// How many times the host's other uploads to the internet.
const OWN_FACTOR: u64 = 4;
/// Robust deviations above the median of all uploads, in logarithms.
const DEVIATIONS_MIN: f64 = 4.0;
/// A pull counts as gathered for an upload if it is at least this part of it ...
const STAGED_PART: f64 = 0.4;
/// ... and began at most this long before.
const STAGED_SECONDS_MAX: u32 = 2 * 86_400;

/// Median and median deviation of the logarithms of all uploads.
fn population(analysis: &Analysis<'_>) -> (f64, f64) {
    let uploads = analysis.singles().filter(|talk| analysis.is_outbound(talk) && talk.to_server > 0);
    let mut logs: Vec<f64> = uploads.map(|talk| (talk.to_server as f64).ln()).collect();
    let median = middle(&mut logs);
    let mut deviations: Vec<f64> = logs.iter().map(|log| (log - median).abs()).collect();
    (median, middle(&mut deviations) * 1.4826)
}

fn middle(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Uploads that stand out, with their deviations from the population.
fn uploads<'a>(analysis: &'a Analysis<'a>) -> Vec<(&'a Talk, f64)> {
    let large = |talk: &&Talk| analysis.is_outbound(talk) && talk.to_server >= BYTES_MIN;
    let candidates: Vec<&Talk> = analysis.singles().filter(large).collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let (median, spread) = population(analysis);
    let mut sent: HashMap<u32, u64> = HashMap::new();
    for talk in analysis.talks.iter().filter(|talk| analysis.is_outbound(talk)) {
        *sent.entry(talk.client).or_default() += talk.to_server;
    }
    let judge = |talk: &'a Talk| {
        let others = sent.get(&talk.client).map_or(0, |sent| sent - talk.to_server);
        let is_rare = analysis.users[talk.server as usize] <= CLIENTS_MAX;
        let deviations = ((talk.to_server as f64).ln() - median) / spread.max(0.5);
        let stands_out = deviations >= DEVIATIONS_MIN && talk.to_server / OWN_FACTOR >= others;
        (is_rare && stands_out && talk.to_server / UP_TO_DOWN_MIN >= talk.to_client).then_some((talk, deviations))
    };
    candidates.into_iter().filter_map(judge).collect()
}

/// An upload to a rare address that dwarfs all others.
pub(super) fn volume(analysis: &Analysis<'_>) -> Vec<Draft> {
    let draft = |(talk, deviations): (&Talk, f64)| {
        let (entity, server) = (analysis.text(talk.client), analysis.text(talk.server));
        let users = analysis.users[talk.server as usize];
        let mut evidence = vec![
            row("sent", bytes(talk.to_server)),
            row("received", bytes(talk.to_client)),
            row("above the usual upload", format!("{deviations:.1} robust deviations")),
            row("clients of ours that use this address", users),
        ];
        if let Some(listed) = analysis.listed.get(&talk.server) {
            evidence.push(row("on blacklists", listed.lists.join(", ")));
        }
        Draft {
            detector: "exfiltration.volume".to_owned(),
            title: format!(
                "{entity} sent {} to {server} ({}), an address hardly used here",
                bytes(talk.to_server),
                talk.service_label()
            ),
            severity: if talk.to_server >= 10 * BYTES_MIN { Severity::Critical } else { Severity::High },
            confidence: (0.5 + deviations / 40.0).min(0.9),
            peers: vec![server.clone()],
            span: talk.span(),
            evidence,
            attack: "T1048".into(),
            next_step: format!(
                "Find the process and what it read; the upload over time: {}",
                query(&format!(
                    "SELECT time_bucket('10 minutes', time_start) AS at, sum(bytes) AS bytes FROM flows WHERE src_ip = '{entity}' AND dst_ip = '{server}' GROUP BY 1 ORDER BY 1"
                ))
            ),
            weight: talk.to_server,
            entity,
            ..Draft::default()
        }
    };
    uploads(analysis).into_iter().map(draft).collect()
}

/// Data pulled from inside by a host that uploads as much afterwards.
pub(super) fn staging(analysis: &Analysis<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (upload, _) in uploads(analysis) {
        let from = upload.span().0;
        let is_pull = |talk: &&Talk| {
            let (client, server) = (analysis.host(talk.client), analysis.host(talk.server));
            talk.client == upload.client
                && client.is_inside
                && server.is_inside
                && talk.to_client as f64 >= upload.to_server as f64 * STAGED_PART
                && (from.saturating_sub(STAGED_SECONDS_MAX)..=from).contains(&talk.span().0)
        };
        drafts.extend(analysis.singles().filter(is_pull).map(|talk| pull(analysis, talk, upload)));
    }
    drafts
}

fn pull(analysis: &Analysis<'_>, talk: &Talk, upload: &Talk) -> Draft {
    let (entity, server) = (analysis.text(talk.client), analysis.text(talk.server));
    Draft {
        detector: "exfiltration.staging".to_owned(),
        title: format!(
            "{entity} pulled {} from {} of {server} before it uploaded {}",
            bytes(talk.to_client),
            talk.service_label(),
            bytes(upload.to_server)
        ),
        severity: Severity::High,
        confidence: 0.8,
        peers: vec![server.clone()],
        span: talk.span(),
        evidence: vec![
            row("pulled", bytes(talk.to_client)),
            row("between", format!("{} and {}", moment(talk.span().0), moment(talk.span().1))),
            row("uploaded afterwards", format!("{} to {}", bytes(upload.to_server), analysis.text(upload.server))),
        ],
        attack: "T1074".into(),
        next_step: format!(
            "See whether this client ever used the service before, and which account it used: {}",
            query(&format!(
                "SELECT time_bucket('1 hour', time_start) AS at, sum(bytes) AS bytes FROM flows WHERE src_ip = '{server}' AND dst_ip = '{entity}' GROUP BY 1 ORDER BY 1"
            ))
        ),
        weight: talk.to_client,
        entity,
        ..Draft::default()
    }
}
