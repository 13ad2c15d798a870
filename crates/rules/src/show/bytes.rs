//! What a rule says of one buffer, in words.

use crate::detect::Transform;
use crate::inspect::{
    Amount, Bounds, ByteJump, ByteMath, ByteTest, Check, Comparison, Content, NumberTest, Operation, Range, Reading,
    Regex, Source, Which,
};

/// Bytes of a pattern as rules write them.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    let mut is_hex = false;
    for byte in bytes {
        let is_plain = (byte.is_ascii_graphic() || *byte == b' ') && !matches!(byte, b'"' | b'|' | b';' | b'\\' | b':');
        match (is_hex, is_plain) {
            (false, false) => text.push('|'),
            (true, true) => text.push('|'),
            (true, false) => text.push(' '),
            (false, true) => {}
        }
        is_hex = !is_plain;
        match is_plain {
            true => text.push(char::from(*byte)),
            false => text.push_str(&format!("{byte:02x}")),
        }
    }
    if is_hex {
        text.push('|');
    }
    text.push('"');
    text
}

/// A range of numbers.
pub(super) fn range(range: Range) -> String {
    let not = if range.is_negated { "not " } else { "" };
    match (range.first, range.last) {
        (first, last) if first == last => format!("{not}{first}"),
        (0, last) => format!("{not}{last} or less"),
        (first, u64::MAX) => format!("{not}{first} or more"),
        (first, last) => format!("{not}from {first} to {last}"),
    }
}

/// What a number of a transaction must be.
pub(super) fn number(test: &NumberTest) -> String {
    let ranges = test.any_of.iter().map(|of| range(*of)).collect::<Vec<_>>().join(" or ");
    let not = if test.is_negated { "not " } else { "" };
    let of_bits = if test.bits == u64::MAX { String::new() } else { format!(", of the bits {:#x},", test.bits) };
    let which = match test.which {
        Which::Any => String::new(),
        Which::All => ", each of them,".to_owned(),
        Which::At(place) => format!(", at place {place},"),
    };
    format!("is{which}{of_bits} {not}{ranges}")
}

fn bounds(bounds: Bounds) -> String {
    match bounds {
        Bounds::Less(bound) => format!("below {bound}"),
        Bounds::LessOrEqual(bound) => format!("of {bound} or less"),
        Bounds::Greater(bound) => format!("above {bound}"),
        Bounds::GreaterOrEqual(bound) => format!("of {bound} or more"),
        Bounds::Equal(bound) => format!("of {bound}"),
        Bounds::NotEqual(bound) => format!("other than {bound}"),
        Bounds::Between(low, high) => format!("between {low} and {high}"),
    }
}

fn amount(amount: Amount) -> String {
    match amount {
        Amount::Fixed(number) => number.to_string(),
        Amount::Variable(place) => format!("variable {}", place + 1),
    }
}

/// One check.
pub(super) fn check(check: &Check) -> String {
    match check {
        Check::Content(one) => content(one),
        Check::Regex(one) => regex(one),
        Check::IsDataAt { at, is_relative, is_negated } => {
            let not = if *is_negated { "no " } else { "" };
            format!("has {not}byte {} {}", amount(*at), from(*is_relative))
        }
        Check::Size(size) => format!("has {} bytes", range(*size)),
        Check::ByteTest(one) => byte_test(one),
        Check::ByteJump(one) => byte_jump(one),
        Check::ByteExtract(one) => format!("{} becomes variable {}", reading(&one.reading), one.variable + 1),
        Check::ByteMath(one) => byte_math(one),
        Check::Base64(one) => {
            let bytes = one.bytes.map_or("all bytes".to_owned(), |bytes| format!("{bytes} bytes"));
            format!("decodes Base64: {bytes} from byte {} {}", one.offset, from(one.is_relative))
        }
        Check::Entropy(one) => {
            let bytes = one.bytes.map_or("all bytes".to_owned(), |bytes| format!("{bytes} bytes"));
            format!("has, in {bytes} from byte {} on, an entropy {}", one.offset, bounds(one.bounds))
        }
        Check::InSet { is_negated: false, .. } => "is in a set of data".to_owned(),
        Check::InSet { is_negated: true, .. } => "is not in a set of data".to_owned(),
        Check::Constant(true) => "anything".to_owned(),
        Check::Constant(false) => "something that Fathom does not see".to_owned(),
    }
}

fn from(is_relative: bool) -> &'static str {
    if is_relative { "behind the last find" } else { "from the begin" }
}

fn content(content: &Content) -> String {
    let mut text = if content.is_negated { "does not contain " } else { "contains " }.to_owned();
    text.push_str(&quoted(content.pattern()));
    if content.is_nocase {
        text.push_str(" in any case");
    }
    let bounds = [
        (content.offset, "from byte {} on"),
        (content.depth.filter(|_| content.offset.is_some()), "within {} bytes from there"),
        (content.depth.filter(|_| content.offset.is_none()), "within the first {} bytes"),
        (content.distance, "{} bytes or more behind the last find"),
        (content.within, "within {} bytes behind the last find"),
    ];
    for (bound, words) in bounds {
        if let Some(bound) = bound {
            text.push_str(", ");
            text.push_str(&words.replace("{}", &amount(bound)));
        }
    }
    if content.is_at_end {
        text.push_str(", at the end");
    }
    if content.is_fast_pattern {
        text.push_str("; the rule is found by it");
    }
    text
}

fn regex(regex: &Regex) -> String {
    let flags = regex.flags();
    let letters = [
        (flags.caseless, 'i'),
        (flags.multi_line, 'm'),
        (flags.dotall, 's'),
        (flags.extended, 'x'),
        (flags.anchored, 'A'),
        (flags.dollar_is_end, 'E'),
        (flags.ungreedy, 'G'),
    ];
    let letters: String = letters.iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| letter).collect();
    let verb = if flags.negated { "does not match" } else { "matches" };
    let place = if flags.relative { " behind the last find" } else { "" };
    format!("{verb} /{}/{letters}{place}", regex.text())
}

fn reading(reading: &Reading) -> String {
    let how = match reading.source {
        Source::BigEndian => String::new(),
        Source::LittleEndian => ", lowest first,".to_owned(),
        Source::Digits(base) => format!(", digits of base {base},"),
    };
    let mask = reading.mask.map_or(String::new(), |mask| format!(" under the mask {mask:#x}"));
    let times = if reading.multiplier > 1 { format!(" times {}", reading.multiplier) } else { String::new() };
    let (bytes, offset) = (amount(reading.bytes), amount(reading.offset));
    format!("the number of {bytes} bytes{how} at byte {offset} {}{mask}{times}", from(reading.is_relative))
}

fn byte_test(test: &ByteTest) -> String {
    let sign = match test.comparison {
        Comparison::Less => "below",
        Comparison::LessOrEqual => "at most",
        Comparison::Greater => "above",
        Comparison::GreaterOrEqual => "at least",
        Comparison::Equal => "equal to",
        Comparison::And => "sharing a bit with",
        Comparison::Or => "differing from",
    };
    let is = if test.is_negated { "is not" } else { "is" };
    format!("{} {is} {sign} {}", reading(&test.reading), amount(test.value))
}

fn byte_jump(jump: &ByteJump) -> String {
    let base = match (jump.is_from_beginning, jump.is_from_end) {
        (true, _) => "from the begin",
        (_, true) => "from the end",
        _ => "from behind it",
    };
    let post = match jump.post_offset {
        Amount::Fixed(0) => String::new(),
        post => format!(", then {} more", amount(post)),
    };
    let aligned = if jump.is_aligned { ", rounded up to four," } else { "" };
    format!("goes on {base} by {}{aligned}{post}", reading(&jump.reading))
}

fn byte_math(math: &ByteMath) -> String {
    let sign = match math.operation {
        Operation::Add => "plus",
        Operation::Subtract => "minus",
        Operation::Multiply => "times",
        Operation::Divide => "divided by",
        Operation::ShiftLeft => "shifted left by",
        Operation::ShiftRight => "shifted right by",
    };
    format!("{} {sign} {} becomes variable {}", reading(&math.reading), amount(math.value), math.variable + 1)
}

/// What is done to a buffer first.
pub(super) fn transform(transform: &Transform) -> String {
    match transform {
        Transform::DotPrefix => "a dot in front".to_owned(),
        Transform::StripWhitespace => "without white space".to_owned(),
        Transform::CompressWhitespace => "with one blank for several".to_owned(),
        Transform::ToLowercase => "in lower case".to_owned(),
        Transform::ToUppercase => "in upper case".to_owned(),
        Transform::HeaderLowercase => "names of fields in lower case".to_owned(),
        Transform::StripPseudoHeaders => "without pseudo headers".to_owned(),
        Transform::ToMd5 => "its MD5".to_owned(),
        Transform::ToSha1 => "its SHA-1".to_owned(),
        Transform::ToSha256 => "its SHA-256".to_owned(),
        Transform::UrlDecode => "URL decoded".to_owned(),
        Transform::Xor(key) => format!("exclusive-or {}", quoted(key)),
        Transform::Group(regex) => format!("what the group of /{}/ finds", regex.text()),
        Transform::FromBase64 { .. } => "Base64 decoded".to_owned(),
        Transform::Decompress { bytes_max, .. } => format!("decompressed, {bytes_max} bytes at most"),
        Transform::LastLabels(count) => format!("its last {count} labels"),
    }
}
