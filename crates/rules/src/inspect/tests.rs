use super::*;

fn content(pattern: &str) -> Content {
    Content::new(pattern.as_bytes(), false)
}

fn at_end(pattern: &str) -> Check {
    let mut it = content(pattern);
    it.is_at_end = true;
    Check::Content(it)
}

fn absent(pattern: &str) -> Check {
    let mut it = content(pattern);
    it.is_negated = true;
    Check::Content(it)
}

fn fixed(number: i64) -> Option<Amount> {
    Some(Amount::Fixed(number))
}

#[track_caller]
fn check(checks: Vec<Check>, bytes: &str, expected: bool) {
    assert_eq!(fulfils(&checks, Buffer::from(bytes.as_bytes()), &mut State::default()), expected, "{bytes}");
}

#[test]
fn relative_contents_try_the_finds_before_them_again() {
    let pair = || {
        let mut second = content("b");
        (second.distance, second.within) = (fixed(0), fixed(1));
        vec![Check::Content(content("a")), Check::Content(second)]
    };
    check(pair(), "a a ab", true);
    check(pair(), "a a a b", false);
}

#[test]
fn places() {
    let at = |offset, depth| {
        let mut it = content("abc");
        (it.offset, it.depth) = (offset, depth);
        vec![Check::Content(it)]
    };
    check(at(None, fixed(3)), "abc", true);
    check(at(None, fixed(3)), "xabc", false);
    check(at(fixed(1), fixed(3)), "xabc", true);
    check(at(fixed(2), None), "xabc", false);
    check(at(fixed(9), None), "xabc", false);
    check(vec![at_end("bc")], "bc abc", true);
    check(vec![at_end("bc")], "bcd", false);
    check(vec![Check::Content(Content::new(b"AbC", true))], "xaBcx", true);
    check(vec![absent("abc")], "xaBcx", true);
    check(vec![absent("abc")], "abc", false);
}

#[test]
fn expressions_bounded_and_relative() {
    let regex = |pattern: &str, flags| {
        Check::Regex(Box::new(Regex::compile(pattern.as_bytes(), flags, vec![]).expect("regex")))
    };
    let relative = Flags { relative: true, ..Flags::default() };
    check(vec![Check::Content(content("a")), regex(r"^\d", relative)], "ax a1", true);
    check(vec![Check::Content(content("a")), regex(r"^\d", relative)], "ax 1", false);
    check(vec![regex("abc$", Flags { dollar_is_end: true, ..Flags::default() })], "abc\n", false);
    check(vec![regex("B", Flags { negated: true, caseless: true, ..Flags::default() })], "abc", false);
    // Catastrophic: without bounds this takes longer than the universe.
    check(vec![regex("(a+)+b(c)?(?<=x)", Flags::default())], &"a".repeat(2000), false);
}

#[test]
fn numbers() {
    let reading = Reading {
        bytes: Amount::Fixed(2),
        offset: Amount::Fixed(0),
        is_relative: true,
        source: Source::BigEndian,
        mask: None,
        multiplier: 1,
    };
    let test = |value, comparison| {
        Check::ByteTest(ByteTest { reading, comparison, value: Amount::Fixed(value), is_negated: false })
    };
    check(vec![Check::Content(content("x")), test(0x3132, Comparison::Equal)], "x12", true);
    check(vec![Check::Content(content("x")), test(0x3132, Comparison::Less)], "x12", false);
    check(vec![Check::Content(content("x")), test(0, Comparison::GreaterOrEqual)], "x1", false);
    let digits = Reading { source: Source::Digits(10), ..reading };
    let extract = Check::ByteExtract(ByteExtract { reading: digits, variable: 0, align: 1 });
    let mut second = content("z");
    (second.distance, second.within) = (Some(Amount::Variable(0)), fixed(1));
    check(vec![Check::Content(content("x")), extract, Check::Content(second)], "x03abcz", true);
    let jump = Check::ByteJump(ByteJump {
        reading: digits,
        is_aligned: false,
        is_from_beginning: false,
        is_from_end: false,
        post_offset: Amount::Fixed(-1),
    });
    let at = |at| Check::IsDataAt { at: Amount::Fixed(at), is_relative: true, is_negated: false };
    check(vec![Check::Content(content("x")), jump, at(1)], "x03abc", true);
}

#[test]
fn base64() {
    assert_eq!(encoded::decoded(b"aGVs\r\nbG8=garbage"), b"hello");
    assert_eq!(encoded::decoded(b"!"), b"");
}
