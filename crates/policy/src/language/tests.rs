//! Policy files, and what is said of them.

use super::*;
use proptest::prelude::*;

/// The remarks on a text, one line each, as a person would read them.
fn remarks(text: &str) -> Vec<String> {
    Policy::parse(text).1.iter().map(|diagnostic| diagnostic.text("p")).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(remarks(text), expected, "{text}");
}

const EXAMPLE: &str = "# who is who\n\
    segment web     = 10.0.1.0/24, 10.0.2.0/24\n\
    segment payroll = tag app=payroll, account 123456789010  # two ways\n\
    segment storage = service S3, tag \"cost centre=a b\"\n\
    \n\
    allow internet -> web on tcp/443, tcp/8000-8100\n\
    allow web, private -> 10.0.9.0/24 on tcp/5432\n\
    allow web -> storage\n\
    allow any -> any on icmp, proto47, udp\n\
    deny any -> payroll on tcp/22\n";

#[test]
fn a_policy_is_read_and_written() {
    let (policy, diagnostics) = Policy::parse(EXAMPLE);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!((policy.segments.len(), policy.rules.len()), (3, 5));
    assert_eq!(policy.rules[0].ports, [Ports::one(6, 443), Ports { protocol: 6, first: 8000, last: 8100 }]);
    assert_eq!(policy.rules[1].from, [Party::Segment(0), Party::Private]);
    assert_eq!(policy.rules[3].ports, [Ports::all(1), Ports::all(47), Ports::all(17)]);
    assert_eq!(policy.segments[2].selectors[1], Selector::Tag("cost centre".into(), "a b".into()));
    assert_eq!((policy.rules[4].place.line, policy.rules[4].place.column), (10, 1));
    let (again, diagnostics) = Policy::parse(&policy.to_string());
    assert!(diagnostics.is_empty(), "{policy}\n{diagnostics:?}");
    assert_eq!(again, policy);
}

#[test]
fn faults_are_told_with_their_place() {
    check("permit a -> b", &["p:1:1: error: \"permit\" begins no statement: write segment, allow or deny"]);
    check("segment", &["p:1:8: error: the segment's name is missing"]);
    check("segment any = 10.0.0.0/8", &["p:1:9: error: \"any\" has a meaning of its own: choose another name"]);
    check("segment a 10.0.0.0/8", &["p:1:11: error: \"=\" is missing behind the segment's name"]);
    check(
        "segment a = 10.0.0.0/33\nallow any -> a",
        &[
            "p:1:13: error: 10.0.0.0/33: prefix length over 32: an IPv4 prefix is /0 to /32",
            "p:2:14: error: no segment is called \"a\"",
        ],
    );
    check("segment a =", &["p:1:12: error: something is missing here"]);
    check("allow any any", &["p:1:14: error: \"->\" is missing between client and server"]);
    check("allow any ->", &["p:1:13: error: something is missing here"]);
    check("allow any -> any on", &["p:1:20: error: something is missing here"]);
    check(
        "allow any -> any on tcp/70000",
        &["p:1:21: error: \"70000\" is no port: write a number from 0 to 65535, or a range such as 8000-8100"],
    );
    check("allow any -> any on tcp/9-8", &["p:1:21: error: the range 9-8 ends before it begins"]);
    check("allow any -> any on icmp/8", &["p:1:21: error: icmp has no ports: write \"icmp\" alone"]);
    check(
        "allow any -> any on quux/1",
        &["p:1:21: error: \"quux\" is no protocol: write tcp/443, udp/53, tcp/8000-8100, icmp or proto47"],
    );
    check(
        "segment dbs = 10.0.0.1\nallow any -> dbs, dsb",
        &["p:2:19: error: no segment is called \"dsb\": did you mean \"dbs\"?"],
    );
    check("allow any -> \"a", &["p:1:14: error: the quote is not closed"]);
    check(
        "segment a = tag x\nallow a -> any",
        &[
            "p:1:17: error: write a tag as key=value, in quotes if it has spaces",
            "p:2:7: error: no segment is called \"a\"",
        ],
    );
}

#[test]
fn contradictions_name_both_places() {
    check(
        "segment db = 10.0.9.0/24\ndeny any -> 10.0.0.0/8 on tcp\n allow 10.1.0.0/16 -> db on tcp/5432\n",
        &["p:3:2: error: this allow never holds: a deny covers all of it (see p:2:1)"],
    );
    check(
        "segment a = 10.0.0.1\nsegment a = 10.0.0.2\nallow a -> any\n",
        &["p:2:9: error: the segment \"a\" is defined twice (see p:1:9)"],
    );
    check(
        "allow any -> any on tcp\nallow private -> 10.0.0.1 on tcp/22\nallow any -> any on tcp\n",
        &[
            "p:2:1: warning: this rule adds nothing: another one covers all of it (see p:1:1)",
            "p:3:1: warning: this rule adds nothing: another one covers all of it (see p:1:1)",
        ],
    );
    check("segment a = 10.0.0.1\nallow any -> any\n", &["p:1:9: warning: no rule names the segment \"a\""]);
    // An exception is no contradiction.
    check("deny any -> 10.0.0.1 on tcp/22\nallow any -> 10.0.0.0/8 on tcp\n", &[]);
    check("deny internet -> 10.0.0.0/8\nallow any -> 10.0.0.0/8\n", &[]);
}

fn party() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("any"),
        Just("internet"),
        Just("private"),
        Just("\"a b\""),
        Just("web"),
        Just("10.1.0.0/16"),
        Just("2001:db8::/32")
    ]
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(rules in prop::collection::vec((any::<bool>(), party(), party(), 0u8..60, any::<u16>()), 0..12)) {
        let mut text = "segment web = 10.0.0.0/8, vpc \"vpc 1\"\nsegment \"a b\" = instance i-1\n".to_owned();
        for (is_allow, from, to, protocol, port) in rules {
            let service = if matches!(protocol, 6 | 17) { format!("proto{protocol}/{port}") } else { format!("proto{protocol}") };
            text += &format!("{} {from} -> {to} on {service}\n", if is_allow { "allow" } else { "deny" });
        }
        let (policy, _) = Policy::parse(&text);
        let (again, _) = Policy::parse(&policy.to_string());
        prop_assert_eq!(&again, &policy, "{}", policy);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "(segment|allow|deny|[ a-z\",=#./>-]|\n|10.0.0.0/8|->| on | tag ){0,40}") {
        let (policy, _) = Policy::parse(&text);
        let _ = (policy.to_string(), crate::Matcher::new(&policy));
    }
}
