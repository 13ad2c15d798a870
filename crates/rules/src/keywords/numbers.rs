//! Values that are about numbers of a transaction.

use crate::diagnostic::Problem;
use crate::draft::Outcome;
use crate::inspect::{NumberTest, Range, Which};
use crate::language::{Text, amount, digits, range_with};

/// A number, a range, a word for a number, or bits: `&0x40=0x40`, `&0x40!=0`.
pub(super) fn test(text: Text<'_>, max: u64, words: &[(&str, u64)]) -> Outcome<NumberTest> {
    if let Some((bits, value)) = text.strip("&").and_then(|text| text.split_once('=')) {
        return bits_test(bits, value);
    }
    Ok(range_with(text, max, &|text| word(text, words))?.into())
}

/// As [`test()`], but the ends of a range belong to it. It begins at 1 or above.
pub(super) fn inclusive(text: Text<'_>, max: u64) -> Outcome<NumberTest> {
    let (range, is_negated) = text.strip("!").map_or((text, false), |range| (range, true));
    let ends = match range.as_str().find("<>") {
        Some(place) => Some((range.part(0, place).trim(), range.from(place + 2).trim())),
        None => range.split_once('-').filter(|(first, _)| !first.is_empty()),
    };
    let Some((first, last)) = ends else { return test(text, max, &[]) };
    let (first, last) = (amount(first)?, amount(last)?);
    match 0 < first && first < last && last < max {
        true => Ok(Range { first, last, is_negated }.into()),
        false => Err(Problem::at(text, "no number is between these")),
    }
}

/// One word or number, and nothing is compared.
pub(super) fn one(text: Text<'_>, words: &[(&str, u64)], max: u64) -> Outcome<NumberTest> {
    let number = match words.iter().find(|(word, _)| text.is(word)) {
        Some((_, number)) => *number,
        None => digits(text, max)?,
    };
    Ok(Range { first: number, last: number, is_negated: false }.into())
}

fn bits_test(bits: Text<'_>, value: Text<'_>) -> Outcome<NumberTest> {
    let (bits, is_negated) = match bits.as_str().strip_suffix('!') {
        Some(rest) => (bits.part(0, rest.len()).trim(), true),
        None => (bits, false),
    };
    let (bits, value) = (amount(bits)?, amount(value)?);
    Ok(NumberTest { bits, ..Range { first: value, last: value, is_negated }.into() })
}

/// The number that a word stands for, or that it is.
pub(super) fn word(text: Text<'_>, words: &[(&str, u64)]) -> Outcome<u64> {
    match words.iter().find(|(word, _)| text.is(word)) {
        Some((_, number)) => Ok(*number),
        None => amount(text),
    }
}

/// Names of bits that must be set, or with `!` not set; or as [`test()`].
pub(super) fn flags(text: Text<'_>, names: &[(&str, u64)]) -> Outcome<NumberTest> {
    let is_name =
        |text: &str| text.trim_start_matches(['!', ' ']).starts_with(|first: char| first.is_ascii_alphabetic());
    if !is_name(text.as_str()) {
        return test(text, u8::MAX.into(), &[]);
    }
    let (mut set, mut unset) = (0, 0);
    for part in text.split(',') {
        let (name, bits) = part.strip("!").map_or((part, &mut set), |name| (name, &mut unset));
        let known = names.iter().find(|(known, _)| name.as_str() == *known);
        *bits |= known.ok_or_else(|| unknown_name(name, names))?.1;
    }
    match set & unset {
        0 => Ok(NumberTest::of_bits(set, unset)),
        _ => Err(Problem::at(text, "a flag cannot be set and not set")),
    }
}

fn unknown_name(name: Text<'_>, names: &[(&str, u64)]) -> Problem {
    let known = names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("`, `");
    Problem::at(name, format!("there is no flag `{}`", name.as_str())).hint(format!("flags are `{known}`"))
}

/// As [`test()`], and behind a comma which of several is meant: a place, `any` or `all`.
pub(super) fn item(text: Text<'_>, words: &[(&str, u64)], max: u64) -> Outcome<NumberTest> {
    let Some((value, which)) = text.split_once(',') else { return test(text, max, words) };
    let which = match which {
        _ if which.is("any") => Which::Any,
        _ if which.is("all") || which.is("all1") => Which::All,
        _ => Which::At(which.number()?),
    };
    Ok(NumberTest { which, ..test(value, max, words)? })
}

/// Words or numbers, one of which it must be; with `!` before them none.
pub(super) fn one_of(text: Text<'_>, words: &[(&str, u64)]) -> Outcome<NumberTest> {
    let (list, is_negated) = text.strip("!").map_or((text, false), |list| (list, true));
    let parts = list.split(',').flat_map(Text::words);
    let numbers = parts.map(|part| word(part, words)).collect::<Outcome<Vec<u64>>>()?;
    if numbers.is_empty() {
        return Err(Problem::at(text, "a word or a number is missing"));
    }
    let any_of = numbers.into_iter().map(|number| Range { first: number, last: number, is_negated: false }).collect();
    Ok(NumberTest { bits: u64::MAX, any_of, is_negated, which: Which::Any })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &[(&str, u64)] = &[("one", 1), ("two", 2), ("four", 4)];

    type Read = fn(Text<'_>, &[(&str, u64)]) -> Outcome<NumberTest>;

    #[track_caller]
    fn check(read: Read, text: &str, met: &[u64], unmet: &[u64]) {
        let test = read(Text::new(text), WORDS).expect(text);
        for (numbers, expected) in [(met, true), (unmet, false)] {
            for number in numbers {
                assert_eq!(test.holds([*number].into_iter()), expected, "{number} for {text}");
            }
        }
    }

    fn item_up_to_9(text: Text<'_>, words: &[(&str, u64)]) -> Outcome<NumberTest> {
        item(text, words, 9)
    }

    #[test]
    fn what_values_mean() {
        check(flags, "one,!two", &[1, 5], &[0, 2, 3]);
        check(flags, "!one, !two", &[0, 4], &[1, 2, 3]);
        check(flags, "&0x6=0x4", &[4, 5], &[0, 2, 6]);
        check(flags, "&0x6!=0x4", &[0, 2, 6], &[4, 5]);
        check(flags, ">3", &[4], &[3]);
        check(item_up_to_9, "two", &[2], &[1]);
        check(item_up_to_9, ">two,0", &[3], &[2]);
        check(item_up_to_9, "two,-1", &[2], &[1]);
        check(item_up_to_9, "two,1", &[], &[2]);
        check(one_of, "one, 3 four", &[1, 3, 4], &[2]);
        check(one_of, "!one,3", &[2, 4], &[1, 3]);
    }

    #[test]
    fn ranges_with_their_ends() {
        check(|text, _| inclusive(text, 9), "2<>4", &[2, 3, 4], &[1, 5]);
        check(|text, _| inclusive(text, 9), "!2-4", &[1, 5], &[2, 3, 4]);
        check(|text, _| inclusive(text, 9), ">2", &[3], &[2]);
        for text in ["4-2", "4-10", "2-2", "0-2"] {
            assert!(inclusive(Text::new(text), 9).is_err(), "{text}");
        }
    }

    #[test]
    fn one_word_or_number() {
        check(|text, words| one(text, words, 9), "two", &[2], &[1]);
        check(|text, words| one(text, words, 9), "7", &[7], &[1]);
        for text in ["!7", ">7", "0x7", "10", "three"] {
            assert!(one(Text::new(text), WORDS, 9).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_value() {
        assert!(flags(Text::new("three"), WORDS).is_err());
        assert!(flags(Text::new("one,!one"), WORDS).is_err());
        assert!(item_up_to_9(Text::new("one,first"), WORDS).is_err());
        assert!(one_of(Text::new(""), WORDS).is_err());
    }
}
