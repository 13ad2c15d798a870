//! IKE.

use super::{Keyword, number, other, sticky};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::Range;
use crate::language::Setting;
use applayer::Field;

const fn ike(field: Field) -> Origin {
    Origin::field(field, &["ike"])
}

const LENGTH_MAX: u64 = u32::MAX as u64;

pub(super) const KEYWORDS: &[Keyword] = &[
    sticky(&["ike.init_spi"], ike(Field::IkeInitiatorSpi).of_client(), "the index of the initiator"),
    sticky(&["ike.resp_spi"], ike(Field::IkeResponderSpi).of_server(), "the index of the responder"),
    sticky(&["ike.vendor"], ike(Field::IkeVendor).of_client().many(), "each vendor"),
    sticky(&["ike.key_exchange_payload"], ike(Field::IkeKeyExchange), "the key exchange"),
    sticky(&["ike.nonce_payload"], ike(Field::IkeNonce), "the nonce"),
    number(&["ike.exchtype"], ike(Field::IkeExchangeType), u8::MAX as u64, "what is exchanged"),
    number(
        &["ike.key_exchange_payload_length"],
        ike(Field::IkeKeyExchangeLength),
        LENGTH_MAX,
        "bytes of the key exchange",
    ),
    number(&["ike.nonce_payload_length"], ike(Field::IkeNonceLength), LENGTH_MAX, "bytes of the nonce"),
    other(&["ike.chosen_sa_attribute"], chosen, "what the server has chosen"),
];

/// Attributes by their names (RFC 2409, appendix A).
const ATTRIBUTES: &[(&str, u64)] = &[
    ("alg_enc", 1),
    ("alg_hash", 2),
    ("alg_auth", 3),
    ("alg_dh", 4),
    ("sa_group_type", 5),
    ("sa_life_type", 11),
    ("sa_life_duration", 12),
    ("alg_prf", 13),
    ("sa_key_length", 14),
    ("sa_field_size", 15),
];

/// `ike.chosen_sa_attribute:alg_hash=2`
fn chosen(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let Some((name, number)) = value.split_once('=') else {
        return Err(Problem::at(value, "this is an attribute, `=`, and a number"));
    };
    let known = ATTRIBUTES.iter().find(|(known, _)| name.as_str() == *known);
    let (_, kind) = known.ok_or_else(|| Problem::at(name, "this is no attribute of an association"))?;
    let number: u32 = number.number()?;
    let wanted = kind << 32 | u64::from(number);
    let range = Range { first: wanted, last: wanted, is_negated: false };
    draft.push_number(ike(Field::IkeChosenAttribute).of_server(), range, setting)
}
