use super::AzureJson;
use super::tuple::Tuple;
use crate::format::{DecodeOptions, Format, Likeness, detect};
use crate::json::Reader;
use crate::json::testing::{Decoded, decode_all_ways, decode_chunks, sample};
use crate::{Filter, Test};
use model::{FlowField as F, Projection};
use proptest::prelude::*;

/// A VNet record around some tuples.
fn vnet(tuples: &str) -> String {
    format!(
        r#"{{"time":"2022-09-14T09:00:52.5625085Z","flowLogVersion":4,"flowLogGUID":"abcdef01","macAddress":"00224871C205","category":"FlowLogFlowEvent","flowLogResourceID":"/SUBSCRIPTIONS/AAAA0000-0000-0000-0000-000000000000/RESOURCEGROUPS/NETWORKWATCHERRG","targetResourceID":"/subscriptions/aaaa0000-0000-0000-0000-000000000000/resourceGroups/rg/virtualNetworks/v","operationName":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"unspecified","flowGroups":[{{"rule":"unspecified","flowTuples":[{tuples}]}}]}}]}}}}"#
    )
}

/// An NSG record around some tuples.
fn nsg(version: u8, tuples: &str) -> String {
    format!(
        r#"{{"time":"2017-02-16T22:00:32.8950000Z","systemId":"55ff55ff","macAddress":"000D3AF8801A","category":"NetworkSecurityGroupFlowEvent","resourceId":"/SUBSCRIPTIONS/BBBB/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/NSG1","operationName":"NetworkSecurityGroupFlowEvents","properties":{{"Version":{version},"flows":[{{"rule":"UserRule_rdp","flows":[{{"mac":"00-0D-3A-F8-80-1A","flowTuples":[{tuples}]}}]}}]}}}}"#
    )
}

fn blob<T: AsRef<str>>(records: &[T]) -> String {
    let records: Vec<&str> = records.iter().map(T::as_ref).collect();
    format!(r#"{{"records":[{}]}}"#, records.join(","))
}

const CONTINUE: &str = r#""1663146003606,10.0.0.6,52.239.184.180,23956,443,6,O,C,NX,3,767,2,1580""#;
const DENY: &str = r#""1663145998065,101.33.218.153,10.0.0.6,55188,22,6,I,D,NX,,,,""#;

fn decoded(text: &str) -> Decoded {
    decode_all_ways(&AzureJson, text.as_bytes())
}

/// One tuple's row: `column=value` each; `column=-` for null.
#[track_caller]
fn check(record: String, expected: &str) {
    let decoded = decoded(&blob(&[record]));
    assert_eq!(decoded.flows.len(), 1, "{:?}", decoded.health);
    for pair in expected.split_whitespace() {
        let (column, value) = pair.split_once('=').expect("column=value");
        assert_eq!(decoded.column(column), [value], "{column}");
    }
}

#[test]
fn a_vnet_tuple_fills_its_columns() {
    check(
        vnet(CONTINUE),
        "time_start=1663146003606000000 time_end=1663146003606000000 time_logged=1663146052562508500 \
         time_resolution_ns=1000000 src_ip=10.0.0.6 dst_ip=52.239.184.180 src_port=23956 dst_port=443 ip_proto=6 \
         ip_version=4 packets=3 bytes=767 rev_packets=2 rev_bytes=1580 bytes_semantics=l3_packet counter_kind=delta \
         sampling_rate=1 verdict=allowed verdict_reason=- policy_id=unspecified policy_rule=unspecified \
         flow_state=continue direction=egress initiator=src vantage=src provider=azure source_kind=az_vnet \
         source_version=4 account_id=aaaa0000-0000-0000-0000-000000000000 if_id=00224871C205 \
         if_mac=00:22:48:71:c2:05 \
         resource_id=/subscriptions/aaaa0000-0000-0000-0000-000000000000/resourceGroups/rg/virtualNetworks/v \
         encryption=none encryption_raw=NX src_object=test.json record_no=1 ext.category=FlowLogFlowEvent \
         ext.flowLogGUID=abcdef01 ext.operationName=FlowLogFlowEvent \
         ext.flowLogResourceID=/SUBSCRIPTIONS/AAAA0000-0000-0000-0000-000000000000/RESOURCEGROUPS/NETWORKWATCHERRG \
         ext.flowLogVersion=- ext.time=- ext.macAddress=- ext.targetResourceID=- ext.flowRecords.flows=-",
    );
}

#[test]
fn an_nsg_tuple_fills_its_columns() {
    check(
        nsg(2, r#""1487282421,192.0.2.95,10.1.0.4,51529,5358,T,I,A,E,1,66,2,132""#),
        "time_start=1487282421000000000 time_resolution_ns=1000000000 ip_proto=6 direction=ingress vantage=dst \
         verdict=allowed flow_state=end packets=1 bytes=66 rev_packets=2 rev_bytes=132 source_kind=az_nsg \
         source_version=2 account_id=BBBB if_id=00-0D-3A-F8-80-1A if_mac=00:0d:3a:f8:80:1a policy_rule=UserRule_rdp \
         policy_id=/SUBSCRIPTIONS/BBBB/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/NSG1 \
         resource_id=/SUBSCRIPTIONS/BBBB/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/NSG1 \
         ext.systemId=55ff55ff ext.resourceId=- encryption=-",
    );
}

#[test]
fn tuples() {
    let vnet_tuple = |text: &str| vnet(&format!("\"{text}\""));
    // Empty counters are not zero counters.
    check(vnet(DENY), "packets=- bytes=- counter_kind=none verdict=denied flow_state=deny direction=ingress");
    check(vnet_tuple("1663145998065,1.1.1.1,10.0.0.6,1,22,6,I,D,NX,0,0,0,0"), "packets=0 bytes=0 counter_kind=delta");
    // Seconds and milliseconds, told apart by magnitude.
    check(vnet_tuple("1493763938,1.1.1.1,10.2.0.4,35370,23,6,I,B,NX,,,,"), "time_start=1493763938000000000");
    // A clock that was never set: milliseconds of 1970 are as small as seconds of today, but not the record's time.
    let unset =
        |tuple: &str| vnet(&format!("\"{tuple}\"")).replace("2022-09-14T09:00:52.5625085Z", "1970-01-01T00:05:00Z");
    check(
        unset("240500,1.1.1.1,10.2.0.4,35370,23,6,I,B,NX,,,,"),
        "time_start=240500000000 time_resolution_ns=1000000 time_logged=300000000000",
    );
    check(unset("240,1.1.1.1,10.2.0.4,35370,23,6,I,B,NX,,,,"), "time_start=240000000000");
    // Missing trailing columns, and surplus ones.
    check(vnet_tuple("1699990055,10.0.0.4,10.0.0.5,12345,443,6,O,E,NX"), "packets=- flow_state=end encryption=none");
    check(vnet_tuple("1699990055,10.0.0.4,10.0.0.5,12345,443,6,O,E"), "encryption=- verdict=allowed");
    check(vnet_tuple("1699990055,10.0.0.4,10.0.0.5,1,2,6,O,C,X,1,2,3,4,new"), "rev_bytes=4 ext.flowTuples[13]=new");
    // Encryption.
    check(vnet_tuple("1699990055,10.0.0.4,10.0.0.5,1,2,6,O,C,X,1,2,3,4"), "encryption=platform verdict_reason=-");
    check(
        vnet_tuple("1699990055,10.0.0.4,10.0.0.5,1,2,6,O,C,NX_NOT_ACCEPTED,1,2,3,4"),
        "encryption=failed verdict=dropped verdict_reason=NX_NOT_ACCEPTED",
    );
    check(
        vnet_tuple("1699990055,10.0.0.4,10.0.0.5,1,2,6,O,C,NX_FALLBACK,1,2,3,4"),
        "encryption=none verdict=allowed verdict_reason=NX_FALLBACK",
    );
    check(
        vnet_tuple("1699990055,10.0.0.4,10.0.0.5,1,2,6,O,C,NX_OF_2030,1,2,3,4"),
        "encryption=unknown encryption_raw=NX_OF_2030 verdict=allowed",
    );
    // Protocols without ports, IPv6.
    check(vnet_tuple("1699990055,10.0.0.4,10.0.0.5,0,0,1,O,C,NX,1,2,3,4"), "ip_proto=1 src_port=- dst_port=-");
    check(vnet_tuple("1699990055,fd00::4,fd00::5,1,2,17,O,C,NX,1,2,3,4"), "src_ip=fd00::4 ip_version=6 src_port=1");
    // NSG: version 1, UDP, denied in version 2.
    check(
        nsg(1, r#""1487282421,192.0.2.95,10.1.0.4,53,1732,U,I,D""#),
        "ip_proto=17 verdict=denied flow_state=- packets=- counter_kind=none source_version=1",
    );
    check(
        nsg(2, r#""1487282421,192.0.2.95,10.1.0.4,53,1732,T,O,D,B,,,,""#),
        "verdict=denied flow_state=begin packets=-",
    );
}

#[test]
fn a_field_that_cannot_be_read_is_kept_and_reported() {
    let decoded = decoded(&blob(&[vnet(r#""1699990055,10.0.0.4,10.0.0.5,70000,443,6,?,C,NX,1,2,3,4""#)]));
    assert_eq!(decoded.kinds(), ["field_error"]);
    assert_eq!(decoded.column("src_port"), ["-"]);
    assert_eq!(decoded.column("ext.flowTuples[3]"), ["70000"]);
    assert_eq!(decoded.column("ext.flowTuples[6]"), ["?"]);
}

#[test]
fn names_may_stand_behind_what_they_name() {
    let text = r#"{"flowRecords":{"flows":[{"flowGroups":[{"flowTuples":["1663146003606,10.0.0.6,52.2.1.1,1,443,6,O,C,NX,3,767,2,1580"],"rule":"R"}],"aclID":"A"}]},"macAddress":"00:22:48:71:C2:05","flowLogVersion":4,"new":{"deep":[1]}}"#;
    check(text.to_owned(), "policy_id=A policy_rule=R if_mac=00:22:48:71:c2:05 source_version=4 ext.new.deep=[1]");
}

#[test]
fn every_shape_of_delivery_gives_the_same_rows() {
    let (one, two) = (vnet(&format!("{CONTINUE},{DENY}")), nsg(1, r#""1487282421,192.0.2.95,10.1.0.4,53,1732,U,I,D""#));
    let check = |text: String, health: &[&str]| {
        let decoded = decoded(&text);
        assert_eq!(decoded.column("src_port"), ["23956", "55188", "53"], "{text}");
        assert_eq!(decoded.kinds(), health, "{text}");
    };
    check(blob(&[one.clone(), two.clone()]), &[]);
    check(format!("{one}\n{two}\n"), &[]);
    check(format!("{one}{two}"), &[]);
    check(format!("[{one},{two}]"), &[]);
    check(format!("\u{feff}[\r\n{one},\r\n{two}\r\n]\r\n"), &[]);
    // Blocks of a blob: the first, a middle one, the last.
    check(format!(",{one},{two}]}}"), &[]);
    check(format!(r#"{{"records":[{one},{two}"#), &["truncated"]);
    check(format!("{one},{two}"), &[]);
    // Cut in the middle of the third record.
    check(format!(r#"{{"records":[{one},{two},{{"time":"2022-0"#), &["truncated"]);
    // Two blobs; members behind the array; records in a record; zero bytes between blobs.
    check(format!("{}{}", blob(&[&one]), blob(&[&two])), &[]);
    check(format!(r#"{{"records":[{one}],"next":"{{}}","n":[{{}}, 1]}}{two}"#), &[]);
    check(blob(&[blob(&[&one]), two.clone()]), &[]);
    check(format!(r#"{{"records":[{{"time":1,"records":[{one}]}},{two}]}}"#), &[]);
    check(format!("{}\0\0\0{}", blob(&[&one]), blob(&[&two])), &["parse_error"]);
    // A line that is broken off does not take the next one with it.
    check(format!("{one}\n{}\n{two}\n", &one[..one.len() - 30]), &["parse_error"]);
    check(format!("{one}\n{}\n{two}\n", &one[..300]), &["parse_error"]);
}

#[test]
fn a_truncated_blob_says_where() {
    let text = format!(r#"{{"records":[{},{{"time":"2022"#, vnet(CONTINUE));
    let decoded = decoded(&text);
    let offset = text.rfind(r#"{"time"#).expect("the cut record");
    assert_eq!(decoded.kinds(), ["truncated"]);
    assert_eq!(decoded.health[0]["src_offset"], offset.to_string());
}

#[test]
fn a_rows_offset_is_its_tuples() {
    let text = blob(&[vnet(&format!("{CONTINUE},{DENY}"))]);
    let offset = text.find("1663145998065").expect("the second tuple");
    assert_eq!(decoded(&text).column("src_offset")[1], offset.to_string());
}

#[test]
fn other_records_are_named() {
    let text = r#"{"category":"AzureFirewallNetworkRule","resourceId":"/SUBSCRIPTIONS/X/Y","properties":{"msg":"UDP request"}}"#;
    let decoded = decoded(text);
    assert_eq!((decoded.flows.len(), decoded.kinds()), (0, vec!["other_record"]));
    assert!(decoded.health[0]["detail"].contains("AzureFirewallNetworkRule"));
    assert_eq!(AzureJson.sniff(text.as_bytes()), Likeness::Maybe);
}

#[test]
fn resourceid_in_any_case() {
    let text = nsg(1, r#""1487282421,192.0.2.95,10.1.0.4,53,1732,U,I,D""#).replace("resourceId", "resourceid");
    check(text.replace("/SUBSCRIPTIONS/", "/subscriptions/"), "account_id=BBBB");
}

#[test]
fn filters_leave_out_what_is_not_wanted() {
    let text = blob(&[vnet(&format!("{CONTINUE},{DENY}"))]);
    let check = |field: F, test: Test, expected: usize| {
        let mut options = DecodeOptions::new("test.json");
        options.filters.push(Filter { field, test });
        let decoded = decode_chunks(&AzureJson, &[text.as_bytes()], Projection::none(), &options);
        assert_eq!(decoded.flows.len(), expected);
    };
    check(F::Verdict, Test::TextIn(vec!["denied".into()]), 1);
    check(F::DstPort, Test::Between(443, 443), 1);
    check(F::TimeStart, Test::Between(1_663_146_000_000_000_000, i64::MAX), 1);
    check(F::SrcIp, Test::AddressIn(vec!["10.0.0.6".parse().expect("address")]), 1);
    check(F::Bytes, Test::Between(0, 1), 2);
}

#[test]
fn a_record_over_the_limit_is_left_out_and_counted() {
    let small = vnet(CONTINUE);
    let large = vnet(&[CONTINUE; 50].join(","));
    let text = blob(&[small.clone(), large, small.clone()]);
    let mut options = DecodeOptions::new("test.json");
    options.limits.json_record_bytes_max = small.len() + 10;
    for size in [1, 100, 1 << 20] {
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        let decoded = decode_chunks(&AzureJson, &chunks, Projection::all(), &options);
        assert_eq!((decoded.flows.len(), decoded.kinds()), (2, vec!["limit_reached"]), "chunks of {size}");
        assert_eq!(decoded.column("record_no"), ["1", "3"]);
    }
}

#[test]
fn samples() {
    let check = |path: &str, rows: usize, bytes: i64, rev_bytes: i64| {
        let Some(text) = sample(path) else { return };
        assert_eq!(detect(&text).map(Format::name), Some("azure_json"), "{path}");
        let decoded = decode_all_ways(&AzureJson, &text);
        assert_eq!((decoded.flows.len(), decoded.health.len()), (rows, 0), "{path}: {:?}", decoded.health);
        assert_eq!((decoded.sum("bytes"), decoded.sum("rev_bytes")), (bytes, rev_bytes), "{path}");
    };
    check("azure_nsg/azure-docs/v1-PT1H.json", 9, 0, 0);
    check("azure_vnet/azure-docs/v4-PT1H.json", 19, 4_528, 43_292);
    // The document's own sum: 9,125 packets, 5,256,000 bytes.
    check("azure_vnet/azure-docs/bandwidth-example.json", 3, 618_048, 4_637_952);
    check("azure_vnet/newrelic/tuple-vectors.json", 5, 1_692, 1_264);
}

#[test]
fn firewall_logs_are_other_records() {
    for path in ["azure_firewall/test-networkrules-raw.log", "azure_firewall/test-applicationrules-raw.log"] {
        let Some(text) = sample(path) else { return };
        let decoded = decode_all_ways(&AzureJson, &text);
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
        assert_eq!(decoded.kinds(), vec!["other_record"; lines], "{path}");
        assert!(decoded.flows.is_empty());
    }
}

proptest! {
    #[test]
    fn damaged_blobs_never_panic_and_do_not_depend_on_chunks(
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..12),
        size in 1..400usize,
    ) {
        let records = [vnet(&format!("{CONTINUE},{DENY}")), nsg(2, CONTINUE), vnet(DENY)];
        let mut text = format!("{}\n{}", blob(&records), records.join("\n")).into_bytes();
        for (place, byte, kind) in damages {
            let at = place.index(text.len());
            match kind {
                0 => text[at] = byte,
                1 => drop(text.remove(at)),
                _ => text.insert(at, *b"\"\\{}[],\n".get(usize::from(byte) % 8).expect("a byte")),
            }
        }
        let options = DecodeOptions::new("test.json");
        let whole = decode_chunks(&AzureJson, &[&text], Projection::all(), &options);
        let chunks: Vec<&[u8]> = text.chunks(size).collect();
        prop_assert_eq!(decode_chunks(&AzureJson, &chunks, Projection::all(), &options), whole);
    }
}

proptest! {
    #[test]
    fn a_tuple_read_in_place_is_the_one_its_text_is_split_into(
        text in "[0-9a-f.:,BCEDINX]{0,150}|([0-9.]{7,13},){3}([0-9]{1,5},){4,40}|[0-9,\"\\\\\n]{0,90}|[0-9.,]{1000,1100}",
        behind in "[ -~]{0,80}",
    ) {
        let json = format!("\"{text}\",{behind}");
        let mut tuple = Tuple::empty();
        let found = tuple.read(&json.as_bytes()[1..]);
        let plain = Reader::new(json.as_bytes()).string().ok().filter(|text| !text.escaped);
        let expected = plain.and_then(|text| Some((text.raw.len(), Tuple::split(text.raw)?)));
        if let Some(length) = found {
            let (expected_length, expected) = expected.expect("a tuple");
            prop_assert_eq!(length, expected_length);
            for column in 0..40 {
                prop_assert_eq!(tuple.get(column), expected.get(column));
            }
        } else if let Some((length, _)) = expected {
            prop_assert!(json.len() < length + 66 || length > 959, "not read: {}", json);
        }
    }
}
