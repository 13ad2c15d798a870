//! Sets of data that rules ask about and write to: `dataset`, `datarep`.

use super::arguments::pair;
use super::{Keyword, other};
use crate::detect::{DataSet, ItemKind, Objects, SetOptions};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Outcome};
use crate::inspect::{Check, SetTest};
use crate::language::{Setting, Text, compared, comparison};
use crate::settings::{Files, SetDefinition};
use std::sync::Arc;

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["dataset"], dataset, "the buffer is in a set, or is put into it"),
    other(&["datarep"], data_reputation, "the reputation of the buffer"),
];

/// What a keyword says of its set, in words and values.
type Options<'a> = Vec<(&'a str, Text<'a>)>;

/// `dataset:isset,name,type string,load file.csv`
fn dataset(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let mut parts = value.split(',').map(Text::trim);
    let action = parts.next().unwrap_or(value);
    let test = match action.as_str() {
        "isset" => SetTest::IsIn,
        "isnotset" => SetTest::IsNotIn,
        "set" => SetTest::Add,
        "unset" => SetTest::Remove,
        _ => return Err(Problem::at(action, "an action is `set`, `unset`, `isset` or `isnotset`")),
    };
    let name = parts.next().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Problem::at(value, "the set has no name"))?;
    let options: Options<'_> = parts.map(pair).collect();
    options.iter().try_for_each(check_option)?;
    if matches!(test, SetTest::Add | SetTest::Remove) && format_of(&options) != Format::Lines {
        return Err(Problem::at(action, "a set of objects can be asked only: `isset` or `isnotset`"));
    }
    push(draft, setting, name, &options, test)
}

/// `datarep:name,>,200,type string,load file.rep`
fn data_reputation(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let parts: Vec<Text<'_>> = value.split(',').map(Text::trim).collect();
    let [name, sign, number, options @ ..] = &parts[..] else {
        return Err(Problem::at(value, "this is a name, an operator and a number: `name,>,200`"));
    };
    let wrong = || Problem::at(*sign, "an operator is `>`, `<` or `==`, such that a number can fulfil it");
    let (sign, _) = comparison(*sign).ok_or_else(wrong)?;
    let range = compared(sign, number.number::<u16>()?.into(), u16::MAX.into()).ok_or_else(wrong)?;
    let options: Options<'_> = options.iter().map(|option| pair(*option)).collect();
    options.iter().try_for_each(check_option)?;
    push(draft, setting, *name, &options, SetTest::Reputation(range))
}

fn push(draft: &mut Draft<'_>, setting: Setting<'_>, name: Text<'_>, options: &Options<'_>, test: SetTest) -> Outcome {
    draft.active_list(setting)?;
    let set = set_named(draft, name, options)?;
    draft.active_list(setting)?.checks.push(Check::Set { set, test });
    Ok(())
}

/// The set of this name: one that a rule before has named, or else it begins here.
fn set_named(draft: &mut Draft<'_>, name: Text<'_>, options: &Options<'_>) -> Outcome<Arc<DataSet>> {
    let kind = option(options, "type").map(|kind| kind_of(kind)).transpose()?;
    if let Some(known) = draft.names.set(name.as_str()) {
        return match kind.is_none_or(|kind| kind == known.options.kind) {
            true => Ok(known.clone()),
            false => Err(Problem::at(name, format!("the set `{}` is of another type already", name.as_str()))),
        };
    }
    let unknown = || Problem::at(name, format!("there is no set `{}` yet: its `type` is missing", name.as_str()));
    let set = begin(name, kind.ok_or_else(unknown)?, options, &draft.settings.files)?;
    Ok(draft.names.add_set(set))
}

/// A set as its file has it. What is kept need not be there yet; what is only loaded must be.
fn begin(name: Text<'_>, kind: ItemKind, options: &Options<'_>, files: &Files) -> Outcome<DataSet> {
    let [load, state, save] = ["load", "state", "save"].map(|word| option(options, word));
    if let (Some(_), Some(other)) = (state, load.or(save)) {
        return Err(Problem::at(other, "`state` loads and saves: `load` and `save` do not stand beside it"));
    }
    let saved_to = save.or(state).map(file_to_write).transpose()?;
    let mut set_options = SetOptions { saved_to, ..SetOptions::new(name.as_str(), kind) };
    if let Some(memory) = option(options, "memcap") {
        set_options.bytes_max = bytes_of(memory)?;
    }
    let read = |file: Text<'_>| files.read(file.bare().as_str());
    let text = match (load, state) {
        (Some(file), _) => {
            read(file).ok_or_else(|| Problem::at(file, format!("the file `{}` cannot be read", file.as_str())))?
        }
        (None, Some(file)) => read(file).unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    Ok(match format_of(options) {
        Format::Lines => DataSet::read(&text, set_options),
        format => DataSet::read_objects(&text, set_options, &objects_of(name, options, format)?),
    })
}

/// Rules write below the folder of data and nowhere else.
fn file_to_write(file: Text<'_>) -> Outcome<String> {
    let name = file.bare();
    let is_outside = name.as_str().split(['/', '\\']).any(|step| step == "..") || name.as_str().starts_with('/');
    match is_outside {
        true => Err(Problem::at(file, "rules write into the folder of data only: this names a file elsewhere")),
        false => Ok(name.as_str().to_owned()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Lines,
    Json,
    JsonLines,
}

fn format_of(options: &Options<'_>) -> Format {
    match option(options, "format").map(Text::as_str) {
        Some("json") => Format::Json,
        Some("ndjson" | "jsonline") => Format::JsonLines,
        _ => Format::Lines,
    }
}

fn objects_of(name: Text<'_>, options: &Options<'_>, format: Format) -> Outcome<Objects> {
    let said = |word: &str| option(options, word).map(|value| value.as_str().to_owned());
    let missing = |what: &str| Problem::at(name, format!("a set of objects needs a `{what}`"));
    Ok(Objects {
        is_lines: format == Format::JsonLines,
        list_key: said("array_key").unwrap_or_default(),
        value_key: said("value_key").ok_or_else(|| missing("value_key"))?,
        context_key: said("context_key").or_else(|| said("enrichment_key")).ok_or_else(|| missing("context_key"))?,
        removes_value: options.iter().any(|(word, _)| *word == "remove_key"),
    })
}

fn option<'a>(options: &Options<'a>, name: &str) -> Option<Text<'a>> {
    options.iter().find(|(word, _)| *word == name).map(|(_, value)| *value)
}

fn kind_of(text: Text<'_>) -> Outcome<ItemKind> {
    match text.as_str() {
        "string" => Ok(ItemKind::Text),
        "md5" => Ok(ItemKind::Md5),
        "sha256" => Ok(ItemKind::Sha256),
        "ipv4" => Ok(ItemKind::Ipv4),
        "ipv6" => Ok(ItemKind::Ipv6),
        "ip" => Ok(ItemKind::Address),
        _ => Err(Problem::at(text, "a type is `string`, `md5`, `sha256`, `ip`, `ipv4` or `ipv6`")),
    }
}

/// `10mb`, `4096`
fn bytes_of(text: Text<'_>) -> Outcome<usize> {
    let wrong = || Problem::at(text, "this is a number of bytes: `10mb`");
    let lower = text.as_str().to_ascii_lowercase();
    let digits = lower.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &lower[digits.len()..] {
        "" | "b" => 1,
        "kb" | "kib" => 1 << 10,
        "mb" | "mib" => 1 << 20,
        "gb" | "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    digits.trim().parse::<usize>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)
}

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

fn check_option(&(word, value): &(&str, Text<'_>)) -> Outcome {
    let known = "`load`, `save`, `state`, `memcap`, `hashsize` and `format`";
    match word {
        "type" => kind_of(value).map(|_| ()),
        "format" if !["csv", "json", "ndjson", "jsonline"].contains(&value.as_str()) => {
            Err(Problem::at(value, "a format is `csv`, `json` or `ndjson`"))
        }
        // Our tables grow by themselves, so that `hashsize` changes nothing.
        word if OPTIONS.contains(&word) => Ok(()),
        _ => Err(Problem::at(value, format!("a set of data knows `type`, {known}, not `{word}`"))),
    }
}

/// A set that settings define, so that rules only have to name it.
pub(crate) fn defined(definition: &SetDefinition, files: &Files) -> Outcome<DataSet> {
    let options: Options<'_> =
        definition.options.iter().map(|(word, value)| (word.as_str(), Text::new(value))).collect();
    let name = Text::new(&definition.name);
    let kind = option(&options, "type").ok_or_else(|| Problem::at(name, "its `type` is missing"))?;
    begin(name, kind_of(kind)?, &options, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes() {
        let of = |text| bytes_of(Text::new(text)).ok();
        assert_eq!(
            [of("4096"), of("10MB"), of("1 kb"), of("x"), of("mb")],
            [Some(4096), Some(10 << 20), Some(1024), None, None]
        );
    }

    #[test]
    fn files_that_are_written() {
        let of = |text| file_to_write(Text::new(text)).ok();
        assert_eq!([of("a/b.lst"), of("/a"), of("../a")], [Some("a/b.lst".to_owned()), None, None]);
    }
}
