//! How often a rule is told, and what more is told with it.

use super::arguments::pair;
use super::{Keyword, other};
use crate::detect::rule::{Ends, Tag};
use crate::detect::{Kind, Threshold, Track};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Outcome};
use crate::language::{Setting, Text};
use crate::settings::{kind_of, track_of};

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["threshold"], threshold, "only some of many alerts are told"),
    other(&["detection_filter"], detection_filter, "alerts are told once there were so many"),
    other(&["tag"], tag, "more packets of the flow or host are kept"),
];

/// Packets that `tag` keeps where the rule does not say.
const TAG_PACKETS: u32 = 256;

fn threshold(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (mut kind, mut track, mut count, mut seconds) = (None, None, None, None);
    let mut multiplier = None;
    for part in value.split(',') {
        match pair(part) {
            ("type", text) if kind.is_some() => return Err(Problem::at(text, "a `threshold` has one `type`")),
            ("type", text) if text.is("backoff") => kind = Some(Kind::Backoff { multiplier: 0 }),
            ("type", text) => kind = Some(kind_of(text)?),
            ("track", text) => track = Some(track_of(text)?),
            ("count", text) => count = Some(positive(text)?),
            ("seconds", text) => seconds = Some(positive(text)?),
            ("multiplier", text) => multiplier = Some((positive(text)?, text)),
            _ => return Err(Problem::at(part, "`threshold` knows `type`, `track`, `count` and `seconds`")),
        }
    }
    if matches!(kind, Some(Kind::Backoff { .. })) {
        if seconds.is_some() || track.is_some_and(|track| track != Track::Flow) {
            return Err(Problem::at(value, "`backoff` is of a flow, and has no `seconds`"));
        }
        return backoff(draft, (track, count, multiplier), setting);
    }
    if let Some((_, text)) = multiplier {
        return Err(Problem::at(text, "only `type backoff` has a `multiplier`"));
    }
    let (Some(kind), Some(track), Some(count), Some(seconds)) = (kind, track, count, seconds) else {
        return Err(Problem::at(value, "`type`, `track`, `count` and `seconds` are needed"));
    };
    push(draft, Threshold { kind, track, count, seconds }, setting)
}

/// `type backoff, track by_flow, count 1, multiplier 10`: it has no window.
fn backoff(
    draft: &mut Draft<'_>,
    (track, count, multiplier): (Option<Track>, Option<u32>, Option<(u32, Text<'_>)>),
    setting: Setting<'_>,
) -> Outcome {
    match (track, count, multiplier) {
        (Some(track), Some(count), Some((multiplier, _))) if multiplier > 1 => {
            push(draft, Threshold { kind: Kind::Backoff { multiplier }, track, count, seconds: 0 }, setting)
        }
        (_, _, Some((_, text))) => Err(Problem::at(text, "a `multiplier` is above 1, with `track` and `count`")),
        _ => Err(Problem::at(setting.name, "`backoff` needs `track`, `count` and `multiplier`")),
    }
}

fn positive(text: Text<'_>) -> Outcome<u32> {
    text.number().ok().filter(|number| *number > 0).ok_or_else(|| Problem::at(text, "this is a number above 0"))
}

fn detection_filter(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (mut track, mut count, mut seconds) = (None, None, None);
    for part in value.split(',') {
        match pair(part) {
            ("track", text) if text.is("by_rule") || text.is("by_both") => {
                return Err(Problem::at(text, "`detection_filter` counts `by_src`, `by_dst` or `by_flow`"));
            }
            ("track", text) => track = Some(track_of(text)?),
            ("count", text) => count = Some(positive(text)?),
            ("seconds", text) => seconds = Some(positive(text)?),
            _ => return Err(Problem::at(part, "`detection_filter` knows `track`, `count` and `seconds`")),
        }
    }
    let (Some(track), Some(count), Some(seconds)) = (track, count, seconds) else {
        return Err(Problem::at(value, "`track`, `count` and `seconds` are needed"));
    };
    push(draft, Threshold { kind: Kind::DetectionFilter, track, count, seconds }, setting)
}

fn push(draft: &mut Draft<'_>, threshold: Threshold, setting: Setting<'_>) -> Outcome {
    let is_filter = threshold.kind == Kind::DetectionFilter;
    if draft.thresholds.iter().any(|known| is_filter || known.kind == Kind::DetectionFilter) {
        return Err(Problem::at(setting.name, "`detection_filter` does not go with a second one or with `threshold`"));
    }
    draft.thresholds.push(threshold);
    Ok(())
}

/// `tag:host,100,packets,src`, `tag:session`
fn tag(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let parts: Vec<_> = value.split(',').collect();
    let mut tag = Tag { host: None, packets: None, seconds: None, bytes: None };
    let is_host = match parts[0].as_str() {
        "session" => false,
        "host" => true,
        _ => return Err(Problem::at(parts[0], "`tag` is about a `session` or a `host`")),
    };
    let end = match parts.get(3) {
        None => Ends::Source,
        Some(part) if part.is("src") => Ends::Source,
        Some(part) if part.is("dst") => Ends::Destination,
        Some(part) => return Err(Problem::at(*part, "a `host` is the `src` or the `dst`")),
    };
    tag.host = is_host.then_some(end);
    match parts[1..] {
        [] => tag.packets = Some(TAG_PACKETS),
        [count, unit, ..] => bound(&mut tag, count, unit)?,
        [count] => return Err(Problem::at(count, "`packets`, `seconds` or `bytes` is missing")),
    }
    draft.tags.push(tag);
    Ok(())
}

fn bound(tag: &mut Tag, count: Text<'_>, unit: Text<'_>) -> Outcome {
    let number = positive(count)?;
    match unit.as_str() {
        "packets" => tag.packets = Some(number),
        "seconds" => tag.seconds = Some(number),
        "bytes" => tag.bytes = Some(number.into()),
        _ => return Err(Problem::at(unit, "a unit is `packets`, `seconds` or `bytes`")),
    }
    Ok(())
}
