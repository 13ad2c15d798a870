//! Flows against policies: audits, learned policies, what the internet reached.

use flowlog::DecodeOptions;
use model::Projection;
use policy::{Audit, LearnOptions, Limits, Policy, Traffic, WANTED, audit, exposure, learn};
use proptest::prelude::*;
use table::Tables;

/// One connection as AWS writes it: client, server, protocol, server's port, accepted, answered.
#[derive(Clone, Debug)]
struct Connection(String, String, u8, u16, bool, bool);

fn connection(client: &str, server: &str, port: u16, is_accepted: bool, is_answered: bool) -> Connection {
    Connection(client.to_owned(), server.to_owned(), 6, port, is_accepted, is_answered)
}

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action \
    log-status tcp-flags flow-direction subnet-id instance-tag\n";

fn log(connections: &[Connection]) -> String {
    let mut text = HEADER.to_owned();
    for (number, Connection(client, server, protocol, port, is_accepted, is_answered)) in connections.iter().enumerate()
    {
        let (client_port, action) = (40_000 + number % 20_000, if *is_accepted { "ACCEPT" } else { "REJECT" });
        let time = 1_700_000_000 + number;
        // The record is made at the end that is ours.
        let [inward, outward] = if server.starts_with("10.") { ["ingress", "egress"] } else { ["egress", "ingress"] };
        text += &format!(
            "5 1 eni-1 {client} {server} {client_port} {port} {protocol} 5 500 {time} {time} {action} OK 2 {inward} subnet-1 payroll\n"
        );
        if *is_answered {
            text += &format!(
                "5 1 eni-1 {server} {client} {port} {client_port} {protocol} 5 900 {time} {time} ACCEPT OK 18 {outward} subnet-1 payroll\n"
            );
        }
    }
    text
}

fn traffic(connections: &[Connection]) -> Traffic {
    traffic_of(&log(connections), 4_096, Limits::default())
}

fn traffic_of(text: &str, piece: usize, limits: Limits) -> Traffic {
    let mut decoder = flowlog::detect(text.as_bytes()).expect("a log").decoder(&DecodeOptions::new("log"));
    let mut tables = Tables::new(Projection::of(WANTED.iter().copied()));
    let mut whole = Traffic::new(limits);
    for bytes in text.as_bytes().chunks(piece) {
        decoder.push(bytes, &mut tables);
        let mut part = Traffic::new(limits);
        part.push(&tables.flows.take_batch());
        whole.merge(part);
    }
    decoder.finish(&mut tables);
    whole.push(&tables.flows.take_batch());
    whole
}

fn audit_of(policy: &str, connections: &[Connection]) -> Audit {
    let (policy, diagnostics) = Policy::parse(policy);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.severity < policy::Severity::Error), "{diagnostics:?}");
    audit(&policy, &traffic(connections), &Limits::default())
}

fn groups(groups: &[policy::Group]) -> Vec<String> {
    groups
        .iter()
        .map(|group| format!("{} -> {} on {} x{} [{}]", group.from, group.to, group.service, group.pairs, group.line))
        .collect()
}

#[test]
fn accepted_outside_refused_inside_and_unused() {
    let policy = "segment web = 10.0.1.0/24\nsegment db = 10.0.9.0/24\n\
        allow internet -> web on tcp/443\nallow web -> db on tcp/5432\nallow web -> db on tcp/6379\ndeny any -> db on tcp/22\n\
        allow private -> db on tcp\n";
    let found = audit_of(
        policy,
        &[
            connection("198.100.1.7", "10.0.1.5", 443, true, true),
            connection("198.100.1.8", "10.0.1.5", 22, true, true),
            connection("198.100.1.9", "10.0.1.5", 22, true, false),
            connection("198.100.1.9", "10.0.1.6", 443, false, false),
            connection("10.0.1.5", "10.0.9.1", 5432, true, true),
            connection("10.0.3.5", "10.0.9.1", 22, true, true),
            connection("10.0.3.5", "10.0.4.1", 80, true, true),
            connection("198.100.1.9", "10.0.9.1", 5432, false, false),
        ],
    );
    assert_eq!(
        groups(&found.outside),
        [
            "internet -> web on tcp/22 (ssh) x2 [0]",
            "10.0.3.0/24 -> 10.0.4.0/24 on tcp/80 (http) x1 [0]",
            "10.0.3.0/24 -> db on tcp/22 (ssh) x1 [6]",
        ]
    );
    assert_eq!(groups(&found.blocked), ["internet -> web on tcp/443 (https) x1 [3]"]);
    assert_eq!(found.unused().map(|rule| rule.line).collect::<Vec<_>>(), [5]);
    assert_eq!((found.edges, found.inside), (8, 2));
    let others = [found.outside_pairs, found.refused, found.blocked_pairs, found.unanswered];
    assert_eq!(others, [4, 1, 1, 0], "every pair is in one place");
    let text = found.to_string();
    assert!(text.contains("line 6: deny any -> db on tcp/22"), "{text}");
    assert!(text.contains("\n1 were refused, and the policy allows none of them\n"), "{text}");
}

#[test]
fn segments_by_what_records_say() {
    let policy = "segment pay = tag app=payroll\nsegment net = subnet subnet-1\nsegment acc = account 1\n\
        allow internet -> pay on tcp/443\nallow 10.1.0.0/16 -> net on tcp/80\nallow 10.2.0.0/16 -> acc on tcp/81\n";
    let found = audit_of(
        policy,
        &[
            connection("198.100.1.7", "10.0.1.5", 443, true, true),
            connection("10.1.1.7", "10.0.1.5", 80, true, true),
            connection("10.2.1.7", "10.0.1.5", 81, true, true),
        ],
    );
    assert_eq!((found.inside, found.outside.len()), (3, 0), "{found}");
}

#[test]
fn icmp_and_zeek_are_read_both_ways() {
    let log = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n\
        1\t10.0.0.2\t8\t10.0.0.1\t0\ticmp\tOTH\t-\t1\t84\t1\t84\n\
        2\t10.0.0.1\t5000\t10.0.0.2\t22\ttcp\tSF\tShADFf\t9\t900\t9\t900\n\
        3\t10.0.0.1\t5001\t10.0.0.3\t23\ttcp\tREJ\tSr\t1\t60\t1\t40\n";
    let found = traffic_of(log, 64, Limits::default());
    let (policy, _) = Policy::parse("allow 10.0.0.2 -> 10.0.0.1 on icmp\nallow 10.0.0.1 -> any on tcp\n");
    let audited = audit(&policy, &found, &Limits::default());
    // The third was refused: nobody says it was let through.
    assert_eq!((audited.edges, audited.inside, audited.outside.len()), (3, 2, 0), "{audited}");
    let learned = learn(&found, &LearnOptions::default()).to_string();
    assert!(!learned.contains("tcp/23"), "a refusal is no answer: {learned}");
}

#[test]
fn a_learned_policy_is_small_and_says_what_was_seen() {
    let mut connections = Vec::new();
    for client in 1..=40 {
        connections.push(connection(&format!("198.100.{client}.7"), "10.0.1.5", 443, true, true));
        connections.push(connection(&format!("198.100.{client}.7"), "10.0.1.6", 443, true, true));
        connections.push(connection(&format!("10.0.7.{client}"), "10.0.9.1", 5432, true, true));
        connections.push(connection(&format!("198.101.{client}.7"), "10.0.1.5", 22, true, false));
        connections.push(connection(&format!("198.101.{client}.7"), "10.0.1.5", 3389, false, false));
    }
    connections.push(connection("10.0.1.5", "10.0.9.1", 5432, true, true));
    connections.push(connection("10.0.7.3", "203.1.113.9", 80, true, true));
    let policy = learn(&traffic(&connections), &LearnOptions::default()).policy;
    let expected = "segment https-10.0.1     = 10.0.1.4/30\n\
        segment clients-10.0.7   = 10.0.7.0/26\n\
        segment postgresql-10.0.9 = 10.0.9.1/32\n\n\
        allow internet -> https-10.0.1 on tcp/443\n\
        allow 10.0.7.3/32 -> 203.1.113.9/32 on tcp/80\n\
        allow https-10.0.1 -> postgresql-10.0.9 on tcp/5432\n\
        allow clients-10.0.7 -> postgresql-10.0.9 on tcp/5432\n";
    let squeezed = |text: &str| {
        text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(squeezed(&policy.to_string()), squeezed(expected));
    let (again, diagnostics) = Policy::parse(&policy.to_string());
    assert!(diagnostics.is_empty() && again == policy, "{diagnostics:?}");
}

#[test]
fn what_hosts_of_all_kinds_do_is_one_rule() {
    // Four networks of four hosts: web, databases, workers, desktops. All ask for names and the time; a bastion logs in
    // everywhere; the web answers the internet, the databases the web.
    let mut connections = Vec::new();
    for host in 0..16 {
        let own = format!("10.0.{}.{}", 1 + host / 4, 16 + host % 4);
        connections.push(connection(&own, "10.0.5.53", 53, true, true));
        connections.push(connection(&own, "162.159.200.1", 123, true, true));
        connections.push(connection("10.0.6.22", &own, 22, true, true));
        if host < 4 {
            let visitors = (0..20).map(|visitor| connection(&format!("198.100.{visitor}.7"), &own, 443, true, true));
            connections.extend(visitors);
            connections.push(connection(&own, "10.0.2.16", 5432, true, true));
            connections.push(connection(&own, "10.0.2.17", 5432, true, true));
        }
    }
    connections.push(connection("10.0.6.22", "10.0.5.53", 22, true, true));
    let learned = learn(&traffic(&connections), &LearnOptions::default());
    assert_eq!(learned.remarks, [""; 0]);
    let text = learned.to_string();
    let rules: Vec<&str> = text.lines().filter(|line| line.starts_with("allow")).collect();
    assert_eq!(
        rules,
        [
            "allow internet -> https-10.0.1 on tcp/443",
            "allow all -> dns-10.0.5 on tcp/53",
            "allow all -> 162.159.200.1/32 on tcp/123",
            "allow https-10.0.1 -> postgresql-10.0.2 on tcp/5432",
            "allow clients-10.0.6 -> all on tcp/22",
        ],
        "{text}"
    );
    let (again, diagnostics) = Policy::parse(&text);
    assert!(diagnostics.is_empty() && again == learned.policy, "{diagnostics:?}");
    // Of whom a rule says nothing more has no segment of his own; who has one is not called by the one that holds it.
    let mut later = connections;
    later.push(connection("10.0.3.16", "10.0.2.16", 6379, true, true));
    let found = audit(&learned.policy, &traffic(&later), &Limits::default());
    assert_eq!(groups(&found.outside), ["all -> postgresql-10.0.2 on tcp/6379 (redis) x1 [0]"]);
}

#[test]
fn what_the_internet_reached() {
    let reached = exposure(&traffic(&[
        connection("198.100.1.7", "10.0.1.5", 443, true, true),
        connection("198.100.1.8", "10.0.1.5", 443, true, true),
        connection("198.100.1.8", "10.0.1.5", 22, true, true),
        connection("198.100.1.9", "10.0.1.5", 22, false, false),
        connection("198.100.1.9", "10.0.1.5", 23, true, false),
        connection("10.0.7.7", "10.0.1.5", 80, true, true),
    ]));
    let shown: Vec<String> = reached.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "! 10.0.1.5 tcp/22 (ssh): answered 1 source (1 record, 1.4 kB), refused 1",
            "  10.0.1.5 tcp/443 (https): answered 2 sources (2 records, 2.8 kB)",
        ]
    );
}

/// Records without flags, as `source destination source-port destination-port protocol`, all let through.
fn flagless(records: &[&str]) -> Traffic {
    let mut text = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n".to_owned();
    for (number, record) in records.iter().enumerate() {
        let time = 1_700_000_000 + number;
        text += &format!("2 1 eni-1 {record} 5 500 {time} {time} ACCEPT OK\n");
    }
    traffic_of(&text, 4_096, Limits::default())
}

#[test]
fn who_calls_on_a_port_that_both_offer() {
    // Two mail servers call each other: each has a port of its own for it. Whoever speaks from port 123 to port 123 does not.
    let found = flagless(&[
        "198.100.1.7 10.0.5.25 40000 25 6",
        "10.0.5.25 198.100.1.7 25 40000 6",
        "10.0.5.25 198.100.1.7 50000 25 6",
        "198.100.1.7 10.0.5.25 25 50000 6",
        "10.0.5.25 198.100.1.9 123 123 17",
        "198.100.1.9 10.0.5.25 123 123 17",
    ]);
    let edges = found.edges();
    let shown: Vec<String> = edges
        .iter()
        .map(|(key, edge)| {
            format!("{} -> {} {} x{} answers {}", key.client, key.server, key.port, edge.allowed, edge.answers)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "10.0.5.25 -> 198.100.1.7 25 x1 answers 1",
            "10.0.5.25 -> 198.100.1.9 123 x1 answers 1",
            "198.100.1.7 -> 10.0.5.25 25 x1 answers 1",
        ]
    );
    assert_eq!(exposure(&found).len(), 1, "the mail server answered the one outside");
}

#[test]
fn backscatter_is_no_connection() {
    let header = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n";
    let log = format!(
        "{header}1\t198.100.1.7\t80\t10.0.0.2\t7517\ttcp\tOTH\tH\t1\t44\t0\t0\n2\t10.0.0.1\t5000\t10.0.0.2\t22\ttcp\tSF\tShADFf\t9\t900\t9\t900\n"
    );
    let found = traffic_of(&log, 64, Limits::default());
    let learned = learn(&found, &LearnOptions::default());
    assert_eq!(learned.policy.rules.len(), 1, "{learned}");
    let (policy, _) = Policy::parse("allow private -> private on tcp/22");
    assert!(audit(&policy, &found, &Limits::default()).outside.is_empty());
    assert!(exposure(&found).is_empty());
}

#[test]
fn what_a_list_would_hit() {
    let list = enrich::intel::load(
        "bad.txt",
        b"198.100.1.0/24 # botnet\n203.1.113.9 # c2\n10.0.0.0/8\n",
        &enrich::intel::Limits::default(),
    );
    let intel = enrich::Intel::build(vec![list]);
    let seen = traffic(&[
        connection("198.100.1.7", "10.0.1.5", 22, false, false),
        connection("198.100.1.8", "10.0.1.5", 22, true, false),
        connection("198.100.1.9", "10.0.1.5", 443, true, true),
        connection("10.0.1.5", "203.1.113.9", 6667, true, true),
        connection("10.0.1.6", "198.100.1.10", 80, true, false),
        connection("10.0.1.6", "10.0.1.5", 80, true, true),
    ]);
    let hits = policy::list_hits(&intel, &seen, &Limits::default());
    let counts = [
        hits[0].addresses,
        hits[0].inbound_turned_away,
        hits[0].inbound_answered,
        hits[0].outbound_tried,
        hits[0].outbound_answered,
    ];
    assert_eq!(counts, [5, 2, 1, 2, 1]);
    let shown: Vec<String> = hits[0]
        .outbound
        .iter()
        .map(|one| format!("{} -> {} {} {}", one.edge.client, one.edge.server, one.service, one.label))
        .collect();
    assert_eq!(shown, ["10.0.1.5 -> 203.1.113.9 tcp/6667 (irc) c2", "10.0.1.6 -> 198.100.1.10 tcp/80 (http) botnet"]);
}

#[test]
fn limits_count_what_they_turn_away() {
    let connections: Vec<Connection> =
        (1..=9).map(|port| connection("10.0.0.1", "10.0.0.2", port, true, false)).collect();
    let limits = Limits { edges_max: 4, hosts_max: 1, ..Limits::default() };
    let found = traffic_of(&log(&connections), 1 << 20, limits);
    assert_eq!((found.edges().len(), found.turned_away()), (4, 5));
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let address = prop_oneof![
        (0u8..4, 0u8..8).prop_map(|(net, host)| format!("10.0.{net}.{host}")),
        (0u8..3, 0u8..60).prop_map(|(net, host)| format!("198.100.{net}.{host}")),
        (0u8..4).prop_map(|host| format!("2001:db8::{host}")),
    ];
    let service = prop_oneof![
        Just((6, 443)),
        Just((6, 22)),
        Just((17, 53)),
        Just((1, 0)),
        (20_000u16..20_040).prop_map(|port| (6, port))
    ];
    (address.clone(), address, service, any::<bool>(), any::<bool>()).prop_map(
        |(client, server, (protocol, port), accepted, answered)| {
            Connection(client, server, protocol, port, accepted, answered && accepted)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever taught the policy is inside of it, and it reads back as itself.
    #[test]
    fn a_learned_policy_allows_what_it_was_learned_from(connections in prop::collection::vec(any_connection(), 0..120)) {
        let seen = traffic(&connections);
        let policy = learn(&seen, &LearnOptions::default()).policy;
        let (again, _) = Policy::parse(&policy.to_string());
        prop_assert_eq!(&again, &policy);
        let audited = audit(&policy, &seen, &Limits::default());
        let has_answers = seen.has_answers();
        let taught = seen.edges().iter().filter(|(key, edge)| edge.accepted() > 0 && (edge.answers > 0 || !has_answers || !key.has_port())).count();
        prop_assert!(audited.inside as usize >= taught, "{} of {}\n{}\n{}", audited.inside, taught, policy, audited);
        let others = audited.outside_pairs + audited.refused + audited.blocked_pairs + audited.unanswered;
        prop_assert_eq!(audited.inside + others, audited.edges, "every pair is in one place");
    }

    /// Cutting and merging change nothing, nor does the order of records.
    #[test]
    fn traffic_is_the_same_in_any_order(connections in prop::collection::vec(any_connection(), 0..40), piece in 50usize..500) {
        let text = log(&connections);
        let whole = traffic_of(&text, 1 << 20, Limits::default());
        let mut lines: Vec<&str> = text.lines().skip(1).collect();
        lines.reverse();
        let turned = format!("{HEADER}{}\n", lines.join("\n"));
        prop_assert_eq!(whole.edges(), traffic_of(&text, piece, Limits::default()).edges());
        prop_assert_eq!(whole.edges(), traffic_of(&turned, piece, Limits::default()).edges());
    }
}
