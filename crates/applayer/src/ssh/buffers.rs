//! A handshake as rules look into it.

use super::transaction::Handshake;
use crate::buffer::Field;
use model::packet::Side;
use std::borrow::Cow;

impl Handshake {
    pub(super) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let of_side = |side: Side| (sender == side).then(|| self.offer(side)).flatten();
        match (field, place) {
            (Field::SshProto, 0) => self.banner(sender).map(|banner| Cow::Borrowed(&banner.version[..])),
            (Field::SshSoftware, 0) => self.banner(sender).map(|banner| Cow::Borrowed(&banner.software[..])),
            (Field::SshHassh, 0) => of_side(Side::Client).map(|offer| Cow::Owned(offer.hassh(sender).into_bytes())),
            (Field::SshHasshString, 0) => of_side(Side::Client).map(|offer| Cow::Owned(offer.hassh_string(sender))),
            (Field::SshHasshServer, 0) => {
                of_side(Side::Server).map(|offer| Cow::Owned(offer.hassh(sender).into_bytes()))
            }
            (Field::SshHasshServerString, 0) => {
                of_side(Side::Server).map(|offer| Cow::Owned(offer.hassh_string(sender)))
            }
            _ => None,
        }
    }
}
