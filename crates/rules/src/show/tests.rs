use super::*;
use crate::{Settings, read};

#[track_caller]
fn explained(rule: &str, expected: &str) {
    let reading = read("test.rules", rule.as_bytes(), &Settings::default());
    let [rule] = &reading.rules[..] else { panic!("{:?}", reading.diagnostics) };
    assert_eq!(explain(rule, &reading.names), expected);
}

#[test]
fn a_rule_of_transactions_in_words() {
    explained(
        "alert http $HOME_NET any -> $EXTERNAL_NET [80,8000:8080] (msg:\"A tool\"; flow:established,to_server; flowbits:isset,a|b; \
         http.uri; content:\"/x|00 ff|y\"; nocase; pcre:\"/z$/R\"; bsize:<20; http.host; dotprefix; content:\".b.c\"; endswith; \
         flowbits:set,d; threshold:type limit, track by_src, count 1, seconds 60; priority:2; sid:7; rev:3;)",
        "1:7:3 \"A tool\"\n\
         severity 2.\n\
         Action alert on any protocol that speaks http or http2, from 10.0.0.0-10.255.255.255, \
         172.16.0.0-172.31.255.255, 192.168.0.0-192.168.255.255 to any address but 10.0.0.0-10.255.255.255, 172.16.0.0-172.31.255.255, \
         192.168.0.0-192.168.255.255 port 80, 8000-8080.\n\
         Looked at: transaction by transaction, as the client sends.\n\
         Of the packet or its flow:\n  - both sides have been heard\n  - sent by the client\n\
         Of what was remembered:\n  - the flow has the bit a or b\n\
         http.uri:\n  - contains \"/x|00 ff|y\" in any case\n  - matches /z$/ behind the last find\n  - has 19 or less bytes\n\
         http.host, a dot in front:\n  - contains \".b.c\", at the end\n\
         Then:\n  - the flow gets the bit d\n  - of the matches of one source in 60 s the first 1 are told\n",
    );
}

#[test]
fn a_rule_of_packets_in_words() {
    explained(
        "drop tcp any any <> 192.0.2.1 25 (flags:S,CE; dsize:>4; content:!\"a\"; depth:3; \
         byte_test:2,>,10,0,little; ttl:<5; noalert; sid:8;)",
        "1:8:0 \"\"\n\
         severity 3.\n\
         Action drop on TCP, between any address and 192.0.2.1 port 25.\n\
         Looked at: packet by packet.\n\
         Of the packet or its flow:\n  - exactly these of the TCP flags S; EC do not count\n\
         \x20 - the payload has from 5 to 65535 bytes\n  - the time to live is 4 or less\n\
         The payload:\n  - does not contain \"a\", within the first 3 bytes\n\
         \x20 - the number of 2 bytes, lowest first, at byte 0 from the begin is above 10\n\
         Then:\n  - nothing is told\n",
    );
}

#[test]
fn mistakes_are_shown_in_their_lines() {
    let text = b"# x\nalert tcp any any -> any any (msg:\"a\"; contnet:\"b\"; sid:12;)\n\
        alert tcp any any -> any any (content:\"ab\"; sid:13;)\n";
    let report = check(&[("a.rules", text)], &Settings::default());
    let expected = "error: there is no keyword `contnet` [sid 12]\n \
        --> a.rules:2:40\n  |\n\
        2 | alert tcp any any -> any any (msg:\"a\"; contnet:\"b\"; sid:12;)\n  \
        |                                        ^^^^^^^\n  \
        = help: is `content` meant?\n\n";
    assert_eq!(&report.text[..expected.len()], expected);
    assert!(report.text.contains("warning: the longest content has 2 bytes"), "{}", report.text);
    assert!(report.text.ends_with("1 rules stand, 1 are refused, 0 are left out; 1 warnings\n"), "{}", report.text);
    assert_eq!((report.rules, report.refused, report.warnings), (1, 1, 1));
}

/// Files that are no rules cost little, and little is said of them.
#[test]
fn garbage_is_refused_in_few_words() {
    let report = check(&[("one line", &vec![0xff; 4 << 20]), ("zeros", &[0; 1 << 20])], &Settings::default());
    assert_eq!((report.rules, report.refused), (0, 2));
    assert!(report.text.len() < 2_000, "{}", report.text);
    let lines = b"alert\n".repeat(20_000);
    let report = check(&[("lines", &lines)], &Settings::default());
    assert_eq!((report.rules, report.refused), (0, 20_000));
    assert!(report.text.ends_with("10000 more remarks are not shown\n"));
}

#[test]
fn every_keyword_has_its_row() {
    let table = keyword_table();
    assert_eq!(table.lines().count(), crate::keywords::all().count() + 2);
    assert!(table.contains("| `http.uri` | buffer | http, http2, doh2 |"), "{table}");
    assert!(table.contains("| `lua"), "{table}");
}
