//! A message as rules look into it.

use super::email::Email;
use super::field::joined;
use crate::buffer::Field;
use std::borrow::Cow;

impl Email {
    pub(crate) fn bytes_of(&self, field: Field, place: usize) -> Option<Cow<'_, [u8]>> {
        let name: &[u8] = match (field, place) {
            (Field::EmailUrl, place) => {
                return self.shown_links().nth(place).map(Cow::Borrowed);
            }
            (Field::EmailReceived, place) => {
                let received = self.fields.iter().filter(|(name, _)| name == b"received");
                return received.map(|(_, value)| Cow::Owned(joined(value))).nth(place);
            }
            (Field::EmailFrom, 0) => b"from",
            (Field::EmailTo, 0) => b"to",
            (Field::EmailCc, 0) => b"cc",
            (Field::EmailSubject, 0) => b"subject",
            (Field::EmailDate, 0) => b"date",
            (Field::EmailMessageId, 0) => b"message-id",
            (Field::EmailXMailer, 0) => b"x-mailer",
            _ => return None,
        };
        let (_, value) = self.fields.iter().find(|(known, _)| known == name)?;
        Some(Cow::Owned(joined(value)))
    }
}
