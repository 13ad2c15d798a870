//! Properties of version 5.0 (section 2.2.2).

use super::packet::{binary, text, variable};
use crate::reader::Reader;

/// Properties of one packet that are kept.
const PROPERTIES_MAX: usize = 64;

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// A number, under its name.
    Number(&'static str, u32),
    /// Text or bytes, under their name.
    Bytes(&'static str, Vec<u8>),
    /// What the sender says under a name of its own.
    User(Vec<u8>, Vec<u8>),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Byte,
    TwoBytes,
    FourBytes,
    Variable,
    Text,
    Binary,
    Pair,
}

#[rustfmt::skip]
const PROPERTIES: &[(u8, &str, Form)] = &[
    (1, "payload_format_indicator", Form::Byte), (2, "message_expiry_interval", Form::FourBytes),
    (3, "content_type", Form::Text), (8, "response_topic", Form::Text), (9, "correlation_data", Form::Binary),
    (11, "subscription_identifier", Form::Variable), (17, "session_expiry_interval", Form::FourBytes),
    (18, "assigned_client_identifier", Form::Text), (19, "server_keep_alive", Form::TwoBytes),
    (21, "authentication_method", Form::Text), (22, "authentication_data", Form::Binary),
    (23, "request_problem_information", Form::Byte), (24, "will_delay_interval", Form::FourBytes),
    (25, "request_response_information", Form::Byte), (26, "response_information", Form::Text),
    (28, "server_reference", Form::Text), (31, "reason_string", Form::Text), (33, "receive_maximum", Form::TwoBytes),
    (34, "topic_alias_maximum", Form::TwoBytes), (35, "topic_alias", Form::TwoBytes), (36, "maximum_qos", Form::Byte),
    (37, "retain_available", Form::Byte), (38, "", Form::Pair), (39, "maximum_packet_size", Form::FourBytes),
    (40, "wildcard_subscription_available", Form::Byte), (41, "subscription_identifiers_available", Form::Byte),
    (42, "shared_subscription_available", Form::Byte),
];

/// All properties behind their length.
pub(super) fn properties(reader: &mut Reader<'_>) -> Option<Vec<Property>> {
    let length = variable(reader)?;
    let mut reader = Reader::new(reader.take(length as usize)?);
    let mut properties = Vec::new();
    while !reader.is_empty() {
        let property = property(&mut reader)?;
        if properties.len() < PROPERTIES_MAX {
            properties.push(property);
        }
    }
    Some(properties)
}

fn property(reader: &mut Reader<'_>) -> Option<Property> {
    let number = reader.u8()?;
    let (_, name, form) = PROPERTIES.iter().find(|(known, ..)| *known == number)?;
    Some(match form {
        Form::Byte => Property::Number(name, reader.u8()?.into()),
        Form::TwoBytes => Property::Number(name, reader.u16()?.into()),
        Form::FourBytes => Property::Number(name, reader.u32()?),
        Form::Variable => Property::Number(name, variable(reader)?),
        Form::Text => Property::Bytes(name, text(reader)?),
        Form::Binary => Property::Bytes(name, binary(reader)?),
        Form::Pair => Property::User(text(reader)?, text(reader)?),
    })
}
