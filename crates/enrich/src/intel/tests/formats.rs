//! Every form of list.

use super::super::*;

fn read(text: &str) -> List {
    load("list", text.as_bytes(), &Limits::default())
}

/// Entries as `prefix[:port][=label][#score][@line]`.
fn entries(list: &List) -> Vec<String> {
    let text = |entry: &Entry| {
        let port = entry.port.map(|port| format!("{}{port}", if entry.port_only { ":" } else { "~" }));
        let label = entry.label.as_ref().map(|label| format!("={label}"));
        let score = entry.score.map(|score| format!("#{score}"));
        [Some(entry.prefix.to_string()), port, label, score].into_iter().flatten().collect::<String>()
    };
    list.entries.iter().map(text).collect()
}

#[track_caller]
fn check(text: &str, format: ListFormat, expected: &[&str]) -> List {
    let list = read(text);
    assert_eq!((list.format, entries(&list)), (format, expected.iter().map(|e| e.to_string()).collect()));
    let report = &list.report;
    let left_out = report.duplicates + report.private_or_special + report.public_dns + report.too_wide;
    assert_eq!(report.addresses, report.entries + left_out + report.entries_over_limit);
    list
}

#[test]
fn lines() {
    check("", ListFormat::Empty, &[]);
    check("# only\n\n", ListFormat::Empty, &[]);
    check("45.1.2.3\r\n45.1.2.3\n\u{feff}", ListFormat::Lines, &["45.1.2.3/32"]);
    let list = check(
        "\u{feff}45.1.2.3 # a scanner\n45.1.3.0/24; note\nevil.com\nhxxp://45[.]1[.]2[.]9/x\n45.1.2.4:3333# pool\nnonsense!\n45.1.2.300\n10.0.0.1\n8.8.8.8\n40.0.0.0/7\n",
        ListFormat::Lines,
        &["45.1.2.3/32=a scanner", "45.1.3.0/24=note", "45.1.2.9/32:80", "45.1.2.4/32:3333=pool"],
    );
    let report = &list.report;
    assert_eq!((report.domains, report.private_or_special, report.public_dns, report.too_wide), (1, 1, 1, 1));
    assert_eq!(report.skipped_for(SkipReason::Unrecognised), 1);
    assert_eq!(report.skipped[1].first, [(7, "45.1.2.300".to_owned())]);
    assert_eq!(
        report.not_matched,
        [(8, "10.0.0.1/32".to_owned()), (9, "8.8.8.8/32".to_owned()), (10, "40.0.0.0/7".to_owned())]
    );
    assert_eq!(list.entries[3].line, 5);
}

#[test]
fn ranges_masks_and_commands() {
    check(
        "45.1.2.0-45.1.2.255\n45.1.3.0 - 45.1.3.2\n",
        ListFormat::Lines,
        &["45.1.2.0/24", "45.1.3.0/31", "45.1.3.2/32"],
    );
    check("45.1.2.0\t45.1.2.255\t24\t1200\n", ListFormat::Lines, &["45.1.2.0/24"]);
    check("45.1.2.0 255.255.255.0\n", ListFormat::Lines, &["45.1.2.0/24"]);
    check("Evil Org:45.1.2.0-45.1.2.3\n", ListFormat::Lines, &["45.1.2.0/30=Evil Org"]);
    check(
        "add blocked 45.1.2.3\ndeny 45.1.2.4;\n-A INPUT -s 45.1.2.5/32 -j DROP\n",
        ListFormat::Configuration,
        &["45.1.2.3/32", "45.1.2.4/32", "45.1.2.5/32"],
    );
    let list = check("45.1.2.9-45.1.2.3\n1.0.0.1-223.255.255.254\n", ListFormat::Lines, &[]);
    assert_eq!((list.report.skipped_for(SkipReason::BadRange), list.report.too_wide), (1, 1));
}

#[test]
fn well_known_publishers() {
    check("# IPsum\n45.1.2.3\t10\n45.1.2.4\t2\n", ListFormat::LinesScored, &["45.1.2.3/32#10", "45.1.2.4/32#2"]);
    check("; Spamhaus DROP List\n45.1.0.0/16 ; SBL123\n", ListFormat::SpamhausDrop, &["45.1.0.0/16=SBL123"]);
    check("45.1.0.0/16 \n46.1.0.0/16 \n", ListFormat::SpamhausDrop, &["45.1.0.0/16", "46.1.0.0/16"]);
    check("0.0.0.0 evil.com\n127.0.0.1 bad.org\n", ListFormat::Hosts, &[]);
    check(
        "45.1.2.3#4#2#Malicious Host#US#Reston#38.9,-77.3#3\n",
        ListFormat::AlienVault,
        &["45.1.2.3/32=Malicious Host#4"],
    );
    check("#\n# mylist\n#\n# ipv4 hash:net ipset\n#\n45.1.2.3\n10.0.0.0/8\n", ListFormat::Firehol, &["45.1.2.3/32"]);
    let list = read("{\"asn\":932,\"rir\":\"arin\"}\n{\"asn\":6060}\n{\"type\":\"metadata\",\"records\":2}\n");
    assert_eq!((list.format, list.asns.as_slice(), list.report.asns), (ListFormat::AsnDrop, [932, 6060].as_slice(), 2));
}

#[test]
fn rows() {
    check(
        "# Feodo\r\n\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"\r\n\"2024-01-01 00:00:00\",\"45.1.2.3\",\"443\",\"online\",\"2024-01-01\",\"Pikabot\"\r\n# END 1 entries\r\n",
        ListFormat::Csv,
        &["45.1.2.3/32~443=Pikabot"],
    );
    check("# DstIP,DstPort\n45.1.2.3,443,URLzone C&C\n", ListFormat::Csv, &["45.1.2.3/32~443=URLzone C&C"]);
    check(
        "# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"malware_printable\",\"confidence_level\"\n\"2024-01-01\", \"7\", \"45.1.2.3:8443\", \"ip:port\", \"Cobalt, Strike\", \"75\"\n",
        ListFormat::Csv,
        &["45.1.2.3/32:8443=Cobalt, Strike#75"],
    );
    // The forms GuardDuty takes.
    check(
        "ip, category, score, first_seen, last_seen, ports (|)\n45.1.2.3, 1, 100, 2000-01-01, 2000-01-01,\n",
        ListFormat::Csv,
        &["45.1.2.3/32#100"],
    );
    let list = check(
        "Indicator type, Indicator, Description\nCIDR, 45.1.2.0/24, example one\nIPv4, 45.1.3.1, example\ndomain, evil.com, x\n",
        ListFormat::Csv,
        &["45.1.2.0/24=example one", "45.1.3.1/32=example"],
    );
    assert_eq!(list.report.domains, 1);
    check(
        "reportId, title, sourceIp, cidr, domain, ip, port, malwareFamily\n01-2, A report, , 45.1.2.0/24, evil.com, , , Fam\n01-3, B report, , , , 45.9.1.1, 80, \n",
        ListFormat::Csv,
        &["45.1.2.0/24=Fam", "45.9.1.1/32~80"],
    );
    check("5;x;45.1.2.3\n6;y;45.1.2.4\n", ListFormat::Csv, &["45.1.2.3/32=x", "45.1.2.4/32=y"]);
}

#[test]
fn misp() {
    let event = |a: &str| {
        format!(
            "{{\"Event\":{{\"info\":\"Op\",\"Attribute\":[{a}],\"Object\":[{{\"meta-category\":\"network\",\"Attribute\":[{{\"type\":\"ip-dst\",\"value\":\"45.1.2.9\",\"to_ids\":true}},{{\"type\":\"port\",\"value\":\"81\"}}]}}]}}}}"
        )
    };
    let attributes = "{\"type\":\"ip-src\",\"value\":\"45.1.2.3\",\"to_ids\":false},\n{\"type\":\"ip-dst|port\",\"value\":\"45.1.2.4|443\",\"to_ids\":true,\"comment\":\"c2\"},{\"type\":\"domain|ip\",\"value\":\"evil.com|45.1.2.5\",\"to_ids\":true},{\"type\":\"md5\",\"value\":\"x\"},{\"type\":\"ip-dst\",\"value\":\"45.1.2.6\",\"to_ids\":true,\"deleted\":true}";
    let list = check(
        &event(attributes),
        ListFormat::MispEvent,
        &["45.1.2.4/32:443=c2", "45.1.2.5/32=evil.com", "45.1.2.9/32~81=Op"],
    );
    assert_eq!((list.report.withdrawn, list.report.domains, list.report.hashes, list.report.others), (2, 1, 1, 1));
    assert_eq!(list.entries[0].line, 2);
    check(
        "{\"response\":{\"Attribute\":[{\"type\":\"ip-dst\",\"value\":\"45.1.2.3\",\"to_ids\":false}]}}",
        ListFormat::MispEvent,
        &["45.1.2.3/32"],
    );
    let list = check(
        "{\"name\":\"List of RFC 1918 CIDR blocks\",\"type\":\"cidr\",\"version\":5,\"list\":[\n\"10.0.0.0/8\"]}",
        ListFormat::MispWarningList,
        &["10.0.0.0/8"],
    );
    assert_eq!((list.role, list.topic, list.entries[0].line), (Role::Suppress, Topic::SpecialSpace, 2));
}

#[test]
fn stix_and_other_json() {
    let list = check(
        r#"{"type":"bundle","objects":[
        {"type":"malware","id":"malware--1","name":"Bad"},
        {"type":"indicator","id":"indicator--1","pattern":"[ipv4-addr:value = '45.1.2.3']","valid_until":"2024-01-02T00:00:00Z","confidence":70},
        {"type":"indicator","id":"indicator--2","pattern":"[file:hashes.MD5 = 'x' AND ipv4-addr:value = '45.1.2.4']"},
        {"type":"indicator","id":"indicator--3","pattern":"[ipv4-addr:value = '45.1.2.5']","revoked":true},
        {"type":"indicator","id":"indicator--4","pattern":"alert tcp any","pattern_type":"snort"},
        {"type":"ipv4-addr","id":"ipv4-addr--1","value":"45.1.2.6"},
        {"type":"relationship","id":"relationship--1","source_ref":"indicator--1","target_ref":"malware--1"}]}"#,
        ListFormat::Stix,
        &["45.1.2.3/32=Bad#70"],
    );
    assert_eq!((list.entries[0].valid_until, list.entries[0].line), (Some(1_704_153_600), 3));
    assert_eq!((list.report.withdrawn, list.report.others), (2, 1));
    assert_eq!(list.report.skipped_for(SkipReason::NeedsMoreThanAddress), 1);
    check(
        r#"{"type":"bundle","id":"bundle--1","objects":[{"type":"observed-data","id":"observed-data--1","objects":{"0":{"type":"ipv4-addr","value":"45.1.2.3"}}}]}"#,
        ListFormat::Stix,
        &["45.1.2.3/32"],
    );
    check(
        r#"[{"duration":"3h","scenario":"crowdsecurity/ssh-bf","scope":"Ip","type":"ban","value":"45.1.2.3"},{"scope":"Range","type":"ban","value":"45.2.0.0/16","scenario":"x"},{"scope":"Country","type":"ban","value":"XX"}]"#,
        ListFormat::CrowdSec,
        &["45.1.2.3/32=crowdsecurity/ssh-bf", "45.2.0.0/16=x"],
    );
    check(
        r#"{"new":[{"scope":"ip","type":"ban","value":"45.1.2.3"}],"deleted":[{"scope":"ip","type":"ban","value":"45.1.2.4"}]}"#,
        ListFormat::CrowdSec,
        &["45.1.2.3/32"],
    );
    check(
        r#"[{"ip_address":"45.1.2.3","port":443,"malware":"Dridex"}]"#,
        ListFormat::Json,
        &["45.1.2.3/32~443=Dridex"],
    );
    check(
        r#"{"prefixes":[{"ip_prefix":"45.1.0.0/16","service":"EC2"}],"other":["45.2.0.1","x"]}"#,
        ListFormat::Json,
        &["45.2.0.1/32", "45.1.0.0/16"],
    );
    check(
        "<stix:X>\n<AddressObj:Address_Value condition=\"Equals\">45.1.2.3##comma##45.1.2.4</AddressObj:Address_Value></stix:X>",
        ListFormat::Xml,
        &["45.1.2.3/32", "45.1.2.4/32"],
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let reason = |bytes: &[u8]| load("x", bytes, &Limits::default()).report.skipped[0].reason;
    assert_eq!(reason(&[0x1f, 0x8b, 8, 0]), SkipReason::Binary);
    assert_eq!(reason(b"<!DOCTYPE html><html>403"), SkipReason::WebPage);
    assert_eq!(reason(b"{\"list\": [\"45.1.2.3\""), SkipReason::BadJson);
    assert_eq!(reason("[".repeat(100_000).as_bytes()), SkipReason::BadJson);
    let limits = Limits { entries_max: 1, line_bytes_max: 10, bytes_max: 45, ..Limits::default() };
    let list = load("x", b"45.1.2.3\n45.1.2.4\n45.1.2.5 # long remark\n\n45.1.2.6\n45.1.2.7\n", &limits);
    let report = &list.report;
    assert_eq!((report.entries, report.entries_over_limit, report.skipped_for(SkipReason::LongLine)), (1, 1, 1));
    assert!(report.bytes_over_limit > 0);
}

#[test]
fn tiers() {
    for (name, tier, topic) in [
        ("abusech/feodo_ipblocklist.csv", Tier::High, Topic::CommandAndControl),
        ("tor-exit.lst", Tier::Context, Topic::TorExit),
        ("mass_scanner.txt", Tier::Context, Topic::MassScanner),
        ("torrent.txt", Tier::Medium, Topic::Unknown),
        ("compromised-ips.txt", Tier::Low, Topic::Compromised),
        ("anything.txt", Tier::Medium, Topic::Unknown),
    ] {
        let list = load(name, b"45.1.2.3\n", &Limits::default());
        assert_eq!((list.tier, list.topic), (tier, topic), "{name}");
    }
}
