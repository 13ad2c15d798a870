//! The traps of AWS flow logs, one case each: what an object may look like that a simple reader would get wrong.
//!
//! Needs no samples. Every case is decoded as a file is, through [`source`], and again in pieces.

use flate2::Compression;
use flate2::write::GzEncoder;
use flowlog::DecodeOptions;
use std::io::{Read, Write};
use testkit::{Decoded, Object, Random, decode_bytes, decode_reader, rows};

/// One trap.
struct Trap {
    name: &'static str,
    /// The object; non-ASCII bytes as escapes.
    input: &'static [u8],
    /// A row of `flows` each, as `column=value` with `-` for null: only the columns that matter here.
    rows: &'static [&'static str],
    /// The kinds of `health`, in order.
    health: &'static [&'static str],
}

/// The fields of the default format.
macro_rules! header {
    () => {
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
    };
}
/// A record of the default format.
macro_rules! record {
    () => {
        "2 123456789010 eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 ACCEPT OK"
    };
}
/// Another one.
macro_rules! other {
    () => {
        "2 123456789010 eni-1a 10.0.0.2 10.0.0.1 443 49152 6 8 4000 1700000000 1700000060 REJECT OK"
    };
}
macro_rules! bytes {
    ($($part:expr),* $(,)?) => { concat!($($part),*).as_bytes() };
}

const RECORD: &str = "bytes=840 src_port=49152 verdict=allowed if_id=eni-1a time_end=2023-11-14T22:14:20Z";
const OTHER: &str = "bytes=4000 src_port=443 verdict=denied";

const TRAPS: &[Trap] = &[
    Trap {
        name: "files put together, each with its header line and its own order",
        input: bytes!(header!(), "\n", record!(), "\nbytes srcaddr dstaddr action\n77 10.0.0.9 10.0.0.8 REJECT\n", header!(), "\n", other!(), "\n"),
        rows: &[RECORD, "bytes=77 src_ip=10.0.0.9 verdict=denied src_port=- if_id=- time_end=-", OTHER],
        health: &[],
    },
    Trap {
        name: "a header line that is not first",
        input: bytes!(record!(), "\n", other!(), "\n", header!(), "\n", record!(), "\n"),
        rows: &[RECORD, OTHER, RECORD],
        health: &[],
    },
    Trap {
        name: "a header line at the end, as sorting leaves it, and a format that cannot be guessed",
        input: b"10.0.0.1 10.0.0.2 17 5\n10.0.0.1 10.0.0.2 17 6\nsrcaddr dstaddr protocol bytes\n10.0.0.1 10.0.0.2 17 7\n",
        rows: &["bytes=7 ip_proto=17"],
        health: &["parse_error", "parse_error"],
    },
    Trap {
        name: "carriage returns",
        input: bytes!(header!(), "\r\n", record!(), "\r\n", other!(), "\r\n"),
        rows: &[RECORD, OTHER],
        health: &[],
    },
    Trap {
        name: "carriage returns behind a status that is no flow",
        input: b"2 1 eni-1a - - - - - - - 1431280876 1431280934 - NODATA\r\n2 1 eni-1b - - - - - - - 1431280876 1431280934 - SKIPDATA\r\n",
        rows: &[],
        health: &["no_data", "skip_data"],
    },
    Trap {
        name: "two spaces inside of a record, as in the documents' example, and spaces around it",
        input: b"3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 \
            52.213.180.42 10.0.0.62 43638  5001 52.213.180.42 10.0.0.62 6 1260 17 1566933133 1566933193 ACCEPT 3 OK\n  3 \
            vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 \
            10.0.0.62 52.213.180.42 5001 43638  10.0.0.62 52.213.180.42 6 967 14 1566933133 1566933193 ACCEPT 19 OK  \n",
        rows: &["src_port=43638 dst_port=5001 bytes=1260 tcp_flags=3", "src_port=5001 dst_port=43638 bytes=967 tcp_flags=19"],
        health: &[],
    },
    Trap {
        name: "tabs, and tabs among spaces",
        input: b"srcaddr\tdstaddr\tbytes\n10.0.0.1\t10.0.0.2\t1\n10.0.0.1 10.0.0.2\t2\nsrcaddr dstaddr bytes\n10.0.0.1\t10.0.0.2 3\n10.0.0.1 10.0.0.2 4\t\n",
        rows: &["bytes=1 dst_ip=10.0.0.2", "bytes=2 dst_ip=10.0.0.2", "bytes=3 dst_ip=10.0.0.2", "bytes=4 dst_ip=10.0.0.2"],
        health: &[],
    },
    Trap {
        name: "commas, some values in quotes, underscores",
        input: b"account_id,srcaddr,dstaddr,bytes,log_status\n1,10.0.0.1,10.0.0.2,1,OK\n1,\"10.0.0.1\",10.0.0.2,\"2\",\"OK\"\n\"1\", 10.0.0.1 ,10.0.0.2,,OK\n",
        rows: &["bytes=1 src_ip=10.0.0.1", "bytes=2 src_ip=10.0.0.1 account_id=1", "bytes=- src_ip=10.0.0.1 account_id=1"],
        health: &[],
    },
    Trap {
        name: "fewer columns than the header line has",
        input: bytes!(header!(), "\n2 123456789010 eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000\n2 123456789010 eni-1a 10.0.0.1\n", record!(), "\n"),
        rows: &["bytes=840 src_port=49152 verdict=- time_end=-", RECORD],
        health: &["field_error", "parse_error"],
    },
    Trap {
        name: "a short record that looks like the default format does not change what the header line said",
        input: bytes!(
            header!(),
            " tcp-flags vpc-id\n",
            record!(),
            " 2 vpc-1\n",
            other!(),
            "\n",
            record!(),
            " 3 vpc-2\n",
            other!(),
            " 18 vpc-3\n"
        ),
        rows: &["tcp_flags=2 vpc_id=vpc-1", OTHER, "tcp_flags=3 vpc_id=vpc-2", "tcp_flags=18 vpc_id=vpc-3 ext.column_15=-"],
        health: &[],
    },
    Trap {
        name: "records of the default format behind others, as a log group with two flow logs has them",
        input: bytes!(
            "bytes srcaddr dstaddr protocol tcp-flags action\n5 10.0.0.1 10.0.0.2 6 2 ACCEPT\n",
            record!(),
            "\n6 10.0.0.1 10.0.0.2 6 3 REJECT\n"
        ),
        rows: &["bytes=5 tcp_flags=2 if_id=-", RECORD, "bytes=6 tcp_flags=3 verdict=denied if_id=-"],
        health: &[],
    },
    Trap {
        name: "more columns than the header line has",
        input: bytes!(header!(), "\n", record!(), " new-1 new-2\n", record!(), "\n"),
        rows: &["bytes=840 ext.column_15=new-1 ext.column_16=new-2", "bytes=840 ext.column_15=-"],
        health: &[],
    },
    Trap {
        name: "names in the header line that nobody knows",
        input: b"version srcaddr future-field dstaddr bytes\n12 10.0.0.1 some-value 10.0.0.2 5\n12 10.0.0.1 - 10.0.0.2 6\n",
        rows: &["bytes=5 source_version=12 ext.future-field=some-value", "bytes=6 ext.future-field=-"],
        health: &[],
    },
    Trap {
        name: "the account `unknown`",
        input: bytes!(header!(), "\n2 unknown eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 ACCEPT OK\n"),
        rows: &["account_id=unknown bytes=840"],
        health: &[],
    },
    Trap {
        name: "the interface `-` of a regional NAT gateway",
        input: b"version interface-id srcaddr dstaddr bytes resource-id interface-type\n9 - 10.0.0.1 203.0.113.5 5 nat-0a regional_nat_gateway\n",
        rows: &["if_id=- resource_id=nat-0a if_type=regional_nat_gateway bytes=5 direction=-"],
        health: &[],
    },
    Trap {
        name: "times in milliseconds",
        input: b"2 1 eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000123 1700000060456 ACCEPT OK\n",
        rows: &["time_start=2023-11-14T22:13:20.123Z time_end=2023-11-14T22:14:20.456Z time_resolution_ns=1000000"],
        health: &[],
    },
    Trap {
        name: "fields of version 8 under the version 3, without a header line",
        input: b"3 123456789010 eni-1a 10.0.0.1 203.0.113.5 49152 443 6 10 840 1700000000 1700000060 REJECT OK vpc-1 subnet-1 i-1 2 \
            IPv4 10.0.0.1 203.0.113.5 us-east-1 use1-az1 - - - S3 egress 8 - my-cluster - - - - my-service - - - BPA\n",
        rows: &["source_version=3 vpc_id=vpc-1 tcp_flags=2 dst_service=S3 path=igw ecs_cluster_name=my-cluster ecs_cluster_arn=- \
            ecs_service_name=my-service verdict_reason=BPA verdict=denied"],
        health: &[],
    },
    Trap {
        name: "the documents' format with 6 fields: no version, no times",
        input: b"instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr\n- eni-1a 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5\n",
        rows: &["instance_id=- if_id=eni-1a src_ip=10.0.1.5 src_ip_if=- dst_ip=203.0.113.5 dst_ip_if=10.0.0.220 time_start=- source_version=- bytes=-"],
        health: &[],
    },
    Trap {
        name: "the same without its header line",
        input: b"- eni-1a 10.0.0.220 10.0.1.5 203.0.113.5 10.0.1.5\ni-01 eni-1b 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5\n",
        rows: &["src_ip=203.0.113.5 src_ip_if=10.0.0.220 dst_ip=10.0.1.5 dst_ip_if=-", "instance_id=i-01 dst_ip=203.0.113.5"],
        health: &[],
    },
    Trap {
        name: "the same field twice",
        input: b"srcaddr dstaddr bytes packets bytes\n10.0.0.1 10.0.0.2 40 1 41\n",
        rows: &["bytes=40 packets=1 ext.bytes#5=41"],
        health: &[],
    },
    Trap {
        name: "NODATA and SKIPDATA with a flow all the same",
        input: b"2 1 eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 REJECT NODATA\n\
            2 1 eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 841 1700000000 1700000060 REJECT SKIPDATA\n",
        rows: &["bytes=840 verdict=denied ext.log-status=NODATA", "bytes=841 verdict=denied ext.log-status=SKIPDATA"],
        health: &["no_data", "skip_data"],
    },
    Trap {
        name: "a window without data in a format without log-status",
        input: b"interface-id srcaddr dstaddr bytes start end\neni-1a - - - 1700000000 1700000060\neni-1a 10.0.0.1 10.0.0.2 5 1700000000 1700000060\n",
        rows: &["bytes=5"],
        health: &["no_data"],
    },
    Trap {
        name: "IPv6, and IPv4 in IPv6's clothes",
        input: b"2 1 eni-1a 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:DB8:0:0:0:0:0:1 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK\n\
            2 1 eni-1a ::ffff:10.0.0.1 ::ffff:10.0.0.2 34892 22 6 54 8856 1477913708 1477913820 ACCEPT OK\n",
        rows: &[
            "src_ip=2001:db8:1234:a100:8d6e:3477:df66:f105 dst_ip=2001:db8::1 ip_version=6",
            "src_ip=10.0.0.1 dst_ip=10.0.0.2 ip_version=4",
        ],
        health: &[],
    },
    Trap {
        name: "EFA, which is no IP",
        input: b"version srcaddr dstaddr srcport dstport protocol bytes type\n3 10.0.0.1 10.0.0.2 0 0 0 9000 EFA\n3 10.0.0.1 10.0.0.2 1 2 6 9001 IPv4\n",
        rows: &["l2_type=efa bytes=9000 src_port=- ip_proto=0", "l2_type=ip ip_version=4 src_port=1"],
        health: &[],
    },
    Trap {
        name: "tags are percent-encoded, and what looks like it is not",
        input: b"version srcaddr dstaddr instance-tag instance-tag-2 interface-tag asg-tag-2\n11 10.0.0.1 10.0.0.2 caf%C3%A9 a%2Fb%25 100%zz%4 -\n",
        rows: &["tags.instance-tag=caf\u{e9} tags.instance-tag-2=a/b% tags.interface-tag=100%zz%4 tags.asg-tag-2=-"],
        health: &[],
    },
    Trap {
        name: "no traffic path on the way in, a new one on the way out",
        input: b"version srcaddr dstaddr flow-direction traffic-path\n5 10.0.0.1 10.0.0.2 ingress -\n5 10.0.0.1 10.0.0.2 egress 7\n5 10.0.0.1 10.0.0.2 egress 9\n",
        rows: &["direction=ingress vantage=dst path=-", "direction=egress vantage=src path=gw_endpoint", "path=- ext.traffic-path=9"],
        health: &["field_error"],
    },
    Trap {
        name: "a delivery check of CloudWatch among its payloads",
        input: br#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination."}]}{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1,"message":"2 1 eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 ACCEPT OK"}]}"#,
        rows: &["bytes=840"],
        health: &["control_message"],
    },
    Trap {
        name: "Firehose writes one object behind the other",
        input: br#"{"message":"2 1 eni-1a 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 ACCEPT OK"}{"message":"2 1 eni-1a - - - - - - - 1700000000 1700000060 - NODATA"}{"message":"2 1 eni-1a 10.0.0.2 10.0.0.1 443 49152 6 8 4000 1700000000 1700000060 REJECT OK"}"#,
        rows: &["bytes=840", OTHER],
        health: &["no_data"],
    },
    Trap {
        name: "a transit gateway's 36 fields without a header line",
        input: b"6 TransitGateway 123456789012 tgw-1 tgw-attach-1 111111111111 222222222222 vpc-1 vpc-2 subnet-1 subnet-2 eni-1 eni-2 \
            use1-az1 use1-az2 tgw-attach-2 10.0.0.1 10.0.1.1 12345 443 6 10 1000 1700000000 1700000060 OK IPv4 1 2 3 4 2 us-east-1 \
            ingress - S3\n6 TransitGateway 123456789012 tgw-1 tgw-attach-1 - - - - - - - - - - - - - - - - - - 1700000000 1700000060 \
            NODATA - - - - - - us-east-1 - - -\n",
        rows: &["source_kind=aws_tgw vantage=middle verdict=unknown resource_id=tgw-1 tgw_attachment=tgw-attach-1 \
            tgw_pair_attachment=tgw-attach-2 account_id=123456789012 peer_account_id=222222222222 \
            ext.tgw-src-vpc-account-id=111111111111 ext.resource-type=TransitGateway vpc_id=vpc-1 peer_vpc_id=vpc-2 if_id=eni-1 \
            peer_if_id=eni-2 zone=use1-az1 peer_zone=use1-az2 bytes=1000 lost_no_route=1 lost_blackhole=2 lost_mtu=3 lost_ttl=4 \
            tcp_flags=2 direction=ingress dst_service=S3 region=us-east-1"],
        health: &["no_data"],
    },
    Trap {
        name: "a transit gateway's 23 fields without a header line",
        input: b"6 TransitGateway 123456789012 tgw-1 tgw-attach-1 vpc-1 vpc-2 subnet-1 subnet-2 eni-1 eni-2 use1-az1 use1-az2 10.0.0.1 \
            10.0.1.1 12345 443 6 10 1000 1700000000 1700000060 OK\n",
        rows: &["source_kind=aws_tgw resource_id=tgw-1 peer_vpc_id=vpc-2 src_ip=10.0.0.1 dst_port=443 bytes=1000 time_start=2023-11-14T22:13:20Z"],
        health: &[],
    },
    Trap {
        name: "a transit gateway's log behind a network's",
        input: bytes!(header!(), "\n", record!(), "\nversion tgw-id srcaddr dstaddr bytes\n6 tgw-1 10.0.0.1 10.0.0.2 5\n", header!(), "\n", record!(), "\n"),
        rows: &["source_kind=aws_vpc vantage=- verdict=allowed", "source_kind=aws_tgw vantage=middle verdict=unknown bytes=5", "source_kind=aws_vpc vantage=-"],
        health: &[],
    },
    Trap {
        name: "a last line without its line feed",
        input: bytes!(header!(), "\n", record!(), "\n", other!()),
        rows: &[RECORD, OTHER],
        health: &[],
    },
    Trap {
        name: "a last line that is cut off between two columns",
        input: bytes!(header!(), "\n", record!(), "\n2 123456789010 eni-1a 10.0.0.2 10.0.0.1 443 49152 6 8 4000 1700"),
        rows: &[RECORD],
        health: &["truncated"],
    },
    Trap {
        name: "a last line that is cut off within its last column",
        input: bytes!(header!(), "\n", record!(), "\n2 123456789010 eni-1a 10.0.0.2 10.0.0.1 443 49152 6 8 4000 1700000000 1700000060 REJECT O"),
        rows: &[RECORD],
        health: &["truncated"],
    },
    Trap {
        name: "a line of zeros, as a crash leaves it",
        input: bytes!(header!(), "\n", record!(), "\n\0\0\0\0\0\0\0\0\n", other!(), "\n\0\0\0\0"),
        rows: &[RECORD, OTHER],
        health: &["parse_error", "truncated"],
    },
    Trap {
        name: "a zero within a value",
        input: b"srcaddr dstaddr instance-id bytes\n10.0.\x000.1 10.0.0.2 i-1 5\n10.0.0.1 10.0.0.2 i-\x00 6\n",
        rows: &["src_ip=- ext.srcaddr=10.0.\u{0}0.1 bytes=5", "instance_id=i-\u{0} bytes=6"],
        health: &["field_error"],
    },
    Trap {
        name: "text that is no UTF-8",
        input: b"srcaddr dstaddr instance-id bytes f\xfcr\n10.0.0.1 10.0.0.2 i-\xff 5 \xe4\n10.0.\xff.1 10.0.0.2 i-1 6 x\n",
        rows: &["instance_id=i-\u{fffd} ext.f\u{fffd}r=\u{fffd} bytes=5", "src_ip=- bytes=6"],
        health: &["field_error"],
    },
    Trap {
        name: "a byte order mark, also between files put together",
        input: b"\xef\xbb\xbfsrcaddr dstaddr bytes\n10.0.0.1 10.0.0.2 5\n\xef\xbb\xbfbytes srcaddr dstaddr\n6 10.0.0.1 10.0.0.2\n\xef\xbb\xbf7 10.0.0.1 10.0.0.2\n",
        rows: &["bytes=5", "bytes=6", "bytes=7"],
        health: &[],
    },
    Trap { name: "nothing", input: b"", rows: &[], health: &["not_a_flow_log"] },
    Trap { name: "only line feeds", input: b"\n\r\n\n", rows: &[], health: &["not_a_flow_log"] },
    Trap { name: "only a header line", input: bytes!(header!(), "\n"), rows: &[], health: &[] },
    Trap { name: "only a header line, without its line feed", input: bytes!(header!()), rows: &[], health: &[] },
    Trap {
        name: "empty lines, and a line that is something else",
        input: bytes!("\n", header!(), "\n\n", record!(), "\n \t \nthis is no record\n", other!(), "\n\n"),
        rows: &[RECORD, OTHER],
        health: &["parse_error"],
    },
    Trap {
        name: "numbers that no column holds",
        input: b"srcaddr dstaddr srcport protocol bytes packets start\n\
            10.0.0.1 10.0.0.2 65536 6 18446744073709551616 -1 99999999999999999999\n10.0.0.1 10.0.0.2 1 6 9223372036854775807 1e3 0\n",
        rows: &[
            "src_port=- ext.srcport=65536 bytes=- ext.bytes=18446744073709551616 packets=-1 time_start=- ext.start=99999999999999999999",
            "bytes=9223372036854775807 packets=- ext.packets=1e3 time_start=1970-01-01T00:00:00Z",
        ],
        health: &["field_error", "field_error", "field_error", "field_error"],
    },
    Trap {
        name: "words that no column knows",
        input: b"srcaddr dstaddr bytes action flow-direction encryption-status log-status\n\
            10.0.0.1 10.0.0.2 5 DROP sideways 4 OK\n10.0.0.1 10.0.0.2 6 ACCEPT egress 2 OK\n",
        rows: &["bytes=5 verdict=- ext.action=DROP direction=- ext.flow-direction=sideways encryption=unknown encryption_raw=4", "encryption=app"],
        health: &["field_error", "field_error"],
    },
    Trap {
        name: "CloudWatch's export puts a time before each record",
        input: bytes!("2023-11-14T22:13:20.000Z ", record!(), "\n2023-11-14T22:13:20.000Z ", other!(), "\n"),
        rows: &[RECORD, OTHER],
        health: &[],
    },
    Trap {
        name: "ICMP has no ports, whatever stands there",
        input: b"2 1 eni-1a 10.0.0.1 10.0.0.2 0 0 1 4 336 1432917027 1432917142 ACCEPT OK\n2 1 eni-1a 10.0.0.1 10.0.0.2 8 0 1 4 337 1432917027 1432917142 ACCEPT OK\n",
        rows: &["src_port=- dst_port=- ip_proto=1 ext.srcport=-", "src_port=- ext.srcport=8 ext.dstport=-"],
        health: &[],
    },
];

#[track_caller]
fn check(name: &str, decoded: &Decoded, expected: &[&str], health: &[&str]) {
    let flows = decoded.flow_rows();
    let noted = rows(&decoded.health);
    assert_eq!(flows.len(), expected.len(), "{name}: {flows:#?}\n{noted:#?}");
    for (row, expected) in flows.iter().zip(expected) {
        for pair in expected.split_whitespace() {
            let (column, value) = pair.split_once('=').unwrap_or_else(|| panic!("{name}: {pair} is no column=value"));
            assert_eq!(row.get(column).unwrap_or("-"), value, "{name}: {column} of {row:?}");
        }
    }
    let kinds: Vec<&str> = noted.iter().filter_map(|row| row.get("kind")).collect();
    assert_eq!(kinds, health, "{name}: {noted:#?}");
}

#[test]
fn traps() {
    for trap in TRAPS {
        check(trap.name, &decode_bytes(trap.name, trap.input), trap.rows, trap.health);
    }
}

/// Objects of the other providers with values that are not what they should be: rows, fields kept in `ext`, health.
const ODD_OBJECTS: &[(&str, &[u8])] = &[
    (
        "VNet",
        br#"{"records":[{"time":"yesterday","macAddress":"xx","flowLogVersion":4,"category":"FlowLogFlowEvent","flowRecords":{"flows":[{"aclID":"a","flowGroups":[{"rule":"r","flowTuples":["1699990055,10.0.0.4,10.0.0.5,70000,443,300,?,Q,NX_NEW,-1,1,x,1,more","99999999999999999999,1.2.3.400,10.0.0.5,1,2,6,O,C,X,1,2,3,4","1699990055,10.0.0.4,10.0.0.5,8,0,1,I,D,NX,,,,","no tuple"]}]}]}}]}"#,
    ),
    (
        "NSG",
        br#"{"records":[{"time":"2017-02-16T22:00:32.8950000Z","resourceId":"/SUBSCRIPTIONS/B","category":"NetworkSecurityGroupFlowEvent","properties":{"Version":2,"flows":[{"rule":"r","flows":[{"mac":"00","flowTuples":["1487282421,192.0.2.95,10.1.0.4,53,1732,X,I,Z,Q,1,2,3","1487282421,192.0.2.95,10.1.0.4,53,1732,T,O,D,B,,,,"]}]}]}}]}"#,
    ),
    (
        "GCP",
        br#"{"logName":"projects/p/logs/compute.googleapis.com%2Fvpc_flows","receiveTimestamp":"soon","jsonPayload":{"connection":{"src_ip":"10.0.0.400","dest_ip":"x","src_port":70000,"dest_port":"y","protocol":300,"nat_ip":"z"},"bytes_sent":"many","packets_sent":-1,"bytes_dropped":{},"reporter":"MOON","disposition":"ODD","rtt_msec":"long","start_time":"then","src_location":{"asn":"big"},"network_service":{"dscp":99},"internet_routing_details":{"egress_as_path":[{"as_details":[{"asn":1}]},{"as_details":[{"asn":2}]}]}}}"#,
    ),
];

#[test]
fn traps_keep_what_holds_for_every_object() {
    let traps = TRAPS.iter().map(|trap| (trap.name, trap.input));
    for (seed, (name, input)) in traps.chain(ODD_OBJECTS.iter().copied()).enumerate() {
        let Some(object) = Object::detect(name, input) else { continue };
        let mut random = Random::new(seed as u64);
        for size_max in [1, 2, 3, 7, 20, 64, 300] {
            object.check_pieces(size_max, &mut random);
        }
        object.check_columns(&mut random);
        for _ in 0..3 {
            object.check_filters(&mut random);
        }
        for _ in 0..20 {
            object.check_damaged(&mut random);
        }
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("into memory");
    encoder.finish().expect("into memory")
}

#[test]
fn a_header_line_in_every_gzip_member() {
    let mut object = gzip(bytes_text(&[header!(), record!()]).as_str());
    object.extend(gzip(bytes_text(&[header!(), other!()]).as_str()));
    object.extend(gzip("bytes srcaddr dstaddr\n5 10.0.0.1 10.0.0.2\n"));
    check("members", &decode_bytes("members.log.gz", &object), &[RECORD, OTHER, "bytes=5 verdict=-"], &[]);
}

#[test]
fn a_gzip_object_that_ends_early() {
    let text = bytes_text(&[header!(), record!(), other!()]);
    let object = gzip(&text);
    let decoded = decode_bytes("cut.log.gz", &object[..object.len() - 12]);
    let kinds = decoded.kinds();
    assert!(kinds.contains_key("read_error"), "{kinds:?}");
    assert!(decoded.flows.num_rows() <= 2);
}

fn bytes_text(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// 100 MB without a line feed: reported once, held nowhere, and the records around it are read.
#[test]
fn a_line_without_end() {
    const LINE_BYTES: u64 = 100 << 20;
    let before: &[u8] = bytes!(header!(), "\n", record!(), "\n");
    let after: &[u8] = bytes!("\n", other!(), "\n");
    let input = before.chain(std::io::repeat(b'x').take(LINE_BYTES)).chain(after);
    let decoded = decode_reader(Box::new(input), &DecodeOptions::new("line"));
    check("a line without end", &decoded, &[RECORD, OTHER], &["limit_reached"]);
    let offset = before.len() as u64 + LINE_BYTES + 1;
    let rows = decoded.flow_rows();
    assert_eq!((rows[1].get("record_no"), rows[1].get("src_offset")), (Some("4"), Some(offset.to_string().as_str())));
}

/// The user's word for records that have a format of their own and no header line.
#[test]
fn a_format_that_the_user_names() {
    let mut options = DecodeOptions::new("format");
    options.aws_format = Some("srcaddr dstaddr protocol bytes".into());
    let input = b"10.0.0.1 10.0.0.2 17 5\n10.0.0.1 10.0.0.2 17 6\n".as_slice();
    check("format", &decode_reader(Box::new(input), &options), &["bytes=5 ip_proto=17", "bytes=6"], &[]);
}
