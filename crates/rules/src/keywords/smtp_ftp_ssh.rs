//! Mail, files over FTP, SSH.

use super::{Keyword, number, other, sticky};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{Amount, Check, Content};
use crate::language::{Setting, unquoted};
use applayer::Field;

const SMTP: &[&str] = &["smtp"];
const FTP: &[&str] = &["ftp"];
const FTP_DATA: &[&str] = &["ftp-data"];
const SSH: &[&str] = &["ssh"];

const fn smtp(field: Field) -> Origin {
    Origin::field(field, SMTP).of_client()
}

const fn ftp(field: Field) -> Origin {
    Origin::field(field, FTP)
}

const fn ssh(field: Field) -> Origin {
    Origin::field(field, SSH)
}

pub(super) const KEYWORDS: &[Keyword] = &[
    sticky(&["smtp.helo"], smtp(Field::SmtpHelo), "how a client calls itself"),
    sticky(&["smtp.mail_from"], smtp(Field::SmtpMailFrom), "the sender of the envelope"),
    sticky(&["smtp.rcpt_to"], smtp(Field::SmtpRcptTo).many(), "each receiver of the envelope"),
    sticky(&["email.from"], smtp(Field::EmailFrom), "the field From"),
    sticky(&["email.to"], smtp(Field::EmailTo), "the field To"),
    sticky(&["email.cc"], smtp(Field::EmailCc), "the field Cc"),
    sticky(&["email.subject"], smtp(Field::EmailSubject), "the field Subject"),
    sticky(&["email.date"], smtp(Field::EmailDate), "the field Date"),
    sticky(&["email.message_id"], smtp(Field::EmailMessageId), "the field Message-Id"),
    sticky(&["email.x_mailer"], smtp(Field::EmailXMailer), "the field X-Mailer"),
    sticky(&["email.url"], smtp(Field::EmailUrl).many().whole(), "each link in the mail"),
    sticky(&["email.received"], smtp(Field::EmailReceived).many(), "each field Received"),
    sticky(&["email.body_md5"], Origin::unseen(SMTP).of_client().whole(), "the MD5 of the mail's body"),
    sticky(&["ftp.command"], ftp(Field::FtpCommand).of_client(), "the command"),
    sticky(&["ftp.command_data"], ftp(Field::FtpCommandData).of_client(), "what stands behind the command"),
    sticky(&["ftp.reply"], ftp(Field::FtpReply).of_server().many(), "each line of the reply"),
    sticky(&["ftp.completion_code"], ftp(Field::FtpCompletionCode).of_server().many(), "each code of the reply"),
    number(&["ftp.dynamic_port"], ftp(Field::FtpDynamicPort), u16::MAX as u64, "the port for data"),
    other(&["ftp.mode"], ftp_mode, "who opens the connection for data"),
    other(&["ftp.reply_received"], ftp_reply_received, "has the server replied?"),
    other(&["ftpdata_command"], ftp_data_command, "does the data come of a RETR or a STOR?"),
    other(&["ftpbounce"], ftp_bounce, "a PORT with an address that is not the client's"),
    sticky(&["ssh.proto", "ssh_proto"], ssh(Field::SshProto), "the version of SSH"),
    sticky(&["ssh.software", "ssh_software"], ssh(Field::SshSoftware), "the software"),
    other(&["ssh.protoversion"], |draft, setting| ssh_text(draft, setting, Field::SshProto), "the version of SSH"),
    other(&["ssh.softwareversion"], |draft, setting| ssh_text(draft, setting, Field::SshSoftware), "the software"),
    sticky(&["ssh.hassh", "ssh-hassh"], ssh(Field::SshHassh).of_client(), "the HASSH of the client, as MD5"),
    sticky(
        &["ssh.hassh.string", "ssh-hassh-string"],
        ssh(Field::SshHasshString).of_client(),
        "the HASSH of the client, as text",
    ),
    sticky(
        &["ssh.hassh.server", "ssh-hassh-server"],
        ssh(Field::SshHasshServer).of_server(),
        "the HASSH of the server, as MD5",
    ),
    sticky(
        &["ssh.hassh.server.string", "ssh-hassh-server-string"],
        ssh(Field::SshHasshServerString).of_server(),
        "the HASSH of the server, as text",
    ),
];

/// The field is this, and nothing more.
fn is_text(draft: &mut Draft<'_>, setting: Setting<'_>, origin: Origin, text: &str) -> Outcome {
    let mut content = Content::new(text.as_bytes(), true);
    content.depth = Some(Amount::Fixed(text.len() as i64));
    content.is_at_end = true;
    draft.push_into(origin, Check::Content(content), setting)
}

fn ftp_mode(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    match value.is("active") || value.is("passive") {
        true => is_text(draft, setting, ftp(Field::FtpMode), value.as_str()),
        false => Err(Problem::at(value, "a mode is `active` or `passive`")),
    }
}

fn ftp_reply_received(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let text = match value.as_str().to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => "yes",
        "no" | "false" | "off" | "0" => "no",
        _ => return Err(Problem::at(value, "this is `yes` or `no`")),
    };
    is_text(draft, setting, ftp(Field::FtpReplyReceived), text)
}

fn ftp_data_command(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    match matches!(value.as_str(), "retr" | "stor") {
        true => is_text(draft, setting, Origin::field(Field::FtpDataCommand, FTP_DATA), value.as_str()),
        false => Err(Problem::at(value, "a command is `retr` or `stor`")),
    }
}

fn ftp_bounce(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    draft.push_foreign(ftp(Field::FtpPortAddress).of_client(), setting)
}

/// The old form: a text that is in the field.
fn ssh_text(draft: &mut Draft<'_>, setting: Setting<'_>, field: Field) -> Outcome {
    let value = setting.needed()?;
    let text = unquoted(value).map_or(value, |(text, _)| text);
    draft.push_into(ssh(field), Check::Content(Content::new(text.as_str().as_bytes(), true)), setting)
}
