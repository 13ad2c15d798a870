//! A request and its answer as rules look into them.

use super::message::Message;
use super::operation::{OPERATIONS, RESULT_CODES};
use super::said::{Said, Value};
use super::transaction::LdapTransaction;
use crate::buffer::{Field, item_at};
use model::packet::Side;

impl LdapTransaction {
    pub(super) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Option<&[u8]> {
        match (field, sender) {
            (Field::LdapRequestDn, Side::Client) => self.request.as_ref()?.name().filter(|_| place == 0),
            (Field::LdapRequestAttributeType, Side::Client) => {
                self.request.as_ref()?.attribute_types().get(place).copied()
            }
            // Those without one count too.
            (Field::LdapResponsesDn, Side::Server) => Some(self.responses.get(place)?.name().unwrap_or_default()),
            (Field::LdapResponsesMessage, Side::Server) => {
                Some(self.responses.get(place)?.text("message").unwrap_or_default())
            }
            (Field::LdapResponsesAttributeType, Side::Server) => {
                let mut all = self.responses.iter().flat_map(Message::attribute_types);
                item_at(&mut || all.next(), place)
            }
            _ => None,
        }
    }

    pub(super) fn number_of(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        match (field, sender) {
            (Field::LdapRequestOperation, Side::Client) if place == 0 => self.request.as_ref()?.operation_number(),
            (Field::LdapResponsesOperation, Side::Server) => self.responses.get(place)?.operation_number(),
            (Field::LdapResponsesCount, Side::Server) if place == 0 => Some(self.response_count),
            (Field::LdapResponsesResultCode, Side::Server) => {
                let mut codes = self.responses.iter().filter_map(Message::result_code);
                item_at(&mut || codes.next(), place)
            }
            _ => None,
        }
    }
}

impl Message {
    fn text(&self, name: &str) -> Option<&[u8]> {
        self.said.as_ref()?.text(name)
    }

    /// The name of the entry that it is about.
    fn name(&self) -> Option<&[u8]> {
        let name = match self.operation {
            "search_request" | "search_result_entry" => "base_object",
            "bind_request" => "name",
            "modify_request" => "object",
            "del_request" => "dn",
            "add_request" | "mod_dn_request" | "compare_request" => "entry",
            _ => "matched_dn",
        };
        self.text(name)
    }

    fn operation_number(&self) -> Option<u64> {
        number_of(self.operation.as_bytes(), OPERATIONS)
    }

    fn result_code(&self) -> Option<u64> {
        number_of(self.text("result_code")?, RESULT_CODES)
    }

    fn attribute_types(&self) -> Vec<&[u8]> {
        let Some(said) = &self.said else { return Vec::new() };
        match self.operation {
            "search_request" => texts(said.items("attributes")),
            "search_result_entry" => named_texts(said.items("attributes"), "type"),
            "add_request" => named_texts(said.items("attributes"), "name"),
            "modify_request" => {
                let changes = said.items("changes").iter().filter_map(|change| change.object()?.get("modification"));
                changes.filter_map(|it| it.object()?.text("attribute_type")).collect()
            }
            "compare_request" => {
                let assertion = said.get("attribute_value_assertion").and_then(Value::object);
                assertion.and_then(|assertion| assertion.text("description")).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

fn number_of(name: &[u8], known: &[(&str, u64)]) -> Option<u64> {
    known.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, number)| *number)
}

fn texts(items: &[Value]) -> Vec<&[u8]> {
    items.iter().filter_map(Value::bytes).collect()
}

fn named_texts<'a>(items: &'a [Value], name: &str) -> Vec<&'a [u8]> {
    items.iter().filter_map(|item| item.object()?.text(name)).collect()
}

impl Said {
    fn items(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }
}

impl Value {
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn object(&self) -> Option<&Said> {
        match self {
            Value::Object(said) => Some(said),
            _ => None,
        }
    }
}
