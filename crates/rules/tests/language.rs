//! What rules stand, what is refused and why, and what they come to.

use rules::inspect::Check;
use rules::rule::{Compiled, Place, Scope, Test};
use rules::{Files, Reading, Settings, Severity, read};

/// Options that stand in a rule over TCP.
const STAND: &[&str] = &[
    r#"content:"abc"; nocase; offset:3; depth:10;"#,
    r#"content:"a|00 FF|\;\"\:\\"; content:!"b"; distance:-3; within:20;"#,
    r#"content:"a"; startswith; content:"b"; endswith; fast_pattern;"#,
    r#"content:"abcdef"; fast_pattern:1,3;"#,
    r#"content:"abc"; fast_pattern:only; nocase;"#,
    r#"content:"a"; http_uri; content:"b"; distance:0; http_uri; pcre:"/x\/y/Ui";"#,
    r#"uricontent:"/a"; urilen:5<>10,raw;"#,
    r#"http.uri; content:"a"; bsize:>3; http.host; dotprefix; content:".b.example"; endswith;"#,
    r#"http.host; content:"a"; pcre:"/b/W"; pkt_data; content:"c";"#,
    r#"file.data; content:"a"; pcre:"/b/Q";"#,
    r#"dns.query; content:"a"; dns.query; content:"b";"#,
    r#"http.referer; absent; http.user_agent; absent:or_else; content:!"x";"#,
    r#"pcre:!"/a(b)c/ismxAEGRB"; isdataat:!4,relative; isdataat:10,rawbytes;"#,
    r#"pcre:"/a(?P<flow_user>b+)(?P<alert_x>c)/"; pcre:"/(a)(b)/,flow:x,alert:y";"#,
    "byte_test:2,!&,0x40,2,relative,little; byte_test:4,>=,10,0,string,hex; byte_test:0,=,0,0,string,dec;",
    "byte_jump:4,0,relative,multiplier 2,align,post_offset -1,from_end; byte_jump:1,2,string,dec,from_beginning;",
    r#"byte_extract:1,0,size,relative,align 4; content:"a"; within:size; isdataat:size;"#,
    "byte_math:bytes 2, offset 0, oper +, rvalue 10, result sum, endian little, bitmask 0xff00; byte_test:1,<,sum,0;",
    r#"base64_decode:bytes 12, offset 1, relative; base64_data; content:"a";"#,
    "flow:to_server,established,no_stream; flow.age:>10; flow.pkts:either,>=3; flow.bytes_toserver:1-5;",
    "flowbits:isset,a|b; flowbits:set,c; flowbits:noalert; flowint:nn,+,1; flowint:nn,>=,mm; flowint:nn,notset;",
    "xbits:set,a,track ip_pair,expire 5; xbits:isset,a,track ip_src; xbits:isset,d,track tx; hostbits:toggle,b,dst;",
    "threshold:type backoff, track by_flow, count 1, multiplier 10;",
    "threshold:type both, track by_src, count 3, seconds 60; tag:host,10,seconds,dst;",
    "detection_filter:track by_dst, count 3, seconds 60; tag:session;",
    "dsize:300<>400; ttl:>5; tos:!3; id:0; fragoffset:>0; tcp.seq:5; ack:0; window:!9; tcp.mss:<100; tcp.wscale:1;",
    "flags:S,12; tcp.flags:+FA; flags:!A; fragbits:+M; ipopts:lsrr; sameip;",
    "itype:8<>10; icode:0; icmp_id:1; icmp_seq:2; icmpv6.mtu:<1280;",
    "vlan.id:>100,-1; vlan.layers:2; stream_size:both,>,5; ip.src; content:\"|0a|\"; tcp.hdr; content:\"|00|\"; offset:4;",
    "app-layer-event:tls.invalid_tls_header; decode-event:ipv4.trunc_pkt; stream-event:3whs_syn_flood;",
    "app-layer-protocol:!http,final; app-layer-protocol:failed;",
    "classtype:trojan-activity; priority:3; rev:2; gid:5; target:src_ip; metadata:a b, a c, d e f; reference:cve,2014-0160;",
    "tls.sni; content:\"a\"; tls.version:1.2; ssl_version:tls1.0,tls1.1;",
    "tls.certs; content:\"a\"; ja3.hash; content:\"0123456789abcdef0123456789ABCDEF\"; tls.subject:\"CN=a\";",
    "dns.opcode:!0; dns.rrtype:AAAA; dns.rcode:NXDOMAIN;",
    "ssh.proto; content:\"2\"; ssh.hassh.string; content:\"a\";",
    "smtp.rcpt_to; content:\"a\"; email.subject; content:\"b\"; file.name; content:\"c\"; filesize:>50; fileext:!\"mp4\";",
    "ftp.command; content:\"PORT\"; ftp.dynamic_port:59925-59927; ftp.mode:passive; ftp.reply_received:no;",
    "dcerpc.opnum:26; dcerpc.iface:12345678-1234-abcd-ef00-0123456789ab,>1,any_frag;",
    "http.uri; url_decode; xor:\"0d0a\"; from_base64:offset 13; content:\"a\"; gunzip:max-size 8; content:\"b\";",
    "file.data; content:\"a\"; pcrexform:\"/a(.*)/\"; to_sha256; content:\"b\"; prefilter; filestore; noalert;",
    "http2.frametype:GOAWAY; http2.priority:>250; http2.settings:SETTINGS_HEADER_TABLE_SIZE>1000;",
    "sip.method; content:\"INVITE\"; sip.uri; content:\"a\";",
    "mqtt.type:PUBLISH; mqtt.flags:!retain,!dup;",
    r#"ike.init_spi; content:"18fe9b731f9f8034"; ike.exchtype:>=2;"#,
    r#"dnp3_func:read; dnp3_obj:60,2; dnp3_data; content:"|c3 06|";"#,
    "dnp3_func:129; dnp3_ind:need_time,device_restart;",
    "enip_command:list_identity; enip.status:invalid_cmd; enip.serial:>1; enip.cip_class:5;",
    "cip_service:16,246,6;",
    "modbus: unit 10, function 4, subfunction 4;",
    "modbus: function !reserved;",
    "modbus: access write holding, address 500, value >200;",
    "modbus: access read discretes, address <100;",
    "dns.query; dataset:isset,a,type string,load x.lst; dataset:unset,a; datarep:a,>,3;",
    "dns.query; to_md5; dataset:set,b,type md5,state b.lst,memcap 10mb,hashsize 1024;",
    "mqtt.connect.flags:username,!will; mqtt.reason_code:>0; mqtt.connack.session_present:1;",
    "websocket.flags:&0xc0=0x80; websocket.mask:!0;",
    "ldap.request.operation:search_request; ldap.request.dn; content:\"dc=a\";",
    "ldap.responses.operation:search_result_done,-1; ldap.responses.result_code:!success,all; ldap.responses.count:>2;",
    "krb5.ticket_encryption:weak; krb5_err_code:6; krb5_msg_type:30;",
    "krb5.ticket_encryption:aes128-cts-hmac-sha1-96,18; krb5.cname; content:\"a\";",
    "http2.settings:SETTINGS_ENABLE_PUSH; http2.settings:SETTINGS_MAX_FRAME_SIZE=5; http2.window:34634;",
    "tls_cert_notbefore:>2015-10-22T23:59:59; tls_cert_notafter:2014<>2016; tls_cert_expired; ssl_state:!client_hello;",
    "ssl_version:tls1.0,tls1.2; tls.cert_subject; content:\"a\";",
    "dcerpc.opnum:1,3-5; dcerpc.iface:12345678-1234-abcd-ef00-0123456789ab;",
    "nfs_procedure:2<>4; nfs_version:2-3;",
    "frame:smb2.data; content:\"a\"; bsize:>3; frame:smb2.data; content:!\"b\";",
    "frame:http1.request; strip_whitespace; content:\"a\"; endswith;",
    "frame:nfs.pdu; content:\"a\"; frame:nfs.nfs.pdu; content:\"b\";",
    "frame:sip.request.line; content:\"INVITE\"; startswith;",
    "requires:version >= 7.0.3 < 9 | >= 10, keyword content; content:\"a\";",
    "content:\"abc\"; replace:\"abd\"; l3_proto:ipv4; entropy:bytes 10, offset 2, value >= 7.5; entropy:value 1<>4.5;",
    "requires:version>=8; asn1:oversize_length 10, relative_offset -3; rpc:100000,*,3;",
];

/// Options that are refused, and what is said then.
const REFUSED: &[(&str, &str)] = &[
    ("http.uri; content:\"abcd\"; bsize:3;", "needs 4 bytes"),
    ("http.uri; content:\"abcd\"; bsize:<4;", "needs 4 bytes"),
    ("urilen:3; content:\"abcd\"; http_uri;", "needs 4 bytes"),
    ("dsize:<6; content:\"abcd\"; offset:2;", "needs 6 bytes"),
    ("http.host; content:\"a.example\"; nocase;", "`nocase` says nothing"),
    ("content:\"A.example\"; http_host;", "hosts are in lower case"),
    ("http.method; content:\"GET \";", "before or behind a method"),
    ("ja3.hash; content:\"abc\";", "32 characters"),
    ("tls.cert_serial; content:\"aabbcc\";", "`:` between"),
    ("http.uri; strip_whitespace; content:\"a b\";", "no white space"),
    ("http.uri; compress_whitespace; content:\"a|20 09|b\";", "two blanks"),
    ("http.uri; to_lowercase; content:\"aB\";", "in lower case"),
    ("http.uri; to_uppercase; content:\"aB\";", "in upper case"),
    ("http.uri; dataset:isset,a,type string,load y.lst;", "cannot be read"),
    ("file.data:sideways; content:\"a\";", "takes nothing"),
    ("contnet:\"a\";", "there is no keyword `contnet`"),
    ("content:\"abc\"; depth:2;", "can never lie in 2"),
    ("content:\"abc\"; within:2;", "can never lie in 2"),
    ("content:\"abc\"; depth:5; distance:1;", "does not go with"),
    ("content:\"abc\"; within:5; offset:1;", "does not go with"),
    ("content:\"abc\"; offset:1; offset:2;", "twice"),
    ("content:\"abc\"; startswith; offset:2;", "startswith"),
    ("content:\"abc\"; offset:70000;", "from 0 to"),
    ("content:\"abc\"; offset:nothing;", "no option before sets it"),
    ("nocase;", "stands behind a `content`"),
    ("content:\"|0|\";", "half a byte"),
    ("content:abc;", "in quotes"),
    ("content:\"\";", "empty"),
    ("content:\"a\"; fast_pattern; content:\"b\"; fast_pattern;", "one `fast_pattern`"),
    ("content:\"abc\"; fast_pattern:2,2;", "only 3 bytes"),
    ("content:\"abc\"; depth:5; fast_pattern:only;", "may be anywhere"),
    ("content:\"abc\"; replace:\"ab\";", "as many bytes"),
    ("entropy:value >= 9;", "from 0 to 8"),
    ("http.uri; content:\"a\"; subslice:1,2; content:\"b\";", "cut slices"),
    ("http.uri; http.host; content:\"a\";", "nothing is said"),
    ("http.uri;", "nothing is said"),
    ("http.uri; content:\"a\"; http_host;", "sticky buffer"),
    ("http.uri; content:\"a\"; http.stat_code; content:\"2\";", "both directions"),
    ("flow:to_client; http.uri; content:\"a\";", "both directions"),
    ("http.uri; content:\"a\"; tls.sni; content:\"b\";", "but the rule is for"),
    ("http.uri; content:\"a\"; pcre:\"/b/H\";", "another buffer"),
    ("pcre:\"/(/\";", "PCRE2"),
    ("pcre:\"/a/q\";", "no flag `q`"),
    ("pcre:\"a\";", "between two `/`"),
    ("bsize:3;", "behind a sticky buffer"),
    ("dotprefix; content:\"a\";", "behind a sticky buffer"),
    ("base64_data; content:\"a\";", "behind `base64_decode`"),
    ("byte_test:9,>,1,0;", "8 bytes at most"),
    ("byte_test:1,~,1,0;", "operator"),
    ("byte_test:1,>,x,0;", "no option before sets it"),
    ("byte_math:bytes 1, offset 0, oper /, rvalue 0, result x;", "divided by 0"),
    ("flow:to_server,to_client;", "one direction"),
    ("flow:somewhere;", "does not know"),
    ("flow:only_stream,no_stream;", "not both"),
    ("flowbits:set,a|b;", "one bit"),
    ("flowbits:sit,a;", "an action is"),
    ("flowint:ab,~,1;", "this is one of"),
    ("threshold:type limit, track by_src, count 0, seconds 1;", "above 0"),
    ("threshold:type limit, track by_src, count 1;", "are needed"),
    ("threshold:type backoff, track by_flow, count 1, multiplier 1;", "above 1"),
    ("threshold:type limit, track by_src, count 1, seconds 1, multiplier 2;", "only `type backoff`"),
    ("sid:7;", "one `sid`"),
    ("ttl:256;", "255 at most"),
    ("itype:9<>10;", "no number is between"),
    ("flags:Q;", "no flag"),
    ("app-layer-event:nothing.x;", "no application protocol"),
    ("app-layer-event:tls.invalid_tls_haeder;", "no event `invalid_tls_haeder`"),
    ("app-layer-event:applayer_wrong;", "no event `applayer_wrong`"),
    ("geoip:src,FR;", "no database of countries"),
    ("geoip:src,FRA;", "two letters"),
    ("iprep:src,CnC,>,30;", "no category of reputation"),
    ("config:logging enable, type tx, scope tx;", "logging disable"),
    ("dns.query; dataset:isset,a;", "its `type` is missing"),
    ("dns.query; dataset:set,a,type string,state ../a;", "a file elsewhere"),
    ("dns.query; dataset:set,a,type string,format json,load x.lst,value_key a,context_key b;", "asked only"),
    ("dns.query; dataset:isset,a,type string,format json,load x.lst;", "needs a `value_key`"),
    ("dns.query; dataset:set,a,type string; dataset:isset,a,type md5;", "another type"),
    ("dns.query; datarep:a,~,3,type string,load x.lst;", "an operator is"),
    ("pcre:\"/(a)/,sky:x\";", "`alert:name`"),
    ("luaxform:x;", "Lua"),
    ("requires:version >= 9;", "left out"),
    ("mqtt.flags:loud;", "there is no flag `loud`"),
    ("mqtt.flags:dup,!dup;", "set and not set"),
    ("ldap.responses.operation:search_result_done,first;", "no number"),
    ("krb5.ticket_encryption:!;", "only `weak` can be negated"),
    ("http2.settings:SETTINGS_NOTHING>1;", "no setting of HTTP/2"),
    ("tls_cert_notafter:>2015-13-01;", "a time is a date"),
    ("ssl_state:sleeping;", "no state"),
    ("frame:pdu; content:\"a\";", "several protocols have"),
    ("frame:sip.pud; content:\"a\";", "no protocol of this rule has"),
    ("frame:smb1.pdu;", "nothing is said"),
    ("frame:nfs.pdu; content:\"a\"; frame:nfs.rpc.creds; content:\"b\";", "cannot look into this too"),
    ("frame:smb1.pdu; content:\"a\"; smb.share; content:\"b\";", "cannot look into this too"),
    ("requires:keyword nothing, version >= 7;", "left out"),
    ("ike.chosen_sa_attribute:alg_hash;", "an attribute, `=`, and a number"),
    ("ike.chosen_sa_attribute:colour=2;", "no attribute of an association"),
    ("dnp3_ind:sleepy;", "`sleepy` is not known"),
    ("dnp3_obj:12;", "a group, a comma, and a variation"),
    ("cip_service:1,2,3,4;", "a service, its class"),
    ("modbus: colour 3;", "this is `unit`"),
    ("modbus: access write tape;", "`tape` is not known"),
];

fn reading_of(rule: &str) -> Reading {
    let files = Files::of(|name| (name == "x.lst").then(|| b"a\n".to_vec()));
    read("test.rules", rule.as_bytes(), &Settings { files, ..Settings::default() })
}

fn one(rule: &str) -> Compiled {
    let mut reading = reading_of(rule);
    assert_eq!(reading.rules.len(), 1, "{rule}: {:?}", reading.diagnostics);
    reading.rules.remove(0)
}

#[test]
fn options_that_stand() {
    for options in STAND {
        let rule = format!("alert ip any any -> any any (msg:\"a\"; {options} sid:1;)");
        one(&rule);
    }
}

#[test]
fn options_that_are_refused() {
    for (options, expected) in REFUSED {
        let rule = format!("alert tcp any any -> any any (msg:\"a\"; {options} sid:1;)");
        let reading = reading_of(&rule);
        assert!(reading.rules.is_empty(), "{options} is refused");
        let said = &reading.diagnostics[0];
        assert!(said.what.contains(expected), "{options}: {said}");
    }
}

/// A rule's beginning, its options, what it is looked at with, and who sends that.
#[test]
fn scopes_and_directions() {
    use model::packet::Side::{Client, Server};
    for (protocol, options, scope, sender) in [
        ("ip", "", Scope::FlowOnce, None),
        ("tcp", "flowbits:set,a;", Scope::FlowOnce, None),
        ("tcp", "flow:established;", Scope::Packet, None),
        ("tcp", "flags:S;", Scope::Packet, None),
        ("tcp", "content:\"a\";", Scope::Stream, None),
        ("tcp", "flow:to_server; content:\"a\"; depth:1;", Scope::PacketAndStream, Some(Client)),
        ("tcp", "content:\"a\"; dsize:1;", Scope::Packet, None),
        ("tcp-pkt", "content:\"a\";", Scope::Packet, None),
        ("tcp-stream", "content:\"a\"; depth:1;", Scope::Stream, None),
        ("udp", "content:\"a\";", Scope::Packet, None),
        ("http", "", Scope::Protocol, None),
        ("tcp", "app-layer-protocol:!tls;", Scope::Protocol, None),
        ("http", "content:\"a\";", Scope::Stream, None),
        ("http", "http.uri; content:\"a\";", Scope::Transaction, Some(Client)),
        ("http", "http.header; content:\"a\";", Scope::Transaction, None),
        ("tcp", "content:\"a\"; http_stat_code;", Scope::Transaction, Some(Server)),
        ("http", "flow:to_client; file.data; content:\"a\";", Scope::Transaction, Some(Server)),
        ("ip", "ip.src; content:\"a\";", Scope::Packet, None),
        ("tcp", "base64_decode; base64_data; content:\"a\";", Scope::Stream, None),
    ] {
        let rule = one(&format!("alert {protocol} any any -> any any ({options} sid:1;)"));
        assert_eq!((rule.scope, rule.sender), (scope, sender), "{protocol} {options}");
    }
}

#[test]
fn old_and_new_forms_mean_the_same() {
    let places = |options: &str| -> Vec<(Place, usize)> {
        let rule = one(&format!("alert http any any -> any any ({options} sid:1;)"));
        let count = |test: &Test| match test {
            Test::Checks(checks) => checks.len(),
            Test::Number(_) | Test::Foreign | Test::Absent(_) => 0,
        };
        rule.parts.iter().map(|part| (part.place, count(&part.test))).collect()
    };
    let old = places("content:\"a\"; http_uri; content:\"b\"; http_host; content:\"c\"; http_uri; pcre:\"/d/U\";");
    let new = places("http.uri; content:\"a\"; content:\"c\"; pcre:\"/d/\"; http.host; content:\"b\";");
    assert_eq!(old, new);
    assert_eq!(old.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [3, 1]);
}

/// What is said of rules that stand, where advice is asked for.
#[test]
fn advice() {
    let settings = Settings { advises: true, ..Settings::default() };
    for (options, expected) in [
        ("content:\"abc\";", None),
        ("content:\"a\"; depth:1;", None),
        ("content:\"ab\";", Some("has 2 bytes")),
        ("pcre:\"/a/\";", Some("`pcre` without")),
        ("pcre:\"/a/\"; content:\"abc\";", None),
        ("byte_test:1,>,1,0;", Some("bytes are read without")),
        ("content:!\"abc\";", Some("are negated")),
        ("flags:S; flags:A;", Some("TCP flags exclude")),
        ("flags:S; ttl:<5; ttl:>9;", Some("numbers of the header exclude")),
        ("flowbits:isset,a; flowbits:isnotset,a;", Some("the bit `a`")),
        ("flags:S;", None),
    ] {
        let rule = format!("alert tcp any any -> any any ({options} sid:1;)");
        let reading = read("test.rules", rule.as_bytes(), &settings);
        let said: Vec<_> = reading.diagnostics.iter().map(|said| (said.severity, &*said.what)).collect();
        let agrees = match (expected, &said[..]) {
            (None, []) => true,
            (Some(expected), [(Severity::Warning, what)]) => what.contains(expected),
            _ => false,
        };
        assert!(agrees && reading.rules.len() == 1, "{options}: {said:?}");
    }
}

#[test]
fn digits_of_hashes_are_of_either_case() {
    for (options, expected) in [
        ("ja3.hash; content:\"0123456789ABCDEF0123456789abcdef\";", true),
        ("tls.cert_serial; content:\"0a:0B\"; depth:5;", true),
        ("ja3.string; content:\"a\";", false),
    ] {
        let rule = one(&format!("alert tls any any -> any any ({options} sid:1;)"));
        let Test::Checks(checks) = &rule.parts[0].test else { panic!("{options}") };
        let [Check::Content(content)] = &checks[..] else { panic!("{options}") };
        assert_eq!(content.is_nocase, expected, "{options}");
    }
}

#[test]
fn what_is_left_out_need_not_be_known() {
    let text = "alert newproto any any -> any any (newword; requires:version >= 10; sid:1;)\n\
        alert ip any any -> any any (requires:version >= 8; sid:2;)\n";
    let reading = reading_of(text);
    assert_eq!((reading.rules.len(), reading.refused, reading.left_out), (1, 0, 1), "{:?}", reading.diagnostics);
}

#[test]
fn places_of_mistakes() {
    let reading =
        reading_of("# comment\nalert tcp any any -> any any ( \\\n  msg:\"a\"; \\\n  contnet:\"b\"; sid:12;)\n");
    let [said] = &reading.diagnostics[..] else { panic!("{:?}", reading.diagnostics) };
    assert_eq!((said.line, said.column, said.length, said.sid), (4, 3, 7, Some(12)));
    assert_eq!(said.to_string(), "test.rules:4:3: error: there is no keyword `contnet` (is `content` meant?)");
}

#[test]
fn of_two_revisions_the_newer_stands() {
    let rule = |revision: u32| format!("alert ip any any -> any any (sid:1; rev:{revision};)\n");
    for (revisions, stands, refused) in [([1, 2], 2, 0), ([2, 1], 2, 1), ([1, 1], 1, 1)] {
        let reading = reading_of(&revisions.map(rule).concat());
        assert_eq!((reading.rules[0].about.rev, reading.refused), (stands, refused), "{revisions:?}");
    }
}

#[test]
fn rules_run_in_their_order() {
    let text = "alert ip any any -> any any (sid:1; priority:2;)\n\
        alert ip any any -> any any (sid:2; flowbits:isset,a;)\n\
        alert ip any any -> any any (sid:3; flowbits:set,a; priority:4;)\n\
        alert ip any any -> any any (sid:4; priority:1;)\n\
        pass ip any any -> any any (sid:5;)\n";
    let order: Vec<_> = reading_of(text).rules.iter().map(|rule| rule.about.sid).collect();
    assert_eq!(order, [5, 3, 2, 4, 1]);
}

/// All rules of ET Open that Suricata loads: all but four lines, which are damaged.
#[test]
fn rules_of_et_open_load() {
    let shared = std::env::var_os("FATHOM_SHARED").map_or_else(|| "../../../shared".into(), std::path::PathBuf::from);
    let path = shared.join("data/rules/et-open-all.rules.gz");
    let Ok(packed) = std::fs::read(&path) else {
        eprintln!("skipped: no rules of ET Open (set FATHOM_SHARED to the folder that holds data/rules)");
        return;
    };
    let mut text = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(&packed[..]);
    std::io::Read::read_to_end(&mut decoder, &mut text).expect("gzip");
    let reading = read("et-open-all.rules", &text, &Settings::default());
    let errors = reading.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let lines: Vec<_> = errors.map(|diagnostic| diagnostic.line).collect();
    assert_eq!((reading.rules.len(), lines), (32_968, vec![11_729, 17_900, 18_099, 18_100]));
}
