//! Cases: lines as Argus's client writes them, and what becomes of them.

use super::ArgusCsv;
use crate::format::{DecodeOptions, Format, detect};
use crate::json::testing::{Decoded, Row, decode_all_ways, decode_chunks};
use model::Projection;
use proptest::prelude::*;

const HEADER: &str =
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n";

#[track_caller]
fn decode(lines: &str) -> Decoded {
    decode_all_ways(&ArgusCsv, format!("{HEADER}{lines}").as_bytes())
}

#[track_caller]
fn check(row: &Row, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(row.get(*name).map_or("-", String::as_str), *value, "{name} of {row:?}");
    }
}

/// One line gives one flow with these columns, and no row of `health`.
#[track_caller]
fn check_line(line: &str, expected: &[(&str, &str)]) {
    let decoded = decode(line);
    assert!(decoded.health.is_empty(), "{:?}", decoded.health);
    check(&decoded.flows[0], expected);
}

#[test]
fn an_answered_request() {
    let line =
        "2018/12/18 14:00:00.527012,0.699716,tcp,216.73.23.146,52798,   ->,147.32.81.58,445,S_RA,0,0,2,134,70,Botnet\n";
    let columns = [
        ("time_start", "1545141600527012000"),
        ("time_end", "1545141601226728000"),
        ("src_ip", "216.73.23.146"),
        ("dst_ip", "147.32.81.58"),
        ("src_port", "52798"),
        ("dst_port", "445"),
        ("ip_proto", "6"),
        ("ip_version", "4"),
        ("l2_type", "ip"),
        ("bytes", "70"),
        ("rev_bytes", "64"),
        ("packets", "1"),
        ("rev_packets", "1"),
        ("bytes_semantics", "l2_frame"),
        ("tcp_flags", "2"),
        ("rev_tcp_flags", "20"),
        ("tcp_flags_scope", "full"),
        ("tcp_state", "closed"),
        ("initiator", "src"),
        ("dscp", "0"),
        ("provider", "argus"),
        ("source_kind", "argus_binetflow"),
        ("record_no", "2"),
        ("ext.Dir", "->"),
        ("ext.State", "S_RA"),
        ("ext.dTos", "0"),
        ("ext.Label", "Botnet"),
        ("ext.TotPkts", "-"),
        ("ext.TotBytes", "-"),
    ];
    check_line(line, &columns);
}

#[test]
fn what_differs_per_protocol_and_state() {
    check_line(
        "2018/09/27 22:40:52.362768,193.831726,tcp,192.168.2.1,52893,  <?>,192.168.2.12,22,CON,16,16,35,3766,1224,\n",
        &[
            ("packets", "-"),
            ("rev_packets", "-"),
            ("ext.TotPkts", "35"),
            ("rev_bytes", "2542"),
            ("initiator", "unknown"),
            ("tcp_state", "established"),
            ("tcp_flags", "-"),
            ("dscp", "4"),
            ("ext.sTos", "-"),
        ],
    );
    check_line(
        "2018/09/27 23:44:06.272211,0.000000,tcp,192.168.2.12,6660,   ->,54.160.139.0,23,REQ,0,,3,180,180,\n",
        &[("packets", "3"), ("rev_packets", "0"), ("tcp_flags", "2"), ("tcp_state", "syn_sent"), ("ext.dTos", "-")],
    );
    check_line(
        "2018/12/18 14:00:11.171480,0.000515,icmp,168.1.206.67,0x0008,  <->,147.32.87.1,0x0f72,ECO,165,164,2,220,110,\n",
        &[
            ("icmp_type", "8"),
            ("icmp_code", "0"),
            ("src_port", "-"),
            ("ext.Dport", "0x0f72"),
            ("dscp", "41"),
            ("ext.sTos", "165"),
        ],
    );
    check_line(
        "2018/09/27 22:42:41.204009,2.996815,icmp,5.202.176.1,0x03,   ->,192.168.2.12,0x03,URP,0,,2,200,200,\n",
        &[("icmp_type", "3"), ("icmp_code", "3")],
    );
    check_line(
        "2018/09/27 22:41:57.854743,127.995537,arp,192.168.2.12,,  who,192.168.2.1,,CON,,,10,510,300,\n",
        &[("ip_proto", "-"), ("l2_type", "arp"), ("src_ip", "192.168.2.12"), ("ext.Dir", "who"), ("ext.TotPkts", "10")],
    );
    check_line(
        "2011/08/10 09:46:59.607825,1,llc,00:15:17:2c:e5:2d,0,   ->,00:1a:e3:5f:8a:5c,0,INT,0,,1,60,60,\n",
        &[("src_mac", "00:15:17:2c:e5:2d"), ("src_ip", "-"), ("l2_type", "llc"), ("ext.Sport", "0")],
    );
    check_line(
        "1313057219.607825,1,rtp,2001:db8::1,0x1f90,  <->,2001:db8::2,5060,CON,0,0,4,400,200,\n",
        &[
            ("ip_proto", "17"),
            ("app_protocol", "rtp"),
            ("src_port", "8080"),
            ("ip_version", "6"),
            ("time_start", "1313057219607825000"),
        ],
    );
}

#[test]
fn columns_in_another_order_and_more_of_them() {
    let object = "Proto,StartTime,SrcAddr,DstAddr,SrcPkts,DstPkts,SrcBytes,DstBytes,Rate\r\n\
        udp,2018/09/27 22:40:52.403669,192.168.2.12,192.168.2.1,1,3,72,136,119.5\r\n";
    let decoded = decode_all_ways(&ArgusCsv, object.as_bytes());
    assert!(decoded.health.is_empty(), "{:?}", decoded.health);
    check(&decoded.flows[0], &[("packets", "1"), ("rev_packets", "3"), ("bytes", "72"), ("rev_bytes", "136")]);
    check(&decoded.flows[0], &[("ext.Rate", "119.5"), ("time_end", "1538088052403669000")]);
}

#[test]
fn tabs_between_columns() {
    let line = "2018/12/18 14:00:00.5,0.1,udp,1.1.1.1,53,<->,2.2.2.2,5353,CON,0,0,2,200,100,x\n";
    let object = format!("{HEADER}{line}").replace(',', "\t");
    assert_eq!(detect(object.as_bytes()).map(Format::name), Some("argus_csv"));
    let decoded = decode_all_ways(&ArgusCsv, object.as_bytes());
    assert!(decoded.health.is_empty(), "{:?}", decoded.health);
    check(&decoded.flows[0], &[("src_port", "53"), ("dst_port", "5353"), ("ext.Label", "x"), ("rev_bytes", "100")]);
}

#[test]
fn bad_lines_are_told_with_their_place() {
    const LINE: &str =
        "2018/12/18 14:00:00.527012,0.699716,tcp,216.73.23.146,52798,   ->,147.32.81.58,445,S_RA,0,0,2,134,70,\n";
    let cases: &[(&str, &str, usize)] = &[
        ("nonsense\n", "parse_error", 0),
        (&LINE.replace("216.73.23.146", "host"), "parse_error", 0),
        (&LINE.replace("216.73.23.146", "1.2.3"), "field_error", 1),
        (&LINE.replace(",445,", ",microsoft-ds,"), "field_error", 1),
        (&LINE.replace("2018/12/18", "2018/13/18"), "field_error", 1),
        (&LINE.replace(",134,", ",9223372036854775808,"), "field_error", 1),
        (&LINE.replace(",2,134,70,", ""), "field_error", 1),
        (&LINE[..60], "truncated", 0),
    ];
    for (line, kind, flows) in cases {
        let decoded = decode(&format!("{LINE}{line}"));
        assert_eq!((decoded.kinds(), decoded.flows.len()), (vec![*kind], flows + 1), "{line}");
        let offset = HEADER.len() + LINE.len();
        check(&decoded.health[0], &[("record_no", "3"), ("src_offset", &offset.to_string()), ("provider", "argus")]);
    }
    check(&decode(cases[3].0).flows[0], &[("dst_port", "-"), ("ext.Dport", "microsoft-ds")]);
    assert_eq!(detect(HEADER.as_bytes()).map(Format::name), Some("argus_csv"));
}

proptest! {
    /// Packets and bytes of both sides and the totals can be read back.
    #[test]
    fn totals_can_be_read_back(source in 0i64..1 << 40, back in 0i64..1 << 40, packets in 0i64..1 << 40) {
        let line = format!("2018/12/18 14:00:00.5,0.1,tcp,1.1.1.1,1,->,2.2.2.2,2,S_,0,0,{packets},{},{source},x\n", source + back);
        let decoded = decode(&line);
        let row = &decoded.flows[0];
        let number = |name: &str| row.get(name).and_then(|text| text.parse::<i64>().ok());
        prop_assert_eq!(number("bytes"), Some(source));
        prop_assert_eq!(number("rev_bytes"), Some(back));
        let sum = number("packets").zip(number("rev_packets")).map(|(forward, back)| forward + back);
        prop_assert_eq!(sum.or(number("ext.TotPkts")), Some(packets));
    }

    /// No line breaks the decoder, and its rows do not depend on the wanted columns.
    #[test]
    fn any_lines(lines in prop::collection::vec("[,a-z0-9./: \"\r-]{0,80}", 0..8)) {
        let object = format!("{HEADER}{}\n", lines.join("\n"));
        let all = decode_all_ways(&ArgusCsv, object.as_bytes());
        let none = decode_chunks(&ArgusCsv, &[object.as_bytes()], Projection::none(), &DecodeOptions::new("test.json"));
        prop_assert_eq!(all.flows.len(), none.flows.len());
    }
}
