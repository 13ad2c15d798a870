//! What a rule says of one buffer, and how options come to it.

use super::{Draft, Origin, Outcome, Slot};
use crate::detect::Transform;
use crate::detect::rule::{HeaderPlace, Place};
use crate::diagnostic::Problem;
use crate::inspect::{Check, NumberTest};
use crate::language::{Setting, Text};

/// What a rule says of one buffer.
pub(crate) struct List {
    pub(crate) origin: Origin,
    pub(crate) transforms: Vec<Transform>,
    pub(crate) checks: Vec<Check>,
    /// Instead of checks: it is such a number.
    pub(crate) number: Option<NumberTest>,
    /// Instead of checks: it is the address of another than the sender.
    pub(crate) is_foreign: bool,
    /// `absent`: `Some(true)` with `or_else`.
    pub(crate) absent: Option<bool>,
    /// Where its keyword stands, in bytes of the rule.
    pub(crate) span: (usize, usize),
}

impl List {
    fn new(origin: Origin, name: Text<'_>) -> List {
        List {
            origin,
            transforms: Vec::new(),
            checks: Vec::new(),
            number: None,
            is_foreign: false,
            absent: None,
            span: (name.start(), name.as_str().len()),
        }
    }

    /// Says it nothing?
    pub(crate) fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.number.is_none() && !self.is_foreign && self.absent.is_none()
    }

    /// An error about the keyword that began it.
    pub(crate) fn problem(&self, what: impl Into<String>) -> Problem {
        Problem { start: self.span.0, length: self.span.1, ..Problem::at(Text::new(""), what) }
    }
}

impl Draft<'_> {
    /// From here on options are about this buffer.
    pub(crate) fn stick_to(&mut self, origin: Origin, setting: Setting<'_>) -> Outcome {
        self.close_list()?;
        self.need_header(origin, setting)?;
        self.need_application(origin, setting)?;
        let place = self.list_of(origin, setting.name);
        self.active = Slot::List(place);
        Ok(())
    }

    /// Back to the payload.
    pub(crate) fn stick_to_payload(&mut self) -> Outcome {
        self.close_list()?;
        self.active = Slot::Payload;
        Ok(())
    }

    /// A buffer that nothing is said of is a mistake.
    pub(crate) fn close_list(&self) -> Outcome {
        let Slot::List(place) = self.active else { return Ok(()) };
        match self.lists.get(place) {
            Some(list) if list.is_empty() => Err(list
                .problem("nothing is said of this buffer")
                .hint("`content`, `pcre`, `bsize`, ... stand behind the buffer that they look into")),
            _ => Ok(()),
        }
    }

    /// The list of a buffer: the one that the rule has, unless each keyword means one of several.
    fn list_of(&mut self, origin: Origin, name: Text<'_>) -> usize {
        let known = self.lists.iter().position(|list| {
            list.origin.is_same_buffer(origin)
                && list.transforms.is_empty()
                && list.number.is_none()
                && !list.is_foreign
        });
        match known {
            Some(place) if !origin.is_many => place,
            _ => {
                self.lists.push(List::new(origin, name));
                self.lists.len() - 1
            }
        }
    }

    /// Another list of the buffer that options are about now.
    pub(crate) fn split_list(&mut self) {
        let Slot::List(place) = self.active else { return };
        let Some(list) = self.lists.get(place) else { return };
        self.lists.push(List { span: list.span, ..List::new(list.origin, Text::new("")) });
        self.active = Slot::List(self.lists.len() - 1);
    }

    /// A number of a transaction.
    pub(crate) fn push_number(&mut self, origin: Origin, test: impl Into<NumberTest>, setting: Setting<'_>) -> Outcome {
        self.need_application(origin, setting)?;
        self.lists.push(List { number: Some(test.into()), ..List::new(origin, setting.name) });
        Ok(())
    }

    /// An address that is not the sender's own.
    pub(crate) fn push_foreign(&mut self, origin: Origin, setting: Setting<'_>) -> Outcome {
        self.need_application(origin, setting)?;
        self.lists.push(List { is_foreign: true, ..List::new(origin, setting.name) });
        Ok(())
    }

    /// An old modifier: the content before it is about this buffer.
    pub(crate) fn move_content(&mut self, origin: Origin, setting: Setting<'_>) -> Outcome {
        let name = setting.name.as_str();
        if self.active != Slot::Payload {
            return Err(Problem::at(setting.name, format!("`{name}` cannot stand behind a sticky buffer"))
                .hint("put `pkt_data` between, or use the sticky buffer of the same meaning"));
        }
        self.content(setting)?;
        let Some((Slot::Payload, place)) = self.last_content else {
            return Err(Problem::at(setting.name, format!("the content before `{name}` has a buffer already")));
        };
        self.need_application(origin, setting)?;
        let check = self.payload.remove(place);
        let list = self.list_of(origin, setting.name);
        self.lists[list].checks.push(check);
        let moved = Some((Slot::List(list), self.lists[list].checks.len() - 1));
        if self.at_start == self.last_content {
            self.at_start = moved;
        }
        self.last_content = moved;
        Ok(())
    }

    /// A check of a buffer that another option names, such as a letter of `pcre`.
    pub(crate) fn push_into(&mut self, origin: Origin, check: Check, setting: Setting<'_>) -> Outcome {
        self.need_application(origin, setting)?;
        let list = self.list_of(origin, setting.name);
        self.lists[list].checks.push(check);
        Ok(())
    }

    /// The list that options go to now, where that is a buffer's.
    pub(crate) fn active_list(&mut self, setting: Setting<'_>) -> Outcome<&mut List> {
        let wrong = || Problem::at(setting.name, format!("`{}` stands behind a sticky buffer", setting.name.as_str()));
        let Slot::List(place) = self.active else { return Err(wrong()) };
        self.lists.get_mut(place).ok_or_else(wrong)
    }

    /// The header that a buffer is must be one of a protocol that the rule is for.
    fn need_header(&self, origin: Origin, setting: Setting<'_>) -> Outcome {
        let protocol = match origin.place {
            Some(Place::Header(HeaderPlace::Tcp)) => 6,
            Some(Place::Header(HeaderPlace::Udp)) => 17,
            Some(Place::Header(HeaderPlace::IcmpV4)) => 1,
            _ => return Ok(()),
        };
        let header = &self.header;
        let is_other = !header.protocols.is_empty() && !header.protocols.contains(&protocol);
        match is_other || protocol == 1 && !header.applications.is_empty() {
            true => Err(Problem::at(setting.name, "no packet that this rule is for has such a header")),
            false => Ok(()),
        }
    }

    /// The rule is for flows of these protocols only.
    pub(crate) fn need_application(&mut self, origin: Origin, setting: Setting<'_>) -> Outcome {
        let name = setting.name.as_str();
        if origin.place.is_none() {
            self.never(setting.name, format!("Fathom does not see what `{name}` is about yet"));
        }
        if origin.applications.is_empty() {
            return Ok(());
        }
        let known = &mut self.header.applications;
        let shared: Vec<&'static str> = match known.is_empty() {
            // Where nothing says that it is about DNS, HTTP is what it is alone.
            true if origin.applications.contains(&"http") => {
                origin.applications.iter().copied().filter(|application| *application != "doh2").collect()
            }
            true => origin.applications.to_vec(),
            false => known.iter().copied().filter(|known| origin.applications.contains(known)).collect(),
        };
        // HTTP and DNS share what is both, but only rules for that may speak of both.
        let is_both = known.len() > 1 && origin.applications.len() > 1 && shared == ["doh2"];
        if shared.is_empty() || is_both {
            let (wanted, is) = (origin.applications.join("`, `"), known.join("`, `"));
            return Err(Problem::at(setting.name, format!("`{name}` is of `{wanted}`, but the rule is for `{is}`")));
        }
        *known = shared;
        Ok(())
    }
}
