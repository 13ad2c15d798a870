//! Request lines and status lines (RFC 9112, sections 3 and 4), read as servers and browsers do.

use super::lines::{is_blank, split_blank, trimmed};

/// A request line's parts, and what is odd about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RequestLine<'a> {
    pub(super) method: &'a [u8],
    pub(super) target: &'a [u8],
    /// Empty in HTTP/0.9.
    pub(super) protocol: &'a [u8],
    pub(super) has_leading_blanks: bool,
    pub(super) has_odd_method_end: bool,
    pub(super) has_odd_target_end: bool,
}

impl RequestLine<'_> {
    pub(super) fn read(line: &[u8]) -> RequestLine<'_> {
        let text = trimmed(line);
        let has_leading_blanks = line.first().is_some_and(|byte| is_blank(*byte));
        let (method, blanks, rest) = split_blank(text);
        let has_odd_method_end = blanks.iter().any(|byte| *byte != b' ');
        let has_space = rest.contains(&b' ');
        let has_odd_blank = rest.iter().any(|byte| is_blank(*byte) && *byte != b' ');
        // A target may have spaces: the protocol is behind the last one.
        let last_blank = match has_space {
            true => rest.iter().rposition(|byte| *byte == b' '),
            false => rest.iter().rposition(|byte| is_blank(*byte)),
        };
        let (target, protocol) = last_blank.map_or((rest, &b""[..]), |at| (trimmed(&rest[..at]), &rest[at + 1..]));
        let has_odd_target_end = has_odd_blank;
        RequestLine { method, target, protocol, has_leading_blanks, has_odd_method_end, has_odd_target_end }
    }

    pub(super) fn has_known_method(&self) -> bool {
        is_method(self.method)
    }

    /// Can this be anything but a request?
    pub(super) fn is_sound(&self) -> bool {
        is_version(self.protocol) || (self.has_known_method() && !self.target.is_empty())
    }
}

/// A status line's parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct StatusLine<'a> {
    pub(super) protocol: &'a [u8],
    pub(super) status: &'a [u8],
    pub(super) reason: &'a [u8],
}

impl StatusLine<'_> {
    /// Reads it, if it looks like one: it begins with `HTTP`, blanks and zeros before it skipped.
    pub(super) fn read(line: &[u8]) -> Option<StatusLine<'_>> {
        let start = line.iter().position(|byte| !is_blank(*byte) && *byte != 0)?;
        let text = trimmed(&line[start..]);
        if !text.get(..4)?.eq_ignore_ascii_case(b"http") {
            return None;
        }
        let (protocol, _, rest) = split_blank(text);
        let (status, _, reason) = split_blank(rest);
        Some(StatusLine { protocol, status, reason })
    }

    /// The status, if it is a number from 100 to 999.
    pub(super) fn number(&self) -> Option<u16> {
        match self.status {
            [first @ b'1'..=b'9', second @ b'0'..=b'9', third @ b'0'..=b'9'] => {
                Some([first, second, third].iter().fold(0, |number, digit| number * 10 + u16::from(**digit - b'0')))
            }
            _ => None,
        }
    }
}

/// What of a line can be a status line, and what bare carriage returns separate from it: browsers take them for line
/// ends.
pub(super) fn split_status_line(line: &[u8]) -> (&[u8], &[u8]) {
    let start = line.iter().position(|byte| !is_blank(*byte) && *byte != 0).unwrap_or(line.len());
    let end = memchr::memchr(b'\r', &line[start..]).map_or(line.len(), |length| start + length);
    (&line[start..end], &line[end..])
}

/// Is it `HTTP/` and a version that there is?
pub(super) fn is_version(protocol: &[u8]) -> bool {
    version(protocol).is_some()
}

/// The version as major and minor digit.
pub(super) fn version(protocol: &[u8]) -> Option<(u8, u8)> {
    match protocol {
        [b'H' | b'h', b'T' | b't', b'T' | b't', b'P' | b'p', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => {
            Some((major - b'0', minor - b'0'))
        }
        _ => None,
    }
}

/// Is it a method of HTTP, WebDAV or a wide-spread extension of them?
pub(super) fn is_method(method: &[u8]) -> bool {
    METHODS.contains(&method)
}

/// The IANA registry of methods, and those that Windows and proxies have besides.
pub(super) const METHODS: &[&[u8]] = &[
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"CONNECT",
    b"PATCH",
    b"TRACE",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"CHECKIN",
    b"CHECKOUT",
    b"UNCHECKOUT",
    b"LABEL",
    b"MERGE",
    b"UPDATE",
    b"MKWORKSPACE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"MKREDIRECTREF",
    b"UPDATEREDIRECTREF",
    b"BASELINE-CONTROL",
    b"VERSION-CONTROL",
    b"ORDERPATCH",
    b"ACL",
    b"BIND",
    b"REBIND",
    b"UNBIND",
    b"LINK",
    b"UNLINK",
    b"PRI",
    b"QUERY",
    b"PURGE",
    b"NOTIFY",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"M-SEARCH",
    b"POLL",
    b"BMOVE",
    b"BCOPY",
    b"BDELETE",
    b"BPROPFIND",
    b"BPROPPATCH",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
    b"SOURCE",
    b"INDEX",
    b"BITS_POST",
    b"CCM_POST",
    b"SMS_POST",
    b"DEBUG",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        let check = |line: &str, method: &str, target: &str, protocol: &str, odd: [bool; 3]| {
            let read = RequestLine::read(line.as_bytes());
            let parts = [read.method, read.target, read.protocol];
            assert_eq!(parts, [method, target, protocol].map(str::as_bytes), "{line}");
            assert_eq!([read.has_leading_blanks, read.has_odd_method_end, read.has_odd_target_end], odd, "{line}");
        };
        check("GET / HTTP/1.1", "GET", "/", "HTTP/1.1", [false; 3]);
        check("GET  /a b   HTTP/1.1 ", "GET", "/a b", "HTTP/1.1", [false; 3]);
        check(" GET / HTTP/1.1", "GET", "/", "HTTP/1.1", [true, false, false]);
        check("GET\t/ HTTP/1.1", "GET", "/", "HTTP/1.1", [false, true, false]);
        check("GET /\tHTTP/1.1", "GET", "/", "HTTP/1.1", [false, false, true]);
        check("GET /", "GET", "/", "", [false; 3]);
        check("GET", "GET", "", "", [false; 3]);
        check("", "", "", "", [false; 3]);
    }

    #[test]
    fn status_lines() {
        let check = |line: &str, expected: Option<(&str, &str, &str, Option<u16>)>| {
            let read = StatusLine::read(line.as_bytes());
            let read = read.map(|read| (read.protocol, read.status, read.reason, read.number()));
            let bytes = expected.map(|(a, b, c, d)| (a.as_bytes(), b.as_bytes(), c.as_bytes(), d));
            assert_eq!(read, bytes, "{line}");
        };
        check("HTTP/1.1 200 OK", Some(("HTTP/1.1", "200", "OK", Some(200))));
        check("HTTP/1.0 404 Not  Found ", Some(("HTTP/1.0", "404", "Not  Found", Some(404))));
        check("\0 HTTP/1.1\t200", Some(("HTTP/1.1", "200", "", Some(200))));
        check("http/1.1 2000 x", Some(("http/1.1", "2000", "x", None)));
        check("HTTP/1.1", Some(("HTTP/1.1", "", "", None)));
        check("<html>", None);
        check("", None);
    }
}
