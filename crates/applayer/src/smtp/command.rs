//! Commands (RFC 5321, section 4.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr;

/// A command and what of it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Hello(&'a [u8]),
    MailFrom(&'a [u8]),
    RcptTo(&'a [u8]),
    Data,
    /// So many bytes follow; is it the last chunk?
    Bdat(u64, bool),
    /// A chunk whose size is none.
    InvalidBdat,
    StartTls,
    /// The mechanism, and the first response, if it is sent along.
    Auth(&'a [u8], Option<&'a [u8]>),
    Reset,
    Quit,
    Other,
}

/// Parses a line.
pub(super) fn parse(line: &[u8]) -> Command<'_> {
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r')).unwrap_or(line.len());
    let (verb, rest) = (line[..end].to_ascii_uppercase(), line.get(end + 1..).unwrap_or_default());
    match &verb[..] {
        b"EHLO" | b"HELO" | b"LHLO" => Command::Hello(rest),
        b"MAIL" => path(rest, b"FROM:").map_or(Command::Other, Command::MailFrom),
        b"RCPT" => path(rest, b"TO:").map_or(Command::Other, Command::RcptTo),
        b"DATA" => Command::Data,
        b"BDAT" => chunk(rest),
        b"STARTTLS" => Command::StartTls,
        b"AUTH" => {
            let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
            Command::Auth(words.next().unwrap_or_default(), words.next())
        }
        b"RSET" => Command::Reset,
        b"QUIT" => Command::Quit,
        _ => Command::Other,
    }
}

/// The path behind `FROM:` or `TO:`, without the parameters behind it.
fn path<'a>(rest: &'a [u8], keyword: &[u8]) -> Option<&'a [u8]> {
    let rest = rest.trim_ascii_start();
    let (begin, path) = rest.split_at_checked(keyword.len())?;
    let path = path.trim_ascii_start();
    let end = match path.starts_with(b"<") {
        // A quoted name may have blanks in it.
        true => memchr(b'>', path).map_or(path.len(), |end| end + 1),
        false => path.iter().position(u8::is_ascii_whitespace).unwrap_or(path.len()),
    };
    begin.eq_ignore_ascii_case(keyword).then(|| path[..end].trim_ascii_end())
}

fn chunk(rest: &[u8]) -> Command<'static> {
    let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let size = words.next().and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
    match (size, words.next()) {
        (Some(bytes), None) => Command::Bdat(bytes, false),
        (Some(bytes), Some(last)) if last.eq_ignore_ascii_case(b"LAST") => Command::Bdat(bytes, true),
        _ => Command::InvalidBdat,
    }
}

/// The user in a response of PLAIN (RFC 4616): behind who it acts for, before the password.
pub(super) fn plain_user(response: &[u8]) -> Option<Vec<u8>> {
    let decoded = STANDARD.decode(response.trim_ascii()).ok()?;
    decoded.split(|byte| *byte == 0).nth(1).map(<[u8]>::to_vec)
}

/// The user in a response of LOGIN.
pub(super) fn login_user(response: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(response.trim_ascii()).ok()
}
