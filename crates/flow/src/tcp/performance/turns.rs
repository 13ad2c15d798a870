//! Requests and responses as the transport shows them: the side that speaks changes.
//!
//! A turn is a request of the client (bytes until the server speaks) and the response (bytes until the client speaks again). Protocols
//! where the server speaks first begin with a response without a request, which is not a turn; pipelined requests are one turn.

use super::Durations;
use model::packet::{Side, Timestamp};

/// What turns took. Times are those of the observation point: subtract the server's round trip from the first two for the server's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turns {
    /// Server response time: from the last byte of the request to the first of the response.
    pub response: Durations,
    /// From the first byte of the request to the first of the response.
    pub first_byte: Durations,
    /// First to last byte of the request.
    pub request_transfer: Durations,
    /// First to last byte of the response.
    pub response_transfer: Durations,
    /// From the first byte of the request to the last of the response.
    pub transaction: Durations,
    /// From the last byte of a response to the first of the next request.
    pub client_idle: Durations,
    speaker: Option<Side>,
    has_request: bool,
    request: [Timestamp; 2],
    response_bytes: [Timestamp; 2],
}

impl Turns {
    /// A side sent bytes that it had not sent before.
    pub(crate) fn observe(&mut self, sender: Side, now: Timestamp) {
        let goes_on = self.speaker == Some(sender);
        match (sender, goes_on) {
            (Side::Client, true) => self.request[1] = now,
            (Side::Server, true) => self.response_bytes[1] = now,
            (Side::Client, false) => {
                if self.speaker.is_some() {
                    self.client_idle.add(now.since_ns(self.response_bytes[1]));
                }
                self.finish();
                (self.request, self.has_request) = ([now; 2], true);
            }
            (Side::Server, false) => {
                self.response_bytes = [now; 2];
                if self.has_request {
                    self.response.add(now.since_ns(self.request[1]));
                    self.first_byte.add(now.since_ns(self.request[0]));
                    self.request_transfer.add(self.request[1].since_ns(self.request[0]));
                }
            }
        }
        self.speaker = Some(sender);
    }

    /// The response is over: the client speaks again, or nobody does.
    pub(crate) fn finish(&mut self) {
        if self.has_request && self.speaker == Some(Side::Server) {
            self.response_transfer.add(self.response_bytes[1].since_ns(self.response_bytes[0]));
            self.transaction.add(self.response_bytes[1].since_ns(self.request[0]));
            self.has_request = false;
        }
    }
}
