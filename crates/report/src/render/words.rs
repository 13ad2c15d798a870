//! The report's words: what providers, zones, severities, services and techniques are called, and the verdict in one sentence.
//!
//! Shared by the terminal and the page, so that both say the same thing.

use super::units;
use crate::summary::{Finding, Summary};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Act now.
    Critical,
    /// Act today.
    High,
    /// Look at it.
    Medium,
    /// Good to know.
    Low,
    /// Context.
    Info,
}

impl Severity {
    /// Most severe first.
    pub(super) const ALL: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// The severity of a finding; an unknown word counts as `info`.
    pub(super) fn of(finding: &Finding) -> Severity {
        Severity::ALL.into_iter().find(|severity| severity.name() == finding.severity).unwrap_or(Severity::Info)
    }

    /// The word.
    pub(super) fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
        }
    }

    /// A shape, so that colour is never the only signal.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Severity::Critical => "▲",
            Severity::High => "◆",
            Severity::Medium => "■",
            Severity::Low => "●",
            Severity::Info => "○",
        }
    }
}

/// Findings per severity, most severe first, without empty ones.
pub(super) fn severities(findings: &[Finding]) -> Vec<(Severity, usize)> {
    let tally = |severity| (severity, findings.iter().filter(|finding| Severity::of(finding) == severity).count());
    Severity::ALL.into_iter().map(tally).filter(|(_, count)| *count > 0).collect()
}

/// The report in one sentence.
pub(super) fn verdict(summary: &Summary) -> String {
    if summary.inputs.records == 0 && summary.findings.is_empty() {
        let why = if summary.health.is_partial { ": part of the input could not be read" } else { "" };
        return format!("No flow records to report on{why}.");
    }
    let weighty: Vec<String> = severities(&summary.findings)
        .into_iter()
        .filter(|(severity, _)| *severity <= Severity::Medium)
        .map(|(severity, count)| format!("{count} {}", severity.name()))
        .collect();
    let findings = match (weighty.as_slice(), summary.findings.len()) {
        (_, 0) => "Nothing stands out.".into(),
        ([], 1) => "One minor finding, nothing urgent.".into(),
        ([], count) => format!("{count} minor findings, nothing urgent."),
        ([one], _) => format!("{one} {}.", if one.starts_with("1 ") { "finding" } else { "findings" }),
        ([most @ .., last], _) => format!("{} and {last} findings.", most.join(", ")),
    };
    format!("{findings}{}", if summary.health.is_partial { " Part of the input could not be read." } else { "" })
}

/// The providers seen, in the order of the vantages (else of the formats), joined by commas.
pub(super) fn clouds(summary: &Summary) -> String {
    let mut names: Vec<String> = Vec::new();
    let seen = summary.traffic.vantages.iter().map(|vantage| provider(&vantage.provider));
    for name in seen.filter(|name| !name.is_empty()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// `aws` as `AWS`; an unknown provider as it stands.
pub(super) fn provider(name: &str) -> String {
    match name {
        "aws" => "AWS".into(),
        "azure" => "Azure".into(),
        "gcp" => "GCP".into(),
        "oci" => "OCI".into(),
        "ibm" => "IBM".into(),
        other => units::clean(other),
    }
}

/// Does any record say whether its traffic was let through? Packets do not.
pub(super) fn has_verdicts(summary: &Summary) -> bool {
    summary.traffic.verdicts.iter().any(|(verdict, records)| verdict != "unknown" && *records > 0)
}

/// A zone of the traffic: a cloud, `private` or `internet`.
pub(super) fn zone(name: &str) -> String {
    match name {
        "private" => "other private".into(),
        other => provider(other),
    }
}

/// `aws_vpc` as `AWS VPC flow logs`.
pub(super) fn source_kind(name: &str) -> String {
    match name {
        "aws_vpc" => "AWS VPC flow logs".into(),
        "aws_tgw" => "AWS transit gateway flow logs".into(),
        "aws_nfw" => "AWS Network Firewall logs".into(),
        "az_nsg" => "Azure NSG flow logs".into(),
        "az_vnet" => "Azure VNet flow logs".into(),
        "gcp_vpc" => "GCP VPC flow logs".into(),
        "zeek_conn" => "Zeek conn logs".into(),
        "argus_binetflow" => "Argus flow records".into(),
        "packet" => "packet captures".into(),
        other => units::clean(other),
    }
}

/// `https tcp/443`, `tcp/8443`, `icmp`.
pub(super) fn service(name: &str, protocol: &str, port: Option<u16>) -> String {
    let number = match port {
        Some(port) if protocol.is_empty() => format!("port {port}"),
        Some(port) => format!("{protocol}/{port}"),
        None => protocol.to_owned(),
    };
    let is_named = !name.is_empty() && name != protocol;
    let shown = if is_named && !number.is_empty() {
        format!("{name} {number}")
    } else {
        format!("{}{number}", if is_named { name } else { "" })
    };
    units::clean(&shown)
}

/// Where a problem is: `object:line 12:offset 345`.
pub(super) fn place(object: &str, record_no: Option<u64>, offset: Option<u64>) -> String {
    let mut out = units::clean(object);
    if let Some(line) = record_no {
        out.push_str(&format!(":{line}"));
    }
    if let Some(offset) = offset {
        out.push_str(&format!(" @{offset}"));
    }
    out
}

/// Peers as one short text: the first few, and how many more.
pub(super) fn few(names: &[String], most: usize) -> String {
    let mut out = names.iter().take(most).map(|name| units::clean(name)).collect::<Vec<_>>().join(", ");
    if names.len() > most {
        out.push_str(&format!(" and {} more", units::count((names.len() - most) as u64)));
    }
    out
}

/// A thing and what stands behind it, if that is known: `10.0.0.9 (RDS orders)`.
pub(super) fn owned(thing: &str, owner: &str) -> String {
    if owner.is_empty() { thing.to_owned() } else { format!("{thing} ({owner})") }
}

/// The entity of a finding, or a peer, with what stands behind it.
pub(super) fn owned_in(finding: &Finding, thing: &str) -> String {
    owned(thing, finding.owners.get(thing).map_or("", String::as_str))
}

/// The peers of a finding, with what stands behind them.
pub(super) fn owned_peers(finding: &Finding) -> Vec<String> {
    finding.peers.iter().map(|peer| owned_in(finding, peer)).collect()
}

/// What detection could not look at, if there is anything.
pub(super) fn behaviour_note(summary: &Summary) -> Option<String> {
    let most = summary.behaviour.conversation_halvings.into_iter().max().filter(|halvings| *halvings > 0)?;
    let share = 1_u64.checked_shl(most).unwrap_or(u64::MAX);
    Some(format!(
        "There are more conversations than detection holds: of some kinds it looked at one in {share}, and at those \
         that come back, carry much, last long or fail. --conversations N lets it hold more, 200 bytes each."
    ))
}

/// What its confidence rests on: `regularity 0.29 · few of ours call it 0.1`; empty if nothing is told.
pub(super) fn reasons(finding: &Finding) -> String {
    let one = |(name, worth): &(String, f64)| {
        let digits = if worth.abs() >= 10.0 || worth.fract() == 0.0 { 0 } else { 2 };
        format!("{name} {worth:.digits$}")
    };
    let parts = finding.explain.iter().filter(|(_, worth)| *worth != 0.0);
    units::clean(&parts.map(one).collect::<Vec<_>>().join(" · "))
}

/// The sentence and the command of a next step: the command stands in backticks, or from `fathom ` to the end.
///
/// A command is made to be pasted into a shell, and names of strangers may stand in it. One with a line break, a `$`, a
/// backtick or a backslash would run more than it shows; it stays part of the sentence and cannot be copied.
pub(super) fn step(next_step: &str) -> (String, Option<String>) {
    let trim = |text: &str| units::clean(text.trim().trim_end_matches(':').trim_end());
    let (before, command, after) = match quoted_command(next_step).or_else(|| trailing_command(next_step)) {
        Some(parts) if is_pasteable(parts.1) => parts,
        _ => return (trim(next_step), None),
    };
    let sentence = if after.is_empty() { trim(before) } else { format!("{} … {}", trim(before), trim(after)) };
    (sentence, Some(command.to_owned()))
}

fn is_pasteable(command: &str) -> bool {
    !command.contains(['$', '`', '\\']) && units::clean(command) == command
}

/// What stands before, in and after the backticks.
fn quoted_command(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (command, after) = rest.rsplit_once('`').filter(|(command, _)| command.starts_with("fathom "))?;
    Some((before, command, after.trim_start_matches(['.', ' '])))
}

/// What stands before the first command of ours, and the command.
fn trailing_command(text: &str) -> Option<(&str, &str, &str)> {
    let verbs =
        ["fathom query ", "fathom packets ", "fathom report ", "fathom detect ", "fathom policy ", "fathom intel "];
    let at = verbs.iter().filter_map(|verb| text.find(verb)).min()?;
    Some((&text[..at], text[at..].trim_end(), ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_sentence_and_a_command() {
        let split = |text: &str| step(text);
        assert_eq!(
            split("Look at it: `fathom query 'SELECT 1'`."),
            ("Look at it".into(), Some("fathom query 'SELECT 1'".into()))
        );
        assert_eq!(
            split("Look at it: fathom query 'SELECT 1'"),
            ("Look at it".into(), Some("fathom query 'SELECT 1'".into()))
        );
        assert_eq!(split("Ask the owner."), ("Ask the owner.".into(), None));
        for hostile in ["x\nrm -rf ~", "'$(rm -rf ~)'", "x`id`", "x\u{202e}"] {
            assert_eq!(split(&format!("See: fathom query {hostile}")).1, None, "{hostile}");
        }
    }

    #[test]
    fn services_and_places_read_well() {
        assert_eq!(service("https", "tcp", Some(443)), "https tcp/443");
        assert_eq!(service("", "tcp", Some(8443)), "tcp/8443");
        assert_eq!(service("icmp", "icmp", None), "icmp");
        assert_eq!(service("ssh", "", None), "ssh");
        assert_eq!(place("a.log.gz", Some(12), Some(345)), "a.log.gz:12 @345");
    }
}
