//! What the network did on that day.

use super::at;
use crate::summary::*;

pub(super) fn traffic() -> Traffic {
    Traffic {
        applications: Vec::new(),
        counting_rule: "A conversation logged at both of its ends is counted once, at the end that saw more.",
        bytes: 1_842_118_204_331,
        packets: 2_104_331_908,
        conversations: 184_220,
        conversations_folded: 0,
        verdicts: [("allowed", 5_121_008), ("denied", 788_912), ("dropped", 2_402), ("unknown", 12)]
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect(),
        timeline: timeline(),
        vantages: vantages(),
        talkers: talkers(),
        conversations_top: conversations(),
        services: services(),
        zones: zones(),
        denied_sources: denied_sources(),
        denied_ports: denied_ports(),
        exposed: exposed(),
    }
}

/// A day in quarters of an hour: quiet nights, a leak at four, a scan at two.
fn timeline() -> Timeline {
    let (mut bytes, mut allowed, mut denied) = (Vec::new(), Vec::new(), Vec::new());
    for bucket in 0..96u64 {
        let hour = bucket as f64 / 4.0;
        let day = 0.25 + 0.75 * (-((hour - 13.5) / 4.6).powi(2)).exp();
        let wobble = 1.0 + 0.12 * ((bucket * 7919 % 97) as f64 / 97.0 - 0.5);
        let leak = if (16..19).contains(&bucket) { 34_000_000_000 } else { 0 };
        let scan = if (8..14).contains(&bucket) { 62_000 } else { 0 };
        bytes.push((31_000_000_000.0 * day * wobble) as u64 + leak);
        allowed.push((86_000.0 * day * wobble) as u64);
        denied.push((4_300.0 * wobble) as u64 + scan);
    }
    Timeline { bucket_s: 900, start: Some(at("00:00:00")), bytes, allowed, denied }
}

fn vantages() -> Vec<VantageTotal> {
    let vantage =
        |provider: &str, kind: &str, account: &str, network: &str, numbers: [u64; 5], semantics: &str| VantageTotal {
            provider: provider.into(),
            source_kind: kind.into(),
            account_id: account.into(),
            network: network.into(),
            interfaces: numbers[0],
            records: numbers[1],
            bytes_in: numbers[2],
            bytes_out: numbers[3],
            denied: numbers[4],
            bytes_semantics: semantics.into(),
        };
    vec![
        vantage(
            "aws",
            "aws_vpc",
            "123456789012",
            "vpc-0a1b2c3d4e5f60718",
            [212, 3_002_118, 902_118_331_002, 811_204_118_220, 702_118],
            "l3_packet",
        ),
        vantage(
            "aws",
            "aws_vpc",
            "998877665544",
            "vpc-0ffeeddccbbaa9988",
            [40, 809_086, 102_118_331_002, 91_204_118_220, 51_204],
            "l3_packet",
        ),
        vantage(
            "azure",
            "az_vnet",
            "8a1b2c3d-0000-4444-8888-aabbccddeeff",
            "vnet-prod-westeurope",
            [96, 1_204_118, 301_118_331_002, 284_204_118_220, 30_211],
            "l3_packet",
        ),
        vantage(
            "gcp",
            "gcp_vpc",
            "prod-data",
            "default",
            [51, 897_012, 188_118_331_002, 201_204_118_220, 5_379],
            "l4_payload",
        ),
    ]
}

fn talkers() -> Vec<Talker> {
    let talker = |address: &str, class: &str, name: &str, bytes_out, bytes_in, records, peers| Talker {
        address: address.into(),
        class: class.into(),
        name: name.into(),
        bytes_out,
        bytes_in,
        records,
        peers,
        ..Talker::default()
    };
    vec![
        talker("10.0.2.31", "private", "web-frontend-1", 402_118_331_002, 88_204_118_220, 804_118, 18_204),
        talker("10.0.9.12", "private", "orders-db-primary", 288_118_331_002, 190_204_118_220, 204_118, 24),
        talker(
            "10.132.0.9",
            "private",
            "gke-prod-data-pool-1-7f3a/etl-7",
            201_118_331_002,
            144_204_118_220,
            104_118,
            61,
        ),
        talker("10.1.4.5", "private", "vm-app-westeurope-02", 120_118_331_002, 133_204_118_220, 94_118, 480),
        talker("10.0.4.17", "private", "bastion-1", 104_331_002_118, 1_204_118_220, 44_118, 211),
        talker("2001:db8:85a3:1234:5678:8a2e:370:7334", "public", "", 3_118_331_002, 96_204_118_220, 14_118, 3),
        talker("198.51.100.23", "public", "", 331_002, 102_204_118_220, 418, 1),
        talker("10.0.2.32", "private", "web-frontend-2", 72_118_331_002, 18_204_118_220, 404_118, 9_204),
    ]
}

/// client, server, service, protocol, port, bytes to server, bytes to client, records, denied, first, last.
const CONVERSATIONS: &str = "\
10.0.2.31 10.0.9.12 postgresql tcp 5432 88204118220 190204118220 96204 0 00:00:02 23:59:58
10.132.0.9 10.0.9.12 postgresql tcp 5432 4204118220 142204118220 41204 0 01:00:00 05:12:44
10.0.4.17 198.51.100.23 https tcp 443 102204118220 331002 418 0 04:01:13 04:44:50
2001:db8:85a3:1234:5678:8a2e:370:7334 2600:1f14:7d2:aa00:9c1e:55aa:1:443 https tcp 443 1118331002 96204118220 14118 0 00:00:02 23:59:58
10.1.4.5 10.0.2.31 https tcp 443 20118331002 33204118220 44118 12 00:00:02 23:59:58
203.0.113.66 10.0.4.17 ssh tcp 22 48331002 61002118 5211 4812 02:11:05 03:51:40
10.0.4.17 10.0.9.12 ssh tcp 22 2331002 44002118 88 0 03:40:12 03:58:01
10.1.4.9 192.0.2.77 - tcp 8443 9331002 4002118 1440 0 00:00:02 23:59:58";

fn conversations() -> Vec<Pair> {
    let pair = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse().expect("a number");
        Pair {
            client: words[0].into(),
            server: words[1].into(),
            service: words[2].trim_matches('-').into(),
            protocol: words[3].into(),
            port: words[4].parse().ok(),
            bytes_to_server: number(5),
            bytes_to_client: number(6),
            records: number(7),
            denied: number(8),
            first: at(words[9]),
            last: at(words[10]),
            ..Pair::default()
        }
    };
    let mut pairs: Vec<Pair> = CONVERSATIONS.lines().map(pair).collect();
    let replica = |n: u64| Pair {
        client: format!("10.0.2.{}", 40 + n),
        bytes_to_server: 4_118_220 * (20 - n),
        ..pairs[0].clone()
    };
    let replicas: Vec<Pair> =
        (0..12).map(|n| Pair { bytes_to_client: 90_204_118, records: 1204, ..replica(n) }).collect();
    pairs.extend(replicas);
    pairs
}

fn services() -> Vec<Service> {
    let service = |name: &str, protocol: &str, port, numbers: [u64; 5]| Service {
        protocol: protocol.into(),
        port,
        name: name.into(),
        bytes: numbers[0],
        records: numbers[1],
        denied: numbers[2],
        clients: numbers[3],
        servers: numbers[4],
        ..Service::default()
    };
    vec![
        service("https", "tcp", Some(443), [902_204_118_220, 2_904_118, 12_204, 41_204, 318]),
        service("postgresql", "tcp", Some(5432), [611_118_220_331, 904_118, 18_204, 118, 4]),
        service("redis", "tcp", Some(6379), [88_118_220_331, 304_118, 9_204, 44, 3]),
        service("dns", "udp", Some(53), [12_118_220_331, 704_118, 0, 402, 6]),
        service("", "tcp", Some(8443), [9_118_220_331, 44_118, 902, 12, 9]),
        service("ssh", "tcp", Some(22), [1_118_220_331, 311_204, 304_118, 2_118, 402]),
        service("ntp", "udp", Some(123), [118_220_331, 94_118, 0, 402, 8]),
        service("icmp", "icmp", None, [20_331, 4_118, 2_118, 91, 200]),
    ]
}

fn zones() -> Vec<ZonePair> {
    let zone = |from: &str, to: &str, bytes, allowed, denied| ZonePair {
        from: from.into(),
        to: to.into(),
        bytes,
        allowed,
        denied,
    };
    vec![
        zone("aws", "aws", 702_118_331_002, 2_104_118, 4_118),
        zone("aws", "internet", 404_118_331_002, 904_118, 1_204),
        zone("internet", "aws", 188_118_331_002, 704_118, 691_204),
        zone("gcp", "aws", 142_204_118_220, 104_118, 0),
        zone("azure", "azure", 120_118_331_002, 504_118, 2_118),
        zone("azure", "aws", 53_118_331_002, 94_118, 12),
        zone("azure", "internet", 41_118_331_002, 204_118, 88),
        zone("internet", "azure", 22_118_331_002, 124_118, 88_204),
        zone("gcp", "gcp", 18_118_331_002, 304_118, 0),
        zone("private", "aws", 4_118_331_002, 14_118, 204),
        zone("aws", "private", 2_118_331_002, 12_118, 0),
        zone("internet", "gcp", 204_118, 1_118, 4_118),
    ]
}

fn denied_sources() -> Vec<DeniedSource> {
    let source = |address: &str, is_public, denied, targets, ports, time: (&str, &str), got_in| DeniedSource {
        address: address.into(),
        is_public,
        denied,
        targets,
        ports,
        first: at(time.0),
        last: at(time.1),
        got_in,
        ..DeniedSource::default()
    };
    let entry = |server: &str, port, service: &str, first: &str, records, bytes| GotIn {
        server: server.into(),
        port: Some(port),
        service: service.into(),
        first: at(first),
        records,
        bytes,
    };
    vec![
        source("198.18.7.9", true, 372_118, 254, 1024, ("02:00:11", "03:29:58"), Vec::new()),
        source("45.155.205.233", true, 41_204, 212, 14, ("00:00:40", "23:59:12"), Vec::new()),
        source(
            "203.0.113.66",
            true,
            4_812,
            1,
            1,
            ("02:11:05", "03:38:10"),
            vec![entry("10.0.4.17", 22, "ssh", "03:38:12", 399, 109_333_120)],
        ),
        source(
            "192.0.2.140",
            true,
            2_118,
            1,
            1,
            ("00:10:00", "14:04:59"),
            vec![
                entry("10.0.9.12", 5432, "postgresql", "14:05:02", 412, 1_204_118_220),
                entry("10.0.9.13", 5432, "postgresql", "14:05:40", 12, 118_220),
            ],
        ),
        source("10.1.4.22", false, 902, 18, 3, ("09:00:00", "17:58:00"), Vec::new()),
        source("2a02:4780:28:5a1f:c0de:1337:beef:42", true, 611, 9, 2, ("06:12:00", "06:40:00"), Vec::new()),
    ]
}

fn denied_ports() -> Vec<DeniedPort> {
    let port = |protocol: &str, port, service: &str, denied, sources, targets| DeniedPort {
        protocol: protocol.into(),
        port: Some(port),
        service: service.into(),
        denied,
        sources,
        targets,
    };
    vec![
        port("tcp", 22, "ssh", 304_118, 2_118, 254),
        port("tcp", 3389, "rdp", 91_204, 1_804, 254),
        port("tcp", 23, "telnet", 61_204, 1_604, 254),
        port("tcp", 445, "smb", 51_204, 1_204, 254),
        port("tcp", 5432, "postgresql", 18_204, 118, 12),
        port("tcp", 8080, "", 12_204, 90, 210),
    ]
}

fn exposed() -> Vec<Exposure> {
    let exposure = |server: &str,
                    name: &str,
                    port,
                    service: &str,
                    numbers: [u64; 3],
                    first: &str,
                    is_sensitive,
                    until: Option<&str>| Exposure {
        server: server.into(),
        name: name.into(),
        protocol: "tcp".into(),
        port: Some(port),
        service: service.into(),
        clients: numbers[0],
        records: numbers[1],
        bytes: numbers[2],
        first: at(first),
        last: at("23:58:12"),
        is_sensitive,
        denied_until: until.map(at),
        ..Exposure::default()
    };
    vec![
        exposure(
            "10.0.9.12",
            "orders-db-primary",
            5432,
            "postgresql",
            [3, 424, 1_204_236_440],
            "14:05:02",
            true,
            Some("14:04:59"),
        ),
        exposure("10.0.4.17", "bastion-1", 22, "ssh", [2, 618, 119_333_120], "00:14:09", true, None),
        exposure(
            "10.0.2.31",
            "web-frontend-1",
            443,
            "https",
            [31_204, 1_204_118, 402_118_331_002],
            "00:00:02",
            false,
            None,
        ),
        exposure(
            "10.0.2.32",
            "web-frontend-2",
            443,
            "https",
            [28_118, 904_118, 88_118_331_002],
            "00:00:02",
            false,
            None,
        ),
        exposure(
            "2600:1f14:7d2:aa00:9c1e:55aa:1:443",
            "edge-v6",
            443,
            "https",
            [3_118, 44_118, 97_322_449_222],
            "00:00:05",
            false,
            None,
        ),
    ]
}
