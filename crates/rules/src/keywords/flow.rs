//! What a rule says of the flow.

use super::{Keyword, other};
use crate::detect::rule::Condition;
use crate::diagnostic::Problem;
use crate::draft::{Draft, Outcome};
use crate::inspect::Range;
use crate::language::{Setting, Text, compared, comparison, range_of};
use model::packet::Side;

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["flow"], flow, "who sends, and how far the flow is"),
    other(&["flow.age"], age, "seconds since the flow began"),
    other(&["flow.pkts"], |draft, setting| count(draft, setting, false), "packets of the flow"),
    other(&["flow.bytes"], |draft, setting| count(draft, setting, true), "bytes of the flow"),
    other(
        &["flow.pkts_toserver"],
        |draft, setting| of_side(draft, setting, Side::Client, false),
        "packets of the client",
    ),
    other(
        &["flow.pkts_toclient"],
        |draft, setting| of_side(draft, setting, Side::Server, false),
        "packets of the server",
    ),
    other(
        &["flow.bytes_toserver"],
        |draft, setting| of_side(draft, setting, Side::Client, true),
        "bytes of the client",
    ),
    other(
        &["flow.bytes_toclient"],
        |draft, setting| of_side(draft, setting, Side::Server, true),
        "bytes of the server",
    ),
    other(&["flow.elephant"], elephant, "the flow is a big one"),
    other(&["stream_size"], stream_size, "bytes that sides have sent over TCP"),
];

/// The values of `flow`.
fn flow(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    for word in value.split(',') {
        match word.as_str().to_ascii_lowercase().as_str() {
            "to_server" | "from_client" => sender(draft, word, Side::Client)?,
            "to_client" | "from_server" => sender(draft, word, Side::Server)?,
            "established" => established(draft, word, true)?,
            "not_established" => established(draft, word, false)?,
            "stateless" => draft.conditions.push(Condition::Always(true)),
            "only_stream" => draft.units.stream = true,
            "no_stream" => draft.units.packet = true,
            "no_frag" => {}
            "only_frag" => draft.never(word, "Fathom does not keep which packets were put together of fragments"),
            _ => return Err(Problem::at(word, format!("`flow` does not know `{}`", word.as_str()))),
        }
    }
    let has = |wanted: &str| value.split(',').any(|word| word.is(wanted));
    match () {
        () if draft.units.stream && draft.units.packet => {
            Err(Problem::at(value, "a rule is for streams only or for packets only, not both"))
        }
        () if has("no_frag") && has("only_frag") => {
            Err(Problem::at(value, "a rule is for fragments or for other packets, not both"))
        }
        () if has("stateless") && (has("established") || has("not_established")) => {
            Err(Problem::at(value, "`stateless` does not go with the state of a flow"))
        }
        () => Ok(()),
    }
}

fn sender(draft: &mut Draft<'_>, word: Text<'_>, side: Side) -> Outcome {
    if draft.flow_sender.is_some() {
        return Err(Problem::at(word, "a rule has one direction"));
    }
    if draft.is_of_both_sides {
        return Err(Problem::at(word, "a rule with `=>` is for both directions"));
    }
    draft.flow_sender = Some(side);
    draft.conditions.push(Condition::Sender(side));
    Ok(())
}

fn established(draft: &mut Draft<'_>, word: Text<'_>, is_so: bool) -> Outcome {
    if draft.conditions.iter().any(|condition| matches!(condition, Condition::Established(_))) {
        return Err(Problem::at(word, "the state of the flow stands here twice"));
    }
    draft.conditions.push(Condition::Established(is_so));
    Ok(())
}

fn age(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let range = range_of(setting.needed()?, u32::MAX.into())?;
    draft.conditions.push(Condition::FlowAge(range));
    Ok(())
}

/// `flow.pkts:toserver,>10`
fn count(draft: &mut Draft<'_>, setting: Setting<'_>, bytes: bool) -> Outcome {
    let value = setting.needed()?;
    let Some((whose, number)) = value.split_once(',') else {
        return Err(Problem::at(value, "this is a side and a number: `toserver,>10`"));
    };
    let (sender, either) = match whose.as_str() {
        "toserver" => (Some(Side::Client), false),
        "toclient" => (Some(Side::Server), false),
        "either" => (None, true),
        _ => return Err(Problem::at(whose, "a side is `toserver`, `toclient` or `either`")),
    };
    let range = range_of(number, u64::MAX)?;
    draft.conditions.push(Condition::FlowCount { sender, either, bytes, range });
    Ok(())
}

fn of_side(draft: &mut Draft<'_>, setting: Setting<'_>, side: Side, bytes: bool) -> Outcome {
    let range = range_of(setting.needed()?, u64::MAX)?;
    draft.conditions.push(Condition::FlowCount { sender: Some(side), either: false, bytes, range });
    Ok(())
}

fn elephant(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    if !["toserver", "toclient", "either", "both"].contains(&value.as_str()) {
        return Err(Problem::at(value, "a side is `toserver`, `toclient`, `either` or `both`"));
    }
    draft.never(setting.name, "Fathom does not call flows elephants");
    Ok(())
}

/// `stream_size:server,<,5`
fn stream_size(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let parts: Vec<_> = value.split(',').collect();
    let [whose, sign, number] = parts[..] else {
        return Err(Problem::at(value, "this is a side, an operator and a number: `server,<,5`"));
    };
    let (sender, both) = match whose.as_str() {
        "client" => (Some(Side::Client), false),
        "server" => (Some(Side::Server), false),
        "both" => (None, true),
        "either" => (None, false),
        _ => return Err(Problem::at(whose, "a side is `client`, `server`, `both` or `either`")),
    };
    let range = compares_with(sign, number)?;
    draft.conditions.push(Condition::StreamBytes { sender, both, range });
    Ok(())
}

fn compares_with(sign: Text<'_>, number: Text<'_>) -> Outcome<Range> {
    let value: u32 = number.number()?;
    if matches!(sign.as_str(), "!=" | "!") {
        return Ok(Range { first: value.into(), last: value.into(), is_negated: true });
    }
    let operator =
        comparison(sign).filter(|(_, rest)| rest.is_empty() && sign.as_str() != "==").map(|(operator, _)| operator);
    operator
        .and_then(|operator| compared(operator, value.into(), u64::MAX))
        .ok_or_else(|| Problem::at(sign, "an operator is one of `<`, `<=`, `>`, `>=`, `=`, `!=`"))
}
