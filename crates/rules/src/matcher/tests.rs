use super::*;
use proptest::prelude::*;

fn matcher(patterns: &[(&[u8], u32)]) -> Option<Matcher> {
    Matcher::new(patterns.iter().map(|(pattern, rule)| (Needle::of(pattern), *rule)).collect(), 256)
}

fn search(matcher: &Matcher, bytes: &[u8], scratch: &mut Scratch, rules: &mut Vec<u32>) {
    scratch.fold(bytes);
    matcher.search(bytes.len(), scratch, rules);
}

fn found(patterns: &[(&[u8], u32)], bytes: &[u8]) -> Vec<u32> {
    let mut rules = Vec::new();
    if let Some(matcher) = matcher(patterns) {
        search(&matcher, bytes, &mut Scratch::default(), &mut rules);
    }
    rules.sort_unstable();
    rules
}

#[test]
fn patterns_inside_each_other_in_any_case() {
    let patterns: &[(&[u8], u32)] = &[(b"Evil", 1), (b"vil", 2), (b"EVIL", 3), (b"good", 4), (b"\x00\xff", 5)];
    assert_eq!(found(patterns, b"an eViL\x00\xff thing"), [1, 2, 3, 5]);
    assert_eq!(found(patterns, b""), [] as [u32; 0]);
    assert_eq!(found(&[], b"evil"), [] as [u32; 0]);
}

#[test]
fn a_long_pattern_is_found_by_a_part() {
    let long = b"eeeeeeeeeeeeeeeeeeeeeeeeeeeeq#zx~_7|k@w!      ";
    assert_eq!(found(&[(long, 9)], long), [9]);
}

#[test]
fn a_scratch_is_used_again() {
    let matcher = matcher(&[(b"ab", 7)]).expect("patterns");
    let (mut scratch, mut rules) = (Scratch { search: u32::MAX - 1, ..Scratch::default() }, Vec::new());
    (0..4).for_each(|_| search(&matcher, b"xxabab", &mut scratch, &mut rules));
    assert_eq!(rules, [7, 7, 7, 7]);
    assert_eq!(matcher.longest(), 2);
}

proptest! {
    #[test]
    fn as_a_search_one_by_one(
        patterns in proptest::collection::vec("[abAB]{1,9}", 1..40),
        bytes in "[abABc]{0,300}",
    ) {
        let rows: Vec<(&[u8], u32)> = patterns.iter().zip(0..).map(|(pattern, rule)| (pattern.as_bytes(), rule)).collect();
        let is_in = |pattern: &[u8]| {
            bytes.as_bytes().windows(pattern.len()).any(|part| part.eq_ignore_ascii_case(pattern))
        };
        let expected: Vec<u32> = rows.iter().filter(|(pattern, _)| is_in(pattern)).map(|(_, rule)| *rule).collect();
        prop_assert_eq!(found(&rows, bytes.as_bytes()), expected);
    }
}
