//! Cases: lines and objects as Zeek writes them, and what becomes of them.

use super::{ZeekJson, ZeekText};
use crate::filter::{Filter, Test};
use crate::format::{DecodeOptions, Format, detect};
use crate::json::testing::{Decoded, Row, decode_all_ways, decode_chunks};
use model::{FlowField as F, Projection};
use proptest::prelude::*;
use std::net::IpAddr;

const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
    #open\t2024-04-19-10-00-01\n";
const FIELDS: &str = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\t\
    resp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\t\
    resp_ip_bytes\ttunnel_parents";
const SSH: &str = "1713520794.300090\tCT1\t159.223.94.203\t46486\t10.0.0.5\t22\ttcp\tssh\t4.686814\t1250\t1694\tSF\tF\tT\t0\t\
    ShADadFf\t12\t1882\t14\t2430\t(empty)\n";

fn log(lines: &[&str]) -> String {
    format!("{HEADER}{FIELDS}\n{}", lines.concat())
}

#[track_caller]
fn text(object: &str) -> Decoded {
    decode_all_ways(&ZeekText, object.as_bytes())
}

/// The columns of `row` that `expected` names have these values; `-` is null.
#[track_caller]
fn check(row: &Row, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(row.get(*name).map_or("-", String::as_str), *value, "{name} of {row:?}");
    }
}

#[test]
fn a_session() {
    let decoded = text(&log(&[SSH]));
    assert!(decoded.health.is_empty(), "{:?}", decoded.health);
    let columns = [
        ("time_start", "1713520794300090000"),
        ("time_end", "1713520798986904000"),
        ("time_resolution_ns", "1000"),
        ("src_ip", "159.223.94.203"),
        ("dst_ip", "10.0.0.5"),
        ("src_port", "46486"),
        ("dst_port", "22"),
        ("ip_proto", "6"),
        ("ip_version", "4"),
        ("app_protocol", "ssh"),
        ("bytes", "1882"),
        ("rev_bytes", "2430"),
        ("bytes_semantics", "l3_packet"),
        ("packets", "12"),
        ("rev_packets", "14"),
        ("counter_kind", "total"),
        ("capture_lost_bytes", "0"),
        ("tcp_history", "ShADadFf"),
        ("tcp_flags", "19"),
        ("rev_tcp_flags", "19"),
        ("tcp_flags_scope", "connection"),
        ("tcp_state", "closed"),
        ("direction", "ingress"),
        ("initiator", "src"),
        ("vantage", "both"),
        ("verdict", "unknown"),
        ("provider", "zeek"),
        ("source_kind", "zeek_conn"),
        ("src_object", "test.json"),
        ("record_no", "8"),
        ("ext.uid", "CT1"),
        ("ext.conn_state", "SF"),
        ("ext.orig_bytes", "1250"),
        ("ext.resp_bytes", "1694"),
        ("ext.local_orig", "F"),
        ("ext.tunnel_parents", ""),
        ("ext.duration", "-"),
    ];
    check(&decoded.flows[0], &columns);
    let offset: usize = decoded.flows[0]["src_offset"].parse().expect("a number");
    assert!(log(&[SSH])[offset..].starts_with("1713520794"));
}

#[test]
fn what_differs_per_protocol_and_state() {
    let rows = [
        // One packet has no duration; one of length zero is kept, since its end does not show it.
        "1.5\tC\t10.0.0.1\t1\t10.0.0.2\t23\ttcp\t-\t-\t-\t-\tS0\t-\t-\t0\tS\t1\t60\t0\t0\t-\n",
        "1.5\tC\t10.0.0.1\t1\t10.0.0.2\t23\ttcp\t-\t0.000000\t0\t0\tREJ\tT\tF\t0\tSr\t1\t60\t1\t40\t-\n",
        // A code, and the type of an answer that is none.
        "2\tC\t10.0.0.1\t3\t10.0.0.2\t1\ticmp\t-\t-\t-\t-\tOTH\tT\tT\t0\t-\t1\t56\t0\t0\t-\n",
        "2\tC\t10.0.0.1\t8\t10.0.0.2\t0\ticmp\t-\t1\t56\t56\tOTH\t-\t-\t0\t-\t1\t84\t1\t84\t-\n",
        "2\tC\tfe80::1\t135\tff02::1\t136\ticmp\t-\t-\t-\t-\tOTH\t-\t-\t0\t-\t1\t72\t0\t0\t-\n",
        "2\tC\t10.0.0.1\t53\t10.0.0.2\t53\tudp\tdns\t-\t40\t-\tS0\t-\t-\t0\tD\t1\t68\t0\t0\t-\n",
        "2\tC\t10.0.0.1\t0\t10.0.0.2\t0\tunknown_transport\t-\t-\t-\t-\tOTH\t-\t-\t0\t-\t1\t68\t0\t0\t-\n",
        // No IP bytes: the payload is what there is.
        "2\tC\t10.0.0.1\t5\t10.0.0.2\t6\tudp\t-\t-\t40\t7\tSF\t-\t-\t0\tDd\t1\t-\t1\t-\tCa,Cb\n",
        // Turned around by Zeek, and only the other side spoke.
        "2\tC\t10.0.0.1\t4000\t10.0.0.2\t5060\tudp\t-\t-\t-\t-\tSHR\tT\tF\t0\t^d\t0\t0\t1\t116\t-\n",
    ];
    let decoded = text(&log(&rows));
    assert!(decoded.health.is_empty(), "{:?}", decoded.health);
    let flows = &decoded.flows;
    check(&flows[0], &[("time_end", "1500000000"), ("ext.duration", "-"), ("tcp_flags", "2"), ("rev_tcp_flags", "0")]);
    check(&flows[0], &[("tcp_state", "syn_sent"), ("direction", "-"), ("ext.orig_bytes", "-")]);
    check(&flows[1], &[("time_end", "1500000000"), ("ext.duration", "0.000000"), ("rev_tcp_flags", "4")]);
    check(&flows[1], &[("direction", "egress")]);
    check(
        &flows[2],
        &[("ip_proto", "1"), ("icmp_type", "3"), ("icmp_code", "1"), ("src_port", "-"), ("initiator", "unknown")],
    );
    check(&flows[2], &[("direction", "-"), ("tcp_flags", "-"), ("tcp_state", "-")]);
    check(&flows[3], &[("icmp_type", "8"), ("icmp_code", "-")]);
    check(&flows[4], &[("ip_proto", "58"), ("ip_version", "6"), ("icmp_type", "135"), ("icmp_code", "-")]);
    check(&flows[5], &[("tcp_flags", "-"), ("tcp_flags_scope", "-"), ("tcp_history", "D"), ("src_port", "53")]);
    check(&flows[6], &[("ip_proto", "-"), ("ext.proto", "unknown_transport")]);
    check(&flows[7], &[("bytes", "40"), ("rev_bytes", "7"), ("bytes_semantics", "l4_payload")]);
    check(&flows[7], &[("ext.tunnel_parents", "Ca,Cb"), ("initiator", "src")]);
    check(&flows[8], &[("initiator", "dst"), ("packets", "0")]);
}

#[test]
fn labels_separated_by_spaces_in_the_last_column() {
    let header = format!("{HEADER}{FIELDS}   label   detailed-label\n");
    let row = |tail: &str| SSH.replace("(empty)", tail);
    let object = header + &row("-   Malicious   C&C Heart Beat") + &row("CZ1   Benign   -") + &row("(empty)   Benign");
    let decoded = text(&object);
    assert!(decoded.health.is_empty(), "{:?}", decoded.health);
    let names = ["ext.tunnel_parents", "ext.label", "ext.detailed-label"];
    let labels: Vec<_> = names.iter().map(|name| decoded.column(name)).collect();
    assert_eq!(labels, [["-", "CZ1", ""], ["Malicious", "Benign", "Benign"], ["C&C Heart Beat", "-", "-"]]);
}

#[test]
fn several_headers_other_logs_and_further_columns() {
    let dns = "#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tquery\n1.0\tC\t1.1.1.1\t2.2.2.2\ta.b\n2.0\tC\t1.1.1.1\t2.2.2.2\tc.d\n";
    let spaced = "#separator ,\n#set_separator,;\n#unset_field,?\n#path,conn\n\
        #fields,ts,id_orig_h,id_resp_h,proto,ip_proto,vlan,orig_l2_addr,community_id,orig_cc\n\
        3.25,1.1.1.1,2.2.2.2,unknown_transport,47,?,00:0d:3a:13:e3:69,1:abc=,DE\n4,1.1.1.1,2.2.2.2,tcp,6,12,?,?,?\n";
    let mapped = "#separator \\x09\n#path\tconn\n#fields\tts\tsrc\tsrc_port\tdst\tdst_port\tproto\n\
        #types\ttime\taddr\tport\taddr\tport\tenum\n5\t1.1.1.1\t7\t2.2.2.2\t8\ttcp\n#close\t2024-04-19\n";
    let decoded = text(&format!("{}{HEADER}{dns}{spaced}{mapped}", log(&[SSH])));
    assert_eq!(decoded.column("time_start").len(), 4);
    assert_eq!(decoded.kinds(), ["other_record"]);
    check(&decoded.health[0], &[("detail", "2 records of the log \"dns\": only conn is read"), ("record_no", "17")]);
    check(
        &decoded.flows[1],
        &[("ip_proto", "47"), ("vlan_id", "-"), ("src_mac", "00:0d:3a:13:e3:69"), ("ext.proto", "-")],
    );
    check(&decoded.flows[1], &[("ext.community_id", "1:abc="), ("src_geo_country", "DE")]);
    check(&decoded.flows[2], &[("vlan_id", "12"), ("ext.community_id", "-")]);
    check(&decoded.flows[3], &[("src_ip", "1.1.1.1"), ("src_port", "7"), ("dst_ip", "2.2.2.2"), ("dst_port", "8")]);
}

#[test]
fn bad_lines_are_told_with_their_place() {
    let cases: &[(&str, &str, usize)] = &[
        ("nonsense\n", "parse_error", 0),
        (&SSH.replace("159.223.94.203", "-"), "parse_error", 0),
        (&SSH.replace("159.223.94.203", "1.2.3.4.5"), "field_error", 1),
        (&SSH.replace("\t22\t", "\t99999\t"), "field_error", 1),
        (&SSH.replace("\t1882\t", "\t9223372036854775808\t"), "field_error", 1),
        (&SSH.replace("1713520794.300090", "yesterday"), "field_error", 1),
        (&SSH.replace("(empty)\n", "(empty)\textra\n"), "field_error", 1),
        (&SSH.replace("\tShADadFf\t12\t1882\t14\t2430\t(empty)\n", "\n"), "field_error", 1),
        (&SSH[..SSH.len() - 12], "truncated", 0),
    ];
    for (line, kind, flows) in cases {
        let object = log(&[SSH, line]);
        let decoded = text(&object);
        assert_eq!((decoded.kinds(), decoded.flows.len()), (vec![*kind], flows + 1), "{line}");
        let offset = object.len() - line.len();
        check(&decoded.health[0], &[("record_no", "9"), ("src_offset", &offset.to_string()), ("provider", "zeek")]);
    }
    check(&text(&log(&[cases[4].0])).flows[0], &[("bytes", "-"), ("ext.orig_ip_bytes", "9223372036854775808")]);
    check(&text(&log(&[cases[6].0])).flows[0], &[("ext.column_22", "extra")]);
    check(&text(SSH).health[0], &[("kind", "parse_error"), ("record_no", "1")]);
    assert_eq!(text(&log(&[SSH, &SSH[..SSH.len() - 1]])).flows.len(), 2, "a last line without its line feed");
    assert_eq!(text(&log(&[&SSH.replace('\n', "\r\n")])).column("ext.tunnel_parents"), [""]);
}

const OBJECT: &str = r#"{"_path":"conn","_write_ts":"2024-04-19T10:00:00.5Z","ts":1588205199.82437,"uid":"Cvf","id.orig_h":"10.0.1.6","id.orig_p":54243,"id.resp_h":"10.0.0.4","id.resp_p":53,"proto":"udp","service":"dns","duration":0.001528024673461914,"orig_bytes":39,"resp_bytes":55,"conn_state":"SF","local_orig":true,"local_resp":false,"missed_bytes":0,"history":"Dd","orig_pkts":1,"orig_ip_bytes":67,"resp_pkts":1,"resp_ip_bytes":83,"tunnel_parents":["Ca"],"orig_l2_addr":"00:0d:3a:13:e3:69","x":{"y":"\u00e4"},"z":null}"#;

#[test]
fn json() {
    let underscores =
        OBJECT.replace("id.", "id_").replace("_path", "@stream").replace("1588205199.82437", "1588205199824");
    let http = r#"{"_path":"http","ts":1.0,"id.orig_h":"1.1.1.1","id.resp_h":"2.2.2.2"}"#;
    let plain_dns = r#"{"ts":1.0,"id.orig_h":"1.1.1.1","id.resp_h":"2.2.2.2","query":"a"}"#;
    let plain = r#"{"ts":"2024-04-19T10:00:00.5Z","id.orig_h":"::1","id.orig_p":1,"id.resp_h":"::2","id.resp_p":2,"proto":"tcp","duration":5e-05,"conn_state":"S1","history":"ShA"}"#;
    let object =
        format!("{OBJECT}\n{http}\n{underscores}\n{http}\n{plain_dns}\n{plain}\n{{\"ts\":1,\"conn_state\":\"S0\"}}\n");
    let decoded = decode_all_ways(&ZeekJson, object.as_bytes());
    assert_eq!(decoded.kinds(), ["parse_error", "other_record", "other_record"]);
    check(&decoded.health[1], &[("detail", "2 records of the log \"http\": only conn is read"), ("record_no", "2")]);
    let first = [
        ("time_start", "1588205199824370000"),
        ("time_end", "1588205199825898024"),
        ("time_logged", "1713520800500000000"),
        ("ip_proto", "17"),
        ("bytes", "67"),
        ("rev_bytes", "83"),
        ("direction", "egress"),
        ("src_mac", "00:0d:3a:13:e3:69"),
        ("ext.uid", "Cvf"),
        ("ext.x.y", "ä"),
        ("ext.z", "-"),
        ("ext._path", "-"),
        ("ext.tunnel_parents", "[\"Ca\"]"),
        ("ext.local_orig", "true"),
        ("record_no", "1"),
    ];
    check(&decoded.flows[0], &first);
    check(&decoded.flows[1], &[("time_start", "1588205199824000000"), ("src_ip", "10.0.1.6"), ("record_no", "3")]);
    check(&decoded.flows[2], &[("time_end", "1713520800500050000"), ("tcp_state", "established"), ("ip_version", "6")]);
}

#[test]
fn formats_are_told_apart() {
    let check = |head: &str, expected: Option<&str>| {
        assert_eq!(detect(head.as_bytes()).map(Format::name), expected, "{head}");
    };
    check(&log(&[SSH]), Some("zeek_text"));
    check("#separator \\x09\n#path\tdns\n", Some("zeek_text"));
    check(OBJECT, Some("zeek_json"));
    check(&OBJECT.replace("id.", "id_"), Some("zeek_json"));
    check(
        "# a comment\n2 123456789010 eni-1 10.0.0.1 10.0.0.2 1 443 6 10 840 1700000000 1700000060 ACCEPT OK\n",
        Some("aws_text"),
    );
    check("#!/bin/sh\necho\n", None);
}

#[test]
fn only_wanted_columns_and_rows() {
    let object = log(&[SSH, &SSH.replace("159.223.94.203", "10.9.9.9")]);
    let address: IpAddr = "10.9.9.9".parse().expect("an address");
    let mut options = DecodeOptions::new("test.json");
    options.filters = vec![Filter { field: F::SrcIp, test: Test::AddressIn(vec![address]) }];
    for format in [&ZeekText as &dyn Format, &ZeekJson] {
        let bytes = if format.name() == "zeek_text" { object.clone() } else { OBJECT.replace("10.0.1.6", "10.9.9.9") };
        let decoded = decode_chunks(format, &[bytes.as_bytes()], Projection::of([F::Bytes]), &options);
        assert_eq!(decoded.flows.len(), 1, "{}", format.name());
        assert_eq!(decoded.flows[0].keys().collect::<Vec<_>>(), ["bytes"], "{}", format.name());
    }
}

#[test]
fn limits_hold() {
    let mut options = DecodeOptions::new("test.json");
    options.limits.line_bytes_max = 4_096;
    let long = SSH.replace("ssh", &"s".repeat(5_000));
    let cut: Vec<u8> = log(&[&long, SSH]).into_bytes();
    let decoded = decode_chunks(&ZeekText, &cut.chunks(100).collect::<Vec<_>>(), Projection::all(), &options);
    assert_eq!((decoded.kinds(), decoded.flows.len()), (vec!["limit_reached"], 1));
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![Just("-".to_owned()), "[a-zA-Z0-9,.:]{1,12}", Just("(empty)".to_owned())]
}

proptest! {
    /// Whatever the fields are, cutting changes nothing, and every text comes back from `ext` or a column.
    #[test]
    fn nothing_is_lost(uid in "[a-zA-Z]{1,18}", parents in word(), service in word(), ms in 0u32..10_000_000, port in any::<u16>(), bytes in 0i64..) {
        let (seconds, micros) = (ms / 1_000, ms % 1_000 * 1_000);
        let duration = format!("{seconds}.{micros:06}");
        let line = format!("1713520794.300090\t{uid}\t2001:db8::1\t{port}\t10.0.0.5\t22\ttcp\t{service}\t{duration}\t{bytes}\t-\tSF\t-\t-\t0\tSh\t1\t{bytes}\t0\t0\t{parents}\n");
        let decoded = decode_all_ways(&ZeekText, log(&[&line]).as_bytes());
        let row = &decoded.flows[0];
        prop_assert!(decoded.health.is_empty());
        let set = |text: &str| (text != "-").then(|| if text == "(empty)" { String::new() } else { text.to_owned() });
        prop_assert_eq!(row.get("ext.tunnel_parents").cloned(), set(&parents));
        prop_assert_eq!(row.get("app_protocol").cloned(), set(&service));
        prop_assert_eq!(&row["ext.uid"], &uid);
        prop_assert_eq!(&row["src_port"], &port.to_string());
        prop_assert_eq!(&row["bytes"], &bytes.to_string());
        let span: i64 = row["time_end"].parse::<i64>().expect("a time") - row["time_start"].parse::<i64>().expect("a time");
        prop_assert_eq!(span, i64::from(ms) * 1_000_000);
    }

    /// No line breaks the decoder, and its rows do not depend on the wanted columns.
    #[test]
    fn any_lines(lines in prop::collection::vec("[#\\-\t a-z0-9.:]{0,60}|#fields\t[a-z.\t]{0,30}|#separator .{0,6}", 0..8)) {
        let object = log(&[&lines.join("\n"), "\n", SSH]);
        let all = decode_all_ways(&ZeekText, object.as_bytes());
        let none = decode_chunks(&ZeekText, &[object.as_bytes()], Projection::none(), &DecodeOptions::new("test.json"));
        prop_assert_eq!(all.flows.len(), none.flows.len());
    }
}
