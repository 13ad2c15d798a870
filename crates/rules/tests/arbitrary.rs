//! Whatever is read, reading ends without panic, and each rule is either kept or refused with a reason.

use proptest::prelude::*;
use rules::{Settings, Severity, read};

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

    #[test]
    fn any_header(words in "[a-z]{2,6} [a-z$!\\[\\],0-9./:-]{1,20} [a-z$!0-9:,]{1,8} (->|<>|=>) any any", options in "\\PC{0,30}") {
        read("header", format!("alert {words} ({options}sid:1;)").as_bytes(), &Settings::default());
    }
}
