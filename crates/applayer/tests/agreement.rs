//! Fingerprints, names and certificates of the shared captures, against what other programs say of them.

mod captures;
mod told;

use captures::Flow;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What nDPI says of one flow.
struct Expected {
    fields: Vec<(String, String)>,
}

impl Expected {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// nDPI's lines by their endpoints, sorted.
fn ndpi(result: &Path) -> BTreeMap<[String; 2], Vec<Expected>> {
    let text = String::from_utf8_lossy(&std::fs::read(result).unwrap()).into_owned();
    let mut flows: BTreeMap<_, Vec<Expected>> = BTreeMap::new();
    for line in text.lines() {
        let Some((ends, rest)) = line.split_once(" [proto:") else { continue };
        let words: Vec<&str> = ends.split_whitespace().collect();
        let [.., a, "<->" | "->", b] = words[..] else { continue };
        let fields = rest.split(['[', ']']).filter_map(|part| part.split_once(": "));
        let fields = fields.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        flows.entry(endpoints(a.to_owned(), b.to_owned())).or_default().push(Expected { fields });
    }
    flows
}

fn endpoints(a: String, b: String) -> [String; 2] {
    if a < b { [a, b] } else { [b, a] }
}

/// The keys that are compared: ours, nDPI's.
const KEYS: &[(&str, &str)] = &[
    ("/ja3/hash", "JA3C"),
    ("/ja3s/hash", "JA3S"),
    ("/ja4_foxio", "JA4"),
    ("/sni", "Hostname/SNI"),
    ("/fingerprint", "Certificate SHA-1"),
    ("/client_alpns", "(Advertised) ALPNs"),
    ("/cipher", "Cipher"),
];

#[derive(Default)]
struct Score {
    same: usize,
    different: Vec<String>,
    missing: Vec<String>,
}

fn compare(scores: &mut BTreeMap<String, Score>, capture: &str, protocol: &str, ours: &[Value], expected: &Expected) {
    for (key, theirs) in KEYS {
        let Some(theirs) = expected.field(theirs) else { continue };
        let mine = ours.iter().find_map(|transaction| transaction.pointer(key)).map(|value| match value {
            Value::Array(list) => list.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(";"),
            value => value.as_str().unwrap().to_owned(),
        });
        let score = scores.entry(format!("{protocol}{key}")).or_default();
        match mine {
            Some(mine) if mine.eq_ignore_ascii_case(theirs) => score.same += 1,
            Some(mine) => score.different.push(format!("{capture}: {mine} is {theirs}")),
            None => score.missing.push(format!("{capture}: {theirs} ({ours:?})")),
        }
    }
}

fn told_of(flow: &Flow) -> Option<(&'static str, Vec<Value>)> {
    applayer::PROTOCOLS.iter().find_map(|protocol| {
        let told = told::run(*protocol, flow)?;
        Some((protocol.name(), told.transactions))
    })
}

#[test]
fn with_ndpi() {
    let Some(shared) = captures::shared() else { return };
    let folder = shared.join("data/pcaps/ndpi");
    let mut scores = BTreeMap::new();
    for capture in captures::files(&folder.join("pcap")) {
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        let result = folder.join("result").join(format!("{name}.out"));
        if !result.is_file() {
            continue;
        }
        let mut expected = ndpi(&result);
        for flow in captures::flows(&capture) {
            let Some((protocol, transactions)) = told_of(&flow) else { continue };
            let Some(list) = expected.get_mut(&endpoints(flow.client.to_string(), flow.server.to_string())) else {
                continue;
            };
            if list.is_empty() {
                continue;
            }
            let expected = list.remove(0);
            compare(&mut scores, &name, protocol, &transactions, &expected);
        }
    }
    for (key, score) in &scores {
        println!("{key}: {} same, {} different, {} missing", score.same, score.different.len(), score.missing.len());
        score.different.iter().for_each(|line| println!("  {line}"));
        score.missing.iter().for_each(|line| println!("  missing {}", line.chars().take(300).collect::<String>()));
    }
}
