//! The table `http`: a row is a request and its response, in any version.

use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};

pub(crate) static TABLES: &[Table] =
    &[Table { name: "http", doc: "HTTP requests and their responses", columns: COLUMNS }];

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

const COLUMNS: &[Column] = &[
    column("hostname", "hostname", Text, "The host that was asked, in lower case and without port"),
    column("http_port", "http_port", Int32, "The port that the request names, if it names one"),
    column("url", "url", Text, "The request's target as it was sent"),
    column("http_user_agent", "http_user_agent", Text, "The request's User-Agent"),
    column("xff", "xff", Text, "The request's X-Forwarded-For"),
    column("http_content_type", "http_content_type", Text, "The response's Content-Type, without parameters"),
    column("http_refer", "http_refer", Text, "The request's Referer"),
    column("http_method", "http_method", Text, "The request's method"),
    column("protocol", "protocol", Text, "The request's protocol: HTTP/1.1"),
    column("version", "version", Text, "2 for HTTP/2"),
    column("status", "status", Int32, "The response's status"),
    column("status_string", "status_string", Text, "The response's status, where it is no number"),
    column("redirect", "redirect", Text, "The response's Location"),
    column(
        "length",
        "length",
        Int64,
        "Bytes of the response's body as sent: HTTP/1 with chunk sizes, HTTP/2 as announced",
    ),
    column("content_range", "content_range.raw", Text, "The response's Content-Range"),
    column("stream_id", "http2.stream_id", Int64, "HTTP/2: the stream; 0 for the connection itself"),
    column("request_headers", "request_headers[].name", Text, "Names of the request's fields"),
    column("response_headers", "response_headers[].name", Text, "Names of the response's fields"),
    column("username", "username", Text, "The user of basic or digest authentication; passwords are not kept"),
    column("request_content_type", "request_content_type", Text, "The request's Content-Type"),
    column("reason", "reason", Text, "The response's reason phrase"),
    column("informational_status", "informational_status", Int32, "Status of the last interim response: 100, 103"),
    column("request_body_bytes", "request_body_bytes", Int64, "Bytes of the request's body, codings taken off"),
    column("response_body_bytes", "response_body_bytes", Int64, "Bytes of the response's body, codings taken off"),
    column("request_transfer_ns", "timing.request_transfer_ns", Int64, "From the request's first byte to its last"),
    column(
        "server_response_ns",
        "timing.server_response_ns",
        Int64,
        "From the request's last byte to the response's first",
    ),
    column(
        "time_to_first_byte_ns",
        "timing.time_to_first_byte_ns",
        Int64,
        "From the request's first byte to the response's first",
    ),
    column("response_transfer_ns", "timing.response_transfer_ns", Int64, "From the response's first byte to its last"),
    column("transaction_ns", "timing.transaction_ns", Int64, "From the request's first byte to the response's last"),
];
