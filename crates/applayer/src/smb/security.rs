//! What a client proves who it is with: NTLM or Kerberos, bare or in SPNEGO (RFC 4178).

use super::ntlmssp::{self, NtlmAuthentication};
use crate::der::{Der, Tag};
use crate::krb5::Ticket;

/// What is known of a login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) ntlm: Option<NtlmAuthentication>,
    pub(super) ticket: Option<Ticket>,
    pub(super) is_malformed: bool,
}

/// What a client's blob says.
pub(super) fn credentials(blob: &[u8]) -> Credentials {
    match ntlmssp::find(blob) {
        Some(ntlmssp::Found::Authentication(ntlm)) => Credentials { ntlm: Some(ntlm), ..Credentials::default() },
        Some(ntlmssp::Found::Malformed) => Credentials { is_malformed: true, ..Credentials::default() },
        Some(ntlmssp::Found::Other) => Credentials::default(),
        None => Credentials { ticket: ticket(blob), ..Credentials::default() },
    }
}

/// A token of a mechanism: its identifier, then what the mechanism says (RFC 2743, section 3.1).
const TOKEN: Tag = Tag(0x60);

/// The ticket in a token of SPNEGO, or of Kerberos itself.
fn ticket(blob: &[u8]) -> Option<Ticket> {
    let mut token = Der::new(blob).inner(TOKEN)?;
    token.expect(Tag::OBJECT_IDENTIFIER)?;
    match token.inner(Tag::context(0)) {
        Some(mut negotiation) => {
            let fields = negotiation.inner(Tag::SEQUENCE)?;
            let (_, first) = { fields }.elements().find(|(tag, _)| *tag == Tag::context(2))?;
            kerberos(Der::new(first).expect(Tag::OCTET_STRING)?)
        }
        None => kerberos(blob),
    }
}

/// A token of Kerberos (RFC 4121, section 4.1): AP_REQ stands behind two bytes that say so.
fn kerberos(token: &[u8]) -> Option<Ticket> {
    const AP_REQ: [u8; 2] = [1, 0];
    const APPLICATION_14: Tag = Tag(0x6e);
    let mut token = Der::new(token).inner(TOKEN)?;
    token.expect(Tag::OBJECT_IDENTIFIER)?;
    let message = token.rest().strip_prefix(&AP_REQ)?;
    let mut fields = Der::new(message).inner(APPLICATION_14)?.inner(Tag::SEQUENCE)?.elements();
    let (_, ticket) = fields.find(|(tag, _)| *tag == Tag::context(3))?;
    Ticket::parse(ticket)
}
