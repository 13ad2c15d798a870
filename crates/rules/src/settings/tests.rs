use super::*;
use crate::detect::rule::Ends;
use crate::detect::{Kind, Threshold, Track};

#[test]
fn classes() {
    let text =
        "# a comment\nconfig classification: trojan-activity,A Trojan, was detected, 1\n\nconfig classification: bad\n";
    let (classes, diagnostics) = Classes::read("classification.config", text);
    let class = classes.named("Trojan-Activity").expect("class");
    assert_eq!((&*class.description, class.priority), ("A Trojan, was detected", 1));
    assert_eq!((diagnostics.len(), diagnostics[0].line), (1, 4));
}

#[test]
fn references() {
    let (references, diagnostics) =
        References::read("reference.config", "config reference: own http://own/\nconfig x\n");
    assert_eq!(references.link("own", "7").as_deref(), Some("http://own/7"));
    assert_eq!(references.link("url", "a.example/b").as_deref(), Some("https://a.example/b"));
    assert_eq!(references.link("none", "7"), None);
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn thresholds() {
    let text = "threshold gen_id 1, sig_id 5, type limit, track by_rule, count 3, seconds 1000\n\
        suppress gen_id 1, sig_id 6, track by_src, ip [10.0.0.0/8, !10.1.1.1]\n\
        suppress gen_id 1, sig_id 7\n\
        event_filter gen_id 0, sig_id 0, type both, track by_src, count 2, seconds 3\n\
        threshold gen_id 1\n";
    let (file, diagnostics) = ThresholdFile::read("threshold.config", text, &Variables::new());
    let limit = Threshold { kind: Kind::Limit, track: Track::Rule, count: 3, seconds: 1000 };
    assert_eq!(file.threshold(1, 5), Some(limit));
    assert_eq!(file.threshold(3, 9).map(|threshold| threshold.kind), Some(Kind::Both));
    let of_six: Vec<_> = file.suppressions(1, 6).collect();
    assert!(matches!(&of_six[..], [Suppression { ends: Some((Ends::Source, addresses)) }] if !addresses.is_any()));
    assert_eq!(file.suppressions(1, 7).count(), 1);
    assert_eq!(diagnostics.iter().map(|diagnostic| diagnostic.line).collect::<Vec<_>>(), [5]);
}
