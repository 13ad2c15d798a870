//! What is weak or wrong in proposals (RFC 8247).

use super::attribute::Attribute;
use super::payload::{Proposal, Transform};

/// Of version 2.
const ENCRYPTION: u8 = 1;
const PRF: u8 = 2;
const INTEGRITY: u8 = 3;
const GROUP: u8 = 4;
const SEQUENCE: u8 = 5;

/// Protocols of a proposal.
const IKE: u8 = 1;
const AH: u8 = 2;

/// Every oddity of a proposal of version 2, by its name; one may come twice.
pub(super) fn of_v2(proposal: &Proposal) -> Vec<&'static str> {
    let has = |kind| proposal.transforms.iter().any(|transform| transform.kind == kind && transform.id != 0);
    let mut names: Vec<_> = proposal.transforms.iter().filter_map(of_transform).collect();
    if proposal.protocol == AH {
        names.push("no_encryption");
    }
    if !has(ENCRYPTION) && !has(INTEGRITY) {
        names.push("invalid_proposal");
    }
    if proposal.protocol == IKE && !has(GROUP) {
        names.push("weak_crypto_nodh");
    }
    if !has(INTEGRITY) && !proposal.transforms.iter().any(authenticates) {
        names.push("weak_crypto_noauth");
    }
    names
}

/// Ciphers that prove their messages themselves (RFC 5282).
fn authenticates(transform: &Transform) -> bool {
    transform.kind == ENCRYPTION && matches!(transform.id, 14..=16 | 18..=21 | 25..=28)
}

fn of_transform(transform: &Transform) -> Option<&'static str> {
    match (transform.kind, transform.id) {
        (ENCRYPTION, 1..=9 | 11) => Some("weak_crypto_enc"),
        (PRF, 0) => Some("invalid_proposal"),
        (PRF, 1 | 2) => Some("weak_crypto_prf"),
        (INTEGRITY, 1..=4 | 6 | 7) => Some("weak_crypto_auth"),
        (GROUP, 1 | 2 | 5 | 22) => Some("weak_crypto_dh"),
        (ENCRYPTION..=SEQUENCE, _) => None,
        _ => Some("unknown_proposal"),
    }
}

/// Every oddity of what was chosen in version 1.
pub(super) fn of_v1(transform: &Transform) -> impl Iterator<Item = &'static str> + '_ {
    transform.attributes.iter().filter_map(|attribute| match (attribute.kind, attribute.value?) {
        (Attribute::ENCRYPTION, 1..=6) => Some("weak_crypto_enc"),
        (Attribute::HASH, 1 | 2) => Some("weak_crypto_auth"),
        (Attribute::GROUP, 1..=5 | 22) => Some("weak_crypto_dh"),
        _ => None,
    })
}
