//! Messages of the Internet (RFC 5322) and what is in them (MIME, RFC 2045 to 2047, RFC 2231): for any protocol that
//! carries mail. Bytes come as pieces of lines; header fields are kept, parts with a name become files, links are found.

mod body;
mod buffers;
mod email;
mod field;
mod message;
mod parameter;
#[cfg(test)]
mod tests;
mod transfer;
mod url;
mod word;

use crate::protocol::MailLinks;
pub use email::{Email, Status};
pub(crate) use message::{Lines, Message};

/// What a message may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Multiparts within multiparts and messages within messages.
    pub depth_max: usize,
    /// Parts of one message.
    pub parts_max: u32,
    /// Header fields of one message, those of its parts counted.
    pub fields_max: u32,
    /// Bytes of one field that are kept.
    pub field_bytes_max: usize,
    /// Links of one message.
    pub urls_max: usize,
    /// Which of them EVE and rules see.
    pub links: MailLinks,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth_max: 16,
            parts_max: 1_000,
            fields_max: 1_000,
            field_bytes_max: 8 << 10,
            urls_max: 256,
            links: MailLinks::DEFAULT,
        }
    }
}
