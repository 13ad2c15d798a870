//! Which values keywords take: what Suricata 8.0.7 loads and what it refuses, as it was found by trying.

use rules::{Settings, read};

/// A protocol, an option with such values as stand, and values that are refused.
const VALUES: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "ip",
        "ttl",
        &["0", "255", "<255", ">254", "<=254", "0-255", "1<>3", "!0", "!=0", "!1-3", "= 5", "0x10"],
        &["256", "<0", ">255", ">=0", "<=255", "1-2", "3-1", "0-256", "!>3", "==5", "!!5", "+5", "0X10", "\"5\"", "a"],
    ),
    (
        "http",
        "filesize",
        &["1kb", ">1MB", "!2gib", "1kb-2kb"],
        &["1k", "1 kb", "0x1kb", "1kbx", "18446744073709551616"],
    ),
    ("tcp", "tcp.seq", &["5", "4294967295"], &[">5", "!5", "1-5", "0x5", "4294967296"]),
    ("tcp", "tcp.window", &["0", "!0"], &[">0", "65536"]),
    ("tcp", "tcp.flags", &["S", "S,12", "+SA"], &["s", "sa"]),
    ("ip", "id", &["5"], &["!5", ">5", "\"5\""]),
    ("ip", "tos", &["8", "!8", "x10", "!x1f", "\"10\""], &[">8", "256", "0x10"]),
    ("ip", "fragoffset", &["0", ">5", "< 5"], &["!5", ">=5", "65536"]),
    ("ip", "ip_proto", &["6", "!6", ">5", "<5", "tcp", "!udp", "ospf", "\"vrrp\""], &["1-5", ">=5", "ipv6", "256"]),
    ("tcp", "ip_proto", &[], &["17"]),
    ("icmp", "icmp_id", &["5"], &["!5"]),
    ("tcp", "stream_size", &["both,>,5", "client,!,5"], &["client,==,5"]),
    ("tcp", "flow.pkts", &["either,>5"], &["both,>5"]),
    ("ip", "flow", &["stateless", "established"], &["stateless,established", "no_frag,only_frag"]),
    ("ip", "flowint", &["ab,+,1", "a.b,isset"], &["a,+,1", "1a,+,1", "a-b,+,1"]),
    ("ip", "hostbits", &["set,a,src"], &["set,a,both"]),
    ("http", "xbits", &["set,a,track tx"], &["toggle,a,track tx", "unset,a,track tx"]),
    (
        "ip",
        "threshold",
        &["type backoff,track by_flow,count 1,multiplier 2"],
        &["type backoff,track by_src,count 1,multiplier 2", "type limit,track by_src,count 1,seconds 60,type both"],
    ),
    ("ip", "detection_filter", &["track by_flow,count 1,seconds 6"], &["track by_both,count 1,seconds 6"]),
    ("udp", "rpc", &["100003,2,3", "100003,*,*"], &["100003,2,3,4"]),
    ("ip", "priority", &["0", "255", "65536"], &["+5", "0x10", "\"5\""]),
    ("ip", "requires", &["version >= 8"], &["version >= 7, version < 9", "version"]),
    ("ip", "app-layer-protocol", &["http", "\"http\"", "!failed", "unknown"], &["HTTP", "!unknown"]),
    ("tls", "tls.version", &["1.2", "0x7f12"], &["!1.2", ">1.1", "sslv3", "771"]),
    (
        "tls",
        "ssl_version",
        &["tls1.2", "TLS1.2", "SSLv3", "!tls1.2", "tls1.0,tls1.1"],
        &["1.2", "!tls1.0,!tls1.1", "tls1.0,tls1.0"],
    ),
    ("tls", "ssl_state", &["client_hello"], &["CLIENT_HELLO"]),
    ("smb", "smb.version", &["1", "2"], &["3", "!1", ">1"]),
    ("dcerpc", "dcerpc.opnum", &["1", "1,2", "1-5,8", "65536"], &[">1", "!1", "1, 2", "5-1"]),
    ("nfs", "nfs_procedure", &["0", "1-2", "!2-5", ">5"], &["0-2", "2-2", "5-2", "1-4294967295"]),
    ("nfs", "nfs.version", &["3", "2-4"], &["5-2"]),
    ("krb5", "krb5_msg_type", &["10"], &[">10", "256"]),
    ("krb5", "krb5_err_code", &["25"], &["-1", "32767", "0x10"]),
    ("krb5", "krb5.ticket_encryption", &["weak", "!weak", "17,18"], &["WEAK", "!17"]),
    ("mqtt", "mqtt.qos", &["0", "2"], &["3", ">1", "!1"]),
    ("mqtt", "mqtt.connack.session_present", &["0", "1"], &["yes", "true", "2"]),
    ("mqtt", "mqtt.flags", &["dup,!retain", "5"], &["DUP", "256"]),
    ("http2", "http2.errorcode", &["NO_ERROR", "5"], &[">5", "!5"]),
    ("http2", "http2.frametype", &["GOAWAY", "7"], &[">5", "256"]),
    ("ldap", "ldap.responses.operation", &["bind_response,any", "1,-1"], &["256", ">255"]),
    ("dns", "dns.rrtype", &["AAAA", "!mx", "65535"], &["65536", ">65535"]),
    ("enip", "enip_command", &["list_identity", "!list_identity", "99"], &["65536"]),
    ("enip", "enip.cip_class", &["5"], &["5,any"]),
    ("enip", "cip_service", &["127", "1,65536"], &["128", "0x10"]),
    ("dnp3", "dnp3_func", &["read", "255"], &["256", ">1", "0x1"]),
    ("ntp", "ntp.mode", &["client", "!3"], &["active", "256"]),
    ("ntp", "ntp.version", &["4", ">3"], &["256"]),
    ("snmp", "snmp.trap_type", &["6"], &["cold_start"]),
    (
        "modbus",
        "modbus",
        &["function 3", "function !public", "access write coils, address 5"],
        &["function 5<>7", "function Public", "address 5", "access read coils, value 5", "access write input"],
    ),
    ("ftp-data", "ftpdata_command", &["retr"], &["RETR"]),
    ("http", "fileext", &["\"pdf\"", "pdf"], &[]),
];

/// A protocol, options, and whether they stand.
const RULES: &[(&str, &str, bool)] = &[
    ("http", "http.header.raw; content:\"a\";", false),
    ("http", "flow:to_client; http.header.raw; content:\"a\";", true),
    ("http", "http.header.raw; to_lowercase; content:\"a\";", true),
    ("http2", "http.start; content:\"a\";", false),
    ("http2", "http.uri; content:\"a\";", true),
    ("http2", "content:\"a\"; http_uri;", false),
    ("http2", "file.name; content:\"a\";", false),
    ("dns", "http.uri; content:\"a\";", false),
    ("doh2", "http.uri; content:\"a\"; dns.query; content:\"b\";", true),
    ("udp", "tcp.hdr; content:\"a\";", false),
    ("http", "icmpv4.hdr; content:\"a\";", false),
    ("ike", "flow:to_client; ike.init_spi; content:\"a\";", false),
    ("krb5", "flow:to_server; krb5.cname; content:\"a\";", false),
    ("quic", "quic.cyu.hash; content:\"a\";", false),
    ("tls", "ja3.hash; to_md5; content:\"a\";", true),
];

#[track_caller]
fn check(protocol: &str, options: &str, stands: bool) {
    let rule = format!("alert {protocol} any any -> any any ({options} sid:1;)\n");
    let reading = read("test.rules", rule.as_bytes(), &Settings::default());
    assert_eq!(reading.rules.len(), usize::from(stands), "{rule} {:?}", reading.diagnostics);
}

#[test]
fn values() {
    for (protocol, keyword, good, bad) in VALUES {
        good.iter().for_each(|value| check(protocol, &format!("{keyword}:{value};"), true));
        bad.iter().for_each(|value| check(protocol, &format!("{keyword}:{value};"), false));
    }
}

#[test]
fn rules_over_protocols() {
    RULES.iter().for_each(|(protocol, options, stands)| check(protocol, options, *stands));
}
