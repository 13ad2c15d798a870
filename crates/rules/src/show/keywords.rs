//! The table of keywords, for people.

use crate::keywords::{Keyword, Meaning, all};
use std::fmt::{self, Write};

/// What kind of keyword it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeywordKind {
    /// What stands behind it looks into its buffer.
    Buffer,
    /// The content before it looks into its buffer.
    Modifier,
    /// A number that is compared.
    Number,
    /// Changes a buffer before it is looked at.
    Transform,
    /// Anything else.
    Option,
    /// Rules with it are refused.
    Refused,
}

impl fmt::Display for KeywordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeywordKind::Buffer => "buffer",
            KeywordKind::Modifier => "modifier",
            KeywordKind::Number => "number",
            KeywordKind::Transform => "transform",
            KeywordKind::Option => "option",
            KeywordKind::Refused => "refused",
        })
    }
}

impl Keyword {
    /// What kind it is.
    pub fn kind(&self) -> KeywordKind {
        match self.meaning {
            Meaning::Sticky(_) => KeywordKind::Buffer,
            Meaning::Modifier(_) => KeywordKind::Modifier,
            Meaning::Number(..) | Meaning::Words(..) | Meaning::Word(..) => KeywordKind::Number,
            Meaning::Flags(..) | Meaning::Items(..) => KeywordKind::Number,
            Meaning::Transform(_) => KeywordKind::Transform,
            Meaning::Other(_) => KeywordKind::Option,
            Meaning::Refused(_) => KeywordKind::Refused,
        }
    }

    /// The application protocols that have what it is about; empty where that says nothing.
    pub fn applications(&self) -> &'static [&'static str] {
        match self.meaning {
            Meaning::Sticky(origin) | Meaning::Modifier(origin) => origin.applications,
            Meaning::Number(origin, _) | Meaning::Words(origin, ..) | Meaning::Word(origin, ..) => origin.applications,
            Meaning::Flags(origin, _) | Meaning::Items(origin, ..) => origin.applications,
            Meaning::Transform(_) | Meaning::Other(_) | Meaning::Refused(_) => &[],
        }
    }

    /// Does Fathom see what it is about? Rules with others are read, and do not match.
    pub fn is_seen(&self) -> bool {
        match self.meaning {
            Meaning::Sticky(origin) | Meaning::Modifier(origin) => origin.place.is_some(),
            Meaning::Number(origin, _) | Meaning::Words(origin, ..) | Meaning::Word(origin, ..) => {
                origin.place.is_some()
            }
            Meaning::Flags(origin, _) | Meaning::Items(origin, ..) => origin.place.is_some(),
            Meaning::Transform(_) | Meaning::Other(_) => true,
            Meaning::Refused(_) => false,
        }
    }
}

/// Every keyword as a row of a Markdown table, by name.
pub fn keyword_table() -> String {
    let mut keywords: Vec<&Keyword> = all().collect();
    keywords.sort_by_key(|keyword| keyword.names.first());
    let mut text = String::from("| keyword | kind | protocols | what it is for |\n|---|---|---|---|\n");
    for keyword in keywords {
        let names = keyword.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let remark = match keyword.meaning {
            Meaning::Refused(why) => format!(" ({why})"),
            _ if !keyword.is_seen() => " (read, and does not match yet)".to_owned(),
            _ => String::new(),
        };
        let protocols = keyword.applications().join(", ");
        let _ = writeln!(text, "| {names} | {} | {protocols} | {}{remark} |", keyword.kind(), keyword.doc);
    }
    text
}
