//! `ftp.log`: commands about files and data channels. Who is logged in and where they are is known from the commands before.

use super::field::{Field, ORIG_H, ORIG_P, RESP_H, RESP_P, Record, TS, UID, leaf, made, unset};
use super::leaves::Leaves;
use super::value::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// Sessions that are followed at one time; of others no user and no folder is known.
const SESSIONS_MAX: usize = 16_384;
/// Bytes of a path that are kept.
const PATH_BYTES_MAX: usize = 4_096;
/// Commands that are rows.
const LOGGED_COMMANDS: &[&[u8]] =
    &[b"APPE", b"DELE", b"RETR", b"STOR", b"STOU", b"ACCT", b"PORT", b"PASV", b"EPRT", b"EPSV"];
/// Those of them that name a file.
const FILE_COMMANDS: &[&[u8]] = &[b"APPE", b"DELE", b"RETR", b"STOR", b"STOU"];
/// Users whose password is no secret.
const GUESTS: &[&[u8]] = &[b"anonymous", b"ftp", b"ftpuser", b"guest"];

/// The sessions that are open.
#[derive(Debug, Default)]
pub(super) struct Sessions(BTreeMap<u64, Session>);

/// What the commands before have said.
#[derive(Debug, Default)]
pub(super) struct Session {
    password: Option<Vec<u8>>,
    /// The folder, from the one the session began in (`.`) or from the root.
    folder: Vec<u8>,
    /// What SIZE said of the file that is fetched next.
    size: Option<u64>,
}

impl Sessions {
    /// Takes a command and its reply. Is it a row?
    pub(super) fn take(&mut self, flow: u64, leaves: &Leaves) -> bool {
        let command = leaves.first("command").unwrap_or_default();
        if self.0.len() < SESSIONS_MAX || self.0.contains_key(&flow) {
            self.0.entry(flow).or_default().take(command, leaves);
        }
        LOGGED_COMMANDS.contains(&command)
    }

    /// What is known of a session.
    pub(super) fn get(&self, flow: u64) -> Option<&Session> {
        self.0.get(&flow)
    }

    /// The session is over.
    pub(super) fn over(&mut self, flow: u64) {
        self.0.remove(&flow);
    }
}

impl Session {
    fn take(&mut self, command: &[u8], leaves: &Leaves) {
        let argument = leaves.first("command_data").unwrap_or_default();
        let is_done = reply_code(leaves).is_some_and(|code| code.starts_with(b"2"));
        match command {
            b"PASS" => {
                let is_guest = leaves.first("user").is_some_and(|user| GUESTS.contains(&user));
                self.password = Some(if is_guest { argument.to_vec() } else { b"<hidden>".to_vec() });
            }
            b"CWD" | b"XCWD" if is_done => self.folder = self.path(argument),
            b"CDUP" | b"XCUP" if is_done => self.folder = self.path(b".."),
            b"SIZE" => self.size = std::str::from_utf8(reply(leaves)).ok().and_then(|text| text.trim().parse().ok()),
            _ => {}
        }
    }

    /// A path as seen from where the session is.
    fn path(&self, path: &[u8]) -> Vec<u8> {
        let folder: &[u8] = if self.folder.is_empty() { b"." } else { &self.folder };
        let whole = if path.starts_with(b"/") { path.to_vec() } else { [folder, b"/", path].concat() };
        let mut steps: Vec<&[u8]> = Vec::new();
        for (place, step) in whole.split(|byte| *byte == b'/').enumerate() {
            match step {
                b".." if steps.len() > 1 => {
                    steps.pop();
                }
                b"" | b"." if place > 0 => {}
                step => steps.push(step),
            }
        }
        let mut path = steps.join(&b'/');
        path.truncate(PATH_BYTES_MAX);
        path
    }
}

/// `ftp.log`.
pub(super) const FIELDS: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    made("user", "string", |record| Value::some_text(record.leaves.first("user").or(Some(b"<unknown>")))),
    made("password", "string", |record| Value::some_text(record.ftp.and_then(|session| session.password.as_deref()))),
    leaf("command", "string", "command"),
    made("arg", "string", argument),
    unset("mime_type", "string"),
    made("file_size", "count", file_size),
    made("reply_code", "count", |record| Value::some_text(reply_code(record.leaves))),
    made("reply_msg", "string", |record| Value::some_text(Some(reply(record.leaves)))),
    made("data_channel.passive", "bool", |record| {
        channel(record).map_or(Value::Unset, |channel| Value::Boolean(channel.is_passive))
    }),
    made("data_channel.orig_h", "addr", |record| {
        channel(record).map_or(Value::Unset, |channel| Value::Address(channel.opener))
    }),
    made("data_channel.resp_h", "addr", |record| {
        channel(record).map_or(Value::Unset, |channel| Value::Address(channel.listener))
    }),
    made("data_channel.resp_p", "port", |record| {
        channel(record).map_or(Value::Unset, |channel| Value::Number(channel.port.into()))
    }),
    unset("fuid", "string"),
];

/// The last reply's code.
fn reply_code(leaves: &Leaves) -> Option<&[u8]> {
    leaves.all("completion_code[]").last()
}

fn reply(leaves: &Leaves) -> &[u8] {
    leaves.all("reply[]").last().unwrap_or_default()
}

/// Of commands that name a file, its place as a URL.
fn argument(record: &Record<'_>) -> Value {
    let Some(argument) = record.leaves.first("command_data").filter(|argument| !argument.is_empty()) else {
        return Value::Unset;
    };
    let Some(facts) = record.facts.filter(|_| is_of_file(record.leaves)) else { return Value::Text(argument.to_vec()) };
    let host = match facts.flow.server().address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    let path = record.ftp.map_or_else(|| Session::default().path(argument), |session| session.path(argument));
    let between: &[u8] = if path.starts_with(b"/") { b"" } else { b"/" };
    Value::Text([b"ftp://", host.as_bytes(), between, &path].concat())
}

fn is_of_file(leaves: &Leaves) -> bool {
    leaves.first("command").is_some_and(|command| FILE_COMMANDS.contains(&command))
}

/// What SIZE said, or the opening reply: `150 Opening data connection (39695 bytes)`.
fn file_size(record: &Record<'_>) -> Value {
    if !is_of_file(record.leaves) {
        return Value::Unset;
    }
    let told = record.leaves.all("reply[]").find_map(|reply| {
        let text = std::str::from_utf8(reply).ok()?;
        let (before, _) = text.split_once(" bytes")?;
        before.rsplit(['(', ' ']).next()?.parse().ok()
    });
    Value::some_number(told.or(record.ftp.and_then(|session| session.size)))
}

/// Who opens the data channel to whom.
struct Channel {
    is_passive: bool,
    opener: IpAddr,
    listener: IpAddr,
    port: u16,
}

/// What this command or its reply says of it.
fn channel(record: &Record<'_>) -> Option<Channel> {
    let flow = record.facts?.flow;
    let (client, server) = (flow.client().address, flow.server().address);
    let argument = record.leaves.first("command_data").unwrap_or_default();
    let is_done = reply_code(record.leaves).is_some_and(|code| code.starts_with(b"2"));
    let (is_passive, told) = match record.leaves.first("command")? {
        b"PASV" if is_done => (true, six_numbers(reply(record.leaves))?),
        b"EPSV" if is_done => (true, (server, extended(reply(record.leaves))?)),
        b"PORT" => (false, six_numbers(argument)?),
        b"EPRT" => (false, (client, extended(argument)?)),
        _ => return None,
    };
    let (listener, port) = told;
    Some(Channel { is_passive, opener: if is_passive { client } else { server }, listener, port })
}

/// `205,167,25,101,243,251`, with words around it or not (RFC 959 section 4.1.2).
fn six_numbers(text: &[u8]) -> Option<(IpAddr, u16)> {
    let text = std::str::from_utf8(text).ok()?;
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let numbers: Vec<u8> = text[start..]
        .split(|letter: char| !letter.is_ascii_digit())
        .map_while(|number| number.parse().ok())
        .take(6)
        .collect();
    let [a, b, c, d, high, low] = numbers.try_into().ok()?;
    Some((Ipv4Addr::new(a, b, c, d).into(), u16::from_be_bytes([high, low])))
}

/// The port of `|||6446|` or `|1|10.0.0.1|6446|` (RFC 2428).
fn extended(text: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(text).ok()?;
    text.rsplit('|').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_followed() {
        let mut session = Session::default();
        for (step, expected) in
            [("pub", "./pub"), ("a/b", "./pub/a/b"), ("..", "./pub/a"), ("/x", "/x"), ("../y", "/y")]
        {
            session.folder = session.path(step.as_bytes());
            assert_eq!(String::from_utf8_lossy(&session.folder), expected, "{step}");
        }
    }

    #[test]
    fn channels_in_words() {
        let told = six_numbers(b"Entering Passive Mode (10,0,0,7,243,251).");
        assert_eq!(told, Some((Ipv4Addr::new(10, 0, 0, 7).into(), 62_459)));
        assert_eq!(six_numbers(b"10,0,0"), None);
        assert_eq!(extended(b"Entering Extended Passive Mode (|||6446|)"), Some(6446));
    }
}
