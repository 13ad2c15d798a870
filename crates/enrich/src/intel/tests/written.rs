//! One set of networks, written in every form: each form gives back that set.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use proptest::prelude::*;

use super::super::*;

/// Public networks and hosts.
fn net() -> impl Strategy<Value = IpNet> {
    let v4 = (20u32..90, any::<u32>(), prop_oneof![2 => Just(32u8), 1 => 12u8..32]);
    let v4 = v4.prop_map(|(first, rest, length)| (IpAddr::from(Ipv4Addr::from_bits(first << 24 | rest >> 8)), length));
    let v6 = (0x2a00u128..0x2a10, any::<u64>(), prop_oneof![Just(128u8), 32u8..128]);
    let v6 = v6.prop_map(|(first, rest, length)| {
        (IpAddr::from(Ipv6Addr::from_bits(first << 112 | u128::from(rest) << 20)), length)
    });
    prop_oneof![4 => v4, 1 => v6].prop_map(|(address, length)| IpNet::new(address, length).expect("a length").trunc())
}

/// A host without its length, as people write it.
fn text(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() }
}

fn each(nets: &[IpNet], line: impl Fn(usize, &str) -> String) -> String {
    nets.iter().enumerate().map(|(n, net)| line(n, &text(net))).collect()
}

fn joined(nets: &[IpNet], one: impl Fn(&str) -> String) -> String {
    nets.iter().map(|net| one(&text(net))).collect::<Vec<_>>().join(",\n")
}

fn family(net: &str) -> &'static str {
    if net.contains(':') { "ipv6-addr" } else { "ipv4-addr" }
}

/// Name of the form, and the set in it.
fn written(nets: &[IpNet]) -> Vec<(&'static str, String)> {
    let stix = |net: &str| {
        format!(r#"{{"type":"indicator","id":"indicator--1","pattern":"[{}:value = '{net}']"}}"#, family(net))
    };
    let mut forms = vec![
        ("lines", each(nets, |_, net| format!("{net}\n"))),
        ("remarks", each(nets, |n, net| format!("{net} # seen {n} times by 1.2.3.{}\n", n % 250))),
        ("defanged", each(nets, |_, net| format!("{}\n", net.replace('.', "[.]")))),
        ("ranges", nets.iter().map(|net| format!("{} - {}\n", net.network(), net.broadcast())).collect()),
        ("columns", format!("id,ip,port,first_seen\n{}", each(nets, |n, net| format!("{n},{net},{n},2024-01-01\n")))),
        ("no names", each(nets, |n, net| format!("{n};some one;{net};2024-01-01\n"))),
        ("quoted", each(nets, |_, net| format!("\"2024-01-01 00:00:00\",\"{net}\",\"a, b 1.2.3.4\"\n"))),
        ("first and last", {
            let rows = nets.iter().map(|net| format!("{},{},NL\n", net.network(), net.broadcast()));
            format!("start,end,country\n{}", rows.collect::<String>())
        }),
        (
            "ipset",
            format!("create bad hash:net family inet\n{}", each(nets, |n, net| format!("add bad {net} timeout {n}\n"))),
        ),
        ("nginx", each(nets, |_, net| format!("deny {net};\n")) + "allow all;\n"),
        ("iptables", each(nets, |_, net| format!("-A INPUT -s {net} -j DROP\n"))),
        ("rules", each(nets, |n, net| format!("alert ip [{net}] any -> $HOME_NET any (msg:\"x\"; sid:{n};)\n"))),
        ("NDJSON", each(nets, |_, net| format!("{{\"ip\":\"{net}\",\"version\":\"1.2.3.4\"}}\n"))),
        ("JSON", format!("{{\"list\":[{}]}}", joined(nets, |net| format!("\"{net}\"")))),
        ("STIX", format!(r#"{{"type":"bundle","objects":[{}]}}"#, joined(nets, stix))),
        ("MISP", {
            let attribute = |net: &str| format!(r#"{{"type":"ip-dst","value":"{net}","to_ids":true}}"#);
            format!(r#"{{"Event":{{"info":"Op","Attribute":[{}]}}}}"#, joined(nets, attribute))
        }),
        ("CrowdSec", {
            let decision = |net: &str| format!(r#"{{"type":"ban","scope":"Range","value":"{net}","duration":"4h"}}"#);
            format!("[{}]", joined(nets, decision))
        }),
        ("YAML", each(nets, |_, net| format!("- {net}\n"))),
    ];
    // PeerGuardian knows IPv4 only.
    if nets.iter().all(|net| net.addr().is_ipv4()) {
        let line = |net: &IpNet| format!("Bad, Inc:{}-{}\n", net.network(), net.broadcast());
        forms.push(("PeerGuardian", nets.iter().map(line).collect()));
    }
    forms
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_form_gives_back_what_was_written(nets in prop::collection::btree_set(net(), 1..12)) {
        let nets: Vec<IpNet> = nets.into_iter().collect();
        for (form, text) in written(&nets) {
            let list = load("list", text.as_bytes(), &Limits::default());
            let found: BTreeSet<IpNet> = list.entries.iter().map(|entry| entry.prefix).collect();
            prop_assert_eq!(&found, &nets.iter().copied().collect(), "{} ({:?}):\n{}", form, list.format, text);
            prop_assert_eq!(list.report.skipped_total(), 0, "{}: {:?}", form, list.report.skipped);
            prop_assert!(list.entries.iter().all(|entry| !entry.port_only), "{}", form);
        }
    }
}
