//! Files, and lists of things that are kept outside of rules.

use super::arguments::pair;
use super::{Keyword, number, other, sticky};
use crate::detect::rule::{HashKind, Place, Storing, StoringScope};
use crate::detect::{DataSet, ItemKind, Objects};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{Check, Content, NumberTest, Range, Which};
use crate::language::{Setting, Text, unquoted};
use std::sync::Arc;

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
    other(&["filestore"], store, "the file is kept"),
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

/// `filemd5:FILE`, `filemd5:!FILE`
fn hash_list(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (name, is_negated) = value.strip("!").map_or((value, false), |name| (name, true));
    let kind = match setting.name.as_str().to_ascii_lowercase().as_str() {
        "filemd5" => HashKind::Md5,
        "filesha1" => HashKind::Sha1,
        _ => HashKind::Sha256,
    };
    let text = file_of(draft, name)?;
    let set = Arc::new(DataSet::read(&text, ItemKind::Hash));
    let origin = Origin::at(Place::FileHash(kind), FILES).many().whole();
    draft.push_into(origin, Check::InSet { set, is_negated }, setting)
}

fn file_of(draft: &Draft<'_>, name: Text<'_>) -> Outcome<Vec<u8>> {
    let missing = || Problem::at(name, format!("the file `{}` cannot be read", name.as_str()));
    draft.settings.files.read(name.bare().as_str()).ok_or_else(missing)
}

/// `filestore:both,flow`: whose files, and how many of them. There has to be one that the rule can match.
fn store(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut storing = Storing { senders: None, scope: StoringScope::File };
    for part in setting.value.into_iter().filter(|value| !value.is_empty()).flat_map(|value| value.split(',')) {
        match part.trim().as_str() {
            "request" | "to_server" => storing.senders = Some([true, false]),
            "response" | "to_client" => storing.senders = Some([false, true]),
            "both" => storing.senders = Some([true, true]),
            "file" => storing.scope = StoringScope::File,
            "tx" => storing.scope = StoringScope::Transaction,
            "ssn" | "flow" => storing.scope = StoringScope::Flow,
            _ => return Err(Problem::at(part, "`filestore` knows a direction and a scope: `both,flow`")),
        }
    }
    draft.storing = Some(storing);
    let is_there = Range { first: 0, last: u64::MAX, is_negated: false };
    let test = NumberTest { bits: u64::MAX, any_of: vec![is_there], is_negated: false, which: Which::Any };
    draft.push_number(SIZE, test, setting)
}

/// `dataset:isset,name,type string,load file.csv`
fn dataset(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let mut parts = value.split(',').map(Text::trim);
    let action = parts.next().unwrap_or(value);
    if !["set", "unset", "isset", "isnotset"].contains(&action.as_str()) {
        return Err(Problem::at(action, "an action is `set`, `unset`, `isset` or `isnotset`"));
    }
    if parts.next().is_none_or(|name| name.is_empty()) {
        return Err(Problem::at(value, "the set has no name"));
    }
    let options: Vec<Text<'_>> = parts.collect();
    options.iter().try_for_each(|option| check_dataset_option(*option))?;
    let is_read = action.is("isset") || action.is("isnotset");
    match option_of(&options, "load").filter(|_| is_read) {
        Some(file) => {
            let text = file_of(draft, file)?;
            let check = Check::InSet { set: Arc::new(set_of(&text, &options)), is_negated: action.is("isnotset") };
            draft.active_list(setting)?.checks.push(check);
            Ok(())
        }
        None => keep_list(draft, setting),
    }
}

fn option_of<'a>(options: &[Text<'a>], name: &str) -> Option<Text<'a>> {
    options.iter().map(|option| pair(*option)).find(|(word, _)| *word == name).map(|(_, value)| value)
}

fn set_of(text: &[u8], options: &[Text<'_>]) -> DataSet {
    let said = |name: &str| option_of(options, name).map(|value| value.as_str().to_owned()).unwrap_or_default();
    let kind = match said("type").as_str() {
        "md5" | "sha256" => ItemKind::Hash,
        "ip" | "ipv4" | "ipv6" => ItemKind::Address,
        _ => ItemKind::Text,
    };
    let format = said("format");
    if format != "json" && format != "ndjson" {
        return DataSet::read(text, kind);
    }
    let context_key = match (said("context_key"), said("enrichment_key")) {
        (context, enrichment) if context.is_empty() => enrichment,
        (context, _) => context,
    };
    let objects = Objects {
        is_lines: format == "ndjson",
        list_key: said("array_key"),
        value_key: said("value_key"),
        context_key,
        removes_value: options.iter().any(|option| pair(*option).0 == "remove_key"),
    };
    DataSet::read_objects(text, kind, &objects)
}

fn check_dataset_option(part: Text<'_>) -> Outcome {
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
