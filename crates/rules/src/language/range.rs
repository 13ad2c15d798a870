//! Numbers and how they are compared: `5`, `!5`, `<5`, `>=5`, `1-5`, `1<>5`.

use super::Text;
use crate::diagnostic::Problem;
use crate::inspect::{Comparison, Range};

/// The numbers that a value means. Between two numbers neither of them counts.
pub(crate) fn range_of(text: Text<'_>, max: u64) -> Result<Range, Problem> {
    range_with(text, max, &|text: Text<'_>| text.number())
}

/// As [`range_of`]; `number` reads what stands for a number.
pub(crate) fn range_with(
    text: Text<'_>,
    max: u64,
    number: &dyn Fn(Text<'_>) -> Result<u64, Problem>,
) -> Result<Range, Problem> {
    if let Some((first, last)) = between(text) {
        return between_numbers(text, number(first)?, number(last)?);
    }
    if let Some(negated) = text.strip("!=").or_else(|| text.strip("!")) {
        let range = range_with(negated, max, number)?;
        return Ok(Range { is_negated: !range.is_negated, ..range });
    }
    let (comparison, value) = comparison(text).unwrap_or((Comparison::Equal, text));
    let value = number(value)?;
    if value > max {
        return Err(Problem::at(text, format!("the number can be {max} at most")));
    }
    compared(comparison, value, max).ok_or_else(|| Problem::at(text, "no number is such"))
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

fn between_numbers(text: Text<'_>, first: u64, last: u64) -> Result<Range, Problem> {
    match (first.checked_add(1), last.checked_sub(1)) {
        (Some(first), Some(last)) if first <= last => Ok(Range { first, last, is_negated: false }),
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
