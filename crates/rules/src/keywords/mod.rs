//! The keywords of rules: one row for each.

mod address_lists;
mod arguments;
mod bits;
mod bytes;
mod dataset;
mod event;
mod event_names;
mod file;
mod flow;
mod http;
mod ike;
mod industry;
mod ldap_krb5;
mod meta;
mod mqtt;
mod numbers;
mod other_protocols;
mod packet;
mod payload;
mod regex;
mod sip;
mod smb_dcerpc;
mod smtp_ftp_ssh;
mod threshold;
mod tls_dns;
mod tls_time;
mod transform;

pub(crate) use dataset::defined as defined_set;
pub(crate) use meta::check_requirements;

use crate::detect::Transform;
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome, unknown};
use crate::language::Setting;
use std::collections::HashMap;

/// A keyword.
pub struct Keyword {
    /// Its names; the first is the one to write.
    pub names: &'static [&'static str],
    /// What it is for.
    pub doc: &'static str,
    pub(crate) meaning: Meaning,
}

/// What a keyword does.
pub(crate) enum Meaning {
    /// The options behind it look into this buffer.
    Sticky(Origin),
    /// The content before it looks into this buffer.
    Modifier(Origin),
    /// A number, up to this one.
    Number(Origin, u64),
    /// As before; these words stand for numbers.
    Words(Origin, Words, u64),
    /// One of these words, or a number of digits up to this one: nothing is compared.
    Word(Origin, Words, u64),
    /// Bits of a byte by their names, or a number.
    Flags(Origin, Words),
    /// As [`Meaning::Words`], and behind it which of several is meant.
    Items(Origin, Words, u64),
    /// Changes the buffer's bytes.
    Transform(fn(Setting<'_>) -> Outcome<Transform>),
    /// Anything else.
    Other(fn(&mut Draft<'_>, Setting<'_>) -> Outcome),
    /// Rules with it are refused, because of this.
    Refused(&'static str),
}

/// What words stand for.
pub(crate) type Words = &'static [(&'static str, u64)];

const fn sticky(names: &'static [&'static str], origin: Origin, doc: &'static str) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Sticky(origin) }
}

/// Modifiers are older than HTTP/2, and not about it.
const fn modifier(names: &'static [&'static str], origin: Origin, doc: &'static str) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Modifier(Origin { applications: &["http"], ..origin }) }
}

const fn number(names: &'static [&'static str], origin: Origin, max: u64, doc: &'static str) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Number(origin, max) }
}

const fn words(
    names: &'static [&'static str],
    origin: Origin,
    (words, max): (Words, u64),
    doc: &'static str,
) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Words(origin, words, max) }
}

const fn word(
    names: &'static [&'static str],
    origin: Origin,
    (words, max): (Words, u64),
    doc: &'static str,
) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Word(origin, words, max) }
}

const fn flags(names: &'static [&'static str], origin: Origin, bits: Words, doc: &'static str) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Flags(origin, bits) }
}

const fn items(
    names: &'static [&'static str],
    origin: Origin,
    (words, max): (Words, u64),
    doc: &'static str,
) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Items(origin, words, max) }
}

const fn other(
    names: &'static [&'static str],
    parse: fn(&mut Draft<'_>, Setting<'_>) -> Outcome,
    doc: &'static str,
) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Other(parse) }
}

const fn refused(names: &'static [&'static str], why: &'static str, doc: &'static str) -> Keyword {
    Keyword { names, doc, meaning: Meaning::Refused(why) }
}

/// Every keyword, by family.
pub const KEYWORDS: &[&[Keyword]] = &[
    meta::KEYWORDS,
    payload::KEYWORDS,
    regex::KEYWORDS,
    bytes::KEYWORDS,
    transform::KEYWORDS,
    flow::KEYWORDS,
    bits::KEYWORDS,
    threshold::KEYWORDS,
    packet::KEYWORDS,
    event::KEYWORDS,
    http::KEYWORDS,
    ike::KEYWORDS,
    industry::KEYWORDS,
    tls_dns::KEYWORDS,
    smtp_ftp_ssh::KEYWORDS,
    smb_dcerpc::KEYWORDS,
    file::KEYWORDS,
    dataset::KEYWORDS,
    address_lists::KEYWORDS,
    sip::KEYWORDS,
    mqtt::KEYWORDS,
    ldap_krb5::KEYWORDS,
    other_protocols::KEYWORDS,
];

/// Every keyword, in order.
pub(crate) fn all() -> impl Iterator<Item = &'static Keyword> {
    KEYWORDS.iter().copied().flatten()
}

/// Keywords by their names.
pub(crate) struct Table {
    keywords: HashMap<&'static str, &'static Keyword>,
}

impl Table {
    pub(crate) fn new() -> Table {
        let named = all().flat_map(|keyword| keyword.names.iter().map(move |name| (*name, keyword)));
        Table { keywords: named.collect() }
    }

    /// Reads an option into a rule.
    pub(crate) fn apply(&self, draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
        let Some(keyword) = self.keywords.get(setting.name.as_str()) else {
            return Err(unknown(setting.name, "keyword", self.keywords.keys().copied()));
        };
        match keyword.meaning {
            Meaning::Sticky(origin) => {
                setting.bare()?;
                draft.stick_to(origin, setting)
            }
            Meaning::Modifier(origin) => {
                setting.bare()?;
                draft.move_content(origin, setting)
            }
            Meaning::Number(origin, max) => {
                draft.push_number(origin, numbers::test(setting.needed()?, max, &[])?, setting)
            }
            Meaning::Words(origin, words, max) => {
                draft.push_number(origin, numbers::test(setting.needed()?, max, words)?, setting)
            }
            Meaning::Word(origin, words, max) => {
                draft.push_number(origin, numbers::one(setting.needed()?, words, max)?, setting)
            }
            Meaning::Flags(origin, bits) => {
                draft.push_number(origin, numbers::flags(setting.needed()?, bits)?, setting)
            }
            Meaning::Items(origin, words, max) => {
                draft.push_number(origin, numbers::item(setting.needed()?, words, max)?, setting)
            }
            Meaning::Transform(parse) => {
                let transform = parse(setting)?;
                draft.push_transform(transform, setting)
            }
            Meaning::Other(parse) => parse(draft, setting),
            Meaning::Refused(why) => Err(Problem::at(setting.name, format!("`{}`: {why}", setting.name.as_str()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_twice() {
        let mut names: Vec<_> = all().flat_map(|keyword| keyword.names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(all().all(|keyword| !keyword.doc.is_empty() && !keyword.names.is_empty()));
    }
}
