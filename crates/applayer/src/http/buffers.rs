//! The head of a message as rules look into it, for both versions of HTTP.

use super::headers::{Headers, Known};
use super::uri;
use crate::buffer::Field;
use model::packet::Side;
use std::borrow::Cow;

/// One side's head, and the texts that stand outside of its fields.
pub(crate) struct Head<'a> {
    pub(crate) sender: Side,
    pub(crate) headers: &'a Headers,
    /// Of a request; of a response empty.
    pub(crate) method: &'a [u8],
    /// Of a request, as it was sent.
    pub(crate) target: &'a [u8],
    pub(crate) protocol: &'a [u8],
    /// The host that was asked, in lower case and without its port.
    pub(crate) host: &'a [u8],
    pub(crate) status: &'a [u8],
    pub(crate) reason: &'a [u8],
}

type Bytes<'a> = Option<Cow<'a, [u8]>>;

impl<'a> Head<'a> {
    /// What a buffer holds of this head.
    pub(crate) fn buffer(&self, field: Field, place: usize) -> Bytes<'a> {
        let is_repeating = matches!(field, Field::HttpRequestHeader | Field::HttpResponseHeader);
        if place > 0 && !is_repeating {
            return None;
        }
        match self.sender {
            Side::Client => self.of_request(field, place),
            Side::Server => self.of_response(field, place),
        }
    }

    fn of_request(&self, field: Field, place: usize) -> Bytes<'a> {
        match field {
            Field::HttpUri => non_empty(self.target).map(|_| Cow::Owned(uri::normalised(self.target))),
            Field::HttpUriRaw => non_empty(self.target),
            Field::HttpMethod => non_empty(self.method),
            Field::HttpRequestLine => self.first_line(),
            Field::HttpCookie => self.named(b"cookie"),
            Field::HttpUserAgent => self.known(Known::UserAgent),
            Field::HttpHost => non_empty(self.host),
            Field::HttpHostRaw => self.known(Known::Host).or(non_empty(self.host)),
            Field::HttpAccept => self.named(b"accept"),
            Field::HttpAcceptLang => self.named(b"accept-language"),
            Field::HttpAcceptEnc => self.named(b"accept-encoding"),
            Field::HttpReferer => self.known(Known::Referer),
            Field::HttpRequestHeader => self.line(place),
            _ => self.of_both(field),
        }
    }

    fn of_response(&self, field: Field, place: usize) -> Bytes<'a> {
        match field {
            Field::HttpStatCode => non_empty(self.status),
            Field::HttpStatMsg => non_empty(self.reason),
            Field::HttpResponseLine => self.first_line(),
            Field::HttpCookie => self.named(b"set-cookie"),
            Field::HttpLocation => self.known(Known::Location),
            Field::HttpServer => self.named(b"server"),
            Field::HttpResponseHeader => self.line(place),
            _ => self.of_both(field),
        }
    }

    fn of_both(&self, field: Field) -> Bytes<'a> {
        match field {
            Field::HttpProtocol => non_empty(self.protocol),
            Field::HttpHeader => self.lines(true).map(Cow::Owned),
            Field::HttpHeaderRaw => self.lines(false).map(|mut lines| {
                lines.extend_from_slice(b"\r\n");
                Cow::Owned(lines)
            }),
            Field::HttpHeaderNames => self.names().map(Cow::Owned),
            Field::HttpConnection => self.known(Known::Connection),
            Field::HttpContentType => self.known(Known::ContentType),
            Field::HttpContentLen => self.known(Known::ContentLength),
            Field::HttpStart => self.start().map(Cow::Owned),
            _ => None,
        }
    }

    fn known(&self, field: Known) -> Bytes<'a> {
        self.headers.get(field).map(Cow::Borrowed)
    }

    fn named(&self, name: &[u8]) -> Bytes<'a> {
        self.headers.find(name).map(Cow::Borrowed)
    }

    /// The line that the head begins with, without its end.
    fn first_line(&self) -> Bytes<'a> {
        let words = match self.sender {
            Side::Client => [self.method, self.target, self.protocol],
            Side::Server => [self.protocol, self.status, self.reason],
        };
        if words[0].is_empty() {
            return None;
        }
        let words: Vec<&[u8]> = words.into_iter().filter(|word| !word.is_empty()).collect();
        Some(Cow::Owned(words.join(&b' ')))
    }

    /// One field as `name: value`.
    fn line(&self, place: usize) -> Bytes<'a> {
        let (name, value) = self.headers.iter().nth(place)?;
        Some(Cow::Owned([name, b": ", value].concat()))
    }

    /// Every field as a line; cookies have a buffer of their own.
    fn lines(&self, without_cookies: bool) -> Option<Vec<u8>> {
        if self.headers.is_empty() {
            return None;
        }
        let cookie: &[u8] = if self.sender == Side::Client { b"cookie" } else { b"set-cookie" };
        let mut lines = Vec::new();
        for (name, value) in self.headers.iter() {
            if !(without_cookies && name.eq_ignore_ascii_case(cookie)) {
                [name, b": ", value, b"\r\n"].iter().for_each(|part| lines.extend_from_slice(part));
            }
        }
        Some(lines)
    }

    /// The fields' names, each between line ends, and an empty line.
    fn names(&self) -> Option<Vec<u8>> {
        if self.headers.is_empty() {
            return None;
        }
        let mut names = b"\r\n".to_vec();
        for (name, _) in self.headers.iter() {
            names.extend_from_slice(name);
            names.extend_from_slice(b"\r\n");
        }
        names.extend_from_slice(b"\r\n");
        Some(names)
    }

    /// The whole head.
    fn start(&self) -> Option<Vec<u8>> {
        let mut start = self.first_line()?.into_owned();
        start.extend_from_slice(b"\r\n");
        start.extend(self.lines(false).unwrap_or_default());
        start.extend_from_slice(b"\r\n");
        Some(start)
    }
}

fn non_empty(bytes: &[u8]) -> Bytes<'_> {
    (!bytes.is_empty()).then_some(Cow::Borrowed(bytes))
}
