//! LDAP and Kerberos.

use super::numbers::one_of;
use super::{Keyword, items, number, other, sticky, word, words};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{NumberTest, Range};
use crate::language::{Setting, digits};
use applayer::{Field, krb5, ldap};

const fn of_ldap(field: Field) -> Origin {
    Origin::field(field, &["ldap"])
}

const fn request(field: Field) -> Origin {
    of_ldap(field).of_client()
}

const fn responses(field: Field) -> Origin {
    of_ldap(field).of_server()
}

const fn of_krb5(field: Field) -> Origin {
    Origin::field(field, &["krb5"])
}

pub(super) const KEYWORDS: &[Keyword] = &[
    words(
        &["ldap.request.operation"],
        request(Field::LdapRequestOperation),
        (ldap::OPERATIONS, u8::MAX as u64),
        "the operation that is asked for",
    ),
    items(
        &["ldap.responses.operation"],
        responses(Field::LdapResponsesOperation),
        (ldap::OPERATIONS, u8::MAX as u64),
        "the operation of an answer",
    ),
    number(
        &["ldap.responses.count"],
        responses(Field::LdapResponsesCount),
        u32::MAX as u64,
        "how many messages the answer has",
    ),
    items(
        &["ldap.responses.result_code"],
        responses(Field::LdapResponsesResultCode),
        (ldap::RESULT_CODES, u32::MAX as u64),
        "what an answer says of success",
    ),
    sticky(&["ldap.request.dn"], request(Field::LdapRequestDn), "the name that is asked for"),
    sticky(&["ldap.responses.dn"], responses(Field::LdapResponsesDn).many(), "each name that is answered"),
    sticky(&["ldap.responses.message"], responses(Field::LdapResponsesMessage).many(), "each message of an error"),
    sticky(
        &["ldap.request.attribute_type"],
        request(Field::LdapRequestAttributeType).many(),
        "each attribute that is asked for",
    ),
    sticky(
        &["ldap.responses.attribute_type"],
        responses(Field::LdapResponsesAttributeType).many(),
        "each attribute that is answered",
    ),
    sticky(
        &["krb5.cname", "krb5_cname"],
        of_krb5(Field::Krb5ClientName).of_server().many(),
        "each part of the client's name",
    ),
    sticky(
        &["krb5.sname", "krb5_sname"],
        of_krb5(Field::Krb5ServiceName).of_server().many(),
        "each part of the service's name",
    ),
    word(&["krb5_msg_type"], of_krb5(Field::Krb5MessageType), (&[], u8::MAX as u64), "the type of the message"),
    other(&["krb5_err_code"], error_code, "why there is no ticket"),
    other(&["krb5.ticket_encryption"], ticket_encryption, "how the ticket is encrypted"),
    other(&["krb5.weak_encryption"], weak_encryption, "is the ticket's encryption weak?"),
];

/// Codes of errors (RFC 4120, section 7.5.9), and room for more.
const CODE_MAX: u64 = 999;

fn error_code(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let code = digits(setting.needed()?, CODE_MAX)?;
    let range = Range { first: code, last: code, is_negated: false };
    draft.push_number(of_krb5(Field::Krb5ErrorCode), range, setting)
}

/// `weak`, or names and numbers of encryptions.
fn ticket_encryption(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let test = match value.as_str() {
        "weak" => weak(false),
        "!weak" => weak(true),
        _ if value.as_str().starts_with('!') => return Err(Problem::at(value, "only `weak` can be negated")),
        _ => one_of(value, krb5::ENCRYPTIONS)?,
    };
    draft.push_number(of_krb5(Field::Krb5TicketEncryption), test, setting)
}

fn weak_encryption(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    draft.push_number(of_krb5(Field::Krb5WeakEncryption), weak(false), setting)
}

fn weak(is_negated: bool) -> NumberTest {
    let strong =
        krb5::STRONG_ENCRYPTIONS.iter().map(|strong| Range { first: *strong, last: *strong, is_negated: false });
    NumberTest {
        any_of: strong.collect(),
        is_negated: !is_negated,
        ..Range { first: 0, last: 0, is_negated: false }.into()
    }
}
