//! What is kept of a request and its answer.

use super::message::Message;
use super::said::Value;
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// Messages of one answer that are kept.
const RESPONSES_MAX: usize = 128;

/// A request and what answers it.
#[derive(Clone, Debug)]
pub struct LdapTransaction {
    /// The request; none where it was not seen, or where the server speaks unasked.
    pub request: Option<Message>,
    /// The answer's messages.
    pub responses: Vec<Message>,
    /// All of them, those that are not kept too.
    pub response_count: u64,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl LdapTransaction {
    /// A further message of the answer; the last one is kept in any case.
    pub(super) fn add(&mut self, response: Message) {
        self.response_count += 1;
        if self.responses.len() >= RESPONSES_MAX {
            self.responses.pop();
        }
        self.responses.push(response);
    }

    fn tell_message(message: &Message, has_id: bool, tree: &mut dyn Tree) {
        if has_id {
            tree.number("message_id", message.id);
        }
        tree.text("operation", message.operation.as_bytes());
        if let Some(said) = &message.said {
            tree.open_object(message.operation);
            said.tell(tree);
            tree.close_object();
        }
        if !message.controls.is_empty() {
            tree.open_list("controls");
            for control in &message.controls {
                if let Value::Object(said) = control {
                    tree.open_object("");
                    said.tell(tree);
                    tree.close_object();
                }
            }
            tree.close_list();
        }
    }

    fn tell_own(&self, tree: &mut dyn Tree) {
        let result = self.responses.last().and_then(|last| last.said.as_ref());
        for (name, told) in [("result_code", "result"), ("message", "result_message")] {
            if let Some(text) = result.and_then(|said| said.text(name)) {
                tree.text(told, text);
            }
        }
        let is_search = self.request.as_ref().is_some_and(|request| request.operation == "search_request");
        if is_search {
            tree.number("entries", self.response_count.saturating_sub(1));
        }
        tree.open_object("timing");
        tree.signed("response_ns", self.ended.since_ns(self.started));
        tree.close_object();
    }
}

impl Transaction for LdapTransaction {
    fn table(&self) -> &'static str {
        "ldap"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        Side::Client
    }

    fn tell(&self, tree: &mut dyn Tree) {
        if let Some(request) = &self.request {
            tree.open_object("request");
            LdapTransaction::tell_message(request, true, tree);
            tree.close_object();
        }
        if !self.responses.is_empty() {
            tree.open_list("responses");
            for response in &self.responses {
                tree.open_object("");
                LdapTransaction::tell_message(response, self.request.is_none(), tree);
                tree.close_object();
            }
            tree.close_list();
        }
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes_of(field, sender, place).map(Cow::Borrowed)
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        self.number_of(field, sender, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
