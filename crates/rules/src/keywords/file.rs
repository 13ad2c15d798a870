//! Files, and lists of things that are kept outside of rules.

use super::{Keyword, number, other, sticky};
use crate::detect::rule::{HashKind, Place, Storing, StoringScope};
use crate::detect::{DataSet, ItemKind, SetOptions};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{Check, Content, NumberTest, Range, SetTest, Which};
use crate::language::{Setting, Text, maybe_unquoted};
use std::sync::Arc;

/// The protocols that carry files.
const FILES: &[&str] = &["http", "http2", "smtp", "ftp-data", "smb", "nfs"];

/// Those that say their names.
const NAMED_FILES: &[&str] = &["http", "smtp", "ftp-data", "smb", "nfs"];

const DATA: Origin = Origin::at(Place::FileData, FILES).whole();
const NAME: Origin = Origin::at(Place::FileName, NAMED_FILES).many().whole();
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
    let (text, is_negated) = maybe_unquoted(setting.needed()?)?;
    let mut content = Content::new(text.as_str().as_bytes(), true);
    content.is_negated = is_negated;
    draft.push_into(origin, Check::Content(content), setting)
}

fn extension(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (text, is_negated) = maybe_unquoted(setting.needed()?)?;
    let mut content = Content::new(format!(".{}", text.as_str()).as_bytes(), true);
    content.is_negated = is_negated;
    content.is_at_end = true;
    draft.push_into(NAME, Check::Content(content), setting)
}

/// `filemd5:FILE`, `filemd5:!FILE`
fn hash_list(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (name, is_negated) = value.strip("!").map_or((value, false), |name| (name, true));
    let (kind, items) = match setting.name.as_str().to_ascii_lowercase().as_str() {
        "filemd5" => (HashKind::Md5, ItemKind::Md5),
        "filesha1" => (HashKind::Sha1, ItemKind::Sha1),
        _ => (HashKind::Sha256, ItemKind::Sha256),
    };
    let text = file_of(draft, name)?;
    let set = Arc::new(DataSet::read(&text, SetOptions::new(name.as_str(), items)));
    let test = if is_negated { SetTest::IsNotIn } else { SetTest::IsIn };
    let origin = Origin::at(Place::FileHash(kind), FILES).many().whole();
    draft.push_into(origin, Check::Set { set, test }, setting)
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
