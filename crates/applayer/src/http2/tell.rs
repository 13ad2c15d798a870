//! A stream as EVE tells it.

use super::frame::{error_name, setting_name};
use super::hpack;
use super::stream::{Half, Mark, Stream};
use crate::buffer::Field;
use crate::http::Times;
use crate::http::buffers::Head;
use crate::http::headers::{Known, decimal, without_credentials};
use crate::http::range::ContentRange;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

impl Transaction for Stream {
    fn table(&self) -> &'static str {
        "http"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn is_in_eve(&self) -> bool {
        // A stream whose messages are told says no more.
        !(self.is_dns && self.tells_dns())
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.text("version", b"2");
        tell_headers("request_headers", self.request(), tree);
        tell_headers("response_headers", self.response(), tree);
        self.tell_common(tree);
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
        tree.open_object("http2");
        tree.number("stream_id", self.stream_id.into());
        let halves = [("request", self.request()), ("response", self.response())];
        for (name, half) in halves.into_iter().filter(|(_, half)| half.says_frames()) {
            tree.open_object(name);
            tell_frames(half, tree);
            tree.close_object();
        }
        tree.close_object();
    }

    fn host_name(&self) -> &[u8] {
        without_port(self.request().headers.get(Known::Host).unwrap_or_else(|| self.authority()))
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if field == Field::Http2HeaderName {
            let (name, _) = self.halves[sender.index()].headers.iter().nth(place)?;
            return Some(Cow::Borrowed(name));
        }
        self.head(sender).buffer(field, place)
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        let half = &self.halves[sender.index()];
        match field {
            Field::Http2ErrorCode if place == 0 => half.error.map(|error| error.code.into()),
            Field::Http2Priority if place == 0 => half.priority.map(u64::from),
            Field::Http2FrameType => (0..16).filter(|kind| half.frame_kinds >> kind & 1 == 1).nth(place),
            Field::Http2Window => half.window_updates.get(place).map(|bytes| u64::from(*bytes)),
            // The identifier stands before the value.
            Field::Http2Settings => {
                let (identifier, value) = half.settings.as_ref()?.get(place)?;
                Some(u64::from(*identifier) << 32 | u64::from(*value))
            }
            Field::Http2SizeUpdate => half.table_sizes().nth(place),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Half {
    fn table_sizes(&self) -> impl Iterator<Item = u64> {
        self.marks.iter().filter_map(|(_, mark)| match mark {
            Mark::TableSize(bytes) => Some(*bytes),
            Mark::Error(_) => None,
        })
    }
}

impl Stream {
    fn head(&self, sender: Side) -> Head<'_> {
        let headers = &self.halves[sender.index()].headers;
        let is_request = sender == Side::Client;
        let host = self.request().headers.get(Known::Host).unwrap_or_else(|| self.authority());
        Head {
            sender,
            headers,
            method: if is_request { self.method() } else { b"" },
            target: if is_request { self.path() } else { b"" },
            protocol: if headers.is_empty() { b"" } else { b"HTTP/2" },
            host: without_port(host),
            status: headers.find(b":status").unwrap_or_default(),
            reason: b"",
        }
    }

    fn tell_common(&self, tree: &mut dyn Tree) {
        let request = &self.request().headers;
        let host = request.get(Known::Host).unwrap_or_else(|| self.authority());
        let texts = [
            ("http_method", Some(self.method())),
            ("url", Some(self.path())),
            ("hostname", Some(without_port(host))),
            ("http_user_agent", request.get(Known::UserAgent)),
        ];
        tell_texts(&texts, tree);
        let length_of = |half: &Half| half.headers.get(Known::ContentLength).and_then(decimal);
        if let Some(length) = length_of(self.response()).or_else(|| length_of(self.request())) {
            tree.number("length", length);
        }
        if let Some(status) = self.status() {
            tree.number("status", status.into());
        }
    }

    fn tell_own(&self, tree: &mut dyn Tree) {
        let (request, response) = (self.request(), self.response());
        if self.stream_id == 0 {
            return;
        }
        let texts = [
            ("xff", request.headers.get(Known::XForwardedFor)),
            ("http_refer", request.headers.get(Known::Referer)),
            ("http_content_type", response.headers.get(Known::ContentType).map(without_parameters)),
            ("redirect", response.headers.get(Known::Location)),
            ("request_content_type", request.headers.get(Known::ContentType)),
        ];
        tell_texts(&texts, tree);
        if let Some(range) = response.headers.get(Known::ContentRange) {
            ContentRange::tell(range, tree);
        }
        tree.number("request_body_bytes", request.entity_bytes);
        tree.number("response_body_bytes", response.entity_bytes);
        Times::tell(request.times, response.times, tree);
    }
}

fn tell_texts(texts: &[(&'static str, Option<&[u8]>)], tree: &mut dyn Tree) {
    for (name, text) in texts {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            tree.text(name, text);
        }
    }
}

fn without_port(host: &[u8]) -> &[u8] {
    match memchr::memrchr(b':', host) {
        Some(colon) if !host[colon..].contains(&b']') => &host[..colon],
        _ => host,
    }
}

fn without_parameters(content_type: &[u8]) -> &[u8] {
    &content_type[..memchr::memchr(b';', content_type).unwrap_or(content_type.len())]
}

fn tell_headers(name: &'static str, half: &Half, tree: &mut dyn Tree) {
    if half.headers.is_empty() && half.marks.is_empty() {
        return;
    }
    tree.open_list(name);
    let mut marks = half.marks.iter().peekable();
    for (place, (name, value)) in half.headers.iter().enumerate() {
        while let Some((_, mark)) = marks.next_if(|(before, _)| *before <= place) {
            tell_mark(*mark, tree);
        }
        tree.open_object("");
        tree.text("name", name);
        tree.text("value", without_credentials(name, value));
        tree.close_object();
    }
    marks.for_each(|(_, mark)| tell_mark(*mark, tree));
    tree.close_list();
}

fn tell_mark(mark: Mark, tree: &mut dyn Tree) {
    tree.open_object("");
    match mark {
        Mark::TableSize(bytes) => tree.number("table_size_update", bytes),
        Mark::Error(hpack::Error::Index) => tree.text("error", b"HTTP2HeaderDecodeNotIndexed"),
        Mark::Error(hpack::Error::Integer) => tree.text("error", b"HTTP2HeaderDecodeIntegerOverflow"),
        Mark::Error(_) => tree.text("error", b"HTTP2HeaderDecodeError"),
    }
    tree.close_object();
}

impl Half {
    /// Is there something for [`tell_frames`]?
    fn says_frames(&self) -> bool {
        self.settings.is_some() || self.error.is_some() || self.priority.is_some() || self.repeated.is_some()
    }
}

fn tell_frames(half: &Half, tree: &mut dyn Tree) {
    if let Some(settings) = &half.settings {
        tree.open_list("settings");
        for (name, value) in settings.iter().filter_map(|(id, value)| Some((setting_name(*id)?, *value))) {
            tree.open_object("");
            tree.text("settings_id", name.as_bytes());
            tree.number("settings_value", value.into());
            tree.close_object();
        }
        tree.close_list();
    }
    if let Some(error) = half.error {
        match error_name(error.code) {
            Some(name) if error.is_of_connection => tree.text("error_code", name.to_uppercase().as_bytes()),
            Some(name) => tree.text("error_code", name.as_bytes()),
            None => tree.text("error_code", error.code.to_string().as_bytes()),
        }
    }
    if let Some(weight) = half.priority {
        tree.number("priority", weight.into());
    }
    if let Some(name) = half.repeated {
        tree.text("has_multiple", name.as_bytes());
    }
}
