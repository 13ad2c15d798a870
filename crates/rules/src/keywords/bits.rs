//! Bits and numbers of flows and hosts.

use super::{Keyword, other};
use crate::detect::Track;
use crate::detect::rule::{HostAction, Operand, ValueStep};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Outcome};
use crate::inspect::Comparison;
use crate::language::{Setting, Text, comparison};

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["flowbits"], flow_bits, "bits of a flow, which other rules ask for"),
    other(&["flowint"], flow_number, "numbers of a flow"),
    other(&["xbits"], pair_bits, "bits of hosts and of pairs of hosts, for some time"),
    other(&["hostbits"], host_bits, "bits of hosts, for some time"),
];

/// Seconds that a bit of `xbits` and `hostbits` stays where the rule does not say.
const XBITS_SECONDS: u32 = 30;
const HOSTBITS_SECONDS: u32 = 300;

fn flow_bits(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    if value.is("noalert") {
        draft.is_silent = true;
        return Ok(());
    }
    let Some((action, names)) = value.split_once(',') else {
        return Err(Problem::at(value, "this is an action and a name: `set,name`"));
    };
    let names = bit_names(draft, names)?;
    let step = match (action.as_str(), &names[..]) {
        ("isset", _) => ValueStep::IsSet(names),
        ("isnotset", _) => ValueStep::IsNotSet(names),
        ("set", [bit]) => ValueStep::Set(*bit),
        ("unset", [bit]) => ValueStep::Unset(*bit),
        ("toggle", [bit]) => ValueStep::Toggle(*bit),
        ("set" | "unset" | "toggle", _) => return Err(Problem::at(value, "only one bit can be changed at a time")),
        _ => {
            return Err(Problem::at(action, "an action is `set`, `unset`, `toggle`, `isset`, `isnotset` or `noalert`"));
        }
    };
    draft.values.push(step);
    Ok(())
}

/// Names with `|` between them.
fn bit_names(draft: &mut Draft<'_>, names: Text<'_>) -> Outcome<Vec<u32>> {
    names.split('|').map(|name| Ok(draft.names.place(name_of(name)?.as_str()))).collect()
}

fn name_of(name: Text<'_>) -> Outcome<Text<'_>> {
    match name.is_empty() || name.as_str().contains(char::is_whitespace) {
        true => Err(Problem::at(name, "a name has no blanks and at least one letter")),
        false => Ok(name),
    }
}

/// `flowint:name,+,1`
fn flow_number(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let wrong = || Problem::at(value, "this is a name, what is done, and with what: `name,+,1`");
    let (name, rest) = value.split_once(',').ok_or_else(wrong)?;
    let name = draft.names.place(number_name(name)?.as_str());
    let step = match rest.split_once(',') {
        None if rest.is("isset") => ValueStep::HasNumber(name, true),
        None if rest.is("notset") || rest.is("isnotset") => ValueStep::HasNumber(name, false),
        None => return Err(wrong()),
        Some((sign, number)) => {
            let operand = match number.maybe_number() {
                Some(number) => Operand::Fixed(number),
                None => Operand::Named(draft.names.place(number_name(number)?.as_str())),
            };
            number_step(name, sign, operand)?
        }
    };
    draft.values.push(step);
    Ok(())
}

/// A letter, and one or more letters, digits, `_` or `.` behind it.
fn number_name(name: Text<'_>) -> Outcome<Text<'_>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_./".contains(&byte);
    match name.as_str().as_bytes() {
        [first, _, ..] if first.is_ascii_alphabetic() && name.as_str().bytes().all(is_part) => Ok(name),
        _ => Err(Problem::at(name, "the name of a number is a letter and more letters, digits, `_` or `.`")),
    }
}

fn number_step(name: u32, sign: Text<'_>, operand: Operand) -> Outcome<ValueStep> {
    match sign.as_str() {
        "=" => return Ok(ValueStep::Assign(name, operand)),
        "+" => return Ok(ValueStep::Add(name, operand)),
        "-" => return Ok(ValueStep::Subtract(name, operand)),
        // The comparison by which two numbers of a flow differ.
        "!=" => return Ok(ValueStep::Compare(name, Comparison::Or, operand)),
        _ => {}
    }
    match comparison(sign) {
        Some((Comparison::And | Comparison::Or, _)) | None => {
            Err(Problem::at(sign, "this is one of `=`, `+`, `-`, `<`, `<=`, `>`, `>=`, `==`, `!=`"))
        }
        Some((comparison, _)) => Ok(ValueStep::Compare(name, comparison, operand)),
    }
}

fn action_of(text: Text<'_>) -> Outcome<HostAction> {
    match text.as_str() {
        "set" => Ok(HostAction::Set),
        "unset" => Ok(HostAction::Unset),
        "toggle" => Ok(HostAction::Toggle),
        "isset" => Ok(HostAction::IsSet),
        "isnotset" => Ok(HostAction::IsNotSet),
        _ => Err(Problem::at(text, "an action is `set`, `unset`, `toggle`, `isset` or `isnotset`")),
    }
}

/// `xbits:set,name,track ip_src,expire 10`
fn pair_bits(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    if value.is("noalert") {
        draft.is_silent = true;
        return Ok(());
    }
    let mut parts = value.split(',');
    let action = action_of(parts.next().unwrap_or(value))?;
    let name = name_of(parts.next().ok_or_else(|| Problem::at(value, "the bit has no name"))?)?;
    let (mut track, mut seconds) = (None, XBITS_SECONDS);
    for part in parts {
        match super::arguments::pair(part) {
            ("track", whom) => track = Some(track_of(whom)?),
            ("expire", text) => {
                seconds = text
                    .number::<u32>()
                    .ok()
                    .filter(|seconds| *seconds > 0)
                    .ok_or_else(|| Problem::at(text, "`expire` is a number of seconds"))?
            }
            _ => return Err(Problem::at(part, "`xbits` knows `track` and `expire`")),
        }
    }
    match track.ok_or_else(|| Problem::at(value, "`track` is missing"))? {
        Some(track) => push_host_bit(draft, name, action, track, seconds),
        None if !matches!(action, HostAction::Set | HostAction::IsSet) => {
            return Err(Problem::at(value, "bits of a transaction are set and asked for, no more"));
        }
        // A transaction's bits go with it.
        None => {
            let bit = draft.names.place(name.as_str());
            draft.values.push(ValueStep::Transaction { bit, action });
        }
    }
    Ok(())
}

/// Whose bits they are; none for the transaction's.
fn track_of(text: Text<'_>) -> Outcome<Option<Track>> {
    match text.as_str() {
        "ip_src" => Ok(Some(Track::Source)),
        "ip_dst" => Ok(Some(Track::Destination)),
        "ip_pair" => Ok(Some(Track::Both)),
        "tx" => Ok(None),
        _ => Err(Problem::at(text, "`track` is `ip_src`, `ip_dst`, `ip_pair` or `tx`")),
    }
}

fn push_host_bit(draft: &mut Draft<'_>, name: Text<'_>, action: HostAction, track: Track, seconds: u32) {
    let bit = draft.names.place(name.as_str());
    draft.values.push(ValueStep::Host { bit, action, track, seconds });
}

/// `hostbits:set,name,src`
fn host_bits(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    if value.is("noalert") {
        draft.is_silent = true;
        return Ok(());
    }
    let mut parts = value.split(',');
    let action = action_of(parts.next().unwrap_or(value))?;
    let name = name_of(parts.next().ok_or_else(|| Problem::at(value, "the bit has no name"))?)?;
    let track = match parts.next() {
        None => Track::Source,
        Some(part) => match part.as_str() {
            "src" => Track::Source,
            "dst" => Track::Destination,
            _ => return Err(Problem::at(part, "a host is the `src` or the `dst`")),
        },
    };
    push_host_bit(draft, name, action, track, HOSTBITS_SECONDS);
    Ok(())
}
