//! `content`, its modifiers, and what else is said of bytes.

use super::http::{HTTP_URI, HTTP_URI_RAW};
use super::{Keyword, Meaning, other};
use crate::detect::rule::{Condition, Place};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome, Slot};
use crate::inspect::{Amount, Asn1, Base64Decode, Bounds, Check, Content, Entropy};
use crate::language::{Setting, Text, content_bytes, range_of, unquoted};

/// What `base64_decode` decoded.
const DECODED: Origin = Origin::at(Place::Decoded, &[]);

/// Bounds of places in bytes.
const PLACE_MAX: i64 = 1 << 20;
const OFFSET_MAX: i64 = u16::MAX as i64;

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["content"], content, "bytes that must be there, or with `!` must not"),
    other(&["uricontent"], uri_content, "as `content`, in the normalized URI"),
    other(&["nocase"], nocase, "the content before it is found in any case"),
    other(&["offset"], offset, "the content before it begins at this byte or behind"),
    other(&["depth"], depth, "the content before it lies in so many bytes from its offset on"),
    other(&["distance"], distance, "the content before it begins so many bytes behind the last find"),
    other(&["within"], within, "the content before it lies in so many bytes behind the last find"),
    other(&["startswith"], starts_with, "the content before it is at the buffer's begin"),
    other(&["endswith"], ends_with, "the content before it is at the buffer's end"),
    other(&["fast_pattern"], fast_pattern, "the rule is found by the content before it"),
    other(&["rawbytes"], raw_bytes, "the content before it looks at bytes as they were sent"),
    other(&["replace"], replace, "puts other bytes in the place of the content before it"),
    other(&["isdataat"], is_data_at, "there are so many bytes, or with `!` there are not"),
    other(&["bsize"], buffer_size, "the length of the buffer"),
    other(&["dsize"], payload_size, "the length of the packet's payload"),
    other(&["urilen"], uri_length, "the length of the URI"),
    other(&["absent"], absent, "the buffer is missing"),
    other(&["pkt_data"], payload_again, "the options behind it look into the payload again"),
    other(&["base64_decode"], base64_decode, "decodes Base64 for `base64_data`"),
    other(&["base64_data"], base64_data, "the options behind it look into what `base64_decode` decoded"),
    other(&["asn1"], asn1, "checks of ASN.1"),
    other(&["entropy"], entropy, "bits that a byte of the buffer says, from 0 to 8"),
    Keyword {
        names: &["luaxform", "lua"],
        doc: "a script decides",
        meaning: Meaning::Refused("Fathom runs no Lua scripts"),
    },
];

fn content_of(setting: Setting<'_>) -> Outcome<Content> {
    let (text, is_negated) = unquoted(setting.needed()?)?;
    let mut content = Content::new(&content_bytes(text)?, false);
    content.is_negated = is_negated;
    Ok(content)
}

fn content(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    draft.push(Check::Content(content_of(setting)?));
    Ok(())
}

fn uri_content(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    if draft.active != Slot::Payload {
        return Err(Problem::at(setting.name, "`uricontent` cannot stand behind a sticky buffer"));
    }
    content(draft, setting)?;
    draft.move_content(HTTP_URI, setting)
}

fn nocase(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    let content = draft.content(setting)?;
    if content.is_nocase {
        return Err(twice(setting));
    }
    *content = content.in_any_case();
    Ok(())
}

fn twice(setting: Setting<'_>) -> Problem {
    Problem::at(setting.name, format!("`{}` stands twice at the same content", setting.name.as_str()))
}

/// Places from the buffer's begin and places from the last find exclude each other.
fn check_absolute(content: &Content, setting: Setting<'_>) -> Outcome {
    match content.distance.is_some() || content.within.is_some() {
        true => Err(Problem::at(
            setting.name,
            format!("`{}` does not go with `distance` or `within`", setting.name.as_str()),
        )
        .hint("one counts from the begin, the other from the last find")),
        false => Ok(()),
    }
}

fn check_relative(content: &Content, setting: Setting<'_>) -> Outcome {
    match content.offset.is_some() || content.depth.is_some() {
        true => Err(Problem::at(
            setting.name,
            format!("`{}` does not go with `offset`, `depth` or `startswith`", setting.name.as_str()),
        )
        .hint("one counts from the last find, the others from the begin")),
        false => Ok(()),
    }
}

fn check_room(amount: Amount, content: &Content, value: Text<'_>) -> Outcome {
    let length = content.pattern().len();
    match amount {
        Amount::Fixed(room) if room < length as i64 => {
            Err(Problem::at(value, format!("the content has {length} bytes and can never lie in {room}")))
        }
        _ => Ok(()),
    }
}

fn check_start(draft: &Draft<'_>, setting: Setting<'_>) -> Outcome {
    match draft.at_start.is_some() && draft.at_start == draft.last_content {
        true => Err(Problem::at(setting.name, format!("`{}` does not go with `startswith`", setting.name.as_str()))),
        false => Ok(()),
    }
}

fn offset(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let amount = draft.amount(setting.needed()?, 0, OFFSET_MAX)?;
    check_start(draft, setting)?;
    let content = draft.content(setting)?;
    check_absolute(content, setting)?;
    if content.offset.is_some() {
        return Err(twice(setting));
    }
    content.offset = Some(amount);
    Ok(())
}

fn depth(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let amount = draft.amount(value, 0, OFFSET_MAX)?;
    check_start(draft, setting)?;
    let content = draft.content(setting)?;
    check_absolute(content, setting)?;
    if content.depth.is_some() {
        return Err(twice(setting));
    }
    check_room(amount, content, value)?;
    content.depth = Some(amount);
    Ok(())
}

fn distance(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let amount = draft.amount(setting.needed()?, -PLACE_MAX, PLACE_MAX)?;
    let content = draft.content(setting)?;
    check_relative(content, setting)?;
    if content.distance.is_some() {
        return Err(twice(setting));
    }
    content.distance = Some(amount);
    Ok(())
}

fn within(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let amount = draft.amount(value, -PLACE_MAX, PLACE_MAX)?;
    let content = draft.content(setting)?;
    check_relative(content, setting)?;
    if content.within.is_some() {
        return Err(twice(setting));
    }
    check_room(amount, content, value)?;
    content.within = Some(amount);
    Ok(())
}

fn starts_with(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    let content = draft.content(setting)?;
    check_absolute(content, setting)?;
    if content.offset.is_some() || content.depth.is_some() {
        return Err(Problem::at(setting.name, "`startswith` does not go with `offset` or `depth`"));
    }
    content.depth = Some(Amount::Fixed(content.pattern().len() as i64));
    draft.at_start = draft.last_content;
    Ok(())
}

fn ends_with(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    let content = draft.content(setting)?;
    if content.is_at_end {
        return Err(twice(setting));
    }
    content.is_at_end = true;
    Ok(())
}

/// `fast_pattern`, `fast_pattern:only`, `fast_pattern:offset,length`.
fn fast_pattern(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let has_one = draft.has_fast_pattern;
    let content = draft.content(setting)?;
    if has_one {
        return Err(Problem::at(setting.name, "a rule has one `fast_pattern`"));
    }
    match setting.value.filter(|value| !value.is_empty()) {
        None => {}
        Some(value) if value.is("only") => {
            let is_bound = content.offset.is_some() || content.depth.is_some() || content.distance.is_some();
            if content.is_negated || is_bound || content.within.is_some() {
                return Err(Problem::at(value, "`fast_pattern:only` stands at a content that may be anywhere"));
            }
        }
        Some(value) => check_chop(value, content.pattern().len())?,
    }
    if content.is_negated && (content.offset.is_some() || content.depth.is_some() || content.distance.is_some()) {
        return Err(Problem::at(setting.name, "no rule can be found by a negated content that is bound to a place"));
    }
    content.is_fast_pattern = true;
    draft.has_fast_pattern = true;
    Ok(())
}

fn check_chop(value: Text<'_>, length: usize) -> Outcome {
    let Some((offset, count)) = value.split_once(',') else {
        return Err(Problem::at(value, "`fast_pattern` takes nothing, `only` or `offset,length`"));
    };
    let (offset, count): (usize, usize) = (offset.number()?, count.number()?);
    match count > 0 && offset.saturating_add(count) <= length {
        true => Ok(()),
        false => Err(Problem::at(value, format!("the content has only {length} bytes"))),
    }
}

fn raw_bytes(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    if draft.active != Slot::Payload {
        return Err(Problem::at(setting.name, "`rawbytes` does not go with a sticky buffer"));
    }
    draft.content(setting).map(|_| ())
}

fn is_data_at(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut parts = setting.needed()?.split(',');
    let first = parts.next().unwrap_or(setting.name);
    let (text, is_negated) = match first.strip("!") {
        Some(text) => (text, true),
        None => (first, false),
    };
    let at = draft.amount(text, 0, OFFSET_MAX)?;
    let mut is_relative = false;
    for part in parts {
        match part.as_str() {
            "relative" => is_relative = true,
            "rawbytes" => {}
            _ => return Err(Problem::at(part, "`isdataat` knows `relative` and `rawbytes`")),
        }
    }
    draft.push(Check::IsDataAt { at, is_relative, is_negated });
    Ok(())
}

fn buffer_size(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let range = range_of(setting.needed()?, u64::MAX)?;
    draft.active_list(setting)?.checks.push(Check::Size(range));
    Ok(())
}

fn payload_size(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let range = range_of(setting.needed()?, u16::MAX.into())?;
    let is_twice = draft.conditions.iter().any(|condition| matches!(condition, Condition::PayloadBytes(_)));
    if is_twice {
        return Err(Problem::at(setting.name, "a rule has one `dsize`"));
    }
    draft.push_packet(Condition::PayloadBytes(range));
    Ok(())
}

/// `urilen:5<>10,raw`
fn uri_length(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (range, origin) = match value.split_once(',') {
        None => (value, HTTP_URI),
        Some((range, word)) if word.is("norm") => (range, HTTP_URI),
        Some((range, word)) if word.is("raw") => (range, HTTP_URI_RAW),
        Some((_, word)) => return Err(Problem::at(word, "`urilen` knows `norm` and `raw`")),
    };
    let range = range_of(range, u16::MAX.into())?;
    draft.push_into(origin, Check::Size(range), setting)
}

fn absent(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let or_else = match setting.value.filter(|value| !value.is_empty()) {
        None => false,
        Some(value) if value.is("or_else") => true,
        Some(value) => return Err(Problem::at(value, "`absent` takes nothing or `or_else`")),
    };
    let list = draft.active_list(setting)?;
    if !list.checks.is_empty() {
        return Err(Problem::at(setting.name, "`absent` stands before what else is said of its buffer"));
    }
    list.absent = Some(or_else);
    Ok(())
}

fn payload_again(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    draft.stick_to_payload()
}

/// `base64_decode:bytes 12, offset 1, relative`
fn base64_decode(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut decode = Base64Decode { bytes: None, offset: 0, is_relative: false };
    for part in setting.value.into_iter().filter(|value| !value.is_empty()).flat_map(|value| value.split(',')) {
        match super::arguments::pair(part) {
            ("relative", _) => decode.is_relative = true,
            ("bytes", value) => decode.bytes = Some(usize::from(value.number::<u16>()?)),
            ("offset", value) => decode.offset = usize::from(value.number::<u16>()?),
            _ => return Err(Problem::at(part, "`base64_decode` knows `bytes`, `offset` and `relative`")),
        }
    }
    draft.push(Check::Base64(decode));
    Ok(())
}

/// `entropy:bytes 100, offset 10, value >= 7.5`
fn entropy(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (mut offset, mut bytes, mut bounds) = (0, None, None);
    for part in setting.needed()?.split(',') {
        match super::arguments::pair(part) {
            ("offset", value) => offset = usize::from(value.number::<u16>()?),
            ("bytes", value) => bytes = Some(usize::from(value.number::<u16>()?)).filter(|bytes| *bytes > 0),
            ("value", value) => bounds = Some(bounds_of(value)?),
            _ => return Err(Problem::at(part, "`entropy` knows `bytes`, `offset` and `value`")),
        }
    }
    let missing = || Problem::at(setting.name, "`entropy` needs a `value`").hint("such as `value >= 7.5`");
    draft.push(Check::Entropy(Entropy { offset, bytes, bounds: bounds.ok_or_else(missing)? }));
    Ok(())
}

fn bounds_of(text: Text<'_>) -> Outcome<Bounds> {
    if let Some((low, high)) = text.as_str().split_once("<>") {
        return match (low.trim().parse::<f64>(), high.trim().parse::<f64>()) {
            (Ok(low), Ok(high)) if low < high => Ok(Bounds::Between(low, high)),
            _ => Err(Problem::at(text, "a range is `low<>high`")),
        };
    }
    // The longer signs first: `<=` begins as `<` does.
    type Make = fn(f64) -> Bounds;
    const SIGNS: [(&str, Make); 7] = [
        ("<=", Bounds::LessOrEqual),
        (">=", Bounds::GreaterOrEqual),
        ("!=", Bounds::NotEqual),
        ("<", Bounds::Less),
        (">", Bounds::Greater),
        ("=", Bounds::Equal),
        ("", Bounds::Equal),
    ];
    let found = SIGNS.iter().find_map(|(sign, make)| text.strip(sign).map(|rest| (rest, make)));
    let (number, make) = found.unwrap_or((text, &SIGNS[6].1));
    match number.as_str().trim().parse::<f64>() {
        Ok(number) if (0.0..=8.0).contains(&number) => Ok(make(number)),
        _ => Err(Problem::at(number, "the entropy of bytes is from 0 to 8")),
    }
}

/// Suricata too only alerts where it does not stand between the hosts.
fn replace(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (text, _) = unquoted(setting.needed()?)?;
    let length = content_bytes(text)?.len();
    if draft.content(setting)?.pattern().len() != length {
        return Err(Problem::at(setting.name, "`replace` has as many bytes as the content before it"));
    }
    draft.warn(setting.name, "Fathom changes no packets; the rule only alerts");
    Ok(())
}

/// `asn1:bitstring_overflow, double_overflow, oversize_length 10, absolute_offset 0`
fn asn1(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut asn1 = Asn1::default();
    for part in setting.needed()?.split(',') {
        match super::arguments::pair(part) {
            ("bitstring_overflow", value) if value.is_empty() => asn1.bit_string_overflow = true,
            ("double_overflow", value) if value.is_empty() => asn1.double_overflow = true,
            ("oversize_length", value) => asn1.oversize_length = Some(value.number()?),
            ("absolute_offset", value) => asn1.offset = value.number::<u32>()?.into(),
            ("relative_offset", value) => {
                (asn1.offset, asn1.is_relative) = (value.number::<i32>()?.into(), true);
            }
            _ => return Err(Problem::at(part, format!("`asn1` does not know `{}`", part.as_str()))),
        }
    }
    draft.push(Check::Asn1(asn1));
    Ok(())
}

fn base64_data(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    let is_decode = |check: &Check| matches!(check, Check::Base64(_));
    let has_decoded =
        draft.payload.iter().any(is_decode) || draft.lists.iter().any(|list| list.checks.iter().any(is_decode));
    if !has_decoded {
        return Err(Problem::at(setting.name, "`base64_data` stands behind `base64_decode`"));
    }
    draft.stick_to(DECODED, setting)
}
