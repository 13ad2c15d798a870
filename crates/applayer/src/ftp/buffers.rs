//! A command as rules look into it.

use super::endpoint;
use super::transaction::Command;
use crate::buffer::Field;
use model::packet::Side;
use std::borrow::Cow;
use std::net::IpAddr;

impl Command {
    pub(super) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let some = |bytes: &[u8]| (!bytes.is_empty()).then(|| Cow::Owned(bytes.to_vec()));
        match (field, sender, place) {
            (Field::FtpCommand, Side::Client, 0) => some(self.name()),
            (Field::FtpCommandData, Side::Client, 0) => some(self.data()),
            (Field::FtpReply, Side::Server, place) => self.replies.get(place).map(|line| Cow::Borrowed(&line.text[..])),
            (Field::FtpCompletionCode, Side::Server, place) => {
                let mut codes = self.replies.iter().filter_map(|line| line.code.as_ref());
                codes.nth(place).map(|code| Cow::Borrowed(&code[..]))
            }
            (Field::FtpPortAddress, Side::Client, 0) if self.name().eq_ignore_ascii_case(b"PORT") => {
                let (address, _) = endpoint::of_port(self.data())?;
                match address? {
                    IpAddr::V4(v4) => Some(Cow::Owned(v4.octets().to_vec())),
                    IpAddr::V6(_) => None,
                }
            }
            (Field::FtpMode, _, 0) => self.mode().map(|mode| Cow::Borrowed(mode.as_bytes())),
            // A greeting answers nothing.
            (Field::FtpReplyReceived, Side::Server, 0) if !self.name().is_empty() => {
                Some(Cow::Borrowed(if self.is_answered { b"yes".as_slice() } else { b"no".as_slice() }))
            }
            _ => None,
        }
    }

    pub(super) fn number_of(&self, field: Field, place: usize) -> Option<u64> {
        if field == Field::FtpDynamicPort && place == 0 { self.dynamic_port.map(u64::from) } else { None }
    }
}
