//! Reports to draw in tests: a day in three clouds, and the same with hostile names.

mod findings;
mod profile;
mod traffic;
mod transfer;

use crate::summary::*;

/// `2026-03-03T<clock>Z`.
fn at(clock: &str) -> String {
    format!("2026-03-03T{clock}Z")
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A day in three clouds: a scan, a password guessed, a beacon, data leaving, a group opened, a log gone silent.
pub(crate) fn story() -> Summary {
    Summary {
        schema: "fathom.report/1",
        inputs: inputs(),
        health: health(),
        traffic: traffic::traffic(),
        transfer: Some(transfer::transfer()),
        intel: findings::intel(),
        findings: findings::findings(),
        profile: Some(profile::profile()),
        ..Summary::default()
    }
}

/// One record over IPv6, in the least that a report can be.
pub(crate) fn single() -> Summary {
    let time = at("10:00:00");
    let client = "2001:db8:85a3:1234:5678:8a2e:370:7334";
    let mut summary = Summary::default();
    summary.inputs.objects_read = 1;
    summary.inputs.records = 1;
    summary.inputs.first = Some(time.clone());
    summary.inputs.last = Some(time.clone());
    summary.traffic.bytes = 840;
    summary.traffic.timeline =
        Timeline { bucket_s: 60, start: Some(time.clone()), bytes: vec![840], allowed: vec![1], denied: vec![0] };
    summary.traffic.conversations_top.push(Pair {
        client: client.into(),
        server: "::1".into(),
        bytes_to_server: 840,
        records: 1,
        first: time.clone(),
        last: time,
        ..Pair::default()
    });
    summary
}

/// The story told by somebody who names things to break what shows them.
pub(crate) fn hostile() -> Summary {
    let mut summary = story();
    let evil =
        "<script>alert(1)</script>\"onmouseover=alert(2) '</script><!--\x1b]0;owned\x07\x1b[31m\u{202e}\n\r\u{9b}2J";
    for finding in &mut summary.findings {
        finding.title = evil.into();
        finding.entity = evil.into();
        finding.detector = evil.into();
        finding.id = evil.into();
        finding.attack = format!("T1110\" onmouseover={evil}");
        finding.peers = vec![evil.into(); 3];
        finding.evidence = vec![(evil.into(), evil.into()); 3];
        finding.next_step = format!("{evil}: `fathom query '{evil}'`");
        finding.first_seen = evil.into();
    }
    for talker in &mut summary.traffic.talkers {
        talker.name = evil.into();
        talker.class = evil.into();
    }
    for vantage in &mut summary.traffic.vantages {
        vantage.provider = evil.into();
        vantage.source_kind = evil.into();
        vantage.network = evil.into();
        vantage.bytes_semantics = evil.into();
    }
    for zone in &mut summary.traffic.zones {
        zone.from = evil.into();
    }
    for service in &mut summary.traffic.services {
        service.name = evil.into();
        service.protocol = evil.into();
    }
    summary.traffic.exposed[0].name = evil.into();
    if let Some(profile) = &mut summary.profile {
        profile.entity = evil.into();
        profile.hours[3].hour = evil.into();
        profile.habits[0].new = vec![evil.into()];
    }
    if let Some(transfer) = &mut summary.transfer {
        transfer.currency = evil.into();
        transfer.classes[0].pairs[0].from_owner = evil.into();
        transfer.classes[0].pairs[0].to_zone = evil.into();
    }
    summary.traffic.timeline.start = Some(evil.into());
    summary.traffic.verdicts.insert(evil.into(), 7);
    summary.health.counts.insert(evil.into(), 7);
    summary.health.problems[0].detail = evil.into();
    summary.health.problems[0].object = evil.into();
    summary.health.silent[0].if_id = evil.into();
    summary.intel.hits[0].label = evil.into();
    summary.intel.lists[0].skipped = vec![(evil.into(), 3, evil.into())];
    summary.inputs.objects[0].name = evil.into();
    summary.inputs.formats[0].source_kind = evil.into();
    summary.inputs.first = Some(evil.into());
    summary
}

fn inputs() -> Inputs {
    let format =
        |source_kind: &str, objects, records| FormatCount { source_kind: source_kind.into(), objects, records };
    let object = |name: &str, format: &str, records, health| ObjectCount {
        name: name.into(),
        format: format.into(),
        records,
        health,
    };
    let aws = "AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/03/03/123456789012_vpcflowlogs_eu-central-1_fl-0a1b2c3d4e5f_20260303T0210Z_9f3a.log.gz";
    let azure = "insights-logs-flowlogflowevent/flowLogResourceID=/8A1B/NETWORKWATCHERRG/NW_WESTEUROPE/y=2026/m=03/d=03/h=02/m=00/macAddress=002248/PT1H.json";
    let mut objects = vec![
        object(aws, "aws_text", 48_211, 12),
        object(azure, "az_vnet_json", 22_104, 0),
        object(
            "gs://prod-flow/compute.googleapis.com/vpc_flows/2026/03/03/02:00:00_02:59:59_S0.json",
            "gcp_json",
            31_877,
            3,
        ),
        object("exports/README.md", "", 0, 1),
        object("parquet/2026-03-03/hour=14/part-0001.parquet", "aws_parquet", 402_118, 0),
    ];
    objects.extend((0..20).map(|hour| {
        object(
            &format!("parquet/2026-03-03/hour={hour:02}/part-0000.parquet"),
            "aws_parquet",
            204_118 + hour * 1311,
            hour % 3,
        )
    }));
    Inputs {
        objects_read: 1284,
        objects_skipped: 3,
        bytes_stored: 412_330_118,
        bytes_decoded: 2_904_118_221,
        records_read: 6_104_220,
        records: 5_912_334,
        first: Some(at("00:00:02")),
        last: Some(at("23:59:58")),
        formats: vec![
            format("aws_vpc", 880, 3_811_204),
            format("az_vnet", 288, 1_204_118),
            format("gcp_vpc", 116, 897_012),
        ],
        objects,
        objects_unlisted: 1262,
    }
}

fn health() -> Health {
    let counts = [
        ("no_data", 1822),
        ("skip_data", 14),
        ("parse_error", 37),
        ("truncated", 1),
        ("control_message", 3),
        ("not_a_flow_log", 1),
    ];
    let problem = |kind: &str, object: &str, count, record_no, offset, detail: &str| Problem {
        kind: kind.into(),
        object: object.into(),
        count,
        record_no,
        offset,
        detail: detail.into(),
    };
    let silence =
        |if_id: &str, provider: &str, from: &str, to: &str, until_end, peers_still_saw_it, addresses: &[&str]| {
            Silence {
                if_id: if_id.into(),
                provider: provider.into(),
                from: at(from),
                to: at(to),
                until_end,
                peers_still_saw_it,
                addresses: strings(addresses),
            }
        };
    Health {
        counts: counts.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        problems: vec![
            problem(
                "truncated",
                "AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/03/03/123456789012_vpcflowlogs_eu-central-1_fl-0a1b_20260303T1405Z.log.gz",
                1,
                None,
                Some(1_048_576),
                "unexpected end of gzip stream; 11,204 records before it were kept",
            ),
            problem(
                "parse_error",
                "exports/firewall-custom.log",
                37,
                Some(118),
                Some(20_411),
                "field 7 (dstport): 'ssh' is not a number from 0 to 65535",
            ),
            problem("not_a_flow_log", "exports/README.md", 1, None, None, "starts with '# Exports': no known format"),
        ],
        silent: vec![
            silence("eni-0f4d1c9a77b310e52", "aws", "03:52:10", "23:59:58", true, true, &["10.0.4.17"]),
            silence(
                "projects/prod-data/zones/europe-west3-a/instances/etl-7",
                "gcp",
                "11:00:00",
                "13:20:00",
                false,
                false,
                &["10.132.0.9", "fd20:7f:1::9"],
            ),
        ],
        is_partial: true,
    }
}
