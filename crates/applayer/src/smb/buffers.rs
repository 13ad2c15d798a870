//! A request and its response as rules look into them.

use super::header::Version;
use super::transaction::{Details, SmbTransaction};
use crate::buffer::Field;
use model::packet::Side;
use std::borrow::Cow;

impl SmbTransaction {
    pub(super) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if let Details::Pipe(call, _) = &self.details {
            return call.bytes_of(field, sender, place);
        }
        if place > 0 || sender == Side::Server {
            return None;
        }
        let ntlm = || match &self.details {
            Details::SessionSetup(setup) => setup.ntlm.as_ref(),
            _ => None,
        };
        match (field, &self.details) {
            // As in Suricata the share of pipes is meant, not the pipe.
            (Field::SmbNamedPipe, Details::TreeConnect(tree)) if tree.is_pipe => Some(Cow::Borrowed(&tree.path)),
            (Field::SmbShare, Details::TreeConnect(tree)) if !tree.is_pipe => Some(Cow::Borrowed(&tree.path)),
            (Field::SmbNtlmsspUser, _) => ntlm().map(|ntlm| Cow::Borrowed(&ntlm.user[..])),
            (Field::SmbNtlmsspDomain, _) => ntlm().map(|ntlm| Cow::Borrowed(&ntlm.domain[..])),
            _ => None,
        }
    }

    pub(super) fn number_of(&self, field: Field, place: usize) -> Option<u64> {
        match (field, &self.details, place) {
            (Field::SmbVersion, _, 0) => Some(if self.version == Version::V1 { 1 } else { 2 }),
            (_, Details::Pipe(call, _), place) => call.number_of(field, place),
            _ => None,
        }
    }
}
