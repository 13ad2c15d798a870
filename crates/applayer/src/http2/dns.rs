//! DNS over HTTP/2 (RFC 8484): the messages that streams carry.

use super::stream::{Half, Stream};
use crate::dns::{Answered, DnsTransaction, Message};
use crate::sink::Sink;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::packet::{Side, Timestamp};

/// What a flow speaks whose streams carry DNS.
pub const DNS_OVER_HTTP2: &str = "doh2";

/// What such bodies are.
const MEDIA_TYPE: &[u8] = b"application/dns-message";

/// Bytes of one message (RFC 8484, section 6).
const MESSAGE_BYTES_MAX: usize = 65_535;

impl Half {
    /// The next bytes of a body that is a message.
    pub(super) fn hold_dns(&mut self, bytes: &[u8]) {
        if self.dns.len() + bytes.len() <= MESSAGE_BYTES_MAX {
            self.dns.extend_from_slice(bytes);
        }
    }

    /// Says a field that it is about DNS?
    fn names_dns(&self, field: &[u8]) -> bool {
        self.headers.find(field).is_some_and(|value| memchr::memmem::find(value, MEDIA_TYPE).is_some())
    }
}

impl Stream {
    /// Do its headers say that it carries DNS, and did they not before?
    pub(super) fn begins_dns(&mut self) -> bool {
        let is_dns =
            self.request().names_dns(b"accept") || self.halves.iter().any(|half| half.names_dns(b"content-type"));
        is_dns && !std::mem::replace(&mut self.is_dns, true)
    }

    /// Tells the messages, once the stream is over: the response, or where there is none the request. Rules see both.
    pub(super) fn tell_dns(&self, transactions: &mut u64, now: Timestamp, sink: &mut dyn Sink) {
        let (request, response) = (self.dns_request(), Message::parse(&self.response().dns));
        let id = *transactions;
        *transactions += 1;
        let asked = request.is_some();
        let request = request.map(|message| DnsTransaction::carried(id, self.started, Side::Client, message));
        let Some(message) = response else {
            return request.iter().for_each(|request| sink.transaction(now, request));
        };
        request.iter().for_each(|request| sink.unlogged(now, request));
        let latency_ns = now.since_ns(self.started);
        let answered =
            if asked { Answered::Response { request: id, latency_ns, retries: 0 } } else { Answered::Unsolicited };
        let mut response = DnsTransaction::carried(id, now, Side::Server, message);
        response.answered = answered;
        sink.transaction(now, &response);
    }

    /// Is there a message to tell?
    pub(super) fn tells_dns(&self) -> bool {
        self.dns_request().is_some() || Message::parse(&self.response().dns).is_some()
    }

    /// The request is the body, or stands in the path (RFC 8484, section 4.1).
    fn dns_request(&self) -> Option<Message> {
        if !self.request().dns.is_empty() {
            return Message::parse(&self.request().dns);
        }
        let query = self.path().split(|byte| *byte == b'?').nth(1)?;
        let encoded = query.split(|byte| *byte == b'&').find_map(|part| part.strip_prefix(b"dns="))?;
        let encoded = encoded.trim_ascii_end();
        let end = encoded.iter().position(|byte| *byte == b'=').unwrap_or(encoded.len());
        Message::parse(&URL_SAFE_NO_PAD.decode(&encoded[..end]).ok()?)
    }
}
