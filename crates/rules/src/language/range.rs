//! Numbers and how they are compared: `5`, `!5`, `<5`, `>=5`, `1-5`, `1<>5`.

use super::Text;
use crate::diagnostic::Problem;
use crate::inspect::{Comparison, Range};

/// The numbers that a value means. Between two numbers neither of them counts.
pub(crate) fn range_of(text: Text<'_>, max: u64) -> Result<Range, Problem> {
    range_with(text, max, &amount)
}

/// As [`range_of`]; `number` reads what stands for a number.
pub(crate) fn range_with(
    text: Text<'_>,
    max: u64,
    number: &dyn Fn(Text<'_>) -> Result<u64, Problem>,
) -> Result<Range, Problem> {
    if let Some((first, last)) = between(text) {
        return between_numbers(text, number(first)?, number(last)?, max);
    }
    if let Some(value) = text.strip("!=") {
        return exactly(number(value)?, max, value).map(|range| Range { is_negated: true, ..range });
    }
    if let Some(negated) = text.strip("!") {
        let range = match between(negated) {
            Some((first, last)) => between_numbers(negated, number(first)?, number(last)?, max)?,
            None => exactly(number(negated)?, max, negated)?,
        };
        return Ok(Range { is_negated: true, ..range });
    }
    let sign = comparison(text).filter(|_| !text.as_str().starts_with("=="));
    let (comparison, value) = sign.unwrap_or((Comparison::Equal, text));
    let value = number(value)?;
    if value > max {
        return Err(Problem::at(text, format!("the number can be {max} at most")));
    }
    match compared(comparison, value, max) {
        None => Err(Problem::at(text, "no number is such")),
        Some(Range { first: 0, last, .. }) if last == max => Err(Problem::at(text, "every number is such")),
        Some(range) => Ok(range),
    }
}

fn exactly(number: u64, max: u64, text: Text<'_>) -> Result<Range, Problem> {
    match number <= max {
        true => Ok(Range { first: number, last: number, is_negated: false }),
        false => Err(Problem::at(text, format!("the number can be {max} at most"))),
    }
}

/// A number as rules write amounts: digits, digits of base 16 behind `0x`, or digits and a unit such as `kb`.
pub(crate) fn amount(text: Text<'_>) -> Result<u64, Problem> {
    let wrong = || Problem::at(text, format!("`{}` is no number that can stand here", text.as_str()));
    if let Some(digits) = text.as_str().strip_prefix("0x") {
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return u64::from_str_radix(digits, 16).ok().filter(|_| is_plain).ok_or_else(wrong);
    }
    let end = text.as_str().find(|character: char| !character.is_ascii_digit()).unwrap_or(text.as_str().len());
    let shift = match text.from(end).as_str().to_ascii_lowercase().as_str() {
        "" => 0,
        "kb" | "kib" => 10,
        "mb" | "mib" => 20,
        "gb" | "gib" => 30,
        _ => return Err(wrong()),
    };
    let number = text.part(0, end).as_str().parse::<u64>().ok();
    number.and_then(|number| number.checked_mul(1 << shift)).ok_or_else(wrong)
}

/// A number of digits, up to `max`, and nothing else.
pub(crate) fn digits(text: Text<'_>, max: u64) -> Result<u64, Problem> {
    let is_plain = text.as_str().bytes().all(|byte| byte.is_ascii_digit());
    let number = text.as_str().parse::<u64>().ok().filter(|number| is_plain && *number <= max);
    number.ok_or_else(|| Problem::at(text, format!("this is a number from 0 to {max}")))
}

/// What two numbers with `<>` or `-` between them stand for.
fn between(text: Text<'_>) -> Option<(Text<'_>, Text<'_>)> {
    let is_start = |text: &str| text.starts_with(|character: char| character.is_ascii_alphanumeric());
    if !is_start(text.as_str()) {
        return None;
    }
    let (place, length) = match text.as_str().find("<>") {
        Some(place) => (place, 2),
        None => (text.as_str().find('-')?, 1),
    };
    Some((text.part(0, place).trim(), text.from(place + length).trim()))
}

fn between_numbers(text: Text<'_>, first: u64, last: u64, max: u64) -> Result<Range, Problem> {
    match (first.checked_add(1), last.checked_sub(1)) {
        (Some(first), Some(end)) if first <= end && last <= max => Ok(Range { first, last: end, is_negated: false }),
        _ => Err(Problem::at(text, "no number is between these")),
    }
}

/// A comparison at the beginning, and what is behind it.
pub(crate) fn comparison(text: Text<'_>) -> Option<(Comparison, Text<'_>)> {
    let signs = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("==", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
        ("&", Comparison::And),
        ("^", Comparison::Or),
    ];
    signs.into_iter().find_map(|(sign, comparison)| Some((comparison, text.strip(sign)?)))
}

/// The numbers up to `max` that compare so with a value; `None` where there are none, or it is about bits.
pub(crate) fn compared(comparison: Comparison, value: u64, max: u64) -> Option<Range> {
    let (first, last) = match comparison {
        Comparison::Less => (0, value.checked_sub(1)?),
        Comparison::LessOrEqual => (0, value),
        Comparison::Greater => (value.checked_add(1).filter(|first| *first <= max)?, max),
        Comparison::GreaterOrEqual => (value, max),
        Comparison::Equal => (value, value),
        Comparison::And | Comparison::Or => return None,
    };
    Some(Range { first, last, is_negated: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (text, expected) in [("1kb", Some(1024)), ("2MB", Some(2 << 20)), ("3gib", Some(3 << 30)), ("1k", None)] {
            assert_eq!(amount(Text::new(text)).ok(), expected, "{text}");
        }
    }

    #[test]
    fn ranges() {
        let range = |first, last| Some(Range { first, last, is_negated: false });
        for (text, expected) in [
            ("5", range(5, 5)),
            ("= 5", range(5, 5)),
            ("<5", range(0, 4)),
            (">=5", range(5, 100)),
            ("> 5", range(6, 100)),
            ("1-5", range(2, 4)),
            ("1<>5", range(2, 4)),
            ("0x10", range(16, 16)),
            ("!5", Some(Range { first: 5, last: 5, is_negated: true })),
            ("!1-5", Some(Range { first: 2, last: 4, is_negated: true })),
            ("<=99", range(0, 99)),
            ("<=100", None),
            (">=0", None),
            ("1-101", None),
            ("!>5", None),
            ("!!5", None),
            ("==5", None),
            ("+5", None),
            ("0X10", None),
            ("\"5\"", None),
            ("1-2", None),
            ("<0", None),
            (">100", None),
            ("101", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(range_of(Text::new(text), 100).ok(), expected, "{text}");
        }
    }
}
