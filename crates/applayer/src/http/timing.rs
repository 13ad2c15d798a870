//! When the parts of a transaction were seen, and what follows from it.

use crate::tree::{Extra, Tree};
use model::packet::Timestamp;

/// When one message's first and last byte were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Its first byte.
    pub first_byte: Option<Timestamp>,
    /// Its last byte so far.
    pub last_byte: Option<Timestamp>,
}

impl Times {
    /// Bytes of it were seen.
    pub(crate) fn see(&mut self, now: Timestamp) {
        self.first_byte.get_or_insert(now);
        self.last_byte = Some(now);
    }

    /// Tells what follows from a request and its response, in nanoseconds between places of the capture.
    pub(crate) fn tell(request: Times, response: Times, tree: &mut dyn Tree) {
        if !tree.wants(Extra::Own) {
            return;
        }
        let spans = [
            ("request_transfer_ns", request.first_byte, request.last_byte),
            ("server_response_ns", request.last_byte, response.first_byte),
            ("time_to_first_byte_ns", request.first_byte, response.first_byte),
            ("response_transfer_ns", response.first_byte, response.last_byte),
            ("transaction_ns", request.first_byte, response.last_byte),
        ];
        tree.open_object("timing");
        for (name, from, to) in spans {
            if let (Some(from), Some(to)) = (from, to) {
                tree.signed(name, to.since_ns(from));
            }
        }
        tree.close_object();
    }
}
