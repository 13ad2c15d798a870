//! A mail as rules look into it.

use super::mail::Mail;
use crate::buffer::Field;
use model::packet::Side;
use std::borrow::Cow;

impl Mail {
    pub(super) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if sender == Side::Server {
            return None;
        }
        match (field, place) {
            (Field::SmtpHelo, 0) => (!self.helo.is_empty()).then_some(Cow::Borrowed(&self.helo[..])),
            (Field::SmtpMailFrom, 0) => self.mail_from.as_deref().map(Cow::Borrowed),
            (Field::SmtpRcptTo, place) => self.rcpt_to.get(place).map(|path| Cow::Borrowed(&path[..])),
            _ => self.email()?.bytes_of(field, place),
        }
    }
}
