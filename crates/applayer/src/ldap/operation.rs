//! Operations (RFC 4511, sections 4.2 to 4.14): what each says.

use super::said::{Said, Value};
use crate::der::{Der, Tag, integer};

/// Items of one list that are kept.
const ITEMS_MAX: usize = 64;
/// Bytes of one value that are kept.
const VALUE_BYTES_MAX: usize = 4 << 10;

const ENUMERATED: Tag = Tag(0x0a);
const BOOLEAN: Tag = Tag(0x01);
const SET: Tag = Tag(0x31);

/// A context's element that is no sequence.
const fn plain(number: u8) -> Tag {
    Tag(0x80 | number)
}

/// Operations by their names in EVE, and the numbers of their tags.
pub const OPERATIONS: &[(&str, u64)] = &[
    ("bind_request", 0),
    ("bind_response", 1),
    ("unbind_request", 2),
    ("search_request", 3),
    ("search_result_entry", 4),
    ("search_result_done", 5),
    ("modify_request", 6),
    ("modify_response", 7),
    ("add_request", 8),
    ("add_response", 9),
    ("del_request", 10),
    ("del_response", 11),
    ("mod_dn_request", 12),
    ("mod_dn_response", 13),
    ("compare_request", 14),
    ("compare_response", 15),
    ("abandon_request", 16),
    ("search_result_reference", 19),
    ("extended_request", 23),
    ("extended_response", 24),
    ("intermediate_response", 25),
];

/// An operation's name by its tag.
pub(super) fn name(tag: Tag) -> Option<&'static str> {
    OPERATIONS.iter().find(|(_, number)| *number == u64::from(tag.0 & 0x1f)).map(|(name, _)| *name)
}

/// What an operation says; `None` where it is malformed. Of some nothing is told.
pub(super) fn said(tag: Tag, body: &[u8]) -> Option<Option<Said>> {
    let mut fields = Der::new(body);
    Some(Some(match tag.0 & 0x1f {
        0 => bind(&mut fields)?,
        1 => {
            result(&mut fields)?.with_some("server_sasl_creds", fields.expect(plain(7)).map(|it| Value::Hex(short(it))))
        }
        3 => search(&mut fields)?,
        4 => entry(&mut fields)?,
        6 => modify(&mut fields)?,
        8 => add(&mut fields)?,
        10 => Said::default().with("dn", text(body)),
        12 => rename(&mut fields)?,
        14 => compare(&mut fields)?,
        5 | 7 | 9 | 11 | 13 | 15 => result(&mut fields)?,
        23 => {
            let name = fields.expect(plain(0))?;
            Said::default().with("name", text(name)).with_some("value", fields.expect(plain(1)).map(text))
        }
        24 => {
            let said = result(&mut fields)?;
            let said = said.with_some("name", fields.expect(plain(10)).map(text));
            said.with_some("value", fields.expect(plain(11)).map(text))
        }
        25 => {
            let said = Said::default().with_some("name", fields.expect(plain(0)).map(text));
            said.with_some("value", fields.expect(plain(1)).map(text))
        }
        _ => return Some(None),
    }))
}

fn short(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(VALUE_BYTES_MAX)].to_vec()
}

fn text(bytes: &[u8]) -> Value {
    Value::Text(short(bytes))
}

fn string(fields: &mut Der<'_>) -> Option<Value> {
    fields.expect(Tag::OCTET_STRING).map(text)
}

fn number(fields: &mut Der<'_>, tag: Tag) -> Option<Value> {
    let number = integer(fields.expect(tag)?)?;
    u64::try_from(number).ok().map(Value::Number)
}

fn flag(fields: &mut Der<'_>) -> Option<Value> {
    fields.expect(BOOLEAN).map(|value| Value::Flag(value != [0]))
}

/// The strings of a sequence or set.
fn strings(list: Der<'_>) -> Vec<Value> {
    list.elements().filter(|(tag, _)| *tag == Tag::OCTET_STRING).take(ITEMS_MAX).map(|(_, value)| text(value)).collect()
}

fn result(fields: &mut Der<'_>) -> Option<Said> {
    let code = integer(fields.expect(ENUMERATED)?)?;
    let said = Said::default().with("result_code", Value::text(result_name(code).as_bytes()));
    let said = said.with("matched_dn", string(fields)?).with("message", string(fields)?);
    // Referrals.
    fields.expect(Tag::context(3));
    Some(said)
}

fn bind(fields: &mut Der<'_>) -> Option<Said> {
    let said = Said::default().with("version", number(fields, Tag::INTEGER)?).with("name", string(fields)?);
    // A password is not told.
    let sasl = fields.inner(Tag::context(3)).map(|mut sasl| {
        let mechanism = string(&mut sasl).unwrap_or(Value::Text(Vec::new()));
        let credentials = sasl.expect(Tag::OCTET_STRING).map(|bytes| Value::Hex(short(bytes)));
        Value::Object(Said::default().with("mechanism", mechanism).with_some("credentials", credentials))
    });
    Some(said.with_some("sasl", sasl))
}

fn search(fields: &mut Der<'_>) -> Option<Said> {
    const PRESENT: Tag = plain(7);
    let said = Said::default()
        .with("base_object", string(fields)?)
        .with("scope", number(fields, ENUMERATED)?)
        .with("deref_alias", number(fields, ENUMERATED)?)
        .with("size_limit", number(fields, Tag::INTEGER)?)
        .with("time_limit", number(fields, Tag::INTEGER)?)
        .with("types_only", flag(fields)?);
    let (kind, filter) = fields.any()?;
    let filter = (kind == PRESENT).then(|| {
        let said = Said::default().with("type", Value::text(b"present"));
        Value::Object(said.with("value", text(filter)))
    });
    let attributes = fields.inner(Tag::SEQUENCE).map(strings).unwrap_or_default();
    Some(said.with_some("filter", filter).with_list("attributes", attributes))
}

/// Attributes with their values, under these names.
fn attributes(list: Der<'_>, type_name: &'static str, values_name: &'static str) -> Vec<Value> {
    let attribute = |bytes| {
        let mut fields = Der::new(bytes);
        let said = Said::default().with(type_name, string(&mut fields)?);
        let values = fields.inner(SET).map(strings).unwrap_or_default();
        Some(Value::Object(said.with_list(values_name, values)))
    };
    list.elements().take(ITEMS_MAX).filter_map(|(_, bytes)| attribute(bytes)).collect()
}

fn entry(fields: &mut Der<'_>) -> Option<Said> {
    let said = Said::default().with("base_object", string(fields)?);
    let list = fields.inner(Tag::SEQUENCE).unwrap_or(Der::new(b""));
    Some(said.with_list("attributes", attributes(list, "type", "values")))
}

fn add(fields: &mut Der<'_>) -> Option<Said> {
    let said = Said::default().with("entry", string(fields)?);
    Some(said.with_list("attributes", attributes(fields.inner(Tag::SEQUENCE)?, "name", "values")))
}

fn modify(fields: &mut Der<'_>) -> Option<Said> {
    let said = Said::default().with("object", string(fields)?);
    let changes = fields.inner(Tag::SEQUENCE)?.elements().take(ITEMS_MAX);
    let changes = changes.filter_map(|(_, change)| one_change(Der::new(change))).map(Value::Object).collect();
    Some(said.with_list("changes", changes))
}

fn one_change(mut fields: Der<'_>) -> Option<Said> {
    let operation = match integer(fields.expect(ENUMERATED)?)? {
        0 => "add",
        1 => "delete",
        2 => "replace",
        3 => "increment",
        _ => "unknown",
    };
    let mut attribute = fields.inner(Tag::SEQUENCE)?;
    let modification = Said::default().with("attribute_type", string(&mut attribute)?);
    let values = attribute.inner(SET).map(strings).unwrap_or_default();
    let modification = modification.with_list("attribute_values", values);
    let said = Said::default().with("operation", Value::text(operation.as_bytes()));
    Some(said.with("modification", Value::Object(modification)))
}

fn rename(fields: &mut Der<'_>) -> Option<Said> {
    let said = Said::default().with("entry", string(fields)?).with("new_rdn", string(fields)?);
    let said = said.with("delete_old_rdn", flag(fields)?);
    Some(said.with_some("new_superior", fields.expect(plain(0)).map(text)))
}

fn compare(fields: &mut Der<'_>) -> Option<Said> {
    let said = Said::default().with("entry", string(fields)?);
    let mut assertion = fields.inner(Tag::SEQUENCE)?;
    let assertion = Said::default().with("description", string(&mut assertion)?).with("value", string(&mut assertion)?);
    Some(said.with("attribute_value_assertion", Value::Object(assertion)))
}

/// Results by their names in EVE, and their numbers (section 4.1.9 and appendix A).
pub const RESULT_CODES: &[(&str, u64)] = &[
    ("success", 0),
    ("operations_error", 1),
    ("protocol_error", 2),
    ("time_limit_exceeded", 3),
    ("size_limit_exceeded", 4),
    ("compare_false", 5),
    ("compare_true", 6),
    ("auth_method_not_supported", 7),
    ("stronger_auth_required", 8),
    ("referral", 10),
    ("admin_limit_exceeded", 11),
    ("unavailable_critical_extension", 12),
    ("confidentiality_required", 13),
    ("sasl_bind_in_progress", 14),
    ("no_such_attribute", 16),
    ("undefined_attribute_type", 17),
    ("inappropriate_matching", 18),
    ("constraint_violation", 19),
    ("attribute_or_value_exists", 20),
    ("invalid_attribute_syntax", 21),
    ("no_such_object", 32),
    ("alias_problem", 33),
    ("invalid_dns_syntax", 34),
    ("is_leaf", 35),
    ("alias_dereferencing_problem", 36),
    ("inappropriate_authentication", 48),
    ("invalid_credentials", 49),
    ("insufficient_access_rights", 50),
    ("busy", 51),
    ("unavailable", 52),
    ("unwilling_to_perform", 53),
    ("loop_detect", 54),
    ("naming_violation", 64),
    ("object_class_violation", 65),
    ("not_allowed_on_non_leaf", 66),
    ("not_allowed_on_rdn", 67),
    ("entry_already_exists", 68),
    ("object_class_mods_prohibited", 69),
    ("affects_multiple_dsas", 71),
    ("other", 80),
];

fn result_name(code: i64) -> String {
    match RESULT_CODES.iter().find(|(_, number)| *number == code.cast_unsigned()) {
        Some((name, _)) => (*name).to_owned(),
        None => format!("unknown({code})"),
    }
}
