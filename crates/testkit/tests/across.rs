//! The same flow told by every log is the same row, in every column that all of them have.

use testkit::{Record, Row, Table, decode_bytes};

/// A flow, as each log writes it. An empty text: that log cannot say it.
struct Told {
    name: &'static str,
    /// After version, account and interface: srcaddr to bytes, then action.
    aws: [&'static str; 2],
    /// After the time: up to the counters.
    nsg: &'static str,
    vnet: &'static str,
    /// The connection, then the rest of the payload.
    gcp: [&'static str; 2],
    /// `column=value` with `-` for null.
    row: &'static str,
    /// Kinds of `health` that each of them gives.
    health: &'static [&'static str],
}

const TOLD: &[Told] = &[
    Told {
        name: "TCP on its way out",
        aws: ["10.0.0.1 203.0.113.5 49152 443 6 10 840", "ACCEPT"],
        nsg: "10.0.0.1,203.0.113.5,49152,443,T,O,A,C,10,840,0,0",
        vnet: "10.0.0.1,203.0.113.5,49152,443,6,O,C,NX,10,840,0,0",
        gcp: [
            r#""src_ip":"10.0.0.1","dest_ip":"203.0.113.5","src_port":49152,"dest_port":443,"protocol":6"#,
            r#""bytes_sent":"840","packets_sent":"10","reporter":"SRC""#,
        ],
        row: "src_ip=10.0.0.1 dst_ip=203.0.113.5 src_port=49152 dst_port=443 ip_proto=6 ip_version=4 packets=10 bytes=840 \
            verdict=allowed direction=egress vantage=src",
        health: &[],
    },
    Told {
        name: "UDP refused on its way in",
        aws: ["203.0.113.5 10.0.0.1 5353 53 17 1 60", "REJECT"],
        nsg: "203.0.113.5,10.0.0.1,5353,53,U,I,D,B,1,60,0,0",
        vnet: "203.0.113.5,10.0.0.1,5353,53,17,I,D,NX,1,60,0,0",
        gcp: [
            r#""src_ip":"203.0.113.5","dest_ip":"10.0.0.1","src_port":5353,"dest_port":53,"protocol":17"#,
            r#""bytes_sent":"60","packets_sent":"1","reporter":"DEST","disposition":"DENIED""#,
        ],
        row: "src_port=5353 dst_port=53 ip_proto=17 verdict=denied direction=ingress vantage=dst packets=1 bytes=60",
        health: &[],
    },
    Told {
        name: "ICMP, where ports are written as 0",
        aws: ["10.0.0.1 203.0.113.5 0 0 1 4 336", "ACCEPT"],
        nsg: "",
        vnet: "10.0.0.1,203.0.113.5,0,0,1,O,C,NX,4,336,0,0",
        gcp: [
            r#""src_ip":"10.0.0.1","dest_ip":"203.0.113.5","src_port":0,"dest_port":0,"protocol":1"#,
            r#""bytes_sent":"336","packets_sent":"4","reporter":"SRC""#,
        ],
        row: "ip_proto=1 src_port=- dst_port=- bytes=336",
        health: &[],
    },
    Told {
        name: "ICMP, where type and code stand in the ports' place",
        aws: ["10.0.0.1 203.0.113.5 8 0 1 4 336", "ACCEPT"],
        nsg: "",
        vnet: "10.0.0.1,203.0.113.5,8,0,1,O,C,NX,4,336,0,0",
        gcp: [
            r#""src_ip":"10.0.0.1","dest_ip":"203.0.113.5","src_port":8,"dest_port":0,"protocol":1"#,
            r#""bytes_sent":"336","packets_sent":"4","reporter":"SRC""#,
        ],
        row: "ip_proto=1 src_port=- dst_port=- bytes=336 ext-of-src-port=8",
        health: &[],
    },
    Told {
        name: "SCTP has ports",
        aws: ["10.0.0.1 203.0.113.5 2905 2906 132 4 336", "ACCEPT"],
        nsg: "",
        vnet: "10.0.0.1,203.0.113.5,2905,2906,132,O,C,NX,4,336,0,0",
        gcp: [
            r#""src_ip":"10.0.0.1","dest_ip":"203.0.113.5","src_port":2905,"dest_port":2906,"protocol":132"#,
            r#""bytes_sent":"336","reporter":"SRC""#,
        ],
        row: "ip_proto=132 src_port=2905 dst_port=2906",
        health: &[],
    },
    Told {
        name: "IPv6 in another spelling",
        aws: ["2001:DB8:0:0:0:0:0:1 fd00::0002 1 2 6 4 336", "ACCEPT"],
        nsg: "2001:DB8:0:0:0:0:0:1,fd00::0002,1,2,T,O,A,C,4,336,0,0",
        vnet: "2001:DB8:0:0:0:0:0:1,fd00::0002,1,2,6,O,C,NX,4,336,0,0",
        gcp: [
            r#""src_ip":"2001:DB8:0:0:0:0:0:1","dest_ip":"fd00::0002","src_port":1,"dest_port":2,"protocol":6"#,
            r#""bytes_sent":"336","reporter":"SRC""#,
        ],
        row: "src_ip=2001:db8::1 dst_ip=fd00::2 ip_version=6",
        health: &[],
    },
    Told {
        name: "IPv4 in IPv6's clothes",
        aws: ["::ffff:10.0.0.1 ::ffff:203.0.113.5 1 2 6 4 336", "ACCEPT"],
        nsg: "::ffff:10.0.0.1,::ffff:203.0.113.5,1,2,T,O,A,C,4,336,0,0",
        vnet: "::ffff:10.0.0.1,::ffff:203.0.113.5,1,2,6,O,C,NX,4,336,0,0",
        gcp: [
            r#""src_ip":"::ffff:10.0.0.1","dest_ip":"::ffff:203.0.113.5","src_port":1,"dest_port":2,"protocol":6"#,
            r#""bytes_sent":"336","reporter":"SRC""#,
        ],
        row: "src_ip=10.0.0.1 dst_ip=203.0.113.5 ip_version=4",
        health: &[],
    },
    Told {
        name: "a port that is none",
        aws: ["10.0.0.1 203.0.113.5 65536 443 6 10 840", "ACCEPT"],
        nsg: "10.0.0.1,203.0.113.5,65536,443,T,O,A,C,10,840,0,0",
        vnet: "10.0.0.1,203.0.113.5,65536,443,6,O,C,NX,10,840,0,0",
        gcp: [
            r#""src_ip":"10.0.0.1","dest_ip":"203.0.113.5","src_port":65536,"dest_port":443,"protocol":6"#,
            r#""bytes_sent":"840","reporter":"SRC""#,
        ],
        row: "src_port=- dst_port=443 bytes=840 ext-of-src-port=65536",
        health: &["field_error"],
    },
    Told {
        name: "a protocol that is none",
        aws: ["10.0.0.1 203.0.113.5 0 0 256 10 840", "ACCEPT"],
        nsg: "10.0.0.1,203.0.113.5,0,0,Q,O,A,C,10,840,0,0",
        vnet: "10.0.0.1,203.0.113.5,0,0,256,O,C,NX,10,840,0,0",
        gcp: [
            r#""src_ip":"10.0.0.1","dest_ip":"203.0.113.5","protocol":256"#,
            r#""bytes_sent":"840","reporter":"SRC""#,
        ],
        row: "ip_proto=- bytes=840 src_port=- dst_port=-",
        health: &["field_error"],
    },
    Told {
        name: "a counter that no column holds",
        aws: ["10.0.0.1 203.0.113.5 1 443 6 10 9223372036854775808", "ACCEPT"],
        nsg: "10.0.0.1,203.0.113.5,1,443,T,O,A,C,10,9223372036854775808,0,0",
        vnet: "10.0.0.1,203.0.113.5,1,443,6,O,C,NX,10,9223372036854775808,0,0",
        gcp: [
            r#""src_ip":"10.0.0.1","dest_ip":"203.0.113.5","src_port":1,"dest_port":443,"protocol":6"#,
            r#""bytes_sent":"9223372036854775808","packets_sent":"10","reporter":"SRC""#,
        ],
        row: "bytes=- packets=10 dst_port=443",
        health: &["field_error"],
    },
    Told {
        name: "an address that is none",
        aws: ["10.0.0.256 203.0.113.5 1 443 6 10 840", "ACCEPT"],
        nsg: "10.0.0.256,203.0.113.5,1,443,T,O,A,C,10,840,0,0",
        vnet: "10.0.0.256,203.0.113.5,1,443,6,O,C,NX,10,840,0,0",
        gcp: [
            r#""src_ip":"10.0.0.256","dest_ip":"203.0.113.5","src_port":1,"dest_port":443,"protocol":6"#,
            r#""bytes_sent":"840","reporter":"SRC""#,
        ],
        row: "src_ip=- ip_version=- dst_ip=203.0.113.5 bytes=840",
        health: &["field_error"],
    },
];

const AWS_HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// Where each log keeps a source port that its column does not hold.
const EXT_OF_SRC_PORT: &[&str] = &["ext.srcport", "ext.flowTuples[3]", "ext.connection.src_port"];

/// The objects of a flow: the log's name, and its text.
fn objects(told: &Told) -> Vec<(&'static str, String)> {
    let [aws, action] = told.aws;
    let [connection, payload] = told.gcp;
    let mut objects = vec![
        ("aws", format!("{AWS_HEADER}\n2 1 eni-1a {aws} 1700000000 1700000060 {action} OK\n")),
        (
            "gcp",
            format!(
                r#"{{"logName":"projects/p/logs/compute.googleapis.com%2Fvpc_flows","jsonPayload":{{"connection":{{{connection}}},{payload},"start_time":"2023-11-14T22:13:20Z","end_time":"2023-11-14T22:14:20Z"}}}}"#
            ),
        ),
        (
            "vnet",
            format!(
                r#"{{"category":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"a","flowGroups":[{{"rule":"r","flowTuples":["1700000000,{}"]}}]}}]}}}}"#,
                told.vnet
            ),
        ),
    ];
    if !told.nsg.is_empty() {
        let text = format!(
            r#"{{"category":"NetworkSecurityGroupFlowEvent","properties":{{"Version":2,"flows":[{{"rule":"r","flows":[{{"mac":"000D3AF8801A","flowTuples":["1700000000,{}"]}}]}}]}}}}"#,
            told.nsg
        );
        objects.push(("nsg", text));
    }
    objects
}

fn value<'a>(row: &'a Row, column: &str) -> &'a str {
    let found = match column {
        "ext-of-src-port" => EXT_OF_SRC_PORT.iter().find_map(|column| row.get(column)),
        column => row.get(column),
    };
    found.unwrap_or("-")
}

#[test]
fn every_log_tells_the_same() {
    let mut wrong = String::new();
    for told in TOLD {
        for (log, text) in objects(told) {
            let records = decode_bytes(log, text.as_bytes()).records();
            let of =
                |table: Table| records.iter().filter(move |record| record.table == table).map(|record| &record.row);
            let [row] = of(Table::Flows).collect::<Vec<&Row>>()[..] else {
                panic!("{}, {log}: {records:?}", told.name)
            };
            let pairs = told.row.split_whitespace().chain(["time_start=2023-11-14T22:13:20Z"]);
            for (column, expected) in pairs.filter_map(|pair| pair.split_once('=')) {
                if value(row, column) != expected {
                    wrong += &format!("{}, {log}: {column} is {}, not {expected}\n", told.name, value(row, column));
                }
            }
            let kinds: Vec<&str> = of(Table::Health).filter_map(|row| row.get("kind")).collect();
            if kinds != told.health {
                wrong += &format!("{}, {log}: health is {kinds:?}, not {:?}\n", told.name, told.health);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_log_gives_a_flow_the_same_community_id() {
    let ids: Vec<Option<String>> = objects(&TOLD[0])
        .iter()
        .map(|(log, text)| community_id(&decode_bytes(log, text.as_bytes()).records()[0]))
        .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids[0].is_some() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

fn community_id(record: &Record) -> Option<String> {
    let bytes = |column: &str| {
        let mut bytes = Vec::new();
        table::push_address(record.get(column)?.parse().ok()?, &mut bytes);
        Some(bytes)
    };
    let port = |column: &str| record.get(column)?.parse::<u16>().ok();
    let protocol = record.get("ip_proto")?.parse().ok()?;
    let ports = port("src_port").zip(port("dst_port"));
    enrich::community_id::community_id(0, &bytes("src_ip")?, &bytes("dst_ip")?, protocol, ports)
        .map(|id| id.to_string())
}
