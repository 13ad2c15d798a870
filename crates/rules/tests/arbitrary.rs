//! Whatever is read, reading ends without panic, and each rule is either kept or refused with a reason.

use proptest::prelude::*;
use rules::{Settings, Severity, check, explain, read};

/// Rules that stand, to be damaged.
const RULES: &[&str] = &[
    r#"alert http $HOME_NET any -> $EXTERNAL_NET [80,!8080,9000:9010] (msg:"A \"b\""; flow:established,to_server; http.uri; content:"/a|0d 0a|b"; fast_pattern; nocase; pcre:"/x[0-9]{1,3}\/y/Ri"; http.host; dotprefix; content:".c.example"; endswith; threshold:type limit, track by_src, count 1, seconds 60; reference:url,example.com; classtype:trojan-activity; metadata:created_at 2020_01_01, a b; sid:1; rev:2;)"#,
    r#"drop tcp [10.0.0.0/8,!10.1.0.0/16,2001:db8::/32] 1024: <> !$HOME_NET any (flags:S,12; content:"ab"; depth:10; content:!"c"; distance:-1; within:5; byte_extract:2,0,n,relative,little; byte_test:4,>=,n,2,string,hex; byte_jump:1,0,relative,post_offset -1; isdataat:!n,relative; flowbits:isset,x|y; xbits:set,z,track ip_src,expire 9; sid:2;)"#,
    r#"alert dns any any => any any (dns.query; to_sha256; xor:"0a0b"; content:"|aa|"; dns.rrtype:!A; flowint:n,+,1; requires:version >= 7 < 9, keyword sid; base64_decode:bytes 4, relative; base64_data; content:"x"; tag:host,3,seconds,src; sid:3;)"#,
];

/// Pieces of rules, so that not all of the text is refused at once.
fn piece() -> impl Strategy<Value = String> {
    let names: Vec<&'static str> =
        rules::KEYWORDS.iter().copied().flatten().flat_map(|keyword| keyword.names).copied().collect();
    let values = prop_oneof![
        Just(String::new()),
        "[0-9]{1,6}",
        "[<>=!&^+*-]{0,2}[0-9a-z]{1,4}(,[a-z_0-9 <>=!-]{1,12}){0,4}",
        r#"!?"[a-z|0-9 \\;:/()\[\]?*+.]{0,12}""#,
        "\\PC{0,12}",
    ];
    (proptest::sample::select(names), values).prop_map(|(name, value)| match value.is_empty() {
        true => format!("{name}; "),
        false => format!("{name}:{value}; "),
    })
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read("any", &bytes, &Settings::default());
    }

    #[test]
    fn any_pieces(pieces in proptest::collection::vec(piece(), 0..8)) {
        let rule = format!("alert ip any any -> any any (content:\"a\"; {} sid:1;)", pieces.concat());
        let reading = read("pieces", rule.as_bytes(), &Settings::default());
        let refused = reading.diagnostics.iter().any(|said| said.severity == Severity::Error || said.what.contains("left out"));
        prop_assert!(reading.rules.len() == 1 || refused, "{rule}");
    }

    /// Rules with a few bytes changed: read, explained and checked, each mistake inside of the file.
    #[test]
    fn damaged_rules(
        rule in 0..RULES.len(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8), 0..4),
    ) {
        let mut bytes = RULES[rule].as_bytes().to_vec();
        for (place, byte, how) in damage {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => bytes.truncate(place.max(1)),
            }
        }
        let reading = read("damaged", &bytes, &Settings::default());
        for rule in &reading.rules {
            prop_assert!(explain(rule, &reading.names).contains(&rule.about.sid.to_string()));
        }
        for said in &reading.diagnostics {
            prop_assert!(said.column as usize + said.length as usize <= bytes.len() + 1, "{said}");
        }
        prop_assert!(!check(&[("damaged", &bytes)], &Settings::default()).text.is_empty());
    }

    #[test]
    fn any_header(words in "[a-z]{2,6} [a-z$!\\[\\],0-9./:-]{1,20} [a-z$!0-9:,]{1,8} (->|<>|=>) any any", options in "\\PC{0,30}") {
        read("header", format!("alert {words} ({options}sid:1;)").as_bytes(), &Settings::default());
    }
}
