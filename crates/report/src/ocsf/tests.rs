//! Events hold what the schema requires, whatever the finding.

use super::*;
use crate::summary::Intel;

fn finding(detector: &str) -> Finding {
    Finding {
        id: "0011223344556677".to_owned(),
        detector: detector.to_owned(),
        title: "10.0.0.5 did something".to_owned(),
        severity: "high",
        confidence: 0.9,
        entity: "10.0.0.5".to_owned(),
        peers: vec!["198.51.100.7".to_owned(), "[2001:db8::1]:22".to_owned(), "tcp/443".to_owned()],
        first_seen: "2026-03-01T00:00:00Z".to_owned(),
        last_seen: "2026-03-01T00:01:00Z".to_owned(),
        evidence: vec![("value".to_owned(), "9 GB".to_owned()), ("usual".to_owned(), "1 MB".to_owned())],
        attack: "T1071".to_owned(),
        ..Finding::default()
    }
}

fn event_of(finding: Finding, hits: Vec<IntelHit>) -> Value {
    let summary = Summary { findings: vec![finding], intel: Intel { hits, ..Intel::default() }, ..Summary::default() };
    events(&summary, "1.0").remove(0)
}

#[test]
fn what_the_schema_requires_is_there() {
    for detector in ["scan.horizontal", "alert.signature", "normal.volume_up", "lateral.fanout", "cost.endpoint"] {
        let event = event_of(finding(detector), Vec::new());
        let classified =
            ["activity_id", "category_uid", "class_uid", "type_uid", "severity_id"].map(|name| event[name].as_u64());
        assert_eq!(classified, [1, 2, 2004, 200_401, 4].map(Some), "{detector}");
        assert_eq!(event["time"].as_u64(), Some(1_772_323_260_000));
        assert_eq!(event["metadata"]["product"]["name"], "Fathom");
        assert_eq!(event["finding_info"]["uid"], "0011223344556677");
        assert_eq!(event.get("anomaly_analyses").is_some(), detector.starts_with("normal."), "{detector}");
    }
}

#[test]
fn peers_are_endpoints_where_they_are_addresses() {
    let event = event_of(finding("beacon.regular"), Vec::new());
    let ends: Vec<&Value> =
        event["evidences"].as_array().unwrap().iter().map(|one| &one["dst_endpoint"]["ip"]).collect();
    assert_eq!(ends, ["198.51.100.7", "2001:db8::1"]);
    assert_eq!(event["observables"].as_array().unwrap().len(), 3);
}

#[test]
fn of_a_cost_the_hosts_call_and_there_is_no_technique() {
    let finding = Finding { entity: "vpc-1".to_owned(), attack: String::new(), ..finding("cost.endpoint") };
    let event = event_of(finding, Vec::new());
    assert_eq!(event["evidences"][0]["src_endpoint"]["ip"], "198.51.100.7");
    assert_eq!((event["resources"][0]["uid"].as_str(), event["finding_info"].get("attacks")), (Some("vpc-1"), None));
    assert_eq!(event["finding_info"]["analytic"]["type"], "Rule");
}

#[test]
fn lists_are_osint() {
    let hit = IntelHit { address: "198.51.100.7".to_owned(), score: 80, ..IntelHit::default() };
    let event = event_of(finding("intel.contact"), vec![hit]);
    assert_eq!((&event["osint"][0]["risk_score"], &event["metadata"]["profiles"][0]), (&json!(80), &json!("osint")));
    assert!(event_of(finding("intel.contact"), Vec::new()).get("osint").is_none());
}

#[test]
fn techniques_with_their_tactics() {
    let sub = attack("T1110.001");
    let names = (&sub["technique"]["uid"], &sub["sub_technique"]["name"]);
    assert_eq!(names, (&json!("T1110"), &json!("Password Guessing")));
    assert_eq!(attack("T1498")["tactic"]["uid"], "TA0040");
    assert_eq!(attack("T1552.005")["technique"], json!({ "uid": "T1552" }));
    assert_eq!(attack("T0886"), json!({ "technique": { "uid": "T0886" } }));
}

#[test]
fn who_called_whom_as_the_finding_has_it() {
    let with = |detector: &str, entity: &str, peers: &[&str]| Finding {
        entity: entity.to_owned(),
        peers: peers.iter().map(|peer| (*peer).to_owned()).collect(),
        peers_total: peers.len() as u64,
        ..finding(detector)
    };
    // (detector, entity, peers; the source, who is affected)
    for (detector, entity, peers, source, affected) in [
        ("bruteforce.ssh", "198.51.100.7", &["10.0.0.5"][..], Some("198.51.100.7"), "10.0.0.5"),
        ("bruteforce.ssh", "10.0.0.5", &["198.51.100.7", "198.51.100.8"], Some("198.51.100.7"), "10.0.0.5"),
        ("exposure.opened", "10.0.0.5", &["198.51.100.7"], Some("198.51.100.7"), "10.0.0.5"),
        ("beacon.regular", "10.0.0.5", &["198.51.100.7"], Some("10.0.0.5"), "10.0.0.5"),
        ("alert.signature", "10.0.0.5", &["198.51.100.7"], None, "10.0.0.5"),
    ] {
        let event = event_of(with(detector, entity, peers), Vec::new());
        assert_eq!(event["evidences"][0]["src_endpoint"]["ip"].as_str(), source, "{detector} of {entity}");
        assert_eq!(event["resources"][0]["uid"], affected, "{detector} of {entity}");
    }
}
