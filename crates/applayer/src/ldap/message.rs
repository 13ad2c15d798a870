//! Messages (RFC 4511, section 4.1.1): a number, an operation, controls.

use super::operation;
use super::said::{Said, Value};
use crate::der::{Der, Tag, integer};

/// Controls of one message that are kept.
const CONTROLS_MAX: usize = 16;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub id: u64,
    /// Its operation, as EVE has it.
    pub operation: &'static str,
    /// What the operation says; none where that is nothing.
    pub said: Option<Said>,
    pub(super) controls: Vec<Value>,
}

/// What a message is to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It will be answered.
    Request,
    /// It will not.
    Unanswered,
    /// More follows.
    Part,
    /// It ends the answer.
    Last,
}

impl Message {
    /// Reads one; `None` where it is malformed.
    pub(super) fn parse(bytes: &[u8]) -> Option<Message> {
        let mut fields = Der::new(bytes).inner(Tag::SEQUENCE)?;
        let id = u64::try_from(integer(fields.expect(Tag::INTEGER)?)?).ok()?;
        let (tag, body) = fields.any()?;
        let operation = operation::name(tag)?;
        let said = operation::said(tag, body)?;
        let controls = fields.inner(Tag::context(0));
        let controls = controls.map(|list| list.elements().take(CONTROLS_MAX).filter_map(control).collect());
        Some(Message { id, operation, said, controls: controls.unwrap_or_default() })
    }

    pub(super) fn role(&self) -> Role {
        match self.operation {
            "unbind_request" | "abandon_request" => Role::Unanswered,
            "search_result_entry" | "search_result_reference" | "intermediate_response" => Role::Part,
            operation if operation.ends_with("_request") => Role::Request,
            _ => Role::Last,
        }
    }

    /// Does it want TLS (section 4.14)?
    pub(super) fn is_start_tls(&self) -> bool {
        let name = self.said.as_ref().and_then(|said| said.text("name"));
        self.operation == "extended_request" && name == Some(b"1.3.6.1.4.1.1466.20037")
    }

    pub(super) fn is_success(&self) -> bool {
        self.said.as_ref().and_then(|said| said.text("result_code")) == Some(b"success")
    }
}

fn control((_, bytes): (Tag, &[u8])) -> Option<Value> {
    const BOOLEAN: Tag = Tag(0x01);
    let mut fields = Der::new(bytes);
    let said = Said::default().with("control_type", Value::text(fields.expect(Tag::OCTET_STRING)?));
    let is_critical = fields.expect(BOOLEAN).is_some_and(|value| value != [0]);
    let said = said.with("criticality", Value::Flag(is_critical));
    let value = fields.expect(Tag::OCTET_STRING).map(|value| Value::Hex(value.to_vec()));
    Some(Value::Object(said.with_some("control_value", value)))
}
