//! A rule while its options are read, one after the other.

mod about;
mod advice;
mod contents;
mod finish;
mod header;
mod list;
mod origin;

pub(crate) use about::AboutDraft;
pub(crate) use header::{HeaderCache, applications_of, unknown};
pub use header::{PROTOCOLS, ProtocolName};
pub(crate) use list::List;
pub(crate) use origin::Origin;

use crate::detect::rule::{Addresses, Condition, Ends, Header, Storing, Tag, Unlogged, ValueStep};
use crate::detect::{Names, Threshold};
use crate::diagnostic::{Problem, Severity};
use crate::inspect::{Check, Content, VARIABLES_MAX};
use crate::language::{Setting, Text};
use crate::settings::Settings;
use model::packet::Side;

/// What reading an option says.
pub(crate) type Outcome<T = ()> = Result<T, Problem>;

/// Where a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The payload's checks.
    Payload,
    /// Those of this list.
    List(usize),
}

/// Units of bytes that the payload of a rule comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Units {
    /// Single packets: what a rule says of headers.
    pub(crate) packet: bool,
    /// The stream only.
    pub(crate) stream: bool,
}

/// A rule that is being read.
pub(crate) struct Draft<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) names: &'a mut Names,
    pub(crate) about: AboutDraft,
    pub(crate) header: Header,
    /// Is the direction `=>`: one rule over both sides of a transaction?
    pub(crate) is_of_both_sides: bool,
    /// Who sends, as `flow` says.
    pub(crate) flow_sender: Option<Side>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) payload: Vec<Check>,
    pub(crate) lists: Vec<List>,
    /// Where checks go now.
    pub(crate) active: Slot,
    pub(crate) last_content: Option<(Slot, usize)>,
    /// The content that `startswith` stands at, if it is the last one.
    pub(crate) at_start: Option<(Slot, usize)>,
    /// Does `fast_pattern` stand at a content already?
    pub(crate) has_fast_pattern: bool,
    pub(crate) variables: Vec<String>,
    pub(crate) values: Vec<ValueStep>,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) unlogged: Option<Unlogged>,
    pub(crate) suppressions: Vec<(Ends, Addresses)>,
    pub(crate) storing: Option<Storing>,
    pub(crate) is_silent: bool,
    pub(crate) is_told: bool,
    pub(crate) bypasses: bool,
    pub(crate) units: Units,
    /// What is said of it besides errors.
    pub(crate) remarks: Vec<Problem>,
    /// Does it say what Fathom cannot see yet?
    pub(crate) is_never: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(settings: &'a Settings, names: &'a mut Names, header: Header) -> Draft<'a> {
        Draft {
            settings,
            names,
            about: AboutDraft::default(),
            header,
            is_of_both_sides: false,
            flow_sender: None,
            conditions: Vec::new(),
            payload: Vec::new(),
            lists: Vec::new(),
            active: Slot::Payload,
            last_content: None,
            at_start: None,
            has_fast_pattern: false,
            variables: Vec::new(),
            values: Vec::new(),
            thresholds: Vec::new(),
            tags: Vec::new(),
            unlogged: None,
            suppressions: Vec::new(),
            storing: None,
            is_silent: false,
            is_told: false,
            bypasses: false,
            units: Units::default(),
            remarks: Vec::new(),
            is_never: false,
        }
    }

    /// The checks of a slot.
    pub(crate) fn checks(&mut self, slot: Slot) -> &mut Vec<Check> {
        match slot {
            Slot::List(place) if place < self.lists.len() => &mut self.lists[place].checks,
            _ => &mut self.payload,
        }
    }

    /// Adds a check of what is looked into now.
    pub(crate) fn push(&mut self, check: Check) {
        let slot = self.slot_for(&check);
        let is_content = matches!(check, Check::Content(_));
        let checks = self.checks(slot);
        checks.push(check);
        let place = checks.len() - 1;
        if is_content {
            self.last_content = Some((slot, place));
        }
    }

    /// Where a check goes: to the buffer that is open; behind old modifiers what is relative follows the last content.
    fn slot_for(&self, check: &Check) -> Slot {
        match (self.active, self.last_content) {
            (Slot::Payload, Some((slot, _))) if check.is_relative() && !matches!(check, Check::Content(_)) => slot,
            (active, _) => active,
        }
    }

    /// A condition of the packet's headers: the rule is looked at packet by packet.
    pub(crate) fn push_packet(&mut self, condition: Condition) {
        self.units.packet = true;
        self.conditions.push(condition);
    }

    /// The content that a modifier stands behind.
    pub(crate) fn content(&mut self, setting: Setting<'_>) -> Outcome<&mut Content> {
        let missing = || Problem::at(setting.name, format!("`{}` stands behind a `content`", setting.name.as_str()));
        let (slot, place) = self.last_content.ok_or_else(missing)?;
        match self.checks(slot).get_mut(place) {
            Some(Check::Content(content)) => Ok(content),
            _ => Err(missing()),
        }
    }

    /// The place of a new variable.
    pub(crate) fn new_variable(&mut self, name: Text<'_>) -> Outcome<usize> {
        let is_name =
            name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
        if name.is_empty() || !is_name || name.as_str().starts_with(|character: char| character.is_ascii_digit()) {
            return Err(Problem::at(name, "the name of a variable has letters, digits and `_`"));
        }
        if let Some(place) = self.variables.iter().position(|known| known == name.as_str()) {
            return Ok(place);
        }
        if self.variables.len() >= VARIABLES_MAX {
            return Err(Problem::at(name, format!("a rule has {VARIABLES_MAX} variables at most")));
        }
        self.variables.push(name.as_str().to_owned());
        Ok(self.variables.len() - 1)
    }

    /// The place of a variable that an option before this one has set.
    pub(crate) fn variable(&self, name: Text<'_>) -> Outcome<usize> {
        self.variables
            .iter()
            .position(|known| known == name.as_str())
            .ok_or_else(|| Problem::at(name, format!("`{}` is no number, and no option before sets it", name.as_str())))
    }

    /// The rule stands, but this will not be seen for now.
    pub(crate) fn never(&mut self, about: Text<'_>, what: impl Into<String>) {
        self.is_never = true;
        self.remarks
            .push(Problem::at(about, what).severity(Severity::Note).hint("the rule is kept and does not match"));
    }

    /// The rule stands, but should be looked at.
    pub(crate) fn warn(&mut self, about: Text<'_>, what: impl Into<String>) {
        self.remarks.push(Problem::at(about, what).severity(Severity::Warning));
    }
}

impl<'a> Setting<'a> {
    /// Its value.
    pub(crate) fn needed(self) -> Outcome<Text<'a>> {
        match self.value {
            Some(value) if !value.is_empty() => Ok(value),
            _ => Err(Problem::at(self.name, format!("`{}` needs a value", self.name.as_str()))),
        }
    }

    /// It has no value.
    pub(crate) fn bare(self) -> Outcome {
        match self.value {
            Some(value) if !value.is_empty() => {
                Err(Problem::at(value, format!("`{}` takes no value", self.name.as_str())))
            }
            _ => Ok(()),
        }
    }
}
