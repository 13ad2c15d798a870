//! Files, and lists of things that are kept outside of rules.

use super::arguments::pair;
use super::{Keyword, number, other, sticky};
use crate::detect::rule::Place;
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{Check, Content};
use crate::language::{Setting, unquoted};

/// The protocols that carry files.
const FILES: &[&str] = &["http", "http2", "smtp", "ftp-data", "smb", "nfs"];

const DATA: Origin = Origin::at(Place::FileData, FILES).whole();
const NAME: Origin = Origin::at(Place::FileName, FILES).many().whole();
const MAGIC: Origin = Origin::at(Place::FileMagic, FILES).many().whole();
const SIZE: Origin = Origin::at(Place::FileSize, FILES).whole();

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["file.data", "file_data"], data, "the bytes of a file"),
    sticky(&["file.name"], NAME, "the name of a file"),
    sticky(&["file.magic"], MAGIC, "what kind of file it is"),
    number(&["filesize"], SIZE, u64::MAX, "the size of a file"),
    other(&["filename"], |draft, setting| text(draft, setting, NAME), "a text in the name of a file"),
    other(&["filemagic"], |draft, setting| text(draft, setting, MAGIC), "a text in what kind of file it is"),
    other(&["fileext"], extension, "the extension of a file's name"),
    other(&["filemd5", "filesha1", "filesha256"], hash_list, "the hash of a file is in a list"),
    other(&["dataset"], dataset, "the buffer is in a set, or is put into it"),
    other(&["datarep"], data_reputation, "the reputation of the buffer"),
];

/// `file.data`, and in rules of both directions `file.data:to_client`.
fn data(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let origin = match setting.value.filter(|value| !value.is_empty()) {
        None => DATA,
        Some(value) if value.is("to_client") => DATA.of_server(),
        Some(value) if value.is("to_server") => DATA.of_client(),
        Some(value) => return Err(Problem::at(value, "`file.data` takes nothing, `to_client` or `to_server`")),
    };
    draft.stick_to(origin, setting)
}

fn text(draft: &mut Draft<'_>, setting: Setting<'_>, origin: Origin) -> Outcome {
    let (text, is_negated) = unquoted(setting.needed()?)?;
    let mut content = Content::new(text.as_str().as_bytes(), true);
    content.is_negated = is_negated;
    draft.push_into(origin, Check::Content(content), setting)
}

fn extension(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (text, is_negated) = unquoted(setting.needed()?)?;
    let mut content = Content::new(format!(".{}", text.as_str()).as_bytes(), true);
    content.is_negated = is_negated;
    content.is_at_end = true;
    draft.push_into(NAME, Check::Content(content), setting)
}

fn hash_list(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.needed()?;
    draft.need_application(Origin::unseen(FILES), setting)
}

/// `dataset:isset,name,type string,load file.csv`
fn dataset(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let mut parts = value.split(',');
    let action = parts.next().unwrap_or(value);
    if !["set", "unset", "isset", "isnotset"].contains(&action.as_str()) {
        return Err(Problem::at(action, "an action is `set`, `unset`, `isset` or `isnotset`"));
    }
    if parts.next().is_none_or(|name| name.is_empty()) {
        return Err(Problem::at(value, "the set has no name"));
    }
    for part in parts {
        check_dataset_option(part)?;
    }
    keep_list(draft, setting)
}

fn check_dataset_option(part: crate::language::Text<'_>) -> Outcome {
    const TYPES: [&str; 6] = ["md5", "sha256", "string", "ipv4", "ip", "ipv6"];
    const OPTIONS: [&str; 11] = [
        "load",
        "save",
        "state",
        "memcap",
        "hashsize",
        "format",
        "context_key",
        "value_key",
        "array_key",
        "remove_key",
        "enrichment_key",
    ];
    match pair(part) {
        ("type", value) if TYPES.contains(&value.as_str()) => Ok(()),
        ("type", value) => Err(Problem::at(value, "a type is `string`, `md5`, `sha256`, `ip`, `ipv4` or `ipv6`")),
        (word, _) if OPTIONS.contains(&word) => Ok(()),
        _ => {
            Err(Problem::at(part, "`dataset` knows `type`, `load`, `save`, `state`, `memcap`, `hashsize` and `format`"))
        }
    }
}

fn data_reputation(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    if value.split(',').count() < 3 {
        return Err(Problem::at(value, "this is a name, an operator and a number: `name,>,200`"));
    }
    keep_list(draft, setting)
}

/// The buffer is not empty, as something is said of it; but nobody knows whether it is in the set.
fn keep_list(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    draft.active_list(setting)?.checks.push(Check::Constant(false));
    draft.never(setting.name, "Fathom has no sets of data for rules yet");
    Ok(())
}
