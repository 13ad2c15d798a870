//! Rules of Suricata's language: how they are read, and how they are run.

mod detect;
mod diagnostic;
mod draft;
mod file;
pub mod inspect;
mod keywords;
mod language;
pub mod matcher;
mod reader;
mod settings;
mod show;
mod variables;

pub use detect::*;
pub use diagnostic::{Diagnostic, Severity};
pub use draft::{PROTOCOLS, ProtocolName};
pub use keywords::{KEYWORDS, Keyword};
pub use reader::{Reader, Reading, has_errors, read};
pub use settings::{
    Class, Classes, Countries, Files, Limits, References, Reputations, SetDefinition, Settings, Suppression,
    ThresholdFile,
};
pub use show::{CheckReport, KeywordKind, check, excerpt, explain, keyword_table};
pub use variables::Variables;
