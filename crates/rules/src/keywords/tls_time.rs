//! When certificates are valid, and how far a handshake is.

use super::tls_dns::certificate;
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{NumberTest, Range, Which};
use crate::language::{Setting, Text, compared, comparison};
use applayer::{Field, tls};

/// `<2024`, `>2015-10-22T23:59:59`, `2014-05<>2015`, or a moment.
pub(super) fn moment(draft: &mut Draft<'_>, setting: Setting<'_>, field: Field) -> Outcome {
    let value = setting.needed()?;
    let range = match value.as_str().find("<>") {
        Some(place) => between(value, time(value.part(0, place).trim())?, time(value.from(place + 2).trim())?)?,
        None => {
            let (comparison, text) = comparison(value).unwrap_or((crate::inspect::Comparison::Equal, value));
            let range = compared(comparison, time(text)?, u64::MAX);
            range.ok_or_else(|| Problem::at(value, "no time is such"))?
        }
    };
    draft.push_number(certificate(field), range, setting)
}

fn between(value: Text<'_>, first: u64, last: u64) -> Outcome<Range> {
    match first < last {
        true => Ok(Range { first: first + 1, last: last - 1, is_negated: false }),
        false => Err(Problem::at(value, "no time is between these")),
    }
}

/// A date, and maybe a time of the day, as far as they are given: `2015`, `2015-10`, `2015-10-22T23:59`; in UTC.
fn time(text: Text<'_>) -> Outcome<u64> {
    let wrong = || Problem::at(text, "a time is a date such as `2015-10-22`, or `2015-10-22T23:59:59`");
    let (date, of_day) = match text.as_str().find(['T', 't', ' ']) {
        Some(place) => (text.part(0, place), Some(text.from(place + 1))),
        None => (text, None),
    };
    let [year, month, day] = parts(date, '-', 1).ok_or_else(wrong)?;
    let [hour, minute, second] = of_day.map_or(Some([0; 3]), |of_day| parts(of_day, ':', 0)).ok_or_else(wrong)?;
    let is_date = (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return Err(wrong());
    }
    let days = tls::days_since_1970(year, month, day);
    Ok(tls::moment(days * 86_400 + hour * 3_600 + minute * 60 + second))
}

/// Up to three numbers; those that are missing are the least ones.
fn parts(text: Text<'_>, separator: char, least: i64) -> Option<[i64; 3]> {
    let mut numbers = [least; 3];
    for (place, part) in text.split(separator).enumerate() {
        *numbers.get_mut(place)? = part.maybe_number().filter(|number| *number >= 0)?;
    }
    Some(numbers)
}

pub(super) fn valid(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    is_valid(draft, setting, 1)
}

pub(super) fn expired(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    is_valid(draft, setting, 2)
}

fn is_valid(draft: &mut Draft<'_>, setting: Setting<'_>, validity: u64) -> Outcome {
    setting.bare()?;
    let range = Range { first: validity, last: validity, is_negated: false };
    draft.push_number(certificate(Field::TlsCertValidity), range, setting)
}

/// `ssl_state:client_hello`, `!server_hello`, and several with `,` or `|` between them: one of them counts.
pub(super) fn state(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (mut bits, mut negated) = (0, false);
    for part in value.split(',').flat_map(|part| part.split('|')) {
        let (name, is_negated) = part.strip("!").map_or((part, false), |name| (name, true));
        let known = tls::STATES.iter().find(|(known, _)| name.as_str() == *known);
        bits |= known.ok_or_else(|| Problem::at(name, format!("`{}` is no state", name.as_str())))?.1;
        negated |= is_negated;
    }
    let is_set = Range { first: 1, last: u64::MAX, is_negated: false };
    let test = NumberTest { bits, any_of: vec![is_set], is_negated: negated, which: Which::Any };
    let origin = Origin::field(Field::TlsState, &["tls"]);
    // Keys are exchanged behind the hellos.
    const KEYS: u64 = 4 | 8;
    draft.push_number(if bits & KEYS == 0 { origin } else { origin.whole() }, test, setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let of = |text| time(Text::new(text)).ok();
        assert_eq!(of("1970"), Some(tls::moment(0)));
        assert_eq!(of("2015-10-22T23:59:59"), Some(tls::moment(1_445_558_399)));
        assert_eq!(of("2015-10"), Some(tls::moment(1_443_657_600)));
        assert_eq!(of("1960-01-01"), Some(tls::moment(-315_619_200)));
        for text in ["", "2015-13", "2015-1-1-1", "2015-01-01T24", "x", "-5"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
