//! Findings as events of the Open Cybersecurity Schema Framework: class Detection Finding (2004), one JSON object each.
//!
//! Source: OCSF 1.6, `events/findings/detection_finding.json` and the objects it names; attributes that it requires or
//! recommends come first. `time` is the finding's last evidence, since a report reads no clock.

use crate::attack::Technique;
use crate::summary::{Finding, IntelHit, Summary};
use crate::{knowledge, time};
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// The version of the schema.
const SCHEMA: &str = "1.6.0";
/// Findings, Detection Finding.
const CATEGORY: u32 = 2;
const CLASS: u32 = 2004;

/// What an event says of its finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It is new.
    Create,
    /// It was told before, and has changed.
    Update,
}

impl Activity {
    /// The schema's number and caption.
    fn told(self) -> (u32, &'static str) {
        match self {
            Activity::Create => (1, "Create"),
            Activity::Update => (2, "Update"),
        }
    }
}

/// (prefix of the detector, the kind of analytic, its name): the first that fits; whatever is not here is behaviour.
const ANALYTICS: &[(&str, u32, &str)] = &[
    ("alert.", 1, "Rule"),
    ("intel.", 1, "Rule"),
    ("exposure.", 1, "Rule"),
    ("loghealth.", 1, "Rule"),
    ("cost.", 1, "Rule"),
    ("normal.", 3, "Statistical"),
    ("beacon.", 3, "Statistical"),
    ("scan.", 3, "Statistical"),
    ("", 2, "Behavioral"),
];

/// (our severity, the schema's id, its caption)
const SEVERITIES: &[(&str, u32, &str)] = &[
    ("critical", 5, "Critical"),
    ("high", 4, "High"),
    ("medium", 3, "Medium"),
    ("low", 2, "Low"),
    ("info", 1, "Informational"),
];

/// One event for each finding, in the report's order. `version` is the program's.
pub fn events(summary: &Summary, version: &str) -> Vec<Value> {
    summary.findings.iter().map(|finding| event(finding, Activity::Create, summary, version)).collect()
}

/// One finding's event; what blacklists say of its ends is taken from the summary.
pub fn event(finding: &Finding, activity: Activity, summary: &Summary, version: &str) -> Value {
    let (activity_id, activity) = activity.told();
    let (severity_id, severity) = severity(finding.severity);
    let (confidence_id, confidence) = confidence(finding.confidence);
    let mut event = json!({
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity_id,
        "type_name": format!("Detection Finding: {activity}"),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 1,
        "status": "New",
        "is_alert": true,
        "confidence_id": confidence_id,
        "confidence": confidence,
        "confidence_score": (finding.confidence * 100.0).round() as u32,
        "time": milliseconds(&finding.last_seen),
        "start_time": milliseconds(&finding.first_seen),
        "end_time": milliseconds(&finding.last_seen),
        "message": finding.title,
        "metadata": metadata(version),
        "finding_info": finding_info(finding),
        "evidences": evidences(finding),
        "observables": observables(finding),
        "resources": resources(finding),
    });
    let Some(members) = event.as_object_mut() else { return event };
    if !finding.next_step.is_empty() {
        members.insert("remediation".to_owned(), json!({ "desc": finding.next_step }));
    }
    add_baseline(members, finding);
    add_lists(members, finding, &summary.intel.hits);
    event
}

fn metadata(version: &str) -> Value {
    json!({ "version": SCHEMA, "product": { "name": "Fathom", "vendor_name": "Fathom", "version": version } })
}

fn finding_info(finding: &Finding) -> Value {
    let (type_id, kind) = analytic(&finding.detector);
    let family = finding.detector.split('.').next().unwrap_or_default();
    let mut info = json!({
        "uid": finding.id,
        "title": finding.title,
        "types": [family],
        "analytic": { "type_id": type_id, "type": kind, "uid": finding.detector, "name": finding.detector },
        "first_seen_time": milliseconds(&finding.first_seen),
        "last_seen_time": milliseconds(&finding.last_seen),
    });
    if let (Some(members), false) = (info.as_object_mut(), finding.attack.is_empty()) {
        members.insert("attacks".to_owned(), json!([attack(&finding.attack)]));
    }
    info
}

/// A technique as the schema's object `attack`. One that no table names (a rule may name any) has its identifier only.
fn attack(text: &str) -> Value {
    let Some(technique) = Technique::parse(text) else { return json!({ "technique": { "uid": text } }) };
    let told = |technique: Technique<'_>| match technique.name() {
        "" => json!({ "uid": technique.id() }),
        name => json!({ "uid": technique.id(), "name": name }),
    };
    let mut attack = Map::from_iter([("technique".to_owned(), told(technique.main()))]);
    if technique.is_sub() {
        attack.insert("sub_technique".to_owned(), told(technique));
    }
    if let Some((uid, name)) = technique.tactic() {
        attack.insert("tactic".to_owned(), json!({ "uid": uid, "name": name }));
    }
    Value::Object(attack)
}

/// Who did it and to whom; with the first peer, what it rests on.
fn evidences(finding: &Finding) -> Value {
    let data: Map<String, Value> =
        finding.evidence.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    let mut evidence = Map::from_iter([("data".to_owned(), Value::Object(data))]);
    let Some([own, other]) = sides(finding) else { return json!([evidence]) };
    for (name, end) in [(own, Some(&finding.entity)), (other, finding.peers.first())] {
        if let Some(endpoint) = end.and_then(|text| endpoint(text, finding)) {
            evidence.insert(name.to_owned(), endpoint);
        }
    }
    let further = finding.peers.iter().skip(1).filter_map(|peer| endpoint(peer, finding));
    let further = further.map(|endpoint| json!({ other: endpoint }));
    Value::Array(std::iter::once(Value::Object(evidence)).chain(further).collect())
}

/// The ends that the entity and its peers are: most entities call. None where a finding does not say who called.
fn sides(finding: &Finding) -> Option<[&'static str; 2]> {
    const CALLER: [&str; 2] = ["src_endpoint", "dst_endpoint"];
    const CALLED: [&str; 2] = ["dst_endpoint", "src_endpoint"];
    match finding.detector.as_str() {
        "exposure.cleartext" | "alert.signature" | "ddos.amplification" => None,
        // Of a cost the entity is a network, and its peers are the hosts that call.
        "exposure.opened" | "exposure.reached" | "ddos.inbound" | "cost.endpoint" => Some(CALLED),
        // One guesser is told by himself, several by the host at which they guess.
        detector if detector.starts_with("bruteforce.") && finding.peers_total > 1 => Some(CALLED),
        _ => Some(CALLER),
    }
}

/// An address, with what an inventory says of it; none where the text is none.
fn endpoint(text: &str, finding: &Finding) -> Option<Value> {
    let address = address(text)?;
    Some(match finding.owners.get(text) {
        Some(owner) => json!({ "ip": address.to_string(), "name": owner }),
        None => json!({ "ip": address.to_string() }),
    })
}

/// Address of `10.0.0.1`, or of an end such as `10.0.0.1:22` or `[2001:db8::1]:22`.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|end| end.ip()))
}

fn observables(finding: &Finding) -> Value {
    let [own, other] = sides(finding).unwrap_or(["data", "data"]);
    let peers = finding.peers.iter().filter_map(|peer| Some((other, address(peer)?)));
    let observable = |(side, address): (&str, IpAddr)| {
        let path = if side == "data" { "evidences[].data".to_owned() } else { format!("evidences[].{side}.ip") };
        json!({ "name": path, "type_id": 2, "type": "IP Address", "value": address.to_string() })
    };
    Value::Array(
        address(&finding.entity).map(|entity| (own, entity)).into_iter().chain(peers).map(observable).collect(),
    )
}

/// Who is affected: the entity; of an entity outside its peers.
fn resources(finding: &Finding) -> Value {
    let is_outside = address(&finding.entity).is_some_and(|address| !knowledge::is_internal(address));
    let affected = match &finding.peers[..] {
        peers if is_outside && !peers.is_empty() => peers,
        _ => std::slice::from_ref(&finding.entity),
    };
    let told = affected.iter().map(|uid| match finding.owners.get(uid) {
        Some(owner) => json!({ "uid": uid, "name": owner }),
        None => json!({ "uid": uid }),
    });
    Value::Array(told.collect())
}

/// What departs from a baseline says what was expected.
fn add_baseline(members: &mut Map<String, Value>, finding: &Finding) {
    if !finding.detector.starts_with("normal.") {
        return;
    }
    let named = |name: &str| finding.evidence.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let observed = named("value").or_else(|| named("new")).unwrap_or_default();
    let attribute = finding.detector.trim_start_matches("normal.");
    let mut analysis = json!({
        "analysis_target": { "name": finding.entity, "type": "host" },
        "anomalies": [{ "observed_attribute": attribute, "observations": [{ "value": observed }] }],
    });
    if let (Some(members), Some(usual)) = (analysis.as_object_mut(), named("usual")) {
        let baseline = json!([{ "observed_attribute": attribute, "observations": [{ "value": usual }] }]);
        members.insert("baselines".to_owned(), baseline);
    }
    members.insert("anomaly_analyses".to_owned(), json!([analysis]));
}

/// What blacklists say of its peers: the profile `osint`.
fn add_lists(members: &mut Map<String, Value>, finding: &Finding, hits: &[IntelHit]) {
    let of_peer = |hit: &&IntelHit| finding.peers.contains(&hit.address) || finding.entity == hit.address;
    let told = hits.iter().filter(of_peer).map(|hit| {
        json!({
            "type_id": 1,
            "type": "IP Address",
            "value": hit.address,
            "vendor_name": hit.lists.join(", "),
            "category": hit.label,
            "risk_score": hit.score,
        })
    });
    let told: Vec<Value> = told.collect();
    if told.is_empty() {
        return;
    }
    members.insert("osint".to_owned(), Value::Array(told));
    if let Some(metadata) = members.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("profiles".to_owned(), json!(["osint"]));
    }
}

fn analytic(detector: &str) -> (u32, &'static str) {
    let fits = |row: &&(&str, u32, &str)| detector.starts_with(row.0);
    ANALYTICS.iter().find(fits).map_or((99, "Other"), |&(_, id, name)| (id, name))
}

fn severity(name: &str) -> (u32, &'static str) {
    SEVERITIES.iter().find(|row| row.0 == name).map_or((0, "Unknown"), |&(_, id, caption)| (id, caption))
}

fn confidence(confidence: f64) -> (u32, &'static str) {
    match confidence {
        sure if sure >= 0.8 => (3, "High"),
        likely if likely >= 0.5 => (2, "Medium"),
        _ => (1, "Low"),
    }
}

fn milliseconds(moment: &str) -> u64 {
    u64::from(time::seconds(moment)) * 1_000
}

#[cfg(test)]
mod tests;
