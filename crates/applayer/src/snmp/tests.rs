use super::SnmpProtocol;
use crate::testing::{Scene, client, server};

#[test]
fn versions() {
    let get = b"\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x01\x02\x01\0\x02\x01\0\x30\x0e\x30\x0c\x06\x08\
        \x2b\x06\x01\x02\x01\x01\x01\0\x05\0";
    let failed =
        b"\x30\x26\x02\x01\x01\x04\x06public\xa2\x19\x02\x01\x01\x02\x01\x02\x02\x01\x01\x30\x0e\x30\x0c\x06\x08\
        \x2b\x06\x01\x02\x01\x01\x01\0\x05\0";
    let trap = b"\x30\x1e\x02\x01\0\x04\x01p\xa4\x16\x06\x03\x2b\x06\x01\x40\x04\x0a\0\0\x01\x02\x01\x03\x02\x01\0\
        \x43\x01\x05\x30\0";
    let encrypted = b"\x30\x2d\x02\x01\x03\x30\x0d\x02\x01\x01\x02\x02\x05\xdc\x04\x01\x03\x02\x01\x03\x04\x13\x30\x11\
        \x04\x01e\x02\x01\0\x02\x01\0\x04\x02me\x04\0\x04\0\x04\x04\xde\xad\xbe\xef";
    let steps = [client(get), server(failed), client(&trap[..]), client(&encrypted[..]), client("no")];
    assert_eq!(
        Scene::udp(&SnmpProtocol, 161).transcript(&steps),
        "snmp 0 {\"version\":2,\"pdu_type\":\"get_request\",\"vars\":[\"1.3.6.1.2.1.1.1.0\"],\"community\":\"public\"}\n\
         snmp 1 {\"version\":2,\"pdu_type\":\"response\",\"error\":\"NoSuchName\",\"vars\":[\"1.3.6.1.2.1.1.1.0\"],\
         \"community\":\"public\"}\n\
         anomaly version_mismatch 2\n\
         snmp 2 {\"version\":1,\"pdu_type\":\"trap_v1\",\"trap_type\":\"linkUp\",\"trap_oid\":\"1.3.6.1\",\
         \"trap_address\":\"10.0.0.1\",\"community\":\"p\"}\n\
         anomaly version_mismatch 3\n\
         snmp 3 {\"version\":3,\"pdu_type\":\"encrypted\"}\n\
         anomaly malformed_data 3\n"
    );
}
