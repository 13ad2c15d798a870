//! `pcre`.

use super::{Keyword, http, other};
use crate::detect::rule::Place;
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome, Slot};
use crate::inspect::{Check, Flags, Keeper, Regex};
use crate::language::{Setting, Text, maybe_unquoted};

pub(super) const KEYWORDS: &[Keyword] =
    &[other(&["pcre"], pcre, "an expression that must be found, or with `!` must not")];

/// Groups whose text is kept.
const CAPTURES_MAX: usize = 8;

fn pcre(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (value, is_negated) = maybe_unquoted(setting.needed()?)?;
    let (expression, letters, names) = split(value)?;
    let (mut flags, origin) = flags_of(letters)?;
    flags.negated = is_negated;
    let captures = captures(draft, expression, names)?;
    let regex = Regex::compile(expression.as_str().as_bytes(), flags, captures)
        .map_err(|what| Problem::at(expression, format!("PCRE2: {what}")))?;
    let check = Check::Regex(Box::new(regex));
    let Some(origin) = origin else {
        draft.push(check);
        return Ok(());
    };
    match draft.active {
        Slot::Payload => draft.push_into(origin, check, setting),
        Slot::List(place) if draft.lists.get(place).is_some_and(|list| is_same(list.origin, origin)) => {
            draft.push(check);
            Ok(())
        }
        Slot::List(_) => Err(Problem::at(letters, "a letter names another buffer than the sticky buffer before it")
            .hint("put `pkt_data` before it, or leave the letter out")),
    }
}

/// For Suricata the body of a response is what `file.data` shows of it.
fn is_same(one: Origin, other: Origin) -> bool {
    one == other || one.place == Some(Place::FileData) && other == http::RESPONSE_BODY
}

/// The expression, its flags, and what is said of its groups: `/expression/flags,flow:name`.
fn split(value: Text<'_>) -> Outcome<(Text<'_>, Text<'_>, Text<'_>)> {
    let wrong = || Problem::at(value, "an expression stands between two `/`: `\"/expression/flags\"`");
    let inside = if value.as_str().starts_with('/') { value.from(1) } else { return Err(wrong()) };
    let bytes = inside.as_str().as_bytes();
    let end = memchr::memrchr_iter(b'/', bytes).find(|place| !is_escaped(bytes, *place));
    let end = end.ok_or_else(wrong)?;
    let behind = inside.from(end + 1);
    let (letters, names) = match behind.split_once(',') {
        Some((letters, names)) => (letters, names),
        None => (behind, behind.from(behind.as_str().len())),
    };
    if end == 0 {
        return Err(Problem::at(value, "an empty expression"));
    }
    Ok((inside.part(0, end), letters, names))
}

/// Does an odd number of backslashes stand before the byte?
fn is_escaped(bytes: &[u8], place: usize) -> bool {
    let backslashes = bytes[..place].iter().rev().take_while(|byte| **byte == b'\\').count();
    !backslashes.is_multiple_of(2)
}

fn flags_of(letters: Text<'_>) -> Outcome<(Flags, Option<Origin>)> {
    let mut flags = Flags::default();
    let mut origin = None;
    for (place, letter) in letters.as_str().char_indices() {
        let here = letters.part(place, place + letter.len_utf8());
        if set_flag(&mut flags, letter) {
            continue;
        }
        let named = origin_of(letter).ok_or_else(|| Problem::at(here, format!("there is no flag `{letter}`")))?;
        if origin.is_some_and(|known| known != named) {
            return Err(Problem::at(here, "an expression looks into one buffer"));
        }
        origin = Some(named);
    }
    Ok((flags, origin))
}

fn set_flag(flags: &mut Flags, letter: char) -> bool {
    match letter {
        'i' => flags.caseless = true,
        's' => flags.dotall = true,
        'm' => flags.multi_line = true,
        'x' => flags.extended = true,
        'A' => flags.anchored = true,
        'E' => flags.dollar_is_end = true,
        'G' => flags.ungreedy = true,
        'R' => flags.relative = true,
        // Raw bytes are what is looked at, and the bounds are the same for all.
        'B' | 'O' => {}
        _ => return false,
    }
    true
}

/// The buffer that a letter names.
fn origin_of(letter: char) -> Option<Origin> {
    Some(match letter {
        'U' => http::HTTP_URI,
        'I' => http::HTTP_URI_RAW,
        'P' => http::REQUEST_BODY,
        'Q' => http::RESPONSE_BODY,
        'H' => http::HEADER,
        'D' => http::HEADER_RAW,
        'M' => http::METHOD,
        'C' => http::COOKIE,
        'S' => http::STAT_CODE,
        'Y' => http::STAT_MSG,
        'V' => http::USER_AGENT,
        'W' => http::HOST,
        'Z' => http::HOST_RAW,
        _ => return None,
    })
}

/// For each group from 1 on who keeps its text, under which name.
type Captures = Vec<Option<(Keeper, u32)>>;

/// Which groups' texts are kept, and what they are called: by the groups' own names, or by those behind the flags.
fn captures(draft: &mut Draft<'_>, expression: Text<'_>, names: Text<'_>) -> Outcome<Captures> {
    let mut captures = Vec::new();
    for name in names.split(',').filter(|name| !name.is_empty()) {
        let kept = name.split_once(':').and_then(|(kind, name)| Some((keeper_of(kind.as_str())?, name)));
        let Some((keeper, name)) = kept else {
            return Err(Problem::at(name, "a group's text is kept as `flow:name`, `pkt:name` or `alert:name`"));
        };
        captures.push(Some((keeper, draft.names.place(name.as_str()))));
    }
    if captures.is_empty() && expression.as_str().contains("(?P<") {
        captures = named_groups(draft, expression.as_str());
    }
    match captures.iter().flatten().count() > CAPTURES_MAX {
        true => Err(Problem::at(expression, format!("an expression keeps {CAPTURES_MAX} texts at most"))),
        false => Ok(captures),
    }
}

/// Who keeps a text, by the word in front of its name.
fn keeper_of(word: &str) -> Option<Keeper> {
    match word {
        "flow" => Some(Keeper::Flow),
        "pkt" => Some(Keeper::Packet),
        "alert" => Some(Keeper::Alert),
        _ => None,
    }
}

/// Groups that are called `flow_...`, `pkt_...` or `alert_...`.
fn named_groups(draft: &mut Draft<'_>, expression: &str) -> Captures {
    let mut captures = Vec::new();
    for group in groups(expression) {
        let kept = group.and_then(|name| name.split_once('_'));
        let kept = kept.and_then(|(word, name)| Some((keeper_of(word)?, name)));
        captures.push(kept.map(|(keeper, name)| (keeper, draft.names.place(name))));
    }
    if captures.iter().all(Option::is_none) { Vec::new() } else { captures }
}

/// The groups of an expression that capture, in order, with their names.
fn groups(expression: &str) -> Vec<Option<&str>> {
    let bytes = expression.as_bytes();
    let (mut groups, mut at, mut in_class) = (Vec::new(), 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class => groups.extend(group_at(&expression[at + 1..])),
            _ => {}
        }
        at += 1;
    }
    groups
}

/// A group whose text behind `(` begins so; `None` where it captures nothing.
fn group_at(text: &str) -> Option<Option<&str>> {
    let Some(special) = text.strip_prefix('?') else {
        return (!text.starts_with('*')).then_some(None);
    };
    let named = special.strip_prefix("P<").or_else(|| special.strip_prefix('<'))?;
    match named.starts_with(['=', '!']) {
        true => None,
        false => Some(named.split_once('>').map(|(name, _)| name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_expressions() {
        for (expression, expected) in [
            ("a(b)(?:c)(?P<flow_x>d)", vec![None, Some("flow_x")]),
            (r"\((?<!a)(?=b)[(](?<n>c)", vec![Some("n")]),
            ("(", vec![None]),
            ("(?é", vec![]),
        ] {
            assert_eq!(groups(expression), expected, "{expression}");
        }
    }

    #[test]
    fn parts_of_expressions() {
        let of =
            |text| split(Text::new(text)).ok().map(|(one, two, three)| (one.as_str(), two.as_str(), three.as_str()));
        assert_eq!(of(r"/a\/b/Ri,flow:x"), Some((r"a\/b", "Ri", "flow:x")));
        assert_eq!(of(r"/a\\/R"), Some((r"a\\", "R", "")));
        assert_eq!([of("a"), of("/a"), of("//"), of(r"/a\/")], [None; 4]);
    }
}
