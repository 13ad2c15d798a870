//! The forms that publishers' lists and their siblings come in: what each of them holds, and nothing else.

use super::super::ListFormat::{
    AlienVault, Configuration, CrowdSec, Csv, Firehol, Hosts, IpFilter, Json, Lines, LinesScored, MispEvent,
    SpamhausDrop, Stix, TorConsensus, TorExits, Xml,
};
use super::super::*;

/// A list, and its entries as `prefix[:only port][~port][=label][#score]`, in order.
struct Case {
    name: &'static str,
    text: &'static str,
    format: ListFormat,
    entries: &'static [&'static str],
    /// Lines or values that cannot be read.
    unread: u64,
}

fn told(list: &List) -> Vec<String> {
    let text = |entry: &Entry| {
        let port = entry.port.map(|port| format!("{}{port}", if entry.port_only { ":" } else { "~" }));
        let label = entry.label.as_ref().map(|label| format!("={label}"));
        let score = entry.score.map(|score| format!("#{score}"));
        let is_host = entry.prefix.prefix_len() == entry.prefix.max_prefix_len();
        let prefix = if is_host { entry.prefix.addr().to_string() } else { entry.prefix.to_string() };
        [Some(prefix), port, label, score].into_iter().flatten().collect::<String>()
    };
    list.entries.iter().map(text).collect()
}

#[track_caller]
fn check(cases: &[Case]) {
    for case in cases {
        let list = load(case.name, case.text.as_bytes(), &Limits::default());
        assert_eq!(
            (list.format, told(&list)),
            (case.format, case.entries.iter().map(|e| e.to_string()).collect()),
            "{}",
            case.name
        );
        assert_eq!(list.report.skipped_total(), case.unread, "{}: {:?}", case.name, list.report.skipped);
        let report = &list.report;
        let left_out = report.duplicates + report.private_or_special + report.public_dns + report.too_wide;
        assert_eq!(report.addresses, report.entries + left_out + report.entries_over_limit, "{}", case.name);
    }
}

const LINES: &[Case] = &[
    Case {
        name: "masks and short forms",
        text: "45.9.149.0/255.255.255.0\n45.9.150.0 255.255.255.0\n45.9.151.0/0.0.0.255\n45.9.152.*\n45.9.153.10-11\n45.9.154.0 - 45.9.154.255\n2a0e::-2a0e::f\n",
        format: Lines,
        entries: &[
            "45.9.149.0/24",
            "45.9.150.0/24",
            "45.9.151.0/24",
            "45.9.152.0/24",
            "45.9.153.10/31",
            "45.9.154.0/24",
            "2a0e::/124",
        ],
        unread: 0,
    },
    Case {
        name: "old line ends",
        text: "45.9.148.1\r45.9.148.2\r",
        format: Lines,
        entries: &["45.9.148.1", "45.9.148.2"],
        unread: 0,
    },
    Case {
        name: "remarks of any sign",
        text: "45.9.148.1 bad guy 10.4.2.1\n45.9.148.2 // x\n45.9.148.3 -- y 5.6.7.8\n45.9.148.4 # a, b, 1.2.3.4\n45.9.148.5; c\n",
        format: Lines,
        entries: &["45.9.148.1", "45.9.148.2", "45.9.148.3", "45.9.148.4=a, b, 1.2.3.4", "45.9.148.5=c"],
        unread: 0,
    },
    Case {
        name: "alienvault.generic",
        text: "45.9.148.7 # Malicious Host CN,Chengdu,30.6667,104.0667\n45.9.148.8 # Scanning Host US,,38.0,-97.0\n",
        format: Lines,
        entries: &["45.9.148.7=Malicious Host CN,Chengdu,30.6667,104.0667", "45.9.148.8=Scanning Host US,,38.0,-97.0"],
        unread: 0,
    },
    Case {
        name: "exceptions of a table",
        text: "45.9.148.1\n!45.9.148.2\n45.9.149.0/30\n!45.9.149.2\n",
        format: Lines,
        entries: &["45.9.148.1", "45.9.149.0/31", "45.9.149.3"],
        unread: 0,
    },
    Case {
        name: "items of YAML",
        text: "- 45.9.148.1\n- 45.9.149.0/24\n  - ip: 45.9.148.2\n",
        format: Lines,
        entries: &["45.9.148.1", "45.9.149.0/24", "45.9.148.2"],
        unread: 0,
    },
    Case {
        name: "PeerGuardian",
        text: "# p2p\nBad Guys, Inc:45.9.148.0-45.9.148.255\nUS: sub:45.9.149.2-45.9.149.3\n",
        format: Lines,
        entries: &["45.9.148.0/24=Bad Guys, Inc", "45.9.149.2/31=US: sub"],
        unread: 0,
    },
    Case {
        name: "ipfilter.dat",
        text: "045.009.148.000 - 045.009.148.255 , 000 , Bad Guys, Inc\n045.009.150.000 - 045.009.150.255 , 200 , let in\n",
        format: IpFilter,
        entries: &["45.9.148.0/24=Bad Guys, Inc"],
        unread: 0,
    },
    Case {
        name: "scores",
        text: "45.9.148.1\t10\n45.9.148.2\t9\n",
        format: LinesScored,
        entries: &["45.9.148.1#10", "45.9.148.2#9"],
        unread: 0,
    },
    Case {
        name: "DROP with numbers",
        text: "; Spamhaus DROP List 2024/02/27\n; Last-Modified: Mon, 26 Feb 2024 18:03:08 GMT\n45.9.148.0/24 ; SBL434604\n",
        format: SpamhausDrop,
        entries: &["45.9.148.0/24=SBL434604"],
        unread: 0,
    },
    Case {
        name: "an ipset of FireHOL",
        text: "#\n# dm_tor\n#\n# ipv4 hash:ip ipset\n#\n# Version : 1.2.3.4\n45.9.148.1\n",
        format: Firehol,
        entries: &["45.9.148.1"],
        unread: 0,
    },
    Case { name: "AS numbers", text: "AS64500\nAS64501 # x\n", format: Lines, entries: &[], unread: 0 },
    Case {
        name: "none of these is an address",
        text: "999.1.1.1\n1.2.3\n1.2.3.4.5\n1.2.3.4/33\n::g\n12345\n1.2.3.4/\n5.6.7.9/0\n",
        format: Lines,
        entries: &[],
        unread: 7,
    },
];

#[test]
fn lines() {
    check(LINES);
}

const CONFIGURATIONS: &[Case] = &[
    Case {
        name: "ipset save",
        text: "create bad hash:net family inet hashsize 1024 maxelem 65536 initval 0x1a2b\nadd bad 45.9.148.0/24\nadd bad 45.9.149.1 timeout 300\nadd bad 45.9.150.1,tcp:80\nadd bad 45.9.151.0-45.9.151.255\nadd bad 45.9.148.7 nomatch\nadd bad 45.9.153.1 comment \"x 1.2.3.4\"\n",
        format: Configuration,
        entries: &[
            "45.9.148.0/30",
            "45.9.148.4/31",
            "45.9.148.6",
            "45.9.148.8/29",
            "45.9.148.16/28",
            "45.9.148.32/27",
            "45.9.148.64/26",
            "45.9.148.128/25",
            "45.9.149.1",
            "45.9.150.1:80",
            "45.9.151.0/24",
            "45.9.153.1",
        ],
        unread: 0,
    },
    Case {
        name: "nginx",
        text: "# nginx\nlocation / {\n  deny 45.9.148.1;\n  deny 2a0e::/32;\n  allow 45.9.1.1;\n  allow all;\n}\n",
        format: Configuration,
        entries: &["45.9.148.1", "2a0e::/32"],
        unread: 0,
    },
    Case {
        name: "nginx geo",
        text: "45.9.148.1 1;\n45.9.149.0/24 1;\n",
        format: Lines,
        entries: &["45.9.148.1", "45.9.149.0/24"],
        unread: 0,
    },
    Case {
        name: "htaccess",
        text: "Order allow,deny\nDeny from 45.9.148.1\nRequire not ip 45.9.150.1\nRequire ip 45.9.151.1\nAllow from all\n",
        format: Configuration,
        entries: &["45.9.148.1", "45.9.150.1"],
        unread: 0,
    },
    Case {
        name: "iptables",
        text: "*filter\n:INPUT DROP [0:0]\n-A INPUT -s 45.9.148.1/32 -m comment --comment \"of 1.2.3.4\" -j DROP\n-A INPUT -s 45.9.1.1/32 -j ACCEPT\niptables -A INPUT -s 45.9.148.2 -d 0.0.0.0/0 -j DROP\nip route add blackhole 45.9.149.0/24 via 1.2.3.4\nufw deny from 45.9.151.1 to any\nCOMMIT\n",
        format: Configuration,
        entries: &["45.9.148.1", "45.9.148.2", "45.9.149.0/24", "45.9.151.1"],
        unread: 0,
    },
    Case {
        name: "a router",
        text: "access-list 100 remark of 1.2.3.4\naccess-list 100 deny ip 45.9.148.0 0.0.0.255 any\naccess-list 100 deny ip host 45.9.149.1 any\naccess-list 100 permit ip any any\n",
        format: Configuration,
        entries: &["45.9.148.0/24", "45.9.149.1"],
        unread: 0,
    },
    Case {
        name: "nft",
        text: "table inet filter {\n set bad {\n type ipv4_addr\n flags interval\n elements = { 45.9.148.1, 45.9.149.0/24 }\n }\n}\n",
        format: Configuration,
        entries: &["45.9.148.1", "45.9.149.0/24"],
        unread: 0,
    },
    Case {
        name: "rules",
        text: "alert tcp [45.9.148.1,45.9.148.2] any -> $HOME_NET any (msg:\"group 1\"; reference:url,1.2.3.4/x; sid:2500000; rev:6;)\n",
        format: Configuration,
        entries: &["45.9.148.1", "45.9.148.2"],
        unread: 0,
    },
    Case {
        name: "hosts",
        text: "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 evil.example.com\n0.0.0.0 ads.example.net # ad 1.2.3.4\n",
        format: Hosts,
        entries: &[],
        unread: 0,
    },
    Case {
        name: "quoted",
        text: "\"45.9.148.1\",\n\"45.9.148.2\",\n",
        format: Csv,
        entries: &["45.9.148.1", "45.9.148.2"],
        unread: 0,
    },
];

#[test]
fn configurations() {
    check(CONFIGURATIONS);
}

const ROWS: &[Case] = &[
    Case {
        name: "first and last",
        text: "start_ip,end_ip,country,reason\n45.9.148.0,45.9.148.255,NL,bad hosting\n45.9.149.2,45.9.149.3,NL,other\n",
        format: Csv,
        entries: &["45.9.148.0/24=bad hosting", "45.9.149.2/31=other"],
        unread: 0,
    },
    Case {
        name: "first and last without names",
        text: "45.9.148.0,45.9.148.255,NL,bad hosting\n45.9.149.2,45.9.149.3,NL,other one\n",
        format: Csv,
        entries: &["45.9.148.0/24=bad hosting", "45.9.149.2/31=other one"],
        unread: 0,
    },
    Case {
        name: "first and last as numbers",
        text: "ip_from,ip_to,country\n755602432,755602687,NL\n",
        format: Csv,
        entries: &["45.9.148.0/24"],
        unread: 0,
    },
    Case {
        name: "times that are called first and last",
        text: "ip,first,last\n45.9.148.1,1700000000,1700000001\n",
        format: Csv,
        entries: &["45.9.148.1"],
        unread: 0,
    },
    Case {
        name: "DShield",
        text: "#   DShield.org Recommended Block List\nStart\tEnd\tNetblock\tAttacks\tName\tCountry\temail\n45.9.148.0\t45.9.148.255\t24\t4172\tSOME-NET\tNL\ta@example.com\n",
        format: Csv,
        entries: &["45.9.148.0/24=SOME-NET"],
        unread: 0,
    },
    Case {
        name: "all in a line",
        text: "45.9.148.1,8.9.8.2,77.9.148.3\n",
        format: Csv,
        entries: &["45.9.148.1", "8.9.8.2", "77.9.148.3"],
        unread: 0,
    },
    Case {
        name: "a name that says more than it is",
        text: "#ip,ioc\n45.9.148.1,Possible Cobaltstrike C2 IP\n45.9.148.2,Possible Metasploit C2 IP\n",
        format: Csv,
        entries: &["45.9.148.1=Possible Cobaltstrike C2 IP", "45.9.148.2=Possible Metasploit C2 IP"],
        unread: 0,
    },
    Case {
        name: "URLhaus",
        text: "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n\"1\",\"2024-04-04 07:00:12\",\"http://45.9.148.1:55123/bin.sh\",\"online\",\"\",\"malware_download\",\"elf\",\"https://urlhaus.abuse.ch/url/1/\",\"x\"\n\"2\",\"2024-04-04 07:00:13\",\"http://evil.example.com/a\",\"offline\",\"\",\"malware_download\",\"exe\",\"https://urlhaus.abuse.ch/url/2/\",\"y\"\n",
        format: Csv,
        entries: &["45.9.148.1:55123=malware_download"],
        unread: 0,
    },
    Case {
        name: "iSIGHT",
        text: "reportId, title, sourceDomain, sourceIp, asn, cidr, domain, domainTimeOfLookup, networkIdentifier, ip, port, url, malwareFamily, actor\n01-1, Example, , , , 45.9.148.0/24, , , Related, , , , Ursnif,\n01-2, Example2, , , , , , , Related, 45.9.149.1, 80, , Ursnif,\n01-3, Example3, , , , , example.com, , Related, , , , Ursnif,\n",
        format: Csv,
        entries: &["45.9.148.0/24=Ursnif", "45.9.149.1~80=Ursnif"],
        unread: 0,
    },
    Case {
        name: "Proofpoint, domains",
        text: "domain, category, score, first_seen, last_seen, ports (|)\nexample.com, 1, 100, 2000-01-01, 2000-01-01, 80|443\n",
        format: Csv,
        entries: &[],
        unread: 0,
    },
    Case {
        name: "Zeek",
        text: "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n45.9.148.1\tIntel::ADDR\tsrc\tc2 server\n45.9.149.0/24\tIntel::SUBNET\tsrc\tsome net\n",
        format: Csv,
        entries: &["45.9.148.1=c2 server", "45.9.149.0/24=some net"],
        unread: 0,
    },
    Case {
        name: "CrowdSec",
        text: "id,source,ip,reason,action,country,as,events_count,expiration\n1,crowdsec,Ip:45.9.148.1,crowdsecurity/ssh-bf,ban,FR,123 X,6,3h\n",
        format: Csv,
        entries: &["45.9.148.1=crowdsecurity/ssh-bf"],
        unread: 0,
    },
    Case {
        name: "MaxMind",
        text: "network,geoname_id,is_anonymous_proxy\n45.9.148.0/24,2750405,1\n2a0e::/32,2750405,1\n",
        format: Csv,
        entries: &["45.9.148.0/24", "2a0e::/32"],
        unread: 0,
    },
    Case {
        name: "reputation.data",
        text: "45.9.148.7#4#3#Scanning Host;Malicious Host#CN#Chengdu#30.6,104.0#2;3\n",
        format: AlienVault,
        entries: &["45.9.148.7=Scanning Host;Malicious Host#4"],
        unread: 0,
    },
];

#[test]
fn rows() {
    check(ROWS);
}

const DOCUMENTS: &[Case] = &[
    Case {
        name: "OTX pulse",
        text: r#"{"name":"Op","description":"seen at 45.1.1.1","indicators":[{"indicator":"45.9.148.1","type":"IPv4"},{"indicator":"45.9.148.77","type":"IPv4","is_active":0},{"indicator":"CVE-2021-44228","type":"CVE"},{"indicator":"Global\\mutex","type":"Mutex"}],"references":["http://45.8.8.8/report"]}"#,
        format: Json,
        entries: &["45.9.148.1"],
        unread: 0,
    },
    Case {
        name: "versions are no addresses",
        text: r#"{"version":"1.2.3.4","versions":["1.2.3.5"],"items":[{"agent":"1.2.3.6","ip":"45.9.148.1"}]}"#,
        format: Json,
        entries: &["45.9.148.1"],
        unread: 0,
    },
    Case {
        name: "DROP in JSON",
        text: "{\"cidr\":\"45.9.148.0/24\",\"sblid\":\"SBL123\",\"rir\":\"ripencc\"}\n{\"type\":\"metadata\",\"timestamp\":1708990033,\"size\":12,\"records\":1,\"terms\":\"https://1.2.3.4/\"}\n",
        format: SpamhausDrop,
        entries: &["45.9.148.0/24=SBL123"],
        unread: 0,
    },
    Case {
        name: "decisions",
        text: r#"[{"type":"ban","scope":"Ip","value":"45.9.148.1","duration":"3h","scenario":"ssh-bf"},{"type":"ban","scope":"Ip","value":"45.9.148.6","duration":"-5m","scenario":"over"},{"type":"ban","scope":"Ip","value":"45.9.148.7","duration":"5m","scenario":"tried","simulated":true}]"#,
        format: CrowdSec,
        entries: &["45.9.148.1=ssh-bf"],
        unread: 0,
    },
    Case {
        name: "MISP",
        text: r#"{"Event":{"info":"Op","Attribute":[{"type":"url","value":"http://45.9.148.5/x","to_ids":true},{"type":"link","value":"http://45.9.148.6/x"},{"type":"comment","value":"1.2.3.4"},{"type":"ip-dst","value":"45.9.149.0/24","to_ids":true}]}}"#,
        format: MispEvent,
        entries: &["45.9.148.5:80=Op", "45.9.149.0/24=Op"],
        unread: 0,
    },
    Case {
        name: "TAXII",
        text: r#"{"more":false,"objects":[{"type":"indicator","id":"indicator--1","name":"C2","pattern":"[network-traffic:dst_ref.value ISSUBSET '45.9.150.0/24' AND network-traffic:dst_port = 8443]","pattern_type":"stix"},{"type":"indicator","id":"indicator--2","pattern":"[ipv4-addr:value = '45.9.148.2']","indicator_types":["benign"]}]}"#,
        format: Stix,
        entries: &["45.9.150.0/24:8443=C2"],
        unread: 0,
    },
    Case {
        name: "STIX, an object a line",
        text: "{\"type\":\"malware\",\"id\":\"malware--1\",\"name\":\"Bad\"}\n{\"type\":\"indicator\",\"id\":\"indicator--1\",\"pattern\":\"[ipv4-addr:value = '45.9.148.1']\"}\n",
        format: Stix,
        entries: &["45.9.148.1=Bad"],
        unread: 0,
    },
    Case {
        name: "observed",
        text: r#"{"type":"bundle","id":"bundle--2","objects":[{"type":"observed-data","id":"observed-data--1","objects":{"0":{"type":"ipv4-addr","value":"45.9.148.1"},"3":{"type":"file","name":"1.2.3.4"},"4":{"type":"user-account","value":"bob"}}}]}"#,
        format: Stix,
        entries: &["45.9.148.1"],
        unread: 0,
    },
    Case {
        name: "STIX 1",
        text: "<?xml version=\"1.0\"?>\n<s:X><AddressObject:Address_Value condition=\"Equals\">45.9.148.0/24##comma##45.9.149.1</AddressObject:Address_Value><i:Title>x 1.2.3.4</i:Title><x:Version>1.2.3.4</x:Version></s:X>",
        format: Xml,
        entries: &["45.9.148.0/24", "45.9.149.1"],
        unread: 0,
    },
];

#[test]
fn documents() {
    check(DOCUMENTS);
}

#[test]
fn tor_says_of_itself_what_it_is() {
    check(&[
        Case {
            name: "exit-addresses",
            text: "ExitNode 0020D24B\nPublished 2024-02-26 18:38:07\nLastStatus 2024-02-26 20:00:00\nExitAddress 45.9.148.1 2024-02-26 20:08:06\nExitNode 0011BD24\nPublished 2024-02-26 09:18:16\nLastStatus 2024-02-26 20:00:00\nExitAddress 45.9.148.2 2024-02-26 20:12:30\n",
            format: TorExits,
            entries: &["45.9.148.1", "45.9.148.2"],
            unread: 0,
        },
        Case {
            name: "consensus",
            text: "network-status-version 3\nvote-status consensus\nvalid-after 2024-02-26 20:00:00\nr one AAo QQ 2038-01-01 00:00:00 45.9.148.1 9001 0\ns Exit Fast Running\nv Tor 0.4.8.10\nr two AAp QR 2038-01-01 00:00:00 45.9.148.2 443 0\ns Fast Guard Running\n",
            format: TorConsensus,
            entries: &["45.9.148.1=exit", "45.9.148.2=relay"],
            unread: 0,
        },
        Case {
            name: "details.json",
            text: r#"{"relays_published":"2024-02-26 20:00:00","relays":[{"nickname":"a","or_addresses":["45.9.148.1:9001","[2a0e::1]:9001"],"flags":["Fast","Guard"],"version":"0.4.8.10"}]}"#,
            format: Json,
            entries: &["45.9.148.1:9001", "2a0e::1:9001"],
            unread: 0,
        },
    ]);
    for (name, text, topic) in [
        ("list.txt", "ExitAddress 45.9.148.1 2024-02-26 20:08:06\n", Topic::TorExit),
        ("list.txt", "network-status-version 3\nr one AAo QQ 2038-01-01 00:00:00 45.9.148.1 9001 0\n", Topic::TorRelay),
        ("tor-exit-nodes.lst", "45.9.148.1\n", Topic::TorExit),
        ("torbulkexitlist", "45.9.148.1\n", Topic::TorExit),
        ("tor-nodes.lst", "45.9.148.1\n", Topic::TorRelay),
        ("dm_tor.ipset", "45.9.148.1\n", Topic::Tor),
        ("torrent.txt", "45.9.148.1\n", Topic::Unknown),
        ("vpn.txt", "45.9.148.1\n", Topic::Vpn),
        ("socks_proxy.ipset", "45.9.148.1\n", Topic::Proxy),
    ] {
        let list = load(name, text.as_bytes(), &Limits::default());
        assert_eq!(list.topic, topic, "{name}");
        assert!(topic == Topic::Unknown || list.tier == Tier::Context, "{name}");
    }
}

#[test]
fn encodings() {
    let text = "45.9.148.1\r\n45.9.148.2\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for bytes in [
        text.as_bytes().to_vec(),
        marked(&[0xef, 0xbb, 0xbf], text.as_bytes()),
        marked(&[0xff, 0xfe], &little),
        marked(&[0xfe, 0xff], &big),
        little,
        big,
    ] {
        let list = load("list", &bytes, &Limits::default());
        assert_eq!(told(&list), ["45.9.148.1", "45.9.148.2"], "{bytes:02x?}");
    }
}

#[test]
fn times_of_making() {
    for (text, made) in [
        ("{\"asn\":932}\n{\"type\":\"metadata\",\"timestamp\":1708990033}\n", 1_708_990_033),
        (r#"{"meta":{"generatedAt":"2024-04-01T00:00:00+00:00"},"data":[{"ipAddress":"45.9.148.1"}]}"#, 1_711_929_600),
        ("LastStatus 2024-02-26 20:00:00\nExitAddress 45.9.148.1 2024-02-26 20:08:06\n", 1_708_977_600),
    ] {
        assert_eq!(load("list", text.as_bytes(), &Limits::default()).published, Some(made), "{text}");
    }
}
