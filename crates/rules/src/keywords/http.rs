//! HTTP.

use super::{Keyword, Meaning, modifier, number, sticky};
use crate::detect::rule::Place;
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{NumberTest, Range};
use crate::language::{Setting, range_of};
use applayer::Field;

// DNS over HTTP/2 is HTTP/2 as well.
const HTTP: &[&str] = &["http", "http2", "doh2"];
const HTTP2: &[&str] = &["http2", "doh2"];

const fn both(field: Field) -> Origin {
    Origin::field(field, HTTP)
}

const fn request(field: Field) -> Origin {
    both(field).of_client()
}

const fn response(field: Field) -> Origin {
    both(field).of_server()
}

pub(super) const HTTP_URI: Origin = request(Field::HttpUri);
pub(super) const HTTP_URI_RAW: Origin = request(Field::HttpUriRaw);
pub(super) const METHOD: Origin = request(Field::HttpMethod);
pub(super) const HEADER: Origin = both(Field::HttpHeader);
pub(super) const HEADER_RAW: Origin = both(Field::HttpHeaderRaw);
pub(super) const COOKIE: Origin = both(Field::HttpCookie);
pub(super) const USER_AGENT: Origin = request(Field::HttpUserAgent);
pub(super) const HOST: Origin = request(Field::HttpHost);
pub(super) const HOST_RAW: Origin = request(Field::HttpHostRaw);
pub(super) const STAT_CODE: Origin = response(Field::HttpStatCode);
pub(super) const STAT_MSG: Origin = response(Field::HttpStatMsg);
pub(super) const REQUEST_BODY: Origin = Origin::at(Place::Body, HTTP).of_client().whole();
pub(super) const RESPONSE_BODY: Origin = Origin::at(Place::Body, HTTP).of_server().whole();
const REQUEST_LINE: Origin = request(Field::HttpRequestLine);
const RESPONSE_LINE: Origin = response(Field::HttpResponseLine);

const fn h2(field: Field) -> Origin {
    Origin::field(field, HTTP2)
}

pub(super) const KEYWORDS: &[Keyword] = &[
    sticky(&["http.uri"], HTTP_URI, "the URI, normalized"),
    modifier(&["http_uri"], HTTP_URI, "the URI, normalized"),
    sticky(&["http.uri.raw"], HTTP_URI_RAW, "the URI as it was sent"),
    modifier(&["http_raw_uri"], HTTP_URI_RAW, "the URI as it was sent"),
    sticky(&["http.method"], METHOD, "the method"),
    modifier(&["http_method"], METHOD, "the method"),
    sticky(&["http.header"], HEADER, "the header fields, normalized"),
    modifier(&["http_header"], HEADER, "the header fields, normalized"),
    sticky(&["http.header.raw"], HEADER_RAW, "the header fields as they were sent"),
    modifier(&["http_raw_header"], HEADER_RAW, "the header fields as they were sent"),
    sticky(&["http.cookie"], COOKIE, "the cookies"),
    modifier(&["http_cookie"], COOKIE, "the cookies"),
    sticky(&["http.user_agent"], USER_AGENT, "the user agent"),
    modifier(&["http_user_agent"], USER_AGENT, "the user agent"),
    sticky(&["http.host"], HOST, "the host, in small letters and without port"),
    modifier(&["http_host"], HOST, "the host, in small letters and without port"),
    sticky(&["http.host.raw"], HOST_RAW, "the host as it was sent"),
    modifier(&["http_raw_host"], HOST_RAW, "the host as it was sent"),
    sticky(&["http.stat_code"], STAT_CODE, "the status code"),
    modifier(&["http_stat_code"], STAT_CODE, "the status code"),
    sticky(&["http.stat_msg"], STAT_MSG, "the words behind the status code"),
    modifier(&["http_stat_msg"], STAT_MSG, "the words behind the status code"),
    sticky(&["http.request_body"], REQUEST_BODY, "the body of the request"),
    modifier(&["http_client_body"], REQUEST_BODY, "the body of the request"),
    sticky(&["http.response_body"], RESPONSE_BODY, "the body of the response"),
    modifier(&["http_server_body"], RESPONSE_BODY, "the body of the response"),
    sticky(&["http.request_line", "http_request_line"], REQUEST_LINE, "the first line of the request"),
    sticky(&["http.response_line", "http_response_line"], RESPONSE_LINE, "the first line of the response"),
    sticky(&["http.protocol", "http_protocol"], both(Field::HttpProtocol), "the version"),
    sticky(&["http.header_names", "http_header_names"], both(Field::HttpHeaderNames), "the names of the header fields"),
    sticky(&["http.request_header"], request(Field::HttpRequestHeader).many(), "each header field of the request"),
    sticky(&["http.response_header"], response(Field::HttpResponseHeader).many(), "each header field of the response"),
    sticky(&["http.accept", "http_accept"], request(Field::HttpAccept), "the field Accept"),
    sticky(&["http.accept_lang", "http_accept_lang"], request(Field::HttpAcceptLang), "the field Accept-Language"),
    sticky(&["http.accept_enc", "http_accept_enc"], request(Field::HttpAcceptEnc), "the field Accept-Encoding"),
    sticky(&["http.referer", "http_referer"], request(Field::HttpReferer), "the field Referer"),
    sticky(&["http.connection", "http_connection"], both(Field::HttpConnection), "the field Connection"),
    sticky(&["http.content_type", "http_content_type"], both(Field::HttpContentType), "the field Content-Type"),
    sticky(&["http.content_len", "http_content_len"], both(Field::HttpContentLen), "the field Content-Length"),
    sticky(
        &["http.start", "http_start"],
        Origin::field(Field::HttpStart, &["http"]),
        "the first line and the header fields",
    ),
    sticky(&["http.location"], response(Field::HttpLocation), "the field Location"),
    sticky(&["http.server"], response(Field::HttpServer), "the field Server"),
    sticky(&["http2.header_name"], h2(Field::Http2HeaderName).many(), "the name of each header field of HTTP/2"),
    Keyword {
        names: &["http2.frametype"],
        doc: "the type of the frame",
        meaning: Meaning::Word(h2(Field::Http2FrameType).whole(), FRAME_TYPES, u8::MAX as u64),
    },
    Keyword {
        names: &["http2.errorcode"],
        doc: "why a stream or the connection ends",
        meaning: Meaning::Word(h2(Field::Http2ErrorCode).whole(), ERROR_CODES, u32::MAX as u64),
    },
    number(&["http2.priority"], h2(Field::Http2Priority).whole(), u8::MAX as u64, "the weight of a stream"),
    number(&["http2.window"], h2(Field::Http2Window).whole(), u32::MAX as u64, "by how much a window grows"),
    number(&["http2.size_update"], h2(Field::Http2SizeUpdate), u64::MAX, "the new size of the table of header fields"),
    super::other(&["http2.settings"], h2_settings, "a setting of the connection"),
];

/// RFC 9113, section 6.
const FRAME_TYPES: &[(&str, u64)] = &[
    ("data", 0),
    ("headers", 1),
    ("priority", 2),
    ("rst_stream", 3),
    ("rststream", 3),
    ("settings", 4),
    ("push_promise", 5),
    ("pushpromise", 5),
    ("ping", 6),
    ("goaway", 7),
    ("window_update", 8),
    ("windowupdate", 8),
    ("continuation", 9),
];

/// RFC 9113, section 7.
const ERROR_CODES: &[(&str, u64)] = &[
    ("no_error", 0),
    ("protocol_error", 1),
    ("internal_error", 2),
    ("flow_control_error", 3),
    ("settings_timeout", 4),
    ("stream_closed", 5),
    ("frame_size_error", 6),
    ("refused_stream", 7),
    ("cancel", 8),
    ("compression_error", 9),
    ("connect_error", 10),
    ("enhance_your_calm", 11),
    ("inadequate_security", 12),
    ("http_1_1_required", 13),
];

/// RFC 9113, section 6.5.2.
const SETTINGS: &[(&str, u64)] = &[
    ("SETTINGS_HEADER_TABLE_SIZE", 1),
    ("SETTINGS_ENABLE_PUSH", 2),
    ("SETTINGS_MAX_CONCURRENT_STREAMS", 3),
    ("SETTINGS_INITIAL_WINDOW_SIZE", 4),
    ("SETTINGS_MAX_FRAME_SIZE", 5),
    ("SETTINGS_MAX_HEADER_LIST_SIZE", 6),
];

/// `http2.settings:SETTINGS_HEADER_TABLE_SIZE>1000`: a setting, and maybe what it is.
fn h2_settings(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let end = value.as_str().find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    let (name, range) = match end {
        Some(end) => (value.part(0, end), range_of(value.from(end).trim(), u32::MAX.into())?),
        None => (value, Range { first: 0, last: u32::MAX.into(), is_negated: false }),
    };
    let known = SETTINGS.iter().find(|(known, _)| name.is(known));
    let (_, identifier) = known.ok_or_else(|| Problem::at(name, "this is no setting of HTTP/2"))?;
    draft.push_number(h2(Field::Http2Settings), setting_in(*identifier, range), setting)
}

/// A setting is its identifier and behind it, in 32 bits, its value.
fn setting_in(identifier: u64, range: Range) -> NumberTest {
    let of = |first: u64, last: u64| Range {
        first: identifier << 32 | first,
        last: identifier << 32 | last.min(u32::MAX.into()),
        is_negated: false,
    };
    let below = range.first.checked_sub(1).map(|last| of(0, last));
    let above = (range.last < u32::MAX.into()).then(|| of(range.last + 1, u32::MAX.into()));
    let any_of = match range.is_negated {
        true => below.into_iter().chain(above).collect(),
        false => vec![of(range.first, range.last)],
    };
    NumberTest { any_of, ..range.into() }
}
