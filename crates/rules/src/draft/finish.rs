//! From what a rule's options said to the rule as it is run.

use super::list::List;
use super::{Draft, Outcome};
use crate::detect::Kind;
use crate::detect::rule::{Compiled, Condition, Part, Place, Scope, Test, ValueStep};
use crate::diagnostic::Problem;
use crate::inspect::Check;
use crate::language::Text;
use applayer::{Field, Stage};
use model::packet::Side;
use std::sync::Arc;

impl Draft<'_> {
    /// The rule. `whole` is its text.
    pub(crate) fn finish(mut self, whole: Text<'_>) -> Outcome<(Compiled, Vec<Problem>)> {
        self.close_list()?;
        let sid = self.about.sid.ok_or_else(|| {
            Problem::at(whole.part(0, 1), "the rule has no `sid`")
                .hint("each rule needs a number of its own: `sid:1000001;`")
        })?;
        let sender = self.sender()?;
        if self.is_never {
            self.conditions.push(Condition::Always(false));
        }
        self.add_thresholds_of_file(sid);
        self.values.sort_by_key(|step| !is_read(step));
        self.check_frames()?;
        let scope = self.scope();
        self.check_lengths(whole)?;
        self.check_contents()?;
        self.fold_digits();
        if self.settings.advises {
            self.advise(whole);
        }
        self.payload.shrink_to_fit();
        self.lists.iter_mut().for_each(|list| list.checks.shrink_to_fit());
        self.conditions.shrink_to_fit();
        let is_whole = self.lists.iter().any(|list| list.origin.is_whole);
        let parts: Box<[Part]> = self.lists.into_iter().filter_map(|list| part_of(list, sender)).collect();
        let rule = Compiled {
            about: Arc::new(self.about.finish(sid)),
            scope,
            header: self.header,
            conditions: self.conditions,
            payload: self.payload,
            parts: parts.into(),
            sender,
            stage: if is_whole { Stage::Whole } else { Stage::Head },
            values: self.values,
            thresholds: self.thresholds,
            suppressions: self.suppressions,
            is_silent: self.is_silent,
            is_told: self.is_told,
            bypasses: self.bypasses,
            tags: self.tags,
            unlogged: self.unlogged,
            storing: self.storing,
        };
        Ok((rule, self.remarks))
    }

    /// Who sends what the rule looks at: what `flow` says, or what only one side sends.
    fn sender(&self) -> Outcome<Option<Side>> {
        let mut sender = self.flow_sender;
        if self.is_of_both_sides {
            return Ok(None);
        }
        let is_raw_header =
            |list: &&List| list.origin.place == Some(Place::Field(Field::HttpHeaderRaw)) && list.transforms.is_empty();
        if let Some(list) = self.lists.iter().find(is_raw_header).filter(|_| sender.is_none()) {
            return Err(list
                .problem("nothing says whose header fields these are")
                .hint("`flow:to_server` means those of the request, `flow:to_client` those of the response"));
        }
        for list in &self.lists {
            match (sender, list.origin.sender) {
                (Some(one), Some(other)) if one != other => {
                    let problem = list.problem("the rule looks at both directions at once");
                    return Err(problem.hint("this buffer is sent by the other side; the direction `=>` allows both"));
                }
                (None, Some(other)) => sender = Some(other),
                _ => {}
            }
        }
        Ok(sender)
    }

    fn add_thresholds_of_file(&mut self, sid: u32) {
        let gid = self.about.gid.unwrap_or(1);
        let file = &self.settings.thresholds;
        // What the rule says itself goes before the file.
        if self.thresholds.is_empty() {
            self.thresholds.extend(file.threshold(gid, sid));
        }
        if self.thresholds.iter().all(|threshold| threshold.kind != Kind::DetectionFilter) {
            self.thresholds.extend(file.rate_filters(gid, sid));
        }
        self.is_silent |= file.suppressions(gid, sid).any(|suppression| suppression.ends.is_none());
        self.suppressions.extend(file.suppressions(gid, sid).filter_map(|suppression| suppression.ends.clone()));
    }

    /// Frames are looked at one by one, before their transaction is known.
    fn check_frames(&self) -> Outcome {
        let frame = |list: &List| match list.origin.place {
            Some(Place::Frame(name)) => Some(name),
            _ => None,
        };
        let Some(name) = self.lists.iter().find_map(frame) else { return Ok(()) };
        let is_other = |list: &&List| match list.origin.place {
            Some(Place::Frame(other)) => other != name,
            Some(place) => is_of_transaction(place),
            None => false,
        };
        match self.lists.iter().find(is_other) {
            Some(list) => {
                Err(list.problem(format!("a rule that looks into the frame `{name}` cannot look into this too")))
            }
            None => Ok(()),
        }
    }

    /// What the rule is looked at with.
    fn scope(&self) -> Scope {
        let places = || self.lists.iter().filter_map(|list| list.origin.place);
        if places().any(is_of_transaction) {
            return Scope::Transaction;
        }
        if places().any(|place| matches!(place, Place::Frame(_))) {
            return Scope::Frame;
        }
        if self.units.packet || places().any(|place| place != Place::Decoded) {
            return Scope::Packet;
        }
        if !self.payload.is_empty() {
            return self.payload_scope();
        }
        let is_event = |condition: &Condition| matches!(condition, Condition::Event(..));
        let is_of_application = |condition: &Condition| matches!(condition, Condition::Application { .. });
        if self.conditions.iter().any(is_event) {
            return Scope::Packet;
        }
        if !self.header.applications.is_empty() || self.conditions.iter().any(is_of_application) {
            return Scope::Protocol;
        }
        let is_plain = self.conditions.iter().all(|condition| matches!(condition, Condition::Always(_)));
        let only_sets = self.values.iter().all(|step| matches!(step, ValueStep::Set(_) | ValueStep::Host { .. }));
        match is_plain && only_sets {
            true => Scope::FlowOnce,
            false => Scope::Packet,
        }
    }

    /// Contents with fixed places are looked for in single packets too; the others only in streams, where there are any.
    fn payload_scope(&self) -> Scope {
        let protocols = &self.header.protocols;
        let is_fixed = |check: &Check| matches!(check, Check::Content(content) if content.offset.is_some() || content.depth.is_some());
        match () {
            () if self.units.stream => Scope::Stream,
            () if !protocols.is_empty() && !protocols.contains(&6) => Scope::Packet,
            () if self.payload.iter().any(is_fixed) => Scope::PacketAndStream,
            () => Scope::Stream,
        }
    }
}

fn is_of_transaction(place: Place) -> bool {
    match place {
        Place::Field(_)
        | Place::Body
        | Place::FileData
        | Place::FileName
        | Place::FileMagic
        | Place::FileSize
        | Place::FileHash(_) => true,
        Place::Decoded | Place::Payload | Place::Header(_) | Place::Frame(_) => false,
        Place::SourceAddress | Place::DestinationAddress => false,
    }
}

fn is_read(step: &ValueStep) -> bool {
    use crate::detect::rule::HostAction::{IsNotSet, IsSet};
    match step {
        ValueStep::IsSet(_) | ValueStep::IsNotSet(_) | ValueStep::Compare(..) | ValueStep::HasNumber(..) => true,
        ValueStep::Host { action, .. } | ValueStep::Transaction { action, .. } => matches!(action, IsSet | IsNotSet),
        ValueStep::Set(_) | ValueStep::Unset(_) | ValueStep::Toggle(_) => false,
        ValueStep::Assign(..) | ValueStep::Add(..) | ValueStep::Subtract(..) => false,
    }
}

/// What a list says, where Fathom sees its buffer.
fn part_of(list: List, sender: Option<Side>) -> Option<Part> {
    let place = list.origin.place?;
    let test = match (list.number, list.absent) {
        _ if list.is_foreign => Test::Foreign,
        (Some(test), _) => Test::Number(test),
        (None, Some(or_else)) => Test::Absent(or_else.then_some(list.checks)),
        (None, None) => Test::Checks(list.checks),
    };
    let sender = list.origin.sender.filter(|of_list| sender != Some(*of_list));
    Some(Part { place, sender, transforms: list.transforms, test })
}
