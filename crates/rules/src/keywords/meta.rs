//! What a rule says of itself.

use super::arguments::pair;
use super::{Keyword, all, other};
use crate::detect::Target;
use crate::detect::rule::Unlogged;
use crate::diagnostic::{Problem, Severity, nearest};
use crate::draft::{Draft, Outcome};
use crate::language::{Setting, Text, digits, unescaped, unquoted};
use crate::settings::Settings;

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["msg"], message, "what is told with an alert"),
    other(&["sid"], sid, "the rule's number"),
    other(&["gid"], gid, "the number of the group that the rule's number belongs to"),
    other(&["rev"], revision, "the rule's revision"),
    other(&["classtype"], class, "the class of the rule, which has words and a priority"),
    other(&["priority"], priority, "how bad it is, 1 is the worst"),
    other(&["metadata"], metadata, "names and values that are told with an alert"),
    other(&["reference"], reference, "where more is to be read"),
    other(&["target"], target, "which end was attacked"),
    other(&["requires"], requires, "what the rule needs to be read at all"),
    other(&["noalert"], no_alert, "a match is not told"),
    other(&["alert"], alert, "a match is told"),
    other(&["prefilter"], prefilter, "a hint for finding the rule fast"),
    other(&["bypass"], bypass, "the rest of the flow is not looked at"),
    other(&["config"], config, "changes what is logged"),
];

fn message(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (text, is_negated) = unquoted(setting.needed()?)?;
    if is_negated {
        return Err(Problem::at(setting.name, "a message cannot be negated"));
    }
    draft.about.message = Some(unescaped(text.as_str()));
    Ok(())
}

fn once<T>(place: &mut Option<T>, value: T, setting: Setting<'_>) -> Outcome {
    match place.replace(value) {
        Some(_) => Err(Problem::at(setting.name, format!("a rule has one `{}`", setting.name.as_str()))),
        None => Ok(()),
    }
}

fn sid(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let number: u32 = value.number()?;
    if number == 0 {
        return Err(Problem::at(value, "numbers of rules begin with 1"));
    }
    once(&mut draft.about.sid, number, setting)
}

fn gid(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let number = setting.needed()?.number()?;
    once(&mut draft.about.gid, number, setting)
}

fn revision(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let number: u32 = value.number()?;
    if number == 0 {
        return Err(Problem::at(value, "revisions begin with 1"));
    }
    once(&mut draft.about.rev, number, setting)
}

fn class(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let classes = &draft.settings.classes;
    match classes.named(value.as_str()) {
        // Of several the worst counts.
        Some(class) => {
            let is_worse = draft.about.class.as_ref().is_none_or(|known| class.priority < known.priority);
            if is_worse {
                draft.about.class = Some(class.clone());
            }
        }
        None if classes.is_empty() => {}
        None => {
            let near = nearest(value.as_str(), classes.names()).map(|near| format!("; is `{near}` meant?"));
            draft.warn(value, format!("there is no class `{}`{}", value.as_str(), near.unwrap_or_default()));
        }
    }
    Ok(())
}

fn priority(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let number = digits(value, i32::MAX as u64)?;
    once(&mut draft.about.priority, number as u32, setting)
}

/// `metadata:name value, name value`
fn metadata(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    for part in setting.needed()?.split(',') {
        let (name, value) = pair(part);
        if name.is_empty() || value.is_empty() {
            continue;
        }
        let known = &mut draft.about.metadata;
        match known.iter_mut().find(|(other, _)| other == name) {
            Some((_, values)) => values.push(value.as_str().to_owned()),
            None => known.push((name.to_owned(), vec![value.as_str().to_owned()])),
        }
    }
    Ok(())
}

fn reference(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let Some((kind, rest)) = value.split_once(',') else {
        return Err(Problem::at(value, "a reference is a kind and what it is about: `url,example.org/advisory`"));
    };
    match draft.settings.references.link(kind.as_str(), rest.as_str()) {
        Some(link) => draft.about.references.push(link),
        None => draft.warn(kind, format!("there is no kind of reference `{}`", kind.as_str())),
    }
    Ok(())
}

fn target(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let target = match value.as_str() {
        "src_ip" => Target::Source,
        "dest_ip" => Target::Destination,
        _ => return Err(Problem::at(value, "a target is `src_ip` or `dest_ip`")),
    };
    draft.about.target = Some(target);
    Ok(())
}

/// `requires:version >= 7, feature geoip, keyword ja4.hash`
fn requires(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    check_requirements(setting, draft.settings)
}

/// What a rule requires is looked at before all else of it: what is left out may be written for another version.
pub(crate) fn check_requirements(setting: Setting<'_>, settings: &Settings) -> Outcome {
    let mut has_version = false;
    for part in setting.needed()?.split(',') {
        let (word, value) = pair(part);
        if word.starts_with("version") && std::mem::replace(&mut has_version, true) {
            return Err(Problem::at(part, "a rule requires one version").hint("`>= 7 < 8` is one"));
        }
        let is_met = match word {
            "version" => is_version(value, settings.version)?,
            "feature" => settings.features.contains(value.as_str()),
            "keyword" => all().any(|keyword| keyword.names.contains(&value.as_str())),
            _ if word.starts_with("version") => is_version(part.from("version".len()).trim(), settings.version)?,
            // What is not known here may be of another version.
            _ => false,
        };
        if !is_met {
            let what = format!("the rule is left out: it requires `{}`", part.as_str());
            return Err(Problem::at(part, what).severity(Severity::Note));
        }
    }
    Ok(())
}

/// `>= 7.0.3 < 8 | >= 8.0.1`: one of these, all of whose comparisons hold.
fn is_version(text: Text<'_>, ours: [u32; 3]) -> Outcome<bool> {
    if text.is_empty() {
        return Err(Problem::at(text, "a version is missing"));
    }
    let mut is_one = false;
    for alternative in text.split('|') {
        is_one |= holds_all(alternative, ours)?;
    }
    Ok(is_one)
}

fn holds_all(text: Text<'_>, ours: [u32; 3]) -> Outcome<bool> {
    let (mut rest, mut all) = (text, true);
    while !rest.is_empty() {
        let wrong = || Problem::at(rest, "a version is compared with `<`, `<=`, `>` or `>=`");
        let sign_length = rest.as_str().bytes().take_while(|byte| b"<>=".contains(byte)).count();
        let (sign, behind) = (rest.part(0, sign_length), rest.from(sign_length).trim());
        let end = behind.as_str().find(|character: char| !character.is_ascii_digit() && character != '.');
        let end = end.unwrap_or(behind.as_str().len());
        let wanted = version_of(behind.part(0, end))?;
        all &= match sign.as_str() {
            "<" => ours < wanted,
            "<=" => ours <= wanted,
            ">" => ours > wanted,
            ">=" => ours >= wanted,
            _ => return Err(wrong()),
        };
        rest = behind.from(end).trim();
    }
    Ok(all)
}

fn version_of(text: Text<'_>) -> Outcome<[u32; 3]> {
    let mut version = [0; 3];
    for (place, part) in text.split('.').enumerate() {
        match version.get_mut(place) {
            Some(number) => *number = part.number()?,
            None => return Err(Problem::at(text, "a version has three numbers at most")),
        }
    }
    Ok(version)
}

fn no_alert(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    draft.is_silent = true;
    Ok(())
}

fn alert(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    draft.is_told = true;
    setting.bare()
}

/// Fathom chooses by itself how rules are found.
fn prefilter(_: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()
}

fn bypass(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    draft.bypasses = true;
    Ok(())
}

fn config(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let mut parts = value.split(',').map(Text::trim);
    let what = parts.next().unwrap_or(value);
    if pair(what).0 != "logging" || !pair(what).1.is("disable") {
        return Err(Problem::at(what, "`config` knows `logging disable`"));
    }
    let words: Vec<(&str, &str)> = parts.map(|part| (pair(part).0, pair(part).1.as_str())).collect();
    draft.unlogged = Some(match words[..] {
        [("type", "tx"), ("scope", "tx")] => Unlogged::Transaction,
        [("type", "tx"), ("scope", "flow")] => Unlogged::Transactions,
        [("type", "flow"), ("scope", "flow")] => Unlogged::Flow,
        _ => return Err(Problem::at(value, "this is `logging disable, type tx, scope tx`, with `tx` or `flow`")),
    });
    Ok(())
}
