//! Records in, classes out; and what must hold for any records.

use crate::{Context, Fold, Limits, Options, Prices, Summary, Transfer, WANTED};
use arrow_array::RecordBatch;
use enrich::Inventory;
use model::{FlowField as F, Projection};
use proptest::prelude::*;
use table::FlowColumns;

/// 2026-03-02T00:00:00Z.
const DAY: i64 = 1_772_409_600;

/// One request of a client's, seen at its own interface unless the columns say otherwise.
#[derive(Clone, Debug)]
struct Flow {
    client: &'static str,
    server: &'static str,
    bytes: i64,
    columns: Vec<(F, &'static str)>,
}

fn flow(client: &'static str, server: &'static str, bytes: i64, columns: &[(F, &'static str)]) -> Flow {
    Flow { client, server, bytes, columns: columns.to_vec() }
}

/// Something that a host sends to the internet, so that the records say where it is.
fn host(address: &'static str, columns: &[(F, &'static str)]) -> Flow {
    flow(address, "192.0.2.99", 1, columns)
}

fn batch(flows: &[Flow]) -> RecordBatch {
    let mut columns = FlowColumns::new(Projection::of(WANTED.iter().copied()));
    for (flow, at) in flows.iter().zip(0..) {
        for (field, at) in [(F::TimeStart, at), (F::TimeEnd, at + 60)] {
            columns.set_time(field, (DAY + at) * 1_000_000_000);
        }
        columns.set_address(F::SrcIp, flow.client.parse().unwrap());
        columns.set_address(F::DstIp, flow.server.parse().unwrap());
        columns.set_int32(F::SrcPort, 40_000);
        columns.set_int32(F::DstPort, 443);
        columns.set_int32(F::IpProto, 6);
        columns.set_int64(F::Bytes, flow.bytes);
        columns.set_int64(F::Packets, 1 + flow.bytes / 1_500);
        let usual = [
            (F::Verdict, "allowed"),
            (F::Provider, "aws"),
            (F::SourceKind, "aws_vpc"),
            (F::Direction, "egress"),
            (F::IfId, flow.client),
        ];
        let is_said = |field: F| flow.columns.iter().any(|said| said.0 == field);
        usual.iter().filter(|(field, _)| !is_said(*field)).for_each(|(field, text)| columns.set_text(*field, text));
        flow.columns.iter().for_each(|&(field, text)| match field {
            F::DstIpIf => columns.set_address(field, text.parse().unwrap()),
            _ => columns.set_text(field, text),
        });
        columns.end_row();
    }
    columns.take_batch()
}

fn inventory(text: &str) -> Option<Inventory> {
    let load = || enrich::inventory::load("own", text.as_bytes(), &enrich::inventory::Limits::default()).unwrap();
    (!text.is_empty()).then(|| Inventory::build(vec![load()]))
}

fn summary(flows: &[Flow], text: &str, prices: Option<&Prices>) -> Summary {
    let inventory = inventory(text);
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&batch(flows));
    fold.finish(&Context { inventory: inventory.as_ref(), prices, ..Context::default() })
}

/// Classes of more than the hosts' own bytes: `class bytes evidence`.
fn told(transfer: &Transfer) -> Vec<String> {
    let classes = transfer.classes.iter().filter(|class| class.bytes >= 100);
    let by = |evidence: &std::collections::BTreeMap<&str, u64>| {
        evidence.iter().max_by_key(|(_, bytes)| **bytes).map_or("", |(name, _)| *name).to_owned()
    };
    classes.map(|class| format!("{} {} {}", class.class, class.bytes / 100 * 100, by(&class.evidence))).collect()
}

#[track_caller]
fn check(flows: &[Flow], text: &str, expected: &[&str]) {
    let transfer = summary(flows, text, None).transfer.expect("a cloud");
    assert_eq!(told(&transfer), expected);
    let parts = transfer.classes.iter().filter(|class| class.kind == "where").map(|class| class.bytes);
    assert_eq!(parts.sum::<u64>(), transfer.bytes, "every byte went somewhere");
}

const ONE: (F, &str) = (F::Zone, "euw1-az1");
const TWO: (F, &str) = (F::Zone, "euw1-az2");
const OF_GCP: (F, &str) = (F::Provider, "gcp");

#[test]
fn between_hosts_whose_interfaces_say_where_they_are() {
    let far = [(F::Zone, "use1-az1")];
    let hosts = [host("10.0.0.1", &[ONE]), host("10.0.0.2", &[ONE]), host("10.0.0.3", &[TWO]), host("10.0.0.4", &far)];
    for (server, expected) in [
        ("10.0.0.2", "same_zone 1000 interface"),
        ("10.0.0.3", "cross_zone 1000 interface"),
        ("10.0.0.4", "cross_region 1000 interface"),
        ("10.0.0.5", "unknown 1000 nothing"),
    ] {
        let flows = [&hosts[..], &[flow("10.0.0.1", server, 1_000, &[ONE])]].concat();
        check(&flows, "", &[expected]);
    }
}

#[test]
fn what_the_records_do_not_say_an_inventory_may() {
    let flows = [flow("10.0.0.1", "10.0.0.2", 1_000, &[]), host("10.0.0.2", &[])];
    check(&flows, "", &["unknown 1000 nothing"]);
    let text = "ip,service,name,zone,vpc\n10.0.0.1,EC2,a,eu-west-1a,vpc-1\n10.0.0.2,EC2,b,eu-west-1b,vpc-2\n";
    check(&flows, text, &["cross_zone 1000 inventory", "other_network 1000 inventory"]);
    let peered = [flow("10.0.0.1", "10.0.0.2", 1_000, &[(F::Path, "peer_intra")]), host("10.0.0.2", &[])];
    check(&peered, text, &["cross_zone 1000 inventory", "peering 1000 record"]);
    check(&peered, "", &["in_region 1000 record", "peering 1000 record"]);
}

#[test]
fn records_that_name_both_ends() {
    let kind = (F::SourceKind, "gcp_vpc");
    let zone = (F::Zone, "europe-west1-b");
    for (peer, expected) in [
        ((F::PeerZone, "europe-west1-b"), "same_zone 1000 record"),
        ((F::PeerZone, "europe-west1-c"), "cross_zone 1000 record"),
        ((F::PeerRegion, "us-east1"), "cross_region 1000 record"),
    ] {
        let columns = [OF_GCP, kind, zone, (F::Region, "europe-west1"), peer];
        check(&[flow("10.0.0.1", "10.0.0.2", 1_000, &columns)], "", &[expected]);
    }
}

#[test]
fn to_the_internet_and_other_sites() {
    for (path, expected) in [
        ("igw", &["internet_out 1000 record"][..]),
        ("", &["internet_out 1000 address"]),
        ("vgw", &["site 1000 record"]),
        ("local_gw", &["site 1000 record"]),
        ("same_vpc", &["internet_out 1000 address", "passed_on 1000 record"]),
    ] {
        check(&[flow("10.0.0.1", "198.51.100.7", 1_000, &[ONE, (F::Path, path)])], "", expected);
    }
    let sites = [host("10.40.0.2", &[OF_GCP]), flow("10.0.0.1", "10.40.0.2", 1_000, &[ONE])];
    check(&sites, "", &["site 1000 interface"]);
}

#[test]
fn services_of_the_provider_and_the_way_to_them() {
    let s3 = (F::DstService, "S3");
    for (columns, expected) in [
        (vec![s3, (F::Path, "igw")], &["provider_service 1000 record"][..]),
        (vec![s3, (F::Path, "gw_endpoint")], &["provider_service 1000 record", "gateway_endpoint 1000 record"]),
        (vec![s3, (F::PeerIfType, "nat_gateway")], &["provider_service 1000 record", "nat 1000 record"]),
        (vec![(F::DstService, "EC2")], &["internet_out 1000 address"]),
    ] {
        check(&[flow("10.0.0.1", "52.218.0.1", 1_000, &columns)], "", expected);
    }
    let ranges = r#"{"prefixes": [{"ip_prefix": "52.218.0.0/17", "region": "eu-west-1", "service": "S3"}]}"#;
    check(&[flow("10.0.0.1", "52.218.0.1", 1_000, &[])], ranges, &["provider_service 1000 inventory"]);
    check(&[flow("10.0.0.1", "52.218.0.1", 1_000, &[OF_GCP])], ranges, &["internet_out 1000 address"]);
}

#[test]
fn gateways_and_balancers() {
    let nat = [(F::IfType, "nat_gateway"), (F::IfId, "eni-nat"), TWO, (F::VpcId, "vpc-1")];
    let arriving = [(F::Direction, "ingress"), (F::DstIpIf, "10.0.9.9")];
    let own = [ONE, (F::VpcId, "vpc-1")];
    let through = [
        flow("10.0.0.1", "198.51.100.7", 1_000, &own),
        flow("10.0.0.1", "198.51.100.7", 1_000, &[&nat[..], &arriving].concat()),
        flow("10.0.9.9", "198.51.100.7", 1_000, &nat),
    ];
    // The gateway's own sending is the same traffic again.
    check(&through, "", &["internet_out 1000 address", "nat 1000 record", "nat_other_zone 1000 interface"]);
    let text = "ip,service\n10.0.9.9,NAT gateway\n";
    let unnamed = [flow("10.0.0.1", "198.51.100.7", 1_000, &[]), flow("10.0.9.9", "198.51.100.7", 1_000, &[])];
    check(&unnamed, text, &["internet_out 1000 address", "nat 1000 inferred"]);
    check(&unnamed, "", &["internet_out 2000 address"]);
    let tgw = [(F::SourceKind, "aws_tgw"), (F::Vantage, "middle"), (F::IfId, "tgw")];
    let pair = [flow("10.0.0.1", "10.9.0.2", 1_000, &[]), flow("10.0.0.1", "10.9.0.2", 1_000, &tgw)];
    check(&pair, "", &["unknown 1000 nothing", "transit_gateway 1000 record"]);
    let text = "ip,service\n10.0.0.2,ALB\n10.0.0.3,VPC endpoint\n";
    check(&[flow("10.0.0.1", "10.0.0.2", 1_000, &[])], text, &["unknown 1000 nothing", "load_balancer 1000 inventory"]);
    check(&[flow("10.0.0.2", "10.0.0.1", 1_000, &[])], text, &["unknown 1000 nothing"]);
    let endpoint = [flow("10.0.0.1", "10.0.0.3", 1_000, &[])];
    check(&endpoint, text, &["unknown 1000 nothing", "private_endpoint 1000 inventory"]);
}

#[test]
fn what_is_no_cloud_has_no_section() {
    let columns = [(F::Provider, "zeek"), (F::SourceKind, "zeek_conn")];
    assert!(summary(&[flow("10.0.0.1", "198.51.100.7", 1_000, &columns)], "", None).transfer.is_none());
}

#[test]
fn money_by_the_prices_given() {
    let gb = 1_000_000_000;
    let mut flows = vec![
        flow("10.0.0.1", "198.51.100.7", 100 * gb, &[ONE, (F::Region, "eu-west-1")]),
        flow("10.0.0.1", "10.0.0.2", 50 * gb, &[ONE, (F::Region, "eu-west-1")]),
        host("10.0.0.2", &[TWO]),
    ];
    let prices = "class,price_per_gb,provider,region,currency\ninternet_out,0.1,aws,,USD\ncross_zone,0.02,,eu-west-1\n";
    let prices = Prices::parse(prices).unwrap();
    let transfer = summary(&flows, "", Some(&prices)).transfer.unwrap();
    assert_eq!((transfer.cost, transfer.cost_month, &*transfer.currency), (Some(11.0), None, "USD"));
    let costs: Vec<_> = transfer.classes.iter().map(|class| (class.class, class.cost)).collect();
    assert_eq!(costs, [("internet_out", Some(10.0)), ("cross_zone", Some(1.0))]);
    // A minute from midnight to midnight.
    flows.extend((0..1_440).flat_map(|_| (0..60).map(|_| host("10.0.0.2", &[TWO]))));
    let day = summary(&flows, "", Some(&prices)).transfer.unwrap();
    assert_eq!(day.cost_month.map(|cost| cost.round()), Some((11.0 * 730.0 / 24.0 * 86_400.0 / 86_462.0_f64).round()));
}

/// Findings of a day in which `gb` are moved with S3 through a NAT gateway, and between two zones.
fn costs_of(gb: i64) -> Vec<(String, &'static str)> {
    let service = [ONE, (F::VpcId, "vpc-1"), (F::DstService, "S3"), (F::PeerIfType, "nat_gateway")];
    let bytes = gb * 1_000_000_000;
    let flows = [
        flow("10.0.0.1", "52.218.0.1", bytes, &service),
        flow("10.0.0.1", "10.0.0.2", bytes, &[ONE, (F::VpcId, "vpc-1")]),
        host("10.0.0.2", &[TWO]),
    ];
    let summary = summary(&flows, "", None);
    let costs = summary.findings.iter().filter(|finding| finding.detector.starts_with("cost."));
    costs.map(|finding| (format!("{} {}", finding.detector, finding.entity), finding.severity)).collect()
}

#[test]
fn findings_only_where_money_is() {
    assert_eq!(costs_of(20), []);
    let expected = [("cost.endpoint vpc-1".to_owned(), "low"), ("cost.crosszone 10.0.0.1".to_owned(), "info")];
    assert_eq!(costs_of(40), expected);
}

#[test]
fn beyond_the_limit_bytes_are_unknown_but_not_lost() {
    let limits = Limits { conversations_max: 4, ..Limits::default() };
    let (mut fold, mut bytes) = (Fold::new(&Options { limits }), 0);
    for n in 0..40_u8 {
        let server = Box::leak(format!("198.51.100.{n}").into_boxed_str());
        let path = if n % 2 == 0 { "igw" } else { "same_vpc" };
        fold.push_flows(&batch(&[flow("10.0.0.1", server, 100 + i64::from(n), &[(F::Path, path)])]));
        bytes += 100 + u64::from(n);
    }
    let transfer = fold.finish(&Context::default()).transfer.unwrap();
    assert_eq!(transfer.bytes, bytes);
    let of =
        |name: &str| transfer.classes.iter().filter(|class| class.class == name).map(|class| class.bytes).sum::<u64>();
    assert!(of("unknown") > 0 && of("unknown") + of("internet_out") == bytes);
}

/// Records of a small estate, each with what its interface and its way say.
fn any_flow() -> impl Strategy<Value = Flow> {
    const INSIDE: [(&str, &str); 4] =
        [("10.0.0.1", "euw1-az1"), ("10.0.0.2", "euw1-az2"), ("10.0.0.3", ""), ("fd00::1", "use1-az1")];
    const OUTSIDE: [&str; 3] = ["198.51.100.7", "52.218.0.1", "2a00::5"];
    let paths = prop::sample::select(vec!["", "igw", "same_vpc", "gw_endpoint", "peer_intra", "vgw"]);
    let rest =
        (prop::sample::select(vec!["", "S3", "AMAZON", "CLOUDFRONT"]), prop::sample::select(vec!["", "nat_gateway"]));
    (0..4_usize, 0..7_usize, 1..10_000_i64, paths, rest).prop_map(|(one, other, bytes, path, (service, hop))| {
        let (client, zone) = INSIDE[one];
        let targets = [&INSIDE.map(|host| host.0)[..], &OUTSIDE[..]].concat();
        let is_v6 = |address: &str| address.contains(':');
        let server = if is_v6(client) == is_v6(targets[other]) {
            targets[other]
        } else {
            [OUTSIDE[0], OUTSIDE[2]][usize::from(is_v6(client))]
        };
        let columns = [(F::Zone, zone), (F::Path, path), (F::DstService, service), (F::PeerIfType, hop)];
        let said = columns.into_iter().filter(|(_, text)| !text.is_empty());
        Flow { client, server, bytes, columns: said.collect() }
    })
}

fn json_of(parts: &[&[Flow]], limits: Limits) -> String {
    let mut whole = Fold::new(&Options { limits });
    for part in parts {
        let mut fold = Fold::new(&Options { limits });
        fold.push_flows(&batch(part));
        whole.merge(&mut fold);
    }
    let mut transfer = whole.finish(&Context::default()).transfer.unwrap_or_default();
    // Records of a part have times of their own here.
    transfer.period_s = 0;
    serde_json::to_string(&transfer).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_cut_give_the_same(
        flows in prop::collection::vec(any_flow(), 1..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let (head, tail) = flows.split_at(cut.index(flows.len()));
        let expected = json_of(&[&flows], Limits::default());
        prop_assert_eq!(&json_of(&[head, tail], Limits::default()), &expected);
        prop_assert_eq!(&json_of(&[tail, head], Limits::default()), &expected);
        let reversed: Vec<Flow> = flows.iter().rev().cloned().collect();
        prop_assert_eq!(&json_of(&[&reversed], Limits::default()), &expected);
    }

    #[test]
    fn every_byte_is_in_one_place(flows in prop::collection::vec(any_flow(), 1..60), conversations_max in 2..100_usize) {
        let limits = Limits { conversations_max, ..Limits::default() };
        let mut fold = Fold::new(&Options { limits });
        flows.iter().for_each(|one| fold.push_flows(&batch(std::slice::from_ref(one))));
        let transfer = fold.finish(&Context::default()).transfer.unwrap();
        let bytes: i64 = flows.iter().map(|flow| flow.bytes).sum();
        let of_where = transfer.classes.iter().filter(|class| class.kind == "where").map(|class| class.bytes);
        prop_assert_eq!((of_where.sum::<u64>(), transfer.bytes), (bytes as u64, bytes as u64));
    }
}
