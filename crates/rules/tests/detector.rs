//! What the detector makes of frames, and of transactions that come in parts.

use applayer::{Field, FrameEvent, Transaction, Tree};
use model::packet::{Side, Timestamp};
use rules::{Detector, FlowMemory, Hit, Matched, Names, Reading, Ruleset, Settings, Shared, Sight, read};
use std::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, Mutex};

/// A detector with these rules, each over this protocol.
fn detector(protocol: &str, options: &[&str]) -> Detector {
    let lines = options.iter().zip(1..);
    let text: String =
        lines.map(|(options, sid)| format!("alert {protocol} any any -> any any ({options} sid:{sid};)\n")).collect();
    let Reading { rules, diagnostics, .. } = read("test.rules", text.as_bytes(), &Settings::default());
    assert_eq!(rules.len(), options.len(), "{diagnostics:?}");
    let shared = Arc::new(Mutex::new(Shared::default()));
    Detector::new(Arc::new(Ruleset::new(rules, Names::default())), shared)
}

fn sight(protocol: &'static str, sender: Side) -> Sight<'static> {
    Sight {
        now: Timestamp(0),
        packet: None,
        flow: None,
        sender,
        protocol: Some(protocol),
        protocol_before: None,
        side_protocols: [None; 2],
        anomalies: &[],
        is_first: false,
        is_established: true,
    }
}

/// The numbers of the rules that have matched.
fn sids(hits: &[Hit]) -> Vec<u32> {
    hits.iter().map(|hit| hit.rule + 1).collect()
}

const SENDER: Side = Side::Client;

#[test]
fn frames() {
    let rules = [
        "frame:smb2.data; content:\"abc\"; startswith;",
        "frame:smb2.data; content:\"xyz\"; endswith;",
        "frame:smb2.data; bsize:6; content:!\"q\";",
        "frame:smb2.pdu; content:\"abc\";",
        "flow:to_client; frame:smb2.data; content:\"abc\";",
    ];
    let whole = |bytes| [FrameEvent::Whole { name: "smb2.data", sender: SENDER, transaction: Some(3), bytes }];
    let name = "smb2.data";
    let pieces = [
        FrameEvent::Open { name, sender: SENDER, transaction: Some(3) },
        FrameEvent::Data { sender: SENDER, bytes: b"ab" },
        FrameEvent::Data { sender: Side::Server, bytes: b"q" },
        FrameEvent::Data { sender: SENDER, bytes: b"cxyz" },
        FrameEvent::Close { name, sender: SENDER, is_complete: true },
        FrameEvent::Close { name, sender: SENDER, is_complete: true },
    ];
    let cut_off = [&pieces[..4], &[FrameEvent::Close { name, sender: SENDER, is_complete: false }]].concat();
    for (events, expected) in
        [(&whole(b"abcxyz")[..], &[1, 2, 3][..]), (&whole(b"xyzabc"), &[3]), (&pieces, &[1, 2, 3]), (&cut_off, &[1])]
    {
        let (mut detector, mut memory) = (detector("smb", &rules), FlowMemory::default());
        events.iter().for_each(|event| detector.frame(&sight("smb", SENDER), &mut memory, event));
        let hits = detector.take_hits();
        assert_eq!(sids(&hits), expected, "{events:?}");
        for hit in &hits {
            let frame = hit.frame.as_ref().expect("a frame");
            assert_eq!((hit.matched, hit.sender), (Matched::Frame(Some(3)), SENDER));
            assert_eq!((frame.name, frame.id, frame.length), (name, 1, 6));
        }
    }
}

/// What is open at a time, and how much of it is held, is bounded.
#[test]
fn frames_are_bounded() {
    let rules = ["frame:smb2.data; content:\"z\"; endswith;", "frame:smb2.data; content:\"a\"; startswith;"];
    let (mut detector, mut memory) = (detector("smb", &rules), FlowMemory::default());
    let sight = sight("smb", SENDER);
    let mut tell = |event| detector.frame(&sight, &mut memory, &event);
    for _ in 0..100 {
        tell(FrameEvent::Open { name: "smb2.pdu", sender: SENDER, transaction: None });
    }
    tell(FrameEvent::Open { name: "smb2.data", sender: SENDER, transaction: None });
    tell(FrameEvent::Close { name: "smb2.data", sender: SENDER, is_complete: true });
    for _ in 0..100 {
        tell(FrameEvent::Close { name: "smb2.pdu", sender: SENDER, is_complete: true });
    }
    tell(FrameEvent::Open { name: "smb2.data", sender: SENDER, transaction: None });
    tell(FrameEvent::Data { sender: SENDER, bytes: &[b'a'; 1 << 20] });
    tell(FrameEvent::Data { sender: SENDER, bytes: b"z" });
    tell(FrameEvent::Close { name: "smb2.data", sender: SENDER, is_complete: true });
    assert!(memory.turned_away > 90, "{}", memory.turned_away);
    // The end was not held: what must stand there is not found.
    assert_eq!(sids(&detector.take_hits()), [2]);
}

/// An answer of LDAP: the numbers of its operations.
struct Answer(Vec<u64>);

impl Transaction for Answer {
    fn table(&self) -> &'static str {
        "ldap"
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        Timestamp(0)
    }

    fn tell(&self, _tree: &mut dyn Tree) {}

    fn buffer(&self, _field: Field, _sender: Side, _place: usize) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        let is_it = field == Field::LdapResponsesOperation && sender == Side::Server;
        self.0.get(place).copied().filter(|_| is_it)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[test]
fn parts_are_looked_at_as_they_come_and_match_once() {
    let rules = [
        "ldap.responses.operation:search_result_entry;",
        "ldap.responses.operation:search_result_done;",
        "ldap.responses.operation:search_result_done,0;",
        "ldap.responses.operation:search_result_done,-1;",
        "ldap.responses.operation:search_result_entry,all;",
    ];
    let (mut detector, mut memory) = (detector("ldap", &rules), FlowMemory::default());
    let mut part = |operations: &[u64]| {
        detector.part(&sight("ldap", Side::Server), &mut memory, &Answer(operations.to_vec()));
        sids(&detector.take_hits())
    };
    assert_eq!(part(&[4]), [1, 5]);
    assert_eq!(part(&[4, 4]), [] as [u32; 0]);
    assert_eq!(part(&[4, 4, 5]), [2, 4]);
    detector.transaction(&sight("ldap", Side::Server), &mut memory, &Answer(vec![4, 4, 5]));
    assert_eq!(sids(&detector.take_hits()), [] as [u32; 0]);
}

/// A request over HTTP/2.
struct Post;

impl Transaction for Post {
    fn table(&self) -> &'static str {
        "http"
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        Timestamp(0)
    }

    fn tell(&self, _tree: &mut dyn Tree) {}

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        (field == Field::HttpMethod && sender == Side::Client && place == 0).then_some(Cow::Borrowed(b"POST"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[test]
fn dns_over_http2_is_not_for_rules_of_http_at_large() {
    for (header, protocol, expected) in
        [("http", "http2", 1), ("http", "doh2", 0), ("http2", "http2", 1), ("http2", "doh2", 1)]
    {
        let (mut detector, mut memory) = (detector(header, &["http.method; content:\"POST\";"]), FlowMemory::default());
        let sight = Sight { protocol_before: Some("http2"), ..sight(protocol, SENDER) };
        detector.transaction(&sight, &mut memory, &Post);
        assert_eq!(detector.take_hits().len(), expected, "alert {header} over {protocol}");
    }
}
