//! An exchange as EVE tells it.

use super::exchange::Exchange;
use crate::buffer::Field;
use crate::http::Times;
use crate::http::buffers::Head;
use crate::http::headers::{Headers, Known, without_credentials};
use crate::http::range::ContentRange;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

impl Transaction for Exchange {
    fn table(&self) -> &'static str {
        "http"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    /// To Suricata only these requests carry files.
    fn tells_files_of(&self, sender: Side) -> bool {
        sender == Side::Server || matches!(self.method(), b"POST" | b"PUT")
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.tell_request(tree);
        self.tell_response_fields(tree);
        if let Some(referer) = self.request().headers.get(Known::Referer) {
            tree.text("http_refer", referer);
        }
        tell_text("http_method", self.method(), tree);
        tell_text("protocol", self.request_protocol(), tree);
        self.tell_status(tree);
        tree.number("length", self.response().body_bytes_sent);
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
        if tree.wants(Extra::Dump) {
            tell_headers("request_headers", &self.request().headers, tree);
            tell_headers("response_headers", &self.response().headers, tree);
        }
    }

    fn host_name(&self) -> &[u8] {
        self.hostname()
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.head(sender).buffer(field, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Exchange {
    fn head(&self, sender: Side) -> Head<'_> {
        let of_request = |text| if sender == Side::Client { text } else { b"".as_slice() };
        let response = &self.response().headers;
        Head {
            sender,
            headers: &self.messages[sender.index()].headers,
            method: of_request(self.method()),
            target: of_request(self.target()),
            protocol: match sender {
                Side::Client => self.request_protocol(),
                Side::Server => response.text(self.response.protocol),
            },
            host: self.hostname(),
            status: response.text(self.response.status_text),
            reason: self.reason(),
        }
    }

    fn tell_request(&self, tree: &mut dyn Tree) {
        tell_text("hostname", self.hostname(), tree);
        if let Some(port) = self.request.port {
            tree.number("http_port", port.into());
        }
        // Suricata's words where the request was not seen; nothing in tables of our own.
        match self.request.is_seen || tree.wants(Extra::Own) {
            true => tell_text("url", self.target(), tree),
            false => tree.text("url", TARGET_UNSEEN),
        }
        let fields = [("http_user_agent", Known::UserAgent), ("xff", Known::XForwardedFor)];
        for (name, field) in fields {
            if let Some(value) = self.request().headers.get(field) {
                tree.text(name, value);
            }
        }
    }

    fn tell_response_fields(&self, tree: &mut dyn Tree) {
        let headers = &self.response().headers;
        if let Some(content_type) = headers.get(Known::ContentType) {
            let end = memchr::memchr(b';', content_type).unwrap_or(content_type.len());
            tree.text("http_content_type", &content_type[..end]);
        }
        if let Some(range) = headers.get(Known::ContentRange) {
            ContentRange::tell(range, tree);
        }
    }

    fn tell_status(&self, tree: &mut dyn Tree) {
        let headers = &self.response().headers;
        match self.response.status {
            Some(status) => tree.number("status", status.into()),
            None => tell_text("status_string", headers.text(self.response.status_text), tree),
        }
        if let Some(location) = headers.get(Known::Location) {
            tree.text("redirect", location);
        }
    }

    fn tell_own(&self, tree: &mut dyn Tree) {
        tell_text("username", self.username(), tree);
        if let Some(content_type) = self.request().headers.get(Known::ContentType) {
            tree.text("request_content_type", content_type);
        }
        tell_text("reason", self.reason(), tree);
        if let Some(status) = self.response.informational_status {
            tree.number("informational_status", status.into());
        }
        tree.number("request_body_bytes", self.request().entity_bytes);
        tree.number("response_body_bytes", self.response().entity_bytes);
        Times::tell(self.request().times, self.response().times, tree);
    }
}

/// What Suricata calls the target of a request that it has not seen.
pub const TARGET_UNSEEN: &[u8] = b"/libhtp::request_uri_not_seen";

fn tell_text(name: &'static str, text: &[u8], tree: &mut dyn Tree) {
    if !text.is_empty() {
        tree.text(name, text);
    }
}

/// Every field. Of credentials only their scheme.
fn tell_headers(name: &'static str, headers: &Headers, tree: &mut dyn Tree) {
    if headers.is_empty() {
        return;
    }
    tree.open_list(name);
    for (name, value) in headers.iter() {
        tree.open_object("");
        tree.text("name", name);
        tree.text("value", without_credentials(name, value));
        tree.close_object();
    }
    tree.close_list();
}
