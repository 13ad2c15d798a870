//! SMTP (RFC 5321): commands with their replies, mails with what is in them, STARTTLS (RFC 3207), BDAT (RFC 3030).

mod buffers;
mod command;
mod data;
mod mail;
mod parser;
mod probe;
mod reply;
#[cfg(test)]
mod tests;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use mail::Mail;

/// The row of SMTP.
pub struct SmtpProtocol;

impl Protocol for SmtpProtocol {
    fn name(&self) -> &'static str {
        "smtp"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[25, 465, 587, 2525]
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        match sender {
            Side::Client => probe::client(head),
            Side::Server => probe::server(head),
        }
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Smtp::new(start.settings.mail_links))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "smtp", doc: "Mails over SMTP", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("helo", "helo", Text, "Who the client says it is"),
    column("mail_from", "mail_from", Text, "The sender that the envelope names"),
    column("rcpt_to", "rcpt_to[]", Text, "The receivers that the envelope names"),
    column("user", "user", Text, "The user who logged in; passwords are not kept"),
    column("rejected_recipients", "rejected_recipients", Int32, "Receivers that the server refused"),
    column("last_reply", "last_reply", Text, "The last reply before the mail was told"),
    column("status", "email.status", Text, "How far the mail came: PARSE_DONE for all of it"),
    column("from", "email.from", Text, "The mail's From"),
    column("from_decoded", "email.from_decoded", Text, "The mail's From, encoded words decoded"),
    column("to", "email.to[]", Text, "The mail's To"),
    column("cc", "email.cc[]", Text, "The mail's Cc"),
    column("bcc", "email.bcc[]", Text, "The mail's Bcc"),
    column("subject", "email.subject", Text, "The mail's subject as it is sent"),
    column("subject_decoded", "email.subject_decoded", Text, "The mail's subject, encoded words decoded"),
    column("date", "email.date", Text, "The mail's date as it is sent"),
    column("message_id", "email.message_id", Text, "The mail's id"),
    column("reply_to", "email.reply_to", Text, "Where answers shall go"),
    column("in_reply_to", "email.in_reply_to", Text, "The id of the mail that is answered"),
    column("x_mailer", "email.x_mailer", Text, "The sender's program"),
    column("user_agent", "email.user_agent", Text, "The sender's program"),
    column("received", "email.received[]", Text, "The way that the mail took"),
    column("x_originating_ip", "email.x_originating_ip[]", Text, "Where a web mailer got it from"),
    column("attachments", "email.attachment[]", Text, "Names of the files in it"),
    column("links", "email.links[]", Text, "Links in its text"),
    column("parts", "email.parts", Int32, "Parts of its multiparts"),
    column("body_bytes", "email.body_bytes", Int64, "Bytes of its content, encodings taken off"),
    column("transaction_ns", "transaction_ns", Int64, "From the first command of the mail to its end"),
];
